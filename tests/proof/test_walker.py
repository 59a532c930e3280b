"""The rules: what no honest pickle does is a finding, in both builds, and what honest ones do is none."""

from __future__ import annotations

import collections
import copyreg
import dataclasses
import datetime
import decimal
import pickle
import types
from typing import Any

import pytest

from attacks.assembler import (
    ADDITEMS,
    APPEND,
    APPENDS,
    BINGET,
    BINPERSID,
    BINSTRING,
    BUILD,
    DICT,
    DUP,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_SET,
    EMPTY_TUPLE,
    EXT1,
    EXT2,
    EXT4,
    FROZENSET,
    INST,
    LIST,
    LONG_BINGET,
    LONG_BINPUT,
    MARK,
    MEMOIZE,
    NEWOBJ,
    NEWOBJ_EX,
    NEXT_BUFFER,
    NONE,
    OBJ,
    PERSID,
    POP,
    READONLY_BUFFER,
    REDUCE,
    SETITEM,
    SETITEMS,
    STRING,
    TUPLE1,
    TUPLE2,
    UNICODE,
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
from onggi.errors import LimitError, MalformedError
from onggi.format import codes
from onggi.proof import DEFAULT_LIMITS, TRUST_ALL, Limits, Policy, Use, kinds
from onggi.proof.containers import CALLED_KEYS, INERT_DUNDERS
from tests.proof.walking import Walk

JARS = Policy(("jars.**",))
JAR = new("jars.Jar")
VALUES = {
    "none": NONE,
    "number": value(5),
    "text": value("text"),
    "bytes": value(b"bytes"),
    "list": EMPTY_LIST,
    "dict": EMPTY_DICT,
    "set": EMPTY_SET,
    "empty tuple": EMPTY_TUPLE,
    "tuple": tuple_of(name("builtins.list"), 1),
    "frozenset": Code(MARK + value(1) + FROZENSET),
}
BY_VALUE = pytest.mark.parametrize("code", VALUES.values(), ids=VALUES)


def rules(module: Any, *code: bytes, policy: Policy = JARS, **options: Any) -> list[str]:
    return Walk(module, pickled(*code), policy=policy, **options).rules


# ----------------------------------------------------------------------------- BUILD sets attributes on anything


@pytest.mark.parametrize("target", ["builtins.list", "collections.OrderedDict", "os.path", "jars.Jar", "jars:Jar.fill"])
@pytest.mark.parametrize("state", [{}, {"x": 1}, (None, {"x": 1}), None])
def test_build_on_a_global(walker_module, target, state):
    data = pickled(build(name(target), state))
    walk = Walk(walker_module, data, policy=JARS)

    assert "build-on-global" in walk.rules
    assert walk.offsets[walk.rules.index("build-on-global")] == len(data) - 2


@pytest.mark.parametrize(
    "code",
    [
        memoized(name("jars.Jar"), 0) + POP + LONG_BINGET(0) + EMPTY_DICT + BUILD,
        name("jars.Jar") + DUP + EMPTY_DICT + BUILD + TUPLE2,
        memoized(tuple_of(name("jars.Jar")), 1) + POP + name("jars.Jar") + EMPTY_DICT + BUILD,
        call("builtins.getattr", name("jars.Jar"), "fill") + EMPTY_DICT + BUILD,
    ],
)
def test_build_on_a_global_by_detours(walker_module, code):
    assert "build-on-global" in rules(walker_module, code)


def test_build_on_a_member_of_an_enum(walker_module):
    assert rules(walker_module, build(call("builtins.getattr", name("http.HTTPStatus"), "OK"), {})) == ["not-allowed"]
    assert rules(walker_module, build(call("http.HTTPStatus", 200), {})) == ["not-allowed"]


@BY_VALUE
def test_build_on_a_value(walker_module, code):
    assert rules(walker_module, code, EMPTY_DICT, BUILD) == ["build-on-value"]


def test_build_on_a_persistent_object(walker_module):
    assert rules(walker_module, PERSID("1"), EMPTY_DICT, BUILD, has_persistent_load=True) == ["build-on-value"]


def test_build_on_a_buffer(walker_module):
    assert rules(walker_module, NEXT_BUFFER, EMPTY_DICT, BUILD) == ["build-on-value"]


def test_build_on_what_the_rules_give_no_state(walker_module):
    """The result of a look-up is somebody else's object."""
    walk = Walk(walker_module, pickled(build(call("builtins.complex", 1.0, 2.0), {})))
    assert walk.rules == ["not-allowed"]
    assert walk.uses("builtins.complex") == Use.CALL | Use.STATE


@pytest.mark.parametrize("state", [{}, {"x": 1}, (None, {"x": 1}), ({"x": 1}, {"y": 2}), [], 5, None])
def test_build_on_an_object_of_an_allowed_class(walker_module, state):
    for made in (JAR, call("jars.Jar"), Code(MARK + name("jars.Jar") + OBJ), Code(MARK + INST("jars", "Jar"))):
        walk = Walk(walker_module, pickled(build(made, state)), policy=JARS)
        assert walk.rules == []
        assert Use.STATE in walk.uses("jars.Jar")


# ----------------------------------------------------------------------------------------------- calls of values


@BY_VALUE
def test_a_call_of_a_value(walker_module, code):
    assert "call-of-value" in rules(walker_module, code, EMPTY_TUPLE, REDUCE)


def test_a_call_of_what_a_call_returned(walker_module):
    for made in (JAR, call("builtins.complex"), call("jars.make")):
        assert "call-of-value" in rules(walker_module, made, EMPTY_TUPLE, REDUCE)


def test_a_call_of_a_persistent_object(walker_module):
    assert rules(walker_module, PERSID("1"), EMPTY_TUPLE, REDUCE, has_persistent_load=True) == ["call-of-value"]


@BY_VALUE
def test_an_instance_of_a_value(walker_module, code):
    assert "class-is-a-value" in rules(walker_module, code, EMPTY_TUPLE, NEWOBJ)
    assert "class-is-a-value" in rules(walker_module, code, EMPTY_TUPLE, EMPTY_DICT, NEWOBJ_EX)
    assert "call-of-value" in rules(walker_module, MARK, code, OBJ)
    assert "call-of-value" in rules(walker_module, MARK, code, NONE, OBJ)


def test_what_is_trusted_may_make_instances_of_values(walker_module):
    """Such as of a class that a call has returned; CPython's machine does it, too."""
    for made in (JAR, call("jars.make"), Code(EMPTY_DICT)):
        walk = Walk(walker_module, pickled(MARK, made, NONE, OBJ), policy=TRUST_ALL)
        assert walk.rules == []
        assert walk.shapes == []


@pytest.mark.parametrize("args", [NONE, EMPTY_LIST, EMPTY_DICT, value("text"), JAR, name("builtins.list"), PERSID("1")])
def test_arguments_are_a_tuple(walker_module, args):
    for opcodes in (args + REDUCE, args + NEWOBJ, args + EMPTY_DICT + NEWOBJ_EX):
        with pytest.raises(MalformedError, match="tuple"):
            rules(walker_module, name("jars.Jar"), opcodes, has_persistent_load=True)


@pytest.mark.parametrize("kwargs", [NONE, EMPTY_LIST, EMPTY_TUPLE, JAR])
def test_keywords_are_a_dict(walker_module, kwargs):
    with pytest.raises(MalformedError, match="dict"):
        rules(walker_module, name("jars.Jar"), EMPTY_TUPLE, kwargs, NEWOBJ_EX)


# -------------------------------------------------------------------------------------- each use is one to judge


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        (name("other.Thing"), Use.VALUE),
        (EMPTY_LIST + name("other.Thing") + APPEND, Use.VALUE),
        (EMPTY_LIST + MARK + name("other.Thing") + APPENDS, Use.VALUE),
        (EMPTY_DICT + value(1) + name("other.Thing") + SETITEM, Use.VALUE),
        (EMPTY_DICT + name("other.Thing") + value(1) + SETITEM, Use.VALUE),
        (EMPTY_SET + MARK + name("other.Thing") + ADDITEMS, Use.VALUE),
        (MARK + name("other.Thing") + FROZENSET, Use.VALUE),
        (MARK + name("other.Thing") + LIST, Use.VALUE),
        (MARK + name("other.Thing") + NONE + DICT, Use.VALUE),
        (tuple_of(1, name("other.Thing")), Use.VALUE),
        (tuple_of(1, 2, 3, name("other.Thing")), Use.VALUE),
        (tuple_of(name("other.Thing")), Use.VALUE),
        (tuple_of(tuple_of(name("other.Thing"))), Use.VALUE),
        (EMPTY_LIST + tuple_of(name("other.Thing"), 2) + APPEND, Use.VALUE),
        (build(JAR, name("other.Thing")), Use.VALUE),
        (build(JAR, tuple_of(name("other.Thing"))), Use.VALUE),
        (call("jars.Jar", 1, name("other.Thing")), Use.VALUE),
        (call("jars.Jar", name("other.Thing")), Use.VALUE),
        (new("jars.Jar", name("other.Thing")), Use.VALUE),
        (memoized(tuple_of(name("other.Thing")), 0) + POP + name("jars.Jar") + BINGET(0) + REDUCE, Use.VALUE),
        (MARK + name("other.Thing") + INST("jars", "Jar"), Use.VALUE),
        (MARK + name("jars.Jar") + name("other.Thing") + OBJ, Use.VALUE),
        (
            name("jars.Jar") + EMPTY_TUPLE + EMPTY_DICT + value("k") + name("other.Thing") + SETITEM + NEWOBJ_EX,
            Use.VALUE,
        ),
        (call("other.Thing"), Use.CALL),
        (new("other.Thing"), Use.NEW),
        (name("other.Thing") + EMPTY_TUPLE + EMPTY_DICT + NEWOBJ_EX, Use.NEW),
        (MARK + INST("other", "Thing"), Use.NEW),
        (MARK + NONE + INST("other", "Thing"), Use.CALL),
        (MARK + name("other.Thing") + OBJ, Use.NEW),
        (MARK + name("other.Thing") + NONE + OBJ, Use.CALL),
        (build(new("other.Thing"), {}), Use.NEW | Use.STATE),
        (call("other.Thing") + NONE + APPEND, Use.CALL | Use.APPEND),
        (call("other.Thing") + MARK + NONE + APPENDS, Use.CALL | Use.APPEND),
        (call("other.Thing") + NONE + NONE + SETITEM, Use.CALL | Use.SETITEM),
        (call("other.Thing") + MARK + NONE + NONE + SETITEMS, Use.CALL | Use.SETITEM),
        (call("other.Thing") + MARK + NONE + ADDITEMS, Use.CALL | Use.ADD),
        (call("copyreg._reconstructor", name("other.Thing"), name("builtins.object"), None), Use.NEW),
    ],
)
def test_every_use_of_an_unknown_global_is_found(walker_module, code, uses):
    walk = Walk(walker_module, pickled(code), policy=JARS)
    found = Use(0)
    for rule, _, number, use in walk.walker.findings:
        assert rule == "not-allowed"
        assert str(walk.judge.judged[number]) == "other.Thing"
        found |= Use(use)

    assert found == uses
    assert walk.uses("other.Thing") == uses


def test_what_is_only_pushed_and_dropped_is_no_use(walker_module):
    """It is looked up by CPython's machine all the same, so building must not import it either."""
    walk = Walk(walker_module, pickled(name("other.Thing"), POP, NONE))
    assert walk.uses("other.Thing") == Use(0)


def test_one_use_is_one_finding_wherever_it_happens(walker_module):
    walk = Walk(walker_module, pickled(call("other.f"), POP, call("other.f"), POP, build(call("other.f"), {})))
    assert [use for *_, use in walk.walker.findings] == [Use.CALL, Use.STATE]


def test_findings_say_where(walker_module):
    data = pickled(EMPTY_LIST, call("other.f"), APPEND)
    assert Walk(walker_module, data).offsets == [data.index(REDUCE)]


def test_a_pickle_that_was_refused_allows_nothing_to_the_next(walker_module):
    walk = Walk(walker_module, pickled(call("other.f")))
    walk.walker.finish()
    walk.walker.walk(pickled(call("other.f")))
    assert walk.rules == ["not-allowed"]


# --------------------------------------------------------------------------------- only containers can be filled

FILLS = {
    "append": NONE + APPEND,
    "appends": MARK + NONE + APPENDS,
    "setitem": value("k") + NONE + SETITEM,
    "setitems": MARK + value("k") + NONE + SETITEMS,
    "additems": MARK + value("k") + ADDITEMS,
}
OWN = {"append": "list", "appends": "list", "setitem": "dict", "setitems": "dict", "additems": "set"}


@pytest.mark.parametrize("fill", FILLS)
@BY_VALUE
def test_only_its_own_container_takes_items(walker_module, fill, code):
    expected = [] if code is VALUES[OWN[fill]] else ["fill-of-value"]
    assert rules(walker_module, code, FILLS[fill]) == expected


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
@pytest.mark.parametrize("target", [name("jars.Jar"), name("builtins.list"), NEXT_BUFFER, PERSID("1")])
def test_nothing_is_filled_that_is_no_container(walker_module, fill, target):
    assert rules(walker_module, target, fill, has_persistent_load=True) == ["fill-of-value"]


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_an_object_of_an_allowed_class_can_be_filled(walker_module, fill):
    assert rules(walker_module, JAR, fill) == []


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


def doubled(levels: int) -> Code:
    """A tuple of a few bytes that takes 2**levels steps to hash."""
    return Code(EMPTY_TUPLE + (DUP + TUPLE2) * levels)


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


def test_the_cost_goes_through_frozensets_and_objects(walker_module):
    for wrap in (FROZENSET, Code(TUPLE1), Code(INST("jars", "Jar"))):
        code = doubled(20)
        key = MARK + code + wrap if wrap != TUPLE1 else code + TUPLE1
        with pytest.raises(LimitError):
            rules(walker_module, EMPTY_DICT, key, NONE, SETITEM)


def test_state_counts_for_the_hash_of_its_object(walker_module):
    """A class may hash what is in it."""
    with pytest.raises(LimitError):
        rules(walker_module, EMPTY_DICT, build(JAR, doubled(20)), NONE, SETITEM)


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


def counted(walk: Walk) -> list[int]:
    return [action & 15 for _, _, shape, action in walk.walker.patches() if shape != kinds.DROP]


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


# ------------------------------------------------------------------------------------- keys of states are called

CALLED = ["append", "extend", "add", "__setstate__", "__class__", "__array__", "__array_interface__", "__reduce__"]
CALLED += ["__deepcopy__", "__sklearn_clone__", "__getattr__", "__del__", "____", "__옹기__"]
INERT = ["x", "_private", "__mangled", "_Jar__x", "append_", "Append", "adder", "옹기", "a", "e", "_", "", "__x", "x__"]
INERT += ["__doc__", "__module__", "__orig_class__", "__notes__"]


@pytest.mark.parametrize("key", CALLED)
def test_a_key_that_is_called_is_a_finding(walker_module, key):
    for state in ({key: 1}, (None, {key: 1}), ({key: 1}, None), ({"x": 1}, {key: 1}), {"a": 1, key: 1, "b": 2}):
        walk = Walk(walker_module, pickled(build(JAR, state)), policy=JARS)
        assert walk.rules == ["called-state-key"]


@pytest.mark.parametrize("key", INERT)
def test_an_honest_key_is_none(walker_module, key):
    for state in ({key: 1}, (None, {key: 1}), ({key: 1}, None)):
        walk = Walk(walker_module, pickled(build(JAR, state)), policy=JARS)
        assert walk.rules == []
        assert walk.shapes == []


def test_what_is_called_and_what_is_inert_do_not_overlap():
    assert not CALLED_KEYS & INERT_DUNDERS
    assert all(key.startswith("__") and key.endswith("__") for key in INERT_DUNDERS)


@pytest.mark.parametrize("how", ["setitem", "setitems", "dict"])
@pytest.mark.parametrize("key", ["append", "__setstate__"])
def test_however_the_state_is_made(walker_module, how, key):
    item = value("x") + NONE, value(key) + NONE
    state = {
        "setitem": EMPTY_DICT + item[0] + SETITEM + item[1] + SETITEM,
        "setitems": EMPTY_DICT + MARK + item[0] + item[1] + SETITEMS,
        "dict": MARK + item[0] + item[1] + DICT,
    }[how]
    assert rules(walker_module, JAR, state, BUILD) == ["called-state-key"]
    assert rules(walker_module, JAR, LONG_BINPUT(0), state, LONG_BINPUT(1), POP, LONG_BINGET(1), BUILD) == [
        "called-state-key"
    ]


@pytest.mark.parametrize(
    "key",
    [
        STRING("'append'"),
        UNICODE("append"),
        Code(b"U\x06append"),
        BINSTRING(b"append"),
        memoized(value("append"), 9),
        Code(MEMOIZE.join([value("append"), b""])),
    ],
)
def test_however_the_key_is_spelled(walker_module, key):
    assert rules(walker_module, JAR, EMPTY_DICT, key, NONE, SETITEM, BUILD) == ["called-state-key"]


@pytest.mark.parametrize(
    "key",
    [
        STRING(r"'\x61ppend'"),
        UNICODE(r"\u0061ppend"),
        call("builtins.str", "append"),
        new("jars.Text", "append"),
        PERSID("1"),
    ],
)
def test_a_key_that_only_building_shows_is_screened_then(walker_module, key):
    for state in (EMPTY_DICT + key + NONE + SETITEM, MARK + key + NONE + DICT):
        walk = Walk(walker_module, pickled(JAR, state, BUILD), policy=JARS, has_persistent_load=True)
        assert walk.rules == []
        assert counted(walk)[-1] == kinds.DO_SCREENED_STATE
        slots = Walk(walker_module, pickled(JAR, NONE, state, TUPLE2, BUILD), policy=JARS, has_persistent_load=True)
        assert counted(slots)[-1] == kinds.DO_SCREENED_STATE


@pytest.mark.parametrize("state", [call("jars.make_state"), call("builtins.dict", [("append", 1)]), PERSID("1")])
def test_a_state_that_only_building_shows_is_screened_then(walker_module, state):
    for whole in (state, NONE + state + TUPLE2, state + NONE + TUPLE2):
        walk = Walk(walker_module, pickled(JAR, whole, BUILD), policy=JARS, has_persistent_load=True)
        assert walk.rules == []
        assert counted(walk)[-1] == kinds.DO_SCREENED_STATE


@pytest.mark.parametrize(
    "change",
    [
        LONG_BINGET(1) + value("append") + NONE + SETITEM,
        LONG_BINGET(1) + MARK + value("x") + NONE + value("__class__") + NONE + SETITEMS,
        LONG_BINGET(1) + STRING(r"'\x61ppend'") + NONE + SETITEM,
        LONG_BINGET(1) + new("jars.Text", "append") + NONE + SETITEM,
    ],
)
def test_a_state_is_not_changed_behind_build(walker_module, change):
    """`obj.__dict__` of a class without `__setstate__` is a copy, but that of others may be the dict itself."""
    code = build(JAR, EMPTY_DICT + LONG_BINPUT(1))
    assert "state-changed-later" in rules(walker_module, code, change, POP)
    assert rules(walker_module, code, LONG_BINGET(1), value("honest"), NONE, SETITEM, POP) == []


def test_honest_cycles_fill_the_state_before_build(walker_module):
    jar = types.SimpleNamespace()
    jar.inner = {"jar": jar}
    assert Walk(walker_module, pickle.dumps(jar)).rules == []


# ----------------------------------------------------------------------------------------- `__dict__` in a state


def test_dict_in_a_state_is_screened_like_the_state(walker_module):
    for inner in ({"append": 1}, {"x": 1, "__class__": 2}):
        assert rules(walker_module, build(JAR, {"__dict__": inner})) == ["called-state-key"]
        assert rules(walker_module, build(JAR, (None, {"__dict__": inner}))) == ["called-state-key"]
        assert rules(walker_module, build(JAR, {"__dict__": {"__dict__": inner}})) == ["called-state-key"]
    assert rules(walker_module, build(JAR, {"__dict__": {"x": 1}})) == []
    assert rules(walker_module, build(JAR, {"__dict__": None})) == []


def test_dict_in_a_state_is_not_changed_later(walker_module):
    inner = EMPTY_DICT + LONG_BINPUT(1)
    state = EMPTY_DICT + value("__dict__") + inner + SETITEM
    change = LONG_BINGET(1) + value("append") + NONE + SETITEM + POP
    assert "state-changed-later" in rules(walker_module, build(JAR, Code(state)), change)
    assert "state-changed-later" in rules(walker_module, JAR, state, change, BUILD)


def test_dict_in_a_state_that_only_building_shows_is_screened_then(walker_module):
    for inner in (call("jars.make_state"), JAR):
        walk = Walk(
            walker_module, pickled(build(JAR, Code(EMPTY_DICT + value("__dict__") + inner + SETITEM))), policy=JARS
        )
        assert counted(walk)[-1] == kinds.DO_SCREENED_STATE


# --------------------------------------------------------------------------- codes and ids that stand for others


@pytest.fixture
def _registered():
    copyreg.add_extension("collections", "OrderedDict", 201)
    copyreg.add_extension("os", "system", 60_000)
    copyreg.add_extension("jars", "Jar", 100_000)
    yield
    copyreg.remove_extension("collections", "OrderedDict", 201)
    copyreg.remove_extension("os", "system", 60_000)
    copyreg.remove_extension("jars", "Jar", 100_000)


@pytest.mark.parametrize("code", [EXT1(202), EXT2(60_001), EXT4(100_001), EXT1(0), EXT4(0), EXT4(-1)])
@pytest.mark.usefixtures("_registered")
def test_an_extension_code_that_nobody_registered(walker_module, code):
    assert rules(walker_module, code) == ["extension-code"]


@pytest.mark.parametrize(
    ("code", "expected", "known_as"),
    [
        (EXT1(201) + EMPTY_TUPLE + REDUCE, [], "collections.OrderedDict"),
        (EXT2(60_000) + value("id") + TUPLE1 + REDUCE, ["not-allowed"], "os.system"),
        (EXT4(100_000) + EMPTY_TUPLE + NEWOBJ, [], "jars.Jar"),
    ],
)
@pytest.mark.usefixtures("_registered")
def test_an_extension_code_is_judged_as_what_it_stands_for(walker_module, code, expected, known_as):
    walk = Walk(walker_module, pickled(code), policy=JARS)
    assert walk.rules == expected
    assert known_as in map(str, walk.judge.judged)
    assert walk.shapes[0] == kinds.PUSH


@pytest.mark.parametrize("code", [PERSID("1"), Code(value(1) + BINPERSID), Code(EMPTY_LIST + BINPERSID)])
def test_a_persistent_id_without_who_knows_it(walker_module, code):
    assert rules(walker_module, code) == ["persistent-id"]
    walk = Walk(walker_module, pickled(code), has_persistent_load=True)
    assert walk.rules == []
    assert walk.walker.persistent_count == 1
    assert walk.shapes[0] in (kinds.PERSISTENT_ID, kinds.PERSISTENT_TEXT)


def test_a_persistent_object_is_no_key_that_can_be_known(walker_module):
    walk = Walk(walker_module, pickled(build(JAR, Code(EMPTY_DICT + PERSID("1") + NONE + SETITEM))), policy=JARS)
    assert walk.rules == ["persistent-id"]


# ------------------------------------------------------------------------------------------------------- buffers


def test_buffers(walker_module):
    data = pickled(EMPTY_LIST, MARK, NEXT_BUFFER, NEXT_BUFFER, READONLY_BUFFER, APPENDS, proto=5)
    walk = Walk(walker_module, data, buffer_kinds=bytes([codes.BINUNICODE]))
    assert walk.walker.buffer_count == 2
    assert walk.rules == []


@pytest.mark.parametrize("code", [EMPTY_LIST, EMPTY_DICT, value("text"), EMPTY_TUPLE, name("builtins.list"), JAR])
def test_only_a_buffer_is_made_read_only(walker_module, code):
    with pytest.raises(MalformedError, match="READONLY_BUFFER"):
        rules(walker_module, code, READONLY_BUFFER)


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


# -------------------------------------------------------------------------------------------- getattr of a class


@pytest.mark.parametrize("attribute", ["Inner", "make"])
def test_getattr_of_an_allowed_class_is_the_dotted_name(walker_module, attribute):
    walk = Walk(
        walker_module, pickled(call("builtins.getattr", name("jars.Jar"), attribute), EMPTY_TUPLE, REDUCE), policy=JARS
    )
    assert walk.rules == []
    assert Use.CALL in walk.uses(f"jars.Jar.{attribute}")


@pytest.mark.parametrize(
    "owner", ["os.path", "builtins.list", "other.Thing", "http.HTTPStatus", "copyreg._reconstructor"]
)
@pytest.mark.parametrize("attribute", ["__globals__", "__builtins__", "__subclasses__", "__class__", "system"])
def test_getattr_gives_nothing_to_call(walker_module, owner, attribute):
    found = rules(walker_module, call("builtins.getattr", name(owner), attribute), EMPTY_TUPLE, REDUCE)
    assert found


# ------------------------------------------------------------------------------------------------ honest pickles


@dataclasses.dataclass
class Point:
    x: int
    y: Any = None


class Slotted:
    __slots__ = ("_y", "x")

    def __init__(self) -> None:
        self.x, self._y = 1, 2


class Filled(list):
    pass


HONEST = [
    [Point(1), Point(2, Point(3))],
    Slotted(),
    Filled([1, 2]),
    collections.OrderedDict(a=1),
    collections.defaultdict(list, a=[1]),
    collections.deque([1, 2], 3),
    {datetime.date(2020, 1, 1): decimal.Decimal("1.5")},
    [types.SimpleNamespace(a=1), complex(1, 2), range(3), slice(1), {1, 2}, frozenset("ab"), bytearray(b"x")],
    [int, print, datetime.datetime, collections.OrderedDict.fromkeys],
    {"append": 1, "__class__": 2, "add": {"__setstate__": 3}},
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("obj", HONEST, ids=range(len(HONEST)))
def test_honest_pickles_break_no_rule(walker_module, obj, protocol):
    if isinstance(obj, Slotted) and protocol < 2:
        pytest.skip("Python can't pickle slots in these protocols")
    here = Policy((f"{__name__}.*", "builtins.print", "collections.OrderedDict.fromkeys"))
    assert Walk(walker_module, pickle.dumps(obj, protocol), policy=here).rules == []


def test_what_is_trusted_breaks_no_rule(walker_module):
    for code in (
        build(name("jars.Jar"), {"append": 1}),
        call(JAR),
        build(EMPTY_LIST, {}),
        JAR + NONE + APPEND,
        EMPTY_DICT + doubled(60) + NONE + SETITEM,
    ):
        walk = Walk(walker_module, pickled(code), policy=TRUST_ALL, limits=DEFAULT_LIMITS)
        assert walk.rules == []
        assert walk.shapes == []
