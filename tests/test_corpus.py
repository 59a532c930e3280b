"""Every honest object comes back the same, with nothing allowed by hand: from any protocol and from a file."""

from __future__ import annotations

import importlib.util
import io
import pickle
import warnings

import pytest

import onggi
from onggi.trust import keys

LIBRARIES = (
    *("stdlib", "numpy", "pandas", "scipy", "scipy_results", "sklearn"),
    *("polars", "networkx", "shapely", "pillow", "xarray", "lightgbm"),
)
SLOW = {"sklearn"}
# Below protocol 4, Python itself pickles `__getnewargs_ex__` as a call of a partial, which needs trust.
OLDEST = {"scipy_results": 4}
NEWEST = pickle.HIGHEST_PROTOCOL


def _cases():
    for library in LIBRARIES:
        if importlib.util.find_spec(f"tests.corpus.{library}") is None:
            continue
        try:
            cases = importlib.import_module(f"tests.corpus.{library}").cases()
        except ImportError:
            continue
        for case in cases:
            yield pytest.param(library, case, id=f"{library}-{case.name}")


CASES = list(_cases())
FILES = [pytest.param(*case.values, id=case.id, marks=[pytest.mark.slow] * (case.values[0] in SLOW)) for case in CASES]


@pytest.fixture(autouse=True)
def _stranger(tmp_path):
    """Seal nothing by a key that the reader has: all is a stranger's."""
    keys.set_key_path(tmp_path / "key")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    keys.set_key_path(None)


def check(case, protocols):
    for protocol in protocols:
        try:
            data = pickle.dumps(case.make(), protocol)
            plain = case.same(case.make(), pickle.loads(data))
        except Exception:
            continue  # plain pickle can't do it in this protocol
        if plain:
            assert case.same(case.make(), onggi.loads(data)), f"protocol {protocol}"


@pytest.mark.parametrize(("library", "case"), CASES)
def test_a_strangers_pickle_comes_back(library, case):
    check(case, [NEWEST] if library in SLOW else range(OLDEST.get(library, 0), NEWEST + 1))


@pytest.mark.slow
@pytest.mark.parametrize(("library", "case"), [case for case in CASES if case.values[0] in SLOW])
def test_a_strangers_pickle_of_an_older_protocol_comes_back(library, case):
    check(case, range(NEWEST))


@pytest.mark.parametrize(("library", "case"), FILES)
def test_a_file_of_ours_comes_back(library, case, tmp_path):
    """Without its key: what the file holds must load as data."""
    file = io.BytesIO()
    onggi.dump(case.make(), file, seal=False)
    assert case.same(case.make(), onggi.load(io.BytesIO(file.getvalue())))
