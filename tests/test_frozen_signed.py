"""Signed files of released versions stay readable, and their signatures hold."""

from __future__ import annotations

import gzip
import importlib.util
import pickle
import shutil
from typing import TYPE_CHECKING

import pytest

import onggi
from onggi.errors import DecodeError, RefusedError
from onggi.trust import keys
from onggi.trust.sealing import SealState
from onggi.trust.signatures import Signed
from onggi.trust.signing_keys import SigningKey
from tests.frozen import corpus

pytest.importorskip("cryptography")

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = corpus.FROZEN / "signed"
LINE = "onggi-ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbiYuoUw alice"
BUFFER = bytes(range(256)) * 100


def seeds() -> dict[str, bytes]:
    spec = importlib.util.spec_from_file_location("make_signed", HERE / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SEEDS


def line_of(name: str) -> str:
    return f"{SigningKey(name, seeds()[name]).public.text} {name}"


@pytest.fixture(autouse=True)
def _reader(tmp_path, monkeypatch) -> Iterator[None]:
    """Trust Alice for jars, in a folder where the files have their names."""
    (tmp_path / "jars").mkdir()
    shutil.copy(HERE / "jar.pkl", tmp_path / "jars" / "jar.pkl")
    shutil.copy(HERE / "arrays.pkl.gz", tmp_path / "arrays.pkl.gz")
    monkeypatch.chdir(tmp_path)
    keys.set_key_path(tmp_path / "private" / "key")
    onggi.keys.trust(line_of("alice"), scope=["jars/*", "arrays.pkl"])
    yield
    keys.set_key_path(None)


def test_the_public_keys_are_written_as_they_were():
    assert line_of("alice") == LINE


def test_whom_the_signature_convinces_loads_it():
    assert onggi.load("jars/jar.pkl", signed=Signed("alice", version=7)) == ["Kimchi In The Jar"]
    assert bytes(onggi.load("arrays.pkl.gz", signed="alice")["a"]) == BUFFER
    (found,) = onggi.verify("jars/jar.pkl")
    assert found.state is SealState.SIGNER
    assert [(one.trust.value, one.name, one.version) for one in found.signatures] == [
        ("trusted", "jars/jar.pkl", 7),
        ("unknown signer", "jars/jar.pkl", 8),
    ]


def test_whom_it_does_not_convince_is_refused():
    onggi.keys.revoke("alice")
    with pytest.raises(RefusedError):
        onggi.load("jars/jar.pkl")
    assert bytes(onggi.load("arrays.pkl.gz")["a"]) == BUFFER


def test_the_rotation_still_leads_to_the_next_key():
    (bob,) = onggi.keys.trust((HERE / "rotation.txt").read_text())
    assert bob.scope == ("jars/*", "arrays.pkl")
    onggi.keys.revoke("alice")
    assert onggi.load("jars/jar.pkl", signed=bob.name) == ["Kimchi In The Jar"]


def test_plain_pickle_loads_it():
    assert pickle.loads((HERE / "jar.pkl").read_bytes()) == ["Kimchi In The Jar"]
    with gzip.open(HERE / "arrays.pkl.gz") as file:
        assert bytes(pickle.load(file)["a"]) == BUFFER


def test_a_flipped_bit_is_found():
    data = (HERE / "jar.pkl").read_bytes()
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(DecodeError):
            onggi.loads(bytes(changed), signed=Signed(name="jars/jar.pkl"))
