"""Public keys: one line, checked, and no key with which everybody can sign."""

from __future__ import annotations

import base64

import pytest

from onggi.errors import SignatureError
from onggi.trust.digest import digest
from onggi.trust.public_keys import _SMALL_ORDER, PublicKey
from onggi.trust.signing_keys import SigningKey

pytest.importorskip("cryptography")
# RFC 8032, section 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)


def test_it_is_the_ed25519_of_the_rfc():
    key = SigningKey("alice", SEED)
    assert key.public == PublicKey(PUBLIC)
    assert key.sign(b"") == SIGNATURE
    assert PublicKey(PUBLIC).made(SIGNATURE, b"")
    assert not PublicKey(PUBLIC).made(SIGNATURE, b"x")
    assert not PublicKey(PUBLIC).made(SIGNATURE[:-1], b"")


def test_the_line():
    key = PublicKey(PUBLIC)
    assert key.text == "onggi-ed25519:" + base64.b64encode(PUBLIC + digest(PUBLIC)[:4]).decode()
    assert len(key.text) == 62
    assert PublicKey.parse(f"  {key.text}\n") == (key, "")
    assert PublicKey.parse(f"{key.text} alice@example.org") == (key, "alice@example.org")


def test_any_other_character_is_found():
    line = PublicKey(PUBLIC).text
    for at in range(len(line)):
        for other in "Aa0+ ":
            changed = line[:at] + other + line[at + 1 :]
            if changed != line:
                with pytest.raises(SignatureError):
                    PublicKey.parse(changed)


@pytest.mark.parametrize(
    "line", ["", "onggi-ed25519:", "onggi-ed25519:é", "ssh-ed25519 AAAA", "onggi-secret-1:" + "A" * 48]
)
def test_what_is_no_key(line):
    with pytest.raises(SignatureError, match="no public key"):
        PublicKey.parse(line)


@pytest.mark.parametrize("data", sorted(_SMALL_ORDER), ids=[one.hex()[:6] for one in sorted(_SMALL_ORDER)])
@pytest.mark.parametrize("sign", [0, 0x80])
def test_keys_of_everybody_are_refused(data, sign):
    with pytest.raises(SignatureError, match="anybody"):
        PublicKey(data[:-1] + bytes((data[-1] | sign,)))


def test_such_a_key_is_worth_refusing():
    """Under the key of order 1, the signature "identity, 0" holds for any message, and under the others for many."""
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    from cryptography.exceptions import InvalidSignature

    forged = b"\x01" + bytes(63)
    for data in (b"\x01" + bytes(31), bytes.fromhex("ec" + "ff" * 30 + "7f"), bytes(32)):
        key = ed25519.Ed25519PublicKey.from_public_bytes(data)
        held = 0
        for number in range(100):
            try:
                key.verify(forged, b"message %d" % number)
                held += 1
            except InvalidSignature:
                pass
        assert held > 5
