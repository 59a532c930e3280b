"""Rotation: a key names the one that takes its place, so that who trusts the old can follow.

    onggi-rotation:<base64: old key[32]  new key[32]  created:u64  signature by old[64]  signature by new[64]  check[4]>

Both sign `statement`: the old key vouches for the new, and the new shows that it is no key of somebody else. Who
follows trusts the new key for what the old was trusted for, and no longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final

from onggi.errors import SignatureError
from onggi.trust.public_keys import PublicKey, decode_checked, encode_checked
from onggi.trust.signers import Signer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onggi.trust.signers import Signers
    from onggi.trust.signing_keys import SigningKey

__all__ = ["ROTATION_PREFIX", "Rotation", "follow"]

ROTATION_PREFIX: Final = "onggi-rotation:"
_CONTEXT: Final = b"onggi rotation 1\n"
_BODY: Final = Struct("<32s32sQ64s64s")
_MAX_TIME: Final = 2**40
_MAX_STEM: Final = 56


@dataclass(frozen=True, slots=True)
class Rotation:
    """One key that took the place of another; both have signed it.

    Attributes:
        old: The key that vouches.
        new: The key that it vouches for.
        created: When, in seconds since 1970, by the signer's clock.
        line: How it is sent.
    """

    old: PublicKey
    new: PublicKey
    created: int
    line: str

    @classmethod
    def make(cls, old: SigningKey, new: SigningKey, now_seconds: float) -> Rotation:
        """Let one key vouch for another."""
        created = int(now_seconds)
        message = _statement(old.public.data, new.public.data, created)
        signatures = old.sign(message), new.sign(message)
        body = _BODY.pack(old.public.data, new.public.data, created, *signatures)
        return cls(old.public, new.public, created, ROTATION_PREFIX + encode_checked(body))

    @classmethod
    def parse(cls, line: str) -> Rotation:
        """Read a line, and check both signatures.

        Raises:
            SignatureError: It is damaged or forged.
            MissingExtraError: The library for signatures is not installed.
        """
        text = line.strip()
        content = decode_checked(text.removeprefix(ROTATION_PREFIX)) if text.startswith(ROTATION_PREFIX) else None
        if content is None or len(content) != _BODY.size:
            raise SignatureError("this line is no rotation of a key, or damaged", hint="ask for the whole line")
        old, new, created, by_old, by_new = _BODY.unpack(content)
        message = _statement(old, new, created)
        rotation = cls(PublicKey(old), PublicKey(new), created, text)
        if old == new or created >= _MAX_TIME:
            raise SignatureError("this rotation makes no sense")
        if not rotation.old.made(by_old, message) or not rotation.new.made(by_new, message):
            raise SignatureError("this rotation is forged: the keys that it names have not signed it")
        return rotation


def _statement(old: bytes, new: bytes, created: int) -> bytes:
    return _CONTEXT + old + new + created.to_bytes(8, "little")


def follow(signers: Signers, rotations: Sequence[Rotation], now_seconds: float) -> tuple[Signers, list[Signer]]:
    """Trust the keys that keys which are trusted vouch for, in whatever order the lines stand.

    Args:
        signers: Whom the user trusts.
        rotations: What was sent.
        now_seconds: The time, in seconds since 1970.

    Returns:
        The new list, and its new entries. The old keys stay as they are.
    """
    added: list[Signer] = []
    waiting = list(rotations)
    # Each round uses up a line, so that a circle of keys ends too.
    while ready := next(((one, old) for one in waiting if (old := _voucher(signers, one, now_seconds))), None):
        rotation, old = ready
        waiting.remove(rotation)
        if signers.find(rotation.new.data) is not None:
            continue  # trusted already, or revoked: then no other key brings it back
        name = _free_name(signers, old.name)
        signer = Signer(name, rotation.new, old.scope, int(now_seconds), expires=old.expires, follows=old.key.key_id)
        signers = signers.put(signer)
        added.append(signer)
    return signers, added


def _voucher(signers: Signers, rotation: Rotation, now_seconds: float) -> Signer | None:
    """Return the entry of the old key, if that is trusted."""
    old = signers.find(rotation.old.data)
    return old if old is not None and old.revoked is None and not old.is_expired(now_seconds) else None


def _free_name(signers: Signers, name: str) -> str:
    """Return a name for the next key of the same owner: alice, alice-2, alice-3 and so on."""
    stem, dash, number = name.rpartition("-")
    base = (stem if dash and number.isdecimal() else name)[:_MAX_STEM]
    taken = {signer.name for signer in signers.signers}
    count = 2
    while f"{base}-{count}" in taken:
        count += 1
    return f"{base}-{count}"
