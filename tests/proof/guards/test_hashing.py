"""What hashing a key costs is counted without hashing it."""

from __future__ import annotations

import dataclasses

import pytest

from onggi.proof.guards import budget
from onggi.proof.guards.hashing import charge_hashes, hash_cost
from onggi.proof.rules import Unsafe


@dataclasses.dataclass(frozen=True)
class Pair:
    one: object
    other: object


@dataclasses.dataclass(frozen=True, slots=True)
class SlottedPair:
    one: object
    other: object


class Identity:
    """Hashed by its identity: what it holds does not matter."""

    def __init__(self, held):
        self.held = held


class ByName:
    def __init__(self, name, held):
        self.name = name
        self.held = held

    def __hash__(self):
        return hash((type(self), self.name))


class ByProperty:
    def __init__(self, held):
        self.held = held

    @property
    def name(self):
        raise AssertionError("ran")

    def __hash__(self):
        return hash(self.name)


class Hostile:
    def __hash__(self):
        raise AssertionError("ran")

    __eq__ = None


def doubled(levels, make):
    """An object that takes 2**levels steps to hash."""
    item = make(1, 2)
    for _ in range(levels):
        item = make(item, item)
    return item


def pair(one, other):
    return one, other


@pytest.mark.parametrize(
    ("key", "cost"),
    [(5, 1), ("text", 1), (None, 1), ((), 1), ((1, 2), 3), (((1,), (1,)), 5), (frozenset({(1, 2)}), 1), (int, 1)],
    ids=repr,
)
def test_plain_keys(key, cost):
    assert hash_cost(key) == cost


@pytest.mark.parametrize("make", [pair, Pair, SlottedPair], ids=lambda make: make.__name__)
def test_shared_parts_count_each_time(make):
    assert hash_cost(doubled(3, make)) > 2 * hash_cost(doubled(2, make)) - 2
    assert hash_cost(doubled(60, make)) > 2**60


def test_only_what_the_hash_reads_counts():
    deep = doubled(60, pair)

    assert hash_cost(Identity(deep)) == 1
    assert hash_cost(ByName("x", deep)) < 10
    # Which attributes a property reads cannot be told: all count.
    assert hash_cost(ByProperty(deep)) > 2**60


def test_a_frozenset_keeps_the_hashes_of_its_items():
    assert hash_cost(frozenset({(1, (2, 3))})) == 1


def test_a_cycle_ends():
    items = [1]
    items.append((items,))
    assert hash_cost((items, 2)) < 20


def test_nothing_of_theirs_is_called():
    assert hash_cost((Hostile(), ByProperty(1))) > 1


def test_keys_are_charged():
    for make in (Pair, SlottedPair, pair):
        with budget.one_load(0), pytest.raises(Unsafe, match="made again and again"):
            charge_hashes([doubled(40, make)])


def test_honest_keys_are_not():
    with budget.one_load(0):
        charge_hashes(range(100_000))
        charge_hashes([(number, "text") for number in range(10_000)])
        charge_hashes([Pair(number, (number, None)) for number in range(1_000)])
        # Three seconds have not been spent: what is left is enough for the half.
        budget.charge(1_500_000_000)
