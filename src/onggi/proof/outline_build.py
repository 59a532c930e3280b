"""How nodes are put together: filling containers, calling, making instances, giving state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from onggi.proof import outline_known
from onggi.proof.outline_match import Parts, Presenter, is_plain, key_text
from onggi.proof.outline_node import Node, printable

if TYPE_CHECKING:
    from onggi.proof.outline_machine import Machine

__all__ = [
    "Adder",
    "add_items",
    "add_state",
    "append_items",
    "begin_of",
    "collected",
    "fill",
    "made_by_call",
    "made_by_new",
    "set_items",
    "take_over",
]

Adder = Callable[["Machine", Node, list[Node]], None]
"""Moves values, which were taken off the stack, into a node."""

_MAX_LEVELS_BELOW: Final = 8
"""How far below the arguments or the state a part lies at most that a table of well-known types shows."""


def begin_of(parts: list[Node], default: int) -> int:
    """Return where the first part begins; `default` where there is none or it stands for many."""
    return parts[0].start if parts and parts[0].node_count else default


def fill(machine: Machine, adder: Adder, parts: list[Node], end: int) -> None:
    """Move `parts` into the value on top of the stack, or into what that refers to, and count what it gained."""
    top = machine.top()
    top.grow(end)
    target = top.target or top
    before = target.node_count
    adder(machine, target, parts)
    if target is top:
        machine.live_count += target.node_count - before


def collected(machine: Machine, kind: str, parts: list[Node], start: int, end: int) -> Node:
    """Make a container of the values that were taken off the stack."""
    node = Node(kind, kind, start, end)
    node.length = 0
    adder = set_items if kind == "dict" else add_items if kind in ("set", "frozenset") else append_items
    adder(machine, node, parts)
    return node


def append_items(machine: Machine, target: Node, parts: list[Node]) -> None:
    """Add `parts` as items with a position."""
    length = max(target.length, 0)
    for index, part in enumerate(parts, length):
        machine.attach(target, part, index)
    if target.node_count:
        target.length = length + len(parts)


def add_items(machine: Machine, target: Node, parts: list[Node]) -> None:
    """Add `parts` as members of a set."""
    length = max(target.length, 0)
    for index, part in enumerate(parts, length):
        machine.attach(target, part, f"<item {index}>")
    if target.node_count:
        target.length = length + len(parts)


def set_items(machine: Machine, target: Node, parts: list[Node]) -> None:
    """Add `parts`, a key and a value in turn, as items with a key."""
    length = max(target.length, 0)
    for index in range(0, len(parts) - 1, 2):
        key, value = parts[index], parts[index + 1]
        # Most items of a long dict are only counted: no text for those.
        step = f"[{key_text(machine.payloads, key)}]" if machine.keeps(target, value) else ""
        machine.attach(target, value, step)
        if is_plain(key):
            machine.forget(key)
        else:
            machine.attach(target, key, f"<key {length + index // 2}>")
    if target.node_count:
        target.length = length + len(parts) // 2


# Globals and what is made with them.


def take_over(machine: Machine, node: Node, container: Node, key_form: str) -> None:
    """Make the parts of a tuple the parts of `node`; where the tuple is shared or too long, the tuple itself."""
    if container.kind == "tuple" and not container.hidden and container.node_count:
        for index, part in enumerate(container.children):
            machine.attach(node, part, key_form.format(index))
        machine.forget(container)
    else:
        machine.attach(node, container, key_form.format("s"))


def made_by_call(machine: Machine, function: Node, args: Node, start: int, end: int) -> Node:
    """Make the node of what `function(*args)` returns."""
    called = function.target or function
    name = called.type if called.kind == "global" else f"{called.type}()"
    node = Node("call", printable(name), start, end)
    if called.kind != "global":
        machine.attach(node, function, "<function>")
    _present(machine, node, outline_known.CALLS.get(outline_known.canonical(name)), args, "<arg {}>")
    return node


def made_by_new(machine: Machine, parts: list[Node], start: int, end: int) -> Node:
    """Make the node of an instance: `cls.__new__(cls, *args, **kwargs)`."""
    made = parts[0].target or parts[0]
    node = Node("object", made.type if made.kind == "global" else f"{made.type}()", start, end)
    if made.kind != "global":
        machine.attach(node, parts[0], "<class>")
    _present(machine, node, outline_known.NEWS.get(outline_known.canonical(node.type)), parts[1], "<arg {}>")
    for kwargs in parts[2:]:
        _add_named(machine, node, kwargs, "<kwargs>")
    return node


def _present(machine: Machine, node: Node, known: Presenter | None, args: Node, key_form: str) -> None:
    """Show the arguments the way a table of well-known types says, or one by one."""
    source = args.target or args
    if known is not None and source.kind == "tuple" and not source.hidden:
        before = node.kind, node.type, node.note, node.value, node.length, node.hidden
        shown = known(machine.payloads, node, source.children)
        if shown is not None and _are_inside(shown, args):
            _show(machine, node, shown, args)
            return
        node.kind, node.type, node.note, node.value, node.length, node.hidden = before
    take_over(machine, node, args, key_form)


def _are_inside(shown: Parts, source: Node) -> bool:
    """Whether all parts lie below `source`; those of something shared stay where they are."""
    for _, part in shown:
        node: Node | None = part
        for _ in range(_MAX_LEVELS_BELOW):
            if node is None or node is source:
                break
            node = node.parent
        if node is not source:
            return False
    return True


def _show(machine: Machine, node: Node, shown: Parts, source: Node) -> None:
    """Attach the parts that are to be seen, and let go of the rest of where they come from."""
    node.extra_bytes += source.extra_bytes - sum(part.extra_bytes for _, part in shown)
    for key, part in shown:
        machine.attach(node, part, key)
    machine.forget(source)


def add_state(machine: Machine, target: Node, parts: list[Node]) -> None:
    """Show what BUILD gives to an object: its attributes, or the state as a part of its own."""
    state = parts[0]
    known = outline_known.STATES.get(outline_known.canonical(target.type))
    if known is not None and target.kind != "global":
        before = target.kind, target.type, target.value, target.length, target.hidden
        shown = known(machine.payloads, target, [state.target or state])
        if shown is not None and _are_inside(shown, state):
            _show(machine, target, shown, state)
            return
        target.kind, target.type, target.value, target.length, target.hidden = before
    if state.kind == "tuple" and state.length == 2 and not state.hidden and _are_attributes(state.children):
        for part in state.children:
            _add_named(machine, target, part, "<state>")
        machine.forget(state)
    else:
        _add_named(machine, target, state, "<state>")


def _are_attributes(parts: list[Node]) -> bool:
    return all(part.kind in ("dict", "none") for part in parts)


def _add_named(machine: Machine, target: Node, state: Node, key: str) -> None:
    """Make the items of a dict attributes of `target`; anything else a part of its own."""
    if state.kind == "none" and key == "<state>":
        return
    if state.kind != "dict" or target.kind == "global" or state.node_count == 0:
        machine.attach(target, state, key)
        return
    for part in state.children:
        machine.attach(target, part, _attribute(part.label))
    if target.node_count:
        target.hidden += state.hidden
    state.children, state.hidden = [], 0
    machine.forget(state)


def _attribute(label: str) -> str:
    name = label[2:-2]
    return f".{name}" if label.startswith('["') and name.isidentifier() else f".{label}"
