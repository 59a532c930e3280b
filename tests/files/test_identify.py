"""What is no pickle is named for what it is, and what may be one is left alone."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import marshal
import os
import pickle
import py_compile
import sqlite3
import struct
import sys
import tarfile
import zipfile
import zlib
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import NotAPickleError
from onggi.files.identify import HEAD_BYTES, Kind, identify

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d7a" * 16 + b"\nsize 12345\n"
VALUE = {"names": ["a", "b"], "numbers": (1, 2.5, True, None), "text": "ü" * 20}


def kind_of(content, **options):
    found = identify(content[:HEAD_BYTES], len(content), **options)
    return found and found.kind


def zipped(*names, content=b"abc"):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return target.getvalue()


def tarred():
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    return target.getvalue()


def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("create table x (a)")
    connection.close()
    return (tmp_path / "x.db").read_bytes()


# --------------------------------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (bytes(10), "zeros"),
        (bytes(100_000), "zeros"),
        (LFS, "git-lfs"),
        (b"../../.git/annex/objects/xx/yy/SHA256E-s1234--abc.pkl/SHA256E-s1234--abc.pkl", "git-annex"),
        (b"outs:\n- md5: 0123456789abcdef\n  size: 12\n  path: model.pkl\n", "dvc"),
        (gzip.compress(b"abc"), "gzip"),
        (zlib.compress(b"abc"), "zlib"),
        (bz2.compress(b"abc"), "bz2"),
        (lzma.compress(b"abc"), "xz"),
        (b"\x28\xb5\x2f\xfd\x00\x58\x19\x00\x00abc", "zstd"),
        (b"\x04\x22\x4d\x18\x64\x40\xa7", "lz4"),
        (b"\x02\x21\x4c\x18\x10\x00\x00\x00", "lz4-legacy"),
        (zipped("a.txt", "b.txt"), "zip"),
        (zipped(), "zip"),
        (zipped("model/data.pkl", "model/version"), "torch-zip"),
        (zipped("x.npy"), "npz"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "office"),
        (zipped("schema.json"), "skops"),
        (zipped("META-INF/MANIFEST.MF"), "jar"),
        (zipped("metadata.json", "config.json", "model.weights.h5"), "keras"),
        (tarred(), "tar"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "7z"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (b"\x89HDF\r\n\x1a\n\x00", "hdf5"),
        (b"PAR1\x15\x04", "parquet"),
        (b"ARROW1\x00\x00\xff\xff", "arrow"),
        (b"Obj\x01\x04\x16avro.schema", "avro"),
        (b"GGUF\x03\x00\x00\x00", "gguf"),
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
        (b"GIF89a\x01\x00", "gif"),
        (b"\x7fELF\x02\x01\x01", "elf"),
        (b"MZ\x90\x00" + bytes(56) + b"\x80\x00\x00\x00" + bytes(64) + b"PE\x00\x00", "pe"),
        (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01", "mach-o"),
        (b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap", "java"),
        (b"MATLAB 5.0 MAT-file, Platform: GLNXA64", "matlab"),
        (b"RDX3\nX\n\x00\x00\x00\x03", "r"),
        (b"ZF0x2b             x\x9c", "joblib-zfile"),
        (struct.pack("<Q", 40) + b'{"a":{"dtype":"F32"}}'.ljust(40) + bytes(4), "safetensors"),
        (struct.pack("<Q", 0x480) + b'{"a":1}'.ljust(0x480) + bytes(4), "safetensors"),
        (b"<!DOCTYPE html>\n<html><head><title>Sign in</title>", "html"),
        (b"\xef\xbb\xbf  \r\n<HTML>", "html"),
        (b'<?xml version="1.0"?>\n<root/>', "xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "xml"),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>gone', "xml"),
        (json.dumps(VALUE).encode(), "json"),
        (json.dumps([VALUE] * 1000, indent=1).encode(), "json"),
        (b"[1, 2]\n", "json"),
        (b"{}", "json"),
        (json.dumps({"cells": [], "nbformat": 4}).encode(), "notebook"),
        (b"#!/usr/bin/env python\nprint(1)\n", "python"),
        (b'"""Doc."""\n\nfrom os import path\n\ndef f():\n    pass\n', "python"),
        (b"import numpy as np\nx = 1\n", "python"),
        (b'amends "package://example.com/x@1.0"\n\nname = "x"\n', "pkl"),
        (b"a,b,c\n1,2,3\n", "text"),
        ("Grüße an alle".encode(), "text"),
        (b"line\n<<<<<<< HEAD\nold\n=======\nnew\n>>>>>>> b\n", "merge-conflict"),
        (b"Service Unavailable\n", "text"),
        (b"Internal Server Error", "text"),
        (b"Vienna\r\nLondon\r\n", "text"),
        (b"(see below)\n\nIt is gone.\n", "text"),
        (b"404: Not Found", "text"),
        ("Grüße, a longer text".encode("utf-16"), "utf-16"),
        ("some plain words".encode("utf-16-le"), "utf-16"),
        ("some plain words".encode("utf-16-be"), "utf-16"),
    ],
    # Archives made here hold the time: their bytes are no name for a case.
    ids=lambda part: part if isinstance(part, str) else "content",
)  # fmt: skip
def test_kinds(content, kind):
    assert kind_of(content) == kind


def test_files_made_by_their_own_libraries(tmp_path):
    numpy = pytest.importorskip("numpy")
    numpy.save(tmp_path / "x.npy", numpy.arange(3))
    numpy.savez(tmp_path / "x.npz", a=numpy.arange(3))
    assert kind_of((tmp_path / "x.npy").read_bytes()) == "npy"
    assert kind_of((tmp_path / "x.npz").read_bytes()) == "npz"
    assert kind_of(database(tmp_path)) == "sqlite"
    (tmp_path / "x.py").write_text("x = 1\n")
    compiled = py_compile.compile(str(tmp_path / "x.py"), str(tmp_path / "x.pyc"))
    assert compiled
    assert kind_of((tmp_path / "x.pyc").read_bytes()) == "pyc"
    with open(sys.executable, "rb") as program:
        assert kind_of(program.read(HEAD_BYTES)) in {"elf", "pe", "mach-o"}


def test_tables_made_by_pyarrow(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": [1, 2]})
    frame.to_parquet(tmp_path / "x.parquet")
    frame.to_feather(tmp_path / "x.feather")
    assert kind_of((tmp_path / "x.parquet").read_bytes()) == "parquet"
    assert kind_of((tmp_path / "x.feather").read_bytes()) == "arrow"


# ---------------------------------------------------------------------------------------------- pickles that got harmed


@pytest.mark.parametrize("value", [VALUE, [1, 2], (1, 2), ("a", 1.5), {}, [], OrderedDict, OrderedDict(a=1)], ids=str)
def test_line_ends_changed_to_crlf(value):
    harmed = pickle.dumps(value, 0).replace(b"\n", b"\r\n")
    assert kind_of(harmed) == "crlf-pickle"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
class TestHarmedBinaryPickles:
    def test_in_base64(self, protocol):
        for data in (
            base64.b64encode(pickle.dumps(VALUE, protocol)),
            base64.encodebytes(pickle.dumps(VALUE, protocol)),
        ):
            assert kind_of(data) == "base64-pickle"

    def test_as_repr(self, protocol):
        assert kind_of(repr(pickle.dumps(VALUE, protocol)).encode()) == "repr-pickle"

    def test_decoded_as_text(self, protocol):
        data = pickle.dumps(VALUE, protocol)
        assert kind_of(data.decode("latin-1").encode()) == "text-pickle"
        assert kind_of(data.decode("utf-8", "replace").encode()) == "text-pickle"

    def test_cut_or_flipped_ones_stay_pickles(self, protocol):
        data = pickle.dumps(["<html>", VALUE] * 50, protocol)
        for damaged in (data[:3], data[:50], data[:-1], data[:20] + b"\xff" + data[21:]):
            assert kind_of(damaged) is None


def test_a_cut_pickle_that_holds_the_magic_of_another_format_stays_a_pickle():
    data = pickle.dumps(b"x" * 241 + b"ustar" + b"y" * 300, 4)
    assert data[257:262] == b"ustar"
    assert kind_of(data[:-1]) is None


@pytest.mark.parametrize("value", [VALUE, [1, 2], (1, "a"), {"a": 1}, 5, -(2**70), "text", 2.5, 1e300, float])
def test_cut_text_pickles_stay_pickles(value):
    data = pickle.dumps(value, 0)
    assert kind_of(data[:-1]) is None
    assert kind_of(data) is None


# ----------------------------------------------------------------------------------------------- sentences and hints


def test_the_sentence_and_the_hint_of_a_pointer():
    assert identify(LFS, len(LFS), "models/a b.pkl") == Kind(
        "git-lfs",
        f"a Git LFS pointer ({len(LFS)} bytes), not the file itself",
        "git lfs pull --include 'models/a b.pkl'",
    )


def test_names_in_hints_can_do_no_harm():
    hint = identify(LFS, 100, "$(reboot)\x1b[2J; {name}").hint
    assert hint == r"git lfs pull --include '$(reboot)\x1b[2J; {name}'"
    assert identify(b"PAR1", 4, "a'b").hint == """pandas.read_parquet("a'b") reads it"""


@pytest.mark.parametrize(
    "content",
    [
        zipped("evil\x1b[31m\nname"),
        b"<!doctype html><title>\x1b[31mred\x07</title>",
        b"<Error><Code>\x1b[31m</Code>",
        "plain \u202e text".encode(),
    ],
)
def test_what_the_file_says_of_itself_can_not_write_to_the_terminal(content):
    found = identify(content, len(content))
    assert found.sentence.isascii()
    assert found.sentence.isprintable()


def test_an_html_page_shows_its_title():
    assert identify(b"<html><title> Sign in to GitHub </title>").sentence == "an HTML page titled 'Sign in to GitHub'"
    assert identify(b"<html><title></title>").sentence == "an HTML page"


def test_a_file_of_zeros_tells_how_many():
    assert "10 of them" in identify(bytes(10), 10).sentence
    assert "4,096 zero bytes and more" in identify(bytes(HEAD_BYTES), 10**9).sentence


def test_it_fits_the_error():
    found = identify(b"")
    error = NotAPickleError(f"this is {found.sentence}", kind=found.kind, hint=found.hint, source="x.pkl")
    assert str(error).startswith("x.pkl: this is an empty file\n")


@given(head=st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_can_be_asked_about(head):
    found = identify(head, len(head))
    assert found is None or (found.kind and found.sentence)


def test_random_bytes_are_nothing_known():
    # Fixed ones: by chance a few may look like something.
    head = bytes.fromhex("9f3c00ffb2811e07d3aa4419e87f0c55")
    assert identify(head * 10) is None
    assert kind_of(marshal.dumps(VALUE)) is None
    assert identify(memoryview(bytearray(os.urandom(0)))).kind == "empty"
