# The C side of memory.py; see there.
from libc.stdint cimport int64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr, memset

ctypedef const unsigned char* pointer
ctypedef int64_t* numbers

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define onggi_prefetch(address) __builtin_prefetch(address)
    #else
    #define onggi_prefetch(address) ((void)0)
    #endif

    #if defined(__linux__)
    #include <stdint.h>
    #include <sys/mman.h>
    #endif

    /* Large arrays are read in no order: of huge pages the processor can keep track. It is only a wish. */
    static void onggi_wish_huge_pages(void* memory, size_t size) {
    #if defined(__linux__) && defined(MADV_HUGEPAGE)
        uintptr_t start = ((uintptr_t)memory + 4095) & ~(uintptr_t)4095;
        uintptr_t stop = ((uintptr_t)memory + size) & ~(uintptr_t)4095;
        if (size >= 4 << 20) madvise((void*)start, stop - start, MADV_HUGEPAGE);
    #endif
    }
    """
    void onggi_prefetch(const void* address) noexcept
    void onggi_wish_huge_pages(void* memory, size_t size) noexcept


cdef inline int64_t* empty() noexcept:
    return NULL


cdef inline int64_t* grow(int64_t* old, Py_ssize_t count) except NULL:
    cdef int64_t* grown = <int64_t*>realloc(old, count * sizeof(int64_t))
    if grown == NULL:
        raise MemoryError
    onggi_wish_huge_pages(grown, count * sizeof(int64_t))
    return grown


cdef inline void release(int64_t* old) noexcept:
    free(old)


cdef inline void prefetch(int64_t* array, Py_ssize_t index) noexcept:
    onggi_prefetch(array + index)


cdef inline const unsigned char* bytes_of(const unsigned char[::1] view) except? NULL:
    return &view[0] if view.shape[0] else NULL


cdef inline Py_ssize_t find_newline(const unsigned char* data, Py_ssize_t start, Py_ssize_t stop) noexcept:
    cdef const unsigned char* found
    if start >= stop:
        return -1
    found = <const unsigned char*>memchr(data + start, 10, stop - start)
    return -1 if found == NULL else found - data
