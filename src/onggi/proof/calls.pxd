# C types for calls.py, which stays plain Python.
cimport cython
from libc.stdint cimport int64_t
from onggi.format cimport codes, memory
from onggi.format.memory cimport pointer
from onggi.proof cimport kinds
from onggi.proof.containers cimport Containers


cdef class Calls(Containers):
    cdef int _call(self, int op, Py_ssize_t at) except -1
    @cython.locals(args=int64_t, callee=int64_t, g=int64_t, returns=int64_t, first=int64_t)
    cdef int _reduce(self, Py_ssize_t at) except -1
    @cython.locals(first=int64_t, second=int64_t, made=int64_t)
    cdef int _attribute(self, int64_t args, Py_ssize_t at) except -1
    @cython.locals(kwargs=int64_t, args=int64_t, cls=int64_t, g=int64_t, depth=int64_t, cost=int64_t)
    cdef int _newobj(self, int op, Py_ssize_t at) except -1
    cdef int _object(self, int64_t g, int64_t depth, int64_t cost) except -1
    @cython.locals(first=Py_ssize_t, g=int64_t, use=int)
    cdef int _instance(self, int64_t g, Py_ssize_t first, int is_inst, Py_ssize_t at) except -1
    @cython.locals(state=int64_t, target=int64_t, g=int64_t, screened=int)
    cdef int _build(self, Py_ssize_t at) except -1
    @cython.locals(node=int64_t, a=int64_t, b=int64_t)
    cdef int _screen(self, int64_t state, int64_t g, Py_ssize_t at) except -1
    @cython.locals(node=int64_t)
    cdef int _screen_dict(self, int64_t state, int64_t g, Py_ssize_t at) except -1
    cdef int _screen_item(self, int64_t value, int64_t g, Py_ssize_t at) except -1
    @cython.locals(state=int64_t, function=int64_t, first=int64_t, g=int64_t, returns=int64_t)
    cdef int64_t _call_value(self, int64_t callee, Py_ssize_t at) except -2
    @cython.locals(first=int64_t)
    cdef int _may_copy(self, int64_t args) noexcept
    @cython.locals(second=int64_t)
    cdef int _has_slots(self, int64_t state) noexcept
    @cython.locals(node=int64_t)
    cdef int _keep_state(self, int64_t target, int64_t state, Py_ssize_t at) except -1
    @cython.locals(kind=int)
    cdef int _check_args(self, int64_t args, Py_ssize_t at) except -1
    @cython.locals(start=Py_ssize_t, size=int)
    cdef bint _is_moment(self, int64_t g, Py_ssize_t at) noexcept
    @cython.locals(year=int, month=int, day=int)
    cdef bint _is_date(self, Py_ssize_t at, int month_mask) noexcept
    @cython.locals(hour=int, minute=int, second=int)
    cdef bint _is_time(self, Py_ssize_t at, int hour_mask) noexcept
    cdef int64_t _first_of(self, int64_t args) noexcept
    @cython.locals(mark=Py_ssize_t, value=int64_t)
    cdef int _inst(self, Py_ssize_t at) except -1
    @cython.locals(mark=Py_ssize_t, value=int64_t)
    cdef int _obj(self, Py_ssize_t at) except -1
