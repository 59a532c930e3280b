"""verify: check every digest of a file without building anything."""

from __future__ import annotations

import os
from typing import Any

from onggi.api.loading import named, read_file
from onggi.errors import DecodeError
from onggi.format.split import split
from onggi.proof import DEFAULT_LIMITS, Limits, read
from onggi.trust.sealing import SealState, check_buffers, check_seal, usable_key
from onggi.types import Value

__all__ = ["Verified", "verify"]


class Verified(Value):
    """What was verified of one pickle.

    Attributes:
        state: Who sealed it.
        start, stop: Where it lies in the (decompressed) file.
        buffer_count: Buffers whose digests were checked.
        label: What it says of itself.
    """

    state: SealState
    start: int
    stop: int
    buffer_count: int
    label: dict[str, Any] | None


def verify(file: str | os.PathLike[str], *, limits: Limits = DEFAULT_LIMITS) -> list[Verified]:
    """Check every digest and the seal of each pickle in a file; nothing is imported or built.

    Args:
        file: A path.
        limits: How much the file may ask for.

    Returns:
        One entry for each pickle. A pickle that onggi did not write has no digests: `SealState.NONE`.

    Raises:
        NotAPickleError: It is another kind of file; the message says which.
        IntegrityError, TruncatedError, MalformedError: It is damaged.
        OSError: The file can't be read.
    """
    name = os.fspath(file)
    view, _ = read_file(name, limits, "c", progress=None)
    found: list[Verified] = []
    start = 0
    try:
        while start < len(view) or not found:
            cut = split(view, start)
            state = check_seal(cut, usable_key())
            check_buffers(cut.payloads)
            stop = cut.stop if cut.stop is not None else start + read(cut.opcodes).stop
            rows = sum(payload.row is not None for payload in cut.payloads)
            found.append(Verified(state, start, stop, rows, cut.label))
            start = stop
    except DecodeError as error:
        error.source = error.source or name
        better = named(error, view, name) if not found else error
        raise better from error.__cause__ if better is error else None
    return found
