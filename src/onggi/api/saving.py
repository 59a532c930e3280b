"""dump and dumps."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, get_args

from onggi.codec.encode import MIN_SEALED_PROTOCOL, Encoded, encode
from onggi.files.atomic import AtomicFile
from onggi.files.compression import Format, compressing_writer, suffix_format
from onggi.files.progress import progress_sink
from onggi.trust.sealing import sealed, usable_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onggi.format.layout import Piece
    from onggi.trust.signatures import Purpose, Signed

__all__ = ["DEFAULT_PROTOCOL", "dump", "dumps", "pieces_of"]

DEFAULT_PROTOCOL: Final = pickle.HIGHEST_PROTOCOL
_ONE_STREAM: Final = ("zlib", "lzma")
"""Formats whose files hold one stream; of the others, streams may follow each other."""
_BATCH_BYTES: Final = 8 * 2**20
_BATCH_PIECES: Final = 1_000
_PROTOCOLS: Final = range(pickle.HIGHEST_PROTOCOL + 1)


class Writable(Protocol):
    """A binary file to write to."""

    def write(self, data: Any, /) -> Any:
        """Take bytes."""


def dump(
    obj: Any,
    file: str | os.PathLike[str] | BinaryIO | Writable,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None,
    append: bool = False,
    compress: str | bool | None = None,
    level: int | None = None,
    durable: bool = True,
    seal: bool = True,
    sign: bool | str | Signed = False,
    label: dict[str, Any] | None = None,
    progress: bool | None = False,
) -> None:
    """Save an object as one ordinary pickle.

    A file at a path is replaced whole or not at all: the bytes are written aside, synced, and renamed.

    Args:
        obj: The object.
        file: A path, or a binary file that is open for writing.
        protocol: The pickle protocol. Default: 5; a negative number means the same.
        fix_imports: As in `pickle.dump`.
        buffer_callback: As in `pickle.dump`: takes the large buffers, which are then not in the file.
        append: Add the pickle to what the file at the path holds, for `onggi.iter_load`. Appending is not atomic.
        compress: `"gzip"`, `"zlib"`, `"bz2"`, `"xz"`, `"zstd"` or `"lz4"`; None: by the suffix of the path (`.gz`,
            `.bz2`, `.xz`, `.zst`, `.lz4`); False: not; True: zstd.
        level: How hard to compress, on the format's own scale.
        durable: Return only when the bytes are on the disk. False skips the syncs: after a crash of the system (not of
            the program) the file may be the old one, or missing.
        seal: Add a seal by your own key, so that the file loads here with full pickle power. False adds digests only.
        sign: Sign it for others, as the last part of the path: True with your only signing key, or the name of one;
            `onggi.Signed` also says as what, and which version.
        label: Your own metadata, JSON values; shown by `onggi.inspect`.
        progress: True shows a progress bar on stderr, None if it takes over a second.

    Raises:
        EncodeError: The object can't be pickled. The old file is as it was.
        SecretKeyError, SignatureError: It can't be signed. The old file is as it was.
        OSError: The file can't be written. The old file is as it was.

    Examples:
        >>> import onggi, tempfile, os
        >>> path = os.path.join(tempfile.mkdtemp(), "numbers.pkl")
        >>> onggi.dump({"numbers": [1, 2, 3]}, path)
        >>> onggi.load(path)
        {'numbers': [1, 2, 3]}
    """
    number = _number(protocol)
    _check_label(label, number)
    purpose = None if sign is False else _purpose(sign, file, number, append=append)
    encoded = encode(obj, protocol=number, fix_imports=fix_imports, buffer_callback=buffer_callback)
    sealing = encoded.protocol >= MIN_SEALED_PROTOCOL
    pieces = pieces_of(encoded, obj, use_seal=sealing, use_key=seal, label=label, purpose=purpose)
    if not isinstance(file, str | os.PathLike):
        _write_all(file, pieces, _compression(None, compress), level)
        return
    compression = _compression(file, compress)
    total = sum(len(piece) for piece in encoded.pieces) + sum(len(buffer) for buffer in encoded.buffers)
    with progress_sink(total, f"saving {os.fspath(file)}", progress) as sink:
        if append:
            if compression in _ONE_STREAM:
                raise ValueError(f"nothing can be appended to {compression}: use gzip, bz2, xz, zstd or lz4")
            # Imported when needed: it brings urllib along.
            from pathlib import Path

            with Path(file).open("ab") as stream:
                _write_all(stream, pieces, compression, level)
                _sync(stream, durable=durable)
            return
        if compression:
            with AtomicFile(file, durable=durable) as target:
                _write_all(target, _counted(pieces, sink), compression, level)
            return
        with AtomicFile(file, durable=durable, expected_bytes=total, on_progress=sink) as target:
            for batch in _batches(pieces):
                target.writev(batch)


def dumps(
    obj: Any,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None,
    seal: bool = True,
    label: dict[str, Any] | None = None,
) -> bytes:
    """Pickle an object to bytes.

    Plain values and known types stay a bare pickle. What names more than those is sealed with your own key, so that
    `loads(dumps(obj))` works for your own classes.

    Args:
        obj: The object.
        protocol: The pickle protocol. Default: 5; a negative number means the same.
        fix_imports: As in `pickle.dumps`.
        buffer_callback: As in `pickle.dumps`.
        seal: Whether to seal what needs it.
        label: Your own metadata; a pickle with metadata always gets a label and a seal.

    Raises:
        EncodeError: The object can't be pickled.

    Examples:
        >>> import onggi
        >>> onggi.loads(onggi.dumps({"a": (1, 2.5, None)}))
        {'a': (1, 2.5, None)}
    """
    number = _number(protocol)
    _check_label(label, number)
    encoded = encode(obj, protocol=number, fix_imports=fix_imports, buffer_callback=buffer_callback, in_memory=True)
    can_seal = encoded.protocol >= MIN_SEALED_PROTOCOL
    wants = label is not None or (seal and can_seal and encoded.needs_seal)
    if not wants and not encoded.buffers:
        return bytes(encoded.pieces[0])
    return b"".join(pieces_of(encoded, obj, use_seal=can_seal and wants, use_key=seal, label=label))


def pieces_of(
    encoded: Encoded,
    obj: Any,
    *,
    use_seal: bool,
    use_key: bool,
    label: dict[str, Any] | None,
    purpose: Purpose | None = None,
) -> Iterator[Piece]:
    """Yield the bytes of a pickle, laid out, with label and seal if it is to have them.

    Args:
        encoded: What the pickler made.
        obj: The object, for the label.
        use_seal: Whether to add label and seal at all.
        use_key: Whether the own key signs the seal.
        label: The user's metadata.
        purpose: What to sign, if it is to have a seal.
    """
    if not use_seal:
        return iter(encoded.layout().pieces if encoded.buffers else encoded.pieces)
    key = usable_key(create=True) if use_key else None
    return sealed(encoded.layout(encoded.label(obj, label)), key, purpose)


def _purpose(sign: bool | str | Signed, file: Any, protocol: int, *, append: bool) -> Purpose:
    """Get key and words for a signature before anything is written."""
    # Imported when used: most files are not signed.
    from onggi.trust.signatures import Signed, purpose_of

    if protocol < MIN_SEALED_PROTOCOL:
        raise ValueError(f"a signature needs protocol {MIN_SEALED_PROTOCOL} or higher, not {protocol}")
    if append:
        raise ValueError("a signature is for a file with one pickle: sign= does not go with append=")
    signed = sign if isinstance(sign, Signed) else Signed(by=sign if isinstance(sign, str) else None)
    path = file if isinstance(file, str | os.PathLike) else getattr(file, "name", None)
    return purpose_of(signed, os.fspath(path) if isinstance(path, str | os.PathLike) else None)


def _number(protocol: int | None) -> int:
    if protocol is None or protocol < 0:
        return DEFAULT_PROTOCOL
    if protocol not in _PROTOCOLS:
        raise ValueError(f"pickle protocol must be <= {pickle.HIGHEST_PROTOCOL}")
    return protocol


def _check_label(label: dict[str, Any] | None, protocol: int) -> None:
    if label is not None and protocol < MIN_SEALED_PROTOCOL:
        raise ValueError(f"a label needs protocol {MIN_SEALED_PROTOCOL} or higher, not {protocol}")


def _compression(path: str | os.PathLike[str] | None, compress: str | bool | None) -> Any:
    if compress is None:
        return suffix_format(path) if path is not None else None
    if compress is True:
        return "zstd"
    if compress and compress not in get_args(Format):
        raise ValueError(f"compress={compress!r} is none of {', '.join(get_args(Format))}, True and False")
    return compress or None


def _write_all(target: Writable, pieces: Iterator[Piece], compression: Any, level: int | None) -> None:
    if compression is None:
        for piece in pieces:
            target.write(piece)
        return
    with compressing_writer(target, compression, level) as writer:
        for piece in pieces:
            writer.write(piece)


def _batches(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    """Yield pieces together, so that one system call takes many."""
    batch: list[Piece] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += len(piece)
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_PIECES:
            yield batch
            batch, size = [], 0
    yield batch


def _counted(pieces: Iterator[Piece], sink: Callable[[int], None]) -> Iterator[Piece]:
    for piece in pieces:
        yield piece
        sink(len(piece))


def _sync(stream: BinaryIO, *, durable: bool) -> None:
    stream.flush()
    if durable:
        os.fsync(stream.fileno())
