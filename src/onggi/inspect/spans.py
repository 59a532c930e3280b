"""Lines of text in pieces that know what they are, so that one layout serves plain text and colour."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ELLIPSIS", "Line", "Span", "Style", "cell_width", "fit", "joined"]

Style = Literal[
    "", "key", "type", "module", "value", "size", "bar", "dim", "good", "warn", "bad", "head", "code", "call"
]
Span = tuple[Style, str]
Line = list[Span]

_WIDE: Final = frozenset("WF")
ELLIPSIS: Final = "…"


def cell_width(text: str) -> int:
    """Return how many columns a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


def fit(line: Iterable[Span], width: int) -> Line:
    """Cut a line to a number of columns; what is cut ends in an ellipsis."""
    kept: Line = []
    left = width
    for style, text in line:
        columns = cell_width(text)
        if columns <= left:
            kept.append((style, text))
            left -= columns
            continue
        return _end_cut(kept, style, text, left)
    return kept


def _end_cut(kept: Line, style: Style, text: str, left: int) -> Line:
    taken = ""
    for char in text:
        if cell_width(taken) + _char_width(char) > left - 1:
            break
        taken += char
    if left > 0:
        kept.append((style, f"{taken.rstrip()}{ELLIPSIS}"))
    elif kept:
        kept[-1] = (kept[-1][0], kept[-1][1][:-1] + ELLIPSIS)
    return kept


def joined(groups: Iterable[Iterable[Span]], separator: str = " · ") -> Line:
    """Put groups of spans into one line, with a dim separator between them."""
    line: Line = []
    for group in groups:
        if line:
            line.append(("dim", separator))
        line += group
    return line
