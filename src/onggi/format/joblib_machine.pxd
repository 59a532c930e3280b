# C types for joblib_machine.py, which stays plain Python.
cimport cython
from onggi.format cimport codes, memory
from onggi.format.memory cimport pointer


cdef class JoblibMachine:
    cdef object _view
    cdef const unsigned char[::1] _bytes
    cdef pointer _data
    cdef Py_ssize_t _end, _start, _frame_end
    cdef list _stack, _marks, _found
    cdef dict _memo
    cdef public Py_ssize_t position
    cdef public list frames

    @cython.locals(at=Py_ssize_t, op=int)
    cpdef object run(self)
    cdef object _next_found(self, Py_ssize_t at)
    @cython.locals(data=pointer, after=Py_ssize_t, kind=int)
    cdef int _step(self, int op, Py_ssize_t at) except -1
    cdef int _leave_frame(self, Py_ssize_t at) except -1
    cdef int _skip_argument(self, Py_ssize_t at, int kind) except -1
    cdef list _lines(self, Py_ssize_t at)
    cdef object _index(self, int op, Py_ssize_t at)
    cdef list _pop_items(self)
