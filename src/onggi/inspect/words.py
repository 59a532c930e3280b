"""The words for people: sizes, uses, seals, verdicts."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.outline_node import printable
from onggi.proof.report import Tier
from onggi.proof.rules import Use

if TYPE_CHECKING:
    from onggi.inspect.seen import State
    from onggi.proof.report import Report

__all__ = ["STATE_WORDS", "TIER_WORDS", "byte_count", "made_by", "plural", "seal_words", "use_words"]

_UNITS: Final = ("KB", "MB", "GB", "TB")
_USE_WORDS: Final = (
    (Use.CALL, "called"),
    (Use.NEW, "made"),
    (Use.STATE, "given state"),
    (Use.APPEND | Use.SETITEM | Use.ADD, "filled"),
    (Use.VALUE, "mentioned"),
)
TIER_WORDS: Final = {
    Tier.KNOWN: "known type",
    Tier.ALLOWED: "allowed by you",
    Tier.TRUSTED: "trusted by you",
    Tier.UNKNOWN: "nobody",
    Tier.DANGEROUS: "nobody: dangerous",
}
STATE_WORDS: Final[dict[State, str]] = {
    "data": "data",
    "own": "yours",
    "signed": "signed",
    "needs trust": "needs trust",
    "hostile": "hostile",
    "refused": "refused",
    "damaged": "damaged",
}
_SEALS: Final = {
    "none": "no seal",
    "digests only": "digests match",
    "another key": "sealed by another key",
    "own key": "sealed by your key",
    "trusted signer": "signed by somebody whom you trust",
    "damaged": "seal is damaged",
}
_TEXT_CHARACTERS: Final = 60


def byte_count(count: int) -> str:
    """Write a size with a unit of powers of 1,000: `812 B`, `45.2 KB`."""
    if count < 1_000:
        return f"{count} B"
    number = float(count)
    for unit in _UNITS:
        number /= 1_000
        if number < 999.95 or unit == _UNITS[-1]:
            break
    return f"{number:,.1f} {unit}" if number < 99.95 else f"{number:,.0f} {unit}"


def plural(count: int, word: str, more: str = "") -> str:
    """Write a count with its noun: `1 global`, `14 globals`."""
    return f"{count:,} {word if count == 1 else more or f'{word}s'}"


def use_words(uses: Use) -> str:
    """Say what a pickle does with a global; `mentioned` only where it does nothing else."""
    words = [word for use, word in _USE_WORDS if uses & use and use is not Use.VALUE]
    return ", ".join(words) or "only mentioned"


def seal_words(report: Report) -> str:
    """Say what the seal is worth."""
    return _SEALS.get(report.seal, report.seal)


def made_by(label: dict[str, Any] | None) -> list[str]:
    """Return what the label says about where the pickle was made, in short pieces; it is the writer's word."""
    if label is None:
        return []
    pieces = [f"Python {label['python']}"] if isinstance(label.get("python"), str) else []
    packages = label.get("packages")
    if isinstance(packages, dict):
        pieces += [f"{name} {version}" for name, version in list(packages.items())[:8]]
    pieces += [label["system"]] if isinstance(label.get("system"), str) else []
    pieces += _moment(label.get("created"))
    return [printable(str(piece), _TEXT_CHARACTERS) for piece in pieces]


def _moment(created: object) -> list[str]:
    if not isinstance(created, int | float) or isinstance(created, bool):
        return []
    try:
        moment = datetime.datetime.fromtimestamp(created, datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return []
    return [f"{moment:%Y-%m-%d %H:%M} UTC"]
