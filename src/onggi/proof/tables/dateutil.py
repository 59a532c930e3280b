"""dateutil: relative spans of time, days of the week and fixed time zones, which pandas' offsets hold."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, called

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (("dateutil.relativedelta.weekday", "dateutil._common.weekday"),)

ROWS: Final[dict[str, Rule]] = {
    "dateutil.relativedelta.relativedelta": Rule(
        Use.NEW | Use.STATE,
        "numbers of years to microseconds, and a day of the week",
        new="exact:no_arguments",
        state="dateutil:relativedelta_state",
    ),
    "dateutil._common.weekday": Rule(
        Use.NEW | Use.STATE, "two small numbers", new="exact:no_arguments", state="dateutil:weekday_state"
    ),
    "dateutil.tz.tz.tzutc": called("takes no arguments and has no state", "dateutil:no_arguments"),
    "dateutil.tz.tz.tzoffset": called("a name and a number of seconds", "dateutil:offset_zone"),
}
