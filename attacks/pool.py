"""Hand cases to worker processes."""

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

from attacks.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from attacks.case import Case

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 10.0
GROUP = 40
"""Cases in one request: as many may share a child."""

_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A forked child has no threads; without them it misses none, and its address space is smaller."""


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

    def run(
        self, cases: Sequence[Case], loader: str = "onggi", timeout_seconds: float = TIMEOUT_SECONDS
    ) -> list[Outcome]:
        """Run cases and return what each did."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        request = {"names": [case.name for case in cases], "loader": loader, "timeout_seconds": timeout_seconds}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        outcomes = []
        for case in cases:
            line = process.stdout.readline()
            outcomes.append(Outcome(**json.loads(line)) if line else Outcome(case.name, exit_status="no worker"))
        return outcomes

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None


class Pool:
    """Several workers, each with a case or a group of cases at a time."""

    def __init__(self, workers: int = 2) -> None:
        self._workers = [Worker() for _ in range(workers)]
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(workers)

    def submit(
        self, cases: Sequence[Case], loader: str = "onggi", timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Future[list[Outcome]]:
        """Run a group of cases as soon as a worker is idle."""
        return self._threads.submit(self._run, cases, loader, timeout_seconds)

    def _run(self, cases: Sequence[Case], loader: str, timeout_seconds: float) -> list[Outcome]:
        worker = self._idle.get()
        try:
            return worker.run(cases, loader, timeout_seconds)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """Drop what was not started and end the workers."""
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers."""
        self.close()


def grouped(cases: Sequence[Case], size: int = GROUP) -> Iterator[Sequence[Case]]:
    """Cut a list of cases into groups."""
    for start in range(0, len(cases), size):
        yield cases[start : start + size]


def missing_module(case: Case) -> str | None:
    """Name a module that the case needs and that is not here."""
    return next((name for name in case.needs if importlib.util.find_spec(name) is None), None)
