"""The process that reads the files: one line of JSON in for each file, one out.

It has a bound on its memory, and who asked ends it when a file takes too long. It imports onggi and nothing that a file
names. What goes back is JSON, so that not even a reader that a file has broken could make its caller build something.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, BinaryIO

from onggi.inspect.scanning.one_file import scan_one
from onggi.inspect.scanning.report import report_data, unreadable
from onggi.proof import Limits, Policy

__all__ = ["limits_data", "main"]


def limits_data(limits: Limits) -> dict[str, int]:
    """Return limits as plain values."""
    return dict(limits.__dict__)


def main() -> None:
    """Read the options, then scan file after file until the input ends."""
    source, target = sys.stdin.buffer, _own_stdout()
    options = json.loads(source.readline())
    policy = Policy(tuple(options["allow"]), trust=options["trust"])
    limits = Limits(**options["limits"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller ends this process
    _bound_memory(options["max_memory_bytes"])
    for line in source:
        _answer(json.loads(line), policy, limits, target)


def _answer(path: str, policy: Policy, limits: Limits, target: BinaryIO) -> None:
    try:
        report = scan_one(path, path, policy, limits)
    except RecursionError:
        report = unreadable(path, "reader-failed", "is nested too deeply for the reader")
    except Exception as error:  # the scan goes on, and says so
        words = f"made the reader fail by a mistake of onggi ({type(error).__name__}): please report it"
        report = unreadable(path, "reader-failed", words)
    target.write(json.dumps(report_data(report)).encode() + b"\n")
    target.flush()


def _own_stdout() -> BinaryIO:
    """Keep the way back for the answers: what else writes to stdout goes nowhere."""
    kept = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return kept


def _bound_memory(max_bytes: int) -> None:
    """Bound what the process may allocate; mapped files do not count (Linux; elsewhere it is a wish)."""
    try:
        import resource
    except ImportError:
        return
    wanted: Any = max_bytes
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    except (OSError, ValueError):
        return
