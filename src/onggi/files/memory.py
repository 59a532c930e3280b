"""Private memory for big contents, which costs as little to touch for the first time as the system allows.

Most of the time that a big read takes goes into fresh 4 KiB pages, one fault each; huge pages make it several times
faster. Anonymous memory is also filled only where it is written, so an estimate that is too large costs nothing.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
from typing import Final

__all__ = ["private_memory"]

# The size of one huge page on most machines; less than that gains nothing.
_HUGE_BYTES: Final = 2 * 2**20


def private_memory(size_bytes: int) -> memoryview:
    """Get zeroed, writable memory that no other process sees.

    Args:
        size_bytes: How much.

    Returns:
        A view; the memory lives as long as any view of it.

    Raises:
        MemoryError: The system does not have so much.
    """
    if size_bytes < _HUGE_BYTES:
        return memoryview(bytearray(size_bytes))
    try:
        memory = _anonymous_map(size_bytes)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError(f"no room for {size_bytes:,} bytes") from error
        raise
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without huge pages
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)


def _anonymous_map(size_bytes: int) -> mmap.mmap:
    if hasattr(mmap, "MAP_ANONYMOUS"):
        # Python's default, MAP_SHARED, would let a forked child write into the memory, and rules out huge pages.
        return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return mmap.mmap(-1, size_bytes)
