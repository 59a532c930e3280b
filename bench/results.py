"""Samples, medians, ratios, and how a run is kept as JSON."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

__all__ = ["CPU_SECONDS", "SECONDS", "Result", "Row", "Run", "Values"]

Values: TypeAlias = dict[str, float]
"""What one measurement gives: a number for each column."""

SECONDS: Final = "seconds"
CPU_SECONDS: Final = "cpu_seconds"

_FORMAT: Final = 1


@dataclass(slots=True)
class Row:
    """The samples of one contender.

    Attributes:
        name: The contender.
        samples: For each column one number a round, from the first round on.
        size_bytes: The size of what it wrote, where that is shown.
        failure: Why it is out, if it is.
        total_seconds: What its samples took, with what stands around them.
    """

    name: str
    samples: dict[str, list[float]] = field(default_factory=dict)
    size_bytes: int | None = None
    failure: str | None = None
    total_seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many samples there are."""
        return max(map(len, self.samples.values()), default=0)

    def add(self, values: Values) -> None:
        """Add one sample."""
        for column, value in values.items():
            self.samples.setdefault(column, []).append(value)

    def median(self, column: str) -> float | None:
        """Return the median of a column; None if it has no samples."""
        samples = self.samples.get(column)
        return statistics.median(samples) if samples else None

    def spread(self, column: str) -> float | None:
        """Return half the distance between the quartiles, as a part of the median; None below three samples."""
        samples = self.samples.get(column, [])
        if len(samples) < 3 or not statistics.median(samples):
            return None
        low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
        return (high - low) / 2 / statistics.median(samples)


@dataclass(slots=True)
class Result:
    """One contest: a measure of a workload.

    Attributes:
        workload, measure: What was measured, on what.
        title: The measure in words.
        unit: `"seconds"` or `"bytes"`, of every column.
        columns: The columns to show; the first is the one that ratios and goals are about.
        peer: The contender that the ratios are to.
        rows: One for each contender.
    """

    workload: str
    measure: str
    title: str
    unit: str
    columns: list[str]
    peer: str
    rows: list[Row]

    @property
    def name(self) -> str:
        """The name that `--only` takes."""
        return f"{self.workload}/{self.measure}"

    def row(self, name: str) -> Row | None:
        """Find the row of a contender."""
        return next((row for row in self.rows if row.name == name), None)

    def ratio(self, name: str, column: str | None = None, peer: str | None = None) -> float | None:
        """Return how many times as much as the peer a contender took: the median of the rounds' ratios.

        Args:
            name: The contender.
            column: Which column. Default: the first.
            peer: Another peer than that of the contest.
        """
        column = column or self.columns[0]
        one, other = self.row(name), self.row(peer or self.peer)
        if one is None or other is None:
            return None
        pairs = zip(one.samples.get(column, ()), other.samples.get(column, ()), strict=False)
        ratios = [mine / its for mine, its in pairs if its]
        return statistics.median(ratios) if ratios else None


@dataclass(slots=True)
class Run:
    """Everything that one call of the benchmarks found.

    Attributes:
        machine: Where it ran: hardware, Python, versions.
        size: `"full"`, `"quick"` or `"smoke"`.
        rounds: Rounds of each contest.
        titles: The name of each workload -> what it is, with its size.
        results: The contests.
        notes: What was left out, and why.
    """

    machine: dict[str, str]
    size: str
    rounds: int
    titles: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def result(self, name: str) -> Result | None:
        """Find a contest by its name, `workload/measure`."""
        return next((result for result in self.results if result.name == name), None)

    def write(self, path: str | Path) -> None:
        """Write all samples as JSON."""
        text = json.dumps({"format": _FORMAT} | asdict(self), indent=1, ensure_ascii=False)
        Path(path).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: str | Path) -> Run:
        """Read what `write` wrote.

        Raises:
            ValueError: It is another version's.
        """
        content: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        if content.pop("format", None) != _FORMAT:
            raise ValueError(f"{path} is not of the format {_FORMAT}: measure again")
        results = [Result(**{**kept, "rows": [Row(**row) for row in kept["rows"]]}) for kept in content.pop("results")]
        return cls(**content, results=results)
