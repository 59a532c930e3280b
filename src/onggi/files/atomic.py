"""Save a file so that at any moment, whatever happens, the path shows the old content or the new, and never a part.

1. A temporary file with a random name is made in the folder of the target (`O_EXCL`, `O_NOFOLLOW`) and locked.
2. The bytes are written to it, then its length is checked.
3. It is synced to the disk. A failing sync is an error and is not tried again: after a failure the kernel may forget
   the unwritten pages, and a second sync would lie.
4. It is renamed over the target, which readers of the old file (and maps of it) do not notice, and the folder is
   synced. Only then does the save return.

When a step fails, the old file is as it was and the temporary file is gone. Only a failure of the very last step, the
sync of the folder, shows the new file already: whole, but perhaps not there after a power cut.

What a user of `open(path, "wb")` expects holds here too:

- A new file gets the mode `0666` less the umask; an existing one keeps its permissions, and its owner and group where
  the system lets us. If the group can't be kept, the new group gets no more than others have.
- A link stays, and the file that it names is replaced, or made if it is not there.
- A file without write permission is refused, although a rename could replace it.
- What is no regular file (a pipe, `/dev/stdout`, a device) is written to as it is.

What can't be as with `open`: the folder must be writable, other hard links of the file keep the old content, and access
lists and extended attributes of the old file are not carried over.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from onggi.files.gather import flat, write_fully
from onggi.files.litter import lock_temporary, sweep_now_and_then, temporary_name
from onggi.files.reserve import reserve
from onggi.files.target import resolve_target

try:
    import fcntl
except ImportError:  # Windows
    _FULL_SYNC = None
else:
    # macOS: fsync hands the bytes to the drive, which may keep them in its cache.
    _FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from typing_extensions import Buffer

    from onggi.files.target import StrOrBytesPath, Target

__all__ = ["AtomicFile", "save"]

_PERMISSIONS: Final = 0o777
_NEW_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_HAS_EFFECTIVE_IDS: Final = os.access in os.supports_effective_ids
_ANY_FLAGS: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
# Smaller pieces are copied together first: a system call costs more than the copy.
_SMALL_BYTES: Final = 2**16
_PENDING_BYTES: Final = 2**20
# What a file system answers to a kind of sync that it does not have.
_UNKNOWN_CALL: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY})


def save(
    path: StrOrBytesPath,
    chunks: Iterable[Buffer],
    *,
    durable: bool = True,
    mode: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Save chunks of bytes as one file, wholly or not at all.

    Args:
        path: Where to save.
        chunks: C-contiguous buffers. If the iterable raises, nothing is saved.
        durable: Whether to return only when the bytes are on the disk. Without, a crash of the system (not one of the
            program) can lose the new file, and on some file systems the old one too.
        mode: The permissions of the file, whatever the umask and the old file say. Default: see the module.
        on_progress: Called with the number of bytes that were written since the last call.

    Returns:
        The number of bytes saved.

    Raises:
        OSError: It can't be saved; the old file is as it was.
    """
    with AtomicFile(path, durable=durable, mode=mode, on_progress=on_progress) as file:
        for chunk in chunks:
            file.write(chunk)
    return file.written_bytes


class AtomicFile:
    """A file to write to that appears at its path, whole, when its `with` block ends without an exception.

    Args:
        path: Where to save.
        durable: Whether to leave the block only when the bytes are on the disk.
        mode: The permissions of the file, whatever the umask and the old file say.
        expected_bytes: About how much will be written, if that is known: room for it is reserved at once.
        on_progress: Called with the number of bytes that were written since the last call.

    Attributes:
        written_bytes: How many bytes `write` and `writev` have taken so far.
    """

    def __init__(
        self,
        path: StrOrBytesPath,
        *,
        durable: bool = True,
        mode: int | None = None,
        expected_bytes: int = 0,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        self.written_bytes = 0
        self._path = path
        self._durable = durable
        self._mode = mode
        self._expected_bytes = expected_bytes
        self._is_reserved = False
        self._on_progress = on_progress
        self._pending = bytearray()
        self._is_whole = True
        self._temporary: str | None = None
        self._fd = -1
        self._folder_fd = -1
        self._process = os.getpid()

    def __enter__(self) -> Self:
        """Open the temporary file; whatever makes the save impossible from the start shows here."""
        if self._fd >= 0:
            raise RuntimeError("this file is already open")
        self._process = os.getpid()
        self.written_bytes = 0
        self._is_whole = True
        self._target = resolve_target(self._path)
        try:
            with _errors_name(self._target.path):
                self._open()
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the file in its place, or remove what was written if the block failed."""
        try:
            # A forked child that leaves the block has not written the file, and must not end its parent's work.
            if kind is None and self._process == os.getpid():
                with _errors_name(self._target.path):
                    self._commit()
        finally:
            self._abandon()

    def write(self, buffer: Buffer) -> int:
        """Take the bytes of one C-contiguous buffer, which may be changed afterwards.

        Returns:
            The number of bytes, always all.

        Raises:
            OSError: The bytes can't be written.
        """
        return self.writev((buffer,))

    def writev(self, buffers: Iterable[Buffer]) -> int:
        """Take the bytes of several buffers, in their order; big ones go to the system from where they lie.

        Returns:
            The number of bytes, always all.

        Raises:
            OSError: The bytes can't be written.
        """
        if self._fd < 0:
            raise ValueError("this file is not open: use it in a `with` block")
        views = [flat(buffer) for buffer in buffers]
        count = sum(map(len, views))
        if count >= _SMALL_BYTES:
            self._flush(views)
        else:
            self._pending += b"".join(views)
            if len(self._pending) >= _PENDING_BYTES:
                self._flush([])
        self.written_bytes += count
        return count

    def _flush(self, views: list[memoryview]) -> None:
        pending, self._pending = self._pending, bytearray()
        self._is_whole = False
        with _errors_name(self._target.path):
            write_fully(self._fd, [pending, *views], self._on_progress)
        self._is_whole = True

    def _open(self) -> None:
        target = self._target
        if target.is_direct:
            self._fd = os.open(target.path, os.O_WRONLY | os.O_TRUNC | _ANY_FLAGS)
            return
        if target.existing and not os.access(target.path, os.W_OK, effective_ids=_HAS_EFFECTIVE_IDS):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), target.path)
        if self._durable:
            # Opened now: a folder that can't be synced must show before the old file is replaced, not after.
            self._folder_fd = _open_folder(target.folder)
        self._open_temporary(target)

    def _open_temporary(self, target: Target) -> None:
        # Where the mode is set at the end, nobody else reads along until then.
        mode = 0o666 if self._mode is None and not target.existing else 0o600
        self._temporary = os.path.join(target.folder, temporary_name(target.name))
        try:
            self._fd = os.open(self._temporary, _NEW_FLAGS | _ANY_FLAGS, mode)
        except OSError as error:
            self._temporary = None
            if isinstance(error, PermissionError):
                error.add_note(f"An atomic save makes its temporary file in {target.folder}, so that must be writable.")
            error.filename = target.path
            raise
        with contextlib.suppress(OSError):  # a file system without locks
            lock_temporary(self._fd)
        sweep_now_and_then(target.folder, now_seconds=os.fstat(self._fd).st_mtime)
        self._is_reserved = reserve(self._fd, self._expected_bytes)

    def _commit(self) -> None:
        if not self._is_whole:
            raise OSError(errno.EIO, "a write to this file failed, so it is not put in its place")
        self._flush([])
        if self._temporary is None:
            self._sync_direct()
            return
        self._settle_mode()
        self._check_length()
        if self._durable:
            _sync(self._fd)
        self._rename(self._temporary)
        if self._folder_fd >= 0:
            _sync_folder(self._folder_fd)

    def _rename(self, temporary: str) -> None:
        if os.name == "nt":
            # Windows renames no open file. Elsewhere it stays open, for its lock.
            self._close()
        os.replace(temporary, self._target.path)
        self._temporary = None

    def _sync_direct(self) -> None:
        kind = os.fstat(self._fd).st_mode
        if self._durable and (stat.S_ISREG(kind) or stat.S_ISBLK(kind)):
            _sync(self._fd)

    def _check_length(self) -> None:
        size = os.lseek(self._fd, 0, os.SEEK_CUR)
        if self._is_reserved:
            os.ftruncate(self._fd, size)
        size = min(size, os.fstat(self._fd).st_size)
        if size != self.written_bytes:
            raise OSError(errno.EIO, f"{self.written_bytes:,} bytes were written, but the file has {size:,}")

    def _settle_mode(self) -> None:
        if not hasattr(os, "fchmod"):
            return
        if self._mode is not None:
            os.fchmod(self._fd, self._mode)
        elif self._target.existing:
            _take_over(self._fd, self._target.existing)

    def _close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _abandon(self) -> None:
        temporary, self._temporary = self._temporary, None
        folder_fd, self._folder_fd = self._folder_fd, -1
        self._pending = bytearray()
        try:
            if temporary is not None and self._process == os.getpid():
                if os.name == "nt":
                    self._close()
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
        finally:
            if folder_fd >= 0:
                os.close(folder_fd)
            self._close()


@contextlib.contextmanager
def _errors_name(path: str) -> Iterator[None]:
    """Let errors of calls that know only a descriptor, such as a full disk's, name the file."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = path
        raise


def _take_over(fd: int, old: os.stat_result) -> None:
    new = os.fstat(fd)
    mode = stat.S_IMODE(old.st_mode) & _PERMISSIONS
    if new.st_uid != old.st_uid:
        with contextlib.suppress(OSError):
            os.fchown(fd, old.st_uid, -1)
    if new.st_gid != old.st_gid:
        try:
            os.fchown(fd, -1, old.st_gid)
        except OSError:
            # What the old group might do, the new group may only if everybody may.
            mode &= ~0o070 | ((mode & 0o007) << 3)
    if stat.S_IMODE(new.st_mode) != mode:
        os.fchmod(fd, mode)


def _open_folder(folder: str) -> int:
    if not hasattr(os, "O_DIRECTORY"):  # Windows opens no folders
        return -1
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _ANY_FLAGS)


def _sync(fd: int) -> None:
    if _FULL_SYNC is not None:
        try:
            fcntl.fcntl(fd, _FULL_SYNC)
        except OSError as error:
            if error.errno not in _UNKNOWN_CALL:
                raise
        else:
            return
    os.fsync(fd)


def _sync_folder(fd: int) -> None:
    try:
        os.fsync(fd)
    except OSError as error:
        # Some network file systems sync no folders: their server keeps the names.
        if error.errno not in _UNKNOWN_CALL:
            raise
