"""What the tests of atomic saves share."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import onggi

POSIX = os.name == "posix"
posix_only = pytest.mark.skipif(not POSIX, reason="needs POSIX")
root_only = pytest.mark.skipif(not POSIX or os.geteuid() != 0, reason="needs root")
OLD = b"the old content\n" * 1000
NEW = b"the new content\n" * 300_000
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parent.parent)}


@contextlib.contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def as_nobody():
    """Act as a user without rights; tests that use it need root to become one."""
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def names(folder):
    return sorted(os.listdir(folder))


def run(script, *arguments, **options):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60, **options)
