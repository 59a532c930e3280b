"""Guards of dateutil's spans and fixed time zones.

Its zones of files (`tzfile`, `gettz`) have no guard: their arrays are read by pandas' C code without bounds checks.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

from onggi.proof.guards.exact import demand, fields, split_state

__all__ = ["no_arguments", "offset_zone", "relativedelta_state", "weekday_state"]

_SPANS: Final = ["years", "months", "days", "leapdays", "hours", "minutes", "seconds", "microseconds"]
_PLACES: Final = ["year", "month", "day", "hour", "minute", "second", "microsecond"]


def relativedelta_state(target: Any, state: object) -> None:
    """Fill a relativedelta with numbers and a day of the week (STATE)."""
    given = fields(state, {*_SPANS, *_PLACES, "weekday", "_has_time"}, "relativedelta", _SPANS)
    for name, number in given.items():
        known = type(number).__name__ == "weekday" if name == "weekday" else type(number) in (int, float, bool)
        demand(known or number is None, f"{name} of a relativedelta must be a number")
    vars(target).update(given)


def weekday_state(target: Any, state: object) -> None:
    """Fill a day of the week (STATE)."""
    attributes, slots = split_state(state, "weekday")
    given = fields({**attributes, **slots}, {"weekday", "n"}, "weekday", ("weekday", "n"))
    demand(type(given["weekday"]) is int and 0 <= given["weekday"] <= 6, "a weekday counts from 0 to 6")
    demand(given["n"] is None or type(given["n"]) is int, "n must be a number")
    target.weekday, target.n = given["weekday"], given["n"]


def no_arguments(function: Any, args: tuple[Any, ...]) -> Any:
    """Make the zone that takes no arguments (CALL)."""
    demand(not args, f"{function.__name__} takes no arguments")
    return function()


def offset_zone(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a zone of a name and seconds (CALL)."""
    demand(len(args) == 2 and (args[0] is None or type(args[0]) is str), "a fixed zone has a name and seconds")
    demand(type(args[1]) in (int, float, datetime.timedelta), "the offset of a zone is a number of seconds")
    return function(*args)
