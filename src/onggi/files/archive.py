"""The members of zip and tar archives, as views: nothing is extracted, and names are only names.

`zipfile` and `tarfile` of the standard library find the members. Their content is taken by the offsets and sizes of the
table of contents, without what `zipfile` checks besides (checksums, the local header's name and flags), because
PyTorch's reader does not check these either, and what it reads has to be looked at. What is not in the table of
contents but has a local header is found, too.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from onggi.errors import IntegrityError, LimitError, MalformedError, OnggiError, TruncatedError
from onggi.files.decompression import RATIO_FROM_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.proof.limits import Limits

__all__ = ["Budget", "Member", "is_tar", "is_zip", "tar_members", "zip_members"]

MAX_MEMBERS: Final = 100_000

_LOCAL: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_END_64_LOCATOR: Final = b"PK\x06\x07"
_SPLIT: Final = b"PK\x07\x08"
_LOCAL_HEADER: Final = struct.Struct("<4sHHHHHIIIHH")
_END_BYTES: Final = 22 + 2**16
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_ENCRYPTED: Final = 1
_UTF8_NAME: Final = 0x800
_PIECE_BYTES: Final = 2**20


class Budget:
    """How much the containers inside a file may unpack to, all together.

    Args:
        limits: The bounds.
        stored_bytes: The size of the file.
    """

    def __init__(self, limits: Limits, stored_bytes: int) -> None:
        self._limits = limits
        self._by_ratio = max(RATIO_FROM_BYTES, limits.max_ratio * stored_bytes)
        self._taken = 0
        self.member_count = 0

    @property
    def left(self) -> int:
        """How many bytes may still come out."""
        return max(min(self._limits.max_decompressed_bytes, self._by_ratio) - self._taken, 0)

    def take(self, size_bytes: int) -> None:
        """Count what came out.

        Raises:
            LimitError: It is more than there may be.
        """
        if size_bytes > self.left:
            is_total = self._limits.max_decompressed_bytes <= self._by_ratio
            limit = "max_decompressed_bytes" if is_total else "max_ratio"
            raise LimitError(
                "the members of the archive unpack to more than the limit for all that is in one file",
                limit=limit,
                maximum=self._limits.max_decompressed_bytes if is_total else self._limits.max_ratio,
                hint=f"if you know that it is that large, raise onggi.Limits({limit}=...)",
            )
        self._taken += size_bytes

    def count_member(self) -> None:
        """Count a member.

        Raises:
            LimitError: There are too many.
        """
        self.member_count += 1
        if self.member_count > MAX_MEMBERS:
            reason = f"the file holds more than {MAX_MEMBERS:,} members, which is as many as onggi reads"
            raise LimitError(reason, maximum=MAX_MEMBERS, hint="unpack it, and take each member by itself")


@dataclass(slots=True)
class Member:
    """One member of an archive.

    Attributes:
        name: Its name in the table of contents, as it stands there.
        view: Its content; empty if `error` says why it can't be read.
        error: Why it can't be read, or can't be read whole.
        is_stored: Whether `view` shows the archive itself and not a copy.
        problem: What is wrong with it that does not keep a lenient reader from reading it, in words; or empty.
        checksum: The CRC-32 that the archive says, if any.
        end: In a tar archive, where its content ends.
    """

    name: str
    view: memoryview
    error: OnggiError | None = None
    is_stored: bool = False
    problem: str = ""
    checksum: int | None = None
    end: int = 0

    def check(self) -> None:
        """Compare the checksum, and note in `problem` that it is wrong; that reads the whole content."""
        if self.checksum is not None and not self.problem and zlib.crc32(self.view) != self.checksum:
            self.problem = "its checksum is wrong"


# zip


def is_zip(view: memoryview) -> bool:
    """Say whether the bytes are a zip archive for some reader: by their first bytes, or by the record at their end."""
    if bytes(view[:4]) in (_LOCAL, _END, _SPLIT):
        return True
    tail = bytes(view[-_END_BYTES:]) if len(view) > 22 else b""
    at = tail.rfind(_END)
    return at >= 0 and _points_at_entries(view, tail, at)


def _points_at_entries(view: memoryview, tail: bytes, at: int) -> bool:
    """Whether the end record is one: where it says that the table is, the signature of an entry stands."""
    if at + 22 > len(tail):
        return False
    if tail[at - 20 : at - 16] == _END_64_LOCATOR and at >= 20:
        return True
    count, size = struct.unpack_from("<HI", tail, at + 10)
    start = len(view) - len(tail) + at - size
    return count == 0xFFFF or (count > 0 and start >= 0 and bytes(view[start : start + 4]) == b"PK\x01\x02")


def zip_members(view: memoryview, budget: Budget) -> Iterator[Member]:
    """Yield the members of a zip archive: those of its table of contents, then those that only have a local header.

    Args:
        view: The archive.
        budget: What may still be unpacked.

    Raises:
        LimitError: There are too many members, or they unpack to too much.
    """
    known: list[tuple[int, int]] = []
    try:
        with zipfile.ZipFile(_ViewFile(view)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error, OverflowError) as error:
        entries = []
        yield Member("", view[:0], MalformedError(f"the table of contents of the zip archive can't be read: {error}"))
    for entry in entries:
        budget.count_member()
        start, stop = _place(view, entry)
        known.append((entry.header_offset, stop))
        if not entry.filename.endswith("/") or entry.file_size:
            yield _read(view, entry, start, stop, budget)
    yield from _unlisted(view, sorted(known), budget)


def _place(view: memoryview, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Return where the stored bytes of a member start and stop; what follows a name and an extra field."""
    header = bytes(view[entry.header_offset : entry.header_offset + _LOCAL_HEADER.size])
    if entry.header_offset < 0 or len(header) < _LOCAL_HEADER.size or not header.startswith(_LOCAL):
        return -1, -1
    name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
    start = entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes
    return start, start + entry.compress_size


def _read(view: memoryview, entry: zipfile.ZipInfo, start: int, stop: int, budget: Budget) -> Member:
    if start < 0 or stop > len(view):
        where = TruncatedError(f"the content of {entry.filename!a} is not in the archive")
        return Member(entry.filename, view[:0], where)
    stored = view[start:stop]
    member = _content(entry.filename, stored, entry.compress_type, entry.file_size, budget)
    if entry.flag_bits & _ENCRYPTED:
        member.problem = "it is marked as encrypted"
    member.checksum = entry.CRC if member.error is None else None
    return member


def _content(name: str, stored: memoryview, method: int, size_bytes: int | None, budget: Budget) -> Member:
    """Unpack the content of a member, as far as it can be."""
    if method == _STORED:
        return Member(name, stored, is_stored=True)
    decoder = _decoder(method, stored)
    if decoder is None:
        return Member(name, stored[:0], MalformedError(f"{name!a} is packed by a method {method} that is not known"))
    content, error = _inflated(stored if method != _LZMA else stored[_lzma_start(stored) :], decoder, budget)
    if error is None and size_bytes is not None and len(content) != size_bytes:
        error = IntegrityError(f"{name!a} unpacks to {len(content):,} bytes, and {size_bytes:,} are announced")
    return Member(name, memoryview(content), error)


def _lzma_start(stored: memoryview) -> int:
    return 4 + int.from_bytes(stored[2:4], "little")


def _decoder(method: int, stored: memoryview) -> Any:
    if method == _DEFLATED:
        return zlib.decompressobj(-15)
    if method == _BZIP2:
        import bz2

        return bz2.BZ2Decompressor()
    if method == _LZMA and len(stored) > 4:
        import lzma

        # As zipfile does it (APPNOTE 5.8.8): two bytes of version, two of length, then the properties.
        properties = bytes(stored[4 : _lzma_start(stored)])
        try:
            filters = lzma._decode_filter_properties(lzma.FILTER_LZMA1, properties)  # type: ignore[attr-defined]
            return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])
        except (lzma.LZMAError, ValueError, MemoryError):
            return None
    return None


def _inflated(stored: memoryview, decoder: Any, budget: Budget) -> tuple[bytearray, OnggiError | None]:
    """Unpack; return what came out, and the error if it did not come out whole."""
    content = bytearray()
    waiting: bytes | memoryview = stored
    is_zlib = hasattr(decoder, "unconsumed_tail")
    try:
        while not decoder.eof:
            piece = decoder.decompress(waiting, _PIECE_BYTES)
            waiting = decoder.unconsumed_tail if is_zlib else b""
            if not piece and not waiting:
                return content, TruncatedError("the packed content of a member ends too early")
            content += piece
            budget.take(len(piece))
    except LimitError:
        raise
    except Exception as error:  # zlib, bz2 and lzma each raise classes of their own
        return content, IntegrityError(f"the packed content of a member is damaged: {error}")
    return content, None


def _unlisted(view: memoryview, known: list[tuple[int, int]], budget: Budget) -> Iterator[Member]:
    """Yield what has a local header outside of all members that the table of contents lists."""
    starts = [start for start, _ in known]
    position = _find(view, _LOCAL, 0)
    while position >= 0:
        index = bisect_right(starts, position) - 1
        if index >= 0 and position < max(known[index][1], known[index][0] + 1):
            position = _find(view, _LOCAL, max(known[index][1], position + 1))
            continue
        header = bytes(view[position : position + _LOCAL_HEADER.size])
        if len(header) < _LOCAL_HEADER.size:
            return
        budget.count_member()
        member, stop = _unlisted_member(view, position, header, budget)
        if member is not None:
            yield member
        position = _find(view, _LOCAL, stop)


def _unlisted_member(view: memoryview, at: int, header: bytes, budget: Budget) -> tuple[Member | None, int]:
    _, _, flags, method, *_, packed_bytes, _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    start = at + _LOCAL_HEADER.size + name_bytes + extra_bytes
    if start > len(view):
        return None, at + 4
    raw_name = bytes(view[at + _LOCAL_HEADER.size : at + _LOCAL_HEADER.size + name_bytes])
    name = raw_name.decode("utf-8" if flags & _UTF8_NAME else "cp437", "replace")
    # Written as a stream, the size stands behind the content: what is stored then goes on for all that is known.
    stop = start + packed_bytes if packed_bytes not in (0, 0xFFFFFFFF) else len(view)
    member = _content(name, view[start : min(stop, len(view))], method, None, budget)
    if isinstance(member.error, MalformedError):
        return None, at + 4
    member.problem = "it is not in the archive's table of contents"
    return member, stop if stop < len(view) else at + 4


def _find(view: memoryview, what: bytes, start: int) -> int:
    """Find bytes in a view without copying it whole; what is near is found at little cost."""
    step = 1 << 12
    while start < len(view):
        at = bytes(view[start : start + step + len(what) - 1]).find(what)
        if at >= 0:
            return start + at
        start += step
        step = min(4 * step, _PIECE_BYTES)
    return -1


class _ViewFile(io.RawIOBase):
    """A binary file over a view, which is not copied."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, len(self._view))[whence]
        if base + offset < 0:
            raise OSError("negative position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        piece = self._view[self._position : self._position + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def read(self, size: int | None = -1) -> bytes:
        end = len(self._view) if size is None or size < 0 else self._position + size
        piece = bytes(self._view[self._position : end])
        self._position += len(piece)
        return piece


# tar


def is_tar(view: memoryview) -> bool:
    """Say whether the bytes are a tar archive: the checksum of the first header holds."""
    if len(view) < 512:
        return False
    block = bytes(view[:512])
    if not block[0] or not block[148:156].strip(b" \0"):
        return False
    try:
        declared = tarfile.nti(block[148:156])  # type: ignore[attr-defined]
    except tarfile.HeaderError:
        return False
    return declared in tarfile.calc_chksums(block)  # type: ignore[attr-defined]


def tar_members(view: memoryview, budget: Budget) -> Iterator[Member]:
    """Yield the regular files of a tar archive.

    Args:
        view: The archive, unpacked.
        budget: How many members there may be.

    Raises:
        LimitError: There are too many members.
    """
    try:
        with tarfile.open(fileobj=_ViewFile(view), mode="r:", ignore_zeros=True) as archive:
            for entry in archive:
                budget.count_member()
                if entry.isreg():
                    yield _tar_member(view, entry)
                # The list of what was read would grow with the archive.
                archive.members = []  # type: ignore[attr-defined]
    except (tarfile.TarError, ValueError, OSError, EOFError, OverflowError) as error:
        yield Member("", view[:0], MalformedError(f"the tar archive can't be read to its end: {error}"))


def _tar_member(view: memoryview, entry: tarfile.TarInfo) -> Member:
    if entry.sparse is not None:
        return Member(entry.name, view[:0], MalformedError(f"{entry.name!a} is a sparse file, which is not read"))
    stop = entry.offset_data + entry.size
    error = TruncatedError(f"the end of {entry.name!a} is missing") if stop > len(view) else None
    return Member(entry.name, view[entry.offset_data : min(stop, len(view))], error, is_stored=True, end=stop)
