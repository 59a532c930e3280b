"""Seals end to end: no flip and no cut goes unseen, and only the own key's seal gives full pickle power."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onggi
from onggi import errors
from onggi.format.seal import pack_seal
from onggi.format.split import split
from onggi.trust import keys
from onggi.trust.sealing import SealState, check_buffers, check_seal

numpy = pytest.importorskip("numpy")


class Jar:
    """A class that nobody but this program trusts."""

    def __init__(self, content):
        self.content = content

    def __eq__(self, other):
        return type(other) is Jar and other.content == self.content

    __hash__ = None


@pytest.fixture(autouse=True)
def _own_key(tmp_path_factory):
    keys.set_key_path(tmp_path_factory.mktemp("mine") / "key")
    yield
    keys.set_key_path(None)


@pytest.fixture
def other_key(tmp_path):
    """Call it to become somebody else."""
    return lambda: keys.set_key_path(tmp_path / "theirs" / "key")


def dumped(obj, **options) -> bytes:
    file = io.BytesIO()
    onggi.dump(obj, file, **options)
    return file.getvalue()


def fails(data: bytes) -> bool:
    """Say whether it ends in one of our errors; any other error is the test's."""
    try:
        onggi.loads(data)
    except errors.DecodeError:
        return True
    return False


SMALL = {
    "plain": {"a": [1, 2.5, "text", None], "b": b"bytes"},
    "own class": [Jar("full"), {"count": 3}],
}


@pytest.mark.parametrize("seal", [True, False], ids=["own key", "digests"])
def test_every_flip_of_every_byte_is_an_error(seal):
    data = dumped(SMALL["plain"], seal=seal)
    for at in range(len(data)):
        for flip in (0x01, 0x10, 0x80, 0xFF):
            changed = bytearray(data)
            changed[at] ^= flip
            assert fails(bytes(changed)), f"byte {at} of {len(data)} ^ {flip:#x} went unseen"


def test_every_flip_of_a_file_with_an_own_class_is_an_error():
    data = dumped(SMALL["own class"])
    assert onggi.loads(data) == SMALL["own class"]
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        assert fails(bytes(changed)), f"byte {at} went unseen"


@pytest.mark.parametrize("obj", SMALL.values(), ids=SMALL)
def test_every_cut_is_an_error(obj):
    data = dumped(obj)
    for length in range(len(data)):
        assert fails(data[:length]), f"a cut at {length} went unseen"


LARGE = {"a": numpy.arange(20_000), "b": "x" * 70_000, "c": numpy.zeros((50, 50))}


@settings(max_examples=60)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flip_anywhere_in_a_large_file_is_an_error(where, flip):
    data = bytearray(dumped(LARGE))
    data[int(where * len(data))] ^= flip
    with pytest.raises(errors.DecodeError):
        onggi.loads(bytes(data), verify=True)


def test_who_takes_off_label_and_seal_is_a_stranger():
    assert onggi.loads(dumped(SMALL["own class"])) == SMALL["own class"]
    with pytest.raises(errors.RefusedError):
        onggi.loads(pickle.dumps(SMALL["own class"]))


def test_another_key_is_a_strangers(other_key):
    mine, plain = dumped(SMALL["own class"]), dumped(SMALL["plain"])
    other_key()
    with pytest.raises(errors.RefusedError):
        onggi.loads(mine)
    assert onggi.loads(mine, allow=[Jar]) == SMALL["own class"]
    assert onggi.loads(plain) == SMALL["plain"]


def test_digests_alone_give_no_power():
    with pytest.raises(errors.RefusedError):
        onggi.loads(dumped(SMALL["own class"], seal=False))


def test_the_mac_of_one_pickle_does_not_fit_another():
    """A seal that names the own key, and that the key did not make, is a forgery and never a stranger's."""
    one, two = split(dumped([Jar(1)])), split(dumped([Jar(2)]))
    honest = dumped([Jar(2)])
    forged = honest[: two.seal.start] + pack_seal(two.seal._replace(tag=one.seal.tag))
    assert len(forged) == len(honest)
    with pytest.raises(errors.IntegrityError, match="forged"):
        onggi.loads(forged)


@pytest.mark.parametrize(("key", "state"), [(True, SealState.OWN_KEY), (False, SealState.DIGEST_ONLY)])
def test_states(key, state, other_key):
    cut = split(dumped(LARGE, seal=key))
    assert check_seal(cut, keys.own_key()) is state
    check_buffers(cut.payloads)
    other_key()
    assert check_seal(cut, keys.own_key(create=True)) in (SealState.OTHER_KEY, SealState.DIGEST_ONLY)
    assert check_seal(split(pickle.dumps(1)), None) is SealState.NONE


def test_large_buffers_are_aligned_and_plain_pickle_reads_them():
    data = dumped(LARGE)
    rows = split(data).seal.buffers
    assert [row.length for row in rows] == [160_000, 20_000]
    assert all(row.offset % 64 == 0 for row in rows)
    loaded = pickle.loads(data)
    assert loaded["b"] == LARGE["b"]
    for name in "ac":
        assert (loaded[name] == LARGE[name]).all()
        assert loaded[name].flags.writeable


def test_a_seal_that_is_itself_as_long_as_a_large_payload():
    """A row takes 56 bytes: 1,200 buffers make a seal of over 64 KiB."""
    buffers = [pickle.PickleBuffer(bytearray(b"x" * 16_384)) for _ in range(1_200)]
    data = dumped(buffers)
    cut = split(data)
    assert len(data) - cut.seal.start > 65_536
    assert len(onggi.loads(data, verify=True)) == len(pickle.loads(data)) == 1_200


def test_trouble_with_the_own_key_is_said_once_and_where_the_user_calls(tmp_path):
    code = f"""
import onggi, os
from onggi.trust.keys import set_key_path
path = {str(tmp_path / "key")!r}
open(path, "w").close()
os.chmod(path, 0o644)
set_key_path(path)
for name in "abc":
    onggi.dump([1], {str(tmp_path)!r} + "/" + name)  # here
onggi.verify({str(tmp_path)!r} + "/a")
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stderr.count("RuntimeWarning") == 1
    assert "script.py:9: RuntimeWarning: your own key is not used" in done.stderr
    assert "chmod 600" in done.stderr
