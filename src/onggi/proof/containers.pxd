# C types for containers.py, which stays plain Python.
cimport cython
from libc.stdint cimport int64_t
from onggi.format cimport codes, memory
from onggi.format.memory cimport pointer
from onggi.proof cimport kinds
from onggi.proof.machine cimport Machine


cdef class Containers(Machine):
    cdef int _container(self, int op, Py_ssize_t at) except -1
    @cython.locals(mark=Py_ssize_t, value=int64_t, counted=int)
    cdef int _marked(self, int op, Py_ssize_t at) except -1
    @cython.locals(count=Py_ssize_t, a=int64_t, b=int64_t, value=int64_t)
    cdef int _tuple(self, Py_ssize_t first, Py_ssize_t at) except -1
    @cython.locals(node=Py_ssize_t, deeper=int64_t)
    cdef int _deepen(self, int64_t target) except -1
    @cython.locals(old=int64_t)
    cdef int _raise_cost(self, int64_t node, int64_t cost) noexcept
    @cython.locals(first=Py_ssize_t, target=int64_t)
    cdef int _append(self, int op, Py_ssize_t at) except -1
    @cython.locals(first=Py_ssize_t, target=int64_t, node=Py_ssize_t, counted=int)
    cdef int _setitem(self, int op, Py_ssize_t at) except -1
    @cython.locals(first=Py_ssize_t, target=int64_t, counted=int)
    cdef int _add(self, Py_ssize_t at) except -1
    @cython.locals(g=int64_t)
    cdef int _fill(self, int64_t target, int use, int plain, Py_ssize_t first, Py_ssize_t at) except -1
    @cython.locals(kind=int)
    cdef int _has_keys(self, int64_t target) noexcept
    cdef int64_t _maker(self, int64_t target) noexcept
    @cython.locals(index=Py_ssize_t, node=Py_ssize_t, is_dict=int)
    cdef int _keys(self, int64_t target, Py_ssize_t first, int step, Py_ssize_t at) except -1
    @cython.locals(kind=int, cost=int64_t, risk=int)
    cdef int _key(self, int64_t node, int is_dict, int64_t key, int64_t value, Py_ssize_t at) except -1
    cdef int _flag(self, int64_t node, int flag, Py_ssize_t at) except -1
    @cython.locals(inner=Py_ssize_t, flag=int)
    cdef int _nested_state(self, int64_t node, int64_t value, Py_ssize_t at) except -1
    @cython.locals(op=int, start=Py_ssize_t, length=Py_ssize_t)
    cdef int _risk(self, int64_t value) except -1
    @cython.locals(index=Py_ssize_t)
    cdef int _are_plain(self, Py_ssize_t first) noexcept
    cdef int _check_late_fill(self, int64_t target, Py_ssize_t at) except -1
