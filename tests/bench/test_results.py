from __future__ import annotations

import pytest

from bench.results import SECONDS, Result, Row, Run


def result(**seconds):
    rows = [Row(name, {SECONDS: list(samples)}) for name, samples in seconds.items()]
    return Result("tiny", "loads", "loads of it", "seconds", [SECONDS], "peer", rows)


def test_the_ratio_is_the_median_of_the_rounds_ratios():
    # The medians are 4 and 4, but in the median round it takes twice the time.
    one = result(mine=[2.0, 4.0, 40.0], peer=[1.0, 4.0, 5.0])

    assert one.ratio("mine") == 2.0


def test_the_ratio_leaves_out_rounds_without_both():
    assert result(mine=[3.0, 3.0, 3.0, 100.0], peer=[1.0, 1.0, 1.0]).ratio("mine") == 3.0


def test_there_is_no_ratio_to_nobody():
    assert result(mine=[1.0]).ratio("mine") is None
    assert result(mine=[], peer=[1.0]).ratio("mine") is None
    assert result(mine=[1.0], peer=[0.0]).ratio("mine") is None


def test_median_and_spread():
    row = Row("mine")
    for value in (4.0, 1.0, 2.0, 3.0, 5.0):
        row.add({SECONDS: value})

    assert row.median(SECONDS) == 3.0
    assert row.spread(SECONDS) == pytest.approx((4 - 2) / 2 / 3)
    assert row.median("unknown") is None


def test_a_run_survives_its_file(tmp_path):
    kept = result(mine=[1.0, 2.0], peer=[2.0, 2.0])
    kept.rows.append(Row("other", failure="OSError: full"))
    run = Run({"CPU": "one"}, "quick", 2, {"tiny": "a message"}, [kept], ["a note"])

    run.write(tmp_path / "run.json")

    assert Run.read(tmp_path / "run.json") == run
    assert run.result("tiny/loads") is kept
    assert run.result("tiny/dumps") is None


def test_a_run_of_another_format_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"format": 0}')

    with pytest.raises(ValueError, match="format"):
        Run.read(tmp_path / "run.json")
