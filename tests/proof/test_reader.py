"""One pickle, or several that share a memo: what the proof says of each."""

from __future__ import annotations

import collections
import datetime
import pickle

import pytest

from attacks.assembler import (
    BINGET,
    NONE,
    PERSID,
    POP,
    build,
    call,
    memoized,
    name,
    new,
    pickled,
    value,
)
from onggi.errors import RefusedError, TruncatedError
from onggi.proof.limits import DEFAULT_LIMITS, Limits
from onggi.proof.policy import DEFAULT_POLICY, TRUST_ALL, Policy
from onggi.proof.reader import Reader, read
from onggi.proof.report import Tier, Verdict
from onggi.proof.rules import Use

DATE = pickle.dumps(datetime.date(2024, 2, 29), 4)
JARS = Policy(("jars.**",))


def rules(proof):
    return [finding.rule for finding in proof.findings]


def test_plain_values_need_nobody():
    data = pickle.dumps([1, {"a": (None, b"x")}], 4)
    proof = read(data)

    assert proof.is_plain
    assert proof.report.verdict is Verdict.DATA
    assert (proof.report.protocol, proof.report.size_bytes, proof.stop) == (4, len(data), len(data))
    assert proof.judged == []


def test_what_stands_behind_stop_is_left_alone():
    proof = read(DATE + b"more")

    assert proof.stop == len(DATE)
    assert not proof.is_plain
    assert proof.canonical().endswith(b".")


def test_a_truncated_pickle_raises_and_tells_what_was_found_before():
    reader = Reader()
    data = pickled(call("os.system", "id"))[:-1]
    assert reader.proof_so_far(data) is None
    with pytest.raises(TruncatedError):
        reader.read(data)

    assert rules(reader.proof_so_far(data)) == ["dangerous"]


def test_the_report_lists_each_global_with_all_its_uses():
    data = pickled(build(new("jars.Jar"), {"x": 1}), POP, memoized(name("jars.Jar"), 1), POP, name("jars.Lid"))
    jar, lid = read(data, JARS).report.globals

    assert (str(jar), jar.uses, jar.count, jar.tier) == ("jars.Jar", Use.NEW | Use.STATE, 2, Tier.ALLOWED)
    assert (str(lid), lid.uses, lid.offset) == ("jars.Lid", Use.VALUE, data.index(b"\x8c\x03Lid") + 5)


def test_uses_of_one_global():
    proof = read(pickled(call("collections.OrderedDict")))
    assert proof.uses(0) == Use.CALL


def test_what_is_named_and_dropped_is_refused_too():
    """To resolve it, its module would be imported, and that runs it."""
    assert rules(read(pickled(name("jars.Jar"), POP, NONE))) == ["not-allowed"]
    assert rules(read(pickled(name("jars.Jar"), POP, NONE), JARS)) == []


def test_each_refused_global_is_one_finding_of_never_used():
    assert len(read(pickled(call("jars.Jar"), POP, name("jars.Lid"), POP, NONE)).findings) == 2


def test_the_refusal_is_an_error_with_the_findings():
    proof = read(pickled(call("os.system", "id")))
    error = proof.refusal(source="jar.pkl", path="root[0]")

    assert isinstance(error, RefusedError)
    assert (error.source, error.path, error.findings) == ("jar.pkl", "root[0]", proof.findings)


def test_persistent_ids_are_the_readers():
    data = PERSID("one") + b"."
    assert rules(read(data)) == ["persistent-id"]
    proof = read(data, has_persistent_load=True)
    assert proof.findings == ()
    assert proof.report.persistent_id_count == 1


def test_the_next_pickle_may_use_the_memo_of_the_one_before():
    reader = Reader(JARS)
    assert not reader.read(pickled(memoized(new("jars.Jar"), 0))).findings
    reader.finish()
    assert not reader.read(pickled(build(BINGET(0), {"x": 1}))).findings


def test_distrust_judges_the_memo_again():
    reader = Reader(TRUST_ALL)
    assert not reader.read(pickled(memoized(name("os.system"), 0))).findings
    reader.finish()
    reader.distrust(DEFAULT_POLICY, DEFAULT_LIMITS)

    assert "dangerous" in rules(reader.read(pickled(call(BINGET(0), "id"))))


def test_distrust_brings_the_limits_back():
    data = pickled(value([[[1]]]))
    reader = Reader(TRUST_ALL, Limits(max_depth=2))
    reader.read(data)
    reader.finish()
    reader.distrust(DEFAULT_POLICY, Limits(max_depth=2))
    with pytest.raises(Exception, match="nested too deeply"):
        reader.read(data)


def test_guard_keeps_the_guards_of_known_types_on():
    reader = Reader(TRUST_ALL)
    data = pickled(call("fractions.Fraction", "1/3"))
    assert not reader.read(data)._machine.guard_count
    reader.finish()
    reader.guard()

    assert reader.read(data)._machine.guard_count


def test_primed_memo_entries_are_there_but_are_no_globals():
    reader = Reader(JARS)
    reader.prime([3])
    assert not reader.read(pickled(BINGET(3))).findings
    reader.finish()

    assert rules(reader.read(pickled(call(BINGET(3)))))


def test_the_protocol_is_that_of_the_latest():
    reader = Reader()
    assert reader.protocol == 0
    for protocol in (2, 5, 3):
        reader.read(pickle.dumps(1, protocol))
        reader.finish()
        assert reader.protocol == protocol


@pytest.mark.parametrize(
    ("fix_imports", "expected"), [(True, "collections.OrderedDict"), (False, "__builtin__.object")]
)
def test_names_of_python2_are_mapped_unless_the_reader_says_no(fix_imports, expected):
    data = pickle.dumps(collections.OrderedDict(), 2) if fix_imports else b"c__builtin__\nobject\n."
    assert str(read(data, fix_imports=fix_imports).judged[0]) == expected


def test_cuts_say_where_the_payload_lies():
    large = b"x" * 70_000
    proof = read(pickled(call("fractions.Fraction", "1/3"), POP, value(large)))

    assert [(opcode, proof.opcodes[start:stop] == large) for opcode, start, stop in proof.cuts()] == [(ord("B"), True)]
    assert large not in bytes(proof.canonical())
