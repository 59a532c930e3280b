"""Layouts: the same pickle without frames, the label behind PROTO, and every buffer aligned and by reference."""

from __future__ import annotations

import pickle
import pickletools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.format.label import pack_label, read_label
from onggi.format.layout import ALIGNMENT_BYTES, lay_out

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
LABEL = pack_label({"user": "me"})
# A payload that starts like a pickle, or like a frame, must not be taken for one.
HEADS = [b"", b"\x80\x05\x95", b"\x95\x03\x00\x00\x00\x00\x00\x00\x00", b"\x97", b"N.", b"\x98\x97"]


def pickled(obj: object, protocol: int, *, out_of_band: bool = True) -> tuple[list, list[memoryview]]:
    """What CPython's pickler writes, piece by piece, and its buffers."""
    pieces: list = []
    buffers: list[memoryview] = []

    class File:
        write = staticmethod(pieces.append)

    keep = (lambda buffer: buffers.append(buffer.raw())) if out_of_band and protocol >= 5 else None
    pickle.Pickler(File, protocol, buffer_callback=keep).dump(obj)
    return pieces, buffers


def names(data: bytes) -> list[str]:
    return [op.name for op, _, _ in pickletools.genops(data)]


def joined(layout: object) -> bytes:
    return b"".join(layout.pieces)


BIG = st.builds(
    lambda kind, size, head: kind(head + b"x" * (size - len(head))),
    st.sampled_from([bytes, bytearray, lambda data: data.decode("latin-1")]),
    st.sampled_from([255, 256, 65_535, 65_536, 65_537, 100_000]),
    st.sampled_from(HEADS),
)
OBJECTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | BIG,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(obj=OBJECTS, protocol=st.sampled_from(PROTOCOLS), has_label=st.booleans())
def test_the_pickle_is_the_same_but_for_frames_and_label(obj, protocol, has_label):
    has_label = has_label and protocol >= 3
    layout = lay_out(pickled(obj, protocol)[0], [], LABEL if has_label else b"")
    data = joined(layout)

    assert pickle.loads(data) == obj
    assert layout.length == len(data)
    assert layout.places == []
    framed = names(pickle.dumps(obj, protocol))
    assert names(data) == framed[:1] + ["BINBYTES", "POP"] * has_label + framed[1:] if protocol < 4 else True
    assert "FRAME" not in names(data)
    assert read_label(data) == ({"onggi": 1, "user": "me"} if has_label else None)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_many_frames_are_taken_out(protocol):
    obj = [list(range(100_000)), "x" * 70_000, b"y" * 70_000, ("end",)]
    pieces, _ = pickled(obj, protocol)
    data = joined(lay_out(pieces, []))

    assert protocol < 4 or names(b"".join(pieces)).count("FRAME") > 3
    assert "FRAME" not in names(data)
    assert pickle.loads(data) == obj


def test_large_payloads_are_not_copied():
    payload, array = b"x" * 70_000, bytearray(b"y" * 70_000)
    layout = lay_out(pickled([payload, array, "end"], 5)[0], [])

    assert any(piece is payload for piece in layout.pieces)
    assert any(piece is array for piece in layout.pieces)


@pytest.mark.parametrize("with_label", [False, True])
def test_each_buffer_is_aligned_whatever_stands_before_it(with_label):
    for length in range(ALIGNMENT_BYTES + 1):
        writable, readonly = bytearray(b"rw" * 50), b"ro" * 60
        obj = ["x" * length, pickle.PickleBuffer(writable), pickle.PickleBuffer(readonly), "x" * length]
        pieces, buffers = pickled(obj, 5)
        layout = lay_out(pieces, buffers, LABEL if with_label else b"")
        data = joined(layout)

        assert [offset % ALIGNMENT_BYTES for _, offset, _ in layout.places] == [0, 0]
        assert [is_readonly for *_, is_readonly in layout.places] == [False, True]
        for (index, offset, _), content in zip(layout.places, (writable, readonly), strict=True):
            assert any(layout.pieces[index] is buffer for buffer in buffers)
            assert data[offset : offset + len(content)] == content
        loaded = pickle.loads(data)
        assert loaded == ["x" * length, writable, readonly, "x" * length]
        assert [type(item) for item in loaded] == [str, bytearray, bytes, str]
        assert len(data) == layout.length


@given(gaps=st.lists(st.integers(0, 130), max_size=4), sizes=st.lists(st.integers(0, 300), min_size=1, max_size=5))
def test_buffers_of_any_size_between_anything(gaps, sizes):
    parts: list = []
    for number, size in enumerate(sizes):
        parts += [b"g" * gap for gap in gaps] + [pickle.PickleBuffer(bytearray([number] * size))]
    pieces, buffers = pickled(parts, 5)
    layout = lay_out(pieces, buffers, LABEL)

    assert [offset % ALIGNMENT_BYTES for _, offset, _ in layout.places] == [0] * len(sizes)
    assert [bytes(item) for item in pickle.loads(joined(layout))] == [bytes(item) for item in parts]


def test_the_padding_takes_less_than_two_boundaries():
    for length in range(ALIGNMENT_BYTES):
        pieces, buffers = pickled(["x" * length, pickle.PickleBuffer(bytearray(10))], 5)
        padded = names(joined(lay_out(pieces, buffers)))
        plain = names(b"".join(pieces))
        added = padded.count("POP") - plain.count("POP")
        assert added <= ALIGNMENT_BYTES
        assert padded.count("NONE") + padded.count("BININT1") == added


def test_nothing_is_copied_where_there_is_nothing_to_do():
    pieces, _ = pickled({"a": 1}, 3)
    assert memoryview(lay_out(pieces, []).pieces[0]).obj is pieces[0]
