# cython: annotation_typing=False
"""The nodes of a binary tree that compiled code will walk: where each one's children are.

Plain Python that Cython compiles as it stands (`nodes.pxd` has the C types); uncompiled, the same file runs. A forest
has hundreds of trees of thousands of nodes, and each node has to be looked at.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DISORDERED", "PAST_THE_END", "SHARED", "depth_of", "is_compiled"]

DISORDERED = -1
"""A child comes before its parent."""
PAST_THE_END = -2
"""A child lies past the nodes."""
SHARED = -3
"""A child has two parents."""

_LEAF = -1


def is_compiled() -> bool:
    """Say whether this module runs as C."""
    return not __file__.endswith(".py")


def depth_of(left: Any, right: Any, levels: Any) -> int:
    """Return the depth of a tree whose children come after their parents, each once: so every walk ends, at a leaf.

    Args:
        left: The left child of each node, or -1 for a leaf: int64, shape (nodes,).
        right: The right child, likewise; that of a leaf says nothing.
        levels: As many int64, all of them 0, to note on which level each node is.

    Returns:
        The depth of what the first node leads to, or why this is no such tree.
    """
    count = len(left)
    deepest = 0
    for at in range(count):
        if left[at] == _LEAF:
            continue
        if left[at] <= at or right[at] <= at:
            return DISORDERED
        if left[at] >= count or right[at] >= count:
            return PAST_THE_END
        if left[at] == right[at] or levels[left[at]] or levels[right[at]]:
            return SHARED
        # Of what the first node does not lead to, children are only marked.
        level = levels[at] + 1 if at == 0 or levels[at] > 0 else -1
        levels[left[at]] = levels[right[at]] = level
        deepest = max(deepest, level)
    return deepest
