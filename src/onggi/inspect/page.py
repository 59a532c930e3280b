"""An inspection as HTML that needs nothing else: no script, no font, no picture, no network.

Everything that a file says is escaped. The tree is made of `<details>`, so that it opens and closes by itself.
"""

from __future__ import annotations

from collections import deque
from html import escape
from typing import TYPE_CHECKING, Final

from onggi.inspect.members import container_words, entry_words, pickle_place
from onggi.inspect.style import CSS, PAGE_CSS
from onggi.inspect.tree import node_spans
from onggi.inspect.verdict import STATE_STYLES, verdict_lines
from onggi.inspect.words import TIER_WORDS, byte_count, made_by, plural, seal_words, use_words
from onggi.proof.outline_node import printable
from onggi.proof.report import Tier

if TYPE_CHECKING:
    from onggi.inspect.seen import Look, Seen
    from onggi.inspect.spans import Line
    from onggi.proof.outline import Node

__all__ = ["fragment", "page"]

_MAX_LEVEL: Final = 60
_OPEN_ROWS: Final = 40
_MAX_GLOBALS: Final = 200
_LEAST_NODES: Final = 20
_UNBROKEN: Final = 10_000
_TIER_CLASSES: Final = {Tier.UNKNOWN: "warn", Tier.DANGEROUS: "bad"}


def page(found: Seen, *, max_nodes: int) -> str:
    """Write a whole page.

    Args:
        found: The inspection.
        max_nodes: Nodes of all trees together.
    """
    title = escape(printable(found.source, 200) or "pickle")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}: what is inside</title>\n<style>{PAGE_CSS}</style></head>\n"
        f"<body>{fragment(found, max_nodes=max_nodes)}</body></html>\n"
    )


def fragment(found: Seen, *, max_nodes: int) -> str:
    """Write a part of a page, for a notebook."""
    share = max(max_nodes // max(len(found.pickles), 1), _LEAST_NODES)
    name = escape(printable(found.source, 200) or "bytes")
    parts = [f'<div class="onggi"><style>{CSS}</style><h1>{name}</h1>', _facts(_file_facts(found))]
    parts += [_members(found)] if found.members else []
    for number, look in enumerate(found.pickles, 1):
        if len(found.pickles) > 1 or found.container:
            parts.append(f"<h2>{escape(pickle_place(found, look, number).capitalize())}</h2>")
        parts.append(_look(found, look, share))
    if found.trailing_bytes:
        words = f"{byte_count(found.trailing_bytes)} behind the last pickle: {found.trailing}"
        parts.append(f'<p class="verdict warn">{escape(words)}</p>')
    parts.append("<footer>Made by <b>onggi</b>. Nothing of the file was imported or run.</footer></div>")
    return "\n".join(parts)


def _members(found: Seen) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(printable(entry.name))}</code></td>"
        f'<td class="number">{byte_count(entry.size_bytes)}</td>'
        f'<td>{escape(entry_words(entry))}</td><td class="bad">{escape(printable(entry.problem, 200))}</td></tr>'
        for entry in found.members[:_MAX_GLOBALS]
    )
    more = len(found.members) - _MAX_GLOBALS
    rest = f'<tr><td colspan="4" class="dim">… {more:,} more</td></tr>' if more > 0 else ""
    return f'<div class="scroll"><table><tbody>{rows}{rest}</tbody></table></div>'


def _facts(facts: list[tuple[str, str]]) -> str:
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f"<dl>{items}</dl>"


def _file_facts(found: Seen) -> list[tuple[str, str]]:
    facts = [("size", byte_count(found.unpacked_bytes))]
    if found.compression:
        stored = f"{byte_count(found.stored_bytes)} of {' in '.join(reversed(found.compression))}"
        facts = [("unpacked", facts[0][1]), ("stored", stored)]
    if found.container:
        facts = [("kind", container_words(found)), *facts]
    return facts if len(found.pickles) == 1 else [("pickles", f"{len(found.pickles):,}"), *facts]


def _look(found: Seen, look: Look, max_nodes: int) -> str:
    report = look.report
    label = " · ".join(made_by(report.label)) or "unknown: it has no label"
    facts = [("protocol", str(report.protocol)), ("seal", seal_words(report)), ("made by", label)]
    facts += [("signed", printable(reason.removeprefix("signed "), 400)) for reason in report.signatures]
    parts = [_facts(facts), _verdict(found, look)]
    if look.root is not None:
        parts.append(_tree(look.root, max_nodes))
    if look.outline.dropped:
        parts.append("<h3>Built and thrown away</h3>")
        parts += [_tree(node, _LEAST_NODES) for node in look.outline.dropped]
    if report.globals:
        parts.append(_globals(look))
    return "\n".join(parts)


def _verdict(found: Seen, look: Look) -> str:
    lines = [_spans(line) for line in verdict_lines(found, look, _UNBROKEN)]
    return f'<div class="verdict {STATE_STYLES[look.state]}">{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def _spans(line: Line) -> str:
    return "".join(
        f'<span class="{style}">{escape(text)}</span>' if style else escape(text) for style, text in line if text
    )


# The tree.


def _chosen(root: Node, max_nodes: int) -> set[int]:
    """Choose the nodes that the page shows: level by level, so that the top is complete."""
    chosen: set[int] = set()
    waiting = deque([(root, 0)])
    while waiting and len(chosen) < max_nodes:
        node, level = waiting.popleft()
        chosen.add(id(node))
        if level < _MAX_LEVEL:
            waiting.extend((child, level + 1) for child in node.children)
    return chosen


def _opened(root: Node, chosen: set[int]) -> set[int]:
    """Choose the nodes that are open at first: level by level, as long as the page stays short."""
    opened: set[int] = set()
    rows = 1
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        below = [child for child in node.children if id(child) in chosen]
        if below and rows + len(below) <= _OPEN_ROWS:
            opened.add(id(node))
            rows += len(below)
            waiting.extend(below)
    return opened


def _tree(root: Node, max_nodes: int) -> str:
    chosen = _chosen(root, max_nodes)
    opened = _opened(root, chosen)
    total = max(root.size_bytes, 1)
    parts = ['<div class="tree">']
    # Text waits on the stack between the nodes: what closes an element comes after all that is below it.
    pending: list[Node | str] = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        below = [child for child in item.children if id(child) in chosen]
        more = item.hidden + len(item.children) - len(below)
        row = _row(item, total)
        if not below and not more:
            parts.append(f'<div class="leaf">{row}</div>')
            continue
        parts.append(f"<details{' open' if id(item) in opened else ''}><summary>{row}</summary>")
        pending.append("</details>")
        if more:
            pending.append(f'<div class="leaf"><span class="what dim">… {more:,} more</span></div>')
        pending += reversed(below)
    return "".join([*parts, "</div>"])


def _row(node: Node, total: int) -> str:
    percent = min(100 * node.size_bytes / total, 100)
    bar = f'<span class="share"><i style="width:{percent:.1f}%"></i></span>' if percent >= 0.5 else ""
    title = escape(node.path, quote=True)
    return (
        f'<span class="what" title="{title}">{_spans(node_spans(node))}</span>'
        f'<span class="size">{byte_count(node.size_bytes)}</span><span class="bar">{bar}</span>'
    )


# The globals.


def _globals(look: Look) -> str:
    order = {Tier.DANGEROUS: 0, Tier.UNKNOWN: 1}
    entries = sorted(look.report.globals, key=lambda entry: (order.get(entry.tier, 2), entry.offset))
    rows = []
    for entry in entries[:_MAX_GLOBALS]:
        style = _TIER_CLASSES.get(entry.tier, "good")
        times = f" ×{entry.count:,}" if entry.count > 1 else ""
        rows.append(
            f"<tr><td><code>{escape(printable(str(entry)))}</code></td><td>{use_words(entry.uses)}{times}</td>"
            f'<td class="number">{entry.offset:,}</td><td class="{style}">{escape(TIER_WORDS[entry.tier])}</td>'
            f"<td>{escape(printable(entry.why, 200))}</td></tr>"
        )
    more = len(entries) - _MAX_GLOBALS
    rest = f'<tr><td colspan="5" class="dim">… {more:,} more</td></tr>' if more > 0 else ""
    head = "<tr><th>global</th><th>used</th><th>byte</th><th>vouched for by</th><th>why</th></tr>"
    heading = plural(len(entries), "class or function", "classes and functions")
    return (
        f"<details{' open' if len(entries) <= _OPEN_ROWS else ''}><summary><b>Uses {heading}</b></summary>"
        f'<div class="scroll"><table><thead>{head}</thead><tbody>{"".join(rows)}{rest}</tbody></table></div></details>'
    )
