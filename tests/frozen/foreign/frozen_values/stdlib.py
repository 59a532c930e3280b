# -*- coding: utf-8 -*-
"""Value-like classes of the stdlib: paths, addresses, patterns, templates, messages, results."""

from __future__ import absolute_import, print_function, unicode_literals

import re
import uuid

from frozen_values.registry import value


@value()
def uuid_plain():
    return uuid.UUID("12345678-1234-5678-1234-567812345678")


@value()
def uuid_namespace():
    return [uuid.NAMESPACE_DNS, uuid.uuid5(uuid.NAMESPACE_URL, str("http://example.org")), uuid.UUID(int=0)]


@value((3, 7))
def uuid_safe():
    return uuid.UUID(int=5, is_safe=uuid.SafeUUID.safe)


@value((3, 3))
def ip_addresses():
    import ipaddress

    return [ipaddress.IPv4Address("192.0.2.1"), ipaddress.IPv6Address("2001:db8::1"), ipaddress.ip_address("::")]


@value((3, 3))
def ip_networks():
    import ipaddress

    return [ipaddress.IPv4Network("192.0.2.0/24"), ipaddress.IPv6Network("2001:db8::/32")]


@value((3, 3))
def ip_interfaces():
    import ipaddress

    return [ipaddress.IPv4Interface("192.0.2.7/24"), ipaddress.IPv6Interface("2001:db8::7/64")]


@value((3, 11))
def ip_address_with_scope():
    import ipaddress

    return ipaddress.IPv6Address("fe80::1%eth0")


@value((3, 4))
def path_posix():
    import pathlib

    return [
        pathlib.PurePosixPath("/usr/lib/python"),
        pathlib.PurePosixPath("relative/file.txt"),
        pathlib.PurePosixPath(),
    ]


@value((3, 4))
def path_windows():
    import pathlib

    return [pathlib.PureWindowsPath("C:\\Users\\kim\\file.txt"), pathlib.PureWindowsPath("//server/share/x")]


@value((3, 4))
def path_concrete():
    import pathlib

    return pathlib.PosixPath("/usr/lib") / "café"


@value()
def pattern():
    return re.compile("(a|b)+[c-e]*", re.IGNORECASE | re.UNICODE)


@value((3, 0))
def pattern_of_bytes():
    return re.compile(b"\\d+\xff", re.DOTALL)


@value((3, 0))
def pattern_plain():
    return re.compile("옹기+")


@value()
def template():
    import string

    return string.Template("hello $name")


@value((3, 0))
def url_parts():
    from urllib.parse import urlparse, urlsplit, urldefrag

    url = "http://user@example.org:80/a/b;p?q=1#frag"
    return [urlparse(url), urlsplit(url), urldefrag(url), urlparse(b"http://example.org/")]


@value(only_two=True)
def url_parts_of_two():
    try:
        from urlparse import urlparse, urlsplit
    except ImportError:
        from urllib.parse import urlparse, urlsplit

    url = str("http://user@example.org:80/a/b;p?q=1#frag")
    return [urlparse(url), urlsplit(url)]


@value()
def memory_file_of_bytes():
    import io

    made = io.BytesIO(b"first\nsecond\xff\nthird")
    made.seek(6)
    return made


@value()
def memory_file_of_text():
    import io

    made = io.StringIO("first\nsecond옹\nthird")
    made.seek(6)
    return made


@value()
def argparse_namespace():
    import argparse

    return argparse.Namespace(verbose=True, files=["a", "b"])


@value((3, 5))
def stat_result():
    import os

    return os.stat_result(range(10))


@value((3, 5))
def terminal_size():
    import os

    return os.terminal_size((80, 24))


@value((3, 5))
def completed_process():
    import subprocess

    return subprocess.CompletedProcess(["ls"], 0, b"out", None)


@value((3, 6))
def email_message():
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content("body\n")
    return message


@value((3, 0))
def email_message_old():
    from email.message import Message

    message = Message()
    message["Subject"] = "Hello"
    message.set_payload("body\n")
    return message


@value((3, 4))
def email_address():
    from email.headerregistry import Address

    return Address("Kim", "kim", "example.org")


@value((3, 8))
def cookie():
    from http.cookies import SimpleCookie

    cookie = SimpleCookie()
    cookie["session"] = "abc"
    cookie["session"]["path"] = "/"
    return cookie


@value((3, 3))
def config_parser():
    import configparser

    parser = configparser.RawConfigParser()
    parser.read_dict({"section": {"key": "item"}})
    return parser


@value((3, 4))
def text_wrapper():
    import textwrap

    return textwrap.TextWrapper(width=40, initial_indent="  ")


@value()
def csv_dialect():
    import csv

    return [csv.excel(), csv.excel_tab]


@value((3, 0))
def calendar_object():
    import calendar

    return calendar.TextCalendar(firstweekday=6)


@value((3, 8))
def property_list_uid():
    import plistlib

    return plistlib.UID(5)


@value((3, 0))
def xml_rpc_values():
    from xmlrpc.client import Binary, DateTime

    return [DateTime("20261122T20:24:13"), Binary(b"raw")]


@value((3, 0))
def xml_rpc_fault():
    from xmlrpc.client import Fault

    return Fault(4, "too many")


@value((3, 5))
def signature():
    import inspect

    parameters = [inspect.Parameter("a", inspect.Parameter.POSITIONAL_ONLY), inspect.Parameter("b", 3, default=5)]
    return inspect.Signature(parameters)


@value((3, 0))
def log_record():
    import logging

    return logging.makeLogRecord(dict(LOG_RECORD)).getMessage(), logging.makeLogRecord(dict(LOG_RECORD))


LOG_RECORD = {
    "name": "app",
    "msg": "hello %s",
    "args": ("world",),
    "levelno": 20,
    "levelname": "INFO",
    "created": 0.5,
    "msecs": 500.0,
    "relativeCreated": 1.0,
    "thread": 1,
    "threadName": "MainThread",
    "processName": "MainProcess",
    "process": 1,
    "taskName": None,
}


@value((3, 0))
def named_tuples_of_stdlib():
    import difflib

    return difflib.Match(0, 1, 2)


@value((3, 0))
def token():
    import tokenize

    return tokenize.TokenInfo(1, "a", (1, 0), (1, 1), "a")


@value()
def random_generator():
    import random

    generator = random.Random()
    # A real state is 2.5 KB of noise in each file; this one is as long and compresses.
    generator.setstate((3, (2**31,) + (0,) * 623 + (7,), 0.5))
    return generator


@value((3, 4))
def html_entities():
    from html.entities import name2codepoint

    return {name: name2codepoint[name] for name in ("amp", "lt", "gt")}
