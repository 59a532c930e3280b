"""What the guards of array libraries ask of arguments and states: exact types, exact fields, given once.

A pickle can keep a reference to whatever it made and give it a (second) state later, after a guard has looked. So the
guards here keep no promise that a later opcode could break: an object gets its state once, mutable containers that
matter are copied, and an empty array, the only kind that can still be filled, is copied too (`settled`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onggi.proof.rules import Unsafe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

__all__ = [
    "MAX_LABEL_PARTS",
    "bounded_integer",
    "called_keys",
    "demand",
    "exact_list",
    "fields",
    "label",
    "no_arguments",
    "settled",
    "split_state",
    "update_attributes",
]

called_keys: Final = frozenset({"append", "extend", "add", "__dict__"})
"""Attributes that an unpickler looks up on an object and uses; every other name with two underscores is refused too."""

MAX_LABEL_PARTS: Final = 1_000
"""Leaves of a label's nested tuples: shared tuples can make a hash of 2**60 steps out of a hundred bytes."""


def demand(holds: object, reason: str) -> None:
    """Raise `Unsafe` with this reason unless it holds."""
    if not holds:
        raise Unsafe(reason)


def bounded_integer(number: object, low: int, high: int, name: str) -> int:
    """Return the number if it is a plain integer from `low` to `high`."""
    if type(number) is not int or not low <= number <= high:
        raise Unsafe(f"{name} must be an integer from {low} to {high}, not {number!r:.40}")
    return number


def exact_list(items: object, name: str) -> list[Any]:
    """Return a copy of a plain list or tuple."""
    if type(items) not in (list, tuple):
        raise Unsafe(f"{name} must be a list, not {type(items).__name__}")
    return list(items)  # type: ignore[call-overload, no-any-return]


def fields(state: object, allowed: Collection[str], owner: str, required: Iterable[str] = ()) -> dict[str, Any]:
    """Return a copy of a state's dict if it has no other fields than `allowed` and all that are `required`."""
    if type(state) is not dict:
        raise Unsafe(f"the state of {owner} must be a dict, not {type(state).__name__}")
    for key in state:
        if type(key) is not str or key not in allowed:
            raise Unsafe(f"the state of {owner} has the field {key!r:.60}, which it never has")
    for key in required:
        demand(key in state, f"the state of {owner} lacks the field {key!r}")
    return dict(state)


def no_arguments(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    """Make an empty object, which is how pickle makes what gets its content from a state (NEW)."""
    demand(not args and not kwargs, f"{cls.__name__} is pickled without arguments of its constructor")
    return cls.__new__(cls)


def split_state(state: object, owner: str) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Split what BUILD gets into attributes and slots; neither is copied."""
    attributes, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    attributes = {} if attributes is None else attributes
    slots = {} if slots is None else slots
    if type(attributes) is not dict or type(slots) is not dict:
        raise Unsafe(f"the state of {owner} must be a dict, not {type(state).__name__}")
    return attributes, slots


def screen(names: Iterable[object], owner: str) -> None:
    """Refuse attributes that Python, the unpickler or a library would call, and what is no name at all."""
    for name in names:
        if type(name) is not str:
            raise Unsafe(f"the state of {owner} has an attribute that is no name: {name!r:.60}")
        if name in called_keys or (name.startswith("__") and name.endswith("__")):
            raise Unsafe(f"the state of {owner} sets {name!r:.60}, which would be called")


def update_attributes(obj: Any, state: object) -> None:
    """Give a plain object its attributes, once; slots and properties are left alone (STATE)."""
    owner = type(obj).__name__
    attributes, slots = split_state(state, owner)
    demand(not slots, f"{owner} has no slots")
    demand(not vars(obj), f"{owner} gets its state twice")
    screen(attributes, owner)
    vars(obj).update(attributes)


def settled(array: object, kinds: str, name: str, *, dimensions: int | None = None) -> Any:
    """Return an exact, native numpy array of these kinds that no later opcode of the pickle can change.

    An array is made empty and filled by its state; the guard of that state refuses a second one. So a non-empty array
    stays as it is, and an empty one is copied, lest it be filled behind the guard's back.
    """
    import numpy as np

    if type(array) is not np.ndarray:
        raise Unsafe(f"{name} must be a numpy array, not {type(array).__name__}")
    if array.dtype.kind not in kinds or not array.dtype.isnative:
        raise Unsafe(f"{name} must not have the dtype {array.dtype!r:.60}")
    if dimensions is not None and array.ndim != dimensions:
        raise Unsafe(f"{name} must have {dimensions} dimensions, not {array.ndim}")
    return array if array.size else array.copy()


def label(value: object, name: str = "a name") -> object:
    """Return a name of an axis or column: hashable, at a bounded cost."""
    pending, parts = [value], 0
    while pending:
        item = pending.pop()
        if isinstance(item, (tuple, frozenset)):
            demand(len(item) <= MAX_LABEL_PARTS, f"{name} has too many parts")
            pending.extend(item)
        elif type(item).__hash__ is None or type(item).__name__ in {"GenericAlias", "partial"}:
            raise Unsafe(f"{name} holds a {type(item).__name__}, which is no label")
        parts += 1
        demand(parts <= MAX_LABEL_PARTS, f"{name} has too many parts")
    return value


def every(items: Iterable[Any], check: Callable[[Any], object], reason: str) -> None:
    """Demand that the check holds for every item."""
    for item in items:
        demand(check(item), reason)
