"""What it costs to hash an object of a class that the tables do not know.

A tuple hashes its items each time, and so does what a dataclass makes of its fields: sixty objects that each hold the
next one twice take 2**60 steps. The walker knows how much lies inside of a key, not whether its class hashes it. So the
costs of such keys are added up here before they are hashed, without calling anything of theirs.
"""

from __future__ import annotations

import gc
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final, cast

from onggi.proof.guards.budget import charge

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["charge_hashes", "hash_cost"]

_NANOSECONDS: Final = 50
"""Of one object of a key that is hashed."""
_LOOK_NANOSECONDS: Final = 300
"""Of one object that is looked at here."""
_LEAVES: Final = (str, bytes, int, float, complex, type(None), type, ModuleType, FunctionType, BuiltinFunctionType)
_PLAIN: Final = frozenset((str, bytes, int, float, complex, bool, type(None)))
_MISSING: Final = object()
_COMPUTING: Final = frozenset(
    ("__class__", "bool", "frozenset", "hash", "id", "int", "len", "sorted", "super", "tuple", "type")
)
"""Names in the code of a `__hash__` that by themselves visit nothing but what the other names give."""


def charge_hashes(keys: Iterable[Any]) -> None:
    """Count the time that hashing the keys takes, where it is not bounded by their size in the pickle.

    Raises:
        Unsafe: The load has taken all the time that a pickle of its size may.
    """
    total = sum(hash_cost(key) for key in keys if not _is_cheap(key))
    if total:
        charge(_NANOSECONDS * total)


def hash_cost(key: Any) -> int:
    """Count the objects that hashing `key` visits, shared ones each time.

    Looking takes time in proportion to the different objects, and that time is charged, too.
    """
    costs: dict[int, int] = {}
    entered: dict[int, list[Any]] = {}
    waiting = [key]
    while waiting:
        item = waiting[-1]
        if id(item) not in costs:
            # Counts nothing while its parts are being counted: a cycle has no hash.
            costs[id(item)] = 0
            parts = entered[id(item)] = _parts(item)
            charge(_LOOK_NANOSECONDS * (1 + len(parts)))
            waiting.extend(part for part in parts if id(part) not in costs)
            continue
        waiting.pop()
        if id(item) in entered:
            costs[id(item)] = 1 + sum(costs[id(part)] for part in entered.pop(id(item)))
    return costs[id(key)]


def _is_cheap(key: Any) -> bool:
    """Say whether hashing a key visits nothing but itself, or plain items that the walker has counted."""
    # What holds no other object is no business of the collector's.
    if not gc.is_tracked(key) or not _is_followed(key):
        return True
    return type(key) is tuple and _PLAIN.issuperset(map(type, key))


def _is_followed(item: Any) -> bool:
    """Say whether hashing it visits anything else."""
    return not isinstance(item, _LEAVES) and _hasher(item) is not object.__hash__


def _hasher(item: Any) -> Any:
    return type(item).__hash__


def _parts(item: Any) -> list[Any]:
    if not _is_followed(item):
        return []
    hasher = _hasher(item)
    if hasher is tuple.__hash__:
        return list(tuple.__iter__(item))
    if hasher is frozenset.__hash__:
        # It keeps the hashes of its items, which were counted when it was made.
        return []
    if isinstance(hasher, FunctionType):
        read = _read_by(hasher, item)
        if read is not None:
            return read
    return gc.get_referents(item)


def _read_by(hasher: FunctionType, item: Any) -> list[Any] | None:
    """Return the attributes that a `__hash__` reads, if its code names nothing else; None if that cannot be told."""
    code, cls = hasher.__code__, cast("Any", type(item))
    if cls.__getattribute__ is not object.__getattribute__ or "__class__" in code.co_freevars:
        return None
    values = [_stored(item, name) for name in code.co_names if name not in _COMPUTING]
    return None if any(value is _MISSING for value in values) else values


def _stored(item: Any, name: str) -> Any:
    """Return what is stored under a name in a slot or in the object's dict; code that would make it is not run."""
    owner = next((cls for cls in type(item).__mro__ if name in vars(cls)), None)
    found = vars(owner)[name] if owner is not None else None
    if isinstance(found, MemberDescriptorType):
        return getattr(item, name, _MISSING)
    if hasattr(type(found), "__set__") or isinstance(found, (FunctionType, MethodType, classmethod, staticmethod)):
        return _MISSING
    stored = getattr(item, "__dict__", None)
    return stored.get(name, _MISSING) if type(stored) is dict else _MISSING
