"""The abstract machine keeps stack, marks, memo and arguments exactly as CPython's `_pickle.c` does."""

from __future__ import annotations

import contextlib
import pickle
import re
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks.assembler import (
    BINGET,
    BINPUT,
    BINSTRING,
    BINUNICODE,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    FRAME,
    GET,
    LONG_BINGET,
    LONG_BINPUT,
    MARK,
    MEMOIZE,
    NONE,
    POP,
    PROTO,
    PUT,
    SHORT_BINUNICODE,
    STACK_GLOBAL,
    STOP,
    TUPLE,
    pickled,
)
from onggi.errors import DecodeError, LimitError, MalformedError, TruncatedError
from onggi.format.opcodes import BY_CODE, Argument
from onggi.proof import DEFAULT_LIMITS, TRUST_ALL, Limits, kinds
from onggi.proof.judge import Judge
from tests.builds import PROJECT
from tests.proof.walking import Walk

# What each opcode needs on the stack, above the last mark.
NEEDS = {
    **dict.fromkeys(("STOP", "POP", "DUP", "BINPERSID", "BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE", "TUPLE1"), 1),
    **dict.fromkeys(("APPEND", "BUILD", "REDUCE", "NEWOBJ", "TUPLE2", "STACK_GLOBAL"), 2),
    **dict.fromkeys(("SETITEM", "NEWOBJ_EX", "TUPLE3"), 3),
    "READONLY_BUFFER": 1,
}
NEEDS_MARK = ("TUPLE", "LIST", "DICT", "FROZENSET", "POP_MARK", "APPENDS", "SETITEMS", "ADDITEMS", "INST", "OBJ")
CODES = {opcode.name: bytes([opcode.code]) for opcode in BY_CODE.values()}
ARGUMENTS = {"BINPUT": b"\x00", "LONG_BINPUT": bytes(4), "PUT": b"0\n", "INST": b"builtins\nlist\n"}


def spelled(name: str) -> bytes:
    return CODES[name] + ARGUMENTS.get(name, b"")


def pickle_fails(data: bytes) -> bool:
    try:
        pickle.loads(data)
    except Exception:
        return True
    return False


# ---------------------------------------------------------------------------------------------- the numbers in C


def test_the_numbers_in_c_are_those_in_python():
    text = (PROJECT / "src" / "onggi" / "proof" / "kinds.pxd").read_text()
    ours = {name: number for name, number in vars(kinds).items() if name.isupper() and isinstance(number, int)}

    assert {name: int(number) for name, number in re.findall(r"^ +(\w+) = (-?\d+)$", text, re.MULTILINE)} == ours


def test_kinds_that_share_a_number_would_be_taken_for_each_other():
    uses = [kinds.VALUE, kinds.CALL, kinds.NEW, kinds.STATE, kinds.APPEND, kinds.SETITEM, kinds.ADD]
    assert sum(uses) == 127
    assert all(use & (use - 1) == 0 for use in uses)
    actions = [number for name, number in vars(kinds).items() if name.startswith("DO_")]
    assert sorted(actions) == list(range(len(actions)))
    assert max(actions) < 1 << kinds.ACTION_BITS
    nodes = (kinds.TUPLE, kinds.LIST, kinds.DICT, kinds.SET, kinds.FROZENSET, kinds.OBJECT)
    assert all(kind & kinds.HAS_NODE and kind <= kinds.KIND_MASK for kind in nodes)


# ------------------------------------------------------------------------------------------------- the arguments


def example(opcode: Any) -> bytes:
    """One opcode with an argument."""
    arguments = {
        Argument.NONE: b"",
        Argument.U1: b"\x01",
        Argument.U2: b"\x01\x02",
        Argument.U4: bytes(4),
        Argument.I4: b"\x01\x02\x03\x04",
        Argument.U8: b"\x01" + bytes(7),
        Argument.F8: bytes(8),
        Argument.BYTES1: b"\x03abc",
        Argument.BYTES4: b"\x03\0\0\0abc",
        Argument.BYTES8: b"\x03\0\0\0\0\0\0\0abc",
        Argument.LINE: b"12\n",
        Argument.LINES: b"some\nthing\n",
    }
    return bytes([opcode.code]) + arguments[opcode.argument]


@pytest.mark.parametrize("opcode", BY_CODE.values(), ids=lambda opcode: opcode.name)
def test_an_opcode_that_is_cut_off_is_truncated(walker_module, opcode):
    whole = example(opcode)
    for cut in range(1, len(whole)):
        with pytest.raises(TruncatedError) as caught:
            Walk(walker_module, b"N0" + whole[:cut])
        assert caught.value.offset == 2


def test_the_end_of_the_bytes_before_stop_is_truncated(walker_module):
    for data in (b"", b"N", b"\x80\x05", b"\x80\x05K\x01"):
        with pytest.raises(TruncatedError):
            Walk(walker_module, data)


def test_bytes_behind_stop_are_left_alone(walker_module):
    assert Walk(walker_module, b"N." + b"\xff\xff").walker.pos == 2


def test_what_is_no_opcode_is_malformed(walker_module):
    for code in set(range(256)) - set(BY_CODE):
        with pytest.raises(MalformedError, match=f"0x{code:02X}") as caught:
            Walk(walker_module, b"N0" + bytes([code]) + b".")
        assert caught.value.offset == 2


LENGTHS = [2**31 - 1, 2**31, 2**32 - 1]
LONG_LENGTHS = [2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**40, 2**55, 2**56, 2**62, 2**63 - 1, 2**63, 2**64 - 1]


@pytest.mark.parametrize("name", [op.name for op in BY_CODE.values() if op.argument is Argument.BYTES4])
def test_a_length_of_four_bytes_beyond_the_end_is_truncated(walker_module, name):
    for length in LENGTHS:
        with pytest.raises((TruncatedError, MalformedError)):
            Walk(walker_module, CODES[name] + struct.pack("<I", length) + b"N.")


@pytest.mark.parametrize("name", ["BINUNICODE8", "BINBYTES8", "BYTEARRAY8", "FRAME"])
def test_a_length_of_eight_bytes_beyond_the_end_is_truncated(walker_module, name):
    """A length that is read wrongly makes another pickle of the bytes than CPython's machine builds."""
    for length in LONG_LENGTHS:
        with pytest.raises(TruncatedError):
            Walk(walker_module, CODES[name] + struct.pack("<Q", length) + b"N.")


@pytest.mark.parametrize("index", [2**31 - 1, 2**31, 2**32 - 1])
@pytest.mark.parametrize("policy", [{}, {"policy": TRUST_ALL}], ids=["stranger", "trusted"])
def test_a_memo_index_from_half_of_four_bytes_on(walker_module, index, policy):
    with pytest.raises(LimitError) as caught:
        Walk(walker_module, pickled(NONE, LONG_BINPUT(index)), **policy)
    assert caught.value.limit == "max_memo_gap"
    assert caught.value.actual == index
    with pytest.raises(MalformedError):
        Walk(walker_module, pickled(NONE, LONG_BINPUT(0), LONG_BINGET(index)), **policy)


# ----------------------------------------------------------------------------------------------- stack and marks


@pytest.mark.parametrize("name", NEEDS)
def test_an_opcode_without_its_values_is_malformed(walker_module, name):
    for has in range(NEEDS[name]):
        for below in (b"", b"NNNN("):
            data = below + b"N" * has + spelled(name) + b"."
            if name == "POP" and below:
                continue  # it takes the mark instead
            with pytest.raises(MalformedError, match="too short"):
                Walk(walker_module, data)


@pytest.mark.parametrize("name", NEEDS_MARK)
def test_an_opcode_without_its_mark_is_malformed(walker_module, name):
    for data in (spelled(name), b"NN" + spelled(name), b"(1N" + spelled(name)):
        with pytest.raises(MalformedError, match="no MARK"):
            Walk(walker_module, data + b".")
        assert pickle_fails(data + b".")


@pytest.mark.parametrize("name", ["APPENDS", "SETITEMS", "ADDITEMS"])
def test_nothing_below_the_mark_to_fill_is_malformed(walker_module, name):
    for data in (b"(" + spelled(name), b"](" + b"(" + spelled(name)):
        with pytest.raises(MalformedError, match="too short"):
            Walk(walker_module, data + b".")
        assert pickle_fails(data + b".")


def test_obj_needs_a_class_above_the_mark(walker_module):
    with pytest.raises(MalformedError, match="too short"):
        Walk(walker_module, b"c__builtin__\nlist\n(o.")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"(0N.", None),
        (b"K\x01(0.", 1),
        (b"K\x01(K\x02K\x031.", 1),
        (b"K\x012\x86.", (1, 1)),
        (b"K\x01K\x020.", 1),
        (b"((0K\x01t.", (1,)),
        (b"(K\x01(K\x02(1tt.", (1, (2,))),
        (b"(]K\x01at.", ([1],)),
        (b"](K\x01(K\x02te.", [1, (2,)]),
    ],
)
def test_marks_fence_the_stack_as_in_cpython(walker_module, data, expected):
    assert pickle.loads(data) == expected
    assert Walk(walker_module, data).walker.pos == len(data)


@pytest.mark.parametrize("data", [b"(.", b"(N.", b"NN.", b"N(.", b"N((0.", b"(N(N1.", b"NN(0."])
def test_what_is_left_at_stop_is_malformed_for_a_stranger_only(walker_module, data):
    """CPython's machine drops it; no pickler leaves anything, and checkers have been fooled by it."""
    with pytest.raises(MalformedError):
        Walk(walker_module, data)
    if pickle_fails(data):
        with pytest.raises(MalformedError):
            Walk(walker_module, data, policy=TRUST_ALL)
    else:
        Walk(walker_module, data, policy=TRUST_ALL)


# ---------------------------------------------------------------------------------------------------------- memo


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pickled(b"K\x07", BINPUT(0), POP, BINGET(0)), 7),
        (pickled(b"K\x07", BINPUT(3), POP, LONG_BINGET(3)), 7),
        (pickled(b"K\x07", LONG_BINPUT(300), POP, GET("300")), 7),
        (pickled(b"K\x07", PUT("0"), POP, GET("0")), 7),
        (pickled(b"K\x07", BINPUT(0), b"K\x08", BINPUT(0), POP, POP, BINGET(0)), 8),
        (pickled(b"K\x07", BINPUT(5), POP, b"K\x08", MEMOIZE, POP, BINGET(1)), 8),
        (pickled(b"K\x07", BINPUT(1), POP, b"K\x08", MEMOIZE, POP, BINGET(1)), 8),
    ],
)
def test_the_memo_is_that_of_cpython(walker_module, data, expected):
    assert pickle.loads(data) == expected
    assert Walk(walker_module, data).walker.pos == len(data)


@pytest.mark.parametrize(
    "code", [BINGET(0), LONG_BINGET(0), GET("0"), NONE + BINPUT(1) + BINGET(0), NONE + BINPUT(1) + BINGET(2)]
)
def test_an_entry_that_is_not_there_is_malformed(walker_module, code):
    with pytest.raises(MalformedError, match="Memo value not found"):
        Walk(walker_module, pickled(code))


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1 ", "0_1", "1L", "x", "0x1", "٣", "9" * 19, "1\r"])
def test_a_memo_index_in_text_is_plain_digits(walker_module, text):
    """CPython takes some of these too, and other readers do not: that is a way past them."""
    for code in (PUT(text), GET(text)):
        with pytest.raises(MalformedError, match="no plain number"):
            Walk(walker_module, pickled(NONE, code))


@pytest.mark.parametrize("gap", [1, 10, 4_096])
def test_a_memo_index_far_past_the_memo_is_over_the_limit(walker_module, gap):
    limits = Limits(max_memo_gap=gap)
    for put in (LONG_BINPUT, lambda index: PUT(str(index))):
        Walk(walker_module, pickled(NONE, put(gap)), limits=limits)
        with pytest.raises(LimitError, match=f"memo index {gap + 1:,}") as caught:
            Walk(walker_module, pickled(NONE, put(gap + 1)), limits=limits)
        assert (caught.value.limit, caught.value.maximum, caught.value.actual) == ("max_memo_gap", gap, gap + 1)


def test_the_gap_counts_from_the_number_of_entries(walker_module):
    code = b"".join(NONE + MEMOIZE for _ in range(50))
    limits = Limits(max_memo_gap=5)
    Walk(walker_module, pickled(MARK, code, LONG_BINPUT(55), TUPLE), limits=limits)
    with pytest.raises(LimitError):
        Walk(walker_module, pickled(MARK, code, LONG_BINPUT(500), TUPLE), limits=limits)


def test_a_large_memo_is_kept_whole(walker_module):
    count = 5_000
    code = b"".join(b"M" + struct.pack("<H", number) + MEMOIZE for number in range(count))
    again = b"".join(LONG_BINGET(number) for number in range(0, count, 7))
    walker = Walk(walker_module, pickled(MARK, code, again, TUPLE)).walker
    assert walker.memo_count == count


# -------------------------------------------------------------------------------------------------- text opcodes


@pytest.mark.parametrize("line", ["1", "-1", "00", "01", "12L", " 1 ", "0"])
def test_an_integer_in_text(walker_module, line):
    assert Walk(walker_module, b"L" + line.encode() + b"\n.").walker.opcode_count == 2


@pytest.mark.parametrize("line", ["", "L", "-", "--1", "1_0", "0x10", "1.0", "1e5", "٣", "1 2", "1\x00"])
def test_an_integer_is_decimal_digits(walker_module, line):
    for code in (b"I", b"L"):
        with pytest.raises(MalformedError, match="decimal digits"):
            Walk(walker_module, code + line.encode() + b"\n.")


def test_an_integer_of_many_digits_is_over_the_limit(walker_module):
    most = DEFAULT_LIMITS.max_digits
    Walk(walker_module, b"L" + b"9" * most + b"L\n.")
    for data in (b"L" + b"9" * (most + 1) + b"L\n.", b"I-" + b"9" * (most + 1) + b"\n."):
        with pytest.raises(LimitError) as caught:
            Walk(walker_module, data)
        assert caught.value.limit == "max_digits"


@pytest.mark.parametrize("line", ["", "x", "1.5.5", "1,5", "0x1p3"])
def test_a_float_in_text_is_one(walker_module, line):
    assert pickle_fails(b"F" + line.encode() + b"\n.")
    with pytest.raises(MalformedError, match="float"):
        Walk(walker_module, b"F" + line.encode() + b"\n.")
    Walk(walker_module, b"F1.5e300\n.")
    Walk(walker_module, b"F-inf\n.")


@pytest.mark.parametrize("line", ["", "'", '"', "a", "'a", "a'", "'a\"", "x'a'", "''x"])
def test_a_string_of_python_2_is_quoted(walker_module, line):
    data = b"S" + line.encode() + b"\n."
    assert pickle_fails(data)
    with pytest.raises(MalformedError, match="quoted"):
        Walk(walker_module, data)


@pytest.mark.parametrize("line", ["''", "'a'", '"a"', "'a\\'b'", "'\\n'"])
def test_honest_strings_of_python_2(walker_module, line):
    data = b"S" + line.encode() + b"\n."
    pickle.loads(data)
    Walk(walker_module, data)


@pytest.mark.parametrize("data", [b"\x8b\xff\xff\xff\xff.", b"T\xff\xff\xff\xff.", b"T\x00\x00\x00\x80."])
def test_a_negative_length_is_malformed(walker_module, data):
    with pytest.raises((MalformedError, TruncatedError)):
        Walk(walker_module, data + bytes(100))


# ------------------------------------------------------------------------------------------------------- strings


@pytest.mark.parametrize("data", [b"\xff", b"\xc3", b"abc\xf0", b"\xed\xa0"])
def test_a_name_that_is_no_utf_8_is_malformed(walker_module, data):
    for bad in (
        pickled(SHORT_BINUNICODE(data), SHORT_BINUNICODE("x"), STACK_GLOBAL),
        pickled(BINUNICODE("x"), BINUNICODE(data), STACK_GLOBAL),
        pickled(b"c" + data + b"\nx\n"),
        pickled(b"(i" + data + b"\nx\n"),
    ):
        with pytest.raises(MalformedError, match="UTF-8"):
            Walk(walker_module, bad)


@pytest.mark.parametrize("key", [b"_\xff", b"append\xff", b"e\xf0"])
def test_a_key_that_is_no_utf_8_is_malformed(walker_module, key):
    data = pickled(EMPTY_DICT, BINUNICODE(key), NONE, b"s")
    assert pickle_fails(data)
    with pytest.raises(MalformedError, match="UTF-8"):
        Walk(walker_module, data)


def test_lone_surrogates_are_strings_too(walker_module):
    data = pickled(EMPTY_DICT, BINUNICODE("_\ud800"), NONE, b"s")
    assert pickle.loads(data) == {"_\ud800": None}
    assert not Walk(walker_module, data).rules


@pytest.mark.parametrize(
    "module", [b"S'os'\n", b"U\x02os", BINSTRING(b"os"), b"Vo\\u0073\n", b"C\x02os", NONE, b"K\x01"]
)
def test_names_are_plain_strings(walker_module, module):
    with pytest.raises(MalformedError, match="plain strings"):
        Walk(walker_module, pickled(module, SHORT_BINUNICODE("system"), STACK_GLOBAL))


# -------------------------------------------------------------------------------------------------------- frames


def framed(*parts: bytes, length: int | None = None) -> bytes:
    content = b"".join(parts)
    return PROTO(4) + FRAME(len(content) if length is None else length) + content


@pytest.mark.parametrize(
    "data",
    [
        framed(EMPTY_LIST, STOP),
        framed(EMPTY_LIST) + framed(STOP)[2:],
        framed(EMPTY_LIST) + STOP,
        framed() + NONE + STOP,
        framed(NONE) + framed(POP)[2:] + framed(NONE, STOP)[2:],
    ],
)
def test_honest_frames(walker_module, data):
    pickle.loads(data)
    walk = Walk(walker_module, data)
    assert walk.walker.pos == len(data)
    assert walk.shapes == [kinds.DROP] * data.count(b"\x95")
    assert walk.walker.guard_count == 0


@pytest.mark.parametrize(
    "data",
    [
        framed(b"K\x01", STOP, length=1),
        framed(b"J\x01\x02\x03\x04", STOP, length=3),
        framed(SHORT_BINUNICODE("text"), STOP, length=4),
        framed(b"I123\n", STOP, length=3),
        framed(framed(NONE)[2:], STOP, length=20),
        framed(b"cbuiltins\nlist\n", STOP, length=5),
    ],
)
def test_what_crosses_the_end_of_a_frame_is_malformed(walker_module, data):
    """CPython 3.13.14 and later read such streams differently from older ones (gh-154848)."""
    with pytest.raises((MalformedError, TruncatedError)):
        Walk(walker_module, data)
    with pytest.raises((MalformedError, TruncatedError)):
        Walk(walker_module, data, policy=TRUST_ALL)


def test_a_frame_in_a_frame_is_malformed(walker_module):
    with pytest.raises(MalformedError, match="FRAME inside"):
        Walk(walker_module, framed(NONE, FRAME(1), POP, NONE, STOP))


def test_a_frame_past_the_end_is_truncated(walker_module):
    with pytest.raises(TruncatedError):
        Walk(walker_module, framed(NONE, STOP, length=3))


# ------------------------------------------------------------------------------------------------------ protocol


def test_proto_stands_at_the_start_only(walker_module):
    for data in (NONE + PROTO(2) + STOP, PROTO(2) + PROTO(2) + NONE + STOP, PROTO(4) + NONE + PROTO(2) + STOP):
        pickle.loads(data)
        with pytest.raises(MalformedError, match="elsewhere"):
            Walk(walker_module, data)


@pytest.mark.parametrize("protocol", range(6))
def test_the_protocol_is_what_proto_says(walker_module, protocol):
    assert Walk(walker_module, PROTO(protocol) + b"N.").walker.protocol == protocol
    assert Walk(walker_module, b"N.").walker.protocol == 0


@pytest.mark.parametrize("protocol", [6, 100, 255])
def test_a_newer_protocol_is_named(walker_module, protocol):
    with pytest.raises(MalformedError, match=f"protocol: {protocol}"):
        Walk(walker_module, PROTO(protocol) + b"N.")


# --------------------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("obj", [None, [], {}, [()], [[]], ([{}],), [1, [2, (3, {4: [5]})]], {"a": {"b": {"c": 1}}}])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_depth_is_that_of_the_object(walker_module, obj, protocol):
    def depth(value: Any) -> int:
        inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        return 1 + max(map(depth, inner), default=0) if isinstance(value, list | tuple | dict) else 0

    assert Walk(walker_module, pickle.dumps(obj, protocol)).walker.max_depth == depth(obj)


def test_findings_are_capped(walker_module):
    """A pickle can't fill the memory with what is said about it."""
    code = MARK + (NONE + EMPTY_TUPLE + b"R") * 5_000 + TUPLE
    walk = Walk(walker_module, pickled(code))
    assert walk.rules == ["call-of-value"] * 1_000


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 1_000, 100_000])
def test_the_stack_grows(walker_module, count):
    for code in (NONE, EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT, MARK + TUPLE):
        data = pickled(MARK, code * count, TUPLE)
        assert Walk(walker_module, data).walker.pos == len(data)
    data = pickled(MARK * count, NONE, b"1" * (count - 1), TUPLE)
    assert Walk(walker_module, data).walker.pos == len(data)


def test_numbers_that_can_share_a_hash_are_told_from_small_ones(walker_module):
    """Keys that can collide are counted; below eight bytes an integer is its own hash."""
    small = [b"K\x01", b"J" + b"\xff" * 4, b"\x8a\x07" + b"\x7f" * 7, b"I" + b"9" * 18 + b"\n"]
    large = [b"\x8a\x08" + b"\x7f" * 8, b"\x8b\x08\x00\x00\x00" + b"\x7f" * 8, b"L" + b"9" * 20 + b"L\n"]
    for number in small:
        assert Walk(walker_module, pickled(EMPTY_DICT, number, NONE, b"s")).walker.hash_cost == 0
    for number in large:
        assert Walk(walker_module, pickled(EMPTY_DICT, number, NONE, b"s")).walker.hash_cost == 1


# --------------------------------------------------------------------------- several pickles that share one memo


def walker_of(module: Any) -> tuple[Any, Judge]:
    judge = Judge(TRUST_ALL)
    return module.Walker(judge, DEFAULT_LIMITS, False, False), judge


def test_the_memo_lasts(walker_module):
    walker, judge = walker_of(walker_module)
    walker.walk(pickled(SHORT_BINUNICODE("collections"), MEMOIZE, POP, SHORT_BINUNICODE("OrderedDict"), MEMOIZE))
    walker.finish()
    walker.walk(pickled(BINGET(0), BINGET(1), STACK_GLOBAL))
    assert list(judge.names) == [("collections", "OrderedDict")]
    walker.finish()
    walker.walk(pickled(EMPTY_DICT, BINGET(0), NONE, b"s"))
    assert not walker.findings


@pytest.mark.parametrize(
    "second", [pickled(EMPTY_DICT, BINGET(0), NONE, b"s"), pickled(BINGET(0), BINGET(0), STACK_GLOBAL)]
)
@pytest.mark.parametrize("end", [b"N.", b".", b"\xff", b""])
def test_strings_of_a_pickle_that_failed_are_not_read_in_the_next(walker_module, second, end):
    walker, judge = walker_of(walker_module)
    first = PROTO(4) + (b"K\x000" * 1_000) + SHORT_BINUNICODE("_key") + MEMOIZE + end
    try:
        walker.walk(first)
        walker.finish()
    except DecodeError:
        pass
    try:
        walker.walk(second)
    except DecodeError:
        return
    assert {part for names in judge.names for part in names} <= {"_key"}


@given(data=st.binary(min_size=1, max_size=30))
def test_strings_are_kept_as_they_were(data):
    from tests.builds import load_both

    text = data.decode("latin-1")
    for module in load_both("onggi.proof.walker"):
        walker, judge = walker_of(module)
        walker.walk(pickled(BINUNICODE(text), MEMOIZE))
        walker.finish()
        walker.walk(pickled(BINGET(0), BINGET(0), STACK_GLOBAL))
        assert list(judge.names) == [(text, text)]


def test_every_opcode_is_walked(walker_module):
    """None of the table is left out by the walker."""
    for opcode in BY_CODE.values():
        with contextlib.suppress(LimitError):
            try:
                Walk(walker_module, b"]](N(N" + example(opcode) + b".")
            except MalformedError as error:
                said = str(error)
                assert "no pickle opcode" not in said, opcode.name
