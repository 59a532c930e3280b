"""Cut a pickle into opcodes and large payloads, without copying the payloads.

The opcodes are copied out of the source, so that what is proof-read afterwards is what is built, whatever a neighbour
does to the file or segment in between. In the copy, NEXT_BUFFER stands for each payload that was cut out.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import Any, Final

from onggi.errors import IntegrityError
from onggi.format import codes
from onggi.format.label import has_label, read_label
from onggi.format.scan import scan
from onggi.format.seal import BufferRow, Seal, read_seal

__all__ = ["MIN_BUFFER_BYTES", "MIN_PAYLOAD_BYTES", "Payload", "Split", "split"]

MIN_BUFFER_BYTES: Final = 16 * 1024
"""Smaller buffers stay among the opcodes: a view of their own would cost more than the copy."""

MIN_PAYLOAD_BYTES: Final = 64 * 1024
"""Strings and bytes of other writers are cut out from this length on."""

_READONLY_OPCODE: Final = codes.BINBYTES8
_WRITABLE_OPCODE: Final = codes.BYTEARRAY8
_READONLY: Final = bytes((codes.NEXT_BUFFER, codes.READONLY_BUFFER))
_WRITABLE: Final = bytes((codes.NEXT_BUFFER,))
_in_copy: Final = itemgetter(0)


class Payload:
    """What a NEXT_BUFFER of the opcodes stands for.

    Attributes:
        opcode: What stood there: NEXT_BUFFER for a buffer (out of band, or in the seal's table), else the opcode of a
            string, bytes or bytearray.
        view: The bytes; None for a true out-of-band buffer.
        row: The row of the seal's table, for its buffers.
        is_writable: Whether what is built of it must be writable, although no row says so.
        at: Where the bytes begin in the source; -1 where nobody asks.
    """

    __slots__ = ("at", "is_writable", "opcode", "row", "view")

    def __init__(
        self,
        opcode: int,
        view: memoryview | None = None,
        row: BufferRow | None = None,
        *,
        is_writable: bool = False,
        at: int = -1,
    ) -> None:
        self.opcode = opcode
        self.view = view
        self.row = row
        self.is_writable = is_writable
        self.at = at


class Split:
    """One pickle, cut.

    Attributes:
        opcodes: A private copy of the opcodes, or the bytes themselves where nobody can change them; may go on behind
            STOP where the end was not looked for.
        payloads: One for each NEXT_BUFFER, in order.
        stop: Where the pickle ends in the source, or None where the end was not looked for.
        label: What the pickle says of itself.
        seal: Its digests.
        digested: What `seal.opcodes_digest` is made over, in order.
        places: `(index in opcodes, offset in the source)` behind each cut, the offset counted from the first opcode.
    """

    __slots__ = ("digested", "label", "opcodes", "payloads", "places", "seal", "stop")

    def __init__(
        self,
        opcodes: bytes,
        *,
        stop: int | None = None,
        label: dict[str, Any] | None = None,
        seal: Seal | None = None,
    ) -> None:
        self.opcodes = opcodes
        self.payloads: list[Payload] = []
        self.stop = stop
        self.label = label
        self.seal = seal
        self.digested: list[bytes | memoryview] = []
        self.places: list[tuple[int, int]] = []

    def source_offset(self, offset: int) -> int:
        """Return where an opcode of the copy stands in the source, counted from the start of the pickle.

        What proof-reads and builds counts in the copy; people want to find the byte in the file.
        """
        found = bisect_right(self.places, offset, key=_in_copy)
        if not found:
            return offset
        in_copy, in_source = self.places[found - 1]
        return offset + in_source - in_copy

    @property
    def buffer_kinds(self) -> bytes:
        """The opcodes that the payloads had, as the walker wants them."""
        return bytes(payload.opcode for payload in self.payloads)


def split(source: bytes | memoryview, start: int = 0, *, looks_for_seal: bool = False) -> Split:
    """Cut the pickle that begins at `start`.

    Args:
        source: The bytes, contiguous, of format `B`.
        start: Index of the first opcode.
        looks_for_seal: Look for the end and the seal of a short pickle too, although it has no label.

    Raises:
        MalformedError, TruncatedError: The opcodes can't be followed to a STOP.
        IntegrityError: Label and seal contradict each other or the pickle.
        FormatVersionError: A newer onggi wrote it.
    """
    if not looks_for_seal and not has_label(source, start):
        if isinstance(source, bytes) and not start:
            # Nobody can change it: there is no need of a copy, nor to look for what a copy should not have.
            return Split(source)
        if len(source) - start < MIN_PAYLOAD_BYTES:
            return Split(bytes(source[start:]))
    label = read_label(source, start)
    stop, _, found = scan(source, start, MIN_BUFFER_BYTES)
    pickle = memoryview(source)[start:stop]
    seal = read_seal(pickle)
    if label is not None and seal is None:
        raise IntegrityError("the pickle has a label but no seal: its end was changed", offset=stop - start)
    return _cut(pickle, stop, label, seal, found, start)


def _cut(
    pickle: memoryview,
    stop: int,
    label: dict[str, Any] | None,
    seal: Seal | None,
    found: list[tuple[int, int, int, int]],
    start: int,
) -> Split:
    rows = {row.offset: row for row in seal.buffers} if seal else {}
    cut = Split(b"", stop=stop, label=label, seal=seal)
    opcodes: list[bytes] = []
    done = copied = 0
    for op, at, after, length in found:
        opcode_at, payload_at = at - start, after - start
        if seal and opcode_at >= seal.start:
            break  # the seal itself, which is long where there are many buffers
        if op == codes.NEXT_BUFFER:
            cut.payloads.append(Payload(op))
            continue
        if op == codes.FRAME:
            # The scan has checked the frames; their lengths do not hold for what is left of the pickle.
            frame = bytes(pickle[done:payload_at])
            opcodes.append(frame[: opcode_at - done])
            cut.digested.append(frame)
            copied += opcode_at - done
            cut.places.append((copied, payload_at))
            done = payload_at
            continue
        row = rows.pop(payload_at, None)
        if row is None and (length < MIN_PAYLOAD_BYTES or op == codes.LONG4):
            continue
        if row is not None and (
            row.length != length or op != (_READONLY_OPCODE if row.is_readonly else _WRITABLE_OPCODE)
        ):
            raise IntegrityError("the seal names a buffer that the pickle does not have", offset=opcode_at)
        view = pickle[payload_at : payload_at + length]
        cut.payloads.append(Payload(codes.NEXT_BUFFER if row else op, view, row, at=after))
        piece = bytes(pickle[done:payload_at])
        opcodes.append(piece[: opcode_at - done])
        stand_in = _READONLY if row and row.is_readonly else _WRITABLE
        opcodes.append(stand_in)
        copied += opcode_at - done + len(stand_in)
        cut.places.append((copied, payload_at + length))
        cut.digested.append(piece)
        if row is None:
            cut.digested.append(view)
        done = payload_at + length
    if rows:
        raise IntegrityError("the seal names a buffer that the pickle does not have", offset=min(rows))
    rest = bytes(pickle[done:])
    opcodes.append(rest)
    cut.opcodes = b"".join(opcodes)
    if seal:
        cut.digested.append(rest[: seal.start - done])
    return cut
