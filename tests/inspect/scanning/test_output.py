"""Text, JSON, SARIF and baselines."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

import onggi
from attacks.assembler import call, pickled
from onggi.errors import PolicyError
from onggi.inspect.plain import plain_text
from onggi.inspect.scanning import ScanFinding, ScanReport, ScanVerdict
from onggi.inspect.scanning.as_json import scan_data
from onggi.inspect.scanning.as_sarif import sarif_data
from onggi.inspect.scanning.as_text import report_lines, summary_lines
from onggi.inspect.scanning.baseline import Baseline, baseline_text
from onggi.inspect.scanning.verdicts import RULES, worst

GOOD, BAD = pickle.dumps([1, 2]), pickled(call("os:system", "echo hi"))
SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text("utf-8"))


@pytest.fixture
def reports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    files = {
        "bad.pkl": BAD,
        "folder/ünï code#.pkl": BAD,
        "good.pkl": GOOD,
        "own.pkl": pickle.dumps(OWN),
        "cut.pkl": GOOD[:-1],
    }
    for name, content in files.items():
        Path(name).write_bytes(content)
    return list(onggi.scan(".", jobs=0))


class Own:
    pass


OWN = Own()


def test_sarif_is_valid(reports):
    jsonschema = pytest.importorskip("jsonschema")
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    validator = jsonschema.Draft4Validator(SCHEMA, format_checker=checker)
    log = json.loads(json.dumps(sarif_data(reports)))
    assert [error.message for error in validator.iter_errors(log)] == []
    assert list(validator.iter_errors({**log, "version": "2.0.0"})) != []
    assert list(validator.iter_errors(json.loads(json.dumps(sarif_data([]))))) == []


def test_sarif_says_what_and_where(reports):
    (run,) = sarif_data(reports)["runs"]
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result for result in run["results"]
    }
    assert set(places) == {"bad.pkl", "folder/%C3%BCn%C3%AF%20code%23.pkl", "own.pkl", "cut.pkl"}
    bad = places["bad.pkl"]
    assert bad["level"] == "error"
    assert bad["message"]["text"].startswith("This file runs the shell command `echo hi`")
    assert bad["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
    assert run["tool"]["driver"]["rules"][bad["ruleIndex"]]["id"] == bad["ruleId"] == "dangerous"
    assert places["own.pkl"]["level"] == "warning"


def test_the_fingerprint_is_that_of_the_content(reports, tmp_path):
    def prints():
        results = sarif_data(onggi.scan("bad.pkl", jobs=0))["runs"][0]["results"]
        return [result["partialFingerprints"]["onggi/v1"] for result in results]

    before = prints()
    assert prints() == before
    Path("bad.pkl").write_bytes(BAD + b"\x00")
    assert prints() != before


def test_what_lies_elsewhere_has_a_whole_address(reports, tmp_path):
    log = sarif_data(reports, root=str(tmp_path / "folder"))
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in log["runs"][0]["results"]]
    assert sum(uri.startswith("file:///") for uri in uris) == 3


def test_braces_are_no_placeholders():
    finding = ScanFinding("dangerous", ScanVerdict.HOSTILE, "runs `{0}`")
    text = sarif_data([ScanReport("x", ScanVerdict.HOSTILE, (finding,))])["runs"][0]["results"][0]["message"]["text"]
    assert "{{0}}" in text


def test_json_has_its_schema(reports):
    found = json.loads(json.dumps(scan_data(reports, {"link": 1})))
    assert found["schema"] == "onggi.scan/1"
    assert found["summary"]["files"] == len(found["files"]) == 5
    counted = ("data", "needs trust", "hostile", "unreadable", "no pickle")
    assert [found["summary"][verdict] for verdict in counted] == [1, 1, 2, 1, 0]
    assert set(found["files"][0]) == {
        *("path", "verdict", "pickles", "size_bytes", "digest", "accepted", "more_findings", "findings")
    }
    assert all(one["rule"] in RULES for file in found["files"] for one in file["findings"])


@pytest.mark.parametrize(
    "name", ["a\n✓ data.pkl", "\x1b[2Ja.pkl", "\u202ea.pkl", "##vso[task]a.pkl", "##[error]a", "\ud800a"]
)
def test_text_can_not_be_faked_by_names(name):
    finding = ScanFinding("dangerous", ScanVerdict.HOSTILE, name, member="!" + name, global_name=name, next_step=name)
    lines = plain_text(report_lines(ScanReport(name, ScanVerdict.HOSTILE, (finding,)))).splitlines()
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert not any("##" in line for line in lines)


def test_the_text_counts(reports):
    text = plain_text(summary_lines(scan_data(reports, {"link": 2})["summary"]))
    assert (
        text == "5 files, 5 pickles: 1 data, 1 needs trust, 2 hostile, 1 unreadable\npassed over: 2 links not followed"
    )


def test_a_baseline_accepts_what_it_lists(reports):
    baseline = Baseline(baseline_text(reports), "b.json")
    again = [baseline.applied(report) for report in onggi.scan(".", jobs=0)]
    assert {report.verdict for report in again} == {ScanVerdict.DATA}
    assert sum(report.accepted for report in again) == 4


def test_a_baseline_finds_a_changed_file_again_and_no_moved_one(reports):
    baseline = Baseline(baseline_text(reports), "b.json")
    os.rename("bad.pkl", "moved.pkl")
    Path("own.pkl").write_bytes(pickle.dumps([OWN]))
    found = {one.path: baseline.applied(one).verdict for one in onggi.scan(".", jobs=0)}
    assert found["moved.pkl"] is ScanVerdict.DATA
    assert found["own.pkl"] is ScanVerdict.NEEDS_TRUST


def test_a_baseline_accepts_no_more_than_it_lists():
    first, second = (ScanFinding("not-allowed", ScanVerdict.NEEDS_TRUST, "x", global_name=name) for name in "ab")
    report = ScanReport("x", ScanVerdict.NEEDS_TRUST, (first,), pickle_count=1, digest="d")
    baseline = Baseline(baseline_text([report]), "")
    more = ScanReport("x", ScanVerdict.NEEDS_TRUST, (first, second), pickle_count=1, digest="d")
    assert baseline.applied(more).findings == (second,)
    hidden = ScanReport("x", ScanVerdict.NEEDS_TRUST, (first,), more_findings=1, pickle_count=1, digest="d")
    assert baseline.applied(hidden).verdict is ScanVerdict.NEEDS_TRUST


def test_what_could_not_be_read_is_never_accepted():
    finding = ScanFinding("no-access", ScanVerdict.UNREADABLE, "x")
    report = ScanReport("x", ScanVerdict.UNREADABLE, (finding,))
    assert Baseline(baseline_text([report]), "").applied(report) == report


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"schema": "onggi.baseline/2", "accepted": []}', "[" * 100_000),
        '{"schema": "onggi.baseline/1", "accepted": [{"digest": "", "rule": "a", "global": ""}]}',
    ],
    ids=range(6),
)
def test_what_is_no_baseline(text):
    with pytest.raises(PolicyError, match="no baseline"):
        Baseline(text, "b.json")


def test_the_worst_counts():
    verdicts = list(ScanVerdict)
    assert worst(*verdicts) is ScanVerdict.HOSTILE
    assert worst(ScanVerdict.NEEDS_TRUST, ScanVerdict.UNREADABLE) is ScanVerdict.UNREADABLE
    assert worst(ScanVerdict.DATA, ScanVerdict.NO_PICKLE) is ScanVerdict.DATA
    assert worst() is ScanVerdict.NO_PICKLE
