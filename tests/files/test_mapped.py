"""Files as one view: mapped or read, and unchanged while they are."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import onggi
from onggi.errors import IntegrityError, LimitError
from onggi.files.atomic import save
from onggi.files.mapped import MAP_FROM_BYTES, copy_out, open_source, read_stream
from onggi.files.memory import private_memory

MODES = ["c", "r", "copy"]
BIG = bytes(range(256)) * 20_000
SMALL = b"small content"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parent.parent)}


@pytest.fixture(params=[SMALL, BIG], ids=["small", "big"])
def path(request, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(request.param)
    return path


def descriptors():
    return len(os.listdir("/proc/self/fd"))


# -------------------------------------------------------------------------------------------------------------- views


@pytest.mark.parametrize("mode", MODES)
@given(size=st.one_of(st.integers(0, 100), st.integers(MAP_FROM_BYTES - 2, MAP_FROM_BYTES + 2)))
def test_shows_all_bytes(tmp_path_factory, mode, size):
    content = os.urandom(size)
    path = tmp_path_factory.mktemp("mapped") / "x"
    path.write_bytes(content)
    with open_source(path, mode=mode) as source:
        assert source.view == content
        assert source.size_bytes == size
        assert source.view.format == "B"
        assert source.view.contiguous
        assert source.is_mapped == (mode != "copy" and size >= MAP_FROM_BYTES)
        source.check_unchanged()


@pytest.mark.parametrize("mode", ["c", "copy"])
def test_what_is_written_to_the_view_never_reaches_the_file(path, mode):
    content = path.read_bytes()
    with open_source(path, mode=mode) as source:
        source.view[:5] = b"other"
        assert bytes(source.view[:5]) == b"other"
        source.check_unchanged()
    assert path.read_bytes() == content


def test_a_read_only_view(path):
    with open_source(path, mode="r") as source:
        assert source.view.readonly
        with pytest.raises(TypeError):
            source.view[0] = 1


@pytest.mark.parametrize("mode", MODES)
def test_the_view_outlives_the_source(path, mode):
    content = path.read_bytes()
    source = open_source(path, mode=mode)
    part = source.view[3:]
    source.close()
    source.close()
    del source
    gc.collect()
    path.unlink()
    assert part == content[3:]


def test_an_array_keeps_the_map_alive_and_its_end_frees_it(tmp_path):
    numpy = pytest.importorskip("numpy")
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("needs /proc")
    path = tmp_path / "a rather special name"
    path.write_bytes(BIG)
    with open_source(path) as source:
        array = numpy.frombuffer(source.view, dtype="u1")
    del source
    array[0] = 7
    assert str(path) in Path("/proc/self/maps").read_text()
    assert array[:3].tolist() == [7, 1, 2]
    del array
    gc.collect()
    assert str(path) not in Path("/proc/self/maps").read_text()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_no_descriptor_is_left_when_the_last_view_is_gone(path):
    before = descriptors()
    for mode in MODES:
        source = open_source(path, mode=mode)
        view = source.view
        del source
        assert descriptors() <= before + 1
        assert view[0] is not None
        del view
    with pytest.raises(FileNotFoundError):
        open_source(path.parent / "missing")
    assert descriptors() == before


def test_the_lower_bound_for_maps_can_be_moved(path):
    with open_source(path, map_from_bytes=1) as source:
        assert source.is_mapped
        assert source.view == path.read_bytes()
    with open_source(path, map_from_bytes=2**40) as source:
        assert not source.is_mapped


@pytest.mark.skipif(sys.platform != "linux", reason="needs sparse files and Linux's overcommit")
def test_a_file_larger_than_all_memory_can_be_mapped_and_changed(tmp_path):
    path = tmp_path / "x"
    size = 2**40
    try:
        with open(path, "wb") as file:
            file.truncate(size)
    except OSError:
        pytest.skip("no file can be so large here")
    if Path("/proc/sys/vm/overcommit_memory").read_text().strip() == "2":
        pytest.skip("this system promises no more memory than it has")
    with open_source(path) as source:
        assert source.is_mapped
        assert source.size_bytes == size
        source.view[size // 2] = 7
        assert source.view[size // 2] == 7


# ------------------------------------------------------------------------------------------------------- other writers


@pytest.mark.parametrize("mode", MODES)
def test_a_file_that_is_replaced_counts_as_unchanged(path, mode):
    content = path.read_bytes()
    with open_source(path, mode=mode) as source:
        save(path, [b"another"])
        source.check_unchanged()
        assert source.view == content


@pytest.mark.parametrize("mode", MODES)
def test_a_file_that_is_written_into_is_noticed(path, mode):
    os.utime(path, (1, 1))
    with open_source(path, mode=mode) as source:
        with open(path, "r+b") as file:
            file.write(b"X")
        with pytest.raises(IntegrityError, match="wrote into") as caught:
            source.check_unchanged()
        assert caught.value.source == str(path)


@pytest.mark.parametrize("mode", MODES)
def test_a_file_that_grew_is_noticed(path, mode):
    with open_source(path, mode=mode) as source:
        with open(path, "ab") as file:
            file.write(b"X")
        with pytest.raises(IntegrityError):
            source.check_unchanged()


# -------------------------------------------------------------------------------------------- pipes, devices and such


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
class TestPipes:
    @pytest.fixture
    def pipe(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        return pipe

    def feed(self, pipe, content):
        def write():
            with contextlib.suppress(BrokenPipeError):
                pipe.write_bytes(content)

        thread = threading.Thread(target=write)
        thread.start()
        return thread

    @pytest.mark.parametrize("mode", MODES)
    def test_is_read_to_its_end(self, pipe, mode):
        thread = self.feed(pipe, BIG)
        with open_source(pipe, mode=mode) as source:
            assert source.view == BIG
            assert source.view.readonly == (mode == "r")
            assert not source.is_mapped
            source.check_unchanged()
        thread.join()

    def test_is_read_up_to_a_bound(self, pipe):
        thread = self.feed(pipe, BIG)
        with pytest.raises(LimitError) as caught:
            open_source(pipe, max_source_bytes=len(BIG) - 1)
        assert (caught.value.limit, caught.value.maximum) == ("max_source_bytes", len(BIG) - 1)
        thread.join()

    def test_as_much_as_the_bound_is_allowed(self, pipe):
        thread = self.feed(pipe, BIG)
        with open_source(pipe, max_source_bytes=len(BIG)) as source:
            assert source.view == BIG
        thread.join()


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_an_endless_device_ends_at_the_bound():
    with pytest.raises(LimitError):
        open_source("/dev/zero", max_source_bytes=5_000_000)


def test_standard_input():
    if not os.path.exists("/dev/stdin"):
        pytest.skip("needs /dev/stdin")
    script = "from onggi.files.mapped import open_source; print(len(open_source('/dev/stdin').view))"
    done = subprocess.run(
        [sys.executable, "-c", script], input=BIG, capture_output=True, env=ENVIRONMENT, check=True, timeout=60
    )
    assert int(done.stdout) == len(BIG)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_files_of_proc_say_that_they_are_empty_and_are_not():
    with open_source("/proc/self/status") as source:
        assert bytes(source.view).startswith(b"Name:")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises((IsADirectoryError, PermissionError)):
        open_source(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        open_source(tmp_path / "missing")
    assert caught.value.filename == str(tmp_path / "missing")


def test_read_stream_joins_pieces_of_any_size():
    pieces = iter([b"a", b"bc", b"d" * 100, b""])
    assert read_stream(lambda size: next(pieces)) == b"abc" + b"d" * 100


# -------------------------------------------------------------------------------------------- no descriptors, no memory


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_NOFILE")
def test_many_files_at_once_are_read_when_no_descriptors_are_left(tmp_path):
    script = """
import resource, sys
from onggi.files.mapped import open_source
views = []
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (32, hard))
for turn in range(40):
    with open_source(sys.argv[1]) as source:
        source.view[0] = turn
        views.append(source.view)
print([view[0] for view in views] == list(range(40)), len(set(map(len, views))))
"""
    path = tmp_path / "x"
    path.write_bytes(BIG)
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    assert done.stdout == "True 1\n", done.stderr


@pytest.mark.parametrize("size", [0, 1, 2**21 - 1, 2**21, 5_000_001])
def test_private_memory_is_zeroed_and_writable(size):
    memory = private_memory(size)
    assert memory.nbytes == len(memory) == size
    assert not memory.readonly
    assert bytes(memory) == bytes(size)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_private_memory_is_not_shared_with_a_child():
    memory = private_memory(2**22)
    child = os.fork()
    if not child:
        memory[0] = 9
        os._exit(0)
    os.waitpid(child, 0)
    assert memory[0] == 0


def test_too_much_memory_is_a_memory_error():
    with pytest.raises(MemoryError):
        private_memory(2**46)


# ------------------------------------------------------------------------------------------------------------ copy_out


@pytest.fixture
def mapped_numbers(tmp_path):
    """A map of 24 MiB in which no page is like another, and its bytes."""
    content = b"".join(i.to_bytes(8, "little") for i in range(3 * 2**20))
    path = tmp_path / "numbers"
    path.write_bytes(content)
    with open_source(path) as source:
        return source.view, content


@pytest.mark.parametrize("is_writable", [True, False])
@pytest.mark.parametrize(
    ("start", "stop"), [(0, 24 * 2**20), (4_097, 20 * 2**20 + 5), (8_192, 16 * 2**20), (5, 300), (100, 100)]
)
def test_a_part_is_copied_and_what_stands_around_it_stays(mapped_numbers, start, stop, is_writable):
    view, content = mapped_numbers
    view[:start] = b"x" * start
    view[stop:] = b"y" * (len(view) - stop)
    copy = copy_out(view[start:stop], start, is_writable=is_writable)
    assert copy == content[start:stop]
    assert type(copy) is (bytearray if is_writable else bytes)
    assert view[:start] == b"x" * start
    assert view[stop:] == b"y" * (len(view) - stop)
    assert view[start:stop] == content[start:stop]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("is_writable", [True, False])
def test_the_pages_behind_a_copy_are_let_go(tmp_path, mapped_numbers, is_writable):
    view, _ = mapped_numbers
    copy = copy_out(view[10:-10], 10, is_writable=is_writable)
    lines = Path("/proc/self/smaps").read_text().split(str(tmp_path / "numbers"))[1].splitlines()
    resident = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))
    assert len(copy) > 20 * 2**20
    assert resident < 2**20


def test_what_is_no_map_is_copied_whole():
    content = memoryview(bytes(range(256)) * 2**16)
    assert copy_out(content, 0) == copy_out(content, -1, is_writable=False) == content
