# -*- coding: utf-8 -*-
"""pandas: series, frames, indexes, scalars, offsets."""

from __future__ import absolute_import, print_function, unicode_literals

import datetime

import numpy as np
import pandas as pd

from frozen_libraries.picture import TEXT, picture, taker
from frozen_libraries.registry import value

WEEK = ["2026-11-22", "2026-11-23", "2026-11-24"]


def show_items(values):
    return [show_item(item) for item in values]


def show_item(item):
    """One cell; what is missing is shown alike whatever marks it."""
    if isinstance(item, (list, tuple, dict, np.ndarray)):
        return picture(item)
    if item is None or item is pd.NaT or item is getattr(pd, "NA", None) or (isinstance(item, float) and item != item):
        return "missing"
    if isinstance(item, (bool, np.bool_)):
        return TEXT(bool(item))
    if isinstance(item, (int, float, np.integer, np.floating)):
        return "%.12g" % item
    return TEXT(item)


def show_dtype(dtype):
    return TEXT(dtype)


def show_index(index):
    names = [None if name is None else TEXT(name) for name in index.names]
    freq = getattr(index, "freq", None)
    # The classes for one kind of number were merged into Index.
    kind = type(index).__name__.replace("UInt64", "").replace("Int64", "").replace("Float64", "")
    shown = [kind, names, show_items(index.tolist())]
    # The words for the steps of a period were changed.
    return shown + ([TEXT(freq.name)] if freq is not None and not isinstance(index, pd.PeriodIndex) else [])


@taker(pd.Index)
def take_index(value):
    return show_index(value)


@taker(pd.Series)
def take_series(value):
    return [
        "Series",
        show_item(value.name),
        show_dtype(value.dtype),
        show_items(value.tolist()),
        show_index(value.index),
    ]


@taker(pd.DataFrame)
def take_frame(value):
    columns = [show_items(value.iloc[:, position].tolist()) for position in range(value.shape[1])]
    dtypes = [show_dtype(dtype) for dtype in value.dtypes]
    return ["DataFrame", list(value.shape), dtypes, columns, show_index(value.columns), show_index(value.index)]


@taker(pd.Categorical)
def take_categorical(value):
    return ["Categorical", show_items(value.categories.tolist()), value.codes.tolist(), TEXT(value.ordered)]


SCALARS = (pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval, type(pd.NaT), pd.offsets.Day.__mro__[-2])


@taker(SCALARS)
def take_scalar(value):
    return [type(value).__name__, TEXT(value)]


@value
def series_int():
    return pd.Series([1, 2, 3], name="numbers")


@value
def series_float():
    return pd.Series([0.5, None, 2.5])


@value
def series_text():
    return pd.Series(["a", "옹기", None])


@value
def series_object():
    return pd.Series([1, "a", None, (1, 2), [3]], dtype=object)


@value
def series_bool():
    return pd.Series([True, False])


@value
def series_datetime():
    return pd.Series(pd.to_datetime(WEEK + [None]))


@value
def series_datetime_zone():
    return pd.Series(pd.to_datetime(WEEK)).dt.tz_localize("UTC")


@value
def series_datetime_city():
    return pd.Series(pd.to_datetime(WEEK)).dt.tz_localize("Asia/Seoul")


@value
def series_timedelta():
    return pd.Series(pd.to_timedelta([1, 2, None], unit="h"))


@value
def series_category():
    return pd.Series(["a", "b", "a"], dtype="category")


@value
def series_period():
    return pd.Series(pd.period_range("2026-01", periods=3, freq="M"))


@value
def series_interval():
    return pd.Series(pd.interval_range(0, 3))


@value
def series_nullable_int():
    return pd.Series([1, None, 3], dtype="Int64")


@value
def series_nullable_bool():
    return pd.Series([True, None], dtype="boolean")


@value
def series_string():
    return pd.Series(["a", None], dtype="string")


@value
def series_sparse():
    return pd.Series(pd.arrays.SparseArray([0, 0, 1, 2]))


@value
def series_with_labels():
    return pd.Series([1.0, 2.0], index=["x", "y"], name=("a", "b"))


@value
def series_empty():
    return pd.Series([], dtype="float64")


@value
def frame_mixed():
    return pd.DataFrame(
        {
            "number": [1, 2, 3],
            "share": [0.5, 1.5, None],
            "text": ["a", "b", "c"],
            "when": pd.to_datetime(WEEK),
            "truth": [True, False, True],
            "kind": pd.Categorical(["x", "y", "x"]),
        },
        columns=["number", "share", "text", "when", "truth", "kind"],
    )


@value
def frame_of_floats():
    return pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc"))


@value
def frame_empty():
    return pd.DataFrame()


@value
def frame_of_no_rows():
    return pd.DataFrame({"a": np.array([], dtype="int64"), "b": np.array([], dtype=object)}, columns=["a", "b"])


@value
def frame_with_repeated_columns():
    return pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])


@value
def frame_of_two_levels():
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")])
    index = pd.MultiIndex.from_product([[1, 2], ["p", "q"]], names=["n", "l"])
    return pd.DataFrame(np.arange(12).reshape(4, 3), index=index, columns=columns)


@value
def frame_by_time():
    return pd.DataFrame({"v": [1, 2, 3]}, index=pd.date_range("2026-11-22", periods=3, freq="D"))


@value
def frame_after_changes():
    made = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, columns=["a", "b"])
    made["c"] = made["a"] * 0.5
    made["d"] = ["x", "y"]
    del made["b"]
    return made


@value
def frame_with_lists():
    return pd.DataFrame({"lists": [[1], [2, 3]], "arrays": [np.arange(2), np.arange(3)]}, columns=["lists", "arrays"])


@value
def frame_with_attributes():
    made = pd.DataFrame({"a": [1]})
    made.attrs["source"] = "test"
    return made


@value
def index_range():
    return pd.RangeIndex(2, 20, 3, name="r")


@value
def index_int():
    return pd.Index([3, 1, 2], name="n")


@value
def index_float():
    return pd.Index([0.5, 1.5])


@value
def index_text():
    return pd.Index(["a", "b"])


@value
def index_object():
    return pd.Index([1, "a", None], dtype=object)


@value
def index_datetime():
    return pd.to_datetime(WEEK)


@value
def index_datetime_freq():
    return pd.date_range("2026-11-22", periods=3, freq="D")


@value
def index_datetime_zone():
    return pd.date_range("2026-11-22", periods=3, freq="D", tz="UTC")


@value
def index_timedelta():
    return pd.to_timedelta([1, 2], unit="D")


@value
def index_period():
    return pd.period_range("2026-01", periods=3, freq="M")


@value
def index_interval():
    return pd.interval_range(0, 3)


@value
def index_category():
    return pd.CategoricalIndex(["a", "b", "a"])


@value
def index_multi():
    return pd.MultiIndex.from_product([[1, 2], ["x", "y"]], names=["n", None])


@value
def index_numpy_ints():
    return pd.Index(np.arange(3, dtype="uint64"))


@value
def categorical_ordered():
    return pd.Categorical(["low", "high", None], categories=["low", "high"], ordered=True)


@value
def timestamp():
    return [pd.Timestamp("2026-11-22 20:24:13.123456789"), pd.Timestamp("2026-11-22", tz="UTC")]


@value
def timestamp_with_offset():
    return pd.Timestamp("2026-11-22", tz="Europe/Paris")


@value
def timedelta():
    return [pd.Timedelta(5, "h"), pd.Timedelta(datetime.timedelta(days=-1))]


@value
def period():
    return [pd.Period("2026-11", "M"), pd.Period("2026-11-22", "D")]


@value
def interval():
    return [pd.Interval(0, 1), pd.Interval(0.5, 1.5, closed=str("both"))]


@value
def missing():
    return [pd.NaT]


@value
def missing_any():
    return [pd.NA]


@value
def offsets():
    return [pd.offsets.Day(2), pd.offsets.MonthEnd(), pd.offsets.BusinessDay(3), pd.offsets.Hour(1)]


@value
def offset_relative():
    return pd.DateOffset(months=1, days=2)


@value
def dtypes():
    return [TEXT(pd.api.types.CategoricalDtype(["a", "b"])), pd.Series([1]).dtype]


@value
def dict_of_frames():
    return {"train": frame_of_floats(), "test": series_int(), "names": index_text()}
