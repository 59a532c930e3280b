"""The user's own secret key: what seals made with it say is "I wrote this file".

It is made at first use, in one short line, readable by its owner only:

    onggi-secret-1:<48 base64 characters: 32 bytes of key, then the first 4 bytes of their digest>

It lies in `key` in the configuration folder of the platform (`platformdirs.user_config_dir("onggi")`), or where
`set_key_path` says. The two ends of its rules: *no home, no seal, no error*: where there is no place for a key, there
is none; but a key file that others can read or replace, or that somebody else owns, is an error, as a seal by it would
prove nothing. On Windows the folders of the user's profile are private by themselves.

Who can run code as the user can read the key: it guards against files of others, not against programs of one's own.
"""

from __future__ import annotations

import binascii
import contextlib
import os
import threading
from typing import TYPE_CHECKING, Final, NoReturn, SupportsIndex

from onggi.errors import SecretKeyError
from onggi.trust.digest import KEY_BYTES, digest, keyed_mac, same
from onggi.trust.private import create_private_file, read_private_file, remove_command

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["KEY_ID_BYTES", "SecretKey", "default_key_path", "key_path", "own_key", "set_key_path"]

KEY_ID_BYTES: Final = 8

_PREFIX: Final = "onggi-secret-1:"
_CHECK_BYTES: Final = 4
_MAX_FILE_BYTES: Final = 1_024
_KEY_ID_CONTEXT: Final = b"onggi key id 1"


class SecretKey:
    """A secret key. It never shows itself: not in its repr, not in a pickle.

    Args:
        key: 32 bytes.

    Attributes:
        key_id: 8 bytes that name the key and tell nothing of it.
    """

    __slots__ = ("__key", "key_id")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self.__key = bytes(key)
        self.key_id: Final = keyed_mac(self.__key, _KEY_ID_CONTEXT, b"")[:KEY_ID_BYTES]

    def mac(self, context: bytes, data: Buffer) -> bytes:
        """Authenticate data for one purpose; see `onggi.trust.digest.keyed_mac`.

        Returns:
            32 bytes.
        """
        return keyed_mac(self.__key, context, data)

    def is_mac_of(self, mac: bytes, context: bytes, data: Buffer) -> bool:
        """Tell whether this key made the MAC, for this purpose and these data."""
        return same(mac, self.mac(context, data))

    def __repr__(self) -> str:
        return f"<SecretKey {self.key_id.hex()}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret key can't be pickled or copied")


# What was found. It is read without the lock.
_cached: SecretKey | None = None
# Where a key could not be made: this is tried once, not at every dump.
_hopeless: str | None = None
_path: str | None = None
_lock = threading.Lock()


def _renew_lock() -> None:
    # A thread of the parent may have held the lock when a child was forked, and is not there to let it go.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def default_key_path() -> str | None:
    """Tell where the platform keeps the key of this user.

    Returns:
        An absolute path, or `None` where the user has no home.
    """
    # Imported when first asked for: `loads` of plain values needs no key.
    from platformdirs import user_config_dir

    try:
        folder = user_config_dir("onggi", appauthor=False)
    except RuntimeError:  # there is no home; older versions leave the "~" standing
        return None
    home = os.path.expanduser("~")
    if folder.startswith(home + os.sep) and not os.path.isdir(home):
        return None
    return os.path.join(folder, "key") if os.path.isabs(folder) else None


def key_path() -> str | None:
    """Tell where the own key lies, or will lie; `None` where there is no place for one."""
    return _path or default_key_path()


def set_key_path(path: str | os.PathLike[str] | None) -> None:
    """Say where the own key lies, for the whole process; `None` means the platform's place again.

    It also forgets the key that was read, so that the next use reads it again.
    """
    global _path, _cached, _hopeless
    with _lock:
        _path = None if path is None else os.path.abspath(path)
        _cached = _hopeless = None


def own_key(create: bool = False) -> SecretKey | None:
    """Get the user's own key.

    It is read once in a process.

    Args:
        create: Whether to make it if there is none.

    Returns:
        The key, or `None` if there is none, or no place for one.

    Raises:
        SecretKeyError: The file can't be trusted: others can read or replace it, somebody else owns it, or its content
            is no key.
    """
    return _cached or _find_key(create)


def _find_key(create: bool) -> SecretKey | None:
    global _cached, _hopeless
    with _lock:
        if _cached is not None:  # by another thread, meanwhile
            return _cached
        path = key_path()
        if path is None:
            return None
        key = _read_key(path)
        if key is None and create and path != _hopeless:
            with contextlib.suppress(OSError):
                _create_key(path)
            key = _read_key(path)
            _hopeless = path if key is None else None
        _cached = key
        return key


# ------------------------------------------------------------------------------------------------------------- reading


def _read_key(path: str) -> SecretKey | None:
    """Read and check a key file; `None` if there is none."""
    text = read_private_file(path, "the secret key", max_bytes=_MAX_FILE_BYTES)
    return None if text is None else SecretKey(_parse_key(text, path))


def _parse_key(text: bytes, path: str) -> bytes:
    prefix = _PREFIX.encode()
    line = text.strip()
    if not line.startswith(prefix):
        reason = f"this is no secret key of onggi, or one of a newer version: it does not start with {_PREFIX!r}"
        raise SecretKeyError(reason, source=path)
    try:
        content = binascii.a2b_base64(line[len(prefix) :], strict_mode=True)
    except binascii.Error:
        content = b""
    key, check = content[:KEY_BYTES], content[KEY_BYTES:]
    if len(content) != KEY_BYTES + _CHECK_BYTES or not same(check, digest(key)[:_CHECK_BYTES]):
        hint = f"take it from a backup; or {remove_command(path)}, then a new key is made, and old seals no longer hold"
        raise SecretKeyError("the secret key is damaged", source=path, hint=hint)
    return key


# ------------------------------------------------------------------------------------------------------------ creating


def _create_key(path: str) -> None:
    """Make a new key file, unless another process does so first: then theirs is the key."""
    key = os.urandom(KEY_BYTES)
    content = binascii.b2a_base64(key + digest(key)[:_CHECK_BYTES], newline=False)
    create_private_file(path, _PREFIX.encode() + content + b"\n")
