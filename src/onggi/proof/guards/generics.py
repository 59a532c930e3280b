"""Guards of type expressions: `list[int]`, `int | str`, `typing.Dict[str, int]`.

Their arguments are types and a few plain values. Strings are refused where they would become forward references, which
compile them, and which `typing.get_type_hints` evaluates.
"""

from __future__ import annotations

import types
import typing
from typing import Any, Final

from onggi.proof.guards.budget import charge
from onggi.proof.guards.shapes import SCALAR, kind_of, refuse

__all__ = ["callable_alias", "generic_alias", "is_type_form", "require_parts", "subscript"]

_MAX_PARTS: Final = 1_000
"""Types in one type expression, counting shared ones each time: hashing visits them all, without a memory."""

_SUBSCRIPTABLE: Final = frozenset(
    [
        "_SpecialForm",
        "_LiteralSpecialForm",
        "_TypedCacheSpecialForm",
        "_SpecialGenericAlias",
        "_DeprecatedGenericAlias",
        "_CallableType",
        "_TupleType",
    ]
)
"""Classes of the forms that typing defines, in all versions of Python."""
_TYPING_FORMS: Final = _SUBSCRIPTABLE | frozenset(
    [
        "_GenericAlias",
        "_UnionGenericAlias",
        "_LiteralGenericAlias",
        "_CallableGenericAlias",
        "_AnnotatedAlias",
        "_ConcatenateGenericAlias",
        "_UnpackGenericAlias",
        "TypeVar",
        "ParamSpec",
        "TypeVarTuple",
        "Union",
    ]
)


def _is_typing(value: Any, names: frozenset[str]) -> bool:
    """Say whether a value's class is one of typing's own."""
    cls = type(value)
    return cls.__name__ in names and getattr(typing, cls.__name__, None) is cls


def is_type_form(value: Any) -> bool:
    """Say whether a value is a type or a type expression."""
    if value is None or isinstance(value, (type, types.GenericAlias, types.UnionType)):
        return True
    return _is_typing(value, _TYPING_FORMS)


def require_parts(value: Any) -> None:
    """Refuse type expressions of too many parts, and parts that are no types."""
    waiting, budget = [value], _MAX_PARTS
    while waiting:
        part = waiting.pop()
        budget -= 1
        if budget < 0:
            refuse(f"a type expression has more than {_MAX_PARTS:,} parts")
        if type(part) in (tuple, list):
            waiting.extend(part[: budget + 1])
        elif is_type_form(part):
            waiting.extend(getattr(part, "__args__", None) or () if not isinstance(part, type) else ())
        elif part is not Ellipsis:
            refuse(f"{kind_of(part)} stands where a type expression needs a type")
    charge(500 * (_MAX_PARTS - budget))


def generic_alias(function: Any, args: tuple[Any, ...]) -> Any:
    """Make `list[int]`. Calling the alias would call its origin, so that no guard takes an alias for a callable."""
    if len(args) != 2 or not isinstance(args[0], type):
        refuse("types.GenericAlias must be given a class and its arguments")
    require_parts(args[1])
    return function(*args)


def callable_alias(function: Any, args: tuple[Any, ...]) -> Any:
    """Make `collections.abc.Callable[[int], str]`."""
    import collections.abc

    if len(args) != 2 or args[0] is not collections.abc.Callable or type(args[1]) is not tuple:
        refuse("collections.abc._CallableGenericAlias must be given collections.abc.Callable and a tuple")
    require_parts(args[1])
    return function(*args)


def subscript(function: Any, args: tuple[Any, ...]) -> Any:
    """Subscript a form of typing: `typing.Dict[str, int]` is pickled as `operator.getitem(typing.Dict, (str, int))`."""
    if len(args) != 2:
        refuse("operator.getitem must be given two arguments")
    form, parameters = args
    charge(10_000)
    if not (_is_typing(form, _SUBSCRIPTABLE) or _is_generic(form)):
        refuse(f"operator.getitem may only subscript what typing defines, not {kind_of(form)}")
    if form is typing.Literal:
        _check_literal(parameters)
    elif form is typing.Annotated:
        _check_annotated(parameters)
    else:
        require_parts(parameters)
    return form[parameters]


def _is_generic(form: Any) -> bool:
    """Say whether it is a generic class, of typing or of the reader."""
    generic: Any = typing.Generic
    # Since Python 3.14 the union is a class.
    return isinstance(form, type) and (issubclass(form, generic) or form is typing.Union)


def _check_literal(parameters: Any) -> None:
    import enum

    values = parameters if type(parameters) is tuple else (parameters,)
    if len(values) > _MAX_PARTS or not all(SCALAR.fits(value) or isinstance(value, enum.Enum) for value in values):
        refuse("typing.Literal may only hold plain values and enum members")


def _check_annotated(parameters: Any) -> None:
    if type(parameters) is not tuple or len(parameters) < 2:
        refuse("typing.Annotated must be given a type and annotations")
    require_parts(parameters[0])
    if not all(SCALAR.fits(value) for value in parameters[1:]):
        refuse("typing.Annotated may only hold plain values")
