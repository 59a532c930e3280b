"""Write the results into docs/benchmarks.md, between its markers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bench.goals import judge
from bench.place import PROJECT
from bench.report import markdown, table_of, verdict_table
from bench.results import Run

__all__ = ["PAGE", "page_part", "replace_part", "write_page"]

PAGE: Final = PROJECT / "docs" / "benchmarks.md"

_BEGIN: Final = "<!-- bench: begin; written by `python -m bench --write-docs` -->"
_END: Final = "<!-- bench: end -->"


def write_page(runs: Iterable[Run], path: Path = PAGE) -> None:
    """Put the tables of some runs into the page.

    Raises:
        ValueError: The page has no markers.
    """
    text = path.read_text(encoding="utf-8")
    path.write_text(replace_part(text, "\n\n".join(map(page_part, runs))), encoding="utf-8")


def replace_part(text: str, part: str) -> str:
    """Return the text of the page with another part between the markers.

    Raises:
        ValueError: It has no markers.
    """
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the page has no {_BEGIN} and {_END}")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def page_part(run: Run) -> str:
    """Write one run as Markdown."""
    return "\n\n".join(_blocks(run))


def _blocks(run: Run) -> Iterator[str]:
    python = run.machine.get("Python", "Python").partition(",")[0]
    yield f"### {python}"
    if run.size != "full":
        yield f"Made with `--size {run.size}`: small data, of little meaning."
    facts = [*run.machine.items(), ("rounds", f"{run.rounds}")]
    yield "\n".join(f"- {name}: {fact}" for name, fact in facts)
    if verdicts := judge(run):
        yield "#### Goals"
        yield markdown(verdict_table(verdicts))
    for name, title in run.titles.items():
        yield f"#### {name}: {title}"
        for result in run.results:
            if result.workload == name:
                yield f"**{result.measure}**: {result.title}"
                yield markdown(table_of(result))
    if run.notes:
        yield "\n".join(f"- {note}" for note in run.notes)
