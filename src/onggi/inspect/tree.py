"""The lines of the tree: which parts of an outline are shown, and how each reads."""

from __future__ import annotations

import heapq
from itertools import groupby
from typing import TYPE_CHECKING, Final

from onggi.inspect.spans import Line, Span, cell_width, fit, joined
from onggi.inspect.words import byte_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.proof.outline import Node

__all__ = ["node_spans", "tree_lines"]

_SIZE_COLUMNS: Final = 9
_BAR_CELLS: Final = 8
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_RIGHT_COLUMNS: Final = _SIZE_COLUMNS + 1 + _BAR_CELLS
_LEAST_TEXT_COLUMNS: Final = 24
_MOST_CHILDREN: Final = 24
_RUN_FROM: Final = 3
"""So many small leaves in a row share a line."""
_TINY_BYTES: Final = 160
_PREVIEW_PARTS: Final = 6
_RUN_PARTS: Final = 40
_LEVELS: Final = 30
_ALIKE_FROM: Final = 8
_ALIKE_SHOWN: Final = 5

_SIZED: Final = frozenset({"tuple", "list", "dict", "set", "frozenset"})
_VALUES: Final = frozenset({"none", "bool", "int", "float", "str"})

_Group = list["Node"]


def tree_lines(root: Node, *, width: int, max_lines: int, total_bytes: int | None = None) -> list[Line]:
    """Lay out a tree.

    Args:
        root: The node on top.
        width: Columns of a line.
        max_lines: About how many lines; the largest and topmost parts are opened first.
        total_bytes: What the bars are a share of. Default: the size of the root.
    """
    opened = _opened(root, max_lines)
    total = max(total_bytes if total_bytes is not None else root.size_bytes, 1)
    text_columns = max(width - _RIGHT_COLUMNS - 1, _LEAST_TEXT_COLUMNS)
    lines: list[Line] = []
    pending: list[tuple[str, str, _Group | None, Node]] = [("", "", [root], root)]
    while pending:
        prefix, below, group, owner = pending.pop()
        if group is None:
            rest = _more_spans(prefix, _left_out(owner, opened[id(owner)]))
            lines.append(_with_size(rest, _rest_bytes(owner, opened), total, text_columns))
            continue
        if len(group) > 1:
            lines.append(_with_size(_run_spans(prefix, group), sum(n.size_bytes for n in group), total, text_columns))
            continue
        node = group[0]
        is_open = id(node) in opened
        spans: Line = [("dim", prefix), *node_spans(node)] + ([] if is_open else _preview(node))
        lines.append(_with_size(spans, node.size_bytes, total, text_columns))
        if is_open:
            pending += reversed(list(_rows(node, opened[id(node)], below)))
    return lines


def _rows(node: Node, groups: list[_Group], below: str) -> Iterator[tuple[str, str, _Group | None, Node]]:
    """Yield the lines below an open node: what stands before them, and what they show."""
    rows: list[_Group | None] = [*groups]
    if _left_out(node, groups):
        rows.append(None)
    for place, group in enumerate(rows, 1):
        is_last = place == len(rows)
        yield below + ("└─ " if is_last else "├─ "), below + ("   " if is_last else "│  "), group, node


def _opened(root: Node, max_lines: int) -> dict[int, list[_Group]]:
    """Choose the nodes whose parts get lines of their own: the largest first, as long as there is room."""
    opened: dict[int, list[_Group]] = {}
    room = max_lines - 1
    waiting: list[tuple[float, int, int, Node]] = [(0.0, 0, 0, root)]
    order = 0
    while waiting and room > 0:
        _, _, level, node = heapq.heappop(waiting)
        if not node.children or level >= _LEVELS:
            continue
        most = _ALIKE_SHOWN if _are_alike(node) else _MOST_CHILDREN
        groups = _grouped(node, root.size_bytes)[: min(max(room - 1, 1), most)]
        if len(groups) == 1 and len(groups[0]) > 1 and level and not _left_out(node, groups):
            # All its parts fit on one line: the preview on its own line shows them.
            continue
        opened[id(node)] = groups
        room -= len(groups) + (_left_out(node, groups) > 0)
        for part in _worth_opening(groups):
            order += 1
            # Each level counts as half the size, so that the top is opened before a deep heavy branch.
            heapq.heappush(waiting, (-part.size_bytes / 2.0**level, order, level + 1, part))
    return opened


def _are_alike(node: Node) -> bool:
    """Whether the parts are many of one type, such as rows, so that a few of them tell what all are."""
    types = {part.type for part in node.children}
    return len(types) == 1 and len(node.children) > _ALIKE_FROM


def _worth_opening(groups: list[_Group]) -> list[Node]:
    """Return the parts to open; of many of one type only the largest."""
    by_type: dict[str, list[Node]] = {}
    for group in groups:
        if len(group) == 1 and group[0].children:
            by_type.setdefault(group[0].type, []).append(group[0])
    found: list[Node] = []
    for parts in by_type.values():
        is_plain_container = parts[0].kind in _SIZED and len(parts) <= _ALIKE_FROM
        is_few = len(parts) < _ALIKE_SHOWN or is_plain_container
        found += parts if is_few else [max(parts, key=lambda part: part.size_bytes)]
    return found


def _grouped(node: Node, total_bytes: int) -> list[_Group]:
    """Put small leaves that follow one another into groups, and every other part into one of its own."""
    tiny_bytes = max(_TINY_BYTES, total_bytes // 500)
    groups: list[_Group] = []
    for is_tiny, parts in groupby(node.children, lambda part: not part.children and part.size_bytes <= tiny_bytes):
        run = list(parts)
        is_run = is_tiny and len(run) >= _RUN_FROM and (len(node.children) > _MOST_CHILDREN // 2 or node.parent)
        groups += [run] if is_run else [[part] for part in run]
    return groups


def _left_out(node: Node, groups: list[_Group]) -> int:
    return node.hidden + len(node.children) - sum(len(group) for group in groups)


def _rest_bytes(node: Node, opened: dict[int, list[_Group]]) -> int:
    shown = sum(part.size_bytes for group in opened[id(node)] for part in group)
    return max(node.size_bytes - shown, 0)


# One node.


def node_spans(node: Node) -> Line:
    """Write label, type and summary of a node."""
    label = _label(node)
    spans: Line = [("key", label), ("", "  ")] if label else []
    return spans + value_spans(node)


def _label(node: Node) -> str:
    label = node.label
    if label.startswith('["') and label.endswith('"]'):
        return label[1:-1]
    return label


def value_spans(node: Node) -> Line:
    """Write type and summary of a node."""
    if node.kind in _VALUES:
        return [("value", "None" if node.kind == "none" else node.summary)]
    if node.kind == "bytes":
        return [("value", node.summary if node.summary[:1] == "b" else f"{node.type}[{node.length:,}]")]
    if node.kind == "reference":
        return [("dim", node.summary)]
    if node.kind == "global":
        return [("dim", "global "), *_type_spans(node.type)]
    if node.kind == "call":
        note = f"  {node.note}" if node.note else ""
        return [("call", "call of "), *_type_spans(node.type), ("dim", note)]
    dimensions = f"[{node.length:,}]" if node.kind in _SIZED and node.length >= 0 else ""
    summary = node.summary
    return [*_type_spans(node.type), ("type", dimensions), ("value", f"  {summary}" if summary else "")]


def _type_spans(name: str) -> Line:
    module, dot, last = name.rpartition(".")
    return [("module", f"{module}{dot}"), ("type", last)] if module else [("type", name)]


def _preview(node: Node) -> Line:
    """Write the first parts of a node that is not opened, on its own line."""
    if not node.children:
        return [("dim", f"  … {node.hidden:,} parts")] if node.hidden else []
    spans: Line = [("", "  ")]
    spans += joined(_short(part) for part in node.children[:_PREVIEW_PARTS])
    more = node.hidden + max(len(node.children) - _PREVIEW_PARTS, 0)
    return spans + ([("dim", f" · … {more:,} more")] if more else [])


def _run_spans(prefix: str, group: _Group) -> Line:
    return [("dim", prefix), *joined(_short(part) for part in group[:_RUN_PARTS])]


def _more_spans(prefix: str, count: int) -> Line:
    return [("dim", f"{prefix}… {count:,} more")]


def _short(part: Node) -> list[Span]:
    """Write a part as `name value`, without a step that only counts."""
    label = "" if isinstance(part.key, int) else _label(part)
    spans: list[Span] = [("key", f"{label} ")] if label else []
    if part.kind in _VALUES or part.kind in ("bytes", "reference", "value"):
        return spans + ([("value", part.summary)] if part.kind == "value" else value_spans(part))
    if part.kind == "array" and part.note:
        return [*spans, ("value", part.note)]
    last = part.type.rpartition(".")[2]
    dimensions = f"[{part.length:,}]" if part.kind in _SIZED and part.length >= 0 else ""
    return [*spans, ("call" if part.kind == "call" else "type", f"{last}{dimensions}")]


def _with_size(spans: Line, size: int, total: int, columns: int) -> Line:
    """Put size and bar at the right."""
    line = fit(spans, columns)
    used = sum(cell_width(text) for _, text in line)
    gap = " " * (columns - used)
    return [*line, ("", gap), ("size", f"{byte_count(size):>{_SIZE_COLUMNS}}"), ("bar", f" {_bar(size / total)}")]


def _bar(share: float) -> str:
    eighths = min(max(round(share * _BAR_CELLS * 8), 0), _BAR_CELLS * 8)
    if not eighths:
        return ""
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
