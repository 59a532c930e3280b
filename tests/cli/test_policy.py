"""`onggi policy`, and `--policy` of the others."""

from __future__ import annotations

import json
import os
import pickle
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import onggi
from attacks.assembler import call, pickled
from onggi.api.learning import Learned, with_learned
from onggi.cli.app import app
from onggi.errors import PolicyError


class Jar:
    def __repr__(self):
        return "Jar()"


class Lid:
    pass


JAR, LID = f"{__name__}.Jar", f"{__name__}.Lid"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, obj in {"jar.pkl": Jar(), "both.pkl": [Jar(), Lid()], "plain.pkl": [1, 2]}.items():
        Path(name).write_bytes(pickle.dumps(obj))
    Path("hostile.pkl").write_bytes(pickled(call("os:system", "true")))
    Path("mixed.pkl").write_bytes(pickle.dumps([Lid(), os.mkdir]))


def run(*args: str, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(app, list(args))
    assert done.exit_code == exit_code, done.output
    return done


def test_learn_prints_a_policy_that_says_which_file_needs_what():
    done = run("policy", "learn", "jar.pkl", "both.pkl", "plain.pkl")
    assert tomllib.loads(done.stdout) == {"allow": [JAR, LID]}
    assert f'"{JAR}",  # jar.pkl, both.pkl\n' in done.stdout
    assert f'"{LID}",  # both.pkl\n' in done.stdout
    assert "2 globals learned" in done.stderr


def test_what_was_learned_is_what_the_files_need():
    run("policy", "learn", "both.pkl", "--write", "onggi.toml")
    onggi.load("both.pkl", policy=onggi.read_policy(Path("onggi.toml").resolve()))
    assert run("load", "jar.pkl", "--policy", "onggi.toml").stdout == "Jar()\n"
    run("inspect", "both.pkl", "--policy", "onggi.toml")
    run("convert", "--rebuild", "jar.pkl", "new.pkl", "--policy", "onggi.toml")
    run("load", "jar.pkl", exit_code=1)
    run("inspect", "both.pkl", exit_code=1)
    assert "nothing to learn" in run("policy", "learn", "both.pkl", "--policy", "onggi.toml").stderr


def test_no_policy_is_searched_for():
    """The one in the current folder may have come with the pickle."""
    run("policy", "learn", "jar.pkl", "--write", "onggi.toml")
    run("load", "jar.pkl", exit_code=1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("onggi.toml", '# mine\nallow = [\n    "myapp.*",  # why\n]\nlimits.max_depth = 9\n'),
        ("onggi.toml", 'allow = ["myapp.*"]\n'),
        ("onggi.toml", "# nothing yet\n"),
        ("onggi.toml", "limits.max_depth = 9\n"),
        ("onggi.toml", ""),
        ("pyproject.toml", '[project]\nname = "x"\n\n[tool.onggi]\nallow = ["myapp.*"]\n[tool.x]\nallow = [1]\n'),
        ("pyproject.toml", "[tool.onggi]\n\n[tool.x]\ny = 1\n"),
    ],
)
def test_an_existing_policy_keeps_what_it_says(name, text):
    Path(name).write_text(text)
    run("policy", "learn", "both.pkl", "--write", name)
    new = Path(name).read_text()
    before, after = tomllib.loads(text), tomllib.loads(new)
    if name == "pyproject.toml":
        assert {key: part for key, part in after["tool"].items() if key != "onggi"} == {
            key: part for key, part in before["tool"].items() if key != "onggi"
        }
        before, after = before["tool"]["onggi"], after["tool"]["onggi"]
    assert set(after["allow"]) == {JAR, LID, *before.get("allow", [])}
    assert after.get("limits") == before.get("limits")
    assert all(line in new for line in text.splitlines() if line.startswith("#") or "why" in line)
    run("policy", "learn", "both.pkl", "--write", name)
    assert Path(name).read_text() == new


def test_a_list_that_cannot_be_found_is_left_alone():
    text = 'x.allow = 1\n"\\u0061llow" = ["a.B"]\n'.replace("x.allow = 1\n", "")
    with pytest.raises(PolicyError, match="can't be found"):
        with_learned(text, Learned({"c.D": ["f"]}), "onggi.toml", is_pyproject=False)


@pytest.mark.parametrize(
    ("file", "words"),
    [("hostile.pkl", "runs a command"), ("mixed.pkl", "would")],
)
def test_what_is_dangerous_is_not_learned(file, words):
    done = run("policy", "learn", file, "both.pkl", exit_code=1)
    assert tomllib.loads(done.stdout) == {"allow": [JAR, LID]}
    assert f"refused: {file}" in done.stderr
    assert words in done.stderr
    assert "# both.pkl\n" in done.stdout


def test_nothing_of_the_standard_library_is_learned():
    Path("odd.pkl").write_bytes(pickled(call("wsgiref.util:guess_scheme", {})))
    done = run("policy", "learn", "odd.pkl", exit_code=1)
    assert "standard library" in done.stderr
    assert tomllib.loads(done.stdout) == {"allow": []}


def test_the_name_of_a_file_cannot_write_the_policy():
    name = 'x\n    "evil.**",\n#.pkl'
    Path(name).write_bytes(pickle.dumps(Jar()))
    assert tomllib.loads(run("policy", "learn", name).stdout) == {"allow": [JAR]}


def test_a_damaged_file_is_an_error():
    Path("cut.pkl").write_bytes(pickle.dumps([Jar()])[:-5])
    assert "cut.pkl" in run("policy", "learn", "cut.pkl", exit_code=2).stderr
    assert "cut.pkl" in run("load", "cut.pkl", exit_code=2).stderr


def test_show():
    Path("onggi.toml").write_text('allow = [\n    "myapp.*",\n]\nlimits.max_depth = 9\n')
    shown = run("policy", "show", "onggi.toml").stdout
    assert "standard library" in shown
    assert [line.split() for line in shown.splitlines() if "myapp" in line] == [["myapp.*", "line", "2"]]
    data = json.loads(run("policy", "show", "onggi.toml", "--json").stdout)
    assert data["rules"] == [{"allow": "myapp.*", "line": 2}]
    assert data["limits"]["max_depth"] == 9
    assert data["tables"]["numpy"] > 10


@pytest.mark.parametrize(
    ("name", "exit_code", "words"),
    [
        ("numpy.ndarray", 0, "known"),
        ("numpy.core.multiarray._reconstruct", 0, "guard"),
        ("collections.OrderedDict", 0, "known"),
        ("os.system", 1, "dangerous"),
        ("myapp.models.Model", 1, "unknown"),
        ("mine.Jar", 0, "allowed"),
    ],
)
def test_check(name, exit_code, words):
    Path("onggi.toml").write_text('allow = ["mine.*"]')
    assert words in run("policy", "check", name, "--policy", "onggi.toml", exit_code=exit_code).stdout
    data = json.loads(run("policy", "check", name, "--json", "--policy", "onggi.toml", exit_code=exit_code).stdout)
    assert bool(data["uses"]) is (exit_code == 0)


def test_a_wrong_policy_is_an_error_with_its_line():
    Path("onggi.toml").write_text('\nalow = ["a.B"]')
    done = run("load", "jar.pkl", "--policy", "onggi.toml", exit_code=2)
    assert "line 2" in done.stderr
    assert "did you mean allow?" in done.stderr
    run("policy", "check", "nodots", exit_code=2)
