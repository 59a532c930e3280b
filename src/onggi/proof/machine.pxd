# C types for machine.py, which stays plain Python.
cimport cython
from libc.stdint cimport int64_t
from onggi.format cimport codes, memory
from onggi.format.memory cimport pointer
from onggi.proof cimport kinds

cdef pointer _ARGUMENT_OF


cdef class Machine:
    cdef public object judge, limits
    cdef public object findings, kept
    cdef object buffer_kinds
    cdef const unsigned char[::1] view
    cdef pointer data
    cdef public Py_ssize_t pos
    cdef Py_ssize_t end, arg, frame_end
    cdef int64_t length
    cdef int64_t* stack
    cdef int64_t* marks
    cdef int64_t* memo
    cdef int64_t* infos
    cdef int64_t* nodes
    cdef int64_t* rows
    cdef int64_t* patch_list
    cdef Py_ssize_t sp, stack_room, mark_count, mark_room, fence
    cdef Py_ssize_t memo_room, memo_top, node_count, node_room, row_room, patch_count, patch_room
    cdef public Py_ssize_t memo_count, row_count, opcode_count, max_depth, persistent_count, buffer_count, guard_count
    cdef public int protocol
    cdef public bint trusting, has_persistent_load
    cdef public int64_t built_bytes, hash_cost, late_fills, slot_states
    cdef int has_large
    cdef int64_t seen_depth, seen_cost, seen_plain, depth_limit, key_cost_limit, hash_cost_limit
    cdef int64_t opcode_limit, built_limit, growth_limit

    cdef int _reset(self) except -1
    @cython.locals(row=Py_ssize_t)
    cdef int _start(self, data) except -1
    @cython.locals(op=int, kind=int, pos=Py_ssize_t, width=int)
    cdef int _fetch(self, Py_ssize_t at) except -1
    @cython.locals(number=int64_t, byte=int64_t, index=int)
    cdef int64_t _number(self, Py_ssize_t pos, int size) noexcept
    cdef int _fetch_lines(self, Py_ssize_t at, int lines) except -1
    cdef int _push(self, int64_t value) except -1
    cdef int64_t _pop(self, Py_ssize_t at) except -1
    cdef int _need(self, Py_ssize_t count, Py_ssize_t at) except -1
    cdef int _stack_op(self, int op, Py_ssize_t at) except -1
    @cython.locals(mark=Py_ssize_t)
    cdef Py_ssize_t _pop_mark(self, Py_ssize_t at) except -1
    @cython.locals(expected=Py_ssize_t)
    cdef Py_ssize_t _more(self, Py_ssize_t room) noexcept
    @cython.locals(node=Py_ssize_t)
    cdef int64_t _node(self, int kind, int64_t depth, int64_t cost, int64_t a, int64_t b) except -1
    cdef int _sink(self, int64_t depth) except -1
    @cython.locals(index=Py_ssize_t, value=int64_t, depth=int64_t, cost=int64_t, info=int64_t, kind=int, plain=int)
    @cython.locals(is_open=int64_t)
    cdef int _absorb(self, Py_ssize_t first, Py_ssize_t at) except -1
    @cython.locals(first=int64_t)
    cdef int _mention_first(self, int64_t value, Py_ssize_t at) except -1
    cdef object _kept_text(self, int64_t value)
    cdef int64_t _depth_of(self, int64_t value) noexcept
    cdef int64_t _cost_of(self, int64_t value) noexcept
    cdef int _put(self, int64_t index, Py_ssize_t at) except -1
    cdef int64_t _get(self, int64_t index, Py_ssize_t at) except -1
    @cython.locals(number=int64_t, pos=Py_ssize_t, byte=int)
    cdef int64_t _text_index(self, Py_ssize_t at) except -1
    @cython.locals(index=Py_ssize_t, kind=int)
    cdef int _keep_strings(self) except -1
    @cython.locals(digits=int64_t)
    cdef int _text(self, int op, Py_ssize_t at) except -1
    cdef int _check_integer(self, object line, Py_ssize_t at) except -1
    @cython.locals(start=Py_ssize_t, op=int, stop=Py_ssize_t)
    cdef object _content(self, int64_t value)
    cdef object _text_of(self, int64_t value, Py_ssize_t at)
    cdef object _text_any(self, int64_t value)
    @cython.locals(number=Py_ssize_t, at=Py_ssize_t, column=int, allowed=int64_t, guarded=int64_t, returns=int64_t)
    cdef int64_t _global(self, object judged) except -1
    @cython.locals(row=Py_ssize_t)
    cdef int _use(self, int64_t g, int use, Py_ssize_t at) except -1
    cdef int _guarded(self, int64_t g, int use) noexcept
    cdef int _find(self, object rule, Py_ssize_t at, int64_t g, int use) except -1
    @cython.locals(where=Py_ssize_t)
    cdef int _patch(self, Py_ssize_t at, int shape, int64_t action) except -1
    @cython.locals(growth=int64_t, allowed=int64_t)
    cdef int _check_size(self, Py_ssize_t size) except -1
    @cython.locals(g=int64_t, row=int64_t, index=Py_ssize_t, is_only_called=bint, has_many=bint)
    cpdef list vet_calls(self)
    @cython.locals(shape=int64_t, action=int64_t)
    cdef int64_t _patched_call(self, Py_ssize_t index) noexcept
