"""The plain engine: mutates seeds by chance, in a child process that may crash, hang or run out of memory.

It knows nothing of coverage and needs nothing but Python. The child writes each input into a shared map before it tries
it, so that the parent has it whatever happens to the child.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import hashlib
import mmap
import os
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fuzz.target import Target, load_target

__all__ = ["FOLDER", "Result", "corpus_of", "fuzz", "run_child"]

FOLDER: Final = Path(__file__).parent.parent / "build" / "fuzz"
"""Corpora and findings."""

_HEAD: Final = struct.Struct("<QQ")
_SLOT_BYTES: Final = 1 << 20
_HEADROOM_BYTES: Final = 2 << 30
_MOST_SECONDS: Final = 10.0
_HANG_SECONDS: Final = 120.0
_SETUP_SECONDS: Final = 1_200.0
_MOST_FINDINGS: Final = 50


@dataclass
class Result:
    """What fuzzing one target found."""

    name: str
    executions: int = 0
    findings: list[str] = field(default_factory=list)


def corpus_of(target: Target) -> list[bytes]:
    """Return the seeds of a target, and what libFuzzer has found beyond them."""
    return [*(_files(FOLDER / "seeds" / target.name) or target.seeds()), *_files(FOLDER / "corpus" / target.name)]


def _files(folder: Path) -> list[bytes]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path.read_bytes() for path in found if path.stat().st_size < _SLOT_BYTES]


def inputs(target: Target, seed: int) -> Iterator[bytes]:
    """Yield the seeds, and then mutations of them without end."""
    seeds = corpus_of(target)
    yield from seeds
    rng = random.Random(seed)
    while True:
        data = rng.choice(seeds)
        # Some in a row: what comes of a change is changed again.
        for _ in range(rng.randrange(1, 5)):
            data = target.mutate(data, rng, seeds)
            yield data


def fuzz(name: str, *, seconds: float, runs: int | None = None, seed: int = 0) -> Result:
    """Fuzz a target until the time is over or so many inputs were tried."""
    result = Result(name)
    end = time.monotonic() + seconds
    while time.monotonic() < end and (runs is None or result.executions < runs) and len(result.findings) < 10:
        with tempfile.NamedTemporaryFile(prefix="onggi-fuzz-") as file:
            file.truncate(_SLOT_BYTES)
            with mmap.mmap(file.fileno(), _SLOT_BYTES) as slot:
                left = None if runs is None else runs - result.executions
                ended = _watch(name, Path(file.name), slot, end - time.monotonic(), left, seed)
                count, length = _HEAD.unpack_from(slot)
                result.executions += count
                if ended:
                    path = _keep(name, ended, slot[_HEAD.size : _HEAD.size + length], ended)
                    result.findings.append(f"{ended}: {path}")
        seed += 1
    result.findings += _kept_by_child(name, result.findings)
    return result


def _watch(name: str, slot_path: Path, slot: mmap.mmap, seconds: float, runs: int | None, seed: int) -> str:
    """Run a child; return how it ended if that was not by itself."""
    arguments = [name, str(slot_path), str(seconds), str(runs if runs is not None else -1), str(seed)]
    child = subprocess.Popen([sys.executable, "-m", "fuzz.child", *arguments])
    last, since = -1, time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = child.wait(timeout=2)
            return "" if status == 0 else f"ended with status {status}"
        count = _HEAD.unpack_from(slot)[0]
        if count != last:
            last, since = count, time.monotonic()
        elif time.monotonic() - since > (_HANG_SECONDS if count else _SETUP_SECONDS):
            child.kill()
            child.wait()
            return "hang"


def run_child(name: str, slot_path: str, seconds: float, runs: int, seed: int) -> None:
    """Try inputs; write each into the slot first."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    target = load_target(name)
    if target.setup:
        target.setup()
    _cap_memory()
    known: set[str] = set()
    end = time.monotonic() + seconds
    with open(slot_path, "r+b") as file, mmap.mmap(file.fileno(), _SLOT_BYTES) as slot:
        for count, data in enumerate(inputs(target, seed)):
            _HEAD.pack_into(slot, 0, count, len(data))
            if count == runs or (count % 64 == 0 and time.monotonic() > end):
                return
            slot[_HEAD.size : _HEAD.size + len(data)] = data
            began = time.process_time()
            try:
                target.check(data)
            except Exception as error:
                _note(name, error, data, known)
            if time.process_time() - began > _MOST_SECONDS:
                _note(name, TimeoutError(f"took {time.process_time() - began:.1f} s"), data, known)
            if count % 4096 == 0:
                gc.collect()


def _cap_memory() -> None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + _HEADROOM_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _note(name: str, error: Exception, data: bytes, known: set[str]) -> None:
    """Keep the first input of each kind of failure."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    kind = f"{type(error).__name__} at {where}"
    if kind in known or len(known) >= _MOST_FINDINGS:
        return
    known.add(kind)
    text = "".join(traceback.format_exception(error, limit=-8))
    _keep(name, kind, data, f"{kind}\n{text[:20_000]}")


def _keep(name: str, kind: str, data: bytes, text: str) -> Path:
    folder = FOLDER / "findings"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(kind.encode()).hexdigest()[:8]}"
    if not path.exists():
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(f"{text}\n{data!r}\n", encoding="utf-8", errors="backslashreplace")
    return path


def _kept_by_child(name: str, known: list[str]) -> list[str]:
    folder = FOLDER / "findings"
    found = [path for path in sorted(folder.glob(f"{name}-*")) if not path.suffix] if folder.is_dir() else []
    texts = [path.with_suffix(".txt").read_text(encoding="utf-8").partition("\n")[0] for path in found]
    return [
        f"{text}: {path}"
        for text, path in zip(texts, found, strict=True)
        if not any(str(path) in told for told in known)
    ]
