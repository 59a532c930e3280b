"""Perform the guarded operations of a rewritten pickle (`onggi.proof.patches` says how they get here)."""

from __future__ import annotations

import functools
from collections import Counter
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from onggi.proof import kinds
from onggi.proof.containers import CALLED_KEYS, INERT_DUNDERS
from onggi.proof.guards import find
from onggi.proof.guards.attributes import require_stored
from onggi.proof.guards.callables import with_keywords
from onggi.proof.guards.copies import charge_copies
from onggi.proof.guards.hashing import charge_hashes
from onggi.proof.rules import Rule, Unsafe, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onggi.proof.judge import Judged

__all__ = ["Dispatcher"]

_ACTION_MASK: Final = (1 << kinds.ACTION_BITS) - 1
_MAX_EQUAL_HASHES: Final = 64
_STATELESS: Final = (type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)


class Dispatcher:
    """Does what the patched opcodes of one pickle ask for.

    Args:
        judged: The globals and the decisions about them.
        resolved: The real classes and functions, by number.
        persistent_load: The reader's own, if any.
        may_have_state: Says whether the policy lets a pickle set the state of an object of that class.

    Attributes:
        at_work: The last global that a guard worked on, for the message if that fails.
    """

    def __init__(
        self,
        judged: Sequence[Judged],
        resolved: dict[int, Any],
        persistent_load: Callable[[Any], Any] | None,
        may_have_state: Callable[[type], bool],
    ) -> None:
        self._judged = judged
        self._resolved = resolved
        self._pushed = dict(resolved)
        self._persistent_load = persistent_load
        self._may_have_state = may_have_state
        self._guards: dict[tuple[int, Use], Callable[..., Any] | None] = {}
        self._hashes: dict[int, Counter[int]] = {}
        self.at_work: Judged | None = None
        self._three: dict[int, Callable[[Any, Any, int], Any]] = {
            kinds.DO_CALL: self._call,
            kinds.DO_NEW: self._new,
            kinds.DO_NEW_EX: self._new_ex,
            kinds.DO_STATE: self._state,
            kinds.DO_SCREENED_STATE: self._screened_state,
            kinds.DO_SLOT_STATE: self._slot_state,
            kinds.DO_PARTIAL_CALL: self._partial_call,
            kinds.DO_PARTIAL_NEW: self._partial_new,
            kinds.DO_APPEND: self._append,
            kinds.DO_SETITEM: self._setitem,
            kinds.DO_ADD: self._add,
            kinds.DO_COUNTED_SETITEM: self._counted_setitem,
            kinds.DO_COUNTED_ADD: self._counted_add,
        }
        self._marked: dict[int, Callable[[Any, int], Any]] = {
            kinds.DO_INST: self._inst,
            kinds.DO_OBJ: self._obj,
            kinds.DO_FROZENSET: self._frozenset,
            kinds.DO_DICT: self._dict,
        }

    def __call__(self, item: Any) -> Any:
        """Do what one BINPERSID of the rewritten pickle asks for."""
        if type(item) is int:
            return self._pushed[item >> kinds.ACTION_BITS]
        if len(item) == 3:
            a, b, action = item
            return self._three[action & _ACTION_MASK](a, b, action >> kinds.ACTION_BITS)
        if len(item) == 2:
            items, action = item
            return self._marked[action & _ACTION_MASK](items, action >> kinds.ACTION_BITS)
        if self._persistent_load is None:
            raise Unsafe("a persistent id was not proof-read: this is a defect of onggi, please report it")
        return self._persistent_load(item[0])

    def vetted(self, number: int) -> Callable[..., Any]:
        """Return what stands in place of a global that is only called: its guard."""
        function, entry = self._resolved[number], self._judged[number]
        guard = self._guard(number, Use.CALL)
        if guard is None:
            raise Unsafe("a call was not proof-read: this is a defect of onggi, please report it")

        def call(*args: Any) -> Any:
            self.at_work = entry
            return guard(function, args)

        self._pushed[number] = call
        return call

    def _guard(self, number: int, use: Use) -> Callable[..., Any] | None:
        entry = self._judged[number]
        self.at_work = entry
        try:
            return self._guards[number, use]
        except KeyError:
            name = entry.rule.guard(use) if isinstance(entry.rule, Rule) else ""
            guard = self._guards[number, use] = find(name) if name else None
            return guard

    def _call(self, function: Any, args: tuple[Any, ...], number: int) -> Any:
        guard = self._guard(number, Use.CALL)
        if guard:
            return guard(function, args)
        charge_copies(function, args)
        return function(*args)

    def _partial_call(self, partial: Any, args: tuple[Any, ...], number: int) -> Any:
        """Call what a partial wraps, by the same guard as if it were called itself."""
        function = self._resolved[number]
        self._check_partial(partial, partial.func is function)
        args = (*partial.args, *args)
        guard = self._guard(number, Use.CALL)
        if guard:
            return guard(with_keywords(function, partial.keywords), args)
        charge_copies(function, (*args, *partial.keywords.values()))
        return function(*args, **partial.keywords)

    def _partial_new(self, partial: Any, args: tuple[Any, ...], number: int) -> Any:
        """Make an object by a partial of its class's `__new__`, as protocols 2 and 3 write keyword arguments."""
        cls = self._resolved[number]
        self._check_partial(partial, bool(partial.args) and partial.args[0] is cls)
        return self._make(cls, (*partial.args[1:], *args), partial.keywords, number)

    def _check_partial(self, partial: Any, is_as_read: bool) -> None:
        if type(partial) is not functools.partial or not is_as_read:
            raise Unsafe("a partial is not what was proof-read: this is a defect of onggi, please report it")

    def _new(self, cls: Any, args: tuple[Any, ...], number: int) -> Any:
        return self._make(cls, args, {}, number)

    def _new_ex(self, cls: Any, args: tuple[tuple[Any, ...], dict[str, Any]], number: int) -> Any:
        return self._make(cls, args[0], args[1], number)

    def _make(self, cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], number: int) -> Any:
        guard = self._guard(number, Use.NEW)
        if guard:
            return guard(cls, args, kwargs)
        if not isinstance(cls, type):
            raise Unsafe("only a class can be instantiated")
        charge_copies(cls, (*args, *kwargs.values()))
        return cls.__new__(cls, *args, **kwargs)

    def _inst(self, items: tuple[Any, ...], number: int) -> Any:
        """Instantiate as INST and OBJ do: without arguments `__init__` is not called."""
        cls = self._resolved[number]
        if not items and isinstance(cls, type) and not hasattr(cls, "__getinitargs__"):
            return self._make(cls, (), {}, number)
        if not isinstance(cls, type):
            raise Unsafe("INST and OBJ make instances of classes only")
        return self._call(cls, items, number)

    def _obj(self, items: tuple[Any, ...], number: int) -> Any:
        return self._inst(items[1:], number)

    def _state(self, obj: Any, state: Any, number: int) -> Any:
        guard = self._guard(number, Use.STATE)
        if guard is None:
            return self._screened_state(obj, state, number)
        made = guard(obj, state)
        return obj if made is None else made

    def _screened_state(self, obj: Any, state: Any, number: int) -> Any:
        self.at_work = self._judged[number]
        if isinstance(obj, _STATELESS) or not self._may_have_state(type(obj)):
            raise Unsafe(f"a pickle may not set the state of this {type(obj).__qualname__}")
        _screen(state)
        _set_state(obj, state)
        return obj

    def _slot_state(self, obj: Any, state: Any, number: int) -> Any:
        """Set the state of an object of a class that has properties; the walker has screened the names."""
        self.at_work = self._judged[number]
        if type(obj) is not self._resolved.get(number):
            return self._screened_state(obj, state, number)
        _set_state(obj, state)
        return obj

    def _append(self, obj: Any, items: tuple[Any, ...], number: int) -> Any:
        guard = self._guard(number, Use.APPEND)
        if guard:
            guard(obj, items)
        else:
            for item in items:
                obj.append(item)
        return obj

    def _setitem(self, obj: Any, items: tuple[Any, ...], number: int) -> Any:
        guard = self._guard(number, Use.SETITEM)
        if guard:
            guard(obj, items)
            return obj
        return self._counted_setitem(obj, items, 0)

    def _add(self, obj: Any, items: tuple[Any, ...], number: int) -> Any:
        guard = self._guard(number, Use.ADD)
        if guard:
            guard(obj, items)
            return obj
        return self._counted_add(obj, items, 0)

    def _counted_setitem(self, obj: Any, items: tuple[Any, ...], weighs: int) -> Any:
        self._count(obj, items[::2], weighs)
        for key, item in zip(items[::2], items[1::2], strict=True):
            obj[key] = item
        return obj

    def _counted_add(self, obj: Any, items: tuple[Any, ...], weighs: int) -> Any:
        self._count(obj, items, weighs)
        for item in items:
            obj.add(item)
        return obj

    def _frozenset(self, items: tuple[Any, ...], weighs: int) -> Any:
        self._count(None, items, weighs)
        return frozenset(items)

    def _dict(self, items: tuple[Any, ...], weighs: int) -> Any:
        return self._counted_setitem({}, items, weighs)

    def _count(self, container: Any, keys: tuple[Any, ...], weighs: int) -> None:
        """Refuse a container in which many keys share one hash: filling it would take quadratic time."""
        if weighs:
            charge_hashes(keys)
        # The container lives until the pickle is built, so its id is its own. A dict of `d` has no fill before.
        counter = self._hashes.setdefault(id(container), Counter()) if container is not None else Counter()
        counter.update(map(hash, keys))
        if counter and max(counter.values()) > _MAX_EQUAL_HASHES:
            raise Unsafe("many keys of a dict or set share one hash, so that filling it would take quadratic time")


def _screen(state: Any) -> None:
    """Refuse keys that Python or a library calls, in a state whose keys the walker could not see."""
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    for part in parts:
        if isinstance(part, dict):
            for key in part:
                _screen_key(key, part[key])


def _screen_key(key: Any, item: Any) -> None:
    if not isinstance(key, str):
        return
    text = str.__str__(key)
    if text == "__dict__":
        _screen(item)
    elif text in CALLED_KEYS or (text.startswith("__") and text.endswith("__") and text not in INERT_DUNDERS):
        raise Unsafe(f"the state has an attribute {text!r} that Python or a library calls by itself")


def _set_state(obj: Any, state: Any) -> None:
    """Set the state as BUILD does."""
    setstate = getattr(obj, "__setstate__", None)
    if setstate is not None:
        setstate(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        if not isinstance(state, dict):
            raise Unsafe("the state is no dict")
        obj.__dict__.update(state)
    if slots and not isinstance(slots, dict):
        raise Unsafe("the slot state is no dict")
    require_stored(obj, slots or ())
    for key, item in (slots or {}).items():
        setattr(obj, key, item)
