"""A scan as lines for people, on a terminal and in the logs of CI.

No text of a file reaches a line as it is: what is not printable is an escape, and so are the marks by which the logs of
CI systems know commands (`##[…]`, `##vso[…]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onggi.inspect.scanning.verdicts import ScanVerdict
from onggi.inspect.words import plural
from onggi.proof.outline_node import printable

if TYPE_CHECKING:
    from onggi.inspect.scanning.report import ScanFinding, ScanReport
    from onggi.inspect.spans import Line, Style

__all__ = ["report_lines", "summary_lines"]

_STYLES: Final[dict[ScanVerdict, tuple[Style, str]]] = {
    ScanVerdict.DATA: ("good", "✓"),
    ScanVerdict.NEEDS_TRUST: ("warn", "!"),
    ScanVerdict.HOSTILE: ("bad", "✗"),
    ScanVerdict.UNREADABLE: ("bad", "?"),
    ScanVerdict.NO_PICKLE: ("dim", "-"),
}
_MAX_SHOWN: Final = 12
_MAX_NAMES: Final = 8
_SKIPPED_WORDS: Final = {
    "excluded": "excluded",
    "hidden": "hidden",
    "link": "links not followed",
    "repository": "folders of version control",
    "special": "pipes, sockets and devices",
}


def report_lines(report: ScanReport) -> list[Line]:
    """Lay out the report of one file."""
    style, mark = _STYLES[report.verdict]
    accepted = f"  ({plural(report.accepted, 'finding')} accepted)" if report.accepted else ""
    lines: list[Line] = [
        [(style, f"{mark} {report.verdict.value:<11}"), ("head", f"  {_safe(report.path, 400)}"), ("dim", accepted)]
    ]
    lines += [
        [("", "    "), (_STYLES[found.verdict][0], "• "), ("", _finding_text(found))]
        for found in report.findings[:_MAX_SHOWN]
    ]
    left = len(report.findings) - _MAX_SHOWN
    if left > 0 or report.more_findings:
        lines.append([("dim", f"    and {max(left, 0) + report.more_findings:,} more")])
    return lines + [[("dim", "    next: "), ("code", step)] for step in _steps(report)]


def _finding_text(found: ScanFinding) -> str:
    place = f"in {_safe(found.member.lstrip('!'), 200)}" if found.member else ""
    byte = f"byte {found.offset:,}" if found.offset >= 0 else ""
    where = ", ".join(part for part in (byte, place, f"rule {found.rule}") if part)
    return f"{_safe(found.message, 600)}  ({where})"


def _steps(report: ScanReport) -> list[str]:
    """Return what to do next: about what is hostile if anything is, else what to allow."""
    first = next(iter(report.findings), None)
    if first is None:
        return []
    if first.verdict is ScanVerdict.NEEDS_TRUST and report.needed:
        names = [_safe(name, 200) for name in report.needed[:_MAX_NAMES]]
        more = f" and {len(report.needed) - _MAX_NAMES} more" if len(report.needed) > _MAX_NAMES else ""
        these = "their code" if len(report.needed) > 1 else "its code"
        return [f"if you trust {these}: {' '.join(f'--allow {name}' for name in names)}{more}"]
    return [_safe(first.next_step, 400)] if first.next_step else []


def summary_lines(summary: dict[str, Any]) -> list[Line]:
    """Lay out the counts of `summary_data`."""
    line: Line = [("head", f"{plural(summary['files'], 'file')}, {plural(summary['pickles'], 'pickle')}: ")]
    for verdict in ScanVerdict:
        if count := summary[verdict.value]:
            line += [("dim", ", " if len(line) > 1 else ""), (_STYLES[verdict][0], f"{count:,} {verdict.value}")]
    lines = [line]
    if summary["accepted"]:
        lines.append([("dim", f"accepted by the baseline: {plural(summary['accepted'], 'finding')}")])
    if summary["skipped"]:
        words = (f"{count:,} {_SKIPPED_WORDS[reason]}" for reason, count in summary["skipped"].items())
        lines.append([("dim", f"passed over: {', '.join(words)}")])
    return lines


def _safe(text: str, limit: int) -> str:
    return printable(text, limit).replace("##", "#\\x23")
