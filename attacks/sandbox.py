"""Load hostile pickles in a forked child with capped memory, processor time and wall time."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from attacks import canary, snapshot
from attacks.case import Case
from attacks.outcome import Outcome

HEADROOM_BYTES = 2 << 30
FILE_BYTES = 64 << 20


@dataclass
class Attempt:
    """One load to be made: `source` is the pickle, or the name of the file with it."""

    case: Case
    source: bytes | str


@dataclass
class Setting:
    """How the loads of one child are made; `baseline` is what the worker's modules hold."""

    loader: str
    timeout_seconds: float
    baseline: snapshot.Snapshot


# --- loaders ------------------------------------------------------------------------------------------------------


def _load_by_onggi(case: Case, source: bytes | str) -> Any:
    import onggi

    if isinstance(source, str):
        return onggi.load(source, allow=case.allow)
    return onggi.loads(source, allow=case.allow)


def _open_compressed(path: str) -> IO[bytes]:
    opener = {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma", ".lz4": "lz4.frame", ".zst": "backports.zstd"}
    suffix = Path(path).suffix
    if suffix == ".zlib":
        import zlib

        return io.BytesIO(zlib.decompressobj().decompress(Path(path).read_bytes()))
    if suffix not in opener:
        return open(path, "rb")
    opened: IO[bytes] = importlib.import_module(opener[suffix]).open(path, "rb")
    return opened


def _load_by_pickle(case: Case, source: bytes | str) -> Any:
    import pickle

    if not isinstance(source, str):
        return pickle.loads(source)
    if source.endswith(".joblib"):
        import joblib

        return joblib.load(source)
    with _open_compressed(source) as file:
        return pickle.load(file)


LOADERS: dict[str, Callable[[Case, bytes | str], Any]] = {"onggi": _load_by_onggi, "pickle": _load_by_pickle}


# --- in the child -------------------------------------------------------------------------------------------------


def _memory(*fields: str) -> list[int]:
    """Read fields of this process's memory statistics, in bytes; 0 where the system has no such file."""
    found = dict.fromkeys(fields, 0)
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            name, _, amount = line.partition(":")
            if name in found:
                found[name] = int(amount.split()[0]) * 1024
    return list(found.values())


def _forget_peak() -> None:
    """Have the system count the peak of resident memory from here on."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _limit_resources(timeout_seconds: float) -> None:
    seconds = int(timeout_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


@contextlib.contextmanager
def _limited_memory() -> Iterator[None]:
    """Cap the address space while the load runs; lifted after, so that the report itself fits."""
    (size,) = _memory("VmSize")
    if size:
        resource.setrlimit(resource.RLIMIT_AS, (size + HEADROOM_BYTES, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _describe_error(outcome: Outcome, error: BaseException) -> None:
    outcome.status = "error"
    outcome.error = type(error).__name__
    outcome.error_bases = [base.__name__ for base in type(error).__mro__]
    with contextlib.suppress(Exception):
        outcome.message = str(error)[:2000]
    if os.environ.get("ONGGI_ATTACKS_TRACEBACK"):
        outcome.message += "\n" + "".join(traceback.format_exception(error))[-4000:]


def _try(attempt: Attempt, loader: str, outcome: Outcome) -> None:
    """Load, use, check and drop the object, so that a crash at any of these shows."""
    case, started = attempt.case, time.process_time()
    try:
        with _limited_memory():
            obj = LOADERS[loader](case, attempt.source)
            outcome.status = "loaded"
            outcome.checked = case.check is None or bool(case.check(obj))
            if case.use is not None:
                case.use(obj)
            obj = None
            gc.collect()
    except BaseException as error:
        if outcome.status == "loaded" and not isinstance(error, MemoryError):
            outcome.message = f"in use: {error!r}"[:500]
        else:
            _describe_error(outcome, error)
    outcome.seconds = time.process_time() - started


def _measure(attempt: Attempt, setting: Setting) -> Outcome:
    outcome = Outcome(attempt.case.name)
    _forget_peak()
    resident, address = _memory("VmRSS", "VmSize")
    _try(attempt, setting.loader, outcome)
    most_resident, most_address = _memory("VmHWM", "VmPeak")
    outcome.grown_bytes = max(most_resident - resident, most_address - address)
    outcome.ran = canary.fired()
    return outcome


def _load_all(attempts: Sequence[Attempt], setting: Setting, stream: IO[str]) -> None:
    """Report each outcome at once; what changed and what was imported is reported with the last."""
    for attempt in attempts:
        if attempt.case.setup is not None:
            attempt.case.setup()
    has_setup = any(attempt.case.setup is not None for attempt in attempts)
    shared = snapshot.take() if has_setup else setting.baseline
    before, modules = {**shared, **snapshot.take(only_settings=True)}, set(sys.modules)
    for attempt in attempts:
        outcome = _measure(attempt, setting)
        if attempt is attempts[-1]:
            outcome.imported = sorted(set(sys.modules) - modules)
            outcome.changes = snapshot.changes(before, snapshot.take())
        stream.write(json.dumps(asdict(outcome)) + "\n")
        stream.flush()


def _child(attempts: Sequence[Attempt], setting: Setting, report: int) -> None:
    """Never returns."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    _limit_resources(setting.timeout_seconds)
    with os.fdopen(report, "w") as stream:
        _load_all(attempts, setting, stream)
    os._exit(0)


# --- outside of it ------------------------------------------------------------------------------------------------


def _read_report(report: int, deadline: float) -> tuple[bytes, bool]:
    """Read until the child closes its end, and tell whether it did by the deadline."""
    content = b""
    while (remaining := deadline - time.monotonic()) > 0:
        if not select.select([report], [], [], remaining)[0]:
            break
        chunk = os.read(report, 1 << 16)
        if not chunk:
            return content, True
        content += chunk
    return content, False


def _end_group(group: int) -> None:
    """Give processes that the payload started a moment to show what they do, then end the child's own group."""
    deadline = time.monotonic() + 1.0
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.02)
        os.killpg(group, signal.SIGKILL)


def _fork(attempts: Sequence[Attempt], setting: Setting) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            _child(attempts, setting, writer)
        finally:
            os._exit(99)
    os.close(writer)
    return pid, reader


def _await(attempts: Sequence[Attempt], setting: Setting) -> list[Outcome]:
    """Run one child, and return what is known of it: the case that it crashed or hung in is the last."""
    pid, reader = _fork(attempts, setting)
    started = time.monotonic()
    report, ended = _read_report(reader, started + setting.timeout_seconds)
    os.close(reader)
    if not ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _, status, _usage = os.wait4(pid, 0)
    _end_group(pid)
    outcomes = [Outcome(**json.loads(line)) for line in report.splitlines(keepends=True) if line.endswith(b"\n")]
    if len(outcomes) < len(attempts):
        lost = Outcome(attempts[len(outcomes)].case.name, "crash" if ended else "hang")
        _describe_end(lost, status, time.monotonic() - started)
        outcomes.append(lost)
    return outcomes


def _describe_end(outcome: Outcome, status: int, seconds: float) -> None:
    outcome.seconds = seconds
    if os.WIFSIGNALED(status):
        outcome.exit_status = signal.Signals(os.WTERMSIG(status)).name
        if outcome.exit_status == "SIGXCPU":
            outcome.status = "hang"
    else:
        outcome.exit_status = f"exited with {os.WEXITSTATUS(status)}"


def _tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def _written(case: Case, folder: Path) -> Attempt:
    """Make the case's pickle, and the file with it if the case is a file."""
    payload = case.make()
    if not case.suffix:
        return Attempt(case, payload)
    (folder / f"hostile{case.suffix}").write_bytes(payload)
    return Attempt(case, f"hostile{case.suffix}")


def run(cases: Sequence[Case], setting: Setting) -> list[Outcome]:
    """Run cases one after the other in one child, in a folder of their own.

    Returns:
        The outcomes, in order; fewer than cases if the child ended early, and then the last is what ended it.
        A change, an import or an unexpected file of any shows at the last.
    """
    folder = Path(tempfile.mkdtemp(prefix="onggi-attack-"))
    try:
        (folder / "keep").mkdir()
        (folder / "keep" / "safe").write_text("safe")
        attempts = [_written(case, folder) for case in cases]
        before = _tree(folder)
        os.environ[canary.VARIABLE] = str(folder / "canary")
        os.chdir(folder)
        outcomes = _await(attempts, setting)
        outcomes[-1].ran = outcomes[-1].ran or _tree(folder) != before
        return outcomes
    finally:
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
