"""Read the pages of the documentation: their blocks, headings and links.

A comment right above a block says how the tests treat it; readers of the page do not see it:

| comment | meaning |
|---|---|
| `<!-- no-run -->` | it is not run |
| `<!-- signature -->` | it is the signature of a public name, which another test compares |
| `<!-- hexdump -->` | it is the example of the file format, which another test compares |
| `<!-- file: NAME -->` | it is the content of a file, which the following blocks find |
| `<!-- raises: NAME -->` | it must raise that error |
| `<!-- output -->` | it is what the block before it has printed, or the text of the error that it raised |
| `<!-- exit: CODE -->` | the commands of a console block end with this exit code; without it, with 0 |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted({ROOT / "README.md", ROOT / "README.ko.md", *DOCS.rglob("*.md")})

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[\w{}-]*) *$")
_COMMENT = re.compile(r"^ *<!-- *(?P<word>[\w-]+)(?:: *(?P<value>.*?))? *-->$")
_HEADING = re.compile(r"^(#{1,6}) +(.*?) *$")
_LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_CODE = re.compile(r"`[^`]*`")


class Block(NamedTuple):
    """A fenced block.

    Attributes:
        line: Its first line in the page, counted from 1.
        language: What stands behind the fence.
        text: Its content.
        mark: The word of the comment above it, or an empty string.
        value: What follows the word.
    """

    line: int
    language: str
    text: str
    mark: str
    value: str


def name_of(page: Path) -> str:
    """Return the path of a page from the top of the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    return [block for block, _ in _scan(page) if block is not None]


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return "\n".join(line for block, line in _scan(page) if block is None)


def headings(page: Path) -> list[tuple[int, str]]:
    """Return level and text of each heading."""
    found = (_HEADING.match(line) for line in prose(page).splitlines())
    return [(len(match[1]), match[2]) for match in found if match]


def anchors(page: Path) -> set[str]:
    """Return the fragments that links to a page may have, as GitHub and MyST make them of its headings."""
    return {_slug(text) for _, text in headings(page)}


def links(page: Path) -> list[str]:
    """Return the targets of all links of a page."""
    return _LINK.findall(_CODE.sub("`code`", prose(page)))


def _slug(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _scan(page: Path) -> Iterator[tuple[Block | None, str]]:
    """Yield each block, and each line outside of blocks."""
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), 1))
    mark = value = ""
    for number, line in lines:
        opened = _FENCE.match(line)
        if opened:
            indent, end = len(opened["indent"]), opened["fence"]
            content = []
            for _, inner in lines:
                if inner.strip() == end:
                    break
                content.append(inner[indent:])
            else:
                raise AssertionError(f"{name_of(page)}:{number}: the block has no end")
            yield Block(number + 1, opened["language"], "\n".join(content) + "\n", mark, value), ""
            mark = value = ""
            continue
        comment = _COMMENT.match(line)
        if comment:
            mark, value = comment["word"], comment["value"] or ""
        elif line.strip():
            mark = value = ""
        yield None, line
