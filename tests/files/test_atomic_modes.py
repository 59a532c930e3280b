"""Saves give the modes and owners that `open` would give."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from onggi.files.atomic import AtomicFile, save
from tests.saves import NEW, OLD, as_nobody, mode_of, names, posix_only, root_only, umask


@pytest.fixture
def shared_folder():
    """A folder that other users can reach, which `tmp_path` is not."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o777)
    yield Path(folder)
    shutil.rmtree(folder)


@posix_only
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o027, 0o077])
def test_a_new_file_gets_the_mode_that_open_gives(tmp_path, mask):
    with umask(mask):
        save(tmp_path / "x", [b"abc"])
        (tmp_path / "y").write_bytes(b"abc")
    assert mode_of(tmp_path / "x") == mode_of(tmp_path / "y") == 0o666 & ~mask


@posix_only
@pytest.mark.parametrize("mask", [0o000, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o777, 0o200])
def test_an_existing_file_keeps_its_mode(tmp_path, mask, mode):
    path = tmp_path / "x"
    path.write_bytes(OLD)
    path.chmod(mode)
    with umask(mask):
        save(path, [b"abc"])
    assert mode_of(path) == mode


@posix_only
def test_a_mode_that_is_asked_for_goes_before_all(tmp_path):
    path = tmp_path / "x"
    with umask(0o077):
        save(path, [b"abc"], mode=0o644)
        assert mode_of(path) == 0o644
        save(path, [b"abc"], mode=0o600)
        assert mode_of(path) == 0o600


@posix_only
def test_nobody_reads_along_before_the_mode_is_right(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(OLD)
    path.chmod(0o666)
    with umask(0), AtomicFile(path) as file:
        file.write(NEW)
        (temporary,) = set(names(tmp_path)) - {"x"}
        assert mode_of(tmp_path / temporary) == 0o600


@root_only
def test_root_keeps_the_owner_and_the_group(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(OLD)
    os.chown(path, 65534, 12345)
    path.chmod(0o640)
    save(path, [b"abc"])
    status = path.stat()
    assert (status.st_uid, status.st_gid, mode_of(path)) == (65534, 12345, 0o640)


@root_only
def test_a_group_that_can_not_be_kept_gives_no_rights_to_another(shared_folder):
    path = shared_folder / "x"
    path.write_bytes(OLD)
    os.chown(path, 65534, 12345)
    path.chmod(0o664)
    with as_nobody():
        save(path, [b"abc"])
    status = path.stat()
    assert (status.st_uid, status.st_gid, mode_of(path)) == (65534, 65534, 0o644)


@root_only
def test_a_file_without_write_permission_is_refused_as_open_does(shared_folder):
    path = shared_folder / "x"
    path.write_bytes(OLD)
    path.chmod(0o444)
    with as_nobody():
        with pytest.raises(PermissionError):
            path.write_bytes(b"abc")
        with pytest.raises(PermissionError) as caught:
            save(path, [b"abc"])
    assert caught.value.filename == str(path)
    assert path.read_bytes() == OLD


@root_only
def test_a_folder_without_write_permission_is_named(shared_folder):
    path = shared_folder / "x"
    path.write_bytes(OLD)
    path.chmod(0o666)
    shared_folder.chmod(0o755)
    with as_nobody(), pytest.raises(PermissionError) as caught:
        save(path, [b"abc"])
    assert caught.value.filename == str(path)
    assert str(shared_folder) in caught.value.__notes__[0]
    assert path.read_bytes() == OLD


@root_only
def test_a_folder_that_can_not_be_synced_shows_before_anything_changed(shared_folder):
    path = shared_folder / "x"
    path.write_bytes(OLD)
    path.chmod(0o666)
    shared_folder.chmod(0o733)
    with as_nobody():
        with pytest.raises(PermissionError):
            save(path, [b"abc"])
        assert path.read_bytes() == OLD
        save(path, [b"abc"], durable=False)
    assert path.read_bytes() == b"abc"
