"""Guards of exceptions: constructors in C that trust their arguments, and attributes that are set afterwards."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.budget import charge
from onggi.proof.guards.shapes import (
    BYTES,
    INT,
    NONE,
    SCALAR,
    STR,
    Shape,
    call,
    each,
    exactly,
    kind_of,
    name_of,
    refuse,
    require,
    split_state,
)

__all__ = [
    "attributes",
    "decode_error",
    "encode_error",
    "group",
    "json_error",
    "os_error",
    "rebuild",
    "syntax_error",
    "texts",
]

_ATTRIBUTES: Final = {
    "name": STR | NONE,
    "path": STR | NONE,
    "name_from": STR | NONE,
    "args": exactly("a tuple", tuple),
    "__notes__": each(exactly("a list", list), STR),
}
"""Attributes that exceptions have of themselves, and that their state may set."""

_SYNTAX_DETAILS: Final = each(exactly("a tuple", tuple), exactly("a plain value", type(None), int, str, bytes))

_FLAT: Final = SCALAR | each(exactly("a list or tuple", list, tuple), SCALAR)

texts = call(rest=_FLAT)
"""Exceptions whose own `__init__` formats its arguments into a message: nothing nested, which would take long."""
json_error = call(STR, STR, INT)


def os_error(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an OSError; with two to five arguments the C code looks the first one up in a dict."""
    if 2 <= len(args) <= 5:
        require(SCALAR, args[0], f"argument 1 of {name_of(function)}")
    return function(*args)


def _require_range(start: Any, end: Any, length: int) -> None:
    for index in (start, end):
        if type(index) is not int or not 0 <= index <= length:
            refuse(f"a UnicodeError points to {kind_of(index)}, outside its text of {length:,}")


def _unicode_error(function: Any, args: tuple[Any, ...], shape: Shape, first: int) -> Any:
    if len(args) != first + 4 or not all(type(value) is str for value in (*args[:first], args[-1])):
        refuse(f"{name_of(function)} must be given encoding, object, start, end and reason")
    require(shape, args[first], f"the object of {name_of(function)}")
    _require_range(args[first + 1], args[first + 2], len(args[first]))
    return function(*args)


def decode_error(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a UnicodeDecodeError; `str()` of it reads the object at `start` without looking at its length."""
    return _unicode_error(function, args, BYTES, 1)


def encode_error(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a UnicodeEncodeError, or a UnicodeTranslateError, which has no encoding."""
    return _unicode_error(function, args, STR, 0 if function is UnicodeTranslateError else 1)


def syntax_error(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a SyntaxError; its details are unpacked, so they must be a tuple that exists."""
    if len(args) > 1:
        require(_SYNTAX_DETAILS, args[1], "the details of a SyntaxError")
    return function(*args)


def group(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an exception group of a list that exists."""
    if len(args) != 2 or type(args[0]) is not str or type(args[1]) not in (list, tuple):
        refuse(f"{name_of(function)} must be given a message and a list of exceptions")
    charge(100 * len(args[1]))
    if not all(isinstance(error, BaseException) for error in args[1]):
        refuse(f"{name_of(function)} holds something else than exceptions")
    return function(*args)


def rebuild(function: Any, args: tuple[Any, ...]) -> Any:
    """Give an exception of another process its traceback, as text."""
    if len(args) != 2 or not isinstance(args[0], BaseException) or type(args[1]) is not str:
        refuse(f"{name_of(function)} must be given an exception and a text")
    return function(*args)


def attributes(obj: Any, given: Any) -> None:
    """Set attributes of an exception.

    BaseException sets every one by `setattr`, the fields of the C structures too, and for some of those any type goes
    in that `str()` later takes for another.
    """
    owner = name_of(type(obj))
    found = split_state(given, obj)
    charge(200 * len(found))
    for name, value in found.items():
        if name in _ATTRIBUTES:
            require(_ATTRIBUTES[name], value, f"{name} of a {owner}")
        elif (name.startswith("__") and name.endswith("__")) or hasattr(type(obj), name):
            _require_plain_field(obj, name, value)
    for name, value in found.items():
        setattr(obj, name, value)


def _require_plain_field(obj: Any, name: str, value: Any) -> None:
    """Refuse methods and C fields, but let Python classes keep what they set themselves, such as `filename`."""
    defined = getattr(type(obj), name, None)
    is_default = not name.startswith("__") and not callable(defined) and not hasattr(defined, "__get__")
    if not is_default:
        refuse(f"the state of a {name_of(type(obj))} sets {name[:80]!r} to {kind_of(value)}")
