"""What an import costs, each time in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
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
    """Measure the imports; each module was imported before, so that nothing has to be compiled from its source."""
    workload, _, measure = NAME.partition("/")
    title = "`import`, in a fresh process"
    with tempfile.TemporaryDirectory() as cache:
        entrants = [_entrant(module, cache) for module in _MODULES if find_spec(module)]
        rows = compete(entrants, rounds, on_round=on_round)
    return Result(workload, measure, title, "seconds", [SECONDS], "pickle", rows)


def _entrant(module: str, cache: str) -> Entrant:
    def check() -> None:
        _time_import(module, cache)

    return Entrant(module, partial(_time_import, module, cache), check)


def _time_import(module: str, cache: str) -> Values:
    command = [sys.executable, "-c", _CODE.format(module=module)]
    # Whatever the caller's own settings say, compiled files are kept, and not beside the sources.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    return {SECONDS: float(done.stdout)}
