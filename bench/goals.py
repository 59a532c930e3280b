"""What onggi promises, checked on the results of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench import imports, memory
from bench.results import Result, Run

__all__ = ["GOALS", "Goal", "Verdict", "judge"]

_OBJECTS: Final = ("records", "objects", "slots", "lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One promise.

    Attributes:
        promise: In words.
        contest: `workload/measure`.
        row: The contender that it is about.
        limit: The most that is good: a ratio to the peer, or a number in the unit of the contest.
        peer: Another peer than that of the contest.
        is_ratio: Which of both.
        column: Another column than the first.
        sizes: The sizes at which it says anything.
    """

    promise: str
    contest: str
    row: str = "onggi"
    limit: float
    peer: str | None = None
    is_ratio: bool = True
    column: str | None = None
    sizes: tuple[str, ...] = ("full", "quick")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what was measured."""

    goal: Goal
    measured: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Say whether the promise holds."""
        return self.measured <= self.goal.limit


def _loads_goals() -> Iterator[Goal]:
    # Up to 3.11 the collector ran in the middle of every load; from 3.12 on there is less to win by pausing it.
    limit, words = (0.5, "in half the time of") if sys.version_info < (3, 12) else (1.0, "at least as fast as")
    for workload in _OBJECTS:
        yield Goal(
            promise=f"loads of a stranger's {workload}, {words} pickle", contest=f"{workload}/loads", limit=limit
        )


def _walk_goals() -> Iterator[Goal]:
    for workload in _OBJECTS:
        promise = f"proof-reading of {workload} below 5 % of pickle.loads"
        yield Goal(promise=promise, contest=f"{workload}/walk", row="walk", limit=0.05)


GOALS: Final[tuple[Goal, ...]] = (
    *_loads_goals(),
    *_walk_goals(),
    Goal(
        promise="dump of 1 GB of arrays within 1.3 times a plain write of its bytes, without syncs",
        contest="arrays/dump",
        limit=1.3,
        sizes=("full",),
    ),
    Goal(
        promise="the same with the same syncs",
        contest="arrays/dump-durable",
        limit=1.3,
        sizes=("full",),
    ),
    Goal(
        promise="mapped load of 1 GB until its first element is read, under 5 ms",
        contest="arrays/load",
        limit=0.005,
        is_ratio=False,
        sizes=("full",),
    ),
    Goal(
        # Of the file, the system shows whole pages around what is read, of up to 2 MiB.
        promise="resident memory of a mapped load of 1 GB, before it is touched: under 1 %",
        contest="arrays/load-memory",
        column=memory.LOAD_COLUMNS[0],
        limit=10 * 2**20,
        is_ratio=False,
        sizes=("full",),
    ),
    Goal(promise="import of onggi under 40 ms", contest=imports.NAME, limit=0.040, is_ratio=False),
)


def judge(run: Run) -> list[Verdict]:
    """Hold the goals against the results; what was not measured has no verdict."""
    return [verdict for goal in GOALS if run.size in goal.sizes and (verdict := _judge(goal, run.result(goal.contest)))]


def _judge(goal: Goal, result: Result | None) -> Verdict | None:
    if result is None:
        return None
    if goal.is_ratio:
        measured, unit = result.ratio(goal.row, goal.column, goal.peer), "ratio"
    else:
        row = result.row(goal.row)
        measured, unit = row.median(goal.column or result.columns[0]) if row else None, result.unit
    return Verdict(goal, measured, unit) if measured is not None else None
