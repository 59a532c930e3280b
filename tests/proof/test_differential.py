"""The walker against its other build, against CPython's machines, and against `pickletools`: on anything."""

from __future__ import annotations

import contextlib
import pickle
import pickletools
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import onggi
from onggi.errors import DecodeError, LimitError, OnggiError
from onggi.format import codes
from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, TRUST_ALL, Limits, Policy, Use, read
from onggi.proof.patches import rewrite
from tests.builds import load_both
from tests.proof.grammar import HONEST, generate, mutate
from tests.proof.recording import AllowAll, outcomes, recorded

if TYPE_CHECKING:
    from types import ModuleType

# What CPython's machines and `pickletools` say of odd escapes in strings of protocol 0.
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape:DeprecationWarning")

GENERATED = st.binary(min_size=1, max_size=150).map(generate)
MUTATED = st.builds(mutate, st.sampled_from(HONEST), st.binary(max_size=24))
GENERATED_AND_MUTATED = st.builds(mutate, GENERATED, st.binary(max_size=16))
STREAMS = st.one_of(GENERATED, MUTATED, GENERATED_AND_MUTATED, st.binary(max_size=40))

SMALL_LIMITS = Limits(max_depth=4, max_opcodes=30, max_memo_gap=2, max_built_bytes=1_500, max_key_cost=4, max_digits=9)
POLICIES = (DEFAULT_POLICY, Policy(("nowhere.**", "os.system", "builtins.eval", "옹기.*")), TRUST_ALL)


@settings(max_examples=400)
@given(
    streams=st.lists(STREAMS, min_size=1, max_size=3),
    policy=st.sampled_from(POLICIES),
    options=st.tuples(
        st.sampled_from([DEFAULT_LIMITS, SMALL_LIMITS]),
        st.booleans(),
        st.booleans(),
        st.sampled_from([b"", bytes([codes.BINUNICODE, codes.NEXT_BUFFER])]),
    ),
)
def test_both_builds_say_the_same(streams, policy, options):
    compiled, pure = load_both("onggi.proof.walker")

    assert outcomes(compiled, streams, policy, options) == outcomes(pure, streams, policy, options)


@pytest.mark.parametrize("policy", POLICIES, ids=["default", "allowing", "trusting"])
def test_both_builds_say_the_same_of_honest_pickles(policy):
    compiled, pure = load_both("onggi.proof.walker")
    options = (DEFAULT_LIMITS, False, False, b"")

    for data in HONEST:
        assert outcomes(compiled, [data, data], policy, options) == outcomes(pure, [data, data], policy, options)


@given(data=st.one_of(STREAMS, st.binary(max_size=200)))
def test_only_our_errors_leave_the_proof(data):
    with contextlib.suppress(OnggiError):
        read(data)


# ----------------------------------------------------------------------------------------------- against CPython


def walked(module: ModuleType, data: bytes, *, trusting: bool) -> tuple[Any, AllowAll]:
    judge = AllowAll()
    walker = module.Walker(judge, DEFAULT_LIMITS, trusting, True)
    try:
        walker.walk(data)
    except (DecodeError, UnicodeDecodeError):
        assume(False)
    return walker, judge


MACHINES = [pickle.Unpickler, pickle._Unpickler]


@settings(max_examples=400)
@given(data=STREAMS)
@pytest.mark.parametrize("machine", MACHINES, ids=["C", "Python"])
def test_cpython_looks_up_and_does_only_what_was_reported(machine, data):
    """The heart of it: what a machine does with a pickle, the walker has said before."""
    _, pure = load_both("onggi.proof.walker")
    walker, judge = walked(pure, data, trusting=False)
    assume(not walker.findings)
    looked_up, log, ended = recorded(machine, data[: walker.pos])
    uses = {names: Use(found) for names, (found, _) in zip(judge.names, walker.uses(), strict=True)}

    assert looked_up == (judge.asked if ended else judge.asked[: len(looked_up)])
    for names, use in log:
        assert use in uses[names], (names, use)


@settings(max_examples=200)
@given(data=STREAMS)
@pytest.mark.parametrize("machine", MACHINES, ids=["C", "Python"])
def test_what_is_trusted_is_looked_up_as_reported_too(machine, data):
    _, pure = load_both("onggi.proof.walker")
    try:
        # The rules about costs are off for what is trusted, so what would hang is left out.
        pure.Walker(AllowAll(), DEFAULT_LIMITS, False, True).walk(data)
    except LimitError:
        assume(False)
    except (DecodeError, UnicodeDecodeError):
        pass
    walker, judge = walked(pure, data, trusting=True)
    # What a persistent id or a string of Python 2 stands for only the machine knows.
    assume(
        not any(op.name in ("PERSID", "BINPERSID") or "STRING" in op.name for op, *_ in operations(data[: walker.pos]))
    )
    looked_up, _, ended = recorded(machine, data[: walker.pos])

    assert looked_up == (judge.asked if ended else judge.asked[: len(looked_up)])


@settings(max_examples=200)
@given(data=STREAMS)
def test_the_rewritten_pickle_does_no_more(data):
    """What is built has guards in some places, and is otherwise the pickle that was read."""
    _, pure = load_both("onggi.proof.walker")
    walker, _ = walked(pure, data, trusting=False)
    assume(not walker.findings and walker.guard_count == 0)
    canonical = rewrite(data[: walker.pos], walker.patches())

    assert recorded(pickle.Unpickler, canonical) == recorded(pickle.Unpickler, data[: walker.pos])


# ------------------------------------------------------------------------------------------- against pickletools


def operations(data: bytes) -> list[tuple[pickletools.OpcodeInfo, Any, int]]:
    try:
        return list(pickletools.genops(data))
    except ValueError:
        assume(False)
        raise


@settings(max_examples=200)
@given(data=STREAMS)
def test_pickletools_counts_the_same_opcodes(data):
    _, pure = load_both("onggi.proof.walker")
    walker, _ = walked(pure, data, trusting=False)
    ops = operations(data)

    assert ops[-1][2] + 1 == walker.pos
    assert walker.opcode_count == sum(op.name != "FRAME" for op, *_ in ops)
    assert walker.buffer_count == sum(op.name == "NEXT_BUFFER" for op, *_ in ops)
    assert walker.persistent_count == sum("PERSID" in op.name for op, *_ in ops)
    assert walker.protocol == next((argument for op, argument, _ in ops if op.name == "PROTO"), 0)


def test_pickletools_counts_the_same_opcodes_of_honest_pickles():
    for data in HONEST:
        ops = operations(data)
        report = read(data, TRUST_ALL).report
        memo = [op.name for op, *_ in ops if op.name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT")]

        assert report.size_bytes == len(data)
        assert report.memo_count == len(memo)
        assert report.opcode_count == sum(op.name != "FRAME" for op, *_ in ops)


# ------------------------------------------------------------------------------------------------ and then built


@settings(max_examples=400)
@given(data=st.one_of(MUTATED, GENERATED))
@example(data=b"\x80\x04Nr\x00\x00\x00\x80.")
@example(data=b"\x80\x04Nj\x00\x00\x00\x80.")
def test_a_strangers_pickle_ends_in_an_object_or_in_our_error(data):
    with warnings.catch_warnings(), contextlib.suppress(OnggiError):
        warnings.simplefilter("ignore")
        onggi.loads(data)


@settings(max_examples=300)
@given(data=st.one_of(MUTATED, GENERATED))
def test_plain_values_are_those_that_pickle_makes(data):
    """Whatever has no globals comes out as plain pickle has it."""
    try:
        proof = read(data)
        assume(not proof.judged and not proof.found)
        ours = onggi.loads(data)
    except OnggiError:
        assume(False)
    assert repr(ours) == repr(pickle.loads(data))


@given(
    obj=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.binary().map(bytearray),
        lambda inner: (
            st.lists(inner)
            | st.tuples(inner, inner)
            | st.dictionaries(st.text() | st.integers(), inner)
            | st.sets(st.integers() | st.text() | st.tuples(st.integers(), st.text()))
            | st.frozensets(st.binary())
        ),
        max_leaves=20,
    ),
    protocol=st.integers(0, 5),
)
def test_plain_values_come_back(obj, protocol):
    again = onggi.loads(pickle.dumps(obj, protocol))
    assert repr(again) == repr(pickle.loads(pickle.dumps(obj, protocol)))
