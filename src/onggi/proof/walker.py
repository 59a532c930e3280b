# cython: annotation_typing=False
"""Walk the opcodes of one pickle on the abstract machine, and say all that they would do.

Plain Python that Cython compiles as it stands (`walker.pxd` has the C types); uncompiled, the same file runs.

Nothing is imported; each global that the stream names is put to the judge once, which answers with the uses that are
allowed, those that need a guard, and what a call of it returns. What comes out: the uses of each global, findings,
sizes, and *patches*, the places where the opcodes are rewritten so that a guard stands between the pickle and the
operation.
"""

from __future__ import annotations

from onggi.errors import MalformedError
from onggi.format import codes, memory
from onggi.format.opcodes import ARGUMENTS
from onggi.proof import kinds
from onggi.proof.calls import Calls, names_of
from onggi.proof.fast_table import FAST_TABLE
from onggi.proof.faults import over, truncated

__all__ = ["Walker", "is_compiled"]

_FAST = memory.bytes_of(FAST_TABLE)
_ARGUMENT_OF = memory.bytes_of(ARGUMENTS)


def is_compiled() -> bool:
    """Say whether this module runs as C."""
    return not __file__.endswith(".py")


class Walker(Calls):
    """What each opcode does to the machine."""

    def walk(self, data: bytes, buffer_kinds: bytes = b"") -> None:
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
        if self.opcode_count > self.opcode_limit:
            raise over("max_opcodes", "the pickle has too many opcodes", self.opcode_limit, self.opcode_count)
        if not self.trusting:
            self.built_bytes += kinds.BYTES_AN_OPCODE * self.opcode_count
            self._check_size(len(data))

    def vet_states(self, numbers: list[int]) -> None:
        """Leave slot states as they are for the classes, by number, on which setting an attribute runs no code."""
        for g in numbers:
            if g < self.row_count:
                self.rows[g * kinds.ROW + kinds.REFUSED] = -2
        for index in range(self.patch_count):
            at = 4 * index
            action = self.patch_list[at + 3]
            is_state = self.patch_list[at + 2] == kinds.PAIR and action & kinds.ACTION_MASK == kinds.DO_SLOT_STATE
            if is_state and self.rows[(action >> kinds.ACTION_BITS) * kinds.ROW + kinds.REFUSED] == -2:
                self.patch_list[at + 2] = kinds.NO_PATCH
                self.guard_count -= 1

    def finish(self) -> None:
        """Make the machine ready for another pickle that shares the memo: strings outlive their bytes."""
        self._keep_strings()

    def _run(self) -> int:
        """Take the opcodes one after the other.

        The loop takes by itself what makes up nine tenths of a pickle, on local copies of the machine's state, where
        all is as usual; everything else goes to `_step`.
        """
        data = self.data
        fast = _FAST
        while True:
            # What `_step` may have changed.
            pos, sp, stack, memo, count, code = self.pos, self.sp, self.stack, self.memo, 0, 0
            stop = self.frame_end or self.end
            room, memo_top, memo_count = self.stack_room, self.memo_top, self.memo_count
            memo_room, infos, waiting = self.memo_room, self.infos, -1
            while pos < stop and sp < room:
                code = fast[data[pos]]
                if code == 0:
                    break
                left = stop - pos
                if code < kinds.FAST_GET:
                    if left < code:
                        break
                    stack[sp] = kinds.DATA
                    sp += 1
                    pos += code
                elif code == kinds.FAST_STRING or code == kinds.FAST_BYTES:
                    if left < 2 or left - 2 < data[pos + 1]:
                        break
                    if code == kinds.FAST_BYTES:
                        stack[sp] = pos << kinds.KIND_BITS | kinds.DATA
                    else:
                        # Whatever is called starts with `__`, `ad` (add), `ap` (append) or `ex` (extend).
                        head = data[pos + 2] << 8 | data[pos + 3] if data[pos + 1] >= 3 else 0
                        is_safe = head not in (0x5F5F, 0x6164, 0x6170, 0x6578)
                        stack[sp] = pos << kinds.KIND_BITS | (kinds.SAFE_STR if is_safe else kinds.STR)
                    sp += 1
                    pos += 2 + data[pos + 1]
                elif code == kinds.FAST_MEMOIZE:
                    if memo_count != memo_top or memo_count >= memo_room or sp <= self.fence or waiting == sp - 1:
                        break
                    memo[memo_count] = stack[sp - 1]
                    memo_count += 1
                    memo_top = memo_count
                    pos += 1
                elif code == kinds.FAST_GET:
                    if left < 2 or data[pos + 1] >= memo_top or memo[data[pos + 1]] == -1:
                        break
                    stack[sp] = memo[data[pos + 1]]
                    sp += 1
                    pos += 2
                elif code == kinds.FAST_MARK:
                    if self.mark_count >= self.mark_room:
                        break
                    self.marks[self.mark_count] = sp
                    self.mark_count += 1
                    self.fence = sp
                    pos += 1
                elif code == kinds.FAST_EMPTY_DICT or code == kinds.FAST_EMPTY_LIST:
                    if self.node_count >= self.node_room:
                        break
                    stack[sp] = self._empty(code == kinds.FAST_EMPTY_DICT)
                    sp += 1
                    pos += 1
                elif code == kinds.FAST_EMPTY_TUPLE:
                    stack[sp] = 1 << kinds.KIND_BITS | kinds.SIMPLE
                    sp += 1
                    pos += 1
                elif code >= kinds.FAST_CONTAINER or left < 5:
                    break
                else:
                    if data[pos + 4] >= 0x80:
                        break
                    index = data[pos + 1] | data[pos + 2] << 8 | data[pos + 3] << 16 | data[pos + 4] << 24
                    # A memo without gaps has an entry at each index below its top.
                    if index >= memo_top or memo_top != memo_count:
                        break
                    # What it holds may be anywhere in memory: it is sent for now and taken when the next one is, and
                    # so is what is known of its node.
                    memory.prefetch(memo, index)
                    if waiting >= 0:
                        stack[waiting] = memo[stack[waiting]]
                        memory.prefetch(infos, stack[waiting] >> kinds.KIND_BITS)
                    waiting = sp
                    stack[sp] = index
                    sp += 1
                    pos += 5
                count += 1
            if waiting >= 0:
                stack[waiting] = memo[stack[waiting]]
            self.pos, self.sp, self.memo_count, self.memo_top = pos, sp, memo_count, memo_top
            self.opcode_count += count + 1
            if pos < stop and code == kinds.FAST_CONTAINER:
                self.pos = pos + 1
                self._container(data[pos], pos)
            elif pos < stop and code == kinds.FAST_CALL:
                self.pos = pos + 1
                self._call(data[pos], pos)
            elif self._step():
                return self._stop()

    def _empty(self, is_dict: bool) -> int:
        """Make the node of an empty dict or list, where there is room for one."""
        node = self.node_count
        self.infos[node] = 1 << kinds.COST_SHIFT | 1
        if is_dict:
            self.nodes[kinds.NODE * node + kinds.A] = 0
            self.nodes[kinds.NODE * node + kinds.B] = 0
        self.node_count += 1
        self.built_bytes += 84
        if self.max_depth == 0:
            self.max_depth = 1
        return node << kinds.KIND_BITS | (kinds.DICT if is_dict else kinds.LIST)

    def _step(self) -> int:
        """Take one opcode, whatever it is; say whether it is STOP."""
        at = self.pos
        op = self._fetch(at)
        if op == codes.STOP:
            return 1
        self._apply(op, at)
        return 0

    def _stop(self) -> int:
        at = self.pos - 1
        if self.frame_end and self.pos != self.frame_end:
            raise MalformedError("a frame goes on behind STOP", offset=at)
        self._need(1, at)
        self._absorb(self.sp - 1, at)
        self._pop(at)
        if (self.sp or self.mark_count) and not self.trusting:
            raise MalformedError("values are left on the stack at STOP", offset=at)
        return 0

    def _apply(self, op: int, at: int) -> int:
        if op == codes.MEMOIZE:
            self._put(self.memo_count, at)
        elif op == codes.BINGET or op == codes.LONG_BINGET:
            self._push(self._get(self.length, at))
        elif op == codes.BINPUT or op == codes.LONG_BINPUT:
            self._put(self.length, at)
        elif op == codes.SHORT_BINUNICODE or op == codes.BINUNICODE or op == codes.BINUNICODE8:
            self._push(at << kinds.KIND_BITS | kinds.STR)
        elif op == codes.SHORT_BINSTRING or op == codes.BINSTRING:
            if self.length > 0x7FFFFFFF:
                raise MalformedError("BINSTRING has a negative length", offset=at)
            self._push(at << kinds.KIND_BITS | kinds.STR)
        elif op == codes.NONE or op == codes.NEWTRUE or op == codes.NEWFALSE or op == codes.BININT1:
            self._push(kinds.DATA)
        elif op == codes.BININT or op == codes.BININT2 or op == codes.BINFLOAT:
            self._push(kinds.DATA)
        elif op == codes.SHORT_BINBYTES:
            self._push(at << kinds.KIND_BITS | kinds.DATA)
        elif op == codes.BINBYTES or op == codes.BINBYTES8 or op == codes.BYTEARRAY8:
            self._push(kinds.DATA)
        elif op == codes.LONG1 or op == codes.LONG4:
            if self.length > 0x7FFFFFFF:
                raise MalformedError("LONG4 has a negative length", offset=at)
            self._push(kinds.BIGINT if self.length >= 8 else kinds.DATA)
        elif op == codes.MARK or op == codes.POP or op == codes.POP_MARK or op == codes.DUP:
            self._stack_op(op, at)
        elif _ARGUMENT_OF[op] >= codes.ARG_LINE:
            self._line_op(op, at)
        elif op == codes.REDUCE or op == codes.NEWOBJ or op == codes.NEWOBJ_EX or op == codes.BUILD:
            self._call(op, at)
        elif op == codes.STACK_GLOBAL:
            self._stack_global(at)
        else:
            self._other(op, at)
        return 0

    def _other(self, op: int, at: int) -> int:
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
            return self._obj(at)
        if op == codes.EXT1 or op == codes.EXT2 or op == codes.EXT4:
            return self._extension(op, at)
        return self._container(op, at)

    def _line_op(self, op: int, at: int) -> int:
        if op == codes.GET:
            return self._push(self._get(self._text_index(at), at))
        if op == codes.PUT:
            return self._put(self._text_index(at), at)
        if op == codes.GLOBAL:
            lines = bytes(self.view[self.arg : self.pos - 1]).split(b"\n")
            return self._push(self._global(self.judge.look_up(*names_of(lines, at), at, self.protocol)))
        if op == codes.INST:
            return self._inst(at)
        if op == codes.PERSID:
            return self._persistent(op, at)
        return self._text(op, at)

    def _frame(self, at: int) -> int:
        if self.frame_end:
            raise MalformedError("a FRAME inside a frame", offset=at)
        if self.length < 0 or self.length > self.end - self.pos:
            raise truncated(at)
        self.frame_end = self.pos + self.length if self.length else 0
        self.opcode_count -= 1
        return self._patch(at, kinds.DROP, 0)

    def _proto(self, at: int) -> int:
        if at:
            raise MalformedError("PROTO stands elsewhere than at the start", offset=at)
        if self.length > 5:
            raise MalformedError(f"unsupported pickle protocol: {self.length}", offset=at)
        self.protocol = self.length
        return 0

    def _next_buffer(self, at: int) -> int:
        op = self.buffer_kinds[self.buffer_count] if self.buffer_count < len(self.buffer_kinds) else codes.NEXT_BUFFER
        self.buffer_count += 1
        self.built_bytes += 56
        self.has_large = 1
        if not self.buffer_kinds:
            self._patch(at, kinds.CUT, codes.NEXT_BUFFER)
        return self._push(kinds.BUFFER if op == codes.NEXT_BUFFER else kinds.DATA)

    def _stack_global(self, at: int) -> int:
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

    def _extension(self, op: int, at: int) -> int:
        judged = self.judge.extension(self.length, at)
        if judged is None:
            self._find("extension-code", at, -1, kinds.VALUE)
            return self._push(kinds.DATA)
        value = self._global(judged)
        self._patch(at, kinds.PUSH, (value >> kinds.KIND_BITS) << kinds.ACTION_BITS | kinds.DO_GLOBAL)
        return self._push(value)

    def _persistent(self, op: int, at: int) -> int:
        self.persistent_count += 1
        if op == codes.BINPERSID:
            self._pop(at)
        if self.has_persistent_load:
            self._patch(at, kinds.PERSISTENT_ID if op == codes.BINPERSID else kinds.PERSISTENT_TEXT, 0)
        else:
            self._find("persistent-id", at, -1, kinds.VALUE)
        return self._push(kinds.PERSISTENT)
