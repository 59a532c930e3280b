"""Guards of pyarrow: what its own reconstruction crashes over is refused."""

from __future__ import annotations

import datetime
import pickle
from typing import Any

import pyarrow as pa
import pytest
from pyarrow.lib import _reconstruct_table, _restore_array

import onggi
from onggi.proof.guards import pyarrow as guard
from onggi.proof.rules import Unsafe

TEXT = pa.py_buffer(b"abc")
ENDS = pa.py_buffer(b"\0\0\0\0\1\0\0\0\3\0\0\0")
NUMBERS = pa.py_buffer(bytes(16))


@pytest.mark.parametrize(
    "made",
    [
        pa.array([1, None]),
        pa.array(["a", None, "c"])[1:],
        pa.array([True, False]),
        pa.array([[1, 2], None]),
        pa.array([{"a": 1, "b": "x"}, None]),
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array([datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)]),
        pa.nulls(3),
        pa.array([b"ab"], pa.binary(2)),
        pa.array([[1, 2]], pa.list_(pa.int8(), 2)),
        pa.chunked_array([[1], [2, 3]]),
        pa.table({"a": [1, 2], "b": ["x", None]}),
        pa.record_batch({"a": [1]}),
        pa.schema([pa.field("a", pa.int8(), metadata={"k": "v"})]),
        pa.scalar(3),
        pa.struct([("a", pa.list_(pa.string()))]),
        pa.decimal128(7, 2),
    ],
    ids=lambda made: str(getattr(made, "type", made))[:40],
)
def test_honest_objects_load_equal(made: Any) -> None:
    assert onggi.loads(pickle.dumps(made)).equals(made)


@pytest.mark.parametrize(
    "data",
    [
        (None, 1, 0, 0, [None, NUMBERS], [], None),
        ("int64", 1, 0, 0, [None, NUMBERS], [], None),
        (pa.int64(), -1, 0, 0, [None, NUMBERS], [], None),
        (pa.int64(), 1, 0, -1, [None, NUMBERS], [], None),
        (pa.int64(), 2**63, 0, 0, [None, NUMBERS], [], None),
        (pa.int64(), 1, 0, 0, [None, b"bytes"], [], None),
        (pa.int64(), 1, 0, 0, [None, NUMBERS], [], (pa.int64(), 1, 0, 0, [None, NUMBERS], [], None)),
        (pa.null(), 10**12, 0, 0, [None], [], None),
        (pa.list_(pa.int64()), 1, 0, 0, [None, ENDS], [(pa.int8(), 3, 0, 0, [None, TEXT], [], None)], None),
        (pa.map_(pa.int8(), pa.int8()), 0, 0, 0, [None, ENDS], [], None),
        (
            pa.dictionary(pa.int32(), pa.int8()),
            1,
            0,
            0,
            [None, ENDS],
            [],
            (pa.string(), 2, 0, 0, [None, ENDS, TEXT], [], None),
        ),
        (pa.struct([]), 10**12, 0, 0, [None], [], None),
        (pa.int64(), 1, 0, 0),
        [pa.int64(), 1, 0, 0, [None, NUMBERS], [], None],
    ],
)
def test_arrays_are_refused(data: Any) -> None:
    with pytest.raises(Unsafe):
        guard.array(_restore_array, (data,))


@pytest.mark.parametrize(
    "data",
    [
        (pa.int64(), 3, 0, 0, [None, NUMBERS], [], None),
        (pa.int64(), 1, 0, 2, [None, NUMBERS], [], None),
        (pa.int64(), 1, 0, 0, [NUMBERS], [], None),
        (pa.string(), 2, 0, 0, [None, ENDS], [], None),
        (pa.string(), 9, 0, 0, [None, ENDS, TEXT], [], None),
        (pa.string(), 2, 0, 0, [None, pa.py_buffer(b"\0\0\0\0\x09\0\0\0\xff\0\0\0"), TEXT], [], None),
        (pa.string(), 2, 0, 0, [None, ENDS, pa.py_buffer(b"\xff\xfe\xfd")], [], None),
        (
            pa.dictionary(pa.int32(), pa.string()),
            3,
            0,
            0,
            [None, ENDS],
            [],
            (pa.string(), 2, 0, 0, [None, ENDS, TEXT], [], None),
        ),
        (pa.struct([("a", pa.int8())]), 1, 0, 0, [None], [], None),
    ],
)
def test_arrays_that_pyarrow_itself_refuses_in_time(data: Any) -> None:
    with pytest.raises((Unsafe, pa.ArrowInvalid, pa.ArrowIndexError, ValueError)):
        guard.array(_restore_array, (data,))


def test_a_false_count_of_nulls_is_not_believed() -> None:
    made = guard.array(_restore_array, ((pa.int64(), 2, 0, 0, [pa.py_buffer(b"\1"), NUMBERS], [], None),))
    assert made.null_count == 1


@pytest.mark.parametrize(
    ("guarded", "function", "args"),
    [
        (guard.alias, pa.lib.type_for_alias, (1,)),
        (guard.buffer, pa.py_buffer, ("text",)),
        (guard.buffer, pa.py_buffer, (object(),)),
        (guard.data_type, pa.timestamp, ("us", datetime.UTC)),
        (guard.data_type, pa.list_, (print,)),
        (guard.data_type, pa.struct, ([("a", print)],)),
        (guard.schema, pa.schema, ([("a", "int8")], None)),
        (guard.schema, pa.schema, ([], {"a": object()})),
        (guard.chunked_array, pa.chunked_array, ([pa.array([1]), pa.array(["a"])], pa.int64())),
        (guard.chunked_array, pa.chunked_array, ([[1, 2]], pa.int64())),
        (guard.table, _reconstruct_table, ([pa.array([1])], pa.schema([("a", pa.string())]))),
        (guard.table, _reconstruct_table, ([[1]], pa.schema([("a", pa.int64())]))),
        (guard.scalar, pa.scalar, ([1], pa.list_(pa.int8()))),
    ],
)
def test_other_calls_are_refused(guarded: Any, function: Any, args: Any) -> None:
    with pytest.raises(Unsafe):
        guarded(function, args)


def test_columns_of_different_lengths_are_refused() -> None:
    columns = [pa.chunked_array([[1, 2]]), pa.chunked_array([[1]])]
    with pytest.raises((Unsafe, pa.ArrowInvalid)):
        guard.table(_reconstruct_table, (columns, pa.schema([("a", pa.int64()), ("b", pa.int64())])))
