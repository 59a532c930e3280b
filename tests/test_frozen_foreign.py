"""Pickles of CPython 2.7 and 3.6 to 3.13, of every protocol, come back as what was pickled, for a stranger's policy.

Each item is one pickler of one interpreter at one protocol: some two hundred objects. Plain pickle is held to the same
expectations, so that a mistake in these is not taken for one of the library.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import warnings
import zoneinfo
from typing import TYPE_CHECKING, Any

import pytest

import onggi
from onggi import errors
from tests.frozen import corpus, expected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.frozen.corpus import Frozen

MEMBERS = corpus.member_names()
MEMBERS_OF_TWO = [name for name in MEMBERS if name.startswith("cpython-2.7/")]
ALLOW = ["frozen_shapes.**"]
# With `encoding="bytes"` plain pickle makes a UserDict without `data` and a partial with a keyword of bytes: useless.
BROKEN_AS_BYTES = {"user_dict_of_two", "user_list_of_two", "partial", "str_of", "template", "argparse_namespace"}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Newer Pythons warn of what they will not build any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def loads_plain(frozen: Frozen, encoding: str) -> Any:
    return pickle.loads(frozen.data, encoding=encoding, buffers=frozen.buffers or None)


def loads_onggi(frozen: Frozen, encoding: str) -> Any:
    return onggi.loads(frozen.data, encoding=encoding, buffers=frozen.buffers or None, allow=ALLOW)


def loads_allowed(frozen: Frozen, encoding: str) -> Any:
    return onggi.loads(frozen.data, encoding=encoding, allow=expected.REFUSED[frozen.name])


def difference(frozen: Frozen, load: Callable[[Frozen, str], Any], encoding: str) -> str | None:
    """What is wrong with what `load` gives, in one line; None if nothing is."""
    try:
        loaded = load(frozen, encoding)
    except Exception as error:
        return judge_error(frozen, load, encoding, error)
    drawn, wanted = expected.draw(frozen, loaded), expected.expected_portrait(frozen, encoding)
    is_known = load is loads_plain and expected.why_lost(frozen, encoding)
    return None if drawn == wanted or is_known else f"{frozen.name}: {shorten(drawn)} instead of {shorten(wanted)}"


def judge_error(frozen: Frozen, load: Callable[[Frozen, str], Any], encoding: str, error: Exception) -> str | None:
    """An error is right only where plain pickle fails too, or where it takes the reader's own seal."""
    if frozen.name in expected.SEALED_ONLY and load is not loads_plain and isinstance(error, errors.RefusedError):
        return None
    if expected.why_lost(frozen, encoding) and (load is loads_plain or isinstance(error, errors.DecodeError)):
        return None
    return f"{frozen.name}: {type(error).__name__}: {shorten(str(error))}"


def shorten(shown: object) -> str:
    text = str(shown)
    return text if len(text) <= 300 else f"{text[:200]} … {text[-90:]}"


def has_zones() -> bool:
    return "Asia/Seoul" in zoneinfo.available_timezones()


def differences(frozens: Iterable[Frozen], load: Callable[[Frozen, str], Any], encoding: str = "ASCII") -> list[str]:
    skipped = set() if has_zones() else {"zone_of_a_city", "datetime_in_a_city", "zone_without_cache"}
    found = (difference(frozen, load, encoding) for frozen in frozens if frozen.name not in skipped)
    return [text for text in found if text]


@pytest.mark.parametrize("member", MEMBERS)
def test_onggi_loads_what_was_pickled(member: str) -> None:
    frozens = [frozen for frozen in corpus.rows(member) if frozen.name not in expected.REFUSED]
    assert differences(frozens, loads_onggi) == []


@pytest.mark.parametrize("member", MEMBERS)
def test_what_a_stranger_may_not_is_refused_and_loads_when_allowed(member: str) -> None:
    frozens = [frozen for frozen in corpus.rows(member) if frozen.name in expected.REFUSED]
    assert differences(frozens, loads_allowed) == []
    for frozen in frozens:
        with pytest.raises(errors.RefusedError):
            loads_onggi(frozen, "ASCII")


@pytest.mark.parametrize("member", MEMBERS)
def test_plain_pickle_meets_the_same_expectations(member: str) -> None:
    assert differences(corpus.rows(member), loads_plain) == []


@pytest.mark.parametrize("member", MEMBERS)
def test_what_is_lost_is_lost_for_plain_pickle(member: str) -> None:
    for frozen in corpus.rows(member):
        if reason := expected.why_lost(frozen):
            assert is_lost(frozen), f"{frozen.name} loads, so this is not so any more: {reason}"


def is_lost(frozen: Frozen) -> bool:
    try:
        loaded = loads_plain(frozen, "ASCII")
    except Exception:
        return True
    return expected.draw(frozen, loaded) != expected.expected_portrait(frozen)


# --------------------------------------------------------------------------------------------------- Python 2's text


@pytest.mark.parametrize("member", MEMBERS_OF_TWO)
@pytest.mark.parametrize("load", [loads_plain, loads_onggi])
def test_latin1_reads_every_text_of_python_2(member: str, load: Callable[[Frozen, str], Any]) -> None:
    frozens = [frozen for frozen in corpus.rows(member) if frozen.name not in expected.REFUSED]
    assert differences(frozens, load, "latin1") == []


@pytest.mark.parametrize("member", MEMBERS_OF_TWO)
@pytest.mark.parametrize("load", [loads_plain, loads_onggi])
def test_bytes_keeps_the_bytes_of_python_2(member: str, load: Callable[[Frozen, str], Any]) -> None:
    frozens = [frozen for frozen in corpus.rows(member) if frozen.name in expected.READ_AS_BYTES]
    assert frozens
    assert differences(frozens, load, "bytes") == []


@pytest.mark.parametrize("member", MEMBERS_OF_TWO)
def test_bytes_means_for_onggi_what_it_means_for_pickle(member: str) -> None:
    for frozen in corpus.rows(member):
        if frozen.name not in expected.REFUSED.keys() | BROKEN_AS_BYTES:
            assert outcome(frozen, loads_onggi) == outcome(frozen, loads_plain), frozen.name


def outcome(frozen: Frozen, load: Callable[[Frozen, str], Any]) -> Any:
    try:
        return expected.draw(frozen, load(frozen, "bytes"))
    except Exception:
        return "an error"


@pytest.mark.parametrize("member", MEMBERS_OF_TWO)
def test_text_over_127_asks_for_an_encoding(member: str) -> None:
    for frozen in corpus.rows(member):
        if frozen.name in expected.NOT_ASCII:
            with pytest.raises(errors.DecodeError, match="encoding"):
                loads_onggi(frozen, "ASCII")


# ------------------------------------------------------------------------------------------------ more than one value


def specials(name: str) -> list[Any]:
    found = [frozen for frozen in corpus.specials() if frozen.name == name]
    assert found
    return [pytest.param(frozen, id=f"{frozen.writer[0]}.{frozen.writer[1]}-{frozen.protocol}") for frozen in found]


@pytest.mark.parametrize("frozen", specials("extension_code"))
def test_a_code_that_no_one_registered_is_a_clear_error(frozen: Frozen) -> None:
    if frozen.protocol < 2:
        assert type(onggi.loads(frozen.data, allow=ALLOW)).__name__ == "Plain"
        return
    with pytest.raises(errors.DecodeError):
        onggi.loads(frozen.data, allow=ALLOW)


@pytest.mark.parametrize("frozen", specials("persistent_id"))
def test_a_persistent_id_without_a_loader_is_a_clear_error(frozen: Frozen) -> None:
    with pytest.raises(errors.DecodeError, match="persistent"):
        onggi.loads(frozen.data)


@pytest.mark.parametrize("frozen", specials("main_class"))
def test_a_class_of_the_writers_script_is_named_in_the_error(frozen: Frozen) -> None:
    with pytest.raises(errors.DecodeError, match=r"__main__\.Outside"):
        onggi.loads(frozen.data)


@pytest.mark.parametrize("frozen", specials("series"))
def test_the_first_of_a_series_is_loaded(frozen: Frozen) -> None:
    assert onggi.loads(frozen.data) == {"number": 1}


@pytest.mark.parametrize("frozen", specials("series"))
def test_a_series_is_iterated(frozen: Frozen, tmp_path: Any) -> None:
    path = tmp_path / "series.pkl"
    path.write_bytes(frozen.data)
    assert list(onggi.iter_load(path)) == [{"number": 1}, ["two", 2], None]


@pytest.mark.parametrize("frozen", specials("shared_memo"))
def test_a_memo_of_the_pickle_before_is_a_clear_error(frozen: Frozen, tmp_path: Any) -> None:
    path = tmp_path / "shared.pkl"
    path.write_bytes(frozen.data)
    loaded = onggi.iter_load(path)
    assert next(loaded) == ["shared"]
    if frozen.protocol < 4:
        with pytest.raises(errors.DecodeError, match="memo"):
            next(loaded)
    else:
        # From protocol 4 the memo counts by itself: the bytes mean another object, and nothing shows it.
        again = next(loaded)
        assert again[0] is again


@pytest.mark.parametrize("frozen", specials("shared_memo"))
def test_one_unpickler_keeps_its_memo_as_pickle_does(frozen: Frozen) -> None:
    unpickler = onggi.Unpickler(io.BytesIO(frozen.data))
    first = unpickler.load()
    second = unpickler.load()
    assert second == [["shared"], "own"]
    assert second[0] is first


# ------------------------------------------------------------------------------------------------------- the corpus


def test_the_manifest_speaks_of_these_files() -> None:
    manifest = json.loads((corpus.FOREIGN / "MANIFEST.json").read_text())
    files = {path.name: path for path in corpus.FOREIGN.glob("cpython-*.zip")}
    assert manifest.keys() == files.keys()
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest[name]["sha256"], name


def test_the_corpus_is_of_the_values_of_today() -> None:
    for path in corpus.FOREIGN.glob("cpython-*.zip"):
        writer = corpus.writer_of(path.stem)
        frozen = {row.name for name in MEMBERS if name.startswith(f"{path.stem}/") for row in corpus.rows(name)}
        assert frozen <= {value.name for value in expected.available(writer)}, (
            f"{path.name}: run make.py under it again"
        )


def test_every_value_is_frozen_by_someone() -> None:
    assert {row.name for name in MEMBERS for row in corpus.rows(name)} == expected.VALUES.keys()


def test_the_corpus_stays_small() -> None:
    """Every clone carries it, with each library and format that is added."""
    files = [path for path in corpus.FROZEN.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 4_000_000
