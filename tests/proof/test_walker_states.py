"""A state that Python or a library would call is a finding, however it is made."""

from __future__ import annotations

import pickle
import types

import pytest

from attacks.assembler import (
    BINSTRING,
    BUILD,
    DICT,
    EMPTY_DICT,
    LONG_BINGET,
    LONG_BINPUT,
    MARK,
    MEMOIZE,
    NONE,
    PERSID,
    POP,
    SETITEM,
    SETITEMS,
    STRING,
    TUPLE2,
    UNICODE,
    Code,
    build,
    call,
    memoized,
    new,
    pickled,
    value,
)
from onggi.proof import kinds
from onggi.proof.containers import CALLED_KEYS, INERT_DUNDERS
from tests.proof.walking import JAR, JARS, Walk, counted, rules

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
        walk.walker.vet_states([walk.number("jars.Jar")])
        assert walk.shapes == []


def test_slot_states_stay_guarded_where_setting_an_attribute_may_run_code(walker_module):
    slots = Walk(walker_module, pickled(build(JAR, (None, {"x": 1}))), policy=JARS)
    assert counted(slots) == [kinds.DO_SLOT_STATE]
    assert slots.walker.slot_states == slots.walker.guard_count == 1
    slots.walker.vet_states([])
    assert counted(slots) == [kinds.DO_SLOT_STATE]
    slots.walker.vet_states([slots.number("jars.Jar")])
    assert counted(slots) == []
    assert slots.walker.guard_count == 0


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
