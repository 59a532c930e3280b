"""The machine that reads an outline: the opcodes of a pickle, run on nodes instead of objects.

It keeps a bounded part of what it sees. A container keeps its first children; when the whole gets too large, each
container keeps half as many, and so on, so that a list of a million rows does not crowd out what stands after it.
What is not kept is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.outline_node import Node, mention
from onggi.proof.outline_read import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onggi.proof.outline_read import Payloads

__all__ = ["Machine"]

_FIRST_KEEP: Final = 200
_LEAST_KEEP: Final = 8
_CROWDED_STACK: Final = 100_000
_MAX_STACK: Final = 5_000_000
_MEMO_NODES: Final = 20_000
_MAX_SPARSE_MEMO: Final = 100_000
_MAX_DROPPED: Final = 50
_LOOK_INSIDE: Final = 1_000
_REPORT_BYTES: Final = 2**17


def _stand_in(kind: str) -> Node:
    node = Node(kind, kind, 0, 0)
    node.node_count = 0
    return node


_STAND_INS: Final = {kind: _stand_in(kind) for kind in ("tuple", "list", "dict", "set", "frozenset", "str", "bytes")}
"""What the stack and the memo hold in place of nodes that are too many; a node that counts as none."""

STAND_IN: Final = _stand_in("object")


class Machine:
    """The state of reading one pickle.

    Args:
        payloads: The bytes.
        steps: What each opcode does, by its code: `outline_steps.STEPS`.
        max_nodes: Nodes that are kept, give or take those of the opcodes at hand.
        max_opcodes: Opcodes that are read.
        focus: Offsets around which nothing is left out.
        reads_joblib: Whether joblib has written arrays between the opcodes.
        on_progress: Called now and then with the number of bytes that were read since the last call.
    """

    def __init__(
        self,
        payloads: Payloads,
        steps: Sequence[Callable[[Machine, int], int] | None],
        *,
        max_nodes: int,
        max_opcodes: int,
        focus: Sequence[int] = (),
        reads_joblib: bool = False,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        self.payloads = payloads
        self.steps = steps
        self.max_nodes = max_nodes
        self.max_opcodes = max_opcodes
        self.focus = tuple(focus)
        self.reads_joblib = reads_joblib
        self.on_progress = on_progress
        self.reported = 0
        self.has_8bit_strings = False
        self.stack: list[Node] = []
        self.marks: list[tuple[int, int]] = []
        self.memo: list[Node | int | None] = []
        self.sparse_memo: dict[int, Node | int] = {}
        self.memo_count = 0
        self.keep = min(_FIRST_KEEP, max(max_nodes, 1))
        self.live_count = 0
        self.value_count = 0
        self.opcode_count = 0
        self.protocol = 0
        self.next_buffer = 0
        self.dropped: list[Node] = []
        self.root: Node | None = None
        self.position = 0
        self.last_fill_end = -1
        self.wasted_count = 0

    def run(self) -> None:
        """Read opcodes from `position` on, until STOP.

        Raises:
            Stopped: The pickle can't be followed; `position` is where.
        """
        data, size, steps, max_opcodes = self.payloads.data, self.payloads.size, self.steps, self.max_opcodes
        self.reported = self.position
        report_at = self.position + _REPORT_BYTES
        while self.root is None:
            start = self.position
            if start >= size:
                raise Stopped("the pickle ends before its STOP opcode")
            step = steps[data[start]]
            if step is None:
                raise Stopped(f"byte 0x{data[start]:02x} is no opcode")
            if self.opcode_count >= max_opcodes:
                raise Stopped(f"only the first {max_opcodes:,} opcodes are shown")
            self.opcode_count += 1
            self.position = step(self, start)
            if self.position >= report_at:
                self.report()
                report_at = self.position + _REPORT_BYTES

    def report(self) -> None:
        """Say how much was read since the last report."""
        if self.on_progress is not None:
            self.on_progress(self.position - self.reported)
        self.reported = self.position

    # The stack.

    def push(self, node: Node) -> None:
        """Put a value on the stack; on a crowded stack, only what stands for its kind."""
        height = len(self.stack)
        if height >= _CROWDED_STACK:
            if height >= _MAX_STACK:
                raise Stopped(f"more than {_MAX_STACK:,} values wait on the stack")
            self.forget(node)
            node = _STAND_INS.get(node.kind, STAND_IN)
        self.value_count += 1
        self.live_count += node.node_count
        self.stack.append(node)
        if self.live_count - height > self.max_nodes and self.keep > _LEAST_KEEP:
            self.compact()

    def pop(self) -> Node:
        """Take the top value off the stack."""
        node = self.top()
        del self.stack[-1]
        self.live_count -= node.node_count
        return node

    def pop_many(self, count: int) -> list[Node]:
        """Take `count` values off the stack; return them in the order in which they were pushed."""
        return [self.pop() for _ in range(count)][::-1]

    def pop_to_mark(self) -> tuple[list[Node], int]:
        """Take all values above the last mark off the stack; return them and the offset of the mark."""
        if not self.marks:
            raise Stopped("an opcode needs a mark that is not there")
        height, start = self.marks.pop()
        nodes = self.stack[height:]
        del self.stack[height:]
        for node in nodes:
            self.live_count -= node.node_count
        return nodes, start

    def top(self) -> Node:
        """Return the top value without taking it."""
        if len(self.stack) <= (self.marks[-1][0] if self.marks else 0):
            raise Stopped("an opcode takes a value that is not there")
        return self.stack[-1]

    # What is kept.

    @property
    def kept_count(self) -> int:
        """How many nodes are parts of others; those that wait on the stack do not count."""
        return self.live_count - len(self.stack)

    def attach(self, parent: Node, child: Node, key: int | str) -> None:
        """Make `child` a part of `parent`, or count it where it can't be kept.

        Whoever calls this takes `child` off the stack before, and counts what `parent` gained after.
        """
        parent.extra_bytes += child.extra_bytes
        if child.node_count == 0 or parent.node_count == 0:
            parent.hidden += min(parent.node_count, 1)
            return
        child.key = key
        child.parent = parent
        if self.keeps(parent, child):
            parent.children.append(child)
            parent.node_count += child.node_count
        else:
            parent.hidden += 1
            self.forget(child)

    def keeps(self, parent: Node, child: Node) -> bool:
        """Whether `child` would be kept as a part of `parent`."""
        # Neither of the two is on the stack at this moment, or counted with what it has gained.
        count = self.kept_count + parent.node_count + child.node_count
        return (len(parent.children) < self.keep and count <= self.max_nodes) or self.is_in_focus(child)

    def is_in_focus(self, node: Node) -> bool:
        """Whether one of the offsets that matter lies in `node`."""
        return any(node.start <= offset < node.end for offset in self.focus)

    def compact(self) -> None:
        """Let every container keep half as many children, until the nodes fit or each keeps only a few."""
        while self.kept_count > self.max_nodes // 2 and self.keep > _LEAST_KEEP:
            self.keep = max(self.keep // 2, _LEAST_KEEP)
            self.live_count = sum(self.shrink(node) for node in self.stack)

    def shrink(self, top: Node) -> int:
        """Leave out the children of `top` and of all below it that are too many; return the nodes that are left."""
        order = [top]
        for node in order:
            if len(node.children) > self.keep:
                self.leave_out(node)
            order += node.children
        for node in reversed(order):
            if node.node_count:
                node.node_count = 1 + sum(child.node_count for child in node.children)
        return top.node_count

    def leave_out(self, node: Node) -> None:
        """Drop the last children of `node`, except those in focus."""
        kept = node.children[: self.keep]
        for child in node.children[self.keep :]:
            if self.is_in_focus(child):
                kept.append(child)
            else:
                node.hidden += 1
                self.forget(child)
        node.children = kept

    def forget(self, top: Node) -> None:
        """Let go of a node that is not kept and of all below it, also where the memo still holds it."""
        pending = [top]
        while pending:
            node = pending.pop()
            self.lighten(node)
            if node.children:
                # A part that was taken over by another node is not below this one any more.
                pending += [child for child in node.children if child.parent is node]
                node.hidden += len(node.children)
                node.children = []
            node.node_count = min(node.node_count, 1)

    def lighten(self, node: Node) -> None:
        """In a large memo, hold only what stands for `node`."""
        if node.memo >= _MEMO_NODES and node.node_count and node.kind != "global":
            # A string may be the name of an attribute later on: it can be read again from where it is.
            held = node.start if node.kind == "str" and node.at >= 0 else _STAND_INS.get(node.kind, STAND_IN)
            self.memo_set(node.memo, held)

    # The memo.

    def memo_set(self, index: int, held: Node | int) -> None:
        """Store under `index`; indices that leave large gaps go to a mapping of bounded size."""
        size = len(self.memo)
        if index < size:
            self.memo_count += self.memo[index] is None
            self.memo[index] = held
        elif index <= size + 4:
            self.memo += [None] * (index - size)
            self.memo.append(held)
            self.memo_count += 1
        else:
            self.memo_count += index not in self.sparse_memo
            self.sparse_memo[index] = held
            if len(self.sparse_memo) > _MAX_SPARSE_MEMO:
                raise Stopped("the indices of the memo jump about, as no pickler numbers them")

    def memo_get(self, index: int) -> Node | int:
        """Return what is stored under `index`: a node, or the offset of the opcode of a string."""
        held = self.memo[index] if 0 <= index < len(self.memo) else None
        if held is None:
            held = self.sparse_memo.get(index)
        if held is None:
            raise Stopped(f"memo entry {index:,} is used but was never stored")
        return held

    def put(self, index: int, end: int) -> None:
        """Store the top value under `index`; the opcode of that ends at `end`."""
        node = self.top()
        if node.node_count:
            node.memo = index
            node.end = end
        self.memo_set(index, node)

    def get(self, index: int, start: int, end: int) -> None:
        """Push what is stored under `index` once more."""
        held = self.memo_get(index)
        if isinstance(held, Node):
            self.push(mention(held, start, end))
            return
        step = self.steps[self.payloads.data[held]]
        if step is not None:
            step(self, held)
        if self.stack and self.stack[-1].node_count:
            self.stack[-1].start, self.stack[-1].end = start, end

    # The result.

    def drop(self, node: Node) -> None:
        """Keep what was built and thrown away, if it is more than plain data: it was built nevertheless."""
        if node.node_count and len(self.dropped) < _MAX_DROPPED and _does_something(node):
            node.key = f"<dropped {len(self.dropped)}>"
            self.dropped.append(node)
        else:
            self.forget(node)


def _does_something(top: Node) -> bool:
    pending, seen_count = [top], 0
    while pending and seen_count < _LOOK_INSIDE:
        node = pending.pop()
        seen_count += 1
        if node.kind in ("call", "object", "global", "persistent", "extension", "array", "value"):
            return True
        pending += node.children
    return False
