"""Depth, hashes and growth are bounded before anything is built, in both builds."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from attacks.assembler import (
    ADDITEMS,
    APPEND,
    BINGET,
    BUILD,
    DICT,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_SET,
    EMPTY_TUPLE,
    FROZENSET,
    INST,
    LIST,
    LONG_BINGET,
    LONG_BINPUT,
    MARK,
    NEWOBJ,
    NEWOBJ_EX,
    NEXT_BUFFER,
    NONE,
    OBJ,
    POP,
    REDUCE,
    SETITEM,
    SETITEMS,
    TUPLE,
    TUPLE1,
    Code,
    build,
    call,
    memoized,
    name,
    new,
    pickled,
    tuple_of,
    value,
)
from onggi.errors import LimitError
from onggi.proof import Limits, kinds
from tests.proof.walking import JAR, JARS, Walk, counted, doubled, rules

# --------------------------------------------------------------------------------------------------------- depth

NESTS = {
    "list": (EMPTY_LIST, APPEND),
    "tuple": (Code(), TUPLE1),
    "dict": (EMPTY_DICT + value("k"), SETITEM),
    "call": (name("jars.Jar"), TUPLE1 + REDUCE),
    "new": (name("jars.Jar"), TUPLE1 + NEWOBJ),
    "state": (JAR, BUILD),
    "set": (EMPTY_SET + MARK, ADDITEMS),
    "frozenset": (MARK, FROZENSET),
    "marked list": (MARK, LIST),
    "marked dict": (MARK + value("k"), DICT),
    "obj": (MARK + name("jars.Jar"), OBJ),
    "inst": (MARK, INST("jars", "Jar")),
    "newobj_ex": (name("jars.Jar") + EMPTY_TUPLE + EMPTY_DICT + value("k"), SETITEM + NEWOBJ_EX),
}


@pytest.mark.parametrize(("opening", "closing"), NESTS.values(), ids=NESTS)
def test_depth_has_a_limit(walker_module, opening, closing):
    def nested(levels: int) -> bytes:
        return pickled(opening * levels, NONE, closing * levels)

    one = Walk(walker_module, nested(1), policy=JARS).walker.max_depth
    ten = Walk(walker_module, nested(10), policy=JARS).walker.max_depth
    assert 10 <= ten <= 10 * one
    Walk(walker_module, nested(10), policy=JARS, limits=Limits(max_depth=ten))
    with pytest.raises(LimitError, match="nested too deeply") as caught:
        Walk(walker_module, nested(10), policy=JARS, limits=Limits(max_depth=ten - 1))
    assert (caught.value.limit, caught.value.maximum) == ("max_depth", ten - 1)
    with pytest.raises(LimitError):
        Walk(walker_module, nested(5_000), policy=JARS)


def test_cycles_are_no_depth(walker_module):
    cycle: list[Any] = []
    cycle.append(cycle)
    ring: dict[str, Any] = {}
    ring["ring"] = [ring, cycle]
    for obj in (cycle, ring):
        for protocol in range(6):
            assert Walk(walker_module, pickle.dumps(obj, protocol)).walker.max_depth < 6


@pytest.mark.parametrize(
    ("made_by", "fill"),
    [("collections.deque", APPEND), ("collections.defaultdict", SETITEM)],
)
def test_depth_counts_what_was_put_in_before_it_was_filled(walker_module, made_by, fill):
    """CPython's deques and defaultdicts recurse in C when they are dropped, so a chain of them must not be long.

    Here it is made from the outside in: each is put into the one before while it is still empty.
    """
    made = call(made_by)
    key = value(1) if fill == SETITEM else b""
    code = made + LONG_BINPUT(0) + LONG_BINPUT(1)
    for _ in range(3_000):
        code += key + made + LONG_BINPUT(2) + fill + POP + LONG_BINGET(2)
    with pytest.raises(LimitError):
        Walk(walker_module, pickled(code, POP, LONG_BINGET(1)))


# ---------------------------------------------------------------------------------------------------- hash costs


KEYED = {
    "setitem": (EMPTY_DICT, NONE + SETITEM),
    "setitems": (EMPTY_DICT + MARK, NONE + SETITEMS),
    "dict": (MARK, NONE + DICT),
    "additems": (EMPTY_SET + MARK, ADDITEMS),
    "frozenset": (MARK, FROZENSET),
    "object": (JAR, NONE + SETITEM),
    "object add": (JAR + MARK, ADDITEMS),
}


@pytest.mark.parametrize(("opening", "closing"), KEYED.values(), ids=KEYED)
@pytest.mark.parametrize("levels", [20, 60, 500])
def test_a_key_that_takes_too_long_to_hash_is_over_the_limit(walker_module, opening, closing, levels):
    with pytest.raises(LimitError) as caught:
        rules(walker_module, opening, doubled(levels), closing)
    assert caught.value.limit == "max_key_cost"


@pytest.mark.parametrize(("opening", "closing"), KEYED.values(), ids=KEYED)
def test_a_key_of_a_few_shared_tuples_is_none(walker_module, opening, closing):
    assert rules(walker_module, opening, doubled(10), closing) == []


def test_the_cost_goes_through_frozensets_and_tuples(walker_module):
    for key in (MARK + doubled(20) + FROZENSET, doubled(20) + TUPLE1):
        with pytest.raises(LimitError):
            rules(walker_module, EMPTY_DICT, key, NONE, SETITEM)


def test_many_references_do_not_overflow_the_cost(walker_module):
    """Thousands of millions times thousands of millions are still more than the limit."""
    key = doubled(60) + LONG_BINPUT(0) + POP + MARK + LONG_BINGET(0) * 9_000 + TUPLE
    for _ in range(3):
        key = key + LONG_BINPUT(0) + POP + MARK + LONG_BINGET(0) * 9_000 + TUPLE
    with pytest.raises(LimitError):
        rules(walker_module, EMPTY_SET, MARK, key, ADDITEMS)


WEIGHED = {kinds.DO_COUNTED_SETITEM, kinds.DO_COUNTED_ADD, kinds.DO_FROZENSET, kinds.DO_DICT}
INSIDE = {
    "argument": call("jars.Jar", doubled(20)),
    "argument of new": new("jars.Jar", doubled(20)),
    "argument of inst": Code(MARK + doubled(20) + INST("jars", "Jar")),
    "state": build(JAR, doubled(20)),
    "state in a dict": build(JAR, {"x": 1, "y": doubled(20)}),
    "state in a list": build(JAR, [1, doubled(20)]),
    "slot state": build(JAR, (None, {"x": doubled(20)})),
    "many plain values": build(JAR, {f"x{number}": number for number in range(40)}),
    "in a tuple": tuple_of(1, build(JAR, [doubled(20)])),
}


@pytest.mark.parametrize("key", INSIDE.values(), ids=INSIDE)
def test_a_key_that_only_building_shows_is_weighed_then(walker_module, key):
    """Whether a class hashes what its objects hold, no opcode says."""
    for opening, closing in KEYED.values():
        walk = Walk(walker_module, pickled(opening, key, closing), policy=JARS)
        assert walk.rules == []
        weighed = [action & kinds.ACTION_MASK for *_, action in walk.walker.patches() if action >> kinds.ACTION_BITS]
        assert WEIGHED & set(weighed)


def test_a_small_object_is_a_key_without_a_look(walker_module):
    for key in (JAR, build(JAR, {"x": 1, "y": 2}), call("jars.Jar", 1, 2, 3)):
        assert counted(Walk(walker_module, pickled(EMPTY_SET, MARK, key, ADDITEMS), policy=JARS)) == []


def test_what_is_filled_after_one_key_is_weighed_too(walker_module):
    later = MARK + value(2) + ADDITEMS
    walk = Walk(walker_module, pickled(EMPTY_SET, MARK, INSIDE["state"], ADDITEMS, later), policy=JARS)
    assert [action for *_, action in walk.walker.patches()] == [1 << kinds.ACTION_BITS | kinds.DO_COUNTED_ADD] * 2


# ------------------------------------------------------------------------------- calls that may copy their arguments

LONG_LIST = value(list(range(2_000)))


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (call("jars.Jar", LONG_LIST), kinds.DO_CALL),
        (new("jars.Jar", LONG_LIST), kinds.DO_NEW),
        (new("jars.Jar", 1, 2, 3, LONG_LIST), kinds.DO_NEW),
        (name("jars.Jar") + EMPTY_TUPLE + value({"k": LONG_LIST}) + NEWOBJ_EX, kinds.DO_NEW_EX),
        (call("jars.Jar", {str(number): 1 for number in range(2_000)}), kinds.DO_CALL),
        (call("jars.Jar", set(range(2_000))), kinds.DO_CALL),
        (call("jars.Jar", "x" * 100_000), kinds.DO_CALL),
        (call("jars.Jar", b"x" * 100_000), kinds.DO_CALL),
        (call("jars.Jar", NEXT_BUFFER), kinds.DO_CALL),
        (memoized(value("x" * 100_000), 0) + POP + call("jars.Jar", BINGET(0)), kinds.DO_CALL),
        (call("jars.Jar", call("builtins.range", 9)), kinds.DO_CALL),
        (new("jars.Jar", call("itertools.count", 9)), kinds.DO_NEW),
    ],
)
def test_a_call_that_may_copy_much_is_counted_while_it_is_built(walker_module, code, action):
    walk = Walk(walker_module, pickled(code), policy=JARS)
    assert walk.rules == []
    assert counted(walk)[-1] == action


@pytest.mark.parametrize(
    "code",
    [
        call("jars.Jar"),
        call("jars.Jar", 1, "text", 2.5),
        new("jars.Jar", [1, 2], {"x": 1}),
        value("x" * 100_000) + POP + new("jars.Jar"),
        new("jars.Jar", JAR),
    ],
)
def test_a_small_call_runs_by_itself(walker_module, code):
    assert counted(Walk(walker_module, pickled(code), policy=JARS)) == []


def test_many_costly_keys_together_are_over_the_limit(walker_module):
    """No single key is too much."""
    key = doubled(15) + LONG_BINPUT(0) + POP
    again = LONG_BINGET(0) + NONE + SETITEM
    with pytest.raises(LimitError) as caught:
        rules(walker_module, key, EMPTY_DICT, again * 1_000)
    assert caught.value.limit == "max_hash_cost"


def test_tuples_that_are_no_keys_may_be_shared(walker_module):
    assert rules(walker_module, doubled(900)) == []
    assert rules(walker_module, EMPTY_DICT, NONE, doubled(500), SETITEM) == []
    assert rules(walker_module, EMPTY_LIST, doubled(500), APPEND) == []


def test_keys_that_may_share_a_hash_are_counted_while_they_are_put_in(walker_module):
    big = {number * (2**61 - 1): None for number in range(1, 6_000)}
    assert counted(Walk(walker_module, pickle.dumps(big))) == [kinds.DO_COUNTED_SETITEM] * 2
    assert counted(Walk(walker_module, pickle.dumps(set(big)))) == [kinds.DO_COUNTED_ADD] * 2
    assert counted(Walk(walker_module, pickle.dumps(frozenset(big)))) == [kinds.DO_FROZENSET]
    assert counted(Walk(walker_module, pickle.dumps(big, 0))) == [kinds.DO_COUNTED_SETITEM] * (5_999 - 4_096)


@pytest.mark.parametrize(
    "obj",
    [
        dict.fromkeys(range(50000)),
        {str(number): None for number in range(50_000)},
        {number * (2**61 - 1): None for number in range(1, 1_000)},
        {(number, str(number)) for number in range(1_000)},
        {number / 7: None for number in range(50_000)},
    ],
    ids=["small", "text", "few", "tuples", "floats"],
)
def test_honest_containers_need_no_counting(walker_module, obj):
    assert counted(Walk(walker_module, pickle.dumps(obj))) == []


# -------------------------------------------------------------------------------------------------------- growth


def test_opcodes_have_a_limit(walker_module):
    data = pickled(EMPTY_LIST, (NONE + APPEND) * 48)
    Walk(walker_module, data, limits=Limits(max_opcodes=99))
    with pytest.raises(LimitError) as caught:
        Walk(walker_module, data, limits=Limits(max_opcodes=98))
    assert (caught.value.limit, caught.value.actual) == ("max_opcodes", 99)


@pytest.mark.parametrize("code", [EMPTY_LIST, EMPTY_DICT, EMPTY_SET, EMPTY_TUPLE + TUPLE1, MARK + LIST, JAR])
def test_what_is_built_has_a_limit(walker_module, code):
    """A byte of pickle makes up to 240 bytes of objects."""
    data = pickled(MARK, code * 1_000, b"t")
    limits = Limits(max_built_bytes=20_000)
    with pytest.raises(LimitError, match="far more memory") as caught:
        Walk(walker_module, data, policy=JARS, limits=limits)
    assert caught.value.limit == "max_built_bytes"
    Walk(walker_module, data, policy=JARS)


def test_growth_has_a_limit_from_half_a_gigabyte_on(walker_module):
    if walker_module.is_compiled():
        data = pickled(MARK, EMPTY_SET * 3_000_000, b"t")
        with pytest.raises(LimitError) as caught:
            Walk(walker_module, data, limits=Limits(max_growth=8))
        assert caught.value.limit == "max_growth"
        assert caught.value.actual > 3_000_000 * 200
