"""What one global may be used for: the rows of the known tables.

A name alone decides nothing: the same class is harmless as a dtype and a memory bomb as a callable. So a row says which
*uses* a stranger's pickle may make of the global, which *guard* stands between the pickle and the call, and why that is
safe whatever the arguments are.

A guard is a function named `"module:function"` below `onggi.proof.guards`. It gets the real objects while the pickle is
built, checks them, does what the opcode would have done, and raises `Unsafe` otherwise:

| use                       | guard signature                             | does                                       |
|---------------------------|---------------------------------------------|--------------------------------------------|
| CALL                      | `guard(function, args: tuple) -> object`    | `function(*args)`                          |
| NEW                       | `guard(cls, args: tuple, kwargs: dict)`     | `cls.__new__(cls, *args, **kwargs)`        |
| STATE                     | `guard(obj, state) -> None`, or an object   | `obj.__setstate__(state)` or the dict; an  |
|                           | other than None                             | object takes the place of `obj`            |
| APPEND, ADD               | `guard(obj, items: tuple) -> None`          | `obj.extend(items)`                        |
| SETITEM                   | `guard(obj, items: tuple) -> None`          | items are key, value, key, value, …        |
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag
from typing import Any, Final

from onggi.types import Value

__all__ = ["GUARDED_USES", "Guard", "Rule", "Unsafe", "Use", "called", "constructed", "value"]


class Use(IntFlag):
    """What a pickle does with a global; a set of these is a row's permission and a report's finding."""

    VALUE = 1
    """Mentioned only: the global itself is an item, an argument, a state or the result."""
    CALL = 2
    """Called with arguments, by REDUCE, or by OBJ or INST with arguments."""
    NEW = 4
    """`cls.__new__`, by NEWOBJ and NEWOBJ_EX, or by OBJ or INST without arguments."""
    STATE = 8
    """BUILD on an object made of it: `__setstate__`, or attributes."""
    APPEND = 16
    """APPEND and APPENDS on an object made of it."""
    SETITEM = 32
    """SETITEM and SETITEMS on an object made of it."""
    ADD = 64
    """ADDITEMS on an object made of it."""


GUARDED_USES: Final = (Use.CALL, Use.NEW, Use.STATE, Use.APPEND, Use.SETITEM, Use.ADD)


class Unsafe(Exception):
    """What a guard raises: the arguments or the state are not of the shape that is safe. The text says why."""


Guard = str | Callable[..., Any]
"""The name of a guard below `onggi.proof.guards`, or a function."""


class Rule(Value):
    """The permission of one global.

    Attributes:
        uses: What a stranger's pickle may do with it. VALUE must be granted in words too: a callable that is only
            safe behind its guard must not be handed around as a value.
        why: One line: why this is safe whatever the arguments or the state.
        call, new, state, fill: Guards (`"numpy:dtype_state"`) for CALL, NEW, STATE, and for APPEND, SETITEM and ADD.
            Empty: the opcode runs unguarded. In the tables of other distributions, the functions themselves.
        returns: What a CALL makes, for the opcodes that follow: empty (an object of this same global), `"arg0"` (an
            object of the class that is the first argument, which must be allowed for NEW), or a global `module.name`.
        stand_in: What the global is resolved to, among the guards (`"joblib:ArrayWrapper"`), where the real one is
            neither needed nor imported. Empty: the global itself.
    """

    uses: Use
    why: str
    call: Guard = ""
    new: Guard = ""
    state: Guard = ""
    fill: Guard = ""
    returns: str = ""
    stand_in: str = ""

    def guard(self, use: Use) -> Guard:
        """Return the guard that stands before `use`, or an empty string."""
        if use is Use.CALL:
            return self.call
        if use is Use.NEW:
            return self.new
        return self.state if use is Use.STATE else self.fill


def value(why: str) -> Rule:
    """Make the row of a global that is only mentioned, never called: a dtype, a default factory, an enum class."""
    return Rule(Use.VALUE, why)


def called(
    why: str, guard: str = "", *, more: Use = Use(0), state: str = "", fill: str = "", returns: str = ""
) -> Rule:
    """Make the row of a function or class that is called by REDUCE."""
    return Rule(Use.CALL | more, why, call=guard, state=state, fill=fill, returns=returns)


def constructed(why: str, new: str = "", *, more: Use = Use(0), state: str = "", fill: str = "") -> Rule:
    """Make the row of a class whose instances come from NEWOBJ and get their state by BUILD."""
    return Rule(Use.NEW | Use.STATE | more, why, new=new, state=state, fill=fill)
