"""Compressed files: told by suffix and by content, written as the usual commands read them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import random
import shutil
import subprocess
import sys
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onggi.errors import MissingExtraError
from onggi.files.atomic import AtomicFile
from onggi.files.compression import compressing_writer, detect, suffix_format
from onggi.files.decompression import decompress

FORMATS = ["gzip", "zlib", "bz2", "xz", "lzma", "zstd", "lz4"]
CONTENT = b"".join(b"line %d of the content\n" % i for i in range(20_000))
RANDOM = random.Random(7).randbytes(300_000)


def module_of(compression):
    if compression == "zstd":
        return pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    return pytest.importorskip("lz4.frame")


def compress(content, compression, level=None, **options):
    if compression in {"zstd", "lz4"}:
        module_of(compression)
    target = io.BytesIO()
    with compressing_writer(target, compression, level, **options) as writer:
        writer.write(content)
    return target.getvalue()


def plain(compressed, compression):
    """Unpack by the format's own module."""
    if compression in {"gzip", "zlib"}:
        return zlib.decompress(compressed, 31 if compression == "gzip" else 15)
    if compression in {"xz", "lzma"}:
        return lzma.decompress(compressed)
    return bz2.decompress(compressed) if compression == "bz2" else module_of(compression).decompress(compressed)


# ------------------------------------------------------------------------------------------------------------- suffixes


@pytest.mark.parametrize(
    ("path", "compression"),
    [
        ("x.pkl.gz", "gzip"),
        ("x.GZ", "gzip"),
        (b"x.bz2", "bz2"),
        ("x.xz", "xz"),
        ("x.lzma", "lzma"),
        ("x.zst", "zstd"),
        ("x.lz4", "lz4"),
        ("x.z", "zlib"),
        ("x.zlib", "zlib"),
        ("x.Z", None),
        ("x.pkl", None),
        ("x.gz.pkl", None),
        ("x.gz/model", None),
        (".gz", None),
        ("gz", None),
    ],
)
def test_suffixes(path, compression):
    assert suffix_format(path) == compression


# -------------------------------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize("compression", FORMATS)
class TestWriting:
    @pytest.mark.parametrize("content", [b"", b"a", CONTENT, RANDOM, bytes(3_000_000)], ids=len)
    def test_the_formats_own_module_reads_it(self, compression, content):
        compressed = compress(content, compression)
        assert plain(compressed, compression) == content
        assert detect(compressed) == compression

    def test_the_same_content_gives_the_same_bytes(self, compression):
        assert compress(CONTENT, compression) == compress(CONTENT, compression)

    def test_in_pieces(self, compression):
        if compression in {"zstd", "lz4"}:
            module_of(compression)
        target = io.BytesIO()
        with compressing_writer(target, compression) as writer:
            for start in range(0, len(CONTENT), 777):
                assert writer.write(memoryview(CONTENT)[start : start + 777]) == len(CONTENT[start : start + 777])
            assert writer.taken_bytes == len(CONTENT)
        assert plain(target.getvalue(), compression) == CONTENT

    def test_the_end_is_written_once_and_the_target_stays_open(self, compression):
        if compression in {"zstd", "lz4"}:
            module_of(compression)
        target = io.BytesIO()
        writer = compressing_writer(target, compression)
        writer.write(b"abc")
        writer.close()
        writer.close()
        with pytest.raises(ValueError, match="closed"):
            writer.write(b"abc")
        assert plain(target.getvalue(), compression) == b"abc"

    def test_a_failing_block_leaves_the_stream_without_an_end(self, compression):
        if compression in {"zstd", "lz4"}:
            module_of(compression)
        target = io.BytesIO()
        writer = compressing_writer(target, compression)

        def fail():
            with writer:
                writer.write(CONTENT)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        size = len(target.getvalue())
        writer.close()
        assert len(target.getvalue()) == size
        assert size < len(compress(CONTENT, compression))

    def test_levels(self, compression):
        low, high = compress(CONTENT, compression, 1), compress(CONTENT, compression, 9)
        assert low != high
        assert plain(low, compression) == plain(high, compression) == CONTENT
        for level in (-8, 23, 100):
            with pytest.raises(ValueError, match="levels"):
                compressing_writer(io.BytesIO(), compression, level)

    def test_a_target_that_takes_parts_gets_all(self, compression):
        if compression in {"zstd", "lz4"}:
            module_of(compression)

        class Slow:
            got = b""

            def write(self, data):
                self.got += data[:1000]
                return min(len(data), 1000)

        target = Slow()
        with compressing_writer(target, compression) as writer:
            writer.write(RANDOM)
        assert plain(target.got, compression) == RANDOM

    def test_into_an_atomic_file(self, compression, tmp_path):
        if compression in {"zstd", "lz4"}:
            module_of(compression)
        path = tmp_path / "x"
        path.write_bytes(b"old")

        def fail():
            with AtomicFile(path) as file, compressing_writer(file, compression) as writer:
                writer.write(RANDOM)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert path.read_bytes() == b"old"
        with AtomicFile(path) as file, compressing_writer(file, compression) as writer:
            writer.write(RANDOM)
        assert plain(path.read_bytes(), compression) == RANDOM

    @given(content=st.binary(max_size=5_000))
    def test_round_trip(self, compression, content):
        view = decompress(compress(content, compression), compression, max_bytes=5_000, max_ratio=1)
        assert view == content


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_the_total_stands_in_the_header(compression):
    module = module_of(compression)
    head = compress(CONTENT, compression, total_bytes=len(CONTENT))[:30]
    info = module.get_frame_info(head)
    assert (info["content_size"] if compression == "lz4" else info.decompressed_size) == len(CONTENT)


@pytest.mark.parametrize(
    ("command", "compression"), [("gzip", "gzip"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zstd"), ("lz4", "lz4")]
)
def test_the_command_reads_it_and_is_read(command, compression):
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed")
    compressed = compress(CONTENT, compression)
    assert subprocess.run([command, "-dc"], input=compressed, capture_output=True, check=True).stdout == CONTENT
    theirs = subprocess.run([command, "-c"], input=CONTENT, capture_output=True, check=True).stdout
    assert detect(theirs) == compression
    assert decompress(theirs, compression, max_bytes=2**30, max_ratio=2_000) == CONTENT


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_a_missing_package_is_named(compression, monkeypatch):
    for name in ("backports.zstd", "compression.zstd", "lz4.frame"):
        monkeypatch.setitem(sys.modules, name, None)
    hint = f"pip install 'onggi\\[{compression}\\]'"
    with pytest.raises(MissingExtraError, match=hint):
        compressing_writer(io.BytesIO(), compression)
    with pytest.raises(MissingExtraError, match=hint):
        decompress(b"abc", compression, max_bytes=1, max_ratio=1)


# ------------------------------------------------------------------------------------------------------------ detecting

PLAIN_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.text())
    ),
)


@given(value=PLAIN_VALUES, protocol=st.integers(0, 5))
@example(value="x" * 9, protocol=1)  # X, then a length that passes for zlib's header check
@example(value="x" * 71, protocol=1)
@example(value=b"BZh91AY&SY", protocol=1)
def test_no_pickle_is_taken_for_compressed(value, protocol):
    assert detect(pickle.dumps(value, protocol)) is None


@pytest.mark.parametrize(
    "start", [b"(S'abc'\np0\nI1\ntp1\n.", b"(S'a'\nt.", b"(4", b"(S", b"h\x00.", b"X\x09\x00\x00\x00aaaaaaaaa."]
)
def test_pickles_of_protocol_0_and_1_that_pass_the_header_check_of_zlib(start):
    assert detect(start) is None


@pytest.mark.parametrize("bits", range(9, 16))
@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_zlib_with_any_window_and_level(bits, level):
    for content in (b"", b"abc", CONTENT, RANDOM):
        encoder = zlib.compressobj(level, zlib.DEFLATED, bits)
        compressed = encoder.compress(content) + encoder.flush()
        assert detect(compressed) == "zlib"
        assert decompress(compressed, "zlib", max_bytes=10**6, max_ratio=100) == content


@pytest.mark.parametrize("level", range(1, 10))
def test_bz2_of_any_level(level):
    assert detect(bz2.compress(b"", level)) == detect(bz2.compress(b"abc", level)) == "bz2"


@pytest.mark.parametrize("preset", range(10))
def test_lzma_alone_of_any_preset(preset):
    assert detect(lzma.compress(CONTENT, lzma.FORMAT_ALONE, preset=preset)) == "lzma"


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_frames_to_be_skipped_may_stand_first(compression):
    frame = b"\x53\x2a\x4d\x18\x05\x00\x00\x00hello"
    compressed = compress(CONTENT, compression)
    assert detect(frame + compressed) == detect(frame + frame + compressed) == compression
    assert detect(frame) is None
    assert detect(b"\x53\x2a\x4d\x18\xff\xff\xff\xff" + compressed) is None
    assert decompress(frame + compressed + frame, compression, max_bytes=10**6, max_ratio=10**3) == CONTENT


@pytest.mark.parametrize("size", range(12))
def test_the_shortest_heads(size):
    for compression in FORMATS[:5]:
        assert detect(compress(CONTENT, compression)[:size]) in {compression, None}
    assert detect(bytes(size)) is None


def test_what_joblib_writes(tmp_path):
    joblib = pytest.importorskip("joblib")
    pytest.importorskip("lz4.frame")
    for suffix, compression in [
        ("z", "zlib"),
        ("gz", "gzip"),
        ("bz2", "bz2"),
        ("xz", "xz"),
        ("lzma", "lzma"),
        ("lz4", "lz4"),
    ]:
        path = tmp_path / f"x.{suffix}"
        joblib.dump({"a": list(range(1000))}, path)
        content = path.read_bytes()
        assert suffix_format(path) == detect(content) == compression
        assert pickle.loads(decompress(content, compression, max_bytes=10**6, max_ratio=10**3)) == {
            "a": list(range(1000))
        }
    joblib.dump([1, 2], tmp_path / "x", compress=3)
    assert detect((tmp_path / "x").read_bytes()) == "zlib"


def test_gzip_files_of_the_standard_library_with_name_and_time(tmp_path):
    path = tmp_path / "x.gz"
    with gzip.open(path, "wb") as file:
        file.write(CONTENT)
    assert detect(path.read_bytes()) == "gzip"
    assert decompress(path.read_bytes(), "gzip", max_bytes=10**6, max_ratio=100) == CONTENT


def test_any_bytes_can_be_asked_about():
    for _ in range(200):
        detect(os.urandom(64))
    assert detect(memoryview(b"")) is None
