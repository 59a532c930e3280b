"""libFuzzer by way of atheris: mutations are kept if they reach new code, in the uncompiled proof-reader.

What it finds goes into the corpus of the target, from which the plain engine starts as well.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import random
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from fuzz.engine import FOLDER, Result
from fuzz.opcodes import dictionary

__all__ = ["fuzz_guided", "run_guided"]

_MAX_INPUT_BYTES: Final = 4_096
_MEMORY_MEGABYTES: Final = 4_096
_INPUT_SECONDS: Final = 60


class _Uncompiled(importlib.abc.MetaPathFinder):
    """Finds the sources of compiled modules, which can be instrumented."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the .py file of a module that is compiled, too."""
        if not name.startswith("onggi.") or path is None:
            return None
        for folder in path:
            source = Path(folder, name.rpartition(".")[2] + ".py")
            if source.exists() and source.with_suffix(".pxd").exists():
                return importlib.util.spec_from_file_location(name, source)
        return None


def fuzz_guided(name: str, *, seconds: float, runs: int | None = None, seed: int = 0) -> Result:
    """Fuzz a target by libFuzzer, in a process of its own."""
    corpus, findings = FOLDER / "corpus" / name, FOLDER / "findings"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    words = FOLDER / "opcodes.dict"
    words.write_text(dictionary(), encoding="ascii")
    options = {
        "max_total_time": max(1, round(seconds)),
        "max_len": _MAX_INPUT_BYTES,
        "rss_limit_mb": _MEMORY_MEGABYTES,
        "timeout": _INPUT_SECONDS,
        "seed": seed + 1,
        "print_final_stats": 1,
        "artifact_prefix": findings / f"{name}-",
        "dict": words,
    }
    if runs is not None:
        options["runs"] = runs
    flags = [f"-{key}={value}" for key, value in options.items()]
    with tempfile.TemporaryDirectory(prefix="onggi-fuzz-") as seeds:
        command = [sys.executable, "-m", "fuzz.guided", name, seeds, *flags, str(corpus), seeds]
        done = subprocess.run(command, capture_output=True, text=True, errors="backslashreplace", check=False)
    result = Result(name)
    counted = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    result.executions = int(counted[1]) if counted else 0
    if done.returncode:
        result.findings.append(f"ended with status {done.returncode}:\n{done.stderr[-3_000:]}")
    return result


def run_guided(name: str, seeds: str, flags: list[str]) -> None:
    """Be that process: instrument, write the seeds, and hand over to libFuzzer."""
    import atheris

    warnings.simplefilter("ignore")
    sys.meta_path.insert(0, _Uncompiled())
    with atheris.instrument_imports(include=["onggi"]):
        from fuzz.target import load_target

        target = load_target(name)
        if target.setup:
            target.setup()
    others = target.seeds()
    for number, data in enumerate(others):
        if len(data) <= _MAX_INPUT_BYTES:
            Path(seeds, f"{number:06}").write_bytes(data)

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.4:
            changed: bytes = atheris.Mutate(data, max_size)
            return changed
        return target.mutate(bytes(data), rng, others)[:max_size]

    options: dict[str, Any] = {"custom_mutator": mutated}
    atheris.Setup([sys.argv[0], *flags], lambda data: target.check(bytes(data)), **options)
    atheris.Fuzz()


if __name__ == "__main__":
    run_guided(sys.argv[1], sys.argv[2], sys.argv[3:])
