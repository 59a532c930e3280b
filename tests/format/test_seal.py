"""The seal: what is packed is read back, from the end, and what does not fit is damage."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import FormatVersionError, IntegrityError
from onggi.format.seal import MAGIC, BufferRow, Seal, mac_input, pack_seal, read_seal, sealed_length

NUMBERS = st.integers(0, 2**64 - 1)
DIGESTS = st.binary(min_size=32, max_size=32)
ROWS = st.lists(st.builds(BufferRow, NUMBERS, NUMBERS, st.booleans(), DIGESTS), max_size=4).map(tuple)
MACS = st.just((b"", b"")) | st.tuples(st.binary(min_size=8, max_size=8), DIGESTS)
BODY = b"\x80\x05" + pickle.dumps([1, "two"], 5)[2:-1]
ROW = BufferRow(3, 4, True, b"r" * 32)


def sealed(rows=(), mac=(b"", b""), body=BODY, digest=b"d" * 32) -> bytes:
    length = sealed_length(len(body), len(rows), has_mac=bool(mac[1]))
    return body + pack_seal(Seal(len(body), length, digest, tuple(rows), *mac))


@given(rows=ROWS, mac=MACS, digest=DIGESTS, body=st.binary(max_size=50))
def test_round_trip(rows, mac, digest, body):
    data = sealed(rows, mac, body, digest)

    assert read_seal(memoryview(data)) == Seal(len(body), len(data), digest, rows, *mac)


@pytest.mark.parametrize("mac", [(b"", b""), (b"k" * 8, b"t" * 32)])
def test_a_plain_unpickler_ignores_it(mac):
    assert pickle.loads(sealed([ROW], mac)) == [1, "two"]


@pytest.mark.parametrize("data", [b"", b".", b"N.", bytes(33), bytes(100), pickle.dumps("x" * 500), MAGIC + b"."])
def test_other_pickles_have_none(data):
    assert read_seal(memoryview(data)) is None


def test_it_is_found_at_the_end_only():
    data = sealed()
    assert read_seal(memoryview(data + b"N")) is None
    assert read_seal(memoryview(data)[:-1]) is None


@pytest.mark.parametrize(("rows", "mac"), [((), (b"", b"")), ((ROW, ROW), (b"k" * 8, b"t" * 32))])
def test_no_flip_of_its_frame_goes_unseen(rows, mac):
    """What stands around rows, digest and MAC says how to read them: any flip there must be an error, or no seal."""
    data = sealed(rows, mac)
    whole = read_seal(memoryview(data))
    footer = len(data) - 34
    for at in [*range(len(BODY), len(BODY) + 5), *range(footer, len(data))]:
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            try:
                found = read_seal(memoryview(changed))
            except (IntegrityError, FormatVersionError):
                continue
            # Only the magic says that there is a seal; who has a label and no seal is damaged (`split`).
            assert found is None, (at, bit)
            assert footer <= at < footer + 8
    assert whole == read_seal(memoryview(data))


def test_any_flip_elsewhere_is_damage():
    data = sealed((ROW,), (b"k" * 8, b"t" * 32))
    for at in range(len(BODY) + 5, len(data) - 34):
        changed = bytearray(data)
        changed[at] ^= 0x10
        with pytest.raises(IntegrityError):
            read_seal(memoryview(changed))


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_a_pickle_of_another_length_does_not_fit(cut):
    data = sealed()
    for changed in (BODY[cut:] + data[len(BODY) :], b"N0" * cut + data):
        with pytest.raises(IntegrityError, match="does not fit"):
            read_seal(memoryview(changed))


def test_a_newer_version_is_named():
    data = bytearray(sealed())
    data[len(data) - 34 + 8] = 2
    with pytest.raises(FormatVersionError, match="format 2"):
        read_seal(memoryview(data))


@given(rows=ROWS, digest=DIGESTS, length=NUMBERS, other=st.tuples(ROWS, DIGESTS, NUMBERS))
def test_the_mac_is_made_over_everything(rows, digest, length, other):
    mine, theirs = mac_input(length, digest, rows), mac_input(other[2], other[1], other[0])

    assert (mine == theirs) == ((length, digest, rows) == (other[2], other[1], other[0]))


def test_a_count_that_the_payload_cannot_hold_is_damage():
    data = bytearray(sealed((ROW,)))
    at = len(data) - 34 + 12
    for count in (0, 2, 2**32 - 1):
        data[at : at + 4] = count.to_bytes(4, "little")
        with pytest.raises(IntegrityError):
            read_seal(memoryview(data))
