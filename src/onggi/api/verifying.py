"""verify: check every digest of a file without building anything."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from onggi.api.loading import named, read_file
from onggi.errors import DecodeError, IntegrityError
from onggi.format.split import split
from onggi.proof import DEFAULT_LIMITS, Limits, read
from onggi.trust.sealing import SealState, check_buffers, check_seal, usable_key
from onggi.types import Value

if TYPE_CHECKING:
    from onggi.format.split import Split
    from onggi.trust.signatures import Signature

__all__ = ["Verified", "verify"]

_ZIP: Final = b"PK\x03\x04"


class Verified(Value):
    """What was verified of one pickle.

    Attributes:
        state: Who vouches for it.
        start, stop: Where it lies in the (decompressed) file.
        buffer_count: Buffers whose digests were checked.
        label: What it says of itself.
        checksum_count: Members of a zip archive whose checksums were compared.
        signatures: Who has signed it, and what each signature is worth to you for a file at this path.
    """

    state: SealState
    start: int
    stop: int
    buffer_count: int
    label: dict[str, Any] | None
    signatures: tuple[Signature, ...] = ()
    checksum_count: int = 0


def verify(file: str | os.PathLike[str], *, limits: Limits = DEFAULT_LIMITS) -> list[Verified]:
    """Check every digest, the seal and the signatures of each pickle in a file; nothing is imported or built.

    Args:
        file: A path.
        limits: How much the file may ask for.

    Returns:
        One entry for each pickle. A pickle that onggi did not write has no digests: `SealState.NONE`. A zip archive,
        and with it a file of PyTorch or `.npz`, is one entry, for the checksums of its members.

    Raises:
        NotAPickleError: It is another kind of file; the message says which.
        IntegrityError, TruncatedError, MalformedError: It is damaged, or a signature is wrong.
        SignatureError: The list of whom you trust is damaged.
        OSError: The file can't be read.
    """
    name = os.fspath(file)
    view, _ = read_file(name, limits, "c", progress=None)
    if bytes(view[:4]) == _ZIP:
        return [_verified_zip(view, name, limits)]
    found: list[Verified] = []
    start = 0
    try:
        while start < len(view) or not found:
            cut = split(view, start)
            state = check_seal(cut, usable_key())
            check_buffers(cut.payloads)
            stop = cut.stop if cut.stop is not None else start + read(cut.opcodes).stop
            rows = sum(payload.row is not None for payload in cut.payloads)
            # A signature is for a file with one pickle.
            signatures = _signatures(cut, name if not start and stop == len(view) else None)
            found.append(Verified(_joined(state, signatures), start, stop, rows, cut.label, signatures))
            start = stop
    except DecodeError as error:
        error.source = error.source or name
        better = named(error, view, name, opens_containers=False) if not found else error
        raise better from error.__cause__ if better is error else None
    return found


def _verified_zip(view: memoryview, name: str, limits: Limits) -> Verified:
    """Compare the checksums of all members; damage only, for anybody can make a checksum."""
    # Imported when used: most files are pickles.
    from onggi.files.archive import Budget, zip_members

    count = 0
    for member in zip_members(view, Budget(limits, len(view))):
        member.check()
        if member.error is not None:
            member.error.source = member.error.source or name
            raise member.error
        if member.problem:
            hint = "copy or download it again, or take a backup"
            raise IntegrityError(f"the member {member.name!a}: {member.problem}", source=name, hint=hint)
        count += 1
    return Verified(SealState.NONE, 0, len(view), 0, None, (), count)


def _signatures(cut: Split, path: str | None) -> tuple[Signature, ...]:
    if cut.seal is None or not cut.seal.signatures:
        return ()
    # Imported when used: most files are not signed.
    from onggi.trust.signatures import check_signatures

    return tuple(check_signatures(cut.seal, path))


def _joined(state: SealState, signatures: tuple[Signature, ...]) -> SealState:
    is_trusted = any(one.trust.value == "trusted" for one in signatures)
    return SealState.SIGNER if is_trusted and state is not SealState.OWN_KEY else state
