"""Objects that must not leave a load before they have got their state.

Compiled classes exist whose empty objects are null pointers that any method follows, and that take a state only once.
Their guards name them here when they are made, and cross them off when they are filled. `codec.decode` calls `start`
before it builds and `check` before it hands the result out.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from onggi.proof.rules import Unsafe

__all__ = ["check", "filled", "made", "start"]

_THREAD: Final = threading.local()


def start() -> None:
    """Begin a load in this thread: nothing is unfinished."""
    _THREAD.waiting = {}


def made(obj: Any, what: str) -> None:
    """Remember an object that has no state yet.

    Args:
        obj: The object; it is kept alive until the load ends, so that its identity stays its own.
        what: What it is, for the message.
    """
    _waiting()[id(obj)] = (obj, what)


def filled(obj: Any) -> None:
    """Forget an object that has got its state."""
    _waiting().pop(id(obj), None)


def check() -> None:
    """Raise `Unsafe` if an object of this load has no state."""
    waiting = _waiting()
    _THREAD.waiting = {}
    for _, what in waiting.values():
        raise Unsafe(f"the pickle makes {what} and never fills it")


def _waiting() -> dict[int, tuple[Any, str]]:
    waiting = getattr(_THREAD, "waiting", None)
    if waiting is None:
        waiting = _THREAD.waiting = {}
    return waiting
