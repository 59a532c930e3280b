"""What stands behind each NEXT_BUFFER while a pickle is built."""

from __future__ import annotations

import contextlib
import pickle
from typing import TYPE_CHECKING, Any

from onggi.files.mapped import copy_out
from onggi.format import codes
from onggi.format.split import Payload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from onggi.codec.options import Options

__all__ = ["payload_of", "views"]


def views(payloads: list[Payload], buffers: Iterable[Any] | None, options: Options) -> Iterator[Any]:
    """Yield what each NEXT_BUFFER stands for, made when it is its turn."""
    out_of_band = iter(buffers or ())
    for payload in payloads:
        if payload.view is None:
            for buffer in out_of_band:
                yield _flat(buffer)
                break
            else:
                return
        else:
            yield _payload(payload, payload.view, options)
    yield from map(_flat, out_of_band)


def payload_of(opcodes: bytes, opcode: int, start: int, stop: int) -> Payload:
    """Show the payload that the proof left out of the opcodes to build."""
    return Payload(opcode, None if opcode == codes.NEXT_BUFFER else memoryview(opcodes)[start:stop])


def _flat(buffer: Any) -> Any:
    """Show the bytes of what `buffer_callback` was given; anything else is handed on as it is."""
    if isinstance(buffer, pickle.PickleBuffer):
        with contextlib.suppress(BufferError):
            return buffer.raw()
    return buffer


def _payload(payload: Payload, view: memoryview, options: Options) -> Any:
    opcode = payload.opcode
    if opcode == codes.NEXT_BUFFER:
        # What was writable comes back writable, as from plain pickle: bytes that can't be changed are copied.
        is_writable = payload.is_writable or (payload.row is not None and not payload.row.is_readonly)
        is_wanted_writable = is_writable and not options.keeps_readonly
        return bytearray(view) if view.readonly and is_wanted_writable else view
    if opcode in (codes.BINUNICODE, codes.BINUNICODE8):
        return str(view, "utf-8", "surrogatepass")
    if opcode == codes.BYTEARRAY8:
        return copy_out(view, payload.at) if options.is_mapped else bytearray(view)
    if opcode == codes.BINSTRING and options.encoding != "bytes":
        return str(view, options.encoding, options.errors)
    return copy_out(view, payload.at, is_writable=False) if options.is_mapped else bytes(view)
