# -*- coding: utf-8 -*-
"""What a pickle holds by name: classes, functions, enum members; and exceptions."""

from __future__ import absolute_import, print_function, unicode_literals

import collections
import functools
import math
import operator
import os.path

from frozen_values.registry import value

try:
    import builtins
except ImportError:
    import __builtin__ as builtins

SIMPLE_ERRORS = (
    "Exception BaseException ArithmeticError AssertionError AttributeError BufferError EOFError FloatingPointError "
    "GeneratorExit ImportError IndentationError IndexError KeyError KeyboardInterrupt LookupError MemoryError "
    "NameError NotImplementedError OverflowError ReferenceError RuntimeError StopIteration SystemError SystemExit "
    "TabError TypeError UnboundLocalError UnicodeError ValueError ZeroDivisionError Warning BytesWarning "
    "DeprecationWarning FutureWarning ImportWarning PendingDeprecationWarning RuntimeWarning "
    "SyntaxWarning UnicodeWarning UserWarning"
).split()
NEWER_ERRORS = (
    "BlockingIOError BrokenPipeError ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError "
    "ConnectionResetError FileExistsError FileNotFoundError InterruptedError IsADirectoryError NotADirectoryError "
    "PermissionError ProcessLookupError TimeoutError RecursionError StopAsyncIteration ModuleNotFoundError "
    "ResourceWarning"
).split()


@value()
def builtin_types():
    return [int, str, dict, list, tuple, set, frozenset, object, type, slice, bytearray]


@value()
def builtin_types_of_descriptors():
    return [staticmethod, property]


@value(only_two=True)
def builtin_types_of_two():
    if builtins.__name__ == "builtins":
        return [str, int, range, str]
    return [builtins.unicode, builtins.long, builtins.xrange, builtins.basestring]


@value(only_two=True)
def functions_of_two():
    if builtins.__name__ == "builtins":
        return [chr]
    return [builtins.unichr]


@value(only_two=True)
def callers_of_two():
    import itertools

    if builtins.__name__ == "builtins":
        return [functools.reduce, zip]
    return [builtins.reduce, itertools.izip]


@value((3, 0))
def builtin_types_of_three():
    return [bytes, range]


@value((3, 0))
def builtin_types_of_iterators():
    return [map, zip, filter, memoryview]


@value()
def builtin_functions():
    return [len, sum, max, abs, repr, sorted, isinstance]


@value((3, 4))
def types_of_singletons():
    return [type(None), type(Ellipsis), type(NotImplemented)]


@value()
def stdlib_functions():
    return [math.sin, os.path.join, operator.add]


@value()
def stdlib_classes():
    return [collections.OrderedDict, collections.deque, collections.Counter, collections.defaultdict]


@value((3, 4))
def builtin_bound_method():
    return ["abc".upper, [1, 2].append]


@value((3, 4))
def builtin_unbound_method():
    return [str.upper, dict.get]


@value()
def partial():
    return functools.partial(int, base=2)


@value((3, 0))
def partial_nested():
    return functools.partial(functools.partial(max, 1), key=len)


@value((3, 5))
def item_getter():
    return [operator.itemgetter(1), operator.itemgetter(1, "a")]


@value((3, 5))
def attribute_getter():
    return [operator.attrgetter("name"), operator.attrgetter("a.b", "c")]


@value((3, 5))
def method_caller():
    return operator.methodcaller("upper")


@value((3, 5))
def method_caller_with_arguments():
    return operator.methodcaller("split", ",", maxsplit=1)


@value((3, 5))
def http_status():
    from http import HTTPStatus

    return [HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus(200)]


@value((3, 11))
def http_method():
    from http import HTTPMethod

    return HTTPMethod.GET


@value((3, 6))
def regex_flag():
    import re

    return [re.RegexFlag.IGNORECASE, re.IGNORECASE | re.MULTILINE]


@value((3, 4))
def address_family():
    import socket

    return [socket.AF_INET, socket.SOCK_STREAM]


@value((3, 5))
def signal_member():
    import signal

    return [signal.Signals.SIGINT, signal.SIGTERM]


@value((3, 7))
def safe_uuid():
    import uuid

    return [uuid.SafeUUID.unknown, uuid.SafeUUID.safe]


@value((3, 5))
def parameter_kind():
    import inspect

    return inspect.Parameter.KEYWORD_ONLY


@value((3, 12))
def calendar_member():
    import calendar

    return [calendar.Month.MAY, calendar.Day.MONDAY]


@value()
def errors_of_builtins():
    return [getattr(builtins, name)("message", 1) for name in SIMPLE_ERRORS if name not in AWKWARD]


@value((3, 6))
def errors_of_builtins_of_three():
    return [getattr(builtins, name)("message") for name in NEWER_ERRORS]


AWKWARD = ("IndentationError", "TabError", "ImportError")


@value()
def error_without_arguments():
    return [Exception(), KeyError(), StopIteration()]


@value()
def error_with_attribute():
    error = ValueError("message")
    error.detail = {"line": 5}
    return error


@value()
def import_error():
    return ImportError("no such module")


@value((3, 6))
def import_error_with_name():
    return ImportError("no such module", name="module", path="/there")


@value((3, 0))
def os_error():
    return OSError(2, "No such file or directory")


@value((3, 3))
def os_error_with_file_name():
    return [OSError(2, "No such file", "here.txt"), OSError(17, "exists", "a", None, "b"), FileNotFoundError(2, "gone")]


@value()
def environment_error():
    return IOError("only a message")


@value()
def syntax_error():
    return SyntaxError("invalid syntax", ("file.py", 3, 7, "a b\n"))


@value((3, 0))
def unicode_errors():
    return [
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        UnicodeEncodeError("ascii", "é", 0, 1, "ordinal not in range"),
        UnicodeTranslateError("é", 0, 1, "no"),
    ]


@value((3, 3))
def stop_iteration_with_value():
    return [StopIteration(5), SystemExit(3)]


@value((3, 12))
def attribute_error_with_name():
    return AttributeError("no x", name="x")


@value((3, 11))
def exception_group():
    return ExceptionGroup("several", [ValueError(1), ExceptionGroup("inner", [TypeError("two")])])


@value((3, 11))
def error_with_note():
    error = ValueError("message")
    error.add_note("a note")
    return error


@value()
def error_classes():
    return [ValueError, KeyError, Exception]


@value((3, 0))
def called_process_error():
    import subprocess

    return subprocess.CalledProcessError(3, ["cmd"], output="out")


@value((3, 5))
def json_error():
    import json

    return json.JSONDecodeError("Expecting value", "{bad", 1)


@value()
def queue_empty():
    try:
        import queue
    except ImportError:
        import Queue as queue
    return queue.Empty()


@value()
def decimal_errors():
    import decimal

    return [decimal.InvalidOperation("why"), decimal.DivisionByZero()]
