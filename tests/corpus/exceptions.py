"""Exceptions: all of the builtins, and those of the standard library that cross processes most."""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import decimal
import json
import queue
import socket
import ssl
import statistics
import struct
import subprocess
import urllib.error
import zlib
from typing import Any

from tests.corpus import Case

__all__ = ["cases"]


def _same_exception(before: Any, after: Any) -> bool:
    # Below protocol 3 pickle writes Python 2's names, which do not know all subclasses.
    if not isinstance(before, type(after)) or str(before) != str(after):
        return False
    if isinstance(before, BaseExceptionGroup):
        return before.message == after.message and all(map(_same_exception, before.exceptions, after.exceptions))
    return repr(before.args) == repr(after.args) and _attributes(before) == _attributes(after)


def _attributes(error: Any) -> dict[str, Any]:
    names = (
        "errno",
        "strerror",
        "filename",
        "filename2",
        "name",
        "path",
        "value",
        "code",
        "start",
        "end",
        "object",
        "text",
    )
    shown = {name: getattr(error, name, None) for name in names if getattr(error, name, None) is not error}
    return {**shown, **error.__dict__}


_SYNTAX = ("invalid syntax", ("a.py", 1, 5, "x = = 1", 1, 6))
_SYNTAX_ERRORS = [cls for cls in vars(builtins).values() if isinstance(cls, type) and issubclass(cls, SyntaxError)]
_WITH_ARGUMENTS: dict[type, tuple[Any, ...]] = {
    **dict.fromkeys(_SYNTAX_ERRORS, _SYNTAX),
    UnicodeDecodeError: ("utf-8", b"abc\xff", 3, 4, "invalid start byte"),
    UnicodeEncodeError: ("ascii", "aé", 1, 2, "ordinal not in range(128)"),
    UnicodeTranslateError: ("aé", 1, 2, "no mapping"),
    BaseExceptionGroup: ("several", [KeyboardInterrupt(), ValueError("x", 1)]),
    ExceptionGroup: ("several", [ValueError("x"), ExceptionGroup("inner", [TypeError("y")])]),
}


def _make(cls: type) -> Any:
    return cls(*_WITH_ARGUMENTS.get(cls, ("message", 5)))


def _noted() -> Exception:
    error = ValueError("noted")
    error.add_note("while reading")
    error.extra = {"a": 1}  # type: ignore[attr-defined]
    return error


def _named() -> Exception:
    return ImportError("no module", name="json", path="/usr/lib/json.py")


_OTHER: dict[str, Any] = {
    "os_error_errno": lambda: OSError(2, "No such file", "/data/x"),
    "os_error_two_files": lambda: OSError(18, "cross-device", "a", None, "b"),
    "key_error_object": lambda: KeyError(("a", 1)),
    "stop_iteration_value": lambda: StopIteration([1, 2]),
    "system_exit": lambda: SystemExit(3),
    "exception_attributes": _noted,
    "import_error_named": _named,
    "json_decode_error": lambda: json.JSONDecodeError("Expecting value", "{x", 1),
    "called_process_error": lambda: subprocess.CalledProcessError(1, ["ls"], b"out", b"err"),
    "decimal_signal": lambda: decimal.DivisionByZero("x / 0"),
    "struct_error": lambda: struct.error("short"),
    "zlib_error": lambda: zlib.error("bad"),
    "queue_empty": lambda: queue.Empty(),
    "socket_gaierror": lambda: socket.gaierror(-2, "Name or service not known"),
    "ssl_error": lambda: ssl.SSLError(1, "handshake"),
    "statistics_error": lambda: statistics.StatisticsError("no data"),
    "url_error": lambda: urllib.error.URLError("unreachable"),
    "cancelled": lambda: asyncio.CancelledError("stop"),
    "futures_timeout": lambda: concurrent.futures.BrokenExecutor("dead"),
}


def cases() -> list[Case]:
    """Return all cases of exceptions."""
    classes = [item for item in vars(builtins).values() if isinstance(item, type) and issubclass(item, BaseException)]
    made = [
        Case(f"exception_{cls.__name__}", lambda cls=cls: _make(cls), _same_exception) for cls in dict.fromkeys(classes)
    ]
    return made + [Case(name, make, _same_exception) for name, make in _OTHER.items()]
