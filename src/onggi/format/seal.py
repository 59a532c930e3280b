"""The seal: digests of all parts of a pickle, as its last, popped value.

    …  BINBYTES <length: u32> <seal> POP STOP

    seal    = row[count]  opcodes_digest[32]  [mac: key_id[8] tag[32]]  [signatures]  footer[32]
    row     = offset:u64  length:u64  flags:u64  digest[32]            one buffer; flag 1: read-only
    footer  = magic[8]  version:u16  flags:u16  count:u32  pickle_length:u64  seal_length:u32  check:u32

Numbers are little-endian; offsets count from the PROTO opcode. `opcodes_digest` is the BLAKE3 digest of all bytes from
PROTO to the BINBYTES opcode of the seal (exclusive), without the buffers' own bytes. The tag is the keyed BLAKE3 of
`mac_input`. Flags of the footer: 1, a MAC is there; 2, signatures are there, which fill what lies between the MAC and
the footer (`onggi.format.signatures`). `check` is the CRC-32 of the seal before it. The footer ends two bytes before
the end of the pickle, so a seal is found from the end.

The MAC is made over the pickle as it is without signatures, and no signature is made over another: so any can be added
or taken away, and the others still hold.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

from onggi.errors import FormatVersionError, IntegrityError
from onggi.format.label import FORMAT_VERSION
from onggi.format.signatures import MAX_SIGNATURES_BYTES, SignatureRecord, join_signatures, split_signatures

__all__ = [
    "BufferRow",
    "Seal",
    "content_input",
    "ends_in_seal",
    "mac_input",
    "pack_seal",
    "read_seal",
    "sealed_length",
    "with_signatures",
]

MAGIC: Final = b"\x89onggi\r\n"
_OPCODE: Final = Struct("<cI")
_ROW: Final = Struct("<QQQ32s")
_MAC: Final = Struct("<8s32s")
_FOOTER: Final = Struct("<8sHHIQII")
_CHECK: Final = Struct("<I")
_DIGEST_BYTES: Final = 32
_END: Final = b"0."
_TAIL_BYTES: Final = _FOOTER.size + len(_END)
_READONLY: Final = 1
_HAS_MAC: Final = 1
_HAS_SIGNATURES: Final = 2
_CONTENT: Final = Struct("<QQ")


class BufferRow(NamedTuple):
    """One buffer: where it lies, counted from PROTO, and its digest."""

    offset: int
    length: int
    is_readonly: bool
    digest: bytes


class Seal(NamedTuple):
    """The content of a seal.

    Attributes:
        start: Where the seal's BINBYTES opcode stands, counted from PROTO.
        pickle_length: Length of the whole pickle.
        opcodes_digest: BLAKE3 of everything before the seal but the buffers.
        buffers: The buffers, in the order of the file.
        key_id: Which secret key made the MAC; empty if there is none.
        tag: The MAC.
        signatures: Who vouches for the pickle; nothing of it has been checked.
    """

    start: int
    pickle_length: int
    opcodes_digest: bytes
    buffers: tuple[BufferRow, ...]
    key_id: bytes = b""
    tag: bytes = b""
    signatures: tuple[SignatureRecord, ...] = ()

    @property
    def unsigned_length(self) -> int:
        """The length that the pickle has without its signatures."""
        return self.pickle_length - len(join_signatures(self.signatures))


def with_signatures(seal: Seal, signatures: tuple[SignatureRecord, ...]) -> Seal:
    """Return a seal with these signatures in place of its own."""
    length = seal.unsigned_length + len(join_signatures(signatures))
    return seal._replace(pickle_length=length, signatures=signatures)


def _rows(buffers: tuple[BufferRow, ...]) -> bytes:
    return b"".join(_ROW.pack(row.offset, row.length, row.is_readonly, row.digest) for row in buffers)


def mac_input(unsigned_length: int, opcodes_digest: bytes, buffers: tuple[BufferRow, ...]) -> bytes:
    """Return what the MAC is made over: it covers every byte of the pickle, by way of the digests."""
    head = b"onggi seal %d %d %d\n" % (FORMAT_VERSION, unsigned_length, len(buffers))
    return head + opcodes_digest + _rows(buffers)


def content_input(body_length: int, opcodes_digest: bytes, buffers: tuple[BufferRow, ...]) -> bytes:
    """Return what a signature covers of the pickle: every byte before the seal, by way of the digests.

    Args:
        body_length: Where the seal starts.
        opcodes_digest: As in the seal.
        buffers: As in the seal.
    """
    return _CONTENT.pack(body_length, len(buffers)) + opcodes_digest + _rows(buffers)


def sealed_length(body_length: int, buffer_count: int, *, has_mac: bool) -> int:
    """Return the length of the whole pickle once a body of `body_length` bytes has got its seal and STOP."""
    return body_length + _OPCODE.size + _payload_length(buffer_count, has_mac=has_mac) + len(_END)


def _payload_length(buffer_count: int, *, has_mac: bool) -> int:
    """Return the length of a seal without signatures."""
    return buffer_count * _ROW.size + _DIGEST_BYTES + (_MAC.size if has_mac else 0) + _FOOTER.size


def pack_seal(seal: Seal) -> bytes:
    """Return the opcodes from the seal's BINBYTES to STOP."""
    mac = _MAC.pack(seal.key_id, seal.tag) if seal.tag else b""
    signatures = join_signatures(seal.signatures)
    length = _payload_length(len(seal.buffers), has_mac=bool(mac)) + len(signatures)
    flags = (_HAS_MAC if mac else 0) | (_HAS_SIGNATURES if signatures else 0)
    footer = _FOOTER.pack(MAGIC, FORMAT_VERSION, flags, len(seal.buffers), seal.pickle_length, length, 0)
    payload = (_rows(seal.buffers) + seal.opcodes_digest + mac + signatures + footer)[: -_CHECK.size]
    return _OPCODE.pack(b"B", length) + payload + _CHECK.pack(crc32(payload)) + _END


def ends_in_seal(data: bytes | memoryview, stop: int) -> bool:
    """Say whether what ends at `stop` looks like a sealed pickle."""
    at = stop - _TAIL_BYTES
    return at >= 0 and bytes(data[at : at + len(MAGIC)]) == MAGIC


def read_seal(pickle: memoryview) -> Seal | None:
    """Return the seal of a pickle, or None if it has none.

    Args:
        pickle: Exactly one pickle, from PROTO to STOP.

    Raises:
        IntegrityError: There is a seal, but it does not fit the pickle.
        FormatVersionError: A newer onggi made it.
    """
    footer_at = len(pickle) - _TAIL_BYTES
    if footer_at < 0 or bytes(pickle[footer_at : footer_at + len(MAGIC)]) != MAGIC:
        return None
    _, version, flags, count, pickle_length, length, check = _FOOTER.unpack(
        pickle[footer_at : footer_at + _FOOTER.size]
    )
    if version > FORMAT_VERSION:
        raise FormatVersionError(f"sealed by a newer onggi (format {version})", hint="pip install -U onggi")
    start = len(pickle) - len(_END) - length - _OPCODE.size
    check_at = footer_at + _FOOTER.size - _CHECK.size
    signatures_length = length - _payload_length(count, has_mac=bool(flags & _HAS_MAC))
    fits = (
        version == FORMAT_VERSION
        and pickle_length == len(pickle)
        and start >= 0
        and bytes(pickle[start : start + _OPCODE.size]) == _OPCODE.pack(b"B", length)
        and bytes(pickle[-len(_END) :]) == _END
        and crc32(pickle[start + _OPCODE.size : check_at]) == check
    )
    if fits and flags & ~(_HAS_MAC | _HAS_SIGNATURES):
        raise FormatVersionError("the seal has parts that this onggi does not know", hint="pip install -U onggi")
    if not fits or not _is_length(signatures_length, has_signatures=bool(flags & _HAS_SIGNATURES)):
        raise IntegrityError("the seal does not fit the pickle: the file is damaged", offset=footer_at)
    payload = bytes(pickle[start + _OPCODE.size : footer_at - signatures_length])
    area_at = footer_at - signatures_length
    signatures = split_signatures(bytes(pickle[area_at:footer_at]), area_at)
    return _unpack(payload, count, start, pickle_length)._replace(signatures=signatures)


def _is_length(signatures_length: int, *, has_signatures: bool) -> bool:
    return 0 < signatures_length <= MAX_SIGNATURES_BYTES if has_signatures else signatures_length == 0


def _unpack(payload: bytes, count: int, start: int, pickle_length: int) -> Seal:
    rows = tuple(
        BufferRow(offset, length, bool(flags & _READONLY), digest)
        for offset, length, flags, digest in _ROW.iter_unpack(payload[: count * _ROW.size])
    )
    rest = payload[count * _ROW.size :]
    key_id, tag = _MAC.unpack(rest[_DIGEST_BYTES:]) if len(rest) > _DIGEST_BYTES else (b"", b"")
    return Seal(start, pickle_length, rest[:_DIGEST_BYTES], rows, key_id, tag)
