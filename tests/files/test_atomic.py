"""Saves: what is written, and where: paths, links and devices as `open` would take them."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.files.atomic import AtomicFile, save
from tests.saves import ENVIRONMENT, NEW, OLD, names, posix_only, run


@given(chunks=st.lists(st.binary(max_size=200_000), max_size=20), durable=st.just(False))
def test_saves_the_chunks_one_after_the_other(tmp_path_factory, chunks, durable):
    path = tmp_path_factory.mktemp("save") / "x.pkl"
    assert save(path, iter(chunks), durable=durable) == sum(map(len, chunks))
    assert path.read_bytes() == b"".join(chunks)
    assert names(path.parent) == ["x.pkl"]


def test_takes_bytes_memoryviews_and_typed_buffers(tmp_path):
    import array

    path = tmp_path / "x"
    numbers = array.array("d", range(50_000))
    chunks = [b"a", bytearray(b"bc"), memoryview(b"def"), numbers, memoryview(b""), array.array("d")]
    save(path, chunks)
    assert path.read_bytes() == b"abcdef" + numbers.tobytes()


def test_a_small_buffer_may_be_changed_after_it_was_written(tmp_path):
    buffer = bytearray(b"abc")
    with AtomicFile(tmp_path / "x") as file:
        file.write(buffer)
        buffer[:] = b"xyz"
        file.write(buffer)
    assert (tmp_path / "x").read_bytes() == b"abcxyz"


def test_more_buffers_than_one_system_call_takes(tmp_path):
    pieces = [bytes([i % 251]) * 41 for i in range(5_000)]
    with AtomicFile(tmp_path / "x") as file:
        assert file.writev(pieces) == 41 * 5_000
        assert file.written_bytes == 41 * 5_000
    assert (tmp_path / "x").read_bytes() == b"".join(pieces)


def test_several_small_buffers_at_once(tmp_path):
    with AtomicFile(tmp_path / "x") as file:
        assert file.writev([b"a", bytearray(b"bc"), memoryview(b"def")]) == 6
        assert file.writev([]) == 0
        assert file.writev([b"g", NEW, b"h"]) == len(NEW) + 2
    assert (tmp_path / "x").read_bytes() == b"abcdefg" + NEW + b"h"


def test_a_buffer_with_gaps_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(OLD)
    with pytest.raises(TypeError):
        save(path, [NEW, memoryview(NEW)[::2]])
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["x"]


def test_progress_adds_up(tmp_path):
    counts = []
    save(tmp_path / "x", [NEW, b"abc", NEW], on_progress=counts.append)
    assert sum(counts) == 2 * len(NEW) + 3


def test_paths_of_all_kinds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save("a", [b"1"])
    save(b"b", [b"2"])
    save(Path("c"), [b"3"])
    long = "ü" * 120 + ".pkl"
    save(long, [b"4"])
    save("with\nnewline", [b"5"])
    assert names(tmp_path) == sorted(["a", "b", "c", long, "with\nnewline"])


def test_the_working_folder_may_change_meanwhile(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with AtomicFile("x") as file:
        file.write(b"abc")
        monkeypatch.chdir(tmp_path / "elsewhere")
    assert (tmp_path / "x").read_bytes() == b"abc"


def test_a_file_can_be_used_again_but_not_outside_or_twice(tmp_path):
    file = AtomicFile(tmp_path / "x")
    with pytest.raises(ValueError, match="with"):
        file.write(b"abc")
    for content in (b"1", b"22"):
        with file:
            file.write(content)
            with pytest.raises(RuntimeError), file:
                pass
        assert (tmp_path / "x").read_bytes() == content


# ---------------------------------------------------------------------------------------- links, folders, devices


@posix_only
class TestLinks:
    def test_the_file_changes_and_the_link_stays(self, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "links").mkdir()
        file = tmp_path / "data" / "x"
        file.write_bytes(OLD)
        link = tmp_path / "links" / "x"
        link.symlink_to("../data/x")
        hop = tmp_path / "hop"
        hop.symlink_to(link)
        save(hop, [NEW])
        assert hop.is_symlink()
        assert link.is_symlink()
        assert not file.is_symlink()
        assert file.read_bytes() == NEW
        assert names(tmp_path / "links") == names(tmp_path / "data") == ["x"]

    def test_a_link_to_nothing_makes_its_target(self, tmp_path):
        (tmp_path / "data").mkdir()
        link = tmp_path / "link"
        link.symlink_to("data/x")
        save(link, [NEW])
        assert link.is_symlink()
        assert (tmp_path / "data" / "x").read_bytes() == NEW

    def test_a_link_into_a_missing_folder(self, tmp_path):
        link = tmp_path / "link"
        link.symlink_to("data/x")
        with pytest.raises(FileNotFoundError):
            save(link, [NEW])
        assert names(tmp_path) == ["link"]

    def test_links_in_a_circle(self, tmp_path):
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(OSError, match="symbolic links") as caught:
            save(tmp_path / "a", [NEW])
        assert caught.value.errno == errno.ELOOP
        assert names(tmp_path) == ["a", "b"]

    def test_a_linked_folder(self, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "link").symlink_to("data")
        save(tmp_path / "link" / "x", [NEW])
        assert (tmp_path / "data" / "x").read_bytes() == NEW
        with pytest.raises(IsADirectoryError):
            save(tmp_path / "link", [NEW])

    def test_other_hard_links_keep_the_old_content(self, tmp_path):
        (tmp_path / "a").write_bytes(OLD)
        os.link(tmp_path / "a", tmp_path / "b")
        save(tmp_path / "a", [NEW])
        assert (tmp_path / "b").read_bytes() == OLD


@pytest.mark.parametrize("spelled", [".", "..", "folder", "folder/", "folder/.", "new/"])
def test_a_folder_is_no_file(tmp_path, monkeypatch, spelled):
    monkeypatch.chdir(tmp_path)
    os.mkdir("folder")
    with pytest.raises(IsADirectoryError) as caught:
        save(spelled, [NEW])
    assert caught.value.filename == spelled
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize(
    ("spelled", "error"), [("", FileNotFoundError), ("no/x", FileNotFoundError), ("a\0b", ValueError)]
)
def test_paths_that_can_not_be(tmp_path, monkeypatch, spelled, error):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        save(spelled, [NEW])
    assert names(tmp_path) == []


def test_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(NotADirectoryError):
        save(tmp_path / "file" / "x", [NEW])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    assert save(pipe, [NEW, b"abc"]) == len(NEW) + 3
    reader.join()
    assert got == [NEW + b"abc"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names(tmp_path) == ["pipe"]


@posix_only
def test_devices_are_written_to():
    assert save("/dev/null", [NEW]) == len(NEW)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device():
    with pytest.raises(OSError, match="/dev/full") as caught:
        save("/dev/full", [b"abc"])
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="needs /dev/stdout")
def test_standard_output_as_a_pipe_and_as_a_file(tmp_path):
    script = "from onggi.files.atomic import save; save('/dev/stdout', [b'abc' * 100_000])"
    assert run(script).stdout == "abc" * 100_000
    with open(tmp_path / "out", "wb") as out:
        subprocess.run([sys.executable, "-c", script], stdout=out, env=ENVIRONMENT, check=True, timeout=60)
        assert os.fstat(out.fileno()).st_size == 300_000
    assert names(tmp_path) == ["out"]
