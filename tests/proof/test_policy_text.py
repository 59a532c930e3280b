"""The text of a policy: whatever stands in it, it is a policy or an error that says what is wrong."""

from __future__ import annotations

import pytest

from onggi.errors import PolicyError
from onggi.proof.policy_text import has_policy, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[tool.onggi]\nallow = []", True),
        ("tool.onggi = 5", True),
        ("[tool.ruff]", False),
        ("tool = 5", False),
        ("tool = [1]", False),
        ('tool = "onggi"', False),
        ("[tool.onggi", True),
        ("broken =", False),
        ("a = " + "[" * 100_000, False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_says_whether_there_is_a_table(text, expected):
    assert has_policy(text) is expected


@pytest.mark.parametrize("is_pyproject", [True, False])
@pytest.mark.parametrize(
    "text", ["tool = 5", "a = " + "[" * 100_000, "tool.onggi = 5"], ids=["number", "deep", "value"]
)
def test_what_is_no_policy_is_our_error(text, is_pyproject):
    with pytest.raises(PolicyError):
        parse(text, "pyproject.toml", is_pyproject=is_pyproject)
