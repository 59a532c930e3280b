"""Buffers written as they lie in memory."""

from __future__ import annotations

import array
import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.files.gather import flat, write_fully


def test_flat_counts_bytes_of_any_contiguous_buffer():
    assert flat(array.array("d", [1.5, 2.5])).nbytes == len(flat(array.array("d", [1.5, 2.5]))) == 16
    assert bytes(flat(memoryview(b"abcdef").cast("B", (2, 3)))) == b"abcdef"
    assert bytes(flat(pickle.PickleBuffer(bytearray(b"abc")))) == b"abc"
    assert len(flat(memoryview(b"").cast("d"))) == 0


def test_flat_is_no_copy():
    content = bytearray(b"abc")
    view = flat(content)
    content[0] = 120
    assert bytes(view) == b"xbc"


def test_flat_takes_arrays_without_elements():
    numpy = pytest.importorskip("numpy")
    assert len(flat(numpy.empty((3, 0, 2)))) == 0
    assert len(flat(numpy.ones((3, 2)))) == 48


@pytest.mark.parametrize("make", ["fortran", "gaps", "reversed"])
def test_flat_refuses_what_is_not_in_one_piece(make):
    numpy = pytest.importorskip("numpy")
    square = numpy.arange(9.0).reshape(3, 3)
    view = {"fortran": square.T, "gaps": square[:, ::2], "reversed": square[::-1]}[make]
    with pytest.raises(TypeError):
        flat(view)


@given(sizes=st.lists(st.integers(0, 3_000), max_size=40))
def test_writes_through_a_pipe_that_takes_parts(sizes):
    """A non-empty pipe takes what fits; the rest follows."""
    import threading

    pieces = [bytes([i % 251]) * size for i, size in enumerate(sizes)]
    reading, writing = os.pipe()
    got = []
    with open(reading, "rb") as reader:
        thread = threading.Thread(target=lambda: got.append(reader.read()))
        thread.start()
        assert write_fully(writing, pieces) == sum(sizes)
        os.close(writing)
        thread.join()
    assert got == [b"".join(pieces)]


def test_reports_progress_as_it_goes(tmp_path):
    fd = os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT)
    counts = []
    half = bytes(40 * 2**20)
    write_fully(fd, [half, half], counts.append)
    os.close(fd)
    assert sum(counts) == 2 * len(half)
    assert max(counts) <= 64 * 2**20
    assert len(counts) == 2


def test_a_closed_pipe_is_an_error():
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        write_fully(writing, [b"abc"])
    os.close(writing)
