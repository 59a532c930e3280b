"""Objects that must not leave a load before they have got their state.

Compiled classes exist whose empty objects are null pointers that any method follows, and that take a state only once.
Their guards name them here when they are made, and cross them off when they are filled; `codec.decode` builds inside
`one_load`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.rules import Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["filled", "made", "one_load"]

_THREAD: Final = threading.local()


@contextmanager
def one_load() -> Iterator[None]:
    """Watch over one load of this thread.

    Raises:
        Unsafe: At the end, if an object of this load has no state.
    """
    outer = getattr(_THREAD, "waiting", None)
    _THREAD.waiting = {}
    try:
        yield
        _check()
    finally:
        _THREAD.waiting = outer


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


def _check() -> None:
    for _, what in _waiting().values():
        raise Unsafe(f"the pickle makes {what} and never fills it")


def _waiting() -> dict[int, tuple[Any, str]]:
    waiting = getattr(_THREAD, "waiting", None)
    if waiting is None:
        waiting = _THREAD.waiting = {}
    return waiting
