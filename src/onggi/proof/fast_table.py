"""How the fast loop of the walker takes each opcode."""

from __future__ import annotations

from typing import Final

from onggi.format import codes
from onggi.proof import kinds

__all__ = ["FAST_TABLE"]

_GROUPS: Final = (
    (1, (codes.NONE, codes.NEWTRUE, codes.NEWFALSE)),
    (2, (codes.BININT1,)),
    (3, (codes.BININT2,)),
    (5, (codes.BININT,)),
    (9, (codes.BINFLOAT,)),
    (kinds.FAST_GET, (codes.BINGET,)),
    (kinds.FAST_LONG_GET, (codes.LONG_BINGET,)),
    (kinds.FAST_STRING, (codes.SHORT_BINUNICODE,)),
    (kinds.FAST_BYTES, (codes.SHORT_BINBYTES,)),
    (kinds.FAST_MEMOIZE, (codes.MEMOIZE,)),
    (kinds.FAST_MARK, (codes.MARK,)),
    (kinds.FAST_EMPTY_TUPLE, (codes.EMPTY_TUPLE,)),
    (kinds.FAST_EMPTY_DICT, (codes.EMPTY_DICT,)),
    (kinds.FAST_EMPTY_LIST, (codes.EMPTY_LIST,)),
    (kinds.FAST_CONTAINER, (codes.TUPLE1, codes.TUPLE2, codes.TUPLE3, codes.TUPLE, codes.APPEND, codes.APPENDS)),
    (kinds.FAST_CONTAINER, (codes.SETITEM, codes.SETITEMS)),
    (kinds.FAST_CALL, (codes.REDUCE, codes.NEWOBJ, codes.BUILD)),
)
"""`(how, opcodes)`: below FAST_GET an opcode is a literal of so many bytes."""


def _table() -> bytes:
    table = bytearray(256)
    for how, group in _GROUPS:
        for code in group:
            table[code] = how
    return bytes(table)


FAST_TABLE: Final = _table()
"""For each byte how the fast loop takes it; 0: not at all."""
