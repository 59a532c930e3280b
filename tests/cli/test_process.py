from __future__ import annotations

import os
import pickle
import subprocess
import sys

import pytest

# As the installed script: the current folder is not on the path of imports.
RUN = [sys.executable, "-P", "-c", "from onggi.cli import main; main()"]


def run(*args, **options):
    return subprocess.run([*RUN, *args], capture_output=True, check=False, timeout=100, **options)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"key": ["value"] * 3}))
    return str(tmp_path / "a.pkl")


def test_version_imports_nothing_heavy():
    code = (
        "import sys\nfrom onggi.cli.app import app\n"
        "try:\n    app.main(['--version'])\nfinally:\n"
        "    heavy = {'numpy', 'pandas', 'rich', 'scipy', 'sklearn', 'pyarrow'} & set(sys.modules)\n"
        "    assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"onggi ")


def test_inspect_imports_nothing_that_the_file_names(tmp_path):
    (tmp_path / "frame.pkl").write_bytes(b"cpandas\nDataFrame\n(tR.")
    code = (
        "import sys\nfrom onggi.cli.app import app\n"
        f"try:\n    app.main(['inspect', {str(tmp_path / 'frame.pkl')!r}])\nfinally:\n"
        "    assert not {'numpy', 'pandas'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=100)
    assert b"Traceback" not in done.stderr
    assert b"pandas.DataFrame" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_closed_pipe_is_no_error(path):
    producer = subprocess.Popen([*RUN, "inspect", "--html", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert producer.stdout is not None
    producer.stdout.close()
    assert producer.stderr is not None
    assert producer.stderr.read() == b""
    assert producer.wait(100) == 141


def test_output_that_is_no_utf8_is_ascii(path):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run("inspect", path, env=environment)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b'"key"  list[3]' in done.stdout


def on_terminal(args, environment) -> tuple[int, str]:
    """Run under a pseudo-terminal, and return the exit code and all that it wrote."""
    import pty

    primary, secondary = pty.openpty()
    process = subprocess.Popen([*RUN, *args], stdout=secondary, stderr=secondary, env=environment, close_fds=True)
    os.close(secondary)
    written = b""
    while True:
        try:
            piece = os.read(primary, 65_536)
        except OSError:
            break
        if not piece:
            break
        written += piece
    os.close(primary)
    return process.wait(100), written.decode()


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals of POSIX")
@pytest.mark.parametrize("name", ["a.pkl", "missing.pkl"])
def test_colour_on_a_terminal_unless_no_color_is_set(path, name):
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "90"}
    environment.pop("NO_COLOR", None)
    file = path.replace("a.pkl", name)
    assert "\x1b[" in on_terminal(["inspect", file], environment)[1]
    assert "\x1b[" not in on_terminal(["inspect", file], {**environment, "NO_COLOR": "1"})[1]
    assert "\x1b[" not in on_terminal(["inspect", file], {**environment, "TERM": "dumb"})[1]


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals of POSIX")
def test_values_can_not_write_to_the_terminal(tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(["\x1b]0;title\x07", b"\x1b[31m"]))
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    assert "\x1b" not in on_terminal(["load", str(tmp_path / "a.pkl")], environment)[1]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_ends_with_a_word(tmp_path):
    import signal

    os.mkfifo(tmp_path / "pipe")
    command = [*RUN, "inspect", str(tmp_path / "pipe")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer = os.open(tmp_path / "pipe", os.O_WRONLY)  # returns when the command has opened the other end
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=100)
    os.close(writer)
    assert process.returncode == 130
    assert (out, err.strip()) == (b"", b"onggi: stopped")


def test_a_module_in_the_current_folder_is_found_only_when_asked_for(tmp_path):
    (tmp_path / "shapes.py").write_text("class Box:\n    pass\n")
    (tmp_path / "box.pkl").write_bytes(b"cshapes\nBox\n)\x81.")
    done = run("load", "box.pkl", "--allow", "shapes.Box", cwd=tmp_path)
    assert done.returncode == 2
    assert b"PYTHONPATH=. onggi load box.pkl --allow shapes.Box" in done.stderr
    # Relative to where the tests run, so that the package itself is still found.
    path = os.pathsep.join([".", *filter(None, [os.environ.get("PYTHONPATH")])])
    done = run("load", "box.pkl", "--allow", "shapes.Box", cwd=tmp_path, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert b"shapes.Box object" in done.stdout


def test_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "onggi", "--version"], capture_output=True, check=False, timeout=100)
    assert done.stdout.startswith(b"onggi ")
