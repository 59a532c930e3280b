from __future__ import annotations

import bz2
import gzip
import json
import os
import pickle
import sys

import click
import joblib
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import onggi
from onggi.cli.app import app
from onggi.trust.keys import set_key_path


class Model:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __repr__(self):
        return f"Model({self.__dict__})"

    def __eq__(self, other):
        return isinstance(other, Model) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]


class Hostile:
    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self.canary),)


@pytest.fixture(autouse=True)
def _own_key(tmp_path_factory):
    set_key_path(tmp_path_factory.mktemp("key") / "folder" / "key")
    yield
    set_key_path(None)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)


def run(*args, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(args), input=stdin)


def write(path: str, obj) -> str:
    with open(path, "wb") as file:
        pickle.dump(obj, file)
    return path


# -------------------------------------------------------------------------------------------------------------- general


def test_version():
    done = run("--version")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"onggi {onggi.__version__} (")
    assert done.stdout.rstrip().endswith(f"), Python {'.'.join(map(str, sys.version_info[:3]))}")
    assert ("compiled" in done.stdout) or ("pure" in done.stdout)


def test_without_arguments_it_helps():
    done = run()
    assert done.exit_code == 0
    assert "Usage: onggi" in done.stdout
    assert "onggi model.pkl" in done.stdout


def test_a_file_alone_is_inspected():
    path = write("a.pkl", [1, 2])
    assert run(path).stdout == run("inspect", path).stdout


def test_options_before_the_file_are_those_of_inspect():
    assert json.loads(run("--json", write("a.pkl", [1])).stdout)["state"] == "data"


def test_a_mistyped_command_is_named():
    done = run("inspct", write("a.pkl", [1]))
    assert done.exit_code == 2
    assert "did you mean `onggi inspect`?" in done.stderr


@pytest.mark.parametrize("args", [("load",), ("--bogus",), ("inspect", "--lines", "x", "f"), ("convert", "a")])
def test_wrong_use_is_two(args):
    done = run(*args)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["inspect", "load", "verify"])
def test_a_missing_file_is_two(command):
    done = run(command, "missing.pkl")
    assert done.exit_code == 2
    assert done.stderr == "error: missing.pkl: no such file or directory\n"
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["inspect", "load", "verify"])
def test_another_kind_of_file_is_two_and_named(command):
    with open("page.pkl", "w") as file:
        file.write("<!doctype html><title>Please log in</title>")
    done = run(command, "page.pkl")
    assert done.exit_code == 2
    assert "this is an HTML page titled 'Please log in'" in done.stderr
    assert "next:" in done.stderr
    assert done.stdout == ""


def test_our_mistakes_are_no_block_but_a_traceback(monkeypatch):
    @click.command("inspect")
    def broken():
        raise AssertionError("a mistake")

    monkeypatch.setattr("onggi.cli.inspect_command.command", broken)
    done = run("inspect")
    assert isinstance(done.exception, AssertionError)


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (click.Abort(), 130), (MemoryError(), 2)])
def test_interruptions_end_with_a_word(monkeypatch, error, code):
    @click.command("inspect")
    def stopped():
        raise error

    monkeypatch.setattr("onggi.cli.inspect_command.command", stopped)
    done = run("inspect")
    assert done.exit_code == code
    assert "Traceback" not in done.stderr
    assert done.stderr


# -------------------------------------------------------------------------------------------------------------- inspect


def test_inspect_shows_the_tree():
    path = write("cfg.pkl", {"lr": 0.1, "layers": [64, 64]})
    done = run("inspect", path)
    assert done.exit_code == 0
    assert done.stdout.startswith("cfg.pkl  pickle protocol")
    assert '"lr"  0.1' in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_inspect_says_what_needs_trust_and_what_would_change_that():
    path = write("model.pkl", Model(x=1))
    done = run("inspect", path)
    assert done.exit_code == 1
    assert f"onggi load model.pkl --allow {__name__}.Model" in done.stdout
    assert run("inspect", path, "--allow", f"{__name__}.Model").exit_code == 0


def test_inspect_runs_nothing(tmp_path):
    canary = tmp_path / "canary"
    for form in ([], ["--json"], ["--html"], ["--opcodes"]):
        done = run("inspect", write("gift.pkl", Hostile(canary)), *form)
        assert done.exit_code == 1
        assert not canary.exists()
        assert "mkdir" in done.stdout


def test_inspect_of_damaged_files_is_two_and_shows_what_is_there():
    data = pickle.dumps({"a": 1, "b": list(range(1_000))})
    with open("cut.pkl", "wb") as file:
        file.write(data[:1_000])
    done = run("inspect", "cut.pkl")
    assert done.exit_code == 2
    assert '"a"  1' in done.stdout
    assert "damaged" in done.stdout


def test_inspect_writes_json():
    done = run("inspect", "--json", write("a.pkl", {"a": np.arange(3)}))
    assert done.exit_code == 0
    assert json.loads(done.stdout)["schema"] == "onggi.inspect/1"


def test_inspect_writes_a_page():
    done = run("inspect", "--html", write("a.pkl", {"a": "<b>"}))
    assert done.exit_code == 0
    assert done.stdout.startswith("<!doctype html>")
    assert "<b>&lt;" not in done.stdout
    assert "&lt;b&gt;" in done.stdout


def test_inspect_lists_opcodes_of_all_pickles():
    with open("log.pkl", "wb") as file:
        pickle.dump([1], file)
        pickle.dump({2}, file)
    done = run("inspect", "--opcodes", "log.pkl")
    assert done.exit_code == 0
    assert done.stdout.count("STOP") == 2
    assert "pickle 2 of 2 at byte" in done.stdout


def test_inspect_reads_the_standard_input():
    done = run("inspect", "-", stdin=gzip.compress(pickle.dumps({"key": "value"})))
    assert done.exit_code == 0
    assert '"key"  "value"' in done.stdout


def test_inspect_takes_the_size_of_the_tree():
    path = write("rows.pkl", [{"id": [i]} for i in range(500)])
    few, many = (run("inspect", "--lines", lines, path).stdout.count("\n") for lines in ("5", "100"))
    assert few < many
    found = json.loads(run("inspect", "--json", "--max-nodes", "10", path).stdout)
    assert len(found["pickles"][0]["outline"]["nodes"]) < 15


# ----------------------------------------------------------------------------------------------------------------- load


def test_load_prints_the_value():
    done = run("load", write("a.pkl", {"z": [1, (2, None)], "a": b"x"}))
    assert done.exit_code == 0
    assert done.stdout == "{'z': [1, (2, None)], 'a': b'x'}\n"
    assert done.stderr == ""


def test_load_refuses_and_says_what_to_type():
    path = write("model.pkl", {"m": Model(x=1)})
    done = run("load", path)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"`{__name__}.Model`" in done.stderr
    assert "where: byte" in done.stderr
    assert 'root["m"]' in done.stderr
    assert f"onggi load model.pkl --allow {__name__}.Model" in done.stderr
    allowed = run("load", path, "--allow", f"{__name__}.Model")
    assert allowed.exit_code == 0
    assert allowed.stdout == "{'m': Model({'x': 1})}\n"


def test_load_never_offers_to_allow_what_is_dangerous(tmp_path):
    canary = tmp_path / "canary"
    done = run("load", write("gift.pkl", Hostile(canary)))
    assert done.exit_code == 1
    assert not canary.exists()
    assert "--allow" not in done.stderr


def test_load_of_own_files_needs_nothing():
    onggi.dump(Model(x=1), "own.pkl")
    assert run("load", "own.pkl").stdout == "Model({'x': 1})\n"


def test_load_writes_json():
    obj = {
        "frame": pd.DataFrame({"a": [1], "b": ["x"]}),
        "array": np.array([[1.5, np.nan]]),
        "number": np.float32(2.0),
        "set": {3},
        7: b"raw",
        "when": pd.Timestamp("2026-01-02"),
    }
    done = run("load", "--json", write("a.pkl", obj))
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "frame": [{"a": 1, "b": "x"}],
        "array": [[1.5, None]],
        "number": 2.0,
        "set": [3],
        "7": "cmF3",
        "when": "2026-01-02T00:00:00",
    }


def test_load_says_what_json_has_no_form_for():
    onggi.dump({"m": [Model(x=1)]}, "own.pkl")
    done = run("load", "--json", "own.pkl")
    assert done.exit_code == 2
    assert f"JSON has no form for `{__name__}.Model`" in done.stderr
    assert "root['m'][0]" in done.stderr


def test_load_of_a_value_that_contains_itself():
    loop: list = []
    loop.append(loop)
    path = write("loop.pkl", loop)
    assert run("load", path).exit_code == 0
    assert "contains itself" in run("load", "--json", path).stderr


def test_load_all():
    with open("log.pkl", "wb") as file:
        for number in range(3):
            pickle.dump({"n": number}, file)
    assert run("load", "--all", "log.pkl").stdout == "{'n': 0}\n{'n': 1}\n{'n': 2}\n"
    assert run("load", "log.pkl").stdout == "{'n': 0}\n"


def test_load_reads_the_standard_input():
    assert run("load", "-", stdin=pickle.dumps([1, 2])).stdout == "[1, 2]\n"


def test_load_takes_an_encoding():
    with open("py2.pkl", "wb") as file:
        file.write(b"U\x03caf\xe9."[:2] + b"caf\xe9"[:3] + b".")
    assert run("load", "--encoding", "latin1", "py2.pkl").stdout == "'caf'\n"


# --------------------------------------------------------------------------------------------------------------- verify


def test_verify_says_what_each_file_is():
    onggi.dump([1], "own.pkl")
    onggi.dump([1], "digests.pkl", seal=False)
    write("plain.pkl", [1])
    done = run("verify", "own.pkl", "digests.pkl", "plain.pkl")
    assert done.exit_code == 0
    own, digests, plain = done.stdout.splitlines()
    assert "intact, sealed by your key" in own
    assert digests.endswith("intact")
    assert "no digests" in plain


def test_verify_finds_damage_and_goes_on():
    onggi.dump({"w": np.arange(50_000.0)}, "a.pkl")
    data = bytearray(open("a.pkl", "rb").read())  # noqa: SIM115
    data[len(data) // 2] ^= 1
    with open("damaged.pkl", "wb") as file:
        file.write(data)
    done = run("verify", "damaged.pkl", "a.pkl")
    assert done.exit_code == 2
    assert "damaged.pkl: the digest of buffer 0" in done.stderr
    assert "a.pkl" in done.stdout
    results = json.loads(run("verify", "--json", "damaged.pkl", "a.pkl").stdout)
    assert [result["state"] for result in results] == ["damaged", "own key"]


def test_verify_reads_the_standard_input():
    onggi.dump([1], "own.pkl")
    with open("own.pkl", "rb") as file:
        assert "sealed by your key" in run("verify", "-", stdin=file.read()).stdout


# -------------------------------------------------------------------------------------------------------------- convert


@pytest.mark.parametrize(("suffix", "opener"), [(".gz", gzip.open), (".bz2", bz2.open), ("", open)])
def test_convert_keeps_the_very_bytes(suffix, opener):
    onggi.dump({"w": np.arange(30_000.0)}, "in.pkl")
    done = run("convert", "in.pkl", f"out.pkl{suffix}")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "nothing was built" in done.stderr
    with open("in.pkl", "rb") as before, opener(f"out.pkl{suffix}", "rb") as after:
        assert before.read() == after.read()
    assert onggi.verify(f"out.pkl{suffix}")[0].state.value == "own key"


def test_convert_of_a_strangers_file_builds_nothing_and_makes_no_seal(tmp_path):
    canary = tmp_path / "canary"
    write("gift.pkl", Hostile(canary))
    assert run("convert", "gift.pkl", "out.pkl.gz").exit_code == 0
    assert not canary.exists()
    assert run("load", "out.pkl.gz").exit_code == 1


def test_rebuild_never_launders():
    write("theirs.pkl", Model(x=1))
    refused = run("convert", "--rebuild", "theirs.pkl", "out.pkl")
    assert refused.exit_code == 1
    assert not os.path.exists("out.pkl")
    done = run("convert", "--rebuild", "theirs.pkl", "out.pkl", "--allow", f"{__name__}.Model")
    assert done.exit_code == 0
    assert "without a seal" in done.stderr
    assert onggi.verify("out.pkl")[0].state.value == "digests only"
    assert run("load", "out.pkl").exit_code == 1


def test_rebuild_of_own_files_seals_them_again():
    onggi.dump(Model(x=1), "own.pkl")
    assert run("convert", "--rebuild", "own.pkl", "out.pkl.xz").exit_code == 0
    assert onggi.load("out.pkl.xz") == Model(x=1)


@pytest.mark.parametrize("save", [lambda obj, path: joblib.dump(obj, path), lambda obj, path: np.save(path, obj["x"])])
def test_rebuild_of_a_file_of_joblib_or_numpy_is_a_pickle(save):
    save({"x": np.arange(5.0)}, "in.npy")
    done = run("convert", "--rebuild", "in.npy", "out.pkl")
    assert done.exit_code == 0, done.stderr
    assert "without a seal" in done.stderr
    with open("out.pkl", "rb") as file:
        loaded = pickle.load(file)
    assert list(loaded["x"] if isinstance(loaded, dict) else loaded) == [0, 1, 2, 3, 4]


def test_rebuild_of_what_is_no_pickle_says_what_it_is():
    with open("page.pkl", "wb") as file:
        file.write(b"<!DOCTYPE html><html></html>")
    done = run("convert", "--rebuild", "page.pkl", "out.pkl")
    assert done.exit_code == 2
    assert "this is an HTML page" in done.stderr
    assert not os.path.exists("out.pkl")


def test_a_group_without_a_command_shows_its_help():
    for group in ("policy", "keys"):
        done = run(group)
        assert (done.exit_code, done.stderr) == (0, "")
        assert f"Usage: onggi {group}" in done.stdout


def test_rebuild_of_several_pickles_keeps_them_all():
    with open("log.pkl", "wb") as file:
        pickle.dump([1], file)
        pickle.dump([2], file)
    assert run("convert", "--rebuild", "log.pkl", "out.pkl").exit_code == 0
    assert list(onggi.iter_load("out.pkl")) == [[1], [2]]


def test_rebuild_of_a_mixed_file_makes_no_seal():
    onggi.dump(Model(x=1), "mixed.pkl")
    with open("mixed.pkl", "ab") as file:
        pickle.dump([2], file)
    assert run("convert", "--rebuild", "mixed.pkl", "out.pkl").exit_code == 0
    assert {one.state.value for one in onggi.verify("out.pkl")} == {"digests only"}


def test_convert_leaves_the_old_file_when_it_fails():
    with open("out.pkl", "wb") as file:
        file.write(b"old")
    with open("page.pkl", "w") as page:
        page.write("<!doctype html>")
    for source in ("page.pkl", write("theirs.pkl", [Model(x=1)])):
        assert run("convert", "--rebuild", source, "out.pkl").exit_code != 0
        with open("out.pkl", "rb") as file:
            assert file.read() == b"old"
    assert run("convert", "page.pkl", "out.pkl").exit_code == 2


def test_convert_pipes():
    data = pickle.dumps([1, 2, 3])
    done = run("convert", "-", "-", stdin=gzip.compress(data))
    assert done.exit_code == 0
    assert done.stdout_bytes == data


def test_convert_options_that_build_need_rebuild():
    done = run("convert", write("a.pkl", [1]), "b.pkl", "--allow", "m.C")
    assert done.exit_code == 2
    assert "--rebuild" in done.stderr
