"""The tree that an outline is: nodes, the text of their values, and their paths."""

from __future__ import annotations

import _compat_pickle
from typing import Final

__all__ = ["CONTAINER_KINDS", "SCALAR_KINDS", "Node", "global_node", "mention", "path_text", "printable", "quoted"]

SCALAR_KINDS: Final = frozenset({"none", "bool", "int", "float", "str", "bytes", "value"})
"""Kinds without parts; a second mention of one is shown as the value, not as a reference."""

CONTAINER_KINDS: Final = frozenset({"tuple", "list", "dict", "set", "frozenset"})

_TEXT_CHARACTERS: Final = 60
_TYPE_CHARACTERS: Final = 160
_PATH_STEPS: Final = 40
_COPIED_BYTES: Final = 64


def printable(text: str, limit: int = _TYPE_CHARACTERS) -> str:
    """Return `text` on one line, without anything that moves a cursor or turns the reading direction.

    Args:
        text: Any text, from a stranger's file.
        limit: Characters that are kept; what is longer ends in an ellipsis.

    Returns:
        Text of characters that `str.isprintable` accepts.
    """
    kept = text[:limit]
    if not kept.isprintable():
        kept = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in kept)
    return kept + "…" if len(text) > limit else kept


def quoted(text: str, limit: int = _TEXT_CHARACTERS) -> str:
    """Return `text` in double quotes, escaped, cut to `limit` characters."""
    kept = text[:limit].replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(kept, len(kept))}{"…" if len(text) > limit else ""}"'


class Node:
    """One value of a pickle, as the opcodes describe it.

    Attributes:
        kind: What it is: `"none"`, `"bool"`, `"int"`, `"float"`, `"str"`, `"bytes"`, `"value"` (of a known value type
            such as a date), `"tuple"`, `"list"`, `"dict"`, `"set"`, `"frozenset"`, `"global"` (a class or function that
            is only mentioned), `"call"` (what calling a global returned), `"object"` (an instance), `"array"`,
            `"buffer"` (out of band), `"reference"` (the same object as `target`), `"persistent"`, `"extension"`.
        type: The name of its type, `module.name` for what is no builtin; of a call, the name of what is called.
        key: Its place in the parent: a position, or a step of a path such as `["cfg"]` or `.steps`.
        value: The value of a small scalar, and the text of a string as far as it is kept.
        note: What a table of well-known types has to say instead of the plain summary.
        start: The byte of the first opcode that belongs to it.
        end: The byte after the last one.
        at: Where the payload of a string or of bytes starts; -1 for a value that has none in the opcodes.
        extra_bytes: Bytes of its buffers that lie outside the opcodes.
        length: Items of a container, bytes of a string or buffer; -1 where it has no length.
        children: The parts that are kept.
        hidden: How many parts are not kept.
        target: Of a reference, the node that it stands for.
        parent: The node that it is a part of.
    """

    __slots__ = (
        "at",
        "children",
        "end",
        "extra_bytes",
        "hidden",
        "key",
        "kind",
        "length",
        "memo",
        "node_count",
        "note",
        "parent",
        "start",
        "target",
        "type",
        "value",
    )

    def __init__(self, kind: str, type_name: str, start: int, end: int, value: object = None) -> None:
        self.kind = kind
        self.type = type_name
        self.start = start
        self.end = end
        self.value = value
        self.key: int | str = ""
        self.note = ""
        self.at = -1
        self.extra_bytes = 0
        self.length = -1
        self.children: list[Node] = []
        self.hidden = 0
        self.target: Node | None = None
        self.parent: Node | None = None
        self.memo = -1
        self.node_count = 1

    def __repr__(self) -> str:
        """Show the path and what stands there, for debugging."""
        return f"<Node {self.path}: {self.type} {self.summary}>"

    def grow(self, end: int) -> None:
        """Let the node reach to `end`; one that stands for many has no place of its own."""
        if self.node_count:
            self.end = end

    @property
    def size_bytes(self) -> int:
        """Bytes that it takes: its opcodes, those of its parts, and their buffers."""
        return self.end - self.start + self.extra_bytes

    @property
    def label(self) -> str:
        """Its step in the path: `["cfg"]`, `[3]`, `.steps`; of the root its name."""
        return f"[{self.key}]" if isinstance(self.key, int) else self.key

    @property
    def path(self) -> str:
        """The place in the whole, such as `root["cfg"].callbacks[1]`; very deep ones are cut in the middle."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            steps.append(node.label)
            node = node.parent
        return path_text(steps[::-1])

    @property
    def is_placed(self) -> bool:
        """Whether it is the root or a part of something, so that its path leads to it."""
        return self.parent is not None or self.key != ""

    @property
    def summary(self) -> str:
        """One short line about the value, without its type."""
        if self.note:
            return self.note
        maker = _SUMMARIES.get(self.kind)
        return maker(self) if maker else ""


def _plain(node: Node) -> str:
    if node.kind == "int" and node.value is None:
        return f"of {node.length:,} bytes"
    return repr(node.value)


def _text(node: Node) -> str:
    text = node.value if isinstance(node.value, str) else ""
    shown = quoted(text)
    return f"{shown} {node.length:,} bytes" if len(text) > _TEXT_CHARACTERS or node.length > 4 * len(text) else shown


def _raw(node: Node) -> str:
    value = node.value if isinstance(node.value, bytes) else b""
    if 0 < node.length <= len(value) <= 16:
        return repr(value)
    return f"{node.length:,} bytes" if node.length >= 0 else "of unknown length"


def _reference(node: Node) -> str:
    return f"→ {node.target.path}" if node.target is not None and node.target.is_placed else "→ used before"


_SUMMARIES: Final = {
    "bool": _plain,
    "int": _plain,
    "float": _plain,
    "str": _text,
    "bytes": _raw,
    "buffer": _raw,
    "reference": _reference,
}


def path_text(steps: list[str]) -> str:
    """Join the steps of a path; of a very long one the first and the last."""
    if len(steps) <= _PATH_STEPS:
        return "".join(steps)
    half = _PATH_STEPS // 2
    return "".join([*steps[:half], "…", *steps[-half:]])


def mention(held: Node, start: int, end: int) -> Node:
    """Return a node for the second mention of a value: a copy of a small scalar, a reference to anything else."""
    if held.node_count == 0:
        return held
    target = held.target or held
    if target.kind == "global" or (
        target.kind in SCALAR_KINDS and (target.kind == "str" or target.length <= _COPIED_BYTES)
    ):
        copy = Node(target.kind, target.type, start, end, target.value)
        copy.note, copy.at, copy.length = target.note, target.at, target.length
        return copy
    node = Node("reference", target.type, start, end)
    node.target = target
    return node


def global_node(protocol: int, module: str, name: str, start: int, end: int) -> Node:
    """Return the node of a global that is mentioned; Python 2's names are shown as Python 3's."""
    if protocol < 3:
        mapped = _compat_pickle.NAME_MAPPING.get((module, name))
        module, name = mapped or (_compat_pickle.IMPORT_MAPPING.get(module, module), name)
    return Node("global", f"{printable(module)}.{printable(name)}", start, end)
