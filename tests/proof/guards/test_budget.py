"""The budget of one load: each guard's cost is small, their sum is bounded, and no other load pays."""

from __future__ import annotations

import threading

import pytest

from onggi.proof.guards.budget import allocate, charge, collide, one_load
from onggi.proof.rules import Unsafe

SECONDS = 1_000_000_000
MIB = 2**20


@pytest.mark.parametrize(
    ("spend", "enough", "size_bytes"),
    [(charge, 3 * SECONDS, 0), (charge, 5 * SECONDS, 10_000_000), (allocate, 192 * MIB, 0), (allocate, 208 * MIB, MIB)],
)
def test_a_load_may_spend_so_much_and_not_one_more(spend, enough, size_bytes):
    with one_load(size_bytes):
        spend(enough)
        with pytest.raises(Unsafe, match="made again and again"):
            spend(1)


def test_time_and_memory_are_counted_apart():
    with one_load(0):
        charge(3 * SECONDS)
        allocate(192 * MIB)


def test_many_small_costs_add_up():
    with one_load(0):
        for _ in range(3):
            charge(SECONDS)
        with pytest.raises(Unsafe):
            charge(SECONDS)


def test_outside_of_a_load_nothing_is_counted():
    charge(100 * SECONDS)
    allocate(2**60)
    for number in range(2_000):
        collide(0, number)


def test_the_next_load_starts_afresh_and_so_does_one_inside():
    for _ in range(2):
        with one_load(0):
            charge(2 * SECONDS)
            with one_load(0):
                charge(2 * SECONDS)
            charge(1 * SECONDS)
            with pytest.raises(Unsafe):
                charge(1)


def test_the_budget_ends_with_a_load_that_fails():
    with pytest.raises(KeyError), one_load(0):
        raise KeyError
    charge(100 * SECONDS)


def test_each_thread_has_its_own():
    failed = []

    def other():
        try:
            with one_load(0):
                charge(3 * SECONDS)
        except Unsafe as error:
            failed.append(error)

    with one_load(0):
        charge(3 * SECONDS)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert failed == []


def test_different_keys_of_one_hash():
    with one_load(0):
        for number in range(1_001):
            collide(5, number)
        with pytest.raises(Unsafe, match="share one hash"):
            collide(5, "one more")


def test_equal_keys_and_keys_of_other_hashes_cost_nothing():
    with one_load(0):
        for number in range(5_000):
            collide(7, "same")
            collide(number, number)
