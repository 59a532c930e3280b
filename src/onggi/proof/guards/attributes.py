"""Slot states: attributes that a pickle sets one by one, which runs the code of properties and of `__setattr__`.

What the copyreg module writes as slot state are the names of `__slots__`. Setting any other attribute that its class
computes, a property above all, would be a call of the class's code that no honest pickle makes.
"""

from __future__ import annotations

from types import BuiltinFunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.rules import Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_stored", "require_stored"]

_OF_EVERY_OBJECT: Final = ("__class__", "__dict__", "__weakref__")


def is_stored(cls: type) -> bool:
    """Say whether setting whatever attribute of whatever a call of `cls` makes runs no code."""
    if _has_own_setter(cls) or not isinstance(cls.__new__, BuiltinFunctionType):
        return False
    return not any(_runs(name, found) for owner in cls.__mro__ for name, found in vars(owner).items())


def _has_own_setter(cls: Any) -> bool:
    return cls.__setattr__ is not object.__setattr__


def _runs(name: str, found: Any) -> bool:
    """Say whether setting the attribute runs code, where `found` stands for it in the class."""
    if type(found) is property:
        return found.fset is not None
    if type(found) is MemberDescriptorType or (type(found) is GetSetDescriptorType and name in _OF_EVERY_OBJECT):
        return False
    return hasattr(type(found), "__set__")


def require_stored(obj: Any, names: Iterable[Any]) -> None:
    """Refuse attributes that are not simply stored in the object, in a slot or in its dict.

    Raises:
        Unsafe: Setting one would run code of the class.
    """
    cls = type(obj)
    for name in names:
        if type(name) is not str:
            raise Unsafe(f"the state of a {cls.__qualname__} has an attribute that is no name: {name!r:.60}")
        owner = next((owner for owner in cls.__mro__ if name in vars(owner)), None)
        found = vars(owner)[name] if owner is not None else None
        if _runs(name, found):
            raise Unsafe(f"the state sets {name!r:.60} of a {cls.__qualname__}, which is no slot: it would run code")
        if type(found) is not MemberDescriptorType and _has_own_setter(cls):
            raise Unsafe(f"the state sets {name!r:.60} of a {cls.__qualname__}, which has no such slot")
