"""pytz: the time zones of pandas before 3."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, called

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

ROWS: Final[dict[str, Rule]] = {
    "pytz._UTC": called("returns the one UTC", "dateutil:no_arguments"),
    "pytz._p": called("looks up a zone by name; one of its own offsets is chosen, none is added", "pytz:zone"),
    "pytz._FixedOffset": called("a number of minutes within a day", "pytz:fixed_offset"),
}
