"""The shapes of arguments and states, and guards made of them.

A `Shape` is a test with words for it. Exact types only: a subclass may answer any question in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from onggi.proof.rules import Unsafe

__all__ = [
    "ANYTHING",
    "BOOL",
    "BYTES",
    "CLASS",
    "DICT",
    "FLOAT",
    "INT",
    "LIST",
    "NONE",
    "NUMBER",
    "SCALAR",
    "SMALL_INT",
    "STR",
    "TUPLE",
    "Shape",
    "between",
    "call",
    "each",
    "exactly",
    "fields",
    "instance_of",
    "kind_of",
    "name_of",
    "never",
    "new",
    "one_of",
    "put_attributes",
    "refuse",
    "require",
    "set_state",
    "split_state",
    "state",
    "text",
]

Guard = Callable[..., Any]


class Shape:
    """What a value has to be.

    Attributes:
        words: Completes the sentence "it must be …".
        fits: Says whether a value is that. Must not call anything of the value itself.
    """

    __slots__ = ("fits", "words")

    def __init__(self, words: str, fits: Callable[[Any], bool]) -> None:
        self.words = words
        self.fits = fits

    def __or__(self, other: Shape) -> Shape:
        """Make the shape of what is one or the other."""
        return Shape(f"{self.words} or {other.words}", lambda value: self.fits(value) or other.fits(value))


def exactly(words: str, *types: type) -> Shape:
    """Make the shape of the instances of some types, their subclasses excluded."""
    return Shape(words, lambda value: type(value) in types)


def one_of(*values: str | int) -> Shape:
    """Make the shape of a choice among constants."""
    kinds = {type(value) for value in values}
    return Shape("one of " + ", ".join(map(repr, values)), lambda value: type(value) in kinds and value in values)


def between(low: int, high: int) -> Shape:
    """Make the shape of the integers from `low` to `high`, both included."""
    return Shape(f"an integer from {low} to {high}", lambda value: type(value) is int and low <= value <= high)


def text(max_length: int) -> Shape:
    """Make the shape of a string of at most so many characters."""
    return Shape(f"a string of at most {max_length:,}", lambda value: type(value) is str and len(value) <= max_length)


def each(container: Shape, item: Shape) -> Shape:
    """Make the shape of a container (no dict) whose items all have a shape."""
    words = f"{container.words}, each item {item.words}"
    return Shape(words, lambda value: container.fits(value) and all(map(item.fits, value)))


def instance_of(module: str, *names: str) -> Shape:
    """Make the shape of the exact instances of classes that are looked up when they are needed.

    The classes are only looked for in a module that is already loaded: where it is not, nothing can be their instance.
    """

    def fits(value: Any) -> bool:
        import sys

        loaded = sys.modules.get(module)
        return any(type(value) is getattr(loaded, name, None) for name in names)

    return Shape(" or ".join(f"a {module}.{name}" for name in names), fits)


ANYTHING: Final = Shape("anything", lambda value: True)
NONE: Final = exactly("None", type(None))
BOOL: Final = exactly("a bool", bool)
INT: Final = exactly("an integer", int)
SMALL_INT: Final = Shape("an integer of 64 bits", lambda value: type(value) is int and -(2**63) <= value < 2**63)
FLOAT: Final = exactly("a float", float)
NUMBER: Final = exactly("a number", int, float)
STR: Final = exactly("a string", str)
BYTES: Final = exactly("bytes", bytes)
LIST: Final = exactly("a list", list)
TUPLE: Final = exactly("a tuple", tuple)
DICT: Final = exactly("a dict", dict)
CLASS: Final = Shape("a class", lambda value: isinstance(value, type))
SCALAR: Final = exactly("a plain value", type(None), bool, int, float, complex, str, bytes)


def refuse(reason: str) -> NoReturn:
    """Raise `Unsafe`."""
    raise Unsafe(reason)


def name_of(item: Any) -> str:
    """Return `module.name` of a class or function, for messages and for looking up its row."""
    return f"{getattr(item, '__module__', '?')}.{getattr(item, '__qualname__', type(item).__qualname__)}"


def kind_of(value: Any) -> str:
    """Say what a value is without asking the value."""
    if type(value) in (str, bytes, bytearray, list, tuple, dict, set, frozenset):
        return f"a {type(value).__name__} of length {len(value):,}"
    if type(value) in (int, float, bool, type(None)):
        shown = repr(value) if type(value) is not int or value.bit_length() < 80 else f"{value.bit_length():,} bits"
        return f"{type(value).__name__} {shown}"
    return f"a {type(value).__qualname__}" if not isinstance(value, type) else f"the class {value.__qualname__}"


def require(shape: Shape, value: Any, what: str) -> None:
    """Refuse what has another shape; `what` says what it is."""
    if not shape.fits(value):
        refuse(f"{what} must be {shape.words}, not {kind_of(value)}")


def _check(function: Any, args: tuple[Any, ...], shapes: tuple[Shape, ...], least: int, rest: Shape | None) -> None:
    if len(args) < least or (rest is None and len(args) > len(shapes)):
        expected = str(least) if least == len(shapes) and rest is None else f"{least} or more"
        refuse(f"{name_of(function)} is called with {len(args)} arguments; an honest pickle gives it {expected}")
    for index, value in enumerate(args):
        shape = shapes[index] if index < len(shapes) else rest
        if shape is not None and not shape.fits(value):
            refuse(f"argument {index + 1} of {name_of(function)} must be {shape.words}, not {kind_of(value)}")


def call(*shapes: Shape, least: int | None = None, rest: Shape | None = None) -> Guard:
    """Make the guard of a CALL whose arguments have these shapes.

    Args:
        shapes: One for each argument.
        least: How many arguments there have to be; all, unless said otherwise.
        rest: The shape of any number of further arguments.
    """
    minimum = len(shapes) if least is None else least

    def guard(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        _check(function, args, shapes, minimum, rest)
        return function(*args)

    return guard


def new(*shapes: Shape, least: int | None = None, rest: Shape | None = None) -> Guard:
    """Make the guard of a NEW whose positional arguments have these shapes; keyword arguments are refused."""
    minimum = len(shapes) if least is None else least

    def guard(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if kwargs:
            refuse(f"{name_of(cls)} is made with keyword arguments, which no honest pickle does")
        _check(cls, args, shapes, minimum, rest)
        return cls.__new__(cls, *args)

    return guard


def never(cls: Any, *args: Any) -> Any:
    """Refuse; for a use that a row has to grant for the sake of another one."""
    refuse(f"{name_of(cls)} is not made in this way by any honest pickle")


def state(shape: Shape) -> Guard:
    """Make the guard of a STATE that is given to `__setstate__` as it is."""

    def guard(obj: Any, given: Any) -> None:
        if not shape.fits(given):
            refuse(f"the state of a {name_of(type(obj))} must be {shape.words}, not {kind_of(given)}")
        obj.__setstate__(given)

    return guard


def split_state(given: Any, obj: Any) -> dict[str, Any]:
    """Return the attributes of a state: a dict, or a pair of dicts (or None) for `__dict__` and slots."""
    if type(given) is dict and all(type(key) is str for key in given):
        return given
    parts = given if type(given) is tuple and len(given) == 2 else (given,)
    merged: dict[str, Any] = {}
    for part in parts:
        if part is None:
            continue
        if type(part) is not dict or not all(type(key) is str for key in part):
            refuse(f"the state of a {name_of(type(obj))} must be a dict of attributes, not {kind_of(part)}")
        if not merged.keys().isdisjoint(part):
            refuse(f"the state of a {name_of(type(obj))} sets an attribute twice")
        merged.update(part)
    return merged


def put_attributes(obj: Any, given: Any) -> None:
    """Set attributes as BUILD does: those of `__dict__` past any property, those of slots past any `__setattr__`.

    Args:
        obj: The object.
        given: A state that has been checked.
    """
    attributes, slots = given if type(given) is tuple else (given, None)
    if attributes:
        obj.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        object.__setattr__(obj, name, value)


def set_state(obj: Any, given: Any) -> None:
    """Do what BUILD does with a state that has been checked."""
    setter = getattr(type(obj), "__setstate__", None)
    if setter is not None:
        setter(obj, given)
    else:
        put_attributes(obj, given)


def fields(required: dict[str, Shape] | None = None, optional: Iterable[tuple[str, Shape]] = ()) -> Guard:
    """Make the guard of a STATE that is a fixed set of attributes.

    Args:
        required: The attributes that every state has.
        optional: Those that may be there.
    """
    needed = required or {}
    known = {**needed, **dict(optional)}

    def guard(obj: Any, given: Any) -> None:
        attributes = split_state(given, obj)
        for name, value in attributes.items():
            shape = known.get(name)
            if shape is None:
                refuse(f"a {name_of(type(obj))} has no attribute {name[:80]!r}")
            if not shape.fits(value):
                refuse(f"{name} of a {name_of(type(obj))} must be {shape.words}, not {kind_of(value)}")
        for name in needed:
            if name not in attributes:
                refuse(f"the state of a {name_of(type(obj))} has no {name!r}")
        set_state(obj, given)

    return guard
