# -*- coding: utf-8 -*-
"""numpy: arrays of every dtype and layout, scalars, dtypes, generators."""

from __future__ import absolute_import, print_function, unicode_literals

import numpy as np

from frozen_libraries.registry import register, value

NUMBER_DTYPES = "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 >i4 >f8 >c16".split()
OTHER_DTYPES = "S3 U3 >U2 V4 M8[D] M8[ns] M8[s] m8[s] m8[ns] O".split()
RECORD = [(str("a"), str("<i4")), (str("b"), str("S2")), (str("c"), str("<f8"), (2,))]


def plain_name(dtype):
    return dtype.replace(">", "big_").replace("?", "bool").replace("[", "_").replace("]", "")


def register_dtype(dtype, make):
    name = plain_name(dtype)
    register("array_" + name, make)
    register("scalar_" + name, lambda: make().ravel()[1])
    register("dtype_" + name, lambda: np.dtype(str(dtype)))


def register_dtypes():
    for dtype in NUMBER_DTYPES:
        register_dtype(dtype, lambda dtype=dtype: np.arange(6).reshape(2, 3).astype(str(dtype)))
    for dtype in OTHER_DTYPES:
        register_dtype(dtype, lambda dtype=dtype: other_array(dtype))


def other_array(dtype):
    if dtype[0] in "mM":
        return np.arange(6).reshape(2, 3).astype(str(dtype))
    if dtype[0] == "V":
        return np.arange(6, dtype=str("<u4")).view(str(dtype)).reshape(2, 3)
    if dtype == "O":
        return np.array([[None, "text"], [[1, 2], 2**70]], dtype=object)
    texts = ["", "a", "bc", "def"] if "S" in dtype else ["", "é", "옹기", "d"]
    return np.array(texts).astype(str(dtype)).reshape(2, 2)


register_dtypes()


@value
def array_0d():
    return np.array(5.5)


@value
def array_0d_object():
    return np.array({"a": 1}, dtype=object)


@value
def array_empty():
    return [np.array([]), np.zeros((0, 3), dtype=str("i4")), np.zeros((2, 0, 2))]


@value
def array_fortran():
    return np.asfortranarray(np.arange(12, dtype=str("i4")).reshape(3, 4))


@value
def array_transposed():
    return np.arange(24, dtype=str("i2")).reshape(2, 3, 4).transpose(1, 2, 0)


@value
def array_strided():
    return np.arange(20, dtype=str("i4"))[::3]


@value
def array_reversed():
    return np.arange(5.0)[::-1]


@value
def array_broadcast():
    return np.broadcast_to(np.arange(3, dtype=str("u1")), (2, 3))


@value
def array_read_only():
    one = np.arange(4, dtype=str("i4"))
    one.flags.writeable = False
    return one


@value
def array_special_floats():
    return np.array([np.nan, np.inf, -np.inf, -0.0])


@value
def array_not_a_time():
    return np.array(["2026-11-22", "NaT"], dtype=str("M8[D]"))


@value
def array_large():
    return np.zeros(5000, dtype=str("f8"))


@value
def array_of_objects_large():
    return np.array([None, "a"] * 600, dtype=object)


@value
def array_shared():
    one = np.arange(3, dtype=str("i4"))
    return [one, one, {"again": one}]


@value
def array_of_arrays():
    made = np.empty(2, dtype=object)
    made[0], made[1] = np.arange(2.0), np.arange(3.0)
    return made


@value
def arrays_in_dict():
    return {"x": np.arange(3.0), "y": np.array([True, False]), "n": 5, "names": np.array(["a", "b"])}


@value
def array_structured():
    made = np.zeros(2, dtype=RECORD)
    made["a"] = [1, 2]
    made["b"] = [b"x", b"yz"]
    made["c"] = [[0.5, 1.5], [2.5, 3.5]]
    return made


@value
def array_structured_scalar():
    return array_structured()[1]


@value
def array_structured_with_objects():
    return np.array([(1, "a"), (2, None)], dtype=[(str("n"), str("i4")), (str("o"), str("O"))])


@value
def array_nested_structure():
    inner = np.dtype([(str("x"), str("<f4")), (str("y"), str("<f4"))])
    return np.zeros(3, dtype=[(str("point"), inner), (str("id"), str("<i8"))])


@value
def record_array():
    return np.rec.array([(1, b"a"), (2, b"b")], dtype=[(str("n"), str("<i4")), (str("s"), str("S1"))])


@value
def masked_array():
    return np.ma.array([1.5, 2.5, 3.5], mask=[False, True, False], fill_value=-1.0)


@value
def masked_array_without_mask():
    return np.ma.array([[1, 2], [3, 4]], dtype=str("i4"))


@value
def matrix():
    return np.matrix([[1.0, 2.0], [3.0, 4.0]])


@value
def character_array():
    return np.char.array(["ab", "cd"])


@value
def dtype_structured():
    return np.dtype(RECORD)


@value
def dtype_aligned():
    return np.dtype([(str("a"), str("i1")), (str("b"), str("f8"))], align=True)


@value
def dtype_with_offsets():
    parts = {"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [0, 8], "itemsize": 16}
    return np.dtype({str(key): parts[key] for key in parts})


@value
def dtype_with_metadata():
    return np.dtype(str("f8"), metadata={"unit": "metre"})


@value
def dtype_of_subarray():
    return np.dtype((str("i4"), (2, 3)))


@value
def scalar_types():
    return [np.float64, np.int32, np.bool_, np.datetime64, np.ndarray, np.dtype]


@value
def ufuncs():
    return [np.add, np.sin]


@value
def polynomial_old():
    return {"coefficients": np.poly1d([1.0, 2.0, 3.0]).coeffs}


@value
def many_scalars():
    return [np.float64(number) / 4 for number in range(20)] + [np.int64(7), np.bool_(True)]


@value
def random_state():
    made = np.random.RandomState()
    # A real state is 2.5 KB of noise in each file; this one compresses.
    made.set_state((str("MT19937"), np.array([2**31] + [0] * 623, dtype=str("u4")), 624, 1, 0.25))
    return made


@value
def generator_pcg64():
    return np.random.Generator(np.random.PCG64(5))


@value
def generator_philox():
    return np.random.Generator(np.random.Philox(5))


@value
def generator_sfc64():
    return np.random.Generator(np.random.SFC64(5))


@value
def bit_generator():
    return np.random.PCG64(7)
