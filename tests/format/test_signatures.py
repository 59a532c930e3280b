"""The records of signatures: what is joined is split again, and nothing else is taken for one."""

from __future__ import annotations

import pickle
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import FormatVersionError, IntegrityError
from onggi.format.seal import BufferRow, Seal, mac_input, pack_seal, read_seal, sealed_length, with_signatures
from onggi.format.signatures import (
    ED25519,
    MAX_SIGNATURES,
    MAX_SIGNATURES_BYTES,
    SignatureRecord,
    join_signatures,
    split_signatures,
)

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
NUMBERS = st.integers(0, 2**64 - 1)
RECORDS = st.builds(
    SignatureRecord,
    st.binary(min_size=32, max_size=32),
    NAMES,
    NUMBERS,
    NUMBERS,
    st.binary(min_size=64, max_size=64),
    st.just(ED25519),
    st.just(b""),
)
STRANGE = st.builds(
    SignatureRecord,
    st.just(b""),
    st.just(""),
    st.just(0),
    st.just(0),
    st.just(b""),
    st.integers(2, 255),
    st.binary(min_size=1, max_size=300),
)
SOME = st.lists(RECORDS | STRANGE, max_size=5, unique_by=lambda one: one.public_key or one.body).map(tuple)
BODY = b"\x80\x05" + pickle.dumps([1, "two"], 5)[2:-1]
ROW = BufferRow(3, 4, True, b"r" * 32)
ONE = SignatureRecord(b"k" * 32, "models/churn.pkl", 7, 1_800_000_000, b"s" * 64)


def seal_with(*signatures, rows=(), mac=(b"i" * 8, b"t" * 32)) -> Seal:
    length = sealed_length(len(BODY), len(rows), has_mac=bool(mac[1]))
    return with_signatures(Seal(len(BODY), length, b"d" * 32, tuple(rows), *mac), signatures)


def area_of(*parts: bytes) -> bytes:
    return b"".join(struct.pack("<BBH", number, zero, len(body)) + body for number, zero, body in parts)


@given(records=SOME)
def test_round_trip(records):
    assert split_signatures(join_signatures(records), 0) == records


@given(records=SOME, rows=st.lists(st.just(ROW), max_size=2), mac=st.sampled_from([(b"", b""), (b"i" * 8, b"t" * 32)]))
def test_round_trip_in_a_seal(records, rows, mac):
    seal = seal_with(*records, rows=rows, mac=mac)
    data = BODY + pack_seal(seal)
    assert len(data) == seal.pickle_length
    assert read_seal(memoryview(data)) == seal
    assert pickle.loads(data) == [1, "two"]


@given(records=SOME)
def test_signatures_change_nothing_of_what_the_mac_is_made_over(records):
    signed, bare = seal_with(*records), seal_with()
    assert signed.unsigned_length == bare.pickle_length
    assert mac_input(signed.unsigned_length, signed.opcodes_digest, signed.buffers) == mac_input(
        bare.pickle_length, bare.opcodes_digest, bare.buffers
    )
    assert with_signatures(signed, ()) == bare


BODY_BYTES = 32 + 64 + 8 + 8
DAMAGED = {
    "cut in the head": join_signatures([ONE]) + b"\x01\x00",
    "cut in the body": join_signatures([ONE])[:-1],
    "a byte too many": join_signatures([ONE]) + b"\x00",
    "algorithm zero": area_of((0, 0, b"x" * 130)),
    "no zero": area_of((1, 9, b"x" * 130)),
    "empty body": area_of((7, 0, b"")),
    "body too long": area_of((7, 0, b"x" * 5_000)),
    "no name": area_of((1, 0, b"x" * BODY_BYTES)),
    "shorter than a signature": area_of((1, 0, b"x" * (BODY_BYTES - 1))),
    "name too long": area_of((1, 0, b"x" * (BODY_BYTES + 256))),
    "name is no UTF-8": area_of((1, 0, b"x" * BODY_BYTES + b"\xff")),
    "a key twice": join_signatures([ONE, ONE._replace(name="other")]),
    "too many": join_signatures(ONE._replace(public_key=bytes([n]) * 32) for n in range(MAX_SIGNATURES + 1)),
}


@pytest.mark.parametrize("area", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_records_are_an_error(area):
    with pytest.raises(IntegrityError):
        split_signatures(area, 0)


def test_as_many_as_there_may_be():
    records = tuple(ONE._replace(public_key=bytes([n]) * 32) for n in range(MAX_SIGNATURES))
    assert split_signatures(join_signatures(records), 0) == records


def _footer(data: bytearray, **fields) -> bytes:
    """Write other numbers into the footer, with a right check."""
    from zlib import crc32

    at = len(data) - 34
    names = ("magic", "version", "flags", "count", "pickle_length", "seal_length", "check")
    values = dict(zip(names, struct.unpack_from("<8sHHIQII", data, at), strict=True)) | fields
    struct.pack_into("<8sHHIQII", data, at, *values.values())
    start = len(data) - 2 - values["seal_length"]
    if start >= 0:
        struct.pack_into("<I", data, at + 28, crc32(data[start : at + 28]))
    return bytes(data)


@pytest.mark.parametrize("flags", [0, 1])
def test_a_flag_that_hides_signatures_is_damage(flags):
    """Whoever takes them for a MAC, or for nothing, finds that the length is another."""
    data = bytearray(BODY + pack_seal(seal_with(ONE)))
    with pytest.raises(IntegrityError):
        read_seal(memoryview(_footer(data, flags=flags)))


def test_a_flag_without_signatures_is_damage():
    data = bytearray(BODY + pack_seal(seal_with()))
    with pytest.raises(IntegrityError):
        read_seal(memoryview(_footer(data, flags=3)))


@pytest.mark.parametrize("flags", [4, 0x8003])
def test_an_unknown_part_is_of_a_newer_onggi(flags):
    data = bytearray(BODY + pack_seal(seal_with(ONE)))
    with pytest.raises(FormatVersionError):
        read_seal(memoryview(_footer(data, flags=flags)))


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**32 - 1])
def test_a_length_that_cannot_be(length):
    data = bytearray(BODY + pack_seal(seal_with(ONE)))
    with pytest.raises(IntegrityError):
        read_seal(memoryview(_footer(data, seal_length=length)))


def test_an_area_that_is_too_long():
    """The cap holds before a record is read."""
    body = b"x" * 4_096
    strange = tuple(SignatureRecord(b"", "", 0, 0, b"", 9, body + bytes([n])) for n in range(MAX_SIGNATURES))
    seal = seal_with(*strange)
    assert len(join_signatures(strange)) > MAX_SIGNATURES_BYTES
    with pytest.raises(IntegrityError):
        read_seal(memoryview(BODY + pack_seal(seal)))
