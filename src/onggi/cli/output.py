"""What stdout can show, and how to write to it."""

from __future__ import annotations

import os
import shutil
import sys
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from onggi.inspect.spans import Line

__all__ = ["columns", "say", "wants_colour", "write_lines", "write_text"]

_PIPED_COLUMNS: Final = 100
_LEAST_COLUMNS: Final = 40


def wants_colour(stream: IO[Any]) -> bool:
    """Say whether to write in colour: on a terminal, unless NO_COLOR is set (no-color.org) or the terminal is dumb."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Return how wide lines may be."""
    found = shutil.get_terminal_size((_PIPED_COLUMNS, 24)).columns
    return max(found if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_COLUMNS, _LEAST_COLUMNS)


def write_lines(lines: list[Line]) -> None:
    """Write lines to stdout: in colour if it is a terminal and rich is installed, else as plain text."""
    from onggi.inspect.plain import can_encode, plain_text

    is_ascii = not can_encode(sys.stdout.encoding)
    if wants_colour(sys.stdout) and not is_ascii:
        try:
            from rich.console import Console

            from onggi.inspect.paint import painted
        except ImportError:
            pass
        else:
            Console(highlight=False, soft_wrap=True).print(painted(lines))
            return
    write_text(plain_text(lines, ascii_only=is_ascii))


def write_text(text: str) -> None:
    """Write text and a newline to stdout, as far as its encoding goes."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()


def say(text: str) -> None:
    """Write a remark to stderr, where it is in nobody's way."""
    stream = sys.stderr
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()
