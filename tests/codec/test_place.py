"""Errors of a load say where: the byte in the file, and the path in the object."""

from __future__ import annotations

import os
import pickle
import sys
import types

import pytest

import onggi
from onggi.codec.place import place_of_failure
from onggi.errors import BuildError, MissingGlobalError, MissingModuleError, RefusedError

CODE = """
fails = False

def fail(error):
    if fails:
        raise error

class Order:
    def __init__(self, *items):
        self.items = items

class ByState:
    def __init__(self, number):
        self.number = number
    def __setstate__(self, state):
        if state["number"] == 3:
            fail(KeyError("price"))
        self.__dict__.update(state)

class ByCall:
    def __init__(self, number):
        if number == 3:
            fail(TypeError("number must be text"))
        self.number = number
    def __reduce__(self):
        return ByCall, (self.number,)

class ByNew:
    def __new__(cls, number=0):
        if number == 3:
            fail(ValueError("no"))
        return super().__new__(cls)
    def __getnewargs__(self):
        return (3,)

class Basket(list):
    def append(self, item):
        fail(RuntimeError("full"))
        super().append(item)
    def extend(self, items):
        fail(RuntimeError("full"))
        super().extend(items)
"""


@pytest.fixture
def shop(monkeypatch):
    """A module whose classes fail once `fails` is set."""
    module = types.ModuleType("shop")
    exec(CODE, module.__dict__)
    monkeypatch.setitem(sys.modules, "shop", module)
    return module


FAILING = {
    "state": (lambda shop: {"a": [shop.ByState(1), shop.ByState(3)]}, 'root["a"][1]', "shop.ByState", KeyError),
    "state-of-state": (lambda shop: [shop.Order(1, shop.ByState(3))], "root[0].items[1]", "shop.ByState", KeyError),
    "call": (lambda shop: [shop.ByCall(2), {"x": shop.ByCall(3)}], 'root[1]["x"]', "shop.ByCall", TypeError),
    "root": (lambda shop: shop.ByCall(3), "root", "shop.ByCall", TypeError),
    "items": (lambda shop: [shop.Order(), shop.Basket([1, 2])], "root[1]", "shop.Basket", RuntimeError),
}


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("name", FAILING)
def test_what_fails_while_it_is_built_is_named(shop, name, protocol):
    make, path, global_name, cause = FAILING[name]
    if (name, protocol) == ("items", 0):
        pytest.skip("protocol 0 gives a list by its constructor")
    data = pickle.dumps(make(shop), protocol)
    shop.fails = True
    with pytest.raises(BuildError) as raised:
        onggi.loads(data, allow=["shop.*"])
    error = raised.value
    assert (error.path, type(error.__cause__)) == (path, cause)
    assert error.reason == f"`{global_name}` failed: {cause.__name__}: {error.__cause__}"
    assert "`onggi inspect FILE`" in error.hint
    assert 0 < error.offset < len(data)


def test_new_with_arguments_is_named(shop):
    data = pickle.dumps([1, shop.ByNew()], 4)
    shop.fails = True
    with pytest.raises(BuildError, match=r"^`shop.ByNew` failed: ValueError: no \(byte \d+, at root\[1\]\)"):
        onggi.loads(data, allow=["shop.*"])


def test_the_place_is_that_of_the_failure_and_not_of_the_last_guard(shop):
    np = pytest.importorskip("numpy")
    data = pickle.dumps([np.arange(3), shop.ByCall(3)])
    shop.fails = True
    with pytest.raises(BuildError, match=r"`shop.ByCall` failed") as raised:
        onggi.loads(data, allow=["shop.*"])
    assert raised.value.path == "root[1]"


@pytest.mark.parametrize("how", [{"policy": onggi.Policy(trust=True)}, {}], ids=["trusted", "own-seal"])
def test_what_is_trusted_raises_its_own_exception_with_a_note(shop, how):
    data = onggi.dumps({"x": shop.ByCall(3)})
    shop.fails = True
    with pytest.raises(TypeError, match=r"^number must be text") as raised:
        onggi.loads(data, **how)
    assert raised.value.__notes__ == ['onggi was building root["x"], a `shop.ByCall`']


def test_a_plain_message_that_can_not_be_built_says_where():
    with pytest.raises(BuildError, match="unhashable type: 'list'") as raised:
        onggi.loads(b"\x80\x04]}]K\x01sa.")
    assert (raised.value.offset, raised.value.path) == (7, "root[0]")


def test_a_stopped_load_says_where():
    data = b"\x80\x05}\x94\x8c\x01a\x94cbuiltins\nbytearray\nJ\x00\x00\x00\x10\x85Rs."
    with pytest.raises(RefusedError, match="The load was stopped") as raised:
        onggi.loads(data)
    assert (raised.value.offset, raised.value.path) == (data.index(b"R"), 'root["a"]')


def test_a_missing_class_says_where(shop):
    data = pickle.dumps({"k": [1, shop.Order()]})
    del shop.Order
    with pytest.raises(MissingGlobalError) as raised:
        onggi.loads(data, allow=["shop.*"])
    assert raised.value.path == 'root["k"][1]'


def test_a_missing_module_says_where_and_what_to_type(shop):
    data = pickle.dumps({"k": [1, shop.Order()]}).replace(b"shop", b"shoq")
    with pytest.raises(MissingModuleError) as raised:
        onggi.loads(data, allow=["shoq.*"])
    assert raised.value.path == 'root["k"][1]'
    assert raised.value.hint == (
        "pip install shoq; or, if it is a module of your own, put its folder on sys.path (PYTHONPATH)"
    )


class Evil:
    """Would call something dangerous."""

    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize("how", ["loads", "path", "stream"])
def test_offsets_are_those_of_the_source(tmp_path, how):
    """Behind a large payload and frames, too, which the proof-reader does not see."""
    data = pickle.dumps({"text": "x" * 100_000, "more": ["y" * 100_000, Evil()]})
    path = tmp_path / "file.pkl"
    path.write_bytes(data)
    with open(path, "rb") as file, pytest.raises(RefusedError) as raised:
        onggi.loads(data) if how == "loads" else onggi.load(path if how == "path" else file)
    error = raised.value
    assert error.path == 'root["more"][1]'
    assert data[error.offset : error.offset + 1] == pickle.REDUCE
    assert error.findings[0].offset == error.offset == onggi.inspect(data).report.findings[0].offset


def test_a_failure_without_a_call_has_no_place():
    assert place_of_failure(b"\x80\x04K\x01.", 0) is None
    assert place_of_failure(b"\x80\x04]\x94K\x01a.", 5) is None
