"""Tell what comes out of a compressed stream, while it comes out: content that was announced, or opcodes.

A large string or buffer costs as much memory as it is long. Opcodes cost many times that, when they are copied,
proof-read and built. And what an opcode announces can be judged before it is unpacked.
"""

from __future__ import annotations

from typing import Final

from onggi.errors import MalformedError
from onggi.files.compression import detect
from onggi.format import codes
from onggi.format.scan import scan_part

__all__ = ["Gauge"]

_LARGE_BYTES: Final = 2**14
_MAGIC_BYTES: Final = 8
# An opcode and the widest length behind it.
_HEADER_BYTES: Final = 9
# Where more pickles and frames than this begin in one piece, no large buffers are among them; to follow all takes long.
_MAX_JUMPS: Final = 1_000


class Gauge:
    """Follows the opcodes of a content that arrives in pieces.

    Attributes:
        awaited_bytes: How much the last opcode announced that has not arrived.
        opcode_bytes: How much arrived that is no large payload; all of it where the content is no pickle.
    """

    def __init__(self) -> None:
        self.awaited_bytes = 0
        self.opcode_bytes = 0
        self._rest = b""
        self._is_first = True
        self._follows = True

    def add(self, piece: bytes) -> None:
        """Take the next piece, of any length."""
        if self._is_first:
            self._is_first = False
            self._follows = detect(piece[:_MAGIC_BYTES]) is None
        awaited = min(self.awaited_bytes, len(piece))
        self.awaited_bytes -= awaited
        self.opcode_bytes += len(piece) - awaited
        if awaited == len(piece) or not self._follows:
            return
        self._rest += piece[awaited:]
        try:
            self._follow()
        except MalformedError:
            self._give_up()

    def _follow(self) -> None:
        rest, at = self._rest, 0
        for _ in range(_MAX_JUMPS):
            at, need, _, found = scan_part(rest, at, _LARGE_BYTES)
            self.opcode_bytes -= sum(length for _, _, _, length in found)
            if need and len(rest) - at >= _HEADER_BYTES and rest[at] == codes.FRAME:
                # What is in a frame is followed like any other.
                at += _HEADER_BYTES
            elif need:
                self._rest = self._keep(rest[at:], need)
                return
        self._give_up()

    def _keep(self, rest: bytes, need: int) -> bytes:
        """Return of an opcode that is not all there what is needed to go on."""
        if need < 0:
            # A line may be endless. Of two, the first may be over.
            return rest[:1] + b"\n" * rest.count(b"\n")
        if len(rest) < _HEADER_BYTES:
            return rest
        if len(rest) + need >= _LARGE_BYTES:
            self.opcode_bytes -= len(rest)
        self.awaited_bytes = need
        return b""

    def _give_up(self) -> None:
        self._follows = False
        self._rest = b""
