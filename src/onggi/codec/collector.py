"""Pause the cyclic garbage collector while many objects are made at once.

Each new container counts towards the next collection, and none of them is garbage yet: on Python 3.11 more than half
of the time of `pickle.loads` goes into such collections.
"""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["paused"]

_MANY: Final = 10_000


class _Pause:
    """Counts who wants the pause; the last to leave restores what the first found. For all threads of the process."""

    __slots__ = ("_count", "_lock", "_was_enabled")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._was_enabled = False

    def __enter__(self) -> None:
        with self._lock:
            if self._count == 0:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._count += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._was_enabled:
                _age()
                gc.enable()


def _age() -> None:
    """Move what was just made to the oldest generation, or the next collection would look at all of it at once."""
    # unfreeze would thaw what the program has frozen for itself (gc.freeze before a fork).
    if gc.get_count()[0] >= _MANY and gc.get_freeze_count() == 0:
        gc.freeze()
        gc.unfreeze()


paused = _Pause()
