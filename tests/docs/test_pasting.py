"""The first pages say "copy and paste": a prompt ends a block of code only at a blank line."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "README.ko.md", "docs/tutorial.md"]
GOES_ON = re.compile(r"[\s)\]}]|else|elif|except|finally")


@pytest.mark.parametrize("page", PAGES)
def test_a_blank_line_stands_behind_what_is_indented(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        lines = block.splitlines()
        pairs = itertools.pairwise(lines)
        assert [now for before, now in pairs if before[:1] == " " and now and not GOES_ON.match(now)] == []
