"""The list of whom the user trusts: written so that it is read as it was meant, and refused if it is anything else."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import SecretKeyError, SignatureError
from onggi.trust.keys import set_key_path
from onggi.trust.public_keys import PublicKey
from onggi.trust.signers import Signer, Signers, parse_expiry, read_signers

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs owners and modes")
A, B = PublicKey(b"a" * 32), PublicKey(b"b" * 32)
ALICE = Signer("alice", A, ("models/*", "*.pkl"), 1_700_000_000, expires="2027-01-01")
BOB = Signer("bob", B, added=1_700_000_000, is_own=True, revoked=1_800_000_000, follows=A.key_id)
BOTH = Signers((ALICE, BOB))


@pytest.fixture
def path(tmp_path):
    """Where the list lies."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    set_key_path(folder / "key")
    yield folder / "trusted.json"
    set_key_path(None)


def test_round_trip():
    assert Signers.parse(BOTH.text()) == BOTH
    assert Signers.parse(Signers().text()) == Signers()


@given(st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=20), max_size=4))
def test_a_name_or_scope_can_write_nothing_else_into_it(texts):
    """Whatever is let in comes out as it was, and as one value."""
    for text in texts:
        try:
            signers = Signers((Signer("alice", A, (text,)),))
            again = Signers.parse(signers.text())
        except SignatureError:
            continue
        assert again == signers


@pytest.mark.parametrize(
    "name", ['a"', "a\nb", "a]", "a=b", "a#b", "", ".a", "../a", "a/b", "é", "a" * 65, "a b", "x.tmp", "-a"]
)
def test_names_that_could_say_something_else_are_refused(name):
    entry = json.loads(BOTH.text())
    entry["signers"][0]["name"] = name
    with pytest.raises(SignatureError):
        Signers.parse(json.dumps(entry))


def _changed(**changes):
    content = json.loads(BOTH.text())
    content["signers"][0] |= changes
    return json.dumps(content)


DAMAGED = {
    "empty": "",
    "cut": BOTH.text()[:-20],
    "other title": BOTH.text().replace("signers 1", "signers 2"),
    "more keys": _changed(power="all"),
    "scope is a string": _changed(**{"for": "models/*"}),
    "scope is empty": _changed(**{"for": []}),
    "scope is a number": _changed(**{"for": [1]}),
    "is_own is a number": _changed(is_own=1),
    "expires is a number": _changed(expires=2027),
    "expires is no day": _changed(expires="2027-13-01"),
    "expires is an hour": _changed(expires="2027-01-01T00:00"),
    "added is a float": _changed(added=1.5),
    "added is negative": _changed(added=-1),
    "added is a bool": _changed(added=True),
    "added is huge": _changed(added=10**30),
    "revoked is null": _changed(revoked=None),
    "key is damaged": _changed(key=A.text[:-1] + "x"),
    "key is null": _changed(key=None),
    "a key twice": _changed(key=B.text),
    "NaN": BOTH.text().replace("1700000000", "NaN", 1),
    "a field twice": BOTH.text().replace('"is_own": false', '"is_own": false, "is_own": true'),
    "revoked twice": BOTH.text().replace('"revoked"', '"revoked": 1, "revoked"'),
    "list": "[]",
    "deep": "[" * 100_000,
    "no list": '{"onggi": "trusted signers 1", "signers": {}}',
    "NUL": "\x00" * 100,
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=list(DAMAGED))
def test_a_damaged_list_is_an_error_and_trusts_nobody(text, path):
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SignatureError) as raised:
        read_signers()
    assert raised.value.source == str(path)
    assert raised.value.hint


def test_a_list_that_is_not_there_trusts_nobody(path):
    assert read_signers() == Signers()


def test_a_list_that_is_too_long(path):
    path.write_bytes(BOTH.text().encode() + b" " * 2**22)
    path.chmod(0o600)
    with pytest.raises(SignatureError, match="too long"):
        read_signers()


@posix_only
@pytest.mark.parametrize(
    ("mode", "is_good"), [(0o600, True), (0o644, True), (0o664, False), (0o606, False), (0o666, False)]
)
def test_others_may_read_it_and_not_write(path, mode, is_good):
    path.write_text(BOTH.text())
    path.chmod(mode)
    if is_good:
        assert read_signers() == BOTH
    else:
        with pytest.raises(SignatureError, match="others can change"):
            read_signers()


@posix_only
def test_a_folder_that_all_can_write_to(path):
    path.write_text(BOTH.text())
    path.chmod(0o600)
    path.parent.chmod(0o777)
    with pytest.raises(SignatureError, match="everybody can write"):
        read_signers()


def test_a_folder_in_its_place(path):
    path.mkdir()
    with pytest.raises((SignatureError, SecretKeyError)):
        read_signers()


def test_a_name_in_force_belongs_to_one_key():
    with pytest.raises(SignatureError, match="another key"):
        BOTH.put(Signer("alice", PublicKey(b"c" * 32)))
    again = BOTH.put(Signer("bob", PublicKey(b"c" * 32)))
    assert [one.key.data[:1] for one in again.called("bob")] == [b"c", b"b"]


def test_revocation_stays_and_can_come_first():
    revoked = BOTH.revoke(BOB, 1_900_000_000)
    assert revoked.find(B.data).revoked == 1_800_000_000
    stranger = Signer("mallory", PublicKey(b"m" * 32))
    assert BOTH.revoke(stranger, 5).find(b"m" * 32).revoked == 5


DAY = 86_400
END = 1_798_761_600  # 2027-01-01 00:00 UTC


@pytest.mark.parametrize(
    ("now", "is_expired"),
    [(END - 1, False), (END, True), (END + 10 * DAY, True), (ALICE.added, False), (ALICE.added - 2 * DAY, True)],
)
def test_expiry_by_the_clock(now, is_expired):
    """A clock from before the key was trusted is wrong, and would give an expired key its power back."""
    assert ALICE.is_expired(now) is is_expired
    assert not Signer("x", A, added=ALICE.added).is_expired(now)


@pytest.mark.parametrize("text", ["", "2027", "01.01.2027", "2027-1-1", "20270101", "2027-W01-1", "2027-02-30"])
def test_what_is_no_day(text):
    with pytest.raises(SignatureError):
        parse_expiry(text)
