"""As much as can be said of a pickle that can't be read to its end.

A plain unpickler may run what a broken pickle calls before it comes to where it breaks, so that is worth knowing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from onggi.errors import OnggiError
from onggi.format import codes
from onggi.format.label import read_label
from onggi.format.split import MIN_PAYLOAD_BYTES, Payload, Split
from onggi.inspect.offsets import readable_part
from onggi.proof import Proof, Reader

__all__ = ["cut_readable_part", "proof_so_far"]

_NEXT_BUFFER: Final = bytes((codes.NEXT_BUFFER,))


def cut_readable_part(view: memoryview, start: int) -> Split:
    """Cut the opcodes that are all there, whatever frames, label and seal say.

    Args:
        view: The bytes.
        start: Where the pickle starts.
    """
    stop, found = readable_part(view, start)
    cut = Split(b"", stop=stop)
    pieces: list[bytes] = []
    done = start
    for opcode, at, payload_at, length in found:
        if opcode == codes.NEXT_BUFFER:
            cut.payloads.append(Payload(opcode))
            continue
        if opcode != codes.FRAME:
            if opcode == codes.LONG4 or length < MIN_PAYLOAD_BYTES:
                continue
            cut.payloads.append(Payload(opcode, view[payload_at : payload_at + length]))
        pieces += [bytes(view[done:at]), b"" if opcode == codes.FRAME else _NEXT_BUFFER]
        done = payload_at + length
    pieces.append(bytes(view[done:stop]))
    cut.opcodes = b"".join(pieces)
    with suppress(OnggiError):
        cut.label = read_label(view, start)
    return cut


def proof_so_far(reader: Reader, opcodes: bytes) -> Proof | None:
    """Return what a reader that gave up has found before, or None if it had not begun."""
    try:
        return Proof(reader._machine, reader._judge, opcodes)
    except AttributeError:
        return None
