"""Where the children of a tree's nodes are: both builds say the same, and what they pass can be walked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builds import BUILDS, load_both, load_build

numpy = pytest.importorskip("numpy")

MODULE = "onggi.proof.guards.nodes"


@pytest.fixture(params=BUILDS)
def nodes(request):
    return load_build(MODULE, request.param)


def depth_of(nodes, left, right):
    return nodes.depth_of(numpy.array(left, "i8"), numpy.array(right, "i8"), numpy.zeros(len(left), "i8"))


@pytest.mark.parametrize(
    ("left", "right", "depth"),
    [
        ([], [], 0),
        ([-1], [-1], 0),
        ([1, -1, -1], [2, -1, -1], 1),
        ([1, 2, -1, -1, -1], [4, 3, -1, -1, -1], 2),
        ([1, -1, -1, 4, -1, 6, -1, -1], [2, 7, 7, 5, -1, 7, -1, -1], 1),
    ],
    ids=["none", "leaf", "stump", "two levels", "what the root does not lead to"],
)
def test_the_depth(nodes, left, right, depth):
    assert depth_of(nodes, left, right) == depth


@pytest.mark.parametrize(
    ("left", "right", "fault"),
    [
        ([0, -1], [1, -1], "DISORDERED"),
        ([1, -1, 1, -1], [2, -1, 3, -1], "DISORDERED"),
        ([-2, -1], [1, -1], "DISORDERED"),
        ([1, -1, -1], [-1, -1, -1], "DISORDERED"),
        ([1, -1], [2, -1], "PAST_THE_END"),
        ([2**62, -1], [1, -1], "PAST_THE_END"),
        ([1, -1], [1, -1], "SHARED"),
        ([1, 3, 3, -1, -1], [2, 4, 4, -1, -1], "SHARED"),
        ([-1, 2, -1, 4, -1], [-1, 4, -1, 4, -1], "SHARED"),
    ],
)
def test_what_is_no_tree(nodes, left, right, fault):
    assert depth_of(nodes, left, right) == getattr(nodes, fault)


def walk(left, right):
    """Follow every path from the first node as compiled code does; an IndexError or an endless walk fails the test."""
    deepest, pending = 0, [(0, 0)]
    steps = 0
    while pending:
        at, depth = pending.pop()
        steps += 1
        assert steps <= len(left)
        if left[at] == -1:
            deepest = max(deepest, depth)
            continue
        assert 0 <= left[at] < len(left)
        assert 0 <= right[at] < len(left)
        pending += [(left[at], depth + 1), (right[at], depth + 1)]
    return deepest


@given(st.lists(st.tuples(st.integers(-2, 9), st.integers(-2, 9)), min_size=1, max_size=8))
def test_what_passes_can_be_walked(children):
    left, right = zip(*children, strict=True)
    compiled, pure = (depth_of(build, left, right) for build in load_both(MODULE))
    assert compiled == pure
    if compiled >= 0:
        assert walk(left, right) == compiled
