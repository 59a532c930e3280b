"""Scan files in processes of their own, several at once, each with a bound on time and memory.

They are plain subprocesses and none of `multiprocessing`: that would import the caller's main script again, and send
objects as pickles. A thread for each process asks and waits, and a timer ends the process that takes too long.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from onggi.inspect.scanning.report import ScanReport, report_of, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

__all__ = ["Pool"]

_AHEAD: Final = 16
"""How many files for each process may be under way or waiting for those before them."""

_MAX_ANSWER_BYTES: Final = 16 * 2**20
_CODE: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from onggi.inspect.scanning.worker import main; main()"
)


class Pool:
    """Processes that scan.

    Args:
        options: What each is told: `allow`, `trust`, `limits` and `max_memory_bytes`.
        jobs: How many.
        timeout_seconds: How long one file may take.
    """

    def __init__(self, options: dict[str, object], jobs: int, timeout_seconds: float) -> None:
        self._greeting = json.dumps(options).encode() + b"\n"
        self._jobs = jobs
        self._timeout_seconds = timeout_seconds
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._alive: set[_Process] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="onggi-scan")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        with self._lock:
            self._is_closed = True
            alive = list(self._alive)
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in alive:
            process.end()
        self._threads.shutdown(wait=True)

    def scan(self, files: Iterable[str | ScanReport]) -> Iterator[ScanReport]:
        """Yield the report of each file, in their order; what is a report already is passed on."""
        waiting: deque[Future[ScanReport] | ScanReport] = deque()
        for file in files:
            waiting.append(self._threads.submit(self._scan, file) if isinstance(file, str) else file)
            while waiting and (len(waiting) >= self._jobs * _AHEAD or _is_done(waiting[0])):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())

    def _scan(self, path: str) -> ScanReport:
        process = self._take()
        answer = process.ask(path, self._timeout_seconds)
        if answer is None:
            self._drop(process)
            return process.last_words(path)
        report = report_of(answer)
        if any(finding.rule == "too-large" for finding in report.findings):
            self._drop(process)  # what it could not free stays with it
        else:
            self._idle.put(process)
        return report

    def _take(self) -> _Process:
        with suppress(Exception):
            return self._idle.get_nowait()
        process = _Process(self._greeting)
        with self._lock:
            self._alive.add(process)
            if self._is_closed:
                process.end()
        return process

    def _drop(self, process: _Process) -> None:
        process.end()
        with self._lock:
            self._alive.discard(process)


def _is_done(one: Future[ScanReport] | ScanReport) -> bool:
    return isinstance(one, ScanReport) or one.done()


def _result(one: Future[ScanReport] | ScanReport) -> ScanReport:
    return one if isinstance(one, ScanReport) else one.result()


class _Process:
    """One process that scans a file at a time."""

    def __init__(self, greeting: bytes) -> None:
        paths = [path for path in sys.path if path and os.path.isabs(path)]
        # -P: nothing of the current folder, which may be the one that is scanned, is ever imported.
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and words of our own
            [sys.executable, "-P", "-c", _CODE, json.dumps(paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._greeting = greeting
        self._is_late = False

    def ask(self, path: str, timeout_seconds: float) -> dict[str, object] | None:
        """Have a file scanned; None if the process ended before it answered."""
        timer = threading.Timer(timeout_seconds, self._end_late)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(path)
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()

    def _exchange(self, path: str) -> dict[str, object] | None:
        source, target = self._process.stdout, self._process.stdin
        if source is None or target is None:
            return None
        target.write(self._greeting + json.dumps(path).encode() + b"\n")
        self._greeting = b""
        target.flush()
        line = source.readline(_MAX_ANSWER_BYTES)
        found: dict[str, object] | None = json.loads(line) if line.endswith(b"\n") else None
        return found

    def _end_late(self) -> None:
        self._is_late = True
        self._process.kill()

    def last_words(self, path: str) -> ScanReport:
        """Say why there was no answer."""
        if self._is_late:
            words = "took longer to read than the time limit"
            return unreadable(path, "too-slow", words, next_step="scan it with a larger --timeout")
        code = self._process.returncode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
        words = f"ended the process that read it, {how}: it was cut short while it was read, or memory ran out"
        return unreadable(path, "reader-failed", words)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        with suppress(OSError, ValueError):
            self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):
                if stream is not None:
                    stream.close()
