"""What each frozen pickle should give, and which ones no Python of today can give.

Mostly that is `frozen_values.VALUES[name].make()`. Here stands where it is not, each with its reason.
"""

from __future__ import annotations

import builtins
import datetime
import functools
import sys
from typing import TYPE_CHECKING, Any

import frozen_shapes
from frozen_portrait import portrait
from frozen_values import VALUES, available

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.frozen.corpus import Frozen

__all__ = [
    "NOT_ASCII",
    "READ_AS_BYTES",
    "REFUSED",
    "SEALED_ONLY",
    "VALUES",
    "available",
    "draw",
    "expected_portrait",
    "why_lost",
]

TWO = (2, 7)
THIS = sys.version_info[:2]


def draw(frozen: Frozen, value: object) -> Any:
    """The portrait of `value`, as exact as the writer could keep it."""
    return portrait(value, ordered=frozen.writer >= (3, 6), sharing=frozen.variant != "fast")


def expected_portrait(frozen: Frozen, encoding: str = "ASCII") -> Any:
    """The portrait of what should come out."""
    if special := find_special(frozen, encoding):
        return draw(frozen, special())
    return usual_portrait(frozen.name, ordered=frozen.writer >= (3, 6), sharing=frozen.variant != "fast")


@functools.cache
def usual_portrait(name: str, *, ordered: bool, sharing: bool) -> Any:
    """The portrait of the value as its function makes it."""
    return portrait(VALUES[name].make(), ordered=ordered, sharing=sharing)


def find_special(frozen: Frozen, encoding: str) -> Callable[[], object] | None:
    """Make what differs from the value's function, or None."""
    if frozen.writer == TWO and encoding == "bytes" and frozen.name in TEXT_AS_BYTES:
        return lambda: TEXT_AS_BYTES[frozen.name]
    if frozen.writer == TWO and frozen.name in BYTES_OF_TWO and encoding != "bytes":
        return lambda: as_text(VALUES[frozen.name].make())
    if frozen.name in SPECIAL:
        return lambda: SPECIAL[frozen.name](frozen)
    return None


# ----------------------------------------------------------------------------------------- Python 2's two kinds of text

# A `str` of Python 2 is text for `encoding="latin1"`, though it was meant as bytes.
BYTES_OF_TWO = {
    "bytes_empty",
    "bytes_ascii",
    "bytes_utf8",
    "bytes_all",
    "bytes_255",
    "bytes_256",
    "bytes_longer_than_a_frame",
    "bytes_repeated",
}

# A `str` of Python 2 is bytes for `encoding="bytes"`, though it was meant as text.
TEXT_AS_BYTES: dict[str, object] = {
    "native_str_ascii": b"native",
    "native_str_escapes": b"quote' double\" backslash\\ newline\n tab\t nul\0",
    "native_str_long": b"y" * 300,
    "native_str_in_dict": {b"key": b"item"},
    "unicode_and_native": ["unicode", b"native", "ünïcode"],
}

# What a `str` of Python 2 holds as bytes in any case.
PACKED = {"date_plain", "datetime_plain", "datetimes_in_one_week", "stamp_of", "memory_file_of_bytes"}

# Their `str`s hold bytes over 127, which `encoding="ASCII"` can't read.
NOT_ASCII = BYTES_OF_TWO - {"bytes_empty", "bytes_ascii"} | PACKED

# What is compared under `encoding="bytes"`: its meaning does not hang on attribute names being text.
READ_AS_BYTES = BYTES_OF_TWO | TEXT_AS_BYTES.keys() | PACKED


def as_text(value: Any) -> Any:
    """Bytes, or a list of them, as Latin-1 text."""
    return [as_text(item) for item in value] if isinstance(value, list) else value.decode("latin-1")


# --------------------------------------------------------------------------------------- what the pickler did not keep


def without_fold(frozen: Frozen) -> object:
    """Below protocol 4, no fold is written."""
    value = VALUES[frozen.name].make()
    assert isinstance(value, datetime.datetime | datetime.time)
    return value if frozen.protocol >= 4 else value.replace(fold=0)


def false_state(frozen: Frozen) -> object:
    """Below protocol 2, a false state is not written."""
    made = frozen_shapes.WithFalseState()
    if frozen.protocol >= 2:
        made.called_with = ()
    return made


def errors_of_three(frozen: Frozen) -> object:
    """Below protocol 3, names are those of Python 2, which had no kinds of OSError and ImportError."""
    made = VALUES["errors_of_builtins_of_three"].make()
    assert isinstance(made, list)
    if frozen.protocol >= 3 or frozen.variant == "unmapped":
        return made
    return [older(error) for error in made]


def older(error: Exception) -> Exception:
    """The nearest exception that Python 2 knew."""
    for ancestor in (OSError, ImportError):
        if isinstance(error, ancestor) and not isinstance(error, BlockingIOError):
            return ancestor(*error.args)
    return error


def buffers(frozen: Frozen) -> object:
    """A PickleBuffer comes back as bytes or bytearray in band, as the very buffer out of band."""
    writable = bytes if frozen.variant == "buffers" else bytearray
    if frozen.name == "buffer_readonly":
        return b"read-only content"
    if frozen.name == "buffer_writable":
        return [writable(b"writable content"), b""]
    first = writable(b"shared content")
    # The pickler written in Python does not remember buffers.
    second = writable(b"shared content") if frozen.variant == "pure" else first
    return {"first": first, "second": second, "other": writable(b"234")}


SPECIAL: dict[str, Callable[[Frozen], object]] = {
    "reduced_by_protocol": lambda frozen: frozen_shapes.ReducedByProtocol(frozen.protocol),
    "with_false_state": false_state,
    "iterator_of_dict": lambda _: builtins.iter(["a", "b"]),
    "datetime_fold": without_fold,
    "time_fold": without_fold,
    "datetime_fold_and_zone": without_fold,
    "errors_of_builtins_of_three": errors_of_three,
    "buffer_readonly": buffers,
    "buffer_writable": buffers,
    "buffer_shared": buffers,
}


# --------------------------------------------------------------------------------------------- what is lost for pickle


def why_lost(frozen: Frozen, encoding: str = "ASCII") -> str | None:
    """Why plain pickle of this Python can't give the value back; None if it can."""
    for names, is_lost, reason in LOST:
        if frozen.name in names and is_lost(frozen, encoding):
            return reason
    return None


LOST: list[tuple[set[str], Callable[[Frozen, str], bool], str]] = [
    (NOT_ASCII, lambda frozen, encoding: frozen.writer == TWO and encoding == "ASCII", "text of Python 2 over 127"),
    (
        {"memory_file_of_bytes"},
        lambda frozen, encoding: frozen.writer == TWO and encoding != "bytes",
        "BytesIO takes no text",
    ),
    ({"set_of_module_sets"}, lambda *_: True, "the module sets is gone"),
    ({"array_of_characters"}, lambda *_: True, "array.array has no typecode 'c' any more"),
    ({"bytes_of"}, lambda frozen, _: frozen.writer == TWO, "its base class is str, which is text by now"),
    ({"syntax_tree_with_constants"}, lambda frozen, _: frozen.writer < (3, 8), "_ast.Num and _ast.Str are gone"),
    ({"xml_rpc_fault"}, lambda *_: True, "Fault.args are not what its __init__ asks for"),
    (
        {"normal_distribution"},
        lambda frozen, _: frozen.writer < (3, 10),
        "NormalDist.__setstate__ unpacks the keys of the older state, a dict, as its numbers",
    ),
    (
        {"iterator_of_deque", "calendar_member"},
        lambda frozen, _: frozen.writer >= (3, 12) and THIS < (3, 12),
        "the name is new in Python 3.12",
    ),
    (
        {"path_posix", "path_windows", "path_concrete"},
        lambda frozen, _: frozen.writer == (3, 13) and THIS < (3, 13),
        "pathlib._local is new in Python 3.13",
    ),
]


# ------------------------------------------------------------------------------------- what a stranger's pickle may not

# What the tables don't know, or refuse on purpose; and the reader's word with which it loads.
SEALED_ONLY = {
    # Its converters are partials of methods of the parser, looked up by name: guards bind methods of plain values only.
    "config_parser",
    # Its headers are what a function returns that makes classes, and they get a state.
    "email_message",
}
"""What a stranger's pickle may be refused even with `allow=`: it takes the own seal (reference/compatibility.md)."""

REFUSED: dict[str, list[str]] = {
    "builtin_types_of_descriptors": ["builtins.staticmethod", "builtins.property"],
    "builtin_types_of_iterators": ["builtins.map", "builtins.filter", "builtins.memoryview"],
    "map_object": ["builtins.map"],
    "filter_object": ["builtins.filter"],
    "csv_dialect": ["csv.excel", "csv.excel_tab"],
    "email_message": ["email.message.EmailMessage", "email.policy.EmailPolicy"],
    "config_parser": ["configparser.ConfigParser", "builtins.getattr", "functools.partial"],
    "token": ["tokenize.TokenInfo"],
}
