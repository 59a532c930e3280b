"""Containers that an allowed class copies from the memo again and again count towards the budget."""

from __future__ import annotations

import collections
import itertools

import pytest

from onggi.proof.guards import budget
from onggi.proof.guards.copies import charge_copies
from onggi.proof.rules import Unsafe
from tests.proof.guards.test_hashing import Pair, doubled

MIB = 2**20


class Items(list):
    pass


class Keys(set):
    pass


class Text(str):
    __slots__ = ()


class Raw(bytes):
    __slots__ = ()


class Buffer(bytearray):
    pass


class Plain:
    pass


Point = collections.namedtuple("Point", "x y")
MEGABYTE = b"x" * MIB
THOUSANDS = [None] * 100_000


def calls_until_refused(made, arg, most=2_000):
    """How often a load may make it."""
    with budget.one_load(0):
        for count in range(most):
            try:
                charge_copies(made, (arg,))
            except Unsafe:
                return count
    return None


@pytest.mark.parametrize(
    ("made", "arg", "least", "most"),
    [
        (Raw, MEGABYTE, 100, 200),
        (Buffer, MEGABYTE, 100, 200),
        # Each byte becomes an item of eight bytes.
        (Items, MEGABYTE, 15, 30),
        (Items, THOUSANDS, 200, 300),
        # A set takes more than the list of its items.
        (Keys, THOUSANDS, 20, 50),
        (Items, range(MIB), 3, 8),
        (Raw, 50 * MIB, 2, 4),
        (Buffer, 2**70, 0, 0),
    ],
    ids=["bytes", "bytearray", "list of bytes", "list", "set", "range", "zeros", "too many zeros"],
)
def test_a_load_may_make_only_so_many(made, arg, least, most):
    assert least <= calls_until_refused(made, arg) <= most


@pytest.mark.parametrize(
    ("made", "arg"),
    [
        (Items, [1, 2, 3]),
        (Text, "short"),
        (Raw, 4_000),
        (Raw, -1),
        (Items, 2**70),
        (Plain, MEGABYTE),
        (len, MEGABYTE),
        (Point, THOUSANDS),
        (list.append, THOUSANDS),
    ],
    ids=["few", "text", "few zeros", "negative", "no size", "no container", "function", "namedtuple", "method"],
)
def test_what_copies_nothing_large_is_free(made, arg):
    assert calls_until_refused(made, arg) is None


@pytest.mark.parametrize(
    "arg",
    [itertools.count(), itertools.repeat(1), iter([1]), map(int, "1"), zip(), enumerate([])],
    ids=lambda arg: type(arg).__name__,
)
def test_containers_are_never_made_of_iterators(arg):
    with pytest.raises(Unsafe, match="made of an iterator, which may never end"):
        charge_copies(Items, (arg,))
    charge_copies(Plain, (arg,))


def test_what_is_hashed_on_the_way_counts():
    with budget.one_load(0), pytest.raises(Unsafe):
        charge_copies(Keys, ([doubled(40, Pair)],))
    with budget.one_load(0):
        charge_copies(Items, ([doubled(40, Pair)],))


def test_a_size_that_is_code_is_not_asked():
    class Sized(list):
        def __sizeof__(self):
            raise AssertionError("ran")

    charge_copies(Items, (Sized(),))
