"""Skipping items that would not be kept: the fast way through the rest of a long list or dict.

Picklers write a long container in batches, `MARK item … APPENDS MARK item … APPENDS`. Once the container keeps all the
children it may, the nodes of a further batch would be made only to be counted. This reads such a batch with counters
in place of nodes, up to the opcode that ends it. It stores in the memo what later parts may need: strings by their
offset, globals as nodes, and stand-ins for all else.

Where a batch turns out to be something else (a tuple, say), nothing has been changed and it is read the slow way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.format.opcodes import ARGUMENTS, BY_CODE, BY_NAME
from onggi.proof.outline_node import Node, global_node
from onggi.proof.outline_read import Stopped

if TYPE_CHECKING:
    from onggi.proof.outline_machine import Machine

__all__ = ["skip_items"]

_MAX_WASTED: Final = 1_000_000
"""Opcodes that may be read in vain before skipping is given up for the rest of the pickle."""

_WASTED_UNKNOWN: Final = 10_000
_FILLS: Final = frozenset(BY_NAME[name].code for name in ("APPENDS", "SETITEMS", "ADDITEMS"))
_SETITEMS: Final = BY_NAME["SETITEMS"].code
_MEMOIZE: Final = BY_NAME["MEMOIZE"].code
_READONLY_BUFFER: Final = BY_NAME["READONLY_BUFFER"].code
_PUTS: Final = frozenset(BY_NAME[name].code for name in ("BINPUT", "LONG_BINPUT"))
_NEXT_BUFFER: Final = BY_NAME["NEXT_BUFFER"].code
_STACK_GLOBAL: Final = BY_NAME["STACK_GLOBAL"].code
_STAND_IN: Final = Node("object", "object", 0, 0)
_STAND_IN.node_count = 0

_CHANGES: Final = {
    "POP": -1,
    "DUP": 1,
    "BINPERSID": 0,
    "REDUCE": -1,
    "APPEND": -1,
    "BUILD": -1,
    "SETITEM": -2,
    "TUPLE1": 0,
    "TUPLE2": -1,
    "TUPLE3": -2,
    "NEWOBJ": -1,
    "NEWOBJ_EX": -2,
    "STACK_GLOBAL": -1,
}
"""How many values an opcode adds to the stack; one, where it is not named."""

_TO_MARK: Final = {
    **dict.fromkeys(("TUPLE", "LIST", "DICT", "FROZENSET", "OBJ"), 1),
    **dict.fromkeys(("APPENDS", "SETITEMS", "ADDITEMS"), 0),
}
"""The same for the opcodes that take all values above the last mark."""

_OTHER, _MARK, _CLOSE, _STRING, _MEMO, _GET, _RARE, _UNKNOWN = range(8)


def _table(numbers: dict[str, int], default: int) -> tuple[int, ...]:
    by_code = {BY_NAME[name].code: number for name, number in numbers.items()}
    return tuple(by_code.get(code, default) for code in range(256))


_CHANGE: Final = _table({**_CHANGES, **_TO_MARK}, 1)

_PUSHES: Final = _table(
    dict.fromkeys(("POP", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD"), 0),
    1,
)
"""How many values an opcode makes, whatever it takes for that."""

_ROLE: Final = tuple(
    role if code in BY_CODE else _UNKNOWN
    for code, role in enumerate(
        _table(
            {
                "MARK": _MARK,
                **dict.fromkeys(_TO_MARK, _CLOSE),
                **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _STRING),
                **dict.fromkeys(("MEMOIZE", "BINPUT", "LONG_BINPUT", "READONLY_BUFFER", "PROTO", "FRAME"), _MEMO),
                **dict.fromkeys(("BINGET", "LONG_BINGET"), _GET),
                **dict.fromkeys(("GLOBAL", "STACK_GLOBAL", "NEXT_BUFFER"), _RARE),
                # The slow way knows what to do with these; no pickler writes them into a batch.
                **dict.fromkeys(("STOP", "INST", "PUT", "GET", "POP_MARK"), _UNKNOWN),
            },
            _OTHER,
        )
    )
)

_FIXED: Final = tuple({0: 1, 1: 2, 2: 3, 3: 5, 4: 5, 5: 9, 6: 9}.get(kind, 0) for kind in ARGUMENTS)
"""Bytes of an opcode with its argument; 0 where that depends on the argument."""


class _Batch:
    """What a batch would change, kept apart until its end has been seen."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.stored: dict[int, Node | int] = {}
        self.memo_count = machine.memo_count
        self.extra_bytes = 0
        self.next_buffer = machine.next_buffer
        self.value_count = 0
        self.item_count = 0
        self.budget = machine.max_opcodes - machine.opcode_count

    def memo_step(self, code: int, position: int, held: Node | int) -> int:
        """Do what MEMOIZE, BINPUT and others do that push nothing; return the offset after the opcode."""
        if code == _MEMOIZE:
            self.store(self.memo_count, held)
            return position + 1
        if code == _READONLY_BUFFER:
            return position + 1
        number, end = self.machine.payloads.number(position)
        if code in _PUTS:
            self.store(number, held)
        return end

    def store(self, index: int, held: Node | int) -> None:
        """Store under `index`, and count it if nothing is there yet."""
        memo = self.machine.memo
        is_there = index in self.stored or (index < len(memo) and memo[index] is not None)
        self.memo_count += not (is_there or index in self.machine.sparse_memo)
        self.stored[index] = held

    def look_up(self, position: int) -> tuple[Node | int, int]:
        """Return what the GET at `position` finds, and the offset after it."""
        index, end = self.machine.payloads.number(position)
        held = self.stored.get(index)
        return self.machine.memo_get(index) if held is None else held, end

    def rare_step(self, position: int, names: tuple[Node | int, Node | int]) -> tuple[Node, int]:
        """Make the node of a global, or count an out-of-band buffer; return it and the offset after the opcode."""
        machine = self.machine
        code = machine.payloads.data[position]
        if code == _NEXT_BUFFER:
            lengths = machine.payloads.buffers or ()
            self.extra_bytes += lengths[self.next_buffer] if self.next_buffer < len(lengths) else 0
            self.next_buffer += 1
            return _STAND_IN, position + 1
        if code == _STACK_GLOBAL:
            module, name, end = self.name(names[0]), self.name(names[1]), position + 1
        else:
            module, name, end = machine.payloads.name_lines(position)
        return global_node(machine.protocol, module, name, position, end), end

    def name(self, held: Node | int) -> str:
        """Return the text of a string that is held as a node or as an offset."""
        payloads = self.machine.payloads
        if isinstance(held, Node):
            return payloads.text(held) or "?"
        begin, end = payloads.span(held)
        return payloads.cut(begin, end).decode("utf-8", "replace")

    def read(self, position: int) -> int:
        """Read up to the opcode that ends the batch; return the offset after it, or -1 if there is no such end.

        The loop keeps all that it needs at hand and calls nothing for the opcodes that are common in data: it runs
        once for each opcode of what may be a very large pickle.
        """
        payloads, roles, changes, pushes, fixed = self.machine.payloads, _ROLE, _CHANGE, _PUSHES, _FIXED
        data, size, budget = payloads.data, payloads.size, self.budget
        count = value_count = 0
        outer: list[int] = []
        before: Node | int = _STAND_IN
        last: Node | int = _STAND_IN
        while position < size and budget > 0:
            budget -= 1
            code = data[position]
            role = roles[code]
            if role == _MEMO:
                position = self.memo_step(code, position, last)
                continue
            if role == _MARK:
                outer.append(count)
                count, position = 0, position + 1
                continue
            if role == _CLOSE:
                if not outer:
                    break
                count = outer.pop()
            held: Node | int = _STAND_IN
            if role == _STRING:
                held = position
            if role == _GET:
                held, position = self.look_up(position)
            elif role == _RARE:
                held, position = self.rare_step(position, (before, last))
            elif role == _UNKNOWN:
                return -1
            else:
                position += fixed[code] or payloads.skip(position)
            before, last = last, held
            count += changes[code]
            value_count += pushes[code]
            if count < 0:
                return -1
        self.budget, self.item_count, self.value_count = budget, count, value_count
        return position + 1 if position < size and data[position] in _FILLS and not outer else -1

    def commit(self, end: int) -> None:
        """Make the changes: the container on top has so many items more, none of which is kept."""
        machine = self.machine
        for index, held in self.stored.items():
            machine.memo_set(index, held)
        machine.opcode_count = machine.max_opcodes - self.budget
        machine.value_count += self.value_count
        machine.next_buffer = self.next_buffer
        machine.marks.pop()
        top = machine.stack[-1]
        top.grow(end)
        item_count = self.item_count // 2 if machine.payloads.data[end - 1] == _SETITEMS else self.item_count
        target = top.target or top
        target.length = max(target.length, 0) + item_count
        target.hidden += item_count
        target.extra_bytes += self.extra_bytes
        machine.last_fill_end = end


def skip_items(machine: Machine, start: int) -> int:
    """Skip the batch whose MARK stands at `start`.

    Args:
        machine: The machine, with the mark already on its stack and a container below it.
        start: The offset of the MARK.

    Returns:
        The offset after the batch, or the offset after the MARK where it has to be read the slow way.
    """
    if machine.wasted_count > _MAX_WASTED or machine.stack[-1].node_count == 0:
        return start + 1
    batch = _Batch(machine)
    budget = batch.budget
    try:
        end = batch.read(start + 1)
    except (Stopped, IndexError):
        end = -1
    if end < 0 or any(start <= offset < end for offset in machine.focus):
        machine.wasted_count += budget - batch.budget if batch.budget < budget else _WASTED_UNKNOWN
        return start + 1
    batch.commit(end)
    return end
