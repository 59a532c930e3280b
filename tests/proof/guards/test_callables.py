"""Guards of callables inside objects and of attribute look-ups."""

from __future__ import annotations

import collections
import datetime
import enum
import functools
import http
import io
import operator
import pathlib
import subprocess
import types
from typing import Any

import numpy as np
import pytest

from onggi.proof.guards import find
from onggi.proof.guards.callables import is_inert, member, require_inert
from onggi.proof.rules import Unsafe


def call(guard: str, function: Any, *args: Any) -> Any:
    return find(guard)(function, args)


class Readers:
    """Stands for a class that the reader allows."""

    def method(self) -> int:
        return 1

    @property
    def value(self) -> int:
        raise AssertionError("read")


def readers_function() -> None: ...


class Color(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    "function",
    [
        *(len, max, sorted, int, list, collections.OrderedDict, datetime.date, operator.add, str.lower, "x".join),
        *(np.float64, np.mean, np.add, np.add.reduce, np.array, Readers, readers_function, Readers().method),
        *(functools.partial(int), operator.itemgetter(1), datetime.datetime.fromisoformat),
    ],
)
def test_inert(function: Any) -> None:
    assert is_inert(function)


@pytest.mark.parametrize(
    "function",
    [
        *(
            type,
            getattr,
            np.ndarray,
            np.dtype,
            np.matrix,
            np.random.Generator,
            subprocess.CompletedProcess,
            functools.partial,
        ),
        *(pathlib.Path.unlink, pathlib.Path("x").unlink, pathlib.Path.write_text, io.BytesIO, np.ndarray.tofile),
        *(
            np.zeros(1).tofile,
            types.GenericAlias(list, (int,)),
            datetime.datetime.__init__,
        ),
    ],
)
def test_not_inert(function: Any) -> None:
    assert not is_inert(function)
    with pytest.raises(Unsafe, match="may only be a function that computes"):
        require_inert(function, "the function of a thing")


def test_what_is_not_callable_is_refused() -> None:
    with pytest.raises(Unsafe):
        require_inert(5, "the function of a thing")


def test_partial() -> None:
    made = call("callables:partial_", functools.partial, int)
    find("callables:partial_state")(made, (int, (), {"base": 2}, None))
    assert made("101") == 5


@pytest.mark.parametrize(
    "state",
    [
        (getattr, (), {}, None),
        (np.ndarray, ((2,), "O"), {}, None),
        (int, [1], {}, None),
        (int, (), {1: 2}, None),
        (int, (), [], None),
        (int, (), {}, {"__call__": len}),
        (int, (), {}, [1]),
        (int, (), {}),
        [int, (), {}, None],
    ],
)
def test_partial_states_refuse(state: Any) -> None:
    with pytest.raises(Unsafe):
        find("callables:partial_state")(functools.partial(len), state)


def test_a_partial_does_not_call_itself() -> None:
    made = functools.partial(int)
    with pytest.raises(Unsafe):
        find("callables:partial_state")(made, (made, (), {}, None))


@pytest.mark.parametrize(
    ("guard", "args"),
    [
        ("callables:partial_", (getattr,)),
        ("callables:partial_", (np.ndarray,)),
        ("callables:partial_", (int, 1)),
        ("callables:partial_", ()),
        ("callables:defaultdict_", (type,)),
        ("callables:defaultdict_", (pathlib.Path("x").unlink,)),
        ("callables:defaultdict_", (5,)),
        ("callables:defaultdict_", (list, [("a", 1)])),
        ("callables:itemgetter_", ()),
        ("callables:itemgetter_", ([],)),
        ("callables:attributegetter", ("__globals__",)),
        ("callables:attributegetter", ("method.__func__",)),
        ("callables:attributegetter", ("gi_frame.f_globals",)),
        ("callables:attributegetter", ("_private",)),
        ("callables:attributegetter", (5,)),
        ("callables:attributegetter", ()),
        ("callables:methodcaller_", ("eval", "@pd.io.common.os.system('id')")),
        ("callables:methodcaller_", ("to_pickle", "/tmp/x")),
        ("callables:methodcaller_", ("tofile", "/tmp/x")),
        ("callables:methodcaller_", ("replace", "/etc/passwd")),
        ("callables:methodcaller_", ("copy", "/etc/passwd")),
        ("callables:methodcaller_", ("format", 1)),
        ("callables:methodcaller_", ("__reduce__",)),
        ("callables:methodcaller_", ("unlink",)),
        ("callables:methodcaller_", ()),
        ("callables:get_attribute", (pathlib.Path("x"), "unlink")),
        ("callables:get_attribute", (pathlib.Path, "unlink")),
        ("callables:get_attribute", (len, "__self__")),
        ("callables:get_attribute", (subprocess, "Popen")),
        ("callables:get_attribute", ("text", "__class__")),
        ("callables:get_attribute", ("{0.__class__}", "format")),
        ("callables:get_attribute", (np.zeros(1), "tofile")),
        ("callables:get_attribute", (np.add, "__class__")),
        ("callables:get_attribute", (Readers(), "value")),
        ("callables:get_attribute", (Readers(), "__init__")),
        ("callables:get_attribute", (http.HTTPStatus, "__members__")),
        ("callables:get_attribute", (datetime.datetime, "__new__")),
        ("callables:get_attribute", ("text",)),
        ("callables:get_attribute", ("text", 5)),
    ],
)
def test_callables_refuse(guard: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find(guard)(getattr, args)


def test_attributes_that_may_be_looked_up() -> None:
    assert call("callables:get_attribute", getattr, http.HTTPStatus, "OK") is http.HTTPStatus.OK
    assert call("callables:get_attribute", getattr, Color, "RED") is Color.RED
    assert call("callables:get_attribute", getattr, "a-b", "split")("-") == ["a", "b"]
    assert call("callables:get_attribute", getattr, Readers(), "method")() == 1
    assert member(str, "lower") is str.lower
    assert member(np.add, "reduce")([1, 2]) == 3
    assert member(datetime.datetime, "fromisoformat")("2024-01-01") == datetime.datetime(2024, 1, 1)


def test_a_member_of_an_enum_is_no_method_of_it() -> None:
    for name in ("mro", "__call__", "_member_map_", "from_bytes"):
        with pytest.raises(Unsafe):
            member(http.HTTPStatus, name)


def test_getters_work() -> None:
    assert call("callables:itemgetter_", operator.itemgetter, "a", 1)({"a": 1, 1: 2}) == (1, 2)
    assert call("callables:attributegetter", operator.attrgetter, "real.imag")(5) == 0
    assert call("callables:methodcaller_", operator.methodcaller, "replace", "a", "b")("aa") == "bb"
    assert call("callables:defaultdict_", collections.defaultdict, list)["x"] == []


def test_flags_are_joined_within_one_enum() -> None:
    import re

    assert call("callables:or_", operator.or_, re.IGNORECASE, re.DOTALL) == re.IGNORECASE | re.DOTALL
    with pytest.raises(Unsafe):
        call("callables:or_", operator.or_, re.IGNORECASE, 2**100)
