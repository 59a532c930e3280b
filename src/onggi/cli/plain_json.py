"""Values as JSON, as far as JSON has a form for them."""

from __future__ import annotations

import base64
import datetime
import decimal
import fractions
import ipaddress
import json
import math
import pathlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

from onggi.errors import OnggiError

__all__ = ["json_text"]

_AS_TEXT: Final = (
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    pathlib.PurePath,
    datetime.timedelta,
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
)
_MAX_LEVEL: Final = 200


def json_text(value: Any) -> str:
    """Write a value as JSON.

    Tuples, sets and arrays become lists, tables lists of records, dates and decimals text, bytes base64, and numbers
    that JSON lacks (NaN, infinities) null. Keys become text.

    Raises:
        OnggiError: It holds something else; the error says what and where.
    """
    return json.dumps(_plain(value, "root", 0), indent=1, allow_nan=False)


def _plain(value: Any, path: str, level: int) -> Any:
    if level > _MAX_LEVEL:
        raise OnggiError("the value is too deep, or contains itself, which JSON can't say", path=path)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, f"{path}[{key!r}]", level + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, f"{path}[{place}]", level + 1) for place, item in enumerate(value)]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, _AS_TEXT):
        return str(value)
    return _library_value(value, path, level)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(key)


def _library_value(value: Any, path: str, level: int) -> Any:
    """Convert arrays, numpy's scalars and tables by their own methods."""
    package = type(value).__module__.partition(".")[0]
    if package == "pandas" and hasattr(value, "columns"):
        return _plain(value.to_dict("records"), path, level + 1)
    if package in {"pandas", "numpy"} and hasattr(value, "tolist"):
        return _plain(value.tolist(), path, level + 1)
    if package == "pandas" and hasattr(value, "isoformat"):
        return value.isoformat()
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    raise OnggiError(f"JSON has no form for `{name}`", path=path, hint="leave out --json to see it as text")
