r"""The header of a `.npy` file (`numpy/lib/format.py`): read without numpy, without `eval`, in bounded time and depth.

    \x93NUMPY  <major: u8>  <minor: u8>  <length: u16, from version 2 on u32>  <header>  <data>

The header is the text of a Python dict with `descr`, `fortran_order` and `shape`. Data of a dtype with objects is a
pickle of the array; any other is the raw items.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from onggi.errors import MalformedError, TruncatedError

__all__ = ["NPY_MAGIC", "NpyHeader", "read_npy_header"]

NPY_MAGIC: Final = b"\x93NUMPY"

MAX_HEADER_BYTES: Final = 1 << 16
"""numpy itself refuses more than 10,000 unless it is told otherwise; records of many fields need more."""

_MAX_DEPTH: Final = 40
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<mark>[\[\](){},:])|(?P<number>-?[0-9]{1,20})L?(?![0-9\w])|(?P<word>True|False|None)\b"
    r"|[ub]?(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\s*"
)
_WORDS: Final = {"True": True, "False": False, "None": None}
_CLOSING: Final = {"[": "]", "(": ")", "{": "}"}
_SPEC: Final = re.compile(r"[<>|=]?([?bBhHiIlLqQefdgFDGOSUVMmac])([0-9]{0,9})(?:\[[^\]]{0,20}\])?")
_ITEM_BYTES: Final = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8, "e": 2, "f": 4, "d": 8}
_MAX_SIDE: Final = 2**62


@dataclass(frozen=True, slots=True)
class NpyHeader:
    """What the header of a `.npy` file says.

    Attributes:
        descr: The dtype as numpy's `dtype_to_descr` writes it: a type code, or a list of fields.
        is_fortran: Whether the first axis lies closest in memory.
        shape: The shape.
        has_objects: Whether the data is a pickle.
        item_bytes: The size of one item.
        data_start: Where the data starts.
    """

    descr: Any
    is_fortran: bool
    shape: tuple[int, ...]
    has_objects: bool
    item_bytes: int
    data_start: int

    @property
    def data_bytes(self) -> int:
        """The size of the raw data, where it has no objects."""
        return math.prod(self.shape) * self.item_bytes


def read_npy_header(view: memoryview) -> NpyHeader:
    """Read the header of a `.npy` file.

    Args:
        view: The file.

    Raises:
        TruncatedError: The header is not all there.
        MalformedError: It is none that numpy writes.
    """
    text, data_start = _header_text(view)
    parsed = _Literal(text).parse()
    if type(parsed) is not dict or set(parsed) != {"descr", "fortran_order", "shape"}:
        raise MalformedError("the header of the .npy file must say descr, fortran_order and shape, and nothing else")
    shape, is_fortran = parsed["shape"], parsed["fortran_order"]
    if type(shape) is not tuple or not all(type(side) is int and 0 <= side < _MAX_SIDE for side in shape):
        raise MalformedError("the shape in the header of the .npy file is no tuple of sizes")
    if type(is_fortran) is not bool:
        raise MalformedError("fortran_order in the header of the .npy file is neither True nor False")
    has_objects, item_bytes = _describe(parsed["descr"], 0)
    return NpyHeader(parsed["descr"], is_fortran, shape, has_objects, item_bytes, data_start)


def _header_text(view: memoryview) -> tuple[str, int]:
    head = bytes(view[:12])
    if not head.startswith(NPY_MAGIC) or len(head) < 10:
        raise TruncatedError("the .npy file ends within its header", hint="copy or download it again")
    major = head[6]
    if major not in (1, 2, 3):
        raise MalformedError(f"version {major} of the .npy format is not known")
    start = 10 if major == 1 else 12
    length = int.from_bytes(head[8:start], "little")
    if length > MAX_HEADER_BYTES:
        raise MalformedError(f"the header of the .npy file has {length:,} bytes, more than any honest one")
    if start + length > len(view):
        raise TruncatedError("the .npy file ends within its header", hint="copy or download it again")
    try:
        return bytes(view[start : start + length]).decode("utf-8" if major == 3 else "latin-1"), start + length
    except UnicodeDecodeError:
        raise MalformedError("the header of the .npy file is no text") from None


def _describe(descr: Any, depth: int) -> tuple[bool, int]:
    """Return whether a dtype holds objects, and its size."""
    if depth > _MAX_DEPTH:
        raise MalformedError("the dtype in the header of the .npy file is nested too deeply")
    if type(descr) is str:
        return _describe_code(descr)
    if type(descr) is tuple and len(descr) in (2, 3) and type(descr[1]) is tuple:
        has_objects, size = _describe(descr[0], depth + 1)
        return has_objects, size * _items(descr[1])
    if type(descr) is not list:
        raise MalformedError("the dtype in the header of the .npy file is none that numpy writes")
    has_objects, total = False, 0
    for part in descr:
        if type(part) is not tuple or len(part) not in (2, 3):
            raise MalformedError("a field in the header of the .npy file must have a name and a dtype")
        holds, size = _describe(part[1], depth + 1)
        has_objects = has_objects or holds
        total += size * (_items(part[2]) if len(part) == 3 else 1)
    return has_objects, total


def _items(shape: Any) -> int:
    sides = shape if type(shape) is tuple else (shape,)
    if not all(type(side) is int and 0 <= side < _MAX_SIDE for side in sides):
        raise MalformedError("a shape in the header of the .npy file is no tuple of sizes")
    return math.prod(sides)


def _describe_code(code: str) -> tuple[bool, int]:
    found = _SPEC.fullmatch(code)
    if found is None:
        raise MalformedError(f"the header of the .npy file has a dtype {code[:40]!r} that is not known")
    letter, digits = found[1], found[2]
    if letter == "O":
        return True, 8
    if not digits:
        return False, _ITEM_BYTES.get(letter, 0)
    return False, int(digits) * (4 if letter == "U" else 1)


class _Literal:
    """Parses the text of a Python literal of lists, tuples, dicts, strings, integers, True, False and None."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def parse(self) -> Any:
        found = self._value(*self._next(), 0)
        if self._text[self._position :].strip("\n\0 "):
            raise self._wrong()
        return found

    def _wrong(self) -> MalformedError:
        return MalformedError(f"the header of the .npy file can't be read at character {self._position}")

    def _next(self) -> tuple[str, str]:
        found = _TOKEN.match(self._text, self._position)
        if found is None or found.lastgroup is None:
            raise self._wrong()
        self._position = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _value(self, kind: str, text: str, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise self._wrong()
        if kind == "number":
            return int(text)
        if kind == "word":
            return _WORDS[text]
        if kind == "text":
            return _unescaped(text[1:-1])
        if text not in _CLOSING:
            raise self._wrong()
        return self._dict(depth) if text == "{" else self._sequence(text, depth)

    def _sequence(self, opening: str, depth: int) -> Any:
        items: list[Any] = []
        has_comma = False
        while (token := self._next()) != ("mark", _CLOSING[opening]):
            if items and not has_comma:
                raise self._wrong()
            items.append(self._value(*token, depth + 1))
            has_comma = self._takes_comma()
        if opening == "[":
            return items
        return tuple(items) if has_comma or len(items) != 1 else items[0]

    def _dict(self, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while (token := self._next()) != ("mark", "}"):
            key = self._value(*token, depth + 1)
            if type(key) is not str or key in found or self._next() != ("mark", ":"):
                raise self._wrong()
            found[key] = self._value(*self._next(), depth + 1)
            if not self._takes_comma() and self._text[self._position : self._position + 1] != "}":
                raise self._wrong()
        return found

    def _takes_comma(self) -> bool:
        found = re.compile(r"\s*,\s*").match(self._text, self._position)
        if found is not None:
            self._position = found.end()
        return found is not None


_ESCAPES: Final = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "r": "\r"}


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    pattern = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)

    def replaced(found: re.Match[str]) -> str:
        escape = found[1]
        if len(escape) > 1:
            point = int(escape[1:], 16)
            return chr(point) if point <= 0x10FFFF else "\ufffd"
        return _ESCAPES.get(escape, found[0])

    return pattern.sub(replaced, text)
