"""What a signature is worth: every reason why it does not count, and that a wrong one is an error."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import IntegrityError, SignatureError
from onggi.format.seal import BufferRow, Seal, with_signatures
from onggi.trust import signatures
from onggi.trust.public_keys import _SMALL_ORDER
from onggi.trust.signatures import Purpose, Signed, Trust, add_signature, check_signatures
from onggi.trust.signers import Signer, Signers
from onggi.trust.signing_keys import SigningKey

pytest.importorskip("cryptography")
NOW = 1_800_000_000
DAY = 86_400
PATH = "/data/models/churn.pkl"
KEY, OTHER = SigningKey("k", b"k" * 32), SigningKey("o", b"o" * 32)
ALICE = Signer("alice", KEY.public, added=NOW - DAY)
BARE = Seal(100, 300, b"d" * 32, (BufferRow(64, 10, True, b"r" * 32),))


def sign(seal=BARE, key=KEY, name="models/churn.pkl", version=3, created=NOW):
    return with_signatures(seal, add_signature(seal, Purpose(key, name, version, created)))


def check(seal, path=PATH, wanted=None, signer=ALICE, now=NOW):
    return check_signatures(seal, path, wanted, signers=Signers((signer,) if signer else ()), now_seconds=now)


def trust_of(*args, **options):
    (one,) = check(*args, **options)
    assert one.reason
    return one.trust


def test_a_trusted_one():
    (one,) = check(sign())
    assert one.trust is Trust.TRUSTED
    assert (one.signer, one.key_id, one.key) == ("alice", KEY.public.key_id, KEY.public.text)
    assert (one.name, one.version, one.created) == ("models/churn.pkl", 3, NOW)
    assert check(BARE) == []


@pytest.mark.parametrize(
    ("signer", "trust"),
    [
        (None, Trust.UNKNOWN),
        (Signer("alice", OTHER.public), Trust.UNKNOWN),
        (replace(ALICE, revoked=NOW - 1), Trust.REVOKED),
        (replace(ALICE, revoked=NOW + 10 * DAY), Trust.REVOKED),
        (replace(ALICE, expires="2027-01-15"), Trust.EXPIRED),
        (replace(ALICE, expires="2027-01-16"), Trust.TRUSTED),
        (replace(ALICE, scope=("*.pkl", "other/**")), Trust.OUT_OF_SCOPE),
        (replace(ALICE, scope=("*.pkl", "models/*")), Trust.TRUSTED),
        (replace(ALICE, revoked=1, expires="2000-01-01", scope=("x",)), Trust.REVOKED),
    ],
)
def test_by_whom(signer, trust):
    assert trust_of(sign(), signer=signer) is trust


@pytest.mark.parametrize(
    ("now", "trust"),
    [
        (NOW - 3 * DAY, Trust.EXPIRED),  # the clock stands before the day on which the key was trusted
        (NOW, Trust.TRUSTED),
        (NOW + 300 * DAY, Trust.TRUSTED),
        (NOW + 400 * DAY, Trust.EXPIRED),
        (NOW + 40_000 * DAY, Trust.EXPIRED),
    ],
)
def test_by_the_clock(now, trust):
    assert trust_of(sign(), signer=replace(ALICE, expires="2028-01-15"), now=now) is trust


@pytest.mark.parametrize(("ahead", "trust"), [(DAY, Trust.TRUSTED), (2 * DAY, Trust.FUTURE), (2**40, Trust.FUTURE)])
def test_by_the_signers_clock(ahead, trust):
    assert trust_of(sign(created=NOW + ahead)) is trust


@pytest.mark.parametrize(
    ("path", "wanted", "trust"),
    [
        ("/other/models/churn.pkl", None, Trust.TRUSTED),
        ("/data/models/churn.pkl.zst", None, Trust.TRUSTED),
        ("/data/other/churn.pkl", None, Trust.OTHER_NAME),
        ("/data/models/spam.pkl", None, Trust.OTHER_NAME),
        (None, None, Trust.OTHER_NAME),
        (None, Signed(), Trust.OTHER_NAME),
        (None, Signed(name="models/churn.pkl"), Trust.TRUSTED),
        (None, Signed(name="models/churn.pkl.gz"), Trust.TRUSTED),
        (PATH, Signed(name="churn.pkl"), Trust.OTHER_NAME),
        ("/moved/away.pkl", Signed(name="models/churn.pkl"), Trust.TRUSTED),
        (PATH, Signed("alice"), Trust.TRUSTED),
        (PATH, Signed(KEY.public.key_id), Trust.TRUSTED),
        (PATH, Signed(KEY.public.text), Trust.TRUSTED),
        (PATH, Signed(f"{KEY.public.text} whoever"), Trust.TRUSTED),
        (PATH, Signed("bob"), Trust.OTHER_SIGNER),
        (PATH, Signed(""), Trust.OTHER_SIGNER),
        (PATH, Signed(OTHER.public.text), Trust.OTHER_SIGNER),
        (PATH, Signed(version=3), Trust.TRUSTED),
        (PATH, Signed(version=4), Trust.OLD),
        (PATH, Signed("alice", "models/churn.pkl", 2), Trust.TRUSTED),
    ],
)
def test_as_what(path, wanted, trust):
    assert trust_of(sign(), path, wanted) is trust


def test_two_signers():
    both = sign(sign(), OTHER)
    assert [one.trust for one in check(both)] == [Trust.TRUSTED, Trust.UNKNOWN]
    assert [one.trust for one in check(both, signer=Signer("bob", OTHER.public))] == [Trust.UNKNOWN, Trust.TRUSTED]


def test_who_signs_again_takes_the_place_of_the_older_one():
    again = sign(sign(sign(), OTHER), version=4)
    assert [one.version for one in check(again)] == [3, 4]
    assert len(again.signatures) == 2


def test_not_more_than_there_may_be():
    seal = BARE
    for number in range(16):
        seal = sign(seal, SigningKey("n", bytes([number]) * 32))
    assert len(sign(seal, SigningKey("n", bytes(32))).signatures) == 16
    with pytest.raises(SignatureError, match="16"):
        sign(seal)


CHANGES = {
    "name": lambda one: one._replace(name="models/other.pkl"),
    "version": lambda one: one._replace(version=4),
    "created": lambda one: one._replace(created=NOW + 1),
    "public key": lambda one: one._replace(public_key=OTHER.public.data),
    "signature": lambda one: one._replace(signature=one.signature[:-1] + bytes([one.signature[-1] ^ 1])),
    "no signature": lambda one: one._replace(signature=bytes(64)),
    "path out of the folder": lambda one: one._replace(name="../models/churn.pkl"),
    "name in another form": lambda one: one._replace(name="models/churn.pkl.gz"),
}


@pytest.mark.parametrize("signer", [ALICE, None], ids=["known", "unknown"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_changed_one_is_an_error_whoevers_it_is(change, signer):
    signed = sign()
    with pytest.raises(IntegrityError):
        check(with_signatures(signed, (change(signed.signatures[0]),)), signer=signer)


@pytest.mark.parametrize(
    "change",
    [
        {"start": 101},
        {"opcodes_digest": b"e" * 32},
        {"buffers": ()},
        {"buffers": (BARE.buffers[0]._replace(offset=128),)},
        {"buffers": (BARE.buffers[0]._replace(length=11),)},
        {"buffers": (BARE.buffers[0]._replace(is_readonly=False),)},
        {"buffers": (BARE.buffers[0]._replace(digest=b"s" * 32),)},
        {"buffers": BARE.buffers * 2},
    ],
    ids=str,
)
def test_a_signature_of_another_pickle_is_an_error(change):
    with pytest.raises(IntegrityError, match="wrong"):
        check(sign()._replace(**change))


def test_the_mac_is_not_signed_and_may_go():
    signed = sign(BARE._replace(key_id=b"i" * 8, tag=b"t" * 32))
    assert trust_of(signed._replace(key_id=b"", tag=b"")) is Trust.TRUSTED


@pytest.mark.parametrize("data", sorted(_SMALL_ORDER), ids=[one.hex()[:6] for one in sorted(_SMALL_ORDER)])
def test_a_key_of_everybody_is_an_error(data):
    forged = sign().signatures[0]._replace(public_key=data, signature=b"\x01" + bytes(63))
    with pytest.raises(IntegrityError, match="anybody"):
        check(with_signatures(BARE, (forged,)))


def test_an_unknown_kind_vouches_for_nothing():
    strange = sign().signatures[0]._replace(algorithm=9, public_key=b"", body=b"whatever")
    assert trust_of(with_signatures(BARE, (strange,))) is Trust.UNCHECKED
    assert [one.trust for one in check(sign(with_signatures(BARE, (strange,))))] == [Trust.UNCHECKED, Trust.TRUSTED]


def test_keys_with_the_same_id_are_told_apart():
    """An id is for people: who makes a key with the id of another gains nothing."""
    impostor = Signer("alice", OTHER.public, added=NOW - DAY)
    object.__setattr__(impostor.key, "key_id", KEY.public.key_id)
    try:
        assert trust_of(sign(), signer=impostor) is Trust.UNKNOWN
    finally:
        object.__setattr__(impostor.key, "key_id", SigningKey("o", b"o" * 32).public.key_id)


def test_the_message_is_as_documented():
    """Written down here once more, so that it stays what other implementations check."""
    blake3 = pytest.importorskip("blake3").blake3
    rows = b"".join(
        row.offset.to_bytes(8, "little") + row.length.to_bytes(8, "little") + (1).to_bytes(8, "little") + row.digest
        for row in BARE.buffers
    )
    content = (100).to_bytes(8, "little") + (1).to_bytes(8, "little") + b"d" * 32 + rows
    name = b"models/churn.pkl"
    message = b"onggi signature 1\n" + bytes([1]) + (3).to_bytes(8, "little") + NOW.to_bytes(8, "little")
    message += len(name).to_bytes(2, "little") + name + KEY.public.data
    message += blake3(b"onggi signed content 1\n" + content).digest()
    assert sign().signatures[0].signature == KEY.sign(message)


FIELDS = st.tuples(
    st.text(st.characters(codec="ascii"), min_size=1, max_size=9), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)
)


@given(FIELDS, FIELDS)
def test_no_two_statements_have_the_same_message(one, other):
    def message(fields):
        record = signatures.SignatureRecord(KEY.public.data, fields[0], fields[1], fields[2], b"")
        return signatures._message(record, 1, b"d" * 32, ())

    assert (message(one) == message(other)) == (one == other)


@pytest.mark.parametrize("version", [-1, 2**63])
def test_what_is_no_version(version):
    with pytest.raises(SignatureError):
        Signed(version=version)
