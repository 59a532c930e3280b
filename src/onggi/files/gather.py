"""Write many buffers to a file descriptor as they lie in memory: no joining, no copying."""

from __future__ import annotations

import errno
import os
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import Buffer

__all__ = ["flat", "write_fully"]

# Linux writes at most 0x7ffff000 bytes at once, macOS refuses 2 GiB and more.
_MAX_CALL_BYTES: Final = 2**30
# What is written between two reports of progress.
_PROGRESS_BYTES: Final = 64 * 2**20
_EMPTY: Final = memoryview(b"")


def _max_buffers() -> int:
    try:
        return max(os.sysconf("SC_IOV_MAX"), 16)
    except (AttributeError, OSError, ValueError):
        return 16  # what POSIX grants at least


_MAX_BUFFERS: Final = _max_buffers()


def flat(buffer: Buffer) -> memoryview:
    """View a buffer as bytes, without a copy.

    Args:
        buffer: Any C-contiguous object with the buffer protocol.

    Returns:
        A one-dimensional view whose length is the number of bytes.

    Raises:
        TypeError: The memory of the buffer has gaps or another order.
    """
    view = memoryview(buffer)
    # A view with a zero in its shape can't be cast.
    return view.cast("B") if view.nbytes else _EMPTY


def write_fully(fd: int, buffers: Iterable[Buffer], on_progress: Callable[[int], None] | None = None) -> int:
    """Write all the buffers, in their order.

    Args:
        fd: A descriptor in blocking mode, open for writing.
        buffers: C-contiguous buffers; each is written from where it lies.
        on_progress: Called with the number of bytes that were written since the last call.

    Returns:
        The number of bytes written.

    Raises:
        OSError: The system can't write them all.
    """
    queue = deque(view for view in map(flat, buffers) if view.nbytes)
    room = _PROGRESS_BYTES if on_progress else _MAX_CALL_BYTES
    total = 0
    while queue:
        count = _write_some(fd, _next_batch(queue, room))
        if not count:
            raise OSError(errno.EIO, "the system took none of the bytes to write")
        _drop(queue, count)
        total += count
        if on_progress:
            on_progress(count)
    return total


def _next_batch(queue: deque[memoryview], room: int) -> list[memoryview]:
    batch = []
    for view in islice(queue, _MAX_BUFFERS):
        batch.append(view[:room])
        room -= len(batch[-1])
        if not room:
            break
    return batch


def _write_some(fd: int, batch: list[memoryview]) -> int:
    if hasattr(os, "writev"):
        return os.writev(fd, batch)
    return os.write(fd, batch[0])


def _drop(queue: deque[memoryview], count: int) -> None:
    while count:
        view = queue.popleft()
        if count < len(view):
            queue.appendleft(view[count:])
            return
        count -= len(view)
