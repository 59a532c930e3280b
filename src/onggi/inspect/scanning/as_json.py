"""A scan as JSON, for programs.

The schema is `SCHEMA`. Within one number, keys are only added.

    {"schema": "onggi.scan/1", "onggi": str,
     "summary": {"files": int, "data": int, "needs trust": int, "hostile": int, "unreadable": int, "no pickle": int,
                 "pickles": int, "accepted": int, "skipped": {REASON: int, …}},
     "files": [{"path": str, "verdict": VERDICT, "pickles": int, "size_bytes": int, "digest": str, "accepted": int,
                "more_findings": int,
                "findings": [{"rule": str, "verdict": VERDICT, "message": str, "member": str, "offset": int,
                              "global": str, "next": str}, …]}, …]}

VERDICT is one of "data", "needs trust", "hostile", "unreadable", "no pickle"; the rules are those of
docs/reference/scan-rules.md. `offset` counts in the member, and is -1 where there is none. REASON is one of "excluded",
"hidden", "repository", "link", "special".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from onggi._version import __version__
from onggi.inspect.scanning.report import report_data
from onggi.inspect.scanning.verdicts import ScanVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onggi.inspect.scanning.report import ScanReport

__all__ = ["SCHEMA", "scan_data", "summary_data"]

SCHEMA: Final = "onggi.scan/1"


def scan_data(reports: Sequence[ScanReport], skipped: Mapping[str, int]) -> dict[str, Any]:
    """Return a scan as plain values, by the schema of this module."""
    return {
        "schema": SCHEMA,
        "onggi": __version__,
        "summary": summary_data(reports, skipped),
        "files": [report_data(report) for report in reports],
    }


def summary_data(reports: Sequence[ScanReport], skipped: Mapping[str, int]) -> dict[str, Any]:
    """Count files by their verdicts."""
    counts = Counter(report.verdict for report in reports)
    return {
        "files": len(reports),
        **{verdict.value: counts[verdict] for verdict in ScanVerdict},
        "pickles": sum(report.pickle_count for report in reports),
        "accepted": sum(report.accepted for report in reports),
        "skipped": dict(sorted(skipped.items())),
    }
