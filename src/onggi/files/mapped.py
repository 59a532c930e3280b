"""The content of a file as one view: mapped where it is large, read where it is small or no regular file.

A map opens in microseconds whatever the size, and takes no memory of its own. In the mode `"c"` (copy on write) it can
be written to; what is written stays private, and the file never changes. Three things to know:

- The map lives as long as any view of it does. On Python 3.11 and 3.12 it holds a file descriptor all that time.
- Who *replaces* the file (as `onggi.files.save` does) leaves the map as it was. Who writes *into* it changes what the
  map shows: `Source.check_unchanged` finds that, as far as the time stamps of the file tell.
- Who cuts the file shorter while it is mapped makes the reading process die of SIGBUS when it touches the missing part:
  the nature of maps. For files that others write in place there is the mode `"copy"`.

The system is given no advice (`madvise`) about a mapped file: neither `MADV_WILLNEED` nor `MADV_SEQUENTIAL` makes a
cold or a warm read faster, and the first reads what nobody may want.
"""

from __future__ import annotations

import contextlib
import errno
import io
import mmap
import os
import stat
import sys
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from onggi.errors import IntegrityError, LimitError
from onggi.files.memory import private_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from onggi.files.target import StrOrBytesPath

__all__ = ["MAP_FROM_BYTES", "MapMode", "Source", "copy_out", "open_source", "read_stream"]

MapMode: TypeAlias = Literal["c", "r", "copy"]

MAP_FROM_BYTES: Final = 2**16
"""Below this, reading is as fast as mapping, and a map would hold a descriptor and whole pages."""

_READ_BYTES: Final = 2**20
_COPY_BYTES: Final = 8 * 2**20
_MAX_CALL_BYTES: Final = 2**30
_TRY_AGAIN: Final = "load it again when the writer is done; `onggi.dump` replaces files whole"
# Python 3.13 can map without holding a duplicate of the descriptor.
_MAP_OPTIONS: Final[dict[str, Any]] = {"trackfd": False} if sys.version_info >= (3, 13) and os.name != "nt" else {}
# What a file system answers that has no maps, and a process that has no descriptor left: reading still works.
_CANNOT_MAP: Final = frozenset({errno.ENODEV, errno.EINVAL, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE})


class Source:
    """An open file and one view over all its bytes.

    Closing it (or leaving its `with` block) closes the descriptor that `check_unchanged` asks, and not the view.

    Attributes:
        view: All the bytes. Writable unless the mode is `"r"`.
        path: The path as it was given, for messages.
        size_bytes: The length of the view.
        is_mapped: Whether the view shows the file itself, which others may write to, and not a copy of it.
    """

    __slots__ = ("_file", "_stamp", "is_mapped", "path", "size_bytes", "view")

    def __init__(self, path: str, file: io.FileIO, status: os.stat_result, view: memoryview, is_mapped: bool) -> None:
        self.path = path
        self.view = view
        self.size_bytes = len(view)
        self.is_mapped = is_mapped
        self._file = file
        self._stamp = _stamp_of(status)

    def check_unchanged(self) -> None:
        """Make sure that nobody wrote into the file since it was opened.

        Replacing the file by another of the same name does not count: the view shows the old one, whole.

        Raises:
            IntegrityError: The size or the time of the last change differs. Two changes within one tick of the file
                system's clock (some milliseconds) can't be told apart.
        """
        if self._stamp is None:
            return
        if _stamp_of(os.fstat(self._file.fileno())) != self._stamp:
            raise IntegrityError(
                "somebody wrote into the file while it was being read",
                source=self.path,
                hint=_TRY_AGAIN,
            )

    def close(self) -> None:
        """Close the descriptor; the view stays."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


def open_source(
    path: StrOrBytesPath,
    *,
    mode: MapMode = "c",
    map_from_bytes: int = MAP_FROM_BYTES,
    max_source_bytes: int | None = None,
) -> Source:
    """Open a file and show all its bytes as one view.

    Args:
        path: A regular file, or a pipe or device that is read to its end.
        mode: `"c"`: copy on write, so that what is built on the view can be changed; `"r"`: read-only; `"copy"`: read
            into private memory, so that nobody can change it any more.
        map_from_bytes: The size from which a file is mapped, in the modes `"c"` and `"r"`.
        max_source_bytes: How much to read at most of what has no size, such as a pipe. Default: no bound.

    Returns:
        The source. Its view may outlive it.

    Raises:
        OSError: The file can't be opened or read.
        IntegrityError: The file became shorter while it was read.
        LimitError: A pipe or device gave more than `max_source_bytes`.
    """
    name = os.fsdecode(path)
    file = open(name, "rb", buffering=0)  # noqa: SIM115 - the source closes it
    try:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_size:
            view, is_mapped = _view_of_file(file, status.st_size, mode, map_from_bytes, name)
        else:
            # Files of /proc say that they are empty, so those are read too.
            view, is_mapped = memoryview(read_stream(file.read, max_source_bytes, source=name)), False
    except BaseException:
        file.close()
        raise
    return Source(name, file, status, view.toreadonly() if mode == "r" else view, is_mapped)


def read_stream(
    read: Callable[[int], bytes | None], max_source_bytes: int | None = None, *, source: str | None = None
) -> bytearray:
    """Read what has no known size to its end.

    Args:
        read: Gives up to so many bytes, and none at the end.
        max_source_bytes: How much to take at most. Default: no bound.
        source: What is read, for messages.

    Returns:
        All the bytes.

    Raises:
        LimitError: There are more than `max_source_bytes`.
    """
    content = bytearray()
    while chunk := read(_READ_BYTES):
        content += chunk
        if max_source_bytes is not None and len(content) > max_source_bytes:
            raise LimitError(
                f"the stream goes on after {max_source_bytes:,} bytes, the limit for what has no known size",
                limit="max_source_bytes",
                maximum=max_source_bytes,
                actual=len(content),
                source=source,
                hint="save it as a file first, or raise onggi.Limits(max_source_bytes=...)",
            )
    return content


def copy_out(view: memoryview, at: int, *, is_writable: bool = True) -> bytes | bytearray:
    """Copy a part of a map that nobody else holds a view of.

    The pages behind the copy are let go: as long as the map lives, they would count as memory of the process.

    Args:
        view: The part.
        at: Where it begins in the map, or -1 if that is not known.
        is_writable: Whether to make a bytearray, not bytes.
    """
    memory = view.obj
    if at < 0 or len(view) < _COPY_BYTES or not isinstance(memory, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return bytearray(view) if is_writable else bytes(view)
    if is_writable:
        target = bytearray(len(view))
        for start, piece in _passing(view, memory, at):
            target[start : start + len(piece)] = piece
        return target
    # It grows in place, and what it gives is its own memory: there is no second copy.
    stream = io.BytesIO()
    for _, piece in _passing(view, memory, at):
        stream.write(piece)
    return stream.getvalue()


def _passing(view: memoryview, memory: mmap.mmap, at: int) -> Iterator[tuple[int, memoryview]]:
    """Yield pieces and where they begin, and let go of the whole pages of each when the next one is asked for."""
    dropped = -(-at // mmap.PAGESIZE) * mmap.PAGESIZE
    for start in range(0, len(view), _COPY_BYTES):
        piece = view[start : start + _COPY_BYTES]
        yield start, piece
        end = (at + start + len(piece)) // mmap.PAGESIZE * mmap.PAGESIZE
        if end > dropped:
            with contextlib.suppress(OSError):
                memory.madvise(mmap.MADV_DONTNEED, dropped, end - dropped)
            dropped = end


def _view_of_file(file: io.FileIO, size: int, mode: MapMode, map_from_bytes: int, name: str) -> tuple[memoryview, bool]:
    if mode == "copy" or size < map_from_bytes:
        return _read_exactly(file, size, name), False
    try:
        return memoryview(_map_file(file.fileno(), size, mode)), True
    except ValueError as error:  # mmap compares the length with the size of the file
        raise _became_shorter(name) from error
    except OSError as error:
        if error.errno not in _CANNOT_MAP:
            raise
        return _read_exactly(file, size, name), False


def _map_file(fd: int, size: int, mode: MapMode) -> mmap.mmap:
    if mode == "r":
        return mmap.mmap(fd, size, access=mmap.ACCESS_READ, **_MAP_OPTIONS)
    try:
        return mmap.mmap(fd, size, access=mmap.ACCESS_COPY, **_MAP_OPTIONS)
    except OSError as error:
        flag = _no_reserve_flag()
        if error.errno != errno.ENOMEM or not flag:
            raise
        # The system counts a writable private map as memory that it might have to find, and refuses one larger than
        # all it has. Only what is written to will need any.
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        return mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE | flag, prot=protection, **_MAP_OPTIONS)


def _no_reserve_flag() -> int:
    # The module names the flag from Python 3.13 on. Before, its number on Linux, which a few machines number otherwise.
    if flag := getattr(mmap, "MAP_NORESERVE", 0):
        return int(flag)
    common = {"x86_64", "i686", "aarch64", "armv7l", "riscv64", "s390x"}
    return 0x4000 if sys.platform == "linux" and os.uname().machine in common else 0


def _read_exactly(file: io.FileIO, size: int, name: str) -> memoryview:
    memory = private_memory(size)
    done = 0
    while done < size:
        count = file.readinto(memory[done : done + _MAX_CALL_BYTES])
        if not count:
            raise _became_shorter(name)
        done += count
    return memory


def _became_shorter(name: str) -> IntegrityError:
    return IntegrityError(
        "the file became shorter while it was being read",
        source=name,
        hint=_TRY_AGAIN,
    )


def _stamp_of(status: os.stat_result) -> tuple[int, int] | None:
    """What changes when a regular file is written to; the times of pipes and devices mean nothing."""
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
