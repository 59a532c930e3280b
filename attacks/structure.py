"""Attacks on how the bytes are read: truncation, frames, protocol, stack and memo tricks, text opcodes, polyglots."""

from __future__ import annotations

import pickle
from functools import partial

from attacks.assembler import (
    ADDITEMS,
    APPEND,
    APPENDS,
    BINGET,
    BINPERSID,
    BINPUT,
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
    GET,
    GLOBAL,
    INST,
    LIST,
    LONG_BINGET,
    MARK,
    MEMOIZE,
    NEWOBJ,
    NEWOBJ_EX,
    NEXT_BUFFER,
    NONE,
    OBJ,
    POP,
    POP_MARK,
    PROTO,
    PUT,
    READONLY_BUFFER,
    REDUCE,
    SETITEM,
    SETITEMS,
    STACK_GLOBAL,
    STOP,
    TUPLE,
    TUPLE1,
    TUPLE2,
    TUPLE3,
    Code,
    call,
    memoized,
    name,
    new,
    pickled,
    text,
    tuple_of,
    value,
)
from attacks.canary import SHELL
from attacks.case import CRASH, DATA, ERROR, LOADED, MALFORMED, RAN, REFUSED, TRUNCATED, Theme

theme = Theme("structure")

BROKEN = (MALFORMED, TRUNCATED, REFUSED)
SHORT = (TRUNCATED, MALFORMED)
BAD = (MALFORMED, REFUSED)


def _raw(content: bytes) -> bytes:
    return content


def _code(code: bytes, proto: int = 4) -> bytes:
    return pickled(code, proto=proto)


# --- truncation ---------------------------------------------------------------------------------------------------

_WHOLE = pickle.dumps({"text": "x" * 300, "list": list(range(50)), "bytes": b"y" * 300, "f": 1.5, "deep": [[[()]]]}, 4)
_ENDS: dict[str, bytes] = {
    "nothing": b"",
    "protocol_opcode_only": b"\x80",
    "protocol_only": b"\x80\x04",
    "frame_opcode": b"\x80\x04\x95",
    "frame_length_half": b"\x80\x04\x95\x01\0\0",
    "frame_empty": b"\x80\x04\x95\x05\0\0\0\0\0\0\0",
    "before_stop": _WHOLE[:-1],
    "in_the_middle": _WHOLE[: len(_WHOLE) // 2],
    "in_text": pickled(text("x" * 100))[:50],
    "in_length_of_text": b"\x80\x04X\x05\0",
    "in_bytes": b"\x80\x04B\x10\0\0\0abc",
    "in_bytearray": pickled(BYTEARRAY8(b"x" * 100))[:60],
    "in_float": b"\x80\x04G\0\0",
    "in_int": b"\x80\x04J\0",
    "in_long": b"\x80\x04\x8a\x05\x01",
    "in_line": b"I12",
    "in_global_module": b"cos",
    "in_global_name": b"cos\nsys",
    "in_global_between": b"cos\n",
    "in_inst": b"(ios\n",
    "in_memo_index": b"Nq",
    "in_long_memo_index": b"Nr\0\0",
    "in_ext4": b"\x84\0",
    "after_mark": b"(",
    "after_pop": b"N0",
    "in_persistent_id": b"P12",
}

for _key, _content in _ENDS.items():
    theme.add(
        f"truncated_{_key}",
        "truncated stream",
        partial(_raw, _content),
        "Ends before STOP.",
        verdict=SHORT,
        plain=ERROR,
    )


@theme.case("truncated stream", verdict=SHORT, plain=RAN)
def truncated_after_the_call() -> bytes:
    """Runs a command and ends: plain pickle notices the missing end when it is too late."""
    return pickled(call("os.system", SHELL))[:-1]


# --- protocol -----------------------------------------------------------------------------------------------------


@theme.case("PROTO of an unknown version", verdict=BAD, plain=ERROR)
def protocol_6() -> bytes:
    """Says protocol 6."""
    return pickled(NONE, proto=6)


@theme.case("PROTO of an unknown version", verdict=BAD, plain=ERROR)
def protocol_255() -> bytes:
    """Says protocol 255."""
    return pickled(NONE, proto=255)


@theme.case("PROTO again", verdict=(*BAD, DATA), plain=LOADED, check=lambda obj: obj is None)
def protocol_twice_at_the_start() -> bytes:
    """Says its protocol twice."""
    return pickled(PROTO(4) + NONE)


@theme.case("PROTO again", verdict=BAD, plain=LOADED)
def protocol_in_the_middle() -> bytes:
    """Says another protocol between the items of a list, which changes how later names are read."""
    return pickled(EMPTY_LIST + MARK + NONE + PROTO(2) + NONE + PROTO(4) + APPENDS)


@theme.case("PROTO again", verdict=BAD, plain=RAN)
def protocol_lowered_before_call() -> bytes:
    """Lowers the protocol to 0 in the middle, and calls under a name of Python 2."""
    return pickled(NONE + POP + PROTO(0) + GLOBAL("commands", "getoutput") + tuple_of(SHELL) + REDUCE)


@theme.case("opcodes newer than the declared protocol", verdict=(*BAD, DATA), plain=LOADED)
def new_opcodes_in_protocol_0() -> bytes:
    """Uses opcodes of protocol 5 under the declaration of protocol 0: pickle does not mind."""
    return pickled(BYTEARRAY8(b"x") + POP + EMPTY_SET, proto=0)


# --- frames -------------------------------------------------------------------------------------------------------


def _framed(inside: bytes, after: bytes = b"", declared: int | None = None) -> bytes:
    return bytes(PROTO(4) + FRAME(len(inside) if declared is None else declared) + inside + after)


@theme.case("frame that an opcode straddles", verdict=BAD, plain=(RAN, ERROR))
def straddle_hides_call() -> bytes:
    """A text starts in a frame and ends behind it: C reads on, a reader by frames sees other opcodes (gh-154848)."""
    inside = NONE + POP + Code(b"X") + (30).to_bytes(4, "little") + b"x" * 10
    after = b"x" * 20 + POP + call("os.system", SHELL) + STOP
    return _framed(inside, after)


@theme.case("frame that an opcode straddles", verdict=BAD, plain=(LOADED, ERROR))
def straddle_of_a_line() -> bytes:
    """A text opcode's line starts in a frame and ends behind it."""
    return _framed(NONE + POP + Code(b"I12"), b"34\n" + STOP)


@theme.case("frame that an opcode straddles", verdict=BAD, plain=(RAN, ERROR, LOADED))
def straddle_of_a_global() -> bytes:
    """The name of a global starts in a frame and ends behind it."""
    return _framed(Code(b"cos\nsys"), b"tem\n" + tuple_of(SHELL) + REDUCE + STOP)


@theme.case("frame inside a frame", verdict=BAD, plain=(LOADED, ERROR, RAN))
def frame_in_frame() -> bytes:
    """A frame begins before the one around it ends."""
    return _framed(FRAME(3) + NONE + POP + NONE + STOP)


@theme.case("frame inside a frame", verdict=BAD, plain=(LOADED, ERROR))
def frames_overlap() -> bytes:
    """The inner frame ends behind the outer one."""
    return _framed(NONE + POP + FRAME(4), NONE + POP + NONE + STOP)


@theme.case("frame longer than the rest", verdict=SHORT, plain=ERROR)
def frame_too_long() -> bytes:
    """A frame declares one byte more than there is."""
    return _framed(NONE + STOP, declared=3)


@theme.case("frame longer than the rest", verdict=(*BAD, DATA), plain=LOADED)
def stop_inside_frame() -> bytes:
    """STOP stands in the middle of a frame, with opcodes behind it that only some readers see."""
    return _framed(NONE + STOP + call("os.system", SHELL) + STOP)


@theme.case("frame in an old protocol", verdict=(*BAD, DATA), plain=LOADED)
def frame_in_protocol_2() -> bytes:
    """A frame where the protocol has none."""
    return pickled(FRAME(2) + NONE + STOP, proto=2)[:-1]


@theme.case("frame of no bytes", verdict=(*BAD, DATA), plain=LOADED)
def frame_empty() -> bytes:
    """A frame of length 0 between opcodes."""
    return pickled(FRAME(0) + NONE)


# --- the stack ----------------------------------------------------------------------------------------------------

_STACKS: dict[str, tuple[Code, tuple[str, ...], str | tuple[str, ...]]] = {
    "stop_on_empty": (Code(), BAD, ERROR),
    "stop_after_pop": (NONE + POP, BAD, ERROR),
    "stop_on_mark": (MARK, BAD, ERROR),
    "pop_on_empty": (POP + NONE, BAD, ERROR),
    "pop_mark_on_empty": (POP_MARK + NONE, BAD, ERROR),
    "dup_on_empty": (DUP, BAD, ERROR),
    "dup_of_mark": (NONE + MARK + DUP, BAD, ERROR),
    "tuple_without_mark": (NONE + TUPLE, BAD, ERROR),
    "list_without_mark": (NONE + LIST, BAD, ERROR),
    "dict_without_mark": (NONE + DICT, BAD, ERROR),
    "dict_odd": (MARK + NONE + DICT, BAD, ERROR),
    "setitems_odd": (EMPTY_DICT + MARK + NONE + SETITEMS, BAD, ERROR),
    "setitems_without_mark": (EMPTY_DICT + NONE + NONE + SETITEMS, BAD, ERROR),
    "setitem_underflow": (EMPTY_DICT + NONE + SETITEM, BAD, ERROR),
    "setitem_across_mark": (EMPTY_DICT + NONE + MARK + NONE + SETITEM, BAD, ERROR),
    "append_underflow": (EMPTY_LIST + APPEND, BAD, ERROR),
    "append_across_mark": (EMPTY_LIST + MARK + NONE + APPEND, BAD, ERROR),
    "appends_without_mark": (EMPTY_LIST + NONE + APPENDS, BAD, ERROR),
    "appends_on_mark": (MARK + MARK + NONE + APPENDS, BAD, ERROR),
    "additems_without_list": (MARK + NONE + ADDITEMS, BAD, ERROR),
    "frozenset_without_mark": (NONE + FROZENSET, BAD, ERROR),
    "tuple1_underflow": (TUPLE1, BAD, ERROR),
    "tuple2_underflow": (NONE + TUPLE2, BAD, ERROR),
    "tuple3_underflow": (NONE + NONE + TUPLE3, BAD, ERROR),
    "tuple2_across_mark": (NONE + MARK + NONE + TUPLE2, BAD, ERROR),
    "reduce_underflow": (EMPTY_TUPLE + REDUCE, BAD, ERROR),
    "reduce_across_mark": (name("collections.OrderedDict") + MARK + EMPTY_TUPLE + REDUCE, BAD, ERROR),
    "newobj_underflow": (EMPTY_TUPLE + NEWOBJ, BAD, ERROR),
    "newobj_of_none": (NONE + EMPTY_TUPLE + NEWOBJ, BAD, ERROR),
    "newobj_ex_underflow": (EMPTY_TUPLE + EMPTY_DICT + NEWOBJ_EX, BAD, ERROR),
    "newobj_args_no_tuple": (name("collections.OrderedDict") + EMPTY_LIST + NEWOBJ, BAD, ERROR),
    "newobj_ex_kwargs_no_dict": (name("collections.OrderedDict") + EMPTY_TUPLE + NONE + NEWOBJ_EX, BAD, ERROR),
    "build_underflow": (NONE + BUILD, BAD, ERROR),
    "obj_without_class": (MARK + OBJ, BAD, ERROR),
    "obj_without_mark": (name("collections.OrderedDict") + OBJ, BAD, ERROR),
    "obj_of_value": (MARK + NONE + OBJ, BAD, ERROR),
    "inst_without_mark": (INST("collections", "OrderedDict"), BAD, ERROR),
    "stack_global_underflow": (text("os") + STACK_GLOBAL, BAD, ERROR),
    "memoize_on_empty": (MEMOIZE + NONE, BAD, ERROR),
    "put_on_empty": (BINPUT(0) + NONE, BAD, ERROR),
    "put_of_mark": (MARK + BINPUT(0) + NONE, BAD, (ERROR, LOADED)),
    "persistent_underflow": (BINPERSID, BAD, ERROR),
    "set_of_lists": (EMPTY_SET + MARK + EMPTY_LIST + ADDITEMS, (*BAD, "BuildError"), ERROR),
    "list_as_key": (EMPTY_DICT + EMPTY_LIST + NONE + SETITEM, (*BAD, "BuildError"), ERROR),
    "dict_in_frozenset": (MARK + EMPTY_DICT + FROZENSET, (*BAD, "BuildError"), ERROR),
    "bytearray_as_key": (EMPTY_DICT + BYTEARRAY8(b"x") + NONE + SETITEM, (*BAD, "BuildError"), ERROR),
    "readonly_buffer_of_none": (NONE + READONLY_BUFFER, (*BAD, "BuildError"), ERROR),
    "readonly_buffer_of_text": (text("x") + READONLY_BUFFER, (*BAD, "BuildError"), ERROR),
    "readonly_buffer_of_global": (name("collections.OrderedDict") + READONLY_BUFFER, (*BAD, "BuildError"), ERROR),
    "readonly_buffer_on_empty": (READONLY_BUFFER, BAD, ERROR),
    "next_buffer_without_buffers": (NEXT_BUFFER, (*BAD, "BuildError", TRUNCATED), ERROR),
    "next_buffer_many": (NEXT_BUFFER * 100, (*BAD, "BuildError", TRUNCATED), ERROR),
}

for _key, (_opcodes, _verdict, _plain) in _STACKS.items():
    theme.add(
        f"stack_{_key}",
        "opcode that finds the stack in no honest state",
        partial(_code, _opcodes),
        "Uses an opcode on a stack that lacks what it needs.",
        verdict=_verdict,
        plain=_plain,
    )


@theme.case("stack not empty at STOP", verdict=(*BAD, DATA), plain=LOADED, check=lambda obj: obj == 2)
def stack_left_full() -> bytes:
    """Leaves values below the result: pickle drops them, other readers may take the first."""
    return pickled(value(1) + value([1]) + value(2))


@theme.case("stack not empty at STOP", plain=RAN, verdict=(REFUSED, MALFORMED))
def stack_left_with_call() -> bytes:
    """Leaves the result of a call below an innocent value."""
    return pickled(call("os.system", SHELL) + value("innocent"))


@theme.case("mark left at STOP", verdict=(*BAD, DATA), plain=(LOADED, ERROR), check=lambda obj: obj == 2)
def mark_left() -> bytes:
    """Leaves a mark below the result."""
    return pickled(value(1) + MARK + value(2))


@theme.case("POP takes a mark", verdict=(*BAD, DATA), plain=(LOADED, ERROR), check=lambda obj: obj == 1)
def pop_of_mark() -> bytes:
    """Drops a mark with POP, which C allows."""
    return pickled(value(1) + MARK + POP)


@theme.case("POP takes a mark", verdict=(*BAD, REFUSED), plain=(RAN, ERROR))
def pop_of_mark_hides_call() -> bytes:
    """Drops a mark with POP, so that a reader that counts marks otherwise pairs the next TUPLE with another."""
    return pickled(name("os.system") + MARK + value(SHELL) + MARK + POP + TUPLE + REDUCE)


# --- the memo -----------------------------------------------------------------------------------------------------

_MEMO: dict[str, tuple[Code, tuple[str, ...], str | tuple[str, ...]]] = {
    "get_unset": (BINGET(7), BAD, ERROR),
    "get_unset_long": (LONG_BINGET(2**31), BAD, ERROR),
    "get_unset_text": (GET("7"), BAD, ERROR),
    "get_negative": (GET("-1"), BAD, ERROR),
    "get_no_number": (GET("x"), BAD, ERROR),
    "get_empty": (GET(""), BAD, ERROR),
    "get_huge": (GET("9" * 40), BAD, ERROR),
    "put_negative": (NONE + PUT("-1"), BAD, ERROR),
    "put_no_number": (NONE + PUT("x"), BAD, ERROR),
    "put_empty": (NONE + PUT(""), BAD, ERROR),
    "put_float": (NONE + PUT("1.5"), BAD, ERROR),
    "put_hexadecimal": (NONE + PUT("0x10"), BAD, ERROR),
    "put_with_nul": (NONE + PUT("1\x002"), BAD, (ERROR, LOADED)),
    "put_not_ascii": (NONE + PUT("\u0661"), BAD, (ERROR, LOADED)),
}

for _key, (_opcodes, _verdict, _plain) in _MEMO.items():
    theme.add(
        f"memo_{_key}",
        "memo index that is not there or is no number",
        partial(_code, _opcodes),
        "Reads or writes the memo at an index that no honest pickle has.",
        verdict=(*_verdict, "LimitError"),
        plain=_plain,
    )

_ODD_INDEXES = {
    "underscore": ("0_7", "7"),
    "spaces": (" 7 ", "7"),
    "plus": ("+7", "7"),
    "leading_zeros": ("0007", "7"),
    "tabs": ("\t7\t", "7"),
    "carriage_return": ("7\r", "7"),
    "minus_zero": ("-0", "0"),
}


def _odd_index(put: str, get: str) -> bytes:
    return pickled(value("right") + PUT(put) + POP + GET(get), proto=0)


for _key, (_put, _get) in _ODD_INDEXES.items():
    theme.add(
        f"memo_spelled_{_key}",
        "memo index spelled oddly",
        partial(_odd_index, _put, _get),
        "Spells a memo index as Python's int() reads it and a strict reader does not.",
        verdict=(*BAD, DATA),
        plain=(LOADED, ERROR),
        check=lambda obj: obj == "right",
    )


@theme.case("memo overwritten", verdict=(*BAD, DATA), plain=LOADED, check=lambda obj: obj == ["second"])
def memo_overwritten() -> bytes:
    """Stores two values under one index; the second counts."""
    return pickled(
        value("first") + BINPUT(0) + POP + value("second") + BINPUT(0) + POP + EMPTY_LIST + BINGET(0) + APPEND
    )


@theme.case("memo overwritten", verdict=(*BAD, DATA), plain=LOADED, check=lambda obj: obj == ["b", "a"])
def memoize_after_gaps() -> bytes:
    """Mixes MEMOIZE, which counts entries, with PUT at other indexes: the two do not agree on the next index."""
    stores = value("a") + BINPUT(1) + POP + value("b") + MEMOIZE + POP
    return pickled(stores + EMPTY_LIST + MARK + BINGET(1) + value("a") + APPENDS)


@theme.case("memo overwritten", verdict=(*BAD, REFUSED), plain=RAN)
def memoize_collides_with_put() -> bytes:
    """PUT at 1 an innocent global, then MEMOIZE `os.system`, which lands on 1 because one entry exists."""
    stores = name("collections.OrderedDict") + BINPUT(1) + POP + name("os.system") + MEMOIZE + POP
    return pickled(stores + BINGET(1) + tuple_of(SHELL) + REDUCE)


@theme.case("recursive data", verdict=DATA, plain=LOADED, check=lambda obj: obj[0] is obj)
def list_in_itself() -> bytes:
    """A list that holds itself: data."""
    return pickled(memoized(EMPTY_LIST, 0) + BINGET(0) + APPEND)


@theme.case("recursive data", verdict=(*BAD, DATA, "LimitError"), plain=(LOADED, ERROR, CRASH))
def tuple_in_itself_by_list() -> bytes:
    """A tuple in a cycle with a list, as pickle itself writes it: data."""
    return pickled(memoized(EMPTY_LIST, 0) + BINGET(0) + TUPLE1 + BINPUT(1) + APPEND + POP + BINGET(1))


@theme.case("recursive data", verdict=(*BAD, "BuildError"), plain=ERROR)
def dict_as_its_own_key() -> bytes:
    """A dict that is its own key."""
    return pickled(memoized(EMPTY_DICT, 0) + BINGET(0) + NONE + SETITEM)


@theme.case(
    "set that is built around itself",
    verdict=(*BAD, DATA, "BuildError"),
    plain=(LOADED, ERROR),
    allow=("attacks.victims.Frozen",),
)
def set_holds_object_without_state() -> bytes:
    """Puts an object in a set before its state is there: its hash fails or changes (a known trap of honest cycles)."""
    made = memoized(new("attacks.victims.Frozen"), 0)
    return pickled(EMPTY_SET + MARK + made + ADDITEMS + POP + BINGET(0) + value(["late"]) + BUILD)
