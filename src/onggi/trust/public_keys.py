"""Public keys: one short line that people send each other.

    onggi-ed25519:<48 base64 characters: 32 bytes of key, then the first 4 bytes of their digest>  [name]

The check bytes find a typing error; who sent the line is for people to make sure of. A key is always compared whole:
its id, 8 bytes of a digest, is for people to see, and decides nothing.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Final

from onggi.errors import MissingExtraError, SignatureError
from onggi.trust.digest import digest

__all__ = ["PublicKey", "check_bytes", "decode_checked", "ed25519", "encode_checked"]

_PREFIX: Final = "onggi-ed25519:"
_ID_CONTEXT: Final = b"onggi public key id 1"
_ID_BYTES: Final = 8
_CHECK_BYTES: Final = 4
_KEY_BYTES: Final = 32
_SIGN_BIT: Final = 0x7F
# Points of small order (RFC 8032 leaves them in; the list is that of "Taming the many EdDSAs", 2020, table 6): with
# such a key, everybody can make a signature that holds for any message.
_SMALL_ORDER: Final = frozenset(
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that tells who signed.

    Args:
        data: 32 bytes.

    Attributes:
        key_id: 16 characters for people to tell keys apart.

    Raises:
        SignatureError: With this key anybody can sign.
    """

    data: bytes
    key_id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.data) != _KEY_BYTES:
            raise ValueError(f"a public key has {_KEY_BYTES} bytes, not {len(self.data)}")
        if self.data[:-1] + bytes((self.data[-1] & _SIGN_BIT,)) in _SMALL_ORDER:
            raise SignatureError("this public key is a forger's: anybody can sign in its name")
        object.__setattr__(self, "key_id", digest(_ID_CONTEXT, self.data)[:_ID_BYTES].hex())

    @property
    def text(self) -> str:
        """The key as people send it, without a name."""
        return _PREFIX + encode_checked(self.data)

    @classmethod
    def parse(cls, line: str) -> tuple[PublicKey, str]:
        """Read a key as people send it.

        Returns:
            The key, and the name behind it, or an empty string.

        Raises:
            SignatureError: It is none.
        """
        text, _, name = line.strip().partition(" ")
        content = decode_checked(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None
        if content is None or len(content) != _KEY_BYTES:
            reason = f"this is no public key of onggi: {line.strip()[:80]!r}"
            raise SignatureError(reason, hint=f"ask for the whole line, which begins with {_PREFIX!r}")
        return cls(content), name.strip()

    def made(self, signature: bytes, message: bytes) -> bool:
        """Tell whether this key made a signature of a message.

        Raises:
            MissingExtraError: The library for it is not installed.
        """
        invalid = _ed25519_module("cryptography.exceptions").InvalidSignature
        try:
            ed25519().Ed25519PublicKey.from_public_bytes(self.data).verify(signature, message)
        except (invalid, ValueError):
            return False
        return True


def check_bytes(content: bytes) -> bytes:
    """Return what finds a typing error in a text that stands for these bytes."""
    return digest(content)[:_CHECK_BYTES]


def encode_checked(content: bytes) -> str:
    """Write bytes, and behind them their check bytes, as base64."""
    return base64.b64encode(content + check_bytes(content)).decode()


def decode_checked(text: str) -> bytes | None:
    """Read what `encode_checked` wrote; `None` if it is damaged."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    body, check = content[:-_CHECK_BYTES], content[-_CHECK_BYTES:]
    return body if check == check_bytes(body) and encode_checked(body) == text else None


def ed25519() -> Any:
    """Import Ed25519 of the library `cryptography`.

    Raises:
        MissingExtraError: It is not installed.
    """
    return _ed25519_module("cryptography.hazmat.primitives.asymmetric.ed25519")


def _ed25519_module(name: str) -> Any:
    # Imported when used: most files have no signature.
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        hint = "pip install 'onggi[sign]'"
        raise MissingExtraError("signatures need the library cryptography", hint=hint) from error
