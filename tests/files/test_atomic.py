"""Saves: whole or not at all, with the modes, links and devices that `open` would give."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import onggi
from onggi.files.atomic import AtomicFile, save

POSIX = os.name == "posix"
posix_only = pytest.mark.skipif(not POSIX, reason="needs POSIX")
root_only = pytest.mark.skipif(not POSIX or os.geteuid() != 0, reason="needs root")
OLD = b"the old content\n" * 1000
NEW = b"the new content\n" * 300_000
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parent.parent)}


@contextlib.contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def shared_folder():
    """A folder that other users can reach, which `tmp_path` is not."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o777)
    yield Path(folder)
    shutil.rmtree(folder)


@contextlib.contextmanager
def as_nobody():
    """Act as a user without rights; tests that use it need root to become one."""
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def names(folder):
    return sorted(os.listdir(folder))


def run(script, *arguments, **options):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60, **options)


# ------------------------------------------------------------------------------------------------------------- content


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


# ------------------------------------------------------------------------------------------------------------ failures


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError])
@pytest.mark.parametrize("durable", [True, False])
def test_a_failing_source_leaves_the_old_file_and_no_litter(tmp_path, failure, durable):
    def chunks():
        yield NEW
        raise failure

    path = tmp_path / "x"
    path.write_bytes(OLD)
    for target in (path, tmp_path / "not there before"):
        with pytest.raises(failure):
            save(target, chunks(), durable=durable)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["x"]


def test_no_descriptor_is_left_open(tmp_path):
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        save(tmp_path / "x", [b"abc"])
        with pytest.raises(ZeroDivisionError), AtomicFile(tmp_path / "x"):
            _ = 1 / 0
        with pytest.raises(FileNotFoundError):
            save(tmp_path / "no" / "x", [])
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("limit", [70_000, 100_000])
def test_a_write_that_failed_is_not_forgotten(tmp_path, limit):
    """Who swallows the error of one write, of which nothing or a part was taken, gets no file without it."""
    script = """
import resource, sys
from onggi.files.atomic import AtomicFile
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    with AtomicFile(sys.argv[1]) as file:
        file.write(bytes(70_000))
        try:
            file.write(bytes(70_000))
        except OSError:
            pass
except OSError as error:
    print("refused", error)
"""
    path = tmp_path / "x"
    path.write_bytes(OLD)
    if not POSIX:
        pytest.skip("needs RLIMIT_FSIZE")
    assert run(script, path, limit).stdout.startswith("refused")
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["x"]


SAVE_SCRIPT = """
import sys
from onggi.files.atomic import save
try:
    save(sys.argv[1], [bytes(100_000)] * int(sys.argv[2]))
except OSError as error:
    print(error.errno, error.filename)
else:
    print("saved")
"""


@posix_only
@pytest.mark.parametrize("limit", [0, 1, 100_000, 4_999_999])
def test_a_file_that_may_not_grow_further(tmp_path, limit):
    path = tmp_path / "x"
    path.write_bytes(OLD)
    script = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n" + SAVE_SCRIPT
    assert run(script, path, 50).stdout == f"{errno.EFBIG} {path}\n"
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["x"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's unshare")
def test_a_full_disk(tmp_path):
    """On a tmpfs of 1 MiB, mounted where only this child sees it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "save.py").write_text(SAVE_SCRIPT)
    shell = f"""
mount -t tmpfs -o size=1m none {disk} || exit 77
printf old > {disk}/x
{sys.executable} {tmp_path}/save.py {disk}/x 50
cat {disk}/x; echo; ls -A {disk}
{sys.executable} {tmp_path}/save.py {disk}/x 5
stat -c %s {disk}/x; ls -A {disk}
"""
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", shell]
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no mounts are allowed here")
    assert done.stdout.splitlines() == [f"{errno.ENOSPC} {disk}/x", "old", "x", "saved", "500000", "x"], done.stderr


def strace(tmp_path, injection, script, *arguments):
    """Run a script with system calls that fail; skip where no process may be traced."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    command = [
        "strace",
        "-f",
        "-o",
        str(tmp_path / "trace"),
        "-e",
        "trace=fsync,rename,renameat,writev",
        "-e",
        injection,
    ]
    command += [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    if "ptrace" in done.stderr or "invalid" in done.stderr:
        pytest.skip("processes can't be traced here")
    return done


@pytest.mark.skipif(sys.platform != "linux", reason="needs strace")
class TestInjectedFaults:
    def test_a_failing_sync_is_an_error_and_not_tried_again(self, tmp_path):
        folder = tmp_path / "folder"
        folder.mkdir()
        path = folder / "x"
        path.write_bytes(OLD)
        done = strace(tmp_path, "inject=fsync:error=EIO:when=1", SAVE_SCRIPT, path, 3)
        assert done.stdout == f"{errno.EIO} {path}\n"
        assert (tmp_path / "trace").read_text().count("fsync(") == 1
        assert path.read_bytes() == OLD
        assert names(folder) == ["x"]

    def test_a_failing_sync_of_the_folder_is_an_error_too(self, tmp_path):
        path = tmp_path / "x"
        done = strace(tmp_path, "inject=fsync:error=EIO:when=2", SAVE_SCRIPT, path, 3)
        assert done.stdout == f"{errno.EIO} {path}\n"
        assert path.read_bytes() == bytes(300_000)

    def test_a_folder_that_knows_no_sync_is_no_error(self, tmp_path):
        done = strace(tmp_path, "inject=fsync:error=EINVAL:when=2", SAVE_SCRIPT, tmp_path / "x", 3)
        assert done.stdout == "saved\n"

    def test_short_and_interrupted_writes_go_on(self, tmp_path):
        path = tmp_path / "x"
        done = strace(tmp_path, "inject=writev:error=EINTR:when=1+2", SAVE_SCRIPT, path, 30)
        assert done.stdout == "saved\n"
        assert path.read_bytes() == bytes(3_000_000)

    def test_a_write_that_takes_nothing_does_not_hang(self, tmp_path):
        path = tmp_path / "x"
        done = strace(tmp_path, "inject=writev:retval=0", SAVE_SCRIPT, path, 3)
        assert done.stdout == f"{errno.EIO} {path}\n"
        assert names(tmp_path) == ["trace"]

    def test_a_system_that_lies_about_what_it_wrote_is_found_by_the_length(self, tmp_path):
        path = tmp_path / "x"
        done = strace(tmp_path, "inject=writev:retval=100000:when=2", SAVE_SCRIPT, path, 3)
        assert done.stdout == f"{errno.EIO} {path}\n"
        assert names(tmp_path) == ["trace"]

    @pytest.mark.parametrize("call", ["writev", "fsync", "rename"])
    def test_killed_at_each_system_call(self, tmp_path, call):
        folder = tmp_path / "folder"
        folder.mkdir()
        path = folder / "x"
        for nth in (1, 2):
            path.write_bytes(OLD)
            done = strace(tmp_path, f"inject={call}:signal=KILL:when={nth}", SAVE_SCRIPT, path, 3)
            content = path.read_bytes()
            assert content in (OLD, bytes(300_000))
            if nth == 1:
                assert not done.stdout
            if done.stdout:
                assert content != OLD

    def test_durable_false_syncs_nothing(self, tmp_path):
        script = SAVE_SCRIPT.replace("int(sys.argv[2])", "int(sys.argv[2]), durable=False")
        done = strace(tmp_path, "inject=fsync:error=EIO", script, tmp_path / "x", 3)
        assert done.stdout == "saved\n"
        assert "fsync" not in (tmp_path / "trace").read_text()


# --------------------------------------------------------------------------------------------------------------- kills

KILLED_SCRIPT = """
import sys
from onggi.files.atomic import save
turn = 0
print("ready", flush=True)
while True:
    turn += 1
    save(sys.argv[1], [bytes([turn % 251]) * 50_000] * 40, durable=bool(turn % 4 == 0))
"""


def kill_at_random(folder, rounds, seed):
    path = folder / "x"
    moments = random.Random(seed)
    path.write_bytes(b"\x01" * 2_000_000)
    for _ in range(rounds):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED_SCRIPT, str(path)], stdout=subprocess.PIPE, env=ENVIRONMENT
        ) as process:
            process.stdout.readline()
            time.sleep(moments.random() * 0.03)
            process.kill()
        content = path.read_bytes()
        assert len(content) == 2_000_000
        assert content == content[:1] * 2_000_000


def check_that_the_next_save_cleans_up(folder):
    for name in names(folder):
        if name != "x":
            assert name.startswith(".x.")
            assert name.endswith(".onggi-tmp")
            os.utime(folder / name, (1, 1))
    save(folder / "x", [b"abc"])
    assert names(folder) == ["x"]


def test_kill_9_of_the_writer(tmp_path):
    kill_at_random(tmp_path, 20, seed=1)
    check_that_the_next_save_cleans_up(tmp_path)


@pytest.mark.slow
def test_kill_9_of_the_writer_for_long(tmp_path):
    kill_at_random(tmp_path, 200, seed=2)
    check_that_the_next_save_cleans_up(tmp_path)


def test_control_c_in_the_middle(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(OLD)

    def chunks():
        yield NEW
        signal.raise_signal(signal.SIGINT)
        yield NEW

    with pytest.raises(KeyboardInterrupt):
        save(path, chunks())
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["x"]


def test_readers_never_see_a_part(tmp_path):
    path = tmp_path / "x"
    save(path, [b"\x00" * 300_000])
    stop = threading.Event()
    seen = []

    def read():
        while not stop.is_set():
            seen.append(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(
            target=lambda i=i: [save(path, [bytes([i]) * 100_000] * 3, durable=False) for _ in range(20)], name=str(i)
        )
        for i in (1, 2)
    ]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert all(len(content) == 300_000 and content == content[:1] * 300_000 for content in seen)
    assert names(tmp_path) == ["x"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_that_leaves_the_block_does_not_end_the_parents_save(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(OLD)
    with AtomicFile(path) as file:
        file.write(NEW)
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                file.__exit__(None, None, None)
            os._exit(0)
        os.waitpid(child, 0)
        assert path.read_bytes() == OLD
        assert len(names(tmp_path)) == 2
    assert path.read_bytes() == NEW


# --------------------------------------------------------------------------------------------------- modes and owners


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
