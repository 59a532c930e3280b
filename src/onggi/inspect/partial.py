"""As much as can be said of a pickle that can't be read to its end.

A plain unpickler may run what a broken pickle calls before it comes to where it breaks, so that is worth knowing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from onggi.errors import MalformedError, OnggiError
from onggi.format import codes
from onggi.format.label import read_label
from onggi.format.scan import scan_part
from onggi.format.split import MIN_BUFFER_BYTES, MIN_PAYLOAD_BYTES, Payload, Split

__all__ = ["cut_readable_part"]

_FRAME_BYTES: Final = 9
_NEXT_BUFFER: Final = bytes((codes.NEXT_BUFFER,))

Entry = tuple[int, int, int, int]
"""A frame header or a large payload, as `onggi.format.scan` lists them."""


def cut_readable_part(view: memoryview, start: int) -> Split:
    """Cut the opcodes that are all there, whatever frames, label and seal say.

    Args:
        view: The bytes.
        start: Where the pickle starts.
    """
    stop, found = _readable_part(view, start)
    cut = Split(b"", stop=stop)
    pieces: list[bytes] = []
    done, copied = start, 0
    for opcode, at, payload_at, length in found:
        if opcode == codes.NEXT_BUFFER:
            cut.payloads.append(Payload(opcode))
            continue
        if opcode != codes.FRAME:
            if opcode == codes.LONG4 or length < MIN_PAYLOAD_BYTES:
                continue
            cut.payloads.append(Payload(opcode, view[payload_at : payload_at + length]))
        stand_in = b"" if opcode == codes.FRAME else _NEXT_BUFFER
        pieces += [bytes(view[done:at]), stand_in]
        copied += at - done + len(stand_in)
        done = payload_at + length
        cut.places.append((copied, done - start))
    pieces.append(bytes(view[done:stop]))
    cut.opcodes = b"".join(pieces)
    with suppress(OnggiError):
        cut.label = read_label(view, start)
    return cut


def _readable_part(view: memoryview, start: int) -> tuple[int, list[Entry]]:
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
        if not need or stop + _FRAME_BYTES > len(view) or view[stop] != codes.FRAME:
            return stop, found
        position = stop + _FRAME_BYTES
        found.append((codes.FRAME, stop, position, 0))
