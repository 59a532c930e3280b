"""A scan as SARIF 2.1.0, the format of code scanning (docs.oasis-open.org/sarif/sarif/v2.1.0).

Each finding is a result. Its place is the file, the byte in it, and the member of an archive as a logical location; a
pickle has no lines, but GitHub asks for one, so it is always the first. The fingerprint covers the content of the file,
so that an alert that somebody has dismissed comes back when the file changes.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from onggi._version import __version__
from onggi.inspect.scanning.verdicts import RULES, ScanRule, ScanVerdict
from onggi.trust.digest import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onggi.inspect.scanning.report import ScanFinding, ScanReport

__all__ = ["sarif_data"]

_SCHEMA_URI: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {ScanVerdict.HOSTILE: "error", ScanVerdict.UNREADABLE: "error", ScanVerdict.NEEDS_TRUST: "warning"}
_SECURITY: Final = {ScanVerdict.HOSTILE: "9.8", ScanVerdict.UNREADABLE: "7.0", ScanVerdict.NEEDS_TRUST: "5.0"}
_PAGE: Final = "docs/reference/scan-rules.md"
_ROOT: Final = "SRCROOT"
_FINGERPRINT_BYTES: Final = 16


def sarif_data(reports: Iterable[ScanReport], *, root: str | None = None) -> dict[str, Any]:
    """Return a scan as a SARIF log.

    Args:
        reports: What was found.
        root: The folder that paths are relative to. Default: the current one.
    """
    folder = os.path.abspath(root or os.curdir)
    results = [_result(report, found, folder) for report in reports for found in report.findings]
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"uri": _folder_uri(folder)}},
        "results": results,
    }
    return {"$schema": _SCHEMA_URI, "version": "2.1.0", "runs": [run]}


def _driver() -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "onggi", "semanticVersion": __version__}
    if site := _site():
        driver["informationUri"] = site
    return driver | {"rules": [_rule(rule) for rule in RULES.values()]}


def _rule(rule: ScanRule) -> dict[str, Any]:
    text = f"{rule.title} See {_PAGE}#{rule.id}."
    described: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": text},
        "defaultConfiguration": {"level": _LEVELS[rule.verdict]},
        "properties": {"tags": ["security"], "security-severity": _SECURITY[rule.verdict], "verdict": rule.verdict},
    }
    if site := _site():
        described["helpUri"] = f"{site.rstrip('/')}/{_PAGE.removeprefix('docs/').removesuffix('.md')}.html#{rule.id}"
    return described


@cache
def _site() -> str:
    """Return where the documentation lies, as the package says, or an empty string."""
    try:
        urls = metadata("onggi").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = (url.partition(",")[::2] for url in urls)
    return next((url.strip() for name, url in named if name.strip().lower() == "documentation"), "")


def _result(report: ScanReport, found: ScanFinding, folder: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(report.path, folder), "region": {"startLine": 1}}
    if found.offset >= 0 and not found.member:
        physical["region"]["byteOffset"] = found.offset
    location: dict[str, Any] = {"physicalLocation": physical}
    if found.member:
        location["logicalLocations"] = [{"fullyQualifiedName": found.member, "kind": "member"}]
    step = f" Next: {found.next_step}" if found.next_step else ""
    return {
        "ruleId": found.rule,
        "ruleIndex": _INDEXES[found.rule],
        "level": _LEVELS[found.verdict],
        "message": {"text": _sentence(found.message) + step},
        "locations": [location],
        "partialFingerprints": {"onggi/v1": _fingerprint(report, found)},
        "properties": {"verdict": found.verdict, "global": found.global_name, "digest": report.digest},
    }


_INDEXES: Final = {name: index for index, name in enumerate(RULES)}


def _sentence(message: str) -> str:
    # Placeholders such as {0} are for arguments, of which there are none: braces are doubled, as the standard says.
    text = message.replace("{", "{{").replace("}", "}}")
    return f"This file {text}." if message[:1].islower() else f"{text}."


def _fingerprint(report: ScanReport, found: ScanFinding) -> str:
    parts = (report.digest or report.path, found.rule, found.global_name, found.member)
    return digest("\0".join(parts).encode("utf-8", "surrogateescape"))[:_FINGERPRINT_BYTES].hex()


def _artifact(path: str, folder: str) -> dict[str, Any]:
    whole = os.path.abspath(path)
    try:
        inner = os.path.relpath(whole, folder)
    except ValueError:  # another drive
        inner = os.pardir
    if inner == os.pardir or inner.startswith(os.pardir + os.sep):
        return {"uri": _uri(whole)}
    return {"uri": _quoted(inner), "uriBaseId": _ROOT}


def _folder_uri(folder: str) -> str:
    return _uri(folder).rstrip("/") + "/"


def _uri(path: str) -> str:
    return f"file://{'' if path.startswith('/') else '/'}{_quoted(path)}"


def _quoted(path: str) -> str:
    return quote(os.fsencode(Path(path).as_posix()), safe="/:" if os.name == "nt" else "/")
