"""Rounds, order and clock.

Every contender runs once a round, so whatever else the machine does meanwhile hits all of them alike, and a round's
ratio compares two neighbours in time. The order changes from round to round, both where it starts and its direction, so
that nobody always comes after the one that leaves the caches full.

Before each timing the garbage collector has run; while the clock runs it works as it does for users, and what is loaded
is freed only after the clock has stopped.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.results import CPU_SECONDS, SECONDS, Row, Values

__all__ = ["ChildError", "Entrant", "compete", "in_a_line", "order_of", "repeats_for", "time_call"]

MIN_SAMPLES: Final = 3
"""So many samples a contender gives in any case, however slow it is."""

_LOOP_BELOW_SECONDS: Final = 0.001
_LOOP_SECONDS: Final = 0.02


class ChildError(Exception):
    """A measuring process failed; the message is what it says of it, in a line."""


@dataclass(slots=True)
class Entrant:
    """Who takes part in a contest.

    Attributes:
        name: The name of the contender.
        sample: Measures once.
        check: Runs once before the rounds, unmeasured: it warms up and compares the result with the original. Returns
            the size of what was written, if that is a thing to show.
    """

    name: str
    sample: Callable[[], Values]
    check: Callable[[], int | None]


def compete(
    entrants: Sequence[Entrant],
    rounds: int,
    *,
    budget_seconds: float = math.inf,
    on_round: Callable[[int], None] = lambda number: None,
) -> list[Row]:
    """Let the entrants compete.

    Args:
        entrants: Who takes part. One that raises is out; its row says why.
        rounds: How many rounds.
        budget_seconds: An entrant that took longer than this in all gives only three samples.
        on_round: Called with the number of each round before it begins, from 0.

    Returns:
        One row for each entrant, in their order.
    """
    rows = {entrant.name: Row(entrant.name) for entrant in entrants}
    for entrant in entrants:
        _check(entrant, rows[entrant.name])
    for number in range(rounds):
        on_round(number)
        for index in order_of(len(entrants), number):
            row = rows[entrants[index].name]
            if not row.failure and not (row.count >= MIN_SAMPLES and row.total_seconds > budget_seconds):
                _sample(entrants[index], row)
    return list(rows.values())


def order_of(count: int, number: int) -> list[int]:
    """Return the order of a round: it starts elsewhere every second round, and every other one runs backwards."""
    start = number // 2
    forward = [(start + index) % count for index in range(count)]
    return forward[::-1] if number % 2 else forward


def time_call(run: Callable[[Any], Any], argument: Any, repeats: int = 1) -> Values:
    """Time `run(argument)`.

    Returns:
        Wall and CPU seconds of one call; the mean of `repeats` calls, if it is repeated.
    """
    gc.collect()
    result = None
    calls = range(repeats)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in calls:
        result = run(argument)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    del result
    return {SECONDS: wall / repeats, CPU_SECONDS: cpu / repeats}


def repeats_for(run: Callable[[Any], Any], argument: Any) -> int:
    """Return how often to repeat a call so that the clock can tell its time: once, unless it takes under 1 ms."""
    seconds = time_call(run, argument)[SECONDS]
    return 1 if seconds >= _LOOP_BELOW_SECONDS else math.ceil(_LOOP_SECONDS / max(seconds, 1e-8))


def _check(entrant: Entrant, row: Row) -> None:
    try:
        row.size_bytes = entrant.check()
    except Exception as error:  # whatever a library raises: the others go on
        row.failure = in_a_line(error)


def _sample(entrant: Entrant, row: Row) -> None:
    begin = time.perf_counter()
    try:
        row.add(entrant.sample())
    except Exception as error:
        row.failure = in_a_line(error)
    row.total_seconds += time.perf_counter() - begin


def in_a_line(error: Exception) -> str:
    """Say what went wrong in one line."""
    first = (str(error).splitlines() or [""])[0]
    return first if isinstance(error, ChildError) else f"{type(error).__name__}: {first}".removesuffix(": ")
