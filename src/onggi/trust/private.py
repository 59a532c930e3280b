"""Files that only their owner may read or replace: secret keys, and the list of whom the user trusts.

What others can read is no secret, and what others can replace says what they want, so neither is used: it is an error
that says what to type. A link that the user has made is followed, as those who keep their settings in one place make
them. On Windows the folders of the user's profile are private by themselves.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Final

from onggi.errors import SecretKeyError

__all__ = ["create_private_file", "make_private_folder", "read_private_file", "remove_command"]

_READ_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_NEW_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_HAS_OWNERS: Final = hasattr(os, "geteuid")


def read_private_file(path: str, what: str, *, max_bytes: int, others_may_read: bool = False) -> bytes | None:
    """Read a file, if only its owner can have written it.

    Args:
        path: Where it lies.
        what: What it is, for messages: `"the secret key"`.
        max_bytes: How much is read; a longer file gives one byte more than that.
        others_may_read: Whether it holds no secret.

    Returns:
        Its content, or `None` if it is not there.

    Raises:
        SecretKeyError: It can't be read, or others can read or replace it.
    """
    place = _follow_own_link(path, what)
    if place is None:
        return None
    try:
        fd = os.open(place, _READ_FLAGS)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SecretKeyError(f"{what} can't be read: {error.strerror}", source=path) from error
    try:
        _check_file(os.fstat(fd), place, what, others_may_read)
        content = _read(fd, max_bytes + 1)
    finally:
        os.close(fd)
    _check_folder(os.path.dirname(place), what)
    return content


def _read(fd: int, count: int) -> bytes:
    content = b""
    while len(content) < count and (piece := os.read(fd, count - len(content))):
        content += piece
    return content


def _follow_own_link(path: str, what: str) -> str | None:
    """Resolve a link that the user has made."""
    try:
        status = os.lstat(path)
    except OSError:  # not there, or in a folder that is closed to us: no home
        return None
    if not stat.S_ISLNK(status.st_mode):
        return path
    if _HAS_OWNERS and status.st_uid != os.geteuid():
        raise SecretKeyError(f"{what} is a link that somebody else made", source=path, hint=remove_command(path))
    return os.path.realpath(path)


def _check_file(status: os.stat_result, path: str, what: str, others_may_read: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretKeyError(f"{what} is no regular file", source=path)
    if not _HAS_OWNERS:
        return
    if status.st_uid != os.geteuid():
        reason = f"{what} belongs to another user (uid {status.st_uid}), not to the one that runs this program"
        raise SecretKeyError(reason, source=path, hint="run it as that user, or use a key file of your own")
    if status.st_mode & (0o022 if others_may_read else 0o077):
        mode = stat.S_IMODE(status.st_mode)
        power = "change" if others_may_read else "read or change"
        reason = f"others can {power} {what} (its mode is {mode:04o})"
        raise SecretKeyError(reason, source=path, hint=f"chmod 600 {_quoted(path)}")


def _check_folder(folder: str, what: str) -> None:
    """Refuse a folder in which everybody may replace the file (a sticky one, such as /tmp, keeps them from it)."""
    if not _HAS_OWNERS:
        return
    mode = os.stat(folder).st_mode
    if mode & 0o002 and not mode & stat.S_ISVTX:
        reason = f"everybody can write to the folder of {what} (its mode is {stat.S_IMODE(mode):04o})"
        raise SecretKeyError(reason, source=folder, hint=f"chmod 700 {_quoted(folder)}")


def remove_command(path: str) -> str:
    """Return what to type to remove a file."""
    return f"rm {_quoted(path)}"


def _quoted(path: str) -> str:
    # Imported when something is wrong: every program that dumps imports this module.
    import shlex

    return shlex.quote(path)


def create_private_file(path: str, content: bytes) -> bool:
    """Make a new file that only its owner can read, unless there is one: then that stays.

    Two processes that do so at the same time end with the one file of the first.

    Returns:
        Whether the file is ours.

    Raises:
        OSError: It can't be made.
    """
    folder = os.path.dirname(path)
    make_private_folder(folder)
    temporary = f"{path}.{os.urandom(8).hex()}.tmp"
    fd = os.open(temporary, _NEW_FLAGS, 0o600)
    try:
        try:
            _write(fd, content)
        finally:
            os.close(fd)
        try:
            _place(temporary, path)
        except FileExistsError:
            return False
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    _sync_folder(folder)
    return True


def _write(fd: int, content: bytes) -> None:
    if hasattr(os, "fchmod"):  # a strange umask may take even the owner's rights
        os.fchmod(fd, 0o600)
    os.write(fd, content)
    os.fsync(fd)


def _place(temporary: str, path: str) -> None:
    """Give the file its name, which must be free: both calls fail if it is not."""
    if os.name == "nt":
        os.rename(temporary, path)
    else:
        os.link(temporary, path)


def make_private_folder(folder: str) -> None:
    """Make a folder, and those above it, open to their owner only; one that is there stays as it is."""
    if os.path.isdir(folder):
        return
    make_private_folder(os.path.dirname(folder))
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)


def _sync_folder(folder: str) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    # Without it a crash of the system might lose the key, and with it the seals; but no more can be done.
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
