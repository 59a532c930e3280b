"""Guards of the standard library's value types, with hostile arguments and states."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import http
import http.cookies
import inspect
import io
import ipaddress
import logging
import os
import pathlib
import random
import re
import statistics
import string
import time
import uuid
import xml.etree.ElementTree as ElementTree
import zoneinfo
from typing import Any

import pytest

from onggi.proof.guards import budget, find
from onggi.proof.rules import Unsafe

DATE = bytes([7, 232, 2, 29])
DATETIME = bytes([7, 232, 2, 29, 23, 59, 59, 15, 66, 63])
TIME = bytes([23, 59, 59, 15, 66, 63])


def call(guard: str, function: Any, *args: Any) -> Any:
    return find(guard)(function, args)


@pytest.mark.parametrize(
    ("guard", "function", "args", "expected"),
    [
        ("stdlib:date", datetime.date, (DATE,), datetime.date(2024, 2, 29)),
        ("stdlib:date", datetime.date, (DATE.decode("latin-1"),), datetime.date(2024, 2, 29)),
        ("stdlib:date", datetime.date, (bytes([0, 1, 1, 1]),), datetime.date.min),
        ("stdlib:date", datetime.date, (2024, 1, 31), datetime.date(2024, 1, 31)),
        ("stdlib:datetime_", datetime.datetime, (DATETIME,), datetime.datetime(2024, 2, 29, 23, 59, 59, 999_999)),
        ("stdlib:time", datetime.time, (TIME,), datetime.time(23, 59, 59, 999_999)),
        ("stdlib:timedelta", datetime.timedelta, (-1, 2, 3), datetime.timedelta(-1, 2, 3)),
        ("stdlib:timezone", datetime.timezone, (datetime.timedelta(0),), datetime.UTC),
        ("stdlib:zone", zoneinfo.ZoneInfo, ("Asia/Seoul",), zoneinfo.ZoneInfo("Asia/Seoul")),
        ("stdlib:fraction", fractions.Fraction, (1, 3), fractions.Fraction(1, 3)),
        ("stdlib:fraction", fractions.Fraction, ("-22/7",), fractions.Fraction(-22, 7)),
        ("stdlib:decimal", decimal.Decimal, ("1E+999999",), decimal.Decimal("1E+999999")),
        ("stdlib:array", array.array, ("d", [1.5]), array.array("d", [1.5])),
        ("stdlib:array_reconstructor", array._array_reconstructor, (array.array, "B", 0, b"a"), array.array("B", b"a")),  # type: ignore[attr-defined]
        ("stdlib:ip", ipaddress.IPv4Address, (1,), ipaddress.IPv4Address(1)),
        ("stdlib:uuid_", uuid.UUID, ("00000000-0000-0000-0000-000000000005",), uuid.UUID(int=5)),
        ("stdlib:uuid_", uuid.UUID, (None, None, None, None, 5), uuid.UUID(int=5)),
        ("stdlib:path", pathlib.PurePosixPath, ("/", "a"), pathlib.PurePosixPath("/a")),
        ("stdlib:pattern", re._compile, ("a+", 34), re.compile("a+", re.IGNORECASE)),  # type: ignore[attr-defined]
        ("stdlib:deque", collections.deque, ([1], 3), collections.deque([1], 3)),
        ("stdlib:record", os.terminal_size, ((80, 24), {}), os.terminal_size((80, 24))),
        ("stdlib:member_of_enum", http.HTTPStatus, (200,), http.HTTPStatus.OK),
    ],
)
def test_honest_arguments(guard: str, function: Any, args: tuple[Any, ...], expected: Any) -> None:
    assert find(guard)(function, args) == expected


def test_every_day_is_taken_as_the_constructor_takes_it() -> None:
    guard = find("stdlib:date")
    for year in (0, 1, 1900, 2023, 2024, 9999, 10_000, 65_535):
        for month in range(15):
            for day in (0, 1, 28, 29, 30, 31, 32, 255):
                raw = bytes([year >> 8, year & 255, month, day])
                try:
                    expected = datetime.date(year, month, day)
                except ValueError:
                    with pytest.raises(Unsafe):
                        guard(datetime.date, (raw,))
                else:
                    assert guard(datetime.date, (raw,)) == expected


def test_folds() -> None:
    raw = DATETIME[:2] + bytes([DATETIME[2] | 0x80]) + DATETIME[3:]
    assert call("stdlib:datetime_", datetime.datetime, raw).fold == 1
    assert call("stdlib:time", datetime.time, bytes([TIME[0] | 0x80]) + TIME[1:]).fold == 1


def _changed(raw: bytes, index: int, byte: int) -> bytes:
    return raw[:index] + bytes([byte]) + raw[index + 1 :]


@pytest.mark.parametrize(
    ("guard", "function", "args"),
    [
        ("stdlib:date", datetime.date, (b"\xff\xff\x01\x01",)),
        ("stdlib:date", datetime.date, (_changed(DATE, 3, 255),)),
        ("stdlib:date", datetime.date, (DATE[:3],)),
        ("stdlib:date", datetime.date, ("\u1000abc",)),
        ("stdlib:date", datetime.date, (bytearray(DATE),)),
        ("stdlib:date", datetime.date, (2024, 1, 2**70)),
        *(("stdlib:datetime_", datetime.datetime, (_changed(DATETIME, index, 63),)) for index in (0, 2, 3, 4, 5, 6, 7)),
        ("stdlib:datetime_", datetime.datetime, (DATETIME[:9],)),
        ("stdlib:datetime_", datetime.datetime, ()),
        *(("stdlib:time", datetime.time, (_changed(TIME, index, 63),)) for index in (0, 1, 2, 3)),
        ("stdlib:timedelta", datetime.timedelta, ("1",)),
        ("stdlib:timedelta", datetime.timedelta, (2**1000,)),
        ("stdlib:timezone", datetime.timezone, (1,)),
        *(
            ("stdlib:zone", zoneinfo.ZoneInfo, (key,))
            for key in ("../../etc/passwd", "/etc/passwd", "a/../b", "a//b", ".")
        ),
        *(("stdlib:zone", zoneinfo.ZoneInfo, (key,)) for key in ("C:/x", "a\\b", "", "x" * 100, "a/b/c/d/e")),
        ("stdlib:zone", zoneinfo.ZoneInfo, (b"UTC",)),
        ("stdlib:zone", zoneinfo.ZoneInfo, ("UTC", "x")),
        ("stdlib:zone", zoneinfo.ZoneInfo, ()),
        ("stdlib:record", time.struct_time, (range(9),)),
        ("stdlib:record", time.struct_time, (tuple([[]] * 9),)),
        ("stdlib:record", time.struct_time, ((0,) * 9, {"tm_zone": []})),
        ("stdlib:fraction", fractions.Fraction, ("1e300000000",)),
        ("stdlib:fraction", fractions.Fraction, (decimal.Decimal("1e300000000"),)),
        ("stdlib:fraction", fractions.Fraction, (1 << 100_000, 3)),
        ("stdlib:fraction", fractions.Fraction, (0.5,)),
        ("stdlib:decimal", decimal.Decimal, ((0, (1,), 2),)),
        ("stdlib:decimal", decimal.Decimal, (0.5,)),
        ("stdlib:context", decimal.Context, (28, "ROUND_UP", 0, 0, 1, 0, [1], [])),
        ("stdlib:array", array.array, ("d", range(10**9))),
        ("stdlib:array", array.array, ("d", array.array("d"))),
        ("stdlib:array", array.array, ("z", [1])),
        ("stdlib:array_reconstructor", None, (list, "d", 16, b"")),
        ("stdlib:array_reconstructor", None, (array.array, "d", 99, b"")),
        ("stdlib:array_reconstructor", None, (array.array, "d", 16, bytearray(8))),
        ("stdlib:ip", ipaddress.IPv4Address, (2**200,)),
        ("stdlib:ip", ipaddress.IPv4Network, ("1" * 200,)),
        ("stdlib:ip", ipaddress.IPv4Network, ((0, 0),)),
        ("stdlib:path", pathlib.PurePath, (b"x",)),
        ("stdlib:path", pathlib.PurePath, (["x"],)),
        ("stdlib:pattern", None, ("x" * 100_000, 0)),
        ("stdlib:pattern", None, ("x", re.DEBUG)),
        ("stdlib:pattern", None, ("x", 1 << 20)),
        ("stdlib:pattern", None, (["x"], 0)),
        ("stdlib:pattern", None, ("x", "0")),
        ("stdlib:deque", collections.deque, (range(10**9),)),
        ("stdlib:deque", collections.deque, ([], -1)),
        ("stdlib:member_of_enum", http.HTTPStatus, ("Name", ["A"])),
        ("stdlib:member_of_enum", re.RegexFlag, (1 << 1_000_000,)),
        ("stdlib:member_of_enum", re.RegexFlag, ([],)),
        ("stdlib:member_of_enum", len, (1,)),
        ("records:uid", None, (-1,)),
        ("stdlib:uuid_", uuid.UUID, ("5" * 1_000,)),
        ("stdlib:uuid_", uuid.UUID, (["5"],)),
        ("builtins:mapping_proxy", None, ([],)),
        ("builtins:mapping_proxy", None, (collections.UserDict(),)),
        ("records:signature", None, ([1],)),
        ("records:parameter", None, ("a", 0)),
    ],
)
def test_hostile_arguments(guard: str, function: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find(guard)(function, args)


# States


def _random_numbers(first: int) -> tuple[int, ...]:
    return (first, *[0] * 623, 624)


@pytest.mark.parametrize(
    ("guard", "obj", "given"),
    [
        ("stdlib:random_state", random.Random(), (3, _random_numbers(0), None)),
        ("stdlib:random_state", random.Random(), (3, (1,) * 5, None)),
        ("stdlib:random_state", random.Random(), (3, _random_numbers(2**40), None)),
        ("stdlib:random_state", random.Random(), (3, _random_numbers(2**31), "x")),
        ("stdlib:random_state", random.Random(), [3]),
        ("stdlib:uuid_state", uuid.UUID.__new__(uuid.UUID), {"int": 2**128}),
        ("stdlib:uuid_state", uuid.UUID.__new__(uuid.UUID), {"int": "1"}),
        ("stdlib:uuid_state", uuid.UUID.__new__(uuid.UUID), {"int": 1, "hex": "x"}),
        ("stdlib:uuid_state", uuid.UUID.__new__(uuid.UUID), {}),
        ("stdlib:uuid_state", uuid.UUID.__new__(uuid.UUID), [1]),
        ("stdlib:normal_dist_state", statistics.NormalDist(), ("a", 1.0)),
        ("stdlib:normal_dist_state", statistics.NormalDist(), (1.0,)),
        ("stdlib:chain_map_state", collections.ChainMap(), {"maps": [[]]}),
        ("stdlib:chain_map_state", collections.ChainMap(), {"maps": [{}], "get": len}),
        ("records:template", string.Template(""), {"template": "x", "pattern": re.compile("x")}),
        ("records:template", string.Template(""), {"template": 5}),
        ("records:bytes_io", io.BytesIO(), (b"abc", 10**12, None)),
        ("records:bytes_io", io.BytesIO(), (b"abc", -1, None)),
        ("records:bytes_io", io.BytesIO(), (b"abc", 1, {"read": len})),
        ("records:bytes_io", io.BytesIO(), ("abc", 1, None)),
        ("records:bytes_io", io.BytesIO(), ()),
        ("records:string_io", io.StringIO(), ("abc", "x", 0, None)),
        ("records:string_io", io.StringIO(), ("abc", "\n", 10**12, None)),
        ("records:string_io", io.StringIO(), (b"abc", "\n", 0, None)),
        ("records:log_record", logging.LogRecord("", 0, "", 0, "", (), None), {"getMessage": len}),
        ("records:log_record", logging.LogRecord("", 0, "", 0, "", (), None), {"levelno": "x"}),
        ("records:log_record", logging.LogRecord("", 0, "", 0, "", (), None), {"__class__": int}),
        ("records:morsel", http.cookies.Morsel(), {"key": [], "value": "", "coded_value": ""}),
        ("records:morsel", http.cookies.Morsel(), {"key": "a"}),
        ("records:parameter_state", inspect.Parameter("a", inspect.Parameter.VAR_POSITIONAL), {"_name": "b"}),
        ("records:parameter_state", inspect.Parameter("a", inspect.Parameter.VAR_POSITIONAL), {"_default": ((),)}),
        (
            "records:parameter_state",
            inspect.Parameter("a", inspect.Parameter.VAR_POSITIONAL),
            {"_default": inspect.Parameter("b", inspect.Parameter.VAR_POSITIONAL), "_annotation": int},
        ),
        ("records:node_state", __import__("ast").Name("a"), {"id": "x", "lower": len}),
    ],
)
def test_hostile_states(guard: str, obj: Any, given: Any) -> None:
    with pytest.raises(Unsafe):
        find(guard)(obj, given)


def test_a_random_state_of_python_2_and_3() -> None:
    source = random.Random(1)
    version, numbers, gauss_next = source.getstate()
    for given in ((version, numbers, gauss_next), (2, numbers, gauss_next)):
        made = random.Random(5)
        find("stdlib:random_state")(made, given)
        assert made.getstate()[1] == numbers


def test_the_slots_of_python_3_8() -> None:
    made = statistics.NormalDist.__new__(statistics.NormalDist)
    find("stdlib:normal_dist_state")(made, (None, {"_mu": 1.0, "_sigma": 2.0}))
    assert made == statistics.NormalDist(1.0, 2.0)


def _element(tag: Any, children: list[Any]) -> Any:
    made = ElementTree.Element.__new__(ElementTree.Element)
    find("records:element")(made, {"tag": tag, "_children": children, "attrib": {}, "text": None, "tail": None})
    return made


def test_elements_are_filled_from_the_leaves_up() -> None:
    tree = _element("a", [_element("b", [])])
    assert ElementTree.tostring(tree) == b"<a><b /></a>"


def test_no_element_lies_inside_itself() -> None:
    empty = ElementTree.Element.__new__(ElementTree.Element)
    with pytest.raises(Unsafe, match="empty"):
        _element("a", [empty])
    with pytest.raises(Unsafe, match="two states"):
        find("records:element")(_element("a", []), {"tag": "a", "_children": []})


@pytest.mark.parametrize(
    "state",
    [
        {"tag": len},
        {"tag": "a", "_children": [1]},
        {"tag": "a", "attrib": {"x": []}},
        {"tag": "a", "text": ["b", len]},
        {"tag": "a", "find": len},
        {},
    ],
)
def test_elements_refuse(state: Any) -> None:
    with pytest.raises(Unsafe):
        find("records:element")(ElementTree.Element.__new__(ElementTree.Element), state)


def test_cookies_take_plain_items() -> None:
    cookie, morsel = http.cookies.SimpleCookie(), http.cookies.Morsel()  # type: ignore[var-annotated]
    find("records:morsel_items")(morsel, ("path", "/"))
    find("records:simple_cookie_items")(cookie, ("a", morsel))
    assert cookie["a"]["path"] == "/"
    with pytest.raises(Unsafe):
        find("records:morsel_items")(morsel, (["path"], "/"))
    with pytest.raises(Unsafe):
        find("records:simple_cookie_items")(cookie, ("a", "text"))


# What one load may spend


@pytest.mark.parametrize(
    ("guard", "function", "args"),
    [
        ("builtins:set_", set, (list(range(100_000)),)),
        ("builtins:items", list, (tuple(range(100_000)),)),
        ("builtins:bytearray_", bytearray, (bytes(10_000_000),)),
        ("stdlib:decimal", decimal.Decimal, ("1" * 1_000_000,)),
        ("stdlib:fraction", fractions.Fraction, ((1 << 65_000) + 1, (1 << 64_000) + 1)),
        ("stdlib:pattern", re._compile, ("[\0-\uffff]" * 300, 0)),  # type: ignore[attr-defined]
        ("stdlib:deque", collections.deque, ([0] * 100_000,)),
        ("stdlib:array", array.array, ("d", [0.0] * 100_000)),
        ("stdlib:zone", zoneinfo.ZoneInfo._unpickle, ("UTC", 0)),  # type: ignore[attr-defined]
        ("stdlib:random_", random.Random, ()),
    ],
)
def test_large_objects_are_not_made_again_and_again(guard: str, function: Any, args: tuple[Any, ...]) -> None:
    with budget.one_load(1_000):
        find(guard)(function, args)
        budget._THREAD.left = [0, 0, 0]
        with pytest.raises(Unsafe, match="again and again"):
            find(guard)(function, args)


def test_a_load_inside_a_load_has_its_own_budget() -> None:
    for spend in (budget.charge, budget.allocate):
        with budget.one_load(0):
            spend(200_000_000)
            with budget.one_load(0):
                spend(200_000_000)
            with pytest.raises(Unsafe):
                spend(3_000_000_000)
        spend(10**18)


def test_fractions_do_not_share_one_hash() -> None:
    """From Python 3.12 on a cache is asked for the hash of each, and it would compare all of them."""
    make = find("stdlib:fraction")
    with budget.one_load(10**9):
        for number in range(3_000):
            make(fractions.Fraction, (number % 7, number + 1))
            make(fractions.Fraction, (1, 3))
        for number in range(1_000):
            make(fractions.Fraction, (number * (2**61 - 1),))
        with pytest.raises(Unsafe, match="share one hash"):
            collections.deque(make(fractions.Fraction, (-number * (2**61 - 1),)) for number in range(1, 9))


def test_a_large_pickle_may_spend_more() -> None:
    with budget.one_load(10**9):
        budget.charge(10**11)
        budget.allocate(10**10)
        with pytest.raises(Unsafe):
            budget.allocate(10**11)
