"""numpy: arrays of every dtype and layout, scalars, dtypes, masked and record arrays, random state, polynomials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.corpus import Case

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cases"]

_POINT = np.dtype([("x", "<f8"), ("y", ">i4"), ("name", "U3")])
_ALIGNED = np.dtype([("flag", "u1"), ("value", "f8")], align=True)
_NESTED = np.dtype([("id", "i8"), ("point", _POINT), ("grid", "f4", (2, 3))])
_TITLED = np.dtype({"names": ["a", "b"], "formats": ["i4", "f8"], "titles": ["first", "second"]})
_OFFSETS = np.dtype({"names": ["a", "b"], "formats": ["u1", "f4"], "offsets": [3, 8], "itemsize": 16})
_OVERLAPPING = np.dtype({"names": ["word", "low"], "formats": ["<u4", "<u2"], "offsets": [0, 0]})
_OBJECTS = np.dtype([("key", "i8"), ("value", "O")])
_RECORD = np.dtype((np.record, [("x", "f8"), ("label", "S4")]))

_DTYPES: dict[str, Any] = {
    **{code: np.dtype(code) for code in "?bBhHiIlLefdgFDGO"},
    "big_endian": np.dtype(">f8"),
    "bytes": np.dtype("S7"),
    "text": np.dtype("<U5"),
    "text_big_endian": np.dtype(">U5"),
    "text_empty": np.dtype("U"),
    "void": np.dtype("V6"),
    "datetime": np.dtype("M8[ns]"),
    "datetime_multiple": np.dtype("M8[15m]"),
    "datetime_generic": np.dtype("M8"),
    "timedelta": np.dtype(">m8[us]"),
    "structured": _POINT,
    "aligned": _ALIGNED,
    "nested": _NESTED,
    "titled": _TITLED,
    "offsets": _OFFSETS,
    "overlapping": _OVERLAPPING,
    "objects": _OBJECTS,
    "record": _RECORD,
    "empty_struct": np.dtype([]),
    "subarray": np.dtype(("f8", (2, 3))),
    "metadata": np.dtype("f8", metadata={"unit": "m"}),
    "metadata_field": np.dtype([("a", np.dtype("i4", metadata={"unit": "s"}))]),
}


def _same_dtype(before: Any, after: Any) -> bool:
    return (
        type(before) is type(after)
        and before == after
        and repr(before) == repr(after)
        and (before.isalignedstruct, before.metadata or {}) == (after.isalignedstruct, after.metadata or {})
    )


def _same_array(before: Any, after: Any) -> bool:
    # numpy turns swapped bytes into native ones when it loads.
    if type(before) is not type(after) or before.dtype.newbyteorder("=") != after.dtype.newbyteorder("="):
        return False
    is_fortran = before.flags.f_contiguous and not before.flags.c_contiguous
    if before.shape != after.shape or not after.flags.writeable or (is_fortran and not after.flags.f_contiguous):
        return False
    return repr(before.tolist()) == repr(after.tolist())


def _same_masked(before: Any, after: Any) -> bool:
    return (
        type(before) is type(after)
        and _same_array(np.asarray(before.data), np.asarray(after.data))
        and np.array_equal(np.ma.getmaskarray(before), np.ma.getmaskarray(after))
        and repr(before.fill_value) == repr(after.fill_value)
    )


def _same_scalar(before: Any, after: Any) -> bool:
    return type(before) is type(after) and before.dtype == after.dtype and repr(before) == repr(after)


def _same_draws(before: Any, after: Any) -> bool:
    if type(before) is not type(after):
        return False
    return [before.normal() for _ in range(5)] == [after.normal() for _ in range(5)]


def _same_bits(before: Any, after: Any) -> bool:
    return type(before) is type(after) and before.random_raw(5).tolist() == after.random_raw(5).tolist()


def _same_seeds(before: Any, after: Any) -> bool:
    return (
        type(before) is type(after)
        and before.state == after.state
        and before.generate_state(4).tolist() == after.generate_state(4).tolist()
        and before.spawn(1)[0].state == after.spawn(1)[0].state
    )


def _same_polynomial(before: Any, after: Any) -> bool:
    return type(before) is type(after) and bool(np.all(before.coef == after.coef)) and before(0.5) == after(0.5)


def _is(before: Any, after: Any) -> bool:
    return before is after or (callable(before) and before == after)


def _filled(dtype: Any, shape: Any = (3, 2)) -> np.ndarray:
    array = np.zeros(shape, dtype)
    if array.dtype.kind in "?iufc":
        array[...] = np.arange(array.size).reshape(shape) % 2
    if array.dtype.kind in "SU":
        array[...] = "ab"
    return array


def _recursive() -> np.ndarray:
    array = np.empty(2, object)
    array[0], array[1] = [array], "end"
    return array


def _generator(bits: Any) -> np.random.Generator:
    generator = np.random.Generator(bits(7))
    generator.normal()
    return generator


def _legacy() -> np.random.RandomState:
    state = np.random.RandomState(7)
    state.normal()
    return state


def _structured_rows() -> np.ndarray:
    rows = np.zeros(4, _NESTED)
    rows["id"] = range(4)
    rows["point"]["name"] = "옹기"
    return rows


def _object_rows() -> np.ndarray:
    rows = np.zeros(2, _OBJECTS)
    rows["value"] = [{"a": 1}, [1, 2]]
    return rows


_ARRAYS: dict[str, Callable[[], Any]] = {
    "zero_d": lambda: np.array(1.5),
    "zero_d_object": lambda: np.array({"a": 1}, object),
    "empty": lambda: np.empty(0),
    "empty_2d": lambda: np.empty((0, 5), "i4"),
    "empty_object": lambda: np.empty((0,), object),
    "large": lambda: np.arange(50_000, dtype="f8"),
    "large_2d": lambda: np.arange(60_000, dtype="i4").reshape(300, 200),
    "fortran": lambda: np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "strided": lambda: np.arange(20)[::3],
    "transposed_3d": lambda: np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1),
    "broadcast": lambda: np.broadcast_to(np.arange(3), (4, 3)).copy(),
    "many_dimensions": lambda: np.ones((1,) * 20),
    "nan": lambda: np.array([np.nan, np.inf, -0.0]),
    "big_endian": lambda: np.arange(5, dtype=">i8"),
    "objects": lambda: np.array(["a", 1, None, [1]], object),
    "object_matrix": lambda: np.array([[1, "a"], [None, 2.5]], object),
    "object_fortran": lambda: np.asfortranarray(np.array([[1, "a"], [None, 2.5]], object)),
    "nested_objects": lambda: np.array([np.arange(3), np.arange(2)], object),
    "structured": _structured_rows,
    "structured_objects": _object_rows,
    "text": lambda: np.array(["a", "옹기", ""]),
    "text_zero_length": lambda: np.array(["", ""]),
    "datetimes": lambda: np.array(["2024-02-29", "NaT"], "M8[D]"),
    "timedeltas": lambda: np.array([1, -5], "m8[ms]"),
    "matrix": lambda: np.matrix([[1, 2], [3, 4]]),
    "record_array": lambda: np.rec.array([(1, 2.5, "a")], dtype="i4,f8,U3"),
    "record_fields": lambda: np.array([(1.0, b"ab")], _RECORD),
    "character_array": lambda: np.char.array(["ab ", "c"]),
    "bool_large": lambda: np.arange(5_000) % 3 == 0,
}

_MASKED: dict[str, Callable[[], Any]] = {
    "floats": lambda: np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-1),
    "integers_2d": lambda: np.ma.masked_greater(np.arange(6).reshape(2, 3), 3),
    "without_mask": lambda: np.ma.array([1, 2]),
    "text": lambda: np.ma.array(["a", "b"], mask=[1, 0]),
    "objects": lambda: np.ma.array(np.array([1, "a"], object), mask=[0, 1]),
    "structured": lambda: np.ma.array([(1, 2.0), (3, 4.0)], mask=[(0, 1), (1, 0)], dtype="i4,f8"),
    "empty": lambda: np.ma.array(np.empty((0, 2))),
    "fortran": lambda: np.ma.array(np.asfortranarray(np.arange(6.0).reshape(2, 3)), mask=np.eye(2, 3)),
    "datetimes": lambda: np.ma.array(np.array(["2024-01-01", "2024-01-02"], "M8[D]"), mask=[0, 1]),
}

_SCALARS: dict[str, Callable[[], Any]] = {
    **{f"type_{code}": (lambda code=code: np.dtype(code).type(1)) for code in "?bBhHiIlLefdgFDG"},
    "bytes": lambda: np.bytes_(b"ab"),
    "bytes_empty": lambda: np.bytes_(b""),
    "text": lambda: np.str_("옹기"),
    "text_empty": lambda: np.str_(""),
    "datetime": lambda: np.datetime64("2024-02-29T12:30"),
    "datetime_nat": lambda: np.datetime64("NaT"),
    "timedelta": lambda: np.timedelta64(-5, "h"),
    "void": lambda: np.void(b"abc"),
    "structured": lambda: np.zeros(1, _POINT)[0],
    "structured_objects": lambda: _object_rows()[0],
    "record": lambda: np.rec.array([(1, 2.5)], dtype="i4,f8")[0],
    "nan": lambda: np.float64("nan"),
    "float_big_endian": lambda: np.array([1.5], ">f4")[0],
}

_BIT_GENERATORS = (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64)

_OTHER: dict[str, tuple[Callable[[], Any], Callable[[Any, Any], bool]]] = {
    "recursive_object_array": (_recursive, lambda _, after: after[0][0] is after and after[1] == "end"),
    "masked_constant": (lambda: np.ma.masked, _is),
    "no_value": (lambda: np._NoValue, lambda before, after: type(before) is type(after)),
    "random_state": (_legacy, _same_draws),
    **{f"generator_{bits.__name__}": (lambda bits=bits: _generator(bits), _same_draws) for bits in _BIT_GENERATORS},
    **{f"bits_{bits.__name__}": (lambda bits=bits: bits(3), _same_bits) for bits in _BIT_GENERATORS},
    "seed_sequence": (lambda: np.random.SeedSequence(2**100, spawn_key=(1, 2)), _same_seeds),
    "seed_sequence_list": (lambda: np.random.SeedSequence([1, 2, 3]), _same_seeds),
    **{
        f"polynomial_{name}": (lambda name=name: getattr(np.polynomial, name)([1, 2, 3]), _same_polynomial)
        for name in ("Polynomial", "Chebyshev", "Legendre", "Laguerre", "Hermite", "HermiteE")
    },
    "poly1d": (lambda: np.poly1d([1, -3, 2]), _same_polynomial),
    "error_axis": (lambda: np.exceptions.AxisError(3, 2), lambda a, b: type(a) is type(b) and str(a) == str(b)),
    "error_linear_algebra": (lambda: np.linalg.LinAlgError("singular"), lambda a, b: a.args == b.args),
    "shared_base": (
        lambda: (lambda array: [array, array, array[:]])(np.arange(4)),
        lambda a, b: all(map(_same_array, a, b)) and b[0] is b[1],
    ),
}

_GLOBALS: list[Any] = [
    *(np.float64, np.float32, np.int64, np.int8, np.uint16, np.bool_, np.complex128, np.str_, np.bytes_, np.object_),
    *(np.datetime64, np.timedelta64, np.void, np.record, np.generic, np.number, np.floating, np.integer, np.ndarray),
    *(np.dtype, np.matrix, np.recarray, np.ma.MaskedArray, np.random.Generator, np.random.RandomState),
    *(np.add, np.log1p, np.exp, np.sqrt, np.maximum, np.logical_and, np.mean, np.median, np.sum, np.std, np.nanmean),
    *(np.percentile, np.array, np.asarray, np.zeros, np.ones, np.argmax, np.unique, np.concatenate, np.linalg.norm),
    *(np.add.reduce, np.maximum.accumulate),
]


def cases() -> list[Case]:
    """Return all cases of numpy."""
    found = [Case(f"dtype_{name}", lambda dtype=dtype: dtype, _same_dtype) for name, dtype in _DTYPES.items()]
    found += [
        Case(f"array_of_{name}", lambda dtype=dtype: _filled(dtype), _same_array)
        for name, dtype in _DTYPES.items()
        if dtype.shape == () and name != "record"
    ]
    found += [Case(f"array_{name}", make, _same_array) for name, make in _ARRAYS.items()]
    found += [Case(f"masked_{name}", make, _same_masked) for name, make in _MASKED.items()]
    found += [Case(f"scalar_{name}", make, _same_scalar) for name, make in _SCALARS.items()]
    found += [Case(name, make, same) for name, (make, same) in _OTHER.items()]
    return found + [
        Case(f"global_{getattr(item, '__qualname__', item)}_{index}", lambda item=item: item, _is)
        for index, item in enumerate(_GLOBALS)
    ]
