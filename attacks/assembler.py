"""Write pickles opcode by opcode, by the names that `pickletools` gives the opcodes.

An opcode without argument is a constant (`REDUCE`), one with an argument a function (`BININT1(7)`); both give `Code`,
which is bytes to be joined. On top of them a few phrases: `value(obj)` spells a plain value, `name("os.system")` a
global, `call("os.system", "id")` a REDUCE, and `pickled(…)` makes the whole pickle. Nothing here checks anything: what
no honest pickler writes must be easy to write.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any


class Code(bytes):
    """Opcodes; `value` puts them in as they are instead of spelling them as a bytes object."""

    def __add__(self, other: bytes) -> Code:  # type: ignore[override]
        """Join with what comes after."""
        return Code(bytes(self) + bytes(other))

    def __mul__(self, times: Any) -> Code:
        """Repeat."""
        return Code(bytes(self) * times)


# --- opcodes without argument -------------------------------------------------------------------------------------

MARK = Code(b"(")
STOP = Code(b".")
POP = Code(b"0")
POP_MARK = Code(b"1")
DUP = Code(b"2")
NONE = Code(b"N")
BINPERSID = Code(b"Q")
REDUCE = Code(b"R")
APPEND = Code(b"a")
BUILD = Code(b"b")
DICT = Code(b"d")
EMPTY_DICT = Code(b"}")
APPENDS = Code(b"e")
LIST = Code(b"l")
EMPTY_LIST = Code(b"]")
OBJ = Code(b"o")
SETITEM = Code(b"s")
TUPLE = Code(b"t")
EMPTY_TUPLE = Code(b")")
SETITEMS = Code(b"u")
NEWOBJ = Code(b"\x81")
TUPLE1 = Code(b"\x85")
TUPLE2 = Code(b"\x86")
TUPLE3 = Code(b"\x87")
NEWTRUE = Code(b"\x88")
NEWFALSE = Code(b"\x89")
EMPTY_SET = Code(b"\x8f")
ADDITEMS = Code(b"\x90")
FROZENSET = Code(b"\x91")
NEWOBJ_EX = Code(b"\x92")
STACK_GLOBAL = Code(b"\x93")
MEMOIZE = Code(b"\x94")
NEXT_BUFFER = Code(b"\x97")
READONLY_BUFFER = Code(b"\x98")


# --- opcodes with an argument in binary ---------------------------------------------------------------------------


def _sized(opcode: bytes, layout: str, data: bytes, declared: int | None) -> Code:
    return Code(opcode + struct.pack(layout, len(data) if declared is None else declared) + data)


def PROTO(version: int) -> Code:
    """Declare the protocol."""
    return Code(b"\x80" + bytes([version]))


def FRAME(length: int) -> Code:
    """Declare that the next `length` bytes are one frame."""
    return Code(b"\x95" + struct.pack("<Q", length))


def BININT(number: int) -> Code:
    """Push a signed 32-bit int."""
    return Code(b"J" + struct.pack("<i", number))


def BININT1(number: int) -> Code:
    """Push an 8-bit int."""
    return Code(b"K" + bytes([number]))


def BINFLOAT(number: float) -> Code:
    """Push a float."""
    return Code(b"G" + struct.pack(">d", number))


def LONG1(data: bytes, declared: int | None = None) -> Code:
    """Push an int of little-endian bytes; `declared` lies about how many."""
    return _sized(b"\x8a", "<B", data, declared)


def LONG4(data: bytes, declared: int | None = None) -> Code:
    """Push a long int of little-endian bytes; `declared` lies about how many."""
    return _sized(b"\x8b", "<i", data, declared)


def SHORT_BINUNICODE(text: str | bytes, declared: int | None = None) -> Code:
    """Push a str of at most 255 bytes; give bytes for what is not UTF-8."""
    return _sized(b"\x8c", "<B", _utf8(text), declared)


def BINUNICODE(text: str | bytes, declared: int | None = None) -> Code:
    """Push a str with a 4-byte length."""
    return _sized(b"X", "<I", _utf8(text), declared)


def BINUNICODE8(text: str | bytes, declared: int | None = None) -> Code:
    """Push a str with an 8-byte length."""
    return _sized(b"\x8d", "<Q", _utf8(text), declared)


def SHORT_BINBYTES(data: bytes, declared: int | None = None) -> Code:
    """Push a bytes of at most 255 bytes."""
    return _sized(b"C", "<B", data, declared)


def BINBYTES(data: bytes, declared: int | None = None) -> Code:
    """Push a bytes with a 4-byte length."""
    return _sized(b"B", "<I", data, declared)


def BINBYTES8(data: bytes, declared: int | None = None) -> Code:
    """Push a bytes with an 8-byte length."""
    return _sized(b"\x8e", "<Q", data, declared)


def BYTEARRAY8(data: bytes, declared: int | None = None) -> Code:
    """Push a bytearray with an 8-byte length."""
    return _sized(b"\x96", "<Q", data, declared)


def SHORT_BINSTRING(data: bytes, declared: int | None = None) -> Code:
    """Push a str of Python 2."""
    return _sized(b"U", "<B", data, declared)


def BINSTRING(data: bytes, declared: int | None = None) -> Code:
    """Push a str of Python 2 with a signed 4-byte length."""
    return _sized(b"T", "<i", data, declared)


def EXT1(code: int) -> Code:
    """Push what the extension registry has under an 8-bit code."""
    return Code(b"\x82" + bytes([code]))


def EXT2(code: int) -> Code:
    """Push what the extension registry has under a 16-bit code."""
    return Code(b"\x83" + struct.pack("<H", code))


def EXT4(code: int) -> Code:
    """Push what the extension registry has under a signed 32-bit code."""
    return Code(b"\x84" + struct.pack("<i", code))


def BINPUT(index: int) -> Code:
    """Store the top of the stack in the memo."""
    return Code(b"q" + bytes([index]))


def LONG_BINPUT(index: int) -> Code:
    """Store the top of the stack in the memo, at a 32-bit index."""
    return Code(b"r" + struct.pack("<I", index))


def BINGET(index: int) -> Code:
    """Push from the memo."""
    return Code(b"h" + bytes([index]))


def LONG_BINGET(index: int) -> Code:
    """Push from the memo, from a 32-bit index."""
    return Code(b"j" + struct.pack("<I", index))


# --- opcodes with an argument in text -----------------------------------------------------------------------------


def _line(opcode: bytes, text: str | bytes) -> Code:
    return Code(opcode + _utf8(text) + b"\n")


def GLOBAL(module: str | bytes, qualname: str | bytes) -> Code:
    """Push a global by two lines of text."""
    return Code(b"c" + _utf8(module) + b"\n" + _utf8(qualname) + b"\n")


def INST(module: str, qualname: str) -> Code:
    """Call a global with what lies above the mark."""
    return Code(b"i" + _utf8(module) + b"\n" + _utf8(qualname) + b"\n")


def PERSID(identifier: str) -> Code:
    """Push what the persistent id stands for."""
    return _line(b"P", identifier)


def INT(text: str | bytes) -> Code:
    """Push an int, or a bool if it is written 00 or 01."""
    return _line(b"I", text)


def LONG(text: str | bytes) -> Code:
    """Push an int of any size."""
    return _line(b"L", text)


def FLOAT(text: str | bytes) -> Code:
    """Push a float."""
    return _line(b"F", text)


def STRING(text: str | bytes) -> Code:
    """Push a str of Python 2, quoted."""
    return _line(b"S", text)


def UNICODE(text: str | bytes) -> Code:
    """Push a str in raw-unicode-escape."""
    return _line(b"V", text)


def PUT(text: str | bytes) -> Code:
    """Store the top of the stack in the memo."""
    return _line(b"p", text)


def GET(text: str | bytes) -> Code:
    """Push from the memo."""
    return _line(b"g", text)


# --- phrases ------------------------------------------------------------------------------------------------------


def _utf8(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def memoized(code: bytes, index: int) -> Code:
    """Spell `code` and remember what it makes under `index`."""
    return Code(code) + LONG_BINPUT(index)


def integer(number: int) -> Code:
    """Spell an int in the shortest opcode."""
    if 0 <= number < 256:
        return BININT1(number)
    if -(1 << 31) <= number < 1 << 31:
        return BININT(number)
    data = pickle.encode_long(number)
    return LONG1(data) if len(data) < 256 else LONG4(data)


def text(string: str) -> Code:
    """Spell a str in the shortest opcode."""
    return SHORT_BINUNICODE(string) if len(_utf8(string)) < 256 else BINUNICODE(string)


def data(content: bytes) -> Code:
    """Spell a bytes in the shortest opcode."""
    return SHORT_BINBYTES(content) if len(content) < 256 else BINBYTES(content)


def value(obj: Any) -> Code:
    """Spell a plain value; `Code` inside it stays as it is."""
    match obj:
        case Code():
            return obj
        case None | True | False:
            return {None: NONE, True: NEWTRUE, False: NEWFALSE}[obj]
        case int():
            return integer(obj)
        case float():
            return BINFLOAT(obj)
        case str():
            return text(obj)
        case bytes():
            return data(obj)
        case bytearray():
            return BYTEARRAY8(bytes(obj))
        case tuple():
            return tuple_of(*obj)
        case list():
            return EMPTY_LIST + MARK + joined(obj) + APPENDS
        case set():
            return EMPTY_SET + MARK + joined(sorted(obj)) + ADDITEMS
        case dict():
            return EMPTY_DICT + MARK + joined(part for item in obj.items() for part in item) + SETITEMS
    raise TypeError(f"no spelling for {type(obj).__name__}")


def joined(parts: Any) -> Code:
    """Spell one value after the other."""
    return Code(b"".join(map(value, parts)))


def tuple_of(*items: Any) -> Code:
    """Spell a tuple."""
    if len(items) > 3:
        return MARK + joined(items) + TUPLE
    return joined(items) + (EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3)[len(items)]


def stack_global(module: Any, qualname: Any) -> Code:
    """Push a global by two values from the stack, dots in the name and all."""
    return value(module) + value(qualname) + STACK_GLOBAL


def name(dotted: str) -> Code:
    """Push the global `module.name`, or `module:outer.inner` where the name itself has dots."""
    module, _, qualname = dotted.partition(":") if ":" in dotted else dotted.rpartition(".")
    return stack_global(module, qualname)


def _callable(function: str | Code) -> Code:
    return function if isinstance(function, Code) else name(function)


def call(function: str | Code, *args: Any) -> Code:
    """Call by REDUCE; `function` is a global's name, or opcodes that push a callable."""
    return _callable(function) + tuple_of(*args) + REDUCE


def new(cls: str | Code, *args: Any) -> Code:
    """Make an object by NEWOBJ."""
    return _callable(cls) + tuple_of(*args) + NEWOBJ


def build(obj: Code, state: Any) -> Code:
    """Give state to an object by BUILD."""
    return obj + value(state) + BUILD


def slots(obj: Code, attributes: dict[str, Any]) -> Code:
    """Give slot state to an object: BUILD sets each attribute with `setattr`."""
    return build(obj, (None, attributes))


def after(first: bytes, *rest: bytes) -> Code:
    """Do the first for its effect and drop its value, …, and leave the value of the last."""
    code = Code(first)
    for part in rest:
        code = code + POP + part
    return code


def pickled(*parts: bytes, proto: int = 4) -> bytes:
    """Make the whole pickle: protocol, opcodes, STOP."""
    return bytes(PROTO(proto) + b"".join(parts) + STOP)


class Reduced:
    """Stands for a call in an object given to `pickle.dumps`, where the arguments are best made by a library."""

    def __init__(self, function: Any, *args: Any, state: Any = None) -> None:
        self.parts = (function, args, state)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the call."""
        return self.parts
