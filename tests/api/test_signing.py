"""Signed files end to end: who signs, who loads, and everything that must not pass."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import shutil
from typing import TYPE_CHECKING

import pytest

import onggi
from onggi.errors import (
    DecodeError,
    IntegrityError,
    MissingExtraError,
    RefusedError,
    SecretKeyError,
    SignatureError,
)
from onggi.format.seal import pack_seal, read_seal, with_signatures
from onggi.trust.sealing import SealState
from onggi.trust.signatures import Signed, Trust
from onggi.trust.signing_keys import SigningKey
from tests.people import People, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("cryptography")


class Jar:
    """A class that nobody but this program trusts."""

    def __init__(self, content):
        self.content = content

    def __eq__(self, other):
        return type(other) is Jar and other.content == self.content

    __hash__ = None


@pytest.fixture
def people(tmp_path_factory) -> Iterator[People]:
    """Alice has a key, and Bob, who is at work, trusts her for what is called `models/…`."""
    people = People(tmp_path_factory.mktemp("people"))
    line = people.with_key("alice")
    people.be("bob")
    onggi.keys.trust(line, scope=["models/*", "*.pkl"])
    yield people
    stop()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    return tmp_path


@pytest.fixture
def signed(people, folder) -> str:
    """A file that Alice signed, which Bob is about to load."""
    people.be("alice")
    onggi.dump(Jar(3), "jar.pkl", sign=True)
    people.be("bob")
    return "jar.pkl"


def state_of(path) -> SealState:
    return onggi.verify(path)[0].state


def trust_of(path) -> list[Trust]:
    return [one.trust for one in onggi.verify(path)[0].signatures]


# ---------------------------------------------------------------------------------------------------------- both work


def test_a_trusted_signers_file_loads_with_full_power(signed, people):
    assert onggi.load(signed) == Jar(3)
    assert onggi.load(signed, signed=True) == onggi.load(signed, signed="alice") == Jar(3)
    assert state_of(signed) is SealState.SIGNER
    assert onggi.inspect(signed).state == "signed"
    with open(signed, "rb") as file:
        assert onggi.load(file) == Jar(3)
    people.be("carol")
    with pytest.raises(RefusedError, match="onggi keys trust onggi-ed25519:") as raised:
        onggi.load(signed)
    assert "Jar" in str(raised.value)
    assert onggi.load(signed, allow=[Jar]) == Jar(3)
    assert onggi.inspect(signed).state == "needs trust"


def test_it_stays_an_ordinary_pickle_and_its_writers(signed, people):
    with open(signed, "rb") as file:
        assert pickle.load(file) == Jar(3)
    people.be("alice")
    assert state_of(signed) is SealState.OWN_KEY
    assert onggi.load(signed) == Jar(3)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".bz2"])
def test_a_file_that_is_there_can_be_signed(people, folder, suffix):
    people.be("alice")
    path = f"models/jar.pkl{suffix}"
    onggi.dump([Jar(1), "x" * 100_000], path)
    before = onggi.verify(path)[0]
    onggi.sign(path, name="models/jar.pkl", version=5)
    assert onggi.verify(path)[0].state is SealState.OWN_KEY
    people.be("bob")
    assert onggi.load(path, signed=Signed("alice", "models/jar.pkl", 5))[0] == Jar(1)
    assert onggi.verify(path)[0].label == before.label
    if suffix == ".gz":
        with gzip.open(path) as file:
            assert pickle.load(file)[0] == Jar(1)


def test_large_buffers_are_covered(people, folder):
    numpy = pytest.importorskip("numpy")
    people.be("alice")
    onggi.dump({"jar": Jar(1), "a": numpy.arange(50_000)}, "jar.pkl", sign=True)
    people.be("bob")
    assert onggi.load("jar.pkl")["a"].sum() == sum(range(50_000))
    data = bytearray((folder / "jar.pkl").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "jar.pkl").write_bytes(data)
    with pytest.raises(IntegrityError):
        onggi.load("jar.pkl")


def test_two_signers(people, signed):
    people.with_key("carol")
    carol = onggi.keys.export()
    people.be("bob")
    bob = people.with_key("bob")
    onggi.sign(signed)
    assert trust_of(signed) == [Trust.TRUSTED, Trust.TRUSTED]
    people.be("carol")
    assert trust_of(signed) == [Trust.UNKNOWN, Trust.UNKNOWN]
    onggi.keys.trust(bob)
    assert onggi.load(signed) == Jar(3)
    onggi.sign(signed)
    people.be("bob")
    assert trust_of(signed) == [Trust.TRUSTED, Trust.TRUSTED, Trust.UNKNOWN]
    onggi.keys.trust(carol)
    onggi.keys.revoke("alice")
    assert trust_of(signed) == [Trust.REVOKED, Trust.TRUSTED, Trust.TRUSTED]
    assert onggi.load(signed, signed="carol") == Jar(3)
    with pytest.raises(RefusedError, match="revoked"):
        onggi.load(signed, signed="alice")


def test_who_signs_again_leaves_one_signature(people, folder):
    people.be("alice")
    onggi.dump(1, "jar.pkl", sign=True)
    size = os.path.getsize("jar.pkl")
    onggi.sign("jar.pkl", version=2)
    assert os.path.getsize("jar.pkl") == size
    assert [one.version for one in onggi.verify("jar.pkl")[0].signatures] == [2]


def test_streams_and_bytes_have_to_be_named(people, signed):
    with open(signed, "rb") as file:
        data = file.read()
    wanted = Signed(name="jar.pkl")
    assert onggi.loads(data, signed=wanted) == Jar(3)
    assert onggi.load(io.BytesIO(data), signed=wanted) == Jar(3)
    assert list(onggi.iter_load(signed, signed=wanted)) == [Jar(3)]
    for load in (
        lambda: onggi.loads(data),
        lambda: onggi.load(io.BytesIO(data)),
        lambda: list(onggi.iter_load(signed)),
    ):
        with pytest.raises(RefusedError, match=r"onggi\.Signed"):
            load()
    with pytest.raises(RefusedError):
        onggi.loads(data, signed=True)


# ------------------------------------------------------------------------------------------------------- none may pass


@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_no_flip_of_any_byte_is_trusted(people, signed, folder, flip):
    """Whoever changes a byte gets an error, or a stranger's file."""
    people.be("alice")
    onggi.dump({"jar": Jar(3)}, signed, sign=True, seal=False)
    people.be("bob")
    assert onggi.load(signed) == {"jar": Jar(3)}
    data = (folder / signed).read_bytes()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= flip
        with pytest.raises(DecodeError):
            onggi.loads(bytes(changed), signed=Signed(name="jar.pkl"))


def test_no_flip_with_a_right_check_sum_is_trusted(people, signed, folder):
    """The CRC of the seal is anybody's: what holds then is the signature."""
    from zlib import crc32

    data = (folder / signed).read_bytes()
    seal = read_seal(memoryview(data))
    for at in range(seal.start + 5, len(data) - 6):
        changed = bytearray(data)
        changed[at] ^= 0x10
        changed[-6:-2] = crc32(changed[seal.start + 5 : -6]).to_bytes(4, "little")
        if changed[len(data) - 34 + 8 :][:2] != data[len(data) - 34 + 8 :][:2]:
            continue
        try:
            loaded = onggi.loads(bytes(changed), signed=Signed(name="jar.pkl"))
        except DecodeError:
            continue
        # The MAC is not Bob's, and is not signed: it tells him nothing.
        assert loaded == Jar(3)
        assert seal.tag in data
        assert read_seal(memoryview(changed))._replace(tag=b"", key_id=b"") == seal._replace(tag=b"", key_id=b"")


def test_who_takes_the_signature_off_has_a_strangers_file(people, signed, folder):
    data = (folder / signed).read_bytes()
    seal = read_seal(memoryview(data))
    (folder / signed).write_bytes(data[: seal.start] + pack_seal(with_signatures(seal, ())))
    with pytest.raises(RefusedError, match="sealed by another key"):
        onggi.load(signed)
    with pytest.raises(RefusedError, match="it has no signature"):
        onggi.load(signed, signed=True, allow=[Jar])
    people.be("alice")
    assert onggi.load(signed) == Jar(3)


def test_a_signature_of_another_file_is_wrong(people, signed, folder):
    people.be("alice")
    onggi.dump(Jar(4), "other.pkl", sign=True)
    people.be("bob")
    mine, theirs = ((folder / name).read_bytes() for name in ("other.pkl", signed))
    seal, other = (read_seal(memoryview(data)) for data in (mine, theirs))
    (folder / "other.pkl").write_bytes(mine[: seal.start] + pack_seal(with_signatures(seal, other.signatures)))
    for look in (onggi.load, onggi.verify):
        with pytest.raises(IntegrityError, match="alice is wrong"):
            look("other.pkl")


def test_one_file_cannot_pass_for_another(people, signed):
    shutil.copy(signed, "models/brake.pkl")
    with pytest.raises(RefusedError, match=r'as "jar\.pkl"'):
        onggi.load("models/brake.pkl")
    assert onggi.load("models/brake.pkl", signed=Signed(name="jar.pkl")) == Jar(3)
    shutil.copy(signed, "models/jar.pkl")
    assert onggi.load("models/jar.pkl") == Jar(3)


def test_a_link_does_not_rename(people, signed, folder):
    (folder / "latest.pkl").symlink_to(signed)
    with pytest.raises(RefusedError):
        onggi.load("latest.pkl")


def test_an_old_version_is_refused_where_a_newer_one_is_asked_for(people, folder):
    people.be("alice")
    for version in (2, 1):
        onggi.dump(Jar(version), "jar.pkl", sign=Signed(version=version))
    people.be("bob")
    assert onggi.load("jar.pkl") == Jar(1)
    with pytest.raises(RefusedError, match="at least 2"):
        onggi.load("jar.pkl", signed=Signed(version=2), allow=[Jar])


def test_out_of_scope(people, folder):
    people.be("alice")
    (folder / "code").mkdir()
    onggi.dump(Jar(3), "code/jar.pkl", sign=Signed(name="code/jar.pkl"))
    people.be("bob")
    with pytest.raises(RefusedError, match=r"for models/\*, \*\.pkl only"):
        onggi.load("code/jar.pkl")
    assert trust_of("code/jar.pkl") == [Trust.OUT_OF_SCOPE]


def test_an_expired_signer(people, signed):
    line = onggi.keys.signers()[0].key.text
    onggi.keys.trust(line, "alice", expires="2020-01-01")
    with pytest.raises(RefusedError, match="until 2020-01-01"):
        onggi.load(signed)


def test_out_of_band_buffers_are_not_covered(people, folder):
    """They lie elsewhere: what depends on their bytes is still guarded, and what is asked for still loads."""
    people.be("alice")
    buffers: list[pickle.PickleBuffer] = []
    onggi.dump([pickle.PickleBuffer(b"x" * 50_000)], "jar.pkl", buffer_callback=buffers.append, sign=True)
    people.be("bob")
    assert bytes(onggi.load("jar.pkl", buffers=buffers, signed=True)[0]) == b"x" * 50_000


def test_a_file_of_several_pickles_is_not_vouched_for(people, signed, folder):
    """Two signed ones, one after the other, are not what was signed."""
    data = (folder / signed).read_bytes()
    (folder / signed).write_bytes(data * 2)
    assert [one.state for one in onggi.verify(signed)] == [SealState.OTHER_KEY] * 2
    with open(signed, "rb") as file:
        assert onggi.load(file) == Jar(3)
        with pytest.raises(RefusedError):
            onggi.load(file)


@pytest.mark.parametrize("wanted", ["", "nobody", Signed(by="")], ids=["empty", "unknown", "empty by"])
def test_a_demand_is_never_dropped(people, signed, wanted):
    with pytest.raises(RefusedError, match="was asked for"):
        onggi.load(signed, signed=wanted)


def test_a_demand_holds_for_plain_values_and_own_files(people, folder):
    onggi.dump([1, 2], "plain.pkl")
    (folder / "foreign.pkl").write_bytes(pickle.dumps([1, 2]))
    (folder / "text.pkl").write_bytes(b"I1\n.")
    for name in ("plain.pkl", "foreign.pkl", "text.pkl"):
        with pytest.raises(RefusedError, match="it has no signature"):
            onggi.load(name, signed=True)
    assert onggi.loads(pickle.dumps(1), signed=False) == 1


def test_a_damaged_list_of_signers_is_an_error(people, signed):
    (people.be("bob") / "trusted.json").write_text("{}")
    for look in (onggi.load, onggi.verify, onggi.inspect):
        with pytest.raises(SignatureError, match="damaged"):
            look(signed)
    (people.be("bob") / "trusted.json").unlink()
    with pytest.raises(RefusedError):
        onggi.load(signed)


def test_without_the_library_nothing_is_vouched_for(people, signed, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    assert trust_of(signed) == [Trust.UNCHECKED]
    with pytest.raises(RefusedError, match=r"onggi\[sign\]"):
        onggi.load(signed)
    assert onggi.load(signed, allow=[Jar]) == Jar(3)


def test_without_the_library_nothing_is_signed(people, folder, monkeypatch):
    people.be("alice")
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    with pytest.raises(MissingExtraError, match=r"onggi\[sign\]"):
        onggi.dump(1, "jar.pkl", sign=True)
    assert not (folder / "jar.pkl").exists()


# ------------------------------------------------------------------------------------------------ what can't be signed


def test_what_one_would_not_load_is_not_signed(people, folder):
    people.be("alice")
    data = pickle.dumps(Jar(3))
    (folder / "theirs.pkl").write_bytes(data)
    with pytest.raises(RefusedError, match="Jar"):
        onggi.sign("theirs.pkl")
    assert (folder / "theirs.pkl").read_bytes() == data
    onggi.sign("theirs.pkl", allow=[Jar])
    assert onggi.load("theirs.pkl") == Jar(3)


class Evil:
    def __reduce__(self):
        return print, ("this ran",)


def test_a_hostile_file_is_not_signed_and_not_run(people, folder, capsys):
    people.be("alice")
    (folder / "evil.pkl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(RefusedError):
        onggi.sign("evil.pkl")
    assert capsys.readouterr().out == ""


def test_what_only_a_guard_stops_is_not_signed(people, folder):
    """Under a signature there are no guards, so they must have let it pass before."""
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(3)
    constructor, arguments, state = array.__reduce__()
    version, _, dtype, order, raw = state
    bad = (version, (10**6,), dtype, order, raw)

    class Fake:
        def __reduce__(self):
            return constructor, arguments, bad

    people.be("alice")
    (folder / "bad.pkl").write_bytes(pickle.dumps(Fake()))
    with pytest.raises(DecodeError):
        onggi.sign("bad.pkl")


def test_a_colleagues_file_can_be_signed_on(people, signed):
    people.with_key("bob")
    onggi.sign(signed)
    assert len(trust_of(signed)) == 2


def test_a_colleagues_file_that_was_moved_can_be_signed_as_what_it_was(people, signed):
    people.with_key("bob")
    shutil.copy(signed, "moved.pkl")
    with pytest.raises(RefusedError):
        onggi.sign("moved.pkl")
    onggi.sign("moved.pkl", name="jar.pkl")
    assert [one.name for one in onggi.verify("moved.pkl")[0].signatures] == ["jar.pkl"] * 2


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_foreign_pickles_keep_their_value(people, folder, protocol):
    people.be("alice")
    value = {"a": [1, "two", b"3" * 300_000], "b": ("x" * 70_000, None), "c": set(range(1_000))}
    (folder / "jar.pkl").write_bytes(pickle.dumps(value, protocol))
    onggi.sign("jar.pkl")
    people.be("bob")
    assert onggi.load("jar.pkl", signed="alice", verify=True) == value
    assert pickle.loads((folder / "jar.pkl").read_bytes()) == value
    onggi.sign("jar.pkl", people.with_key("bob") and "bob")
    assert len(trust_of("jar.pkl")) == 2


NOT_SIGNED = {
    "protocol 2": pickle.dumps([1], 2),
    "protocol 0": pickle.dumps([1], 0),
    "two": pickle.dumps([1]) * 2,
    "something behind": pickle.dumps([1]) + b"\x00",
}


@pytest.mark.parametrize("data", NOT_SIGNED.values(), ids=list(NOT_SIGNED))
def test_what_has_no_room_is_not_signed(people, folder, data):
    people.be("alice")
    (folder / "jar.pkl").write_bytes(data)
    with pytest.raises(SignatureError, match=r"jar\.pkl.*\n.*onggi\.dump"):
        onggi.sign("jar.pkl")
    assert (folder / "jar.pkl").read_bytes() == data


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x80\x04]"], ids=["empty", "html", "cut"])
def test_what_is_no_pickle_is_not_signed(people, folder, data):
    people.be("alice")
    (folder / "jar.pkl").write_bytes(data)
    with pytest.raises(DecodeError):
        onggi.sign("jar.pkl")


def test_a_damaged_file_is_not_signed(people, folder):
    people.be("alice")
    onggi.dump({"a": "b" * 100}, "jar.pkl")
    data = (folder / "jar.pkl").read_bytes()
    (folder / "jar.pkl").write_bytes(data.replace(b"bbb", b"bcb", 1))
    with pytest.raises(IntegrityError):
        onggi.sign("jar.pkl")


def test_dump_refuses_what_a_signature_cannot_cover(people, folder):
    people.be("alice")
    with pytest.raises(ValueError, match="append"):
        onggi.dump(1, "jar.pkl", sign=True, append=True)
    with pytest.raises(ValueError, match="protocol 3"):
        onggi.dump(1, "jar.pkl", 2, sign=True)
    with pytest.raises(SignatureError, match="needs a name"):
        onggi.dump(1, io.BytesIO(), sign=True)
    assert not (folder / "jar.pkl").exists()
    stream = io.BytesIO()
    onggi.dump(1, stream, sign=Signed(name="jar.pkl"))
    assert onggi.loads(stream.getvalue(), signed=Signed(name="jar.pkl")) == 1


@pytest.mark.parametrize("sign", ["nobody", "", "../alice", "a\nb"])
def test_a_key_that_is_not_there(people, folder, sign):
    people.be("alice")
    onggi.dump(1, "jar.pkl")
    before = (folder / "jar.pkl").read_bytes()
    with pytest.raises((SecretKeyError, SignatureError)):
        onggi.dump(2, "jar.pkl", sign=sign)
    assert (folder / "jar.pkl").read_bytes() == before


def test_which_of_several_keys_has_to_be_said(people, folder):
    people.with_key("alice", "second")
    with pytest.raises(SecretKeyError, match="alice, second"):
        onggi.dump(1, "jar.pkl", sign=True)
    people.be("nobody")
    with pytest.raises(SecretKeyError, match="onggi keys new"):
        onggi.dump(1, "jar.pkl", sign=True)


def test_a_revoked_key_signs_no_more(people, folder):
    people.be("alice")
    onggi.keys.revoke("alice")
    with pytest.raises(SignatureError, match="revoked"):
        onggi.dump(1, "jar.pkl", sign=True)


def test_sixteen_signers_and_no_more(people, signed, folder):
    from onggi.trust.signatures import Purpose, add_signature

    data = (folder / signed).read_bytes()
    seal = read_seal(memoryview(data))
    for number in range(15):
        key = SigningKey("n", bytes([number]) * 32)
        seal = with_signatures(seal, add_signature(seal, Purpose(key, "jar.pkl", 1, 1)))
    (folder / signed).write_bytes(data[: seal.start] + pack_seal(seal))
    assert onggi.load(signed) == Jar(3)
    people.with_key("bob")
    with pytest.raises(SignatureError, match="16"):
        onggi.sign(signed)
