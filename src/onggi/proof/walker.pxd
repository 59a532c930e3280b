# C types for walker.py, which stays plain Python.
cimport cython
from libc.stdint cimport int64_t
from onggi.format cimport codes, memory
from onggi.format.memory cimport pointer
from onggi.proof cimport kinds
from onggi.format.memory cimport numbers
from onggi.proof.calls cimport Calls

cdef pointer _FAST, _ARGUMENT_OF


@cython.final
cdef class Walker(Calls):
    @cython.locals(data=pointer, fast=pointer, pos=Py_ssize_t, sp=Py_ssize_t, stop=Py_ssize_t, left=Py_ssize_t)
    @cython.locals(room=Py_ssize_t, memo_room=Py_ssize_t, memo_count=Py_ssize_t, count=Py_ssize_t, index=Py_ssize_t)
    @cython.locals(code=int, head=int, is_safe=bint, stack=numbers, memo=numbers, infos=numbers)
    @cython.locals(memo_top=Py_ssize_t, waiting=Py_ssize_t)
    cdef int _run(self) except -1
    @cython.locals(node=Py_ssize_t)
    cdef int64_t _empty(self, bint is_dict) noexcept
    @cython.locals(at=Py_ssize_t, op=int)
    cdef int _step(self) except -1
    @cython.locals(at=Py_ssize_t, value=int64_t)
    cdef int _stop(self) except -1
    cdef int _apply(self, int op, Py_ssize_t at) except -1
    cdef int _other(self, int op, Py_ssize_t at) except -1
    cdef int _frame(self, Py_ssize_t at) except -1
    cdef int _proto(self, Py_ssize_t at) except -1
    cdef int _next_buffer(self, Py_ssize_t at) except -1
    cdef int _line_op(self, int op, Py_ssize_t at) except -1
    @cython.locals(name=int64_t, module=int64_t)
    cdef int _stack_global(self, Py_ssize_t at) except -1
    @cython.locals(value=int64_t)
    cdef int _extension(self, int op, Py_ssize_t at) except -1
    cdef int _persistent(self, int op, Py_ssize_t at) except -1
    @cython.locals(g=int64_t, index=Py_ssize_t, at=Py_ssize_t, action=int64_t, is_state=bint)
    cpdef vet_states(self, list numbers)
