"""The errors that several opcodes share say what to type next, and what they say can be typed."""

from __future__ import annotations

import pickle

import pytest

from onggi.errors import LimitError, TruncatedError
from onggi.proof.faults import over, truncated
from onggi.proof.limits import Limits
from onggi.proof.reader import read


def suggested(error: LimitError) -> Limits:
    """The limits that a hint tells to type."""
    return eval(error.hint.removeprefix("if you expect this: limits=onggi."), {"Limits": Limits})


def test_truncated_tells_where():
    error = truncated(17)

    assert isinstance(error, TruncatedError)
    assert error.offset == 17
    assert "copy or download it again" in error.hint


def test_over_keeps_the_numbers():
    error = over("max_depth", "too deep", 1_000, 1_234_567, 8)

    assert (error.limit, error.maximum, error.actual, error.offset) == ("max_depth", 1_000, 1_234_567, 8)
    assert "too deep (1,234,567; the limit is 1,000)" in str(error)


@pytest.mark.parametrize("actual", [1, 5_000, 2**61, 2**62, 2**70])
def test_the_suggested_limit_is_one_that_limits_take(actual):
    assert suggested(over("max_digits", "many digits", 1, actual)).max_digits == min(2 * actual, 2**62)


def test_no_pickler_leaves_gaps_so_no_larger_limit_is_suggested():
    assert "Limits" not in over("max_memo_gap", "far", 4_096, 9_999).hint


@pytest.mark.parametrize(
    ("make", "limits"),
    [
        (lambda: [[[[]]]], Limits(max_depth=2)),
        (lambda: list(range(10)), Limits(max_opcodes=5)),
        (lambda: {(1, 2, (3, 4)): 0}, Limits(max_key_cost=3)),
    ],
    ids=["depth", "opcodes", "key"],
)
def test_what_the_hint_says_lets_it_pass(make, limits):
    data = pickle.dumps(make(), 4)
    with pytest.raises(LimitError) as caught:
        read(data, limits=limits)

    assert read(data, limits=suggested(caught.value)).stop == len(data)
