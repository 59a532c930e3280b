"""Attacks on signatures: files that would pass for those of somebody whom the victim trusts.

The victim trusts Alice for everything and Sam for `models/*`, has revoked Rita's key, and trusted Ed until 2020.
Mallory has keys of her own, honest files of all of them, and knows the format.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from attacks.assembler import EMPTY_LIST, call, pickled
from attacks.canary import SHELL
from attacks.case import REFUSED, Theme

if TYPE_CHECKING:
    from onggi.format.seal import Seal
    from onggi.format.signatures import SignatureRecord

theme = Theme("signatures")

INTEGRITY = "IntegrityError"
NAME = "hostile.pkl"
"""What the runner calls the file."""

SIGNED_AT = 1_790_000_000
_case = partial(theme.case, suffix=".pkl", needs=("cryptography",))
_HOSTILE = pickled(call("os.system", SHELL), proto=5)
_HONEST = pickled(EMPTY_LIST, proto=5)


@cache
def _key(owner: str) -> Any:
    from onggi.trust.signing_keys import SigningKey

    return SigningKey(owner, owner.encode().ljust(32, b"."))


def _signed(owner: str, pickle: bytes = _HOSTILE, name: str = NAME, version: int = 1) -> bytes:
    from onggi.format.label import pack_label
    from onggi.format.layout import lay_out
    from onggi.trust.sealing import sealed
    from onggi.trust.signatures import Purpose

    purpose = Purpose(_key(owner), name, version, SIGNED_AT)
    return b"".join(sealed(lay_out([pickle], [], pack_label({"about": {}})), None, purpose))


def _seal(data: bytes) -> Seal:
    from onggi.format.seal import read_seal

    seal = read_seal(memoryview(data))
    assert seal is not None
    return seal


def _with(data: bytes, *signatures: SignatureRecord) -> bytes:
    from onggi.format.seal import pack_seal, with_signatures

    seal = _seal(data)
    return data[: seal.start] + pack_seal(with_signatures(seal, signatures))


def _by(owner: str, **options: Any) -> SignatureRecord:
    return _seal(_signed(owner, **options)).signatures[0]


def _trust(**more: str) -> None:
    """Be a victim whose list says whom to trust; `more` are lines that Mallory has talked the victim into."""
    from onggi.trust.keys import set_key_path
    from onggi.trust.signers import Signer, Signers

    for module in ("cryptography.exceptions", "cryptography.hazmat.primitives.asymmetric.ed25519"):
        importlib.import_module(module)
    folder = tempfile.mkdtemp(dir=os.environ["HOME"])
    set_key_path(os.path.join(folder, "key"))
    signers = Signers(
        (
            Signer("alice", _key("alice").public),
            Signer("sam", _key("sam").public, ("models/*",)),
            Signer("rita", _key("rita").public, revoked=SIGNED_AT + 1),
            Signer("ed", _key("ed").public, expires="2020-01-01"),
        )
    )
    path = os.path.join(folder, "trusted.json")
    with open(path, "w") as file:
        file.write(signers.text())
    os.chmod(path, 0o600)
    _key("alice").public.made(bytes(64), b"")
    keys = importlib.import_module("onggi.api.keys")
    for name, line in more.items():
        with contextlib.suppress(importlib.import_module("onggi.errors").OnggiError):
            keys.trust(line, name, scope="nothing/*") if name != "rotation" else keys.trust(line)


# --- whose signature it is -----------------------------------------------------------------------------------------


@_case("signer: a stranger", setup=_trust)
def signed_by_a_stranger() -> bytes:
    """Runs code under Mallory's own, valid signature."""
    return _signed("mallory")


@_case("signer: revoked", setup=_trust)
def signed_by_a_revoked_key() -> bytes:
    """Runs code under a signature that was made, it says, before the key was revoked."""
    return _signed("rita")


@_case("signer: expired", setup=_trust)
def signed_by_an_expired_key() -> bytes:
    """Runs code under the signature of somebody who was trusted until 2020."""
    return _signed("ed")


@_case("signer: out of scope", setup=_trust)
def signed_out_of_scope() -> bytes:
    """Runs code in a file of another name than those that Sam may vouch for."""
    return _signed("sam")


@_case("signer: out of scope", setup=_trust)
def signed_in_scope_for_another_name() -> bytes:
    """Runs code in a file that is signed as one in scope, and lies elsewhere."""
    return _signed("sam", name="models/hostile.pkl")


@_case("signer: one of many", setup=_trust)
def signed_by_all_who_do_not_count() -> bytes:
    """Runs code under four signatures, none of which counts."""
    return _with(_signed("mallory"), *(_by(owner) for owner in ("mallory", "rita", "ed", "sam")))


# --- what it is a signature of --------------------------------------------------------------------------------------


@_case("replay under another name", setup=_trust)
def replayed_under_another_name() -> bytes:
    """Runs the code of Alice's own file `cleanup.pkl`, put in the place of another."""
    return _signed("alice", name="cleanup.pkl")


@_case("replay under another name", setup=_trust)
def replayed_from_another_folder() -> bytes:
    """Runs the code of Alice's own file of the same last name, from another folder."""
    return _signed("alice", name="admin/hostile.pkl")


@_case("signature moved to another file", verdict=INTEGRITY, setup=_trust)
def signature_of_an_honest_file() -> bytes:
    """Runs code under Alice's signature of another pickle."""
    return _with(_signed("mallory"), _by("alice", pickle=_HONEST))


@_case("signature moved to another file", verdict=INTEGRITY, setup=_trust)
def seal_of_an_honest_file() -> bytes:
    """Runs code before the whole seal of Alice's file: digests, signature and all."""
    hostile, honest = _signed("mallory"), _signed("alice", pickle=_HONEST)
    return hostile[: _seal(hostile).start] + honest[_seal(honest).start :]


@_case("signature moved to another file", verdict=INTEGRITY, setup=_trust)
def digests_and_signature_of_an_honest_file() -> bytes:
    """Runs code under digests and signature of Alice's file, in a seal that fits."""
    from onggi.format.seal import pack_seal

    hostile, honest = _signed("mallory"), _seal(_signed("alice", pickle=_HONEST))
    return hostile[: _seal(hostile).start] + pack_seal(
        _seal(hostile)._replace(opcodes_digest=honest.opcodes_digest, signatures=honest.signatures)
    )


@_case("signature taken off", setup=_trust)
def signature_taken_off() -> bytes:
    """Runs code from a file that once was Alice's, as `cleanup.pkl`, and now is nobody's."""
    return _with(_signed("alice", name="cleanup.pkl"))


@_case("signed pickle beside a hostile one", setup=_trust)
def hostile_pickle_before_a_signed_one() -> bytes:
    """Runs code from a pickle before one that Alice has signed."""
    return _HOSTILE + _signed("alice", pickle=_HONEST)


@_case("signed pickle beside a hostile one", verdict=(INTEGRITY, REFUSED, "MalformedError"), setup=_trust)
def hostile_opcodes_behind_a_seal() -> bytes:
    """Runs code by opcodes between Alice's seal and the end."""
    return _signed("alice", pickle=_HONEST)[:-1] + _HOSTILE[2:]


# --- forged records -------------------------------------------------------------------------------------------------


@_case("forged signature", verdict=INTEGRITY, setup=_trust)
def key_of_alice_signature_of_mallory() -> bytes:
    """Runs code under a signature by Mallory that names Alice's key."""
    return _with(_signed("mallory"), _by("mallory")._replace(public_key=_key("alice").public.data))


@_case("forged signature", verdict=INTEGRITY, setup=_trust)
def renamed_signature() -> bytes:
    """Runs code of Alice's file `cleanup.pkl` under another name in its signature."""
    data = _signed("alice", name="cleanup.pkl")
    return _with(data, _seal(data).signatures[0]._replace(name=NAME))


@_case("forged signature", verdict=INTEGRITY, setup=_trust)
def key_of_everybody() -> bytes:
    """Runs code under a key of order 1, for which one signature holds for all messages."""
    weak = _by("mallory")._replace(public_key=b"\x01" + bytes(31), signature=b"\x01" + bytes(63))
    return _with(_signed("mallory"), weak)


@_case("forged signature", verdict=INTEGRITY, setup=_trust)
def a_key_twice() -> bytes:
    """Runs code under a valid signature of Alice's key for another name and a forged one for this."""
    data = _signed("alice", name="cleanup.pkl")
    honest = _seal(data).signatures[0]
    return _with(data, honest, honest._replace(name=NAME))


@_case("forged signature", setup=_trust)
def an_unknown_kind_of_signature() -> bytes:
    """Runs code under a signature of a kind that nobody knows."""
    return _with(
        _signed("mallory"), _by("alice")._replace(public_key=b"", algorithm=255, body=_key("alice").public.data)
    )


@_case("forged signature", verdict=INTEGRITY, setup=_trust)
def ten_thousand_signatures() -> bytes:
    """Runs code under more signatures than there may be."""
    one = _by("mallory")
    return _with(_signed("mallory"), *(one._replace(public_key=n.to_bytes(32, "big")) for n in range(10_000)))


# --- whom the victim was talked into ---------------------------------------------------------------------------------


@_case("injection into the list of trusted keys", setup=lambda: _trust(**{'m", "for": ["**"], "x': _line()}))
def list_injection_by_json() -> bytes:
    """Runs code of a key that came with a name in which a wider scope stands, as JSON."""
    return _signed("mallory")


@_case(
    "injection into the list of trusted keys",
    setup=lambda: _trust(**{'m"\nfor = ["**"]\n[[signers]]\nname = "x': _line()}),
)
def list_injection_by_toml() -> bytes:
    """Runs code of a key that came with a name in which a wider scope stands, as TOML."""
    return _signed("mallory")


@_case("injection into the list of trusted keys", setup=lambda: _trust(mallory=_line() + " x\n" + _line("alice")))
def a_second_line_in_a_key() -> bytes:
    """Runs code of a key that came in two lines."""
    return _signed("mallory")


@_case("forged rotation", setup=lambda: _trust(rotation=_rotation()))
def forged_rotation() -> bytes:
    """Runs code of a key that Mallory says Alice's key has named as its next."""
    return _signed("mallory")


@_case("forged rotation", setup=lambda: _trust(rotation=_rotation("rita", "rita")))
def rotation_by_a_revoked_key() -> bytes:
    """Runs code of a key that Rita's stolen key has named as its next."""
    return _signed("mallory")


def _line(owner: str = "mallory") -> str:
    return str(_key(owner).public.text)


def _rotation(old: str = "alice", signer: str = "mallory") -> str:
    """Make the line in which one key names Mallory's, signed by another."""
    from onggi.trust.public_keys import encode_checked

    body = _key(old).public.data + _key("mallory").public.data + SIGNED_AT.to_bytes(8, "little")
    message = b"onggi rotation 1\n" + body
    return "onggi-rotation:" + encode_checked(body + _key(signer).sign(message) + _key("mallory").sign(message))
