"""Progress appears when it is wanted, and never makes a save fail."""

from __future__ import annotations

import io
import os
import sys

import pytest

from onggi.files.atomic import save
from onggi.files.progress import progress_sink


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def shown(enabled, seconds_a_call, total=100, step=5):
    stream, clock = io.StringIO(), Clock()
    with progress_sink(total, "saving x", enabled, stream=stream, clock=clock) as sink:
        for _ in range(100 // step):
            clock.now += seconds_a_call
            sink(step)
        assert sink.done_bytes == 100
    return stream.getvalue().splitlines()


def test_lines_for_each_tenth_where_there_is_no_terminal():
    assert shown(True, 0.0, step=1) == [f"saving x {percent} %" for percent in (1, *range(10, 101, 10))]


def test_big_steps_make_few_lines():
    assert shown(True, 0.0, step=50) == ["saving x 50 %", "saving x 100 %"]


def test_nothing_is_shown_of_what_is_over_in_a_second():
    assert shown(None, 0.049) == []


def test_what_takes_longer_appears_on_its_own():
    assert shown(None, 0.125) == [f"saving x {percent} %" for percent in range(40, 101, 10)]


def test_nothing_is_shown_when_it_is_not_wanted():
    assert shown(False, 10.0) == []


def test_an_unknown_total_shows_megabytes_now_and_then():
    stream, clock = io.StringIO(), Clock()
    with progress_sink(None, "loading", True, stream=stream, clock=clock) as sink:
        for _ in range(60):
            clock.now += 1
            sink(1_000_000)
    assert stream.getvalue() == "loading 1.0 MB\nloading 31.0 MB\n"


def test_more_than_the_total_is_all_of_it():
    stream = io.StringIO()
    with progress_sink(10, "x", True, stream=stream) as sink:
        sink(25)
    assert stream.getvalue() == "x 100 %\n"


def test_a_closed_or_missing_stderr_is_no_reason_to_fail(tmp_path, monkeypatch):
    stream = io.StringIO()
    sink = progress_sink(10, "x", True, stream=stream)
    sink(1)
    stream.close()
    sink(9)
    assert sink.done_bytes == 10
    monkeypatch.setattr(sys, "stderr", None)
    with progress_sink(3, "x", True) as sink:
        save(tmp_path / "x", [b"abc"], on_progress=sink)
    assert sink.done_bytes == 3


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_on_a_terminal_shows_the_label_as_it_is():
    pytest.importorskip("rich")
    terminal = Terminal()
    with progress_sink(100, "saving [bold]x[/bold]", True, stream=terminal) as sink:
        sink(40)
        sink(60)
    assert "saving [bold]x[/bold]" in terminal.getvalue()


def test_lines_on_a_terminal_without_rich(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    terminal = Terminal()
    with progress_sink(100, "x", True, stream=terminal) as sink:
        sink(40)
    assert terminal.getvalue() == "x 40 %\n"


def test_rich_is_not_imported_before_a_bar_is_shown():
    import subprocess
    from pathlib import Path

    import onggi

    script = """
import sys
from onggi.files.progress import progress_sink
progress_sink(10, "x")(10)
print([name for name in sys.modules if name.split(".")[0] == "rich"])
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=60)
    assert done.stdout == "[]\n", done.stderr
