"""Load one object from a file, whatever carries it: an ordinary pickle, joblib, numpy's or PyTorch's files.

Which it is the content says, never the name. What two readers would read as two different things is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from onggi.codec.decode import decode
from onggi.errors import DecodeError, IntegrityError, LimitError, NotAPickleError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from onggi.codec.options import Options

__all__ = ["Carried", "is_torch_magic", "load_carried", "rescued", "starts_container"]

_NPY: Final = b"\x93NUMPY"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_TORCH_LEGACY: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_TORCH_MAGIC_NUMBER: Final = 0x1950A86A20F9469CFC6C
_WRAPPERS: Final = re.compile(rb"joblib\.numpy_pickle|N(?:umpy|D)ArrayWrapper")

Carried = tuple[Any, int]
"""The object, and the index behind what it was read from."""


def starts_container(head: bytes) -> bool:
    """Say by its first 16 bytes whether a file is a container that `load_carried` opens and that is no pickle."""
    return head.startswith((_NPY, *_ZIP, _TORCH_LEGACY))


def load_carried(
    view: memoryview,
    options: Options,
    *,
    start: int = 0,
    buffers: Iterable[Any] | None = None,
    open_beside: Callable[[str], memoryview] | None = None,
) -> Carried:
    """Load the object that begins at `start`.

    Args:
        view: The bytes, unpacked.
        options: How to decode.
        start: Where it begins.
        buffers: Out-of-band buffers, for an ordinary pickle.
        open_beside: Opens a file beside this one by its name, for files of joblib before 0.10.

    Raises:
        DecodeError: One of its kinds.
    """
    head = bytes(view[start : start + 16])
    if starts_container(head):
        return _from_container(view[start:], head, options), len(view)
    try:
        return decode(view, options, start=start, buffers=buffers)
    except DecodeError as error:
        carried = rescued(error, view, options, start=start, open_beside=open_beside)
        if carried is None:
            raise
        return carried


def rescued(
    error: DecodeError,
    view: memoryview,
    options: Options,
    *,
    start: int = 0,
    open_beside: Callable[[str], memoryview] | None = None,
) -> Carried | None:
    """Load what could not be decoded as an ordinary pickle, if it is something else.

    Args:
        error: Why it could not be decoded.
        view: As for `load_carried`.
        options: As for `load_carried`.
        start: As for `load_carried`.
        open_beside: As for `load_carried`.

    Returns:
        What `load_carried` returns; None if it is nothing else: then the error stands.

    Raises:
        DecodeError: It is something else, and can't be loaded either.
    """
    head = bytes(view[start : start + 16])
    if starts_container(head):
        return _from_container(view[start:], head, options), len(view)
    # Arrays in files of their own are missed only when all else is built.
    is_ordinary = error.__cause__ is not None and not isinstance(error, RefusedError)
    if is_ordinary or isinstance(error, LimitError | IntegrityError | NotAPickleError):
        return None
    if not _WRAPPERS.search(view[start:]):
        return None
    from onggi.codec.joblib import load_joblib

    return load_joblib(view, options, start=start, open_beside=open_beside)


def is_torch_magic(obj: Any) -> bool:
    """Say whether an object is what a legacy file of PyTorch begins with, so that more follows."""
    return type(obj) is int and obj == _TORCH_MAGIC_NUMBER


def _from_container(view: memoryview, head: bytes, options: Options) -> Any:
    if options.signed is not None:
        raise RefusedError(
            "a signed file was asked for, and files of numpy and PyTorch carry no signature",
            hint="ask its writer for a file of onggi.dump(..., sign=...)",
        )
    if head.startswith(_TORCH_LEGACY):
        from onggi.codec.torch import load_torch_legacy

        return load_torch_legacy(view, options)
    if head.startswith(_NPY):
        from onggi.codec.arrays import read_npy
        from onggi.codec.expected import check_expected

        array = read_npy(view, options)
        if options.expect is not None:
            check_expected(array, options.expect)
        return array
    return _from_zip(view, options)


def _from_zip(view: memoryview, options: Options) -> Any:
    from onggi.codec.arrays import load_npz
    from onggi.codec.torch import is_torch_archive, load_torch_archive
    from onggi.files.archive import Budget, zip_members

    names = [member.name for member in zip_members(view, Budget(options.limits, len(view)))]
    if is_torch_archive(names):
        return load_torch_archive(view, options)
    if names and all(name.endswith(".npy") for name in names):
        from onggi.codec.expected import check_expected

        arrays = load_npz(view, options)
        if options.expect is not None:
            check_expected(arrays, options.expect)
        return arrays
    raise _archive_of_others(names)


def _archive_of_others(names: list[str]) -> NotAPickleError:
    shown = ", ".join(ascii(name) for name in names[:3]) + (", …" if len(names) > 3 else "")
    return NotAPickleError(
        f"this is a zip archive of {len(names):,} file{'s' * (len(names) != 1)} ({shown}), not of one object",
        kind="zip",
        hint="`onggi scan FILE` looks into it; to load from it, unpack it first",
    )
