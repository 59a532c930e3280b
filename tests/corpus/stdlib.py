"""The value types of the standard library."""

from __future__ import annotations

import argparse
import array
import ast
import calendar
import collections
import contextlib
import datetime
import decimal
import difflib
import email
import email.charset
import email.header
import email.headerregistry
import email.message
import email.mime.application
import email.mime.multipart
import email.mime.text
import email.policy
import fractions
import functools
import http
import http.cookies
import inspect
import io
import ipaddress
import itertools
import logging
import math
import operator
import os
import pathlib
import plistlib
import random
import re
import signal
import socket
import ssl
import statistics
import string
import subprocess
import sys
import textwrap
import time
import types
import typing
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree
import xmlrpc.client
import zoneinfo
from typing import TYPE_CHECKING, Any

from tests.corpus import Case, same_attributes, same_items, same_type_and_equal
from tests.corpus.exceptions import cases as exception_cases

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cases"]


def _same_but_fold(before: Any, after: Any) -> bool:
    """Compare times; only protocol 4 and up keep the fold."""
    return type(before) is type(after) and bool(before.replace(fold=0) == after.replace(fold=0))


def _same_nan(before: Any, after: Any) -> bool:
    return type(before) is type(after) and repr(before) == repr(after)


def _advanced(iterator: Any, steps: int = 1) -> Any:
    for _ in range(steps):
        next(iterator)
    return iterator


def _recursive_list() -> list[Any]:
    items: list[Any] = [1]
    items.append(items)
    return items


def _same_recursive(_before: Any, after: Any) -> bool:
    return len(after) == 2 and after[0] == 1 and after[1] is after


def _shared() -> list[Any]:
    part = [1, 2]
    return [part, part, {"part": part}]


def _same_shared(_before: Any, after: Any) -> bool:
    return after == [[1, 2], [1, 2], {"part": [1, 2]}] and after[0] is after[1] is after[2]["part"]


def _same_factory(before: Any, after: Any) -> bool:
    return same_type_and_equal(before, after) and before.default_factory is after.default_factory


def _same_partial(before: Any, after: Any) -> bool:
    one, other = before.__reduce__()[2], after.__reduce__()[2]
    return type(before) is type(after) and one[:3] == other[:3] and (one[3] or None) == (other[3] or None)


def _same_random(before: random.Random, after: random.Random) -> bool:
    return before.getstate() == after.getstate() and [before.random(), before.gauss(0, 1)] == [
        after.random(),
        after.gauss(0, 1),
    ]


def _same_stream(before: Any, after: Any) -> bool:
    return type(before) is type(after) and (before.getvalue(), before.tell()) == (after.getvalue(), after.tell())


def _same_element(before: Any, after: Any) -> bool:
    return ElementTree.tostring(before) == ElementTree.tostring(after)


def _same_call(before: Any, after: Any) -> bool:
    argument = {"a": 1, "name": "x", 1: "one"}
    return type(before) is type(after) and repr(before) == repr(after) and before(argument) == after(argument)


def _is(before: Any, after: Any) -> bool:
    """Compare globals; `str.lower` is a new object each time that it is looked up."""
    return before is after or (callable(before) and before == after)


def _element() -> ElementTree.Element:
    root = ElementTree.fromstring("<a x='1'>text<b>inner</b>tail<c/></a>")
    root[0].attrib["y"] = "ü"
    return root


def _stream(made: Any, position: int) -> Any:
    made.seek(position)
    return made


def _with_defaults(a: int, *rest: str, key: float = 0.5, **more: bytes) -> bool:
    return bool(a or rest or key or more)


def _log_record() -> logging.LogRecord:
    record = logging.LogRecord("app", logging.WARNING, "/app/main.py", 12, "hello %s", ("world",), None)
    record.created = record.msecs = record.relativeCreated = 0.5
    return record


def _noted() -> ValueError:
    error = ValueError("no lid", 5)
    error.add_note("found on the roof")
    return error


def _cookie() -> http.cookies.SimpleCookie:
    cookie = http.cookies.SimpleCookie()
    cookie["session"] = "abc"
    cookie["session"]["path"] = "/"
    return cookie


def _mail() -> email.message.Message:
    mail = email.mime.multipart.MIMEMultipart(boundary="jar")
    mail["To"] = "onggi@example.org"
    mail["Subject"] = email.header.Header("옹기", "utf-8", header_name="Subject")
    mail.attach(email.mime.text.MIMEText("옹기 항아리"))
    mail.attach(email.mime.application.MIMEApplication(b"\0\1"))
    return mail


def _broken_mail() -> email.message.Message:
    return email.message_from_string("Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--y\n")


def _same_mail(before: Any, after: Any) -> bool:
    same = before.as_bytes() == after.as_bytes() and same_attributes(before.policy, after.policy)
    return type(before) is type(after) and same and list(map(repr, before.defects)) == list(map(repr, after.defects))


_NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
_UTC = datetime.UTC

_EQUAL: dict[str, Callable[[], Any]] = {
    # plain values
    "none": lambda: None,
    "true": lambda: True,
    "int_zero": lambda: 0,
    "int_small_negative": lambda: -129,
    "int_big": lambda: 2**2000 - 1,
    "int_big_negative": lambda: -(2**63) - 1,
    "float": lambda: 0.1,
    "float_negative_zero": lambda: -0.0,
    "float_inf": lambda: -math.inf,
    "complex": lambda: 1.5 - 2j,
    "str_empty": lambda: "",
    "str_escapes": lambda: "line\nbreak\\u0041 \r\0 'quote'",
    "str_korean": lambda: "옹기 항아리",
    "str_astral": lambda: "𝄞" * 300,
    "str_surrogate": lambda: "\ud800 lone",
    "bytes": lambda: bytes(range(256)) * 3,
    "bytes_empty": lambda: b"",
    "bytearray": lambda: bytearray(b"abc\xff"),
    "bytearray_empty": bytearray,
    "list_nested": lambda: [1, [2, [3, []]], ()],
    "tuple_sizes": lambda: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "dict_mixed_keys": lambda: {1: "int", "a": 1, (1, "b"): None, 2.5: b"x", None: True, b"k": frozenset({1})},
    "set": lambda: {1, "a", (2, 3)},
    "set_empty": set,
    "frozenset": lambda: frozenset({1, 2, frozenset({3})}),
    "range": lambda: range(3, 100, 7),
    "range_big": lambda: range(2**70),
    "slice": lambda: slice(1, None, -2),
    "slice_of_strings": lambda: slice("a", "z"),
    "ellipsis": lambda: ...,
    "not_implemented": lambda: NotImplemented,
    "list_of_everything": lambda: [None, True, 1, 1.5, "a", b"b", {"c": {1, 2}}],
    # collections
    "ordered_dict": lambda: collections.OrderedDict([("b", 1), ("a", 2)]),
    "ordered_dict_empty": collections.OrderedDict,
    "counter": lambda: collections.Counter("mississippi"),
    "deque": lambda: collections.deque([1, 2, 3]),
    "deque_maxlen_zero": lambda: collections.deque(maxlen=0),
    "counter_negative": lambda: collections.Counter(a=-1, b=0),
    "chain_map_nested": lambda: collections.ChainMap(collections.OrderedDict(a=1), collections.Counter("ab")),
    "array_of_each_code": lambda: [array.array(code, [1]) for code in "bBhHiIlLqQfd"],
    "deque_maxlen": lambda: collections.deque([1, 2, 3], maxlen=3),
    "chain_map": lambda: collections.ChainMap({"a": 1}, {"b": 2}),
    "user_dict": lambda: collections.UserDict({"a": 1}),
    "user_list": lambda: collections.UserList([1, 2]),
    "user_string": lambda: collections.UserString("text"),
    # dates
    "date": lambda: datetime.date(2024, 2, 29),
    "date_min_max": lambda: [datetime.date.min, datetime.date.max],
    "time": lambda: datetime.time(23, 59, 59, 999999),
    "datetime": lambda: datetime.datetime(2024, 2, 29, 12, 30, 15, 123456),
    "time_tz": lambda: datetime.time(1, 30, tzinfo=_UTC),
    "datetime_tz": lambda: datetime.datetime(2024, 11, 3, 1, 30, tzinfo=_NEW_YORK),
    "datetime_utc": lambda: datetime.datetime(1, 1, 1, tzinfo=_UTC),
    "datetime_max": lambda: datetime.datetime.max,
    "timedelta": lambda: datetime.timedelta(days=-3, seconds=5, microseconds=7),
    "timedelta_extremes": lambda: [datetime.timedelta.min, datetime.timedelta.max, datetime.timedelta.resolution],
    "timezone_utc": lambda: _UTC,
    "timezone_named": lambda: datetime.timezone(datetime.timedelta(hours=9), "KST"),
    "timezone_seconds": lambda: datetime.timezone(datetime.timedelta(seconds=-17)),
    "zoneinfo": lambda: zoneinfo.ZoneInfo("Asia/Seoul"),
    "zoneinfo_list": lambda: [_NEW_YORK, zoneinfo.ZoneInfo("UTC"), zoneinfo.ZoneInfo("Etc/GMT+5"), _NEW_YORK],
    "struct_time": lambda: time.gmtime(1_700_000_000),
    # numbers
    "decimal": lambda: decimal.Decimal("3.140"),
    "decimal_extremes": lambda: [decimal.Decimal(text) for text in ("-0E-10", "Infinity", "1E+999999", "-1.5E-400")],
    "decimal_tuple": lambda: decimal.Decimal("1.25").as_tuple(),
    "fraction": lambda: fractions.Fraction(22, 7),
    "fraction_negative": lambda: fractions.Fraction(-(10**30), 3),
    "normal_dist": lambda: statistics.NormalDist(100, 15),
    "linear_regression": lambda: statistics.linear_regression([1, 2, 3], [2, 4, 6]),
    "array_double": lambda: array.array("d", [1.5, -2.5]),
    "array_signed": lambda: array.array("i", range(100)),
    "array_bytes": lambda: array.array("B", b"abc"),
    "array_empty": lambda: array.array("q"),
    "array_text": lambda: array.array("u", "옹기"),
    # identifiers, addresses, paths, patterns
    "uuid4": lambda: uuid.UUID("12345678-1234-4678-9234-567812345678"),
    "uuid1_safe": lambda: uuid.UUID(int=5, is_safe=uuid.SafeUUID.safe),
    "ipv4_address": lambda: ipaddress.ip_address("192.168.0.1"),
    "ipv6_address": lambda: ipaddress.ip_address("2001:db8::1"),
    "ipv6_scope": lambda: ipaddress.ip_address("fe80::1%eth0"),
    "ipv4_network": lambda: ipaddress.ip_network("10.0.0.0/8"),
    "ipv6_network": lambda: ipaddress.ip_network("2001:db8::/32"),
    "ipv4_interface": lambda: ipaddress.ip_interface("192.168.0.1/24"),
    "ipv6_interface": lambda: ipaddress.ip_interface("2001:db8::1/64"),
    "path": lambda: pathlib.Path("/data/옹기/model.pkl"),
    "path_relative": lambda: pathlib.Path("a") / "b.txt",
    "path_dot": pathlib.Path,
    "pure_posix_path": lambda: pathlib.PurePosixPath("/etc/hosts"),
    "pure_windows_path": lambda: pathlib.PureWindowsPath("C:/Users/x"),
    "pattern": lambda: re.compile(r"(\w+)@(?P<host>\w+)", re.IGNORECASE | re.MULTILINE),
    "pattern_bytes": lambda: re.compile(rb"\x00+", re.DOTALL),
    # enums
    "http_status": lambda: list(http.HTTPStatus),
    "regex_flag": lambda: re.IGNORECASE | re.DOTALL,
    "regex_flag_none": lambda: re.RegexFlag(0),
    "signals": lambda: [signal.SIGINT, signal.SIGTERM, signal.SIG_DFL],
    "address_family": lambda: [socket.AF_INET, socket.SOCK_STREAM, socket.AI_PASSIVE | socket.AI_CANONNAME],
    "ssl_enums": lambda: [ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_3, ssl.OP_NO_SSLv3 | ssl.OP_NO_TLSv1],
    "safe_uuid": lambda: list(uuid.SafeUUID),
    "parameter_kind": lambda: [inspect.Parameter.VAR_KEYWORD, inspect.Parameter.empty],
    "plist_format": lambda: list(plistlib.PlistFormat),
    "http_method": lambda: list(http.HTTPMethod),
    # records of the operating system and of parsers
    "stat_result": lambda: os.stat_result(range(10)),
    "stat_result_full": lambda: os.stat(os.curdir),
    "terminal_size": lambda: os.terminal_size((80, 24)),
    "times_result": lambda: os.times_result((0.5, 0.25, 0.0, 0.0, 99.5)),
    "uname_result": lambda: os.uname() if hasattr(os, "uname") else None,
    "url_parse_result": lambda: urllib.parse.urlparse("https://user@host:80/path;p?q=1#frag"),
    "url_split_result": lambda: urllib.parse.urlsplit("//host/path"),
    "url_defrag_bytes": lambda: urllib.parse.urldefrag(b"http://host/#part"),
    "difflib_match": lambda: difflib.Match(1, 2, 3),
    "plist_uid": lambda: plistlib.UID(7),
    "address": lambda: email.headerregistry.Address("A B", "ab", "example.org"),
    "cookie": _cookie,
    # namespaces
    "simple_namespace": lambda: types.SimpleNamespace(a=1, b=[2]),
    "simple_namespace_empty": types.SimpleNamespace,
    "argparse_namespace": lambda: argparse.Namespace(verbose=True, files=["a"]),
    # types and generics
    "generic_alias": lambda: [list[int], dict[str, list[int]], tuple[int, ...]],
    "union_type": lambda: [int | str, int | None, list[int] | float],
    "typing_generics": lambda: [typing.List[int], typing.Dict[str, typing.Any], typing.Optional[int]],  # noqa: UP006, UP045
    "typing_union": lambda: typing.Union[int, str],  # noqa: UP007
    "typing_special": lambda: [typing.Any, typing.Union, typing.Callable],
    "typing_callable": lambda: typing.Callable[[int], str],
    "typing_literal": lambda: typing.Literal["a", "b"],
    "signature": lambda: inspect.signature(_with_defaults),
}

_CLASSES: list[Any] = [
    *(int, float, str, bytes, bytearray, bool, complex, list, tuple, dict, set, frozenset, object, range, slice, type),
    *(type(None), type(...), type(NotImplemented), collections.OrderedDict, collections.defaultdict),
    *(collections.Counter, collections.deque, datetime.datetime, datetime.date, decimal.Decimal, fractions.Fraction),
    *(uuid.UUID, pathlib.Path, pathlib.PurePosixPath, http.HTTPStatus, ValueError, KeyError, types.SimpleNamespace),
    *(
        len,
        min,
        max,
        sum,
        abs,
        sorted,
        round,
        all,
        any,
        repr,
        hash,
        divmod,
        ord,
        chr,
        math.sqrt,
        math.log,
        operator.add,
    ),
    *(operator.or_, statistics.mean, statistics.median, str.lower, str.split, bytes.hex, collections.abc.Mapping),
]

_OTHER: dict[str, tuple[Callable[[], Any], Callable[[Any, Any], bool]]] = {
    "datetime_fold": (lambda: datetime.datetime(2024, 11, 3, 1, 30, fold=1, tzinfo=_NEW_YORK), _same_but_fold),
    "time_fold": (lambda: datetime.time(1, 30, fold=1), _same_but_fold),
    "xmlrpc_date": (lambda: xmlrpc.client.DateTime("20240229T12:30:00"), same_attributes),
    "xmlrpc_binary": (lambda: xmlrpc.client.Binary(b"abc"), same_attributes),
    "float_nan": (lambda: math.nan, _same_nan),
    "decimal_nan": (lambda: [decimal.Decimal("NaN"), decimal.Decimal("-sNaN123")], _same_nan),
    "recursive_list": (_recursive_list, _same_recursive),
    "shared_list": (_shared, _same_shared),
    "defaultdict_list": (lambda: collections.defaultdict(list, {"a": [1]}), _same_factory),
    "defaultdict_int": (lambda: collections.defaultdict(int, {"a": 1}), _same_factory),
    "defaultdict_none": (lambda: collections.defaultdict(None, {"a": 1}), _same_factory),
    "defaultdict_nested": (
        lambda: collections.defaultdict(functools.partial(collections.defaultdict, int), {"a": {}}),
        lambda before, after: before == after and _same_partial(before.default_factory, after.default_factory),
    ),
    "decimal_context": (lambda: decimal.Context(prec=50, rounding=decimal.ROUND_DOWN), _same_nan),
    "decimal_context_default": (lambda: decimal.DefaultContext.copy(), _same_nan),
    "exception_with_note": (_noted, same_attributes),
    "random": (lambda: random.Random(42), _same_random),
    "random_gauss": (lambda: (lambda r: (r.gauss(0, 1), r)[1])(random.Random(1)), _same_random),
    "email_parts": (_mail, _same_mail),
    "email_defects": (_broken_mail, _same_mail),
    "email_charset": (lambda: email.charset.Charset("euc-kr"), same_attributes),
    "email_policy": (lambda: email.policy.compat32.clone(max_line_length=200, linesep="\r\n"), same_attributes),
    "bytes_io": (lambda: _stream(io.BytesIO(b"abcdef"), 3), _same_stream),
    "bytes_io_end": (lambda: _stream(io.BytesIO(b"abcdef"), 6), _same_stream),
    "string_io": (lambda: _stream(io.StringIO("ab\ncd"), 2), _same_stream),
    "string_io_newline": (lambda: _stream(io.StringIO("ab\ncd", newline="\r\n"), 0), _same_stream),
    "template": (lambda: string.Template("$a ${b}"), same_attributes),
    "text_wrapper": (lambda: textwrap.TextWrapper(width=50), same_attributes),
    "calendar": (lambda: calendar.TextCalendar(6), same_attributes),
    "ast_tree": (lambda: ast.parse("x = [1, f(a, *b)] if c else None"), lambda a, b: ast.dump(a) == ast.dump(b)),
    "element_tree": (_element, _same_element),
    "element_tree_document": (
        lambda: ElementTree.ElementTree(_element()),
        lambda a, b: _same_element(*map(_root, (a, b))),
    ),
    "log_record": (_log_record, same_attributes),
    "completed_process": (lambda: subprocess.CompletedProcess(["ls"], 0, b"out", None), same_attributes),
    "nullcontext": (lambda: contextlib.nullcontext(5), same_attributes),
    "partial": (lambda: functools.partial(int, base=2), _same_partial),
    "partial_positional": (lambda: functools.partial(max, 3, 4), _same_partial),
    "partial_nested": (lambda: functools.partial(functools.partial(round), ndigits=2), _same_partial),
    "itemgetter": (lambda: operator.itemgetter("a"), _same_call),
    "itemgetter_many": (lambda: operator.itemgetter("a", 1), _same_call),
    "attrgetter": (lambda: operator.attrgetter("real.imag", "imag"), lambda a, b: a(1j) == b(1j) == (0.0, 1.0)),
    "methodcaller": (lambda: operator.methodcaller("get", "a"), _same_call),
    "bound_method": (lambda: "a-b".split, lambda a, b: type(a) is type(b) and a("-") == b("-")),
    "classmethod": (lambda: datetime.datetime.fromisoformat, lambda a, b: a("2024-01-01") == b("2024-01-01")),
    "list_iterator": (lambda: _advanced(iter([1, 2, 3])), same_items),
    "list_iterator_done": (lambda: _advanced(iter([1]), 1), same_items),
    "tuple_iterator": (lambda: _advanced(iter((1, 2, 3))), same_items),
    "str_iterator": (lambda: _advanced(iter("äbc")), same_items),
    "bytes_iterator": (lambda: _advanced(iter(b"abc")), same_items),
    "range_iterator": (lambda: _advanced(iter(range(10)), 4), same_items),
    "range_iterator_big": (lambda: _advanced(iter(range(2**70, 2**70 + 5)), 2), same_items),
    "dict_iterator": (lambda: iter({"a": 1, "b": 2}), lambda a, b: list(a) == list(b)),
    "dict_items_iterator": (lambda: iter({"a": 1}.items()), lambda a, b: list(a) == list(b)),
    "set_iterator": (lambda: iter({1, 2}), lambda a, b: list(a) == list(b)),
    "reversed_list": (lambda: _advanced(reversed([1, 2, 3])), same_items),
    "reversed_tuple": (lambda: _advanced(reversed((1, 2, 3))), same_items),
    "enumerate": (lambda: _advanced(enumerate(["a", "b", "c"], 5)), same_items),
    "zip": (lambda: _advanced(zip([1, 2], "ab", strict=True)), same_items),
    "deque_iterator": (lambda: _advanced(iter(collections.deque([1, 2, 3]))), same_items),
    "itertools_count": (lambda: _advanced(itertools.count(3, 2)), lambda a, b: repr(a) == repr(b)),
    "itertools_cycle": (
        lambda: _advanced(itertools.cycle([1, 2, 3])),
        lambda a, b: list(itertools.islice(a, 7)) == list(itertools.islice(b, 7)),
    ),
    "itertools_repeat": (lambda: itertools.repeat("x", 3), same_items),
    "itertools_chain": (lambda: _advanced(itertools.chain([1, 2], [3])), same_items),
    "itertools_islice": (lambda: itertools.islice([1, 2, 3, 4], 1, 3), same_items),
    "itertools_product": (lambda: _advanced(itertools.product([1, 2], "ab")), same_items),
    "itertools_permutations": (lambda: _advanced(itertools.permutations([1, 2, 3])), same_items),
    "itertools_combinations": (lambda: _advanced(itertools.combinations([1, 2, 3], 2)), same_items),
    "itertools_compress": (lambda: itertools.compress("abc", [1, 0, 1]), same_items),
    "itertools_accumulate": (lambda: _advanced(itertools.accumulate([1, 2, 3])), same_items),
    "itertools_zip_longest": (lambda: itertools.zip_longest([1], [2, 3], fillvalue=0), same_items),
}


def _root(tree: Any) -> Any:
    return tree.getroot()


def _without_itertools(name: str) -> bool:
    """Say whether this Python still pickles the iterator; 3.14 has stopped to."""
    return sys.version_info < (3, 14) or not name.startswith("itertools_")


def cases() -> list[Case]:
    """Return all cases of this library."""
    equal = [Case(name, make, same_type_and_equal) for name, make in _EQUAL.items()]
    classes = [Case(f"global_{getattr(item, '__qualname__', item)}", lambda item=item: item, _is) for item in _CLASSES]
    other = [Case(name, make, same) for name, (make, same) in _OTHER.items() if _without_itertools(name)]
    return equal + classes + other + exception_cases()
