# cython: annotation_typing=False
"""What calls something, makes an instance, or sets a state: judged by the global and the shape of the arguments.

Plain Python that Cython compiles as it stands (`calls.pxd` has the C types); uncompiled, the same file runs.
"""

from __future__ import annotations

from onggi.errors import MalformedError, UndecodableError
from onggi.format import codes
from onggi.proof import kinds
from onggi.proof.containers import Containers

__all__ = ["Calls", "is_compiled", "names_of"]


def is_compiled() -> bool:
    """Say whether this module runs as C."""
    return not __file__.endswith(".py")


class Calls(Containers):
    """The opcodes that call, make instances and set states."""

    def _call(self, op: int, at: int) -> int:
        if op == codes.BUILD:
            return self._build(at)
        if op == codes.REDUCE:
            return self._reduce(at)
        return self._newobj(op, at)

    def _reduce(self, at: int) -> int:
        self._need(2, at)
        self.sp -= 2
        callee, args = self.stack[self.sp], self.stack[self.sp + 1]
        self._check_args(args, at)
        if callee & kinds.KIND_MASK != kinds.GLOBAL:
            self._mention_first(args, at)
            return self._object(self._call_value(callee, at), self._depth_of(args), self._cost_of(args))
        g = callee >> kinds.KIND_BITS
        returns = self.rows[g * kinds.ROW + kinds.RETURNS]
        if returns == kinds.RETURNS_ATTRIBUTE and self._attribute(args, at):
            return 0
        if returns != kinds.RETURNS_ARG0:
            self._mention_first(args, at)
        self._use(g, kinds.CALL, at)
        if self._guarded(g, kinds.CALL):
            if args & kinds.KIND_MASK != kinds.RAW or not self._is_moment(g, args >> kinds.KIND_BITS):
                self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_CALL)
        elif self._may_copy(args):
            self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_CALL)
        if returns == kinds.RETURNS_ARG0:
            first = self._first_of(args)
            if first != -1 and first & kinds.KIND_MASK == kinds.GLOBAL:
                g = first >> kinds.KIND_BITS
                self._use(g, kinds.NEW, at)
            elif not self.trusting:
                self._find("class-is-a-value", at, g, kinds.NEW)
        elif returns >= 0:
            g = returns
        return self._object(g, self._depth_of(args), self._cost_of(args))

    def _call_value(self, callee: int, at: int) -> int:
        """Judge the call of what is no global; return the global that makes the result, or -1.

        For keyword arguments CPython writes the call of a partial: of a function, or of a class's `__new__`.
        """
        if self.trusting:
            return -1
        if callee & kinds.KIND_MASK != kinds.OBJECT or not self._guarded(self._maker(callee), kinds.PARTIAL):
            self._find("call-of-value", at, -1, kinds.CALL)
            return -1
        state = (self.nodes[kinds.NODE * (callee >> kinds.KIND_BITS) + kinds.B] >> kinds.STATE_SHIFT) - 1
        function = self.nodes[kinds.NODE * state + kinds.A] if state >= 0 else -1
        if function != -1 and function & kinds.KIND_MASK == kinds.GLOBAL:
            g = function >> kinds.KIND_BITS
            if self._guarded(g, kinds.MAKES):
                first = self._first_of(self.nodes[kinds.NODE * state + kinds.B])
                if first != -1 and first & kinds.KIND_MASK == kinds.GLOBAL:
                    g = first >> kinds.KIND_BITS
                    self._use(g, kinds.NEW, at)
                    self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_PARTIAL_NEW)
                    return g
            elif self.rows[g * kinds.ROW + kinds.RETURNS] >= kinds.RETURNS_SELF:
                self._use(g, kinds.CALL, at)
                self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_PARTIAL_CALL)
                returns = self.rows[g * kinds.ROW + kinds.RETURNS]
                return returns if returns >= 0 else g
        self._find("call-of-partial", at, -1, kinds.CALL)
        return -1

    def _may_copy(self, args: int) -> int:
        """Say whether a call by itself may copy much, so that what its arguments hold has to be counted."""
        if self.trusting or args == 1 << kinds.KIND_BITS | kinds.SIMPLE:
            return 0
        if self.has_large or self._cost_of(args) & kinds.COST_MASK > kinds.MANY:
            return 1
        first = self._first_of(args)
        if first == -1 or first & kinds.KIND_MASK != kinds.OBJECT:
            return 0
        return self._guarded(self._maker(first), kinds.ITERATES)

    def _check_args(self, args: int, at: int) -> int:
        kind = args & kinds.KIND_MASK
        if kind != kinds.SIMPLE and kind != kinds.RAW and kind != kinds.TUPLE and not self.trusting:
            raise MalformedError("argument list must be a tuple", offset=at)
        return 0

    def _is_moment(self, g: int, at: int) -> int:
        """Say whether the short bytes at an opcode are a date or time of the class `g` that exists in any year.

        That is nearly every honest one, and judged here it costs nothing while it is built. All others have a guard.
        """
        start, size = at + 2, self.data[at + 1]
        if self._guarded(g, kinds.DATETIME):
            return size == 10 and self._is_date(start, 0x7F) and self._is_time(start + 4, 0xFF)
        if self._guarded(g, kinds.DATE):
            return size == 4 and self._is_date(start, 0xFF)
        return size == 6 and self._guarded(g, kinds.TIME) and self._is_time(start, 0x7F)

    def _is_date(self, at: int, month_mask: int) -> int:
        """Say whether year, month and day are right in any year; the highest bit of a datetime's month is its fold."""
        year, month, day = self.data[at], self.data[at + 2] & month_mask, self.data[at + 3]
        if year < 1 or year > 38 or month < 1 or month > 12 or day < 1:
            return 0
        if day <= 28 or (day <= 30 and month != 2):
            return 1
        # Of 1 to 7 the odd months have 31 days, of 8 to 12 the even ones.
        return day == 31 and (month + (month >> 3)) & 1

    def _is_time(self, at: int, hour_mask: int) -> int:
        """Say whether hour, minute, second and microsecond are right; the highest bit of a time's hour is its fold."""
        hour, minute, second = self.data[at] & hour_mask, self.data[at + 1], self.data[at + 2]
        return hour <= 23 and minute <= 59 and second <= 59 and self.data[at + 3] <= 14

    def _first_of(self, args: int) -> int:
        """Return the first item of a tuple, or -1 if it is plain."""
        if args & kinds.KIND_MASK != kinds.TUPLE:
            return -1
        return self.nodes[kinds.NODE * (args >> kinds.KIND_BITS) + kinds.A]

    def _attribute(self, args: int, at: int) -> int:
        """Read `getattr(Class, "name")` as the dotted global that it is; say whether it was one."""
        first = self._first_of(args)
        if first == -1 or first & kinds.KIND_MASK != kinds.GLOBAL:
            return 0
        second = self.nodes[kinds.NODE * (args >> kinds.KIND_BITS) + kinds.B]
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

    def _object(self, g: int, depth: int, cost: int) -> int:
        self.built_bytes += 64
        cost = cost & kinds.COST_MASK | kinds.OPEN
        return self._push(self._node(kinds.OBJECT, depth + 1, cost, g, 0))

    def _newobj(self, op: int, at: int) -> int:
        shape = kinds.PAIR
        action = kinds.DO_NEW
        depth = 0
        cost = 0
        if op == codes.NEWOBJ_EX:
            self._need(3, at)
            shape = kinds.TWO
            action = kinds.DO_NEW_EX
            kwargs = self._pop(at)
            if kwargs & kinds.KIND_MASK != kinds.DICT and not self.trusting:
                raise MalformedError("NEWOBJ_EX needs a dict of keyword arguments", offset=at)
            depth = self._depth_of(kwargs)
            cost = self._cost_of(kwargs) & kinds.COST_MASK
        self._need(2, at)
        self.sp -= 2
        cls, args = self.stack[self.sp], self.stack[self.sp + 1]
        self._check_args(args, at)
        self._mention_first(args, at)
        g = -1
        if cls & kinds.KIND_MASK == kinds.GLOBAL:
            g = cls >> kinds.KIND_BITS
            self._use(g, kinds.NEW, at)
            if self._guarded(g, kinds.NEW) or cost > kinds.MANY or self._may_copy(args):
                self._patch(at, shape, g << kinds.ACTION_BITS | action)
        elif not self.trusting:
            self._find("class-is-a-value", at, -1, kinds.NEW)
        cost += self._cost_of(args) & kinds.COST_MASK
        return self._object(g, max(depth, self._depth_of(args)), cost)

    def _inst(self, at: int) -> int:
        mark = self._pop_mark(at)
        lines = bytes(self.view[self.arg : self.pos - 1]).split(b"\n")
        value = self._global(self.judge.look_up(*names_of(lines, at), at, self.protocol))
        return self._instance(value >> kinds.KIND_BITS, mark, 1, at)

    def _obj(self, at: int) -> int:
        mark = self._pop_mark(at)
        if mark == self.sp:
            raise MalformedError("the stack is too short for this opcode", offset=at)
        value = self.stack[mark]
        if value & kinds.KIND_MASK != kinds.GLOBAL:
            if not self.trusting:
                self._find("call-of-value", at, -1, kinds.CALL)
            self._absorb(mark, at)
            self.sp = mark
            return self._object(-1, self.seen_depth, self.seen_cost)
        return self._instance(value >> kinds.KIND_BITS, mark + 1, 0, at)

    def _instance(self, g: int, first: int, is_inst: int, at: int) -> int:
        """Apply INST or OBJ, the calls of protocol 0 and 1; they always go through the dispatcher."""
        use = kinds.CALL if self.sp > first else kinds.NEW
        self._absorb(first, at)
        self._use(g, use, at)
        self._patch(at, kinds.MARKED, g << kinds.ACTION_BITS | (kinds.DO_INST if is_inst else kinds.DO_OBJ))
        self.sp = first if is_inst else first - 1
        return self._object(g, self.seen_depth, self.seen_cost)

    def _build(self, at: int) -> int:
        self._need(2, at)
        self._absorb(self.sp - 1, at)
        self.sp -= 1
        target, state = self.stack[self.sp - 1], self.stack[self.sp]
        if target & kinds.KIND_MASK != kinds.OBJECT:
            if not self.trusting:
                is_global = target & kinds.KIND_MASK == kinds.GLOBAL
                rule = "build-on-global" if is_global else "build-on-value"
                self._find(rule, at, target >> kinds.KIND_BITS if is_global else -1, kinds.STATE)
            return 0
        self._deepen(target)
        g = self._maker(target)
        self._use(g, kinds.STATE, at)
        if self._guarded(g, kinds.STATE):
            if self._guarded(g, kinds.PARTIAL):
                self._keep_state(target, state, at)
            return self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_STATE)
        if not self.trusting and self._screen(state, g, at):
            return self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_SCREENED_STATE)
        if not self.trusting and self._has_slots(state):
            self.slot_states += 1
            self._patch(at, kinds.PAIR, g << kinds.ACTION_BITS | kinds.DO_SLOT_STATE)
        return 0

    def _has_slots(self, state: int) -> int:
        """Say whether a state sets attributes one by one, which runs the code of properties."""
        if state & kinds.KIND_MASK != kinds.TUPLE:
            return 0
        second = self.nodes[kinds.NODE * (state >> kinds.KIND_BITS) + kinds.B]
        return 1 if second != -1 and second & kinds.KIND_MASK == kinds.DICT else 0

    def _keep_state(self, target: int, state: int, at: int) -> int:
        """Remember what a partial was made of, in case that it is called."""
        node = kinds.NODE * (target >> kinds.KIND_BITS) + kinds.B
        if self.nodes[node] >> kinds.STATE_SHIFT:
            self._find("state-changed-later", at, -1, kinds.STATE)
        elif state & kinds.KIND_MASK == kinds.TUPLE:
            self.nodes[node] |= ((state >> kinds.KIND_BITS) + 1) << kinds.STATE_SHIFT
        return 0

    def _screen(self, state: int, g: int, at: int) -> int:
        """Screen the keys of a state; say whether that has to be done while it is built."""
        kind = state & kinds.KIND_MASK
        if kind == kinds.DICT:
            return self._screen_dict(state, g, at)
        if kind == kinds.TUPLE:
            node = kinds.NODE * (state >> kinds.KIND_BITS)
            a = self.nodes[node + kinds.A]
            b = self.nodes[node + kinds.B]
            screened = 0
            if a != -1 and self._screen_item(a, g, at):
                screened = 1
            if b != -1 and self._screen_item(b, g, at):
                screened = 1
            return screened
        return 1 if kind == kinds.OBJECT or kind == kinds.PERSISTENT else 0

    def _screen_item(self, value: int, g: int, at: int) -> int:
        kind = value & kinds.KIND_MASK
        if kind == kinds.DICT:
            return self._screen_dict(value, g, at)
        return 1 if kind == kinds.OBJECT or kind == kinds.PERSISTENT else 0

    def _screen_dict(self, state: int, g: int, at: int) -> int:
        node = kinds.NODE * (state >> kinds.KIND_BITS)
        self.nodes[node + kinds.A] |= kinds.IS_STATE
        # The object gets a copy of the dict, and the same dict may be the state of many.
        self.built_bytes += kinds.STATE_ITEM_BYTES * (self.nodes[node + kinds.A] >> kinds.COUNT_SHIFT)
        if self.nodes[node + kinds.A] & kinds.RISKY_KEYS:
            self._find("called-state-key", at, g, kinds.STATE)
        return 1 if self.nodes[node + kinds.A] & kinds.UNKNOWN_KEYS else 0


def names_of(lines: list[bytes], at: int) -> tuple[str, str]:
    """Return module and name of a GLOBAL or INST."""
    try:
        return lines[0].decode("utf-8"), lines[1].decode("utf-8")
    except UnicodeDecodeError as error:
        raise UndecodableError(f"a global's name is no valid UTF-8: {error.reason}", error=error, offset=at) from None
