"""Where an opcode of the proof-reader's copy stands in the source.

The proof-reader works on a copy of the opcodes without frame headers, in which NEXT_BUFFER stands for each large
payload (`onggi.format.split`). People want to find the byte in the file.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from onggi.errors import MalformedError
from onggi.format import codes
from onggi.format.scan import scan_part
from onggi.format.split import MIN_BUFFER_BYTES, MIN_PAYLOAD_BYTES

if TYPE_CHECKING:
    from onggi.format.split import Payload, Split

__all__ = ["FRAME_BYTES", "SourceOffsets", "readable_part"]

FRAME_BYTES: Final = 9

Entry = tuple[int, int, int, int]
"""A frame header or a large payload, as `onggi.format.scan` lists them."""


def readable_part(view: memoryview, start: int) -> tuple[int, list[Entry]]:
    """Hop over a pickle as far as its opcodes go, also past the header of a frame whose end is missing.

    Returns:
        Where the readable part ends, and its frame headers and large payloads.
    """
    found: list[Entry] = []
    position = start
    while True:
        try:
            stop, need, _, more = scan_part(view, position, MIN_BUFFER_BYTES, has_frames=True)
        except MalformedError as error:
            # Again up to there: the frames and payloads before it are needed.
            view = view[: position + (error.offset or 0)]
            continue
        found += more
        if not need or stop + FRAME_BYTES > len(view) or view[stop] != codes.FRAME:
            return stop, found
        position = stop + FRAME_BYTES
        found.append((codes.FRAME, stop, position, 0))


class SourceOffsets:
    """Maps offsets in a copy of the opcodes to offsets from the start of the pickle.

    Args:
        view: The bytes.
        start: Where the pickle starts.
        cut: The pickle, cut. One whose end was not looked for is a copy as it is.
    """

    def __init__(self, view: memoryview, start: int, cut: Split) -> None:
        self._places: list[int] = []
        self._shifts: list[int] = [0]
        if cut.stop is None:
            return
        payloads = iter(cut.payloads)
        payload = next(payloads, None)
        for entry in readable_part(view, start)[1]:
            opcode, at, payload_at, length = entry
            if opcode == codes.FRAME:
                # What stood behind the header stands in its place.
                self._add(at - start - 1, FRAME_BYTES)
            elif payload is not None and _is_entry(payload, entry, start):
                if payload.view is not None:
                    self._add(at - start, payload_at - at + length - _stand_in_bytes(payload))
                payload = next(payloads, None)

    def _add(self, offset: int, missing_bytes: int) -> None:
        self._places.append(offset - self._shifts[-1])
        self._shifts.append(self._shifts[-1] + missing_bytes)

    def of(self, offset: int) -> int:
        """Return where the opcode at `offset` of the copy stands, counted from the start of the pickle."""
        return offset + self._shifts[bisect_right(self._places, offset - 1)]


def _is_entry(payload: Payload, entry: Entry, start: int) -> bool:
    """Whether this payload was cut out here; what is short, or a number, stays among the opcodes."""
    opcode, _, payload_at, length = entry
    if payload.view is None:
        return opcode == codes.NEXT_BUFFER
    if payload.row is not None:
        return payload.row.offset == payload_at - start
    return payload.opcode == opcode and len(payload.view) == length >= MIN_PAYLOAD_BYTES


def _stand_in_bytes(payload: Payload) -> int:
    return 2 if payload.row is not None and payload.row.is_readonly else 1
