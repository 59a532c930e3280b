"""What honest pickles do breaks no rule; neither does what is trusted."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import pickle
import types
from typing import Any

import pytest

from attacks.assembler import (
    APPEND,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    NONE,
    REDUCE,
    SETITEM,
    build,
    call,
    name,
    pickled,
)
from onggi.proof import DEFAULT_LIMITS, TRUST_ALL, Policy, Use
from tests.proof.walking import JAR, JARS, Walk, doubled, rules

# -------------------------------------------------------------------------------------------- getattr of a class


@pytest.mark.parametrize("attribute", ["Inner", "make"])
def test_getattr_of_an_allowed_class_is_the_dotted_name(walker_module, attribute):
    walk = Walk(
        walker_module, pickled(call("builtins.getattr", name("jars.Jar"), attribute), EMPTY_TUPLE, REDUCE), policy=JARS
    )
    assert walk.rules == []
    assert Use.CALL in walk.uses(f"jars.Jar.{attribute}")


@pytest.mark.parametrize(
    "owner", ["os.path", "builtins.list", "other.Thing", "http.HTTPStatus", "copyreg._reconstructor"]
)
@pytest.mark.parametrize("attribute", ["__globals__", "__builtins__", "__subclasses__", "__class__", "system"])
def test_getattr_gives_nothing_to_call(walker_module, owner, attribute):
    found = rules(walker_module, call("builtins.getattr", name(owner), attribute), EMPTY_TUPLE, REDUCE)
    assert found


# ------------------------------------------------------------------------------------------------ honest pickles


@dataclasses.dataclass
class Point:
    x: int
    y: Any = None


class Slotted:
    __slots__ = ("_y", "x")

    def __init__(self) -> None:
        self.x, self._y = 1, 2


class Filled(list):
    pass


HONEST = [
    [Point(1), Point(2, Point(3))],
    Slotted(),
    Filled([1, 2]),
    collections.OrderedDict(a=1),
    collections.defaultdict(list, a=[1]),
    collections.deque([1, 2], 3),
    {datetime.date(2020, 1, 1): decimal.Decimal("1.5")},
    [types.SimpleNamespace(a=1), complex(1, 2), range(3), slice(1), {1, 2}, frozenset("ab"), bytearray(b"x")],
    [int, print, datetime.datetime, collections.OrderedDict.fromkeys],
    {"append": 1, "__class__": 2, "add": {"__setstate__": 3}},
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("obj", HONEST, ids=range(len(HONEST)))
def test_honest_pickles_break_no_rule(walker_module, obj, protocol):
    if isinstance(obj, Slotted) and protocol < 2:
        pytest.skip("Python can't pickle slots in these protocols")
    here = Policy((f"{__name__}.*", "builtins.print", "collections.OrderedDict.fromkeys"))
    assert Walk(walker_module, pickle.dumps(obj, protocol), policy=here).rules == []


def test_what_is_trusted_breaks_no_rule(walker_module):
    for code in (
        build(name("jars.Jar"), {"append": 1}),
        call(JAR),
        build(EMPTY_LIST, {}),
        JAR + NONE + APPEND,
        EMPTY_DICT + doubled(60) + NONE + SETITEM,
    ):
        walk = Walk(walker_module, pickled(code), policy=TRUST_ALL, limits=DEFAULT_LIMITS)
        assert walk.rules == []
        assert walk.shapes == []
