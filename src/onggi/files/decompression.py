"""Reading compressed streams: in pieces, with caps on what comes out, and never quietly short or wrong.

Nothing that the stream says of its own size is believed beyond the caps. `decompress` reads to the very end, so the
checksums of the format are checked before anybody sees the content. (`pickle.load` on a `gzip` file does not get there:
it stops at the pickle's STOP, and a flipped bit goes unseen.)
"""

from __future__ import annotations

import io
import math
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from onggi.errors import DecodeError, IntegrityError, LimitError, MalformedError, TruncatedError
from onggi.files.compression import require_package
from onggi.files.gather import flat
from onggi.files.gauge import Gauge
from onggi.files.memory import private_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from onggi.files.compression import Format

__all__ = ["RATIO_FROM_BYTES", "DecompressedStream", "Readable", "decompress", "decompressing_reader"]

RATIO_FROM_BYTES: Final = 256 * 2**20
"""The ratio counts from this output on: an honest array of zeros shrinks a thousandfold and more."""

# What unpacks to more than this, and to more than so many times what it takes, is measured before any of it is kept.
_MEASURE_FROM_BYTES: Final = 64 * 2**20
_MEASURE_FROM_RATIO: Final = 16

_OUTPUT_BYTES: Final = 2**18
_ZEROS: Final = bytes(_OUTPUT_BYTES)
_PULL_BYTES: Final = 2**18
# A codec copies what it did not use of a piece. Members can be tiny, so that each starts with small pieces.
_FIRST_FEED_BYTES: Final = 2**12
_MAX_FEED_BYTES: Final = 2**18
# What an xz file may ask for to unpack: `xz -9` needs 65 MiB, the largest dictionary 4 GiB. zstd has 128 MiB built in.
_MAX_WINDOW_BYTES: Final = 512 * 2**20

# How a further member of the same file starts. zlib and lzma know only one.
_MEMBER_STARTS: Final[dict[Format, tuple[bytes, ...]]] = {
    "gzip": (b"\x1f\x8b\x08",),
    "bz2": (b"BZh",),
    "xz": (b"\xfd7zXZ\x00",),
    "zstd": (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + i, 0x2A, 0x4D, 0x18)) for i in range(16))),
    "lz4": (b"\x04\x22\x4d\x18", *(bytes((0x50 + i, 0x2A, 0x4D, 0x18)) for i in range(16))),
    "zlib": (),
    "lzma": (),
}
_LONGEST_START: Final = 6


class Readable(Protocol):
    """What compressed bytes can be read from."""

    def read(self, size: int, /) -> bytes | None:
        """Give up to so many bytes, and none at the end."""


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: memoryview, max_length: int) -> bytes: ...


class DecompressedStream:
    """The content of a compressed stream, piece by piece.

    Args:
        pull: Gives the next compressed bytes, as many as it likes, and none at the end.
        compression: The format.
        max_bytes: How much may come out.
        max_ratio: How many times more may come out than goes in, once `RATIO_FROM_BYTES` have come out.
        total_bytes: The size of the whole compressed stream, if known; else the ratio is to what was read so far.
        source: The name of the stream, for messages.

    Attributes:
        consumed_bytes: How much was pulled so far.
        produced_bytes: How much came out so far.
    """

    def __init__(
        self,
        pull: Callable[[], Buffer],
        compression: Format,
        *,
        max_bytes: int,
        max_ratio: float,
        total_bytes: int | None = None,
        source: str | None = None,
    ) -> None:
        self.consumed_bytes = 0
        self.produced_bytes = 0
        self._pull = pull
        self._compression: Format = compression
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._total_bytes = total_bytes
        self._source = source
        self._input = memoryview(b"")
        self._at = 0
        self._feed_bytes = _FIRST_FEED_BYTES
        self._members = 0
        self._decoder: _Decoder | None = None
        self._decoder_errors: tuple[type[Exception], ...] = ()
        self._failure: Exception | None = None

    def read(self, max_length: int = _OUTPUT_BYTES) -> bytes:
        """Give the next piece.

        Args:
            max_length: How much at most; more than zero.

        Returns:
            Some bytes; none only when the whole stream was read and found sound.

        Raises:
            TruncatedError: The stream ends too early.
            IntegrityError: The stream is damaged.
            MalformedError: Something else follows it.
            LimitError: Too much comes out.
            MissingExtraError: The package for the format is not installed.
        """
        if self._failure:
            raise self._failure
        try:
            piece = self._next_piece(max_length)
            self._count(len(piece))
        except DecodeError as error:
            self._failure = error
            raise
        return piece

    def _next_piece(self, max_length: int) -> bytes:
        # One byte more than allowed is enough to know.
        room = min(max_length, self._max_bytes - self.produced_bytes + 1)
        while decoder := self._decoder or self._open_member():
            piece = self._step(decoder, room)
            if piece:
                return piece
        return b""

    def _open_member(self) -> _Decoder | None:
        head = self._peek()
        if self._members and not head:
            return None
        if not head:
            raise self._truncated("is empty")
        if self._members:
            self._check_next_member(head)
        self._decoder, self._decoder_errors = _open_decoder(self._compression)
        self._feed_bytes = _FIRST_FEED_BYTES
        self._members += 1
        return self._decoder

    def _check_next_member(self, head: bytes) -> None:
        starts = _MEMBER_STARTS[self._compression]
        if head.startswith(starts):
            return
        if any(start.startswith(head) for start in starts):
            raise self._truncated("breaks off")
        raise MalformedError(
            f"something else follows the end of the {self._compression} stream "
            f"(byte {self.consumed_bytes - len(self._input) + self._at:,} of the compressed file)",
            source=self._source,
        )

    def _step(self, decoder: _Decoder, room: int) -> bytes:
        feed = self._next_feed() if decoder.needs_input else self._input[:0]
        is_end = decoder.needs_input and not feed
        try:
            piece = decoder.decompress(feed, room)
        except MemoryError as error:
            raise self._too_large("there is not so much") from error
        except self._decoder_errors as error:
            raise self._damaged(error) from error
        if decoder.eof:
            self._at -= len(decoder.unused_data or b"")
            self._decoder = None
        elif is_end and not piece:
            raise self._truncated("breaks off")
        return piece

    def _next_feed(self) -> memoryview:
        if self._at == len(self._input):
            self._refill(b"")
        feed = self._input[self._at : self._at + self._feed_bytes]
        self._at += len(feed)
        self._feed_bytes = min(self._feed_bytes * 4, _MAX_FEED_BYTES)
        return feed

    def _peek(self) -> bytes:
        while len(rest := bytes(self._input[self._at : self._at + _LONGEST_START])) < _LONGEST_START:
            if not self._refill(rest):
                break
        return rest

    def _refill(self, rest: bytes) -> int:
        more = flat(self._pull())
        self.consumed_bytes += len(more)
        self._input = memoryview(rest + more) if rest else more
        self._at = 0
        return len(more)

    def _count(self, count: int) -> None:
        self.produced_bytes += count
        self._check_size(self.produced_bytes)

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise self._over("max_decompressed_bytes", self._max_bytes, size)
        self._check_ratio("max_ratio", self._max_ratio, size)

    def _check_ratio(self, limit: str, maximum: float, size: int) -> None:
        against = self._total_bytes or self.consumed_bytes
        if size > max(RATIO_FROM_BYTES, maximum * against):
            raise self._over(limit, int(maximum), size // max(against, 1))

    def check_gauge(self, gauge: Gauge, max_opcode_ratio: float) -> None:
        """Refuse what the opcodes announce before it comes out, and too many opcodes.

        Raises:
            LimitError: Too much would come out.
        """
        self._check_size(self.produced_bytes + gauge.awaited_bytes)
        self._check_ratio("max_opcode_ratio", max_opcode_ratio, gauge.opcode_bytes)

    def _over(self, limit: str, maximum: int, actual: int) -> LimitError:
        what = f"{maximum:,} bytes" if limit == "max_decompressed_bytes" else f"{maximum:,} times its size"
        of = " of opcodes" if limit == "max_opcode_ratio" else ""
        return LimitError(
            f"the {self._compression} stream unpacks to more than {what}{of}",
            limit=limit,
            maximum=maximum,
            actual=actual,
            source=self._source,
            hint=f"if you know that it is that large, raise onggi.Limits({limit}=...)",
        )

    def _truncated(self, how: str) -> TruncatedError:
        return TruncatedError(
            f"the {self._compression} stream {how}: {self.consumed_bytes:,} bytes are there, and its end is missing",
            source=self._source,
            hint="copy or download it again",
        )

    def _damaged(self, error: Exception) -> Exception:
        if "memory" in str(error).lower():
            return self._too_large(str(error))
        place = self.consumed_bytes - len(self._input) + self._at
        return IntegrityError(
            f"the {self._compression} stream is damaged before byte {place:,} of the compressed file: {error}",
            source=self._source,
            hint="copy or download it again",
        )

    def _too_large(self, why: str) -> LimitError:
        return LimitError(
            f"the {self._compression} stream asks for too much memory to unpack it: {why}",
            maximum=_MAX_WINDOW_BYTES,
            source=self._source,
            hint=f"if you know where it comes from, unpack it with the {self._compression} command first",
        )


def decompress(
    data: Buffer,
    compression: Format,
    *,
    max_bytes: int,
    max_ratio: float,
    max_opcode_ratio: float = math.inf,
    stored_bytes: int | None = None,
    on_progress: Callable[[int], None] | None = None,
    source: str | None = None,
) -> memoryview:
    """Unpack a whole compressed stream, and check it to its end.

    What unpacks to very much is unpacked twice: a first time, keeping nothing, to see whether it stays within the
    limits. So what is refused takes little memory.

    Args:
        data: All the compressed bytes.
        compression: The format, as `detect` tells it.
        max_bytes: How much may come out.
        max_ratio: How many times more may come out than is there, once `RATIO_FROM_BYTES` have come out.
        max_opcode_ratio: The same for what comes out and is no large string or buffer of a pickle.
        stored_bytes: The size that the ratios are to, where `data` was itself unpacked. Default: that of `data`.
        on_progress: Called with the number of compressed bytes that were read since the last call.
        source: The name of the stream, for messages.

    Returns:
        A writable view of private memory, one byte an item.

    Raises:
        TruncatedError: The stream ends too early.
        IntegrityError: The stream is damaged, or its checksum is wrong.
        MalformedError: Something else follows it.
        LimitError: `max_decompressed_bytes`, `max_ratio` or `max_opcode_ratio` is passed.
        MissingExtraError: The package for the format is not installed.
    """
    view = flat(data)

    def start() -> DecompressedStream:
        pieces = iter(view[at : at + _PULL_BYTES] for at in range(0, len(view), _PULL_BYTES))
        return DecompressedStream(
            lambda: next(pieces, b""),
            compression,
            max_bytes=max_bytes,
            max_ratio=max_ratio,
            total_bytes=stored_bytes or len(view),
            source=source,
        )

    declared = _declared_bytes(view, compression)
    content = None if _is_suspicious(declared, len(view)) else _collect(start(), declared, on_progress)
    if content is None:
        content = _collect(start(), _measure(start(), max_opcode_ratio), None, is_measured=True)
    return content or memoryview(b"")


def _is_suspicious(produced_bytes: int, consumed_bytes: int) -> bool:
    return produced_bytes > max(_MEASURE_FROM_BYTES, _MEASURE_FROM_RATIO * consumed_bytes)


def _collect(
    stream: DecompressedStream,
    expected_bytes: int,
    on_progress: Callable[[int], None] | None,
    *,
    is_measured: bool = False,
) -> memoryview | None:
    """Keep all that comes out; None as soon as that is so much that it has to be measured first."""
    content = _Content(expected_bytes)
    reported = 0
    while piece := stream.read():
        if not is_measured and _is_suspicious(stream.produced_bytes, stream.consumed_bytes):
            return None
        content.append(piece)
        if on_progress and stream.consumed_bytes > reported:
            on_progress(stream.consumed_bytes - reported)
            reported = stream.consumed_bytes
    return content.view()


def _measure(stream: DecompressedStream, max_opcode_ratio: float) -> int:
    """Return how much comes out, or raise, in little memory."""
    gauge = Gauge()
    while piece := stream.read():
        gauge.add(piece)
        stream.check_gauge(gauge, max_opcode_ratio)
    return stream.produced_bytes


def decompressing_reader(
    file: Readable, compression: Format, *, max_bytes: int, max_ratio: float, source: str | None = None
) -> io.BufferedReader:
    """Read a compressed stream as a binary file, for several pickles one after the other.

    What it gives is checked only as far as it was read: the checksum of a format stands at its end. A `read` that
    returns `b""` says that the whole stream is sound.

    Args:
        file: Gives the compressed bytes; it is not closed.
        compression: The format, as `detect` tells it.
        max_bytes: How much may come out.
        max_ratio: How many times more may come out than was read, once `RATIO_FROM_BYTES` have come out.
        source: The name of the stream, for messages.

    Returns:
        A file whose methods raise what `decompress` raises.
    """
    # read1 gives what has arrived of a pipe; read waits until there is as much as was asked for.
    read = getattr(file, "read1", file.read)
    stream = DecompressedStream(
        lambda: read(_PULL_BYTES) or b"", compression, max_bytes=max_bytes, max_ratio=max_ratio, source=source
    )
    return io.BufferedReader(_RawReader(stream), _OUTPUT_BYTES)


class _RawReader(io.RawIOBase):
    def __init__(self, stream: DecompressedStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = flat(buffer)
        piece = self._stream.read(min(len(view), _OUTPUT_BYTES)) if view else b""
        view[: len(piece)] = piece
        return len(piece)


class _Content:
    """Memory of the size that was declared, as far as that turns out true."""

    def __init__(self, declared_bytes: int) -> None:
        try:
            self._fixed = private_memory(declared_bytes)
        except MemoryError:  # then what was declared is perhaps not true either
            self._fixed = private_memory(0)
        self._filled = 0
        self._grown: bytearray | None = None

    def append(self, piece: bytes) -> None:
        end = self._filled + len(piece)
        if self._grown is None and end <= len(self._fixed):
            # Fresh memory is zero, and takes none as long as nothing is written to it.
            if piece != _ZEROS[: len(piece)]:
                self._fixed[self._filled : end] = piece
        else:
            if self._grown is None:
                self._grown = bytearray(self._fixed[: self._filled])
            self._grown += piece
        self._filled = end

    def view(self) -> memoryview:
        return self._fixed[: self._filled] if self._grown is None else memoryview(self._grown)


class _ZlibDecoder:
    """Gives zlib's decompressor the interface of the others."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def decompress(self, data: memoryview, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail or data, max_length)


def _open_decoder(compression: Format) -> tuple[_Decoder, tuple[type[Exception], ...]]:
    """Return a decoder of one member, and what it raises on damaged data."""
    if compression in {"gzip", "zlib"}:
        return _ZlibDecoder(31 if compression == "gzip" else 15), (zlib.error,)
    decoder: _Decoder
    if compression == "bz2":
        import bz2

        decoder = bz2.BZ2Decompressor()
        return decoder, (OSError, ValueError)
    if compression in {"xz", "lzma"}:
        import lzma

        kind = lzma.FORMAT_XZ if compression == "xz" else lzma.FORMAT_ALONE
        return lzma.LZMADecompressor(kind, memlimit=_MAX_WINDOW_BYTES), (lzma.LZMAError,)
    if compression == "zstd":
        zstd = require_package("zstd")
        return zstd.ZstdDecompressor(), (zstd.ZstdError,)
    return require_package("lz4").LZ4FrameDecompressor(), (RuntimeError,)


def _declared_bytes(view: memoryview, compression: Format) -> int:
    """Read how much the stream says to hold: a hint, right for most files, that a hostile one can forge."""
    if compression == "gzip":
        return int.from_bytes(view[-4:], "little") if len(view) >= 18 else 0
    if compression == "zstd":
        zstd = require_package("zstd")
        try:
            return int(zstd.get_frame_info(view[:18]).decompressed_size or 0)
        except zstd.ZstdError:
            return 0
    if compression == "lz4":
        try:
            return int(require_package("lz4").get_frame_info(bytes(view[:19]))["content_size"])
        except RuntimeError:
            return 0
    return 0
