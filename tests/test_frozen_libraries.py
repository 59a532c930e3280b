"""Pickles of numpy 1.16 to 2.5 and of the pandas, scipy and scikit-learn of their days, loaded for a stranger's policy.

Plain pickle is the bar: what it gives back right, onggi gives back right. What plain pickle can't read with the
libraries of today ends in an error of onggi, or comes back right after all.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import warnings
from typing import TYPE_CHECKING, Any

import pytest

import onggi
from onggi import errors
from tests.frozen import corpus

pytest.importorskip("numpy", minversion="2.0")
picture = pytest.importorskip("frozen_libraries.picture").picture
VALUES = pytest.importorskip("frozen_libraries").VALUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.frozen.corpus import FrozenWithPicture

MEMBERS = corpus.library_member_names()
# The pickler of Python 2 looked `sin` up in any module that has it, and found this one of scipy.
LOST_OF_NUMPY = {((1, 16), "ufuncs")}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The libraries warn of old files; what counts here is what comes back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def loads_plain(frozen: FrozenWithPicture) -> Any:
    return pickle.loads(frozen.data, encoding=frozen.encoding, buffers=frozen.buffers or None)


def loads_onggi(frozen: FrozenWithPicture) -> Any:
    return onggi.loads(frozen.data, encoding=frozen.encoding, buffers=frozen.buffers or None)


class FailsInUse(str):
    """What an object says that could be loaded, but not be used."""


def take(frozen: FrozenWithPicture, load: Callable[[FrozenWithPicture], Any]) -> Any:
    """The picture of what `load` gives, or the exception of loading or of using it."""
    try:
        loaded = load(frozen)
    except Exception as error:
        return error
    try:
        return json.loads(json.dumps(picture(loaded)))
    except Exception as error:
        return FailsInUse(error)


def difference(frozen: FrozenWithPicture) -> str | None:
    """What onggi does worse than plain pickle, in one line; None if nothing is."""
    ours = take(frozen, loads_onggi)
    if ours == frozen.picture:
        return None
    plain = take(frozen, loads_plain)
    if plain != frozen.picture and (isinstance(ours, errors.DecodeError | FailsInUse) or ours == plain):
        return None
    return f"{frozen.name}: {shorten(ours)} instead of {shorten(frozen.picture)}; plain pickle: {shorten(plain)}"


def shorten(shown: object) -> str:
    text = f"{type(shown).__name__}: {shown}" if isinstance(shown, Exception) else str(shown)
    return text if len(text) <= 300 else f"{text[:200]} … {text[-90:]}"


@pytest.mark.parametrize("member", MEMBERS)
def test_onggi_loads_what_plain_pickle_loads(member: str) -> None:
    found = [difference(frozen) for frozen in corpus.library_rows(member)]
    assert [text for text in found if text] == []


@pytest.mark.parametrize("member", MEMBERS)
def test_numpy_of_every_age_comes_back(member: str) -> None:
    rows = [row for row in corpus.library_rows(member) if "numpy" in VALUES[row.name].__module__]
    assert rows
    for frozen in rows:
        if (frozen.numpy, frozen.name) not in LOST_OF_NUMPY:
            assert take(frozen, loads_plain) == frozen.picture, frozen.name
            assert take(frozen, loads_onggi) == frozen.picture, frozen.name


@pytest.mark.parametrize("member", [name for name in MEMBERS if name.startswith("numpy-2.5/")])
def test_the_newest_comes_back(member: str) -> None:
    for frozen in corpus.library_rows(member):
        assert take(frozen, loads_onggi) == frozen.picture, frozen.name


@pytest.mark.parametrize("member", [name for name in MEMBERS if name.startswith("numpy-1.16/")])
def test_arrays_of_python_2_ask_for_an_encoding_or_need_none(member: str) -> None:
    for frozen in corpus.library_rows(member):
        if frozen.name in {"array_f8", "array_i4", "array_S3", "scalar_f8", "array_M8_D"}:
            taken = take(frozen, lambda frozen: onggi.loads(frozen.data))
            asks = isinstance(taken, errors.DecodeError) and "encoding" in str(taken)
            assert asks or taken == frozen.picture, frozen.name


def test_the_manifest_speaks_of_these_files() -> None:
    manifest = json.loads((corpus.LIBRARIES / "MANIFEST.json").read_text())
    files = {path.name: path for path in corpus.LIBRARIES.glob("numpy-*.zip")}
    assert manifest.keys() == files.keys()
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest[name]["sha256"], name


def test_every_value_is_frozen_by_someone() -> None:
    assert {row.name for name in MEMBERS for row in corpus.library_rows(name)} == VALUES.keys()
