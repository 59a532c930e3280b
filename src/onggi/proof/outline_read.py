"""Reading arguments and payloads out of the bytes of a pickle, as little of them as a preview needs."""

from __future__ import annotations

import codecs
import struct
from typing import TYPE_CHECKING, Final

from onggi.format.opcodes import ARGUMENTS, Argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onggi.proof.outline_node import Node

__all__ = ["COPY_BELOW_BYTES", "MAX_TEXT_BYTES", "Payloads", "Stopped"]

MAX_TEXT_BYTES: Final = 512
"""How much of a string is read, for previews and for names."""

COPY_BELOW_BYTES: Final = 2**24
"""Pickles up to this size are copied first: indexing bytes is what the interpreter does best."""

_LINE_STEP: Final = 256
_MAX_DIGITS: Final = 100

_WIDTHS: Final[dict[int, str]] = {
    Argument.U1: "<B",
    Argument.U2: "<H",
    Argument.U4: "<I",
    Argument.I4: "<i",
    Argument.U8: "<Q",
}
_LENGTHS: Final[dict[int, str]] = {Argument.BYTES1: "<B", Argument.BYTES4: "<I", Argument.BYTES8: "<Q"}


class Stopped(Exception):
    """The pickle can't be followed any further; the text says why."""


class Payloads:
    """The bytes of one pickle and the lengths of its out-of-band buffers.

    Args:
        data: The whole pickle, opcodes and in-band payloads.
        buffers: Length in bytes of each out-of-band buffer, or None if they are not at hand.
    """

    def __init__(self, data: bytes | memoryview, buffers: Sequence[int] | None) -> None:
        view = memoryview(data).cast("B") if not isinstance(data, bytes) else data
        self.data = bytes(view) if len(view) <= COPY_BELOW_BYTES else view
        self.size = len(self.data)
        self.buffers = buffers

    def number(self, start: int) -> tuple[int, int]:
        """Read the fixed-width integer of the opcode at `start`; return it and the offset after it."""
        form = _WIDTHS[ARGUMENTS[self.data[start]]]
        end = start + 1 + struct.calcsize(form)
        if end > self.size:
            raise Stopped("the pickle ends in the middle of a number")
        return int(struct.unpack_from(form, self.data, start + 1)[0]), end

    def double(self, start: int) -> tuple[float, int]:
        """Read the float of the BINFLOAT at `start`; return it and the offset after it."""
        if start + 9 > self.size:
            raise Stopped("the pickle ends in the middle of a number")
        return float(struct.unpack_from(">d", self.data, start + 1)[0]), start + 9

    def span(self, start: int) -> tuple[int, int]:
        """Return where the counted payload of the opcode at `start` begins and ends; the end may lie past the data."""
        form = _LENGTHS[ARGUMENTS[self.data[start]]]
        begin = start + 1 + struct.calcsize(form)
        if begin > self.size:
            raise Stopped("the pickle ends in the middle of a length")
        return begin, begin + int(struct.unpack_from(form, self.data, start + 1)[0])

    def skip(self, start: int) -> int:
        """Return how many bytes the opcode at `start` takes with its argument."""
        kind = ARGUMENTS[self.data[start]]
        if kind in _LENGTHS:
            end = self.span(start)[1]
        else:
            end = self.line(start + 1)[1]
            end = self.line(end)[1] if kind == Argument.LINES else end
        if end > self.size:
            raise Stopped("the end is missing")
        return end - start

    def line(self, begin: int) -> tuple[int, int]:
        """Return where the line that begins at `begin` ends, and where the next one begins."""
        step, position = _LINE_STEP, begin
        while position < self.size:
            found = bytes(self.data[position : position + step]).find(b"\n")
            if found >= 0:
                return position + found, position + found + 1
            position, step = position + step, min(step * 2, 2**20)
        raise Stopped("the pickle ends in the middle of a line of text")

    def cut(self, begin: int, end: int, limit: int = MAX_TEXT_BYTES) -> bytes:
        """Copy the bytes from `begin` to `end`, at most `limit` of them."""
        return bytes(self.data[begin : min(end, begin + limit)])

    def name_lines(self, start: int) -> tuple[str, str, int]:
        """Read the two lines of the GLOBAL or INST at `start`; return module, name and the offset after them."""
        module_end, name_begin = self.line(start + 1)
        name_end, end = self.line(name_begin)
        module = self.cut(start + 1, module_end).decode("utf-8", "replace")
        return module, self.cut(name_begin, name_end).decode("utf-8", "replace"), end

    def text(self, node: Node) -> str | None:
        """Return the text of a string node, as far as it is kept, or None for a node of another kind."""
        if node.kind != "str":
            return None
        if node.value is None:
            node.value = decoded(self.cut(node.at, node.at + node.length))
        return node.value if isinstance(node.value, str) else None

    def whole_text(self, node: Node) -> str | None:
        """Return the text of a string node if all of it is at hand, otherwise None."""
        text = self.text(node)
        return text if text is not None and len(text.encode("utf-8", "surrogatepass")) >= node.length else None

    def raw(self, node: Node, limit: int = MAX_TEXT_BYTES) -> bytes | None:
        """Return the bytes of a bytes node of at most `limit` bytes, otherwise None."""
        if isinstance(node.value, bytes):
            return node.value if node.length == len(node.value) <= limit else None
        if node.kind != "bytes" or node.at < 0 or not 0 <= node.length <= limit:
            return None
        found = self.cut(node.at, node.at + node.length, limit)
        return found if len(found) == node.length else None


def decoded(raw: bytes) -> str:
    """Decode UTF-8 that may be cut in the middle of a character."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        return text.rstrip("\ufffd") or text


def unescaped(raw: bytes) -> str | None:
    """Decode the quoted text of a STRING opcode, or return None if it is not quoted."""
    body = raw.strip()
    if len(body) < 2 or body[:1] not in (b"'", b'"') or body[:1] != body[-1:]:
        return None
    try:
        return codecs.escape_decode(body[1:-1])[0].decode("latin-1")
    except ValueError:
        return None


def whole_number(raw: bytes) -> int | None:
    """Read the decimal number of an INT or LONG opcode; None if it is longer than a preview needs."""
    body = raw.strip()
    if len(body) > _MAX_DIGITS:
        return None
    try:
        return int(body.rstrip(b"L"))
    except ValueError:
        raise Stopped("a number is written with characters that are no digits") from None
