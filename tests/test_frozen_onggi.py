"""Files that released versions of onggi wrote stay readable, sealed by their key, and ordinary pickles."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import pickle
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import onggi
from onggi import errors
from onggi.trust import keys
from tests.frozen import corpus, expected

pytest.importorskip("numpy", minversion="2.0")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

HERE = corpus.FROZEN / "onggi"
FILES = sorted(path for path in HERE.glob("onggi-*/*") if path.is_file())
FORMATS: dict[str, Callable[..., Any]] = {".pkl": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
CLASSES = ["frozen_shapes.**"]


@pytest.fixture(scope="module")
def frozen_onggi() -> Iterator[ModuleType]:
    """The module that says what the files hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        patch.delitem(sys.modules, "frozen_onggi", raising=False)
        import frozen_onggi

        yield frozen_onggi


@pytest.fixture
def own_key(tmp_path: Path) -> Iterator[None]:
    """Be the one whose key sealed the files."""
    path = tmp_path / "private" / "key"
    path.parent.mkdir(mode=0o700)
    shutil.copyfile(HERE / "test-key", path)
    path.chmod(0o600)
    keys.set_key_path(str(path))
    yield
    keys.set_key_path(None)


def name_of(path: Path) -> str:
    return path.name.partition(".")[0]


def draw(value: Any) -> Any:
    """A portrait in which arrays are compared by their bytes."""
    picture = pytest.importorskip("frozen_libraries.picture").picture
    if isinstance(value, dict):
        return {key: draw(item) for key, item in value.items()}
    if isinstance(value, list) and any(hasattr(item, "dtype") for item in value):
        return [draw(item) for item in value]
    if hasattr(value, "dtype"):
        return picture(value)
    if hasattr(value, "array"):
        return [type(value).__name__, draw(vars(value))]
    return expected.portrait(value)


def load_all(path: Path, module: ModuleType, **options: Any) -> Any:
    if name_of(path) in module.SERIES:
        return list(onggi.iter_load(path, **options))
    return onggi.load(path, **options)


def named(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in paths]


@pytest.mark.parametrize("path", named(FILES))
@pytest.mark.usefixtures("own_key")
def test_its_writer_loads_it(path: Path, frozen_onggi: ModuleType) -> None:
    try:
        loaded = load_all(path, frozen_onggi)
    except errors.MissingExtraError as error:
        pytest.skip(str(error))
    assert draw(loaded) == draw(frozen_onggi.VALUES[name_of(path)]())


@pytest.mark.parametrize("path", named([path for path in FILES if path.suffix in FORMATS]))
def test_a_stranger_loads_it_by_policy(path: Path, frozen_onggi: ModuleType) -> None:
    name = name_of(path)
    if name in frozen_onggi.SEALED:
        with pytest.raises(errors.RefusedError):
            load_all(path, frozen_onggi)
    options = {"allow": CLASSES} if name in frozen_onggi.SEALED else {}
    assert draw(load_all(path, frozen_onggi, **options)) == draw(frozen_onggi.VALUES[name]())


@pytest.mark.parametrize("path", named([path for path in FILES if path.suffix in FORMATS]))
def test_plain_pickle_loads_it(path: Path, frozen_onggi: ModuleType) -> None:
    wanted = frozen_onggi.VALUES[name_of(path)]()
    with FORMATS[path.suffix](path, "rb") as source:
        is_series = name_of(path) in frozen_onggi.SERIES
        loaded = [pickle.load(source) for _ in wanted] if is_series else pickle.load(source)
        assert source.read() == b""
    assert draw(loaded) == draw(wanted)


@pytest.mark.parametrize("path", named([path for path in FILES if path.name == "arrays.pkl"]))
@pytest.mark.usefixtures("own_key")
def test_a_flipped_bit_is_found(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in (len(data) // 2, len(data) - 100, 40):
        damaged = bytearray(data)
        damaged[place] ^= 1
        copy = tmp_path / "damaged.pkl"
        copy.write_bytes(damaged)
        with pytest.raises(errors.DecodeError):
            onggi.load(copy)


def test_the_manifest_speaks_of_these_files() -> None:
    if not FILES:
        pytest.skip("no version was released yet")
    manifest = json.loads((HERE / "MANIFEST.json").read_text())
    found = {f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in FILES}
    listed = {
        f"{version}/{name}": digest for version in manifest for name, digest in manifest[version]["sha256"].items()
    }
    assert found == listed
