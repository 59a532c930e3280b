from __future__ import annotations

import sys
from collections import Counter

import pytest

from bench.page import PAGE
from bench.report import markdown
from bench.scanners import Outcome, ask, replace_part, table


def test_what_a_tool_does_not_look_at_is_missed():
    one = Outcome("tool", Counter({"data": 2, "not scanned": 1, "hostile": 4, "error X": 1}), Counter({"data": 3}))
    assert (one.misses, one.false_alarms, one.count("errors")) == (3, 0, 1)


def test_a_tool_that_fails_says_so():
    assert "failed" in markdown(table([Outcome("tool", failure="no module")], 1, 1))


def test_onggi_is_asked_in_a_process(tmp_path):
    for kind, content in {"hostile": b"cos\nsystem\n(S'x'\ntR.", "honest": b"\x80\x04K\x01."}.items():
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "a.pkl").write_bytes(content)
    found = ask("onggi", sys.executable, tmp_path)
    assert (found.failure, found.hostile, found.honest) == ("", {"hostile": 1}, {"data": 1})


def test_the_page_has_a_place_for_the_table():
    text = PAGE.read_text("utf-8")
    assert "| x |" in replace_part(text, "| x |")
    with pytest.raises(ValueError, match="scanners: begin"):
        replace_part("# Benchmarks", "x")
