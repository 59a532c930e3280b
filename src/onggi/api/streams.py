"""Read pickles from file objects: exactly one, or one after the other."""

from __future__ import annotations

import io
import mmap
import os
import stat
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from onggi.codec.carriers import Carried, is_torch_magic, load_carried, rescued
from onggi.codec.decode import Decoder, decode
from onggi.errors import DecodeError, LimitError, NotAPickleError, TruncatedError
from onggi.files.compression import detect
from onggi.files.decompression import decompress, decompressing_reader
from onggi.files.mapped import MAP_FROM_BYTES, read_stream
from onggi.format.scan import scan_part
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onggi.codec.options import Options

__all__ = ["PickleStream", "iter_stream", "load_stream"]

_READ_BYTES: Final = 16 * 2**20
_PEEK_BYTES: Final = 64 * 2**10
_NO_THRESHOLD: Final = 1 << 62
_MAGIC_BYTES: Final = 8
_HEAD_BYTES: Final = 64


def load_stream(file: BinaryIO, options: Options, *, buffers: Iterable[Any] | None = None) -> Any:
    """Load one object from a file object, and leave the file behind it."""
    options = replace(options, source=_name(file), file_name=_name(file) if _is_at_start(file) else None)
    mapped = _map(file)
    if mapped is not None:
        view, start = mapped
        if detect(view[start : start + _MAGIC_BYTES]) is None:
            obj, stop = load_carried(view, replace(options, is_mapped=True), start=start, buffers=buffers)
            file.seek(stop)
            return obj
    here = _position(file)
    try:
        obj = decode(memoryview(PickleStream(file, options).read()), options, buffers=buffers)[0]
    except DecodeError as error:
        carried = None if here is None else _rescued(error, file, here, options)
        if carried is None:
            raise
        return carried[0]
    if here is not None and is_torch_magic(obj):
        file.seek(here)
        return load_carried(_rest(file, options), options)[0]
    return obj


def _position(file: Any) -> int | None:
    """Return where a file object stands, if it can go back there."""
    try:
        return int(file.tell()) if file.seekable() else None
    except (AttributeError, OSError):
        return None


def _rescued(error: DecodeError, file: BinaryIO, here: int, options: Options) -> Carried | None:
    """Load what is no ordinary pickle, such as a file of joblib; all that is left of the file belongs to it."""
    if isinstance(error, LimitError | NotAPickleError):
        return None
    behind = file.tell()
    file.seek(here)
    carried = None
    try:
        carried = rescued(error, _rest(file, options), options)
    finally:
        if carried is None:
            file.seek(behind)
    return carried


def _rest(file: BinaryIO, options: Options) -> memoryview:
    """Read all that is left of a file, unpacked."""
    limits = options.limits
    view = memoryview(read_stream(file.read, limits.max_source_bytes, source=options.source))
    compression = detect(view[:_HEAD_BYTES])
    if compression is None:
        return view
    return decompress(
        view,
        compression,
        max_bytes=limits.max_decompressed_bytes,
        max_ratio=limits.max_ratio,
        source=options.source,
    )


def iter_stream(file: BinaryIO, options: Options) -> Iterator[Any]:
    """Load pickles until the file ends."""
    options = replace(options, source=_name(file))
    stream = PickleStream(file, options)
    while data := stream.read(may_end=True):
        yield Decoder(options).decode(memoryview(data))[0]


def _name(file: Any) -> str | None:
    name = getattr(file, "name", None)
    return os.fspath(name) if isinstance(name, str | os.PathLike) else None


def _is_at_start(file: Any) -> bool:
    """Say whether the next pickle is the first: a signature is for a file, and says nothing of what follows."""
    try:
        return bool(file.tell() == 0)
    except (AttributeError, OSError, ValueError):
        return False


def _map(file: Any) -> tuple[memoryview, int] | None:
    """Map the regular file behind a buffered reader; None for anything else or for a short rest."""
    if not hasattr(file, "peek") or not hasattr(file, "fileno"):
        return None
    try:
        fd, start = file.fileno(), file.tell()
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size - start < MAP_FROM_BYTES:
            return None
        if os.lseek(fd, 0, os.SEEK_CUR) < start:
            return None
        return memoryview(mmap.mmap(fd, 0, access=mmap.ACCESS_COPY)), start
    except (OSError, ValueError):
        # Readers of compressed files (gzip.open) have the fileno of something else, and others have none.
        return None


class PickleStream:
    """Takes one pickle after the other out of a file object, and not a byte more.

    Args:
        file: Has `read` and `readline`; `peek` makes it faster.
        options: For the limits and for messages.
    """

    def __init__(self, file: Any, options: Options) -> None:
        if not hasattr(file, "read") or not hasattr(file, "readline"):
            raise TypeError(f"file must have 'read' and 'readline' attributes, and {type(file).__name__} has not")
        if isinstance(file, io.TextIOBase):
            raise TypeError('the file is open as text: open it with mode "rb"')
        self._options = options
        self._limit = options.limits.max_source_bytes
        self._file = file
        self._is_new = True
        self._pos = 0
        self._can_peek = hasattr(file, "peek")

    def read(self, *, may_end: bool = False) -> bytearray:
        """Return the bytes of the next pickle.

        Args:
            may_end: Whether the stream may end here; then the result is empty.

        Raises:
            TruncatedError: The stream ends within the pickle.
            LimitError: The pickle is longer than `max_source_bytes`.
            MalformedError: It is no pickle.
        """
        if self._is_new:
            self._is_new = False
            self._unpack()
        content = bytearray()
        self._pos, need = 0, 1
        take = self._take_peeked if self._can_peek else self._take_exactly
        while need:
            have = len(content)
            take(content, need)
            if len(content) == have:
                if may_end and not content:
                    return content
                raise TruncatedError(
                    "Ran out of input: the stream ends "
                    + ("within the pickle" if content else "before a pickle begins"),
                    source=self._options.source,
                    offset=have,
                )
            self._pos, need, _, _ = scan_part(content, self._pos, _NO_THRESHOLD)
            if len(content) + max(need, 0) > self._limit:
                self._refuse_length(len(content) + need)
        return content

    def _unpack(self) -> None:
        """Put a decompressing reader before a compressed stream, where its start can be seen without taking it."""
        limits = self._options.limits
        try:
            head = _peek(self._file, _MAGIC_BYTES)
        except NotImplementedError:
            self._can_peek, head = False, b""
        compression = detect(head)
        if compression is not None:
            self._file = decompressing_reader(
                self._file,
                compression,
                max_bytes=limits.max_decompressed_bytes,
                max_ratio=limits.max_ratio,
                source=self._options.source,
            )
            self._can_peek = True

    def _take_peeked(self, content: bytearray, need: int) -> None:
        """Take what is there, up to the STOP if it is among it."""
        seen = self._file.peek(_PEEK_BYTES)
        if not seen:
            return
        if need > len(seen):
            self._take_exactly(content, min(need, _READ_BYTES))
            return
        have = len(content)
        content += seen
        pos, missing, _, _ = scan_part(content, self._pos, _NO_THRESHOLD)
        used = pos - have if missing == 0 else len(seen)
        del content[have + used :]
        self._file.read(used)

    def _take_exactly(self, content: bytearray, need: int) -> None:
        if need < 0:
            content += self._file.readline()
            return
        content += self._file.read(min(need, _READ_BYTES)) or b""

    def _refuse_length(self, length: int) -> None:
        raise LimitError(
            f"the pickle announces {length:,} bytes; the limit for a stream is {self._limit:,}",
            limit="max_source_bytes",
            maximum=self._limit,
            actual=length,
            source=self._options.source,
        )


def _peek(file: Any, count: int) -> bytes:
    """See the next bytes of a file without taking them; nothing where that is not possible."""
    peek: Callable[[int], bytes] | None = getattr(file, "peek", None)
    if peek is not None:
        return peek(count)[:count]
    try:
        if not file.seekable():
            return b""
        here = file.tell()
        head: bytes = file.read(count)
        file.seek(here)
    except (AttributeError, OSError):
        return b""
    return head
