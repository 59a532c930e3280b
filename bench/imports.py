"""What an import costs, each time in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Final

from bench.harness import Entrant, compete
from bench.place import PROJECT
from bench.results import SECONDS, Result, Values

__all__ = ["NAME", "contest"]

NAME: Final = "import/time"

_MODULES: Final = ("onggi", "pickle", "cloudpickle", "joblib", "numpy")
_CODE: Final = "import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"


def contest(rounds: int, on_round: Callable[[int], None]) -> Result:
    """Measure the imports."""
    entrants = [_entrant(module) for module in _MODULES if find_spec(module)]
    workload, _, measure = NAME.partition("/")
    title = "`import`, in a fresh process"
    return Result(
        workload, measure, title, "seconds", [SECONDS], "pickle", compete(entrants, rounds, on_round=on_round)
    )


def _entrant(module: str) -> Entrant:
    def check() -> None:
        # The first import of all may have to compile.
        _time_import(module)

    return Entrant(module, partial(_time_import, module), check)


def _time_import(module: str) -> Values:
    command = [sys.executable, "-c", _CODE.format(module=module)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return {SECONDS: float(done.stdout)}
