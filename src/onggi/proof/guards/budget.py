"""What all guards of one load may spend together.

A single regular expression is cheap to compile, a million of them in one pickle are not. `codec.decode` calls `start`
before it builds; a guard that is called outside of a load has no bound but its own.
"""

from __future__ import annotations

import threading
from typing import Final

from onggi.proof.guards.shapes import refuse

__all__ = ["spend", "start"]

_THREAD: Final = threading.local()


def start() -> None:
    """Begin a load in this thread: nothing is spent yet."""
    _THREAD.spent = {}


def spend(kind: str, amount: int, limit: int) -> None:
    """Count what a guard is about to cost.

    Args:
        kind: What is counted, in words: `"character sets to compile"`.
        amount: How much more.
        limit: How much one load may spend.

    Raises:
        Unsafe: The load would spend more.
    """
    spent: dict[str, int] | None = getattr(_THREAD, "spent", None)
    if spent is None:
        spent = {}
    spent[kind] = spent.get(kind, 0) + amount
    if spent[kind] > limit:
        refuse(f"the pickle has more than {limit:,} {kind}")
