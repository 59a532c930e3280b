"""The label: a round trip, and what a damaged, a huge or a newer one ends in."""

from __future__ import annotations

import json
import pickle
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import FormatVersionError, MalformedError
from onggi.format.label import FORMAT_VERSION, MAX_LABEL_BYTES, has_label, pack_label, read_label

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CONTENT = st.dictionaries(st.text(max_size=8).filter(lambda key: key != "onggi"), JSON, max_size=5)


def pickled(label: bytes, value: object = 1) -> bytes:
    """A pickle of protocol 5 with this label."""
    return b"\x80\x05" + label + pickle.dumps(value, 5)[2:]


def labelled(text: bytes, declared: int | None = None) -> bytes:
    """A pickle whose label holds any bytes."""
    return pickled(b"B" + struct.pack("<I", len(text) if declared is None else declared) + text + b"0")


@given(content=CONTENT)
def test_round_trip(content):
    data = pickled(pack_label(content), "the object")

    assert has_label(data)
    assert read_label(data) == {"onggi": FORMAT_VERSION, **content}
    assert read_label(memoryview(b"before" + data), 6) == {"onggi": FORMAT_VERSION, **content}
    assert pickle.loads(data) == "the object"


def test_the_payload_is_ascii_json_that_starts_with_the_version():
    label = pack_label({"about": {"name": "옹기\n"}})

    assert label[0:1] == b"B"
    assert label[-1:] == b"0"
    assert label[5:-1].startswith(b'{"onggi":1,')
    assert label[5:-1].isascii()
    assert struct.unpack("<I", label[1:5])[0] == len(label) - 6


def test_what_json_does_not_know_is_refused():
    with pytest.raises(TypeError, match="complex"):
        pack_label({"user": {"where": 1 + 2j}})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\x80\x05",
        b"\x80\x05B",
        pickle.dumps([1, 2], 5),
        pickle.dumps(b'{"onggi":1}', 3),
        b"x" + labelled(b'{"onggi":1}')[1:],
        b"\x80\x05C\x00\x00\x00\x0b" + b'{"onggi":1}0N.',
        labelled(b'{ "onggi":1}'),
    ],
)
def test_other_pickles_have_no_label(data):
    assert not has_label(data)
    assert read_label(data) is None
    assert not has_label(b"ab" + data, 2)


@pytest.mark.parametrize(
    "text",
    [
        b'{"onggi":',
        b'{"onggi":1',
        b'{"onggi":1}}',
        b'{"onggi":"1"}',
        b'{"onggi":1.0}',
        b'{"onggi":null}',
        b'{"onggi":\xff}',
        b'{"onggi":1,"a":' + b"[" * 500_000 + b"]" * 500_000 + b"}",
        b'{"onggi":' + b"9" * 5_000 + b"}",
    ],
    ids=lambda text: str(len(text)),
)
def test_a_damaged_label_is_malformed(text):
    with pytest.raises(MalformedError) as caught:
        read_label(labelled(text))
    assert caught.value.offset == 7


@pytest.mark.parametrize("declared", [MAX_LABEL_BYTES + 1, 2**31, 2**32 - 1])
def test_a_label_is_not_read_beyond_what_is_there_or_allowed(declared):
    with pytest.raises(MalformedError, match="longer than a label"):
        read_label(labelled(b'{"onggi":1}' + bytes(MAX_LABEL_BYTES + 100), declared))


def test_a_label_that_ends_behind_the_end_is_malformed():
    data = labelled(b'{"onggi":1}')
    with pytest.raises(MalformedError):
        read_label(data[: data.index(b"}")])


def test_offsets_count_from_the_start_of_the_pickle():
    with pytest.raises(MalformedError) as caught:
        read_label(b"12345" + labelled(b'{"onggi":x}'), 5)
    assert caught.value.offset == 7


def test_a_newer_version_is_named():
    text = json.dumps({"onggi": FORMAT_VERSION + 1}, separators=(",", ":")).encode()
    with pytest.raises(FormatVersionError, match=f"format {FORMAT_VERSION + 1}") as caught:
        read_label(labelled(text))
    assert "pip install" in caught.value.hint


def test_a_label_has_a_greatest_size():
    room = MAX_LABEL_BYTES - len(pack_label({"user": ""})) + 6
    assert len(pack_label({"user": "x" * room})) == MAX_LABEL_BYTES + 6
    with pytest.raises(ValueError, match="the most is"):
        pack_label({"user": "x" * (room + 1)})
