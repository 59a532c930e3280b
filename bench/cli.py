"""Options and flow."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bench import imports, machine
from bench.harness import compete
from bench.measures import MEASURES, Measure, Stage
from bench.page import write_page
from bench.place import Place, open_place
from bench.report import print_run
from bench.results import Result, Run
from bench.workloads import SIZES, WORKLOADS, Size, Workload

__all__ = ["main", "measure_all"]

_ROUNDS: Final[dict[Size, int]] = {"full": 7, "quick": 5, "smoke": 1}
# What a contender may take in one contest before it gives no more than three samples.
_BUDGET_SECONDS: Final = 20.0
# Files of the measures that load lie beside each other; and a dump adds one.
_FILES_AT_ONCE: Final = 6
_SPARE_BYTES: Final = 2**30


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks."""
    options = _parser().parse_args(arguments)
    if options.render:
        runs = [Run.read(path) for path in options.render]
    else:
        runs = [_measure(options)]
        if options.json:
            runs[0].write(options.json)
    for run in runs:
        print_run(run)
    if options.write_docs:
        write_page(runs)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure onggi against its peers.")
    parser.add_argument("--size", choices=SIZES, default="full", help="how much data; smoke says nothing about speed")
    parser.add_argument("--quick", dest="size", action="store_const", const="quick", help="the same as --size quick")
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        default=[],
        help=f"a workload ({', '.join(one.name for one in WORKLOADS)}), a measure ({', '.join(MEASURES)}), "
        f"workload/measure, or {imports.NAME}; may be repeated",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each contest (default: by size, 7, 5 or 1)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all samples to a file")
    parser.add_argument("--folder", metavar="DIR", type=Path, help="where to make the temporary folder")
    parser.add_argument(
        "--render", metavar="FILE", type=Path, nargs="+", help="measure nothing; show runs kept by --json"
    )
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/benchmarks.md")
    return parser


def _measure(options: argparse.Namespace) -> Run:
    unknown = [name for name in options.only if not any(_is_wanted(one, [name]) for one in _contests())]
    if unknown:
        raise SystemExit(f"there is no {', '.join(unknown)}; --help names all workloads and measures")
    with open_place(options.folder) as place:
        return measure_all(options.size, options.rounds or _ROUNDS[options.size], options.only, place)


def measure_all(size: Size, rounds: int, only: Sequence[str], place: Place) -> Run:
    """Run all contests that are wanted.

    Args:
        size: How much data.
        rounds: Rounds of each contest.
        only: Names of workloads, measures, or contests; nothing means all.
        place: Where to write.
    """
    before = machine.load_average()
    run = Run(machine.describe(place.folder), size, rounds)
    for workload in WORKLOADS:
        measures = [name for name in workload.measures if _is_wanted(f"{workload.name}/{name}", only)]
        if not measures:
            continue
        if obstacle := _obstacle(workload, size, place):
            run.notes.append(f"{workload.name} was left out: {obstacle}")
            continue
        run.titles[workload.name] = workload.describe(size)
        stage = Stage(workload, size, place)
        run.results += [_contest(stage, MEASURES[name], rounds) for name in measures]
        place.clear()
    if _is_wanted(imports.NAME, only):
        run.titles["import"] = "what a program pays before it does anything"
        run.results.append(imports.contest(rounds, _teller(imports.NAME, rounds)))
    run.machine["load average"] = f"{before} before, {machine.load_average()} after"
    run.machine["onggi"] = f"{run.machine['onggi'].partition(',')[0]}, {machine.build_of_onggi()}"
    return run


def _contest(stage: Stage, measure: Measure, rounds: int) -> Result:
    rounds = min(rounds, measure.max_rounds or rounds)
    peer = measure.peer_for(stage.workload)
    result = Result(stage.workload.name, measure.name, measure.title, measure.unit, list(measure.columns), peer, [])
    tell = _teller(result.name, rounds)
    folder = f"{stage.place.folder}/"
    result.rows = compete(list(measure.entrants(stage)), rounds, budget_seconds=_BUDGET_SECONDS, on_round=tell)
    for row in result.rows:
        row.failure = row.failure and row.failure.replace(folder, "")
    return result


def _contests() -> list[str]:
    return [f"{workload.name}/{name}" for workload in WORKLOADS for name in workload.measures] + [imports.NAME]


def _is_wanted(contest: str, only: Sequence[str]) -> bool:
    return not only or any(name in (contest, *contest.split("/")) for name in only)


def _obstacle(workload: Workload, size: Size, place: Place) -> str | None:
    missing = [name for name in workload.needs if not find_spec(name)]
    if missing:
        return f"{', '.join(missing)} is not installed"
    wanted = _FILES_AT_ONCE * workload.file_bytes(size) + _SPARE_BYTES
    if place.free_bytes() < wanted:
        return f"{wanted / 1e9:.1f} GB on the disk are needed, and {place.free_bytes() / 1e9:.1f} GB are free"
    memory = machine.available_memory_bytes()
    if memory is not None and memory < wanted:
        return f"{wanted / 1e9:.1f} GB of memory are needed, and {memory / 1e9:.1f} GB are free"
    return None


def _teller(name: str, rounds: int) -> Callable[[int], None]:
    def tell(number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{name}: round {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)

    if not sys.stderr.isatty():
        print(name, file=sys.stderr, flush=True)
    return tell
