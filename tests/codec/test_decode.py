"""Decoding: nothing of a refused pickle reaches the next, and trust is that of all that shares a memo."""

from __future__ import annotations

import gc
import io
import pickle
import sys
import threading
import weakref

import pytest

import onggi
from attacks.assembler import (
    APPEND,
    BINGET,
    EMPTY_DICT,
    EMPTY_LIST,
    MEMOIZE,
    NONE,
    POP,
    SETITEM,
    Code,
    call,
    joined,
    name,
    pickled,
    stack_global,
    text,
    value,
)
from onggi import errors
from onggi.codec.collector import paused
from onggi.trust import keys


class Jar:
    """A class that nobody but this program trusts."""

    def __init__(self, content=None):
        self.content = content


@pytest.fixture(autouse=True)
def _own_key(tmp_path):
    keys.set_key_path(tmp_path / "key")
    yield
    keys.set_key_path(None)


def touch(path) -> Code:
    """A call that would leave a file behind."""
    return call("os.mkdir", str(path))


def unpickler(*pickles: bytes) -> onggi.Unpickler:
    return onggi.Unpickler(io.BytesIO(b"".join(pickles)))


# ------------------------------------------------------------------------------------ what failed leaves nothing


def test_what_was_refused_once_is_refused_again(tmp_path):
    data = pickled(touch(tmp_path / "ran"))
    reader = unpickler(data, data, data)
    for _ in range(3):
        with pytest.raises(errors.RefusedError):
            reader.load()
    assert not (tmp_path / "ran").exists()


def test_a_refused_pickle_leaves_nothing_to_the_next():
    sys.modules.pop("antigravity", None)
    reader = unpickler(pickled(name("antigravity.fly")), pickled(EMPTY_DICT))
    with pytest.raises(errors.RefusedError):
        reader.load()
    assert reader.load() == {}
    assert "antigravity" not in sys.modules


def test_names_in_the_memo_of_a_failed_pickle_are_gone(tmp_path):
    first = pickled(text("os"), MEMOIZE, POP, text("mkdir"), MEMOIZE, POP, call("builtins.range", "x"))
    second = pickled(stack_global(BINGET(0), BINGET(1)), value((str(tmp_path / "ran"),)), b"R")
    reader = unpickler(first, second)
    for _ in range(2):
        with pytest.raises(errors.DecodeError):
            reader.load()
    assert not (tmp_path / "ran").exists()


# --------------------------------------------------------------------------------- seals and pickles without one


def test_a_sealed_pickle_gives_no_trust_to_one_behind_it(tmp_path):
    reader = unpickler(onggi.dumps([Jar()]), pickled(touch(tmp_path / "ran")))
    assert type(reader.load()[0]) is Jar
    with pytest.raises(errors.RefusedError):
        reader.load()
    assert not (tmp_path / "ran").exists()


def test_a_sealed_pickle_behind_a_strangers_is_a_strangers():
    """It may take entries of the stranger's memo, which nobody has sealed."""
    reader = unpickler(pickled(EMPTY_LIST, MEMOIZE), onggi.dumps([Jar()]))
    assert reader.load() == []
    with pytest.raises(errors.RefusedError):
        reader.load()


def test_a_global_of_a_sealed_pickle_is_judged_again_when_a_stranger_calls_it():
    sealed = onggi.dumps(Jar)
    reader = unpickler(sealed, pickled(BINGET(2), b")", b"R"), pickled(BINGET(2), b")", b"R"))
    assert reader.load() is Jar
    with pytest.raises(errors.DecodeError):
        reader.load()
    with pytest.raises(errors.DecodeError):
        reader.load()


# -------------------------------------------------------------------------------------------------------- guards


@pytest.mark.parametrize("protocol", range(6))
def test_guarded_operations_give_what_plain_pickle_gives(protocol):
    import collections
    import types

    for obj in (
        collections.OrderedDict(a=1, b=[2]),
        collections.deque([1, 2, 3], 5),
        collections.defaultdict(list, {1: [2]}),
        collections.Counter("hello"),
        types.SimpleNamespace(x=1, y=[2]),
        {1, 2, 3},
        frozenset([1, 2]),
        complex(1, 2),
        ValueError("bad", 1),
        bytearray(b"abc"),
        {number * (2**61 - 1): number for number in range(1, 60)},
        {number * (2**31): number for number in range(10_000)},
        frozenset((number, str(number)) for number in range(2_000)),
    ):
        data = pickle.dumps(obj, protocol)
        again = onggi.loads(data)
        assert type(again) is type(obj)
        assert repr(again) == repr(pickle.loads(data))


@pytest.mark.parametrize("kind", ["dict", "set", "frozenset"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_many_keys_of_one_hash_are_refused_while_they_are_put_in(kind, protocol):
    numbers = [number * (2**61 - 1) for number in range(1, 6_000)]
    code = {
        "dict": EMPTY_DICT + b"(" + joined(part for number in numbers for part in (number, None)) + b"u",
        "set": b"\x8f(" + joined(numbers) + b"\x90",
        "frozenset": b"(" + joined(numbers) + b"\x91",
    }[kind]
    with pytest.raises(errors.RefusedError, match="share one hash"):
        onggi.loads(pickled(code, proto=protocol))


def test_a_state_key_that_only_building_shows_is_refused():
    here = f"{__name__}.Jar"
    state = EMPTY_DICT + call("builtins.str", "append") + NONE + SETITEM
    with pytest.raises(errors.RefusedError, match="append"):
        onggi.loads(pickled(name(here), b")\x81", state, b"b"), allow=[Jar])


def test_persistent_ids_of_both_spellings_reach_the_reader():
    class Reader(onggi.Unpickler):
        def persistent_load(self, identifier):
            return ("found", identifier)

    data = pickled(EMPTY_LIST, b"Pone\n", APPEND, value((2,)), b"Q", APPEND)
    assert Reader(io.BytesIO(data)).load() == [("found", "one"), ("found", (2,))]


# ------------------------------------------------------------------------------------------- errors, and missing


def test_a_missing_module_and_a_missing_name():
    with pytest.raises(errors.MissingModuleError, match="not installed") as caught:
        onggi.loads(pickled(name("nowhere_at_all.Jar")), allow=["nowhere_at_all.*"])
    assert caught.value.module == "nowhere_at_all"
    with pytest.raises(errors.MissingGlobalError) as gone:
        onggi.loads(pickled(name(f"{__name__}.Gone")), allow=[f"{__name__}.Gone"])
    assert gone.value.global_name == f"{__name__}.Gone"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html></html>",
        b'{"json": 1}',
        b"\x1f\x8b\x08\x00",
        pickled(call("os.system", "id")),
        pickle.dumps([1, 2])[:-3],
        pickled(name("nowhere.X")),
        pickled(b"N" * 3),
    ],
)
def test_every_error_says_why_and_survives_a_pickle(data):
    with pytest.raises(errors.DecodeError) as caught:
        onggi.loads(data)
    error = caught.value
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert error.reason
    assert error.reason in str(error)
    assert error.exit_code in (1, 2)
    assert (error.exit_code == 1) == isinstance(error, errors.RefusedError | errors.LimitError)


# ------------------------------------------------------------------------------------------ the paused collector


@pytest.fixture
def _collector():
    was = gc.isenabled()
    gc.enable()
    yield
    if not was:
        gc.disable()


@pytest.mark.usefixtures("_collector")
def test_the_collector_is_paused_and_comes_back():
    with paused:
        assert not gc.isenabled()
        with paused:
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    for data in (pickle.dumps([1]), b"\x80\x04N", pickled(name("nowhere.X")), pickled(call("builtins.range", "x"))):
        try:
            onggi.loads(data)
        except errors.DecodeError:
            assert gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    with paused:
        pass
    assert not gc.isenabled()


@pytest.mark.usefixtures("_collector")
def test_the_last_thread_to_leave_restores_the_collector():
    inside, leave = threading.Barrier(3), threading.Event()

    def work():
        with paused:
            inside.wait()
            leave.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait()
    assert not gc.isenabled()
    leave.set()
    for thread in threads:
        thread.join()
    assert gc.isenabled()


def test_what_the_memo_held_dies_with_the_object_without_a_collection():
    data = pickle.dumps([{1, 2}], 4)
    gc.disable()
    try:
        loaded = onggi.loads(data, limits=onggi.Limits(max_depth=999))
        dies = weakref.ref(loaded[0])
        del loaded
        assert dies() is None
    finally:
        gc.enable()
