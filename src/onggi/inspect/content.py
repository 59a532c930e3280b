"""The bytes to look at, out of a file, a stream or memory, unpacked if they are compressed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from onggi.files.compression import detect
from onggi.files.decompression import decompress
from onggi.files.gather import flat
from onggi.files.mapped import open_source, read_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from onggi.proof.limits import Limits

__all__ = ["Content", "open_content"]

_HEAD_BYTES: Final = 4_096
_MAX_NESTED: Final = 3
"""Compressed inside compressed: more levels than this are no accident."""


@dataclass(frozen=True, slots=True)
class Content:
    """What there is to look at.

    Attributes:
        view: The bytes, unpacked.
        name: Where they came from, or an empty string.
        stored_bytes: Their size as they are stored.
        compression: The formats that were unpacked, from the outside in.
    """

    view: memoryview
    name: str
    stored_bytes: int
    compression: tuple[str, ...]


def open_content(source: Any, limits: Limits, on_progress: Callable[[int], None] | None = None) -> Content:
    """Open a path, a binary file or a buffer, and unpack it.

    Args:
        source: One of these.
        limits: For the size of streams and of what is unpacked.
        on_progress: Called with the number of compressed bytes that were read since the last call.

    Raises:
        DecodeError: It can't be unpacked.
        OSError: The file can't be read.
        TypeError: It is none of these.
    """
    view, name = _open(source, limits)
    stored_bytes = len(view)
    found: list[str] = []
    while len(found) < _MAX_NESTED and (compression := detect(view[:_HEAD_BYTES])):
        view = decompress(
            view,
            compression,
            max_bytes=limits.max_decompressed_bytes,
            max_ratio=limits.max_ratio,
            max_opcode_ratio=limits.max_opcode_ratio,
            stored_bytes=stored_bytes,
            on_progress=on_progress,
            source=name or None,
        )
        found.append(compression)
    return Content(view, name, stored_bytes, tuple(found))


def _open(source: Any, limits: Limits) -> tuple[memoryview, str]:
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        with open_source(name, mode="r", max_source_bytes=limits.max_source_bytes) as opened:
            return opened.view, name
    if hasattr(source, "read"):
        name = getattr(source, "name", "")
        name = name if isinstance(name, str) else ""
        return memoryview(read_stream(source.read, limits.max_source_bytes, source=name or None)), name
    return flat(source), ""
