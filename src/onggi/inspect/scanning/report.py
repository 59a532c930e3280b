"""What a scan finds, as plain values that go through JSON and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from onggi.inspect.scanning.verdicts import ScanVerdict, worst

__all__ = ["ScanFinding", "ScanReport", "report_data", "report_of", "unreadable"]


@dataclass(frozen=True, slots=True)
class ScanFinding:
    """One thing that was found in a file.

    Attributes:
        rule: The stable identifier of the rule, such as `"dangerous"`; docs/reference/scan-rules.md explains each.
        verdict: How bad it is: hostile, needs trust, or unreadable.
        message: One sentence in plain words: what the pickle would do, or why it can't be read. It is on one line,
            without control or invisible characters, whatever the file holds.
        member: Where in the file: `!` and the name of a member for each archive, `@` and a place for each pickle in
            another one's bytes. Empty for the file itself.
        offset: The byte of the opcode in the member; -1 where it stands nowhere.
        global_name: The class or function that it is about, or an empty string.
        next_step: What to type or do next, or an empty string.
    """

    rule: str
    verdict: ScanVerdict
    message: str
    member: str = ""
    offset: int = -1
    global_name: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan knows of one file.

    Attributes:
        path: The path, as it was given or found.
        verdict: The worst of all that is in it.
        findings: What makes it so, the worst first.
        more_findings: How many more there are, which are not listed.
        pickle_count: How many pickles were found in it.
        size_bytes: Its size; 0 where it could not be read.
        digest: BLAKE3 of its content, for files with findings; empty where it could not be read, or is over
            16 GiB.
        accepted: How many findings a baseline has accepted; they are not listed, and the verdict is without them.
    """

    path: str
    verdict: ScanVerdict
    findings: tuple[ScanFinding, ...] = ()
    more_findings: int = 0
    pickle_count: int = 0
    size_bytes: int = 0
    digest: str = ""
    accepted: int = 0

    @property
    def needed(self) -> tuple[str, ...]:
        """The classes and functions to name in `allow=`, for those who trust them."""
        return tuple(dict.fromkeys(found.global_name for found in self.findings if found.rule == "not-allowed"))


def report_data(report: ScanReport) -> dict[str, Any]:
    """Return a report as plain values; the schema is in `onggi.inspect.scanning.as_json`."""
    return {
        "path": report.path,
        "verdict": report.verdict.value,
        "pickles": report.pickle_count,
        "size_bytes": report.size_bytes,
        "digest": report.digest,
        "accepted": report.accepted,
        "more_findings": report.more_findings,
        "findings": [
            {
                "rule": found.rule,
                "verdict": found.verdict.value,
                "message": found.message,
                "member": found.member,
                "offset": found.offset,
                "global": found.global_name,
                "next": found.next_step,
            }
            for found in report.findings
        ],
    }


def report_of(data: dict[str, Any]) -> ScanReport:
    """Make a report of what `report_data` returned."""
    findings = tuple(
        ScanFinding(
            one["rule"],
            ScanVerdict(one["verdict"]),
            one["message"],
            one["member"],
            one["offset"],
            one["global"],
            one["next"],
        )
        for one in data["findings"]
    )
    return ScanReport(
        data["path"],
        ScanVerdict(data["verdict"]),
        findings,
        data["more_findings"],
        data["pickles"],
        data["size_bytes"],
        data["digest"],
        data["accepted"],
    )


def unreadable(path: str, rule: str, message: str, *, next_step: str = "", size_bytes: int = 0) -> ScanReport:
    """Make the report of a file that could not be read."""
    finding = ScanFinding(rule, ScanVerdict.UNREADABLE, message, next_step=next_step)
    return ScanReport(path, worst(finding.verdict), (finding,), size_bytes=size_bytes)
