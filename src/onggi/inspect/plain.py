"""Lines as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onggi.inspect.spans import Line

__all__ = ["can_encode", "plain_text"]

_ASCII: Final = str.maketrans(
    {
        "├": "|",
        "└": "`",
        "│": "|",
        "─": "-",
        "·": "|",
        "•": "*",
        "…": "...",
        "—": "-",
        "→": "->",
        "×": "x",
        "✓": "ok",
        "✗": "X",
        "█": "#",
        "▉": "#",
        "▊": "#",
        "▋": "#",
        "▌": "#",
        "▍": "-",
        "▎": "-",
        "▏": "-",
    }
)
_SAMPLE: Final = "├└│─·•…—→×✓✗█▏"


def can_encode(encoding: str | None) -> bool:
    """Say whether an encoding has the characters that the layout uses."""
    try:
        _SAMPLE.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def plain_text(lines: Iterable[Line], *, ascii_only: bool = False) -> str:
    """Join lines to plain text.

    Args:
        lines: The lines.
        ascii_only: Whether to write other characters as ASCII ones, or as escapes.
    """
    text = "\n".join("".join(piece for _, piece in line).rstrip() for line in lines)
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii") if ascii_only else text
