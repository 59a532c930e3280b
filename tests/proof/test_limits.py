"""Limits are positive numbers, and what is trusted has next to none."""

from __future__ import annotations

import pytest

from onggi.errors import PolicyError
from onggi.proof.limits import DEFAULT_LIMITS, UNLIMITED, Limits


@pytest.mark.parametrize("number", [0, -1, 2**62 + 1, 1.5, "9", None, True])
@pytest.mark.parametrize("name", ["max_depth", "max_source_bytes"])
def test_only_positive_integers_are_limits(name, number):
    with pytest.raises(PolicyError, match=f"{name} must be an integer from 1 to"):
        Limits(**{name: number})


@pytest.mark.parametrize("number", [1, 2**62])
def test_the_bounds_are_limits(number):
    assert Limits(max_opcodes=number).max_opcodes == number


def test_limits_are_given_by_name_only():
    with pytest.raises(TypeError):
        Limits(5)


def test_unlimited_is_above_every_default():
    for name in Limits._names:
        assert getattr(UNLIMITED, name) > getattr(DEFAULT_LIMITS, name), name


def test_the_memo_is_bounded_even_for_what_is_trusted():
    assert UNLIMITED.max_memo_gap * 8 < 2**30
