"""Guards of pytz: zones are looked up by name in its database, and nothing is added to them."""

from __future__ import annotations

import datetime
import re
from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand

__all__ = ["fixed_offset", "zone"]

_NAME: Final = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")


def zone(function: Any, args: tuple[Any, ...]) -> Any:
    """Return a zone, in one of the offsets that it has had (CALL).

    pytz itself would add an offset that it does not know to the zone that all users share.
    """
    demand(len(args) in (1, 4) and type(args[0]) is str and _NAME.fullmatch(args[0]), "a zone is pickled by its name")
    made = function(args[0])
    if len(args) == 1:
        return made
    seconds = [bounded_integer(number, -86_400, 86_400, "an offset") for number in args[1:3]]
    demand(type(args[3]) is str, "the name of an offset is a string")
    key = (datetime.timedelta(seconds=seconds[0]), datetime.timedelta(seconds=seconds[1]), args[3])
    return getattr(made, "_tzinfos", {}).get(key, made)


def fixed_offset(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a zone of a fixed number of minutes (CALL)."""
    demand(len(args) == 1, "a fixed zone is pickled as its minutes")
    return function(bounded_integer(args[0], -1439, 1439, "the minutes"))
