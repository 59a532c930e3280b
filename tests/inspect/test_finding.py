"""Every pickle in a file is found, whatever carries it; what can't be read is never passed over in silence."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib

import joblib
import numpy as np
import pytest

import onggi
from onggi.errors import LimitError, NotAPickleError
from onggi.inspect.finding import find_pickles
from onggi.proof import Limits, Verdict
from tests.people import People, stop


class Hostile:
    def __reduce__(self):
        return os.system, ("true",)


HOSTILE = pickle.dumps(Hostile())
DATA = pickle.dumps({"a": [1, 2.5, "x"]})


def zipped(*members, method=zipfile.ZIP_STORED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return target.getvalue()


def tarred(*members):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def saved(write, *values, **named):
    target = io.BytesIO()
    write(target, *values, **named)
    return target.getvalue()


def joblibbed(value, **options):
    return saved(lambda target: joblib.dump(value, target, **options))


OBJECTS = np.array([1, Hostile()], dtype=object)

CARRIERS = {
    "pickle": HOSTILE,
    "protocol 0": pickle.dumps(Hostile(), 0),
    "gzip": gzip.compress(HOSTILE),
    "zlib": zlib.compress(HOSTILE),
    "bz2": bz2.compress(HOSTILE),
    "xz": lzma.compress(HOSTILE),
    "gzip of bz2": gzip.compress(bz2.compress(HOSTILE)),
    "gzip without its end": gzip.compress(HOSTILE)[:-6],
    "gzip with garbage behind": gzip.compress(HOSTILE) + b"garbage",
    "second of two": DATA + HOSTILE,
    "joblib": joblibbed({"a": np.arange(3.0), "h": Hostile()}),
    "joblib array of objects": joblibbed({"a": np.arange(3.0), "o": OBJECTS}),
    "joblib zlib": zlib.compress(joblibbed([np.arange(3.0), Hostile()])),
    "npy": saved(np.save, OBJECTS),
    "npz": saved(np.savez, a=np.arange(3), o=OBJECTS),
    "npz compressed": saved(np.savez_compressed, a=np.arange(3), o=OBJECTS),
    "zip": zipped(("x/data.pkl", HOSTILE)),
    "zip deflated": zipped(("x/data.pkl", HOSTILE), method=zipfile.ZIP_DEFLATED),
    "zip bz2": zipped(("x.bin", HOSTILE), method=zipfile.ZIP_BZIP2),
    "zip lzma": zipped(("x.bin", HOSTILE), method=zipfile.ZIP_LZMA),
    "zip with innocent name": zipped(("readme.txt", HOSTILE)),
    "zip with a climbing name": zipped(("../../etc/x.pkl", HOSTILE)),
    "zip in zip in tar": tarred(("a.zip", zipped(("b.zip", zipped(("c.pkl", gzip.compress(HOSTILE))))))),
    "zip without its end": zipped(("x.pkl", HOSTILE))[:-30],
    "zip behind a picture": b"\x89PNG\r\n\x1a\n" + bytes(100) + zipped(("x.pkl", HOSTILE)),
    "zip with two members of one name": zipped(("x.pkl", DATA)) + b"",
    "tar": tarred(("x.pkl", HOSTILE)),
    "tar.gz": gzip.compress(tarred(("x.pkl", HOSTILE))),
    "second tar behind the first": tarred(("x.pkl", DATA)) + tarred(("y.pkl", HOSTILE)),
    "pickle before a zip": HOSTILE + zipped(("archive/data.pkl", DATA)),
    "zip behind a pickle": DATA + zipped(("archive/data.pkl", HOSTILE)),
    "bytes in a pickle": pickle.dumps({"x": HOSTILE}),
    "large bytes in a pickle": pickle.dumps([HOSTILE + bytes(100_000)]),
    "zip in the bytes of a pickle": pickle.dumps([zipped(("x.pkl", HOSTILE))]),
    "gzip in the bytes of a pickle": pickle.dumps([gzip.compress(HOSTILE)]),
    "text of Python 2 in a pickle": b"\x80\x02U" + bytes([len(HOSTILE)]) + HOSTILE + b".",
    "broken behind the call": HOSTILE[:-1] + b"\xff\xff",
    "text broken behind the call": pickle.dumps(Hostile(), 0)[:-1] + b"\xff\xff",
    "tar whose first name is a pickle": tarred(("cos\nsystem\n(S'true'\ntR.", b"x")),
}
del CARRIERS["zip with two members of one name"]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_finds_a_hostile_pickle(carrier):
    found = list(find_pickles(CARRIERS[carrier], name="file"))
    assert any(each.report and each.report.verdict is Verdict.HOSTILE for each in found)
    assert not all(each.is_clean for each in found)


def test_finds_it_in_a_file(tmp_path):
    path = tmp_path / "model.txt"
    path.write_bytes(CARRIERS["zip in zip in tar"])
    (found,) = find_pickles(path)
    assert found.name == f"{path}!a.zip!b.zip!c.pkl"


def test_both_members_of_one_name_are_found():
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zipped(("x.pkl", DATA), ("x.pkl", HOSTILE))
    assert [each.report.verdict for each in find_pickles(content)] == [Verdict.DATA, Verdict.HOSTILE]


HONEST = {
    "pickle": (DATA, 1),
    "two": (DATA + DATA, 2),
    "bytes": (pickle.dumps([bytes(range(256)) * 4, b"\x80\x04nonsense"]), 1),
    "npy": (saved(np.save, np.arange(3)), 0),
    "npz": (saved(np.savez, a=np.arange(3)), 0),
    "zip of text": (zipped(("a.txt", b"cat\ndog\n"), ("b.txt", b"I am.\nN.")), 0),
    "tar of text": (tarred(("a.txt", b"cat\ndog\n")), 0),
    "gzip of npy": (gzip.compress(saved(np.save, np.arange(3))), 0),
    "joblib of no arrays": (joblibbed([1, 2]), 1),
}


@pytest.mark.parametrize("honest", HONEST)
def test_honest_files_are_clean(honest):
    content, count = HONEST[honest]
    found = list(find_pickles(content))
    assert [(each.error, each.is_clean) for each in found] == [(None, True)] * count


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"<html></html>", "html"), (b"", "empty"), (b"hello world", "text")],
)
def test_what_is_no_pickle_is_named(content, kind):
    (found,) = find_pickles(content)
    assert isinstance(found.error, NotAPickleError)
    assert found.error.kind == kind
    assert not found.is_clean


def test_archives_that_are_not_opened_are_named():
    (found,) = find_pickles(zipped(("x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100))))
    assert found.error.kind == "7z"


# --------------------------------------------------------------------------------------------------------- what is off


def entry_of(content):
    return content.index(b"PK\x01\x02")


def with_bytes(content, offset, raw):
    return content[:offset] + raw + content[offset + len(raw) :]


def test_a_wrong_checksum_hides_nothing():
    content = zipped(("x.pkl", HOSTILE))
    (found,) = find_pickles(with_bytes(content, entry_of(content) + 16, b"\x00\x00\x00\x00"))
    assert found.report.verdict is Verdict.HOSTILE
    assert found.problems == ("its checksum is wrong",)


def test_a_false_mark_of_encryption_hides_nothing():
    content = zipped(("x.pkl", HOSTILE))
    (found,) = find_pickles(with_bytes(with_bytes(content, entry_of(content) + 8, b"\x01"), 6, b"\x01"))
    assert found.report.verdict is Verdict.HOSTILE
    assert found.problems == ("it is marked as encrypted",)


def test_what_is_encrypted_is_not_clean():
    content = zipped(("x.pkl", bytes(range(100, 200))))
    (found,) = find_pickles(with_bytes(content, entry_of(content) + 8, b"\x01"))
    assert "encrypted" in str(found.error)


def test_another_name_in_the_local_header_hides_nothing():
    content = zipped(("x.pkl", HOSTILE))
    (found,) = find_pickles(with_bytes(content, 30, b"y.txt"))
    assert found.report.verdict is Verdict.HOSTILE


def test_a_member_that_the_table_of_contents_leaves_out_is_found():
    hidden = zipped(("hidden.pkl", HOSTILE))
    content = hidden[: hidden.index(b"PK\x01\x02")] + zipped(("x.pkl", DATA))
    found = {each.name: each for each in find_pickles(content, name="a.zip")}
    assert found["a.zip!hidden.pkl"].report.verdict is Verdict.HOSTILE
    assert found["a.zip!x.pkl"].is_clean


def test_a_size_that_lies_is_not_clean():
    content = zipped(("x.pkl", DATA), method=zipfile.ZIP_DEFLATED)
    found = list(find_pickles(with_bytes(content, entry_of(content) + 24, struct.pack("<I", 10**6))))
    assert any(each.error for each in found)


def test_a_member_beyond_the_end_is_not_clean():
    content = zipped(("x.pkl", DATA))
    found = list(find_pickles(with_bytes(content, entry_of(content) + 20, struct.pack("<II", 10**6, 10**6))))
    assert not all(each.is_clean for each in found)


def test_what_unpacks_to_too_much_is_not_clean():
    content = zipped(*((f"{index}", bytes(10**6)) for index in range(5)), method=zipfile.ZIP_DEFLATED)
    found = list(find_pickles(content, limits=Limits(max_decompressed_bytes=3 * 10**6)))
    assert isinstance(found[-1].error, LimitError)


def test_too_many_levels_are_not_clean():
    content = HOSTILE
    for _ in range(12):
        content = zipped(("x.zip", content))
    (found,) = find_pickles(content)
    assert isinstance(found.error, LimitError)


def test_offsets_are_those_of_the_source():
    content = joblibbed([np.arange(100.0), Hostile()])
    (found,) = find_pickles(content)
    (entry,) = [entry for entry in found.report.globals if entry.name == "system"]
    assert b"system" in content[entry.offset - 20 : entry.offset + 2]


def test_reports_are_by_the_policy():
    from onggi.proof import Policy

    (found,) = find_pickles(HOSTILE, policy=Policy(("posix.system", "nt.system")))
    assert found.is_clean


def test_a_member_without_a_name_is_found():
    content = zipped(("x", HOSTILE))
    at = entry_of(content)
    nameless = content[:at] + with_bytes(content[at : at + 46], 28, b"\x00\x00") + content[at + 47 :]
    found = list(find_pickles(nameless))
    assert any(each.report and each.report.verdict is Verdict.HOSTILE for each in found)


def test_an_archive_that_says_to_span_disks_is_not_clean():
    content = zipped(("x.pkl", HOSTILE))
    end = content.index(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 9)
    found = list(find_pickles(content[:end] + locator + content[end:]))
    assert any(each.report and each.report.verdict is Verdict.HOSTILE for each in found)
    assert any(each.error for each in found)


def test_a_bound_that_is_fixed_names_no_limit():
    content = DATA
    for _ in range(12):
        content = zipped(("x", content))
    (found,) = find_pickles(content)
    assert isinstance(found.error, LimitError)
    assert (found.error.limit, found.error.hint) == ("", "take it apart, and look at each part")


# Signatures.


@pytest.fixture
def signed(tmp_path):
    """Alice has signed what only a signature lets load; bob, who trusts her, looks."""
    people = People(tmp_path)
    public = people.with_key("alice")
    path = tmp_path / "model.pkl"
    onggi.dump(Signed(), path, sign="alice")
    people.be("bob")
    onggi.keys.trust(public)
    yield path
    stop()


class Signed:
    """A class that nobody but a signer vouches for."""


def test_a_trusted_signature_counts_for_the_file_of_its_name(signed):
    (found,) = find_pickles(signed)
    assert (found.report.seal, found.is_clean) == ("trusted signer", True)


def test_a_signature_does_not_count_under_another_name(signed, tmp_path):
    other = signed.rename(tmp_path / "other.pkl")
    (found,) = find_pickles(other)
    assert not found.is_clean
    assert any("model.pkl" in reason for reason in found.report.signatures)


@pytest.mark.parametrize(
    "carry", [lambda data: zipped(("model.pkl", data)), lambda data: pickle.dumps([data])], ids=["zip", "bytes"]
)
def test_a_signature_does_not_count_inside_of_something(signed, carry):
    signed.write_bytes(carry(signed.read_bytes()))
    inner = [each for each in find_pickles(signed) if each.report.label is not None]
    assert [each.is_clean for each in inner] == [False]


def test_a_signature_does_not_count_for_one_of_two_pickles(signed):
    signed.write_bytes(signed.read_bytes() + DATA)
    assert [each.is_clean for each in find_pickles(signed)] == [False, True]
