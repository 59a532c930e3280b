"""The scan hops from opcode to opcode exactly as `pickletools` reads them, in both builds."""

from __future__ import annotations

import itertools
import pickle
import pickletools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import MalformedError, TruncatedError
from onggi.format import codes
from tests.builds import BUILDS, load_both, load_build

BIG = 1 << 62
SHARED = ["again"]
OBJECTS = [
    None,
    [1, 300, 70_000, -5, 2**40, 2**5_000, 1.5, True, "text", "e\xe9\n", b"bytes", bytearray(b"array")],
    {"a": (1, 2), "b": {1, 2}, "c": frozenset([7]), "d": [SHARED, SHARED]},
    [complex(1, 2), range(3), ValueError("x"), print, OSError],
    ["x" * 300, b"y" * 300, "x" * 70_000, b"y" * 70_000, bytearray(b"z" * 70_000)],
    list(range(3_000)),
]
PICKLES = [pickle.dumps(obj, protocol) for obj in OBJECTS for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]

SHORT = [data for data in PICKLES if len(data) < 500]


@pytest.fixture(params=BUILDS)
def scans(request):
    """The module in one build."""
    return load_build("onggi.format.scan", request.param)


def opcodes_of(data: bytes) -> list[tuple[pickletools.OpcodeInfo, int]]:
    return [(op, at) for op, _, at in pickletools.genops(data)]


@pytest.mark.parametrize("data", PICKLES, ids=range(len(PICKLES)))
def test_the_end_and_the_number_of_opcodes_are_those_of_pickletools(scans, data):
    stop, count, _ = scans.scan(b"#" * 3 + data + b"behind", 3, BIG)

    assert (stop - 3, count) == (len(data), len(opcodes_of(data)))


@pytest.mark.parametrize("threshold", [0, 1, 300, 65_536])
def test_payloads_are_found_where_pickletools_finds_them(scans, threshold):
    for data in PICKLES:
        assert scans.scan(data, 0, threshold)[2] == payloads_of(data, threshold)


def payloads_of(data: bytes, threshold: int) -> list[tuple[int, int, int, int]]:
    expected = []
    ops = [*opcodes_of(data), (None, len(data))]
    for (op, at), (_, after) in itertools.pairwise(ops):
        width = {"1": 1, "4": 4, "8": 8}.get(op.arg.name[-1] if op.arg else "")
        if op.name == "FRAME":
            expected.append((codes.FRAME, at, at + 9, 0))
        elif width and op.arg.n < -1 and op.arg.name[:-1] != "float":
            length = after - at - 1 - width
            if length >= threshold:
                expected.append((ord(op.code), at, at + 1 + width, length))
    return expected


def test_every_out_of_band_buffer_is_listed(scans):
    buffers = []
    data = pickle.dumps(
        [pickle.PickleBuffer(b"ro"), pickle.PickleBuffer(bytearray(b"rw"))], 5, buffer_callback=buffers.append
    )
    _, _, found = scans.scan(data, 0, BIG)
    places = [at for op, at in opcodes_of(data) if op.name == "NEXT_BUFFER"]

    assert [row for row in found if row[0] != codes.FRAME] == [(codes.NEXT_BUFFER, at, at + 1, 0) for at in places]
    assert len(places) == 2


@pytest.mark.parametrize("data", SHORT, ids=range(len(SHORT)))
def test_a_part_ends_at_the_first_opcode_that_is_not_all_there(scans, data):
    starts = [at for _, at in opcodes_of(data)]
    # The contents of a frame are announced by its opcode, so a part of them is a part of the frame.
    framed = next((at for op, at in opcodes_of(data) if op.name == "FRAME"), None)
    for cut in range(len(data)):
        pos, need, count, _ = scans.scan_part(data[:cut], 0, BIG)
        assert need != 0
        whole = [at for at, after in itertools.pairwise(starts) if after <= cut]
        if framed is not None and framed < cut < len(data):
            assert (pos, need > 0) == (framed, True)
            continue
        assert pos == (starts[len(whole)] if len(whole) < len(starts) else cut)
        assert count - len(whole) in (0, 1)
        with pytest.raises(TruncatedError):
            scans.scan(data[:cut], 0, BIG)


@pytest.mark.parametrize("data", PICKLES, ids=range(len(PICKLES)))
def test_what_is_needed_is_never_more_than_what_is_missing(scans, data):
    """Who reads a stream exactly as far as it is told ends exactly behind the STOP."""
    content, pos, need, asked = b"", 0, 1, 0
    rest = data + b"another pickle"
    while need:
        more = rest[: need if need > 0 else rest.index(b"\n") + 1]
        content, rest = content + more, rest[len(more) :]
        pos, need, _, _ = scans.scan_part(content, pos, BIG)
        asked += 1
        assert asked < 10_000
    assert content == data
    assert rest == b"another pickle"


def test_a_byte_that_is_no_opcode_is_malformed(scans):
    others = set(range(256)) - {ord(op.code) for op in pickletools.opcodes}
    assert len(others) == 188
    for code in others:
        with pytest.raises(MalformedError, match=f"0x{code:02X}") as caught:
            scans.scan(b"....N" + bytes([code]) + b".", 4, BIG)
        assert caught.value.offset == 1


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<cQ", b"\x96", 2**63) + b"x.",
        struct.pack("<cQ", b"\x8e", 2**64 - 1) + b"x.",
        struct.pack("<cQ", b"\x8d", 2**62) + b"x.",
        struct.pack("<cI", b"B", 2**32 - 1) + b"x.",
        struct.pack("<cQ", b"\x95", 2**64 - 1) + b"N.",
        struct.pack("<cQ", b"\x95", 3) + b"N.",
    ],
)
def test_a_length_beyond_the_end_is_truncated_and_allocates_nothing(scans, data):
    with pytest.raises(TruncatedError):
        scans.scan(data, 0, BIG)
    pos, need, _, _ = scans.scan_part(data, 0, BIG)
    assert (pos, need > 0) == (0, True)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (struct.pack("<cQ", b"\x95", 3) + b"K\x01J\x01\x00\x00\x00.", 12),
        (struct.pack("<cQ", b"\x95", 11) + struct.pack("<cQ", b"\x95", 1) + b"N0N.", 9),
        (struct.pack("<cQ", b"\x95", 1) + b"I12345\n.", 10),
    ],
)
def test_a_frame_that_an_opcode_crosses_is_malformed(scans, data, offset):
    with pytest.raises(MalformedError) as caught:
        scans.scan(b"##" + data, 2, BIG)
    assert caught.value.offset == offset


def test_frames_are_left_alone_where_they_are_not_asked_for(scans):
    data = struct.pack("<cQ", b"\x95", 3) + b"K\x01J\x01\x00\x00\x00."
    assert scans.scan_part(data, 0, BIG)[:3] == (len(data), 0, 4)
    assert scans.scan_part(data, 0, BIG)[3] == []


@pytest.mark.parametrize("view", [bytes, bytearray, memoryview])
def test_any_contiguous_bytes_can_be_scanned(scans, view):
    data = PICKLES[-1]
    assert scans.scan(view(data), 0, BIG)[0] == len(data)


def outcome(module, data, start, threshold):
    try:
        return module.scan_part(data, start, threshold, True)
    except MalformedError as error:
        return str(error), error.offset


@given(
    data=st.one_of(
        st.binary(max_size=60),
        st.builds(
            lambda data, edits: bytes(edits.get(at, byte) for at, byte in enumerate(data)),
            st.sampled_from([p for p in PICKLES if len(p) < 2_000]),
            st.dictionaries(st.integers(0, 200), st.integers(0, 255), max_size=3),
        ),
    ),
    start=st.integers(0, 3),
    threshold=st.sampled_from([0, 5, BIG]),
)
def test_both_builds_find_the_same(data, start, threshold):
    compiled, pure = load_both("onggi.format.scan")

    assert outcome(compiled, data, start, threshold) == outcome(pure, data, start, threshold)
