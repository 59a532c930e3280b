"""What no honest pickle builds, calls or names is a finding, in both builds."""

from __future__ import annotations

from typing import Any

import pytest

from attacks.assembler import (
    ADDITEMS,
    APPEND,
    APPENDS,
    BINGET,
    BUILD,
    DICT,
    DUP,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_SET,
    EMPTY_TUPLE,
    FROZENSET,
    INST,
    LIST,
    LONG_BINGET,
    MARK,
    NEWOBJ,
    NEWOBJ_EX,
    NEXT_BUFFER,
    NONE,
    OBJ,
    PERSID,
    POP,
    REDUCE,
    SETITEM,
    SETITEMS,
    TUPLE2,
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
from onggi.errors import MalformedError
from onggi.proof import TRUST_ALL, Policy, Use, kinds
from tests.proof.walking import BY_VALUE, JAR, JARS, Walk, counted, rules

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


# ---------------------------------------------------------------------------------------------- calls of partials


def partial_of(function: Code, state: Any) -> Code:
    return build(call("functools.partial", function), state)


NEW_JAR = call("builtins.getattr", name("jars.Jar"), "__new__")
ONE_JAR = Policy(("jars.Jar",))


@pytest.mark.parametrize("policy", [JARS, ONE_JAR])
def test_a_call_of_a_partial_of_new_makes_an_object(walker_module, policy):
    """CPython writes keyword arguments of `__new__` like this below protocol 4."""
    made = call(partial_of(NEW_JAR, (NEW_JAR, (name("jars.Jar"), 5), {"unit": "cm"}, None)))
    walk = Walk(walker_module, pickled(build(made, {"x": 1}), proto=3), policy=policy)
    assert walk.rules == []
    assert Use.NEW | Use.STATE in walk.uses("jars.Jar")
    assert counted(walk)[-1] == kinds.DO_PARTIAL_NEW


def test_a_call_of_a_partial_of_a_function_is_a_call_of_the_function(walker_module):
    """CPython writes the keyword arguments of a methodcaller like this."""
    caller = name("operator.methodcaller")
    made = call(partial_of(caller, (caller, ("split",), {"maxsplit": 1}, None)), ",")
    walk = Walk(walker_module, pickled(made))
    assert walk.rules == []
    assert Use.CALL in walk.uses("operator.methodcaller")
    assert counted(walk)[-1] == kinds.DO_PARTIAL_CALL


def test_what_a_partial_wraps_is_judged_as_if_it_were_called(walker_module):
    unknown = name("other.f")
    walk = Walk(walker_module, pickled(call(partial_of(unknown, (unknown, (), {}, None)))))
    assert {Use(use) for *_, use in walk.walker.findings} == {Use.VALUE, Use.CALL}
    other = name("other.Thing")
    walk = Walk(walker_module, pickled(call(partial_of(NEW_JAR, (NEW_JAR, (other,), {}, None)))), policy=JARS)
    assert {Use(use) for *_, use in walk.walker.findings} == {Use.VALUE, Use.NEW}


CALLER = name("operator.methodcaller")


@pytest.mark.parametrize(
    "partial",
    [
        call("functools.partial", CALLER),
        partial_of(CALLER, (call("jars.make"), (), {}, None)),
        partial_of(CALLER, (NONE, (), {}, None)),
        partial_of(CALLER, None),
        partial_of(CALLER, ()),
        partial_of(CALLER, (CALLER,)) + POP + call("functools.partial", CALLER),
        partial_of(name("builtins.getattr"), (name("builtins.getattr"), (1, "x"), {}, None)),
        partial_of(name("copyreg._reconstructor"), (name("copyreg._reconstructor"), (), {}, None)),
        partial_of(NEW_JAR, (NEW_JAR, (), {}, None)),
        partial_of(NEW_JAR, (NEW_JAR, (JAR,), {}, None)),
        partial_of(NEW_JAR, (NEW_JAR, NONE, {}, None)),
    ],
)
def test_other_partials_are_not_called(walker_module, partial):
    assert "call-of-partial" in rules(walker_module, partial, EMPTY_TUPLE, REDUCE)


def test_a_partial_gets_its_state_once(walker_module):
    first = partial_of(CALLER, (CALLER, ("lower",), {}, None))
    assert rules(walker_module, build(first, (CALLER, ("upper",), {}, None))) == ["state-changed-later"]


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
