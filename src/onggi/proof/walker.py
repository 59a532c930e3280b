# cython: annotation_typing=False
"""Walk the opcodes of one pickle with an abstract stack and memo, and say all that they would do.

Plain Python that Cython compiles as it stands (`walker.pxd` gives the C types); uncompiled, the same file runs as it is.

The machine keeps a stack, a mark stack with its fence, and a memo exactly as CPython's `_pickle.c` does, but instead of
objects it keeps *values*: an integer whose low bits say what the object is (`kinds`), and whose other bits are the
index of an opcode (a string), the number of a global, or a *node* with depth, hash cost and what a later opcode needs to
know. Nothing is imported; each global that the stream names is put to the judge once, which answers with the uses that
are allowed, those that need a guard, and what a call of it returns.

What comes out: the uses of each global, findings, sizes, and *patches*, the places where the opcodes are rewritten so
that a guard stands between the pickle and the operation.
"""

from __future__ import annotations

from onggi.errors import LimitError, MalformedError, TruncatedError
from onggi.format import codes, memory
from onggi.format.opcodes import ARGUMENTS, BY_CODE
from onggi.proof import kinds

__all__ = ["Machine", "is_compiled"]

CALLED_KEYS = frozenset(("append", "extend", "add"))
"""Attributes that the unpickling machine itself looks up on an object and calls."""

INERT_DUNDERS = frozenset(
    (
        "__dict__",
        "__doc__",
        "__module__",
        "__name__",
        "__notes__",
        "__orig_class__",
        "__pydantic_extra__",
        "__pydantic_fields_set__",
        "__pydantic_private__",
        "__qualname__",
        "__version__",
        "__wrapped__",
    )
)
"""Dunder keys of honest states; nothing calls what they hold. `__dict__` is itself screened like a state."""

MAX_FINDINGS = 1_000
BUILT_BYTES_FLOOR = 512 * 2**20


def is_compiled() -> bool:
    """Say whether this module runs as C."""
    return not __file__.endswith(".py")


class Machine:
    """The abstract unpickling machine. One serves one pickle, or several that share a memo.

    Args:
        judge: Answers `look_up(module, name, offset, protocol)`, `attribute(global, name, offset)` and
            `extension(code, offset)` with `(number, allowed uses, guarded uses, returns)`.
        limits: An `onggi.Limits`.
        trusting: Whether rules about honesty are off: the bytes are the reader's own.
        has_persistent_load: Whether the reader resolves persistent ids.
    """

    def __init__(self, judge, limits, trusting=False, has_persistent_load=False):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        self.judge = judge
        self.has_persistent_load = has_persistent_load
        self.kept = []
        self.stack = memory.empty()
        self.marks = memory.empty()
        self.memo = memory.empty()
        self.nodes = memory.empty()
        self.rows = memory.empty()
        self.patch_list = memory.empty()
        self.stack_room = self.mark_room = self.memo_room = self.node_room = self.row_room = self.patch_room = 0
        self.memo_count = self.node_count = self.row_count = 0
        self.trust(limits, trusting)
        self.table = memory.bytes_of(ARGUMENTS)
        self._node(kinds.TUPLE, 1, 1, -1, -1)

    def __dealloc__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204, PLW3201 - Cython's destructor
        memory.release(self.stack)
        memory.release(self.marks)
        memory.release(self.memo)
        memory.release(self.nodes)
        memory.release(self.rows)
        memory.release(self.patch_list)

    def trust(self, limits, trusting):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Set how much is trusted from the next pickle on; the judge's new answers go through `judge_again`."""
        self.limits = limits
        self.trusting = trusting
        self.depth_limit = limits.max_depth
        self.key_cost_limit = limits.max_key_cost
        self.hash_cost_limit = limits.max_hash_cost

    def judge_again(self, judged):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Take a new answer of the judge about a global that may be in the memo."""
        self._global(judged)

    def prime(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Put an opaque value into the memo."""
        self.sp = self.fence = 0
        self._push(kinds.PERSISTENT)
        self._put(index, 0)

    def walk(self, data, buffer_kinds=b""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Walk one pickle, from its first byte to its STOP.

        Args:
            data: The opcodes, as bytes.
            buffer_kinds: For each NEXT_BUFFER the opcode that stood in its place before large payloads were cut out;
                those past the end are true out-of-band buffers.

        Raises:
            MalformedError, TruncatedError, LimitError: There is no honest way to read the bytes.
        """
        self.buffer_kinds = buffer_kinds
        self._start(data)
        self._run()
        if not self.trusting:
            self._check_size(len(data))

    def _check_size(self, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        allowed = min(self.limits.max_built_bytes, max(BUILT_BYTES_FLOOR, self.limits.max_growth * size))
        if self.built_bytes > allowed:
            limit = "max_built_bytes" if allowed == self.limits.max_built_bytes else "max_growth"
            raise _over(limit, "the objects would take far more memory than their pickle", allowed, self.built_bytes)

    def finish(self):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Make the machine ready for another pickle that shares the memo: strings outlive their bytes."""
        self._keep_strings()

    def patches(self):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return the patches as `(start, stop, shape, action)`, in the order of the bytes."""
        found = []
        for index in range(self.patch_count):
            at = 4 * index
            found.append(
                (self.patch_list[at], self.patch_list[at + 1], self.patch_list[at + 2], self.patch_list[at + 3])
            )
        return found

    def uses(self):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Return `(uses, count)` of each global, by number."""
        found = []
        for index in range(self.row_count):
            at = kinds.ROW * index
            found.append((self.rows[at + kinds.USES], self.rows[at + kinds.COUNT]))
        return found

    # Reading opcodes and their arguments

    def _start(self, data):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self.buffer = data
        self.view = data
        self.data = memory.bytes_of(self.view)
        self.end = len(data)
        self.pos = self.sp = self.mark_count = self.fence = self.frame_end = self.patch_count = self.guard_count = 0
        self.protocol = self.opcode_count = self.max_depth = self.persistent_count = self.buffer_count = 0
        self.built_bytes = self.hash_cost = 0
        self.findings = []
        return 0

    def _run(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
        limit = self.limits.max_opcodes
        while True:
            at = self.pos
            op = self._fetch(at)
            self.opcode_count += 1
            if op == codes.STOP:
                break
            self._apply(op, at)
            if self.opcode_count > limit:
                raise _over("max_opcodes", "the pickle has too many opcodes", limit, self.opcode_count, at)
        self._need(1, at)
        value = self._pop(at)
        if value & kinds.KIND_MASK == kinds.GLOBAL:
            self._use(value >> kinds.KIND_BITS, kinds.VALUE, at)
        if (self.sp or self.mark_count) and not self.trusting:
            raise MalformedError("values are left on the stack at STOP", offset=at)
        return 0

    def _fetch(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        pos = at
        if pos >= self.end:
            raise _truncated(pos)
        op = self.data[pos]
        kind = self.table[op]
        pos += 1
        if kind == codes.ARG_NONE:
            self.pos = pos
        elif kind >= codes.ARG_LINE:
            if kind == codes.ARG_UNKNOWN:
                raise MalformedError(f"0x{op:02X} is no pickle opcode", offset=at)
            self._fetch_lines(at, 1 if kind == codes.ARG_LINE else 2)
        else:
            if kind == codes.ARG_U1 or kind == codes.ARG_BYTES1:
                width = 1
            elif kind == codes.ARG_U2:
                width = 2
            elif kind == codes.ARG_U4 or kind == codes.ARG_I4 or kind == codes.ARG_BYTES4:
                width = 4
            else:
                width = 8
            if self.end - pos < width:
                raise _truncated(at)
            self.length = self._number(pos, width)
            pos += width
            self.arg = pos
            if kind >= codes.ARG_BYTES1:
                if self.length < 0 or self.length > self.end - pos:
                    raise _truncated(at)
                pos += self.length
            self.pos = pos
        if self.frame_end:
            # A frame is read ahead as one block by some machines and not by others: what crosses its end is ambiguous.
            if at == self.frame_end:
                self.frame_end = 0
            elif self.pos > self.frame_end:
                raise MalformedError(f"{BY_CODE[op].name} crosses the end of its frame", offset=at)
        return op

    def _number(self, pos, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        number = self.data[pos]
        for index in range(1, size):
            number += self.data[pos + index] << (8 * index) if index < 7 else 0
        if size == 8 and (self.data[pos + 7] or self.data[pos + 6] & 0x80):
            return -1
        return number

    def _fetch_lines(self, at, lines):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self.arg = at + 1
        self.pos = memory.find_newline(self.data, self.arg, self.end) + 1
        if self.pos > 0:
            self.length = self.pos - 1 - self.arg
            if lines == 2:
                self.pos = memory.find_newline(self.data, self.pos, self.end) + 1
        if self.pos <= 0:
            raise _truncated(at)
        return 0

    def _apply(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.MEMOIZE:
            self._put(self.memo_count, at)
        elif op == codes.BINGET or op == codes.LONG_BINGET:
            self._push(self._get(self.length, at))
        elif op == codes.BINPUT or op == codes.LONG_BINPUT:
            self._put(self.length, at)
        elif op == codes.SHORT_BINUNICODE or op == codes.BINUNICODE or op == codes.BINUNICODE8:
            self.built_bytes += 49
            self._push(at << kinds.KIND_BITS | kinds.STR)
        elif op == codes.SHORT_BINSTRING or op == codes.BINSTRING:
            self.built_bytes += 49
            if self.length > 0x7FFFFFFF:
                raise MalformedError("BINSTRING has a negative length", offset=at)
            self._push(at << kinds.KIND_BITS | kinds.STR)
        elif op == codes.NONE or op == codes.NEWTRUE or op == codes.NEWFALSE or op == codes.BININT1:
            self._push(kinds.DATA)
        elif op == codes.BININT or op == codes.BININT2 or op == codes.BINFLOAT:
            self.built_bytes += 28
            self._push(kinds.DATA)
        elif op == codes.SHORT_BINBYTES or op == codes.BINBYTES or op == codes.BINBYTES8 or op == codes.BYTEARRAY8:
            self.built_bytes += 56
            self._push(kinds.DATA)
        elif op == codes.LONG1 or op == codes.LONG4:
            self.built_bytes += 32
            if self.length > 0x7FFFFFFF:
                raise MalformedError("LONG4 has a negative length", offset=at)
            self._push(kinds.BIGINT if self.length >= 8 else kinds.DATA)
        elif op == codes.MARK or op == codes.POP or op == codes.POP_MARK or op == codes.DUP:
            self._stack_op(op, at)
        elif self.table[op] >= codes.ARG_LINE:
            self._line_op(op, at)
        elif op == codes.REDUCE or op == codes.NEWOBJ or op == codes.NEWOBJ_EX or op == codes.BUILD:
            self._call(op, at)
        elif op == codes.STACK_GLOBAL:
            self._stack_global(at)
        else:
            self._other(op, at)
        return 0

    def _other(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.FRAME:
            return self._frame(at)
        if op == codes.PROTO:
            return self._proto(at)
        if op == codes.NEXT_BUFFER:
            return self._next_buffer(at)
        if op == codes.READONLY_BUFFER:
            self._need(1, at)
            if self.stack[self.sp - 1] & kinds.KIND_MASK not in (kinds.BUFFER, kinds.DATA):
                raise MalformedError("READONLY_BUFFER on what is no buffer", offset=at)
            return 0
        if op == codes.BINPERSID:
            return self._persistent(op, at)
        if op == codes.OBJ:
            return self._marked(op, at)
        if op == codes.EXT1 or op == codes.EXT2 or op == codes.EXT4:
            return self._extension(op, at)
        return self._container(op, at)

    def _line_op(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.GET:
            return self._push(self._get(self._text_index(at), at))
        if op == codes.PUT:
            return self._put(self._text_index(at), at)
        if op == codes.GLOBAL:
            lines = bytes(self.view[self.arg : self.pos - 1]).split(b"\n")
            return self._push(self._global(self.judge.look_up(*_names(lines, at), at, self.protocol)))
        if op == codes.INST:
            return self._marked(op, at)
        if op == codes.PERSID:
            return self._persistent(op, at)
        return self._text(op, at)

    def _frame(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if self.frame_end:
            raise MalformedError("a FRAME inside a frame", offset=at)
        if self.length < 0 or self.length > self.end - self.pos:
            raise _truncated(at)
        self.frame_end = self.pos + self.length if self.length else 0
        return self._patch(at, kinds.DROP, 0)

    def _proto(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if at:
            raise MalformedError("PROTO stands elsewhere than at the start", offset=at)
        if self.length > 5:
            raise MalformedError(f"unsupported pickle protocol: {self.length}", offset=at)
        self.protocol = self.length
        return 0

    def _next_buffer(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        op = self.buffer_kinds[self.buffer_count] if self.buffer_count < len(self.buffer_kinds) else codes.NEXT_BUFFER
        self.buffer_count += 1
        self.built_bytes += 56
        return self._push(kinds.BUFFER if op == codes.NEXT_BUFFER else kinds.DATA)

    # Stack, marks, memo

    def _push(self, value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if self.sp == self.stack_room:
            self.stack_room = 64 if self.stack_room == 0 else 2 * self.stack_room
            self.stack = memory.grow(self.stack, self.stack_room)
        self.stack[self.sp] = value
        self.sp += 1
        return 0

    def _pop(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self._need(1, at)
        self.sp -= 1
        return self.stack[self.sp]

    def _need(self, count, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if self.sp - self.fence < count:
            raise MalformedError("the stack is too short for this opcode", offset=at)
        return 0

    def _stack_op(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.MARK:
            if self.mark_count == self.mark_room:
                self.mark_room = 32 if self.mark_room == 0 else 2 * self.mark_room
                self.marks = memory.grow(self.marks, self.mark_room)
            self.marks[self.mark_count] = self.sp
            self.mark_count += 1
            self.fence = self.sp
        elif op == codes.POP:
            # As in _pickle.c: POP takes the mark where nothing was pushed since.
            if self.mark_count and self.marks[self.mark_count - 1] == self.sp:
                self._pop_mark(at)
            else:
                self._pop(at)
        elif op == codes.POP_MARK:
            self.sp = self._pop_mark(at)
        else:
            self._need(1, at)
            self._push(self.stack[self.sp - 1])
        return 0

    def _pop_mark(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if not self.mark_count:
            raise MalformedError("no MARK is on the stack", offset=at)
        self.mark_count -= 1
        mark = self.marks[self.mark_count]
        self.fence = self.marks[self.mark_count - 1] if self.mark_count else 0
        return mark

    def _node(self, kind, depth, cost, a, b):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if self.node_count == self.node_room:
            self.node_room = 32 if self.node_room == 0 else 2 * self.node_room
            self.nodes = memory.grow(self.nodes, self.node_room * kinds.NODE)
        at = self.node_count * kinds.NODE
        self.nodes[at + kinds.DEPTH] = depth
        self.nodes[at + kinds.COST] = cost
        self.nodes[at + kinds.A] = a
        self.nodes[at + kinds.B] = b
        self.node_count += 1
        if depth > self.max_depth:
            self.max_depth = depth
            if depth > self.depth_limit:
                raise _over("max_depth", "objects are nested too deeply", self.depth_limit, depth, self.pos)
        return at << kinds.KIND_BITS | kind

    def _put(self, index, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self._need(1, at)
        if index >= self.memo_room:
            if index > self.memo_count + self.limits.max_memo_gap:
                raise _over(
                    "max_memo_gap",
                    f"memo index {index:,} lies far past the memo's {self.memo_count:,} entries",
                    self.limits.max_memo_gap,
                    index - self.memo_count,
                    at,
                )
            room = max(64, 2 * (index + 1))
            self.memo = memory.grow(self.memo, room)
            for free in range(self.memo_room, room):
                self.memo[free] = -1
            self.memo_room = room
        if self.memo[index] == -1:
            self.memo_count += 1
            self.built_bytes += 8
        self.memo[index] = self.stack[self.sp - 1]
        return 0

    def _get(self, index, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if index >= self.memo_room or self.memo[index] == -1:
            raise MalformedError(f"Memo value not found at index {index}", offset=at)
        return self.memo[index]

    def _text_index(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if not 0 < self.length < 19:
            raise MalformedError("a memo index is no plain number", offset=at)
        number = 0
        for pos in range(self.arg, self.arg + self.length):
            byte = self.data[pos]
            if byte < 48 or byte > 57:
                raise MalformedError("a memo index is no plain number", offset=at)
            number = number * 10 + byte - 48
        return number

    def _keep_strings(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
        for index in range(self.memo_room):
            if self.memo[index] != -1 and self.memo[index] & kinds.KIND_MASK == kinds.STR:
                self.kept.append(self._text_of(self.memo[index], 0))
                self.memo[index] = (len(self.kept) - 1) << kinds.KIND_BITS | kinds.KEPT_STR
        return 0

    # Text opcodes of protocol 0

    def _text(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self.built_bytes += 49
        if op == codes.UNICODE:
            return self._push(at << kinds.KIND_BITS | kinds.STR)
        line = bytes(self.view[self.arg : self.arg + self.length])
        if op == codes.STRING:
            line = line.rstrip()
            if len(line) < 2 or not line.endswith(line[:1]) or line[:1] not in (b"'", b'"'):
                raise MalformedError("the STRING opcode argument must be quoted", offset=at)
            return self._push(at << kinds.KIND_BITS | kinds.STR)
        if op == codes.FLOAT:
            _check_float(line, at)
            return self._push(kinds.DATA)
        self._check_integer(line, at)
        return self._push(kinds.BIGINT if self.length > 18 else kinds.DATA)

    def _check_integer(self, line, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        digits = line.strip(b" \t\r").removesuffix(b"L").removeprefix(b"-")
        if not digits.isdigit():
            raise MalformedError("an integer is not written as decimal digits", offset=at)
        if len(digits) > self.limits.max_digits:
            reason = f"an integer has {len(digits):,} digits"
            raise _over("max_digits", reason, self.limits.max_digits, len(digits), at)
        return 0

    # Containers

    def _container(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.EMPTY_DICT:
            self.built_bytes += 88
            self._push(self._node(kinds.DICT, 1, 1, 0, 0))
        elif op == codes.SETITEM or op == codes.SETITEMS:
            self._setitem(op, at)
        elif op == codes.EMPTY_LIST:
            self.built_bytes += 80
            self._push(self._node(kinds.LIST, 1, 1, 0, 0))
        elif op == codes.APPEND or op == codes.APPENDS:
            self._append(op, at)
        elif op == codes.TUPLE1 or op == codes.TUPLE2 or op == codes.TUPLE3:
            self._need(op - codes.TUPLE1 + 1, at)
            self._tuple(self.sp - (op - codes.TUPLE1 + 1), at)
        elif op == codes.EMPTY_TUPLE:
            self._push(kinds.TUPLE)
        elif op == codes.EMPTY_SET:
            self.built_bytes += 240
            self._push(self._node(kinds.SET, 1, 1, 0, 0))
        elif op == codes.ADDITEMS:
            self._add(at)
        else:
            self._marked(op, at)
        return 0

    def _marked(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Apply the opcodes that take all items above the MARK and make one object of them."""
        mark = self._pop_mark(at)
        if op == codes.TUPLE:
            return self._tuple(mark, at)
        if op == codes.INST:
            lines = bytes(self.view[self.arg : self.pos - 1]).split(b"\n")
            value = self._global(self.judge.look_up(*_names(lines, at), at, self.protocol))
            return self._instance(value >> kinds.KIND_BITS, mark, 1, at)
        if op == codes.OBJ:
            if mark == self.sp:
                raise MalformedError("the stack is too short for this opcode", offset=at)
            value = self.stack[mark]
            if value & kinds.KIND_MASK != kinds.GLOBAL:
                self._find("call-of-value", at, -1, kinds.CALL)
                self.sp = mark
                return self._push(kinds.DATA)
            return self._instance(value >> kinds.KIND_BITS, mark + 1, 0, at)
        self._absorb(mark, at)
        if op == codes.LIST:
            value = self._node(kinds.LIST, self.seen_depth + 1, 1, 0, 0)
        elif op == codes.DICT:
            value = self._node(kinds.DICT, self.seen_depth + 1, 1, 0, 0)
            if self._keys(value, mark, 2, at):
                self._patch(at, kinds.MARKED, kinds.DO_DICT)
        else:
            value = self._node(kinds.FROZENSET, self.seen_depth + 1, self.seen_cost + 1, 0, 0)
            if self._keys(value, mark, 1, at):
                self._patch(at, kinds.MARKED, kinds.DO_FROZENSET)
        self.built_bytes += 240 + 8 * (self.sp - mark)
        self.sp = mark
        return self._push(value)

    def _absorb(self, first, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Sum up the values from stack index `first` on: depth, hash cost, and globals that are mentioned."""
        depth = 0
        cost = 0
        for index in range(first, self.sp):
            value = self.stack[index]
            if value & kinds.HAS_NODE:
                node = value >> kinds.KIND_BITS
                if self.nodes[node + kinds.DEPTH] > depth:
                    depth = self.nodes[node + kinds.DEPTH]
                cost += self.nodes[node + kinds.COST]
            else:
                cost += 1
                if value & kinds.KIND_MASK == kinds.GLOBAL:
                    self._use(value >> kinds.KIND_BITS, kinds.VALUE, at)
        self.seen_depth = depth
        # Saturated, so that a chain of shared tuples cannot overflow it.
        self.seen_cost = cost if cost < 1 << 40 else 1 << 40
        return 0

    def _tuple(self, first, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        count = self.sp - first
        if count == 0:
            return self._push(kinds.TUPLE)
        self._absorb(first, at)
        a = self.stack[first]
        b = self.stack[first + 1] if count > 1 else -1
        self.sp = first
        self.built_bytes += 56 + 8 * count
        return self._push(self._node(kinds.TUPLE, self.seen_depth + 1, self.seen_cost + 1, a, b))

    def _deepen(self, target):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Raise the depth of a container to that of the items just absorbed."""
        node = target >> kinds.KIND_BITS
        if self.seen_depth >= self.nodes[node + kinds.DEPTH]:
            self.nodes[node + kinds.DEPTH] = self.seen_depth + 1
            if self.seen_depth >= self.max_depth:
                self.max_depth = self.seen_depth + 1
                if self.max_depth > self.depth_limit:
                    raise _over("max_depth", "objects are nested too deeply", self.depth_limit, self.max_depth, self.pos)
        return 0

    def _append(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.APPEND:
            self._need(2, at)
            first = self.sp - 1
        else:
            first = self._pop_mark(at)
            if first - self.fence < 1:
                raise MalformedError("the stack is too short for this opcode", offset=at)
        target = self.stack[first - 1]
        self._absorb(first, at)
        self.built_bytes += 8 * (self.sp - first)
        if self._fill(target, kinds.APPEND, kinds.LIST, first, at):
            shape = kinds.ONE if op == codes.APPEND else kinds.ITEMS
            self._patch(at, shape, self._maker(target) << kinds.ACTION_BITS | kinds.DO_APPEND)
        self.sp = first
        return 0

    def _setitem(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.SETITEM:
            self._need(3, at)
            first = self.sp - 2
        else:
            first = self._pop_mark(at)
            if first - self.fence < 1:
                raise MalformedError("the stack is too short for this opcode", offset=at)
            if (self.sp - first) % 2:
                raise MalformedError("SETITEMS on an odd number of items", offset=at)
        target = self.stack[first - 1]
        self._absorb(first, at)
        self.built_bytes += 16 * (self.sp - first)
        shape = kinds.TWO if op == codes.SETITEM else kinds.ITEMS
        if self._fill(target, kinds.SETITEM, kinds.DICT, first, at):
            self._patch(at, shape, self._maker(target) << kinds.ACTION_BITS | kinds.DO_SETITEM)
        elif target & kinds.HAS_NODE and self._keys(target, first, 2, at):
            self._patch(at, shape, kinds.DO_COUNTED_SETITEM)
        self.sp = first
        return 0

    def _add(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        first = self._pop_mark(at)
        if first - self.fence < 1:
            raise MalformedError("the stack is too short for this opcode", offset=at)
        target = self.stack[first - 1]
        self._absorb(first, at)
        self.built_bytes += 32 * (self.sp - first)
        if self._fill(target, kinds.ADD, kinds.SET, first, at):
            self._patch(at, kinds.ITEMS, self._maker(target) << kinds.ACTION_BITS | kinds.DO_ADD)
        elif target & kinds.HAS_NODE and self._keys(target, first, 1, at):
            self._patch(at, kinds.ITEMS, kinds.DO_COUNTED_ADD)
        self.sp = first
        return 0

    def _fill(self, target, use, plain, first, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0913
        """Judge that items go into `target`; say whether a guard has to put them there."""
        if target & kinds.KIND_MASK == plain:
            self._deepen(target)
            return 0
        if target & kinds.KIND_MASK == kinds.OBJECT:
            self._deepen(target)
            g = self._maker(target)
            self._use(g, use, at)
            return self._guarded(g, use)
        if not self.trusting:
            self._find("fill-of-value", at, target >> kinds.KIND_BITS if target & kinds.KIND_MASK == kinds.GLOBAL else -1, use)
        return 0

    def _maker(self, target):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Return the global that made an object."""
        return self.nodes[(target >> kinds.KIND_BITS) + kinds.A]

    def _keys(self, target, first, step, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Account for the keys from stack index `first` on; say whether they must be counted while they are hashed."""
        if self.trusting:
            return 0
        node = target >> kinds.KIND_BITS
        is_dict = target & kinds.KIND_MASK == kinds.DICT
        index = first
        while index < self.sp:
            self._key(node, is_dict, self.stack[index], self.stack[index + step - 1], at)
            index += step
        return 1 if self.nodes[node + kinds.B] > kinds.HASH_WEIGHT else 0

    def _key(self, node, is_dict, key, value, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0913
        kind = key & kinds.KIND_MASK
        if kind == kinds.DATA:
            return 0
        if kind == kinds.STR or kind == kinds.KEPT_STR:
            if is_dict:
                risk = self._risk(key)
                if risk:
                    if risk == 4:
                        return self._nested_state(node, value, at)
                    return self._flag(node, risk, at)
            return 0
        cost = self.nodes[(key >> kinds.KIND_BITS) + kinds.COST] if key & kinds.HAS_NODE else 1
        self.nodes[node + kinds.B] += cost
        self.hash_cost += cost
        if cost > self.key_cost_limit:
            reason = "a dict key or set item is made of too many objects"
            raise _over("max_key_cost", reason, self.key_cost_limit, cost, at)
        if self.hash_cost > self.hash_cost_limit + 8 * self.end:
            reason = "the keys of dicts and sets would take too long to hash"
            raise _over("max_hash_cost", reason, self.hash_cost_limit, self.hash_cost, at)
        if is_dict and kind != kinds.BIGINT and kind != kinds.TUPLE and kind != kinds.FROZENSET and kind != kinds.GLOBAL:
            self._flag(node, kinds.UNKNOWN_KEYS, at)
        return 0

    def _flag(self, node, flag, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Mark a dict as unfit for a state; if it already is one, the key sneaks in behind BUILD."""
        if self.nodes[node + kinds.A] & kinds.IS_STATE:
            self._find("state-changed-later", at, -1, kinds.STATE)
        self.nodes[node + kinds.A] |= flag
        return 0

    def _nested_state(self, node, value, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Pass the flags of the value of a `__dict__` key on to the dict that holds it."""
        if value & kinds.KIND_MASK == kinds.DICT:
            inner = value >> kinds.KIND_BITS
            self.nodes[inner + kinds.A] |= kinds.IS_STATE
            flag = self.nodes[inner + kinds.A] & (kinds.RISKY_KEYS | kinds.UNKNOWN_KEYS)
        else:
            flag = 0 if value & kinds.KIND_MASK == kinds.DATA else kinds.UNKNOWN_KEYS
        if flag:
            self._flag(node, flag, at)
        return 0

    def _risk(self, value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Say whether a string is a key that would be called: 0 no, 1 yes, 2 unknown, 4 it is `__dict__`."""
        if value & kinds.KIND_MASK == kinds.STR:
            start = value >> kinds.KIND_BITS
            op = self.data[start]
            if op == codes.SHORT_BINUNICODE or op == codes.SHORT_BINSTRING:
                length = self.data[start + 1]
                start += 2
                # The quick way out for nearly every key: it starts with neither `_`, `a` nor `e`.
                if length < 3 or (self.data[start] != 95 and self.data[start] != 97 and self.data[start] != 101):
                    return 0
        text = self._content(value)
        if text is None:
            return kinds.UNKNOWN_KEYS
        return _key_risk(text)

    def _content(self, value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Return the text of a string value if it can be told without decoding escapes, else None."""
        if value & kinds.KIND_MASK == kinds.KEPT_STR:
            return self.kept[value >> kinds.KIND_BITS]
        start = value >> kinds.KIND_BITS
        op = self.data[start]
        if op == codes.UNICODE or op == codes.STRING:
            stop = memory.find_newline(self.data, start, self.end)
            text = bytes(self.view[start + 1 : stop])
            if b"\\" in text:
                return None
            return (_unquoted(text) if op == codes.STRING else text).decode("latin-1")
        if op == codes.SHORT_BINUNICODE or op == codes.SHORT_BINSTRING:
            text = bytes(self.view[start + 2 : start + 2 + self.data[start + 1]])
        elif op == codes.BINUNICODE8:
            text = bytes(self.view[start + 9 : start + 9 + self._number(start + 1, 8)])
        else:
            text = bytes(self.view[start + 5 : start + 5 + self._number(start + 1, 4)])
        return text.decode("utf-8", "surrogatepass" if op != codes.SHORT_BINSTRING and op != codes.BINSTRING else "replace")

    # Globals and calls

    def _text_of(self, value, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        kind = value & kinds.KIND_MASK
        if kind == kinds.KEPT_STR:
            return self.kept[value >> kinds.KIND_BITS]
        if kind == kinds.STR:
            op = self.data[value >> kinds.KIND_BITS]
            if op != codes.SHORT_BINSTRING and op != codes.BINSTRING and op != codes.STRING:
                try:
                    text = self._content(value)
                except UnicodeDecodeError as error:
                    raise MalformedError(f"a string is no valid UTF-8: {error.reason}", offset=at) from None
                if text is not None:
                    return text
        return None

    def _stack_global(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self._need(2, at)
        name = self._pop(at)
        module = self._pop(at)
        names = self._text_of(module, at), self._text_of(name, at)
        if names[0] is None or names[1] is None:
            if self.trusting:
                # Only CPython's own machine will know: a persistent id may stand for a string.
                return self._object(-1, 0, 1)
            raise MalformedError("STACK_GLOBAL requires str: module and name must be plain strings", offset=at)
        return self._push(self._global(self.judge.look_up(names[0], names[1], at, 5)))

    def _global(self, judged):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Take the judge's answer into the table; return the value."""
        number, allowed, guarded, returns = judged
        if number >= self.row_room:
            self.row_room = max(16, 2 * number + 1)
            self.rows = memory.grow(self.rows, self.row_room * kinds.ROW)
        while self.row_count <= number:
            at = self.row_count * kinds.ROW
            for column in range(kinds.ROW):
                self.rows[at + column] = 0
            self.row_count += 1
        at = number * kinds.ROW
        self.rows[at + kinds.ALLOWED] = allowed
        self.rows[at + kinds.GUARDED] = guarded
        self.rows[at + kinds.RETURNS] = returns
        return number << kinds.KIND_BITS | kinds.GLOBAL

    def _extension(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        judged = self.judge.extension(self.length, at)
        if judged is None:
            self._find("extension-code", at, -1, kinds.VALUE)
            return self._push(kinds.DATA)
        value = self._global(judged)
        self._patch(at, kinds.PUSH, (value >> kinds.KIND_BITS) << kinds.ACTION_BITS | kinds.DO_GLOBAL)
        return self._push(value)

    def _call(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if op == codes.BUILD:
            return self._build(at)
        if op == codes.REDUCE:
            return self._reduce(at)
        return self._newobj(op, at)

    def _reduce(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self._need(2, at)
        args = self._pop(at)
        callee = self._pop(at)
        node = args >> kinds.KIND_BITS
        if not self.trusting and args & kinds.KIND_MASK != kinds.TUPLE:
            raise MalformedError("argument list must be a tuple", offset=at)
        if not args & kinds.HAS_NODE:
            node = 0
        if callee & kinds.KIND_MASK != kinds.GLOBAL:
            if not self.trusting:
                self._find("call-of-value", at, -1, kinds.CALL)
            return self._object(-1, self.nodes[node + kinds.DEPTH], self.nodes[node + kinds.COST])
        g = callee >> kinds.KIND_BITS
        returns = self.rows[g * kinds.ROW + kinds.RETURNS]
        if returns == kinds.RETURNS_ATTRIBUTE and self._attribute(node, at):
            return 0
        self._use(g, kinds.CALL, at)
        if self._guarded(g, kinds.CALL):
            self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_CALL)
        if returns == kinds.RETURNS_ARG0:
            first = self.nodes[node + kinds.A]
            if first != -1 and first & kinds.KIND_MASK == kinds.GLOBAL:
                g = first >> kinds.KIND_BITS
                self._use(g, kinds.NEW, at)
            elif not self.trusting:
                self._find("class-is-a-value", at, g, kinds.NEW)
        elif returns >= 0:
            g = returns
        return self._object(g, self.nodes[node + kinds.DEPTH], self.nodes[node + kinds.COST])

    def _attribute(self, node, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Read `getattr(Class, "name")` as the dotted global that it is; say whether it was one."""
        first = self.nodes[node + kinds.A]
        second = self.nodes[node + kinds.B]
        if first == -1 or second == -1 or first & kinds.KIND_MASK != kinds.GLOBAL:
            return 0
        name = self._text_any(second)
        if name is None:
            return 0
        judged = self.judge.attribute(first >> kinds.KIND_BITS, name, at)
        if judged is None:
            return 0
        made = self._global(judged)
        self._patch(at, kinds.INSTEAD, (made >> kinds.KIND_BITS) << kinds.ACTION_BITS | kinds.DO_GLOBAL)
        self._push(made)
        return 1

    def _text_any(self, value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Return the text of a string of either Python, if it is plain ASCII."""
        kind = value & kinds.KIND_MASK
        if kind != kinds.STR and kind != kinds.KEPT_STR:
            return None
        try:
            text = self._content(value)
        except UnicodeDecodeError:
            return None
        return text if text is not None and text.isascii() else None

    def _object(self, g, depth, cost):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self.built_bytes += 64
        return self._push(self._node(kinds.OBJECT, depth + 1, cost, g, 0))

    def _newobj(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        shape = kinds.PAIR
        action = kinds.DO_NEW
        if op == codes.NEWOBJ_EX:
            self._need(3, at)
            shape = kinds.TWO
            action = kinds.DO_NEW_EX
            kwargs = self._pop(at)
            if kwargs & kinds.KIND_MASK != kinds.DICT and not self.trusting:
                raise MalformedError("NEWOBJ_EX needs a dict of keyword arguments", offset=at)
        self._need(2, at)
        args = self._pop(at)
        cls = self._pop(at)
        if args & kinds.KIND_MASK != kinds.TUPLE and not self.trusting:
            raise MalformedError("NEWOBJ expected an arg tuple", offset=at)
        node = args >> kinds.KIND_BITS if args & kinds.HAS_NODE else 0
        g = -1
        if cls & kinds.KIND_MASK == kinds.GLOBAL:
            g = cls >> kinds.KIND_BITS
            self._use(g, kinds.NEW, at)
            if self._guarded(g, kinds.NEW):
                self._patch(at, shape, g << kinds.ACTION_BITS | action)
        elif not self.trusting:
            self._find("class-is-a-value", at, -1, kinds.NEW)
        return self._object(g, self.nodes[node + kinds.DEPTH], self.nodes[node + kinds.COST])

    def _instance(self, g, first, is_inst, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Apply INST or OBJ, the calls of protocol 0 and 1; they always go through the dispatcher."""
        use = kinds.CALL if self.sp > first else kinds.NEW
        self._absorb(first, at)
        self._use(g, use, at)
        self._patch(at, kinds.MARKED, g << kinds.ACTION_BITS | (kinds.DO_INST if is_inst else kinds.DO_OBJ))
        self.sp = first if is_inst else first - 1
        return self._object(g, self.seen_depth, self.seen_cost)

    def _build(self, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self._need(2, at)
        self._absorb(self.sp - 1, at)
        state = self._pop(at)
        target = self.stack[self.sp - 1]
        if target & kinds.KIND_MASK != kinds.OBJECT:
            if not self.trusting:
                is_global = target & kinds.KIND_MASK == kinds.GLOBAL
                rule = "build-on-global" if is_global else "build-on-value"
                self._find(rule, at, target >> kinds.KIND_BITS if is_global else -1, kinds.STATE)
            return 0
        self._deepen(target)
        self.nodes[(target >> kinds.KIND_BITS) + kinds.COST] += self.seen_cost
        g = self._maker(target)
        self._use(g, kinds.STATE, at)
        if self._guarded(g, kinds.STATE):
            return self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_STATE)
        if not self.trusting and self._screen(state, g, at):
            self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_SCREENED_STATE)
        return 0

    def _screen(self, state, g, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Screen the keys of a state; say whether that has to be done while it is built."""
        kind = state & kinds.KIND_MASK
        if kind == kinds.DICT:
            return self._screen_dict(state, g, at)
        if kind == kinds.TUPLE:
            node = state >> kinds.KIND_BITS
            a = self.nodes[node + kinds.A]
            b = self.nodes[node + kinds.B]
            screened = 0
            if a != -1 and self._screen_item(a, g, at):
                screened = 1
            if b != -1 and self._screen_item(b, g, at):
                screened = 1
            return screened
        return 1 if kind == kinds.OBJECT or kind == kinds.PERSISTENT else 0

    def _screen_item(self, value, g, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        kind = value & kinds.KIND_MASK
        if kind == kinds.DICT:
            return self._screen_dict(value, g, at)
        return 1 if kind == kinds.OBJECT or kind == kinds.PERSISTENT else 0

    def _screen_dict(self, state, g, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        node = state >> kinds.KIND_BITS
        self.nodes[node + kinds.A] |= kinds.IS_STATE
        if self.nodes[node + kinds.A] & kinds.RISKY_KEYS:
            self._find("called-state-key", at, g, kinds.STATE)
        return 1 if self.nodes[node + kinds.A] & kinds.UNKNOWN_KEYS else 0

    def _persistent(self, op, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        self.persistent_count += 1
        if op == codes.BINPERSID:
            self._pop(at)
        if self.has_persistent_load:
            self._patch(at, kinds.PERSISTENT_ID if op == codes.BINPERSID else kinds.PERSISTENT_TEXT, 0)
        else:
            self._find("persistent-id", at, -1, kinds.VALUE)
        return self._push(kinds.PERSISTENT)

    def _use(self, g, use, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if g < 0:
            return 0
        row = g * kinds.ROW
        self.rows[row + kinds.COUNT] += 1
        self.rows[row + kinds.USES] |= use
        if not self.rows[row + kinds.ALLOWED] & use and not self.rows[row + kinds.REFUSED] & use:
            self.rows[row + kinds.REFUSED] |= use
            self._find("not-allowed", at, g, use)
        return 0

    def _guarded(self, g, use):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return 1 if g >= 0 and self.rows[g * kinds.ROW + kinds.GUARDED] & use else 0

    def _find(self, rule, at, g, use):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append((rule, at, g, use))
        return 0

    def _patch(self, at, shape, action):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if self.patch_count == self.patch_room:
            self.patch_room = 32 if self.patch_room == 0 else 2 * self.patch_room
            self.patch_list = memory.grow(self.patch_list, 4 * self.patch_room)
        where = 4 * self.patch_count
        self.patch_list[where] = at
        self.patch_list[where + 1] = self.pos
        self.patch_list[where + 2] = shape
        self.patch_list[where + 3] = action
        self.patch_count += 1
        if shape != kinds.DROP:
            self.guard_count += 1
        return 0


def _key_risk(text: str) -> int:
    if text == "__dict__":
        return 4
    if text in CALLED_KEYS or (text.startswith("__") and text.endswith("__") and text not in INERT_DUNDERS):
        return kinds.RISKY_KEYS
    return 0


def _unquoted(line: bytes) -> bytes:
    line = line.rstrip()
    return line[1 : len(line) - 1]


def _names(lines: list[bytes], at: int) -> tuple[str, str]:
    try:
        return lines[0].decode("utf-8"), lines[1].decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError(f"a global's name is no valid UTF-8: {error.reason}", offset=at) from None


def _check_float(line: bytes, at: int) -> None:
    try:
        float(line)
    except ValueError:
        raise MalformedError("could not convert string to float", offset=at) from None


def _truncated(offset: int) -> TruncatedError:
    return TruncatedError("the pickle ends in the middle: the writer stopped early or is still writing", offset=offset)


def _over(limit: str, reason: str, maximum: int, actual: int, offset: int | None = None) -> LimitError:
    return LimitError(
        f"{reason} ({actual:,}; the limit is {maximum:,})",
        limit=limit,
        maximum=maximum,
        actual=actual,
        offset=offset,
        hint=f"if you expect this, load with limits=onggi.Limits({limit}={actual})",
    )
