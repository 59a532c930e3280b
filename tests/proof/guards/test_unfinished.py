"""What must have a state has one when the load ends."""

from __future__ import annotations

import threading

import pytest

from onggi.proof.guards.unfinished import filled, made, one_load
from onggi.proof.rules import Unsafe


class Empty:
    """All are equal: only the identity tells them apart."""

    def __eq__(self, other):
        return True

    __hash__ = None


def test_what_is_filled_may_leave():
    with one_load():
        one, other = Empty(), Empty()
        made(one, "a tree")
        made(other, "a tree")
        filled(one)
        filled(other)


def leave(*, unfilled):
    """Load two objects, of which the first is filled."""
    with one_load():
        one, other = Empty(), Empty()
        made(one, "a tree")
        filled(one)
        if unfilled:
            made(other, "another tree")


def test_what_is_not_filled_may_not():
    leave(unfilled=False)
    with pytest.raises(Unsafe, match="makes another tree and never fills it"):
        leave(unfilled=True)


def test_it_is_kept_alive_so_that_its_identity_stays_its_own():
    def load():
        with one_load():
            made(Empty(), "a tree")
            for _ in range(100):
                filled(Empty())

    with pytest.raises(Unsafe):
        load()


def test_to_fill_what_nobody_waits_for_is_no_error():
    with one_load():
        filled(Empty())


def test_an_error_of_the_load_itself_is_what_is_seen():
    def load():
        with one_load():
            made(Empty(), "a tree")
            raise KeyError

    with pytest.raises(KeyError):
        load()


def test_a_load_inside_answers_for_its_own_only():
    def outer():
        with one_load():
            made(Empty(), "an outer tree")
            leave(unfilled=False)

    with pytest.raises(Unsafe, match="an outer tree"):
        outer()
    with one_load(), pytest.raises(Unsafe, match="another tree"):
        leave(unfilled=True)


def test_other_threads_are_none_of_its_business():
    thread = threading.Thread(target=made, args=(Empty(), "another's"))
    with one_load():
        thread.start()
        thread.join()
