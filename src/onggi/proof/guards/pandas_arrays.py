"""Guards of pandas' dtypes and extension arrays."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from onggi.proof.guards.exact import demand, fields, label, settled
from onggi.proof.guards.pandas_times import frequency, timezone
from onggi.proof.rules import Unsafe

__all__ = [
    "arrow_dtype_state",
    "arrow_state",
    "backed",
    "backed_new",
    "backed_state",
    "block_index",
    "cached_dtype_state",
    "categorical_dtype_state",
    "complete",
    "int_index",
    "interval_array",
    "interval_array_state",
    "interval_dtype_state",
    "is_pandas",
    "labels",
    "masked_state",
    "numpy_dtype_state",
    "period_dtype",
    "period_dtype_new",
    "sparse_dtype_state",
    "sparse_state",
    "string_dtype",
    "string_dtype_state",
    "zone_dtype_state",
]

_INT32: Final = 2**31 - 1
_MAX_SPARSE: Final = 2**63 - 1
_LABEL_KINDS: Final = frozenset(
    {"string", "integer", "floating", "boolean", "empty", "decimal", "datetime", "date", "bytes"}
)
_LABEL_COST: Final = 16
"""Parts that the tuples of an array may have for each of its items, beyond a million."""


def is_pandas(item: object, *names: str) -> bool:
    """Say whether this is an object of a class of pandas with one of these names."""
    cls = type(item)
    return cls.__name__ in names and cls.__module__.partition(".")[0] == "pandas"


def labels(array: Any) -> Any:
    """Return the array if hashing its objects, which a later look-up does, has a bounded cost."""
    if array.dtype.kind != "O" or not array.size:
        return array
    from pandas.api.types import infer_dtype

    if infer_dtype(array, skipna=True) in _LABEL_KINDS:
        return array
    budget = 1_000_000 + _LABEL_COST * array.size
    pending = [item for item in array.ravel() if isinstance(item, (tuple, frozenset))]
    while pending:
        item = pending.pop()
        budget -= len(item)
        demand(budget > 0, "the labels hold each other too often")
        pending.extend(part for part in item if isinstance(part, (tuple, frozenset)))
    return array


# --------------------------------------------------------------------------------------------------------------- dtypes


def cached_dtype_state(dtype: Any, state: object) -> None:
    """Drop what a nullable dtype has cached; it has no other state (STATE)."""
    fields(state, {"_cache"}, type(dtype).__name__)


def string_dtype(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a StringDtype of a storage and a missing value, which pandas verifies (CALL)."""
    demand(len(args) <= 2, "a StringDtype has a storage and a missing value")
    demand(not args or args[0] in ("python", "pyarrow", "pyarrow_numpy"), "the storage must be python or pyarrow")
    return function(*args)


def string_dtype_state(dtype: Any, state: object) -> None:
    """Fill a StringDtype of pandas 1 (STATE)."""
    given = fields(state, {"storage", "_na_value"}, "StringDtype")
    made = type(dtype)(given.get("storage", "python"), *([given["_na_value"]] if "_na_value" in given else []))
    vars(dtype).update(vars(made))


def categorical_dtype_state(dtype: Any, state: object) -> None:
    """Fill a CategoricalDtype, once, with an index or nothing (STATE)."""
    import pandas as pd

    given = fields(state, {"categories", "ordered"}, "CategoricalDtype")
    categories, ordered = given.get("categories"), given.get("ordered")
    demand("_categories" not in vars(dtype), "a CategoricalDtype gets its state twice")
    demand(categories is None or isinstance(categories, pd.Index), "the categories must be an index")
    demand(not isinstance(categories, pd.MultiIndex), "the categories must have one level")
    demand(ordered is None or type(ordered) is bool, "ordered must be a bool")
    dtype._categories, dtype._ordered = categories, ordered


def zone_dtype_state(dtype: Any, state: object) -> None:
    """Fill a DatetimeTZDtype, once (STATE)."""
    given = fields(state, {"unit", "tz"}, "DatetimeTZDtype", ("unit", "tz"))
    demand("_tz" not in vars(dtype), "a DatetimeTZDtype gets its state twice")
    demand(given["unit"] in ("s", "ms", "us", "ns"), "the unit must be s, ms, us or ns")
    demand(timezone(given["tz"]) is not None, "a DatetimeTZDtype has a time zone")
    dtype.__setstate__(given)


def period_dtype(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a PeriodDtype of the name that it prints, such as `period[M]` (CALL)."""
    demand(len(args) == 1, "a PeriodDtype is pickled as its name")
    demand(type(args[0]) is not str or len(args[0]) <= 64, "the name of a PeriodDtype is short")
    return function(frequency(args[0]))


def period_dtype_new(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make a PeriodDtype (NEW)."""
    demand(not kwargs, "a PeriodDtype has no keywords")
    return period_dtype(cls, args)


def interval_dtype_state(dtype: Any, state: object) -> None:
    """Fill an IntervalDtype, once (STATE)."""
    import numpy as np

    given = fields(state, {"subtype", "closed"}, "IntervalDtype", ("subtype",))
    subtype, closed = given["subtype"], given.get("closed")
    demand(getattr(dtype, "_subtype", None) is None, "an IntervalDtype gets its state twice")
    known = subtype is None or isinstance(subtype, np.dtype) or is_pandas(subtype, "DatetimeTZDtype")
    demand(known and (subtype is None or subtype.kind in "iufmM"), "the ends of intervals are numbers or dates")
    demand(closed in (None, "left", "right", "both", "neither"), "closed must name the sides")
    dtype._subtype, dtype._closed = subtype, closed


def _plain_dtype(dtype: object, owner: str) -> Any:
    import numpy as np

    demand(isinstance(dtype, np.dtype), f"the dtype of {owner} must be one of numpy")
    return dtype


def sparse_dtype_state(dtype: Any, state: object) -> None:
    """Fill a SparseDtype, once (STATE)."""
    import numpy as np

    given = fields(state, {"_dtype", "_fill_value", "_cache"}, "SparseDtype", ("_dtype", "_fill_value"))
    fill = given["_fill_value"]
    demand("_dtype" not in vars(dtype), "a SparseDtype gets its state twice")
    demand(
        _plain_dtype(given["_dtype"], "SparseDtype").kind in "biufcmMO", "a SparseDtype holds numbers, dates or objects"
    )
    demand(np.ndim(fill) == 0 and not isinstance(fill, np.ndarray), "the fill value must be a scalar")
    dtype._dtype, dtype._fill_value = given["_dtype"], label(fill, "the fill value")


def numpy_dtype_state(dtype: Any, state: object) -> None:
    """Fill a NumpyEADtype, once (STATE)."""
    given = fields(state, {"_dtype", "_cache"}, "NumpyEADtype", ("_dtype",))
    demand("_dtype" not in vars(dtype), "a NumpyEADtype gets its state twice")
    dtype._dtype = _plain_dtype(given["_dtype"], "NumpyEADtype")


def arrow_dtype_state(dtype: Any, state: object) -> None:
    """Fill an ArrowDtype, once (STATE)."""
    import pyarrow as pa

    given = fields(state, {"_storage", "storage", "pyarrow_dtype", "_cache"}, "ArrowDtype", ("pyarrow_dtype",))
    demand("pyarrow_dtype" not in vars(dtype), "an ArrowDtype gets its state twice")
    demand(isinstance(given["pyarrow_dtype"], pa.DataType), "an ArrowDtype holds a type of pyarrow")
    vars(dtype).update(vars(type(dtype)(given["pyarrow_dtype"])))


# ------------------------------------------------------------------------------------------------ arrays over a ndarray


@cache
def _placeholders() -> dict[type, tuple[Any, Any]]:
    """Return what an array without state holds: C code dereferences its missing ndarray."""
    import numpy as np
    import pandas as pd

    numbers, objects = np.empty(0, "i8"), np.empty(0, object)
    made = {
        pd.Categorical: (np.empty(0, "i1"), pd.CategoricalDtype([])),
        pd.arrays.DatetimeArray: (np.empty(0, "M8[ns]"), np.dtype("M8[ns]")),
        pd.arrays.TimedeltaArray: (np.empty(0, "m8[ns]"), np.dtype("m8[ns]")),
        pd.arrays.PeriodArray: (numbers, pd.PeriodDtype("D")),
        pd.arrays.StringArray: (objects, pd.StringDtype("python")),
        pd.arrays.NumpyExtensionArray: (numbers.copy(), pd.array(numbers, dtype=numbers.dtype).dtype),
    }
    return made


def backed(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an array over a ndarray, empty until its state comes (`__pyx_unpickle_NDArrayBacked`, CALL)."""
    demand(
        len(args) == 3 and args[2] is None and type(args[1]) is int, "an array is pickled as class, checksum and None"
    )
    demand(isinstance(args[0], type) and args[0] in _placeholders(), "this is no class of an array")
    return _emptied(function(*args))


def backed_new(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make an array over a ndarray, empty until its state comes (NEW)."""
    demand(not args and not kwargs and cls in _placeholders(), f"{cls.__name__} is pickled without arguments")
    return _emptied(cls.__new__(cls))


def _emptied(array: Any) -> Any:
    from pandas._libs.arrays import NDArrayBacked

    data, dtype = _placeholders()[type(array)]
    NDArrayBacked.__setstate__(array, (dtype, data, {}))
    return array


def _is_emptied(array: Any) -> bool:
    return array._ndarray is _placeholders()[type(array)][0]


_BACKED_FIELDS: Final = frozenset(
    {"_data", "_ndarray", "_dtype", "_freq", "_cache", "_codes", "_categories", "_ordered", "_readonly"}
)


def backed_state(array: Any, state: object) -> None:
    """Fill an array over a ndarray, once, with what fits its class (STATE)."""
    from pandas._libs.arrays import NDArrayBacked

    owner = type(array).__name__
    demand(_is_emptied(array), f"a {owner} gets its state twice")
    data, dtype, rest = _backed_parts(state, owner)
    checked = _BACKED[owner](data, dtype)
    demand(checked[0].ndim in (1, 2), f"a {owner} has one or two dimensions")
    extras: dict[str, Any] = {}
    if owner in ("DatetimeArray", "TimedeltaArray") and rest.get("_freq") is not None:
        extras["_freq"] = frequency(rest["_freq"])
    if type(rest.get("_readonly")) is bool:
        extras["_readonly"] = rest["_readonly"]
    NDArrayBacked.__setstate__(array, (checked[1], checked[0], extras))


def _backed_parts(state: object, owner: str) -> tuple[Any, Any, dict[str, Any]]:
    import numpy as np

    if type(state) is tuple and len(state) == 1:
        state = state[0]
    if type(state) is tuple and len(state) in (2, 3):
        rest = fields(state[2] if len(state) == 3 else {}, _BACKED_FIELDS, owner)
        first, second = state[:2]
        return (first, second, rest) if isinstance(first, np.ndarray) else (second, first, rest)
    rest = fields(state, _BACKED_FIELDS, owner)
    data = next((rest[name] for name in ("_ndarray", "_data", "_codes") if name in rest), None)
    return data, rest.get("_dtype") if "_dtype" in rest else _old_categories(rest), rest


def _old_categories(rest: dict[str, Any]) -> Any:
    """Return the dtype of a Categorical of pandas before 0.21."""
    import pandas as pd

    demand(isinstance(rest.get("_categories"), pd.Index), "an array without a dtype must have categories")
    dtype = pd.CategoricalDtype.__new__(pd.CategoricalDtype)
    categorical_dtype_state(dtype, {"categories": rest["_categories"], "ordered": rest.get("_ordered", False)})
    return dtype


def _categorical(data: Any, dtype: Any) -> tuple[Any, Any]:
    codes = settled(data, "i", "the codes")
    demand(is_pandas(dtype, "CategoricalDtype") and dtype.categories is not None, "a Categorical has categories")
    if codes.size:
        demand(codes.min() >= -1 and codes.max() < len(dtype.categories), "the codes point past the categories")
    return codes, dtype


def _datetime(data: Any, dtype: Any) -> tuple[Any, Any]:
    import numpy as np

    array = settled(data, "M", "the dates")
    unit = np.datetime_data(array.dtype)
    demand(unit[1] == 1 and unit[0] in ("s", "ms", "us", "ns"), "dates count s, ms, us or ns")
    if isinstance(dtype, np.dtype):
        demand(dtype == array.dtype, "the dates have another dtype than the array")
        return array, array.dtype
    demand(is_pandas(dtype, "DatetimeTZDtype") and "_tz" in vars(dtype), "dates have a dtype of dates")
    demand(dtype.base == array.dtype, "the dates have another unit than their dtype")
    return array, dtype


def _timedelta(data: Any, dtype: Any) -> tuple[Any, Any]:
    import numpy as np

    array = settled(data, "m", "the durations")
    unit = np.datetime_data(array.dtype)
    demand(unit[1] == 1 and unit[0] in ("s", "ms", "us", "ns"), "durations count s, ms, us or ns")
    demand(isinstance(dtype, np.dtype) and dtype == array.dtype, "the durations have another dtype than the array")
    return array, array.dtype


def _period(data: Any, dtype: Any) -> tuple[Any, Any]:
    array = settled(data, "i", "the periods")
    demand(array.dtype.itemsize == 8 and is_pandas(dtype, "PeriodDtype"), "periods are 64-bit ordinals")
    return array, dtype


def _string(data: Any, dtype: Any) -> tuple[Any, Any]:
    from pandas._libs.lib import is_string_array  # type: ignore[attr-defined]

    array = settled(data, "O", "the strings")
    demand(is_pandas(dtype, "StringDtype") and dtype.storage == "python", "strings have a StringDtype")
    demand(not array.size or is_string_array(array, skipna=True), "an array of strings holds something else")
    return array, dtype


def _wrapped(data: Any, dtype: Any) -> tuple[Any, Any]:
    array = settled(data, "biufcmMOSU", "the array")
    demand(is_pandas(dtype, "NumpyEADtype") and vars(dtype).get("_dtype") == array.dtype, "the dtypes differ")
    return array, dtype


_BACKED: Final = {
    "Categorical": _categorical,
    "DatetimeArray": _datetime,
    "TimedeltaArray": _timedelta,
    "PeriodArray": _period,
    "StringArray": _string,
    "NumpyExtensionArray": _wrapped,
    "PandasArray": _wrapped,
}


# --------------------------------------------------------------------------------------------------------- other arrays


def complete(array: Any) -> Any:
    """Return the extension array if it is of a known class and has got its state."""
    owner = type(array).__name__
    field = _COMPLETE.get(owner)
    demand(is_pandas(array, owner), f"{owner} is no array of pandas")
    if type(array) in _placeholders():
        demand(not _is_emptied(array), f"a {owner} has no state yet")
    elif field is None or field not in vars(array):
        raise Unsafe(f"{owner} is no known array, or has no state yet")
    return array


_COMPLETE: Final = {
    "IntegerArray": "_mask",
    "FloatingArray": "_mask",
    "BooleanArray": "_mask",
    "SparseArray": "_sparse_index",
    "IntervalArray": "_left",
    "ArrowExtensionArray": "_pa_array",
    "ArrowStringArray": "_pa_array",
    "ArrowStringArrayNumpySemantics": "_pa_array",
}


def _boolean_dtype() -> Any:
    import pandas as pd

    return pd.BooleanDtype()


def masked_state(array: Any, state: object) -> None:
    """Fill a nullable array, once, with values and a mask of one shape (STATE)."""
    owner = type(array).__name__
    given = fields(state, {"_data", "_mask", "_dtype", "_cache", "_readonly"}, owner, ("_data", "_mask"))
    demand("_mask" not in vars(array), f"a {owner} gets its state twice")
    kinds = {"IntegerArray": "iu", "FloatingArray": "f", "BooleanArray": "b"}[owner]
    data, mask = settled(given["_data"], kinds, "the values"), settled(given["_mask"], "b", "the mask")
    demand(data.shape == mask.shape and data.ndim in (1, 2), "values and mask must have one shape")
    demand(data.dtype.itemsize <= 8 and data.dtype != "f2", f"a {owner} does not hold {data.dtype}")
    vars(array).update(_data=data, _mask=mask)
    if owner == "BooleanArray":
        array._dtype = _boolean_dtype()
    if type(given.get("_readonly")) is bool:
        array._readonly = given["_readonly"]


def int_index(function: Any, args: tuple[Any, ...]) -> Any:
    """Make the places of sparse values, which pandas verifies (CALL)."""
    demand(len(args) == 2 and type(args[0]) is int, "an IntIndex is pickled as length and places")
    demand(0 <= args[0] <= _MAX_SPARSE, "the length must not be negative")
    places = settled(args[1], "i", "the places", dimensions=1)
    demand(places.dtype.itemsize == 4, "the places are 32-bit integers")
    return function(args[0], places.copy())


def block_index(function: Any, args: tuple[Any, ...]) -> Any:
    """Make the runs of sparse values; pandas adds starts and lengths without regard to overflow (CALL)."""
    import numpy as np

    demand(len(args) == 3, "a BlockIndex is pickled as length, starts and lengths")
    length = int(args[0]) if type(args[0]) in (int, np.int32) else -1
    demand(0 <= length <= _INT32, "the length must fit 32 bits")
    starts, lengths = (settled(array, "i", "the runs", dimensions=1) for array in args[1:])
    demand(
        starts.dtype.itemsize == lengths.dtype.itemsize == 4 and starts.size == lengths.size, "a start for each length"
    )
    if starts.size:
        ends = starts.astype("i8") + lengths
        inside = starts[0] >= 0 and (lengths > 0).all() and ends[-1] <= length
        demand(inside and (ends[:-1] <= starts[1:]).all(), "the runs overlap or lie outside")
    return function(length, starts.copy(), lengths.copy())


def sparse_state(array: Any, state: object) -> None:
    """Fill a SparseArray, once, with as many values as places (STATE)."""
    names = ("_sparse_index", "_sparse_values", "_dtype")
    given = fields(state, {*names, "_cache", "_readonly"}, "SparseArray", names)
    demand("_sparse_index" not in vars(array), "a SparseArray gets its state twice")
    places, dtype = given["_sparse_index"], given["_dtype"]
    demand(is_pandas(places, "IntIndex", "BlockIndex"), "the places must be an IntIndex or BlockIndex")
    values = settled(given["_sparse_values"], "biufcmMO", "the values", dimensions=1)
    demand(places.npoints == len(values), "a SparseArray has other places than values")
    demand(is_pandas(dtype, "SparseDtype") and vars(dtype).get("_dtype") == values.dtype, "the dtypes differ")
    vars(array).update(_sparse_index=places, _sparse_values=values, _dtype=dtype)
    if type(given.get("_readonly")) is bool:
        array._readonly = given["_readonly"]


def interval_array(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an IntervalArray without state (`__pyx_unpickle_IntervalMixin`, CALL)."""
    import pandas as pd

    demand(
        len(args) == 3 and args[0] is pd.arrays.IntervalArray and args[2] is None, "only an IntervalArray is made so"
    )
    return function(*args)


def interval_array_state(array: Any, state: object) -> None:
    """Fill an IntervalArray, once, with ends that pandas verifies (STATE)."""
    if type(state) is tuple and len(state) == 1:
        state = state[0]
    given = fields(
        state, {"_left", "_right", "_dtype", "_cache", "_readonly"}, "IntervalArray", ("_left", "_right", "_dtype")
    )
    demand("_left" not in vars(array), "an IntervalArray gets its state twice")
    ends = [_end(given["_left"]), _end(given["_right"])]
    dtype = given["_dtype"]
    demand(type(ends[0]) is type(ends[1]) and ends[0].dtype == ends[1].dtype, "both ends must be of one dtype")
    demand(len(ends[0]) == len(ends[1]), "there must be two ends for each interval")
    demand(is_pandas(dtype, "IntervalDtype") and dtype.subtype == ends[0].dtype, "the dtypes differ")
    demand(dtype.closed is not None, "closed must name the sides")
    type(array)._validate(*ends, dtype=dtype)
    vars(array).update(_left=ends[0], _right=ends[1], _dtype=dtype)
    if type(given.get("_readonly")) is bool:
        array._readonly = given["_readonly"]


def _end(end: Any) -> Any:
    import numpy as np

    if isinstance(end, np.ndarray):
        return settled(end, "iuf", "an end", dimensions=1)
    demand(is_pandas(end, "DatetimeArray", "TimedeltaArray"), "the ends of intervals are numbers or dates")
    demand(end.ndim == 1, "the ends must have one dimension")
    return complete(end)


def arrow_state(array: Any, state: object) -> None:
    """Fill an array over pyarrow, once, with a column of its dtype (STATE)."""
    import pyarrow as pa

    owner = type(array).__name__
    given = fields(state, {"_pa_array", "_data", "_dtype", "_cache", "_readonly"}, owner)
    column: Any = given.get("_pa_array", given.get("_data"))
    dtype: Any = given.get("_dtype")
    demand("_pa_array" not in vars(array), f"a {owner} gets its state twice")
    demand(isinstance(column, (pa.Array, pa.ChunkedArray)), f"a {owner} holds a column of pyarrow")
    if owner == "ArrowExtensionArray":
        demand(is_pandas(dtype, "ArrowDtype") and dtype.pyarrow_dtype == column.type, "the dtypes differ")
    else:
        demand(_is_text(column.type) and is_pandas(dtype, "StringDtype"), f"a {owner} holds strings")
        demand(dtype.storage != "python", f"a {owner} is stored by pyarrow")
    array.__setstate__({"_pa_array": column, "_dtype": dtype})
    if type(given.get("_readonly")) is bool:
        array._readonly = given["_readonly"]


def _is_text(kind: Any) -> bool:
    import pyarrow.types as types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(kind) or types.is_large_string(kind))
