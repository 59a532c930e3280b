"""Where an opcode of the proof-reader's copy stands in the source.

The proof-reader works on a copy of the opcodes in which NEXT_BUFFER stands for each large payload
(`onggi.format.split`). People want to find the byte in the file.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from onggi.format import codes
from onggi.format.opcodes import ARGUMENTS, Argument
from onggi.format.scan import scan

if TYPE_CHECKING:
    from onggi.format.split import Payload, Split

__all__ = ["SourceOffsets"]

_NO_PAYLOAD: Final = 1 << 62
_HEADER_BYTES: Final[dict[int, int]] = {Argument.BYTES1: 2, Argument.BYTES4: 5, Argument.BYTES8: 9}
_BUFFER_HEADER_BYTES: Final = 9


class SourceOffsets:
    """Maps offsets in a copy of the opcodes to offsets from the start of the pickle.

    Args:
        cut: The pickle, cut.
    """

    def __init__(self, cut: Split) -> None:
        self._places: list[int] = []
        self._shifts: list[int] = [0]
        if not cut.payloads:
            return
        found = scan(cut.opcodes, 0, _NO_PAYLOAD)[2]
        places = [at for opcode, at, _, _ in found if opcode == codes.NEXT_BUFFER]
        for place, payload in zip(places, cut.payloads, strict=True):
            self._places.append(place)
            self._shifts.append(self._shifts[-1] + _grown_bytes(payload))

    def of(self, offset: int) -> int:
        """Return where the opcode at `offset` of the copy stands, counted from the start of the pickle."""
        return offset + self._shifts[bisect_right(self._places, offset - 1)]


def _grown_bytes(payload: Payload) -> int:
    """Return how many bytes more the payload takes in the source than its stand-in in the copy."""
    if payload.view is None:
        return 0
    if payload.row is not None:
        return _BUFFER_HEADER_BYTES + len(payload.view) - (2 if payload.row.is_readonly else 1)
    return _HEADER_BYTES[ARGUMENTS[payload.opcode]] + len(payload.view) - 1
