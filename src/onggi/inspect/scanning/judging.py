"""Turn what was found in a file into findings: the rule, how bad it is, and what it would do in plain words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from onggi.errors import IntegrityError, LimitError, NotAPickleError, OnggiError
from onggi.inspect.scanning.arguments import argument_faults
from onggi.inspect.scanning.deeds import Deeds
from onggi.inspect.scanning.report import ScanFinding
from onggi.inspect.scanning.verdicts import RULES, ScanVerdict
from onggi.proof.outline_node import printable
from onggi.proof.report import Severity

if TYPE_CHECKING:
    from onggi.inspect.finding import Found
    from onggi.proof.report import Finding, Report

__all__ = ["has_pickle", "judged", "trouble"]

_MESSAGE_CHARACTERS: Final = 400
_NAME_CHARACTERS: Final = 200
_MAX_OF_PICKLE: Final = 100
_OF_SEVERITY: Final = {Severity.HOSTILE: ScanVerdict.HOSTILE, Severity.NEEDS_TRUST: ScanVerdict.NEEDS_TRUST}
_VOUCHED: Final = frozenset({"own key", "trusted signer"})
_UNOPENED: Final = frozenset({"7z", "rar", "lz4-legacy"})
_NEXT: Final = {
    "persistent-id": "subclass onggi.Unpickler and give it the persistent_load that belongs to the file",
    "extension-code": "register the code with copyreg.add_extension, as the program that wrote the file did",
}


def judged(found: Found, member: str, path: str) -> list[ScanFinding]:
    """Return the findings about one pickle, or about something that could not be read.

    Args:
        found: What was found.
        member: Where in the file it is.
        path: The file, for what to type next.
    """
    findings = []
    if found.report is not None and found.report.seal not in _VOUCHED:
        findings = _of_report(found, found.report, member, path)
    if found.error is not None:
        findings.append(trouble(found.error, member, found.start))
    for problem in found.problems if has_pickle(found) else ():
        words = printable(f"is in an archive, and {problem}: readers differ in what they see", _MESSAGE_CHARACTERS)
        findings.append(ScanFinding("odd-container", ScanVerdict.NEEDS_TRUST, words, member, found.start))
    return findings


def has_pickle(found: Found) -> bool:
    """Say whether it is a pickle, and not only something that could not be read."""
    return found.carrier != "none"


def trouble(error: OnggiError, member: str = "", offset: int = -1) -> ScanFinding:
    """Make the finding of what could not be read."""
    rule = "over-limit" if isinstance(error, LimitError) else "damaged"
    if isinstance(error, NotAPickleError) and error.kind in _UNOPENED:
        rule = "unopened"
    if "encrypted" in error.reason and not isinstance(error, LimitError | IntegrityError):
        rule = "unopened"
    words = printable(error.reason, _MESSAGE_CHARACTERS)
    at = offset + error.offset if error.offset is not None and offset >= 0 else offset
    return ScanFinding(rule, ScanVerdict.UNREADABLE, words, member, at, next_step=printable(error.hint or "", 200))


def _of_report(found: Found, report: Report, member: str, path: str) -> list[ScanFinding]:
    firsts: dict[tuple[str, str, bool], Finding] = {}
    for finding in report.findings:
        firsts.setdefault((finding.rule, finding.global_name, finding.severity is Severity.HOSTILE), finding)
    listed = sorted(firsts.values(), key=lambda finding: finding.severity is not Severity.HOSTILE)[:_MAX_OF_PICKLE]
    hostile = [finding for finding in listed if finding.severity is Severity.HOSTILE]
    deeds = Deeds(found.view[found.start :], hostile)
    findings = [_made(finding, deeds, found, member, path) for finding in listed]
    for rule, offset, name, words in argument_faults(found, report):
        text = printable(words, _MESSAGE_CHARACTERS)
        findings.append(ScanFinding(rule, RULES[rule].verdict, text, member, found.start + offset, name))
    return findings


def _made(finding: Finding, deeds: Deeds, found: Found, member: str, path: str) -> ScanFinding:
    verdict = _OF_SEVERITY[finding.severity]
    words = deeds.words(finding)
    name = printable(finding.global_name, _NAME_CHARACTERS)
    if finding.rule == "not-allowed":
        words = words.replace(", which no rule allows", ", which nobody has vouched for")
    elif finding.rule == "persistent-id":
        words = "leaves objects to the persistent_load of its reader, which makes them by what the file says"
    offset = found.start + finding.offset if finding.offset >= 0 else -1
    return ScanFinding(finding.rule, verdict, words, member, offset, name, _next(finding, name, member, path, verdict))


def _next(finding: Finding, name: str, member: str, path: str, verdict: ScanVerdict) -> str:
    file = shlex.quote(path) if path and path.isprintable() else "FILE"
    if verdict is ScanVerdict.HOSTILE:
        return f"onggi inspect {file}" if not member else "do not load it"
    if finding.rule == "not-allowed" and name == finding.global_name:
        return f"if you trust its code: onggi scan {file} --allow {shlex.quote(name)}"
    return _NEXT.get(finding.rule, "")
