"""`onggi keys`, `onggi sign` and `onggi verify --signed`."""

from __future__ import annotations

import json
import pickle

import pytest
from click.testing import CliRunner, Result

import onggi
from onggi.cli.app import app
from tests.people import People, stop

pytest.importorskip("cryptography")


@pytest.fixture
def people(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    people = People(tmp_path)
    people.be("alice")
    onggi.dump({"a": 1}, "jar.pkl")
    yield people
    stop()


def run(*args) -> Result:
    return CliRunner().invoke(app, list(args))


def test_from_a_key_to_a_file_that_is_trusted(people):
    made = run("keys", "new", "alice")
    assert made.exit_code == 0
    assert made.stdout.startswith("onggi-ed25519:")
    assert made.stdout == run("keys", "export").stdout == run("keys", "export", "alice").stdout
    signed = run("sign", "jar.pkl", "--version", "3")
    assert (signed.exit_code, signed.stdout) == (0, "")
    assert 'signed as "jar.pkl", version 3' in signed.stderr
    people.be("bob")
    asked = run("verify", "--signed", "jar.pkl")
    assert asked.exit_code == 1
    assert "without a signature by somebody whom you trust" in asked.stdout
    assert f"onggi keys trust {made.stdout.split()[0]} --name WHO" in asked.stdout
    trusted = run("keys", "trust", made.stdout, "--for", "*.pkl", "--for", "m/*", "--expires", "2031-01-01")
    assert trusted.exit_code == 0
    assert "alice" in trusted.stdout
    assert "for *.pkl, m/*  until 2031-01-01" in trusted.stdout
    for words in (("--signed",), ("--signed-by", "alice"), ()):
        done = run("verify", *words, "jar.pkl")
        assert done.exit_code == 0
        assert "signed by alice" in done.stdout
    assert run("verify", "--signed-by", "bob", "jar.pkl").exit_code == 1
    assert "signed by somebody whom you trust" in run("inspect", "jar.pkl").stdout
    assert run("load", "jar.pkl").exit_code == 0


def test_json(people):
    run("keys", "new", "alice")
    run("sign", "jar.pkl", "--name", "models/jar.pkl", "--version", "3")
    (signer,) = json.loads(run("keys", "list", "--json").stdout)
    assert (signer["name"], signer["for"], signer["is_own"], signer["revoked"]) == ("alice", ["**"], True, None)
    done = run("verify", "--json", "--signed", "jar.pkl")
    (result,) = json.loads(done.stdout)
    assert done.exit_code == 1
    assert result["missing"] == "a signature by somebody whom you trust"
    (signature,) = result["pickles"][0]["signatures"]
    assert signature["trust"] == "another name"
    assert (signature["name"], signature["version"], signature["key"]) == ("models/jar.pkl", 3, signer["key"])


def test_a_wrong_signature_is_damage(people, tmp_path):
    run("keys", "new", "alice")
    run("sign", "jar.pkl")
    onggi.dump({"b": 1}, "other.pkl", sign=True)
    from onggi.format.seal import pack_seal, read_seal, with_signatures

    mine, other = (read_seal(memoryview((tmp_path / name).read_bytes())) for name in ("jar.pkl", "other.pkl"))
    data = (tmp_path / "jar.pkl").read_bytes()
    (tmp_path / "jar.pkl").write_bytes(data[: mine.start] + pack_seal(with_signatures(mine, other.signatures)))
    done = run("verify", "jar.pkl")
    assert done.exit_code == 2
    assert "the signature by alice is wrong" in done.stderr


def test_rotate_follow_and_revoke(people):
    line = run("keys", "new", "alice").stdout
    people.be("bob")
    run("keys", "trust", line)
    people.be("alice")
    rotation = run("keys", "rotate").stdout
    assert run("keys", "export", "--rotations").stdout == rotation
    people.be("bob")
    assert run("keys", "trust", rotation, "--for", "x").exit_code == 2
    with open("rotation.txt", "w") as file:
        file.write(rotation)
    assert "alice-2" in run("keys", "trust", "rotation.txt").stdout
    assert "already" in run("keys", "trust", "rotation.txt").stderr
    revoked = run("keys", "revoke", "alice")
    assert revoked.exit_code == 0
    assert "revoked" in revoked.stdout
    assert "onggi keys revoke alice-2" in revoked.stderr


def test_the_environment_says_where_keys_lie(people, tmp_path, monkeypatch):
    monkeypatch.setenv("ONGGI_HOME", str(tmp_path / "elsewhere"))
    assert run("keys", "new", "alice").exit_code == 0
    assert (tmp_path / "elsewhere" / "signing" / "alice").exists()


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["keys", "new", "../x"], 2, "no name for a key"),
        (["keys", "trust", "nonsense"], 2, "no public key"),
        (["keys", "revoke", "nobody"], 2, "you trust no key called"),
        (["keys", "export"], 2, "no signing key yet"),
        (["keys", "rotate", "nobody"], 2, "onggi keys new nobody"),
        (["keys", "nonsense"], 2, "No such command"),
        (["sign", "jar.pkl"], 2, "no signing key yet"),
        (["sign", "jar.pkl", "--version", "-1"], 2, "--version"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_not_possible(people, args, code, words):
    done = run(*args)
    assert done.exit_code == code
    assert words in done.stderr


class Surprise:
    def __reduce__(self):
        return print, ("this ran",)


def test_a_strangers_code_is_not_signed(people, tmp_path):
    run("keys", "new", "alice")
    (tmp_path / "theirs.pkl").write_bytes(pickle.dumps(Surprise()))
    done = run("sign", "theirs.pkl")
    assert done.exit_code == 1
    assert "this ran" not in done.output
    assert run("sign", "missing.pkl").exit_code == 2


def test_lists_without_anybody(people):
    assert "you trust nobody yet" in run("keys", "list").stderr
    assert "Commands:" in run("keys").stdout
