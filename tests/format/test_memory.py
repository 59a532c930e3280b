"""The uncompiled number arrays and byte access keep the contract that `memory.pxd` keeps in C."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.format import memory


def test_an_array_starts_empty_grows_with_zeros_and_keeps_its_numbers():
    numbers = memory.empty()
    assert not numbers
    grown = memory.grow(numbers, 2)
    grown[1] = 7
    again = memory.grow(grown, 5)
    assert list(again) == [0, 7, 0, 0, 0]
    memory.release(again)
    assert not again


@given(data=st.binary(max_size=40), start=st.integers(0, 45), stop=st.integers(0, 45))
def test_find_newline(data, start, stop):
    expected = data.find(b"\n", start, stop) if start < stop else -1

    assert memory.find_newline(data, start, stop) == expected
    stop = min(stop, len(data))
    assert memory.find_newline(memoryview(data), start, stop) == (data.find(b"\n", start, stop) if start < stop else -1)


@pytest.mark.parametrize("at", [0, 1023, 1024, 1025, 5000])
def test_find_newline_far_in_a_view(at):
    data = bytearray(6000)
    data[at] = 10
    assert memory.find_newline(memoryview(data), 0, len(data)) == at
    assert memory.find_newline(memoryview(data), at + 1, len(data)) == -1
    assert memory.find_newline(memoryview(data), 0, at) == -1


def test_bytes_of_gives_the_byte_at_an_index():
    for view in (b"\x00\xff", memoryview(b"\x00\xff")):
        assert [memory.bytes_of(view)[index] for index in range(2)] == [0, 255]
