"""Whom the user trusts: one small JSON file, `trusted.json` beside the own key, for people to read.

    {"onggi": "trusted signers 1",
     "signers": [{"name": str, "key": "onggi-ed25519:…", "for": [SCOPE, …], "added": int, "is_own": bool,
                  "expires": "2027-01-01"?, "revoked": int?, "follows": KEY ID?}]}

`added` and `revoked` are seconds since 1970. A key is trusted until the day that `expires` names begins, in UTC. What
is not exactly so is an error: a list that is half understood would trust somebody too much.
"""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass, replace
from typing import Any, Final

from onggi.errors import SecretKeyError, SignatureError
from onggi.trust.keys import key_path
from onggi.trust.names import check_scope, in_scope
from onggi.trust.private import read_private_file
from onggi.trust.public_keys import PublicKey
from onggi.trust.signing_keys import check_key_name

__all__ = ["EVERYTHING", "Signer", "Signers", "parse_expiry", "read_signers", "signers_path"]

EVERYTHING: Final = ("**",)
"""The scope of who is trusted for every name."""

_TITLE: Final = "trusted signers 1"
_FILE: Final = "trusted.json"
_MAX_FILE_BYTES: Final = 2**22
_WHAT: Final = "the list of whom you trust"
_KEYS: Final = {"name", "key", "for", "added", "is_own"}
_OPTIONAL_KEYS: Final = {"expires", "revoked", "follows"}
_MAX_SECONDS: Final = 2**40
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Signer:
    """One key, and how far its owner is trusted.

    Attributes:
        name: What the user calls its owner.
        key: The public key.
        scope: Patterns for the names of the files that it may vouch for.
        added: When the user came to trust it, in seconds since 1970.
        is_own: Whether it is a key of the user's own.
        expires: The first day, in UTC, on which it is not trusted any more: `"2027-01-01"`; None: never.
        revoked: Since when it is not trusted any more, in seconds since 1970; None: it is trusted.
        follows: The id of the key that vouched for this one when it took its place.
    """

    name: str
    key: PublicKey
    scope: tuple[str, ...] = EVERYTHING
    added: int = 0
    is_own: bool = False
    expires: str | None = None
    revoked: int | None = None
    follows: str | None = None

    def covers(self, name: str) -> bool:
        """Say whether it may vouch for a file of this name."""
        return any(in_scope(name, scope) for scope in self.scope)

    def is_expired(self, now_seconds: float) -> bool:
        """Say whether its time is over; a clock from before the key was added is not believed."""
        if self.expires is None:
            return False
        end = datetime.datetime.fromisoformat(self.expires).replace(tzinfo=datetime.UTC).timestamp()
        return now_seconds >= end or now_seconds < self.added - _DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Signers:
    """All that the user trusts, or does not trust any more."""

    signers: tuple[Signer, ...] = ()

    def find(self, key: bytes) -> Signer | None:
        """Return the entry of a public key."""
        return next((signer for signer in self.signers if signer.key.data == key), None)

    def called(self, text: str) -> list[Signer]:
        """Return the entries that a user may mean by a name, a key id or a public key; those in force first."""
        words = text.partition(" ")[0]
        found = [one for one in self.signers if words in (one.name, one.key.key_id, one.key.text)]
        return sorted(found, key=lambda one: one.revoked is not None)

    def put(self, signer: Signer) -> Signers:
        """Return the list with an entry in place of that of the same key, or behind all others.

        Raises:
            SignatureError: Another key that is trusted has the name.
        """
        for other in self.signers:
            if other.name == signer.name and other.key != signer.key and other.revoked is None:
                reason = f"you trust another key under the name {signer.name!r}: {other.key.key_id}"
                raise SignatureError(reason, hint="choose another name with --name, or revoke that key first")
        if self.find(signer.key.data) is None:
            return Signers((*self.signers, signer))
        return Signers(tuple(signer if one.key == signer.key else one for one in self.signers))

    def revoke(self, signer: Signer, now_seconds: float) -> Signers:
        """Return the list with an entry that is not trusted any more."""
        revoked = replace(signer, revoked=int(now_seconds) if signer.revoked is None else signer.revoked)
        others = tuple(revoked if one.key == signer.key else one for one in self.signers)
        return Signers(others if self.find(signer.key.data) else (*others, revoked))

    def text(self) -> str:
        """Return what the file holds."""
        content = {"onggi": _TITLE, "signers": [_entry(signer) for signer in self.signers]}
        return json.dumps(content, indent=1, ensure_ascii=True) + "\n"

    @classmethod
    def parse(cls, text: str) -> Signers:
        """Read what `text` wrote.

        Raises:
            ValueError: It is anything else.
        """
        content = json.loads(text, object_pairs_hook=_only_once, parse_constant=_refuse)
        if type(content) is not dict or content.keys() != {"onggi", "signers"} or content["onggi"] != _TITLE:
            raise ValueError(f"it does not begin with {_TITLE!r}")
        if type(content["signers"]) is not list:
            raise ValueError("it holds no list of signers")
        signers = tuple(_signer(entry) for entry in content["signers"])
        if len({signer.key.data for signer in signers}) != len(signers):
            raise ValueError("a key is in it twice")
        return cls(signers)


def _entry(signer: Signer) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": signer.name,
        "key": signer.key.text,
        "for": list(signer.scope),
        "added": signer.added,
        "is_own": signer.is_own,
    }
    optional = {"expires": signer.expires, "revoked": signer.revoked, "follows": signer.follows}
    return entry | {key: value for key, value in optional.items() if value is not None}


def _signer(entry: Any) -> Signer:
    if type(entry) is not dict or not _KEYS <= entry.keys() <= _KEYS | _OPTIONAL_KEYS:
        raise ValueError("an entry has other keys than it should")
    scope = entry["for"]
    if type(scope) is not list or not scope or type(entry["is_own"]) is not bool:
        raise ValueError("an entry has a value of another type than it should")
    return Signer(
        check_key_name(_typed(entry["name"], str)),
        PublicKey.parse(_typed(entry["key"], str))[0],
        tuple(check_scope(_typed(one, str)) for one in scope),
        _seconds(entry["added"]),
        entry["is_own"],
        parse_expiry(_typed(entry["expires"], str)) if "expires" in entry else None,
        _seconds(entry["revoked"]) if "revoked" in entry else None,
        _typed(entry["follows"], str) if "follows" in entry else None,
    )


def _typed(value: Any, cls: type) -> Any:
    if type(value) is not cls:
        raise ValueError("an entry has a value of another type than it should")
    return value


def _seconds(value: Any) -> int:
    if not 0 <= _typed(value, int) < _MAX_SECONDS:
        raise ValueError("an entry has a time that can't be")
    return int(value)


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what JSON readers take in different ways."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def parse_expiry(text: str) -> str:
    """Return a day as `"2027-01-01"`.

    Raises:
        SignatureError: It is no day.
    """
    try:
        if datetime.date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise SignatureError(f"{text[:40]!r} is no day", hint="write it as YYYY-MM-DD, such as 2027-01-01")


def signers_path() -> str | None:
    """Tell where the list lies, or will lie; `None` where there is no place for one."""
    path = key_path()
    return None if path is None else os.path.join(os.path.dirname(path), _FILE)


def read_signers() -> Signers:
    """Read the list; an empty one if there is none.

    Raises:
        SignatureError: It is damaged, of a newer version, or others can change it.
    """
    path = signers_path()
    if path is None:
        return Signers()
    try:
        content = read_private_file(path, _WHAT, max_bytes=_MAX_FILE_BYTES, others_may_read=True)
    except SecretKeyError as error:
        raise SignatureError(error.reason, source=error.source, hint=error.hint) from None
    if content is None:
        return Signers()
    try:
        if len(content) > _MAX_FILE_BYTES:
            raise ValueError("it is too long")
        return Signers.parse(content.decode())
    except (ValueError, RecursionError) as error:
        what = error.reason if isinstance(error, SignatureError) else str(error)
        hint = "take it from a backup; without the file, nobody is trusted"
        raise SignatureError(f"{_WHAT} is damaged, or of a newer onggi: {what}", source=path, hint=hint) from None


# The public path of a class is part of the format.
Signer.__module__ = "onggi"
