"""Guards of the builtins, of copyreg and of iterators, exceptions and type expressions, with hostile arguments."""

from __future__ import annotations

import collections
import itertools
import typing
from typing import Any

import pytest

from onggi.proof.guards import find
from onggi.proof.rules import Unsafe

# From Python 3.12 on, iterators of itertools warn that Python 3.14 does not pickle them.
_NOT_FOR_LONG = pytest.mark.filterwarnings("ignore:Pickle, copy, and deepcopy support:DeprecationWarning")


def call(guard: str, function: Any, *args: Any) -> Any:
    return find(guard)(function, args)


def collisions(count: int) -> list[int]:
    return [number * (2**61 - 1) for number in range(1, count + 1)]


def shared_tuple(levels: int) -> tuple[Any, ...]:
    item: tuple[Any, ...] = ()
    for _ in range(levels):
        item = (item, item)
    return item


class Loud:
    """Would be noticed: a stranger's pickle must not get this far."""

    def __init__(self, *args: Any) -> None:
        raise AssertionError("called")


@pytest.mark.parametrize(
    ("guard", "function", "args", "expected"),
    [
        ("builtins:set_", set, ([1, 2],), {1, 2}),
        ("builtins:set_", set, (), set()),
        ("builtins:frozenset_", frozenset, ([(1, 2), "a"],), frozenset({(1, 2), "a"})),
        ("builtins:items", list, ((1, 2),), [1, 2]),
        ("builtins:items", tuple, ([1],), (1,)),
        ("builtins:dict_", dict, ([["a", 1], ("b", 2)],), {"a": 1, "b": 2}),
        ("builtins:counter", collections.Counter, ({"a": 2},), collections.Counter("aa")),
        ("builtins:bytearray_", bytearray, (b"ab",), bytearray(b"ab")),
        ("builtins:bytearray_", bytearray, ("a\xff", "latin-1"), bytearray(b"a\xff")),
        ("builtins:bytes_", bytes, ([1, 2],), b"\1\2"),
        ("builtins:int_", int, ("12",), 12),
        ("builtins:complex_", complex, (1.0, 2.0), 1 + 2j),
        ("builtins:range_", range, (1, 2**70, 2), range(1, 2**70, 2)),
        ("builtins:slice_", slice, (1, None, 2), slice(1, None, 2)),
        ("builtins:type_", type, (None,), type(None)),
        ("builtins:type_", type, (...,), type(...)),
        ("builtins:encode", None, ("a\xff", "latin1"), None),
    ],
)
def test_honest_arguments(guard: str, function: Any, args: tuple[Any, ...], expected: Any) -> None:
    if guard == "builtins:encode":
        import _codecs

        function, expected = _codecs.encode, b"a\xff"
    made = find(guard)(function, args)
    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(
    ("guard", "function", "args"),
    [
        ("builtins:set_", set, (range(10**9),)),
        ("builtins:set_", set, (itertools.count(),)),
        ("builtins:set_", set, ([1], [2])),
        ("builtins:set_", set, ([shared_tuple(60)],)),
        ("builtins:set_", set, ([(shared_tuple(20), index) for index in range(5)],)),
        ("builtins:set_", set, (collisions(1_000),)),
        ("builtins:frozenset_", frozenset, (collisions(1_000),)),
        ("builtins:items", list, (range(10**12),)),
        ("builtins:items", tuple, (itertools.repeat(0),)),
        ("builtins:items", list, ("text",)),
        ("builtins:dict_", dict, (zip(itertools.count(), itertools.count(), strict=False),)),
        ("builtins:dict_", dict, ([(number, 0) for number in collisions(1_000)],)),
        ("builtins:dict_", dict, ([(shared_tuple(60), 1)],)),
        ("builtins:dict_", dict, (["ab"],)),
        ("builtins:ordered_dict", collections.OrderedDict, (range(5),)),
        ("builtins:counter", collections.Counter, (range(10**9),)),
        ("builtins:counter", collections.Counter, ([["a", "b"]],)),
        ("builtins:bytearray_", bytearray, (10**12,)),
        ("builtins:bytearray_", bytearray, ("x", "idna")),
        ("builtins:bytearray_", bytearray, (range(10**9),)),
        ("builtins:bytes_", bytes, (10**12,)),
        ("builtins:int_", int, ("9" * 5_000,)),
        ("builtins:int_", int, ("1", 36, 1)),
        ("builtins:float_", float, (Loud,)),
        ("builtins:str_", str, ([[[]]],)),
        ("builtins:complex_", complex, ("1",)),
        ("builtins:range_", range, (1.5,)),
        ("builtins:range_", range, ()),
        ("builtins:slice_", slice, (slice(1, 2),)),
        ("builtins:slice_", slice, ([],)),
        ("builtins:type_", type, (1,)),
        ("builtins:type_", type, ("Name", (object,), {})),
        ("builtins:nothing", object, (1,)),
        ("builtins:encode", str.encode, ("x" * 10, "punycode")),
        ("builtins:encode", str.encode, (b"x", "latin1")),
        ("builtins:encode", str.encode, ("x",)),
    ],
)
def test_hostile_arguments(guard: str, function: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find(guard)(function, args)


# copyreg


class Tagged(dict):  # type: ignore[type-arg]
    pass


class Blank:
    pass


class WithInit(list):  # type: ignore[type-arg]
    def __init__(self, *args: Any) -> None:
        raise AssertionError("called")


def test_reconstruct_makes_what_copyreg_makes() -> None:
    assert type(call("builtins:reconstruct", None, Blank, object, None)) is Blank
    made = call("builtins:reconstruct", None, Tagged, dict, {"a": 1})
    assert type(made) is Tagged
    assert made == {"a": 1}
    assert call("builtins:reconstruct", None, WithInit, list, [1]) == [1]


@pytest.mark.parametrize(
    "args",
    [
        (Blank, Loud, "x"),
        (Blank, object, "state"),
        (Tagged, dict, [("a", 1)]),
        (Tagged, list, []),
        (Tagged, list, range(10**9)),
        (Blank, type, "x"),
        (Blank, object),
        ("Blank", object, None),
        (list, list, map(print, [1])),
    ],
)
def test_reconstruct_refuses(args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find("builtins:reconstruct")(None, args)


def test_new_as_a_function_keeps_the_guard_of_new() -> None:
    import io

    assert type(call("builtins:new_object", None, io.BytesIO)) is io.BytesIO
    with pytest.raises(Unsafe):
        call("builtins:new_object", None, io.BytesIO, 1)
    with pytest.raises(Unsafe):
        call("builtins:new_object", None, len, 1)
    with pytest.raises(Unsafe):
        call("builtins:new_object_with_keywords", None, io.BytesIO, (), {"initial_bytes": b""})
    assert type(call("builtins:new_object_with_keywords", None, Blank, (), {})) is Blank


def test_namespace_takes_plain_names() -> None:
    import types

    space = types.SimpleNamespace()
    find("builtins:namespace")(space, {"a": 1, "keys": 2})
    assert vars(space) == {"a": 1, "keys": 2}
    for name in ("__setstate__", "append", "extend", "add", "__array_interface__", "__class__"):
        with pytest.raises(Unsafe):
            find("builtins:namespace")(types.SimpleNamespace(), {name: 1})
    with pytest.raises(Unsafe):
        find("builtins:namespace")(types.SimpleNamespace(), (None, {"a": 1}))


# Iterators


@_NOT_FOR_LONG
def test_iterators_with_state() -> None:
    items = call("iterators:iter_", iter, [1, 2, 3])
    find("iterators:index_state")(items, 2)
    assert list(items) == [3]
    chained = call("iterators:zip_", itertools.chain)
    find("iterators:chain_state")(chained, (iter([iter([1]), iter([2])]),))
    assert list(chained) == [1, 2]


def _made(guard: str, function: Any, *args: Any) -> Any:
    return find(guard)(function, args)


@pytest.mark.parametrize(
    ("guard", "function", "args"),
    [
        ("iterators:iter_", iter, (map(print, [1]),)),
        ("iterators:iter_", iter, (print, 1)),
        ("iterators:iter_", iter, (collections.UserList([1]),)),
        ("iterators:enumerate_", enumerate, (map(print, [1]), 0)),
        ("iterators:zip_", zip, ([1],)),
        ("iterators:repeat", itertools.repeat, (1, 2**70)),
        ("iterators:count", itertools.count, ("a",)),
        ("iterators:cycle", itertools.cycle, (map(print, [1]),)),
        ("iterators:accumulate", itertools.accumulate, (iter([1]), getattr)),
        ("iterators:accumulate", itertools.accumulate, (iter([1]), type)),
        ("iterators:islice", itertools.islice, (iter([1]), -1)),
        ("iterators:product", itertools.product, (range(10**9),)),
        ("iterators:choose", itertools.permutations, ((1, 2), 10**10)),
        ("iterators:choose", itertools.combinations, (range(10**9), 2)),
        ("iterators:choose", itertools.combinations, ((1, 2), -1)),
        ("iterators:deque_iterator", None, (collections.deque([1]), 2)),
        ("iterators:deque_iterator", None, ([1], 0)),
    ],
)
def test_iterators_refuse(guard: str, function: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find(guard)(function, args)


@_NOT_FOR_LONG
@pytest.mark.parametrize(
    ("guard", "made", "state"),
    [
        ("iterators:index_state", iter([1]), "1"),
        ("iterators:index_state", iter([1]), 2**70),
        ("iterators:zip_state", zip(strict=False), [1]),
        ("iterators:islice_state", itertools.islice([1], 1), -(2**62)),
        ("iterators:product_state", itertools.product((1, 2), ()), (0, 0)),
        ("iterators:product_state", itertools.product((1, 2)), (5,)),
        ("iterators:product_state", itertools.product((1, 2)), (-1,)),
        ("iterators:choose_state", itertools.combinations((1, 2, 3), 2), (0, 7)),
        ("iterators:choose_state", itertools.combinations((1, 2, 3), 2), (0,)),
        ("iterators:permutations_state", itertools.permutations((1, 2), 2), ((0, 1), (9, 9))),
        ("iterators:permutations_state", itertools.permutations((1, 2), 2), (0, 1)),
        ("iterators:cycle_state", itertools.cycle([1]), ((1, 2), 0)),
    ],
)
def test_iterator_states_refuse(guard: str, made: Any, state: Any) -> None:
    with pytest.raises(Unsafe):
        find(guard)(made, state)


def test_a_chain_cannot_hold_itself() -> None:
    chained: Any = itertools.chain()
    for state in ((chained,), (iter([1]), chained), (iter([1]), enumerate([1])), ()):
        with pytest.raises(Unsafe):
            find("iterators:chain_state")(chained, state)


@_NOT_FOR_LONG
def test_the_seen_items_of_a_cycle_are_its_own() -> None:
    seen = [1, 2]
    made = itertools.cycle([])
    find("iterators:cycle_state")(made, (seen, 1))
    seen.clear()
    assert list(itertools.islice(made, 3)) == [1, 2, 1]


# Exceptions


@pytest.mark.parametrize(
    ("guard", "function", "args"),
    [
        ("exceptions:decode_error", UnicodeDecodeError, ("utf-8", b"abc", -5, -4, "reason")),
        ("exceptions:decode_error", UnicodeDecodeError, ("utf-8", b"abc", 10**6, 10**6 + 1, "reason")),
        ("exceptions:decode_error", UnicodeDecodeError, ("utf-8", bytearray(b"abc"), 0, 1, "reason")),
        ("exceptions:decode_error", UnicodeDecodeError, ("utf-8",)),
        ("exceptions:encode_error", UnicodeEncodeError, ("utf-8", "abc", -1, 1, "reason")),
        ("exceptions:encode_error", UnicodeTranslateError, ("abc", 0, 9, "reason")),
        ("exceptions:syntax_error", SyntaxError, ("text", itertools.count())),
        ("exceptions:syntax_error", SyntaxError, ("text", ("a", [], 1, 1))),
        ("exceptions:group", ExceptionGroup, ("text", itertools.repeat(ValueError()))),
        ("exceptions:group", ExceptionGroup, ("text", [1])),
        ("exceptions:os_error", OSError, (shared_tuple(60), "text")),
        ("exceptions:json_error", ValueError, ("text", [], 1)),
        ("exceptions:texts", ValueError, ([[1]],)),
        ("exceptions:rebuild", len, ([], "text")),
    ],
)
def test_exceptions_refuse(guard: str, function: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find(guard)(function, args)


def test_exception_attributes() -> None:
    error = ImportError("text")
    find("exceptions:attributes")(error, {"name": "json", "extra": [1], "__notes__": ["note"]})
    assert (error.name, error.extra, error.__notes__) == ("json", [1], ["note"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (UnicodeDecodeError("utf-8", b"abc", 0, 1, "r"), {"object": 5}),
        (UnicodeDecodeError("utf-8", b"abc", 0, 1, "r"), {"start": -100}),
        (ValueError(), {"__class__": OSError}),
        (ValueError(), {"__traceback__": None}),
        (ValueError(), {"__dict__": {}}),
        (ValueError(), {"__notes__": [1]}),
        (ValueError(), {"with_traceback": len}),
        (ValueError(), {"args": [1]}),
        (ImportError(), {"name": 1}),
        (ValueError(), {1: 2}),
        (ValueError(), [1]),
    ],
)
def test_exception_attributes_refuse(error: Any, state: Any) -> None:
    with pytest.raises(Unsafe):
        find("exceptions:attributes")(error, state)


# Type expressions


def test_type_expressions() -> None:
    import types

    assert call("generics:generic_alias", types.GenericAlias, list, (int,)) == list[int]
    assert call("generics:subscript", None, typing.Dict, (str, int)) == typing.Dict[str, int]  # noqa: UP006
    assert call("generics:subscript", None, typing.Literal, ("a", 1)) == typing.Literal["a", 1]
    assert call("generics:subscript", None, typing.Callable, ([int], str)) == typing.Callable[[int], str]
    assert call("callables:reduce_", None, __import__("operator").or_, (int, None, list[int])) == int | None | list[int]


def _wide(levels: int) -> Any:
    found: Any = list[int]
    for _ in range(levels):
        found = dict[found, found]
    return found


@pytest.mark.parametrize(
    ("guard", "args"),
    [
        ("generics:generic_alias", (print, (int,))),
        ("generics:generic_alias", (list, ("int",))),
        ("generics:generic_alias", (list, (_wide(30),))),
        ("generics:generic_alias", (list, ([1],))),
        ("generics:generic_alias", (list,)),
        ("generics:subscript", (typing.List, "__import__('os')")),  # noqa: UP006
        ("generics:subscript", (typing.Dict, (str, print))),  # noqa: UP006
        ("generics:subscript", ({"a": 1}, "a")),
        ("generics:subscript", (int, int)),
        ("generics:subscript", (typing.Literal, (len,))),
        ("generics:subscript", (typing.Annotated, (int, len))),
        ("generics:subscript", (typing.Optional, _wide(30))),
        ("generics:callable_alias", (list, (int, str))),
        ("callables:reduce_", (len, (int, str))),
        ("callables:reduce_", (__import__("operator").add, (int, str))),
        ("callables:reduce_", (__import__("operator").or_, (int, "str"))),
        ("callables:reduce_", (__import__("operator").or_, tuple(list[number] for number in range(200)))),  # type: ignore[valid-type]
        ("callables:or_", ({1}, {2})),
        ("callables:or_", (1, 2)),
    ],
)
def test_type_expressions_refuse(guard: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find(guard)(None, args)
