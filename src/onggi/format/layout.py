"""Lay out a pickle: opcodes without frames, each large buffer in band on a 64-byte boundary.

    … opcodes …  no-ops up to the boundary  BYTEARRAY8|BINBYTES8 <length: u64> <the raw buffer>  … opcodes …

The no-ops are NONE POP (2 bytes) and BININT1 0 POP (3 bytes), so a plain unpickler reads the file as it stands. Buffers
are never copied: the result is a list of pieces to be written one after the other.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from onggi.format import codes
from onggi.format.scan import scan, scan_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["ALIGNMENT_BYTES", "Layout", "Piece", "lay_out"]

Piece = bytes | bytearray | memoryview

ALIGNMENT_BYTES: Final = 64

_FRAME: Final = Struct("<cQ")
_PROTO: Final = 2
_NO_BIG_PAYLOAD: Final = 1 << 62
_PROTO_OPCODE: Final = bytes((codes.PROTO,))
_FRAME_OPCODE: Final = bytes((codes.FRAME,))
_READONLY: Final = bytes((codes.READONLY_BUFFER,))


class Layout:
    """The pieces of a pickle and the places of its buffers.

    Attributes:
        pieces: Opcodes (bytes) and buffers (memoryviews), in the order of the file.
        places: `(index in pieces, offset from PROTO, is_readonly)` of each buffer.
        length: Bytes in all.
    """

    __slots__ = ("length", "pieces", "places")

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.places: list[tuple[int, int, bool]] = []
        self.length = 0

    def add(self, piece: Piece) -> None:
        """Append opcodes."""
        self.pieces.append(piece)
        self.length += len(piece)

    def add_buffer(self, buffer: memoryview, *, is_readonly: bool) -> None:
        """Append a buffer behind its opcode, aligned."""
        opcode = codes.BINBYTES8 if is_readonly else codes.BYTEARRAY8
        self.add(_no_ops(-(self.length + _FRAME.size) % ALIGNMENT_BYTES) + _FRAME.pack(bytes((opcode,)), len(buffer)))
        self.places.append((len(self.pieces), self.length, is_readonly))
        self.add(buffer)


def _no_ops(count: int) -> bytes:
    if count == 1:
        count += ALIGNMENT_BYTES
    odd = count % 2
    return b"K\x000" * odd + b"N0" * ((count - 3 * odd) // 2)


def lay_out(pieces: Sequence[Piece], buffers: Sequence[memoryview], label: bytes = b"") -> Layout:
    """Lay out what CPython's pickler wrote: no frames, the label behind PROTO, buffers where NEXT_BUFFER stands.

    Args:
        pieces: What the pickler handed to `write`, call by call.
        buffers: The out-of-band buffers as contiguous bytes, in the order of `buffer_callback`.
        label: The opcodes of the label; only for protocol 3 and up.

    Returns:
        The pieces up to and including STOP.
    """
    layout = Layout()
    waiting = iter(buffers)
    is_first = True
    for run, is_payload in _runs(pieces):
        if is_payload:
            layout.add(run)
            continue
        done = 0
        if is_first and label:
            layout.add(bytes(run[:_PROTO]) + label)
            done = _PROTO
        is_first = False
        for _, at, after, _ in scan_part(run, 0, _NO_BIG_PAYLOAD)[3] if buffers else ():
            # The pickler writes READONLY_BUFFER right behind; in band, BINBYTES8 says the same.
            is_readonly = run[after : after + 1] == _READONLY
            layout.add(run[done:at])
            layout.add_buffer(next(waiting), is_readonly=is_readonly)
            done = after + is_readonly
        layout.add(run[done:] if done else run)
    return layout


def _runs(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Yield the pieces without frame headers, and whether each is the payload of the opcode before it."""
    return _runs_of_whole(pieces[0]) if len(pieces) == 1 else _runs_of_pieces(pieces)


def _runs_of_whole(pickle: Piece) -> Iterator[tuple[Piece, bool]]:
    view = memoryview(pickle)
    done = 0
    for opcode, at, after, _ in scan(pickle, 0, _NO_BIG_PAYLOAD)[2]:
        if opcode == codes.FRAME:
            if at > done:
                yield view[done:at], False
            done = after
    yield view[done:], False


def _runs_of_pieces(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Take apart what CPython's pickler hands over: one frame at a time.

    Behind a frame stands the header of a large payload (64 KiB and more), and the payload is a piece of its own; what
    is shorter than four bytes gets no frame (`_pickle.c`, `_Pickler_CloseFrame` and `_Pickler_write_bytes`). So each
    piece is a run of whole opcodes, or such a payload.
    """
    is_payload = False
    for number, piece in enumerate(pieces):
        if is_payload:
            yield piece, True
            is_payload = False
            continue
        start = _PROTO if piece[:1] == _PROTO_OPCODE else 0
        if piece[start : start + 1] != _FRAME_OPCODE:
            is_payload = number + 1 < len(pieces)
            yield piece, False
            continue
        if start:
            yield piece[:start], False
        _, length = _FRAME.unpack_from(piece, start)
        is_payload = len(piece) > start + _FRAME.size + length
        yield piece[start + _FRAME.size :], False
