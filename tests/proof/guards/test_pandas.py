"""Guards of pandas' indexes, blocks, managers and frames, with hostile arguments and states; and every honest case."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas._libs.internals import _unpickle_block
from pandas.core.indexes.base import _new_Index
from pandas.core.indexes.datetimes import _new_DatetimeIndex
from pandas.core.indexes.interval import _new_IntervalIndex
from pandas.core.internals.managers import BlockManager, SingleBlockManager

import onggi
from onggi.proof.guards import pandas as guard
from onggi.proof.rules import Unsafe
from tests.corpus.pandas import cases


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_honest_objects_load_equal(case: Any, protocol: int) -> None:
    made = case.make()
    assert case.same(made, onggi.loads(pickle.dumps(made, protocol)))


# indexes


def make_index(cls: Any, **fields: Any) -> Any:
    return guard.index(_new_Index, (cls, fields))


def test_indexes_are_made() -> None:
    assert make_index(pd.Index, data=np.arange(3), name="n").equals(pd.Index([0, 1, 2]))
    assert make_index(pd.RangeIndex, start=0, stop=4, step=2, name=None).equals(pd.RangeIndex(0, 4, 2))
    periods = make_index(pd.PeriodIndex, data=np.array([1, 2]), freq="M", name=None)
    assert periods.equals(pd.PeriodIndex(["1970-02", "1970-03"], freq="M"))


def test_the_pickles_own_dict_is_not_changed() -> None:
    fields = {"data": np.arange(2), "name": None}
    guard.index(_new_Index, (pd.Index, fields))
    assert list(fields) == ["data", "name"]


@pytest.mark.parametrize(
    ("cls", "fields"),
    [
        (list, {"data": np.arange(2)}),
        (print, {}),
        (pd.DataFrame, {"data": np.arange(2)}),
        (pd.Index, {"data": range(10**12)}),
        (pd.Index, {"data": [1, 2]}),
        (pd.Index, {"data": iter([1])}),
        (pd.Index, {"data": np.arange(2), "tupleize_cols": True}),
        (pd.Index, {"data": np.zeros((2, 2))}),
        (pd.Index, {"data": np.zeros(2, "V8")}),
        (pd.Index, {"data": np.arange(2), "name": [1]}),
        (pd.Index, {}),
        (pd.RangeIndex, {"start": 0, "stop": 2**70, "step": 1}),
        (pd.RangeIndex, {"start": 0, "stop": 9, "step": 0}),
        (pd.RangeIndex, {"start": 0, "stop": 9.5, "step": 1}),
        (pd.CategoricalIndex, {"data": np.arange(2)}),
        (pd.PeriodIndex, {"data": np.array([1.5]), "freq": "M"}),
        (pd.DatetimeIndex, {"data": np.zeros(2)}),
        (pd.TimedeltaIndex, {"data": np.zeros(2, "M8[ns]")}),
        (pd.TimedeltaIndex, {"data": np.zeros(2, "m8[ns]"), "freq": 5}),
    ],
)
def test_index_refuses(cls: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        guard.index(_new_Index, (cls, fields))


def test_index_refuses_tuples_that_hold_each_other() -> None:
    shared: Any = (1, 2)
    for _ in range(60):
        shared = (shared, shared)
    data = np.empty(1, object)
    data[0] = shared
    with pytest.raises(Unsafe, match="too often"):
        make_index(pd.Index, data=data)


LEVELS = [pd.Index(["a", "b"]), pd.Index([1, 2, 3])]


@pytest.mark.parametrize(
    "changed",
    [
        {"codes": [np.array([0, 2], "i1"), np.array([0, 0], "i1")]},
        {"codes": [np.array([0, -2], "i1"), np.array([0, 0], "i1")]},
        {"codes": [np.array([0, 1], "i1"), np.array([0], "i1")]},
        {"codes": [np.array([0, 1], "u1"), np.array([0, 0], "u1")]},
        {"codes": [np.array([0, 1], "i1")]},
        {"codes": [[0, 1], [0, 0]]},
        {"levels": [["a", "b"], [1, 2, 3]]},
        {"levels": [pd.MultiIndex.from_product([[1, 2]]), LEVELS[1]]},
        {"names": ["only one"]},
        {"names": [None, [1]]},
        {"sortorder": 7},
        {"verify_integrity": False},
    ],
)
def test_multi_index_refuses(changed: dict[str, Any]) -> None:
    fields = {"levels": LEVELS, "codes": [np.array([0, 1], "i1"), np.array([2, -1], "i1")], "names": [None, "n"]}
    assert len(make_index(pd.MultiIndex, **fields)) == 2
    with pytest.raises(Unsafe):
        make_index(pd.MultiIndex, **{**fields, **changed})


def dated(array: Any) -> Any:
    """Return the array as pandas before 3 has it: with its frequency."""
    array._freq = pd.tseries.offsets.Day()
    return array


def test_the_frequency_of_old_pickles_is_kept() -> None:
    dates, spans = pd.date_range("2024", periods=2), pd.timedelta_range("1D", periods=2)
    assert (
        guard.datetime_index(_new_DatetimeIndex, (pd.DatetimeIndex, {"data": dated(dates.array), "name": "t"})).freq
        == "D"
    )
    made = make_index(pd.TimedeltaIndex, data=dated(spans.array), name="d")
    assert made.equals(spans)
    assert made.name == "d"


def test_date_indexes_of_old_pickles_are_made() -> None:
    data = np.array([0, 86_400 * 10**9], "M8[ns]")
    made = guard.datetime_index(
        _new_DatetimeIndex, (pd.DatetimeIndex, {"data": data, "tz": None, "freq": None, "name": "t"})
    )
    assert made.equals(pd.DatetimeIndex(["1970-01-01", "1970-01-02"]))


@pytest.mark.parametrize(
    ("cls", "fields"),
    [
        (pd.Index, {"data": np.zeros(2, "M8[ns]")}),
        (pd.DatetimeIndex, {"data": np.zeros(2, "f8")}),
        (pd.DatetimeIndex, {"data": np.zeros(2, "M8[D]")}),
        (pd.DatetimeIndex, {"data": np.zeros(2, "M8[ns]"), "freq": 7}),
        (pd.DatetimeIndex, {"data": np.zeros(2, "M8[ns]"), "tz": "UTC"}),
        (pd.DatetimeIndex, {"data": np.zeros(2, "M8[ns]"), "dtype": "O"}),
        (pd.DatetimeIndex, {"data": pd.timedelta_range("1D", periods=2).array}),
        (pd.DatetimeIndex, {"name": "no data"}),
    ],
)
def test_date_index_refuses(cls: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        guard.datetime_index(_new_DatetimeIndex, (cls, fields))


@pytest.mark.parametrize(
    "changed",
    [{"left": [0, 1]}, {"left": pd.Index(["a", "b"])}, {"closed": "open"}, {"name": {}}, {"copy": print}],
)
def test_interval_index_refuses(changed: dict[str, Any]) -> None:
    fields = {"left": pd.Index([0, 1]), "right": pd.Index([1, 2]), "closed": "left", "name": None}
    assert len(guard.interval_index(_new_IntervalIndex, (pd.IntervalIndex, fields))) == 2
    with pytest.raises(Unsafe):
        guard.interval_index(_new_IntervalIndex, (pd.IntervalIndex, {**fields, **changed}))


# blocks and managers


def make_block(values: Any, place: Any, dimensions: Any = 2) -> Any:
    return guard.block(_unpickle_block, (values, place, dimensions))


@pytest.mark.parametrize(
    "place", [slice(0, 2, 1), slice(3, 7, 2), slice(2, 0, -1), slice(1, None, -1), np.array([4, 1])]
)
def test_blocks_are_made(place: Any) -> None:
    assert make_block(np.ones((2, 3)), place).shape == (2, 3)


@pytest.mark.parametrize(
    ("values", "place", "dimensions"),
    [
        (np.ones((2, 3)), slice(0, 3, 1), 2),
        (np.ones((2, 3)), slice(-2, 0, 1), 2),
        (np.ones((2, 3)), slice(0, None, 1), 2),
        (np.ones((2, 3)), slice(0, 2, 0), 2),
        (np.ones((2, 3)), slice(0, 2.5, 1), 2),
        (np.ones((2, 3)), np.array([0, -1]), 2),
        (np.ones((2, 3)), np.array([0, 1, 2]), 2),
        (np.ones((2, 3)), [0, 1], 2),
        (np.ones((2, 3)), slice(0, 2, 1), 3),
        (np.ones(3), slice(0, 3, 1), 2),
        (np.ones((2, 2, 2)), slice(0, 2, 1), 2),
        (np.zeros((2, 3), "V4"), slice(0, 2, 1), 2),
        (np.zeros((10**7, 0)), slice(0, 10**7, 1), 2),
        ([[1]], slice(0, 1, 1), 2),
        (pd.Series([1]), slice(0, 1, 1), 1),
    ],
)
def test_block_refuses(values: Any, place: Any, dimensions: Any) -> None:
    with pytest.raises(Unsafe):
        make_block(values, place, dimensions)


def test_an_empty_array_in_a_block_is_out_of_reach() -> None:
    data = np.zeros((1, 0))
    assert make_block(data, slice(0, 1, 1)).values is not data


COLUMNS, ROWS = pd.Index(["a", "b"]), pd.RangeIndex(3)


def test_a_manager_is_made() -> None:
    made = guard.manager(BlockManager, ((make_block(np.ones((2, 3)), slice(0, 2, 1)),), [COLUMNS, ROWS]))
    assert made.shape == (2, 3)


@pytest.mark.parametrize(
    ("places", "axes"),
    [
        ([slice(0, 1, 1)], [COLUMNS, ROWS]),
        ([slice(0, 2, 1), slice(0, 1, 1)], [COLUMNS, ROWS]),
        ([slice(5, 7, 1)], [COLUMNS, ROWS]),
        ([np.array([0, 0])], [COLUMNS, ROWS]),
        ([np.array([1, 2**40])], [COLUMNS, ROWS]),
        ([slice(0, 2, 1)], [COLUMNS, pd.RangeIndex(4)]),
        ([slice(0, 2, 1)], [["a", "b"], ROWS]),
        ([slice(0, 2, 1)], [COLUMNS]),
    ],
)
def test_manager_refuses_blocks_that_do_not_fit(places: list[Any], axes: list[Any]) -> None:
    lengths = [len(place) if isinstance(place, np.ndarray) else len(range(place.start, place.stop)) for place in places]
    blocks = tuple(make_block(np.ones((length, 3)), place) for length, place in zip(lengths, places, strict=True))
    with pytest.raises(Unsafe):
        guard.manager(BlockManager, (blocks, axes))


def test_manager_refuses_what_is_no_block() -> None:
    with pytest.raises(Unsafe):
        guard.manager(BlockManager, ((np.ones((2, 3)),), [COLUMNS, ROWS]))


def old_state(values: Any, place: Any, axes: list[Any]) -> Any:
    return (axes, [], [], {"0.14.1": {"axes": axes, "blocks": [{"values": values, "mgr_locs": place}]}})


def test_managers_of_old_pickles_are_filled_once() -> None:
    made = BlockManager.__new__(BlockManager)
    guard.manager_state(made, old_state(np.ones((2, 3)), slice(0, 2, 1), [COLUMNS, ROWS]))
    assert made.shape == (2, 3)
    with pytest.raises(Unsafe, match="twice"):
        guard.manager_state(made, old_state(np.ones((2, 3)), slice(0, 2, 1), [COLUMNS, ROWS]))


@pytest.mark.parametrize(
    "state",
    [
        old_state(np.ones(4), slice(0, 4, 1), [ROWS]),
        old_state(np.ones(3), slice(0, 2, 1), [ROWS]),
        old_state(np.ones((1, 3)), slice(0, 1, 1), [COLUMNS, ROWS]),
        ([], [], []),
        {"axes": [ROWS]},
        ([ROWS], [], [], {"0.14.1": {"axes": [ROWS], "blocks": []}}),
        ([ROWS], [], [], {"0.14.1": {"axes": [ROWS], "blocks": [{"values": np.ones(3)}]}}),
    ],
)
def test_manager_state_refuses(state: Any) -> None:
    with pytest.raises(Unsafe):
        guard.manager_state(SingleBlockManager.__new__(SingleBlockManager), state)


# frames


def manager() -> Any:
    return pd.DataFrame(np.ones((3, 2)), columns=["a", "b"])._mgr


def frame_with(state: Any, cls: Any = pd.DataFrame) -> Any:
    frame = cls.__new__(cls)
    guard.frame_state(frame, state)
    return frame


def test_frames_are_filled_once() -> None:
    frame = frame_with({"_mgr": manager(), "attrs": {"a": 1}, "_flags": {"allows_duplicate_labels": False}})
    assert frame.shape == (3, 2)
    assert frame.attrs == {"a": 1}
    assert not frame.flags.allows_duplicate_labels
    with pytest.raises(Unsafe, match="twice"):
        guard.frame_state(frame, {"_mgr": manager()})


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"_mgr": None},
        {"_mgr": BlockManager.__new__(BlockManager)},
        {"_mgr": pd.Series([1])._mgr},
        {"_mgr": manager(), "plot": print},
        {"_mgr": manager(), "_metadata": ["x"], "_accessors": set()},
        {"_mgr": manager(), "attrs": [1]},
        {"_mgr": manager(), "_flags": {"obj": 1}},
        (manager(),),
    ],
)
def test_frame_refuses(state: Any) -> None:
    with pytest.raises(Unsafe):
        frame_with(state)


def test_the_metadata_of_a_class_is_not_the_pickles_to_choose() -> None:
    frame = frame_with({"_mgr": manager(), "_typ": "series", "_metadata": ["evil"]})
    assert frame._metadata == []
    assert "_metadata" not in vars(frame)


def test_a_series_needs_a_name_that_can_be_hashed() -> None:
    with pytest.raises(Unsafe):
        frame_with({"_mgr": pd.Series([1])._mgr, "_name": [1]}, pd.Series)
