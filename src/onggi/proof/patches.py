"""Rewrite the opcodes at the places that the walker found: guards come between the pickle and the operation.

The rewritten pickle leaves the operation to the reader's dispatcher, which CPython's unpickler reaches through
BINPERSID: it pops one object, hands it to `persistent_load`, and pushes what that returns. An *action* is a number
that says what to do and with which global (`kinds`):

| shape           | rewritten to                     | the dispatcher gets          |
|-----------------|----------------------------------|------------------------------|
| DROP            | nothing (a frame header)         |                              |
| PAIR            | BININT TUPLE3 BINPERSID          | (a, b, action)               |
| ITEMS           | TUPLE BININT TUPLE3 BINPERSID    | (a, (item, …), action)       |
| TWO             | TUPLE2 BININT TUPLE3 BINPERSID   | (a, (b, c), action)          |
| ONE             | TUPLE1 BININT TUPLE3 BINPERSID   | (a, (b,), action)            |
| MARKED          | TUPLE BININT TUPLE2 BINPERSID    | ((item, …), action)          |
| PUSH            | BININT BINPERSID                 | action                       |
| INSTEAD         | POP POP BININT BINPERSID         | action                       |
| PERSISTENT_ID   | TUPLE1 BINPERSID                 | (id,)                        |
| PERSISTENT_TEXT | BINUNICODE TUPLE1 BINPERSID      | (id,)                        |
| CUT             | NEXT_BUFFER (a large payload)    |                              |
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from onggi.errors import MalformedError
from onggi.format import codes
from onggi.proof import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["rewrite"]

_BININT: Final = Struct("<ci")
_BINUNICODE: Final = Struct("<cI")
_BINPERSID: Final = b"Q"
_BEFORE: Final = {kinds.ITEMS: b"t", kinds.TWO: b"\x86", kinds.ONE: b"\x85", kinds.MARKED: b"t", kinds.INSTEAD: b"00"}
_AFTER: Final = {kinds.PUSH: b"", kinds.INSTEAD: b"", kinds.MARKED: b"\x86"}
_TUPLE3: Final = b"\x87"
_NEXT_BUFFER: Final = bytes((codes.NEXT_BUFFER,))


def rewrite(opcodes: bytes, patches: Iterable[tuple[int, int, int, int]]) -> bytes | bytearray:
    """Return the opcodes with the patches applied; the very same object where there are none."""
    view = memoryview(opcodes)
    # Grown in one piece: a million patches must not become a million objects.
    rewritten = bytearray()
    done = 0
    for start, stop, shape, action in patches:
        rewritten += view[done:start]
        rewritten += _replacement(view[start:stop], shape, action, start)
        done = stop
    if not done:
        return opcodes
    rewritten += view[done:]
    return rewritten


def _replacement(opcode: memoryview, shape: int, action: int, offset: int) -> bytes:
    if shape == kinds.DROP:
        return b""
    if shape == kinds.CUT:
        return _NEXT_BUFFER
    if shape == kinds.PERSISTENT_ID:
        return b"\x85Q"
    if shape == kinds.PERSISTENT_TEXT:
        return _persistent_text(bytes(opcode[1:-1]), offset)
    push = _BININT.pack(b"J", action)
    return _BEFORE.get(shape, b"") + push + _AFTER.get(shape, _TUPLE3) + _BINPERSID


def _persistent_text(line: bytes, offset: int) -> bytes:
    if not line.isascii():
        raise MalformedError("persistent IDs in protocol 0 must be ASCII strings", offset=offset)
    return _BINUNICODE.pack(b"X", len(line)) + line + b"\x85Q"
