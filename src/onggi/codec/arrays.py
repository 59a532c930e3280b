"""Load `.npy` files and `.npz` archives of numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onggi.codec.decode import decode
from onggi.errors import BuildError, MalformedError, MissingModuleError, RefusedError, TruncatedError
from onggi.files.archive import Budget, Member, zip_members
from onggi.format.npy import NPY_MAGIC, NpyHeader, read_npy_header
from onggi.proof.rules import Unsafe
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from onggi.codec.options import Options

__all__ = ["load_npz", "read_npy"]


def read_npy(view: memoryview, options: Options) -> Any:
    """Load the array of a `.npy` file.

    Args:
        view: The file. A large array is a view of it.
        options: How to decode a pickle of objects.

    Raises:
        DecodeError: One of its kinds.
    """
    _require_numpy()
    header = read_npy_header(view)
    if header.has_objects:
        return _objects(view, header, options)
    from onggi.proof.guards.joblib import raw_array
    from onggi.proof.guards.numpy_dtypes import from_descr

    size = header.data_bytes
    if size > len(view) - header.data_start:
        raise TruncatedError(
            f"the array of the .npy file needs {size:,} bytes, and {len(view) - header.data_start:,} are left",
            hint="copy or download it again",
        )
    raw: Any = view[header.data_start : header.data_start + size]
    if raw.readonly and not options.keeps_readonly:
        raw = bytearray(raw)
    try:
        return raw_array(raw, from_descr(header.descr), header.shape, "F" if header.is_fortran else "C")
    except Unsafe as error:
        raise RefusedError(f"the .npy file: {error}. The load was stopped", source=options.source) from None


def _objects(view: memoryview, header: NpyHeader, options: Options) -> Any:
    import numpy as np

    array = decode(view, replace(options, expect=None, trust_own=False, is_mapped=False), start=header.data_start)[0]
    if type(array) is not np.ndarray:
        raise MalformedError(f"the .npy file holds a pickled {type(array).__qualname__} in place of an array")
    try:
        return array.reshape(header.shape)
    except ValueError as error:
        raise BuildError(f"the .npy file holds another array than its header says: {error}") from None


def load_npz(view: memoryview, options: Options) -> dict[str, Any]:
    """Load the arrays of a `.npz` archive, by name.

    Args:
        view: The archive.
        options: How to decode pickles of objects.

    Raises:
        DecodeError: One of its kinds.
    """
    members = sound_members(zip_members(view, Budget(options.limits, len(view))))
    found = {}
    for name, member in members.items():
        if bytes(member.view[:6]) != NPY_MAGIC:
            raise MalformedError(f"{name!a} in the archive is no array")
        found[name.removesuffix(".npy")] = read_npy(member.view, options)
    return found


def sound_members(
    members: Iterable[Member], *, checks: Callable[[Member], bool] = lambda member: True
) -> dict[str, Member]:
    """Collect the members of an archive whose content is whole and not ambiguous.

    Args:
        members: All members.
        checks: Says of which the checksum is compared: that reads all of it.

    Raises:
        DecodeError: A member can't be read, or there are two of one name.
    """
    found: dict[str, Member] = {}
    for member in members:
        if member.error is not None:
            raise member.error
        if checks(member):
            member.check()
        if member.problem:
            raise MalformedError(f"{member.name!a} in the archive: {member.problem}")
        if member.name in found:
            raise MalformedError(f"the archive has two members {member.name!a}: readers differ in which they take")
        found[member.name] = member
    return found


def _require_numpy() -> None:
    try:
        import numpy as np  # noqa: F401
    except ImportError:
        raise MissingModuleError(
            "this is a file of numpy, and numpy is not installed", module="numpy", hint="pip install numpy"
        ) from None
