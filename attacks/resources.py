"""Attacks on memory, time and the C stack: small pickles that make a loader allocate, hash or recurse without end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from attacks.assembler import (
    ADDITEMS,
    APPEND,
    APPENDS,
    BINBYTES,
    BINBYTES8,
    BINGET,
    BINPUT,
    BINSTRING,
    BINUNICODE,
    BINUNICODE8,
    BUILD,
    BYTEARRAY8,
    DICT,
    DUP,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_SET,
    EMPTY_TUPLE,
    FRAME,
    FROZENSET,
    LIST,
    LONG,
    LONG1,
    LONG4,
    LONG_BINPUT,
    MARK,
    MEMOIZE,
    NONE,
    POP,
    PUT,
    REDUCE,
    SETITEM,
    SETITEMS,
    SHORT_BINUNICODE,
    TUPLE,
    TUPLE1,
    TUPLE2,
    TUPLE3,
    Code,
    build,
    call,
    joined,
    memoized,
    name,
    new,
    pickled,
    text,
    tuple_of,
    value,
)
from attacks.case import CRASH, DATA, ERROR, HANG, LIMIT, LOADED, MALFORMED, MEMORY, REFUSED, TRUNCATED, Theme

theme = Theme("resources")

BOUNDED = (LIMIT, REFUSED, MALFORMED)
SHORT = (TRUNCATED, LIMIT, MALFORMED)


def _given(code: bytes) -> bytes:
    return pickled(code)


# --- the memo -----------------------------------------------------------------------------------------------------

_MEMO: dict[str, tuple[Code, str | tuple[str, ...]]] = {
    "index_100_million": (NONE + LONG_BINPUT(10**8), MEMORY),
    "index_2_to_the_31": (NONE + LONG_BINPUT(2**31), (MEMORY, LOADED, CRASH)),
    "index_2_to_the_32_less_1": (NONE + LONG_BINPUT(2**32 - 1), (MEMORY, LOADED, CRASH)),
    "index_by_text": (NONE + PUT("100000000"), MEMORY),
    "index_by_text_huge": (NONE + PUT("9" * 30), (MEMORY, ERROR)),
    "index_by_text_of_a_megabyte": (NONE + PUT("9" * 1_000_000), (MEMORY, ERROR)),
    "index_just_past": (value([]) + LONG_BINPUT(4_000_000), (LOADED, MEMORY)),
}

for _key, (_code, _plain) in _MEMO.items():
    theme.add(
        f"memo_{_key}",
        "memo index far past the memo",
        partial(_given, _code),
        "One opcode makes the memo's table grow to its index (CVE-2018-20406).",
        verdict=BOUNDED,
        plain=_plain,
    )


@theme.case("memo grown step by step", verdict=BOUNDED, plain=(MEMORY, LOADED))
def memo_doubles() -> bytes:
    """Raises the memo index by a little less than the allowed gap each time, 20,000 times."""
    return pickled(NONE, *(LONG_BINPUT(4_000 * step) for step in range(1, 20_001)))


@theme.case("memo filled with one object", verdict="data", plain=LOADED, check=lambda obj: obj is None)
def memo_of_a_million_entries() -> bytes:
    """Memoizes None a million times, one byte each: 8 MB of table from 1 MB, which is bearable."""
    return pickled(NONE, bytes(MEMOIZE) * 1_000_000)


# --- declared lengths ---------------------------------------------------------------------------------------------

_LENGTHS: dict[str, tuple[Code, str | tuple[str, ...]]] = {
    "binbytes8_2_62": (BINBYTES8(b"x", 1 << 62), (MEMORY, ERROR)),
    "binbytes8_2_63": (BINBYTES8(b"x", 1 << 63), (MEMORY, ERROR)),
    "binbytes8_all_ones": (BINBYTES8(b"x", (1 << 64) - 1), (MEMORY, ERROR)),
    "binbytes8_gigabyte": (BINBYTES8(b"x", 1 << 30), (MEMORY, ERROR)),
    "binbytes_2_32": (BINBYTES(b"x", (1 << 32) - 1), (MEMORY, ERROR)),
    "bytearray8_2_62": (BYTEARRAY8(b"x", 1 << 62), (MEMORY, ERROR)),
    "bytearray8_gigabyte": (BYTEARRAY8(b"x", 1 << 30), (MEMORY, ERROR)),
    "bytearray8_all_ones": (BYTEARRAY8(b"x", (1 << 64) - 1), (MEMORY, ERROR)),
    "binunicode8_2_62": (BINUNICODE8("x", 1 << 62), (MEMORY, ERROR)),
    "binunicode_2_32": (BINUNICODE("x", (1 << 32) - 1), (MEMORY, ERROR)),
    "short_binunicode_255": (SHORT_BINUNICODE("x", 255), ERROR),
    "binstring_negative": (BINSTRING(b"x", -1), ERROR),
    "binstring_2_31": (BINSTRING(b"x", (1 << 31) - 1), (MEMORY, ERROR)),
    "long4_2_31": (LONG4(b"\x01", (1 << 31) - 1), (MEMORY, ERROR)),
    "long4_negative": (LONG4(b"\x01", -1), ERROR),
    "long1_255": (LONG1(b"\x01", 255), ERROR),
    "frame_2_62": (FRAME(1 << 62) + NONE, (MEMORY, ERROR)),
    "frame_all_ones": (FRAME((1 << 64) - 1) + NONE, (MEMORY, ERROR)),
    "frame_gigabyte": (FRAME(1 << 30) + NONE, (MEMORY, ERROR)),
}

for _key, (_code, _plain) in _LENGTHS.items():
    theme.add(
        f"length_{_key}",
        "declared length without the bytes",
        partial(_given, _code),
        "Declares more bytes than there are; a loader that allocates first runs out of memory.",
        verdict=SHORT,
        plain=_plain,
    )


# --- depth --------------------------------------------------------------------------------------------------------

DEEP = 100_000
DEEPER = 1_000_000


def _nested(opening: Code, closing: Code, depth: int, inner: Code = NONE, end: Code | None = None) -> Code:
    return opening * depth + inner + closing * depth + (end or Code())


def _dropped(obj: Any) -> None:
    """Do nothing: the harm is in dropping the object."""


_DEEP: dict[str, tuple[Code, str | tuple[str, ...]]] = {
    "tuple1_as_key": (EMPTY_DICT + _nested(Code(), TUPLE1, DEEPER) + NONE + SETITEM, CRASH),
    "tuple1_in_set": (EMPTY_SET + MARK + _nested(Code(), TUPLE1, DEEPER) + ADDITEMS, CRASH),
    "tuple1_in_frozenset": (MARK + _nested(Code(), TUPLE1, DEEPER) + FROZENSET, CRASH),
    "tuple1": (_nested(Code(), TUPLE1, DEEPER), LOADED),
    "tuple2": (_nested(NONE, TUPLE2, DEEP), LOADED),
    "tuple3": (_nested(NONE + NONE, TUPLE3, DEEP), LOADED),
    "tuple_by_mark": (_nested(MARK, TUPLE, DEEP), LOADED),
    "list_by_append": (_nested(EMPTY_LIST, APPEND, DEEPER), LOADED),
    "list_by_appends": (_nested(EMPTY_LIST + MARK, APPENDS, DEEP), LOADED),
    "list_by_mark": (_nested(MARK, LIST, DEEP), LOADED),
    "dict_by_setitem": (_nested(EMPTY_DICT + NONE, SETITEM, DEEP), LOADED),
    "dict_by_setitems": (_nested(EMPTY_DICT + MARK + NONE, SETITEMS, DEEP), LOADED),
    "dict_by_mark": (_nested(MARK + NONE, DICT, DEEP), LOADED),
    "frozenset": (_nested(MARK, FROZENSET, DEEP), LOADED),
    "slice": (_nested(name("builtins.slice"), TUPLE1 + REDUCE, DEEP), (CRASH, LOADED)),
    "deque": (_nested(name("collections.deque") + EMPTY_LIST, APPEND + TUPLE1 + REDUCE, DEEP), (CRASH, LOADED)),
    "ordered_dict": (
        _nested(call("collections.OrderedDict") + NONE, SETITEM, DEEP),
        (CRASH, LOADED),
    ),
    "partial": (
        _nested(name("functools.partial") + name("builtins.list"), TUPLE2 + REDUCE, DEEP),
        (CRASH, LOADED, ERROR),
    ),
    "exception": (_nested(name("builtins.ValueError"), TUPLE1 + REDUCE, DEEP), (CRASH, LOADED)),
    "namespace": (
        _nested(call("types.SimpleNamespace") + EMPTY_DICT + text("x"), SETITEM + BUILD, DEEP),
        (CRASH, LOADED),
    ),
    "reversed": (_nested(name("builtins.reversed"), TUPLE1 + REDUCE, DEEP, inner=value([1])), (CRASH, LOADED, ERROR)),
    "chain": (_nested(name("itertools.chain"), TUPLE1 + REDUCE, DEEP, inner=value([1])), (CRASH, LOADED)),
    "generic_alias": (
        _nested(name("types.GenericAlias") + name("builtins.list"), TUPLE2 + REDUCE, DEEP),
        (CRASH, LOADED),
    ),
    "defaultdict_attributes": (
        _nested(call("collections.defaultdict", name("builtins.list")) + NONE, SETITEM, DEEP),
        (CRASH, LOADED),
    ),
}

for _key, (_code, _plain) in _DEEP.items():
    theme.add(
        f"deep_{_key}",
        "objects inside objects without end",
        partial(_given, _code),
        "Hashing, comparing, printing or dropping what is nested so deeply overflows the C stack.",
        verdict=BOUNDED,
        plain=(*((_plain,) if isinstance(_plain, str) else _plain), MEMORY),
        use=_dropped,
    )


@theme.case(
    "objects inside objects without end", verdict=BOUNDED, plain=(LOADED, CRASH), allow=("attacks.victims.Plain",)
)
def deep_instances() -> bytes:
    """Objects of an allowed class inside one another's state."""
    opening = new("attacks.victims.Plain") + EMPTY_DICT + text("next")
    return pickled(_nested(opening, SETITEM + BUILD, DEEP))


@theme.case("depth built from the inside", verdict=BOUNDED, plain=(CRASH, LOADED))
def deep_through_memo() -> bytes:
    """Builds depth by wrapping what the memo holds, so that no opcode ever stands inside many others."""
    wrap = BINGET(0) + TUPLE1 + BINPUT(0) + POP
    return pickled(memoized(NONE, 0) + POP + wrap * DEEP + EMPTY_DICT + BINGET(0) + NONE + SETITEM)


@theme.case("depth built from the inside", plain=(CRASH, LOADED), verdict=(*BOUNDED, DATA))
def deep_through_dup() -> bytes:
    """The same with lists that are appended to after they were wrapped."""
    step = EMPTY_LIST + BINPUT(1) + POP + BINGET(0) + BINGET(1) + APPEND + POP + BINGET(1) + BINPUT(0) + POP
    return pickled(EMPTY_LIST + BINPUT(0) + BINPUT(2) + POP + step * (DEEP) + BINGET(2))


@theme.case("depth built from the outside", verdict=BOUNDED, plain=(CRASH, LOADED))
def deep_deques_from_the_outside() -> bytes:
    """Appends an empty deque to a deque that stands in the memo, then another to that one, and so on."""
    empty = name("collections.deque") + EMPTY_TUPLE + REDUCE
    step = BINGET(0) + empty + BINPUT(0) + APPEND + POP
    return pickled(empty + BINPUT(0) + BINPUT(2) + POP + step * (3 * DEEP) + BINGET(2))


@theme.case("depth built from the outside", verdict=BOUNDED, plain=(CRASH, LOADED))
def deep_default_dicts_from_the_outside() -> bytes:
    """The same with defaultdicts."""
    empty = call("collections.defaultdict", name("builtins.list"))
    step = BINGET(0) + NONE + empty + BINPUT(0) + SETITEM + POP
    return pickled(empty + BINPUT(0) + BINPUT(2) + POP + step * (3 * DEEP) + BINGET(2))


@theme.case("depth built from the inside", verdict=BOUNDED, plain=(CRASH, LOADED))
def deep_through_late_append() -> bytes:
    """Memoizes a list first and fills it with depth afterwards."""
    late = EMPTY_LIST + BINPUT(0) + _nested(EMPTY_LIST, APPEND, DEEP) + APPEND
    return pickled(late)


@theme.case("marks without end", verdict=(*BOUNDED, TRUNCATED), plain=(LOADED, MEMORY, ERROR))
def million_marks() -> bytes:
    """Pushes two million marks and a value."""
    return pickled(bytes(MARK) * 2_000_000 + NONE)


@theme.case("marks without end", verdict=(*BOUNDED, DATA), plain=(LOADED, MEMORY))
def million_empty_tuples_by_mark() -> bytes:
    """Pushes and closes marks a million times."""
    return pickled(EMPTY_LIST + MARK + (MARK + TUPLE) * 1_000_000 + APPENDS)


# --- hashing ------------------------------------------------------------------------------------------------------


def _tuple_dag(width: Code, levels: int) -> Code:
    """Make a tuple of the tuple below, twice, again and again: 3 bytes a level, 2**levels leaves."""
    return EMPTY_TUPLE + (DUP + width) * levels


TUPLE_DAG = _tuple_dag(TUPLE2, 60)

_HASHED: dict[str, Code] = {
    "as_key": EMPTY_DICT + TUPLE_DAG + NONE + SETITEM,
    "as_key_of_setitems": EMPTY_DICT + MARK + TUPLE_DAG + NONE + SETITEMS,
    "as_key_of_dict": MARK + TUPLE_DAG + NONE + DICT,
    "in_set": EMPTY_SET + MARK + TUPLE_DAG + ADDITEMS,
    "in_frozenset": MARK + TUPLE_DAG + FROZENSET,
    "in_set_by_call": name("builtins.set") + EMPTY_LIST + TUPLE_DAG + APPEND + TUPLE1 + REDUCE,
    "in_frozenset_by_call": name("builtins.frozenset") + EMPTY_LIST + TUPLE_DAG + APPEND + TUPLE1 + REDUCE,
    "in_counter": name("collections.Counter") + EMPTY_LIST + TUPLE_DAG + APPEND + TUPLE1 + REDUCE,
    "in_ordered_dict": call("collections.OrderedDict") + TUPLE_DAG + NONE + SETITEM,
    "in_default_dict": call("collections.defaultdict") + TUPLE_DAG + NONE + SETITEM,
    "in_dict_by_call": name("builtins.dict") + EMPTY_LIST + TUPLE_DAG + NONE + TUPLE2 + APPEND + TUPLE1 + REDUCE,
    "through_memo": EMPTY_TUPLE
    + BINPUT(0)
    + (BINGET(0) + TUPLE2 + BINPUT(0)) * 60
    + Code(b"}")
    + BINGET(0)
    + NONE
    + SETITEM,
    "of_three": EMPTY_DICT + EMPTY_TUPLE + (DUP + DUP + TUPLE3) * 40 + NONE + SETITEM,
    "inside_frozen_tuple": EMPTY_DICT + value(1) + TUPLE_DAG + TUPLE2 + NONE + SETITEM,
    "of_slices": EMPTY_DICT + call("builtins.slice", TUPLE_DAG) + NONE + SETITEM,
    "in_partial_keywords": call("functools.partial", name("builtins.dict"), TUPLE_DAG)
    + POP
    + EMPTY_DICT
    + TUPLE_DAG
    + NONE
    + SETITEM,
    "through_frozenset": EMPTY_DICT + MARK + TUPLE_DAG + FROZENSET + NONE + SETITEM,
    "of_dataclass": EMPTY_DICT + build(new("attacks.victims.Frozen"), EMPTY_LIST + TUPLE_DAG + APPEND) + NONE + SETITEM,
}

for _key, _code in _HASHED.items():
    theme.add(
        f"hash_dag_{_key}",
        "shared tuples hashed again and again",
        partial(_given, _code),
        "A tuple of 60 levels that holds each level twice takes 2**60 steps to hash; it has 180 bytes.",
        verdict=BOUNDED,
        plain=(HANG, ERROR),
        allow=("attacks.victims.Frozen",),
    )


def _object_dag(cls: str, how: Callable[[str, Code], Code]) -> Code:
    """Make an object that holds the object below twice, again and again."""
    return memoized(value(1), 0) + POP + (how(cls, BINGET(0)) + BINPUT(0) + POP) * 60 + BINGET(0)


def _by_state(cls: str, part: Code) -> Code:
    return build(new(cls), {"left": part, "right": part})


def _by_call(cls: str, part: Code) -> Code:
    return call(cls, part, part)


def _by_items(cls: str, part: Code) -> Code:
    return new(cls, (part, part))


PAIRS = _object_dag("attacks.victims.Pair", _by_state)

_HASHED_OBJECTS: dict[str, Code] = {
    "as_key": EMPTY_DICT + PAIRS + NONE + SETITEM,
    "as_key_of_setitems": EMPTY_DICT + MARK + PAIRS + NONE + SETITEMS,
    "as_key_of_dict": MARK + PAIRS + NONE + DICT,
    "in_set": EMPTY_SET + MARK + PAIRS + ADDITEMS,
    "in_frozenset": MARK + PAIRS + FROZENSET,
    "in_set_by_call": name("builtins.set") + EMPTY_LIST + PAIRS + APPEND + TUPLE1 + REDUCE,
    "in_ordered_dict": call("collections.OrderedDict") + PAIRS + NONE + SETITEM,
    "in_dict_by_call": name("builtins.dict") + EMPTY_LIST + PAIRS + NONE + TUPLE2 + APPEND + TUPLE1 + REDUCE,
    "in_allowed_set": name("attacks.victims.Unique") + EMPTY_LIST + PAIRS + APPEND + TUPLE1 + REDUCE,
    "in_items_of_allowed_set": new("attacks.victims.Unique") + MARK + PAIRS + ADDITEMS,
    "in_allowed_dict": new("attacks.victims.Table") + PAIRS + NONE + SETITEM,
    "in_tuple": EMPTY_DICT + value(1) + PAIRS + TUPLE2 + NONE + SETITEM,
    "by_call": EMPTY_SET + MARK + _object_dag("attacks.victims.Pair", _by_call) + ADDITEMS,
    "of_own_hash": EMPTY_SET + MARK + _object_dag("attacks.victims.Sum", _by_call) + ADDITEMS,
    "of_tuple_subclass": EMPTY_SET + MARK + _object_dag("attacks.victims.Row", _by_items) + ADDITEMS,
    "of_tuples_in_allowed_set": name("attacks.victims.Unique") + EMPTY_LIST + TUPLE_DAG + APPEND + TUPLE1 + REDUCE,
    "of_tuple_in_dict_state": EMPTY_SET
    + MARK
    + build(new("attacks.victims.Pair"), {"left": TUPLE_DAG, "right": 1})
    + ADDITEMS,
}

for _key, _code in _HASHED_OBJECTS.items():
    theme.add(
        f"hash_dag_of_objects_{_key}",
        "shared objects of an allowed class hashed again and again",
        partial(_given, _code),
        "An object of 60 levels whose class hashes what it holds, each level held twice: 2**60 steps.",
        verdict=BOUNDED,
        plain=(HANG, ERROR),
        allow=("attacks.victims.*",),
    )


@theme.case(
    "shared objects of an allowed class hashed again and again",
    verdict=DATA,
    plain=LOADED,
    allow=("attacks.victims.*",),
)
def hash_of_identity_with_shared_state() -> bytes:
    """The same of a class that hashes by identity: data, as the nodes of a graph are."""
    return pickled(EMPTY_SET + MARK + _object_dag("attacks.victims.Plain", _by_state) + ADDITEMS)


PRIME = (1 << 61) - 1
"""The modulus of CPython's numeric hash: all its multiples have hash 0."""


def _colliding(make: Callable[[int], Any], count: int = 40_000) -> Code:
    return joined(make(number) for number in range(count))


def _pairs(make: Callable[[int], Any], count: int = 40_000) -> Code:
    return joined(part for number in range(count) for part in (make(number), None))


def _hash_flood(kind: str) -> bytes:
    def number(index: int) -> int:
        return index * PRIME

    codes: dict[str, Callable[[], Code]] = {
        "int_keys": lambda: EMPTY_DICT + MARK + _pairs(number) + SETITEMS,
        "int_keys_one_by_one": lambda: (
            EMPTY_DICT + joined(Code(value(number(index)) + NONE + SETITEM) for index in range(40_000))
        ),
        "int_keys_of_dict": lambda: MARK + _pairs(number) + DICT,
        "int_items": lambda: EMPTY_SET + MARK + _colliding(number) + ADDITEMS,
        "int_items_frozen": lambda: MARK + _colliding(number) + FROZENSET,
        "int_items_by_call": lambda: (
            name("builtins.set") + EMPTY_LIST + MARK + _colliding(number) + APPENDS + TUPLE1 + REDUCE
        ),
        "counter": lambda: (
            name("collections.Counter") + EMPTY_LIST + MARK + _colliding(number) + APPENDS + TUPLE1 + REDUCE
        ),
        "negative_ints": lambda: EMPTY_SET + MARK + _colliding(lambda index: -index * PRIME) + ADDITEMS,
        "tuples": lambda: EMPTY_SET + MARK + _colliding(lambda index: (number(index), "x")) + ADDITEMS,
        "nested_tuples": lambda: EMPTY_SET + MARK + _colliding(lambda index: ((number(index),), 1)) + ADDITEMS,
        "fractions": lambda: (
            EMPTY_SET
            + MARK
            + joined(call("fractions.Fraction", number(index + 1), 1) for index in range(15_000))
            + ADDITEMS
        ),
        "decimals": lambda: (
            EMPTY_SET
            + MARK
            + joined(call("decimal.Decimal", str(number(index + 1))) for index in range(15_000))
            + ADDITEMS
        ),
        "ordered_dict": lambda: call("collections.OrderedDict") + MARK + _pairs(number) + SETITEMS,
        "text_ints": lambda: EMPTY_SET + MARK + joined(LONG(f"{number(index)}L") for index in range(40_000)) + ADDITEMS,
        "same_tuple_of_ints": lambda: (
            EMPTY_DICT
            + joined(Code(tuple_of(number(index), number(index * 7)) + NONE + SETITEM) for index in range(30_000))
        ),
    }
    return pickled(codes[kind]())


for _key in (
    *("int_keys", "int_keys_one_by_one", "int_keys_of_dict", "int_items", "int_items_frozen", "int_items_by_call"),
    *("counter", "negative_ints", "tuples", "nested_tuples", "fractions", "decimals", "ordered_dict", "text_ints"),
    *("same_tuple_of_ints",),
):
    theme.add(
        f"hash_flood_{_key}",
        "keys that all have one hash",
        partial(_hash_flood, _key),
        "Every multiple of 2**61-1 has hash 0: tens of thousands of them as keys take quadratic time.",
        verdict=BOUNDED,
        plain=(HANG, LOADED),
    )


@theme.case("keys that all have one hash", verdict=DATA, plain=LOADED, check=lambda obj: len(obj) == 40_000)
def hash_flood_is_not_sequential_ints() -> bytes:
    """A set of 60,000 different ordinary ints, for comparison: data, and not to be refused."""
    return pickled(EMPTY_SET + MARK + joined(range(40_000)) + ADDITEMS)


@theme.case("rehashing of one large key", verdict=BOUNDED, plain=(HANG, LOADED))
def large_key_hashed_often() -> bytes:
    """A tuple of 100,000 items is the key of 20,000 dicts: CPython does not keep a tuple's hash."""
    key = memoized(tuple_of(*range(100_000)), 0) + POP
    one = EMPTY_DICT + BINGET(0) + NONE + SETITEM
    return pickled(key + EMPTY_LIST + MARK + one * 20_000 + APPENDS)


@theme.case("rehashing of one large key", verdict=BOUNDED, plain=(HANG, LOADED))
def large_key_of_nested_tuples() -> bytes:
    """Each of 2,000 nested tuples is put in a set of its own: quadratic hashing, no key too deep by itself."""
    step = TUPLE1 + BINPUT(0) + POP + EMPTY_SET + MARK + BINGET(0) + ADDITEMS + POP + BINGET(0)
    return pickled(value(tuple(range(500))) + step * 20_000)
