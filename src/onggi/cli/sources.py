"""FILE arguments: a path, or `-` for the standard input."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["opened", "path_of", "size_of"]


def opened(file: str) -> str | BinaryIO:
    """Return a path as it is, and for `-` the standard input."""
    return sys.stdin.buffer if file == "-" else file


def size_of(file: str) -> int | None:
    """Return the size of a file for a progress bar, or None where that can't be told."""
    try:
        return Path(file).stat().st_size or None if file != "-" else None
    except OSError:
        return None


@contextmanager
def path_of(file: str) -> Iterator[str]:
    """Give a path; the standard input is put into a temporary file."""
    if file != "-":
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="onggi-") as folder:
        path = Path(folder, "stdin")
        with path.open("wb") as target:
            while chunk := sys.stdin.buffer.read(2**20):
                target.write(chunk)
        yield str(path)
