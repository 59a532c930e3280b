"""Folders, processes, and files that can't be read."""

from __future__ import annotations

import gzip
import os
import pickle
import socket
import sys
import tarfile
import zipfile

import pytest

import onggi
from attacks.assembler import call, pickled
from onggi.errors import PolicyError
from onggi.inspect.scanning import ScanVerdict
from onggi.inspect.scanning.folders import Selection
from onggi.inspect.scanning.report import report_data, report_of

GOOD, BAD = pickle.dumps([1, 2]), pickled(call("os:system", "echo hi"))
posix = pytest.mark.skipif(os.name == "nt", reason="of POSIX")


def scanned(*paths, **options):
    return list(onggi.scan([str(path) for path in paths], **{"jobs": 0, **options}))


def verdicts(folder, **options):
    return {os.path.relpath(one.path, folder): one.verdict for one in scanned(folder, **options)}


@pytest.fixture
def tree(tmp_path):
    for name in ("a.pkl", "b/c.bin", "b/d/e.pkl", ".hidden/f.pkl", ".git/objects/aa"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(GOOD)
    (tmp_path / "b" / "bad.dat").write_bytes(BAD)
    (tmp_path / "notes.txt").write_text("hello")
    return tmp_path


def test_all_files_are_read_but_those_of_version_control(tree):
    found = verdicts(tree)
    assert found[os.path.join("b", "bad.dat")] is ScanVerdict.HOSTILE
    assert found["notes.txt"] is ScanVerdict.NO_PICKLE
    assert [name for name, verdict in found.items() if verdict is ScanVerdict.DATA] == [
        "a.pkl",
        os.path.join(".hidden", "f.pkl"),
        os.path.join("b", "c.bin"),
        os.path.join("b", "d", "e.pkl"),
    ]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"include": ["*.pkl"]}, {"a.pkl", "b/d/e.pkl", ".hidden/f.pkl"}),
        ({"exclude": ["b/*"]}, {"a.pkl", ".hidden/f.pkl", "notes.txt"}),
        ({"exclude": ["b/"]}, {"a.pkl", ".hidden/f.pkl", "notes.txt"}),
        ({"exclude": ["**/e.pkl", "notes.txt"]}, {"a.pkl", ".hidden/f.pkl", "b/c.bin", "b/bad.dat"}),
        ({"hidden": False, "include": ["*.pkl"]}, {"a.pkl", "b/d/e.pkl"}),
    ],
)
def test_files_can_be_chosen(tree, options, names):
    assert {name.replace(os.sep, "/") for name in verdicts(tree, **options)} == names


def test_processes_find_the_same_in_the_same_order(tree):
    for number in range(60):
        (tree / f"n{number}.pkl").write_bytes(BAD if number % 7 == 0 else GOOD)
    alone = scanned(tree)
    assert scanned(tree, jobs=1) == alone
    assert scanned(tree, jobs=3) == alone
    assert len(alone) > 60


@posix
def test_links_are_not_followed_and_counted(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "bad.pkl").write_bytes(BAD)
    (tree / "out").symlink_to(outside)
    (tree / "bad.pkl").symlink_to(outside / "bad.pkl")
    (tree / "broken.pkl").symlink_to("nowhere")
    (tree / "loop").symlink_to(tree)
    selection = Selection()
    names = [name for name in selection.files([str(tree)]) if isinstance(name, str)]
    assert len(names) == 6
    assert selection.skipped == {"link": 4, "repository": 1}
    # One that is named is meant.
    assert [one.verdict for one in scanned(tree / "bad.pkl")] == [ScanVerdict.HOSTILE]
    assert [one.findings[0].rule for one in scanned(tree / "broken.pkl")] == ["no-access"]


@posix
def test_pipes_and_sockets_do_not_stop_the_scan(tmp_path):
    os.mkfifo(tmp_path / "pipe.pkl")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(tmp_path)  # the name of a socket is short
        try:
            listener.bind("socket.pkl")
        finally:
            os.chdir(here)
        assert scanned(tmp_path) == []
        found = scanned(tmp_path / "pipe.pkl", "/dev/zero")
    assert [one.verdict for one in found] == [ScanVerdict.UNREADABLE] * 2


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_what_must_not_be_read_is_unreadable(tmp_path):
    (tmp_path / "file.pkl").write_bytes(GOOD)
    (tmp_path / "file.pkl").chmod(0)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder").chmod(0)
    try:
        found = scanned(tmp_path)
    finally:
        (tmp_path / "folder").chmod(0o700)
    assert [one.findings[0].rule for one in found] == ["no-access"] * 2
    assert all("permission denied" in one.findings[0].message for one in found)


@pytest.mark.parametrize("jobs", [0, 1])
def test_a_file_that_vanishes_is_unreadable(tmp_path, jobs):
    def paths():
        path = tmp_path / "gone.pkl"
        path.write_bytes(GOOD)
        yield path
        yield tmp_path / "never.pkl"

    selection = Selection()
    files = list(selection.files(map(str, paths())))
    (tmp_path / "gone.pkl").unlink()
    from onggi.inspect.scanning import scan_files
    from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY

    found = list(scan_files(files, DEFAULT_POLICY, DEFAULT_LIMITS, jobs, 60.0, 2**32))
    assert [one.findings[0].rule for one in found] == ["no-access"] * 2


def test_a_huge_sparse_file_is_no_work(tmp_path):
    with open(tmp_path / "sparse.pkl", "wb") as file:
        file.truncate(2**37)
    (report,) = scanned(tmp_path, jobs=1)
    assert report.findings[0].rule == "not-what-it-says"
    assert report.size_bytes == 2**37


def test_a_slow_file_is_unreadable_and_the_scan_goes_on(tmp_path):
    """The limit is below what starting a process takes, so that any file is too slow."""
    (tmp_path / "a.pkl").write_bytes(GOOD)
    (tmp_path / "b.pkl").write_bytes(GOOD)
    found = scanned(tmp_path, jobs=1, timeout_seconds=0.001)
    assert [one.findings[0].rule for one in found] == ["too-slow"] * 2
    assert {one.verdict for one in found} == {ScanVerdict.UNREADABLE}


@pytest.mark.skipif(sys.platform != "linux", reason="the bound is one of Linux")
def test_a_file_that_takes_too_much_memory_is_unreadable_and_the_scan_goes_on(tmp_path):
    (tmp_path / "a.pkl.gz").write_bytes(
        gzip.compress(b"\x80\x05B" + (200 << 20).to_bytes(4, "little") + bytes(200 << 20) + b".", 1)
    )
    (tmp_path / "b.pkl").write_bytes(GOOD)
    found = scanned(tmp_path, jobs=1, max_memory_bytes=150 << 20)
    assert [one.verdict for one in found] == [ScanVerdict.UNREADABLE, ScanVerdict.DATA]
    assert found[0].findings[0].rule in ("too-large", "reader-failed")


def test_members_of_archives_are_found(tmp_path):
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.writestr("in/bad.pkl.gz", gzip.compress(BAD))
        outer.writestr("good.pkl", GOOD)
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "outer.zip", "deep/outer.zip")
    found = {os.path.basename(one.path): one for one in scanned(tmp_path)}
    assert found["outer.zip"].findings[0].member == "!in/bad.pkl.gz"
    assert found["all.tar.gz"].findings[0].member == "!deep/outer.zip!in/bad.pkl.gz"
    assert {one.pickle_count for one in found.values()} == {2}


@pytest.mark.parametrize(
    ("name", "content", "verdict"),
    [
        ("x.pkl", b"<!doctype html><html>", ScanVerdict.UNREADABLE),
        ("x.html", b"<!doctype html><html>", ScanVerdict.NO_PICKLE),
        ("x.pkl.gz", gzip.compress(b"hello", mtime=0), ScanVerdict.UNREADABLE),
        ("x.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n", ScanVerdict.UNREADABLE),
        ("x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50), ScanVerdict.UNREADABLE),
        ("x.pkl", b"", ScanVerdict.UNREADABLE),
        ("empty.txt", b"", ScanVerdict.NO_PICKLE),
        ("cut.pkl", GOOD[:-2], ScanVerdict.UNREADABLE),
        ("two.dat", GOOD + GOOD, ScanVerdict.DATA),
    ],
)
def test_what_is_no_pickle(tmp_path, name, content, verdict):
    (tmp_path / name).write_bytes(content)
    assert [one.verdict for one in scanned(tmp_path)] == [verdict]


@posix
@pytest.mark.parametrize(
    "name", [b"\xff\xfe.pkl", "\u202evil\n✓.pkl".encode(), b"-rf", b"a\x1b[2J.pkl", b"##vso[x].pkl"]
)
def test_odd_names_go_through(tmp_path, name):
    (tmp_path / os.fsdecode(name)).write_bytes(BAD)
    assert scanned(tmp_path, jobs=1) == scanned(tmp_path)


def test_reports_go_through_json(tmp_path):
    (tmp_path / "bad.pkl").write_bytes(BAD)
    (report,) = scanned(tmp_path)
    assert report_of(report_data(report)) == report


def test_a_main_script_without_a_guard_can_scan(tmp_path):
    """The processes do not import it again."""
    import subprocess

    (tmp_path / "good.pkl").write_bytes(GOOD)
    script = tmp_path / "main.py"
    script.write_text("import onggi\nprint([str(one.verdict) for one in onggi.scan('good.pkl', jobs=2)])\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['data']"


def test_nothing_of_the_current_folder_is_imported(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("open('ran', 'w')")
    (tmp_path / "good.pkl").write_bytes(GOOD)
    monkeypatch.chdir(tmp_path)
    assert [one.verdict for one in scanned("good.pkl", jobs=1)] == [ScanVerdict.DATA]
    assert not (tmp_path / "ran").exists()


def test_a_scan_that_is_given_up_leaves_no_process(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.pkl").write_bytes(GOOD)
    found = onggi.scan(str(tmp_path), jobs=2)
    next(found)
    found.close()
    with pytest.raises(StopIteration):
        next(found)


@pytest.mark.parametrize("options", [{"timeout_seconds": 0}, {"max_memory_bytes": 0}, {"jobs": -1}])
def test_numbers_that_make_no_sense(options):
    with pytest.raises(PolicyError):
        onggi.scan(".", **options)
