r"""Make signatures, and tell what those of a pickle are worth to this user.

An Ed25519 signature (RFC 8032) is made over

    b"onggi signature 1\n"  algorithm:u8  version:u64  created:u64  name_length:u16  name  public_key[32]  content[32]

with little-endian numbers, where `content` is the BLAKE3 digest of `b"onggi signed content 1\n"` and what
`onggi.format.seal.content_input` returns: the lengths and the digests of opcodes, label and buffers. So it covers the
name, the version, and every byte of the pickle before the seal, and no MAC or rotation can pass for it.

A signature vouches for a file if all of this holds: the key made it; the user trusts the key, for this name, today; and
the name is that of the file which was asked for. One such signature is enough. A signature that its key did not make is
an `IntegrityError`, whoever's it is; any other leaves the file a stranger's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from struct import Struct
from typing import TYPE_CHECKING, Final

from onggi.errors import IntegrityError, MissingExtraError, SignatureError
from onggi.format.seal import content_input
from onggi.format.signatures import ED25519, MAX_SIGNATURES, SignatureRecord
from onggi.trust.digest import digest
from onggi.trust.names import fits_path, is_name, logical_name
from onggi.trust.public_keys import PublicKey
from onggi.trust.signers import read_signers
from onggi.trust.signing_keys import signing_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onggi.format.seal import BufferRow, Seal
    from onggi.trust.signers import Signer, Signers
    from onggi.trust.signing_keys import SigningKey

__all__ = ["Purpose", "Signature", "Signed", "Trust", "add_signature", "best", "check_signatures", "purpose_of"]

_CONTEXT: Final = b"onggi signature 1\n"
_CONTENT_CONTEXT: Final = b"onggi signed content 1\n"
_FIELDS: Final = Struct("<BQQH")
_MAX_VERSION: Final = 2**63
_CLOCK_SECONDS: Final = 86_400
"""How much the signer's clock may be ahead of the reader's."""


class Trust(Enum):
    """What a signature is worth to the reader; its values are words for people."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown signer"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OUT_OF_SCOPE = "out of scope"
    OTHER_NAME = "another name"
    OTHER_SIGNER = "another signer"
    OLD = "old version"
    FUTURE = "from the future"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Signed:
    """By whom, as what and in which version a file is to be signed, or must be signed to be loaded.

    Args:
        by: To sign: the name of a key of one's own; default: the only one. To load: the name, key id or public key of a
            trusted signer; default: any of them.
        name: What the file is signed as, such as `"models/churn.pkl"`. Default: to sign, the last part of its path; to
            load, the signed name must be the end of the file's path.
        version: To sign: a number that grows; default: the seconds since 1970. To load: the least that is accepted.
    """

    by: str | None = None
    name: str | None = None
    version: int | None = None

    def __post_init__(self) -> None:
        if self.name is not None:
            object.__setattr__(self, "name", logical_name(self.name))
        if self.version is not None and not 0 <= self.version < _MAX_VERSION:
            raise SignatureError(f"version={self.version!r} is no number from 0 to 2**63 - 1")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a file, and what it is worth to the reader.

    Attributes:
        trust: Whether it vouches for the file, or why not.
        reason: The same as a sentence.
        signer: What the reader calls the signer; None if the key is unknown.
        key_id: 16 characters to tell keys apart.
        key: The public key as people send it.
        name: What the file is signed as.
        version: The number that the signer gave it.
        created: When it was signed, in seconds since 1970, by the signer's clock.
    """

    trust: Trust
    reason: str
    signer: str | None
    key_id: str
    key: str
    name: str
    version: int
    created: int

    @property
    def hint(self) -> str | None:
        """What to type if it is right all the same, or None."""
        if self.trust is Trust.UNKNOWN:
            return f"onggi keys trust {self.key} --name WHO   if its owner gave you this key"
        if self.trust is Trust.OTHER_NAME:
            return f'signed=onggi.Signed(name="{self.name}")   if that is the file that you want'
        return None


# -------------------------------------------------------------------------------------------------------------- making


@dataclass(frozen=True, slots=True)
class Purpose:
    """All that is said by a signature that is to be made, but what it is made over."""

    key: SigningKey
    name: str
    version: int
    created: int


def purpose_of(signed: Signed, path: str | None, *, now_seconds: float | None = None) -> Purpose:
    """Get the key and the words for a signature.

    Args:
        signed: By whom, as what, which version.
        path: Where the file lies or will lie, for its name.
        now_seconds: The time in seconds since 1970; default: now.

    Raises:
        SecretKeyError: The key is not there, or unusable.
        SignatureError: There is no name, or the key is revoked.
        MissingExtraError: The library for signatures is not installed.
    """
    created = int(time.time() if now_seconds is None else now_seconds)
    if signed.name is None and path is None:
        raise SignatureError("what is signed needs a name", hint='sign=onggi.Signed(name="models/churn.pkl")')
    name = signed.name or logical_name((path or "").replace("\\", "/").rpartition("/")[2])
    key = signing_key(signed.by)
    entry = read_signers().find(key.public.data)
    if entry is not None and entry.revoked is not None:
        raise SignatureError(f"your key {key.name!r} is revoked", hint="onggi keys new NAME, and sign with that key")
    return Purpose(key, name, created if signed.version is None else signed.version, created)


def add_signature(seal: Seal, purpose: Purpose) -> tuple[SignatureRecord, ...]:
    """Return the signatures of a seal with a new one, which takes the place of an older one by the same key.

    Raises:
        SignatureError: There are too many.
    """
    public_key = purpose.key.public.data
    blank = SignatureRecord(public_key, purpose.name, purpose.version, purpose.created, b"")
    signature = purpose.key.sign(_message(blank, seal.start, seal.opcodes_digest, seal.buffers))
    made = SignatureRecord(public_key, purpose.name, purpose.version, purpose.created, signature)
    others = tuple(one for one in seal.signatures if one.public_key != public_key)
    if len(others) >= MAX_SIGNATURES:
        raise SignatureError(f"a file can have {MAX_SIGNATURES} signatures, and this one has them")
    return (*others, made)


def _message(record: SignatureRecord, body_length: int, opcodes_digest: bytes, rows: tuple[BufferRow, ...]) -> bytes:
    name = record.name.encode()
    fields = _FIELDS.pack(record.algorithm, record.version, record.created, len(name)) + name + record.public_key
    return _CONTEXT + fields + digest(_CONTENT_CONTEXT, content_input(body_length, opcodes_digest, rows))


# ------------------------------------------------------------------------------------------------------------ checking


def check_signatures(
    seal: Seal,
    path: str | None,
    wanted: Signed | None = None,
    *,
    signers: Signers | None = None,
    now_seconds: float | None = None,
) -> list[Signature]:
    """Check the signatures of a pickle, and tell what each is worth.

    The digests in the seal must have been checked, or be checked before what they cover is trusted.

    Args:
        seal: The seal of the pickle.
        path: Where the file lies that was asked for; None if nobody knows.
        wanted: What the reader asks of a signature besides.
        signers: Whom the reader trusts; default: those of the user's list.
        now_seconds: The time in seconds since 1970; default: now.

    Raises:
        IntegrityError: A key did not make the signature that names it.
        SignatureError: The list of whom the user trusts is damaged.
    """
    if not seal.signatures:
        return []
    reader = _Reader(
        read_signers() if signers is None else signers,
        path,
        wanted or Signed(),
        time.time() if now_seconds is None else now_seconds,
    )
    return [reader.judge(record, seal) for record in seal.signatures]


@dataclass(frozen=True, slots=True)
class _Reader:
    """What does not depend on the signature."""

    signers: Signers
    path: str | None
    wanted: Signed
    now_seconds: float

    def judge(self, record: SignatureRecord, seal: Seal) -> Signature:
        if record.algorithm != ED25519:
            reason = "a signature of a kind that this onggi does not know"
            return Signature(Trust.UNCHECKED, reason, None, "", "", "", 0, 0)
        try:
            key = PublicKey(record.public_key)
        except SignatureError as error:
            raise IntegrityError(f"the signature is forged: {error.reason}") from None
        if not is_name(record.name):
            raise IntegrityError("a signature is for a name that no file can have")
        entry = self.signers.find(key.data)
        try:
            holds = key.made(record.signature, _message(record, seal.start, seal.opcodes_digest, seal.buffers))
        except MissingExtraError as error:
            trust, reason = Trust.UNCHECKED, f"{error.reason}: {error.hint}"
        else:
            if not holds:
                whose = entry.name if entry else f"key {key.key_id}"
                raise IntegrityError(f"the signature by {whose} is wrong: the file was changed, or it was forged")
            trust, reason = self._trust(record, entry, key)
        name = entry.name if entry and trust is not Trust.UNCHECKED else None
        return Signature(trust, reason, name, key.key_id, key.text, record.name, record.version, record.created)

    def _trust(self, record: SignatureRecord, entry: Signer | None, key: PublicKey) -> tuple[Trust, str]:
        """Tell what a signature that its key has made is worth."""
        if entry is None:
            return Trust.UNKNOWN, f"signed by key {key.key_id}, which you do not trust"
        who = f"signed by {entry.name} ({key.key_id})"
        if entry.revoked is not None:
            return Trust.REVOKED, f"{who}, whose key is revoked"
        if entry.is_expired(self.now_seconds):
            return Trust.EXPIRED, f"{who}, whom you trusted until {entry.expires}"
        if record.created > self.now_seconds + _CLOCK_SECONDS:
            return Trust.FUTURE, f"{who}, at a time that has not come yet: is one of the clocks wrong?"
        if not entry.covers(record.name):
            scope = ", ".join(entry.scope)
            return Trust.OUT_OF_SCOPE, f'{who} as "{record.name}", and you trust {entry.name} for {scope} only'
        return self._fit(record, entry, who)

    def _fit(self, record: SignatureRecord, entry: Signer, who: str) -> tuple[Trust, str]:
        """Tell whether what a trusted signer has signed is what was asked for."""
        wanted = self.wanted
        if wanted.by is not None and wanted.by.partition(" ")[0] not in (entry.name, entry.key.key_id, entry.key.text):
            return Trust.OTHER_SIGNER, f"{who}, and {wanted.by} was asked for"
        if not self._is_name_asked_for(record.name):
            return Trust.OTHER_NAME, f'{who} as "{record.name}", and {self._what_was_asked_for()}'
        if wanted.version is not None and record.version < wanted.version:
            return Trust.OLD, f"{who} as version {record.version}, and at least {wanted.version} was asked for"
        return Trust.TRUSTED, f'{who} as "{record.name}", version {record.version}'

    def _what_was_asked_for(self) -> str:
        if self.wanted.name is not None:
            return f'"{self.wanted.name}" was asked for'
        if self.path is not None:
            return "that is not the name of this file"
        return "nobody said which file was asked for"

    def _is_name_asked_for(self, name: str) -> bool:
        if self.wanted.name is not None:
            return name == self.wanted.name
        return self.path is not None and fits_path(name, self.path)


def best(signatures: Sequence[Signature]) -> Signature | None:
    """Return the signature that vouches for the file, or else the first."""
    trusted = [one for one in signatures if one.trust is Trust.TRUSTED]
    return next(iter(trusted or signatures), None)


# The public path of a class is part of the format.
Signature.__module__ = "onggi"
Signed.__module__ = "onggi"
Trust.__module__ = "onggi"
