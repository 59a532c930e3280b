"""Everything an inspection shows, as lines: header, tree, globals and verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.inspect.members import container_words, member_lines, pickle_place
from onggi.inspect.spans import ELLIPSIS, Line, Style, cell_width, joined
from onggi.inspect.tree import tree_lines
from onggi.inspect.verdict import verdict_lines
from onggi.inspect.words import TIER_WORDS, byte_count, made_by, plural, seal_words, use_words
from onggi.proof.outline_node import printable
from onggi.proof.report import Tier

if TYPE_CHECKING:
    from onggi.inspect.seen import Look, Seen
    from onggi.proof.report import GlobalReport, Report

__all__ = ["inspection_lines"]

_MAX_GLOBALS: Final = 12
_DROPPED_LINES: Final = 8
_NAME_COLUMNS: Final = 48
_LEAST_NAME_COLUMNS: Final = 24
_USE_COLUMNS: Final = 40
"""What mark, uses and offset take beside a name."""

_LABEL_COLUMNS: Final = 9
_TIER_STYLES: Final[dict[Tier, Style]] = {
    Tier.KNOWN: "good",
    Tier.ALLOWED: "good",
    Tier.TRUSTED: "good",
    Tier.UNKNOWN: "warn",
    Tier.DANGEROUS: "bad",
}
_MARKS: Final = {"good": "✓", "warn": "!", "bad": "✗"}


def inspection_lines(found: Seen, *, width: int, max_lines: int) -> list[Line]:
    """Lay out an inspection.

    Args:
        found: The inspection.
        width: Columns of a line.
        max_lines: About how many lines the tree of each pickle may take.
    """
    lines = [_file_line(found), *member_lines(found, width=width)]
    # Many pickles share the room of a few.
    room = max(max_lines // max(min(len(found.pickles), 6), 1), 6)
    for number, look in enumerate(found.pickles, 1):
        if len(found.pickles) > 1 or found.container:
            at = pickle_place(found, look, number)
            lines += [[], [("head", at), ("dim", f"  {_pickle_words(look.report)}")]]
        lines += _look_lines(found, look, width, room)
    if found.trailing_bytes:
        lines += [[], [("warn", f"{byte_count(found.trailing_bytes)} behind the last pickle: "), ("", found.trailing)]]
    return lines


def _file_line(found: Seen) -> Line:
    name = printable(found.source, 200) or "bytes"
    size = byte_count(found.unpacked_bytes)
    if found.compression:
        size = f"{size} in {byte_count(found.stored_bytes)} of {' in '.join(reversed(found.compression))}"
    is_one = len(found.pickles) == 1 and not found.container
    what = _pickle_words(found.report) if is_one else plural(len(found.pickles), "pickle")
    what = "no pickles" if not found.pickles else what
    what = f"{container_words(found)} · {what}" if found.container else what
    return [("head", name), ("", "  "), *joined([[("", what)], [("", size)]])]


def _pickle_words(report: Report) -> str:
    return f"pickle protocol {report.protocol} · {seal_words(report)}"


def _look_lines(found: Seen, look: Look, width: int, max_lines: int) -> list[Line]:
    lines = [*_label_lines(look.report, width), *_signature_lines(look.report), []]
    if look.root is not None:
        lines += tree_lines(look.root, width=width, max_lines=max_lines)
    if look.outline.problem and not look.problem:
        lines.append([("warn", f"the tree ends here: {look.outline.problem}")])
    if look.outline.dropped:
        lines += [[], [("warn", "built and thrown away:")]]
    for node in look.outline.dropped[:_DROPPED_LINES]:
        lines += tree_lines(node, width=width, max_lines=_DROPPED_LINES, total_bytes=look.report.size_bytes)
    if look.report.globals:
        lines += [[], *_global_lines(look.report, width)]
    return [*lines, [], *verdict_lines(found, look, width)]


def _signature_lines(report: Report) -> list[Line]:
    head = f"{'signed':<{_LABEL_COLUMNS}}"
    return [[("dim", head), ("", printable(reason.removeprefix("signed "), 400))] for reason in report.signatures]


def _label_lines(report: Report, width: int) -> list[Line]:
    pieces = made_by(report.label)
    if not pieces:
        return [[("dim", "made by  unknown: it has no label")]]
    lines: list[Line] = []
    row: list[str] = []
    for piece in [*pieces, ""]:
        if row and (not piece or len(" · ".join([*row, piece])) > width - _LABEL_COLUMNS):
            head = "" if lines else "made by"
            lines.append([("dim", f"{head:<{_LABEL_COLUMNS}}"), *joined([[("", shown)] for shown in row])])
            row = []
        row.append(piece)
    user = report.label.get("user") if report.label else None
    if isinstance(user, dict):
        shown = [
            [("key", f"{printable(str(key), 30)} "), ("", printable(str(user[key]), 60))] for key in list(user)[:6]
        ]
        lines.append([("dim", "notes    "), *joined(shown)])  # type: ignore[arg-type]
    return lines


def _global_lines(report: Report, width: int) -> list[Line]:
    """Write the table of globals: what nobody vouches for first."""
    order = sorted(report.globals, key=lambda entry: (_MARKS_ORDER[_TIER_STYLES[entry.tier]], entry.offset))
    lines = [_global_count_line(report)]
    room = min(_NAME_COLUMNS, max(width - _USE_COLUMNS, _LEAST_NAME_COLUMNS))
    columns = min(max(len(str(entry)) for entry in order[:_MAX_GLOBALS]), room)
    rows = [_global_line(entry, columns) for entry in order[:_MAX_GLOBALS]]
    if any(sum(cell_width(text) for _, text in row) > width for row in rows):
        # The mark says it, too: where there is no room, the words of what is well give way.
        rows = [row if row[-1][0] != "dim" else row[:-1] for row in rows]
    lines += rows
    if len(order) > _MAX_GLOBALS:
        lines.append([("dim", f"  … {len(order) - _MAX_GLOBALS:,} more")])
    return lines


_MARKS_ORDER: Final = {"bad": 0, "warn": 1, "good": 2}


def _global_count_line(report: Report) -> Line:
    counts: dict[str, int] = {}
    for entry in report.globals:
        words = TIER_WORDS[entry.tier].partition(":")[0]
        counts[words] = counts.get(words, 0) + 1
    parts = ", ".join(f"{count:,} {_vouched(words, count)}" for words, count in counts.items())
    return [("head", plural(len(report.globals), "global")), ("dim", f": {parts}")]


def _vouched(words: str, count: int) -> str:
    if words == "nobody":
        return "that nobody vouches for"
    return words if count == 1 or not words.endswith("type") else f"{words}s"


def _global_line(entry: GlobalReport, columns: int) -> Line:
    style = _TIER_STYLES[entry.tier]
    uses = f"{use_words(entry.uses)}"
    times = f" ×{entry.count:,}" if entry.count > 1 else ""
    return [
        (style, f"  {_MARKS[style]} "),
        ("type", f"{_shortened(str(entry), columns):<{columns}}"),
        ("", f"  {uses}{times}"),
        ("dim", f"  byte {entry.offset:,}"),
        ("dim" if style == "good" else style, f"  {TIER_WORDS[entry.tier]}"),
    ]


def _shortened(name: str, columns: int) -> str:
    """Cut a name in its middle: the module's beginning and the class are what is looked for."""
    shown = printable(name, 400)
    if len(shown) <= columns:
        return shown
    tail = columns * 2 // 3
    return f"{shown[: columns - tail - 1]}{ELLIPSIS}{shown[-tail:]}"
