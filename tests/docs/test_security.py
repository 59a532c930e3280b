"""What docs/security.md claims of seals and of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import onggi
from onggi.codec.encode import encode
from onggi.errors import IntegrityError, RefusedError
from onggi.format.seal import pack_seal, read_seal
from onggi.trust.digest import digest
from onggi.trust.keys import own_key, set_key_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Mine:
    """A class that no table knows."""


class Other:
    """Another one, whose name has the same length less one."""


@pytest.fixture
def two_keys(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Make two keys; the first is in use."""
    paths = tmp_path / "mine" / "key", tmp_path / "theirs" / "key"
    for path in reversed(paths):
        set_key_path(path)
        assert own_key(create=True) is not None
    yield paths
    set_key_path(None)


def _sealed_by(path: Path, obj: object, mine: Path) -> bytes:
    set_key_path(path)
    data = onggi.dumps(obj)
    set_key_path(mine)
    return data


def _with_digest(data: bytes) -> bytes:
    """Put the right digest of changed opcodes into a seal; its MAC stays."""
    seal = read_seal(memoryview(data))
    assert seal is not None
    return data[: seal.start] + pack_seal(seal._replace(opcodes_digest=digest(data[: seal.start])))


def test_the_own_seal_holds(two_keys: tuple[Path, Path]) -> None:
    """Otherwise the tests below would show nothing."""
    assert type(onggi.loads(onggi.dumps(Mine()))) is Mine


def test_changed_opcodes_with_a_right_digest(two_keys: tuple[Path, Path]) -> None:
    """A digest is easily made anew; the MAC covers it."""
    data = onggi.dumps(Mine(), label={"note": "aaaa"})
    with pytest.raises(IntegrityError, match="forged"):
        onggi.loads(_with_digest(data.replace(b"aaaa", b"bbbb")))


def test_a_seal_by_another_key_under_my_name(two_keys: tuple[Path, Path]) -> None:
    """The name of the key stands in the seal and can be changed."""
    mine, theirs = two_keys
    data = _sealed_by(theirs, Mine(), mine)
    seal, key = read_seal(memoryview(data)), own_key()
    assert seal is not None
    assert key is not None
    with pytest.raises(IntegrityError, match="forged"):
        onggi.loads(data[: seal.start] + pack_seal(seal._replace(key_id=key.key_id)))


def test_a_seal_by_another_key_is_a_strangers(two_keys: tuple[Path, Path]) -> None:
    """It loads with what the reader allows, and not without."""
    mine, theirs = two_keys
    data = _sealed_by(theirs, Mine(), mine)
    with pytest.raises(RefusedError, match="another key"):
        onggi.loads(data)
    assert type(onggi.loads(data, allow=Mine)) is Mine


def test_a_seal_that_belongs_to_another_pickle(two_keys: tuple[Path, Path]) -> None:
    """My own seal, moved behind opcodes that I have not written."""
    data = onggi.dumps(Mine(), label={"note": "aaaa"})
    seal = read_seal(memoryview(data))
    assert seal is not None
    foreign = b"".join(encode(Other()).layout({"about": {}, "user": {}}).pieces)[:-1]
    with pytest.raises(IntegrityError):
        onggi.loads(foreign + data[seal.start :])


def test_there_are_as_many_attacks_as_is_said() -> None:
    """More than a thousand."""
    from attacks.catalogue import CASES

    assert len(CASES) > 1_000
