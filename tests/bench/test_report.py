from __future__ import annotations

import io

import pytest

from bench.goals import GOALS, judge
from bench.measures import MEASURES
from bench.page import PAGE, page_part, replace_part
from bench.report import amount, duration, markdown, print_run, ratio, table_of
from bench.results import SECONDS, Result, Row, Run
from bench.workloads import WORKLOADS


def run(seconds=0.25, size="full"):
    rows = [
        Row("onggi", {SECONDS: [seconds] * 3}, size_bytes=19_000_000),
        Row("pickle", {SECONDS: [1.0] * 3}, size_bytes=20_000_000),
        Row("joblib", failure="OSError: the | disk is full"),
    ]
    result = Result("records", "loads", "loads of it", "seconds", [SECONDS], "pickle", rows)
    return Run({"Python": "CPython 3.11.7, GCC"}, size, 3, {"records": "100 records"}, [result], ["arrays: left out"])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.0, "0 s"), (1.5, "1.50 s"), (0.0128, "12.8 ms"), (4.8e-07, "480 ns"), (5e-06, "5.00 µs")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(None, "–"), (0, "0 B"), (80, "80 B"), (19_040_000, "19.0 MB"), (1.07e9, "1.07 GB")]
)
def test_amounts(size, text):
    assert amount(size) == text


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0.0312, "0.031×"), (0.5, "0.50×"), (17.34, "17.3×")])
def test_ratios(value, text):
    assert ratio(value) == text


def test_a_table_shows_everybody_also_who_failed():
    text = markdown(table_of(run().results[0]))

    assert text.splitlines() == [
        "|        | median | spread | to pickle |    size |",
        "|:-------|-------:|-------:|----------:|--------:|",
        "| onggi  | 250 ms |   ±0 % |     0.25× | 19.0 MB |",
        "| pickle | 1.00 s |   ±0 % |     1.00× | 20.0 MB |",
        "| joblib | failed |        |           |         |",
        "",
        "joblib: OSError: the | disk is full",
    ]


@pytest.mark.parametrize("has_rich", [True, False])
def test_the_terminal_shows_all_with_rich_and_without(has_rich, monkeypatch):
    if not has_rich:
        monkeypatch.setitem(__import__("sys").modules, "rich", None)
    stream = io.StringIO()

    print_run(run(), stream)

    for words in ("CPython 3.11.7", "100 records", "250 ms", "disk is full", "arrays: left out", "Goals"):
        assert words in stream.getvalue()


def test_goals_are_met_or_not():
    def verdicts(seconds):
        return {verdict.goal.contest: verdict.is_met for verdict in judge(run(seconds))}

    assert verdicts(0.25) == {"records/loads": True}
    assert verdicts(2.0) == {"records/loads": False}


def test_small_data_proves_nothing():
    assert judge(run(size="smoke")) == []


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: f"{goal.contest} {goal.limit}")
def test_every_goal_is_about_something_that_is_measured(goal):
    workload, _, measure = goal.contest.partition("/")

    assert workload == "import" or any(one.name == workload and measure in one.measures for one in WORKLOADS)
    assert goal.column is None or goal.column in MEASURES[measure].columns


def test_the_page_gets_its_tables_between_its_markers_only():
    before = PAGE.read_text(encoding="utf-8")

    after = replace_part(before, page_part(run()))

    assert "| onggi  | 250 ms |" in after
    assert replace_part(after, "x") == replace_part(before, "x")
    assert after.startswith(before.partition("<!--")[0])


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="bench: begin"):
        replace_part("# Benchmarks", "x")


def test_what_was_not_measured_in_full_says_so():
    assert "--size quick" in page_part(run(size="quick"))
    assert "--size" not in page_part(run())
