"""The user's own keys for signing: what is signed with one says, to those who trust it, "I vouch for this file".

Each lies in a file of its own, readable by its owner only, in the folder `signing` beside the own key:

    onggi-signing-1:<48 base64 characters: 32 bytes of seed, then the first 4 bytes of their digest>
    onggi-rotation:…                                             a line for each key that this one took the place of

They are not the key that seals: that one is one's own on every machine and never vouches to anybody else.
"""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING, Any, Final, NoReturn, SupportsIndex

from onggi.errors import SecretKeyError, SignatureError
from onggi.trust.keys import key_path
from onggi.trust.private import read_private_file
from onggi.trust.public_keys import PublicKey, decode_checked, ed25519, encode_checked

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SigningKey", "check_key_name", "config_folder", "file_of", "new_signing_key", "own_names", "signing_key"]

_PREFIX: Final = "onggi-signing-1:"
_FOLDER: Final = "signing"
_MAX_FILE_BYTES: Final = 2**16
_SEED_BYTES: Final = 32
_TEMPORARY: Final = ".tmp"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", re.ASCII)


class SigningKey:
    """A secret key that signs. It never shows its secret: not in its repr, not in a pickle.

    Args:
        name: What its owner calls it.
        seed: 32 secret bytes.
        rotations: A line for each key that it took the place of.

    Attributes:
        public: The key that checks what this one signs.
    """

    __slots__ = ("__key", "__seed", "name", "public", "rotations")

    def __init__(self, name: str, seed: bytes, rotations: Sequence[str] = ()) -> None:
        self.name: Final = name
        self.rotations: Final = tuple(rotations)
        self.__seed = bytes(seed)
        self.__key: Any = ed25519().Ed25519PrivateKey.from_private_bytes(self.__seed)
        self.public: Final = PublicKey(self.__key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Sign a message, which must begin with the purpose of the signature.

        Returns:
            64 bytes.
        """
        signature: bytes = self.__key.sign(message)
        return signature

    def content(self) -> bytes:
        """Return what its file holds, with the secret."""
        return "".join(f"{line}\n" for line in (_PREFIX + encode_checked(self.__seed), *self.rotations)).encode()

    def after(self, rotations: Sequence[str]) -> SigningKey:
        """Return this key with the lines of the rotations that led to it."""
        return SigningKey(self.name, self.__seed, rotations)

    def __repr__(self) -> str:
        return f"<SigningKey {self.name} {self.public.key_id}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret key can't be pickled or copied")


def new_signing_key(name: str) -> SigningKey:
    """Make a key; it is in no file yet."""
    return SigningKey(check_key_name(name), secrets.token_bytes(_SEED_BYTES))


def check_key_name(name: str) -> str:
    """Return a name for a key, if it is one: it is a file name, and stands in lists and messages.

    Raises:
        SignatureError: It is none.
    """
    if not _NAME.fullmatch(name) or name.endswith(_TEMPORARY):
        reason = f"{name[:80]!r} is no name for a key: up to 64 letters, digits and . _ @ + - of ASCII"
        raise SignatureError(reason, hint="such as alice or alice@example.org")
    return name


def config_folder() -> str:
    """Return the folder in which the keys and the list of whom the user trusts lie.

    Raises:
        SecretKeyError: There is no place for keys: the user has no home.
    """
    path = key_path()
    if path is None:
        hint = "set HOME, or say where with onggi.trust.keys.set_key_path"
        raise SecretKeyError("there is no place for keys: this user has no home folder", hint=hint)
    return os.path.dirname(path)


def file_of(name: str) -> str:
    """Return where the key of a name lies, or would lie."""
    return os.path.join(config_folder(), _FOLDER, check_key_name(name))


def own_names() -> list[str]:
    """Return the names of the keys that there are, in their order."""
    try:
        found = os.listdir(os.path.join(config_folder(), _FOLDER))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(name for name in found if _NAME.fullmatch(name) and not name.endswith(_TEMPORARY))


def signing_key(name: str | None = None) -> SigningKey:
    """Read a key of one's own.

    Args:
        name: Which; default: the only one.

    Raises:
        SecretKeyError: It is not there, can't be read, is damaged, or others can read it.
        MissingExtraError: The library for signatures is not installed.
    """
    chosen = check_key_name(name) if name is not None else _only_name()
    path = file_of(chosen)
    what = f"the signing key {chosen}"
    content = read_private_file(path, what, max_bytes=_MAX_FILE_BYTES)
    if content is None:
        names = own_names()
        there = f"there are: {', '.join(names)}" if names else "there is none yet"
        raise SecretKeyError(f"you have no signing key {chosen!r}; {there}", hint=f"onggi keys new {chosen}")
    lines = content.decode("ascii", "replace").splitlines()
    seed = decode_checked(lines[0].removeprefix(_PREFIX)) if lines and lines[0].startswith(_PREFIX) else None
    if seed is None or len(seed) != _SEED_BYTES or len(content) > _MAX_FILE_BYTES:
        raise SecretKeyError(f"{what} is damaged, or of a newer onggi", source=path, hint="take it from a backup")
    return SigningKey(chosen, seed, lines[1:])


def _only_name() -> str:
    names = own_names()
    if not names:
        raise SecretKeyError("you have no signing key yet", hint="onggi keys new NAME")
    if len(names) > 1:
        raise SecretKeyError(f"say which key is to sign; you have {', '.join(names)}", hint=f'such as "{names[0]}"')
    return names[0]
