"""The results as tables: on the terminal (by rich, where it is installed) and as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

from bench.goals import Verdict, judge
from bench.results import Result, Row, Run

__all__ = ["Table", "amount", "duration", "markdown", "print_run", "ratio", "table_of", "verdict_table"]

_UNITS: Final = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"))
_NOTHING: Final = "–"
_FAILED: Final = "failed"
_PLAIN_WIDTH: Final = 120


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text; the first column is aligned left, the others right. Rows may be too short.

    Attributes:
        title: What stands above it.
        headers, rows: The cells.
        notes: What stands below it.
    """

    title: str
    headers: list[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)


# ------------------------------------------------------------------------------------------------------------- numbers


def duration(seconds: float | None) -> str:
    """Write a time with three digits."""
    if seconds is None:
        return _NOTHING
    for factor, unit in _UNITS:
        if abs(seconds) >= factor:
            return f"{_three_digits(seconds / factor)} {unit}"
    return "0 s" if not seconds else f"{seconds * 1e9:.2f} ns"


def amount(size: float | None) -> str:
    """Write a number of bytes with three digits."""
    if size is None:
        return _NOTHING
    for factor, unit in _SIZES:
        if size >= factor:
            return f"{_three_digits(size / factor)} {unit}"
    return f"{size:.0f} B"


def ratio(value: float | None) -> str:
    """Write how many times as much."""
    if value is None:
        return _NOTHING
    return f"{value:.3f}×" if value < 0.1 else f"{_three_digits(value)}×"


def _three_digits(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 9.995 else f"{value:.1f}" if abs(value) < 99.95 else f"{value:,.0f}"


def _percent(part: float | None) -> str:
    return _NOTHING if part is None else f"±{part * 100:.0f} %"


# -------------------------------------------------------------------------------------------------------------- tables


def table_of(result: Result) -> Table:
    """Make the table of one contest."""
    shows_sizes = any(row.size_bytes is not None for row in result.rows)
    values = ["median", "spread"] if result.unit == "seconds" else list(result.columns)
    headers = ["", *values, f"to {result.peer}", *(["size"] if shows_sizes else [])]
    rows = [_line(result, row, shows_sizes) for row in result.rows]
    notes = [f"{row.name}: {row.failure}" for row in result.rows if row.failure]
    return Table(f"{result.name}: {result.title}", headers, rows, notes)


def _line(result: Result, row: Row, shows_sizes: bool) -> list[str]:
    if row.failure:
        return [row.name, _FAILED]
    write = duration if result.unit == "seconds" else amount
    cells = [write(row.median(column)) for column in result.columns]
    if result.unit == "seconds":
        cells.append(_percent(row.spread(result.columns[0])))
    size = [amount(row.size_bytes)] if shows_sizes else []
    return [row.name, *cells, ratio(result.ratio(row.name)), *size]


def verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """Make the table of the goals."""
    write = {"seconds": duration, "bytes": amount, "ratio": ratio}
    rows = [
        [
            one.goal.promise,
            write[one.unit](one.goal.limit),
            write[one.unit](one.measured),
            "yes" if one.is_met else "NO",
        ]
        for one in verdicts
    ]
    return Table("Goals", ["", "limit", "measured", "met"], rows)


def markdown(table: Table) -> str:
    """Write a table as Markdown that can be read as it stands, too."""
    count = len(table.headers)
    rows = [[*row, *[""] * (count - len(row))] for row in table.rows]
    widths = [max(len(row[column]) for row in [table.headers, *rows]) for column in range(count)]
    rule = [":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])]
    lines = [_joined(table.headers, widths), f"|{'|'.join(rule)}|", *(_joined(row, widths) for row in rows)]
    return "\n".join([*lines, *(f"\n{note}" for note in table.notes)])


def _joined(cells: list[str], widths: list[int]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    aligned = [
        escaped[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(escaped[1:], widths[1:], strict=True)),
    ]
    return f"| {' | '.join(aligned)} |"


# ------------------------------------------------------------------------------------------------------------ terminal


def print_run(run: Run, stream: TextIO | None = None) -> None:
    """Print the facts, all tables, and the goals."""
    stream = stream or sys.stdout
    for name, fact in run.machine.items():
        print(f"{name}: {fact}", file=stream)
    for name, title in run.titles.items():
        print(f"\n{name}: {title}", file=stream)
        for result in run.results:
            if result.workload == name:
                print_table(table_of(result), stream)
    for note in run.notes:
        print(f"note: {note}", file=stream)
    if verdicts := judge(run):
        print_table(verdict_table(verdicts), stream)


def print_table(table: Table, stream: TextIO) -> None:
    """Print one table."""
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table as RichTable
        from rich.text import Text
    except ImportError:
        print(f"\n{table.title}\n\n{markdown(table)}", file=stream)
        return
    shown = RichTable(box=box.SIMPLE_HEAD)
    for index, header in enumerate(table.headers):
        shown.add_column(Text(header), justify="right" if index else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*map(Text, row))
    console = Console(file=stream)
    if not console.is_terminal:
        # A file has no width; by default rich would fold the names of the contenders.
        console = Console(file=stream, width=_PLAIN_WIDTH)
    console.print(Text(f"\n{table.title}", style="bold"), shown, sep="\n")
    for note in table.notes:
        console.print(Text(f"  {note}"))
