"""Every error: its text, what else it is, and its way through pickle."""

from __future__ import annotations

import copyreg
import inspect
import pickle
from typing import Any

import pytest

import onggi
from onggi import errors
from onggi.proof import TRUST_ALL

CLASSES = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.OnggiError)]
PY2 = b"\x80\x02U\x03K\xc3\xb6q\x00."


def made(cls: type[errors.OnggiError]) -> errors.OnggiError:
    """An error with all that its constructor takes."""
    own: dict[str, Any] = {"error": UnicodeDecodeError("ascii", b"K\xc3", 1, 2, "no ASCII")}
    given = {name: own.get(name, name) for name in inspect.signature(cls).parameters if name not in ("reason", "where")}
    where = {"source": "a.pkl", "offset": 412, "path": "root[3]", "hint": "try again"}
    return cls("it went wrong", **{**given, **where})


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_its_text_says_what_where_and_what_next(cls: type[errors.OnggiError]) -> None:
    assert str(made(cls)) == "a.pkl: it went wrong (byte 412, at root[3])\n  next: try again"
    assert made(cls).reason == "it went wrong"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_it_comes_through_pickle_whole(cls: type[errors.OnggiError], protocol: int) -> None:
    error = made(cls)
    error.add_note("seen by the worker")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is cls
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_it_is_caught_as_its_standard_class(cls: type[errors.OnggiError]) -> None:
    """Each base is a real one: an attribute that the standard class keeps in C can be read."""
    for base in cls.__mro__:
        if base.__module__ == "builtins" and base not in (object, BaseException, Exception):
            assert all(getattr(made(cls), name, None) != () for name in vars(base))


@pytest.mark.parametrize("options", [{}, {"policy": TRUST_ALL}], ids=["stranger", "trusting"])
def test_the_usual_second_try_for_python_2(options: dict[str, Any]) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        onggi.loads(PY2, **options)
    error = caught.value
    assert (error.encoding, error.object, error.start, error.end) == ("ascii", b"K\xc3\xb6", 1, 2)
    assert onggi.loads(PY2, encoding="latin1", **options) == "K\u00c3\u00b6"


@pytest.mark.parametrize(
    "data", [b"c\xff\nlog\n.", b"\x80\x04\x8c\x01\xff\x8c\x03log\x93.", b"\x80\x03X\x01\0\0\0\xff."]
)
def test_what_is_no_utf8(data: bytes) -> None:
    with pytest.raises(errors.UndecodableError) as caught:
        onggi.loads(data)
    assert (caught.value.encoding, caught.value.object) == ("utf-8", b"\xff")


@pytest.mark.parametrize("registered", [None, (), ("builtins",), ("builtins", "list", "x"), ("builtins", None)])
def test_an_extension_code_that_nobody_has_registered(registered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(copyreg._inverted_registry, 77, registered)  # type: ignore[attr-defined]
    with pytest.raises(errors.UnregisteredCodeError) as caught:
        onggi.loads(b"\x80\x02\x82\x4d.")
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, errors.RefusedError)
    assert "add_extension" in str(caught.value)
