"""The user's signing keys, and whom the user trusts: `onggi.keys`.

    >>> import onggi
    >>> onggi.keys.trust("onggi-ed25519:nonsense", name="alice")
    Traceback (most recent call last):
    onggi.errors.SignatureError: this is no public key of onggi: 'onggi-ed25519:nonsense'
      next: ask for the whole line, which begins with 'onggi-ed25519:'

Every change of the list of whom the user trusts is written whole or not at all, and two at a time wait for each other:
no revocation gets lost.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from onggi.errors import SecretKeyError, SignatureError
from onggi.files.atomic import save
from onggi.files.litter import lock_temporary
from onggi.trust.names import check_scope
from onggi.trust.private import create_private_file, make_private_folder
from onggi.trust.public_keys import PublicKey
from onggi.trust.rotation import ROTATION_PREFIX, Rotation, follow
from onggi.trust.signers import EVERYTHING, Signer, parse_expiry, read_signers, signers_path
from onggi.trust.signing_keys import check_key_name, config_folder, file_of, new_signing_key, own_names, signing_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onggi.trust.signers import Signers

__all__ = ["Signer", "export", "new", "own", "revoke", "rotate", "rotations", "signers", "trust"]

_LOCK: Final = "trusted.lock"
_LOCK_SECONDS: Final = 10
_TRY_SECONDS: Final = 0.02
_PRIVATE: Final = 0o600
_MAX_STEM: Final = 47


def new(name: str) -> Signer:
    """Make a signing key of one's own, and trust it.

    Args:
        name: What to call it: up to 64 letters, digits and `. _ @ + -`.

    Raises:
        SecretKeyError: There is one of that name, or no place for keys.
        SignatureError: It is no name, or you trust another key under it.
        MissingExtraError: The library for signatures is not installed.
    """
    key = new_signing_key(name)
    path = file_of(name)
    with _changing() as change:
        signer = Signer(name, key.public, added=int(time.time()), is_own=True)
        known = read_signers()
        # Before the file is made, so that no key is there that nobody trusts.
        trusted = known if name in own_names() else known.put(signer)
        if not create_private_file(path, key.content()):
            hint = f"choose another name, or: onggi keys rotate {name}"
            raise SecretKeyError(f"you have a signing key {name!r} already", source=path, hint=hint)
        change(trusted)
    return signer


def export(name: str | None = None) -> str:
    """Return the line that others need to trust a key of yours; it holds no secret.

    Args:
        name: Which key. Default: the only one.

    Raises:
        SecretKeyError: It is not there.
    """
    key = signing_key(name)
    return f"{key.public.text} {key.name}"


def rotations(name: str | None = None) -> tuple[str, ...]:
    """Return the lines by which those who trust an older key of yours can follow to this one.

    Args:
        name: Which key. Default: the only one.

    Raises:
        SecretKeyError: It is not there.
    """
    return signing_key(name).rotations


def rotate(name: str | None = None) -> str:
    """Put a new key in the place of one of yours; the old secret is gone, and what it signed still holds.

    Args:
        name: Which key. Default: the only one.

    Returns:
        The line that those who trust the old key give to `trust`, to follow.

    Raises:
        SecretKeyError: It is not there.
        SignatureError: It is revoked: who may have stolen it must not name its successor.
    """
    with _changing() as change:
        old = signing_key(name)
        trusted = read_signers()
        entry = trusted.find(old.public.data)
        if entry is not None and entry.revoked is not None:
            raise SignatureError(f"your key {old.name!r} is revoked", hint="onggi keys new NAME")
        now_seconds = time.time()
        fresh = new_signing_key(old.name)
        rotation = Rotation.make(old, fresh, now_seconds)
        if entry is not None:
            retired = f"{entry.name[:_MAX_STEM]}-{entry.key.key_id}"
            trusted = trusted.put(replace(entry, name=retired))
        heir = Signer(old.name, fresh.public, added=int(now_seconds), is_own=True, follows=old.public.key_id)
        trusted = trusted.put(heir)
        # The secret first: a key that nobody trusts yet does less harm than one that is trusted and lost.
        save(file_of(old.name), [fresh.after((*old.rotations, rotation.line)).content()], mode=_PRIVATE)
        change(trusted)
    return rotation.line


def trust(
    key: str, name: str | None = None, *, scope: str | Iterable[str] = "**", expires: str | None = None
) -> list[Signer]:
    """Trust a key: what it signs loads with full pickle power. Trusting a key again changes how far.

    Args:
        key: The line that its owner gave you, by a way on which nobody can change it; or lines by which the owner of a
            key that you trust names the next one: that is then trusted for the same names, and as long.
        name: What you call its owner. Default: the name in the line.
        scope: Patterns for the names of the files that it may vouch for, such as `"models/*"`. Default: all.
        expires: The first day, in UTC, on which it is not trusted any more, such as `"2027-01-01"`. Default: never.

    Returns:
        The new entries of the list.

    Raises:
        SignatureError: The line is no key; the key is revoked; no key that you trust vouches for it; the name belongs
            to another key.
        SecretKeyError: There is no place for the list.
    """
    lines = [line for line in key.splitlines() if line.strip()]
    if any(line.strip().startswith(ROTATION_PREFIX) for line in lines):
        return _follow(lines)
    public, written = PublicKey.parse(" ".join(lines))
    called = name or written
    if not called:
        raise SignatureError("say whose key this is", hint=f"onggi keys trust {public.text} --name WHO")
    scopes = tuple(check_scope(one) for one in ([scope] if isinstance(scope, str) else scope))
    with _changing() as change:
        trusted = read_signers()
        old = trusted.find(public.data)
        if old is not None and old.revoked is not None:
            raise SignatureError(
                f"the key {public.key_id} is revoked, and stays so", hint="ask its owner for a new one"
            )
        signer = Signer(
            check_key_name(called),
            public,
            scopes or EVERYTHING,
            int(time.time()),
            old is not None and old.is_own,
            parse_expiry(expires) if expires is not None else None,
            follows=old.follows if old is not None else None,
        )
        change(trusted.put(signer))
    return [signer]


def _follow(lines: list[str]) -> list[Signer]:
    parsed = [Rotation.parse(line) for line in lines]
    with _changing() as change:
        trusted, added = follow(read_signers(), parsed, time.time())
        if not added:
            known = [rotation for rotation in parsed if _is_trusted(trusted, rotation.new)]
            if known:
                return []
            ids = ", ".join(rotation.old.key_id for rotation in parsed)
            raise SignatureError(f"you trust no key that vouches for this one: {ids}", hint="ask for the public key")
        change(trusted)
    return added


def _is_trusted(trusted: Signers, key: PublicKey) -> bool:
    entry = trusted.find(key.data)
    return entry is not None and entry.revoked is None


def revoke(key: str) -> Signer:
    """Trust a key no more, from now on and for all that it has signed; this can't be undone.

    Args:
        key: The name of its owner, its id, or the key itself, which need not have been trusted before.

    Returns:
        The entry that is revoked. Keys that follow from it stay: see `Signer.follows`.

    Raises:
        SignatureError: No key, or more than one, is called that.
    """
    with _changing() as change:
        trusted = read_signers()
        found = trusted.called(key.strip())
        in_force = [one for one in found if one.revoked is None]
        if len(in_force) > 1:
            raise SignatureError(f"{key[:80]!r} stands for several keys", hint="give the whole key: onggi keys list")
        signer = (in_force or found)[0] if found else _stranger(key)
        trusted = trusted.revoke(signer, time.time())
        change(trusted)
    return trusted.find(signer.key.data) or signer


def _stranger(key: str) -> Signer:
    """Make an entry for a key that was never trusted."""
    try:
        public, written = PublicKey.parse(key)
    except SignatureError:
        raise SignatureError(f"you trust no key called {key[:80]!r}", hint="onggi keys list") from None
    return Signer(check_key_name(written or public.key_id), public, added=int(time.time()))


def signers() -> tuple[Signer, ...]:
    """Return all keys that the user trusts, or does not trust any more.

    Raises:
        SignatureError: The list is damaged, or others can change it.
    """
    return read_signers().signers


def own() -> tuple[str, ...]:
    """Return the names of one's own signing keys."""
    return tuple(own_names())


@contextlib.contextmanager
def _changing() -> Iterator[Callable[[Signers], None]]:
    """Give what writes the list; until the block ends, nobody else changes it."""
    folder = config_folder()
    try:
        make_private_folder(folder)
        fd = os.open(Path(folder, _LOCK), os.O_RDWR | os.O_CREAT, _PRIVATE)
    except OSError as error:
        reason = f"there is no place for keys: {error.strerror}"
        raise SecretKeyError(reason, source=folder, hint="set HOME to a folder that you can write to") from error
    try:
        _lock(fd, folder)
        yield _write
    finally:
        os.close(fd)


def _lock(fd: int, folder: str) -> None:
    deadline = time.monotonic() + _LOCK_SECONDS
    with contextlib.suppress(OSError):  # a file system without locks
        while not lock_temporary(fd):
            if time.monotonic() > deadline:
                raise SecretKeyError("another program is changing your keys, and does not end", source=folder)
            time.sleep(_TRY_SECONDS)


def _write(trusted: Signers) -> None:
    path = signers_path()
    if path is not None:
        save(path, [trusted.text().encode()], mode=_PRIVATE)
