"""Refusals in plain words: what the pickle would do, how bad that is, and what to type next."""

from __future__ import annotations

import copyreg
import re
from pathlib import Path

import pytest

import onggi.proof
from attacks.assembler import build, call, name, new, pickled, value
from onggi.errors import RefusedError, UnregisteredCodeError
from onggi.proof.explain import _NEED_TRUST, _RULES, refusal
from onggi.proof.policy import Policy
from onggi.proof.reader import read
from onggi.proof.report import Finding, Severity

JARS = Policy(("jars.**",))
UNKNOWN = Finding("not-allowed", Severity.NEEDS_TRUST, "would call `a.b`, which no rule allows", 5, "a.b")
OTHER = Finding("not-allowed", Severity.NEEDS_TRUST, "would call `c.d`, which no rule allows", 9, "c.d")
EVIL = Finding("dangerous", Severity.HOSTILE, "would call `os.system`: it runs commands", 7, "os.system")


def test_every_rule_of_the_walker_has_words():
    source = Path(onggi.proof.__file__).parent
    texts = "".join(path.read_text("utf-8") for path in sorted(source.glob("*.py")))
    found = set(re.findall(r'_find\(\s*"([a-z-]+)"', texts)) | set(re.findall(r'rule = "([a-z-]+)"', texts))

    assert len(found) >= 10
    assert found <= {*_RULES, "not-allowed"}
    assert {*_RULES, "not-allowed"} >= _NEED_TRUST


@pytest.mark.parametrize(
    ("data", "rule", "severity", "reason"),
    [
        (pickled(call("jars.Jar")), "not-allowed", Severity.NEEDS_TRUST, "would call `jars.Jar`, which no rule allows"),
        (pickled(new("jars.Jar")), "not-allowed", Severity.NEEDS_TRUST, "would make an instance of `jars.Jar`"),
        (pickled(name("jars.Jar")), "not-allowed", Severity.NEEDS_TRUST, "would mention `jars.Jar`"),
        (pickled(call("os.system", "id")), "dangerous", Severity.HOSTILE, "would call `os.system`: "),
        (pickled(new("datetime.date")), "known-misused", Severity.HOSTILE, "which honest pickles never do (four bytes"),
        (
            pickled(build(name("builtins.list"), {})),
            "build-on-global",
            Severity.HOSTILE,
            "attributes of `builtins.list`",
        ),
        (pickled(call(value(5))), "call-of-value", Severity.HOSTILE, "would call an object that is no named class"),
    ],
    ids=["call", "new", "value", "dangerous", "misused", "build", "call-of-value"],
)
def test_findings(data, rule, severity, reason):
    finding = read(data).findings[0]

    assert (finding.rule, finding.severity) == (rule, severity)
    assert reason in finding.reason


@pytest.mark.parametrize(
    "data",
    [
        pickled(call("ja\x1b[31mrs.Jar")),
        pickled(build(name("ja\x1b[31mrs.Jar"), {})),
        pickled(build(new("jars.J\u202ear"), {"__setstate__": 1})),
        pickled(name("jars.\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace") + "\x07")),
    ],
    ids=["call", "build", "state", "value"],
)
@pytest.mark.parametrize("policy", [Policy(), JARS], ids=["default", "jars"])
def test_no_name_of_a_strangers_reaches_the_terminal(data, policy):
    for finding in read(data, policy).findings:
        assert finding.reason.isprintable()
        assert finding.global_name.isprintable()


def test_the_worst_comes_first():
    error = refusal([UNKNOWN, EVIL, OTHER], source="jar.pkl", path=None)

    assert isinstance(error, RefusedError)
    assert "this pickle would call `os.system`: it runs commands; and 2 more such things. Nothing was built" in str(
        error
    )
    assert (error.offset, error.source) == (7, "jar.pkl")
    assert error.findings == (UNKNOWN, EVIL, OTHER)
    assert "treat the file as hostile" in error.hint
    assert "allow" not in error.hint


def test_the_hint_names_what_to_allow_once():
    one = refusal([UNKNOWN, UNKNOWN], source=None, path=None)
    two = refusal([UNKNOWN, OTHER], source=None, path=None)

    assert 'if you trust the code of this: allow=["a.b"] (its ' in one.hint
    assert "more such" not in str(one)
    assert 'if you trust the code of these: allow=["a.b", "c.d"] (their ' in two.hint
    assert "and 1 more such thing." in str(two)


def test_the_hint_lets_it_load():
    data = pickled(call("pots.pot", new("jars.Jar")))
    hint = read(data).refusal().hint
    allow = eval(re.search(r"allow=(\[.*?\])", hint)[1])

    assert sorted(allow) == ["jars.Jar", "pots.pot"]
    assert not read(data, Policy(allow)).findings


def test_other_hints():
    persistent = read(b"Pone\n.").refusal()
    assert str(persistent).startswith("A load persistent id instruction was encountered")
    assert "persistent_load" in persistent.hint

    assert 0xF7 not in copyreg._inverted_registry
    unregistered = read(b"\x82\xf7.").refusal()
    assert isinstance(unregistered, UnregisteredCodeError)
    assert "copyreg.add_extension" in unregistered.hint
