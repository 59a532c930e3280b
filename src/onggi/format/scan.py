# cython: annotation_typing=False
"""Find the end of a pickle and its large payloads, hopping from opcode to opcode.

Plain Python that Cython compiles as it stands (`scan.pxd` gives the types); uncompiled, the same file runs as it is.
Nothing is judged here: what a scan finds is only used to cut the bytes, and what was cut is proof-read afterwards.
"""

from __future__ import annotations

from onggi.errors import MalformedError, TruncatedError
from onggi.format import codes, memory
from onggi.format.opcodes import ARGUMENTS

__all__ = ["is_compiled", "scan", "scan_part"]


def is_compiled() -> bool:
    """Say whether this module runs as C."""
    return not __file__.endswith(".py")


def scan(
    view: bytes | bytearray | memoryview, start: int, threshold: int
) -> tuple[int, int, list[tuple[int, int, int, int]]]:
    """Hop over the pickle that begins at `start`.

    Args:
        view: The bytes, contiguous, of format `B`.
        start: Index of the first opcode.
        threshold: Payloads of at least this many bytes are listed, and every NEXT_BUFFER and FRAME.

    Returns:
        The index behind STOP, the number of opcodes, and a list of `(opcode, index of the opcode, index of the payload,
        length of the payload)` in the order of the bytes; for NEXT_BUFFER and FRAME the length is 0.

    Raises:
        TruncatedError: The bytes end before STOP.
        MalformedError: A byte is no opcode, or a frame does not end between two opcodes.
    """
    pos, need, count, found = scan_part(view, start, threshold, True)
    if need:
        raise TruncatedError(
            "the pickle ends in the middle: the writer stopped early or is still writing",
            offset=pos - start,
            hint="copy or download it again, or wait for the writer",
        )
    return pos, count, found


def scan_part(
    view: bytes | bytearray | memoryview, start: int, threshold: int, has_frames: bool = False
) -> tuple[int, int, int, list[tuple[int, int, int, int]]]:
    """Hop over a part of a pickle that begins at an opcode and may end anywhere.

    Args:
        view: As for `scan`.
        start: As for `scan`.
        threshold: As for `scan`.
        has_frames: Whether to list frames and to check where they end.

    Returns:
        The index behind STOP, or of the first opcode that is not all there; how many bytes are missing at the least to
        get on (0: STOP was reached, -1: a line); the number of opcodes; and the list as `scan` returns it.

    Raises:
        MalformedError: A byte is no opcode.
    """
    found: list[tuple[int, int, int, int]] = []
    end = len(view)
    data = memory.bytes_of(view)
    table = memory.bytes_of(ARGUMENTS)
    pos = start
    count = 0
    frame_end = 0
    while pos < end:
        op = data[pos]
        at = pos
        if frame_end and at >= frame_end:
            if at > frame_end:
                raise MalformedError("an opcode crosses the end of its frame", offset=frame_end - start)
            frame_end = 0
        kind = table[op]
        pos += 1
        count += 1
        if kind == codes.ARG_NONE:
            if op == codes.STOP:
                if frame_end and pos != frame_end:
                    raise MalformedError("a frame goes on behind STOP", offset=at - start)
                return pos, 0, count, found
            if op == codes.NEXT_BUFFER:
                found.append((op, at, pos, 0))
            continue
        if kind >= codes.ARG_LINE:
            if kind == codes.ARG_UNKNOWN:
                raise MalformedError(f"0x{op:02X} is no pickle opcode", offset=at - start)
            pos = memory.find_newline(data, pos, end) + 1
            if pos and kind == codes.ARG_LINES:
                pos = memory.find_newline(data, pos, end) + 1
            if not pos:
                return at, -1, count, found
            continue
        width = _width(kind)
        if end - pos < width:
            return at, width - (end - pos), count, found
        if kind < codes.ARG_BYTES1 and op != codes.FRAME:
            pos += width
            continue
        length = _number(data, pos, width)
        pos += width
        if op == codes.FRAME:
            # A frame tells how much may be read at once.
            if 0 <= length <= end - pos:
                if has_frames:
                    if frame_end:
                        raise MalformedError("a FRAME inside a frame", offset=at - start)
                    frame_end = pos + length
                    found.append((op, at, pos, 0))
                continue
            return at, length - (end - pos) if length > 0 else 1 << 62, count, found
        if length < 0 or length > end - pos:
            return at, length - (end - pos) if length > 0 else 1 << 62, count, found
        if length >= threshold:
            found.append((op, at, pos, length))
        pos += length
    return pos, 1, count, found


def _width(kind: int) -> int:
    if kind == codes.ARG_U1 or kind == codes.ARG_BYTES1:
        return 1
    if kind == codes.ARG_U2:
        return 2
    return 4 if kind == codes.ARG_U4 or kind == codes.ARG_I4 or kind == codes.ARG_BYTES4 else 8


def _number(data: bytes | bytearray | memoryview, pos: int, size: int) -> int:
    number = 0
    for index in range(size):
        # Widened before it is shifted: C would shift an int.
        byte = data[pos + index]
        number |= byte << (8 * index)
    return number if number < 1 << 62 else -1
