"""Fuzz: `python -m fuzz [--seconds 60] [--runs N] [--engine auto|atheris|plain] [TARGET ...]`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path

from fuzz.engine import FOLDER, fuzz
from fuzz.target import NAMES, load_target


def main() -> int:
    """Fuzz the targets one after the other; the exit status says whether something was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"some of: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--seconds", type=float, default=60, help="time for all targets together")
    parser.add_argument("--runs", type=int, help="inputs for each target, if they are tried in less time")
    parser.add_argument("--engine", choices=("auto", "atheris", "plain"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    unknown = set(options.targets) - set(NAMES)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    names = options.targets or NAMES
    has_atheris = importlib.util.find_spec("atheris") is not None
    engine = options.engine if options.engine != "auto" else "atheris" if has_atheris else "plain"
    bad = 0
    for name in names:
        if engine == "atheris" and load_target(name).is_guided:
            from fuzz.guided import fuzz_guided

            result = fuzz_guided(name, seconds=options.seconds / len(names), runs=options.runs, seed=options.seed)
        else:
            result = fuzz(name, seconds=options.seconds / len(names), runs=options.runs, seed=options.seed)
        _count(FOLDER / "counts.json", name, result.executions)
        print(f"{name:<13} {result.executions:>12,} executions  {len(result.findings)} findings", flush=True)
        for finding in result.findings:
            print(f"    {finding}", flush=True)
        bad += len(result.findings)
    return 1 if bad else 0


def _count(path: Path, name: str, executions: int) -> None:
    """Add to the totals."""
    totals = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    totals[name] = totals.get(name, 0) + executions
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(totals, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
