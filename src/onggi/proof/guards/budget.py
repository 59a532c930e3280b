"""What the guards of one load may cost together.

A pickle can keep one large list, or one regular expression, and call a constructor with it a thousand times at five
bytes each. No single call is too much, and the proof does not see the sizes. So guards count what they are about to
cost, time and memory, and one load may spend what honest pickles of its size never reach.

`codec.decode` builds inside of `one_load`. A guard that is called outside of one has no bound but its own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from onggi.proof.guards.shapes import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["allocate", "charge", "collide", "one_load"]

_FLOOR_NANOSECONDS: Final = 3_000_000_000
_NANOSECONDS_EACH_BYTE: Final = 200
_FLOOR_BYTES: Final = 192 * 2**20
_BYTES_EACH_BYTE: Final = 16
_MAX_COLLISIONS: Final = 1_000

_THREAD: Final = threading.local()


@contextmanager
def one_load(size_bytes: int) -> Iterator[None]:
    """Count the costs of what is built inside as those of one load.

    Args:
        size_bytes: Size of the pickle, its buffers included.
    """
    outer, outer_hashes = getattr(_THREAD, "left", None), getattr(_THREAD, "hashes", None)
    _THREAD.left = [
        _FLOOR_NANOSECONDS + _NANOSECONDS_EACH_BYTE * size_bytes,
        _FLOOR_BYTES + _BYTES_EACH_BYTE * size_bytes,
        _MAX_COLLISIONS,
    ]
    _THREAD.hashes = {}
    try:
        yield
    finally:
        _THREAD.left, _THREAD.hashes = outer, outer_hashes


def charge(nanoseconds: int) -> None:
    """Count the time, roughly, that a guard is about to take.

    Raises:
        Unsafe: The load has taken all that a pickle of its size may.
    """
    _spend(0, nanoseconds)


def allocate(size_bytes: int) -> None:
    """Count the memory, roughly, that a guard is about to fill with copies of what exists already.

    Raises:
        Unsafe: The load has filled all that a pickle of its size may.
    """
    _spend(1, size_bytes)


def collide(key_hash: int, key: object) -> None:
    """Count different keys of one hash, which make every look-up in a dict or a cache slower.

    Raises:
        Unsafe: There are more of them than chance explains.
    """
    hashes: dict[int, object] | None = getattr(_THREAD, "hashes", None)
    if hashes is not None and hashes.setdefault(key_hash, key) != key:
        _spend(2, 1)


_TOO_MUCH: Final = "the pickle has large objects made again and again, far more than its size explains"
_REASONS: Final = (
    _TOO_MUCH,
    _TOO_MUCH,
    "many different keys share one hash, so that looking one up would take as long as looking at all of them",
)


def _spend(which: int, amount: int) -> None:
    left: list[int] | None = getattr(_THREAD, "left", None)
    if left is None:
        return
    left[which] -= amount
    if left[which] < 0:
        refuse(_REASONS[which])
