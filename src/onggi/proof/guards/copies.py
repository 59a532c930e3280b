"""What constructors of containers copy.

An allowed class that is a list, a dict or a text by inheritance copies what it is given, and a pickle can give one
large list from its memo to a million calls. So what is copied counts towards the budget of the load, and what is hashed
on the way too.
"""

from __future__ import annotations

import sys
from collections import deque
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.guards.budget import allocate, charge
from onggi.proof.guards.hashing import charge_hashes
from onggi.proof.rules import Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["charge_copies"]

_TEXTS: Final = (str, bytes, bytearray)
_HASHED: Final = (set, frozenset, dict)
_CONTAINERS: Final = (*_TEXTS, *_HASHED, list, tuple, deque)
_SMALL: Final = 4_096
_WORD: Final = 8
"""Bytes of an item of a list for one of a text; and of a set for one of a list."""
_ITEM_BYTES: Final = 36


def charge_copies(made: Any, args: Iterable[Any]) -> None:
    """Count what a call of `made` copies of its arguments, if it makes a container.

    What other classes do with their arguments is their own code, which the reader trusts.

    Raises:
        Unsafe: The load has made more of such copies than a pickle of its size explains, or an argument is an iterator,
            which may never end.
    """
    if not isinstance(made, type) or not issubclass(made, _CONTAINERS) or _keeps_fields(made):
        return
    for arg in args:
        if type(arg).__module__ in ("builtins", "itertools") and hasattr(type(arg), "__next__"):
            raise Unsafe(f"a {made.__qualname__} is made of an iterator, which may never end")
        if issubclass(made, _HASHED) and isinstance(arg, (list, tuple, dict)):
            charge_hashes(arg)
        size = _size(made, arg)
        if size > _SMALL:
            size *= _factor(made, arg)
            allocate(size)
            charge(size)


def _keeps_fields(made: type) -> bool:
    """Say whether it is a named tuple, which holds its arguments instead of copying what they hold."""
    return issubclass(made, tuple) and isinstance(getattr(made, "_fields", None), tuple)


def _size(made: type, arg: Any) -> int:
    if type(arg) is range:
        return _ITEM_BYTES * len(arg)
    if isinstance(arg, int) and issubclass(made, (bytes, bytearray)):
        # So many zeros.
        return max(int(arg), 0)
    # A `__sizeof__` in Python may do anything.
    return 0 if isinstance(type(arg).__sizeof__, FunctionType) else sys.getsizeof(arg)


def _factor(made: type, arg: Any) -> int:
    if isinstance(arg, _TEXTS):
        return 1 if issubclass(made, _TEXTS) else _WORD
    return _WORD if issubclass(made, _HASHED) and not isinstance(arg, _HASHED) else 1
