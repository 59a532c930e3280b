"""Pickles from bytes of chance: sequences of opcodes that mostly fit each other, and mutations of honest pickles.

The same bytes always give the same pickle, so hypothesis and fuzzers can search and shrink them.
"""

from __future__ import annotations

import collections
import copyreg
import datetime
import decimal
import pickle
import struct
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["GLOBALS", "HONEST", "TEXTS", "generate", "mutate"]

TEXTS = (
    "",
    "a",
    "key",
    "append",
    "extend",
    "add",
    "__dict__",
    "__setstate__",
    "__doc__",
    "__x__",
    "e",
    "옹기",
    "\ud800",
)
GLOBALS = (
    ("builtins", "set"),
    ("builtins", "list"),
    ("builtins", "object"),
    ("builtins", "getattr"),
    ("__builtin__", "unicode"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "_reconstructor"),
    ("collections", "OrderedDict"),
    ("collections", "deque"),
    ("collections", "defaultdict"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
    ("types", "SimpleNamespace"),
    ("argparse", "Namespace"),
    ("http", "HTTPStatus"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("os", "system"),
    ("nowhere.models", "Model"),
    ("nowhere.models", "Model.Inner"),
    ("옹기", "Jar"),
)
_NUMBERS = (0, 1, 2, 3, 255, 256, 65_535, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1)


def _honest() -> list[Any]:
    shared: list[Any] = ["shared"]
    ordered = collections.OrderedDict([("b", 1), ("a", [2])])
    return [
        None,
        [1, -1, 300, 70_000, 2**31, 2**70, -(2**70), 1.5, True, False],
        {"a": (1,), "b": (1, 2), "c": (1, 2, 3), "d": (1, 2, 3, 4), "e": (), 5: [], 6: {}, (7, "x"): None},
        ["text", "옹기", "line\nbreak\\", b"bytes", bytearray(b"array"), b"\xff" * 300, "x" * 300],
        [shared, shared, (shared, shared)],
        [{1, 2, 3}, frozenset([1, ("a", "b")]), set(), frozenset()],
        [ordered, collections.deque([1, 2], 5), collections.defaultdict(list, a=[1]), collections.Counter("aab")],
        [datetime.datetime(2020, 1, 2, 3, 4, 5), datetime.timedelta(1, 2), decimal.Decimal("1.5"), uuid.UUID(int=5)],
        [ValueError("bad", 1), KeyError("k"), range(1, 9, 2), slice(1, None), complex(1, 2), print, OSError, ...],
        [copyreg._reconstructor, {"copyreg": "text that looks like\x93opcodes.R"}],
        list(range(300)),
    ]


HONEST = tuple(pickle.dumps(obj, protocol) for obj in _honest() for protocol in range(pickle.HIGHEST_PROTOCOL + 1))


class _Chance:
    """Bytes of chance, zeros when they are used up."""

    def __init__(self, entropy: bytes) -> None:
        self._bytes: Iterator[int] = iter(entropy)
        self.is_over = False

    def byte(self) -> int:
        for byte in self._bytes:
            return byte
        self.is_over = True
        return 0

    def pick(self, items: Any) -> Any:
        return items[self.byte() % len(items)]


class _Writer:
    """Writes opcodes and follows the kinds of what they push, so that most of them fit."""

    def __init__(self, chance: _Chance) -> None:
        self.chance = chance
        self.out = bytearray()
        self.stack: list[str] = []
        self.marks: list[int] = []
        self.memo: list[str] = []

    # ---------------------------------------------------------------------------------------------------- values

    def literal(self) -> None:
        """Push a plain value by any of the opcodes that can."""
        number = self.chance.pick(_NUMBERS)
        short = number % 256
        spellings = (
            b"N",
            b"\x88",
            b"K" + bytes([short]),
            b"M" + struct.pack("<H", number % 65_536),
            b"J" + struct.pack("<I", number % 2**32),
            b"G" + struct.pack(">d", number),
            b"I%d\n" % number,
            b"I01\n",
            b"L%dL\n" % number,
            b"F%d.5\n" % number,
            b"\x8a" + bytes([short % 12]) + b"\x01" * (short % 12),
            b"\x8b" + struct.pack("<i", short) + b"\x81" * short,
            b"C\x02ab",
            b"B\x02\x00\x00\x00ab",
            b"\x8e\x02" + bytes(7) + b"ab",
            b"\x96\x02" + bytes(7) + b"ab",
            b"\x97",
        )
        self.out += self.chance.pick(spellings)
        self.stack.append("value")

    def text(self) -> None:
        """Push a string of either Python by any of the opcodes that can."""
        text = self.chance.pick(TEXTS)
        data = text.encode("utf-8", "surrogatepass")
        quoted = ascii(text).encode()
        spellings = (
            b"\x8c" + bytes([len(data)]) + data,
            b"X" + struct.pack("<I", len(data)) + data,
            b"\x8d" + struct.pack("<Q", len(data)) + data,
            b"V" + text.encode("raw_unicode_escape", "surrogatepass") + b"\n",
            b"S" + quoted + b"\n",
            b"U" + bytes([len(data)]) + data,
            b"T" + struct.pack("<i", len(data)) + data,
        )
        self.out += self.chance.pick(spellings)
        self.stack.append("text")

    def named(self) -> None:
        """Push a global by GLOBAL, STACK_GLOBAL, or an extension code."""
        module, name = (part.encode() for part in self.chance.pick(GLOBALS))
        how = self.chance.byte() % 16
        if how < 8:
            self.out += b"c" + module + b"\n" + name + b"\n"
        elif how < 15:
            self.out += b"\x8c" + bytes([len(module)]) + module + b"\x8c" + bytes([len(name)]) + name + b"\x93"
        else:
            self.out += self.chance.pick((b"\x82\x05", b"\x83\x05\x01", b"\x84\x01\x00\x01\x00"))
        self.stack.append("global")

    def empty(self) -> None:
        """Push an empty container."""
        code, kind = self.chance.pick(((b"]", "list"), (b"}", "dict"), (b"\x8f", "set"), (b")", "tuple")))
        self.out += code
        self.stack.append(kind)

    def persistent(self) -> None:
        """Push what a persistent id stands for."""
        if self.room(1) and self.chance.byte() % 2:
            self.out += b"Q"
            self.stack.pop()
        else:
            self.out += b"Pid\n"
        self.stack.append("value")

    # ----------------------------------------------------------------------------------------------- stack and memo

    def room(self, count: int) -> bool:
        """Say whether so many values stand above the last mark."""
        return len(self.stack) - (self.marks[-1] if self.marks else 0) >= count

    def mark(self) -> None:
        self.out += b"("
        self.marks.append(len(self.stack))

    def discard(self) -> None:
        if self.room(1):
            self.out += b"0"
            self.stack.pop()

    def discard_marked(self) -> None:
        if self.marks:
            self.out += b"1"
            del self.stack[self.marks.pop() :]

    def duplicate(self) -> None:
        if self.room(1):
            self.out += b"2"
            self.stack.append(self.stack[-1])

    def remember(self) -> None:
        if self.room(1):
            number = len(self.memo)
            spellings = (b"\x94", b"q" + bytes([number % 256]), b"r" + struct.pack("<I", number), b"p%d\n" % number)
            self.out += self.chance.pick(spellings)
            self.memo.append(self.stack[-1])

    def recall(self) -> None:
        if self.memo:
            number = self.chance.byte() % len(self.memo)
            self.out += self.chance.pick(
                (b"h" + bytes([number % 256]), b"j" + struct.pack("<I", number), b"g%d\n" % number)
            )
            self.stack.append(self.memo[number])

    # ------------------------------------------------------------------------------------------------------ containers

    def tuple_of_few(self) -> None:
        count = 1 + self.chance.byte() % 3
        if self.room(count):
            self.out += (b"\x85", b"\x86", b"\x87")[count - 1]
            self.replace(count, "tuple")

    def replace(self, count: int, kind: str) -> None:
        del self.stack[len(self.stack) - count :]
        self.stack.append(kind)

    def marked(self) -> None:
        """Make one object of all above the mark."""
        if not self.marks:
            return
        count = len(self.stack) - self.marks.pop()
        choices = [(b"t", "tuple"), (b"l", "list"), (b"\x91", "value")] + [(b"d", "dict")] * (count % 2 == 0)
        code, kind = self.chance.pick(choices)
        self.out += code
        self.replace(count, kind)

    def fill(self) -> None:
        """Add items to the value below them."""
        one = {"list": (b"a", 1), "dict": (b"s", 2), "object": self.chance.pick(((b"a", 1), (b"s", 2)))}
        for kind, (code, count) in one.items():
            if self.room(count + 1) and self.stack[-count - 1] == kind:
                self.out += code
                del self.stack[-count:]
                return
        if self.marks and self.marks[-1] and (len(self.marks) == 1 or self.marks[-2] < self.marks[-1]):
            at = self.marks[-1]
            code = {"list": b"e", "dict": b"u", "set": b"\x90"}.get(self.stack[at - 1]) or self.chance.pick(
                (b"e", b"u", b"\x90")
            )
            if code != b"u" or (len(self.stack) - at) % 2 == 0:
                self.out += code
                del self.stack[self.marks.pop() :]

    # ----------------------------------------------------------------------------------------------------------- calls

    def call(self) -> None:
        if self.room(2) and self.stack[-1] == "tuple":
            self.out += self.chance.pick((b"R", b"\x81"))
            self.replace(2, "object")
        elif self.room(3) and self.stack[-1] == "dict" and self.stack[-2] == "tuple":
            self.out += b"\x92"
            self.replace(3, "object")
        elif self.room(1) and self.stack[-1] == "global":
            self.out += b")" + self.chance.pick((b"R", b"\x81"))
            self.replace(1, "object")

    def call_marked(self) -> None:
        if not self.marks:
            return
        at = self.marks[-1]
        if len(self.stack) > at and self.stack[at] == "global":
            self.out += b"o"
        else:
            module, name = (part.encode() for part in self.chance.pick(GLOBALS))
            self.out += b"i" + module + b"\n" + name + b"\n"
        del self.stack[self.marks.pop() :]
        self.stack.append("object")

    def build(self) -> None:
        if self.room(2):
            self.out += b"b"
            self.stack.pop()

    def junk(self) -> None:
        """Write any byte."""
        self.out.append(self.chance.byte())

    def end(self) -> None:
        """Leave one value and stop."""
        while self.marks:
            self.marked()
        if not self.stack:
            self.out += b"N"
        self.out += b"\x86" * (len(self.stack) - 1) + b"."


_STEPS: tuple[Callable[[_Writer], None], ...] = (
    *(
        _Writer.literal,
        _Writer.literal,
        _Writer.text,
        _Writer.text,
        _Writer.named,
        _Writer.named,
        _Writer.empty,
        _Writer.empty,
    ),
    *(
        _Writer.mark,
        _Writer.mark,
        _Writer.remember,
        _Writer.recall,
        _Writer.recall,
        _Writer.tuple_of_few,
        _Writer.marked,
    ),
    *(_Writer.fill, _Writer.fill, _Writer.fill, _Writer.call, _Writer.call, _Writer.call_marked, _Writer.build),
    *(_Writer.build, _Writer.duplicate, _Writer.discard, _Writer.discard_marked, _Writer.persistent),
)


def generate(entropy: bytes) -> bytes:
    """Make a pickle of opcodes that mostly fit each other."""
    chance = _Chance(entropy)
    writer = _Writer(chance)
    protocol = chance.byte()
    if protocol % 8 < 6:
        writer.out += bytes((0x80, protocol % 8))
    has_junk = chance.byte() % 8 == 0
    while not chance.is_over:
        step = chance.byte()
        if step == 255 and has_junk:
            writer.junk()
        else:
            _STEPS[step % len(_STEPS)](writer)
    writer.end()
    return bytes(writer.out)


def mutate(data: bytes, entropy: bytes) -> bytes:
    """Change a few places of a pickle: bytes, numbers, pieces, opcodes."""
    chance = _Chance(entropy)
    out = bytearray(data)
    while out:
        at = (chance.byte() << 8 | chance.byte()) % len(out)
        change = _MUTATIONS[chance.byte() % len(_MUTATIONS)]
        if chance.is_over:
            break
        change(out, at, chance)
    return bytes(out)


def _flip(out: bytearray, at: int, chance: _Chance) -> None:
    out[at] ^= 1 << chance.byte() % 8


def _set(out: bytearray, at: int, chance: _Chance) -> None:
    out[at] = chance.byte()


def _put_number(out: bytearray, at: int, chance: _Chance) -> None:
    out[at : at + 8] = struct.pack("<Q", chance.pick(_NUMBERS))[: chance.pick((1, 2, 4, 8))]


def _cut(out: bytearray, at: int, chance: _Chance) -> None:
    del out[at : at + chance.byte() % 20]


def _end(out: bytearray, at: int, chance: _Chance) -> None:
    del out[at:]
    out += b"." * (chance.byte() % 2)


def _repeat(out: bytearray, at: int, chance: _Chance) -> None:
    out[at:at] = out[at : at + chance.byte() % 20] * (1 + chance.byte() % 3)


def _splice(out: bytearray, at: int, chance: _Chance) -> None:
    other = chance.pick(HONEST)
    start = chance.byte() % len(other)
    out[at:at] = other[start : start + chance.byte() % 40]


def _put_opcodes(out: bytearray, at: int, chance: _Chance) -> None:
    out[at:at] = generate(bytes(chance.byte() for _ in range(1 + chance.byte() % 12)))[:-1]


_MUTATIONS = (_flip, _set, _set, _put_number, _cut, _end, _repeat, _splice, _put_opcodes)
