"""Guard of xarray: labelled arrays in objects with slots; what would be called when they are closed stays out."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.exact import demand, screen, split_state
from onggi.proof.rules import Unsafe

__all__ = ["object_state"]

_ARRAYS: Final = ("numpy", "pandas", "xarray")
_PLAIN: Final = (type(None), str, int, float, bool, tuple, dict, set, frozenset, list)


def object_state(target: Any, state: object) -> None:
    """Fill an object, once, with labelled arrays (STATE)."""
    owner = type(target).__name__
    attributes, slots = split_state(state, owner)
    given = {**attributes, **slots}
    screen(given, owner)
    demand(len(given) == len(attributes) + len(slots) > 0, f"the state of {owner} has a field twice, or none")
    known = {name for cls in type(target).__mro__ for name in getattr(cls, "__slots__", ())}
    if not known:
        known = {"index", "dim", "coord_dtype", "level_coords_dtype"}
    demand(known.issuperset(given), f"{owner} has other attributes")
    demand(not any(name in known and _is_set(target, name) for name in given), f"{owner} gets its state twice")
    demand(given.get("_close") is None, f"{owner} would call something when it is closed")
    for name, value in given.items():
        _check(value, f"{name} of {owner}")
        object.__setattr__(target, name, value)


def _is_set(target: Any, name: str) -> bool:
    try:
        object.__getattribute__(target, name)
    except AttributeError:
        return False
    return True


def _check(value: Any, what: str) -> None:
    kind = type(value)
    if kind in _PLAIN or kind.__module__.partition(".")[0] in _ARRAYS:
        return
    raise Unsafe(f"{what} must not be a {kind.__name__}")
