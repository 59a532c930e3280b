# C types for nodes.py, which stays plain Python.
cimport cython
from libc.stdint cimport int64_t


@cython.locals(count=int64_t, at=int64_t, level=int64_t, deepest=int64_t)
cpdef int64_t depth_of(const int64_t[:] left, const int64_t[:] right, int64_t[:] levels) except? -9
