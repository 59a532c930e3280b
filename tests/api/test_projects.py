"""Policies from files: what they may say, and where they may lie."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import onggi
from onggi.errors import PolicyError
from onggi.proof.policy_text import parse

POLICY = """\
# ours
allow = [
    "myapp.models.*",
    'shapes.Circle',  # round
]

[limits]
max_depth = 100
"""
IN_PYPROJECT = '[project]\nname = "x"\nallow = 5\n\n[tool.onggi]\nallow = ["myapp.**"]\nlimits = { max_depth = 7 }\n'


def test_a_policy_and_where_its_parts_stand():
    found = parse(POLICY, "onggi.toml", is_pyproject=False)
    assert found.policy == onggi.Policy(("myapp.models.*", "shapes.Circle"), limits=onggi.Limits(max_depth=100))
    assert found.lines == {"myapp.models.*": 3, "shapes.Circle": 4}


def test_a_table_of_pyproject():
    found = parse(IN_PYPROJECT, "pyproject.toml", is_pyproject=True)
    assert found.policy == onggi.Policy(("myapp.**",), limits=onggi.Limits(max_depth=7))
    assert found.lines == {"myapp.**": 6}


def test_an_empty_policy_allows_nothing():
    assert parse("", "onggi.toml", is_pyproject=False).policy == onggi.Policy()


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("allow = [\nx", "no TOML.*line 2", None),
        ("\nalow = []", "line 2, alow: there is no such key", "allow"),
        ("x = 1", "line 1, x: there is no such key", "the keys are allow, limits"),
        ("max_depth = 1", "line 1, max_depth", "limits.max_depth"),
        ("trust = true", "line 1, trust: no file can say", None),
        ('allow = "a.B"', r"line 1, allow: must be a list of patterns, not text", None),
        ('allow = ["a.B",\n5]', r"allow: must be a list of patterns, and a number \(5\)", None),
        ('allow = [\n"a.B",\n"*"]', r"line 3, allow: '\*' is no pattern.*everything", "name a class"),
        ('allow = ["os.*"]', "line 1, allow: .*standard library", None),
        ("limits = 5", "line 1, limits: must be a table", None),
        ("[limits]\n\nmax_dept = 5", "line 3, max_dept: there is no such key", "max_depth"),
        ("limits = { max_depth = 0 }", "line 1, max_depth: must be an integer from 1", None),
        ("[limits]\nmax_depth = true", "line 2, max_depth: must be an integer, not a truth value", None),
        ("[limits]\nmax_depth = 1.5", "line 2, max_depth: must be an integer, not a number", None),
        ("[tool.onggi]\nallow = []", "without", None),
    ],
)
def test_what_makes_no_sense(text, words, hint):
    with pytest.raises(PolicyError, match=words) as caught:
        parse(text, "onggi.toml", is_pyproject=False)
    assert caught.value.source == "onggi.toml"
    assert (hint or "") in (caught.value.hint or "")


def test_a_pyproject_without_the_table():
    with pytest.raises(PolicyError, match=r"no table \[tool.onggi\]"):
        parse("[project]\nname = 'x'\n", "pyproject.toml", is_pyproject=True)


def test_by_path(tmp_path):
    path = tmp_path / "onggi.toml"
    path.write_text(POLICY)
    assert onggi.read_policy(path).allow == ("myapp.models.*", "shapes.Circle")
    assert onggi.read_policy(str(path)).limits == onggi.Limits(max_depth=100)


def test_a_relative_path_is_refused(tmp_path, monkeypatch):
    """It would be the file of whoever made the current folder."""
    (tmp_path / "onggi.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError, match="relative"):
        onggi.read_policy("onggi.toml")


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_a_file_that_everybody_may_write_to(tmp_path):
    path = tmp_path / "onggi.toml"
    path.write_text(POLICY)
    path.chmod(0o666)
    with pytest.raises(PolicyError, match="everybody may write"):
        onggi.read_policy(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * (2**20 + 1)], ids=["no-utf8", "too-long"])
def test_what_is_no_policy_at_all(tmp_path, content):
    path = tmp_path / "onggi.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyError):
        onggi.read_policy(path)


SCRIPT = textwrap.dedent("""
    import onggi
    try:
        print(onggi.read_policy().allow)
    except onggi.errors.PolicyError as error:
        print("PolicyError:", error.reason)
""")


def policy_of(script: Path, cwd: Path, *args: str) -> str:
    """What a script, started somewhere, finds as its policy."""
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(SCRIPT)
    where = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parents[1]), "HOME": str(cwd.parents[-1] / "nowhere")}
    command = [sys.executable, *(args or [str(script)])]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd, env=where).stdout.strip()


@pytest.fixture
def strangers(tmp_path) -> Path:
    """A folder that somebody has sent, with a policy in it."""
    folder = tmp_path / "downloads" / "model"
    folder.mkdir(parents=True)
    (folder / "onggi.toml").write_text('allow = ["evil.**"]')
    (folder.parent / "pyproject.toml").write_text('[tool.onggi]\nallow = ["evil.**"]')
    return folder


@pytest.mark.parametrize(
    ("place", "text"),
    [("onggi.toml", 'allow = ["mine.*"]'), ("pyproject.toml", '[tool.onggi]\nallow = ["mine.*"]')],
)
def test_the_project_of_the_script_is_found_from_anywhere(tmp_path, strangers, place, text):
    """Never the current folder's."""
    project = tmp_path / "project"
    project.mkdir()
    (project / place).write_text(text)
    assert policy_of(project / "src" / "app" / "main.py", strangers) == "('mine.*',)"


def test_the_current_folder_counts_for_nothing(tmp_path, strangers):
    """Neither for a script that stands elsewhere, nor for one that stands nowhere."""
    script = tmp_path / "project" / "main.py"
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".git").mkdir()
    assert "neither an onggi.toml" in policy_of(script, strangers)
    assert "no main script" in policy_of(script, strangers, "-c", SCRIPT)


def test_the_search_ends_where_the_project_does(tmp_path):
    """What lies above it is somebody else's."""
    (tmp_path / "onggi.toml").write_text('allow = ["evil.**"]')
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert "neither an onggi.toml" in policy_of(project / "main.py", project)


def test_two_policies_in_one_folder(tmp_path):
    (tmp_path / "onggi.toml").write_text("allow = []")
    (tmp_path / "pyproject.toml").write_text("[tool.onggi]\nallow = []")
    assert "keep one" in policy_of(tmp_path / "main.py", tmp_path)
