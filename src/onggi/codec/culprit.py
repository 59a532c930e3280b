"""Find the object that made a dump fail, and its path from the root.

The dump is done once more, with a pickler that remembers what it came to last: that is the culprit. Then the objects
below the root are searched for it, through what pickling would take from each. Both are bounded in time, and happen
only once a dump has failed.
"""

from __future__ import annotations

import copyreg
import pickle
import sys
import time
from collections import deque
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from onggi.proof.outline_node import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Culprit", "find_culprit"]

MAX_SECONDS: Final = 5.0
"""Longer than this a failed dump is not worth."""

_MAX_OBJECTS: Final = 2_000_000
_CHECK_EVERY: Final = 1_024
_SEARCH_FACTOR: Final = 2
_RECENT: Final = 8
_NOTHING: Final = object()
_ATOMS: Final = frozenset(
    (str, bytes, bytearray, int, float, bool, complex, type(None), type(...), type(NotImplemented))
)
_BY_NAME: Final = (type, FunctionType, BuiltinFunctionType, ModuleType)
_NAMED_ATTRIBUTES: Final = ("default_factory", "func", "args", "keywords", "__self__")
_BUFFER_PROTOCOL: Final = 5
_MAX_STEPS: Final = 20
_KEPT_STEPS: Final = 5

Child = tuple[str, Any]


class Culprit(NamedTuple):
    """What could not be pickled.

    Attributes:
        value: The object itself.
        path: Where it is, such as `root["cfg"].callbacks[1]`; None if it was not found again.
        depth: How many steps lead to it.
        owner: The nearest object above it, of a class that is not Python's own, that has it below an attribute.
        attribute: The name of that attribute.
    """

    value: Any
    path: str | None
    depth: int = 0
    owner: Any = None
    attribute: str = ""


def find_culprit(obj: Any, protocol: int, hooks: pickle.Pickler | None = None) -> Culprit | None:
    """Find what keeps an object from being pickled.

    Args:
        obj: The object whose dump has failed.
        protocol: The protocol of that dump.
        hooks: The pickler, if its class may have `persistent_id`, `reducer_override` or a `dispatch_table`.

    Returns:
        None if the second dump does not fail, or takes too long.
    """
    until = time.monotonic() + MAX_SECONDS
    tracer = (_HookedTracer if hasattr(hooks, "reducer_override") else _Tracer)(protocol, hooks, until)
    try:
        tracer.dump(obj)
    except _TooLongError:
        return None
    except RecursionError:
        # What it came to last may have been made for the moment, or be a class that is also found elsewhere.
        # The search goes the way of the dump, so that it need not go much further; the rest of the chain may be long.
        most = tracer.count * _SEARCH_FACTOR + _CHECK_EVERY
        found = [
            _located(obj, recent, _Search(tracer.reduced, until, most))
            for recent in tracer.recent
            if type(recent) not in _ATOMS
        ]
        return max(found, key=lambda culprit: culprit.depth, default=None)
    except Exception:
        return _located(obj, tracer.recent[-1], _Search(tracer.reduced, until)) if tracer.recent else None
    return None


class _TooLongError(Exception):
    """The time is up."""


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, data: object) -> None:
        """Drop the data."""


class _Tracer(pickle.Pickler):
    """Pickles to nowhere; `recent` is what it came to last."""

    def __init__(self, protocol: int, hooks: Any, until: float) -> None:
        callback = (lambda _: None) if protocol >= _BUFFER_PROTOCOL else None
        super().__init__(_Nowhere(), protocol, buffer_callback=callback)
        self.recent: deque[Any] = deque(maxlen=_RECENT)
        self.count = 0
        self._until = until
        self._protocol = protocol
        self._hooks = hooks
        self._persistent_id: Callable[[Any], Any] | None = getattr(hooks, "persistent_id", None)
        self._table = getattr(hooks, "dispatch_table", None)
        if self._table is not None:
            self.dispatch_table = self._table

    def persistent_id(self, obj: Any) -> Any:
        """Take note of an object; pickle asks before it does anything with one."""
        self.count += 1
        if self.count % _CHECK_EVERY == 0 and time.monotonic() > self._until:
            raise _TooLongError
        self.recent.append(obj)
        return self._persistent_id(obj) if self._persistent_id is not None else None

    def reduced(self, obj: Any) -> Any:
        """Take an object apart as pickle does."""
        table = self._table if self._table is not None else copyreg.dispatch_table
        reduce = table.get(type(obj))
        return reduce(obj) if reduce is not None else obj.__reduce_ex__(self._protocol)


class _HookedTracer(_Tracer):
    """The same for picklers that have a `reducer_override`."""

    def reducer_override(self, obj: Any) -> Any:
        """Ask the pickler."""
        return self._hooks.reducer_override(obj)

    def reduced(self, obj: Any) -> Any:
        """Take an object apart as that pickler does."""
        found = self._hooks.reducer_override(obj)
        return super().reduced(obj) if found is NotImplemented else found


def _located(root: Any, culprit: Any, search: _Search) -> Culprit:
    steps = search.find(root, culprit)
    if steps is None:
        return Culprit(culprit, None)
    path = _path([label for label, _ in steps if label])
    owner, attribute = _owner(steps)
    return Culprit(culprit, path, len(steps), owner, attribute)


def _path(labels: list[str]) -> str:
    if len(labels) > _MAX_STEPS:
        labels = [*labels[:_KEPT_STEPS], "…", *labels[-_KEPT_STEPS:]]
    return "".join(["root", *labels])


def _owner(steps: list[Child]) -> tuple[Any, str]:
    for label, owner in reversed(steps):
        top = type(owner).__module__.partition(".")[0]
        if label.startswith(".") and (top == "__main__" or top not in sys.stdlib_module_names):
            return owner, label[1:].partition("[")[0]
    return None, ""


class _Search:
    """Walks through what pickling takes from each object, in its order, without recursion.

    Args:
        reduced: Takes an object apart as pickle does.
        until: When to give up, by `time.monotonic`.
        max_objects: After how many objects to give up.
    """

    def __init__(self, reduced: Callable[[Any], Any], until: float, max_objects: int = _MAX_OBJECTS) -> None:
        self._reduced = reduced
        self._until = until
        self._max_objects = max_objects
        # What `__reduce__` has made must live on, or its id would be that of another object.
        self._seen: dict[int, Any] = {}

    def find(self, root: Any, wanted: Any) -> list[Child] | None:
        """Return the steps from the root, each with the object that it starts from; None if none were found."""
        if root is wanted:
            return []
        self._seen[id(root)] = root
        steps: list[Child] = []
        waiting = [self._children(root)]
        while waiting:
            found = self._next(waiting[-1])
            if found is None:
                waiting.pop()
                if steps:
                    steps.pop()
                continue
            label, parent, child = found
            if child is wanted or _is_made_again(child, wanted):
                return [*steps, (label, parent)]
            if type(child) in _ATOMS or id(child) in self._seen:
                continue
            self._seen[id(child)] = child
            if len(self._seen) > self._max_objects or self._is_late():
                return None
            steps.append((label, parent))
            waiting.append(self._children(child))
        return None

    def _is_late(self) -> bool:
        return len(self._seen) % _CHECK_EVERY == 0 and time.monotonic() > self._until

    def _next(self, children: Iterator[tuple[str, Any, Any]]) -> tuple[str, Any, Any] | None:
        try:
            return next(children, None)
        except Exception:
            # An object that can't be taken apart has no parts: it is not for us to complain.
            return None

    def _children(self, obj: Any) -> Iterator[tuple[str, Any, Any]]:
        for label, child in self._parts(obj):
            yield label, obj, child

    def _parts(self, obj: Any) -> Iterator[Child]:
        kind = type(obj)
        if kind is dict:
            return _items(obj.items())
        if kind is list or kind is tuple:
            return _numbered("[{}]", obj)
        if kind is set or kind is frozenset:
            return _numbered("<item {}>", obj)
        if isinstance(obj, _BY_NAME):
            return iter(())
        return self._reduced_parts(obj)

    def _reduced_parts(self, obj: Any) -> Iterator[Child]:
        reduced = self._reduced(obj)
        if not isinstance(reduced, tuple):
            return
        function, args, state, items, pairs = [*reduced, None, None, None][:5]
        yield "", function
        yield from _arguments(obj, args)
        if items is not None:
            yield from _numbered("[{}]", items)
        if pairs is not None:
            yield from _items(pairs)
        yield from _state(obj, state)


def _is_made_again(child: Any, wanted: Any) -> bool:
    """Whether it is the same function, which `__getstate__` makes anew each time."""
    return type(child) is FunctionType and type(wanted) is FunctionType and child.__code__ is wanted.__code__


def _arguments(obj: Any, args: Any) -> Iterator[Child]:
    name = _attribute_of(obj, args)
    if name:
        yield from _numbered(f".{name}[{{}}]", args)
        return
    for index, arg in enumerate(args):
        # The class itself is no part of the object: what is wrong with it is wrong with the object.
        name = _attribute_of(obj, arg)
        yield ("" if arg is type(obj) else f".{name}" if name else f"<arg {index}>"), arg


def _state(obj: Any, state: Any) -> Iterator[Child]:
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    if all(part is None or type(part) is dict for part in parts):
        for part in parts:
            for key, value in (part or {}).items():
                yield f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{_key_text(key)}]", value
    elif type(state) is tuple:
        for index, value in enumerate(state):
            name = _attribute_of(obj, value)
            yield f".{name}" if name else f"<state>[{index}]", value
    else:
        yield "<state>", state


def _attribute_of(obj: Any, value: Any) -> str:
    """Name the attribute that holds a value, among those of well-known types."""
    names = (*_NAMED_ATTRIBUTES, *(getattr(type(obj), "_fields", ()) if isinstance(obj, tuple) else ()))
    return next((name for name in names if getattr(obj, name, _NOTHING) is value), "")


def _items(pairs: Any) -> Iterator[Child]:
    for index, (key, value) in enumerate(pairs):
        if type(key) not in _ATOMS:
            yield f"<key {index}>", key
        text = _key_text(key)
        yield (f"[{text}]" if text else f"<value {index}>"), value


def _key_text(key: Any) -> str:
    if type(key) is str:
        return quoted(key)
    if type(key) in _ATOMS:
        return repr(key)
    if type(key) is tuple and all(type(part) in _ATOMS for part in key):
        return f"({', '.join(map(_key_text, key))}{',' if len(key) == 1 else ''})"
    return ""


def _numbered(form: str, items: Any) -> Iterator[Child]:
    for index, item in enumerate(items):
        yield form.format(index), item
