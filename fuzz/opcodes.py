"""Pickles as lists of whole opcodes, and the words that they are made of."""

from __future__ import annotations

import pickletools
import struct
from functools import lru_cache
from typing import Final

__all__ = ["NUMBERS", "SNIPPETS", "WORDS", "cut", "dictionary", "named", "text"]

_READERS: Final = {
    "uint1": ("<B", False),
    "uint2": ("<H", False),
    "int4": ("<i", False),
    "uint4": ("<I", False),
    "uint8": ("<Q", False),
    "float8": (">d", False),
    "string1": ("<B", True),
    "bytes1": ("<B", True),
    "unicodestring1": ("<B", True),
    "long1": ("<B", True),
    "string4": ("<I", True),
    "bytes4": ("<I", True),
    "unicodestring4": ("<I", True),
    "long4": ("<I", True),
    "bytes8": ("<Q", True),
    "bytearray8": ("<Q", True),
    "unicodestring8": ("<Q", True),
}


def _shape(op: pickletools.OpcodeInfo) -> tuple[int, struct.Struct | None, bool]:
    """Say how many lines an opcode takes, or how its number is packed and whether that is a length."""
    if op.arg is None:
        return 0, None, False
    if op.arg.n == pickletools.UP_TO_NEWLINE:
        return (2 if op.arg.name == "stringnl_noescape_pair" else 1), None, False
    layout, is_length = _READERS[op.arg.name]
    return 0, struct.Struct(layout), is_length


_SHAPES: Final = {ord(op.code): _shape(op) for op in pickletools.opcodes}


def _size(code: int) -> int:
    """Return the length of an opcode that always has the same, else 0."""
    lines, layout, is_length = _SHAPES.get(code, (0, None, False))
    if lines or is_length:
        return 0
    return 1 + (layout.size if layout else 0)


_SIZES: Final = tuple(map(_size, range(256)))

NUMBERS: Final = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
)

WORDS: Final = (
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "list"),
    ("builtins", "dict"),
    ("builtins", "bytearray"),
    ("builtins", "object"),
    ("builtins", "getattr"),
    ("builtins", "complex"),
    ("builtins", "range"),
    ("builtins", "slice"),
    ("builtins", "eval"),
    ("__builtin__", "long"),
    ("__builtin__", "unicode"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "_reconstructor"),
    ("copyreg", "__newobj__"),
    ("copyreg", "__newobj_ex__"),
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
    ("collections", "deque"),
    ("collections", "defaultdict"),
    ("collections", "Counter"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("functools", "partial"),
    ("operator", "itemgetter"),
    ("types", "SimpleNamespace"),
    ("argparse", "Namespace"),
    ("pathlib", "PurePosixPath"),
    ("uuid", "UUID"),
    ("uuid", "SafeUUID"),
    ("http", "HTTPStatus"),
    ("os", "system"),
    ("posix", "system"),
    ("nowhere.models", "Model"),
    ("nowhere.models", "Model.Inner"),
    ("옹기", "Jar"),
)


def text(word: str) -> bytes:
    """Write a string."""
    data = word.encode("utf-8", "surrogatepass")
    return b"\x8c" + bytes([len(data)]) + data


def named(module: str, name: str, *, by_stack: bool) -> bytes:
    """Write a global, by STACK_GLOBAL or GLOBAL."""
    if by_stack:
        return text(module) + text(name) + b"\x93"
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


SNIPPETS: Final = (
    *(
        b"N",
        b"\x88",
        b"\x89",
        b"K\x01",
        b"M\x00\x01",
        b"J\xff\xff\xff\xff",
        b"G" + bytes(8),
        b"I01\n",
        b"L5L\n",
        b"F1.5\n",
    ),
    *(b"\x8a\x01\x05", b"\x8a\x09" + b"\x01" * 9, b"\x8b\x02\x00\x00\x00\x01\x01", b"C\x01a", b"B\x01\x00\x00\x00a"),
    *(b"\x8e\x01" + bytes(7) + b"a", b"\x96\x01" + bytes(7) + b"a", b"\x97", b"\x98", b"X\x01\x00\x00\x00a"),
    *(b"\x8d\x01" + bytes(7) + b"a", b"Va\n", b"S'a'\n", b"U\x01a", b"T\x01\x00\x00\x00a", b"]", b"}", b")", b"\x8f"),
    *(
        b"(",
        b"0",
        b"1",
        b"2",
        b"\x94",
        b"q\x00",
        b"r\x00\x00\x00\x00",
        b"p0\n",
        b"h\x00",
        b"j\x00\x00\x00\x00",
        b"g0\n",
    ),
    *(b"\x85", b"\x86", b"\x87", b"t", b"l", b"d", b"a", b"e", b"s", b"u", b"\x90", b"\x91", b"R", b"\x81", b"\x92"),
    *(b"b", b"o", b"ios\nsystem\n", b"Pid\n", b"Q", b"\x82\x05", b"\x83\x05\x01", b"\x84\x01\x00\x01\x00", b"\x93"),
    *(b"\x80\x05", b"\x95\x02" + bytes(7) + b"N0", b"N0", b"."),
    *(
        text(word)
        for word in ("", "key", "append", "__dict__", "__setstate__", "__class__", "__reduce__", "utf-8", "a.b")
    ),
    *(b")R", b")\x81", b"}b", b"NbN", b"(e", b"(u", b"(\x90", b"](K\x01K\x02e", b"}(K\x01K\x02u", b"\x8f(K\x01\x90"),
    *(b"K\x01\x85R", b"]\x85R", b")}\x92", b"K\x01K\x02\x86", b"]\x94h\x00a", b"}\x94h\x00h\x00s"),
)


def cut(pickle: bytes) -> list[bytes]:
    """Cut into whole opcodes; what can't be read is one last piece."""
    return [*_cut(pickle)]


@lru_cache(maxsize=8_192)
def _cut(pickle: bytes) -> tuple[bytes, ...]:
    pieces = []
    at = 0
    while at < len(pickle):
        size = _SIZES[pickle[at]]
        end = at + size if size else _end_of(pickle, at)
        if end > len(pickle) or end <= at:
            pieces.append(pickle[at:])
            break
        pieces.append(pickle[at:end])
        at = end
    return tuple(pieces)


def _end_of(pickle: bytes, at: int) -> int:
    """Return where the opcode at `at` ends; 0 if it does not."""
    shape = _SHAPES.get(pickle[at])
    if shape is None:
        return at + 1
    lines, layout, is_length = shape
    end = at + 1
    for _ in range(lines):
        end = pickle.find(b"\n", end) + 1
        if not end:
            return 0
    if layout is not None:
        end += layout.size
        if is_length and end <= len(pickle):
            end += layout.unpack_from(pickle, at + 1)[0]
    return end


def dictionary() -> str:
    """Write the words for libFuzzer, in its format."""
    words = {*SNIPPETS, *(named(*word, by_stack=by_stack) for word in WORDS for by_stack in (False, True))}
    lines = ["".join(f"\\x{byte:02x}" for byte in word) for word in sorted(words)]
    return "".join(f'"{line}"\n' for line in lines)
