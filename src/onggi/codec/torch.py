"""Load the files of `torch.save`, zip archives and the legacy form, onto the CPU.

The object is an ordinary pickle in which each storage is a persistent id:
`("storage", class of storages, key, location, number of elements)`. The storages are the members `data/KEY` of the
archive, or stand behind the pickles of a legacy file. Wherever they were when they were saved, they come to the CPU.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from onggi.codec.arrays import sound_members
from onggi.codec.decode import decode, prepare
from onggi.codec.expected import check_expected
from onggi.errors import MalformedError, MissingModuleError, TruncatedError
from onggi.files.archive import Budget, Member, zip_members
from onggi.format.split import split
from onggi.format.torch import legacy_parts, raw_storages
from onggi.proof.rules import Unsafe
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from onggi.codec.options import Options

__all__ = ["is_torch_archive", "load_torch_archive", "load_torch_legacy"]


def is_torch_archive(names: list[str]) -> bool:
    """Say by the names of its members whether a zip archive is one of `torch.save`."""
    return any(name.endswith("/data.pkl") and name.count("/") == 1 for name in names)


def load_torch_archive(view: memoryview, options: Options) -> Any:
    """Load a zip archive of `torch.save`.

    Args:
        view: The archive. Large storages are views of it.
        options: How to decode.

    Raises:
        DecodeError: One of its kinds.
    """
    members = sound_members(zip_members(view, Budget(options.limits, len(view))), checks=_is_checked)
    pickles = [name for name in members if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(pickles) != 1:
        raise MalformedError("the archive must have one data.pkl, and has " + (", ".join(pickles) or "none"))
    folder = pickles[0].removesuffix("data.pkl")
    if f"{folder}constants.pkl" in members or any(name.startswith(f"{folder}code/") for name in members):
        raise MalformedError(
            "this is a TorchScript archive, which holds compiled code",
            hint="if you trust its code: torch.jit.load reads it",
        )
    storages = _Storages(lambda key: _content(members, f"{folder}data/{key}"), _is_swapped(members, folder))
    return _build(members[pickles[0]].view, 0, options, storages.load)


def _is_checked(member: Member) -> bool:
    return member.name.endswith((".pkl", "byteorder"))


def _content(members: dict[str, Member], name: str) -> memoryview:
    member = members.get(name)
    if member is None:
        raise TruncatedError(f"the storage {name!a} is not in the archive", hint="copy or download it again")
    return member.view


def _is_swapped(members: dict[str, Member], folder: str) -> bool:
    member = members.get(f"{folder}byteorder")
    order = bytes(member.view[:8]) if member is not None else b"little"
    if order not in (b"little", b"big"):
        raise MalformedError(f"the byte order of the archive is {order!r}, neither little nor big")
    return order.decode() != sys.byteorder


def load_torch_legacy(view: memoryview, options: Options) -> Any:
    """Load a file of `torch.save` from before version 1.6.

    Args:
        view: The file.
        options: How to decode.

    Raises:
        DecodeError: One of its kinds.
    """
    parts = legacy_parts(view)
    plain = replace(options, expect=None, trust_own=False, is_mapped=False)
    about = decode(view, plain, start=parts.about_start)[0]
    keys = decode(view, plain, start=parts.keys_start)[0]
    if type(keys) is not list or not all(type(key) is str for key in keys) or len(set(keys)) != len(keys):
        raise MalformedError("the keys of the storages of the PyTorch file must be a list of different strings")
    storages = _LegacyStorages(view, parts.raw_start, keys, _was_swapped(about))
    obj = _build(view, parts.object_start, options, storages.load)
    storages.fill()
    return obj


def _was_swapped(about: Any) -> bool:
    is_little = about.get("little_endian", True) if type(about) is dict else True
    return bool(is_little) != (sys.byteorder == "little")


def _build(view: memoryview, start: int, options: Options, load: Callable[[Any], Any]) -> Any:
    options = replace(options, persistent_load=load, keeps_guards=True, trust_own=False, is_mapped=False)
    build = prepare(split(view, start), options)
    _require_torch()
    obj = build(None)
    if options.expect is not None:
        check_expected(obj, options.expect)
    return obj


def _require_torch() -> None:
    try:
        import torch  # noqa: F401
    except ImportError:
        raise MissingModuleError(
            "this is a file of PyTorch, and torch is not installed", module="torch", hint="pip install torch"
        ) from None


def _parsed(saved: Any) -> tuple[Any, str, Any, Any]:
    """Check a persistent id; return class, key, number of elements, and what it is a view of."""
    words = tuple(part.decode("ascii") if type(part) is bytes and part.isascii() else part for part in saved)
    if len(words) not in (5, 6) or words[0] != "storage" or type(words[2]) is not str:
        raise Unsafe("a persistent id of a PyTorch file must name a storage")
    return words[1], words[2], words[4], words[5] if len(words) == 6 else None


class _Storages:
    """The storages of an archive, made when they are asked for.

    Args:
        content: Gives the bytes of a storage by its key.
        is_swapped: Whether the file is in the other byte order.
    """

    def __init__(self, content: Callable[[str], memoryview], is_swapped: bool) -> None:
        self._content = content
        self._is_swapped = is_swapped
        self._made: dict[str, tuple[Any, Any, Any]] = {}

    def load(self, saved: Any) -> Any:
        """Return the storage of a persistent id."""
        from onggi.proof.guards.torch import make_storage

        if type(saved) is not tuple:
            raise Unsafe("a persistent id of a PyTorch file must be a tuple")
        cls, key, count, _ = _parsed(saved)
        if key in self._made:
            known_cls, known_count, storage = self._made[key]
            if known_cls is not cls or known_count != count:
                raise Unsafe(f"the storage {key!a} is named twice, as two different ones")
            return storage
        storage = make_storage(self._content(key), cls, count, is_swapped=self._is_swapped)
        self._made[key] = cls, count, storage
        return storage


class _LegacyStorages:
    """The storages of a legacy file, whose sizes only the object tells: they are filled when it is built.

    Args:
        view: The file.
        raw_start: Where the first storage starts.
        keys: The keys of the storages, in the order of the file.
        is_swapped: Whether the file is in the other byte order.
    """

    def __init__(self, view: memoryview, raw_start: int, keys: list[str], is_swapped: bool) -> None:
        self._view = view
        self._raw_start = raw_start
        self._keys = keys
        self._is_swapped = is_swapped
        self._left = len(view) - raw_start
        self._made: dict[str, tuple[Any, Any, Any]] = {}
        self._views: dict[str, Any] = {}

    def load(self, saved: Any) -> Any:
        """Return the storage of a persistent id, still without its numbers."""
        if type(saved) is not tuple:
            raise Unsafe("a persistent id of a PyTorch file must be a tuple")
        cls, key, count, is_view_of = _parsed(saved)
        storage = self._root(cls, key, count)
        return storage if is_view_of is None else self._part(storage, is_view_of)

    def _root(self, cls: Any, key: str, count: Any) -> Any:
        from onggi.proof.guards.torch import dtype_of_storage, make_storage

        if key in self._made:
            known_cls, known_count, storage = self._made[key]
            if known_cls is not cls or known_count != count:
                raise Unsafe(f"the storage {key!a} is named twice, as two different ones")
            return storage
        item_bytes = dtype_of_storage(cls).itemsize
        if key not in self._keys or type(count) is not int or not 0 <= count * item_bytes <= self._left:
            raise Unsafe(f"the storage {key!a} is not in the file, or not all of it")
        self._left -= count * item_bytes
        storage = make_storage(bytearray(count * item_bytes), cls, count)
        self._made[key] = cls, count, storage
        return storage

    def _part(self, storage: Any, is_view_of: Any) -> Any:
        """Return a part of a storage, as PyTorch before 0.4 saved views."""
        import torch

        if type(is_view_of) is not tuple or len(is_view_of) != 3:
            raise Unsafe("a view of a storage must be a key, an offset and a size")
        key, offset, count = is_view_of
        item_bytes = storage.dtype.itemsize
        length = storage._untyped_storage.nbytes()
        if type(offset) is not int or type(count) is not int or not 0 <= offset * item_bytes <= length:
            raise Unsafe("a view of a storage lies outside of it")
        start, stop = offset * item_bytes, (offset + count) * item_bytes
        if not start <= stop <= length or type(key) is not str:
            raise Unsafe("a view of a storage lies outside of it")
        if key not in self._views:
            part = storage._untyped_storage[start:stop]
            self._views[key] = torch.storage.TypedStorage(wrap_storage=part, dtype=storage.dtype, _internal=True)
        return self._views[key]

    def fill(self) -> None:
        """Read the numbers into the storages."""
        import torch

        made = [self._made.get(key) for key in self._keys]
        if None in made:
            raise MalformedError("the PyTorch file has storages that its object does not use")
        storages = [entry[2] for entry in made if entry is not None]
        sizes = [storage.dtype.itemsize for storage in storages]
        for storage, raw in zip(storages, raw_storages(self._view, self._raw_start, sizes), strict=True):
            untyped = storage._untyped_storage
            if len(raw) != untyped.nbytes():
                raise MalformedError("a storage of the PyTorch file has another size than its object says")
            if len(raw):
                torch.empty(0, dtype=torch.uint8).set_(untyped).copy_(
                    torch.frombuffer(bytearray(raw), dtype=torch.uint8)
                )
            if self._is_swapped:
                untyped.byteswap(storage.dtype)
