"""Archives, arrays and files of PyTorch show their members and every pickle inside; nothing is built."""

from __future__ import annotations

import io
import json
import os
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner

import onggi
from onggi import inspect
from onggi.cli.app import app
from onggi.errors import IntegrityError
from onggi.proof import Limits, Verdict


class Hostile:
    def __reduce__(self):
        return os.system, ("true",)


HOSTILE = pickle.dumps([Hostile()])
DATA = pickle.dumps({"jars": 12})


def zipped(**members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def tarred(name, content):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def saved(write, *values, **named):
    target = io.BytesIO()
    write(target, *values, **named)
    return target.getvalue()


def legacy_torch():
    magic = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
    return magic + b"".join(pickle.dumps(each, 2) for each in (1001, {"little_endian": True}, {"w": 1}, []))


OBJECTS = np.array([1, "x"], dtype=object)
CONTAINERS = {
    "zip": (zipped(**{"a/x.pkl": DATA, "read.me": b"text"}), ["a/x.pkl"]),
    "npz": (saved(np.savez, a=np.zeros((3, 4)), o=OBJECTS), ["o.npy"]),
    "torch": (zipped(**{"m/data.pkl": DATA, "m/data/0": b"\0" * 9}), ["m/data.pkl"]),
    "torch before 1.6": (legacy_torch(), [""] * 5),
    "npy": (saved(np.save, np.zeros((3, 4))), []),
    "tar": (tarred("x.pkl", DATA), ["x.pkl"]),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_shows_its_pickles(container):
    content, names = CONTAINERS[container]
    found = inspect(content)
    assert (found.container, found.state, found.verdict) == (container, "data", Verdict.DATA)
    assert [look.name for look in found.pickles] == names
    assert all(look.root is not None for look in found.pickles)
    data = json.loads(json.dumps(found.data()))
    assert (data["container"], [look["name"] for look in data["pickles"]]) == (container, names)
    assert all(name in found.html() and name in found.text() for name in names)


def test_arrays_show_dtype_and_shape():
    found = inspect(CONTAINERS["npz"][0])
    shown = [(entry.name, entry.dtype, entry.shape) for entry in found.members]
    assert shown == [("a.npy", "<f8", (3, 4)), ("o.npy", "|O", (2,))]
    assert "array f8(3, 4)" in found.text()


def test_the_worst_of_all_pickles_is_the_verdict():
    found = inspect(zipped(**{"good.pkl": DATA, "inner.zip": zipped(**{"bad.pkl": HOSTILE})}))
    assert (found.state, found.verdict) == ("hostile", Verdict.HOSTILE)
    assert [look.name for look in found.pickles] == ["good.pkl", "inner.zip!bad.pkl"]
    assert "system" in found.text()


def test_a_wrong_checksum_is_damage(tmp_path):
    content = bytearray(zipped(**{"read.me": b"some text"}))
    content[content.index(b"some text")] ^= 1
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    found = inspect(path)
    assert (found.state, found.members[0].problem) == ("damaged", "its checksum is wrong")
    with pytest.raises(IntegrityError, match=r"read\.me.*checksum"):
        onggi.verify(path)


def test_verify_counts_the_checksums_of_a_zip(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(CONTAINERS["zip"][0])
    (found,) = onggi.verify(path)
    assert (found.state.value, found.checksum_count) == ("none", 2)


def test_what_unpacks_to_too_much_is_said_and_not_shown_as_clean():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(3_000_000))
    found = inspect(target.getvalue(), limits=Limits(max_decompressed_bytes=1_000_000))
    assert found.state != "data"


def test_names_do_not_reach_the_terminal_or_the_page_as_they_are():
    found = inspect(zipped(**{"<b>\x1b[31m.pkl": DATA}))
    assert "\x1b" not in found.text()
    assert "<b>" not in found.html().partition("</style>")[2].replace("Made by <b>", "").replace("<b>Uses", "")


def test_the_command_lists_the_opcodes_of_each_member(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(**{"good.pkl": DATA, "bad.pkl": HOSTILE}))
    done = CliRunner().invoke(app, ["inspect", "--opcodes", str(path)])
    assert done.exit_code == 1
    assert "pickle 2 of 2 in bad.pkl" in done.output
    assert "STACK_GLOBAL" in done.output
