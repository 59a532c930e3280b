"""Compressed bytes: unpacked within the caps to what the reference makes of them, or one of our errors."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import random
import zlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Final

import onggi
from fuzz.mutate import mutate_bytes
from fuzz.target import Target, chosen
from fuzz.targets.loads import tried
from onggi.errors import OnggiError
from onggi.files.compression import CompressingWriter, Format, compressing_writer, detect
from onggi.files.decompression import decompress, decompressing_reader
from onggi.files.identify import identify
from onggi.proof import Limits

__all__ = ["TARGET"]

_FORMATS: Final[tuple[Format, ...]] = ("gzip", "zlib", "bz2", "xz", "lzma", "zstd", "lz4")
_REFERENCES: Final[dict[Format, Callable[[bytes], bytes]]] = {
    "gzip": gzip.decompress,
    "zlib": zlib.decompress,
    "bz2": bz2.decompress,
    "xz": lzma.decompress,
    "lzma": partial(lzma.decompress, format=lzma.FORMAT_ALONE),
}
_MOST_BYTES: Final = 1 << 18
_LIMITS: Final = Limits(max_decompressed_bytes=_MOST_BYTES)


def check(data: bytes) -> None:
    """Unpack it at once and as a stream, and load it."""
    identify(data, len(data), "x")
    tried(lambda: onggi.load(io.BytesIO(data), limits=_LIMITS))
    compression = detect(data) or chosen(data, _FORMATS)
    try:
        view = decompress(data, compression, max_bytes=_MOST_BYTES, max_ratio=200)
    except OnggiError as error:
        assert str(error)
        _stream(data, compression)
        return
    assert len(view) <= _MOST_BYTES
    assert _stream(data, compression) == bytes(view)
    if compression in _REFERENCES:
        assert _REFERENCES[compression](data) == bytes(view)


def _stream(data: bytes, compression: Format) -> bytes | None:
    try:
        with decompressing_reader(io.BytesIO(data), compression, max_bytes=_MOST_BYTES, max_ratio=200) as reader:
            found = b"".join(iter(lambda: reader.read(1_000), b""))
    except OnggiError as error:
        assert str(error)
        return None
    assert len(found) <= _MOST_BYTES
    return found


def _compressed(content: bytes, compression: Format) -> bytes:
    file = io.BytesIO()
    writer: CompressingWriter = compressing_writer(file, compression)
    with writer:
        writer.write(content)
    return file.getvalue()


@cache
def _seeds() -> Sequence[bytes]:
    contents = [pickle.dumps(obj) for obj in (None, [1, 2, 3], {"a": "x" * 500}, list(range(400)))]
    contents += [b"", b"N.", bytes(_MOST_BYTES + 1), random.Random(0).randbytes(3_000)]
    found = [_compressed(content, compression) for content in contents for compression in _FORMATS]
    found += [one + other for one in found[:14] for other in found[:14]]
    found += [_compressed(one, compression) for one in found[:7] for compression in _FORMATS]
    found += [
        b"PK\x03\x04" + bytes(40),
        b"\x93NUMPY",
        b'{"a":1}',
        b"<html>",
        b"version https://git-lfs.github.com/spec/v1",
    ]
    return tuple(found)


TARGET: Final = Target("containers", check, _seeds, mutate_bytes)
