"""Guards of pandas' indexes, blocks, managers and frames.

pandas trusts its own pickles: codes of a MultiIndex, places of blocks and lengths of axes are not verified again, and C
code without bounds checks reads and writes by them. So each is verified here before pandas gets it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, exact_list, fields, label, settled
from onggi.proof.guards.pandas_arrays import complete, labels
from onggi.proof.guards.pandas_times import frequency, timezone
from onggi.proof.rules import Unsafe

__all__ = ["block", "datetime_index", "frame_state", "index", "interval_index", "manager", "manager_state"]

_INT64: Final = 2**63 - 1
_MAX_EMPTY_ITEMS: Final = 1_000_000
"""Columns of a frame without rows: they cost a pickle nothing, and pandas eight bytes each."""

_INDEX_FIELDS: Final = {
    "Index": {"data", "name", "dtype", "copy"},
    "CategoricalIndex": {"data", "name", "dtype", "copy"},
    "PeriodIndex": {"data", "name", "freq", "copy"},
    "DatetimeIndex": {"data", "name", "freq", "tz", "dtype", "copy"},
    "TimedeltaIndex": {"data", "name", "freq", "dtype", "copy"},
    "RangeIndex": {"start", "stop", "step", "name", "copy", "data"},
    "MultiIndex": {"levels", "codes", "labels", "sortorder", "names", "copy"},
}
_BLOCK_KINDS: Final = "biufcmMO"


# ------------------------------------------------------------------------------------------------------------- indexes


@cache
def _index_types() -> frozenset[type]:
    import pandas as pd

    names = "Index RangeIndex MultiIndex CategoricalIndex PeriodIndex DatetimeIndex TimedeltaIndex IntervalIndex"
    return frozenset(getattr(pd, name) for name in names.split())


def _is_index(axis: object) -> bool:
    return type(axis) in _index_types()


def _class_and_fields(args: tuple[Any, ...]) -> tuple[type, dict[str, Any]]:
    if len(args) != 2 or (type(args[0]) is not type and not isinstance(args[0], type)):
        raise Unsafe("an index is pickled as its class and a dict")
    cls, given = args
    demand(cls in _index_types(), f"{cls.__name__} is no class of an index")
    demand(type(given) is dict, f"the fields of {cls.__name__} must be a dict")
    return cls, given


def index(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an Index, RangeIndex, MultiIndex, CategoricalIndex or PeriodIndex (`_new_Index`, CALL)."""
    cls, given = _class_and_fields(args)
    name = cls.__name__
    demand(name in _INDEX_FIELDS, f"{name} is not made by _new_Index")
    given = fields(given, _INDEX_FIELDS[name], name)
    given.pop("copy", None)
    if name == "MultiIndex":
        return _multi_index(cls, given)
    given["name"] = label(given.get("name"))
    if name == "RangeIndex":
        return _range_index(function, cls, given)
    if name in ("DatetimeIndex", "TimedeltaIndex"):
        return _old_dates(function, cls, given)
    demand("data" in given, f"{name} lacks its data")
    given["data"] = _index_values(given["data"], name)
    given.pop("dtype", None)
    if name == "PeriodIndex":
        given["data"] = _periods(given["data"], given.pop("freq", None))
    return function(cls, given)


def _old_dates(function: Any, cls: type, given: dict[str, Any]) -> Any:
    """Make an index of dates as pandas before 2.2 pickles durations: with its frequency at the array."""
    kind = {"DatetimeIndex": "M", "TimedeltaIndex": "m"}[cls.__name__]
    given.pop("dtype", None)
    demand("data" in given, f"{cls.__name__} lacks its data")
    given["data"] = _date_values(given["data"], kind)
    if "freq" in given:
        given["freq"] = frequency(given["freq"])
    if "tz" in given:
        timezone(given["tz"])
    return function(cls, given)


def _periods(data: Any, freq: object) -> Any:
    """Return the array of periods, which pandas before 0.25 pickles as ordinals and a frequency."""
    import pandas as pd

    if type(data).__name__ != "ndarray":
        return data
    demand(data.dtype.itemsize == 8 and freq is not None, "periods are 64-bit ordinals of a frequency")
    return pd.arrays.PeriodArray(data, dtype=pd.PeriodDtype(frequency(freq)))


def _range_index(function: Any, cls: type, given: dict[str, Any]) -> Any:
    demand(given.pop("data", None) is None, "a RangeIndex has no data")
    for part in ("start", "stop", "step"):
        bounded_integer(given.get(part), -_INT64, _INT64, part)
    demand(given["step"], "the step of a RangeIndex is not 0")
    return function(cls, given)


def _index_values(data: object, owner: str) -> Any:
    import numpy as np
    from pandas.api.extensions import ExtensionArray

    if owner == "CategoricalIndex" or (owner != "Index" and not isinstance(data, np.ndarray)):
        demand(isinstance(data, ExtensionArray), f"the data of {owner} must be an array of its own kind")
    if isinstance(data, ExtensionArray):
        demand(data.ndim == 1, f"the data of {owner} must have one dimension")
        return complete(data)
    kinds = _BLOCK_KINDS if owner == "Index" else "i"
    return labels(settled(data, kinds, f"the data of {owner}", dimensions=1))


def _multi_index(cls: Any, given: dict[str, Any]) -> Any:
    levels = exact_list(given.get("levels"), "the levels")
    codes = exact_list(given["codes"] if "codes" in given else given.get("labels"), "the codes")
    names = exact_list(given.get("names") or [None] * len(levels), "the names")
    demand(levels and len(levels) == len(codes) == len(names), "levels, codes and names must be as many")
    arrays = [
        _codes(array, level, f"the codes of level {at}")
        for at, (array, level) in enumerate(zip(codes, levels, strict=True))
    ]
    demand(len({len(array) for array in arrays}) == 1, "the codes must have one length")
    order = given.get("sortorder")
    if order is not None:
        bounded_integer(order, 0, len(levels), "sortorder")
    names = [label(name) for name in names]
    return cls(levels=levels, codes=arrays, names=names, sortorder=order, verify_integrity=False)


def _codes(array: object, level: Any, name: str) -> Any:
    demand(_is_index(level) and type(level).__name__ != "MultiIndex", "the levels must be indexes")
    checked = settled(array, "i", name, dimensions=1)
    if checked.size:
        demand(checked.min() >= -1 and checked.max() < len(level), f"{name} point past the level")
    return checked


def datetime_index(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a DatetimeIndex or TimedeltaIndex (`_new_DatetimeIndex`, `_new_TimedeltaIndex`, CALL)."""
    cls, given = _class_and_fields(args)
    kind = {"DatetimeIndex": "M", "TimedeltaIndex": "m"}.get(cls.__name__)
    demand(kind, f"{cls.__name__} is no index of dates")
    given = fields(given, {"data", "name", "freq", "tz"}, cls.__name__, ("data",))
    given["name"] = label(given.get("name"))
    given["data"] = _date_values(given["data"], str(kind))
    if "freq" in given:
        given["freq"] = frequency(given["freq"])
    if "tz" in given:
        timezone(given["tz"])
    if type(given["data"]).__name__ == "ndarray" and kind == "M":
        given.setdefault("tz", None)
        given.setdefault("freq", None)
    elif type(given["data"]).__name__ != "ndarray" and given.pop("tz", None) is not None:
        raise Unsafe("the dates of an index have their own time zone")
    return function(cls, given)


def _date_values(data: object, kind: str) -> Any:
    import numpy as np

    if not isinstance(data, np.ndarray):
        demand(type(data).__name__ == {"M": "DatetimeArray", "m": "TimedeltaArray"}[kind], "the data must be dates")
        array = complete(data)
        demand(array.ndim == 1, "the data must have one dimension")
        return array
    array = settled(data, "i" + kind, "the data", dimensions=1)
    array = array.view(f"{kind}8[ns]") if array.dtype.kind == "i" and array.dtype.itemsize == 8 else array
    demand(array.dtype == np.dtype(f"{kind}8[ns]"), "dates without a class of their own count nanoseconds")
    return array


def interval_index(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an IntervalIndex from two indexes, which pandas verifies (`_new_IntervalIndex`, CALL)."""
    cls, given = _class_and_fields(args)
    demand(cls.__name__ == "IntervalIndex", f"{cls.__name__} is no IntervalIndex")
    given = fields(given, {"left", "right", "closed", "name"}, "IntervalIndex", ("left", "right", "closed"))
    demand(_is_index(given["left"]) and type(given["left"]) is type(given["right"]), "the ends must be two indexes")
    demand(given["left"].dtype.kind in "iufmM", "the ends of intervals are numbers or dates")
    demand(given["closed"] in ("left", "right", "both", "neither"), "closed must name the sides")
    label(given.get("name"))
    return function(cls, given)


# -------------------------------------------------------------------------------------------------- blocks and managers


def block(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a block of columns of one dtype (`_unpickle_block`, CALL)."""
    demand(len(args) == 3, "a block is pickled as values, placement and dimensions")
    dimensions = bounded_integer(args[2], 1, 2, "the dimensions of a block")
    values = _block_values(args[0], dimensions)
    return function(values, _placement(args[1], _count(values, dimensions)), dimensions)


def _block_values(values: object, dimensions: int) -> Any:
    import numpy as np
    from pandas.api.extensions import ExtensionArray

    if isinstance(values, ExtensionArray):
        checked = complete(values)
        allowed = {1} if dimensions == 1 else {1, 2}
        demand(checked.ndim in allowed, "an array of a block has too many dimensions")
        if dimensions == 2 and type(checked).__name__ in ("DatetimeArray", "TimedeltaArray"):
            return checked.reshape(1, -1) if checked.ndim == 1 else checked
        return checked
    demand(type(values) is np.ndarray, f"the values of a block must be an array, not {type(values).__name__}")
    return settled(values, _BLOCK_KINDS, "the values of a block", dimensions=dimensions)


def _count(values: Any, dimensions: int) -> int:
    """Return how many columns (or, in a series, rows) the values are."""
    count = 1 if dimensions == 2 and values.ndim == 1 else len(values)
    demand(values.size or count <= _MAX_EMPTY_ITEMS, f"{count:,} columns without rows")
    return count


def _placement(place: object, count: int) -> Any:
    """Return the places of a block's columns, non-negative and as many as the columns."""
    import numpy as np

    if isinstance(place, np.ndarray):
        array = settled(place, "i", "the placement of a block", dimensions=1).astype(np.intp)
        demand(len(array) == count and (not count or array.min() >= 0), "a block has other places than columns")
        return array
    if type(place) is int:
        place = slice(place, place + 1, 1)
    if type(place) is not slice:
        raise Unsafe(f"the placement of a block must be a slice or an array, not {type(place).__name__}")
    return _slice(place, count)


def _slice(place: slice, count: int) -> slice:
    start, stop, step = place.start, place.stop, 1 if place.step is None else place.step
    start = 0 if start is None else start
    stop = -1 if stop is None and type(step) is int and step < 0 else stop
    for part in (start, stop, step):
        bounded_integer(part, -_INT64, _INT64, "a part of a placement")
    places = range(start, stop, step) if step else range(0)
    demand(
        len(places) == count and (not count or min(places[0], places[-1]) >= 0), "a block has other places than columns"
    )
    return slice(start, None if stop < 0 else stop, step)


def _manager_types() -> tuple[Any, Any, Any]:
    from pandas._libs.internals import Block  # type: ignore[import-not-found, unused-ignore]
    from pandas.core.internals.managers import (  # type: ignore[import-not-found, unused-ignore]
        BlockManager,
        SingleBlockManager,
    )

    return Block, BlockManager, SingleBlockManager


def manager(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a BlockManager of blocks and axes that fit each other (CALL)."""
    _, frame_manager, _ = _manager_types()
    demand(function is frame_manager and len(args) in (2, 3), "a BlockManager is pickled as blocks and axes")
    blocks, axes = tuple(exact_list(args[0], "the blocks")), exact_list(args[1], "the axes")
    demand(len(axes) == 2, "a BlockManager has two axes")
    _verify(blocks, axes)
    return function(blocks, axes)


def _verify(blocks: tuple[Any, ...], axes: list[Any]) -> None:
    """Refuse blocks that do not cover the items exactly once, or whose rows are not those of the axis."""
    import numpy as np

    block_type = _manager_types()[0]
    demand(all(map(_is_index, axes)), "the axes must be indexes")
    for item in blocks:
        demand(
            isinstance(item, block_type) and item.ndim == len(axes), "the blocks must be blocks of as many dimensions"
        )
        demand(item.shape[1:] == tuple(map(len, axes[1:])), "a block has other rows than the axis")
    total = len(axes[0])
    demand(sum(len(item.mgr_locs) for item in blocks) == total, "the blocks have other columns than the axis")
    if not total:
        return
    places = np.concatenate([item.mgr_locs.as_array for item in blocks])
    demand(places.min() >= 0 and places.max() < total, "a block has places past the axis")
    seen = np.zeros(total, bool)
    seen[places] = True
    demand(seen.all(), "the blocks do not cover the axis")


def manager_state(target: Any, state: object) -> None:
    """Fill a manager from the state of pandas 0.14.1 to 3 (STATE)."""
    dimensions = 1 if type(target) is _manager_types()[2] else 2
    demand(not _is_filled(target), "a manager gets its state twice")
    axes, blocks = _parts(state)
    demand(len(axes) == dimensions, f"this manager has {dimensions} axes")
    demand(dimensions == 2 or len(blocks) == 1, "a series has one block")
    made = tuple(_make_block(values, place, dimensions) for values, place in blocks)
    _verify(made, axes)
    parts = [{"values": item.values, "mgr_locs": item.mgr_locs} for item in made]
    target.__setstate__((axes, [], [], {"0.14.1": {"axes": axes, "blocks": parts}}))


def _is_filled(target: Any) -> bool:
    return getattr(target, "blocks", None) is not None


def _parts(state: object) -> tuple[list[Any], list[tuple[Any, Any]]]:
    if type(state) is not tuple or len(state) < 4 or type(state[3]) is not dict:
        raise Unsafe("the state of a manager must be the tuple that pandas 0.14.1 and later write")
    parts = fields(state[3].get("0.14.1"), {"axes", "blocks"}, "a manager", ("axes", "blocks"))
    blocks = []
    for item in exact_list(parts["blocks"], "the blocks"):
        entry = fields(item, {"values", "mgr_locs"}, "a block", ("values", "mgr_locs"))
        blocks.append((entry["values"], entry["mgr_locs"]))
    return exact_list(parts["axes"], "the axes"), blocks


def _make_block(values: Any, place: object, dimensions: int) -> Any:
    from pandas._libs.internals import _unpickle_block  # type: ignore[import-not-found, unused-ignore]

    if _is_index(values):
        values = values.array  # pandas before 1.0 keeps dates with a zone as an index
    return block(_unpickle_block, (values, place, dimensions))


# -------------------------------------------------------------------------------------------------------------- frames


_FRAME_FIELDS: Final = {"_mgr", "_data", "_typ", "_metadata", "attrs", "_flags", "_name", "name"}


def frame_state(frame: Any, state: object) -> None:
    """Fill a DataFrame or Series whose manager is whole (STATE)."""
    owner = type(frame).__name__
    demand("_mgr" not in vars(frame), f"a {owner} gets its state twice")
    _, frame_manager, series_manager = _manager_types()
    expected = frame_manager if owner == "DataFrame" else series_manager
    given = {"_mgr": state} if type(state) is expected else fields(state, _FRAME_FIELDS, owner)
    held = given.get("_mgr", given.get("_data"))
    demand(type(held) is expected and _is_filled(held), f"a {owner} needs its manager")
    clean = {"_mgr": held, "_typ": owner.lower(), "attrs": _attrs(given), "_flags": _flags(given)}
    if owner == "Series":
        clean["_name"] = label(given.get("_name", given.get("name")))
    frame.__setstate__(clean)


def _attrs(given: dict[str, Any]) -> dict[Any, Any]:
    attrs = given.get("attrs") or {}
    demand(type(attrs) is dict, "attrs must be a dict")
    return attrs


def _flags(given: dict[str, Any]) -> dict[str, bool]:
    flags = fields(given.get("_flags") or {}, {"allows_duplicate_labels"}, "the flags")
    return {"allows_duplicate_labels": flags.get("allows_duplicate_labels", True) is not False}
