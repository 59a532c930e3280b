"""Guards of numpy's dtypes, arrays, scalars and random generators, with hostile arguments and states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.proof.guards import find
from onggi.proof.guards.numpy_dtypes import own
from onggi.proof.rules import Unsafe

F8 = np.dtype("f8")
POINTER = (0xDEADBEEF).to_bytes(8, "little")


def call(guard: str, *args: Any) -> Any:
    return find(guard)(FUNCTIONS.get(guard), args)


def empty(cls: type = np.ndarray) -> Any:
    return call("numpy:reconstruct", cls, (0,), b"b")


def fill(array: Any, shape: Any, dtype: Any, raw: Any, is_fortran: Any = False, version: Any = 1) -> Any:
    find("numpy:array_state")(array, (version, shape, dtype, is_fortran, raw))
    return array


def state_of(dtype: Any) -> tuple[Any, ...]:
    return tuple(dtype.__reduce__()[2])


def _library() -> dict[str, Any]:
    from numpy.ma.core import _mareconstruct

    reconstruct = np.zeros(1).__reduce__()[0]
    scalar = np.float64(1).__reduce__()[0]
    buffer = np.zeros(1).__reduce_ex__(5)[0]
    return {
        "numpy:reconstruct": reconstruct,
        "numpy:scalar": scalar,
        "numpy:from_buffer": buffer,
        "numpy:masked": _mareconstruct,
        "numpy_dtypes:dtype": np.dtype,
    }


FUNCTIONS = _library()


# dtypes


@pytest.mark.parametrize(
    "dtype",
    [
        *(np.dtype(code) for code in ("f8", ">i4", "S5", "U3", "O", "M8[15m]", "m8", "V6", "?", "G")),
        np.dtype([("a", "i4"), ("b", "O")]),
        np.dtype([("a", "i1"), ("b", "f8")], align=True),
        np.dtype({"names": ["a"], "formats": ["f4"], "offsets": [3], "itemsize": 9, "titles": ["first"]}),
        np.dtype(("i4", (2, 3))),
        np.dtype([("a", [("b", "f8", (2,))])]),
        np.dtype("f8", metadata={"unit": "m"}),
        np.dtype((np.record, [("a", "i4")])),
    ],
    ids=str,
)
def test_dtypes_come_back(dtype: Any) -> None:
    reduced = dtype.__reduce__()
    made = find("numpy_dtypes:dtype")(np.dtype, reduced[1])
    find("numpy_dtypes:dtype_state")(made, reduced[2])
    assert made == dtype
    assert (made.metadata, made.isalignedstruct, made.flags) == (dtype.metadata, dtype.isalignedstruct, dtype.flags)
    copy = own(dtype)
    assert (copy, copy.metadata, copy.flags) == (dtype, dtype.metadata, dtype.flags)


def struct_state(fields: dict[str, Any], size: int = 8, flags: int = 0, names: Any = None) -> tuple[Any, ...]:
    return (3, "|", None, tuple(fields) if names is None else names, fields, size, 1, flags)


class Liar(dict):  # type: ignore[type-arg]
    """A dict that is none."""


@pytest.mark.parametrize(
    ("spec", "state"),
    [
        ("V8", struct_state({"a": (np.dtype("O"), 4)}, flags=63)),
        ("V8", struct_state({"a": (F8, 1)})),
        ("V8", struct_state({"a": (F8, -8)})),
        ("V8", struct_state({"a": (F8, 2**40)}, size=8)),
        ("V8", struct_state({"a": (F8, 0)}, size=2**40)),
        ("V8", struct_state({"a": (np.dtype("O"), 0), "b": (F8, 0)})),
        ("V8", struct_state({"a": (F8, 0)}, size=16)),
        ("V4", struct_state({"a": (np.dtype("i4"), 0)}, size=8)),
        ("V8", struct_state({"a": F8})),
        ("V8", struct_state({"a": ("f8", 0)})),
        ("V8", struct_state({"a": (F8, 0.0)})),
        ("V8", struct_state({"a": (F8, 0, [])})),
        ("V8", struct_state({"a": (F8, 0)}, names=("a", "a"))),
        ("V8", struct_state({"a": (F8, 0)}, names=("b",))),
        ("V8", struct_state({"a": (F8, 0)}, names=["a"])),
        ("V8", struct_state(Liar(a=(F8, 0)))),
        ("f8", struct_state({"a": (F8, 0)})),
        ("O", struct_state({"a": (F8, 0)})),
        ("V8", (3, "|", None, ("a",), None, 8, 1, 63)),
        ("V8", (3, "|", (F8, (2**31, 2**31)), None, None, 8, 1, 0)),
        ("V8", (3, "|", (F8, (2,)), None, None, 8, 1, 0)),
        ("V16", (3, "|", (F8, (-2,)), None, None, 16, 1, 0)),
        ("V16", (3, "|", ("f8", (2,)), None, None, 16, 1, 0)),
        ("f8", (3, "x", None, None, None, -1, -1, 0)),
        ("f8", (9, "<", None, None, None, -1, -1, 0)),
        ("f8", (3, "<")),
        ("f8", [3]),
        ("M8", (4, "<", None, None, None, -1, -1, 0, ({}, ("ns); import os", 1, 1, 1)))),
        ("M8", (4, "<", None, None, None, -1, -1, 0, ({}, ("ns", -5, 1, 1)))),
        ("M8", (4, "<", None, None, None, -1, -1, 0, {})),
        ("f8", (4, "<", None, None, None, -1, -1, 0, [1])),
        ("f8", (4, "<", None, None, None, -1, -1, 0, {1: 2})),
    ],
)
def test_dtype_states_refuse(spec: str, state: Any) -> None:
    made = np.dtype(spec, False, True)
    with pytest.raises(Unsafe):
        find("numpy_dtypes:dtype_state")(made, state)
    assert made == np.dtype(spec)


def test_flags_and_sizes_of_a_state_are_not_believed() -> None:
    made = np.dtype("V8", False, True)
    find("numpy_dtypes:dtype_state")(made, struct_state({"a": (np.dtype("O"), 0)}, flags=0))
    assert made.hasobject
    plain = np.dtype("S4", False, True)
    find("numpy_dtypes:dtype_state")(plain, (3, "|", None, None, None, 4_000, 16, 63))
    assert (plain.itemsize, plain.hasobject) == (4, False)


@pytest.mark.parametrize(
    "args",
    [
        ("V2147483647",),
        ("f8,i4",),
        ("(1000000000,)f8",),
        ([("a", "f8")],),
        ({"names": ["a"], "formats": ["f8"], "offsets": [-8]},),
        (type("Odd", (), {"dtype": F8}),),
        (F8, False, True, 1),
        ("f8", "yes"),
        ("",),
        (5,),
        (),
    ],
)
def test_dtypes_refuse(args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find("numpy_dtypes:dtype")(np.dtype, args)


def test_numpys_own_dtypes_do_not_change() -> None:
    made = find("numpy_dtypes:dtype")(np.dtype, ("f8", False, False))
    find("numpy_dtypes:dtype_state")(made, (4, "<", None, None, None, -1, -1, 0, {"a": 1}))
    assert np.dtype("f8").metadata is None
    assert made.metadata == {"a": 1}


def test_a_dtype_gets_one_description() -> None:
    made = np.dtype([("a", "f8")])
    with pytest.raises(Unsafe, match="no new dtype"):
        find("numpy_dtypes:dtype_state")(made, struct_state({"a": (np.dtype("O"), 0)}))
    with pytest.raises(Unsafe):
        find("numpy_dtypes:dtype_state")(5, state_of(F8))


def test_shared_fields_are_counted_each_time() -> None:
    dtype = np.dtype("V0")
    for _ in range(20):
        dtype = np.dtype({"names": ["a", "b"], "formats": [dtype, dtype], "offsets": [0, 0], "itemsize": 0})
    with pytest.raises(Unsafe, match="fields"):
        find("numpy_dtypes:dtype_state")(np.dtype("V0", False, True), struct_state({"a": (dtype, 0)}, size=0))
    with pytest.raises(Unsafe, match="fields"):
        find("numpy_dtypes:dtype_state")(np.dtype("V0", False, True), (3, "|", (dtype, (2,)), None, None, 0, 1, 0))


def test_deep_dtypes_are_refused() -> None:
    dtype = F8
    for _ in range(60):
        dtype = np.dtype([("a", dtype)])
    with pytest.raises(Unsafe, match="deeply"):
        find("numpy_dtypes:dtype_state")(np.dtype("V8", False, True), struct_state({"a": (dtype, 0)}))


# Arrays


def test_arrays_are_filled() -> None:
    assert fill(empty(), (2,), F8, np.array([1.0, 2.0]).tobytes()).tolist() == [1.0, 2.0]
    assert fill(empty(), (2, 1), np.dtype("O"), [{"a": 1}, None]).tolist() == [[{"a": 1}], [None]]
    assert fill(empty(), (2,), np.dtype("S1"), "a\xff").tolist() == [b"a", b"\xff"]
    rows = fill(empty(), (1,), np.dtype([("a", "i4"), ("b", "O"), ("c", "f4", (2,))]), [(1, [2], np.zeros(2, "f4"))])
    assert rows[0]["b"] == [2]


@pytest.mark.parametrize(
    ("shape", "dtype", "raw"),
    [
        ((2,), F8, b"12345678"),
        ((1,), F8, b"1" * 16),
        ((-1,), F8, b""),
        ((2**62, 4), F8, b""),
        ((2**32, 2**32), F8, b""),
        ((0, 2**62), F8, b""),
        ((2.0,), F8, b"1" * 16),
        ([1], F8, b"12345678"),
        ((True,), F8, b"12345678"),
        ((1,) * 100, F8, b"12345678"),
        ((10**9,), np.dtype("V0"), b""),
        ((10**9,), np.dtype("U0"), b""),
        ((1,), np.dtype("O"), POINTER),
        ((1,), np.dtype([("a", "O")]), POINTER),
        ((1,), np.dtype([("a", [("b", "O", (1,))])]), POINTER),
        ((2,), np.dtype("O"), [1]),
        ((1,), np.dtype("O"), [1, 2]),
        ((1,), np.dtype("O"), (1,)),
        ((1,), F8, [1.0]),
        ((1,), np.dtype(("f8", (2,))), b"1" * 16),
        ((1,), "f8", b"12345678"),
        ((1,), F8, None),
        ((1,), F8, "\u1000" * 8),
        ((1,), np.dtype("U1"), (0x110000).to_bytes(4, "little")),
        ((1,), np.dtype([("a", "U1")]), (2**32 - 1).to_bytes(4, "little")),
        ((1,), np.dtype([("a", "O"), ("b", "S5")]), [(1, {})]),
        ((1,), np.dtype([("a", "O"), ("b", "f8")]), [(1,)]),
        ((1,), np.dtype([("a", "O"), ("b", "f8")]), [(1, "x")]),
        ((1,), np.dtype([("a", "O"), ("b", "S5", (2,))]), [(1, [[], []])]),
        ((1,), np.dtype([("a", "O"), ("b", [("c", "S5")])]), [(1, ([],))]),
    ],
)
def test_arrays_refuse(shape: Any, dtype: Any, raw: Any) -> None:
    with pytest.raises(Unsafe):
        fill(empty(), shape, dtype, raw)


@pytest.mark.parametrize(
    "state", [(1, (1,), F8), 5, (7, (1,), F8, False, b"12345678"), (1, (1,), F8, "x", b"12345678")]
)
def test_array_states_refuse(state: Any) -> None:
    with pytest.raises(Unsafe):
        find("numpy:array_state")(empty(), state)


def test_an_array_is_filled_once() -> None:
    array = fill(empty(), (1,), F8, b"12345678")
    with pytest.raises(Unsafe, match="no empty array"):
        fill(array, (1,), F8, b"12345678")
    with pytest.raises(Unsafe, match="no empty array"):
        find("numpy:array_state")([], (1, (0,), F8, False, b""))


def test_an_empty_array_is_filled_once_too() -> None:
    array = fill(empty(), (0,), F8, b"")
    assert array.flags.writeable
    with pytest.raises(Unsafe, match="no empty array"):
        fill(array, (1,), F8, b"12345678")


def test_no_array_lies_inside_itself() -> None:
    array = empty()
    with pytest.raises(Unsafe, match="no content yet"):
        fill(array, (1,), np.dtype("O"), [array])
    for other in (empty(), masked(), empty(np.matrix)):
        with pytest.raises(Unsafe, match="no content yet"):
            fill(empty(), (1,), np.dtype("O"), [other])
    assert fill(empty(), (1,), np.dtype("O"), [np.empty(0)])[0].shape == (0,)


def test_an_array_has_a_dtype_of_its_own() -> None:
    """Else its bytes would become pointers when the pickle gives the dtype a state later."""
    dtype = np.dtype("V8", False, True)
    array = fill(empty(), (1,), dtype, POINTER)
    over_buffer = call("numpy:from_buffer", bytearray(POINTER), dtype, (1,), "C")
    record = call("numpy:scalar", dtype, POINTER)
    find("numpy_dtypes:dtype_state")(dtype, struct_state({"a": (np.dtype("O"), 0)}))
    assert dtype.hasobject
    assert not array.dtype.hasobject
    assert not over_buffer.dtype.hasobject
    assert not record.dtype.hasobject


def test_a_dtype_of_fields_has_fields_of_its_own() -> None:
    inner = np.dtype("V8", False, True)
    outer = np.dtype("V8", False, True)
    find("numpy_dtypes:dtype_state")(outer, struct_state({"a": (inner, 0)}))
    array = fill(empty(), (1,), outer, POINTER)
    find("numpy_dtypes:dtype_state")(inner, struct_state({"a": (np.dtype("O"), 0)}))
    assert not outer["a"].hasobject
    assert not array.dtype["a"].hasobject


def test_a_list_of_objects_may_be_shared() -> None:
    items = [1, 2]
    array = fill(empty(), (2,), np.dtype("O"), items)
    items.clear()
    assert array.tolist() == [1, 2]


class Subclass(np.ndarray):
    """Stands for a class that the reader allows."""

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state[:5])  # type: ignore[misc]
        self.unit = state[5]


def test_the_readers_subclasses_are_guarded_too() -> None:
    made = call("numpy:reconstruct", Subclass, (0,), b"b")
    find("numpy:array_state")(made, (1, (1,), F8, False, b"12345678", "metre"))
    assert made.unit == "metre"
    for state in ((1, (1,), np.dtype("O"), False, POINTER, "x"), ((1, (2,), F8, False, b""), "x"), (), ("x",)):
        with pytest.raises(Unsafe):
            find("numpy:array_state")(call("numpy:reconstruct", Subclass, (0,), b"b"), state)


@pytest.mark.parametrize(
    "args",
    [
        (np.ndarray, (10**9,), b"O"),
        (np.ndarray, (0,), b"O"),
        (np.ndarray, [0], b"b"),
        (np.ma.MaskedArray, (0,), b"b"),
        (list, (0,), b"b"),
        ("ndarray", (0,), b"b"),
        (np.ndarray,),
    ],
)
def test_reconstruct_refuses(args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find("numpy:reconstruct")(FUNCTIONS["numpy:reconstruct"], args)


@pytest.mark.parametrize(
    "args",
    [
        (bytearray(8), np.dtype("O"), (1,), "C"),
        (bytearray(8), np.dtype([("a", "O")]), (1,), "C"),
        (bytearray(8), F8, (2,), "C"),
        (bytearray(16), F8, (1,), "C"),
        (bytearray(8), F8, (-1,), "C"),
        (bytearray(8), F8, 1, "C"),
        (bytearray(8), F8, (1,), "X"),
        (bytearray(8), F8, (1,), None),
        (bytearray(8), np.dtype(("f4", (2,))), (1,), "C"),
        (bytearray(8), F8, (1,), "K", (5,)),
        (bytearray(8), F8, (1,), "K", [0]),
        (bytearray(8), F8, (1,), "C", (0,)),
        (np.zeros(1), F8, (1,), "C"),
        ("12345678", F8, (1,), "C"),
        (bytearray(b"\xff" * 4), np.dtype("U1"), (1,), "C"),
        (bytearray(8), "f8", (1,), "C"),
        (bytearray(8),),
    ],
)
def test_buffers_refuse(args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        call("numpy:from_buffer", *args)


def test_buffers_of_any_order() -> None:
    raw = np.arange(6, dtype="f8").tobytes()
    assert call("numpy:from_buffer", raw, F8, (2, 3), "F").tolist() == [[0, 2, 4], [1, 3, 5]]
    assert call("numpy:from_buffer", raw, F8, (2, 3), "K", (1, 0)).shape == (3, 2)


# Scalars, masked arrays


def test_scalars() -> None:
    assert call("numpy:scalar", F8, np.float64(1.5).tobytes()) == 1.5
    assert call("numpy:scalar", np.dtype("S2"), "a\xff") == b"a\xff"
    assert call("numpy:scalar", np.dtype("U0"), b"") == ""
    record = call("numpy:scalar", np.dtype([("a", "O")]), np.array(([1],), [("a", "O")]))
    assert record["a"] == [1]


@pytest.mark.parametrize(
    "args",
    [
        (np.dtype("V1000000000"),),
        (np.dtype("V1000000000"), None),
        (np.dtype("V8"), b"1234"),
        (np.dtype("O"), POINTER),
        (np.dtype("O"), [1]),
        (np.dtype([("a", "O")]), POINTER),
        (np.dtype([("a", "O")]), np.zeros((), "f8")),
        (np.dtype([("a", "O")]), np.zeros(2, [("a", "O")])),
        (np.dtype("U1"), b"\xff\xff\xff\xff"),
        ("f8", b"12345678"),
        (F8, [1.0]),
    ],
)
def test_scalars_refuse(args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        call("numpy:scalar", *args)


def test_scalars_by_their_class() -> None:
    assert find("numpy:plain_scalar")(np.float64, (1.5,)) == 1.5
    for args in (([1.0],), (1, 2), (np.zeros(3),)):
        with pytest.raises(Unsafe):
            find("numpy:plain_scalar")(np.float64, args)


def test_an_empty_text_leaves_its_dtype_alone() -> None:
    dtype = np.dtype("U0")
    call("numpy:scalar", dtype, b"")
    assert dtype.itemsize == 0


def masked() -> Any:
    return call("numpy:masked", np.ma.MaskedArray, np.ndarray, (0,), "b")


def test_masked_arrays_are_filled() -> None:
    made = masked()
    find("numpy:array_state")(made, (1, (2,), F8, False, np.array([1.0, 2.0]).tobytes(), b"\0\1", np.float64(9)))
    assert made.tolist() == [1.0, None]
    assert made.fill_value == 9


@pytest.mark.parametrize(
    "state",
    [
        (1, (2,), F8, False, b"1" * 16, b"\0", None),
        (1, (2,), F8, False, b"1" * 8, b"\0\0", None),
        (1, (1,), np.dtype("O"), False, POINTER, b"\0", None),
        (1, (1,), F8, False, b"12345678", [True], None),
        (1, (1,), F8, False, b"12345678", b"\0", [1]),
        (1, (1,), F8, False, b"12345678", b"\0", np.array({}, object)),
        (1, (1,), F8, False, b"12345678"),
    ],
)
def test_masked_arrays_refuse(state: Any) -> None:
    with pytest.raises(Unsafe):
        find("numpy:array_state")(masked(), state)


@pytest.mark.parametrize(
    "args",
    [
        (np.ma.MaskedArray, np.ndarray, (10**9,), "O"),
        (np.ma.MaskedArray, list, (0,), "b"),
        (list, np.ndarray, (0,), "b"),
        (np.ma.MaskedArray, np.ndarray),
    ],
)
def test_mareconstruct_refuses(args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        call("numpy:masked", *args)


@pytest.mark.parametrize("args", [("os", "system"), ("numpy", "load"), ("numpy", "__loader__"), ("numpy",), (1, 2)])
def test_ufuncs_refuse(args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find("numpy:ufunc")(None, args)


def test_ufuncs_are_numpys_own() -> None:
    assert find("numpy:ufunc")(None, ("numpy.core.umath", "add")) is np.add


@pytest.mark.parametrize(
    "state", [{"coef": [1]}, {"coef": np.zeros((2, 2))}, {"__call__": len}, {"coef": np.zeros(1), "symbol": 5}, [1]]
)
def test_polynomials_refuse(state: Any) -> None:
    with pytest.raises(Unsafe):
        find("numpy:polynomial")(np.poly1d([1]), state)


# Whatever the state: it is refused, or gives an array that can be used


ANY_VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(-3, 20), st.just(2**40), st.text(max_size=3), st.binary(max_size=20)),
    st.lists(st.integers(), max_size=3),
)
ANY_DTYPES = st.sampled_from(
    [
        *(np.dtype(code) for code in ("f8", ">i2", "S3", "U2", "O", "M8[s]", "V5", "?")),
        *(np.dtype([("a", "O"), ("b", "i4")]), np.dtype(("i4", (2,))), np.dtype([("a", "U1"), ("b", "f8")])),
    ]
)
SHAPES = st.one_of(st.tuples(st.integers(-1, 4)), st.tuples(st.integers(0, 3), st.integers(0, 3)), ANY_VALUES)


@given(st.one_of(SHAPES, st.just((2,))), st.one_of(ANY_DTYPES, ANY_VALUES), st.booleans(), ANY_VALUES)
def test_any_array_state(shape: Any, dtype: Any, is_fortran: bool, raw: Any) -> None:
    try:
        made = fill(empty(), shape, dtype, raw, is_fortran)
    except (Unsafe, TypeError, ValueError):
        return
    assert made.shape == shape
    repr(made)
    made.copy()
    made.tolist()


@given(
    st.sampled_from(["V8", "V0", "f8", "O", "S4", "U2", "M8"]),
    st.one_of(st.none(), st.tuples(ANY_DTYPES, SHAPES)),
    st.one_of(st.none(), st.lists(st.text(max_size=2), max_size=3).map(tuple)),
    st.one_of(st.none(), st.dictionaries(st.text(max_size=2), st.tuples(ANY_DTYPES, st.integers(-4, 12)), max_size=3)),
    st.integers(-1, 32),
    st.integers(0, 255),
)
def test_any_dtype_state(spec: str, subarray: Any, names: Any, fields: Any, size: int, flags: int) -> None:
    made = np.dtype(spec, False, True)
    try:
        find("numpy_dtypes:dtype_state")(made, (3, "|", subarray, names, fields, size, 1, flags))
    except (Unsafe, TypeError, ValueError):
        return
    repr(made)
    np.zeros(2, made).copy()
    for name in made.names or ():
        field, offset = made.fields[name][:2]  # type: ignore[index]
        assert 0 <= offset <= made.itemsize - field.itemsize
        assert made.hasobject or not field.hasobject
