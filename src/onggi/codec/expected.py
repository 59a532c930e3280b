"""Whether an object is what `expect=` says: a class, or a type such as `list[Model]`.

Containers are looked into, as far as the type says what is in them. What a class holds is the class's own affair.
"""

from __future__ import annotations

import collections.abc
import typing
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, ForwardRef, get_args, get_origin

from onggi.errors import PolicyError, UnexpectedTypeError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_expected"]

_Part = tuple[str, Any, Any]
"""Where a part of a container stands in it, the part, and the type that it should be of."""

_ANYTHING: Final = (Any, object)
_COLLECTIONS: Final = (list, tuple, set, frozenset, collections.deque)
"""What is looked into for `Iterable[T]` and its like: not text, and nothing that runs code when it is iterated."""


def check_expected(obj: Any, expect: Any) -> None:
    """Compare an object with an expectation.

    Args:
        obj: What was built.
        expect: A class, a type, or a tuple of them.

    Raises:
        UnexpectedTypeError: It is something else; the message says what, and where in the object.
        PolicyError: Nothing can be compared with the type.
    """
    if type(expect) is type and isinstance(obj, expect):
        return
    wanted = expect if isinstance(expect, tuple) else (expect,)
    try:
        faults = [_Comparison().fault(obj, one) for one in wanted]
    except RecursionError:
        raise UnexpectedTypeError("the object is nested too deeply to be compared with what was expected") from None
    if None not in faults:
        raise _error(obj, max((fault for fault in faults if fault), key=len, default=[]), wanted)


def _error(obj: Any, fault: list[Any], wanted: tuple[Any, ...]) -> UnexpectedTypeError:
    found = f"the pickle holds {_article(type(obj))}"
    if len(fault) > 1:
        found += f", with {_article(type(fault[0]))} at root{''.join(reversed(fault[1:]))}"
    return UnexpectedTypeError(f"{found}, and {' or '.join(map(_article, wanted)) or 'nothing'} was expected")


class _Comparison:
    """What was compared already, so that shared and cyclic objects take no more than others."""

    def __init__(self) -> None:
        self._fits: dict[tuple[int, int], bool] = {}
        self._hints: dict[Any, dict[str, Any]] = {}

    def fault(self, obj: Any, wanted: Any) -> list[Any] | None:
        """Return the first part that is something else, then the steps from it to the root; None if all fits."""
        wanted = _plain(wanted)
        if not self._matches(obj, wanted):
            return [obj]
        inside = self._inside(obj, wanted)
        if inside is None:
            return None
        # Both live as long as this: one in the object, the other in the expectation or in `_hints`.
        pair = id(obj), id(wanted)
        if pair in self._fits:
            return None if self._fits[pair] else [obj]
        self._fits[pair] = True
        for step, part, one in inside:
            found = self.fault(part, one)
            if found is not None:
                self._fits[pair] = False
                found.append(step)
                return found
        return None

    def _matches(self, obj: Any, wanted: Any) -> bool:
        """Say whether the object itself is as wanted, whatever it holds."""
        origin = get_origin(wanted)
        if any(wanted is one for one in _ANYTHING) or isinstance(wanted, ForwardRef | str):
            return True
        if origin in (typing.Union, UnionType):
            return any(self.fault(obj, one) is None for one in get_args(wanted))
        if origin is typing.Literal:
            return any(type(obj) is type(value) and obj == value for value in get_args(wanted))
        if isinstance(wanted, typing.TypeVar):
            choices = wanted.__constraints__ or (wanted.__bound__ or object,)
            return any(self.fault(obj, one) is None for one in choices)
        if typing.is_typeddict(origin or wanted):
            cls = origin or wanted
            return type(obj) is dict and cls.__required_keys__ <= obj.keys() <= set(cls.__annotations__)
        if origin is tuple:
            return isinstance(obj, tuple) and _has_length(obj, get_args(wanted))
        return _is_instance(obj, origin or wanted)

    def _inside(self, obj: Any, wanted: Any) -> Iterator[_Part] | None:
        """Yield the parts of a container, or return None if there is nothing to look at."""
        origin, items = get_origin(wanted), get_args(wanted)
        if typing.is_typeddict(wanted):
            hints = self._typed(wanted)
            return ((f"[{key!r}]", value, hints.get(key, Any)) for key, value in obj.items())
        if not items or not isinstance(origin, type):
            return None
        if origin is tuple:
            types = items[:1] * len(obj) if items[-1] is Ellipsis else items
            return ((f"[{index}]", part, one) for index, (part, one) in enumerate(zip(obj, types, strict=True)))
        if isinstance(obj, dict):
            return _pairs(obj, items)
        if isinstance(obj, _COLLECTIONS) and len(items) == 1:
            return ((f"[{index}]", part, items[0]) for index, part in enumerate(obj))
        return None

    def _typed(self, cls: Any) -> dict[str, Any]:
        """Return the types of the values of a TypedDict."""
        if cls not in self._hints:
            try:
                self._hints[cls] = typing.get_type_hints(cls)
            except Exception:
                # A name that only a type checker imports: then the keys have to do.
                self._hints[cls] = {}
        return self._hints[cls]


def _plain(wanted: Any) -> Any:
    """Take off what says nothing about the object: Annotated, NewType, aliases."""
    while True:
        if wanted is None:
            return NoneType
        if get_origin(wanted) is typing.Annotated:
            wanted = get_args(wanted)[0]
        elif isinstance(wanted, typing.NewType):
            wanted = wanted.__supertype__
        elif hasattr(wanted, "__value__") and not isinstance(wanted, type):
            wanted = wanted.__value__
        else:
            return wanted


def _has_length(obj: tuple[Any, ...], items: tuple[Any, ...]) -> bool:
    return items[-1:] == (Ellipsis,) or len(obj) == len(items)


def _is_instance(obj: Any, cls: Any) -> bool:
    try:
        return isinstance(obj, cls)
    except TypeError as error:
        hint = "expect a class, or a type of classes and containers such as list[Model]"
        raise PolicyError(f"nothing can be compared with {_name(cls)}: {error}", hint=hint) from None


def _pairs(obj: dict[Any, Any], items: tuple[Any, ...]) -> Iterator[_Part]:
    for key, value in obj.items():
        yield ", as a key", key, items[0]
        if len(items) == 2:
            yield f"[{key!r:.40}]" if type(key) in (str, int) else "[…]", value, items[1]


def _article(wanted: Any) -> str:
    name = _name(wanted)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _name(wanted: Any) -> str:
    if isinstance(wanted, type) and get_origin(wanted) is None:
        return wanted.__qualname__ if wanted.__module__ == "builtins" else f"{wanted.__module__}.{wanted.__qualname__}"
    return str(wanted).replace("typing.", "")
