"""Plain values: classes that are nothing but their fields.

They are what frozen dataclasses are, and `dataclasses` and `inspect` take them as such. But the module `dataclasses`
brings 1 MB of others along and compiles source for every class: more work than loading a small pickle.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Final, Literal, NoReturn, Self, TypeVar, dataclass_transform

__all__ = ["Value", "derived", "replace"]

_DERIVED: Final[Any] = object()


def derived(*, init: Literal[False] = False) -> Any:
    """Mark what `__post_init__` makes of the fields: it is no argument, and neither compared nor shown."""
    return _DERIVED


class _AsDataclass:
    """Answers `dataclasses` and `inspect`, when they ask."""

    def __set_name__(self, owner: type[Value], name: str) -> None:
        self._name = name

    def __get__(self, value: Value | None, cls: Any) -> Any:
        if cls.__init__ is not Value.__init__:
            raise AttributeError(self._name)
        return getattr(_twin(cls), self._name)


@dataclass_transform(frozen_default=True, field_specifiers=(derived,))
class Value:
    """The root of plain values: frozen; compared, hashed, shown and pickled by their fields.

    The annotations of a class are its fields, in this order, and what is assigned to them the defaults. With
    `kw_only=True` they are given by name only. `__post_init__` may check them, and set what is `derived` by
    `object.__setattr__`.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()
    __signature__: ClassVar[Any] = _AsDataclass()
    __dataclass_fields__: ClassVar[Any] = _AsDataclass()
    __dataclass_params__: ClassVar[Any] = _AsDataclass()
    _names: ClassVar[tuple[str, ...]] = ()
    _name_set: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[dict[str, Any]] = {}
    _is_kw_only: ClassVar[bool] = False

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        own = [name for name in cls.__annotations__ if cls.__dict__.get(name) is not _DERIVED]
        cls._names = (*cls._names, *own)
        cls._name_set = frozenset(cls._names)
        cls._defaults = cls._defaults | {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        cls._is_kw_only = kw_only
        cls.__match_args__ = () if kw_only else cls._names  # type: ignore[misc]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        fields = self.__dict__
        fields.update(self._defaults)
        fields.update(zip(self._names, args, strict=False))
        fields.update(kwargs)
        if fields.keys() != self._name_set or (args and self._is_misplaced(args, kwargs)):
            # Python itself says best what is wrong with the arguments.
            cls: Any = type(self)
            _twin(cls)(*args, **kwargs)
        self.__post_init__()

    def _is_misplaced(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        return (
            self._is_kw_only or len(args) > len(self._names) or not kwargs.keys().isdisjoint(self._names[: len(args)])
        )

    def __post_init__(self) -> None:
        """Check the fields; for subclasses."""

    def __setattr__(self, name: str, item: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__qualname__} can't be changed: make another, with dataclasses.replace")

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or type(other) is not type(self):
            return NotImplemented
        return self._items() == other._items()

    def __hash__(self) -> int:
        return hash(self._items())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={item!r}" for name, item in zip(self._names, self._items(), strict=True))
        return f"{type(self).__qualname__}({shown})"

    def __replace__(self, /, **changes: Any) -> Self:
        return type(self)(**{name: self.__dict__[name] for name in self._names} | changes)

    def _items(self) -> tuple[Any, ...]:
        fields = self.__dict__
        return tuple([fields[name] for name in self._names])


T = TypeVar("T", bound=Value)


def replace(value: T, /, **changes: Any) -> T:
    """Return a value with some other fields, as `dataclasses.replace` does."""
    return value.__replace__(**changes)


@cache
def _twin(cls: Any) -> Any:
    """Make a dataclass with the same fields."""
    import dataclasses
    import inspect

    types: dict[str, Any] = {}
    for parent in reversed(cls.__mro__[:-1]):
        types |= parent.__annotations__
    defaults = {name: dataclasses.field(default=default) for name, default in cls._defaults.items()}
    fields = [(name, types[name], defaults.get(name, dataclasses.field())) for name in cls._names]
    twin: Any = dataclasses.make_dataclass(cls.__qualname__, fields, frozen=True, kw_only=cls._is_kw_only)
    twin.__signature__ = inspect.signature(twin)
    return twin
