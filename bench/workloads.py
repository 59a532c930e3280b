"""What is saved and loaded: the same data every time, of three sizes.

`full` is what the numbers in the documentation are about, `quick` a tenth or so of it, `smoke` just enough to run.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

__all__ = ["SIZES", "WORKLOADS", "Size", "Workload"]

Size: TypeAlias = Literal["full", "quick", "smoke"]
SIZES: Final[tuple[Size, ...]] = ("full", "quick", "smoke")

_IN_MEMORY: Final = ("dumps", "loads", "walk")
_FILES: Final = ("dump", "dump-durable", "load")
_ARRAY_FILES: Final = (*_FILES, "load-all", "load-memory", "dump-memory")

_MIB: Final = 2**20
_ARRAY_COUNT: Final = 8
_SMALL_ARRAY_VALUES: Final = 12_800  # 100 KB
_FIRST_DAY: Final = datetime(2026, 1, 1)
_TAGS: Final = ("new", "paid", "late", "gift", "express", "abroad", "returned")


def _first_item(obj: Any) -> Any:
    return obj[0]


def _equal(obj: Any, original: Any) -> bool:
    return bool(obj == original)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One kind of data.

    Attributes:
        name: Its name, for `--only`.
        title: What it is; `{count}` is filled in.
        counts: How many items each size has.
        build: Makes it anew, always the same.
        item_bytes: Roughly, what one item takes on the disk.
        measures: What is measured of it.
        allow: Classes of ours that it holds, which a reader must allow.
        needs: Packages without which it can't be.
        is_changed_by_dump: Whether a first dump leaves it changed (a plain instance gets a dict of its own only when
            somebody asks for it), so that every timing needs a fresh one.
        has_buffers: Whether most of it is arrays.
        first: Reads its first element.
        read_all: Reads all its bytes.
        same: Compares what was loaded with the original.
    """

    name: str
    title: str
    counts: Mapping[Size, int]
    build: Callable[[int], Any]
    item_bytes: int
    measures: tuple[str, ...]
    allow: tuple[type, ...] = ()
    needs: tuple[str, ...] = ()
    is_changed_by_dump: bool = False
    has_buffers: bool = False
    first: Callable[[Any], Any] = _first_item
    read_all: Callable[[Any], Any] | None = None
    same: Callable[[Any, Any], bool] = _equal

    def make(self, size: Size) -> Any:
        """Make the object."""
        return self.build(self.counts[size])

    def describe(self, size: Size) -> str:
        """Say what it is, with its size."""
        return self.title.format(count=f"{self.counts[size]:,}")

    def file_bytes(self, size: Size) -> int:
        """Estimate what it takes on the disk."""
        return self.item_bytes * self.counts[size]


# ------------------------------------------------------------------------------------------------------------- objects


@dataclass
class Customer:
    """A plain dataclass."""

    number: int
    name: str
    balance: float
    referrer: Customer | None = None
    friends: list[Customer] = field(default_factory=list)


@dataclass(slots=True)
class SlottedCustomer:
    """The same with slots."""

    number: int
    name: str
    balance: float
    referrer: SlottedCustomer | None = None
    friends: list[SlottedCustomer] = field(default_factory=list)


def _customers(cls: type[Any], count: int) -> list[Any]:
    chance = random.Random(4)
    customers: list[Any] = []
    for number in range(count):
        # References point back only, so that no pickler has to follow them deeper than a recursion may go.
        known = [customers[chance.randrange(number)] for _ in range(3)] if number else []
        referrer = known.pop() if known else None
        customers.append(cls(number, f"customer {number}", number * 0.25, referrer, known))
    return customers


def _plain_customers(count: int) -> list[Customer]:
    return _customers(Customer, count)


def _slotted_customers(count: int) -> list[SlottedCustomer]:
    return _customers(SlottedCustomer, count)


def _same_customers(customers: list[Any], originals: list[Any]) -> bool:
    # Comparing the objects themselves would follow each path through the graph anew.
    return list(map(_essence, customers)) == list(map(_essence, originals))


def _essence(customer: Any) -> tuple[Any, ...]:
    referrer = customer.referrer
    links = [friend.number for friend in customer.friends]
    return customer.number, customer.name, customer.balance, referrer and referrer.number, links


def _first_name(customers: list[Any]) -> str:
    return str(customers[0].name)


def _records(count: int) -> list[dict[str, Any]]:
    chance = random.Random(4)
    return [
        {
            "id": number,
            "name": f"customer {chance.randrange(10**6)}",
            "balance": chance.random() * 1000,
            "tags": tuple(chance.sample(_TAGS, 3)),
            "created": _FIRST_DAY + timedelta(seconds=chance.randrange(10**7)),
            "is_active": chance.random() < 0.5,
            "note": None,
        }
        for number in range(count)
    ]


def _small_lists(count: int) -> list[list[int]]:
    return [[number, -number, number * 1_000_003, number % 100] for number in range(count)]


def _tiny(count: int) -> dict[str, Any]:
    return {"id": 12_345, "verb": "put", "key": "session/42", "is_new": True, "at": 1_767_225_600.25}


def _tiny_key(message: dict[str, Any]) -> Any:
    return message["key"]


# -------------------------------------------------------------------------------------------------------------- arrays


def _large_arrays(value_count: int) -> dict[str, Any]:
    import numpy as np

    source = np.random.default_rng(4)
    return {f"layer{index}": source.random(value_count) for index in range(_ARRAY_COUNT)}


def _many_arrays(count: int) -> dict[str, Any]:
    import numpy as np

    source = np.random.default_rng(4)
    return {f"block{index:04}": source.random(_SMALL_ARRAY_VALUES) for index in range(count)}


def _first_value(arrays: dict[str, Any]) -> float:
    return float(next(iter(arrays.values()))[0])


def _sum_of_all(arrays: dict[str, Any]) -> float:
    return sum(float(array.sum()) for array in arrays.values())


def _same_arrays(arrays: dict[str, Any], originals: dict[str, Any]) -> bool:
    import numpy as np

    return arrays.keys() == originals.keys() and all(np.array_equal(arrays[key], originals[key]) for key in originals)


def _frame(count: int) -> Any:
    import numpy as np
    import pandas as pd

    source = np.random.default_rng(4)
    words = np.array([f"word {number}" for number in range(5_000)], dtype=object)
    columns: dict[str, Any] = {f"value{index}": source.random(count) for index in range(9)}
    columns |= {f"count{index}": source.integers(0, 1_000_000, count) for index in range(4)}
    columns["small"] = source.integers(0, 100, count).astype(np.int32)
    columns["is_open"] = source.random(count) < 0.5
    columns["day"] = np.datetime64("2026-01-01") + source.integers(0, 365, count).astype("timedelta64[D]")
    columns["city"] = pd.Series(source.choice(words, count)).astype("str")
    columns["name"] = pd.Series([f"name {number}" for number in source.integers(0, count, count)]).astype("str")
    columns["word"] = pd.Series(source.choice(words, count), dtype=object)
    columns["kind"] = pd.Categorical.from_codes(source.integers(0, len(_TAGS), count), categories=pd.Index(_TAGS))
    return pd.DataFrame(columns)


def _first_cell(frame: Any) -> Any:
    return frame["value0"].iloc[0]


def _read_frame(frame: Any) -> Any:
    # A large frame also has text, which is in memory after the load anyway.
    return frame.select_dtypes("number").sum()


def _same_frame(frame: Any, original: Any) -> bool:
    return bool(frame.equals(original)) and list(frame.dtypes) == list(original.dtypes)


_FEATURE_COUNT: Final = 10


def _forest(tree_count: int) -> Any:
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor

    source = np.random.default_rng(4)
    samples = source.random((4_000, _FEATURE_COUNT))
    target = samples @ source.random(_FEATURE_COUNT) + source.random(4_000)
    return RandomForestRegressor(n_estimators=tree_count, random_state=4).fit(samples, target)


def _predict(forest: Any) -> Any:
    import numpy as np

    return forest.predict(np.full((1, _FEATURE_COUNT), 0.5))


def _same_forest(forest: Any, original: Any) -> bool:
    import numpy as np

    samples = np.random.default_rng(5).random((50, _FEATURE_COUNT))
    return bool(np.array_equal(forest.predict(samples), original.predict(samples)))


WORKLOADS: Final[tuple[Workload, ...]] = (
    Workload(
        name="records",
        title="{count} records: dicts of int, str, float, tuple, datetime",
        counts={"full": 100_000, "quick": 20_000, "smoke": 100},
        build=_records,
        item_bytes=200,
        measures=(*_IN_MEMORY, *_FILES, "load-memory", "dump-memory"),
    ),
    Workload(
        name="objects",
        title="{count} dataclass instances that refer to each other",
        counts={"full": 200_000, "quick": 20_000, "smoke": 100},
        build=_plain_customers,
        item_bytes=100,
        measures=(*_IN_MEMORY, *_FILES, "load-memory", "dump-memory"),
        allow=(Customer,),
        is_changed_by_dump=True,
        first=_first_name,
        same=_same_customers,
    ),
    Workload(
        name="slots",
        title="{count} instances with slots that refer to each other",
        counts={"full": 200_000, "quick": 20_000, "smoke": 100},
        build=_slotted_customers,
        item_bytes=100,
        measures=_IN_MEMORY,
        allow=(SlottedCustomer,),
        first=_first_name,
        same=_same_customers,
    ),
    Workload(
        name="lists",
        title="{count} small lists of ints",
        counts={"full": 200_000, "quick": 30_000, "smoke": 100},
        build=_small_lists,
        item_bytes=30,
        measures=_IN_MEMORY,
    ),
    Workload(
        name="forest",
        title="a fitted random forest of {count} trees",
        counts={"full": 100, "quick": 20, "smoke": 2},
        build=_forest,
        item_bytes=500_000,
        measures=(*_IN_MEMORY, *_FILES),
        needs=("sklearn",),
        has_buffers=True,
        first=_predict,
        same=_same_forest,
    ),
    Workload(
        name="frame",
        title="a DataFrame of {count} rows and 20 columns, 3 of them text",
        counts={"full": 1_000_000, "quick": 100_000, "smoke": 100},
        build=_frame,
        item_bytes=200,
        measures=(*_IN_MEMORY, *_ARRAY_FILES),
        needs=("pandas",),
        has_buffers=True,
        first=_first_cell,
        read_all=_read_frame,
        same=_same_frame,
    ),
    Workload(
        name="arrays",
        title=f"a dict of {_ARRAY_COUNT} float64 arrays of {{count}} values",
        counts={"full": 16 * _MIB, "quick": _MIB, "smoke": 10_000},
        build=_large_arrays,
        item_bytes=8 * _ARRAY_COUNT,
        measures=_ARRAY_FILES,
        needs=("numpy",),
        has_buffers=True,
        first=_first_value,
        read_all=_sum_of_all,
        same=_same_arrays,
    ),
    Workload(
        name="blocks",
        title="a dict of {count} arrays of 100 KB",
        counts={"full": 1_000, "quick": 100, "smoke": 3},
        build=_many_arrays,
        item_bytes=8 * _SMALL_ARRAY_VALUES,
        measures=(*_IN_MEMORY, *_ARRAY_FILES),
        needs=("numpy",),
        has_buffers=True,
        first=_first_value,
        read_all=_sum_of_all,
        same=_same_arrays,
    ),
    Workload(
        name="tiny",
        title="one tiny message: a dict of {count} plain values",
        counts={"full": 5, "quick": 5, "smoke": 5},
        build=_tiny,
        item_bytes=20,
        measures=_IN_MEMORY,
        first=_tiny_key,
    ),
)
