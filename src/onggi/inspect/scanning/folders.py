"""Which files to scan: those that were named, and all below the folders that were named."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from onggi.inspect.scanning.one_file import os_trouble
from onggi.inspect.scanning.report import ScanReport, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Selection"]

_REPOSITORIES: Final = frozenset({".git", ".hg", ".svn", ".jj"})
"""Folders of version control: what lies in them is packed files of the history, and none of the project."""

_NO_FILE: Final = "is no regular file, but a pipe, socket or device"


@dataclass(slots=True)
class Selection:
    """Which files to scan, and what was passed over.

    Attributes:
        include: Patterns of file names or paths; only these files are scanned. Nothing: all.
        exclude: Patterns of files and folders that are not.
        hidden: Whether to scan files and folders whose names begin with a dot. `.git` and its like never are.
        skipped: How many were passed over, by reason: "excluded", "hidden", "repository", "link", "special".
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = True
    skipped: Counter[str] = field(default_factory=Counter)

    def files(self, paths: Iterable[str]) -> Iterator[str | ScanReport]:
        """Yield the paths of files to scan, in the order of the names, and reports of what can't be opened.

        Links are followed where they were named, and nowhere else: what they lead to is scanned in its own place, or
        was not asked for.
        """
        for path in paths:
            try:
                mode = os.stat(path).st_mode
            except OSError as error:
                yield os_trouble(path, error)
                continue
            except ValueError:  # a null character
                yield unreadable(path, "no-access", "is no path")
                continue
            if stat.S_ISDIR(mode):
                yield from self._below(path, "")
            elif stat.S_ISREG(mode):
                yield path
            else:
                hint = "give it to the standard input: onggi scan - < PIPE"
                yield unreadable(path, "no-access", _NO_FILE, next_step=hint)

    def _below(self, top: str, inner: str) -> Iterator[str | ScanReport]:
        # A stack of its own: folders can be nested more deeply than Python calls.
        waiting = [inner]
        while waiting:
            current = waiting.pop()
            folder = os.path.join(top, current) if current else top
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                yield os_trouble(folder, error)
                continue
            folders = []
            for entry in entries:
                place = os.path.join(current, entry.name)
                what = self._kind(entry, place)
                if what == "folder":
                    folders.append(place)
                elif what == "file":
                    yield place if top == os.curdir else os.path.join(top, place)
                elif what != "not included":
                    self.skipped[what] += 1
            waiting += reversed(folders)

    def _kind(self, entry: os.DirEntry[str], place: str) -> str:
        """Say what to do with an entry: "file" or "folder", or why it is passed over."""
        if _matches(place, self.exclude):
            return "excluded"
        if not self.hidden and entry.name.startswith("."):
            return "hidden"
        try:
            if entry.is_symlink():
                return "link"
            if entry.is_dir(follow_symlinks=False):
                return "repository" if entry.name in _REPOSITORIES else "folder"
            is_file = entry.is_file(follow_symlinks=False)
        except OSError:
            return "file"  # reading it will say what is wrong
        if not is_file:
            return "special"
        return "file" if not self.include or _matches(place, self.include) else "not included"


def _matches(place: str, patterns: Iterable[str]) -> bool:
    """Compare the path below the folder, and the name alone; a pattern that ends in a slash is a folder."""
    path = place.replace(os.sep, "/")
    name = path.rpartition("/")[2]
    for pattern in patterns:
        cleaned = pattern.rstrip("/").removeprefix("./")
        if fnmatchcase(path, cleaned) or fnmatchcase(name, cleaned):
            return True
        if cleaned.startswith("**/") and fnmatchcase(path, cleaned[3:]):
            return True
    return False
