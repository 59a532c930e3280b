# cython: annotation_typing=False
"""What goes into tuples, lists, dicts and sets: depth, hash costs, and keys that make a dict unfit for a state.

Plain Python that Cython compiles as it stands (`containers.pxd` has the C types); uncompiled, the same file runs.
"""

from __future__ import annotations

from onggi.errors import MalformedError
from onggi.format import codes
from onggi.proof import kinds
from onggi.proof.faults import over
from onggi.proof.machine import Machine

__all__ = ["CALLED_KEYS", "INERT_DUNDERS", "Containers", "is_compiled"]

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


def is_compiled() -> bool:
    """Say whether this module runs as C."""
    return not __file__.endswith(".py")


class Containers(Machine):
    """The opcodes that make and fill containers."""

    def _container(self, op: int, at: int) -> int:
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
            self._push(1 << kinds.KIND_BITS | kinds.SIMPLE)
        elif op == codes.EMPTY_SET:
            self.built_bytes += 240
            self._push(self._node(kinds.SET, 1, 1, 0, 0))
        elif op == codes.ADDITEMS:
            self._add(at)
        else:
            self._marked(op, at)
        return 0

    def _marked(self, op: int, at: int) -> int:
        """Apply the opcodes that take all items above the MARK and make one object of them."""
        mark = self._pop_mark(at)
        if op == codes.TUPLE:
            return self._tuple(mark, at)
        self._absorb(mark, at)
        if op == codes.LIST:
            value = self._node(kinds.LIST, self.seen_depth + 1, self.seen_cost + 1, 0, 0)
        elif op == codes.DICT:
            value = self._node(kinds.DICT, self.seen_depth + 1, self.seen_cost + 1, 0, 0)
            counted = self._keys(value, mark, 2, at)
            if counted:
                self._patch(at, kinds.MARKED, counted & ~1 | kinds.DO_DICT)
        else:
            value = self._node(kinds.FROZENSET, self.seen_depth + 1, self.seen_cost + 1, 0, 0)
            counted = self._keys(value, mark, 1, at)
            if counted:
                self._patch(at, kinds.MARKED, counted & ~1 | kinds.DO_FROZENSET)
        self.built_bytes += 240 + 8 * (self.sp - mark)
        self.sp = mark
        return self._push(value)

    def _tuple(self, first: int, at: int) -> int:
        count = self.sp - first
        a = self.stack[first] if count else -1
        if count and a & kinds.KIND_MASK == kinds.GLOBAL:
            # Whether it is mentioned or instantiated shows when the tuple is used.
            self._absorb(first + 1, at)
            self.seen_cost += 1
            self.seen_plain = 0
        else:
            self._absorb(first, at)
        self.built_bytes += 56 + 8 * count
        if self.seen_plain:
            # The value says all that is to be known of a tuple of plain values.
            self.sp = first
            if self.max_depth == 0:
                self.max_depth = 1
            if count == 1 and a & kinds.KIND_MASK == kinds.DATA and a:
                return self._push(a | kinds.RAW)
            return self._push((self.seen_cost + 1) << kinds.KIND_BITS | kinds.SIMPLE)
        b = self.stack[first + 1] if count > 1 else -1
        self.sp = first
        value = self._node(kinds.TUPLE, self.seen_depth + 1, self.seen_cost + 1, a, b)
        if a & kinds.KIND_MASK == kinds.GLOBAL:
            self.infos[value >> kinds.KIND_BITS] |= kinds.HEADED
        return self._push(value)

    def _deepen(self, target: int) -> int:
        """Raise depth and cost of a container by the items just absorbed."""
        node = target >> kinds.KIND_BITS
        self._raise_cost(node, self.seen_cost)
        deeper = min(self.seen_depth + 1, kinds.DEPTH_MASK) - (self.infos[node] & kinds.DEPTH_MASK)
        if deeper > 0:
            self.infos[node] += deeper
            if self.seen_depth >= self.max_depth:
                self._sink(self.seen_depth + 1)
        return 0

    def _raise_cost(self, node: int, cost: int) -> int:
        """Add to the cost of a container or object what it holds: a `__hash__` may follow it, a constructor copy it."""
        old = self.infos[node] >> kinds.COST_SHIFT
        cost = min((old & kinds.COST_MASK) + (cost & kinds.COST_MASK), kinds.MAX_COST) | (old | cost) & kinds.OPEN
        self.infos[node] += (cost - old) << kinds.COST_SHIFT
        return 0

    def _append(self, op: int, at: int) -> int:
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

    def _setitem(self, op: int, at: int) -> int:
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
        self.built_bytes += 16 * (self.sp - first)
        if target & kinds.KIND_MASK == kinds.DICT:
            node = kinds.NODE * (target >> kinds.KIND_BITS)
            self.nodes[node + kinds.A] += (self.sp - first) // 2 << kinds.COUNT_SHIFT
        if target & kinds.KIND_MASK == kinds.DICT and self._are_plain(first):
            self._raise_cost(target >> kinds.KIND_BITS, self.sp - first)
            self.sp = first
            return 0
        self._absorb(first, at)
        shape = kinds.TWO if op == codes.SETITEM else kinds.ITEMS
        if self._fill(target, kinds.SETITEM, kinds.DICT, first, at):
            self._patch(at, shape, self._maker(target) << kinds.ACTION_BITS | kinds.DO_SETITEM)
        elif self._has_keys(target):
            counted = self._keys(target, first, 2, at)
            if counted:
                self._patch(at, shape, counted & ~1 | kinds.DO_COUNTED_SETITEM)
        self.sp = first
        return 0

    def _are_plain(self, first: int) -> int:
        """Say whether all keys and values from stack index `first` on need no further look."""
        index = first
        while index < self.sp:
            if self.stack[index] & kinds.KIND_MASK > kinds.SAFE_STR:
                return 0
            if self.stack[index + 1] & kinds.KIND_MASK > kinds.BIGINT:
                return 0
            index += 2
        return 1

    def _add(self, at: int) -> int:
        first = self._pop_mark(at)
        if first - self.fence < 1:
            raise MalformedError("the stack is too short for this opcode", offset=at)
        target = self.stack[first - 1]
        self._absorb(first, at)
        self.built_bytes += 32 * (self.sp - first)
        if self._fill(target, kinds.ADD, kinds.SET, first, at):
            self._patch(at, kinds.ITEMS, self._maker(target) << kinds.ACTION_BITS | kinds.DO_ADD)
        elif self._has_keys(target):
            counted = self._keys(target, first, 1, at)
            if counted:
                self._patch(at, kinds.ITEMS, counted & ~1 | kinds.DO_COUNTED_ADD)
        self.sp = first
        return 0

    def _fill(self, target: int, use: int, plain: int, first: int, at: int) -> int:
        """Judge that items go into `target`; say whether a guard has to put them there."""
        if target & kinds.KIND_MASK == plain:
            self._deepen(target)
            return 0
        if target & kinds.KIND_MASK == kinds.OBJECT:
            self._deepen(target)
            self._check_late_fill(target, at)
            g = self._maker(target)
            self._use(g, use, at)
            return self._guarded(g, use)
        if not self.trusting:
            self._find(
                "fill-of-value", at, target >> kinds.KIND_BITS if target & kinds.KIND_MASK == kinds.GLOBAL else -1, use
            )
        return 0

    def _check_late_fill(self, target: int, at: int) -> int:
        """Bound chains that are made from the outside in, whose depth the nodes do not show.

        An honest pickle fills an object after it was put into another only where the two hold each other.
        """
        if self.seen_depth and self.infos[target >> kinds.KIND_BITS] & kinds.CONTAINED:
            self.late_fills += 1
            if self.late_fills > self.depth_limit:
                raise over("max_depth", "objects are nested too deeply", self.depth_limit, self.late_fills, at)
        return 0

    def _maker(self, target: int) -> int:
        """Return the global that made an object."""
        return self.nodes[kinds.NODE * (target >> kinds.KIND_BITS) + kinds.A]

    def _has_keys(self, target: int) -> int:
        """Say whether the B column of a value counts the hash costs of its keys."""
        kind = target & kinds.KIND_MASK
        return 1 if kind == kinds.DICT or kind == kinds.SET or kind == kinds.OBJECT else 0

    def _keys(self, target: int, first: int, step: int, at: int) -> int:
        """Account for the keys from stack index `first` on.

        Returns:
            0, or 1 where they must be counted while they are hashed; and the action's number where they must be
            weighed, too.
        """
        if self.trusting:
            return 0
        node = kinds.NODE * (target >> kinds.KIND_BITS)
        is_dict = target & kinds.KIND_MASK == kinds.DICT
        index = first
        while index < self.sp:
            if self.stack[index] & kinds.KIND_MASK > kinds.SAFE_STR:
                self._key(node, is_dict, self.stack[index], self.stack[index + step - 1], at)
            index += step
        if self.nodes[node + kinds.B] <= kinds.HASH_WEIGHT:
            return 0
        return 1 << kinds.ACTION_BITS | 1 if self.nodes[node + kinds.B] & kinds.WEIGHED else 1

    def _key(self, node: int, is_dict: int, key: int, value: int, at: int) -> int:
        kind = key & kinds.KIND_MASK
        if kind <= kinds.SAFE_STR:
            return 0
        if kind == kinds.STR or kind == kinds.KEPT_STR:
            if is_dict:
                risk = self._risk(key)
                if risk:
                    if risk == 4:
                        return self._nested_state(node, value, at)
                    return self._flag(node, risk, at)
            return 0
        cost = self._cost_of(key)
        if cost & kinds.OPEN:
            if cost & kinds.COST_MASK > kinds.FEW:
                # Perhaps the object's class hashes all of it, perhaps nothing: it is weighed when it is there.
                self.nodes[node + kinds.B] |= kinds.WEIGHED
            cost = 2
        if self.nodes[node + kinds.B] <= kinds.HASH_WEIGHT:
            self.nodes[node + kinds.B] += min(cost, 1 << 20)
        self.hash_cost += cost
        if cost > self.key_cost_limit:
            reason = "a dict key or set item is made of too many objects"
            raise over("max_key_cost", reason, self.key_cost_limit, cost, at)
        if self.hash_cost > self.hash_cost_limit + 8 * self.end:
            reason = "the keys of dicts and sets would take too long to hash"
            raise over("max_hash_cost", reason, self.hash_cost_limit, self.hash_cost, at)
        if is_dict and kind not in (
            kinds.BIGINT,
            kinds.SIMPLE,
            kinds.RAW,
            kinds.TUPLE,
            kinds.FROZENSET,
            kinds.GLOBAL,
        ):
            self._flag(node, kinds.UNKNOWN_KEYS, at)
        return 0

    def _flag(self, node: int, flag: int, at: int) -> int:
        """Mark a dict as unfit for a state; if it already is one, the key sneaks in behind BUILD."""
        if self.nodes[node + kinds.A] & kinds.IS_STATE:
            self._find("state-changed-later", at, -1, kinds.STATE)
        self.nodes[node + kinds.A] |= flag
        return 0

    def _nested_state(self, node: int, value: int, at: int) -> int:
        """Pass the flags of the value of a `__dict__` key on to the dict that holds it."""
        if value & kinds.KIND_MASK == kinds.DICT:
            inner = kinds.NODE * (value >> kinds.KIND_BITS)
            self.nodes[inner + kinds.A] |= kinds.IS_STATE
            flag = self.nodes[inner + kinds.A] & (kinds.RISKY_KEYS | kinds.UNKNOWN_KEYS)
        else:
            flag = 0 if value & kinds.KIND_MASK == kinds.DATA else kinds.UNKNOWN_KEYS
        if flag:
            self._flag(node, flag, at)
        return 0

    def _risk(self, value: int) -> int:
        """Say whether a string is a key that would be called: 0 no, 1 yes, 2 unknown, 4 it is `__dict__`."""
        text = self._content(value)
        if text is None:
            return kinds.UNKNOWN_KEYS
        return _key_risk(text)


def _key_risk(text: str) -> int:
    if text == "__dict__":
        return 4
    if text in CALLED_KEYS or (text.startswith("__") and text.endswith("__") and text not in INERT_DUNDERS):
        return kinds.RISKY_KEYS
    return 0
