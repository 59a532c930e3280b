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

__all__ = ["allocate", "charge", "one_load"]

_FLOOR_NANOSECONDS: Final = 3_000_000_000
_NANOSECONDS_EACH_BYTE: Final = 200
_FLOOR_BYTES: Final = 192 * 2**20
_BYTES_EACH_BYTE: Final = 16

_THREAD: Final = threading.local()


@contextmanager
def one_load(size_bytes: int) -> Iterator[None]:
    """Count the costs of what is built inside as those of one load.

    Args:
        size_bytes: Size of the pickle, its buffers included.
    """
    outer = getattr(_THREAD, "left", None)
    _THREAD.left = [
        _FLOOR_NANOSECONDS + _NANOSECONDS_EACH_BYTE * size_bytes,
        _FLOOR_BYTES + _BYTES_EACH_BYTE * size_bytes,
    ]
    try:
        yield
    finally:
        _THREAD.left = outer


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


def _spend(which: int, amount: int) -> None:
    left: list[int] | None = getattr(_THREAD, "left", None)
    if left is None:
        return
    left[which] -= amount
    if left[which] < 0:
        refuse("the pickle has large objects made again and again, far more than its size explains")
