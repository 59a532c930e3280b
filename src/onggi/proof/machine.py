# cython: annotation_typing=False
"""The abstract unpickling machine: stack, marks, memo and nodes, and the reading of opcodes and arguments.

Plain Python that Cython compiles as it stands (`machine.pxd` has the C types); uncompiled, the same file runs.

The machine keeps a stack, a mark stack with its fence, and a memo exactly as CPython's `_pickle.c` does, but instead of
objects it keeps *values*: an integer whose low bits say what the object is (`kinds`), and whose other bits are the
index of an opcode (a string), the number of a global, or a *node* with depth, hash cost and what a later opcode needs
to know. What the opcodes do to them is in `walker`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onggi.errors import MalformedError, UndecodableError
from onggi.format import codes, memory
from onggi.format.opcodes import ARGUMENTS, BY_CODE
from onggi.proof import kinds
from onggi.proof.faults import over, truncated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.proof.judging import Judging
    from onggi.proof.limits import Limits

__all__ = ["Machine", "is_compiled"]

MAX_FINDINGS = 1_000
_ARGUMENT_OF = memory.bytes_of(ARGUMENTS)


def is_compiled() -> bool:
    """Say whether this module runs as C."""
    return not __file__.endswith(".py")


class Machine:
    """The state of the walk and what all opcodes share. One serves one pickle, or several that share a memo.

    Args:
        judge: Who decides about globals.
        limits: An `onggi.Limits`.
        trusting: Whether rules about honesty are off: the bytes are the reader's own.
        has_persistent_load: Whether the reader resolves persistent ids.
    """

    def __init__(
        self, judge: Judging, limits: Limits, trusting: bool = False, has_persistent_load: bool = False
    ) -> None:
        self.judge = judge
        self.has_persistent_load = has_persistent_load
        self.kept: list[str | None] = []
        self.findings: list[tuple[str, int, int, int]] = []
        self.stack = memory.empty()
        self.marks = memory.empty()
        self.memo = memory.empty()
        self.infos = memory.empty()
        self.nodes = memory.empty()
        self.rows = memory.empty()
        self.patch_list = memory.empty()
        self.stack_room = self.mark_room = self.memo_room = self.node_room = self.row_room = self.patch_room = 0
        self.memo_count = self.memo_top = self.node_count = self.row_count = self.has_large = 0
        self.trust(limits, trusting)
        self._reset()

    def __dealloc__(self) -> None:
        memory.release(self.stack)
        memory.release(self.marks)
        memory.release(self.memo)
        memory.release(self.infos)
        memory.release(self.nodes)
        memory.release(self.rows)
        memory.release(self.patch_list)

    def trust(self, limits: Limits, trusting: bool) -> None:
        """Set how much is trusted from the next pickle on; the judge's new answers go through `judge_again`."""
        self.limits = limits
        self.trusting = trusting
        self.depth_limit = limits.max_depth
        self.key_cost_limit = limits.max_key_cost
        self.hash_cost_limit = limits.max_hash_cost
        self.opcode_limit = limits.max_opcodes
        self.built_limit = limits.max_built_bytes
        self.growth_limit = limits.max_growth

    def judge_again(self, judged: tuple[int, int, int, int]) -> None:
        """Take a new answer of the judge about a global that may be in the memo."""
        self._global(judged)

    def forget(self) -> None:
        """Become as new, but for the room of the arrays."""
        self.view = b""
        self.kept = []
        self.memo_count = self.memo_top = self.node_count = self.row_count = 0

    def prime(self, index: int) -> None:
        """Put an opaque value into the memo."""
        self.sp = self.fence = 0
        self._push(kinds.PERSISTENT)
        self._put(index, 0)

    def patches(self) -> list[tuple[int, int, int, int]]:
        """Return the patches as `(start, stop, shape, action)`, in the order of the bytes."""
        return list(self.each_patch())

    def vet_calls(self) -> list[int]:
        """Leave calls as they are where the guard itself can be handed out in place of the global.

        That is so for a global that is called and neither mentioned nor instantiated, if most of its calls need the
        guard. Not for a memo that outlives the pickle: a later one could mention it.

        Returns:
            The numbers of these globals.
        """
        for g in range(self.row_count):
            self.rows[g * kinds.ROW + kinds.REFUSED] = 0
        for index in range(self.patch_count):
            g = self._patched_call(index)
            if g >= 0:
                self.rows[g * kinds.ROW + kinds.REFUSED] += 1
        vetted = []
        for g in range(self.row_count):
            row = g * kinds.ROW
            is_only_called = not self.rows[row + kinds.USES] & (kinds.VALUE | kinds.NEW)
            has_many = 2 * self.rows[row + kinds.REFUSED] > self.rows[row + kinds.COUNT]
            self.rows[row + kinds.REFUSED] = 0
            if is_only_called and has_many and self._guarded(g, kinds.CALL):
                vetted.append(g)
                self.rows[row + kinds.REFUSED] = -1
        for index in range(self.patch_count):
            g = self._patched_call(index)
            if g >= 0 and self.rows[g * kinds.ROW + kinds.REFUSED] == -1:
                self.patch_list[4 * index + 2] = kinds.NO_PATCH
                self.guard_count -= 1
        return vetted

    def _patched_call(self, index: int) -> int:
        """Return the global whose call a patch is about, or -1."""
        shape, action = self.patch_list[4 * index + 2], self.patch_list[4 * index + 3]
        if shape != kinds.PAIR or action & kinds.ACTION_MASK != kinds.DO_CALL:
            return -1
        return action >> kinds.ACTION_BITS

    def each_patch(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield the patches."""
        for index in range(self.patch_count):
            at = 4 * index
            if self.patch_list[at + 2] == kinds.NO_PATCH:
                continue
            yield self.patch_list[at], self.patch_list[at + 1], self.patch_list[at + 2], self.patch_list[at + 3]

    def uses(self) -> list[tuple[int, int]]:
        """Return `(uses, count)` of each global, by number."""
        found = []
        for index in range(self.row_count):
            at = kinds.ROW * index
            found.append((self.rows[at + kinds.USES], self.rows[at + kinds.COUNT]))
        return found

    def _start(self, data: bytes) -> int:
        # The memo outlives the bytes of the pickle before, and what was refused then is refused again.
        self._keep_strings()
        for row in range(self.row_count):
            self.rows[row * kinds.ROW + kinds.REFUSED] = 0
        self.view = data
        self.data = memory.bytes_of(self.view)
        self.end = len(data)
        return self._reset()

    def _reset(self) -> int:
        self.pos = self.sp = self.mark_count = self.fence = self.frame_end = self.patch_count = self.guard_count = 0
        self.protocol = self.opcode_count = self.max_depth = self.persistent_count = self.buffer_count = 0
        self.built_bytes = self.hash_cost = self.late_fills = self.slot_states = 0
        self.findings = []
        return 0

    def _fetch(self, at: int) -> int:
        pos = at
        if pos >= self.end:
            raise truncated(pos)
        op = self.data[pos]
        kind = _ARGUMENT_OF[op]
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
                raise truncated(at)
            self.length = self._number(pos, width)
            pos += width
            self.arg = pos
            if kind >= codes.ARG_BYTES1:
                if self.length < 0 or self.length > self.end - pos:
                    raise truncated(at)
                pos += self.length
                if self.length >= kinds.LARGE_BYTES:
                    self.has_large = 1
            self.pos = pos
            if self.length >= kinds.CUT_BYTES and kind >= codes.ARG_BYTES1 and op != codes.LONG4:
                self._patch(at, kinds.CUT, op)
        if self.frame_end:
            # A frame is read ahead as one block by some machines and not by others: what crosses its end is ambiguous.
            if at == self.frame_end:
                self.frame_end = 0
            elif self.pos > self.frame_end:
                raise MalformedError(f"{BY_CODE[op].name} crosses the end of its frame", offset=at)
        return op

    def _number(self, pos: int, size: int) -> int:
        number = self.data[pos]
        for index in range(1, min(size, 7)):
            # Widened before it is shifted: C would shift an int.
            byte = self.data[pos + index]
            number += byte << (8 * index)
        if size == 8 and (self.data[pos + 7] or self.data[pos + 6] & 0x80):
            return -1
        return number

    def _fetch_lines(self, at: int, lines: int) -> int:
        self.arg = at + 1
        self.pos = memory.find_newline(self.data, self.arg, self.end) + 1
        if self.pos > 0:
            self.length = self.pos - 1 - self.arg
            if lines == 2:
                self.pos = memory.find_newline(self.data, self.pos, self.end) + 1
        if self.pos <= 0:
            raise truncated(at)
        return 0

    def _push(self, value: int) -> int:
        if self.sp == self.stack_room:
            self.stack_room = max(64, 2 * self.stack_room)
            self.stack = memory.grow(self.stack, self.stack_room)
        self.stack[self.sp] = value
        self.sp += 1
        return 0

    def _pop(self, at: int) -> int:
        self._need(1, at)
        self.sp -= 1
        return self.stack[self.sp]

    def _need(self, count: int, at: int) -> int:
        if self.sp - self.fence < count:
            raise MalformedError("the stack is too short for this opcode", offset=at)
        return 0

    def _stack_op(self, op: int, at: int) -> int:
        if op == codes.MARK:
            if self.mark_count == self.mark_room:
                self.mark_room = max(32, 2 * self.mark_room)
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

    def _pop_mark(self, at: int) -> int:
        if not self.mark_count:
            raise MalformedError("no MARK is on the stack", offset=at)
        self.mark_count -= 1
        mark = self.marks[self.mark_count]
        self.fence = self.marks[self.mark_count - 1] if self.mark_count else 0
        return mark

    def _check_size(self, size: int) -> int:
        """Refuse a pickle of `size` bytes whose objects would take far more memory."""
        if self.built_bytes <= kinds.BUILT_BYTES_FLOOR and self.built_bytes <= self.built_limit:
            return 0
        # Saturated: the limit may be as large as a number of the machine.
        growth = self.growth_limit * size if self.growth_limit < 1 << 20 else self.built_limit
        allowed = min(self.built_limit, max(kinds.BUILT_BYTES_FLOOR, growth))
        if self.built_bytes > allowed:
            reason, built = "the objects would take far more memory than their pickle", self.built_bytes
            if allowed == self.built_limit:
                raise over("max_built_bytes", reason, allowed, built)
            # The counts are bytes, the limit is a ratio of them.
            raise over("max_growth", reason, allowed, built, enough=built // size * 2 + 2)
        return 0

    def _more(self, room: int) -> int:
        """Return how much room to make in an array that is full.

        That is for as many entries as the whole pickle needs if it goes on like this: memory that is never touched
        costs nothing, and moving to a larger array does.
        """
        expected = room * (self.end // (self.pos + 1) + 1)
        return max(32, 2 * room, min(expected, 16 * room))

    def _node(self, kind: int, depth: int, cost: int, a: int, b: int) -> int:
        if self.node_count == self.node_room:
            if not self.trusting:
                self._check_size(self.end)
            self.node_room = self._more(self.node_room)
            self.infos = memory.grow(self.infos, self.node_room)
            self.nodes = memory.grow(self.nodes, self.node_room * kinds.NODE)
        node = self.node_count
        cost = min(cost & kinds.COST_MASK, kinds.MAX_COST) | cost & kinds.OPEN
        self.infos[node] = cost << kinds.COST_SHIFT | min(depth, kinds.DEPTH_MASK)
        self.nodes[kinds.NODE * node + kinds.A] = a
        self.nodes[kinds.NODE * node + kinds.B] = b
        self.node_count += 1
        if depth > self.max_depth:
            self._sink(depth)
        return node << kinds.KIND_BITS | kind

    def _sink(self, depth: int) -> int:
        """Take note of the deepest object so far."""
        self.max_depth = depth
        if depth > self.depth_limit:
            raise over("max_depth", "objects are nested too deeply", self.depth_limit, depth, self.pos)
        return 0

    def _absorb(self, first: int, at: int) -> int:
        """Sum up the values from stack index `first` on: depth, hash cost, and globals that are mentioned.

        `seen_plain` says whether all of them are plain: neither containers nor anything that an opcode asks about.
        """
        depth = 0
        cost = 0
        is_open = 0
        plain = 1
        for index in range(first, self.sp):
            value = self.stack[index]
            kind = value & kinds.KIND_MASK
            if kind <= kinds.BIGINT:
                cost += 1
                continue
            plain = 0
            if kind & kinds.HAS_NODE:
                info = self.infos[value >> kinds.KIND_BITS]
                if info & kinds.DEPTH_MASK > depth:
                    depth = info & kinds.DEPTH_MASK
                cost += info >> kinds.COST_SHIFT & kinds.COST_MASK
                is_open |= info >> kinds.COST_SHIFT
                if info & kinds.HEADED:
                    self._mention_first(value, at)
                elif kind == kinds.OBJECT and not info & kinds.CONTAINED:
                    self.infos[value >> kinds.KIND_BITS] = info | kinds.CONTAINED
            elif kind == kinds.SIMPLE or kind == kinds.RAW:
                if depth == 0:
                    depth = 1
                cost += value >> kinds.KIND_BITS if kind == kinds.SIMPLE else 2
            else:
                cost += 1
                if kind == kinds.GLOBAL:
                    self._use(value >> kinds.KIND_BITS, kinds.VALUE, at)
        self.seen_depth = depth
        self.seen_cost = min(cost, kinds.MAX_COST) | is_open & kinds.OPEN
        self.seen_plain = plain
        return 0

    def _mention_first(self, value: int, at: int) -> int:
        """Count a global at the head of a tuple as mentioned, now that the tuple is used.

        As the first argument of a call it need not be: `copyreg._reconstructor(cls, …)` makes an instance of it.
        """
        if value & kinds.KIND_MASK == kinds.TUPLE:
            first = self.nodes[kinds.NODE * (value >> kinds.KIND_BITS) + kinds.A]
            if first != -1 and first & kinds.KIND_MASK == kinds.GLOBAL:
                self._use(first >> kinds.KIND_BITS, kinds.VALUE, at)
        return 0

    def _depth_of(self, value: int) -> int:
        if value & kinds.HAS_NODE:
            return self.infos[value >> kinds.KIND_BITS] & kinds.DEPTH_MASK
        return 1 if value & kinds.KIND_MASK in (kinds.SIMPLE, kinds.RAW) else 0

    def _cost_of(self, value: int) -> int:
        if value & kinds.HAS_NODE:
            return self.infos[value >> kinds.KIND_BITS] >> kinds.COST_SHIFT
        if value & kinds.KIND_MASK == kinds.SIMPLE:
            return value >> kinds.KIND_BITS
        return 2 if value & kinds.KIND_MASK == kinds.RAW else 1

    def _put(self, index: int, at: int) -> int:
        self._need(1, at)
        if index >= self.memo_room:
            if index > self.memo_count + self.limits.max_memo_gap:
                raise over(
                    "max_memo_gap",
                    f"memo index {index:,} lies far past the memo's {self.memo_count:,} entries",
                    self.limits.max_memo_gap,
                    index - self.memo_count,
                    at,
                )
            self.memo_room = max(self._more(self.memo_room), index + 1)
            self.memo = memory.grow(self.memo, self.memo_room)
        while self.memo_top <= index:
            self.memo[self.memo_top] = -1
            self.memo_top += 1
        if self.memo[index] == -1:
            self.memo_count += 1
            self.built_bytes += 8
        self.memo[index] = self.stack[self.sp - 1]
        return 0

    def _get(self, index: int, at: int) -> int:
        if index >= self.memo_top or self.memo[index] == -1:
            raise MalformedError(f"Memo value not found at index {index}", offset=at)
        return self.memo[index]

    def _text_index(self, at: int) -> int:
        if not 0 < self.length < 19:
            raise MalformedError("a memo index is no plain number", offset=at)
        number = 0
        for pos in range(self.arg, self.arg + self.length):
            byte = self.data[pos]
            if byte < 48 or byte > 57:
                raise MalformedError("a memo index is no plain number", offset=at)
            number = number * 10 + byte - 48
        return number

    def _keep_strings(self) -> int:
        for index in range(self.memo_top):
            if self.memo[index] == -1:
                continue
            kind = self.memo[index] & kinds.KIND_MASK
            if kind == kinds.DATA:
                self.memo[index] = kinds.DATA
            elif kind == kinds.RAW:
                self.memo[index] = 2 << kinds.KIND_BITS | kinds.SIMPLE
            elif kind == kinds.STR or kind == kinds.SAFE_STR:
                self.kept.append(self._kept_text(self.memo[index]))
                self.memo[index] = (len(self.kept) - 1) << kinds.KIND_BITS | kinds.KEPT_STR
        return 0

    def _kept_text(self, value: int) -> str | None:
        """Return the text of a string that will outlive its bytes; None where it can only be told when it is built."""
        try:
            return self._text_of(value, 0)
        except MalformedError:
            return None

    def _text(self, op: int, at: int) -> int:
        self.built_bytes += 49
        if self.length >= kinds.LARGE_BYTES:
            self.has_large = 1
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

    def _check_integer(self, line: bytes, at: int) -> int:
        digits = line.strip(b" \t\r").removesuffix(b"L").removeprefix(b"-")
        if not digits.isdigit():
            raise MalformedError("an integer is not written as decimal digits", offset=at)
        if len(digits) > self.limits.max_digits:
            reason = f"an integer has {len(digits):,} digits"
            raise over("max_digits", reason, self.limits.max_digits, len(digits), at)
        return 0

    def _content(self, value: int) -> str | None:
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
        if op == codes.SHORT_BINSTRING or op == codes.BINSTRING:
            # Of Python 2, in the reader's own encoding; what is looked for in it is ASCII.
            return text.decode("ascii", "replace")
        return _decoded(text, value >> kinds.KIND_BITS)

    def _text_of(self, value: int, at: int) -> str | None:
        kind = value & kinds.KIND_MASK
        if kind == kinds.KEPT_STR:
            return self.kept[value >> kinds.KIND_BITS]
        if kind == kinds.STR or kind == kinds.SAFE_STR:
            op = self.data[value >> kinds.KIND_BITS]
            if op != codes.SHORT_BINSTRING and op != codes.BINSTRING and op != codes.STRING:
                return self._content(value)
        return None

    def _text_any(self, value: int) -> str | None:
        """Return the text of a string of either Python, if it is plain ASCII."""
        kind = value & kinds.KIND_MASK
        if kind != kinds.STR and kind != kinds.SAFE_STR and kind != kinds.KEPT_STR:
            return None
        text = self._content(value)
        return text if text is not None and text.isascii() else None

    def _global(self, judged: tuple[int, int, int, int]) -> int:
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
        if returns >= 0 and (returns >= self.row_count or not self.rows[returns * kinds.ROW + kinds.ALLOWED]):
            # The pickle need not name what a call returns.
            self._global(self.judge.answer(returns))
        return number << kinds.KIND_BITS | kinds.GLOBAL

    def _use(self, g: int, use: int, at: int) -> int:
        if g < 0:
            return 0
        row = g * kinds.ROW
        self.rows[row + kinds.COUNT] += 1
        self.rows[row + kinds.USES] |= use
        if not self.rows[row + kinds.ALLOWED] & use and not self.rows[row + kinds.REFUSED] & use:
            self.rows[row + kinds.REFUSED] |= use
            self._find("not-allowed", at, g, use)
        return 0

    def _guarded(self, g: int, use: int) -> int:
        return 1 if g >= 0 and self.rows[g * kinds.ROW + kinds.GUARDED] & use else 0

    def _find(self, rule: str, at: int, g: int, use: int) -> int:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append((rule, at, g, use))
        return 0

    def _patch(self, at: int, shape: int, action: int) -> int:
        if self.patch_count == self.patch_room:
            self.patch_room = self._more(self.patch_room)
            self.patch_list = memory.grow(self.patch_list, 4 * self.patch_room)
        where = 4 * self.patch_count
        self.patch_list[where] = at
        self.patch_list[where + 1] = self.pos
        self.patch_list[where + 2] = shape
        self.patch_list[where + 3] = action
        self.patch_count += 1
        if shape != kinds.DROP and shape != kinds.CUT:
            self.guard_count += 1
        return 0


def _decoded(text: bytes, at: int) -> str:
    try:
        return text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise UndecodableError(f"a string is no valid UTF-8: {error.reason}", error=error, offset=at) from None


def _unquoted(line: bytes) -> bytes:
    line = line.rstrip()
    return line[1 : len(line) - 1]


def _check_float(line: bytes, at: int) -> None:
    try:
        float(line)
    except ValueError:
        raise MalformedError("could not convert string to float", offset=at) from None
