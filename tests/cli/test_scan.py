"""`onggi scan`, and the files by which CI runs it."""

from __future__ import annotations

import json
import os
import pickle
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from attacks.assembler import call, pickled
from onggi.cli.app import app

ROOT = Path(__file__).parents[2]


class Jar:
    pass


JAR = f"{__name__}.Jar"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("all").mkdir()
    Path("all/good.pkl").write_bytes(pickle.dumps([1, 2]))
    Path("all/jar.pkl").write_bytes(pickle.dumps(Jar()))
    Path("all/bad.pkl").write_bytes(pickled(call("os:system", "echo hi")))
    Path("cut.pkl").write_bytes(pickle.dumps([1, 2])[:-1])
    Path("notes.txt").write_text("hello")


def run(*args, exit_code=0, stdin=None):
    done = CliRunner().invoke(app, ["scan", *args], input=stdin)
    assert done.exit_code == exit_code, done.output
    return done


@pytest.mark.parametrize(
    ("args", "exit_code"),
    [
        (["all/good.pkl"], 0),
        (["notes.txt"], 0),
        (["notes.txt", "--fail-on", "no-pickle"], 1),
        (["all/jar.pkl"], 1),
        (["all/jar.pkl", "--fail-on", "hostile"], 0),
        (["all/jar.pkl", "--allow", JAR], 0),
        (["all/bad.pkl", "--fail-on", "hostile"], 1),
        (["cut.pkl"], 2),
        (["cut.pkl", "--fail-on", "hostile"], 2),
        (["cut.pkl", "all/bad.pkl"], 1),
        (["not there"], 2),
        (["all", "--exclude", "bad.pkl", "--exclude", "jar*"], 0),
        (["all", "--fail-on", "never"], 2),
        ([], 2),
    ],
)
def test_exit_codes(args, exit_code):
    run(*args, exit_code=exit_code)


def test_the_text_names_what_to_do():
    out = run("all", exit_code=1).stdout
    assert "runs the shell command `echo hi`" in out
    assert f"--allow {JAR}" in out
    assert out.endswith("3 files, 3 pickles: 1 data, 1 needs trust, 1 hostile\n")
    assert "good.pkl" not in out
    assert "good.pkl" in run("all", "-v", exit_code=1).stdout


def test_the_standard_input_is_scanned():
    found = json.loads(run("-", "--json", stdin=Path("all/bad.pkl").read_bytes(), exit_code=1).stdout)
    assert [(one["path"], one["verdict"]) for one in found["files"]] == [("-", "hostile")]


def test_a_policy_is_named_and_not_searched_for():
    Path("all/onggi.toml").write_text(f'allow = ["{JAR}"]\n')
    Path("onggi.toml").write_text(f'allow = ["{JAR}"]\n')
    run("all/jar.pkl", exit_code=1)
    run("all/jar.pkl", "--policy", "onggi.toml")


@pytest.mark.parametrize("form", ["--json", "--sarif"])
def test_output_goes_to_a_file_and_text_to_the_log(form):
    log = run("all", form, "--output", "out.json", exit_code=1).stdout
    assert "hostile" in log
    assert json.loads(Path("out.json").read_text())
    assert json.loads(run("all", form, exit_code=1).stdout)


def test_text_goes_to_a_file():
    run("all", "--output", "out.txt", exit_code=1)
    assert "runs the shell command" in Path("out.txt").read_text("utf-8")


def test_a_baseline_is_written_and_read():
    run("all", "--write-baseline", "base.json")
    assert "accepted by the baseline: 2 findings" in run("all", "--baseline", "base.json").stdout
    Path("all/bad.pkl").write_bytes(pickled(call("os:system", "echo ho")))
    run("all", "--baseline", "base.json", exit_code=1)
    run("all", "--baseline", "all/good.pkl", exit_code=2)
    run("not there", "--write-baseline", "other.json", exit_code=2)


# ---------------------------------------------------------------------------------------------------------- CI systems


def _yaml(name):
    return pytest.importorskip("yaml").safe_load((ROOT / name).read_text("utf-8"))


def _bash(script, **variables):
    environment = {**os.environ, **variables}
    return subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False)


def _onggi(folder):
    """Write a command as an installed package has it."""
    command = Path(folder, "onggi")
    code = f"import sys; sys.path[:] = {sys.path!r}; sys.argv[0] = 'onggi'; from onggi.cli import main; main()"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n')
    command.chmod(0o755)
    return str(command.resolve())


def test_the_hook_of_pre_commit_runs():
    (hook,) = _yaml(".pre-commit-hooks.yaml")
    command = shlex.split(hook["entry"])
    assert command[0] == "onggi"
    assert CliRunner().invoke(app, [*command[1:], "all/good.pkl", "notes.txt"]).exit_code == 0
    assert CliRunner().invoke(app, [*command[1:], "all/good.pkl", "all/bad.pkl"]).exit_code == 1
    pattern = re.compile(hook["files"])
    assert all(pattern.search(name) for name in ("a.pkl", "b/C.PKL.gz", "x.joblib", "m.pt", "all.zip", "x.npz"))
    assert not any(pattern.search(name) for name in ("a.py", "README.md", "pkl", "a.pkl.py"))


@pytest.mark.skipif(os.name == "nt", reason="the scripts are for bash")
def test_the_action_runs():
    action = _yaml("action.yml")
    steps = {step["name"]: step for step in action["runs"]["steps"]}
    inputs = {name: one["default"] for name, one in action["inputs"].items()}
    script, names = steps["Scan"]["run"], steps["Scan"]["env"]
    assert "${{" not in script + steps["Install onggi"]["run"]
    values = {"runner.temp": "", **{f"inputs.{name}": value for name, value in inputs.items()}}
    values["inputs.paths"] = "all\nnot $(touch ran) there\n"
    values["inputs.exclude"] = "jar.pkl\n"
    variables = {name: re.sub(r"\$\{\{ (\S+) \}\}", lambda m: values[m[1]], text) for name, text in names.items()}
    done = _bash(script, **{**variables, "ONGGI": _onggi("."), "GITHUB_OUTPUT": "outputs"})
    assert done.returncode == 0, done.stderr
    assert Path("outputs").read_text() == "exit-code=1\n"
    assert not Path("ran").exists()
    results = json.loads(Path("onggi.sarif").read_text())["runs"][0]["results"]
    assert [one["ruleId"] for one in results] == ["dangerous", "no-access"]
    assert _bash(steps["Fail on findings"]["run"], ONGGI_CODE="1").returncode == 1


def test_the_page_has_the_hook_and_the_inputs_of_the_action():
    page = (ROOT / "docs" / "how-to" / "scan-in-ci.md").read_text("utf-8")
    (hook,) = _yaml(".pre-commit-hooks.yaml")
    assert f"id: {hook['id']}" in page
    given = re.findall(r"^          ([\w-]+):", page, re.MULTILINE)
    assert given
    assert set(given) <= set(_yaml("action.yml")["inputs"])
