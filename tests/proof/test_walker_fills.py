"""Only containers are filled; codes, ids and buffers stand for what the reader has."""

from __future__ import annotations

import copyreg

import pytest

from attacks.assembler import (
    ADDITEMS,
    APPEND,
    APPENDS,
    BINPERSID,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    EXT1,
    EXT2,
    EXT4,
    MARK,
    NEWOBJ,
    NEXT_BUFFER,
    NONE,
    PERSID,
    READONLY_BUFFER,
    REDUCE,
    SETITEM,
    SETITEMS,
    TUPLE1,
    Code,
    build,
    name,
    pickled,
    value,
)
from onggi.errors import MalformedError
from onggi.format import codes
from onggi.proof import kinds
from tests.proof.walking import BY_VALUE, JAR, JARS, VALUES, Walk, rules

# --------------------------------------------------------------------------------- only containers can be filled

FILLS = {
    "append": NONE + APPEND,
    "appends": MARK + NONE + APPENDS,
    "setitem": value("k") + NONE + SETITEM,
    "setitems": MARK + value("k") + NONE + SETITEMS,
    "additems": MARK + value("k") + ADDITEMS,
}
OWN = {"append": "list", "appends": "list", "setitem": "dict", "setitems": "dict", "additems": "set"}


@pytest.mark.parametrize("fill", FILLS)
@BY_VALUE
def test_only_its_own_container_takes_items(walker_module, fill, code):
    expected = [] if code is VALUES[OWN[fill]] else ["fill-of-value"]
    assert rules(walker_module, code, FILLS[fill]) == expected


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
@pytest.mark.parametrize("target", [name("jars.Jar"), name("builtins.list"), NEXT_BUFFER, PERSID("1")])
def test_nothing_is_filled_that_is_no_container(walker_module, fill, target):
    assert rules(walker_module, target, fill, has_persistent_load=True) == ["fill-of-value"]


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_an_object_of_an_allowed_class_can_be_filled(walker_module, fill):
    assert rules(walker_module, JAR, fill) == []


# --------------------------------------------------------------------------- codes and ids that stand for others


@pytest.fixture
def _registered():
    copyreg.add_extension("collections", "OrderedDict", 201)
    copyreg.add_extension("os", "system", 60_000)
    copyreg.add_extension("jars", "Jar", 100_000)
    yield
    copyreg.remove_extension("collections", "OrderedDict", 201)
    copyreg.remove_extension("os", "system", 60_000)
    copyreg.remove_extension("jars", "Jar", 100_000)


@pytest.mark.parametrize("code", [EXT1(202), EXT2(60_001), EXT4(100_001), EXT1(0), EXT4(0), EXT4(-1)])
@pytest.mark.usefixtures("_registered")
def test_an_extension_code_that_nobody_registered(walker_module, code):
    assert rules(walker_module, code) == ["extension-code"]


@pytest.mark.parametrize(
    ("code", "expected", "known_as"),
    [
        (EXT1(201) + EMPTY_TUPLE + REDUCE, [], "collections.OrderedDict"),
        (EXT2(60_000) + value("id") + TUPLE1 + REDUCE, ["not-allowed"], "os.system"),
        (EXT4(100_000) + EMPTY_TUPLE + NEWOBJ, [], "jars.Jar"),
    ],
)
@pytest.mark.usefixtures("_registered")
def test_an_extension_code_is_judged_as_what_it_stands_for(walker_module, code, expected, known_as):
    walk = Walk(walker_module, pickled(code), policy=JARS)
    assert walk.rules == expected
    assert known_as in map(str, walk.judge.judged)
    assert walk.shapes[0] == kinds.PUSH


@pytest.mark.parametrize("code", [PERSID("1"), Code(value(1) + BINPERSID), Code(EMPTY_LIST + BINPERSID)])
def test_a_persistent_id_without_who_knows_it(walker_module, code):
    assert rules(walker_module, code) == ["persistent-id"]
    walk = Walk(walker_module, pickled(code), has_persistent_load=True)
    assert walk.rules == []
    assert walk.walker.persistent_count == 1
    assert walk.shapes[0] in (kinds.PERSISTENT_ID, kinds.PERSISTENT_TEXT)


def test_a_persistent_object_is_no_key_that_can_be_known(walker_module):
    walk = Walk(walker_module, pickled(build(JAR, Code(EMPTY_DICT + PERSID("1") + NONE + SETITEM))), policy=JARS)
    assert walk.rules == ["persistent-id"]


# ------------------------------------------------------------------------------------------------------- buffers


def test_buffers(walker_module):
    data = pickled(EMPTY_LIST, MARK, NEXT_BUFFER, NEXT_BUFFER, READONLY_BUFFER, APPENDS, proto=5)
    walk = Walk(walker_module, data, buffer_kinds=bytes([codes.BINUNICODE]))
    assert walk.walker.buffer_count == 2
    assert walk.rules == []


@pytest.mark.parametrize("code", [EMPTY_LIST, EMPTY_DICT, value("text"), EMPTY_TUPLE, name("builtins.list"), JAR])
def test_only_a_buffer_is_made_read_only(walker_module, code):
    with pytest.raises(MalformedError, match="READONLY_BUFFER"):
        rules(walker_module, code, READONLY_BUFFER)
