from __future__ import annotations

import gc
from collections import Counter
from itertools import pairwise

import pytest

from bench.harness import MIN_SAMPLES, ChildError, Entrant, compete, in_a_line, order_of, time_call
from bench.results import SECONDS


def entrant(name, log, *, check=lambda: None, fails_at=None):
    def sample():
        if fails_at is not None and log.count(name) == fails_at:
            raise ValueError("no more\nsecond line")
        log.append(name)
        return {SECONDS: 1.0}

    return Entrant(name, sample, check)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_everybody_runs_once_a_round_and_is_first_equally_often(count):
    orders = [order_of(count, number) for number in range(2 * count)]

    assert all(sorted(order) == list(range(count)) for order in orders)
    assert set(Counter(order[0] for order in orders).values()) == {2}


def test_nobody_always_follows_the_same_one():
    pairs = {pair for number in range(8) for order in [order_of(4, number)] for pair in pairwise(order)}

    followed = Counter(after for _, after in pairs)
    assert min(followed.values()) >= 2


def test_rounds_are_interleaved():
    log = []
    told = []

    rows = compete([entrant("a", log), entrant("b", log)], 4, on_round=told.append)

    assert log == ["a", "b", "b", "a", "b", "a", "a", "b"]
    assert told == [0, 1, 2, 3]
    assert [(row.name, row.count) for row in rows] == [("a", 4), ("b", 4)]


def test_the_size_comes_from_the_check():
    (row,) = compete([entrant("a", [], check=lambda: 17)], 1)

    assert row.size_bytes == 17


def test_who_fails_the_check_is_out_and_the_others_go_on():
    def check():
        raise AssertionError("not the same")

    log = []
    bad, good = compete([entrant("bad", log, check=check), entrant("good", log)], 2)

    assert (bad.failure, bad.count) == ("AssertionError: not the same", 0)
    assert (good.failure, good.count) == (None, 2)


def test_who_fails_later_is_out_from_then_on():
    bad, good = compete([entrant("bad", log := [], fails_at=1), entrant("good", log)], 4)

    assert (bad.failure, bad.count) == ("ValueError: no more", 1)
    assert good.count == 4


def test_who_takes_too_long_gives_few_samples():
    (row,) = compete([entrant("a", [])], 10, budget_seconds=-1.0)

    assert row.count == MIN_SAMPLES


def test_a_call_is_repeated_and_gets_its_argument():
    calls = []

    values = time_call(calls.append, "x", repeats=3)

    assert calls == ["x"] * 3
    assert set(values) == {"seconds", "cpu_seconds"}


def test_the_collector_has_run_before_the_call_and_is_on():
    class Node:
        pass

    node = Node()
    node.itself = node
    del node
    seen = []

    time_call(lambda _: seen.append((gc.isenabled(), any(type(one) is Node for one in gc.get_objects()))), None)

    assert seen == [(True, False)]


@pytest.mark.parametrize(
    ("error", "line"),
    [(KeyError(), "KeyError"), (OSError("a\nb"), "OSError: a"), (ChildError("OSError: full"), "OSError: full")],
)
def test_errors_are_told_in_a_line(error, line):
    assert in_a_line(error) == line
