"""The lines about the members of a container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.inspect.words import byte_count, plural
from onggi.proof.outline_node import printable

if TYPE_CHECKING:
    from onggi.inspect.seen import Container, Entry, Look, Seen
    from onggi.inspect.spans import Line

__all__ = ["container_words", "entry_words", "member_lines", "pickle_place"]

_MAX_MEMBERS: Final = 30
_MAX_NAME_COLUMNS: Final = 50
_WORDS: Final[dict[Container, str]] = {
    "zip": "zip archive",
    "npz": "NumPy archive (.npz)",
    "torch": "PyTorch archive",
    "torch before 1.6": "PyTorch file from before 1.6",
    "npy": "NumPy array (.npy)",
    "tar": "tar archive",
}


def container_words(found: Seen) -> str:
    """Say what carries the pickles, and how much is in it."""
    if found.container is None:
        return ""
    members = f" · {plural(len(found.members), 'member')}" if found.members and found.container != "npy" else ""
    return f"{_WORDS[found.container]}{members}"


def pickle_place(found: Seen, look: Look, number: int) -> str:
    """Say which pickle it is, and where it stands."""
    place = f"at byte {look.start:,}"
    if look.name:
        place = f"in {printable(look.name, 200)}{f' {place}' if look.start else ''}"
    return f"pickle {number} of {len(found.pickles)} {place}"


def entry_words(entry: Entry) -> str:
    """Say what a member is."""
    if entry.dtype is None:
        return printable(entry.words, 80)
    shape = ", ".join(f"{side:,}" for side in entry.shape)
    return f"array {printable(entry.dtype.lstrip('<|=>'), 20)}({shape}{',' if len(entry.shape) == 1 else ''})"


def member_lines(found: Seen, *, width: int) -> list[Line]:
    """Lay out what is in a container; what has something wrong with it comes first where not all have room."""
    if not found.members:
        return []
    order = found.members
    if len(order) > _MAX_MEMBERS:
        order = sorted(order, key=lambda entry: not entry.problem)
    columns = min(max(len(printable(entry.name)) for entry in order), _MAX_NAME_COLUMNS, max(width // 2, 10))
    lines = [[], *(_member_line(entry, columns) for entry in order[:_MAX_MEMBERS])]
    if len(order) > _MAX_MEMBERS:
        lines.append([("dim", f"  … {len(order) - _MAX_MEMBERS:,} more")])
    return lines


def _member_line(entry: Entry, columns: int) -> Line:
    shown = printable(entry.name)
    shown = shown if len(shown) <= columns else f"{shown[: columns - 1]}…"
    name = f"{shown:<{columns}}  " if shown else ""
    line: Line = [("", "  "), ("key", name), ("size", f"{byte_count(entry.size_bytes):>9}  ")]
    line.append(("type", entry_words(entry)))
    return [*line, ("bad", f"  {printable(entry.problem, 200)}")] if entry.problem else line
