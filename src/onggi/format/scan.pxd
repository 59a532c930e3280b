# C types for scan.py, which stays plain Python.
cimport cython
from libc.stdint cimport int64_t, uint64_t
from onggi.format cimport codes, memory
from onggi.format.memory cimport pointer


cpdef tuple scan(const unsigned char[::1] view, Py_ssize_t start, Py_ssize_t threshold)

@cython.locals(data=pointer, table=pointer, end=Py_ssize_t, pos=Py_ssize_t, at=Py_ssize_t, count=Py_ssize_t)
@cython.locals(length=int64_t, frame_end=Py_ssize_t, op=int, kind=int, width=int)
cpdef tuple scan_part(const unsigned char[::1] view, Py_ssize_t start, Py_ssize_t threshold, bint has_frames=*)

cdef int _width(int kind) noexcept

@cython.locals(number=uint64_t, byte=uint64_t, index=int)
cdef int64_t _number(pointer data, Py_ssize_t pos, int size) noexcept
