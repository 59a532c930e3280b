"""The decision about each global: who vouches for it, and what it may be used for."""

from __future__ import annotations

import copyreg

import pytest

from onggi.proof import kinds
from onggi.proof.judge import ALL_USES, Judge, is_only_python2, python3_name
from onggi.proof.policy import DEFAULT_POLICY, TRUST_ALL, Policy
from onggi.proof.report import Tier
from onggi.proof.rules import Use

NOTHING = Use(0)


def judged(module, name, policy=DEFAULT_POLICY, *, protocol=4, **options):
    """The decision about one global."""
    judge = Judge(policy, **options)
    number = judge.look_up(module, name, 3, protocol)[0]
    return judge.judged[number]


@pytest.mark.parametrize(
    ("name", "allow", "tier", "allowed"),
    [
        ("datetime.date", (), Tier.KNOWN, Use.CALL | Use.VALUE),
        ("datetime.date", ("datetime.date",), Tier.KNOWN, ALL_USES),
        ("os.system", (), Tier.DANGEROUS, NOTHING),
        ("os.system", ("os.system",), Tier.ALLOWED, ALL_USES),
        ("posix.system", ("jars.**",), Tier.DANGEROUS, NOTHING),
        ("jars.Jar", (), Tier.UNKNOWN, NOTHING),
        ("jars.Jar", ("jars.Jar",), Tier.ALLOWED, ALL_USES),
        ("jars.Jar", ("jars.*",), Tier.ALLOWED, ALL_USES),
        ("jars.clay.Jar", ("jars.*",), Tier.UNKNOWN, NOTHING),
        ("jars.clay.Jar", ("jars.**",), Tier.ALLOWED, ALL_USES),
    ],
)
def test_who_vouches(name, allow, tier, allowed):
    module, _, name = name.rpartition(".")
    entry = judged(module, name, Policy(allow))

    assert (entry.tier, entry.allowed) == (tier, allowed)
    assert bool(entry.why) == (tier in (Tier.KNOWN, Tier.DANGEROUS))


def test_what_is_allowed_by_a_pattern_only_says_so():
    assert judged("jars", "Jar", Policy(("jars.*",))).is_pattern
    assert not judged("jars", "Jar", Policy(("jars.*", "jars.Jar"))).is_pattern


def test_trust_grants_all_and_keeps_guards_on_request():
    for name in ("system", "stat_result"):
        entry = judged("os", name, TRUST_ALL)
        assert (entry.tier, entry.allowed, entry.rule) == (Tier.TRUSTED, ALL_USES, None)
    kept = judged("os", "stat_result", TRUST_ALL, keep_guards=True)
    assert kept.tier is Tier.TRUSTED
    assert kept.rule.call == "stdlib:record"


def test_the_reader_may_name_a_moved_global_by_either_name():
    for allow in ("numpy.core.records.secret", "numpy._core.records.secret"):
        assert judged("numpy.core.records", "secret", Policy((allow,))).tier is Tier.ALLOWED


def test_all_names_of_a_global_are_one_number():
    judge = Judge(DEFAULT_POLICY)
    numbers = {judge.look_up(module, "date", 0, 4)[0] for module in ("datetime", "_datetime", "_pydatetime")}

    assert numbers == {0}
    assert set(judge.names) == {("datetime", "date"), ("_datetime", "date"), ("_pydatetime", "date")}


@pytest.mark.parametrize(
    ("module", "name", "protocol", "fix_imports", "expected"),
    [
        ("__builtin__", "set", 2, True, "builtins.set"),
        ("copy_reg", "_reconstructor", 0, True, "copyreg._reconstructor"),
        ("__builtin__", "xrange", 2, True, "builtins.range"),
        ("__builtin__", "set", 2, False, "__builtin__.set"),
        ("UserDict", "UserDict", 4, True, "collections.UserDict"),
        ("UserDict", "UserDict", 4, False, "UserDict.UserDict"),
    ],
)
def test_names_of_python2(module, name, protocol, fix_imports, expected):
    assert str(judged(module, name, protocol=protocol, fix_imports=fix_imports)) == expected


def test_python3_name_leaves_others_alone():
    assert python3_name("jars", "Jar") == ("jars", "Jar")
    assert python3_name("cPickle", "anything") == ("pickle", "anything")


def test_only_python2_has_these_modules():
    assert is_only_python2("copy_reg")
    assert not is_only_python2("pickle")
    assert not is_only_python2("jars")


@pytest.mark.parametrize(
    ("policy", "owner", "name", "answered"),
    [
        (Policy(("jars.Jar",)), ("jars", "Jar"), "Lid", Use.VALUE),
        (Policy(("jars.Jar",)), ("jars", "Jar"), "_lid", NOTHING),
        (Policy(("jars.Jar",)), ("jars", "Jar"), "__class__", NOTHING),
        (Policy(("jars.Jar",)), ("jars", "Jar"), "__new__", Use.VALUE),
        (DEFAULT_POLICY, ("jars", "Jar"), "Lid", NOTHING),
        (DEFAULT_POLICY, ("os", "path"), "join", NOTHING),
        # Known classes: their guard of getattr decides with the real objects.
        (DEFAULT_POLICY, ("http", "HTTPStatus"), "OK", None),
        (DEFAULT_POLICY, ("datetime", "date"), "__new__", None),
    ],
)
def test_attributes_of_a_global(policy, owner, name, answered):
    judge = Judge(policy)
    number = judge.look_up(*owner, 0, 4)[0]
    answer = judge.attribute(number, name, 9)

    assert (answer and Use(answer[1])) == answered


def test_a_member_knows_its_class():
    judge = Judge(Policy(("jars.Jar",)))
    number = judge.look_up("jars", "Jar", 0, 4)[0]
    member = judge.judged[judge.attribute(number, "Lid", 9)[0]]

    assert (member.member_of, member.why, member.offset) == (number, "a member of jars.Jar", 9)


def test_extension_codes_are_the_readers_own():
    copyreg.add_extension("datetime", "date", 0x7FFFFFF1)
    try:
        judge = Judge(DEFAULT_POLICY)
        assert judge.extension(0x7FFFFFF1, 0)[1] == Use.CALL | Use.VALUE
        assert judge.extension(0x7FFFFFF2, 0) is None
    finally:
        copyreg.remove_extension("datetime", "date", 0x7FFFFFF1)


def test_what_is_judged_again_keeps_its_number_and_loses_its_trust():
    judge = Judge(TRUST_ALL)
    for module, name in (("os", "system"), ("copy_reg", "_reconstructor"), ("datetime", "date")):
        judge.look_up(module, name, 7, 0)
    answers = list(judge.judge_again(DEFAULT_POLICY))

    assert [answer[0] for answer in answers] == [0, 1, 2]
    assert [entry.tier for entry in judge.judged] == [Tier.DANGEROUS, Tier.KNOWN, Tier.KNOWN]
    assert all(entry.is_mentioned and entry.offset == 7 for entry in judge.judged)


def test_what_a_call_returns():
    judge = Judge(Policy(("jars.Jar",)))

    def returned(module, name):
        return judge.look_up(module, name, 0, 4)[3]

    assert returned("jars", "Jar") == kinds.RETURNS_SELF
    assert returned("builtins", "getattr") == kinds.RETURNS_ATTRIBUTE
    assert returned("copyreg", "_reconstructor") == kinds.RETURNS_ARG0
    unpickled = returned("array", "_array_reconstructor")
    assert str(judge.judged[unpickled]) == "array.array"
    # It stands in the table for what comes after; the pickle itself has not named it.
    assert not judge.judged[unpickled].is_mentioned


def test_what_the_walker_knows_of_single_globals():
    judge = Judge(Policy(("jars.**",)))

    def flags(module, name):
        return judge.look_up(module, name, 0, 4)[2]

    assert flags("datetime", "date") & kinds.DATE
    assert flags("functools", "partial") & kinds.PARTIAL
    assert flags("itertools", "count") & kinds.ITERATES
    assert not flags("collections", "OrderedDict") & kinds.ITERATES
    assert flags("jars", "Jar.__new__") == kinds.MAKES
    assert flags("jars", "Jar") == 0
