"""Rotation: who trusts the old key can follow, and nobody else can lead."""

from __future__ import annotations

import base64
import itertools

import pytest

from onggi.errors import SignatureError
from onggi.trust.public_keys import decode_checked, encode_checked
from onggi.trust.rotation import ROTATION_PREFIX, Rotation, follow
from onggi.trust.signers import Signer, Signers
from onggi.trust.signing_keys import SigningKey

pytest.importorskip("cryptography")
NOW = 1_800_000_000
A, B, C, M = (SigningKey(name, name.encode() * 32) for name in "abcm")
ALICE = Signer("alice", A.public, ("models/*",), NOW - 1_000, expires="2031-01-01")
TRUSTED = Signers((ALICE,))


def line(old, new):
    return Rotation.parse(Rotation.make(old, new, NOW).line)


def test_the_next_key_is_trusted_as_the_old():
    signers, (added,) = follow(TRUSTED, [line(A, B)], NOW)
    assert added == Signer("alice-2", B.public, ("models/*",), NOW, expires="2031-01-01", follows=A.public.key_id)
    assert signers.find(A.public.data) == ALICE


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))), ids=str)
def test_a_chain_in_any_order(order):
    lines = [line(A, B), line(B, C)]
    signers, added = follow(TRUSTED, [lines[number] for number in order], NOW)
    assert [one.name for one in added] == ["alice-2", "alice-3"]
    assert signers.find(C.public.data).scope == ("models/*",)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_a_circle_ends(order):
    lines = [line(A, B), line(B, C), line(C, A), line(B, A)]
    signers, added = follow(TRUSTED, [lines[number] for number in order], NOW)
    assert len(added) == 2
    assert signers.find(A.public.data) == ALICE


def test_a_circle_of_strangers_gives_nothing():
    assert follow(TRUSTED, [line(B, C), line(C, B)], NOW) == (TRUSTED, [])


def test_no_key_brings_back_a_revoked_one():
    revoked = TRUSTED.put(Signer("mallory", B.public)).revoke(Signer("mallory", B.public), NOW)
    assert follow(revoked, [line(A, B)], NOW) == (revoked, [])
    assert follow(revoked, [line(A, B), line(B, C)], NOW)[1] == []


@pytest.mark.parametrize(
    "signers",
    [TRUSTED.revoke(ALICE, NOW), Signers((Signer("alice", A.public, added=1, expires="2027-01-01"),))],
    ids=["revoked", "expired"],
)
def test_who_is_not_trusted_names_nobody(signers):
    assert follow(signers, [line(A, B)], NOW) == (signers, [])


def test_the_name_of_somebody_else_is_left_alone():
    signers = TRUSTED.put(Signer("alice-2", M.public))
    assert [one.name for one in follow(signers, [line(A, B)], NOW)[1]] == ["alice-3"]


def _body(old, new, by_old, by_new, created=NOW):
    message = b"onggi rotation 1\n" + old.public.data + new.public.data + created.to_bytes(8, "little")
    parts = old.public.data, new.public.data, created.to_bytes(8, "little"), by_old.sign(message), by_new.sign(message)
    return ROTATION_PREFIX + encode_checked(b"".join(parts))


def test_the_body_is_as_the_test_makes_it():
    assert Rotation.parse(_body(A, B, A, B)).line == Rotation.make(A, B, NOW).line


@pytest.mark.parametrize(
    "forged",
    [
        _body(A, M, M, M),  # a thief who has not the old key
        _body(A, B, A, A),  # somebody else's key taken for one's own
        _body(A, A, A, A),
        _body(A, B, A, B, created=2**60),
        Rotation.make(A, B, NOW).line[:-4],
        Rotation.make(A, B, NOW).line + "AAAA",
        ROTATION_PREFIX,
        "",
    ],
    ids=["by the new only", "by the old only", "itself", "in ten thousand years", "cut", "longer", "nothing", "empty"],
)
def test_a_forged_line_is_refused(forged):
    with pytest.raises(SignatureError):
        Rotation.parse(forged)


def test_any_flip_is_found():
    content = decode_checked(Rotation.make(A, B, NOW).line.removeprefix(ROTATION_PREFIX))
    for at in range(0, len(content), 3):
        changed = bytearray(content)
        changed[at] ^= 1
        with pytest.raises(SignatureError):
            Rotation.parse(ROTATION_PREFIX + encode_checked(bytes(changed)))


def test_a_signature_of_something_else_is_none():
    """What a key has signed for a file never counts as a rotation: the messages begin with their purpose."""
    message = A.public.data + M.public.data + NOW.to_bytes(8, "little")
    parts = A.public.data, M.public.data, NOW.to_bytes(8, "little"), A.sign(message), M.sign(message)
    with pytest.raises(SignatureError):
        Rotation.parse(ROTATION_PREFIX + base64.b64encode(b"".join(parts)).decode())
    with pytest.raises(SignatureError):
        Rotation.parse(ROTATION_PREFIX + encode_checked(b"".join(parts)))
