"""What can't be pickled is named: where it is, what it is, why, and what to do."""

from __future__ import annotations

import collections
import copyreg
import functools
import io
import pickle
import sys
import threading
import types

import pytest

import onggi
from onggi.codec import culprit
from onggi.codec.culprit import find_culprit
from onggi.errors import EncodeError, TooDeepError, UnpicklableError, UnreachableError


class Box:
    """Holds anything."""

    def __init__(self, **parts):
        self.__dict__.update(parts)


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


Pair = collections.namedtuple("Pair", "x y")


def make_local():
    def inner():
        pass

    class Local:
        pass

    return inner, Local


INNER, LOCAL = make_local()
LOCK = threading.Lock()


class WithOldClass:
    pass


OLD = WithOldClass()


class WithOldClass:
    pass


def cycle():
    ring = []
    ring += [ring, {"ring": ring, "lock": LOCK}]
    return ring


class FreshState:
    def __getstate__(self):
        return {"parts": [lambda: 1]}


class ByCall:
    def __reduce__(self):
        return Box, (), {}, iter([1, LOCK])


class Wrong:
    def __reduce__(self):
        return 5


WHERE = {
    "item": ([1, [2, LOCK]], "root[1][1]"),
    "key-and-attribute": ({"cfg": Box(callbacks=[len, INNER])}, 'root["cfg"].callbacks[1]'),
    "number-key": ({3: LOCK}, "root[3]"),
    "tuple-key": ({(1, "a"): LOCK}, 'root[(1, "a")]'),
    "object-key": ({Box: {OLD: LOCK}}, "root<value 0><key 0>"),
    "key": ({(1, INNER): 2}, "root<key 0>[1]"),
    "set": ({INNER}, "root<item 0>"),
    "slots": (Slots(1, LOCK), "root.b"),
    "odd-attribute": (Box(**{"a b": LOCK}), 'root["a b"]'),
    "partial": (functools.partial(print, INNER), "root.args[0]"),
    "partial-function": (functools.partial(INNER), "root.func"),
    "method": (Box(a=LOCK).__init__, "root.__self__.a"),
    "default-factory": (collections.defaultdict(INNER), "root.default_factory"),
    "named-tuple": (Pair(1, [LOCK]), "root.y[0]"),
    "exception": (ValueError("a", LOCK), "root.args[1]"),
    "deque": (collections.deque([1, LOCK]), "root[1]"),
    "ordered-dict": (collections.OrderedDict(a=LOCK), 'root["a"]'),
    "user-dict": (collections.UserDict(a=LOCK), 'root.data["a"]'),
    "iterator-of-reduce": (ByCall(), "root[1]"),
    "instance-of-local-class": ([LOCAL()], "root[0]"),
    "cycle": (cycle(), 'root[1]["lock"]'),
    "fresh-state": (FreshState(), "root.parts[0]"),
    "root": (LOCK, "root"),
    "namespace": (types.SimpleNamespace(a=LOCK), "root.a"),
}


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("name", WHERE)
def test_the_path_leads_to_the_culprit(name, protocol):
    obj, path = WHERE[name]
    with pytest.raises(EncodeError) as raised:
        onggi.dumps(obj, protocol)
    assert raised.value.path == path


@pytest.mark.parametrize("name", WHERE)
def test_pickles_own_exception_is_the_cause(name):
    obj, _ = WHERE[name]
    with pytest.raises((pickle.PicklingError, TypeError, AttributeError)) as wanted:
        pickle.dumps(obj)
    with pytest.raises(type(wanted.value)) as raised:
        onggi.dumps(obj)
    assert type(raised.value.__cause__) is type(wanted.value)
    if name != "fresh-state":
        assert str(raised.value.__cause__) == str(wanted.value)


WORDS = {
    "lambda": (lambda: 0, UnreachableError, "the lambda of line ", "with def; or use cloudpickle"),
    "local-function": (INNER, UnreachableError, "make_local.<locals>.inner` can't be", "top level of a module"),
    "local-class": (LOCAL(), UnreachableError, "make_local.<locals>.Local` can't be", "top level of a module"),
    "old-class": (OLD, UnreachableError, "WithOldClass` can't be pickled: something else has that name", "loaded anew"),
    "lock": (LOCK, UnpicklableError, "a lock can't be pickled", "leave it out of what you save"),
    "lock-of-box": (Box(a=[LOCK]), UnpicklableError, "a lock can't be pickled", "leave `a` out in Box.__getstate__"),
    "generator": ((i for i in ()), UnpicklableError, "a generator can't be pickled", "list(...)"),
    "module": (io, UnpicklableError, "a module (`io`) can't be pickled", "import it where it is used"),
    "view": ({}.values(), UnpicklableError, "a view of a dict can't be pickled", "list(...)"),
    "wrong-reduce": (Wrong(), EncodeError, "Wrong` can't be pickled: __reduce__ must return", "mend Wrong.__reduce__"),
}


@pytest.mark.parametrize("name", WORDS)
def test_the_message_says_what_and_what_to_do(name):
    obj, kind, reason, hint = WORDS[name]
    with pytest.raises(kind) as raised:
        onggi.dumps(obj)
    assert reason in raised.value.reason
    assert hint in raised.value.hint


def test_an_open_file_is_named(tmp_path):
    with open(tmp_path / "log.txt", "w", encoding="utf-8") as file, pytest.raises(UnpicklableError) as raised:
        onggi.dump({"log": file}, tmp_path / "file.pkl")
    assert str(raised.value) == (
        f'an open file ({str(tmp_path / "log.txt")!r}) can\'t be pickled (at root["log"])\n'
        "  next: save its path, and open it again after loading"
    )
    assert not (tmp_path / "file.pkl").exists()


@pytest.mark.parametrize("kind", ["list", "object"])
def test_what_is_nested_too_deeply_is_a_clear_error(kind):
    obj = None
    for _ in range(100_000):
        obj = [obj] if kind == "list" else Box(next=obj)
    with pytest.raises(TooDeepError) as raised:
        onggi.dumps({"chain": obj})
    step = "[0]" if kind == "list" else ".next"
    assert raised.value.path.startswith(f'root["chain"]{step * 4}…{step}')
    assert "Python gives up" in raised.value.reason
    assert "keep it flat" in raised.value.hint
    assert isinstance(raised.value.__cause__, RecursionError)
    while obj is not None:  # or taking it down would be as deep
        obj = obj[0] if kind == "list" else obj.next


def test_what_the_objects_own_code_raises_goes_through_as_it_is():
    class Own(Box):
        def __getstate__(self):
            raise TypeError("not now")

    globals()["Own"] = Own
    Own.__qualname__ = "Own"
    with pytest.raises(TypeError, match=r"^not now$") as raised:
        onggi.dumps(Own())
    assert not isinstance(raised.value, EncodeError)


class Hooked(onggi.Pickler):
    """Has every hook."""

    def persistent_id(self, obj):
        return "kept" if isinstance(obj, types.ModuleType) else None

    def reducer_override(self, obj):
        return (Box, (), {"lock": LOCK}) if isinstance(obj, Slots) else NotImplemented


class Tabled(onggi.Pickler):
    """Has a table of its own."""

    dispatch_table = copyreg.dispatch_table | {Slots: lambda obj: (list, ([io, LOCK],))}


@pytest.mark.parametrize(
    ("pickler", "path"),
    [(Hooked, "root[1].lock"), (Tabled, "root[1]<arg 0>[0]"), (onggi.Pickler, "root[0]")],
    ids=["hooked", "tabled", "plain"],
)
def test_hooks_of_a_pickler_are_followed(pickler, path):
    obj = [Box(), Slots(1, 2), LOCK] if pickler is not onggi.Pickler else [LOCK]
    with pytest.raises(UnpicklableError) as raised:
        pickler(io.BytesIO()).dump(obj)
    assert raised.value.path == path


def test_nothing_is_searched_where_nothing_failed(monkeypatch):
    monkeypatch.setitem(sys.modules, "onggi.codec.failures", None)
    assert onggi.loads(onggi.dumps([1])) == [1]


def test_the_search_ends_in_time(monkeypatch):
    monkeypatch.setattr(culprit, "MAX_SECONDS", 0.0)
    many = [[number] for number in range(5_000)]
    assert find_culprit([many, LOCK], 5) is None
    with pytest.raises(UnpicklableError, match=r"^cannot pickle '_thread.lock' object\n") as raised:
        onggi.dumps([many, LOCK])
    assert raised.value.path is None


def test_what_pickles_the_second_time_has_no_culprit():
    assert find_culprit([1, 2], 5) is None
