"""The process that loads hostile pickles, each in a forked child with capped memory, processor time and wall time.

It imports the heavy libraries once; a child has them without paying for them. Requests and outcomes are JSON, one a
line, on stdin and stdout. A crash, a hang or a full memory is the child's, and so always that of one case.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.util
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
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from attacks import canary, snapshot, victims
from attacks.case import Case
from attacks.catalogue import CASES

HEADROOM_BYTES = 2 << 30
FILE_BYTES = 64 << 20
WARM_MODULES = (
    *("numpy", "numpy.random", "numpy.ma", "scipy.sparse", "scipy.stats", "scipy.interpolate", "scipy.spatial"),
    *("pandas", "sklearn.dummy", "sklearn.tree", "sklearn.ensemble", "sklearn.neighbors", "sklearn.svm"),
    *("sklearn.linear_model", "sklearn.preprocessing", "pyarrow", "joblib", "sortedcontainers", "fractions"),
    *("uuid", "ipaddress", "http", "textwrap", "argparse", "zoneinfo", "numpy.f2py.crackfortran", "pathlib"),
    *("bz2", "gzip", "lzma", "zlib", "lz4.frame", "backports.zstd"),
)


@dataclass
class Outcome:
    """What one load did."""

    name: str
    status: str = "lost"
    """loaded, error, hang, or crash."""
    error: str = ""
    """The class of the exception."""
    error_bases: list[str] = field(default_factory=list)
    message: str = ""
    seconds: float = 0.0
    grown_bytes: int = 0
    """Peak growth of resident or of address space, whichever is more."""
    ran: bool = False
    checked: bool = True
    changes: list[str] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    exit_status: str = ""


# --- in the child -------------------------------------------------------------------------------------------------


def _memory(field_name: str) -> int:
    """Read a field of this process's memory statistics, in bytes; 0 where the system has no such file."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field_name + ":")), 0)


def _limit_resources(timeout_seconds: float) -> None:
    seconds = int(timeout_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


@contextlib.contextmanager
def _limited_memory() -> Any:
    """Cap the address space while the load runs; lifted after, so that the report itself fits."""
    size = _memory("VmSize")
    if size:
        resource.setrlimit(resource.RLIMIT_AS, (size + HEADROOM_BYTES, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


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


def _describe_error(outcome: Outcome, error: BaseException) -> None:
    outcome.status = "error"
    outcome.error = type(error).__name__
    outcome.error_bases = [base.__name__ for base in type(error).__mro__]
    with contextlib.suppress(Exception):
        outcome.message = str(error)[:2000]
    if os.environ.get("ONGGI_ATTACKS_TRACEBACK"):
        outcome.message += "\n" + "".join(traceback.format_exception(error))[-4000:]


def _attempt(case: Case, load: Callable[[Case, bytes | str], Any], source: bytes | str, outcome: Outcome) -> None:
    """Load, use, check and drop the object, so that a crash at any of these shows."""
    started = time.monotonic()
    try:
        with _limited_memory():
            obj = load(case, source)
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
    outcome.seconds = time.monotonic() - started


def _run_in_child(case: Case, loader: str, source: bytes | str, outcome: Outcome) -> None:
    if case.setup is not None:
        case.setup()
    load = LOADERS[loader]
    before, modules = snapshot.take(), set(sys.modules)
    resident, address = _memory("VmRSS"), _memory("VmSize")
    _attempt(case, load, source, outcome)
    outcome.grown_bytes = max(_memory("VmHWM") - resident, _memory("VmPeak") - address)
    outcome.ran = canary.fired()
    outcome.imported = sorted(set(sys.modules) - modules)
    outcome.changes = snapshot.changes(before, snapshot.take())


def _child(case: Case, loader: str, source: bytes | str, timeout_seconds: float, report: int) -> None:
    """Never returns."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    _limit_resources(timeout_seconds)
    outcome = Outcome(case.name)
    _run_in_child(case, loader, source, outcome)
    with os.fdopen(report, "w") as stream:
        json.dump(asdict(outcome), stream)
    os._exit(0)


# --- in the worker ------------------------------------------------------------------------------------------------


def _read_report(report: int, deadline: float) -> bytes | None:
    """Read until the child closes its end; None if it does not by the deadline."""
    chunks: list[bytes] = []
    while (remaining := deadline - time.monotonic()) > 0:
        if not select.select([report], [], [], remaining)[0]:
            break
        chunk = os.read(report, 1 << 16)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
    return None


def _end_group(group: int) -> None:
    """Give processes that the payload started a moment to show what they do, then end the child's own group."""
    deadline = time.monotonic() + 1.0
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.02)
        os.killpg(group, signal.SIGKILL)


def _fork(case: Case, loader: str, source: bytes | str, timeout_seconds: float) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            _child(case, loader, source, timeout_seconds, writer)
        finally:
            os._exit(99)
    os.close(writer)
    return pid, reader


def _await(pid: int, reader: int, name: str, timeout_seconds: float) -> Outcome:
    started = time.monotonic()
    report = _read_report(reader, started + timeout_seconds)
    os.close(reader)
    if report is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _, status, _usage = os.wait4(pid, 0)
    _end_group(pid)
    if report:
        return Outcome(**json.loads(report))
    outcome = Outcome(name, "hang" if report is None else "crash", seconds=time.monotonic() - started)
    if os.WIFSIGNALED(status):
        outcome.exit_status = signal.Signals(os.WTERMSIG(status)).name
        if outcome.exit_status == "SIGXCPU":
            outcome.status = "hang"
    else:
        outcome.exit_status = f"exited with {os.WEXITSTATUS(status)}"
    return outcome


def _tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def run(case: Case, loader: str, timeout_seconds: float) -> Outcome:
    """Run one case in a child, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="onggi-attack-"))
    try:
        (folder / "keep").mkdir()
        (folder / "keep" / "safe").write_text("safe")
        payload = case.make()
        source: bytes | str = payload
        if case.suffix:
            source = f"hostile{case.suffix}"
            (folder / source).write_bytes(payload)
            del payload
        before = _tree(folder)
        os.environ[canary.VARIABLE] = str(folder / "canary")
        os.chdir(folder)
        outcome = _await(*_fork(case, loader, source, timeout_seconds), case.name, timeout_seconds)
        outcome.ran = outcome.ran or _tree(folder) != before
        return outcome
    finally:
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)


def _warm_up() -> None:
    """Import what honest use has imported already, so that a new module means something."""
    for module_name in WARM_MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(module_name)
    with contextlib.suppress(Exception):
        import onggi

        honest = [{"a": (1.5, "x", b"y", {1, 2})}, victims.Plain(), _honest_array()]
        onggi.loads(onggi.dumps(honest), allow=["attacks.victims.*"])


def _honest_array() -> Any:
    return importlib.import_module("numpy").arange(10.0) if importlib.util.find_spec("numpy") else None


def _use_empty_home() -> None:
    """Keep the user's own key and settings out of it: a seal or an allowance of theirs must not change a verdict."""
    home = tempfile.mkdtemp(prefix="onggi-attacks-home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update({"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home})


def main() -> None:
    """Answer requests until stdin ends."""
    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    _use_empty_home()
    _warm_up()
    gc.collect()
    gc.freeze()  # what was there before is no case's garbage, and collecting in a child stays quick
    for line in requests:
        request = json.loads(line)
        try:
            outcome = run(CASES[request["name"]], request["loader"], request["timeout_seconds"])
        except Exception as error:  # a case that can't be made must not take the worker along
            outcome = Outcome(request["name"], "lost", message=f"not made: {error!r}", exit_status=repr(error)[:200])
        answers.write(json.dumps(asdict(outcome)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
