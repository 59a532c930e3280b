"""What the guards of one load may cost together.

A pickle can keep one large list, or one regular expression, and call a constructor with it a thousand times at five
bytes each. No single call is too much, and the proof does not see the sizes. So guards charge what they cost, in
nanoseconds or bytes, whichever is more; one load may spend what honest pickles of its size never reach.

`codec.decode` builds inside of `one_load`. A guard that is called outside of one has no bound but its own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from onggi.proof.guards.shapes import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["charge", "one_load", "start"]

_FLOOR: Final = 4_000_000_000
_FOR_EACH_BYTE: Final = 200

_THREAD: Final = threading.local()


@contextmanager
def one_load(size_bytes: int) -> Iterator[None]:
    """Count the costs of what is built inside as those of one load.

    Args:
        size_bytes: Size of the pickle, its buffers included.
    """
    previous = getattr(_THREAD, "left", None)
    _THREAD.left = _FLOOR + _FOR_EACH_BYTE * size_bytes
    try:
        yield
    finally:
        _THREAD.left = previous


def start() -> None:
    """Begin a load of unknown size in this thread: nothing is bounded."""
    _THREAD.left = None


def charge(cost: int) -> None:
    """Count what a guard is about to cost.

    Args:
        cost: A rough number of nanoseconds or of allocated bytes.

    Raises:
        Unsafe: The load has spent all that a pickle of its size may.
    """
    left = getattr(_THREAD, "left", None)
    if left is None:
        return
    if cost > left:
        refuse("the pickle has large objects made again and again, far more than its size explains")
    _THREAD.left = left - cost
