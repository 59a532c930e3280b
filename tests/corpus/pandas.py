"""Honest pandas objects: scalars, offsets, dtypes, arrays, indexes, series and frames."""

from __future__ import annotations

import datetime
import zoneinfo
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pandas.api import extensions
from pandas.api.types import CategoricalDtype
from pandas.tseries import holiday, offsets

from tests.corpus import Case

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import pyarrow as pa
except ImportError:
    pa = None

__all__ = ["cases"]


def _same_value(one: Any, two: Any) -> bool:
    """Compare objects that have their own equality, which says the type too."""
    return type(one) is type(two) and one == two


def _same_scalar(one: Any, two: Any) -> bool:
    """Compare dates: equal, of the same zone and resolution, whichever singleton they are."""
    if type(one) is not type(two):
        return False
    return one is two or (
        one == two and getattr(one, "unit", None) == getattr(two, "unit", None) and str(one) == str(two)
    )


def _same_array(one: Any, two: Any) -> bool:
    pd.testing.assert_extension_array_equal(one, two)
    return type(one) is type(two)


def _same_index(one: Any, two: Any) -> bool:
    pd.testing.assert_index_equal(one, two, exact=True)
    return type(one) is type(two) and getattr(one, "freq", None) == getattr(two, "freq", None)


def _same_series(one: Any, two: Any) -> bool:
    pd.testing.assert_series_equal(one, two, check_freq=True, check_flags=True)
    return bool(one.attrs == two.attrs)


def _same_frame(one: Any, two: Any) -> bool:
    pd.testing.assert_frame_equal(one, two, check_freq=True, check_flags=True)
    return bool(one.attrs == two.attrs) and bool((one.memory_usage(deep=True) >= 0).all())


def _same_fields(one: Any, two: Any) -> bool:
    """Compare plain holders field by field, by their text: they have no equality of their own."""
    return type(one) is type(two) and sorted(vars(one)) == sorted(vars(two)) and str(vars(one)) == str(vars(two))


_SEOUL: Final = "Asia/Seoul"


def _scalars() -> dict[str, Callable[[], Any]]:
    return {
        "timestamp": lambda: pd.Timestamp("2024-02-29 12:34:56.789012345"),
        "timestamp-zone": lambda: pd.Timestamp("2024-02-29 12:00", tz=_SEOUL),
        "timestamp-utc": lambda: pd.Timestamp("2024-02-29 12:00", tz="UTC"),
        "timestamp-offset": lambda: pd.Timestamp("2024-02-29 12:00+05:30"),
        "timestamp-zoneinfo": lambda: pd.Timestamp("2024-02-29", tz=zoneinfo.ZoneInfo("Europe/Berlin")),
        "timestamp-second": lambda: pd.Timestamp("2024-02-29").as_unit("s"),
        "timedelta": lambda: pd.Timedelta("1 days 02:03:04.000005006"),
        "timedelta-second": lambda: pd.Timedelta(90, unit="s").as_unit("s"),
        "nat": lambda: pd.NaT,
        "na": lambda: pd.NA,
        "period-month": lambda: pd.Period("2024-02", freq="M"),
        "period-quarter": lambda: pd.Period("2024Q1", freq="Q-NOV"),
        "period-15min": lambda: pd.Period("2024-02-29 12:15", freq="15min"),
        "interval": lambda: pd.Interval(0.5, 2.5, closed="both"),
        "interval-timestamp": lambda: pd.Interval(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01")),
    }


def _offsets() -> dict[str, Callable[[], Any]]:
    names = [
        "BDay",
        "BMonthBegin",
        "BMonthEnd",
        "BQuarterBegin",
        "BQuarterEnd",
        "BYearBegin",
        "BYearEnd",
        "BusinessDay",
        "BusinessHour",
        "CBMonthBegin",
        "CBMonthEnd",
        "CDay",
        "CustomBusinessDay",
        "CustomBusinessHour",
        "Day",
        "Easter",
        "Hour",
        "Micro",
        "Milli",
        "Minute",
        "MonthBegin",
        "MonthEnd",
        "Nano",
        "QuarterBegin",
        "QuarterEnd",
        "Second",
        "SemiMonthBegin",
        "SemiMonthEnd",
        "Week",
        "YearBegin",
        "YearEnd",
        "BHalfYearBegin",
        "BHalfYearEnd",
        "HalfYearBegin",
        "HalfYearEnd",
    ]
    made: dict[str, Callable[[], Any]] = {
        f"offset-{name}": partial(getattr(offsets, name), 2) for name in names if hasattr(offsets, name)
    }
    return made | {
        "offset-FY5253": lambda: offsets.FY5253(n=1, weekday=4, startingMonth=12, variation="nearest"),
        "offset-FY5253Quarter": lambda: offsets.FY5253Quarter(1, startingMonth=12, weekday=4, qtr_with_extra_week=1),
        "offset-LastWeekOfMonth": lambda: offsets.LastWeekOfMonth(weekday=2),
        "offset-WeekOfMonth": lambda: offsets.WeekOfMonth(week=1, weekday=2),
        "offset-DateOffset": lambda: offsets.DateOffset(months=2, days=-3, hour=4),
        "offset-DateOffset-n": lambda: offsets.DateOffset(3, normalize=True),
        "offset-week-day": lambda: offsets.Week(weekday=3),
        "offset-normalized": lambda: offsets.BDay(3, normalize=True, offset=datetime.timedelta(hours=2)),
        "offset-holidays": lambda: offsets.CustomBusinessDay(holidays=["2024-05-01"], weekmask="Mon Tue Wed Thu"),
        "offset-hours": lambda: offsets.BusinessHour(start=["09:00", "13:00"], end=["12:00", "17:30"]),
    }


def _dtypes() -> dict[str, Callable[[], Any]]:
    made: dict[str, Callable[[], Any]] = {
        f"dtype-{name}": partial(pd.api.types.pandas_dtype, name)
        for name in [
            "Int8",
            "Int16",
            "Int32",
            "Int64",
            "UInt8",
            "UInt16",
            "UInt32",
            "UInt64",
            "Float32",
            "Float64",
            "boolean",
            "string",
            "string[python]",
            "category",
            "period[M]",
            "Sparse[float64]",
        ]
    }
    return made | {
        "dtype-category-ordered": lambda: CategoricalDtype(["low", "mid", "high"], ordered=True),
        "dtype-period-15min": lambda: pd.PeriodDtype("15min"),
        "dtype-str": lambda: pd.StringDtype(na_value=np.nan),
        "dtype-sparse-object": lambda: pd.SparseDtype("object", fill_value=0),
        "dtype-interval": lambda: pd.IntervalDtype("float64", "left"),
        "dtype-interval-any": lambda: pd.IntervalDtype(),
        "dtype-zone": lambda: pd.DatetimeTZDtype("ns", _SEOUL),
        "dtype-zone-second": lambda: pd.DatetimeTZDtype("s", "UTC"),
    }


def _arrays() -> dict[str, Callable[[], Any]]:
    return {
        "array-int64": lambda: pd.array([1, None, 3], dtype="Int64"),
        "array-uint8": lambda: pd.array([1, 2, None], dtype="UInt8"),
        "array-float32": lambda: pd.array([1.5, None], dtype="Float32"),
        "array-boolean": lambda: pd.array([True, None, False], dtype="boolean"),
        "array-string-python": lambda: pd.array(["김치", None, "jar"], dtype="string[python]"),
        "array-str-python": lambda: pd.array(["a", None], dtype=pd.StringDtype("python", na_value=np.nan)),
        "array-numpy": lambda: pd.array(np.arange(4.0), dtype=np.dtype("f8")),
        "array-categorical": lambda: pd.Categorical(["a", "b", None, "a"], categories=["b", "a"], ordered=True),
        "array-categorical-dates": lambda: pd.Categorical(pd.date_range("2024", periods=3)),
        "array-sparse-int": lambda: pd.arrays.SparseArray([0, 0, 1, 0, 2]),
        "array-sparse-block": lambda: pd.arrays.SparseArray([np.nan, np.nan, 1.0, 2.0, np.nan], kind="block"),
        "array-interval": lambda: pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 5), None], closed="left"),
        "array-period": lambda: pd.array(pd.period_range("2024-01", periods=3, freq="M")),
        "array-datetime": lambda: pd.array(pd.date_range("2024", periods=3, freq="D")),
        "array-datetime-zone": lambda: pd.date_range("2024", periods=3, tz=_SEOUL).array,
        "array-timedelta": lambda: pd.array(pd.timedelta_range("1D", periods=3)),
    }


def _indexes() -> dict[str, Callable[[], Any]]:
    return {
        "index-int": lambda: pd.Index([3, 1, 2], name="n"),
        "index-float": lambda: pd.Index([0.5, np.nan]),
        "index-str": lambda: pd.Index(["a", "b"], name=("x", 1)),
        "index-object": lambda: pd.Index(["a", 1, None], dtype=object),
        "index-mixed-tuples": lambda: pd.Index([("a", 1), "b"], tupleize_cols=False),
        "index-bool": lambda: pd.Index([True, False]),
        "index-int64-nullable": lambda: pd.Index(pd.array([1, None], dtype="Int64")),
        "index-empty": lambda: pd.Index([]),
        "index-range": lambda: pd.RangeIndex(2, 20, 3, name="r"),
        "index-multi": lambda: pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", "y"]),
        "index-multi-dates": lambda: pd.MultiIndex.from_arrays([pd.date_range("2024", periods=2), ["u", None]]),
        "index-datetime": lambda: pd.date_range("2024", periods=4, freq="h", name="t"),
        "index-datetime-zone": lambda: pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin"),
        "index-datetime-business": lambda: pd.date_range("2024", periods=3, freq=offsets.BMonthEnd()),
        "index-datetime-irregular": lambda: pd.DatetimeIndex(["2024-01-05", None, "2023-01-01"]),
        "index-timedelta": lambda: pd.timedelta_range("1D", periods=3, freq="6h"),
        "index-period": lambda: pd.period_range("2024Q1", periods=4, freq="Q-DEC"),
        "index-interval": lambda: pd.interval_range(0, 5, closed="neither"),
        "index-interval-dates": lambda: pd.interval_range(pd.Timestamp("2024"), periods=3, freq="D"),
        "index-categorical": lambda: pd.CategoricalIndex(["a", "b", "a"], ordered=True),
    }


def _series() -> dict[str, Callable[[], Any]]:
    def marked() -> Any:
        series = pd.Series([1, 2]).set_flags(allows_duplicate_labels=False)
        series.attrs["unit"] = "kg"
        return series

    return {
        "series-int": lambda: pd.Series([1, 2, 3], name="n"),
        "series-str": lambda: pd.Series(["a", None, "c"]),
        "series-object": lambda: pd.Series([1, "a", [2, 3], {"k": (4,)}], dtype=object),
        "series-complex": lambda: pd.Series([1 + 2j, 3]),
        "series-bool": lambda: pd.Series([True, False]),
        "series-category": lambda: pd.Series(["x", "y", "x"], dtype="category"),
        "series-dates": lambda: pd.Series(pd.date_range("2024", periods=3), index=list("abc")),
        "series-dates-zone": lambda: pd.Series(pd.date_range("2024", periods=3, tz=_SEOUL)),
        "series-datetime-second": lambda: pd.Series(np.array(["2024-01-01"], dtype="M8[s]")),
        "series-timedelta": lambda: pd.Series(pd.to_timedelta([1, None], unit="h")),
        "series-period": lambda: pd.Series(pd.period_range("2024", periods=2, freq="D")),
        "series-interval": lambda: pd.Series(pd.interval_range(0, 3)),
        "series-sparse": lambda: pd.Series(pd.arrays.SparseArray([0, 0, 5])),
        "series-nullable": lambda: pd.Series([1, None], dtype="Int16"),
        "series-multi": lambda: pd.Series(range(4), index=pd.MultiIndex.from_product([[0, 1], ["a", "b"]])),
        "series-marked": marked,
        "series-empty": lambda: pd.Series(dtype=float),
    }


def _frames() -> dict[str, Callable[[], Any]]:
    def mixed() -> Any:
        return pd.DataFrame(
            {
                "i": [1, 2, 3],
                "j": [4, 5, 6],
                "f": [0.5, np.nan, 2.0],
                "s": ["a", "b", None],
                "o": [1, "a", None],
                "t": pd.date_range("2024", periods=3),
                "z": pd.date_range("2024", periods=3, tz="UTC"),
                "c": pd.Categorical(["u", "v", "u"]),
                "n": pd.array([1, None, 3], dtype="Int64"),
                "b": [True, False, True],
            }
        )

    def interleaved() -> Any:
        return pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": [3, 4], "d": [2.5, 3.5], "e": [5, 6]})

    def marked() -> Any:
        frame = pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)
        frame.attrs.update(source="jar", version=(1, 2))
        return frame

    return {
        "frame-mixed": mixed,
        "frame-interleaved": interleaved,
        "frame-marked": marked,
        "frame-numbers": lambda: pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc")),
        "frame-slice": lambda: pd.DataFrame(np.arange(40).reshape(10, 4)).iloc[2:8:2, 1:3],
        "frame-reversed": lambda: interleaved().iloc[::-1, ::-1],
        "frame-duplicates": lambda: pd.DataFrame([[1, 2.5], [3, 4.5]], columns=["x", "x"], index=[0, 0]),
        "frame-multi": lambda: mixed().set_index(["i", "s"]),
        "frame-multi-columns": lambda: pd.DataFrame(
            np.eye(4), columns=pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["u", None])
        ),
        "frame-dates": lambda: pd.DataFrame({"v": range(5)}, index=pd.date_range("2024", periods=5, freq="W-TUE")),
        "frame-period": lambda: pd.DataFrame({"v": range(3)}, index=pd.period_range("2024", periods=3, freq="M")),
        "frame-sparse": lambda: pd.DataFrame(np.eye(4)).astype(pd.SparseDtype(float, 0.0)),
        "frame-empty": lambda: pd.DataFrame(),
        "frame-no-rows": lambda: mixed().iloc[:0],
        "frame-no-columns": lambda: mixed()[[]],
        "frame-nested": lambda: pd.DataFrame({"x": [pd.Series([1, 2]), pd.DataFrame({"y": [1]})]}).drop(columns="x"),
        "frame-deleted": lambda: mixed().drop(columns=["j", "c"]),
        "frame-wide": lambda: pd.DataFrame({f"c{i}": [i, i + 0.5] if i % 3 else [i, i] for i in range(40)}),
        "frame-fortran": lambda: pd.DataFrame(np.asfortranarray(np.arange(20.0).reshape(5, 4))),
        "frame-datetime-columns": lambda: pd.DataFrame([[1, 2]], columns=pd.date_range("2024", periods=2)),
        "frame-view": lambda: pd.DataFrame({"a": range(4), "b": range(4)}).loc[1:2],
    }


def _holders() -> dict[str, Callable[[], Any]]:
    return {
        "grouper": lambda: pd.Grouper(key="k", sort=True),
        "holiday": lambda: holiday.USLaborDay,
        "calendar": holiday.USFederalHolidayCalendar,
    }


def _arrow() -> dict[str, Callable[[], Any]]:
    text = pd.StringDtype("pyarrow")
    return {
        "arrow-string": lambda: pd.array(["a", None, "c"], dtype=text),
        "arrow-str": lambda: pd.array(["a", None], dtype=pd.StringDtype("pyarrow", na_value=np.nan)),
        "arrow-int": lambda: pd.array([1, None], dtype=pd.ArrowDtype(pa.int32())),
        "arrow-list": lambda: pd.array([[1, 2], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
        "arrow-timestamp": lambda: pd.array([pd.Timestamp("2024")], dtype=pd.ArrowDtype(pa.timestamp("us", "UTC"))),
        "arrow-decimal": lambda: pd.array([None], dtype=pd.ArrowDtype(pa.decimal128(7, 2))),
    }


def cases() -> list[Case]:
    """Return all cases of this library."""
    groups: list[tuple[dict[str, Callable[[], Any]], Callable[[Any, Any], bool]]] = [
        (_scalars(), _same_scalar),
        (_offsets(), _same_value),
        (_dtypes(), _same_value),
        (_arrays(), _same_array),
        (_indexes(), _same_index),
        (_series(), _same_series),
        (_frames(), _same_frame),
        (_holders(), _same_fields),
    ]
    if pa is not None:
        groups += [
            (_arrow(), _same_array),
            ({"arrow-dtype": lambda: pd.ArrowDtype(pa.list_(pa.int64()))}, _same_value),
            ({"arrow-frame": lambda: pd.DataFrame({"a": [1, 2]}).convert_dtypes(dtype_backend="pyarrow")}, _same_frame),
        ]
    groups.append(({"no-default": lambda: extensions.no_default}, lambda one, two: one is two))
    return [Case(f"pandas_{name}", make, same) for group, same in groups for name, make in group.items()]
