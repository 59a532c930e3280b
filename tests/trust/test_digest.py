"""Digests and MACs: those of BLAKE3, the same however the bytes come in pieces, and bound to their purpose."""

from __future__ import annotations

import array
import os
import signal

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from onggi.trust.digest import DIGEST_BYTES, digest, keyed_mac, same

KEY = bytes(range(32))


def test_the_digest_of_nothing_is_that_of_the_specification():
    expected = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    assert digest().hex() == digest(b"").hex() == digest(b"", bytearray()).hex() == expected


@given(parts=st.lists(st.binary(max_size=300)))
def test_the_digest_of_parts_is_that_of_all(parts):
    assert digest(*parts) == blake3(b"".join(parts)).digest() == digest(*map(memoryview, parts))


@pytest.mark.parametrize("size", [8 * 2**20 - 1, 8 * 2**20, 20_000_001])
def test_threads_change_nothing(size):
    content = bytes(range(251)) * (size // 251) + bytes(size % 251)
    assert digest(content) == blake3(content).digest()
    mac = keyed_mac(KEY, b"context", content)
    assert mac == blake3(b"\x07" + bytes(7) + b"context" + content, key=KEY).digest()


def test_buffers_of_any_type_and_shape():
    numbers = array.array("d", range(100))
    assert digest(numbers) == digest(numbers.tobytes())
    assert digest(memoryview(bytes(24)).cast("B", (2, 3, 4))) == digest(bytes(24))
    assert keyed_mac(KEY, b"x", numbers) == keyed_mac(KEY, b"x", numbers.tobytes())
    numpy = pytest.importorskip("numpy")
    assert digest(numpy.empty((3, 0))) == digest(b"")
    with pytest.raises(TypeError):
        digest(numpy.arange(9)[::2])


@given(
    first=st.tuples(st.binary(max_size=4), st.binary(max_size=4)),
    second=st.tuples(st.binary(max_size=4), st.binary(max_size=4)),
)
def test_a_mac_holds_for_one_context_and_one_content(first, second):
    assert same(keyed_mac(KEY, *first), keyed_mac(KEY, *second)) == (first == second)


def test_a_mac_holds_for_one_key():
    mac = keyed_mac(KEY, b"context", b"data")
    assert len(mac) == DIGEST_BYTES
    assert mac != keyed_mac(bytes(32), b"context", b"data")
    assert mac != digest(b"contextdata")
    with pytest.raises(ValueError, match="32"):
        keyed_mac(b"short", b"", b"")


def test_same():
    assert same(b"abc", bytes(bytearray(b"abc")))
    assert not same(b"abc", b"abd")
    assert not same(b"abc", b"abcd")
    assert not same(b"abc", b"")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_can_digest_what_its_parent_did_with_threads():
    """The threads of BLAKE3 do not come along, and who waits for them waits for ever."""
    content = bytes(20_000_000)
    expected = digest(content)
    child = os.fork()
    if not child:
        signal.alarm(30)
        os._exit(0 if digest(content) == expected else 1)
    assert os.waitpid(child, 0)[1] == 0
