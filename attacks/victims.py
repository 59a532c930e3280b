"""Classes and objects of an imagined application, for attacks on what a user allows by hand.

Each is as innocent as application code is. What goes wrong with them is in the cases that name them.
"""

from __future__ import annotations

import enum
import os
from builtins import bytearray as buffer
from dataclasses import dataclass
from typing import Any, ClassVar

from attacks import canary

__all__ = ["buffer", "os"]  # a module and a known type that are in reach as attributes, as in most application code


class Plain:
    """Has a dict and nothing else."""

    limit = 10


class Other:
    """Another class with a dict."""


class Slotted:
    """Has slots and no dict."""

    __slots__ = ("left", "right")


class KeepsState:
    """Keeps the very dict it is given, which the pickle can go on changing."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Adopt the state without a copy, as much code does."""
        self.__dict__ = state


class SharesState:
    """Keeps the dict in an attribute and looks things up in it when used."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Adopt the state as the table of handlers."""
        self.handlers = state

    def handle(self, event: str) -> Any:
        """Call the handler of an event."""
        return self.handlers[event](event)


@dataclass
class Record:
    """An ordinary dataclass."""

    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Frozen:
    """A dataclass that promises not to change."""

    name: str


class Names(list[Any]):
    """A list subclass that does nothing special."""


class Table(dict[str, Any]):
    """A dict subclass that does nothing special."""


class Unique(set[Any]):
    """A set subclass that does nothing special."""


class Row(tuple[Any, ...]):
    """A tuple subclass that does nothing special."""


class Label(str):
    """A str subclass that does nothing special."""

    __slots__ = ()


@dataclass(frozen=True)
class Pair:
    """A frozen dataclass with a dict, which hashes what it holds."""

    left: Any
    right: Any


class Sum:
    """A term of an expression, with a hash of its own over both sides."""

    def __init__(self, left: Any, right: Any) -> None:
        self.sides = [left, right]

    def __eq__(self, other: object) -> bool:
        """Compare as the sides do."""
        return isinstance(other, Sum) and self.sides == other.sides

    def __hash__(self) -> int:
        """Hash the sides."""
        return hash(tuple(self.sides))


class Feed:
    """Not a list, but has the methods that APPEND, APPENDS, ADDITEMS and SETITEM call."""

    def append(self, item: Any) -> None:
        """Do something with an item."""
        canary.fire("append", item)

    def extend(self, items: list[Any]) -> None:
        """Do something with items."""
        canary.fire("extend", items)

    def add(self, item: Any) -> None:
        """Do something with an item."""
        canary.fire("add", item)

    def __setitem__(self, key: Any, item: Any) -> None:
        """Do something with an item."""
        canary.fire("setitem", key, item)


class Runner:
    """Acts when it is made: a subprocess, a connection, a file. NEWOBJ does not call `__init__`, REDUCE does."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        canary.fire("init", *args, **keywords)

    def launch(self) -> None:
        """Do what the class is for."""
        canary.fire("launch")

    @staticmethod
    def script(*args: Any) -> None:
        """Run something, as a static method."""
        canary.fire("script", *args)

    @classmethod
    def from_text(cls, *args: Any) -> None:
        """Run something, as a class method."""
        canary.fire("from_text", *args)


class Registry:
    """Has mutable class attributes, which all its objects and the program share."""

    entries: ClassVar[dict[str, Any]] = {"admin": False}
    handlers: ClassVar[list[Any]] = []
    roles: ClassVar[set[str]] = {"guest"}

    class Entry:
        """A nested class, which is an honest dotted name."""


class Meta(type):
    """A metaclass whose calls do something."""

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        """Make an object, with a side effect."""
        canary.fire("metaclass", *args)
        return super().__call__(*args, **keywords)


class WithMeta(metaclass=Meta):
    """A class of that metaclass."""


class Guarded:
    """Sets attributes through a property with a side effect, as ORM and widget classes do."""

    @property
    def command(self) -> str:
        """Return nothing of interest."""
        return ""

    @command.setter
    def command(self, text: str) -> None:
        canary.fire("setter", text)


class GuardedSlots(Guarded):
    """Inherits the property, and has a slot of its own."""

    __slots__ = ("left",)


class Watched:
    """Acts whenever an attribute is set."""

    def __setattr__(self, name: str, item: Any) -> None:
        """Tell who listens."""
        canary.fire("setattr", name, item)


class Column:
    """A descriptor, as object-relational mappers have them."""

    def __get__(self, obj: Any, cls: type) -> Any:
        """Return nothing of interest."""
        return self

    def __set__(self, obj: Any, item: Any) -> None:
        """Tell the session."""
        canary.fire("column", item)


class Mapped:
    """A class with such a column."""

    name = Column()


class Color(enum.Enum):
    """Members are shared by the whole program."""

    RED = 1
    GREEN = 2


class Rights(enum.Flag):
    """Members are shared, and combinations are made on demand."""

    READ = 1
    WRITE = 2


class ServiceError(Exception):
    """An application's exception."""


def helper(number: int = 1) -> int:
    """Return a number; a function that an attack changes."""
    return number


SETTINGS = {"debug": False}
CURRENT = Plain()
PROTECTED = ["safe"]
