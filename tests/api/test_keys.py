"""Keys and the list of whom one trusts: made once, private, and changed by one at a time."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import onggi
from onggi.errors import SecretKeyError, SignatureError
from onggi.trust import keys as own_keys
from onggi.trust.signing_keys import signing_key
from tests.people import People, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("cryptography")
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs owners and modes")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(onggi.__file__).parent.parent)}


@pytest.fixture
def people(tmp_path) -> Iterator[People]:
    people = People(tmp_path)
    people.be("alice")
    yield people
    stop()


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# -------------------------------------------------------------------------------------------------------------- making


def test_a_new_key_is_trusted_and_its_line_holds_no_secret(people):
    made = onggi.keys.new("alice")
    folder = people.be("alice")
    assert onggi.keys.signers() == (made,)
    assert made.is_own
    assert onggi.keys.own() == ("alice",)
    assert onggi.keys.export() == onggi.keys.export("alice") == f"{made.key.text} alice"
    assert files(folder) == {"trusted.json", "trusted.lock", "signing/alice"}
    secret = (folder / "signing" / "alice").read_text().partition(":")[2].strip()
    assert secret not in (folder / "trusted.json").read_text()


@posix_only
@pytest.mark.parametrize("umask", [0, 0o777])
def test_everything_is_private_whatever_the_umask(people, umask):
    before = os.umask(umask)
    try:
        people.be("alice").mkdir(parents=True, mode=0o700, exist_ok=True)
        people.be("alice").chmod(0o700)
        if umask == 0:
            onggi.keys.new("alice")
    finally:
        os.umask(before)
    onggi.keys.new("second")
    folder = people.be("alice")
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_secret_that_others_can_read_is_not_used(people, mode):
    onggi.keys.new("alice")
    path = people.be("alice") / "signing" / "alice"
    path.chmod(mode)
    with pytest.raises(SecretKeyError, match="others can read") as raised:
        onggi.keys.export()
    assert raised.value.hint == f"chmod 600 {path}"


def test_a_key_never_shows_itself(people):
    onggi.keys.new("alice")
    key = signing_key()
    secret = (people.be("alice") / "signing" / "alice").read_text().partition(":")[2].strip()
    assert secret not in repr(key)
    for use in (pickle.dumps, copy.copy, copy.deepcopy, onggi.dumps):
        with pytest.raises((TypeError, onggi.errors.EncodeError)):
            use(key)


def test_a_name_is_taken_once(people):
    made = onggi.keys.new("alice")
    with pytest.raises(SecretKeyError, match="already"):
        onggi.keys.new("alice")
    assert onggi.keys.signers() == (made,)


BAD_NAMES = ["", "../a", "a/b", "a b", "a\nb", 'a"', "é", "x" * 65, "-rf", ".hidden", "a.tmp"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=[ascii(name)[:10] for name in BAD_NAMES])
def test_what_is_no_name(people, name):
    with pytest.raises(SignatureError, match="no name for a key"):
        onggi.keys.new(name)
    assert not people.be("alice").exists()


def test_somebody_else_has_the_name(people):
    line = people.with_key("bob")
    people.be("alice")
    onggi.keys.trust(line)
    with pytest.raises(SignatureError, match="another key"):
        onggi.keys.new("bob")
    assert onggi.keys.own() == ()


@pytest.mark.parametrize("content", [b"", b"onggi-signing-1:AAAA\n", b"\xff" * 40, b"onggi-signing-2:" + b"A" * 48])
def test_a_damaged_secret(people, content):
    onggi.keys.new("alice")
    path = people.be("alice") / "signing" / "alice"
    path.write_bytes(content)
    with pytest.raises(SecretKeyError, match="damaged"):
        onggi.keys.export()


def test_no_place_for_keys(monkeypatch):
    own_keys.set_key_path("/dev/null/no/place/key")
    try:
        with pytest.raises(SecretKeyError, match="no place for keys"):
            onggi.keys.new("alice")
        assert onggi.keys.signers() == ()
        assert onggi.keys.own() == ()
    finally:
        stop()


def test_no_home(monkeypatch, tmp_path):
    for variable in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "nowhere"))
    for use in (lambda: onggi.keys.new("alice"), lambda: onggi.keys.revoke("alice"), onggi.keys.rotate):
        with pytest.raises(SecretKeyError, match="no home folder") as raised:
            use()
        assert "HOME" in raised.value.hint
    assert not (tmp_path / "nowhere").exists()


_NEW = "import sys, onggi; from onggi.trust.keys import set_key_path; set_key_path(sys.argv[1]); onggi.keys.{call}"


def _at_once(calls, folder):
    """Run calls in processes of their own at the same time; return how each ended."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _NEW.format(call=call), str(folder / "key")], env=ENVIRONMENT, stderr=subprocess.PIPE
        )
        for call in calls
    ]
    return [(process.communicate(timeout=100)[1], process.returncode) for process in running]


def test_who_makes_the_same_key_at_the_same_time_gets_an_error(people):
    folder = people.be("alice")
    ended = _at_once(["new('alice')"] * 4, folder)
    assert sorted(code for _, code in ended) == [0, 1, 1, 1]
    assert all(b"already" in text for text, code in ended if code)
    assert len(onggi.keys.signers()) == 1
    assert onggi.keys.export().startswith(onggi.keys.signers()[0].key.text)


def test_no_change_of_the_list_gets_lost(people):
    folder = people.be("alice")
    onggi.keys.new("old")
    ended = _at_once(["new('a')", "revoke('old')", "new('b')", "new('c')"], folder)
    assert [code for _, code in ended] == [0] * 4, ended
    found = {signer.name: signer.revoked is not None for signer in onggi.keys.signers()}
    assert found == {"old": True, "a": False, "b": False, "c": False}


# ------------------------------------------------------------------------------------------------------------ trusting


def test_trust_and_trust_again(people):
    line = people.with_key("bob")
    people.be("alice")
    (first,) = onggi.keys.trust(line, scope="models/*", expires="2031-01-01")
    assert (first.name, first.scope, first.expires, first.is_own) == ("bob", ("models/*",), "2031-01-01", False)
    (again,) = onggi.keys.trust(line, name="robert")
    assert onggi.keys.signers() == (again,)
    assert (again.name, again.scope, again.expires) == ("robert", ("**",), None)


def test_a_key_without_a_name_is_nobodys(people):
    line = people.with_key("bob").partition(" ")[0]
    people.be("alice")
    with pytest.raises(SignatureError, match="whose key"):
        onggi.keys.trust(line)


@pytest.mark.parametrize(
    "options",
    [{"scope": "../x"}, {"scope": ["a", ""]}, {"expires": "soon"}, {"expires": ""}, {"name": 'a",\n"for": ["**"'}],
    ids=str,
)
def test_a_bad_option_changes_nothing(people, options):
    line = people.with_key("bob")
    people.be("alice")
    with pytest.raises(SignatureError):
        onggi.keys.trust(line, **options)
    assert onggi.keys.signers() == ()


def test_a_revoked_key_stays_so(people):
    line = people.with_key("bob")
    people.be("alice")
    (bob,) = onggi.keys.trust(line)
    assert onggi.keys.revoke("bob").revoked is not None
    before = onggi.keys.signers()
    assert onggi.keys.revoke(bob.key.key_id) == before[0]
    with pytest.raises(SignatureError, match="stays so"):
        onggi.keys.trust(line)
    assert onggi.keys.signers() == before


def test_a_key_can_be_revoked_before_it_is_trusted(people):
    line = people.with_key("bob")
    people.be("alice")
    onggi.keys.revoke(line)
    with pytest.raises(SignatureError, match="revoked"):
        onggi.keys.trust(line)
    with pytest.raises(SignatureError, match="you trust no key called"):
        onggi.keys.revoke("nobody")


def test_the_name_of_a_revoked_key_is_free_again(people):
    lines = [people.with_key(name, "bob") for name in ("one", "two")]
    people.be("alice")
    onggi.keys.trust(lines[0])
    onggi.keys.revoke("bob")
    onggi.keys.trust(lines[1])
    assert [signer.revoked is None for signer in onggi.keys.signers()] == [False, True]
    assert onggi.keys.revoke("bob").key.text == lines[1].partition(" ")[0]


def test_a_damaged_list_is_never_written_over(people):
    onggi.keys.new("alice")
    path = people.be("alice") / "trusted.json"
    path.write_text("{")
    for use in (
        onggi.keys.signers,
        lambda: onggi.keys.new("b"),
        lambda: onggi.keys.revoke("alice"),
        onggi.keys.rotate,
    ):
        with pytest.raises(SignatureError, match="damaged"):
            use()
    assert path.read_text() == "{"
    assert onggi.keys.own() == ("alice",)


# ------------------------------------------------------------------------------------------------------------ rotating


def test_rotate_and_follow(people):
    line = people.with_key("bob")
    people.be("alice")
    onggi.keys.trust(line, scope="models/*")
    people.be("bob")
    rotations = [onggi.keys.rotate(), onggi.keys.rotate("bob")]
    assert onggi.keys.rotations() == tuple(rotations)
    assert [signer.is_own for signer in onggi.keys.signers()] == [True] * 3
    newest = onggi.keys.export()
    people.be("alice")
    with pytest.raises(SignatureError, match="vouches"):
        onggi.keys.trust(rotations[1])
    assert [signer.name for signer in onggi.keys.trust("\n".join(reversed(rotations)))] == ["bob-2", "bob-3"]
    assert onggi.keys.signers()[2].key.text == newest.partition(" ")[0]
    assert onggi.keys.trust(rotations[0]) == []


def test_the_old_secret_is_gone_and_what_it_signed_holds(people, tmp_path):
    onggi.keys.new("alice")
    before = (people.be("alice") / "signing" / "alice").read_text()
    path = tmp_path / "jar.pkl"
    onggi.dump([1], path, sign=True)
    onggi.keys.rotate()
    after = (people.be("alice") / "signing" / "alice").read_text()
    assert before.strip() not in after
    assert files(people.be("alice")) == {"key", "trusted.json", "trusted.lock", "signing/alice"}
    assert onggi.load(path, signed=True) == [1]
    onggi.sign(path)
    assert [one.trust.value for one in onggi.verify(path)[0].signatures] == ["trusted", "trusted"]


def test_a_revoked_key_names_no_other(people):
    onggi.keys.new("alice")
    onggi.keys.revoke("alice")
    with pytest.raises(SignatureError, match="revoked"):
        onggi.keys.rotate()
