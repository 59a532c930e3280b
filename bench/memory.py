"""Resident and peak memory, each measured in a fresh process (`bench.child`)."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from bench.harness import ChildError, Entrant
from bench.place import PROJECT, Place, remove
from bench.results import Values
from bench.workloads import Size, Workload

__all__ = [
    "DUMP_COLUMNS",
    "LOAD_COLUMNS",
    "Task",
    "entrant",
    "give_back_free",
    "peak_bytes",
    "resident_bytes",
    "start_peak",
]

LOAD_COLUMNS: Final = ("loaded", "peak of the load", "first element read", "all read")
DUMP_COLUMNS: Final = ("peak over the object", "the object")

Verb: TypeAlias = Literal["load", "dump"]


@dataclass(frozen=True, slots=True)
class Task:
    """What a child measures.

    Attributes:
        verb: `"load"` or `"dump"`.
        contender, workload, size: Who, what, how large.
        file: The file to load, or to write.
        warm_file: A small one of the same kind, to import and cache what is needed once, before measuring.
        key_path: Where the key for seals lies.
    """

    verb: Verb
    contender: str
    workload: str
    size: Size
    file: str
    warm_file: str
    key_path: str


def entrant(
    verb: Verb, contender: str, workload: Workload, size: Size, place: Place, file: Callable[[], str]
) -> Entrant:
    """Make the entrant whose every sample is a process of its own."""

    def sample() -> Values:
        warm_file = place.path(workload.name, contender, "warm")
        task = Task(verb, contender, workload.name, size, file(), warm_file, place.key_path)
        try:
            return _run_child(task)
        finally:
            remove(warm_file)
            if verb == "dump":
                remove(task.file)

    def check() -> None:
        # The child checks nothing that the timings of the same verb have not checked.
        resident_bytes()

    return Entrant(contender, sample, check)


def _run_child(task: Task) -> Values:
    command = [sys.executable, "-m", "bench.child", json.dumps(asdict(task))]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildError((done.stderr.strip().splitlines() or ["the process died"])[-1])
    values: Values = json.loads(done.stdout.splitlines()[-1])
    return values


# ---------------------------------------------------------------------------------------------------- of this process


def resident_bytes() -> int:
    """Return the resident memory of this process, with the pages of files that it has touched.

    Raises:
        OSError: The system does not tell (only Linux does).
    """
    return _kilobytes("/proc/self/smaps_rollup", "Rss")


def peak_bytes() -> int:
    """Return the most resident memory that this process had since `start_peak`."""
    return max(_kilobytes("/proc/self/status", "VmHWM"), resident_bytes())


def start_peak() -> None:
    """Forget the peak so far."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def give_back_free() -> None:
    """Give freed memory back to the system, so that using it again shows."""
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


def _kilobytes(path: str, name: str) -> int:
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    raise OSError(f"{os.path.basename(path)} has no line {name}")
