"""Saves that fail leave the old file and no litter."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys

import pytest

from onggi.files.atomic import AtomicFile, save
from tests.saves import ENVIRONMENT, NEW, OLD, POSIX, names, posix_only, run


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
