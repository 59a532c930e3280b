"""The own key: made once, private, and never shown."""

from __future__ import annotations

import base64
import contextlib
import copy
import os
import pickle
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

import onggi
from onggi.errors import SecretKeyError
from onggi.trust import keys
from onggi.trust.digest import digest, keyed_mac
from onggi.trust.keys import SecretKey, default_key_path, own_key, set_key_path

POSIX = os.name == "posix"
posix_only = pytest.mark.skipif(not POSIX, reason="needs owners and modes")
root_only = pytest.mark.skipif(not POSIX or os.geteuid() != 0, reason="needs root")
KEY = bytes(range(32))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parent.parent)}


def line_of(key):
    return b"onggi-secret-1:" + base64.b64encode(key + digest(key)[:4]) + b"\n"


@pytest.fixture
def path(tmp_path):
    """Where the key of this test lies; not made yet."""
    path = tmp_path / "config" / "onggi" / "key"
    set_key_path(path)
    yield path
    set_key_path(None)


@pytest.fixture
def key_file(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(line_of(KEY))
    path.chmod(0o600)
    return path


def again(path):
    """Forget what was read."""
    set_key_path(path)
    return own_key()


# -------------------------------------------------------------------------------------------------------------- making


def test_there_is_none_until_it_is_made(path):
    assert own_key() is None
    assert own_key(create=False) is None
    assert not path.parent.exists()
    key = own_key(create=True)
    assert own_key() is own_key(create=True) is key
    assert again(path).key_id == key.key_id
    assert os.listdir(path.parent) == ["key"]


def test_the_file_is_one_short_line(path):
    key = own_key(create=True)
    line = path.read_bytes()
    assert line.startswith(b"onggi-secret-1:")
    assert line.endswith(b"\n")
    assert len(line) == 64
    secret = base64.b64decode(line[15:])[:32]
    assert line == line_of(secret)
    assert key.mac(b"x", b"y") == keyed_mac(secret, b"x", b"y")


def test_keys_differ(tmp_path):
    made = set()
    for i in range(3):
        set_key_path(tmp_path / str(i))
        made.add(own_key(create=True).key_id)
    set_key_path(None)
    assert len(made) == 3


@posix_only
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read_it_whatever_the_umask(path, mask):
    before = os.umask(mask)
    try:
        own_key(create=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


@posix_only
def test_the_owner_can_read_it_even_if_the_umask_takes_that_away(path):
    path.parent.mkdir(parents=True, mode=0o700)
    before = os.umask(0o777)
    try:
        assert own_key(create=True) is not None
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_race_agree(tmp_path):
    script = """
import sys
from onggi.trust.keys import own_key, set_key_path
set_key_path(sys.argv[1])
sys.stdin.readline()
print(own_key(create=True).key_id.hex())
"""
    path = tmp_path / "config" / "key"
    command = [sys.executable, "-c", script, str(path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        for _ in range(6)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=60)[0] for process in processes}
    assert len(answers) == 1
    assert len(answers.pop()) == 17
    assert os.listdir(path.parent) == ["key"]


def test_threads_that_race_agree(path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(own_key(create=True))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


# ------------------------------------------------------------------------------------------------- no home, no error


def test_a_file_where_the_folder_should_be(path):
    path.parent.parent.parent.joinpath("config").write_text("a file")
    assert own_key() is None
    assert own_key(create=True) is None
    assert own_key(create=True) is None


def test_after_a_failure_a_key_that_appears_is_found(path):
    blocker = path.parent.parent
    blocker.write_text("a file")
    assert own_key(create=True) is None
    blocker.unlink()
    assert own_key(create=True) is None  # making it is not tried again
    path.parent.mkdir(parents=True)
    path.write_bytes(line_of(KEY))
    path.chmod(0o600)
    assert own_key().key_id == SecretKey(KEY).key_id


@pytest.fixture
def shared_folder():
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    yield Path(folder)
    set_key_path(None)
    shutil.rmtree(folder)


@contextlib.contextmanager
def as_nobody():
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@root_only
def test_a_folder_that_can_not_be_written_to(shared_folder):
    set_key_path(shared_folder / "onggi" / "key")
    with as_nobody():
        assert own_key(create=True) is None
    assert os.listdir(shared_folder) == []


@root_only
def test_a_home_that_is_closed_to_us(shared_folder):
    home = shared_folder / "home"
    home.mkdir(mode=0o700)
    (home / "key").write_bytes(line_of(KEY))
    set_key_path(home / "key")
    with as_nobody():
        assert own_key() is None
        assert own_key(create=True) is None


@posix_only
@pytest.mark.parametrize("home", ["/nonexistent/home", "/dev/null", "", None])
def test_users_without_a_home(home, tmp_path):
    """Some come with HOME=/nonexistent, some with none, and a user id that has no name."""
    script = """
import os, sys
if os.geteuid() == 0:
    from onggi.trust.keys import own_key
    import platformdirs, blake3, base64
    platformdirs.user_config_dir("x")
    os.setuid(54321)
from onggi.trust.keys import default_key_path, own_key
print(own_key(create=True), own_key())
"""
    environment = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("XDG_") and name != "HOME"}
    if home is not None:
        environment["HOME"] = home
    if os.geteuid() != 0 and home in {"", None}:
        pytest.skip("only root can become a user without a name")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60
    )
    assert done.stdout == "None None\n", done.stderr
    assert os.listdir(tmp_path) == []


def test_the_default_place_is_the_platforms(tmp_path):
    if sys.platform != "linux":
        pytest.skip("the place differs")
    script = "from onggi.trust.keys import own_key; print(own_key(create=True).key_id.hex())"
    environment = {**ENVIRONMENT, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=60)
    set_key_path(tmp_path / "config" / "onggi" / "key")
    assert own_key().key_id.hex() == done.stdout.strip(), done.stderr
    set_key_path(None)


def test_the_default_path_is_absolute():
    path = default_key_path()
    assert path is None or os.path.isabs(path)


# ---------------------------------------------------------------------------------------------- files not to be trusted


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o700 | 0o010])
def test_a_key_that_others_can_read_or_write(key_file, mode):
    key_file.chmod(mode)
    with pytest.raises(SecretKeyError) as caught:
        own_key()
    assert caught.value.source == str(key_file)
    assert caught.value.hint == f"chmod 600 {key_file}"
    key_file.chmod(0o600)
    assert own_key().key_id == SecretKey(KEY).key_id


@root_only
def test_a_key_of_somebody_else(key_file):
    os.chown(key_file, 65534, -1)
    with pytest.raises(SecretKeyError, match="uid 65534"):
        own_key(create=True)
    assert key_file.read_bytes() == line_of(KEY)


@posix_only
def test_a_folder_that_everybody_can_write_to(key_file):
    key_file.parent.chmod(0o777)
    with pytest.raises(SecretKeyError, match="everybody") as caught:
        own_key()
    assert caught.value.hint == f"chmod 700 {key_file.parent}"
    key_file.parent.chmod(0o1777)
    assert own_key() is not None


@posix_only
class TestLinks:
    def test_a_link_of_ones_own_is_followed(self, key_file, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(key_file)
        assert again(link).key_id == SecretKey(KEY).key_id

    def test_the_target_must_be_private_too(self, key_file, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(key_file)
        key_file.chmod(0o644)
        with pytest.raises(SecretKeyError) as caught:
            again(link)
        assert caught.value.hint == f"chmod 600 {key_file}"

    @pytest.mark.skipif(not POSIX or os.geteuid() != 0, reason="needs root")
    def test_a_link_of_somebody_else_is_not_followed(self, key_file, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(key_file)
        os.lchown(link, 65534, -1)
        with pytest.raises(SecretKeyError, match="link"):
            again(link)

    def test_a_link_to_nothing_is_no_key_and_none_is_made(self, path, tmp_path):
        path.parent.mkdir(parents=True)
        path.symlink_to(tmp_path / "missing")
        assert own_key(create=True) is None
        assert os.listdir(path.parent) == ["key"]
        assert not (tmp_path / "missing").exists()

    def test_a_folder_or_a_pipe_is_no_key(self, path):
        path.mkdir(parents=True)
        with pytest.raises(SecretKeyError, match="no regular file"):
            own_key()
        path.rmdir()
        os.mkfifo(path, 0o600)
        with pytest.raises(SecretKeyError, match="no regular file"):
            own_key()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "no secret key"),
        (b"hello\n", "no secret key"),
        (b"onggi-secret-2:" + line_of(KEY)[15:], "newer"),
        (b"onggi-secret-1:", "damaged"),
        (line_of(KEY)[:-5], "damaged"),
        (line_of(KEY).replace(b"A", b"B", 1), "damaged"),
        (line_of(KEY).replace(b"A", b"!", 1), "damaged"),
        (line_of(KEY) + line_of(KEY), "damaged"),
        (b"onggi-secret-1:" + base64.b64encode(KEY), "damaged"),
        (b"onggi-secret-1:" + b"A" * 5000, "damaged"),
        (bytes(range(256)), "no secret key"),
    ],
)
def test_content_that_is_no_key(key_file, content, match):
    key_file.write_bytes(content)
    with pytest.raises(SecretKeyError, match=match) as caught:
        own_key(create=True)
    assert key_file.read_bytes() == content
    shown = str(caught.value) + repr(caught.value)
    assert base64.b64encode(KEY)[:8].decode() not in shown


def test_white_space_around_the_line_is_allowed(key_file):
    key_file.write_bytes(b"\n  " + line_of(KEY).strip() + b"  \r\n\r\n")
    assert own_key().key_id == SecretKey(KEY).key_id


# ----------------------------------------------------------------------------------------------------------- the cache


def test_it_is_read_once(key_file):
    key = own_key()
    key_file.unlink()
    assert own_key() is key
    assert again(key_file) is None


def test_another_path_is_another_key(key_file, tmp_path):
    first = own_key()
    other = tmp_path / "other"
    set_key_path(other)
    assert own_key() is None
    assert own_key(create=True).key_id != first.key_id
    assert again(key_file).key_id == first.key_id


def test_the_path_is_that_of_the_moment_it_was_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    set_key_path("key")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    own_key(create=True)
    set_key_path(None)
    assert (tmp_path / "key").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_forked_while_the_lock_is_held_can_go_on(key_file):
    import signal

    with keys._lock:
        child = os.fork()
        if not child:
            signal.alarm(30)
            os._exit(0 if own_key() else 1)
        status = os.waitpid(child, 0)[1]
    assert status == 0


# ------------------------------------------------------------------------------------------------------ the key itself


def test_macs():
    key = SecretKey(KEY)
    mac = key.mac(b"seal", b"data")
    assert mac == keyed_mac(KEY, b"seal", b"data")
    assert key.is_mac_of(mac, b"seal", b"data")
    assert not key.is_mac_of(mac, b"seal", b"datb")
    assert not key.is_mac_of(mac, b"sea", b"ldata")
    assert not SecretKey(bytes(32)).is_mac_of(mac, b"seal", b"data")
    assert not key.is_mac_of(b"", b"seal", b"data")


def test_the_id_names_the_key_and_tells_nothing_of_it():
    key = SecretKey(KEY)
    assert key.key_id == SecretKey(bytearray(KEY)).key_id
    assert len(key.key_id) == 8
    assert key.key_id != SecretKey(bytes(32)).key_id
    assert key.key_id not in KEY
    assert key.key_id != digest(KEY)[:8]


def test_it_never_shows_itself():
    key = SecretKey(KEY)
    for text in (repr(key), str(key), f"{key}", repr([key])):
        assert key.key_id.hex() in text
        assert KEY[:4].hex() not in text
        assert repr(KEY)[2:10] not in text
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize("protocol", range(6))
def test_it_can_not_be_pickled(protocol):
    with pytest.raises(TypeError, match="secret key"):
        pickle.dumps(SecretKey(KEY), protocol)


def test_it_can_not_be_copied():
    for duplicate in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="secret key"):
            duplicate(SecretKey(KEY))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_has_32_bytes(size):
    with pytest.raises(ValueError, match="32 bytes"):
        SecretKey(bytes(size))
