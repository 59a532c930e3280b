"""What `allow=` takes, what each pattern covers, and how policies are joined."""

from __future__ import annotations

import collections
import enum
import functools
import http

import pytest

from onggi.errors import PolicyError
from onggi.proof.limits import Limits
from onggi.proof.policy import DEFAULT_POLICY, TRUST_ALL, Policy, join, pattern_of


class Jar:
    class Lid:
        pass

    def fill(self):
        pass


def seal():
    pass


HERE = __name__


@pytest.mark.parametrize(
    ("item", "pattern"),
    [
        (Jar, f"{HERE}.Jar"),
        (Jar.Lid, f"{HERE}.Jar.Lid"),
        (Jar.fill, f"{HERE}.Jar.fill"),
        (seal, f"{HERE}.seal"),
        (len, "builtins.len"),
        ("jars.Jar", "jars.Jar"),
        ("jars.*", "jars.*"),
        ("jars.**", "jars.**"),
        ("옹기.항아리", "옹기.항아리"),
        ("json.decoder.JSONDecoder", "json.decoder.JSONDecoder"),
    ],
)
def test_the_pattern_of(item, pattern):
    assert pattern_of(item) == pattern


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("", "it is empty"),
        ("*", "it would allow everything"),
        ("**", "it would allow everything"),
        ("jars.*.Jar", "a \\* stands only at the end"),
        ("jars*", "before the \\* stands the whole name"),
        ("jars.***", "before the \\* stands the whole name"),
        ("jars..Jar", "it is not written module.Name"),
        ("jars.Jar ", "it is not written module.Name"),
        ("1jars.Jar", "it is not written module.Name"),
        ("jars.\x1b[0m", "characters that no name has"),
        ("jars.Jar\n", "characters that no name has"),
        ("os.*", "would allow all of a module of the standard library"),
        ("os.path.**", "would allow all of a module of the standard library"),
        ("__builtin__.*", "would allow all of a module of the standard library"),
    ],
)
def test_what_is_no_pattern(pattern, fault):
    with pytest.raises(PolicyError, match=fault):
        pattern_of(pattern)


@pytest.mark.parametrize("item", [None, 5, b"jars.Jar", functools.partial(seal), Jar()])
def test_what_is_no_item(item):
    with pytest.raises(PolicyError, match="allow= takes classes, functions and patterns"):
        pattern_of(item)


@pytest.mark.parametrize(
    ("pattern", "covered", "not_covered"),
    [
        ("jars.Jar", [("jars", "Jar")], [("jars", "Jar2"), ("jars", "Lid"), ("jars.Jar", "Lid"), ("jar", "s.Jar")]),
        (
            "jars.*",
            [("jars", "Jar"), ("jars", "Jar.Lid")],
            [("jars.clay", "Jar"), ("jarsandmore", "Jar"), ("jar", "s")],
        ),
        ("jars.**", [("jars", "Jar"), ("jars.clay", "Jar"), ("jars.a.b", "c")], [("jarsandmore", "Jar"), ("jar", "s")]),
        ("jars.clay.**", [("jars.clay", "Jar")], [("jars", "Jar"), ("jars.claypot", "Jar"), ("jars", "clay.Jar")]),
    ],
)
def test_what_a_pattern_covers(pattern, covered, not_covered):
    policy = Policy((pattern,))

    assert all(policy.covers(*name) for name in covered)
    assert not any(policy.covers(*name) for name in not_covered)


def test_only_the_whole_name_names_a_global():
    policy = Policy(("jars.**", "pots.Pot"))

    assert policy.names("pots", "Pot")
    assert not policy.names("jars", "Jar")


@pytest.mark.parametrize("given", ["jars.Jar", Jar, seal, len, http.HTTPStatus, enum.Enum])
def test_one_item_needs_no_tuple(given):
    assert Policy(given).allow == join(given).allow == (given,)


@pytest.mark.parametrize("several", [list, tuple, iter, collections.deque, dict.fromkeys])
def test_several_items_may_come_in_any_container(several):
    policy = Policy(several([Jar, "pots.*"]))

    assert policy.allow == (Jar, "pots.*")
    # A policy is made anew of `allow` when it is joined.
    assert (policy | DEFAULT_POLICY).covers("pots", "Pot")
    assert join(several([Jar, "pots.*"])) == policy


def test_joined_policies_trust_what_either_does():
    first, second = Policy(("jars.*",), limits=Limits(max_depth=1)), Policy(("pots.*",), limits=Limits(max_depth=2))
    both = first | second

    assert both.covers("jars", "Jar")
    assert both.covers("pots", "Pot")
    assert both.limits == Limits(max_depth=2)
    assert (first | Policy()).limits == Limits(max_depth=1)
    assert not both.trust
    assert (first | TRUST_ALL).trust
    assert (TRUST_ALL | first).trust


def test_join_takes_policies_among_the_items():
    policy = join([Jar, Policy(("pots.*",), limits=Limits(max_depth=9)), "cups.Cup"])

    assert policy.names(HERE, "Jar")
    assert policy.covers("pots", "Pot")
    assert policy.names("cups", "Cup")
    assert policy.limits == Limits(max_depth=9)
    assert join(policy) == policy
    assert join(()) == DEFAULT_POLICY
