"""Names and scopes: what a signature is for."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import SignatureError
from onggi.trust.names import check_scope, fits_path, in_scope, is_name, logical_name

PARTS = st.lists(st.sampled_from(["a", "b", "models", "churn.pkl", "*", "x?"]), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("churn.pkl", "churn.pkl"),
        ("models/churn.pkl.zst", "models/churn.pkl"),
        ("churn.pkl.gz.xz", "churn.pkl"),
        (".gz", ".gz"),
        ("models/.gz", "models/.gz"),
        (unicodedata.normalize("NFD", "Modèle.pkl"), unicodedata.normalize("NFC", "Modèle.pkl")),
    ],
)
def test_a_name_is_brought_into_its_normal_form(text, name):
    assert logical_name(text) == name
    assert is_name(name)


BAD = [
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "a\nb",
    "a\x00",
    "a\\b",
    " a",
    "a ",
    "a/ b",
    "x" * 256,
    "a\u202eb",
]


@pytest.mark.parametrize("text", BAD, ids=[ascii(one)[:12] for one in BAD])
def test_what_is_no_name(text):
    assert not is_name(text)
    with pytest.raises(SignatureError):
        logical_name(text)


@pytest.mark.parametrize("name", ["churn.pkl.gz", unicodedata.normalize("NFD", "é")])
def test_only_the_normal_form_is_a_name(name):
    assert not is_name(name)


@pytest.mark.parametrize(
    ("name", "path", "fits"),
    [
        ("churn.pkl", "/data/churn.pkl", True),
        ("churn.pkl", "/data/churn.pkl.zst", True),
        ("models/churn.pkl", "/data/models/churn.pkl", True),
        ("models/churn.pkl", "/data/other/churn.pkl", False),
        ("churn.pkl", "/data/xchurn.pkl", False),
        ("models/churn.pkl", "/data/xmodels/churn.pkl", False),
        ("churn.pkl", "/churn.pkl", True),
        ("data/churn.pkl", "/data/churn.pkl", True),
        ("churn.pkl", "/data/churn.pkl/other", False),
        ("churn.pkl", "/data/models/../churn.pkl", True),
        ("models/churn.pkl", "/data/models/../churn.pkl", False),
        ("churn.pkl", "/data/Churn.pkl", False),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
def test_a_name_fits_the_end_of_a_path(name, path, fits):
    assert fits_path(name, path) is fits


def test_a_relative_path_is_completed(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path / "models")
    assert fits_path("models/churn.pkl", "churn.pkl")
    assert not fits_path("other/churn.pkl", "churn.pkl")


@pytest.mark.parametrize(
    ("scope", "name", "matches"),
    [
        ("**", "a/b/c", True),
        ("*", "a", True),
        ("*", "a/b", False),
        ("models/*", "models/churn.pkl", True),
        ("models/*", "models/a/churn.pkl", False),
        ("models/*", "churn.pkl", False),
        ("models/*", "xmodels/churn.pkl", False),
        ("models/**", "models/a/b.pkl", True),
        ("models/**", "models", True),
        ("**/churn.pkl", "churn.pkl", True),
        ("**/churn.pkl", "a/b/churn.pkl", True),
        ("**/churn.pkl", "a/b/xchurn.pkl", False),
        ("a/**/b/**/c", "a/b/c", True),
        ("a/**/b/**/c", "a/x/b/y/z/c", True),
        ("a/**/b/**/c", "a/x/y/c", False),
        ("model-?.pkl", "model-7.pkl", True),
        ("model-[0-9].pkl", "model-x.pkl", False),
        ("Models/*", "models/a", False),
    ],
)
def test_scopes(scope, name, matches):
    assert in_scope(name, check_scope(scope)) is matches


@given(PARTS)
def test_a_scope_of_plain_parts_matches_itself_and_no_more(parts):
    name = "/".join(part for part in parts if "*" not in part and "?" not in part) or "a"
    assert in_scope(name, name)
    assert not in_scope(name + "/a", name)
    assert not in_scope("a/" + name, name)


def test_many_stars_take_no_time():
    assert not in_scope("/".join("a" * 120), "/".join(["**", "a"] * 60 + ["b"]))
    assert not in_scope("a" * 250, "a*" * 100 + "b")


@pytest.mark.parametrize("scope", ["", "/", "a//b", "../*", "a\nb", "a\\b", "x" * 300])
def test_what_is_no_scope(scope):
    with pytest.raises(SignatureError):
        check_scope(scope)
