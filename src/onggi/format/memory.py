"""Growable number arrays and byte access for the compiled modules.

`memory.pxd` holds the same functions in C; a compiled module cimports that one, an uncompiled module imports this one.
Both keep the same contract: a *number array* is indexed with plain integers and never shrinks.
"""

from __future__ import annotations

__all__ = ["bytes_of", "empty", "find_newline", "grow", "prefetch", "release"]


def empty() -> list[int]:
    """Return a number array without room."""
    return []


def grow(numbers: list[int], count: int) -> list[int]:
    """Give `numbers` room for `count` numbers; the new ones are 0."""
    numbers.extend([0] * (count - len(numbers)))
    return numbers


def release(numbers: list[int]) -> None:
    """Free the array."""
    numbers.clear()


def bytes_of(view: bytes | bytearray | memoryview) -> bytes | bytearray | memoryview:
    """Return what yields the byte at an index."""
    return view


def prefetch(numbers: list[int], index: int) -> None:
    """Have the number at `index` brought near, for it will be read soon."""


def find_newline(data: bytes | bytearray | memoryview, start: int, stop: int) -> int:
    """Return the index of the first newline in `data[start:stop]`, or -1."""
    if isinstance(data, bytes | bytearray):
        return data.find(b"\n", start, stop)
    while start < stop:
        chunk = bytes(data[start : min(start + 1024, stop)])
        found = chunk.find(b"\n")
        if found >= 0:
            return start + found
        start += len(chunk)
    return -1
