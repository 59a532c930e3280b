"""Files of joblib, numpy and PyTorch are loaded as their libraries load them, under a stranger's policy."""

from __future__ import annotations

import io
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import joblib
import numpy as np
import pytest

import onggi
from onggi.errors import (
    IntegrityError,
    MalformedError,
    NotAPickleError,
    RefusedError,
    TruncatedError,
    UnexpectedTypeError,
)


class Hostile:
    def __reduce__(self):
        return os.system, ("true",)


def arrays():
    return {
        "numbers": np.arange(6.0),
        "table": np.arange(12, dtype="i4").reshape(3, 4),
        "columns": np.asfortranarray(np.arange(6, dtype="i2").reshape(2, 3)),
        "text": np.array(["soy", "garlic"]),
        "records": np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "<i4"), ("b", "<f8")]),
        "objects": np.array([1, "two", None, [3]], dtype=object),
        "empty": np.zeros((0, 3)),
        "single": np.array(7.5),
        "times": np.array(["2026-11-22"], dtype="M8[D]"),
        "swapped": np.arange(3, dtype=">f8"),
        "large": np.arange(50_000.0).reshape(500, 100),
    }


def assert_same(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, np.ndarray):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert found.flags.writeable
        assert found.flags.aligned
        assert found.flags.f_contiguous == expected.flags.f_contiguous
        assert found.tolist() == expected.tolist()
    else:
        assert found == expected


def joblibbed(value, **options):
    target = io.BytesIO()
    joblib.dump(value, target, **options)
    return target.getvalue()


def saved(write, *values, **named):
    target = io.BytesIO()
    write(target, *values, **named)
    return target.getvalue()


# -------------------------------------------------------------------------------------------------------------- joblib


COMPRESSED = {"no": 0, **{name: (name, 3) for name in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4")}}


# joblib itself leaves a reader of lz4 open, of which Python 3.13 complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("compress", COMPRESSED)
def test_joblib_files(tmp_path, compress):
    path = tmp_path / "model.bin"
    joblib.dump(arrays(), path, compress=COMPRESSED[compress])
    assert_same(onggi.load(path), joblib.load(path))


@pytest.mark.parametrize("protocol", range(6))
def test_joblib_protocols(protocol):
    content = joblibbed(arrays(), protocol=protocol)
    if protocol < 2:
        with pytest.raises(onggi.OnggiError):
            onggi.loads(content)
    else:
        assert_same(onggi.loads(content), joblib.load(io.BytesIO(content)))


def test_joblib_in_a_file_object(tmp_path):
    path = tmp_path / "x.joblib"
    joblib.dump([np.arange(3), "x"], path)
    with open(path, "rb") as file:
        assert onggi.load(file)[1] == "x"
    assert onggi.load(io.BytesIO(path.read_bytes()))[1] == "x"


def test_what_follows_in_a_file_object_is_read_next(tmp_path):
    path = tmp_path / "x.joblib"
    path.write_bytes(joblibbed([np.arange(20_000), "first"]) + pickle.dumps("second"))
    with open(path, "rb") as file:
        assert onggi.load(file)[1] == "first"
        assert onggi.load(file) == "second"


def test_large_arrays_of_joblib_are_mapped(tmp_path):
    path = tmp_path / "x.joblib"
    joblib.dump(np.arange(50_000.0), path)
    array = onggi.load(path)
    assert not array.flags.owndata
    array[0] = 7
    assert joblib.load(path)[0] == 0


def test_a_fitted_model_of_joblib(tmp_path):
    from sklearn.ensemble import RandomForestClassifier

    numbers = np.random.RandomState(1).rand(60, 3)
    model = RandomForestClassifier(5, random_state=1).fit(numbers, numbers[:, 0] > 0.5)
    joblib.dump(model, tmp_path / "x.joblib")
    assert (onggi.load(tmp_path / "x.joblib").predict(numbers) == model.predict(numbers)).all()


def test_joblib_is_not_needed(tmp_path):
    joblib.dump([np.arange(3)], tmp_path / "x.joblib")
    code = "import sys, onggi; print(onggi.load(sys.argv[1])[0].sum(), 'joblib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.joblib")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "3 False\n"


@pytest.mark.parametrize(
    "value",
    [[np.arange(3), Hostile()], [Hostile(), np.arange(3)], np.array([Hostile()], dtype=object)],
    ids=["behind", "before", "inside"],
)
def test_joblib_hostile(value, monkeypatch):
    content = joblibbed(value)
    ran = []
    monkeypatch.setattr(sys.modules[os.system.__module__], "system", ran.append)
    with pytest.raises(RefusedError, match=r"posix\.system|nt\.system"):
        onggi.loads(content)
    assert not ran


def test_offsets_are_those_of_the_file():
    content = joblibbed([np.arange(1_000), Hostile()])
    with pytest.raises(RefusedError) as caught:
        onggi.loads(content)
    assert content[caught.value.offset : caught.value.offset + 1] in (b"R", b"\x93")


def test_joblib_cut_short():
    with pytest.raises(TruncatedError):
        onggi.loads(joblibbed(np.arange(1_000))[:-100])


def test_joblib_of_another_shape():
    content = joblibbed(np.arange(7, dtype="i1")).replace(b"K\x07\x85", b"K\x09\x85")
    with pytest.raises(onggi.OnggiError):
        onggi.loads(content)


def test_expect_is_asked_of_containers():
    with pytest.raises(UnexpectedTypeError):
        onggi.loads(joblibbed([np.arange(3)]), expect=dict)
    with pytest.raises(UnexpectedTypeError):
        onggi.loads(saved(np.save, np.arange(3)), expect=dict)


def test_a_wrapper_that_never_gets_its_array_is_refused():
    from joblib.numpy_pickle import NumpyArrayWrapper

    with pytest.raises(onggi.OnggiError):
        onggi.loads(pickle.dumps([NumpyArrayWrapper(np.ndarray, (0,), "C", np.dtype("f8"))]))


def test_trust_changes_nothing_about_arrays():
    trusting = onggi.Policy(trust=True)
    assert_same(onggi.loads(joblibbed(arrays()), policy=trusting), joblib.load(io.BytesIO(joblibbed(arrays()))))


# --------------------------------------------------------------------------------------------------------------- numpy


@pytest.mark.parametrize("name", arrays())
def test_npy(tmp_path, name):
    np.save(tmp_path / "x.npy", arrays()[name])
    assert_same(onggi.load(tmp_path / "x.npy"), np.load(tmp_path / "x.npy", allow_pickle=True))


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_npz(tmp_path, write):
    write(tmp_path / "x.npz", **arrays())
    with np.load(tmp_path / "x.npz", allow_pickle=True) as archive:
        assert_same(onggi.load(tmp_path / "x.npz"), dict(archive))


def test_npy_hostile():
    with pytest.raises(RefusedError):
        onggi.loads(saved(np.save, np.array([Hostile()], dtype=object)))
    with pytest.raises(RefusedError):
        onggi.loads(saved(np.savez, a=np.arange(3), b=np.array([Hostile()], dtype=object)))


def npy(header, data=b""):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (99,)}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (2**60,)}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387903, 4611686018427387903)}",
        b"{'descr': '|V0', 'fortran_order': False, 'shape': (4611686018427387903,)}",
        b"{'descr': '<f8', 'fortran_order': 3, 'shape': ()}",
        b"{'descr': '<f8', 'fortran_order': False}",
        b"{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}",
        b"{'descr': 'no', 'fortran_order': False, 'shape': ()}",
        b"[" * 60_000,
        b"-" * 60_000 + b"1",
        b"",
    ],
    ids=range(12),
)
def test_npy_with_a_false_header(header):
    with pytest.raises(onggi.OnggiError):
        onggi.loads(npy(header, bytes(64)))


def test_npy_with_characters_that_are_none():
    with pytest.raises(RefusedError):
        onggi.loads(npy(b"{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\xff\xff\xff\x7f"))


def test_npz_with_two_members_of_one_name():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.npy", saved(np.save, np.arange(2)))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.npy", saved(np.save, np.arange(3)))
    with pytest.raises(MalformedError, match="two members"):
        onggi.loads(target.getvalue())


def test_npz_with_a_wrong_checksum():
    content = saved(np.savez, a=np.arange(3))
    at = content.index(b"PK\x01\x02") + 16
    with pytest.raises(MalformedError, match="checksum"):
        onggi.loads(content[:at] + b"\x00\x00\x00\x00" + content[at + 4 :])


def test_containers_are_not_signed(tmp_path):
    for content in (saved(np.save, np.arange(3)), joblibbed([np.arange(3)]), saved(np.savez, a=np.arange(3))):
        with pytest.raises(RefusedError):
            onggi.loads(content, signed=True)


def test_archives_of_anything_else_are_named():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.pkl", pickle.dumps(1))
    with pytest.raises(NotAPickleError) as caught:
        onggi.loads(target.getvalue())
    assert caught.value.kind == "zip"


def test_damage_of_ordinary_pickles_is_still_said():
    data = onggi.dumps({"NumpyArrayWrapper": "joblib.numpy_pickle", "x": b"y" * 100})
    bad = bytearray(data)
    bad[data.index(b"yyy")] ^= 1
    with pytest.raises((IntegrityError, MalformedError, TruncatedError)):
        onggi.loads(bytes(bad[:-20]))
