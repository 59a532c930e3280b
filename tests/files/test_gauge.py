"""What comes out of a compressed stream is told apart while it comes: payloads that were announced, and opcodes."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.files.gauge import Gauge

LARGE = 2**15


def gauge_of(content, size):
    gauge = Gauge()
    for start in range(0, len(content), size):
        gauge.add(content[start : start + size])
    return gauge


values = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(value=values, protocol=st.integers(0, 5), size=st.integers(1, 500))
def test_small_values_are_all_opcodes(value, protocol, size):
    content = pickle.dumps(value, protocol)
    gauge = gauge_of(content, size)
    assert gauge.awaited_bytes == 0
    assert 0 <= gauge.opcode_bytes <= len(content)
    assert gauge_of(content, len(content)).opcode_bytes == len(content)


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("size", [1, 7, 1_000, LARGE, 10**6])
@pytest.mark.parametrize("kind", [bytes, bytearray, lambda count: "x" * count], ids=["bytes", "bytearray", "str"])
def test_large_payloads_are_no_opcodes(kind, size, protocol):
    if kind in (bytes, bytearray) and protocol < (3 if kind is bytes else 5):
        pytest.skip("written as a call on text")
    content = pickle.dumps([1, kind(3 * LARGE), "a", kind(4 * LARGE)], protocol)
    gauge = gauge_of(content, size)
    assert gauge.opcode_bytes == pytest.approx(len(content) - 7 * LARGE, abs=2 * 10)
    assert gauge.awaited_bytes == 0


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("size", [100, 5_000, 10**6])
def test_many_opcodes_with_frames(size, protocol):
    content = pickle.dumps([{"number": i, "name": f"name {i}"} for i in range(20_000)], protocol)
    gauge = gauge_of(content, size)
    assert gauge.opcode_bytes == pytest.approx(len(content), rel=0.3)
    large = pickle.dumps(bytes(LARGE), 4)
    gauge = gauge_of(content + large, size)
    assert gauge.opcode_bytes < len(content) + 100


def test_what_is_announced_is_seen_at_once():
    gauge = Gauge()
    gauge.add(b"\x80\x05\x8e" + (2**40).to_bytes(8, "little") + b"abc")
    assert gauge.awaited_bytes == 2**40 - 3
    gauge.add(bytes(1_000))
    assert gauge.awaited_bytes == 2**40 - 1_003
    assert gauge.opcode_bytes == 2


@pytest.mark.parametrize(
    "content",
    [
        b"no pickle" * 1_000,
        b"\x1f\x8b\x08" + bytes(10_000),
        b"." * 10_000,
        b"I" + b"1" * 10_000,
        b"c" + b"a" * 5_000 + b"\n" + b"b" * 5_000,
        (b"\x95" + b"\xff" * 7 + b"\x0f") * 2_000,
    ],
    ids=["text", "gzip", "ends", "line", "lines", "frames"],
)
def test_what_announces_nothing_is_all_opcodes(content):
    gauge = gauge_of(content, 1_000)
    assert gauge.opcode_bytes == len(content)
    assert gauge.awaited_bytes == 0
    assert len(gauge._rest) < 20


def test_lines_of_any_length_are_followed():
    content = b"c" + b"a" * 3_000 + b"\n" + b"b" * 3_000 + b"\nI" + b"1" * 3_000 + b"\nB" + LARGE.to_bytes(4, "little")
    gauge = gauge_of(content + bytes(LARGE), 1_000)
    assert gauge.opcode_bytes == pytest.approx(len(content), abs=10)
