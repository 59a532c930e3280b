"""The objects that each version of onggi freezes, made without pickle."""

from __future__ import annotations

import collections
import datetime
import decimal
import uuid
from typing import TYPE_CHECKING, Any

import frozen_shapes
import numpy as np
from frozen_shapes.modern import Card

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES: dict[str, Callable[[], Any]] = {}

SUFFIXES = {
    "records": [".pkl", ".pkl.gz", ".pkl.bz2", ".pkl.xz", ".pkl.zst", ".pkl.lz4"],
    "arrays": [".pkl", ".pkl.xz"],
}
"""The kinds of file that a value is wanted in, where it is not `.pkl` alone."""

SERIES = {"series", "series_of_arrays"}
"""What is appended to one file item by item."""

BARE = {"bare", "bare_array"}
"""What `dumps` writes."""

SEALED = {"own_classes"}
"""What holds classes that only a seal, or the reader's word, makes loadable."""


def value(make: Callable[[], Any]) -> Callable[[], Any]:
    """Register the function below it under its own name."""
    VALUES[make.__name__] = make
    return make


@value
def nothing() -> None:
    return None


@value
def plain() -> dict[str, Any]:
    return {
        "none": None,
        "truth": [True, False],
        "ints": [0, -1, 255, 256, 65536, 2**31, 2**63, -(2**100)],
        "floats": [0.5, float("inf"), -0.0],
        "texts": ["", "ascii", "옹기 jar", "\U0001f40d", "\ud800"],
        "bytes": [b"", b"raw \xff", bytearray(b"writable")],
        "containers": [(), (1,), [2], {3}, frozenset([4]), {"five": 5}],
    }


@value
def records() -> list[dict[str, Any]]:
    return [{"id": number, "name": f"row {number}", "score": number / 4} for number in range(200)]


@value
def stdlib_values() -> list[Any]:
    return [
        datetime.datetime(2026, 11, 22, 20, 24, 13, 5, tzinfo=datetime.UTC),
        datetime.date(2026, 11, 22),
        datetime.timedelta(days=-1, microseconds=3),
        decimal.Decimal("3.140"),
        uuid.UUID(int=5),
        collections.OrderedDict(b=1, a=2),
        collections.defaultdict(list, {"x": [1]}),
        collections.deque([1, 2], maxlen=3),
        range(3, 20, 4),
        3 + 4j,
    ]


@value
def recursive() -> list[Any]:
    one: list[Any] = [1, {"two": ()}]
    one.append(one)
    one[1]["back"] = one
    return one


@value
def big_bytes() -> dict[str, Any]:
    return {"bytes": b"onggi " * 3_000, "bytearray": bytearray(b"jar ") * 4_500, "text": "독 " * 17_000}


@value
def arrays() -> dict[str, Any]:
    return {
        "c": np.arange(8_464, dtype="float64").reshape(92, 92),
        "fortran": np.asfortranarray(np.arange(600, dtype="int32").reshape(20, 30)),
        "small": np.arange(3, dtype="uint8"),
        "empty": np.zeros((0, 4)),
        "scalar": np.float32(1.5),
        "structured": np.zeros(100, dtype=[("a", "<i4"), ("b", "<f8")]),
        "times": np.arange(4).astype("M8[s]"),
        "objects": np.array([None, "a", 1], dtype=object),
    }


@value
def shared_arrays() -> list[Any]:
    one = np.arange(2_100, dtype="int64")
    fixed = np.arange(2_100, dtype="int64")
    fixed.flags.writeable = False
    return [one, one, fixed]


@value
def own_classes() -> list[Any]:
    return [
        frozen_shapes.Plain(a=1, array=np.arange(3)),
        frozen_shapes.Slotted(1, [2]),
        frozen_shapes.Point(1, 2),
        frozen_shapes.ListOf([1, 2]),
        Card("hearts", 12, ["queen"]),
    ]


@value
def series() -> list[Any]:
    return [{"number": number} for number in range(5)]


@value
def series_of_arrays() -> list[Any]:
    return [np.full(9_000, number, dtype="int16") for number in range(3)]


@value
def bare() -> dict[str, Any]:
    return {"message": "tiny", "parts": [1, 2.5, None]}


@value
def bare_array() -> dict[str, Any]:
    return {"array": np.arange(4_200, dtype="float32")}
