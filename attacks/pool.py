"""Hand cases to worker processes, and judge what comes back."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from attacks.case import CRASH, DATA, ERROR, HANG, IMPORTED, LOADED, LOST, MEMORY, POLLUTED, RAN, UNTRIED, Case
from attacks.worker import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
MAX_GROWN_BYTES = 512 << 20
MAX_SECONDS = 5.0
TIMEOUT_SECONDS = 10.0


class Worker:
    """One worker process; starts at the first case, and again if it was lost."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
            environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **_ONE_THREAD}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "attacks.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env=environment,
            )
        return self._process

    def run(self, case: Case, loader: str = "onggi", timeout_seconds: float = TIMEOUT_SECONDS) -> Outcome:
        """Run one case and return what it did."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        request = {"name": case.name, "loader": loader, "timeout_seconds": timeout_seconds}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        return Outcome(**json.loads(line)) if line else Outcome(case.name, "crash", exit_status="took the worker along")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()


_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A forked child has no threads; without them it misses none, and its address space is smaller."""


def run_all(cases: Iterable[Case], loader: str, timeout_seconds: float, workers: int) -> Iterator[tuple[Case, Outcome]]:
    """Run cases in several workers at once, in the order given."""
    idle: SimpleQueue[Worker] = SimpleQueue()
    everyone = [Worker() for _ in range(workers)]
    for worker in everyone:
        idle.put(worker)

    def run(case: Case) -> tuple[Case, Outcome]:
        worker = idle.get()
        try:
            return case, worker.run(case, loader, timeout_seconds)
        finally:
            idle.put(worker)

    try:
        with ThreadPoolExecutor(workers) as threads:
            yield from threads.map(run, cases)
    finally:
        for worker in everyone:
            worker.close()


def missing_module(case: Case) -> str | None:
    """Name a module that the case needs and that is not here."""
    return next((name for name in case.needs if importlib.util.find_spec(name) is None), None)


def seen(outcome: Outcome) -> str:
    """Say in one word what the load did, the worst first."""
    if outcome.ran:
        return RAN
    if outcome.status == "lost":
        return LOST
    if outcome.status in ("crash", "hang"):
        return CRASH if outcome.status == "crash" else HANG
    if outcome.grown_bytes > MAX_GROWN_BYTES or "MemoryError" in outcome.error_bases:
        return MEMORY
    if outcome.changes:
        return POLLUTED
    if outcome.imported:
        return IMPORTED
    return LOADED if outcome.status == "loaded" else ERROR


def faults(case: Case, outcome: Outcome) -> list[str]:
    """List what is wrong with onggi's answer; an empty list is a pass."""
    found = []
    if outcome.ran:
        found.append("code ran")
    if outcome.status in ("crash", "hang", "lost"):
        return [*found, f"{outcome.status} ({outcome.exit_status}) after {outcome.seconds:.1f} s"]
    if not _is_right_answer(case, outcome):
        got = outcome.error or f"loaded {outcome.message}".strip()
        found.append(f"expected {' or '.join(case.verdict)}, got {got}")
    if outcome.status == "error" and not outcome.message.strip():
        found.append("the error says nothing")
    if outcome.status == "loaded" and not outcome.checked:
        found.append("loaded, but not as the data it should be")
    return found + _side_effects(outcome)


def _is_right_answer(case: Case, outcome: Outcome) -> bool:
    if outcome.status == "loaded":
        return DATA in case.verdict
    return "OnggiError" in outcome.error_bases and any(name in outcome.error_bases for name in case.verdict)


def _side_effects(outcome: Outcome) -> list[str]:
    found = []
    foreign = [name for name in outcome.imported if name.partition(".")[0] != "onggi"]
    if outcome.changes:
        found.append(f"changed {', '.join(outcome.changes[:5])}")
    if foreign:
        found.append(f"imported {', '.join(foreign[:5])}")
    if outcome.grown_bytes > MAX_GROWN_BYTES:
        found.append(f"grew by {outcome.grown_bytes >> 20} MiB")
    if outcome.seconds > MAX_SECONDS:
        found.append(f"took {outcome.seconds:.1f} s")
    return found


_ALIKE = {HANG: MEMORY, MEMORY: HANG, IMPORTED: LOADED}
"""What runs out first, time or memory, is up to the machine; what is imported along the way, to the Python."""


def is_as_declared(case: Case, outcome: Outcome) -> bool:
    """Tell whether plain pickle did what the case says it does."""
    word = seen(outcome)
    if word == IMPORTED and outcome.status == "error" and ERROR in case.plain:
        return True
    return UNTRIED in case.plain or word in case.plain or _ALIKE.get(word) in case.plain
