"""Reading the arguments of well-known types: each function returns None for anything but the exact shape."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from onggi.proof.outline_node import Node, printable, quoted

if TYPE_CHECKING:
    from onggi.proof.outline_read import Payloads

__all__ = [
    "Array",
    "Parts",
    "Presenter",
    "array_of",
    "deref",
    "entry",
    "global_of",
    "int_of",
    "ints_of",
    "is_plain",
    "key_text",
    "parts_of",
    "plain_items",
    "shape_text",
    "small_ints",
]

Parts = list[tuple[int | str, Node]]
"""The parts that are to be seen, each with its step in the path."""

Presenter = Callable[["Payloads", Node, list[Node]], Parts | None]

_KEY_PARTS: Final = 4
_KEY_CHARACTERS: Final = 60
_LOOK_INSIDE: Final = 1_000
_MAX_SMALL_BYTES: Final = 4_096
_RUNNABLE: Final = frozenset({"call", "object", "global", "persistent", "extension", "unknown"})


@dataclass(frozen=True, slots=True)
class Array:
    """What the node of an array holds as its value.

    Attributes:
        dtype: The type of the items, as `f8`.
        shape: The lengths of the dimensions.
        at: Where the payload starts; -1 if it is not in the opcodes as it is.
        size_bytes: Bytes of the payload.
        names: The items of a short array of strings.
    """

    dtype: str
    shape: tuple[int, ...]
    at: int = -1
    size_bytes: int = 0
    names: tuple[str, ...] = ()


def deref(node: Node) -> Node:
    """Return the node itself, or the one that a reference stands for."""
    return node.target or node


def global_of(node: Node) -> str | None:
    """Return the name of a mentioned global."""
    found = deref(node)
    return found.type if found.kind == "global" else None


def int_of(node: Node) -> int | None:
    """Return a small integer."""
    found = deref(node)
    return found.value if found.kind == "int" and isinstance(found.value, int) else None


def parts_of(node: Node, kind: str) -> list[Node] | None:
    """Return all parts of a container of this kind, or None if some of them are not kept."""
    found = deref(node)
    complete = found.kind == kind and found.node_count > 0 and not found.hidden
    return found.children if complete else None


def ints_of(node: Node, most: int = 64) -> tuple[int, ...] | None:
    """Return a tuple of small integers, such as a shape."""
    parts = parts_of(node, "tuple")
    if parts is None or len(parts) > most:
        return None
    found = [int_of(part) for part in parts]
    return tuple(number for number in found if number is not None) if None not in found else None


def array_of(node: Node) -> Array | None:
    """Return what is known of an array."""
    found = deref(node)
    return found.value if isinstance(found.value, Array) else None


def entry(node: Node, name: str) -> Node | None:
    """Return the item of a dict, or the attribute of an object, that has this name."""
    keys = (f'["{name}"]', f".{name}")
    return next((part for part in deref(node).children if part.key in keys), None)


def is_plain(top: Node) -> bool:
    """Whether nothing below `top` is made by a call or names a global, so that leaving it out hides nothing."""
    pending, seen_count = [top], 0
    while pending:
        node = pending.pop()
        seen_count += 1
        if node.kind in _RUNNABLE or node.hidden or node.node_count == 0 or seen_count > _LOOK_INSIDE:
            return False
        pending += node.children
    return True


def plain_items(node: Node, container: Node, key_form: str = "") -> Parts:
    """Return the items of a list as the items of `node`."""
    node.length, node.hidden = container.length, container.hidden
    return [(key_form.format(index) if key_form else index, part) for index, part in enumerate(container.children)]


def shape_text(dtype: str, shape: tuple[int, ...]) -> str:
    """Write type and shape of an array as `f8(1000, 5)`."""
    inner = ", ".join(f"{length}" for length in shape)
    return printable(f"{dtype}({inner}{',' if len(shape) == 1 else ''})", _KEY_CHARACTERS)


def small_ints(payloads: Payloads, array: Array) -> tuple[int, ...] | None:
    """Return the integers of a short array."""
    code = {"i8": "q", "i4": "i"}.get(array.dtype)
    if code is None or array.at < 0 or not 0 < array.size_bytes <= _MAX_SMALL_BYTES:
        return None
    raw = payloads.cut(array.at, array.at + array.size_bytes, _MAX_SMALL_BYTES)
    return tuple(number[0] for number in struct.iter_unpack(f"<{code}", raw[: len(raw) // 8 * 8]))


def key_text(payloads: Payloads, key: Node) -> str:
    """Write the key of a dict as it stands between brackets in a path."""
    node = deref(key)
    if node.kind != "tuple":
        return _scalar_text(payloads, node)
    if node.hidden or len(node.children) > _KEY_PARTS:
        return f"tuple of {node.length:,}"
    inner = ", ".join(_scalar_text(payloads, deref(part)) for part in node.children)
    return f"({inner},)" if len(node.children) == 1 else f"({inner})"


def _scalar_text(payloads: Payloads, node: Node) -> str:
    text = payloads.text(node)
    if text is not None:
        return quoted(text)
    raw = payloads.raw(node, _KEY_CHARACTERS)
    if raw is not None:
        return repr(raw)
    if node.note:
        return printable(node.note, _KEY_CHARACTERS)
    if node.kind in ("int", "bool", "float", "none") and node.length < 0:
        return repr(node.value)
    return printable(node.type, _KEY_CHARACTERS)
