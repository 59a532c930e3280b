"""Compressed files: which format by suffix or by content, and the writer.

| format | suffix | package | remarks |
|---|---|---|---|
| gzip | .gz | | members may follow one another; CRC-32 |
| zlib | .z .zlib | | one stream; Adler-32; what joblib writes as `.z` and by default |
| bz2 | .bz2 | | streams may follow one another; CRC-32 |
| xz | .xz | | streams may follow one another; CRC-64 |
| lzma | .lzma | | one stream, the older format of xz, without any checksum; joblib writes it |
| zstd | .zst .zstd | `onggi[zstd]` before Python 3.14 | frames may follow one another; written with a checksum |
| lz4 | .lz4 | `onggi[lz4]` | frames may follow one another; written with a checksum |

All that is written is what the usual command of the format reads, with the default level of that command, and the same
for the same content: no names, no times.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import zlib
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from onggi.errors import MissingExtraError
from onggi.files.gather import flat

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from typing_extensions import Buffer

    from onggi.files.target import StrOrBytesPath

__all__ = [
    "CompressingWriter",
    "Format",
    "Writable",
    "compressing_writer",
    "detect",
    "require_package",
    "suffix_format",
]

Format: TypeAlias = Literal["gzip", "zlib", "bz2", "xz", "lzma", "zstd", "lz4"]

_SUFFIXES: Final[dict[str, Format]] = {
    ".gz": "gzip",
    ".z": "zlib",
    ".zlib": "zlib",
    ".bz2": "bz2",
    ".xz": "xz",
    ".lzma": "lzma",
    ".zst": "zstd",
    ".zstd": "zstd",
    ".lz4": "lz4",
}

# None of these starts a pickle: each has a byte early on that is no opcode, or stands where no opcode can.
_MAGIC: Final[tuple[tuple[bytes, Format], ...]] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x5d\x00\x00", "lzma"),
)
# The level, then the first block, or the end of a stream without any.
_BZ2_HEAD: Final = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90|.{0,5}\Z)", re.DOTALL)

_LEVELS: Final[dict[Format, range]] = {
    "gzip": range(10),
    "zlib": range(10),
    "bz2": range(1, 10),
    "xz": range(10),
    "lzma": range(10),
    "zstd": range(-7, 23),
    "lz4": range(17),
}

# A codec's answer to one piece is in memory as a whole, so the pieces are small.
_PIECE_BYTES: Final = 2**20


class Writable(Protocol):
    """What compressed bytes can be written to."""

    def write(self, buffer: bytes, /) -> int | None:
        """Take the bytes and say how many were taken; `None` says all."""


class _Encoder(Protocol):
    def compress(self, data: memoryview, /) -> bytes: ...

    def flush(self) -> bytes: ...


def suffix_format(path: StrOrBytesPath) -> Format | None:
    """Tell the format that the suffix of a path asks for; `None` means not to compress.

    `.Z` is not `.z`: it belongs to `compress`, which nobody uses any more.
    """
    suffix = os.path.splitext(os.fsdecode(path))[1]
    return None if suffix == ".Z" else _SUFFIXES.get(suffix.lower())


def detect(head: Buffer) -> Format | None:
    """Tell the compression of a file by how it begins; no pickle is taken for compressed.

    Args:
        head: The first bytes of the file; 64 are enough.

    Returns:
        The format, or `None`.
    """
    start = bytes(flat(head)[:64])
    for magic, name in _MAGIC:
        if start.startswith(magic):
            return name
    if _BZ2_HEAD.match(start):
        return "bz2"
    if _is_skippable_before(start, b"\x28\xb5\x2f\xfd"):
        return "zstd"
    if _is_skippable_before(start, b"\x04\x22\x4d\x18"):
        return "lz4"
    return "zlib" if _is_zlib(start) else None


def _is_skippable_before(start: bytes, magic: bytes) -> bool:
    """Frames with data of others (0x184D2A50 to 5F) may stand first in both formats; what follows tells which."""
    at = 0
    while start[at + 1 : at + 4] == b"\x2a\x4d\x18" and start[at] & 0xF0 == 0x50 and len(start) >= at + 8:
        at += 8 + int.from_bytes(start[at + 4 : at + 8], "little")
    return at > 0 and start[at : at + 4] == magic


def _is_zlib(start: bytes) -> bool:
    """Check the two header bytes, and then the data: protocol 0 pickles such as `(S'a'` pass the first check."""
    if len(start) < 2 or start[0] & 0x8F != 0x08 or start[1] & 0x20 or int.from_bytes(start[:2], "big") % 31:
        return False
    if start[0] != 0x78 and len(start) < 8:
        return False
    try:
        zlib.decompressobj().decompress(start, 64)
    except zlib.error:
        return False
    return True


def compressing_writer(
    target: Writable, compression: Format, level: int | None = None, *, total_bytes: int | None = None
) -> CompressingWriter:
    """Start a compressed stream into a target.

    Args:
        target: Takes the compressed bytes, such as a binary file or an `AtomicFile`. It is not closed.
        compression: The format.
        level: How hard to compress, on the format's own scale. Default: that of the format's command.
        total_bytes: How many bytes will be written, if known: zstd and lz4 tell it to the reader.

    Returns:
        The writer; close it, or use it in a `with` block.

    Raises:
        MissingExtraError: The package for the format is not installed.
        ValueError: The level is not one of the format.
    """
    if level is not None and level not in _LEVELS[compression]:
        allowed = _LEVELS[compression]
        raise ValueError(f"the levels of {compression} go from {allowed[0]} to {allowed[-1]}, so {level} is none")
    head, encoder = _open_encoder(compression, level, total_bytes)
    return CompressingWriter(target, encoder, head)


class CompressingWriter:
    """Compresses what is written to it, piece by piece, into a target.

    A `with` block that ends in an exception leaves the stream without its end, so that nobody takes it for whole.

    Attributes:
        taken_bytes: How many bytes were given to `write` so far.
    """

    def __init__(self, target: Writable, encoder: _Encoder, head: bytes) -> None:
        self.taken_bytes = 0
        self._target = target
        self._encoder: _Encoder | None = encoder
        self._put(head)

    def write(self, buffer: Buffer) -> int:
        """Take the bytes of a C-contiguous buffer, which may be changed afterwards.

        Returns:
            The number of bytes, always all.
        """
        if self._encoder is None:
            raise ValueError("the stream is closed")
        view = flat(buffer)
        for start in range(0, len(view), _PIECE_BYTES):
            self._put(self._encoder.compress(view[start : start + _PIECE_BYTES]))
        self.taken_bytes += len(view)
        return len(view)

    def close(self) -> None:
        """Write the end of the stream; the target stays open."""
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            self._put(encoder.flush())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        self._encoder = None

    def _put(self, data: bytes) -> None:
        while data:
            count = self._target.write(data)
            # An unbuffered file may take a part only.
            data = b"" if count is None else data[count:]


def require_package(compression: Literal["zstd", "lz4"]) -> Any:
    """Import the module of a format that needs a package.

    Raises:
        MissingExtraError: It is not installed.
    """
    own_zstd = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    try:
        return importlib.import_module({"zstd": own_zstd, "lz4": "lz4.frame"}[compression])
    except ImportError as error:
        raise MissingExtraError(
            f"{compression} needs a package that is not installed", hint=f"pip install 'onggi[{compression}]'"
        ) from error


def _open_encoder(compression: Format, level: int | None, total_bytes: int | None) -> tuple[bytes, _Encoder]:
    """Return what stands before the first piece, and the encoder."""
    if compression in {"gzip", "zlib"}:
        # zlib's own number for "gzip around it" is 16 more than the window's 15.
        return b"", zlib.compressobj(-1 if level is None else level, zlib.DEFLATED, 31 if compression == "gzip" else 15)
    if compression == "bz2":
        import bz2

        return b"", bz2.BZ2Compressor(9 if level is None else level)
    if compression in {"xz", "lzma"}:
        import lzma

        kind = lzma.FORMAT_XZ if compression == "xz" else lzma.FORMAT_ALONE
        return b"", lzma.LZMACompressor(kind, preset=6 if level is None else level)
    return _open_zstd(level, total_bytes) if compression == "zstd" else _open_lz4(level, total_bytes)


def _open_zstd(level: int | None, total_bytes: int | None) -> tuple[bytes, _Encoder]:
    zstd = require_package("zstd")
    options = {zstd.CompressionParameter.checksum_flag: 1}
    if level is not None:
        options[zstd.CompressionParameter.compression_level] = level
    encoder = zstd.ZstdCompressor(options=options)
    if total_bytes is not None:
        encoder.set_pledged_input_size(total_bytes)
    return b"", encoder


def _open_lz4(level: int | None, total_bytes: int | None) -> tuple[bytes, _Encoder]:
    lz4 = require_package("lz4")
    encoder = lz4.LZ4FrameCompressor(compression_level=level or 0, content_checksum=True)
    return encoder.begin(source_size=total_bytes or 0), encoder
