"""Honest objects, one case each kind: what people really pickle, and must get back equal as strangers' data.

Every module here has `cases() -> list[Case]`; the round-trip tests and the benchmarks go through all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Case", "same_attributes", "same_items", "same_type_and_equal"]


@dataclass(frozen=True, slots=True)
class Case:
    """One object.

    Attributes:
        name: Unique in its module; for test ids.
        make: Makes the object.
        same: Says whether what came back (second) is the same as what went in (first).
    """

    name: str
    make: Callable[[], Any]
    same: Callable[[Any, Any], bool]


def same_type_and_equal(before: Any, after: Any) -> bool:
    """Compare by type and `==`, and their text too, for what `==` overlooks (`1` and `True`, `0.0` and `-0.0`)."""
    return type(before) is type(after) and bool(before == after) and repr(before) == repr(after)


def same_attributes(before: Any, after: Any) -> bool:
    """Compare objects that have no `==` of their own by all that they hold, recursively."""
    if type(before) is not type(after):
        return False
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(same_attributes, before, after))
    if isinstance(before, dict):
        return list(before) == list(after) and all(same_attributes(before[key], after[key]) for key in before)
    names = [name for cls in type(before).__mro__ for name in getattr(cls, "__slots__", ())]
    names = [name for name in names if hasattr(before, name)] + list(getattr(before, "__dict__", ()))
    if not names:
        return same_type_and_equal(before, after) or type(before).__eq__ is object.__eq__
    return all(
        hasattr(after, name) and same_attributes(getattr(before, name), getattr(after, name))
        for name in names
        if name not in ("__dict__", "__weakref__")
    )


def same_items(before: Any, after: Any) -> bool:
    """Compare iterators by what they still give."""
    return type(before) is type(after) and list(before) == list(after)
