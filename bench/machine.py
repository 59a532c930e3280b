"""What the numbers were measured on."""

from __future__ import annotations

import importlib.machinery
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import onggi

__all__ = ["available_memory_bytes", "build_of_onggi", "describe", "load_average"]

_PACKAGES: Final = ("blake3", "numpy", "pandas", "pyarrow", "scikit-learn", "joblib", "cloudpickle")


def describe(folder: str | os.PathLike[str]) -> dict[str, str]:
    """Describe the machine, the Python and the libraries.

    Args:
        folder: Where files are written, for the kind of file system.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    facts = {
        "CPU": f"{_cpu()}, {cores} cores",
        "memory": f"{_meminfo('MemTotal') / 2**30:.0f} GiB" if _meminfo("MemTotal") else "unknown",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "file system": _file_system(os.path.realpath(folder)),
        "Python": f"{platform.python_implementation()} {platform.python_version()}, {platform.python_compiler()}",
        "onggi": f"{onggi.__version__}, {build_of_onggi()}",
        "libraries": ", ".join(_versions()),
    }
    return facts


def build_of_onggi() -> str:
    """Say which modules of onggi are compiled."""
    suffixes = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    compiled = sorted(
        name
        for name, module in sys.modules.items()
        if name.startswith("onggi.") and (getattr(module, "__file__", None) or "").endswith(suffixes)
    )
    return f"compiled ({', '.join(compiled)})" if compiled else "pure Python"


def load_average() -> str:
    """Return how busy the machine is: 0.00 is best."""
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"


def available_memory_bytes() -> int | None:
    """Return how much memory can still be had; None where that can't be told."""
    return _meminfo("MemAvailable") or None


def _versions() -> Iterator[str]:
    for package in _PACKAGES:
        try:
            yield f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            continue


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown")


def _meminfo(name: str) -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)


def _file_system(folder: str) -> str:
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "unknown"
    holding = [(mount[1], mount[2]) for mount in mounts if f"{folder}/".startswith(mount[1].rstrip("/") + "/")]
    return max(holding, key=lambda pair: len(pair[0]))[1] if holding else "unknown"
