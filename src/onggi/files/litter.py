"""Temporary files of saves: how they are named and locked, and how those of killed writers go away.

A save writes `.NAME.<16 hex digits>.onggi-tmp` beside its target and holds a lock on it. A writer that is killed leaves
it behind without the lock. The next save into the same folder removes such files once they are old.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from typing import Final

try:
    import fcntl
except ImportError:  # Windows: a file that is open can't be removed there, so it needs no lock
    _HAS_LOCKS = False
else:
    _HAS_LOCKS = True

__all__ = ["STALE_AFTER_SECONDS", "lock_temporary", "sweep", "sweep_now_and_then", "temporary_name"]

STALE_AFTER_SECONDS: Final = 600
"""A temporary file that nobody holds and that was last written to so long ago belongs to a dead writer."""

# Where the file system knows no locks, only the age tells.
_STALE_WITHOUT_LOCK_SECONDS: Final = 86_400
# 24 characters are at most 96 bytes: with the rest they fit the shortest limit in use, 143 bytes (eCryptfs).
_KEPT_CHARACTERS: Final = 24
_PATTERN: Final = re.compile(rf"\..{{0,{_KEPT_CHARACTERS}}}\.[0-9a-f]{{16}}\.onggi-tmp", re.DOTALL)
_MAX_FOLDERS_REMEMBERED: Final = 1_024

_swept_at: dict[str, float] = {}


def temporary_name(name: str) -> str:
    """Make a name, never used before, for the temporary file of a save to `name`."""
    return f".{name[:_KEPT_CHARACTERS]}.{os.urandom(8).hex()}.onggi-tmp"


def lock_temporary(fd: int) -> bool:
    """Lock an open file until it is closed, or its process dies.

    Returns:
        False if somebody else holds it.

    Raises:
        OSError: The file system knows no locks.
    """
    if not _HAS_LOCKS:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sweep(folder: str, *, now_seconds: float | None = None) -> int:
    """Remove the temporary files of dead writers from a folder.

    Args:
        folder: Where to look; folders in it are left alone.
        now_seconds: The time by the clock of the file system, which can differ from ours on a network. Default: ours.

    Returns:
        How many files were removed. What can't be read or removed is passed over.
    """
    now = time.time() if now_seconds is None else now_seconds
    count = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PATTERN.fullmatch(entry.name):
                count += _remove_if_stale(entry, now)
    return count


def sweep_now_and_then(folder: str, *, now_seconds: float) -> None:
    """Sweep a folder, unless this process did so a short while ago: reading a large folder costs more than a save."""
    moment = time.monotonic()
    if moment - _swept_at.get(folder, float("-inf")) < STALE_AFTER_SECONDS:
        return
    if len(_swept_at) >= _MAX_FOLDERS_REMEMBERED:
        _swept_at.clear()
    _swept_at[folder] = moment
    sweep(folder, now_seconds=now_seconds)


def _remove_if_stale(entry: os.DirEntry[str], now: float) -> bool:
    with contextlib.suppress(OSError):
        status = entry.stat(follow_symlinks=False)
        age = now - status.st_mtime
        if stat.S_ISREG(status.st_mode) and age > STALE_AFTER_SECONDS:
            return _remove_if_free(entry.path, age)
    return False


def _remove_if_free(path: str, age: float) -> bool:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    fd = os.open(path, flags) if _HAS_LOCKS else -1
    try:
        if fd >= 0 and not _is_free(fd, age):
            return False
        os.unlink(path)
    finally:
        if fd >= 0:
            os.close(fd)
    return True


def _is_free(fd: int, age: float) -> bool:
    try:
        return lock_temporary(fd)
    except OSError:
        return age > _STALE_WITHOUT_LOCK_SECONDS
