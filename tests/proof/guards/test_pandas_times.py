"""Guards of pandas' dates and offsets, and of dateutil's spans and zones, with hostile arguments and states."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dateutil import tz
from dateutil.relativedelta import MO, relativedelta
from pandas._libs.tslibs.timedeltas import _timedelta_unpickle
from pandas._libs.tslibs.timestamps import _unpickle_timestamp
from pandas.tseries import offsets

from onggi.proof.guards import dateutil as spans
from onggi.proof.guards import pandas_times as guard
from onggi.proof.rules import Unsafe


def test_points_are_made() -> None:
    assert guard.unpickled_timestamp(_unpickle_timestamp, (0, None, datetime.UTC, 10)) == pd.Timestamp(0, tz="UTC")
    assert guard.timestamp(pd.Timestamp, (10**9, None, None)) == pd.Timestamp(1, unit="s")
    assert guard.unpickled_timedelta(_timedelta_unpickle, (5, 7)) == pd.Timedelta(5, unit="s")
    assert guard.timedelta(pd.Timedelta, (1000,)) == pd.Timedelta(1000)
    assert guard.period(pd.Period, (None, "M", 3)) == pd.Period("1970-04", freq="M")
    assert guard.interval(pd.Interval, (1, 2.5, "both")) == pd.Interval(1, 2.5, closed="both")


@pytest.mark.parametrize(
    ("guarded", "function", "args"),
    [
        (guard.unpickled_timestamp, _unpickle_timestamp, (2**63, None, None, 10)),
        (guard.unpickled_timestamp, _unpickle_timestamp, (0, None, "UTC", 10)),
        (guard.unpickled_timestamp, _unpickle_timestamp, (0, None, None, 4)),
        (guard.unpickled_timestamp, _unpickle_timestamp, ("2024", None, None, 10)),
        (guard.timestamp, pd.Timestamp, ("now",)),
        (guard.unpickled_timedelta, _timedelta_unpickle, (-(2**63), 10)),
        (guard.unpickled_timedelta, _timedelta_unpickle, (0, 13)),
        (guard.timedelta, pd.Timedelta, ("1 day",)),
        (guard.period, pd.Period, ("2024", "M", None)),
        (guard.period, pd.Period, (None, "M", 2**63)),
        (guard.period, pd.Period, (None, None, 0)),
        (guard.period, pd.Period, (None, print, 0)),
        (guard.interval, pd.Interval, ("a", "b", "both")),
        (guard.interval, pd.Interval, (1, 2, "ajar")),
        (guard.interval, pd.Interval, (1, 2)),
        (guard.frozen_list, list, (range(10**12),)),
        (guard.frozen_list, list, ()),
    ],
)
def test_points_are_refused(guarded: Any, function: Any, args: Any) -> None:
    with pytest.raises(Unsafe):
        guarded(function, args)


@pytest.mark.parametrize(
    ("cls", "args"),
    [
        (offsets.Day, (2, False)),
        (offsets.Week, (1, False, None)),
        (offsets.BusinessHour, (1, False, (datetime.time(9),), (datetime.time(17),), datetime.timedelta(0))),
        (offsets.CustomBusinessDay, (1, False, "Mon Tue", (np.datetime64("2024-05-01"),), None, datetime.timedelta(0))),
        (offsets.FY5253Quarter, (1, False, 4, 12, 1, "nearest")),
    ],
)
def test_offsets_are_made(cls: Any, args: Any) -> None:
    assert guard.offset(cls, args) == cls(*args)


@pytest.mark.parametrize(
    ("cls", "args"),
    [
        (offsets.Day, (1.5, False)),
        (offsets.Day, (2**70, False)),
        (offsets.Day, (1, print)),
        (offsets.Day, (1, False, 3)),
        (offsets.QuarterEnd, (1, False, 13)),
        (offsets.QuarterEnd, (1, False, 0)),
        (offsets.FY5253, (1, False, 4, 10**6, "nearest")),
        (offsets.FY5253, (1, False, 9, 1, "nearest")),
        (offsets.FY5253Quarter, (1, False, 4, 12, 1, "never")),
        (offsets.SemiMonthEnd, (1, False, 40)),
        (offsets.WeekOfMonth, (1, False, 9, 0)),
        (offsets.Easter, (1, False, 4)),
        (offsets.BusinessDay, (1, False, "tomorrow")),
        (offsets.CustomBusinessDay, (1, False, "Mon", (), object(), datetime.timedelta(0))),
        (offsets.CustomBusinessDay, (1, False, "x" * 1000, (), None, datetime.timedelta(0))),
        (offsets.CustomBusinessDay, (1, False, "Mon", (print,), None, datetime.timedelta(0))),
        (offsets.BusinessHour, (1, False, (9,), (17,), datetime.timedelta(0))),
    ],
)
def test_offsets_are_refused(cls: Any, args: Any) -> None:
    with pytest.raises(Unsafe):
        guard.offset(cls, args)


def test_offsets_of_old_pickles_are_filled() -> None:
    made = offsets.QuarterEnd.__new__(offsets.QuarterEnd)
    guard.offset_state(made, {"n": 2, "normalize": False, "kwds": {"startingMonth": 2}, "_cache": {"evil": 1}})
    assert made == offsets.QuarterEnd(2, startingMonth=2)
    with pytest.raises(Unsafe):
        guard.offset_state(made, {"n": 2, "kwds": {"startingMonth": 99}})
    with pytest.raises(Unsafe):
        guard.offset_state(made, {"n": 2, "rollforward": print})


DATE_OFFSET = {"n": 1, "normalize": False, "_offset": relativedelta(months=2), "_use_relativedelta": True, "months": 2}


def test_date_offsets_are_filled() -> None:
    made = guard.date_offset(pd.DateOffset, ())
    guard.date_offset_state(made, DATE_OFFSET)
    assert made == pd.DateOffset(months=2)


@pytest.mark.parametrize(
    "changed",
    [
        {"_offset": print},
        {"n": "1"},
        {"months": [2]},
        {"weekday": "MO"},
        {"rollback": print},
        {"normalize": 1},
        {"__class__": int},
    ],
)
def test_date_offset_states_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        guard.date_offset_state(pd.DateOffset(), {**DATE_OFFSET, **changed})


@pytest.mark.parametrize("freq", [5, print, "M" * 100, ["D"]])
def test_frequency_refuses(freq: Any) -> None:
    with pytest.raises(Unsafe):
        guard.frequency(freq)


# dateutil


def test_spans_are_filled() -> None:
    made = relativedelta.__new__(relativedelta)
    spans.relativedelta_state(made, vars(relativedelta(days=2, weekday=MO(1))))
    assert made == relativedelta(days=2, weekday=MO(1))
    day = type(MO).__new__(type(MO))
    spans.weekday_state(day, (None, {"weekday": 0, "n": 1}))
    assert day == MO(1)


@pytest.mark.parametrize("changed", [{"days": [1]}, {"weekday": 3}, {"normalized": print}, {"year": "2024"}])
def test_relativedelta_states_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        spans.relativedelta_state(relativedelta.__new__(relativedelta), {**vars(relativedelta(days=2)), **changed})


@pytest.mark.parametrize(
    "slots", [{"weekday": 9, "n": 1}, {"weekday": 0, "n": "1"}, {"weekday": 0, "n": 1, "__class__": int}]
)
def test_weekday_states_are_refused(slots: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        spans.weekday_state(type(MO).__new__(type(MO)), (None, slots))


def test_fixed_zones() -> None:
    assert spans.offset_zone(tz.tzoffset, ("x", 3600)) == tz.tzoffset("x", 3600)
    assert spans.no_arguments(tz.tzutc, ()) == tz.tzutc()
    for args in ((print, 1), ("x", "y"), ("x",)):
        with pytest.raises(Unsafe):
            spans.offset_zone(tz.tzoffset, args)
    with pytest.raises(Unsafe):
        spans.no_arguments(tz.tzutc, (1,))
