"""The files of `torch.save` from before version 1.6: pickles one after the other, then the raw numbers.

    a pickle of 0x1950A86A20F9469CFC6C · of the version 1001 · of a dict about the machine · of the object, in which
    each storage is a persistent id · of the list of the keys of the storages
    for each key:  <number of elements: u64>  <the elements>

(`torch/serialization.py`, `_legacy_save`.) Newer files are zip archives: `files.archive` reads these. The old form
lives on inside of ordinary pickles: `Storage.__reduce__` writes it with nothing but that one storage as the object.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from onggi.errors import MalformedError, TruncatedError
from onggi.format import codes
from onggi.format.opcodes import ARGUMENTS, Argument
from onggi.format.scan import scan

__all__ = [
    "LEGACY_MAGIC",
    "LEGACY_PICKLES",
    "LegacyParts",
    "LegacyStorage",
    "legacy_parts",
    "raw_storages",
    "read_legacy_storage",
]

LEGACY_MAGIC: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The first pickle, as protocol 2 writes it."""

LEGACY_PICKLES: Final = 5
"""How many pickles there are."""

_VERSION: Final = b"\x80\x02M\xe9\x03."
_NO_BIG_PAYLOAD: Final = 1 << 62
_MAX_BYTES: Final = 4_096
_MAX_ITEM_BYTES: Final = 16


class LegacyParts(NamedTuple):
    """Where the parts of a legacy file stand.

    Attributes:
        about_start: Start of the pickle about the machine.
        object_start: Start of the pickle of the object.
        keys_start: Start of the pickle of the keys of the storages.
        raw_start: Start of the raw storages.
    """

    about_start: int
    object_start: int
    keys_start: int
    raw_start: int


class LegacyStorage(NamedTuple):
    """The one storage that `Storage.__reduce__` has written.

    Attributes:
        class_name: Module and name of the class of storages.
        length: The number of elements.
        content: The elements.
    """

    class_name: tuple[str, str]
    length: int
    content: memoryview


def legacy_parts(view: memoryview, start: int = 0) -> LegacyParts:
    """Find the parts of a legacy file.

    Args:
        view: The bytes.
        start: Where the file starts.

    Raises:
        MalformedError, TruncatedError: It is none, or it ends too early.
    """
    about = start + len(LEGACY_MAGIC) + len(_VERSION)
    if bytes(view[start:about]) != LEGACY_MAGIC + _VERSION:
        raise MalformedError("this is no file of PyTorch before 1.6, or one of an unknown version", offset=start)
    obj = scan(view, about, _NO_BIG_PAYLOAD)[0]
    keys = scan(view, obj, _NO_BIG_PAYLOAD)[0]
    return LegacyParts(about, obj, keys, scan(view, keys, _NO_BIG_PAYLOAD)[0])


def raw_storages(view: memoryview, start: int, item_bytes: list[int]) -> list[memoryview]:
    """Cut the raw storages, one after the other.

    Args:
        view: The bytes.
        start: Where the first one starts.
        item_bytes: The size of an element of each.

    Raises:
        TruncatedError: The end is missing.
    """
    found = []
    for size in item_bytes:
        stop = start + 8 + int.from_bytes(view[start : start + 8], "little") * size
        if start + 8 > len(view) or stop > len(view):
            raise TruncatedError(
                "the numbers of the PyTorch file are not all there", offset=start, hint="copy or download it again"
            )
        found.append(view[start + 8 : stop])
        start = stop
    return found


def read_legacy_storage(view: memoryview) -> LegacyStorage:
    """Read what `Storage.__reduce__` has written, without unpickling it.

    Args:
        view: All the bytes.

    Raises:
        MalformedError, TruncatedError: It is something else.
    """
    parts = legacy_parts(view)
    if parts.raw_start > _MAX_BYTES:
        raise MalformedError("its pickles are longer than those of one storage")
    saved = _plain(bytes(view[parts.object_start : parts.keys_start]))
    keys = _plain(bytes(view[parts.keys_start : parts.raw_start]))
    if type(saved) is not _PersistentId or type(saved.value) is not tuple or len(saved.value) not in (5, 6):
        raise MalformedError("its object is no storage")
    kind, cls, key, _, count = saved.value[:5]
    if kind != "storage" or type(cls) is not _Global or type(count) is not int or keys != [key]:
        raise MalformedError("its object is no storage")
    if len(saved.value) == 6 and saved.value[5] is not None:
        raise MalformedError("its storage is a view of another one")
    stored = int.from_bytes(view[parts.raw_start : parts.raw_start + 8], "little")
    content = view[parts.raw_start + 8 :]
    if stored != count or len(content) < count:
        raise MalformedError("the number of elements of its storage is not what it says")
    return LegacyStorage((cls.module, cls.name), count, content)


class _Global(NamedTuple):
    module: str
    name: str


class _PersistentId(NamedTuple):
    value: Any


def _plain(data: bytes) -> Any:
    """Read a pickle of strings, numbers, tuples, lists, globals and one persistent id; nothing is imported or built."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    position = 2
    try:
        while (op := data[position]) != codes.STOP:
            end = _end_of(data, position)
            argument = data[position + 1 : end]
            if op == codes.MARK:
                marks.append(len(stack))
            elif op in (codes.BINPUT, codes.LONG_BINPUT):
                memo[int.from_bytes(argument, "little")] = stack[-1]
            elif op == codes.BINPERSID:
                stack.append(_PersistentId(stack.pop()))
            elif op == codes.APPEND:
                item = stack.pop()
                stack[-1].append(item)
            elif op in (codes.TUPLE, codes.APPENDS):
                mark = marks.pop()
                items = stack[mark:]
                del stack[mark:]
                if op == codes.TUPLE:
                    stack.append(tuple(items))
                else:
                    stack[-1].extend(items)
            else:
                stack.append(_value(op, argument, memo))
            position = end
        return stack.pop()
    except (IndexError, KeyError, AttributeError, UnicodeDecodeError, ValueError):
        raise MalformedError("its pickles are not those of a storage") from None


def _value(op: int, argument: bytes, memo: dict[int, Any]) -> Any:
    if op in (codes.BININT, codes.BININT1, codes.BININT2):
        return int.from_bytes(argument, "little", signed=op == codes.BININT)
    if op == codes.LONG1:
        return int.from_bytes(argument[1:], "little", signed=True)
    if op == codes.BINUNICODE:
        return argument[4:].decode()
    if op == codes.SHORT_BINSTRING:
        return argument[1:].decode("ascii")
    if op == codes.GLOBAL:
        module, name, _ = argument.decode("ascii").split("\n")
        return _Global(module, name)
    if op in (codes.BINGET, codes.LONG_BINGET):
        return memo[int.from_bytes(argument, "little")]
    if op == codes.NONE:
        return None
    if op == codes.EMPTY_LIST:
        return []
    raise ValueError


_WIDTHS: Final = {Argument.U1: 1, Argument.U2: 2, Argument.U4: 4, Argument.I4: 4}
_LENGTHS: Final = {Argument.BYTES1: 1, Argument.BYTES4: 4}


def _end_of(data: bytes, position: int) -> int:
    """Return where the opcode ends that stands here."""
    kind = Argument(ARGUMENTS[data[position]])
    after = position + 1
    if kind is Argument.NONE:
        return after
    if kind in _WIDTHS:
        return after + _WIDTHS[kind]
    if kind in _LENGTHS:
        width = _LENGTHS[kind]
        return after + width + int.from_bytes(data[after : after + width], "little")
    if kind is Argument.LINES:
        return data.index(b"\n", data.index(b"\n", after) + 1) + 1
    raise ValueError
