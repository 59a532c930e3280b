"""Split: a private copy of the opcodes, large payloads as views of the source, and what contradicts the seal."""

from __future__ import annotations

import pickle
import pickletools
import struct

import pytest

from onggi.errors import FormatVersionError, IntegrityError, MalformedError, TruncatedError
from onggi.format import codes
from onggi.format.label import pack_label
from onggi.format.layout import lay_out
from onggi.format.seal import BufferRow, Seal, pack_seal, read_seal, sealed_length
from onggi.format.split import MIN_BUFFER_BYTES, MIN_PAYLOAD_BYTES, split

numpy = pytest.importorskip("numpy")

SIZE = MIN_PAYLOAD_BYTES
PAYLOADS = {
    codes.BINUNICODE: b"X" + struct.pack("<I", SIZE),
    codes.BINUNICODE8: b"\x8d" + struct.pack("<Q", SIZE),
    codes.BINBYTES: b"B" + struct.pack("<I", SIZE),
    codes.BINBYTES8: b"\x8e" + struct.pack("<Q", SIZE),
    codes.BYTEARRAY8: b"\x96" + struct.pack("<Q", SIZE),
    codes.BINSTRING: b"T" + struct.pack("<i", SIZE),
}


def names(data: bytes) -> list[str]:
    return [op.name for op, _, _ in pickletools.genops(data)]


def sealed(buffers: list[bytes], *, before: str = "", label: bool = True, edit=lambda rows: rows) -> bytearray:
    """A pickle of `[before, *buffers]` with the buffers in the seal's table, and no true digests."""
    views: list[memoryview] = []
    pieces: list[bytes] = []

    class File:
        write = staticmethod(pieces.append)

    obj = [before, *map(pickle.PickleBuffer, buffers)]
    pickle.Pickler(File, 5, buffer_callback=lambda buffer: views.append(buffer.raw())).dump(obj)
    layout = lay_out(pieces, views, pack_label({}) if label else b"")
    body = b"".join(layout.pieces)[:-1]
    rows = tuple(
        BufferRow(offset, len(layout.pieces[index]), is_readonly, b"d" * 32)
        for index, offset, is_readonly in layout.places
    )
    rows = tuple(edit(rows))
    seal = Seal(len(body), sealed_length(len(body), len(rows), has_mac=False), b"o" * 32, rows)
    return bytearray(body + pack_seal(seal))


# ------------------------------------------------------------ what is cut out, and what not


@pytest.mark.parametrize("opcode", PAYLOADS, ids=lambda opcode: f"{opcode:#x}")
def test_a_large_payload_is_cut_out_without_a_copy(opcode):
    source = bytearray(b"#####" + b"\x80\x04" + PAYLOADS[opcode] + b"v" * SIZE + b"\x85.rest")
    cut = split(memoryview(source), 5)

    assert cut.opcodes == b"\x80\x04\x97\x85."
    assert cut.buffer_kinds == bytes([opcode])
    assert cut.payloads[0].row is None
    assert cut.stop == len(source) - 4
    source[5 + 2 + len(PAYLOADS[opcode])] = ord("w")
    assert bytes(cut.payloads[0].view[:3]) == b"wvv"
    assert len(cut.payloads[0].view) == SIZE


@pytest.mark.parametrize("opcode", PAYLOADS, ids=lambda opcode: f"{opcode:#x}")
def test_a_smaller_payload_stays(opcode):
    head = PAYLOADS[opcode][:1] + struct.pack("<I" if len(PAYLOADS[opcode]) == 5 else "<Q", SIZE - 1)
    source = b"\x80\x04" + head + b"v" * (SIZE - 1) + b"\x85."
    cut = split(source)

    assert cut.opcodes == source
    assert cut.payloads == []


def test_a_large_integer_stays():
    source = pickle.dumps(1 << 8 * (SIZE + 10), 4)
    cut = split(source)
    assert cut.payloads == []
    assert pickle.loads(cut.opcodes) == 1 << 8 * (SIZE + 10)


def test_long_text_stays_among_the_opcodes():
    source = pickle.dumps("x" * 2 * SIZE, 0)
    assert split(source).opcodes == source


@pytest.mark.parametrize("protocol", range(6))
def test_payloads_stand_in_the_order_of_the_bytes(protocol):
    obj = ["a" * SIZE, b"b" * SIZE, "small", bytearray(b"c" * SIZE), "d" * SIZE]
    source = pickle.dumps(obj, protocol)
    cut = split(memoryview(source))
    places = [source.find(bytes([part]) * 1000) for part in b"abcd"]

    assert "FRAME" not in names(cut.opcodes)
    starts = [source.index(bytes(payload.view[:500])) for payload in cut.payloads]
    assert starts == [at for at in places if any(at == start for start in starts)]
    assert len(starts) == (4 if protocol else 0)
    assert names(cut.opcodes).count("NEXT_BUFFER") == len(starts)


def test_frames_around_payloads_are_dropped():
    """CPython 3.4 to 3.6 write large payloads inside of their frames."""
    inside = b"]\x94(X" + struct.pack("<I", SIZE) + b"v" * SIZE + b"\x94K\x01e."
    source = b"\x80\x04\x95" + struct.pack("<Q", len(inside)) + inside
    assert len(pickle.loads(source)) == 2
    cut = split(memoryview(source))

    assert cut.opcodes == b"\x80\x04]\x94(\x97\x94K\x01e."
    assert cut.stop == len(source)


def test_true_out_of_band_buffers_have_no_view():
    source = pickle.dumps([pickle.PickleBuffer(b"x" * SIZE), "y" * SIZE], 5, buffer_callback=lambda buffer: None)
    cut = split(memoryview(source))

    assert [(payload.opcode, payload.view is None) for payload in cut.payloads] == [
        (codes.NEXT_BUFFER, True),
        (codes.BINUNICODE, False),
    ]


def test_bytes_are_taken_as_they_are():
    """Nobody can change them, so there is nothing to copy."""
    source = pickle.dumps(["a" * SIZE, b"b" * SIZE])
    cut = split(source)
    assert cut.opcodes is source
    assert (cut.payloads, cut.stop) == ([], None)


def test_a_short_pickle_is_copied_as_it_stands():
    source = b"..N.behind"
    assert split(source, 2).opcodes == b"N.behind"
    assert split(source, 2).stop is None
    array = bytearray(b"N.")
    cut = split(memoryview(array))
    array[0] = 0
    assert cut.opcodes == b"N."


@pytest.mark.parametrize(
    "make", [lambda: sealed([b"x" * SIZE] * 2), lambda: bytearray(pickle.dumps(["x" * SIZE, 1, "end"]))]
)
def test_who_writes_to_the_source_afterwards_changes_no_opcode(make):
    source = make()
    cut = split(memoryview(source))
    before = bytes(cut.opcodes)
    label = dict(cut.label or {})
    source[:] = bytes(len(source))

    assert cut.opcodes == before
    assert (cut.label or {}) == label
    assert type(cut.opcodes) is bytes


# ------------------------------------------------------------ sealed


def test_sealed_buffers_are_views_of_the_source():
    big, small = bytearray(b"rw" * MIN_BUFFER_BYTES), b"ro" * (MIN_BUFFER_BYTES // 2)
    source = sealed([big, small], before="text")
    cut = split(memoryview(source))

    assert [bytes(payload.view) for payload in cut.payloads] == [big, small]
    assert [payload.opcode for payload in cut.payloads] == [codes.NEXT_BUFFER] * 2
    assert [payload.row.is_readonly for payload in cut.payloads] == [False, True]
    whole = numpy.frombuffer(source, "u1")
    for payload in cut.payloads:
        assert numpy.shares_memory(numpy.frombuffer(payload.view, "u1"), whole)
    loaded = pickle.loads(cut.opcodes, buffers=[payload.view for payload in cut.payloads])
    assert loaded == ["text", big, small]
    assert loaded[2].readonly


def test_a_large_string_beside_sealed_buffers_is_cut_as_a_string():
    source = sealed([b"x" * MIN_BUFFER_BYTES], before="s" * SIZE)
    cut = split(source)
    assert [(payload.opcode, payload.row is None) for payload in cut.payloads] == [
        (codes.BINUNICODE, True),
        (codes.NEXT_BUFFER, False),
    ]


def test_what_is_digested_is_all_but_the_buffers():
    source = bytes(sealed([b"x" * SIZE, b"y" * MIN_BUFFER_BYTES], before="s" * SIZE))
    cut = split(source)
    expected = source[: cut.seal.start].replace(b"x" * SIZE, b"").replace(b"y" * MIN_BUFFER_BYTES, b"")

    assert b"".join(cut.digested) == expected


def test_frames_are_part_of_what_is_digested():
    """A seal says what the bytes were, so it holds for every one of them."""
    body = b"\x80\x05\x95" + struct.pack("<Q", 70_003) + b"K\x01X" + struct.pack("<I", 69_996) + b"v" * 69_996 + b"\x86"
    seal = Seal(len(body), sealed_length(len(body), 0, has_mac=False), b"o" * 32, ())
    cut = split(body + pack_seal(seal), looks_for_seal=True)
    assert b"".join(cut.digested) == body


def test_several_pickles_in_one_source():
    first, second = bytes(sealed([b"x" * SIZE])), bytes(sealed([b"y" * SIZE, b"z" * SIZE]))
    source = first + second
    one = split(source)
    two = split(source, one.stop)

    assert (one.stop, two.stop) == (len(first), len(source))
    assert bytes(two.payloads[1].view) == b"z" * SIZE
    assert two.seal == read_seal(memoryview(second))
    assert [len(cut.payloads) for cut in (one, two)] == [1, 2]


def test_label_and_seal_are_read():
    cut = split(sealed([]))
    assert cut.label == {"onggi": 1}
    assert cut.seal is not None
    assert split(pickle.dumps(1)).label is None


# ------------------------------------------------------------ what is damaged


def test_a_label_without_a_seal_is_damage():
    source = sealed([])
    cut = split(source)
    with pytest.raises(IntegrityError, match="label but no seal"):
        split(bytes(source[: cut.seal.start]) + b".")


@pytest.mark.parametrize("size", [0, 1, 10, 100, 50_000])
def test_a_pickle_that_is_cut_off_is_truncated(size):
    source = bytes(sealed([b"x" * SIZE]))
    whole = [source[: len(source) - 1], source[: min(size, len(source) - 1)]]
    for part in whole:
        try:
            split(part)
        except (TruncatedError, MalformedError):
            continue
        assert len(part) < 100, "only what is too short to show its label is left to the walker"


@pytest.mark.parametrize(
    "edit",
    [
        lambda rows: [BufferRow(rows[0].offset + 1, rows[0].length, False, rows[0].digest)],
        lambda rows: [BufferRow(rows[0].offset, rows[0].length - 1, False, rows[0].digest)],
        lambda rows: [BufferRow(rows[0].offset, rows[0].length + 1, False, rows[0].digest)],
        lambda rows: [BufferRow(2**64 - 1, rows[0].length, False, rows[0].digest)],
        lambda rows: [*rows, BufferRow(0, 0, False, bytes(32))],
        lambda rows: [*rows, BufferRow(rows[0].offset + rows[0].length, MIN_BUFFER_BYTES, False, bytes(32))],
    ],
)
def test_a_row_that_fits_no_payload_is_damage(edit):
    with pytest.raises(IntegrityError, match="the seal names a buffer"):
        split(sealed([bytearray(SIZE)], edit=edit))


@pytest.mark.parametrize("opcode", [codes.BINUNICODE, codes.BINSTRING, codes.LONG4])
def test_a_row_for_what_is_no_buffer_is_damage(opcode):
    """Else the pickle would hold a buffer where a plain unpickler sees a string or a number."""
    head = b"\x80\x05" + pack_label({}) + bytes([opcode]) + struct.pack("<I", SIZE)
    body = head + b"v" * SIZE
    row = BufferRow(len(head), SIZE, False, b"d" * 32)
    seal = Seal(len(body), sealed_length(len(body), 1, has_mac=False), b"o" * 32, (row,))
    with pytest.raises(IntegrityError):
        split(body + pack_seal(seal))


@pytest.mark.parametrize("buffer", [b"x" * SIZE, bytearray(SIZE)])
def test_a_row_that_says_otherwise_whether_the_buffer_is_read_only_is_damage(buffer):
    """BINBYTES8 is read-only and BYTEARRAY8 is not, for a plain unpickler; the row must say the same."""

    def turned(rows):
        return [BufferRow(row.offset, row.length, not row.is_readonly, row.digest) for row in rows]

    with pytest.raises(IntegrityError):
        split(sealed([buffer], edit=turned))


def test_a_newer_seal_is_named():
    source = sealed([])
    source[len(source) - 34 + 8] = 9
    with pytest.raises(FormatVersionError):
        split(source)
