"""What the guards of array libraries ask of states: exact fields, given once, out of the pickle's reach."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from onggi.proof.guards import exact, unfinished
from onggi.proof.rules import Unsafe


class Plain:
    pass


def test_fields_copies_what_is_allowed() -> None:
    state = {"a": 1}
    assert exact.fields(state, {"a", "b"}, "it") == state
    assert exact.fields(state, {"a"}, "it") is not state


@pytest.mark.parametrize("state", [{"c": 1}, {1: 1}, [], None, {"a": 1, "__class__": int}, {}])
def test_fields_refuses_other_states(state: Any) -> None:
    with pytest.raises(Unsafe):
        exact.fields(state, {"a", "b"}, "it", ("a",))


def test_update_attributes_fills_once() -> None:
    obj = Plain()
    exact.update_attributes(obj, {"a": 1})
    assert vars(obj) == {"a": 1}
    with pytest.raises(Unsafe, match="twice"):
        exact.update_attributes(obj, {"a": 2})


@pytest.mark.parametrize("name", ["__class__", "__array__", "__setstate__", "append", "extend", "add", "__dict__", 1])
def test_update_attributes_refuses_names_that_are_called(name: Any) -> None:
    with pytest.raises(Unsafe):
        exact.update_attributes(Plain(), {name: 1})


@pytest.mark.parametrize("state", [(None, {"a": 1}), [("a", 1)], SimpleNamespace(a=1), ({}, {}, {})])
def test_update_attributes_refuses_other_shapes(state: Any) -> None:
    with pytest.raises(Unsafe):
        exact.update_attributes(Plain(), state)


def test_no_arguments() -> None:
    assert type(exact.no_arguments(Plain, (), {})) is Plain
    with pytest.raises(Unsafe):
        exact.no_arguments(list, ((1, 2),), {})


def test_settled_copies_only_the_arrays_that_can_still_be_filled() -> None:
    full, empty = np.ones(3), np.empty(0)
    assert exact.settled(full, "f", "it") is full
    assert exact.settled(empty, "f", "it") is not empty


@pytest.mark.parametrize(
    "array", [[1.0], np.ones(2, ">f8"), np.ones(2, "i8"), np.ma.ones(2), np.ones((1, 1)), np.char.array(["a"])]
)
def test_settled_refuses_other_arrays(array: Any) -> None:
    with pytest.raises(Unsafe):
        exact.settled(array, "f", "it", dimensions=1)


@pytest.mark.parametrize("name", [None, "a", 1, ("a", (1, 2)), frozenset({1}), 2.5, b"x"])
def test_labels(name: Any) -> None:
    assert exact.label(name) is name


def _shared_tuples(depth: int) -> Any:
    made: Any = (1, 1)
    for _ in range(depth):
        made = (made, made)
    return made


@pytest.mark.parametrize("name", [[1], {}, _shared_tuples(60), list[int], tuple(range(2_000))])
def test_label_refuses_what_costs_too_much_to_hash(name: Any) -> None:
    with pytest.raises(Unsafe):
        exact.label(name)


@pytest.mark.parametrize("number", [True, 1.0, -1, 11, "1", None])
def test_bounded_integer_refuses(number: Any) -> None:
    with pytest.raises(Unsafe):
        exact.bounded_integer(number, 0, 10, "it")


def test_an_object_without_state_does_not_leave_the_load() -> None:
    obj = Plain()
    with pytest.raises(Unsafe, match="a thing"), unfinished.one_load():
        unfinished.made(obj, "a thing")
    with unfinished.one_load():
        unfinished.made(obj, "a thing")
        unfinished.filled(obj)


def test_loads_in_loads_have_their_own_objects() -> None:
    with unfinished.one_load():
        unfinished.made(first := Plain(), "the first")
        with pytest.raises(Unsafe, match="second"), unfinished.one_load():
            unfinished.made(Plain(), "the second")
        unfinished.filled(first)
