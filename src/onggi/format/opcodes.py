"""The opcodes of pickle protocols 0 to 5, as data.

Each row is `(code, name, argument, protocol)`, where `argument` says what follows the opcode byte:

| argument          | bytes that follow                                                |
|-------------------|------------------------------------------------------------------|
| NONE              | none                                                             |
| U1, U2, U4, U8    | an unsigned little-endian number                                 |
| I4                | a signed little-endian number                                    |
| F8                | a big-endian IEEE double                                         |
| BYTES1, 4, 8      | a length of 1, 4 or 8 bytes, then as many bytes                  |
| LINE, LINES       | one or two lines of text, each ended by a newline                |

The source of the rows is CPython's `pickletools.opcodes`; the tests compare them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

__all__ = ["ARGUMENTS", "BY_CODE", "BY_NAME", "Argument", "Opcode"]


class Argument(IntEnum):
    """What follows an opcode byte; the walker is compiled with these numbers."""

    NONE = 0
    U1 = 1
    U2 = 2
    U4 = 3
    I4 = 4
    U8 = 5
    F8 = 6
    BYTES1 = 7
    BYTES4 = 8
    BYTES8 = 9
    LINE = 10
    LINES = 11
    UNKNOWN = 12


class Opcode(NamedTuple):
    """One opcode: its byte, the name that `pickletools` gives it, its argument and the protocol it came with."""

    code: int
    name: str
    argument: Argument
    protocol: int


_ROWS: Final = (
    Opcode(0x28, "MARK", Argument.NONE, 0),
    Opcode(0x29, "EMPTY_TUPLE", Argument.NONE, 1),
    Opcode(0x2E, "STOP", Argument.NONE, 0),
    Opcode(0x30, "POP", Argument.NONE, 0),
    Opcode(0x31, "POP_MARK", Argument.NONE, 1),
    Opcode(0x32, "DUP", Argument.NONE, 0),
    Opcode(0x42, "BINBYTES", Argument.BYTES4, 3),
    Opcode(0x43, "SHORT_BINBYTES", Argument.BYTES1, 3),
    Opcode(0x46, "FLOAT", Argument.LINE, 0),
    Opcode(0x47, "BINFLOAT", Argument.F8, 1),
    Opcode(0x49, "INT", Argument.LINE, 0),
    Opcode(0x4A, "BININT", Argument.I4, 1),
    Opcode(0x4B, "BININT1", Argument.U1, 1),
    Opcode(0x4C, "LONG", Argument.LINE, 0),
    Opcode(0x4D, "BININT2", Argument.U2, 1),
    Opcode(0x4E, "NONE", Argument.NONE, 0),
    Opcode(0x50, "PERSID", Argument.LINE, 0),
    Opcode(0x51, "BINPERSID", Argument.NONE, 1),
    Opcode(0x52, "REDUCE", Argument.NONE, 0),
    Opcode(0x53, "STRING", Argument.LINE, 0),
    Opcode(0x54, "BINSTRING", Argument.BYTES4, 1),
    Opcode(0x55, "SHORT_BINSTRING", Argument.BYTES1, 1),
    Opcode(0x56, "UNICODE", Argument.LINE, 0),
    Opcode(0x58, "BINUNICODE", Argument.BYTES4, 1),
    Opcode(0x5D, "EMPTY_LIST", Argument.NONE, 1),
    Opcode(0x61, "APPEND", Argument.NONE, 0),
    Opcode(0x62, "BUILD", Argument.NONE, 0),
    Opcode(0x63, "GLOBAL", Argument.LINES, 0),
    Opcode(0x64, "DICT", Argument.NONE, 0),
    Opcode(0x65, "APPENDS", Argument.NONE, 1),
    Opcode(0x67, "GET", Argument.LINE, 0),
    Opcode(0x68, "BINGET", Argument.U1, 1),
    Opcode(0x69, "INST", Argument.LINES, 0),
    Opcode(0x6A, "LONG_BINGET", Argument.U4, 1),
    Opcode(0x6C, "LIST", Argument.NONE, 0),
    Opcode(0x6F, "OBJ", Argument.NONE, 1),
    Opcode(0x70, "PUT", Argument.LINE, 0),
    Opcode(0x71, "BINPUT", Argument.U1, 1),
    Opcode(0x72, "LONG_BINPUT", Argument.U4, 1),
    Opcode(0x73, "SETITEM", Argument.NONE, 0),
    Opcode(0x74, "TUPLE", Argument.NONE, 0),
    Opcode(0x75, "SETITEMS", Argument.NONE, 1),
    Opcode(0x7D, "EMPTY_DICT", Argument.NONE, 1),
    Opcode(0x80, "PROTO", Argument.U1, 2),
    Opcode(0x81, "NEWOBJ", Argument.NONE, 2),
    Opcode(0x82, "EXT1", Argument.U1, 2),
    Opcode(0x83, "EXT2", Argument.U2, 2),
    Opcode(0x84, "EXT4", Argument.I4, 2),
    Opcode(0x85, "TUPLE1", Argument.NONE, 2),
    Opcode(0x86, "TUPLE2", Argument.NONE, 2),
    Opcode(0x87, "TUPLE3", Argument.NONE, 2),
    Opcode(0x88, "NEWTRUE", Argument.NONE, 2),
    Opcode(0x89, "NEWFALSE", Argument.NONE, 2),
    Opcode(0x8A, "LONG1", Argument.BYTES1, 2),
    Opcode(0x8B, "LONG4", Argument.BYTES4, 2),
    Opcode(0x8C, "SHORT_BINUNICODE", Argument.BYTES1, 4),
    Opcode(0x8D, "BINUNICODE8", Argument.BYTES8, 4),
    Opcode(0x8E, "BINBYTES8", Argument.BYTES8, 4),
    Opcode(0x8F, "EMPTY_SET", Argument.NONE, 4),
    Opcode(0x90, "ADDITEMS", Argument.NONE, 4),
    Opcode(0x91, "FROZENSET", Argument.NONE, 4),
    Opcode(0x92, "NEWOBJ_EX", Argument.NONE, 4),
    Opcode(0x93, "STACK_GLOBAL", Argument.NONE, 4),
    Opcode(0x94, "MEMOIZE", Argument.NONE, 4),
    Opcode(0x95, "FRAME", Argument.U8, 4),
    Opcode(0x96, "BYTEARRAY8", Argument.BYTES8, 5),
    Opcode(0x97, "NEXT_BUFFER", Argument.NONE, 5),
    Opcode(0x98, "READONLY_BUFFER", Argument.NONE, 5),
)

BY_CODE: Final = {row.code: row for row in _ROWS}
BY_NAME: Final = {row.name: row for row in _ROWS}

ARGUMENTS: Final = bytes(BY_CODE[code].argument if code in BY_CODE else Argument.UNKNOWN for code in range(256))
"""The argument kind of every byte value; `Argument.UNKNOWN` where it is no opcode."""
