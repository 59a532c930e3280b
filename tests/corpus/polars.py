"""Honest polars objects: frames and series of every type, types, schemas."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.corpus import Case, same_type_and_equal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cases"]

_WHEN = dt.datetime(2024, 2, 29, 12, 30, 1, 5)

_INTEGERS = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")

_COLUMNS: dict[str, tuple[Any, Any]] = {
    **{name: ([1, None, 3], getattr(pl, name)) for name in _INTEGERS},
    "Float32": ([1.5, None], pl.Float32),
    "Float64": ([1.5, float("inf"), None], pl.Float64),
    "Boolean": ([True, None, False], pl.Boolean),
    "String": (["a", None, "longer than twelve characters", "장독"], pl.String),
    "Binary": ([b"a", None, b"longer than twelve bytes"], pl.Binary),
    "Date": ([dt.date(2024, 2, 29), None], pl.Date),
    "Time": ([dt.time(1, 2, 3)], pl.Time),
    "Datetime": ([_WHEN, None], pl.Datetime("us")),
    "Datetime-ns": ([_WHEN], pl.Datetime("ns")),
    "Datetime-zone": ([_WHEN], pl.Datetime("ms", "Asia/Seoul")),
    "Duration": ([dt.timedelta(1, 2)], pl.Duration("ms")),
    "Decimal": ([Decimal("1.50"), None], pl.Decimal(10, 2)),
    "List": ([[1, 2], [], None], pl.List(pl.Int16)),
    "List-text": ([["a"], ["b", None]], pl.List(pl.String)),
    "Array": ([[1, 2], [3, 4]], pl.Array(pl.Int8, 2)),
    "Struct": ([{"a": 1, "b": ["x"]}, {"a": None, "b": []}], pl.Struct({"a": pl.Int8, "b": pl.List(pl.String)})),
    "Categorical": (["a", "b", None, "a"], pl.Categorical),
    "Enum": (["a", "b", None, "a"], pl.Enum(["b", "a", "1;2"])),
    "Null": ([None, None], pl.Null),
    "empty": ([], pl.Int64),
}

_TYPES: dict[str, Any] = {
    "Int64": pl.Int64,
    "Int64-instance": pl.Int64(),
    "Datetime": pl.Datetime("us", "UTC"),
    "Duration": pl.Duration("ns"),
    "Decimal": pl.Decimal(12, 3),
    "List": pl.List(pl.List(pl.Int8)),
    "Array": pl.Array(pl.Float32, 4),
    "Struct": pl.Struct({"a": pl.Int8, "b": pl.String}),
    "Enum": pl.Enum(["a", "b"]),
    "Categorical": pl.Categorical(),
    "Field": pl.Field("a", pl.Int8),
    "Schema": pl.Schema({"a": pl.Int64, "b": pl.List(pl.String)}),
}


def _series(values: Any, dtype: Any) -> Any:
    return pl.Series("column", values, dtype=dtype)


def _same_series(before: Any, after: Any) -> bool:
    return before.dtype == after.dtype and before.name == after.name and before.equals(after, null_equal=True)


def _same_frame(before: Any, after: Any) -> bool:
    return before.schema == after.schema and before.equals(after, null_equal=True)


def _mixed() -> Any:
    return pl.DataFrame({"a": [1, 2, None], "b": ["x", "y", None], "c": [_WHEN] * 3, "d": [[1], [], None]})


_FRAMES: dict[str, Callable[[], Any]] = {
    "mixed": _mixed,
    "empty": pl.DataFrame,
    "no-rows": lambda: _mixed().clear(),
    "sorted": lambda: _mixed().sort("a"),
    "chunks": lambda: pl.concat([_mixed(), _mixed()], rechunk=False),
    "slice": lambda: _mixed().slice(1, 1),
    "wide": lambda: pl.DataFrame({f"c{at}": [at] for at in range(60)}),
    "categories": lambda: pl.DataFrame({"a": _series(["x", "y"], pl.Categorical), "b": [1, 2]}),
}


def cases() -> list[Case]:
    return [
        *(Case(f"series-{name}", partial(_series, *made), _same_series) for name, made in _COLUMNS.items()),
        *(Case(f"frame-{name}", make, _same_frame) for name, make in _FRAMES.items()),
        *(Case(f"type-{name}", partial(_same, dtype), same_type_and_equal) for name, dtype in _TYPES.items()),
    ]


def _same(value: Any) -> Any:
    return value
