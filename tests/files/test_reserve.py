"""Room for a large file is reserved at once, where the file system is good at it, and never for a wrong length."""

from __future__ import annotations

import os
import sys

import pytest

from onggi.files.atomic import AtomicFile
from onggi.files.reserve import RESERVE_FROM_BYTES, _file_system, reserve

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
CONTENT = b"0123456789abcdef" * (RESERVE_FROM_BYTES // 16)


@linux_only
def test_the_kind_of_file_system_is_told(tmp_path):
    with open("/proc/self/stat", "rb") as file:
        assert _file_system(file.fileno()) == b"proc"
    with open(tmp_path / "x", "wb") as file:
        expected = {b"ext4", b"xfs"} if reserve(file.fileno(), RESERVE_FROM_BYTES) else {_file_system(file.fileno())}
        assert _file_system(file.fileno()) in expected


def test_little_is_not_reserved(tmp_path):
    with open(tmp_path / "x", "wb") as file:
        assert not reserve(file.fileno(), RESERVE_FROM_BYTES - 1)
        assert os.fstat(file.fileno()).st_size == 0


def test_what_there_is_no_room_for_changes_nothing(tmp_path):
    with open(tmp_path / "x", "wb") as file:
        assert not reserve(file.fileno(), 2**62)
        assert os.fstat(file.fileno()).st_size == 0


@pytest.mark.parametrize("expected", [0, 1, RESERVE_FROM_BYTES, 2 * RESERVE_FROM_BYTES, 2**62])
@pytest.mark.parametrize("length", [0, 3, len(CONTENT)], ids=["empty", "short", "long"])
def test_a_wrong_expectation_leaves_the_right_length(tmp_path, expected, length):
    path = tmp_path / "x"
    with AtomicFile(path, durable=False, expected_bytes=expected) as file:
        file.write(CONTENT[:length])
    assert path.read_bytes() == CONTENT[:length]
    assert os.stat(path).st_blocks * 512 <= length + 2**16


def test_a_failing_save_with_room_reserved_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    file = AtomicFile(path, expected_bytes=len(CONTENT))
    file.__enter__()
    file.write(CONTENT[:1_000])
    file.__exit__(ZeroDivisionError, None, None)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]
