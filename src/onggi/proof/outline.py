"""What is inside a pickle, without running it: a tree of its values, read from the opcodes alone.

The outline shows what a pickle says it is; whether it is safe to build is the business of `onggi.proof.judge`. It
imports nothing that the pickle names, calls nothing, reads no payload beyond a preview, and is bounded: what is too
much to keep is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from onggi.proof import outline_build as build
from onggi.proof.outline_machine import Machine
from onggi.proof.outline_node import SCALAR_KINDS, Node
from onggi.proof.outline_read import Payloads, Stopped
from onggi.proof.outline_steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["DEFAULT_MAX_NODES", "DEFAULT_MAX_OPCODES", "Node", "Outline", "node_at", "outline", "path_at"]

DEFAULT_MAX_NODES: Final = 10_000
DEFAULT_MAX_OPCODES: Final = 10_000_000


@dataclass(slots=True)
class Outline:
    """The tree of one pickle.

    Attributes:
        root: The object; None if not a single value was read.
        end: The offset after STOP, or where reading ended.
        problem: Why reading ended early, or an empty string.
        protocol: The protocol that the pickle declares; 0 where it declares none.
        opcode_count: Opcodes that were read.
        value_count: Values that they push, kept or not.
        has_8bit_strings: Whether strings of Python 2 were seen that are not ASCII.
        dropped: What is built and thrown away again, where that is more than plain data.
    """

    root: Node | None = None
    end: int = 0
    problem: str = ""
    protocol: int = 0
    opcode_count: int = 0
    value_count: int = 0
    has_8bit_strings: bool = False
    dropped: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[tuple[int, Node]]:
        """Yield `(level, node)` for all nodes that are kept, parents first."""
        pending = [(0, node) for node in self.tops[::-1]]
        while pending:
            level, node = pending.pop()
            yield level, node
            pending += [(level + 1, child) for child in reversed(node.children)]

    @property
    def tops(self) -> list[Node]:
        """The root, and what is dropped."""
        return ([self.root] if self.root else []) + self.dropped


def outline(
    opcodes: bytes | memoryview,
    *,
    start: int = 0,
    buffers: Sequence[int] | None = None,
    max_nodes: int = DEFAULT_MAX_NODES,
    max_opcodes: int = DEFAULT_MAX_OPCODES,
    focus: Sequence[int] = (),
    reads_joblib: bool = False,
    on_progress: Callable[[int], None] | None = None,
    label: str = "root",
) -> Outline:
    """Read the tree of one pickle.

    Args:
        opcodes: The pickle, with or without its buffers in band. Of payloads only what previews need is read.
        start: The offset of its first opcode; all offsets count from the start of `opcodes`.
        buffers: Lengths in bytes of the out-of-band buffers, if they are known.
        max_nodes: About how many nodes are kept.
        max_opcodes: How many opcodes are read; those after them are left out, and `problem` says so.
        focus: Offsets whose surroundings are kept whatever else is left out, such as those of findings.
        reads_joblib: Whether to take the bytes behind a wrapper of joblib for an array, as joblib does and nobody else.
        on_progress: Called now and then with the number of bytes that were read since the last call.
        label: The name of the root in paths.

    Returns:
        The tree; of malformed bytes as much as could be read, and `problem` says why not more.
    """
    payloads = Payloads(opcodes, buffers)
    machine = Machine(
        payloads,
        STEPS,
        max_nodes=max_nodes,
        max_opcodes=max_opcodes,
        focus=focus,
        reads_joblib=reads_joblib,
        on_progress=on_progress,
    )
    machine.position = start
    problem = ""
    try:
        machine.run()
    except Stopped as stopped:
        problem = str(stopped)
    except IndexError:
        problem = "the pickle ends in the middle of an opcode"
    root = machine.root or _unfinished(machine)
    _place(root, label)
    for node in machine.stack:
        machine.drop(node)
    found = Outline(root, machine.position, problem, machine.protocol, machine.opcode_count, machine.value_count)
    found.has_8bit_strings = machine.has_8bit_strings
    found.dropped = [node for node in machine.dropped if node.parent is None and node is not root]
    _read_texts(payloads, found)
    return found


def path_at(found: Outline, offset: int) -> str | None:
    """Return the path of the innermost value that is made at an offset.

    Args:
        found: The outline of the pickle.
        offset: The byte of an opcode, counted as in the outline.

    Returns:
        A path such as `root["model"].steps[1]`, or None if no value is made there.
    """
    node = node_at(found, offset)
    return node.path if node is not None else None


def node_at(found: Outline, offset: int) -> Node | None:
    """Return the innermost value that is made at an offset.

    Args:
        found: The outline of the pickle.
        offset: The byte of an opcode, counted as in the outline.

    Returns:
        None if no value is made there.
    """
    node = next((top for top in found.tops if top.start <= offset < top.end), None)
    inner = node
    while inner is not None:
        node = inner
        inner = next((child for child in inner.children if child.start <= offset < child.end), None)
    return node


def _place(root: Node | None, label: str) -> None:
    if root is not None:
        root.parent = None
        root.key = label


def _read_texts(payloads: Payloads, found: Outline) -> None:
    """Read the previews of the strings and bytes that were kept, so that the outline needs the data no more."""
    for _, node in found.walk():
        payloads.text(node)
        if node.kind == "bytes" and node.value is None and node.at >= 0:
            node.value = payloads.cut(node.at, node.at + node.length, 64)


def _unfinished(machine: Machine) -> Node | None:
    """Put together what an unfinished pickle has left on the stack, the way its missing opcodes would have."""
    _fold(machine)
    while machine.marks:
        parts, start = machine.pop_to_mark()
        _close(machine, parts, start)
        _fold(machine)
    while len(machine.stack) > 1:
        _close(machine, [machine.pop()], machine.position)
    return machine.pop() if machine.stack else None


def _fold(machine: Machine) -> None:
    """Give the last value to what waits for it: a state to its object, arguments to a global, a value to its key."""
    floor = machine.marks[-1][0] if machine.marks else 0
    while len(machine.stack) > floor + 1:
        below, last = machine.stack[-2:]
        takes_state = below.kind in ("call", "object", "array") and last.kind in ("dict", "tuple")
        if not (takes_state or below.kind == "global" or _is_first_item(machine, floor)):
            return
        _close_pair(machine, machine.pop(), floor)


def _is_first_item(machine: Machine, floor: int) -> bool:
    """Whether the last three values are an empty dict, a key and its value, and not two values with a key between."""
    stack, count = machine.stack, len(machine.stack) - floor
    if count < 3 or stack[-3].kind != "dict" or stack[-3].length or stack[-2].kind not in SCALAR_KINDS:
        return False
    fills_dict = floor > 0 and stack[floor - 1].kind == "dict"
    return not (fills_dict and count % 2 == 0)


def _close(machine: Machine, parts: list[Node], start: int) -> None:
    """Give `parts` to the value below them, or push them as the tuple that they may have become."""
    floor = machine.marks[-1][0] if machine.marks else 0
    below = machine.stack[-1] if len(machine.stack) > floor else None
    if below is not None and below.kind in ("list", "set", "dict"):
        adder = build.set_items if below.kind == "dict" else build.append_items
        pairs = parts if below.kind != "dict" or len(parts) % 2 == 0 else parts[:-1]
        build.fill(machine, adder, pairs, machine.position)
    elif below is not None and len(parts) == 1:
        _close_pair(machine, parts[0], floor)
    elif parts:
        machine.push(build.collected(machine, "tuple", parts, start, machine.position))


def _close_pair(machine: Machine, part: Node, floor: int) -> None:
    """Give one value to the one below it: a state, arguments, the value of a key, or something that can't be told."""
    end = machine.position
    below = machine.stack[-1]
    if below.kind in ("call", "object", "array"):
        build.fill(machine, build.add_state, [part], end)
    elif below.kind == "global":
        machine.pop()
        args = part if part.kind == "tuple" else build.collected(machine, "tuple", [part], part.start, end)
        machine.push(build.made_by_call(machine, below, args, below.start, end))
    elif len(machine.stack) > floor + 1 and machine.stack[-2].kind == "dict":
        machine.pop()
        build.fill(machine, build.set_items, [below, part], end)
    else:
        build.fill(machine, _attach_unfinished, [part], end)


def _attach_unfinished(machine: Machine, target: Node, parts: list[Node]) -> None:
    for part in parts:
        machine.attach(target, part, "<unfinished>")
