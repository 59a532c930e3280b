"""Scan files and folders: every pickle in every file, whatever carries it, and what it would do."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from onggi.errors import PolicyError
from onggi.inspect.scanning.folders import Selection
from onggi.inspect.scanning.report import ScanFinding, ScanReport
from onggi.inspect.scanning.verdicts import ScanVerdict
from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY
from onggi.proof.policy import join, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from onggi.proof import Limits, Policy
    from onggi.proof.policy import Allowed

    Path = str | os.PathLike[str]

__all__ = [
    "DEFAULT_MEMORY_BYTES",
    "DEFAULT_TIMEOUT_SECONDS",
    "ScanFinding",
    "ScanReport",
    "ScanVerdict",
    "scan",
    "scan_files",
]

DEFAULT_TIMEOUT_SECONDS: Final = 120.0
DEFAULT_MEMORY_BYTES: Final = 4 * 2**30


def scan(
    source: Path | Iterable[Path] | BinaryIO | bytes | bytearray | memoryview,
    *,
    policy: Policy | None = None,
    allow: Iterable[Allowed] | Allowed = (),
    limits: Limits | None = None,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    hidden: bool = True,
    jobs: int | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    max_memory_bytes: int = DEFAULT_MEMORY_BYTES,
) -> Iterator[ScanReport]:
    """Scan files and folders for what their pickles would do. Nothing of a file is imported, built or run.

    Every file is read, whatever its name: pickles of any protocol, one or several; joblib, PyTorch and numpy files;
    compressed files and archives of these; and pickles in the bytes of pickles. Each file is read in a process of its
    own with a bound on time and memory; a file that goes over it is `"unreadable"`, and the scan goes on.

    Args:
        source: A path, several, a binary file, or bytes. Folders are scanned with all that is below them; links in them
            are not followed. A binary file or bytes are scanned in this process.
        policy: What you trust; the verdicts are by this policy. Default: plain values and known library types.
        allow: Classes, functions and patterns that you trust besides, as in `onggi.load`.
        limits: How much a pickle may ask for. Default: those of the policy, or `onggi.Limits()`.
        include: Patterns of names or paths below a folder, such as `"*.pkl"`: only these files are scanned.
        exclude: Patterns of files and folders that are not.
        hidden: Whether to scan what begins with a dot. Folders of version control, such as `.git`, never are.
        jobs: How many processes read at once. Default: one for each processor. 0: read in this process, without a bound
            on time and memory.
        timeout_seconds: How long one file may take.
        max_memory_bytes: How much memory reading a file may take, on Linux; what is mapped does not count.

    Yields:
        One report for each file, in the order of the paths and names.

    Raises:
        PolicyError: A pattern or a number makes no sense.

    Examples:
        >>> import onggi, pickle
        >>> for report in onggi.scan(pickle.dumps([1, 2])):
        ...     print(report.verdict)
        data
    """
    trusted = (policy or DEFAULT_POLICY) | join(allow)
    limits = limits or trusted.limits or DEFAULT_LIMITS
    if timeout_seconds <= 0 or max_memory_bytes <= 0 or (jobs is not None and jobs < 0):
        raise PolicyError("a time, a size and a number of jobs are positive")
    if hasattr(source, "read") or isinstance(source, bytes | bytearray | memoryview):
        return _scan_content(source, trusted, limits)
    paths = [source] if isinstance(source, str | os.PathLike) else source
    selection = Selection(tuple(include), tuple(exclude), hidden)
    files = selection.files(os.fspath(path) for path in paths)
    return scan_files(files, trusted, limits, jobs, timeout_seconds, max_memory_bytes)


def scan_files(
    files: Iterable[str | ScanReport],
    policy: Policy,
    limits: Limits,
    jobs: int | None,
    timeout_seconds: float,
    max_memory_bytes: int,
) -> Iterator[ScanReport]:
    """Scan the files of a `Selection`; the options are those of `scan`."""
    jobs = _jobs(jobs)
    if not jobs:
        return _scan_here(files, policy, limits)
    return _scan_there(files, policy, limits, jobs, timeout_seconds, max_memory_bytes)


def _jobs(wanted: int | None) -> int:
    if not sys.executable or getattr(sys, "frozen", False):
        return 0  # there is no interpreter to start
    if wanted is not None:
        return wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _scan_content(source: Any, policy: Policy, limits: Limits) -> Iterator[ScanReport]:
    from onggi.inspect.scanning.one_file import scan_one

    name = getattr(source, "name", "")
    yield scan_one(source, name if isinstance(name, str) else "", policy, limits)


def _scan_here(files: Iterable[str | ScanReport], policy: Policy, limits: Limits) -> Iterator[ScanReport]:
    from onggi.inspect.scanning.one_file import scan_one

    for file in files:
        yield scan_one(file, file, policy, limits) if isinstance(file, str) else file


def _scan_there(
    files: Iterable[str | ScanReport],
    policy: Policy,
    limits: Limits,
    jobs: int,
    timeout_seconds: float,
    max_memory_bytes: int,
) -> Iterator[ScanReport]:
    from onggi.inspect.scanning.pool import Pool
    from onggi.inspect.scanning.worker import limits_data

    options: dict[str, object] = {
        "allow": [pattern_of(item) for item in policy.allow],
        "trust": policy.trust,
        "limits": limits_data(limits),
        "max_memory_bytes": max_memory_bytes,
    }
    with Pool(options, jobs, timeout_seconds) as pool:
        yield from pool.scan(files)


ScanFinding.__module__ = ScanReport.__module__ = ScanVerdict.__module__ = scan.__module__ = "onggi"
