"""Guards of pandas' dates: timestamps, durations, periods, intervals, offsets and time zones."""

from __future__ import annotations

import datetime
from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, fields
from onggi.proof.rules import Unsafe

__all__ = [
    "date_offset",
    "date_offset_state",
    "frequency",
    "frozen_list",
    "interval",
    "offset",
    "offset_state",
    "period",
    "timedelta",
    "timestamp",
    "timezone",
    "unpickled_timedelta",
    "unpickled_timestamp",
]

_INT64: Final = 2**63 - 1
_NANOSECONDS: Final = 10
_SECONDS: Final = 7
_MAX_HOLIDAYS: Final = 1_000_000
_MAX_OPENINGS: Final = 1_000


def timezone(zone: object) -> Any:
    """Return a time zone, or `None`."""
    if zone is not None and not isinstance(zone, datetime.tzinfo):
        raise Unsafe(f"a time zone is no {type(zone).__name__}")
    return zone


def frequency(freq: object) -> Any:
    """Return an offset of pandas, the short name of one, or `None`."""
    from pandas.tseries.offsets import BaseOffset

    if type(freq) is str:
        demand(len(freq) <= 64, "the name of a frequency is short")
    else:
        demand(freq is None or isinstance(freq, BaseOffset), f"a frequency is no {type(freq).__name__}")
    return freq


# --------------------------------------------------------------------------------------------------------------- points


def unpickled_timestamp(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Timestamp of a count since 1970 (`_unpickle_timestamp`, CALL)."""
    demand(len(args) in (3, 4), "a Timestamp is pickled as count, frequency, zone and unit")
    count = bounded_integer(args[0], -_INT64 - 1, _INT64, "the count of a Timestamp")
    unit = bounded_integer(args[3] if len(args) == 4 else _NANOSECONDS, _SECONDS, _NANOSECONDS, "the unit")
    return function(count, None, timezone(args[2]), unit)


def timestamp(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Timestamp as pandas before 1.4 pickles it, of nanoseconds, frequency and zone (CALL)."""
    demand(len(args) in (1, 2, 3), "a Timestamp is pickled as count, frequency and zone")
    count = bounded_integer(args[0], -_INT64 - 1, _INT64, "the count of a Timestamp")
    return function._from_value_and_reso(count, _NANOSECONDS, timezone(args[2] if len(args) == 3 else None))


def unpickled_timedelta(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Timedelta of a count (`_timedelta_unpickle`, CALL)."""
    demand(len(args) == 2, "a Timedelta is pickled as count and unit")
    count = bounded_integer(args[0], -_INT64, _INT64, "the count of a Timedelta")
    return function(count, bounded_integer(args[1], _SECONDS, _NANOSECONDS, "the unit"))


def timedelta(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Timedelta as pandas before 1.5 pickles it, of nanoseconds (CALL)."""
    demand(len(args) == 1, "a Timedelta is pickled as its nanoseconds")
    return function(bounded_integer(args[0], -_INT64, _INT64, "the count of a Timedelta"))


def period(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Period of an ordinal and a frequency (CALL)."""
    demand(len(args) == 3 and args[0] is None, "a Period is pickled as None, frequency and ordinal")
    demand(args[1] is not None, "a Period has a frequency")
    return function(None, frequency(args[1]), bounded_integer(args[2], -_INT64 - 1, _INT64, "the ordinal of a Period"))


def interval(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an Interval of numbers or dates, which pandas verifies (CALL)."""
    import numpy as np
    import pandas as pd

    demand(len(args) == 3 and args[2] in ("left", "right", "both", "neither"), "an Interval has two ends and a side")
    allowed = (int, float, np.integer, np.floating, pd.Timestamp, pd.Timedelta)
    demand(all(isinstance(end, allowed) for end in args[:2]), "the ends of an Interval are numbers or dates")
    return function(*args)


def frozen_list(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a FrozenList of a plain list (CALL)."""
    demand(len(args) == 1 and type(args[0]) in (list, tuple), "a FrozenList is pickled as a list")
    return function(args[0])


# -------------------------------------------------------------------------------------------------------------- offsets


def _is_span(value: object) -> bool:
    from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped, unused-ignore]

    return isinstance(value, (datetime.timedelta, relativedelta))


def _is_integer(low: int, high: int) -> Any:
    return lambda value: type(value) is int and low <= value <= high


def _is_weekmask(value: Any) -> bool:
    import numpy as np

    if isinstance(value, np.ndarray):
        return value.dtype.kind in "bi" and value.shape == (7,)
    if type(value) in (list, tuple):
        return len(value) == 7 and all(type(day) in (bool, int) for day in value)
    return type(value) is str and len(value) <= 100


def _are_holidays(value: Any) -> bool:
    import numpy as np

    if value is None:
        return True
    known = (np.datetime64, datetime.date, str)
    return type(value) in (list, tuple) and len(value) <= _MAX_HOLIDAYS and all(isinstance(day, known) for day in value)


def _are_times(value: Any) -> bool:
    times = value if type(value) in (list, tuple) else (value,)
    return len(times) <= _MAX_OPENINGS and all(type(item) in (datetime.time, str) for item in times)


_MONTH: Final = _is_integer(1, 12)
_OFFSET_FIELDS: Final[dict[str, Any]] = {
    "n": _is_integer(-_INT64, _INT64),
    "normalize": lambda value: type(value) is bool,
    "offset": _is_span,
    "weekmask": _is_weekmask,
    "holidays": _are_holidays,
    "calendar": lambda value: value is None,
    "start": _are_times,
    "end": _are_times,
    "month": _MONTH,
    "startingMonth": _MONTH,
    "day_of_month": _is_integer(1, 27),
    "week": _is_integer(0, 3),
    "weekday": lambda value: value is None or _is_integer(0, 6)(value),
    "variation": lambda value: value in ("nearest", "last"),
    "qtr_with_extra_week": _is_integer(1, 4),
    "method": _is_integer(1, 3),
}


def offset(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an offset of arguments that its constructor, or the C code behind it, does not verify (CALL)."""
    names = function._attributes
    demand(len(args) <= len(names), f"{function.__name__} has fewer arguments")
    for name, value in zip(names, args, strict=False):
        check = _OFFSET_FIELDS.get(name)
        demand(check is not None and check(value), f"{function.__name__} does not take {value!r:.60} as {name}")
    return function(*args)


def date_offset(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a DateOffset of one day, until its state comes (CALL)."""
    demand(not args, "a DateOffset is pickled without arguments")
    return function()


_DELTAS: Final = [
    "years",
    "months",
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
]
_PLACES: Final = [
    "year",
    "month",
    "day",
    "weekday",
    "hour",
    "minute",
    "second",
    "microsecond",
    "nanosecond",
    "millisecond",
]
_DATE_OFFSET: Final = frozenset(
    {"n", "normalize", "_offset", "offset", "_use_relativedelta", "kwds", "_cache", *_DELTAS, *_PLACES}
)


def date_offset_state(target: Any, state: object) -> None:
    """Fill a DateOffset with numbers and a relativedelta (STATE)."""
    given = fields(state, _DATE_OFFSET, "DateOffset", ("n", "normalize"))
    given.pop("_cache", None)
    span = given.pop("offset", given.pop("_offset", datetime.timedelta(days=1)))
    demand(_is_span(span) and _OFFSET_FIELDS["n"](given["n"]), "a DateOffset has a span and a count")
    demand(type(given["normalize"]) is bool, "normalize must be a bool")
    for name in (*_DELTAS, *_PLACES):
        value = given.get(name)
        known = type(value).__name__ == "weekday" if name == "weekday" else isinstance(value, float)
        demand(known or value is None or type(value) is int, f"{name} must be a number")
    given.pop("kwds", None)
    target.__setstate__(
        {**given, "_offset": span, "_use_relativedelta": given.get("_use_relativedelta", False) is True}
    )


def offset_state(target: Any, state: object) -> None:
    """Fill an offset as pandas before 1.1 pickles it: the fields of its constructor, some of them in `kwds` (STATE)."""
    cls = type(target)
    given = fields(state, {*cls._attributes, "kwds", "_offset", "_use_relativedelta", "_cache"}, cls.__name__)
    if "_offset" in given and "offset" in cls._attributes:
        given["offset"] = given["_offset"]
    kwds = given.get("kwds") or {}
    demand(type(kwds) is dict, "kwds must be a dict")
    given = {**kwds, **given}
    arguments = {name: given[name] for name in cls._attributes if name in given and name != "calendar"}
    for name, value in arguments.items():
        check = _OFFSET_FIELDS.get(name)
        demand(check is not None and check(value), f"{cls.__name__} does not take {value!r:.60} as {name}")
    target.__init__(**arguments)
