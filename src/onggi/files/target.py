"""Where a save to a path goes: the file to replace, or the device to write to."""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import Final, NamedTuple, TypeAlias

__all__ = ["StrOrBytesPath", "Target", "resolve_target"]

StrOrBytesPath: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]

# Linux itself gives up after 40 links.
_MAX_LINKS: Final = 40
# The names in these folders (`/dev/stdout` leads there) stand for what this process has open, not for files.
_DESCRIPTOR_FOLDER: Final = re.compile(r"/dev/fd|/proc/\d+(/task/\d+)?/fd")


class Target(NamedTuple):
    """What a path means for a save.

    Attributes:
        path: Absolute path with all links resolved.
        folder: The folder of it.
        name: The name in that folder.
        existing: The status of the file that stands there, if one does.
        is_direct: Whether to write into it, as it is no regular file that can be replaced.
    """

    path: str
    folder: str
    name: str
    existing: os.stat_result | None
    is_direct: bool


def resolve_target(path: StrOrBytesPath) -> Target:
    """Find what a save to this path has to replace or to write to.

    A link is followed to the file that it names, there or not, so that the link stays and the file changes: what
    `open(path, "wb")` does too.

    Args:
        path: Where to save.

    Returns:
        The target; nothing has been changed or opened.

    Raises:
        IsADirectoryError: The path is a folder.
        FileNotFoundError: The path is empty.
        OSError: The links go in a circle, or can't be followed.
    """
    spelled = os.fsdecode(path)
    if not spelled:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), spelled)
    folder, name = _follow_links(spelled)
    place = os.path.join(folder, name)
    try:
        existing = os.stat(place)
    except FileNotFoundError:
        existing = None
    if name in {"", ".", ".."} or (existing and stat.S_ISDIR(existing.st_mode)):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), spelled)
    is_direct = existing is not None and (not stat.S_ISREG(existing.st_mode) or _is_descriptor(folder))
    return Target(place, folder, name, existing, is_direct)


def _follow_links(path: str) -> tuple[str, str]:
    spelled = path
    for _ in range(_MAX_LINKS):
        head, name = os.path.split(path)
        folder = os.path.realpath(head)
        if name in {"", ".", ".."} or _is_descriptor(folder):
            return folder, name
        try:
            link = os.readlink(os.path.join(folder, name))
        except OSError:  # no link, not there, or not to be looked at: then what follows says so
            return folder, name
        path = os.path.join(folder, link)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), spelled)


def _is_descriptor(folder: str) -> bool:
    return _DESCRIPTOR_FOLDER.fullmatch(folder) is not None
