"""Exceptions of the builtins and the standard library: a class, its arguments, and attributes."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use

__all__ = ["RENAMES", "ROWS"]

_OS: Final = (
    "OSError BlockingIOError BrokenPipeError ChildProcessError ConnectionAbortedError ConnectionError "
    "ConnectionRefusedError ConnectionResetError FileExistsError FileNotFoundError InterruptedError IsADirectoryError "
    "NotADirectoryError PermissionError ProcessLookupError TimeoutError"
)

_PLAIN: Final = {
    "builtins": "ArithmeticError AssertionError AttributeError BaseException BufferError BytesWarning "
    "DeprecationWarning EOFError EncodingWarning Exception FloatingPointError FutureWarning GeneratorExit "
    "ImportError ImportWarning IndexError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError "
    "NameError NotImplementedError OverflowError PendingDeprecationWarning PythonFinalizationError RecursionError "
    "ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxWarning "
    "SystemError SystemExit TypeError UnboundLocalError UnicodeError UnicodeWarning UserWarning ValueError Warning "
    "ZeroDivisionError",
    "argparse": "ArgumentTypeError",
    "asyncio.exceptions": "BrokenBarrierError CancelledError InvalidStateError SendfileNotAvailableError TimeoutError",
    "asyncio.queues": "QueueEmpty QueueFull QueueShutDown",
    "binascii": "Error Incomplete",
    "concurrent.futures._base": "BrokenExecutor CancelledError Error InvalidStateError TimeoutError",
    "concurrent.futures.process": "BrokenProcessPool",
    "concurrent.futures.thread": "BrokenThreadPool",
    "copy": "Error",
    "_csv": "Error",
    "dataclasses": "FrozenInstanceError",
    "decimal": "Clamped ConversionSyntax DecimalException DivisionByZero DivisionImpossible DivisionUndefined "
    "FloatOperation Inexact InvalidContext InvalidOperation Overflow Rounded Subnormal Underflow",
    "email.errors": "BoundaryError CharsetError CloseBoundaryNotFoundDefect FirstHeaderLineIsContinuationDefect "
    "HeaderDefect HeaderParseError HeaderWriteError InvalidBase64CharactersDefect InvalidBase64LengthDefect "
    "InvalidBase64PaddingDefect InvalidDateDefect InvalidHeaderDefect InvalidMultipartContentTransferEncodingDefect "
    "MessageDefect MessageError MessageParseError MisplacedEnvelopeHeaderDefect MissingHeaderBodySeparatorDefect "
    "MultipartConversionError MultipartInvariantViolationDefect NoBoundaryInMultipartDefect NonASCIILocalPartDefect "
    "NonPrintableDefect ObsoleteHeaderDefect StartBoundaryNotFoundDefect UndecodableBytesDefect",
    "ftplib": "Error error_perm error_proto error_reply error_temp",
    "graphlib": "CycleError",
    "http.client": "CannotSendHeader CannotSendRequest HTTPException ImproperConnectionState InvalidURL NotConnected "
    "ResponseNotReady UnimplementedFileMode UnknownTransferEncoding",
    "http.cookies": "CookieError",
    "importlib.metadata": "PackageNotFoundError",
    "ipaddress": "AddressValueError NetmaskValueError",
    "locale": "Error",
    "_lzma": "LZMAError",
    "mailbox": "Error ExternalClashError FormatError NoSuchMailboxError NotEmptyError",
    "multiprocessing.context": "AuthenticationError BufferTooShort ProcessError TimeoutError",
    "pickle": "PickleError PicklingError UnpicklingError",
    "_pickle": "PickleError PicklingError UnpicklingError",
    "queue": "Empty Full ShutDown",
    "shutil": "Error ExecError ReadError RegistryError SameFileError SpecialFileError",
    "smtplib": "SMTPException SMTPNotSupportedError SMTPServerDisconnected",
    "sqlite3": "DataError DatabaseError Error IntegrityError InterfaceError InternalError NotSupportedError "
    "OperationalError ProgrammingError Warning",
    "statistics": "StatisticsError",
    "struct": "error",
    "subprocess": "SubprocessError",
    "tarfile": "CompressionError ExtractError FilterError HeaderError ReadError StreamError TarError",
    "threading": "BrokenBarrierError",
    "tokenize": "TokenError",
    "tomllib": "TOMLDecodeError",
    "unittest.case": "SkipTest",
    "xmlrpc.client": "Error ResponseError",
    "zipfile": "BadZipFile LargeZipFile",
    "zlib": "error",
    "zoneinfo._common": "ZoneInfoNotFoundError",
}

_OWN_INIT: Final = {
    "asyncio.exceptions": "IncompleteReadError LimitOverrunError",
    "calendar": "IllegalMonthError IllegalWeekdayError",
    "configparser": "DuplicateOptionError DuplicateSectionError Error InterpolationDepthError InterpolationError "
    "InterpolationMissingOptionError InterpolationSyntaxError MissingSectionHeaderError NoOptionError NoSectionError "
    "ParsingError",
    "getopt": "GetoptError",
    "http.client": "BadStatusLine IncompleteRead LineTooLong RemoteDisconnected UnknownProtocol",
    "plistlib": "InvalidFileException",
    "re": "error PatternError",
    "smtplib": "SMTPAuthenticationError SMTPConnectError SMTPDataError SMTPHeloError SMTPResponseException "
    "SMTPSenderRefused",
    "subprocess": "CalledProcessError TimeoutExpired",
    "urllib.error": "ContentTooShortError URLError",
    "xml.dom": "DOMException HierarchyRequestErr IndexSizeErr InvalidStateErr NotFoundErr NotSupportedErr SyntaxErr",
    "xml.sax._exceptions": "SAXException SAXNotRecognizedException SAXNotSupportedException",
    "xmlrpc.client": "Fault ProtocolError",
}

_OS_LIKE: Final = {
    "builtins": _OS,
    "gzip": "BadGzipFile",
    "io": "UnsupportedOperation",
    "socket": "gaierror herror",
    "ssl": "SSLCertVerificationError SSLEOFError SSLError SSLSyscallError SSLWantReadError SSLWantWriteError "
    "SSLZeroReturnError",
    "xml.etree.ElementTree": "ParseError",
    "xml.parsers.expat": "ExpatError",
}

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    ("_queue.", "queue."),
    ("csv.Error", "_csv.Error"),
    ("lzma.LZMAError", "_lzma.LZMAError"),
    *((f"builtins.{name}", "builtins.OSError") for name in ("EnvironmentError", "IOError", "WindowsError")),
    *((f"exceptions.{name}", "builtins.OSError") for name in ("EnvironmentError", "IOError", "WindowsError")),
    *((f"multiprocessing.{name}", f"multiprocessing.context.{name}") for name in ("ProcessError", "TimeoutError")),
    ("concurrent.futures.CancelledError", "concurrent.futures._base.CancelledError"),
    ("json.JSONDecodeError", "json.decoder.JSONDecodeError"),
    ("re._constants.error", "re.error"),
    ("sre_constants.error", "re.error"),
    ("pyexpat.ExpatError", "xml.parsers.expat.ExpatError"),
    ("select.error", "builtins.OSError"),
    ("socket.error", "builtins.OSError"),
    ("socket.timeout", "builtins.TimeoutError"),
    ("zipfile.BadZipfile", "zipfile.BadZipFile"),
    *((f"exceptions.{name}", f"builtins.{name}") for name in _PLAIN["builtins"].split()),
)


def _row(why: str, guard: str = "") -> Rule:
    return Rule(Use.VALUE | Use.CALL | Use.STATE, why, call=guard, state="exceptions:attributes")


def _rows(names: dict[str, str], row: Rule) -> dict[str, Rule]:
    return {f"{module}.{name}": row for module, listed in names.items() for name in listed.split()}


_WHY_PLAIN: Final = "keeps its arguments as they are; the attributes are checked one by one"
_WHY_OWN: Final = "its own __init__ makes a message of its arguments; they must be plain values, so nothing is called"
_WHY_OS: Final = "looks at a number and keeps the rest; the number must be a plain value, so that hashing it is cheap"

ROWS: Final[dict[str, Rule]] = {
    **_rows(_PLAIN, _row(_WHY_PLAIN)),
    **_rows(_OWN_INIT, _row(_WHY_OWN, "exceptions:texts")),
    **_rows(_OS_LIKE, _row(_WHY_OS, "exceptions:os_error")),
    **_rows(
        {"builtins": "IndentationError SyntaxError TabError"},
        _row("unpacks its details: they must be a tuple of plain values, never an iterator", "exceptions:syntax_error"),
    ),
    **_rows(
        {"builtins": "BaseExceptionGroup ExceptionGroup"},
        _row("takes a text and a list that exists, all of exceptions", "exceptions:group"),
    ),
    "builtins.UnicodeDecodeError": _row(
        "its text reads the object at `start`, unchecked: start and end must lie inside", "exceptions:decode_error"
    ),
    **_rows(
        {"builtins": "UnicodeEncodeError UnicodeTranslateError"},
        _row("its text reads the object at `start`: start and end must lie inside", "exceptions:encode_error"),
    ),
    "json.decoder.JSONDecodeError": _row("counts the lines of a text up to a position", "exceptions:json_error"),
    **dict.fromkeys(
        ("concurrent.futures.process._rebuild_exc", "multiprocessing.pool.rebuild_exc"),
        Rule(
            Use.CALL,
            "gives an exception that exists the text of its traceback in another process",
            call="exceptions:rebuild",
            returns="builtins.BaseException",
        ),
    ),
}
