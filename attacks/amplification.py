"""Attacks that make much of little: copies of one value, a million containers, long numbers, padding."""

from __future__ import annotations

from functools import partial
from typing import Any

from attacks.assembler import (
    ADDITEMS,
    APPENDS,
    BINGET,
    BINPUT,
    BUILD,
    DUP,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_SET,
    EMPTY_TUPLE,
    FLOAT,
    FRAME,
    INST,
    INT,
    LONG,
    LONG4,
    LONG_BINGET,
    MARK,
    NEWOBJ,
    NEWOBJ_EX,
    NEWTRUE,
    NONE,
    OBJ,
    POP,
    POP_MARK,
    REDUCE,
    SETITEM,
    SETITEMS,
    TUPLE1,
    TUPLE2,
    Code,
    build,
    call,
    integer,
    joined,
    memoized,
    name,
    new,
    pickled,
    text,
    value,
)
from attacks.case import DATA, ERROR, HANG, LIMIT, LOADED, MALFORMED, MEMORY, REFUSED, TRUNCATED, Theme
from attacks.resources import TUPLE_DAG

theme = Theme("amplification")


BOUNDED = (LIMIT, REFUSED, MALFORMED)


def _given(code: bytes) -> bytes:
    return pickled(code)


SHORT = (TRUNCATED, LIMIT, MALFORMED)


# --- amplification ------------------------------------------------------------------------------------------------


@theme.case("a million small containers", verdict=BOUNDED, plain=(MEMORY, LOADED))
def million_empty_sets() -> bytes:
    """Four million empty sets, 216 bytes each from one byte."""
    return pickled(EMPTY_LIST + MARK + EMPTY_SET * 4_000_000 + APPENDS)


@theme.case("a million small containers", verdict=BOUNDED, plain=(MEMORY, LOADED))
def million_empty_dicts() -> bytes:
    """Ten million empty dicts, 64 bytes each from one byte."""
    return pickled(EMPTY_LIST + MARK + EMPTY_DICT * 10_000_000 + APPENDS)


@theme.case("a million small containers", verdict=(*BOUNDED, DATA), plain=(MEMORY, LOADED))
def million_one_item_dicts() -> bytes:
    """A million dicts of one item, 232 bytes each from five: an honest pickle may hold them."""
    one = EMPTY_DICT + NEWTRUE + NONE + SETITEM
    return pickled(EMPTY_LIST + MARK + one * 1_000_000 + APPENDS)


@theme.case("a million small containers", verdict=BOUNDED, plain=(MEMORY, LOADED))
def million_reduced_objects() -> bytes:
    """Four million OrderedDicts from the memo, hundreds of bytes each from four."""
    setup = memoized(name("collections.OrderedDict"), 0) + POP
    return pickled(setup + EMPTY_LIST + MARK + (BINGET(0) + EMPTY_TUPLE + REDUCE) * 4_000_000 + APPENDS)


@theme.case("a million small containers", verdict=BOUNDED, plain=(MEMORY, LOADED))
def million_deques() -> bytes:
    """One and a half million deques, 760 bytes each from four."""
    setup = memoized(name("collections.deque"), 0) + POP
    return pickled(setup + EMPTY_LIST + MARK + (BINGET(0) + EMPTY_TUPLE + REDUCE) * 1_500_000 + APPENDS)


_COPIES: dict[str, tuple[str, Any, str]] = {
    "bytearray": ("builtins.bytearray", bytes(1 << 20), ""),
    "text_to_bytes": ("_codecs.encode", "x" * (1 << 20), "latin1"),
    "bytes_to_text": ("builtins.str", b"x" * (1 << 20), "latin1"),
    "list_to_set": ("builtins.set", list(range(30_000)), ""),
    "list_to_deque": ("collections.deque", list(range(100_000)), ""),
    "dict_to_ordered_dict": ("collections.OrderedDict", dict.fromkeys(range(10000)), ""),
    "list_to_counter": ("collections.Counter", list(range(10_000)), ""),
}


def _copied(function: str, content: Any, codec: str) -> bytes:
    setup = memoized(value(content), 0) + POP + memoized(name(function), 1) + POP
    args = BINGET(0) + text(codec) + TUPLE2 if codec else BINGET(0) + TUPLE1
    return pickled(setup + EMPTY_LIST + MARK + (BINGET(1) + args + REDUCE) * 5_000 + APPENDS)


for _key, (_function, _content, _codec) in _COPIES.items():
    theme.add(
        f"copies_{_key}",
        "one large value copied many times",
        partial(_copied, _function, _content, _codec),
        f"Calls {_function} 5,000 times on the same megabyte from the memo: gigabytes from a few bytes each.",
        verdict=BOUNDED,
        plain=(MEMORY, LOADED),
    )


@theme.case("one large value copied many times", verdict=BOUNDED, plain=(MEMORY, LOADED))
def copies_by_state() -> bytes:
    """Gives 3,000 objects the same dict of 10,000 keys as state, which each copies."""
    setup = memoized(value({f"k{index}": None for index in range(10_000)}), 0) + POP
    cls = memoized(name("types.SimpleNamespace"), 1) + POP
    one = BINGET(1) + EMPTY_TUPLE + REDUCE + BINGET(0) + BUILD
    return pickled(setup + cls + EMPTY_LIST + MARK + one * 3_000 + APPENDS)


@theme.case(
    "one large value copied many times",
    verdict=BOUNDED,
    plain=(MEMORY, LOADED, ERROR),
    allow=("attacks.victims.Names",),
)
def copies_by_constructor_of_allowed() -> bytes:
    """Calls an allowed list subclass 3,000 times on the same large list."""
    setup = memoized(value(list(range(100_000))), 0) + POP + memoized(name("attacks.victims.Names"), 1) + POP
    return pickled(setup + EMPTY_LIST + MARK + (BINGET(1) + BINGET(0) + TUPLE1 + REDUCE) * 3_000 + APPENDS)


_TABLE = {f"k{index}": None for index in range(20_000)}
_NUMBERS = list(range(100_000))
_LETTERS = "x" * (1 << 20)
_ALLOWED_COPIES: dict[str, tuple[Any, str, Code]] = {
    "dict": (_TABLE, "attacks.victims.Table", BINGET(1) + BINGET(0) + TUPLE1 + REDUCE),
    "set": (_NUMBERS, "attacks.victims.Unique", BINGET(1) + BINGET(0) + TUPLE1 + REDUCE),
    "tuple_by_new": (_NUMBERS, "attacks.victims.Row", BINGET(1) + BINGET(0) + TUPLE1 + NEWOBJ),
    "tuple_by_new_with_keywords": (
        _NUMBERS,
        "attacks.victims.Row",
        BINGET(1) + BINGET(0) + TUPLE1 + EMPTY_DICT + NEWOBJ_EX,
    ),
    "tuple_by_obj": (_NUMBERS, "attacks.victims.Row", MARK + BINGET(1) + BINGET(0) + OBJ),
    "tuple_by_inst": (_NUMBERS, "attacks.victims.Row", MARK + BINGET(0) + INST("attacks.victims", "Row")),
    "tuple_by_newobj_function": (
        _NUMBERS,
        "attacks.victims.Row",
        call("copyreg.__newobj__", BINGET(1), BINGET(0)),
    ),
    "list_by_reconstructor": (
        _NUMBERS,
        "attacks.victims.Names",
        call("copyreg._reconstructor", BINGET(1), name("builtins.list"), BINGET(0)),
    ),
    "text": (_LETTERS, "attacks.victims.Label", BINGET(1) + BINGET(0) + TUPLE1 + REDUCE),
    "letters": (_LETTERS, "attacks.victims.Names", BINGET(1) + BINGET(0) + TUPLE1 + REDUCE),
    "bytes": (_LETTERS.encode(), "attacks.victims.Names", BINGET(1) + BINGET(0) + TUPLE1 + REDUCE),
}


def _copied_by_allowed(content: Any, cls: str, one: Code) -> bytes:
    setup = memoized(value(content), 0) + POP + memoized(name(cls), 1) + POP
    return pickled(setup + EMPTY_LIST + MARK + one * 3_000 + APPENDS)


for _key, (_content, _cls, _one) in _ALLOWED_COPIES.items():
    theme.add(
        f"allowed_copies_{_key}",
        "one large value copied many times",
        partial(_copied_by_allowed, _content, _cls, _one),
        f"Makes 3,000 copies of the same large value by {_cls}, which the reader allowed.",
        verdict=BOUNDED,
        plain=(MEMORY, LOADED, ERROR, HANG),
        allow=(_cls,),
    )

_ENDLESS: dict[str, Code] = {
    "range": call("builtins.range", 10**9),
    "repeat": call("itertools.repeat", None, 10**9),
    "count": call("itertools.count", 0),
    "cycle": call("itertools.cycle", call("builtins.iter", [1])),
    "zip": call("builtins.zip", call("itertools.count", 0), call("itertools.count", 0)),
}

for _key, _code in _ENDLESS.items():
    theme.add(
        f"allowed_list_of_{_key}",
        "constructor of an allowed container given what never ends",
        partial(_given, call("attacks.victims.Names", _code)),
        f"Gives a `{_key}` of a few bytes to a list subclass that the reader allowed.",
        verdict=BOUNDED,
        plain=(MEMORY, HANG),
        allow=("attacks.victims.Names",),
    )


@theme.case("doubling by concatenation", verdict=BOUNDED, plain=(MEMORY, HANG))
def doubling_by_extend() -> bytes:
    """Doubles a list 40 times through calls of `list` on chains of itself."""
    step = name("itertools.chain") + BINGET(0) + BINGET(0) + TUPLE2 + REDUCE + BINPUT(1) + POP
    step = step + name("builtins.list") + BINGET(1) + TUPLE1 + REDUCE + BINPUT(0) + POP
    return pickled(memoized(value([1]), 0) + POP + step * 40 + BINGET(0))


@theme.case("doubling by formatting", verdict=BOUNDED, plain=(MEMORY, HANG, ERROR))
def doubling_by_encoding() -> bytes:
    """Doubles a text 40 times by escaping it again and again."""
    step = name("_codecs.encode") + BINGET(0) + text("unicode_escape") + TUPLE2 + REDUCE + BINPUT(0) + POP
    back = name("_codecs.decode") + BINGET(0) + text("latin1") + TUPLE2 + REDUCE + BINPUT(0) + POP
    return pickled(memoized(value("\\\\"), 0) + POP + (step + back) * 40 + BINGET(0))


def _laughs(obj: Any) -> bool:
    """Check the shape of the DAG without walking it."""
    return isinstance(obj, list) and len(obj) == 2 and obj[0] is obj[1]


@theme.case("list of lists of lists", verdict=(LIMIT, DATA), plain=LOADED, check=_laughs)
def billion_laughs() -> bytes:
    """A list that holds one list twice, and so on for 60 levels: harmless until printed or compared."""
    return pickled(EMPTY_LIST + (memoized(Code(), 0) + POP + EMPTY_LIST + MARK + BINGET(0) * 2 + APPENDS) * 60)


@theme.case("list of lists of lists", verdict=(*BOUNDED, DATA), plain=(LOADED, HANG), allow=("attacks.victims.Record",))
def billion_laughs_of_dicts() -> bytes:
    """The same with dicts as state of an allowed dataclass, whose `__eq__` and `repr` nobody may call."""
    step = memoized(Code(), 0) + POP + EMPTY_DICT + MARK + text("a") + BINGET(0) + text("b") + BINGET(0) + SETITEMS
    return pickled(build(new("attacks.victims.Record"), EMPTY_DICT + step * 60))


@theme.case("comparison of equal deep keys", verdict=BOUNDED, plain=(HANG, ERROR))
def equal_tuples_compared() -> bytes:
    """Two equal tuple DAGs as keys of one dict: hashing and comparing both take 2**60 steps."""
    return pickled(EMPTY_DICT + TUPLE_DAG + NONE + SETITEM + TUPLE_DAG + NONE + SETITEM)


# --- numbers and text as text -------------------------------------------------------------------------------------


@theme.case("long number in text", verdict=BOUNDED, plain=(ERROR, HANG, LOADED))
def long_of_a_million_digits() -> bytes:
    """Writes an int of a million decimal digits, which takes quadratic time to read."""
    return pickled(LONG("9" * 1_000_000 + "L"), proto=1)


@theme.case("long number in text", verdict=BOUNDED, plain=(ERROR, HANG, LOADED))
def int_of_a_million_digits() -> bytes:
    """The same by the opcode INT."""
    return pickled(INT("9" * 1_000_000), proto=0)


@theme.case("long number in text", verdict=(*BOUNDED, DATA), plain=(ERROR, HANG, LOADED))
def many_ints_just_below_the_limit() -> bytes:
    """5,000 ints of 4,299 digits, each just below Python's own limit: much slower to read than other opcodes."""
    return pickled(EMPTY_LIST + MARK + LONG("9" * 4_299 + "L") * 5_000 + APPENDS, proto=2)


@theme.case("long number in text", verdict=(*BOUNDED, DATA), plain=(ERROR, LOADED))
def float_of_a_million_digits() -> bytes:
    """Writes a float of a million digits."""
    return pickled(FLOAT("1." + "3" * 1_000_000), proto=0)


@theme.case("large number in binary", verdict=(LIMIT, DATA), plain=LOADED)
def long4_of_a_megabyte() -> bytes:
    """An int of eight million bits: data, and linear to read; printing it in decimal is the reader's affair."""
    return pickled(LONG4(b"\x7f" * 1_000_000))


@theme.case("text without end of line", verdict=SHORT, plain=ERROR)
def line_without_end() -> bytes:
    """A text opcode of four million bytes without a newline."""
    return pickled(b"V" + b"x" * 4_000_000)


@theme.case("opcodes without effect", verdict=(*BOUNDED, DATA), plain=(LOADED, HANG))
def million_pops() -> bytes:
    """Pushes and pops a million times: time in proportion to the bytes."""
    return pickled((NONE + POP) * 1_000_000 + NONE)


@theme.case("opcodes without effect", verdict=(*BOUNDED, DATA), plain=(LOADED, HANG))
def million_dups() -> bytes:
    """Copies the top of the stack a million times, then drops all of them by one POP_MARK."""
    return pickled(MARK + NONE + DUP * 1_000_000 + POP_MARK + NONE)


@theme.case("opcodes without effect", verdict=(*BOUNDED, DATA), plain=(LOADED, HANG, MEMORY))
def many_empty_frames() -> bytes:
    """Half a million frames of no bytes."""
    return pickled(FRAME(0) * 500_000 + NONE)


@theme.case("thousands of unknown globals", verdict=(*BOUNDED,), plain=(ERROR, HANG))
def many_unknown_globals() -> bytes:
    """Names 30,000 different globals that do not exist: the report must stay readable, and quick."""
    return pickled(EMPTY_LIST + MARK + joined(name(f"no_such_module_{index}.x") for index in range(30_000)) + APPENDS)


@theme.case("thousands of findings", verdict=(*BOUNDED,), plain=(ERROR, HANG, "RAN"))
def many_findings() -> bytes:
    """Calls 30,000 times what is refused: the list of findings must not be the bomb."""
    one = call("attacks.no_such_module.f", 1) + POP
    return pickled(one * 30_000 + NONE)


@theme.case("memo read in a large loop", verdict=(*BOUNDED, DATA), plain=LOADED)
def million_gets() -> bytes:
    """A list of a million references to one object."""
    return pickled(memoized(value("x"), 1_000) + POP + EMPTY_LIST + MARK + LONG_BINGET(1_000) * 1_000_000 + APPENDS)


@theme.case("container filled in many small batches", verdict=(*BOUNDED, DATA), plain=(LOADED, ERROR, HANG))
def additems_one_by_one() -> bytes:
    """Adds to one set in 100,000 batches of one."""
    return pickled(EMPTY_SET + joined(Code(MARK + integer(index) + ADDITEMS) for index in range(100_000)))
