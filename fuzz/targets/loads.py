"""Loads from end to end: an object or one of our errors through every door, and the object that plain pickle makes."""

from __future__ import annotations

import contextlib
import io
import pickle
import random
import sys
from typing import Any, Final

import onggi
from fuzz.seeds import corpus, generated, pickles
from fuzz.target import Target, as_file, chosen
from onggi.errors import OnggiError
from onggi.proof import read
from tests.proof.grammar import HONEST

__all__ = ["TARGET", "picture", "tried"]

_PLAIN: Final = {
    *("builtins.set", "builtins.frozenset", "builtins.list", "builtins.dict", "builtins.complex", "builtins.bytearray"),
    *("builtins.slice", "_codecs.encode", "collections.OrderedDict", "collections.deque", "datetime.timedelta"),
    *("datetime.date", "datetime.time", "datetime.datetime", "decimal.Decimal", "fractions.Fraction", "uuid.UUID"),
}
"""Globals that plain pickle may call here: with any arguments they make a value or raise."""
_MOST_OBJECTS: Final = 20


def picture(obj: Any) -> Any:
    """Show an object by all that it holds and shares."""
    try:
        return pickle.dumps(obj, 4)
    except Exception:
        with contextlib.suppress(Exception):
            return repr(obj)
    # Such as an object without the state that its class gives to each.
    return type(obj)


def tried(load: Any) -> tuple[bool, Any]:
    """Say whether it loads, and what; any error that is not ours is the finding."""
    try:
        return True, load()
    except OnggiError as error:
        assert str(error)
        return False, type(error)


def _by_iteration(data: bytes) -> Any:
    objects = onggi.iter_load(io.BytesIO(data))
    first = next(objects)
    for _ in range(_MOST_OBJECTS):
        ended, _ = tried(lambda: next(objects, None))
        if not ended:
            break
    return first


def _by_unpickler(data: bytes) -> Any:
    unpickler = onggi.Unpickler(io.BytesIO(data))
    first = unpickler.load()
    for _ in range(3):
        ended, _ = tried(unpickler.load)
        if not ended:
            break
    return first


def _by_path(data: bytes) -> Any:
    with as_file(data) as path:
        tried(lambda: onggi.verify(path))
        return onggi.load(path)


_DOORS: Final = (
    lambda data: onggi.load(io.BytesIO(data)),
    _by_path,
    _by_iteration,
    _by_unpickler,
    lambda data: onggi.loads(memoryview(bytearray(data))),
    lambda data: onggi.loads(data, expect=(list, dict), verify=True),
    lambda data: onggi.loads(data, allow=["nowhere.*"], encoding="bytes"),
    lambda data: onggi.loads(data, encoding="latin1", errors="replace", fix_imports=False),
)


def check(data: bytes) -> None:
    """Load it, load it through another door, and compare with plain pickle where that is harmless."""
    before = set(sys.modules)
    loaded, obj = tried(lambda: onggi.loads(data))
    number = chosen(data, range(len(_DOORS)))
    again, other = tried(lambda: _DOORS[number](data))
    if loaded and number < 5:
        assert again, (number, other)
        assert picture(obj) == picture(other), (number, obj, other)
    if loaded:
        _compare(data, obj)
    elif len(sys.modules) != len(before):
        # What is refused may make us import what our messages need, but nothing that it names.
        imported = {name for name in set(sys.modules) - before if name.encode() in data}
        assert not imported or not _is_refused(data), imported


def _compare(data: bytes, obj: Any) -> None:
    proof = read(data)
    if all(str(entry) in _PLAIN for entry in proof.report.globals):
        plain = pickle.loads(data)
        assert picture(obj) == picture(plain), (obj, plain)


def _is_refused(data: bytes) -> bool:
    try:
        return bool(read(data).found)
    except OnggiError:
        return True


def _setup() -> None:
    random.seed(0)
    for data in corpus("stdlib"):
        tried(lambda data=data: onggi.loads(data))


TARGET: Final = Target("loads", check, lambda: (*pickles(), *HONEST, *HONEST, *generated(600)), setup=_setup)
