"""verify: every digest is checked, and what is no pickle is named."""

from __future__ import annotations

import pickle

import pytest

import onggi
from onggi.errors import IntegrityError, NotAPickleError, TruncatedError


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "html"),
        (b'{"a": 1}', "json"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git-lfs"),
        (b"\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n\x93NUMPY", "joblib"),
    ],
    ids=["empty", "html", "json", "git-lfs", "joblib"],
)
def test_what_is_no_pickle_is_named(tmp_path, content, kind):
    path = tmp_path / "file.pkl"
    path.write_bytes(content)
    with pytest.raises(NotAPickleError) as raised:
        onggi.verify(path)
    assert (raised.value.kind, raised.value.source) == (kind, str(path))


def test_a_damaged_pickle_is_one(tmp_path):
    path = tmp_path / "file.pkl"
    onggi.dump([1, 2, 3], path)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"K\x02", b"K\x04"))
    with pytest.raises(IntegrityError, match=f"^{path}: the digest of the opcodes is wrong"):
        onggi.verify(path)
    path.write_bytes(data[:-1])
    with pytest.raises(TruncatedError) as raised:
        onggi.verify(path)
    assert not isinstance(raised.value, NotAPickleError)


def test_what_follows_a_whole_pickle_is_not_the_kind_of_the_file(tmp_path):
    path = tmp_path / "file.pkl"
    path.write_bytes(pickle.dumps([1]) + b"<html></html>")
    with pytest.raises(onggi.errors.MalformedError) as raised:
        onggi.verify(path)
    assert not isinstance(raised.value, NotAPickleError)


def test_each_pickle_of_a_file_is_verified(tmp_path):
    path = tmp_path / "file.pkl"
    path.write_bytes(pickle.dumps([1]))
    onggi.dump([2], path, append=True)
    one, two = onggi.verify(path)
    assert (one.state, two.state) == (onggi.SealState.NONE, onggi.SealState.OWN_KEY)
    assert (one.start, one.stop, two.start, two.stop) == (0, one.stop, one.stop, path.stat().st_size)
