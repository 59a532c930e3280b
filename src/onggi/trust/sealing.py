"""Make the seal of a pickle, and check it."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final

from onggi.errors import IntegrityError, SecretKeyError
from onggi.format.seal import BufferRow, Seal, mac_input, pack_seal, sealed_length, with_signatures
from onggi.trust.digest import digest, same
from onggi.trust.keys import own_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from onggi.format.layout import Layout, Piece
    from onggi.format.split import Payload, Split
    from onggi.trust.keys import SecretKey
    from onggi.trust.signatures import Purpose

__all__ = ["SealState", "check_buffers", "check_seal", "sealed", "usable_key"]

_CONTEXT: Final = b"onggi seal 1"
_AGAIN: Final = "copy or download it again, or take a backup"
_THREAD_FROM_BYTES: Final = 4 * 2**20
_RUN_BYTES: Final = 16 * 2**20


class SealState(Enum):
    """What the seal of a pickle says about who wrote it."""

    NONE = "none"
    DIGEST_ONLY = "digests only"
    OTHER_KEY = "another key"
    SIGNER = "trusted signer"
    OWN_KEY = "own key"


def usable_key(*, create: bool = False) -> SecretKey | None:
    """Get the own key; where it can't be trusted, warn and do without: data must not be lost for it.

    Args:
        create: Whether to make it if there is none.
    """
    try:
        return own_key(create)
    except SecretKeyError as error:
        _warn_once(f"your own key is not used, so onggi makes no seals and takes yours for a stranger's: {error}")
        return None


_warned: Final[set[str]] = set()


def _warn_once(text: str) -> None:
    """Warn once in a process, at the line of the user's that called onggi."""
    if text in _warned:
        return
    _warned.add(text)
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("onggi."):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, RuntimeWarning, stacklevel=level)


def sealed(layout: Layout, key: SecretKey | None, purpose: Purpose | None = None) -> Iterator[Piece]:
    """Yield the pieces of a pickle and, in place of its STOP, the seal.

    Large buffers are digested by a thread of their own while the caller writes them: neither needs the interpreter.

    Args:
        layout: The pickle; its last piece ends in STOP.
        key: The key for the MAC, or None for digests only.
        purpose: What to sign besides, or None.
    """
    pieces = [*layout.pieces[:-1], layout.pieces[-1][:-1]]
    places = [(pieces[index], offset, is_readonly) for index, offset, is_readonly in layout.places]
    in_places = {index for index, _, _ in layout.places}
    with _digesting([buffer for buffer, _, _ in places]) as digests:
        yield from pieces
        opcodes_digest = digest(*(piece for index, piece in enumerate(pieces) if index not in in_places))
        buffers = tuple(
            BufferRow(offset, len(buffer), is_readonly, made)
            for (buffer, offset, is_readonly), made in zip(places, digests(), strict=True)
        )
    length = sealed_length(layout.length - 1, len(buffers), has_mac=key is not None)
    mac = (key.key_id, key.mac(_CONTEXT, mac_input(length, opcodes_digest, buffers))) if key else (b"", b"")
    seal = Seal(layout.length - 1, length, opcodes_digest, buffers, *mac)
    yield pack_seal(_signed(seal, purpose) if purpose else seal)


def _signed(seal: Seal, purpose: Purpose) -> Seal:
    # Imported when used: most files are not signed.
    from onggi.trust.signatures import add_signature

    return with_signatures(seal, add_signature(seal, purpose))


@contextmanager
def _digesting(buffers: Sequence[Piece]) -> Iterator[Callable[[], list[bytes]]]:
    """Give what returns the digests of the buffers, which a thread is making if they are large together."""
    if sum(map(len, buffers)) < _THREAD_FROM_BYTES:
        yield partial(_digests, buffers)
        return
    # Imported when needed: it brings logging along.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1, thread_name_prefix="onggi-digest") as pool:
        jobs = [pool.submit(_digests, run) for run in _runs(buffers)]
        try:
            yield lambda: [made for job in jobs for made in job.result()]
        finally:
            # Where the write failed, nobody waits for them.
            pool.shutdown(wait=False, cancel_futures=True)


def _digests(buffers: Sequence[Piece]) -> list[bytes]:
    return [digest(buffer) for buffer in buffers]


def _runs(buffers: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """Yield small buffers together: to hand over one by one would take longer than their digests."""
    start = size = 0
    for end, buffer in enumerate(buffers, 1):
        size += len(buffer)
        if size >= _RUN_BYTES or end == len(buffers):
            yield buffers[start:end]
            start, size = end, 0


def check_seal(cut: Split, key: SecretKey | None) -> SealState:
    """Check the digest of the opcodes, and by the MAC whose key made the seal.

    Args:
        cut: The pickle.
        key: The reader's own key, if there is one.

    Raises:
        IntegrityError: The opcodes are not those that were sealed, or a MAC by the own key is wrong.
    """
    seal = cut.seal
    if seal is None:
        return SealState.NONE
    if not same(digest(*cut.digested), seal.opcodes_digest):
        raise IntegrityError("the digest of the opcodes is wrong: the file is damaged or was changed", hint=_AGAIN)
    if not seal.tag:
        return SealState.DIGEST_ONLY
    if key is None or not same(key.key_id, seal.key_id):
        return SealState.OTHER_KEY
    if not same(key.mac(_CONTEXT, mac_input(seal.unsigned_length, seal.opcodes_digest, seal.buffers)), seal.tag):
        raise IntegrityError("the seal was forged: it names your key, but your key did not make it")
    return SealState.OWN_KEY


def check_buffers(payloads: Sequence[Payload]) -> None:
    """Check the digests of the buffers.

    Raises:
        IntegrityError: One is not what was sealed.
    """
    for number, payload in enumerate(payloads):
        row, view = payload.row, payload.view
        if row is not None and view is not None and not same(digest(view), row.digest):
            raise IntegrityError(
                f"the digest of buffer {number} ({row.length:,} bytes) is wrong: the file is damaged or was changed",
                offset=row.offset,
                hint=_AGAIN,
            )
