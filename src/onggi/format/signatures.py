"""The signatures in a seal: who vouches for the pickle, as what, and which version of it.

    signatures = record[count]
    record     = algorithm:u8  0:u8  length:u16  body[length]
    body (1)   = public_key[32]  signature[64]  version:u64  created:u64  name[rest]           Ed25519

Numbers are little-endian. The name is UTF-8, `created` counts seconds since 1970. What a signature is made over is in
`onggi.trust.signatures`. A record of another algorithm is kept as it is and vouches for nothing. No public key signs
twice, so that nobody has to choose between two statements of one signer.

To add an algorithm: give it the next number here, its body above, and a frozen file in the tests.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from onggi.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ED25519",
    "MAX_NAME_BYTES",
    "MAX_SIGNATURES",
    "MAX_SIGNATURES_BYTES",
    "SignatureRecord",
    "join_signatures",
    "split_signatures",
]

ED25519: Final = 1
"""The number of the one algorithm."""

MAX_SIGNATURES: Final = 16
MAX_NAME_BYTES: Final = 255
_HEAD: Final = Struct("<BBH")
_BODY: Final = Struct("<32s64sQQ")
_MAX_BODY_BYTES: Final = 4_096
MAX_SIGNATURES_BYTES: Final = MAX_SIGNATURES * (_HEAD.size + _MAX_BODY_BYTES)


class SignatureRecord(NamedTuple):
    """One signature, as it stands in the file: nothing of it has been checked.

    Attributes:
        public_key: The key that is said to have signed: 32 bytes.
        name: What the file is signed as.
        version: A number that grows with the file.
        created: When it was signed, in seconds since 1970, by the signer's clock.
        signature: 64 bytes.
        algorithm: `ED25519`, or a number that this version does not know.
        body: What stands behind an unknown number; the other attributes are empty then.
    """

    public_key: bytes
    name: str
    version: int
    created: int
    signature: bytes
    algorithm: int = ED25519
    body: bytes = b""


def join_signatures(records: Iterable[SignatureRecord]) -> bytes:
    """Return the records as they stand in the seal."""
    return b"".join(map(_join, records))


def _join(record: SignatureRecord) -> bytes:
    body = record.body
    if record.algorithm == ED25519:
        fixed = _BODY.pack(record.public_key, record.signature, record.version, record.created)
        body = fixed + record.name.encode()
    return _HEAD.pack(record.algorithm, 0, len(body)) + body


def split_signatures(area: bytes, offset: int) -> tuple[SignatureRecord, ...]:
    """Return the records that fill an area of the seal.

    Args:
        area: All bytes between the MAC and the footer; at most `MAX_SIGNATURES_BYTES`.
        offset: Where the area stands in the pickle, for messages.

    Raises:
        IntegrityError: The records do not fill the area, there are too many of them, or a key signs twice.
    """
    records: list[SignatureRecord] = []
    at = 0
    while at < len(area):
        head = area[at : at + _HEAD.size]
        algorithm, zero, length = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, 0, 0)
        body = area[at + _HEAD.size : at + _HEAD.size + length]
        if not algorithm or zero or not 0 < length <= _MAX_BODY_BYTES or len(body) != length:
            raise IntegrityError("a signature in the seal is damaged", offset=offset + at)
        if len(records) == MAX_SIGNATURES:
            raise IntegrityError(f"the seal has more than {MAX_SIGNATURES} signatures", offset=offset + at)
        records.append(_split(algorithm, body, offset + at))
        at += _HEAD.size + length
    keys = [record.public_key for record in records if record.algorithm == ED25519]
    if len(keys) != len(set(keys)):
        raise IntegrityError("one key has signed twice, which no honest file has", offset=offset)
    return tuple(records)


def _split(algorithm: int, body: bytes, offset: int) -> SignatureRecord:
    if algorithm != ED25519:
        return SignatureRecord(b"", "", 0, 0, b"", algorithm, body)
    name = body[_BODY.size :]
    if len(body) < _BODY.size or not 0 < len(name) <= MAX_NAME_BYTES:
        raise IntegrityError("a signature in the seal is damaged", offset=offset)
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise IntegrityError("a signature is for a name that is no UTF-8", offset=offset) from None
    public_key, signature, version, created = _BODY.unpack_from(body)
    return SignatureRecord(public_key, text, version, created, signature)
