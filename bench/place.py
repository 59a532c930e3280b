"""The folder that benchmarks write to: on the disk of the project, with an own key of its own, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from onggi.trust.keys import set_key_path

__all__ = ["PROJECT", "Place", "open_place"]

PROJECT: Final = Path(__file__).resolve().parent.parent


class Place:
    """A folder for what is written.

    Attributes:
        folder: The folder.
        key_path: Where the key for seals lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key_path = str(folder / "key")

    def path(self, *parts: str) -> str:
        """Return the path of a file of the given name, which may hold any characters."""
        return str(self.folder / "".join(c if c.isalnum() else "-" for c in "-".join(parts)))

    def free_bytes(self) -> int:
        """Return how much may still be written."""
        return shutil.disk_usage(self.folder).free

    def clear(self) -> None:
        """Remove everything but the key."""
        for entry in os.scandir(self.folder):
            if entry.path != self.key_path:
                remove(entry.path)


@contextmanager
def open_place(parent: str | Path | None = None) -> Iterator[Place]:
    """Make the folder, and keep the user's own key out of it all.

    Args:
        parent: Where to make it. Default: `bench/out`.
    """
    parent = Path(parent or PROJECT / "bench" / "out")
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    place = Place(folder)
    set_key_path(place.key_path)
    try:
        yield place
    finally:
        set_key_path(None)
        shutil.rmtree(folder, ignore_errors=True)


def remove(path: str) -> None:
    """Remove a file or a folder, if it is there. What of it is not yet on the disk need then never get there."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.unlink(path)


def size_of(path: str) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if os.path.isdir(path):
        return sum(entry.stat().st_size for entry in os.scandir(path))
    return os.stat(path).st_size


def settle(path: str) -> None:
    """Bring a file, or all files in a folder, to the disk: writing it back must not disturb later timings."""
    for name in [entry.path for entry in os.scandir(path)] if os.path.isdir(path) else [path]:
        fd = os.open(name, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
