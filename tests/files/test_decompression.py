"""Unpacking: right, whole, and bounded, or a clear error."""

from __future__ import annotations

import bz2
import io
import itertools
import lzma
import os
import pickle
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import onggi
from onggi.errors import DecodeError, IntegrityError, LimitError, MalformedError, TruncatedError
from onggi.files.compression import compressing_writer
from onggi.files.decompression import RATIO_FROM_BYTES, DecompressedStream, decompress, decompressing_reader

FORMATS = ["gzip", "zlib", "bz2", "xz", "lzma", "zstd", "lz4"]
CHECKED = [name for name in FORMATS if name != "lzma"]  # lzma has no checksum
FAST = ["gzip", "zstd", "lz4"]
JOINED = ["gzip", "bz2", "xz", "zstd", "lz4"]
CONTENT = random.Random(3).randbytes(2_000) + b"".join(b"line %d of the content\n" % i for i in range(8_000))
CAPS = {"max_bytes": 2**30, "max_ratio": 2_000}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parent.parent)}


def compress(content, compression, **options):
    if compression == "zstd" and sys.version_info < (3, 14):
        pytest.importorskip("backports.zstd")
    if compression == "lz4":
        pytest.importorskip("lz4.frame")
    target = io.BytesIO()
    with compressing_writer(target, compression, **options) as writer:
        writer.write(content)
    return target.getvalue()


def read_by_reader(compressed, compression, caps=CAPS):
    with decompressing_reader(io.BytesIO(compressed), compression, **caps) as reader:
        return reader.read()


BOTH = pytest.mark.parametrize(
    "unpack", [lambda data, name, caps=CAPS: decompress(data, name, **caps), read_by_reader], ids=["whole", "reader"]
)

# ---------------------------------------------------------------------------------------------------------------- whole


@BOTH
@pytest.mark.parametrize("compression", FORMATS)
@pytest.mark.parametrize("content", [b"", b"a", CONTENT, bytes(5_000_000)], ids=len)
def test_gives_the_content_back(unpack, compression, content):
    assert unpack(compress(content, compression), compression) == content


@pytest.mark.parametrize("compression", FORMATS)
def test_the_content_is_writable_and_private(compression):
    compressed = compress(CONTENT, compression)
    view = decompress(compressed, compression, **CAPS)
    view[:3] = b"xyz"
    assert bytes(view[:3]) == b"xyz"
    assert decompress(compressed, compression, **CAPS) == CONTENT


@pytest.mark.parametrize("compression", FORMATS)
def test_any_buffer_will_do(compression):
    compressed = compress(CONTENT, compression)
    for buffer in (bytearray(compressed), memoryview(compressed), memoryview(bytearray(compressed))):
        assert decompress(buffer, compression, **CAPS) == CONTENT


@pytest.mark.parametrize("compression", FORMATS)
def test_progress_adds_up_to_what_was_read(compression):
    compressed = compress(random.Random(1).randbytes(2_000_000), compression)
    counts = []
    decompress(compressed, compression, on_progress=counts.append, **CAPS)
    assert sum(counts) == len(compressed)
    assert len(counts) > 2


@BOTH
@pytest.mark.parametrize("compression", JOINED)
def test_members_may_follow_one_another(unpack, compression):
    parts = [CONTENT, b"", b"abc", CONTENT[:70_000], bytes(3_000_000)]
    compressed = b"".join(compress(part, compression) for part in parts)
    assert unpack(compressed, compression) == b"".join(parts)


@BOTH
@pytest.mark.parametrize("compression", JOINED)
def test_many_tiny_members(unpack, compression):
    tiny = compress(b"ab", compression)
    big = compress(random.Random(1).randbytes(600_000), compression)
    compressed = tiny * 3_000 + big + tiny * 3_000
    assert len(unpack(compressed, compression)) == 600_000 + 12_000


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_a_declared_total_that_is_true(compression):
    content = random.Random(1).randbytes(5_000_000)
    assert decompress(compress(content, compression, total_bytes=len(content)), compression, **CAPS) == content
    twice = compress(content, compression, total_bytes=len(content)) * 2
    assert decompress(twice, compression, **CAPS) == content * 2


@given(
    content=st.binary(max_size=2_000),
    compression=st.sampled_from(FORMATS),
    sizes=st.lists(st.integers(1, 50), min_size=1),
    length=st.integers(1, 1_000),
)
def test_pieces_of_any_size_in_and_out(content, compression, sizes, length):
    compressed = io.BytesIO(compress(content, compression))
    steps = itertools.cycle(sizes)
    stream = DecompressedStream(lambda: compressed.read(next(steps)), compression, **CAPS)
    pieces = list(iter(lambda: stream.read(length), b""))
    assert b"".join(pieces) == content
    assert max(map(len, pieces), default=0) <= length
    assert stream.produced_bytes == len(content)
    assert stream.read() == b""


# -------------------------------------------------------------------------------------------------------------- damaged


@BOTH
@pytest.mark.parametrize("compression", FORMATS)
def test_cut_short_anywhere(unpack, compression):
    compressed = compress(CONTENT, compression)
    cuts = {*range(20), *range(len(compressed) - 20, len(compressed)), len(compressed) // 2}
    for cut in sorted(cuts):
        with pytest.raises(TruncatedError, match=compression):
            unpack(compressed[:cut], compression)


@BOTH
@pytest.mark.parametrize("compression", CHECKED)
def test_a_flipped_bit_is_never_a_wrong_content(unpack, compression):
    compressed = compress(CONTENT, compression)
    places = random.Random(5)
    for _ in range(100):
        damaged = bytearray(compressed)
        place = places.randrange(8 * len(compressed))
        damaged[place // 8] ^= 1 << place % 8
        try:
            content = unpack(bytes(damaged), compression)
        except DecodeError:
            continue
        # Some bits of a header say nothing of the content: the time and system of gzip, for example.
        assert content == CONTENT
        assert place < 8 * 10


@pytest.mark.parametrize(("compression", "from_end"), [("gzip", 6), ("zlib", 2), ("zstd", 2), ("lz4", 2)])
def test_a_wrong_checksum_is_told(compression, from_end):
    damaged = bytearray(compress(CONTENT, compression))
    damaged[-from_end] ^= 0x10
    with pytest.raises(IntegrityError, match=f"{compression} stream is damaged"):
        decompress(damaged, compression, **CAPS)


@pytest.mark.parametrize("compression", FORMATS)
@given(junk=st.binary(min_size=1, max_size=300))
def test_junk_is_an_error_of_ours(compression, junk):
    with pytest.raises((IntegrityError, MalformedError, TruncatedError, LimitError)):
        decompress(junk, compression, **CAPS)


@BOTH
@pytest.mark.parametrize("compression", FORMATS)
@pytest.mark.parametrize("more", [b"\x00", b"x", b"\x80\x04.", b"\x00" * 512, b"trailing garbage"])
def test_nothing_else_may_follow(unpack, compression, more):
    with pytest.raises(MalformedError, match="something else follows"):
        unpack(compress(CONTENT, compression) + more, compression)


@BOTH
@pytest.mark.parametrize("compression", ["zlib", "lzma"])
def test_formats_that_know_one_stream_only(unpack, compression):
    with pytest.raises(MalformedError, match="something else follows"):
        unpack(compress(b"abc", compression) * 2, compression)


@pytest.mark.parametrize("compression", FORMATS)
def test_the_message_says_where_garbage_begins(compression):
    compressed = compress(CONTENT, compression)
    with pytest.raises(MalformedError, match=f"byte {len(compressed):,} of") as caught:
        decompress(compressed + b"x" * 400_000, compression, source="model.pkl.gz", **CAPS)
    assert str(caught.value).startswith("model.pkl.gz: ")


@BOTH
@pytest.mark.parametrize("compression", JOINED)
def test_a_further_member_cut_short(unpack, compression):
    compressed = compress(CONTENT, compression)
    for cut in (1, 2, 3, 8, len(compressed) - 1):
        with pytest.raises(TruncatedError):
            unpack(compressed + compressed[:cut], compression)


@pytest.mark.parametrize("compression", FORMATS)
def test_an_error_stays(compression):
    """Who asks again after an error must not get what lies behind it."""
    compressed = compress(bytes(3_000_000), compression)
    reader = decompressing_reader(io.BytesIO(compressed), compression, max_bytes=1_000_000, max_ratio=2_000)
    for _ in range(3):
        with pytest.raises(LimitError):
            list(iter(lambda: reader.read(100_000), b""))


def test_errors_of_the_file_pass_through():
    class Broken:
        def read(self, size):
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        decompressing_reader(Broken(), "bz2", **CAPS).read()


# --------------------------------------------------------------------------------------------------------------- limits


@BOTH
@pytest.mark.parametrize("compression", FORMATS)
def test_max_bytes_is_exact(unpack, compression):
    compressed = compress(CONTENT, compression)
    assert unpack(compressed, compression, {"max_bytes": len(CONTENT), "max_ratio": 2_000}) == CONTENT
    with pytest.raises(LimitError, match=r"raise onggi\.Limits") as caught:
        unpack(compressed, compression, {"max_bytes": len(CONTENT) - 1, "max_ratio": 2_000})
    assert caught.value.limit == "max_decompressed_bytes"
    assert caught.value.maximum == len(CONTENT) - 1
    assert caught.value.actual == len(CONTENT)


def zeros(size, compression):
    """Pack zero bytes without ever having them all."""
    if compression == "zstd" and sys.version_info < (3, 14):
        pytest.importorskip("backports.zstd")
    if compression == "lz4":
        pytest.importorskip("lz4.frame")
    target = io.BytesIO()
    with compressing_writer(target, compression, 1) as writer:
        for _ in range(size // 2**20):
            writer.write(bytes(2**20))
    return target.getvalue()


@BOTH
@pytest.mark.parametrize("compression", FORMATS)
def test_the_ratio_counts_from_a_size_on(unpack, compression):
    few = {"max_bytes": 2**30, "max_ratio": 10}
    assert len(unpack(zeros(RATIO_FROM_BYTES, compression), compression, few)) == RATIO_FROM_BYTES
    with pytest.raises(LimitError) as caught:
        unpack(zeros(RATIO_FROM_BYTES + 2**20, compression), compression, few)
    assert (caught.value.limit, caught.value.maximum) == ("max_ratio", 10)
    assert caught.value.actual > 10


BOMB_SCRIPT = """
import bz2, io, lzma, resource, sys, zlib
from onggi.errors import LimitError
from onggi.files.compression import require_package
from onggi.files.decompression import decompress, decompressing_reader

def drain(reader):
    while reader.read(2**20):
        pass

data, name = open(sys.argv[1], "rb").read(), sys.argv[2]
if name in ("zstd", "lz4"):
    require_package(name)
caps = {"max_bytes": 2**62, "max_ratio": 100}
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 220 * 2**20,) * 2)
for unpack in (
    lambda: decompress(data, name, **caps),
    lambda: drain(decompressing_reader(io.BytesIO(data), name, **caps)),
):
    try:
        unpack()
    except LimitError as error:
        print(error.limit)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc and RLIMIT_AS")
@pytest.mark.parametrize("compression", FORMATS)
def test_a_bomb_goes_off_in_little_memory(compression, tmp_path):
    """The ratio counts from 256 MiB on, and yet 220 MiB on top of the process are enough: nothing of it is kept."""
    path = tmp_path / "bomb"
    path.write_bytes(zeros(280 * 2**20, compression))
    assert path.stat().st_size < 4 * 2**20
    command = [sys.executable, "-c", BOMB_SCRIPT, str(path), compression]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=100)
    assert done.stdout == "max_ratio\nmax_ratio\n", done.stderr


PICKLED_ZEROS = b"\x80\x05" + b"\x96" + (70 * 2**20).to_bytes(8, "little")


@pytest.mark.parametrize("compression", FAST)
def test_an_honest_content_that_shrinks_a_thousandfold(compression):
    """It is unpacked twice; both times the same comes out."""
    content = PICKLED_ZEROS + bytes(70 * 2**20 - 3) + b"end."
    view = decompress(compress(content, compression, level=1), compression, max_opcode_ratio=1, **CAPS)
    assert view == content
    view[:2] = b"xy"


@pytest.mark.parametrize("length", [2**40, 2**63], ids=["large", "negative"])
@pytest.mark.parametrize("compression", FAST)
def test_what_an_opcode_announces_is_judged_before_it_comes_out(compression, length):
    compressed = compress(b"\x80\x05\x96" + length.to_bytes(8, "little") + bytes(70 * 2**20), compression, level=1)
    with pytest.raises(LimitError) as caught:
        decompress(compressed, compression, max_bytes=2**63, max_ratio=10_000)
    assert caught.value.limit == "max_ratio"
    with pytest.raises(LimitError) as caught:
        decompress(compressed, compression, max_bytes=2**30, max_ratio=10_000)
    assert caught.value.limit == "max_decompressed_bytes"


def test_opcodes_have_a_ratio_of_their_own():
    compressed = compress(b"\x80\x05" + b"N0" * (130 * 2**20), "zstd", level=1)
    with pytest.raises(LimitError, match="10 times its size of opcodes") as caught:
        decompress(compressed, "zstd", max_bytes=2**40, max_ratio=10**6, max_opcode_ratio=10)
    assert caught.value.limit == "max_opcode_ratio"
    assert len(decompress(compressed, "zstd", max_bytes=2**40, max_ratio=10**6)) == 2 + 260 * 2**20


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="reads /proc")
def test_memory_is_only_taken_where_the_content_is_not_zero():
    content = b"x" + bytes(200 * 2**20) + b"x"
    compressed = compress(content, "zstd", level=1)
    Path("/proc/self/clear_refs").write_text("5")
    before = _resident("VmRSS")
    view = decompress(compressed, "zstd", **CAPS)
    assert _resident("VmHWM") - before < 100 * 2**20
    assert (view[0], view[-1], len(view)) == (120, 120, len(content))


def _resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def forged(compression):
    """A tiny stream that says that it holds very much."""
    if compression == "gzip":
        whole = bytearray(compress(CONTENT, "gzip"))
        whole[-4:] = b"\xff\xff\xff\xff"
        return bytes(whole)
    if compression == "zstd":
        # Single segment, 8 bytes of content size: 2**61, then one empty last block.
        return b"\x28\xb5\x2f\xfd\xe0" + (2**61).to_bytes(8, "little") + b"\x01\x00\x00"
    lz4 = pytest.importorskip("lz4.frame")
    encoder = lz4.LZ4FrameCompressor()
    return encoder.begin(source_size=2**61) + b"\x00\x00\x00\x00"


@pytest.mark.parametrize("compression", ["gzip", "zstd", "lz4"])
def test_a_forged_size_takes_no_memory(compression):
    with pytest.raises((IntegrityError, MalformedError, LimitError, TruncatedError)):
        decompress(forged(compression), compression, max_bytes=2**62, max_ratio=2**62)


def test_a_dictionary_of_4_gib_is_refused():
    header = b"\x5d" + (2**32 - 1).to_bytes(4, "little") + b"\xff" * 8 + b"\x00" * 20
    with pytest.raises(LimitError, match="too much memory"):
        decompress(header, "lzma", **CAPS)
    window = b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + b"\x01\x00\x00"
    if sys.version_info < (3, 14):
        pytest.importorskip("backports.zstd")
    with pytest.raises(LimitError, match="too much memory"):
        decompress(window, "zstd", **CAPS)


def test_the_largest_usual_dictionary_is_allowed():
    compressed = lzma.compress(CONTENT, preset=9 | lzma.PRESET_EXTREME)
    assert decompress(compressed, "xz", **CAPS) == CONTENT


# --------------------------------------------------------------------------------------------------------------- reader


@pytest.mark.parametrize("compression", FORMATS)
def test_several_pickles_one_after_the_other(compression):
    values = [list(range(i)) for i in (0, 10, 5_000)] + ["end"]
    compressed = compress(b"".join(map(pickle.dumps, values)), compression)
    file = io.BytesIO(compressed)
    with decompressing_reader(file, compression, **CAPS) as reader:
        assert [pickle.load(reader) for _ in values] == values
        assert reader.read() == b""
    assert not file.closed


def test_lines_peeks_and_small_reads():
    reader = decompressing_reader(io.BytesIO(bz2.compress(b"a\nbc\nd")), "bz2", **CAPS)
    assert reader.readline() == b"a\n"
    assert reader.peek(1)[:1] == b"b"
    assert reader.read(2) == b"bc"
    buffer = bytearray(2)
    assert reader.readinto(buffer) == 2
    assert buffer == b"\nd"
    assert not reader.seekable()


def test_what_has_arrived_can_be_read_before_the_rest():
    """From a pipe whose writer waits."""
    encoder = zlib.compressobj()
    first = encoder.compress(b"first") + encoder.flush(zlib.Z_SYNC_FLUSH)
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb", buffering=0) as pipe:
        pipe.write(first)
        reader = decompressing_reader(source, "zlib", **CAPS)
        assert reader.read1(5) == b"first"
        pipe.write(encoder.compress(b"second") + encoder.flush())
        pipe.close()
        assert reader.read() == b"second"


@pytest.mark.skipif(sys.platform != "linux", reason="caps the memory of a process")
def test_memory_that_is_not_there_is_a_limit():
    """The head asks for a window of 264 MiB, which is allowed, in a process that has no room for it."""
    head = b"]\x00\x00\x80\x10" + b"\xff" * 8 + bytes(40)
    program = f"""
import resource
from onggi.errors import LimitError
from onggi.files.decompression import decompress
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20),) * 2)
try:
    decompress({head!r}, "lzma", max_bytes=1000, max_ratio=200)
except LimitError as error:
    print(error.hint)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "unpack it with the lzma command first" in done.stdout, done.stderr


def test_the_ratio_may_be_to_the_file_that_holds_all_layers():
    compressed = compress(bytes(260 * 2**20), "zstd", level=1)
    with pytest.raises(LimitError) as caught:
        decompress(compressed, "zstd", max_bytes=2**40, max_ratio=10**6, stored_bytes=100)
    assert caught.value.limit == "max_ratio"
    assert caught.value.actual >= 256 * 2**20 // 100
