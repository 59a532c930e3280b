"""Run the attacks: `python -m attacks.run [--loader onggi|pickle] [-k PART] [-j N] [--timeout SECONDS] [-v]`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING

from attacks.case import UNTRIED
from attacks.catalogue import CASES
from attacks.outcome import faults, is_as_declared, seen
from attacks.pool import Pool, grouped, missing_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attacks.case import Case
    from attacks.outcome import Outcome


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m attacks.run", description="Run the hostile pickles.")
    parser.add_argument("--loader", choices=("onggi", "pickle"), default="onggi")
    parser.add_argument("-k", dest="part", default="", help="only cases whose name or technique contains this")
    parser.add_argument("-j", dest="workers", type=int, default=2, help="worker processes (2)")
    parser.add_argument("--timeout", type=float, default=10.0, help="wall time of one case in seconds (10)")
    parser.add_argument("--list", action="store_true", help="list the cases and what they do, and run nothing")
    parser.add_argument("-v", dest="verbose", action="store_true", help="print the messages too")
    return parser.parse_args(argv)


def _selected(part: str, loader: str) -> list[Case]:
    found = [case for case in CASES.values() if part in case.name or part in case.technique]
    tried = [case for case in found if missing_module(case) is None]
    return [case for case in tried if loader != "pickle" or UNTRIED not in case.plain]


def _row(case: Case, outcome: Outcome, loader: str) -> tuple[bool, str]:
    if loader == "pickle":
        good = is_as_declared(case, outcome)
        problem = "" if good else f"declared {' or '.join(case.plain)}"
    else:
        found = faults(case, outcome)
        good, problem = not found, "; ".join(found)
    detail = outcome.error or outcome.exit_status
    figures = f"{outcome.seconds:6.2f} s {outcome.grown_bytes >> 20:5d} MiB"
    mark = "ok  " if good else "FAIL"
    return good, f"{mark} {case.name:58.58} {seen(outcome):8} {figures}  {detail:18.18} {problem}".rstrip()


def _outcomes(cases: list[Case], options: argparse.Namespace) -> Iterator[tuple[Case, Outcome]]:
    groups = list(grouped(cases, 40 if options.loader == "onggi" else 1))
    with Pool(options.workers) as pool:
        futures = [pool.submit(group, options.loader, options.timeout) for group in groups]
        for group, future in zip(groups, futures, strict=True):
            yield from zip(group, future.result(), strict=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print; return 1 if any case fails."""
    options = _arguments(argv)
    cases = _selected(options.part, options.loader)
    if options.list:
        for case in cases:
            print(f"{case.name:58.58} {case.technique}: {case.effect}")
        return 0
    words: Counter[str] = Counter()
    failed = 0
    for case, outcome in _outcomes(cases, options):
        good, row = _row(case, outcome, options.loader)
        failed += not good
        words[seen(outcome)] += 1
        print(row, flush=True)
        if options.verbose and outcome.message:
            print("     " + outcome.message.replace("\n", "\n     "))
    techniques = len({case.technique for case in cases})
    print(f"{len(cases)} cases, {techniques} techniques, {failed} failed:", dict(words.most_common()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
