"""Guards of pandas' dtypes and extension arrays, with hostile arguments and states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas._libs.arrays import __pyx_unpickle_NDArrayBacked as unpickle_backed
from pandas._libs.interval import __pyx_unpickle_IntervalMixin as unpickle_interval
from pandas._libs.sparse import BlockIndex, IntIndex

from onggi.proof.guards import pandas_arrays as guard
from onggi.proof.rules import Unsafe

CHECKSUM = pd.Categorical(["a"]).__reduce__()[1][1]
DATES = np.zeros(2, "M8[ns]")
LETTERS = pd.CategoricalDtype(["a", "b"])


def backed(cls: Any) -> Any:
    return guard.backed(unpickle_backed, (cls, CHECKSUM, None))


def filled(cls: Any, state: Any) -> Any:
    made = backed(cls)
    guard.backed_state(made, state)
    return made


@pytest.mark.parametrize(
    "cls",
    [
        pd.Categorical,
        *(
            getattr(pd.arrays, f"{name}Array")
            for name in ("Datetime", "Timedelta", "Period", "String", "NumpyExtension")
        ),
    ],
)
def test_an_array_without_state_is_empty_and_no_null_pointer(cls: Any) -> None:
    made = backed(cls)
    assert len(made) == 0
    assert repr(made)
    assert len(guard.backed_new(cls, (), {})) == 0


@pytest.mark.parametrize(
    "args",
    [
        (list, CHECKSUM, None),
        (pd.arrays.SparseArray, CHECKSUM, None),
        (pd.Categorical, CHECKSUM, ()),
        (pd.Categorical, None, None),
        (pd.Categorical, CHECKSUM),
    ],
)
def test_backed_refuses(args: Any) -> None:
    with pytest.raises(Unsafe):
        guard.backed(unpickle_backed, args)


@pytest.mark.parametrize(
    ("cls", "state"),
    [
        (pd.Categorical, (LETTERS, np.array([0, 1, -1], "i1"), {})),
        (pd.Categorical, (np.array([0, 1, -1], "i1"), LETTERS)),
        (pd.Categorical, {"_codes": np.array([0], "i1"), "_categories": pd.Index(["a"]), "_ordered": True}),
        (pd.arrays.DatetimeArray, (np.dtype("M8[ns]"), DATES, {"_freq": None})),
        (pd.arrays.DatetimeArray, ({"_data": DATES, "_dtype": pd.DatetimeTZDtype("ns", "UTC"), "_freq": None},)),
        (pd.arrays.PeriodArray, (pd.PeriodDtype("M"), np.arange(3), {"_cache": {"dtype": print}})),
        (pd.arrays.StringArray, (pd.StringDtype("python"), np.array(["a", pd.NA], object))),
    ],
)
def test_arrays_are_filled_once(cls: Any, state: Any) -> None:
    made = filled(cls, state)
    assert repr(made)
    assert "_cache" not in vars(made) or print not in vars(made)["_cache"].values()
    with pytest.raises(Unsafe, match="twice"):
        guard.backed_state(made, state)


@pytest.mark.parametrize(
    ("cls", "state"),
    [
        (pd.Categorical, (LETTERS, np.array([2], "i1"))),
        (pd.Categorical, (LETTERS, np.array([-2], "i1"))),
        (pd.Categorical, (LETTERS, np.array([0.0]))),
        (pd.Categorical, (LETTERS, np.zeros((1, 1, 1), "i1"))),
        (pd.Categorical, (pd.CategoricalDtype(), np.array([0], "i1"))),
        (pd.Categorical, (np.dtype("i1"), np.array([0], "i1"))),
        (pd.Categorical, {"_codes": np.array([0], "i1"), "_categories": ["a"]}),
        (pd.arrays.DatetimeArray, (np.dtype("M8[s]"), DATES)),
        (pd.arrays.DatetimeArray, (np.dtype("M8[ns]"), np.zeros(2))),
        (pd.arrays.DatetimeArray, (np.dtype("M8[D]"), np.zeros(2, "M8[D]"))),
        (pd.arrays.DatetimeArray, (pd.DatetimeTZDtype("s", "UTC"), DATES)),
        (pd.arrays.DatetimeArray, (np.dtype("M8[ns]"), DATES, {"_freq": 5})),
        (pd.arrays.DatetimeArray, (np.dtype("M8[ns]"), DATES, {"__class__": list})),
        (pd.arrays.DatetimeArray, (np.dtype("M8[ns]"), DATES.astype(">M8[ns]"))),
        (pd.arrays.TimedeltaArray, (np.dtype("m8[ns]"), DATES)),
        (pd.arrays.PeriodArray, (pd.PeriodDtype("M"), np.arange(3, dtype="i4"))),
        (pd.arrays.PeriodArray, (np.dtype("i8"), np.arange(3))),
        (pd.arrays.StringArray, (pd.StringDtype("python"), np.array(["a", 1], object))),
        (pd.arrays.StringArray, (np.dtype("O"), np.array(["a"], object))),
        (pd.arrays.NumpyExtensionArray, (pd.array(np.zeros(1), np.dtype("f8")).dtype, np.zeros(2, "i8"))),
        (pd.Categorical, (LETTERS,)),
        (pd.Categorical, None),
    ],
)
def test_array_states_are_refused(cls: Any, state: Any) -> None:
    with pytest.raises(Unsafe):
        filled(cls, state)


def new(cls: Any) -> Any:
    return cls.__new__(cls)


INT = {"_data": np.arange(3), "_mask": np.zeros(3, bool)}


def test_masked_arrays_are_filled_once() -> None:
    made = new(pd.arrays.IntegerArray)
    guard.masked_state(made, {**INT, "_cache": {"dtype": print}})
    assert made.sum() == 3
    with pytest.raises(Unsafe, match="twice"):
        guard.masked_state(made, INT)


@pytest.mark.parametrize(
    ("cls", "state"),
    [
        (pd.arrays.IntegerArray, {**INT, "_mask": np.zeros(2, bool)}),
        (pd.arrays.IntegerArray, {**INT, "_mask": np.zeros((3, 1), bool)}),
        (pd.arrays.IntegerArray, {**INT, "_mask": np.zeros(3, "i1")}),
        (pd.arrays.IntegerArray, {**INT, "_data": np.zeros(3)}),
        (pd.arrays.FloatingArray, INT),
        (pd.arrays.FloatingArray, {**INT, "_data": np.zeros(3, "f2")}),
        (pd.arrays.BooleanArray, INT),
        (pd.arrays.IntegerArray, {"_data": np.arange(3)}),
        (pd.arrays.IntegerArray, {**INT, "sum": print}),
    ],
)
def test_masked_states_are_refused(cls: Any, state: Any) -> None:
    with pytest.raises(Unsafe):
        guard.masked_state(new(cls), state)


def i4(*numbers: int) -> Any:
    return np.array(numbers, "i4")


def test_sparse_places_are_copied() -> None:
    places = i4(0, 2)
    made = guard.int_index(IntIndex, (5, places))
    places[:] = 100
    assert made.indices.tolist() == [0, 2]
    assert guard.block_index(BlockIndex, (5, i4(0, 3), i4(2, 2))).npoints == 4


@pytest.mark.parametrize(
    "args", [(-1, i4()), (2**70, i4()), (5, np.array([0, 2])), (5, [0, 2]), (5, i4(0), False), ("5", i4(0))]
)
def test_int_index_refuses(args: Any) -> None:
    with pytest.raises(Unsafe):
        guard.int_index(IntIndex, args)


@pytest.mark.parametrize(
    "args",
    [
        (5, i4(3), i4(3)),
        (5, i4(-1), i4(2)),
        (5, i4(0), i4(-1)),
        (5, i4(0, 1), i4(2, 1)),
        (5, i4(2**31 - 1), i4(2**31 - 1)),
        (5, i4(0, 1), i4(1)),
        (2**40, i4(0), i4(1)),
        (5, np.array([0]), np.array([1])),
    ],
)
def test_block_index_refuses(args: Any) -> None:
    with pytest.raises(Unsafe):
        guard.block_index(BlockIndex, args)


SPARSE = {"_sparse_index": IntIndex(5, i4(1, 3)), "_sparse_values": np.ones(2), "_dtype": pd.SparseDtype(float)}


@pytest.mark.parametrize(
    "changed",
    [
        {"_sparse_values": np.ones(3)},
        {"_sparse_values": np.ones(2, "i8")},
        {"_sparse_index": i4(1, 3)},
        {"_dtype": np.dtype("f8")},
        {"_dtype": pd.SparseDtype(int)},
    ],
)
def test_sparse_states_are_refused(changed: dict[str, Any]) -> None:
    made = new(pd.arrays.SparseArray)
    guard.sparse_state(made, SPARSE)
    assert len(made) == 5
    with pytest.raises(Unsafe, match="twice"):
        guard.sparse_state(made, SPARSE)
    with pytest.raises(Unsafe):
        guard.sparse_state(new(pd.arrays.SparseArray), {**SPARSE, **changed})


ENDS = {"_left": np.array([0, 1]), "_right": np.array([1, 2]), "_dtype": pd.IntervalDtype("int64", "left")}


def interval() -> Any:
    checksum = pd.arrays.IntervalArray.from_breaks([0, 1]).__reduce__()[1][1]
    return guard.interval_array(unpickle_interval, (pd.arrays.IntervalArray, checksum, None))


@pytest.mark.parametrize(
    "changed",
    [
        {"_left": np.array([0])},
        {"_left": np.array([0.0, 1.0])},
        {"_left": np.array(["a", "b"], object)},
        {"_left": pd.Index([0, 1])},
        {"_dtype": pd.IntervalDtype("float64", "left")},
        {"_dtype": pd.IntervalDtype("int64")},
        {"_dtype": "interval"},
    ],
)
def test_interval_states_are_refused(changed: dict[str, Any]) -> None:
    made = interval()
    guard.interval_array_state(made, (ENDS,))
    assert len(made) == 2
    with pytest.raises(Unsafe, match="twice"):
        guard.interval_array_state(made, (ENDS,))
    with pytest.raises(Unsafe):
        guard.interval_array_state(interval(), {**ENDS, **changed})


def test_inverted_intervals_are_refused_by_pandas() -> None:
    with pytest.raises(ValueError, match="left side"):
        guard.interval_array_state(interval(), {**ENDS, "_left": np.array([5, 6])})


def test_interval_array_makes_only_that() -> None:
    with pytest.raises(Unsafe):
        guard.interval_array(unpickle_interval, (pd.Interval, 1, None))


def test_arrays_without_state_are_not_complete() -> None:
    for unfinished in (backed(pd.Categorical), new(pd.arrays.IntegerArray), interval(), new(pd.arrays.SparseArray)):
        with pytest.raises(Unsafe):
            guard.complete(unfinished)


def test_complete_goes_by_the_class_and_not_by_its_name() -> None:
    IntegerArray = type("IntegerArray", (), {})
    fake = IntegerArray()
    fake._mask = None
    with pytest.raises(Unsafe):
        guard.complete(fake)


# dtypes


@pytest.mark.parametrize(
    ("guarded", "cls", "state"),
    [
        (guard.categorical_dtype_state, pd.CategoricalDtype, {"categories": ["a"], "ordered": False}),
        (guard.categorical_dtype_state, pd.CategoricalDtype, {"categories": pd.Index(["a"]), "ordered": print}),
        (guard.categorical_dtype_state, pd.CategoricalDtype, {"categories": pd.MultiIndex.from_product([[1]])}),
        (guard.zone_dtype_state, pd.DatetimeTZDtype, {"unit": "ns", "tz": "UTC"}),
        (guard.zone_dtype_state, pd.DatetimeTZDtype, {"unit": "D", "tz": None}),
        (guard.interval_dtype_state, pd.IntervalDtype, {"subtype": int, "closed": "left"}),
        (guard.interval_dtype_state, pd.IntervalDtype, {"subtype": np.dtype("O"), "closed": "left"}),
        (guard.interval_dtype_state, pd.IntervalDtype, {"subtype": np.dtype("i8"), "closed": "ajar"}),
        (guard.sparse_dtype_state, pd.SparseDtype, {"_dtype": float, "_fill_value": 0}),
        (guard.sparse_dtype_state, pd.SparseDtype, {"_dtype": np.dtype("f8"), "_fill_value": [0]}),
        (guard.cached_dtype_state, pd.Int64Dtype, {"numpy_dtype": np.dtype("f4")}),
        (guard.string_dtype_state, pd.StringDtype, {"storage": "python", "type": int}),
        (guard.arrow_dtype_state, pd.ArrowDtype, {"pyarrow_dtype": "int64"}),
    ],
)
def test_dtype_states_are_refused(guarded: Any, cls: Any, state: Any) -> None:
    with pytest.raises(Unsafe):
        guarded(new(cls), state)


def test_a_dtype_keeps_the_state_that_an_array_was_verified_with() -> None:
    dtype = new(pd.CategoricalDtype)
    guard.categorical_dtype_state(dtype, {"categories": pd.Index(["a", "b"]), "ordered": False})
    filled(pd.Categorical, (dtype, np.array([1], "i1")))
    with pytest.raises(Unsafe, match="twice"):
        guard.categorical_dtype_state(dtype, {"categories": pd.Index(["a"]), "ordered": False})


def test_the_cache_of_a_dtype_is_dropped() -> None:
    dtype = new(pd.Int64Dtype)
    guard.cached_dtype_state(dtype, {"_cache": {"numpy_dtype": np.dtype("f4")}})
    assert dtype.numpy_dtype == np.dtype("i8")


@pytest.mark.parametrize("args", [("period[" + "M" * 100 + "]",), (print,), (), ("period[M]", 1)])
def test_period_dtype_refuses(args: Any) -> None:
    with pytest.raises(Unsafe):
        guard.period_dtype(pd.PeriodDtype, args)


def test_string_dtype_refuses_other_storages() -> None:
    with pytest.raises(Unsafe):
        guard.string_dtype(pd.StringDtype, ("cupy",))
