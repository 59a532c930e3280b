"""Large payloads: where guards make new opcodes of those that were read, they are not copied along."""

from __future__ import annotations

import decimal
import pickle
import tracemalloc
from collections import deque

import pytest

import onggi
from onggi.format.split import MIN_PAYLOAD_BYTES
from onggi.proof import Reader
from onggi.proof.rules import Use

SIZE = MIN_PAYLOAD_BYTES

PAYLOADS = [
    "a" * SIZE,
    b"b" * SIZE,
    bytearray(b"c" * SIZE),
    "\u00e9\ud800" * SIZE,
]


def guarded(*parts: object) -> list[object]:
    """A list with something that a guard fills, so that its opcodes are rewritten."""
    return [deque([1, 2], 5), *parts, decimal.Decimal("1.5"), deque([3])]


@pytest.mark.parametrize("protocol", range(6))
def test_payloads_come_back_beside_guards(protocol):
    obj = guarded("small", *PAYLOADS, "end")
    loaded = onggi.loads(pickle.dumps(obj, protocol))
    assert loaded == obj
    assert [type(part) for part in loaded] == [type(part) for part in obj]


def test_payloads_and_buffers_keep_their_order():
    buffers: list[pickle.PickleBuffer] = []
    parts = [
        PAYLOADS[0],
        pickle.PickleBuffer(b"1" * SIZE),
        PAYLOADS[1],
        pickle.PickleBuffer(bytearray(b"2")),
        b"x" * SIZE,
    ]
    data = pickle.dumps(guarded(*parts), 5, buffer_callback=buffers.append)
    loaded = onggi.loads(data, buffers=buffers)
    assert loaded[1] == PAYLOADS[0]
    assert bytes(loaded[2]) == b"1" * SIZE
    assert loaded[3] == PAYLOADS[1]
    assert bytes(loaded[4]) == b"2"
    assert loaded[5] == b"x" * SIZE


def test_python_2_strings_are_decoded_as_asked():
    data = b"\x80\x02]q\x00(T" + SIZE.to_bytes(4, "little") + b"\xe9" * SIZE + pickle.dumps(deque([1]), 2)[2:-1] + b"e."
    assert onggi.loads(data, encoding="latin1")[0] == "\u00e9" * SIZE
    assert onggi.loads(data, encoding="bytes")[0] == b"\xe9" * SIZE
    with pytest.raises(onggi.errors.MalformedError, match="encoding"):
        onggi.loads(data)


def test_what_is_cut_is_said_only_where_opcodes_are_rewritten():
    data = pickle.dumps(["a" * SIZE, b"b" * SIZE])
    assert Reader().read(data).cuts() == []
    proof = Reader().read(pickle.dumps(guarded("a" * SIZE, b"b" * SIZE)))
    assert proof.uses(0) & Use.CALL
    cuts = proof.cuts()
    assert [proof.opcodes[start:stop] for _, start, stop in cuts] == [b"a" * SIZE, b"b" * SIZE]
    assert len(proof.canonical()) < SIZE


def test_a_large_payload_is_copied_once():
    size = 8 * 2**20
    data = pickle.dumps(guarded(b"v" * size))
    tracemalloc.start()
    loaded = onggi.loads(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert loaded[1] == b"v" * size
    assert peak < 1.5 * size
