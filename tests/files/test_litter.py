"""Temporary files of dead writers go away; all others stay."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.files.atomic import AtomicFile, save
from onggi.files.litter import STALE_AFTER_SECONDS, lock_temporary, sweep, temporary_name

STALE = ".x.0123456789abcdef.onggi-tmp"


def make(folder, name, *, age_seconds):
    path = folder / name
    path.write_bytes(b"abc")
    os.utime(path, (0, 1_000_000 - age_seconds))
    return path


def sweep_at(folder):
    return sweep(str(folder), now_seconds=1_000_000)


@given(name=st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=255))
def test_temporary_names_are_short_new_and_recognised(tmp_path_factory, name):
    first, second = temporary_name(name), temporary_name(name)
    assert first != second
    assert len(os.fsencode(first)) <= 143
    assert os.path.basename(first) == first
    folder = tmp_path_factory.mktemp("litter")
    make(folder, first, age_seconds=STALE_AFTER_SECONDS + 1)
    assert sweep_at(folder) == 1


def test_old_ones_go_and_young_ones_stay(tmp_path):
    old = make(tmp_path, STALE, age_seconds=STALE_AFTER_SECONDS + 1)
    young = make(tmp_path, STALE.replace("0", "1"), age_seconds=STALE_AFTER_SECONDS - 1)
    future = make(tmp_path, STALE.replace("0", "2"), age_seconds=-10_000)
    assert sweep_at(tmp_path) == 1
    assert not old.exists()
    assert young.exists()
    assert future.exists()


@pytest.mark.parametrize(
    "name",
    [
        "x.0123456789abcdef.onggi-tmp",
        ".x.0123456789abcde.onggi-tmp",
        ".x.0123456789ABCDEF.onggi-tmp",
        ".x.0123456789abcdef.onggi-tmp.pkl",
        ".x.0123456789abcdef.tmp",
        f".{'x' * 25}.0123456789abcdef.onggi-tmp",
        "x.pkl",
    ],
)
def test_other_names_stay(tmp_path, name):
    path = make(tmp_path, name, age_seconds=10_000_000)
    assert sweep_at(tmp_path) == 0
    assert path.exists()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
class TestWhatIsNotOurs:
    def test_one_that_a_writer_holds_stays(self, tmp_path):
        path = make(tmp_path, STALE, age_seconds=10_000_000)
        fd = os.open(path, os.O_RDONLY)
        assert lock_temporary(fd)
        assert sweep_at(tmp_path) == 0
        os.close(fd)
        assert sweep_at(tmp_path) == 1

    def test_links_folders_and_pipes_stay(self, tmp_path):
        target = make(tmp_path, "precious", age_seconds=10_000_000)
        names = [STALE.replace("0", digit) for digit in "123"]
        os.symlink(target, tmp_path / names[0])
        os.mkdir(tmp_path / names[1])
        os.mkfifo(tmp_path / names[2])
        for name in names:
            os.utime(tmp_path / name, (0, 0), follow_symlinks=False)
        assert sweep_at(tmp_path) == 0
        assert sorted(os.listdir(tmp_path)) == sorted([*names, "precious"])


def test_a_missing_folder_is_no_error(tmp_path):
    assert sweep_at(tmp_path / "missing") == 0


def test_a_save_sweeps_but_leaves_a_save_that_runs(tmp_path):
    make(tmp_path, STALE, age_seconds=1_000_000)
    with AtomicFile(tmp_path / "x") as running:
        running.write(bytes(100_000))
        (temporary,) = set(os.listdir(tmp_path))
        os.utime(tmp_path / temporary, (0, 0))
        assert sweep(str(tmp_path)) == (0 if os.name == "posix" else 1)
        save(tmp_path / "y", [b"abc"])
    assert sorted(os.listdir(tmp_path)) == ["x", "y"]
