"""A baseline: findings that somebody has looked at and accepts.

A finding is accepted by the content of its file, its rule and its global, never by the path: a file that changes is
found again, and one that moves is not.

    {"schema": "onggi.baseline/1",
     "accepted": [{"digest": str, "rule": str, "global": str, "path": str}, …]}

`path` only helps people to read it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from onggi.errors import PolicyError
from onggi.inspect.scanning.verdicts import ScanVerdict, worst
from onggi.proof.outline_node import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onggi.inspect.scanning.report import ScanFinding, ScanReport

__all__ = ["Baseline", "baseline_text"]

SCHEMA: Final = "onggi.baseline/1"

Key = tuple[str, str, str]


class Baseline:
    """Findings that are accepted.

    Args:
        text: The content of a baseline file.
        source: Its name, for messages.

    Raises:
        PolicyError: It is no baseline.
    """

    def __init__(self, text: str, source: str) -> None:
        try:
            self._accepted = frozenset(_keys(json.loads(text)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            hint = "write one: onggi scan PATH… --write-baseline FILE"
            raise PolicyError(f"this is no baseline ({SCHEMA})", source=source, hint=hint) from None

    def applied(self, report: ScanReport) -> ScanReport:
        """Return a report without what is accepted. Findings that are not listed are never accepted."""
        left = tuple(found for found in report.findings if _key(report, found) not in self._accepted)
        count = len(report.findings) - len(left)
        if not count:
            return report
        verdict = report.verdict if report.more_findings else worst(*(found.verdict for found in left), _rest(report))
        return replace(report, findings=left, verdict=verdict, accepted=count)


def _rest(report: ScanReport) -> ScanVerdict:
    return ScanVerdict.DATA if report.pickle_count else ScanVerdict.NO_PICKLE


def _key(report: ScanReport, finding: ScanFinding) -> Key | None:
    return (report.digest, finding.rule, finding.global_name) if report.digest else None


def _keys(data: Any) -> Iterable[Key]:
    if data["schema"] != SCHEMA:
        raise ValueError
    for row in data["accepted"]:
        digest, rule, name = row["digest"], row["rule"], row["global"]
        if not all(isinstance(part, str) for part in (digest, rule, name)) or not digest:
            raise ValueError
        yield digest, rule, name


def baseline_text(reports: Iterable[ScanReport]) -> str:
    """Return a baseline file that accepts all findings of some reports: those of files that could be read."""
    rows: dict[Key, dict[str, str]] = {}
    for report in reports:
        for found in report.findings:
            if key := _key(report, found):
                row = {"digest": key[0], "rule": key[1], "global": key[2], "path": printable(report.path, 400)}
                rows.setdefault(key, row)
    accepted = sorted(rows.values(), key=lambda row: (row["path"], row["rule"], row["global"], row["digest"]))
    return json.dumps({"schema": SCHEMA, "accepted": accepted}, indent=1) + "\n"
