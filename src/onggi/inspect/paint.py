"""Lines in colour, by rich, where that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

    from onggi.inspect.spans import Line, Style

__all__ = ["PALETTE", "painted"]

PALETTE: Final[dict[Style, str]] = {
    "": "",
    "key": "cyan",
    "type": "bold",
    "module": "dim",
    "value": "green",
    "size": "blue",
    "bar": "blue",
    "dim": "dim",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "head": "bold",
    "code": "bold cyan",
    "call": "magenta",
}
"""The sixteen colours that every terminal theme has made readable."""


def painted(lines: Iterable[Line]) -> Text:
    """Join lines to a text of rich.

    Raises:
        ImportError: rich is not installed.
    """
    from rich.text import Text

    text = Text(no_wrap=False, overflow="fold")
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
        for style, piece in line:
            text.append(piece, PALETTE[style])
    return text
