"""Which classes `expect=T` allows: T itself, and those that its annotated fields name.

An annotation is the word of the reader's own code, so it counts as allowing. But nobody writes `process: Popen` to let
strangers start processes: what the tables decide about (the standard library, the libraries they know) and what is
known to be dangerous is never allowed in this way.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from types import GenericAlias, SimpleNamespace, UnionType
from typing import Any, Final, get_args, get_origin

from onggi.errors import PolicyError
from onggi.proof.tables import danger, is_own, lookup

__all__ = ["classes_of"]

_MAX_TYPES: Final = 10_000
_MAX_KNOWN: Final = 256
_known: Final[dict[Any, tuple[type, ...]]] = {}
"""What was collected before: to resolve annotations takes much longer than a small load."""


def classes_of(expect: Any) -> tuple[type, ...]:
    """Return the classes to allow for an expectation.

    Args:
        expect: A class, a type such as `list[Model]` or `Model | None`, or a tuple of them.

    Raises:
        PolicyError: It is none of these.
    """
    try:
        return _known[expect]
    except (KeyError, TypeError):
        # Or it has no hash, as a Literal of lists.
        pass
    wanted = expect if isinstance(expect, tuple) else (expect,)
    for item in wanted:
        if not _is_type(item):
            raise PolicyError(f"expect= takes a class, a type such as list[Model], or a tuple of them, not {item!r}")
    collector = _Collector()
    found = collector.collect(wanted)
    if collector.is_whole and len(_known) < _MAX_KNOWN and getattr(expect, "__hash__", None):
        try:
            _known[expect] = found
        except TypeError:
            return found
    return found


class _Collector:
    """Follow annotations to classes.

    Attributes:
        is_whole: Whether all annotations could be resolved; what can't be yet may be defined later.
    """

    def __init__(self) -> None:
        self.is_whole = True

    def collect(self, wanted: tuple[Any, ...]) -> tuple[type, ...]:
        """Return the classes to allow, each once."""
        found: dict[type, None] = {}
        waiting = list(wanted)
        # What was met is kept alive, so that an id stands for one of them.
        met: dict[int, Any] = {}
        while waiting and len(met) < _MAX_TYPES:
            item = waiting.pop()
            if id(item) in met:
                continue
            met[id(item)] = item
            if not _is_class(item):
                waiting += _parts(item)
                continue
            waiting += self._fields(item)
            if _is_to_allow(item):
                found[item] = None
        return tuple(found)

    def _fields(self, cls: type) -> list[Any]:
        """Return the types of a class's fields, its bases' included, in so far as they can be told."""
        fields: list[Any] = []
        for base in cls.__mro__:
            if not is_own(base.__module__):
                fields += self._annotated(base)
        return fields

    def _annotated(self, cls: type) -> list[Any]:
        given = list(_annotations(cls).values())
        # attrs without annotations: x = attr.ib(type=Model)
        given += [getattr(field, "type", None) for field in vars(cls).get("__attrs_attrs__", ())]
        scope = vars(sys.modules.get(cls.__module__, types))
        return [self._resolved(item, scope, cls) for item in given if item is not None]

    def _resolved(self, item: Any, scope: dict[str, Any], cls: type) -> Any:
        """Turn an annotation that is text into what it names, in the module of its class and nowhere else.

        One that can't be resolved, such as a name that only a type checker imports, allows nothing.
        """
        if _is_class(item):
            return item
        holder = SimpleNamespace(__annotations__={"field": item})
        try:
            return typing.get_type_hints(holder, scope, dict(vars(cls)), include_extras=True)["field"]
        except Exception:
            self.is_whole = False
            return None


def _is_class(item: Any) -> bool:
    # isinstance() calls `list[int]` a type, too.
    return isinstance(item, type) and not isinstance(item, GenericAlias)


def _is_type(item: Any) -> bool:
    """Say whether something can stand in an annotation; texts can't, as nobody knows in which module they count."""
    if item is None or item is Any or isinstance(item, type | GenericAlias | UnionType):
        return True
    is_named = isinstance(item, typing.TypeVar | typing.NewType) or hasattr(item, "__value__")
    return is_named or get_origin(item) is not None


def _is_to_allow(cls: type) -> bool:
    module, name = cls.__module__, cls.__qualname__
    if typing.is_typeddict(cls) or is_own(module) or danger(module, name) is not None:
        return False
    return lookup(module, name)[2] is None


def _parts(item: Any) -> list[Any]:
    """Return what a type that is no class is made of."""
    origin = get_origin(item)
    if origin is typing.Literal:
        return [type(value) for value in get_args(item)]
    if origin is typing.Annotated:
        return [get_args(item)[0]]
    if origin is typing.ClassVar:
        return []
    if origin is not None:
        inner = [part for part in get_args(item) if _is_type(part)]
        return [origin, *inner] if isinstance(origin, type) else inner
    if isinstance(item, typing.TypeVar):
        return [*item.__constraints__, *([item.__bound__] if item.__bound__ is not None else [])]
    return [getattr(item, name) for name in ("__supertype__", "__value__") if hasattr(item, name)]


def _annotations(cls: type) -> dict[str, Any]:
    if sys.version_info >= (3, 14):  # there they are computed on demand, and a name of a type checker fails
        from annotationlib import Format, get_annotations

        return get_annotations(cls, format=Format.FORWARDREF)
    return inspect.get_annotations(cls)
