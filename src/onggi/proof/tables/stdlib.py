"""The value types of the standard library."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, called

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    ("pathlib._local.", "pathlib."),
    ("_io.", "io."),
    ("_pyio.", "io."),
    ("_ast.", "ast."),
    ("_elementtree.Element", "xml.etree.ElementTree.Element"),
    ("xml.etree.cElementTree.", "xml.etree.ElementTree."),
    ("_datetime.", "datetime."),
    ("_pydatetime.", "datetime."),
    ("_decimal.", "decimal."),
    ("_pydecimal.", "decimal."),
    ("_random.Random", "random.Random"),
    ("posix.stat_result", "os.stat_result"),
    ("posix.statvfs_result", "os.statvfs_result"),
    ("posix.terminal_size", "os.terminal_size"),
    ("nt.stat_result", "os.stat_result"),
    ("nt.terminal_size", "os.terminal_size"),
    ("nt.times_result", "os.times_result"),
    ("nt.uname_result", "os.uname_result"),
    ("posix.times_result", "os.times_result"),
    ("posix.uname_result", "os.uname_result"),
    ("sre._compile", "re._compile"),
    ("UserDict.UserDict", "collections.UserDict"),
    ("UserList.UserList", "collections.UserList"),
    ("UserString.UserString", "collections.UserString"),
    ("collections.Mapping", "collections.abc.Mapping"),
    ("urlparse.", "urllib.parse."),
    ("backports.zoneinfo.ZoneInfo", "zoneinfo.ZoneInfo"),
)


def _called(why: str, guard: str, more: Use = Use(0), state: str = "", fill: str = "") -> Rule:
    """Make the row of a class that is called, and that may be mentioned too."""
    return called(why, guard, more=more | Use.VALUE, state=state, fill=fill)


def _made(why: str, state: str, new: str = "builtins:object_", fill: str = "", more: Use = Use(0)) -> Rule:
    """Make the row of a class whose objects are made empty and get attributes by a guarded state."""
    return Rule(Use.VALUE | Use.NEW | Use.STATE | more, why, new=new, state=state, fill=fill)


_COLLECTIONS: Final[dict[str, Rule]] = {
    "collections.OrderedDict": _called(
        "empty, or of pairs that exist; its attributes may have any name but those that are called",
        "builtins:ordered_dict",
        Use.SETITEM | Use.STATE,
        "builtins:namespace",
    ),
    "collections.defaultdict": _called(
        "the factory is a class or an inert function, and only called by the reader",
        "callables:defaultdict_",
        Use.SETITEM,
    ),
    "collections.Counter": _called("counts that exist as a dict", "builtins:counter", Use.SETITEM),
    "collections.deque": _called("a list that exists, and a bound that allocates nothing", "stdlib:deque", Use.APPEND),
    "collections.ChainMap": _made("a list of dicts", "stdlib:chain_map_state"),
    "collections.UserDict": _made("wraps a dict", "records:user_dict"),
    "collections.UserList": _made("wraps a list", "records:user_list"),
    "collections.UserString": _made("wraps a string", "records:user_string", new="records:user_string_new"),
    "types.SimpleNamespace": _called(
        "empty; its attributes may have any name but those that are called",
        "builtins:nothing",
        Use.STATE,
        "builtins:namespace",
    ),
    "argparse.Namespace": Rule(
        Use.VALUE | Use.CALL | Use.NEW | Use.STATE,
        "its attributes may have any name but those that are called",
        call="builtins:nothing",
        new="builtins:object_",
        state="builtins:namespace",
    ),
}

_DATES: Final[dict[str, Rule]] = {
    "datetime.date": _called("four bytes that are a date that exists", "stdlib:date"),
    "datetime.datetime": _called("ten bytes that are a time that exists, and a zone", "stdlib:datetime_"),
    "datetime.time": _called("six bytes that are a time that exists, and a zone", "stdlib:time"),
    "datetime.timedelta": _called("three numbers, which C checks", "stdlib:timedelta"),
    "datetime.tzinfo": _called("the base class of time zones, without any content", "builtins:nothing"),
    "datetime.timezone": _called("a timedelta, which C checks, and a name", "stdlib:timezone"),
    "zoneinfo.ZoneInfo": _called(
        "a name of letters, digits and single slashes: no way out of the zones", "stdlib:zone"
    ),
    "zoneinfo.ZoneInfo._unpickle": called(
        "a name of letters, digits and single slashes: no way out of the zones",
        "stdlib:zone",
        returns="zoneinfo.ZoneInfo",
    ),
    "time.struct_time": _called("plain values in a tuple", "stdlib:record"),
    **dict.fromkeys(
        ("calendar.Calendar", "calendar.TextCalendar", "calendar.HTMLCalendar"), _made("one number", "records:calendar")
    ),
}

_NUMBERS: Final[dict[str, Rule]] = {
    "decimal.Decimal": _called(
        "digits; a huge exponent costs nothing before it is turned into an integer", "stdlib:decimal"
    ),
    "decimal.Context": _called("numbers that C checks, and signals; it is not made the current one", "stdlib:context"),
    "decimal.DecimalTuple": Rule(Use.VALUE | Use.NEW, "sign, digits and exponent", new="stdlib:decimal_tuple"),
    "fractions.Fraction": _called("two integers of bounded size, or digits without an exponent", "stdlib:fraction"),
    "statistics.NormalDist": _made("two numbers", "stdlib:normal_dist_state"),
    "random.Random": _called(
        "625 numbers of 32 bits, which C checks; not all zeros", "stdlib:random_", Use.STATE, "stdlib:random_state"
    ),
    "array.array": _called("a type code and numbers that exist", "stdlib:array"),
    "array._array_reconstructor": called(
        "machine values in bytes, whose length C checks", "stdlib:array_reconstructor", returns="array.array"
    ),
}

_PATHS: Final = ("Path", "PosixPath", "PurePath", "PurePosixPath", "PureWindowsPath", "WindowsPath")

_NAMES: Final[dict[str, Rule]] = {
    "uuid.UUID": Rule(
        Use.VALUE | Use.CALL | Use.NEW | Use.STATE,
        "a number of 128 bits, or a short text that it parses",
        call="stdlib:uuid_",
        new="builtins:object_",
        state="stdlib:uuid_state",
    ),
    **{
        f"ipaddress.IPv{version}{kind}": _called("a number or a short text, which it parses", "stdlib:ip")
        for version in "46"
        for kind in ("Address", "Network", "Interface")
    },
    **{f"pathlib.{name}": _called("strings; the file system is not asked", "stdlib:path") for name in _PATHS},
    "re._compile": called(
        "a pattern of bounded size; matching it can take for ever, as any stranger's pattern can", "stdlib:pattern"
    ),
    "plistlib.UID": _called("one number", "records:uid"),
}

_PLAIN_TUPLES: Final = {
    "difflib": "Match",
    "doctest": "TestResults",
    "inspect": "ArgInfo ArgSpec Arguments Attribute ClosureVars FullArgSpec",
    "platform": "AndroidVer IOSVersionInfo",
    "statistics": "LinearRegression",
    "urllib.parse": "DefragResult DefragResultBytes ParseResult ParseResultBytes SplitResult SplitResultBytes",
    "urllib.robotparser": "RequestRate",
    "wave": "_wave_params",
}
_C_TUPLES: Final = {
    "os": "sched_param stat_result statvfs_result terminal_size times_result uname_result waitid_result",
    "resource": "struct_rusage",
    "pwd": "struct_passwd",
    "grp": "struct_group",
}

_MESSAGES: Final = (
    "message.Message mime.application.MIMEApplication mime.audio.MIMEAudio mime.base.MIMEBase mime.image.MIMEImage "
    "mime.message.MIMEMessage mime.multipart.MIMEMultipart mime.nonmultipart.MIMENonMultipart mime.text.MIMEText"
)

_MAIL: Final[dict[str, Rule]] = {
    **{
        f"email.{name}": _made("strings, and parts that are complete: so no cycle", "messages:message")
        for name in _MESSAGES.split()
    },
    "email._policybase.Compat32": _made("numbers, strings and flags; no factory", "messages:policy"),
    "email.charset.Charset": _made("names of codecs, and numbers", "messages:charset"),
    "email.header.Header": _made("strings with their character sets", "messages:header"),
}

_RECORDS: Final[dict[str, Rule]] = {
    **{
        f"{module}.{name}": Rule(Use.VALUE | Use.NEW, "a named tuple: it only keeps what it is given")
        for module, names in _PLAIN_TUPLES.items()
        for name in names.split()
    },
    **{
        f"{module}.{name}": _called("plain values in a tuple, whose length C checks", "stdlib:record")
        for module, names in _C_TUPLES.items()
        for name in names.split()
    },
    "string.Template": _made("one string", "records:template"),
    "string.Formatter": _made("no attributes", "records:nothing"),
    "textwrap.TextWrapper": _made("numbers, strings and flags", "records:text_wrapper"),
    "logging.LogRecord": _made("its own fields by type, and none that hides a method", "records:log_record"),
    "subprocess.CompletedProcess": _made("what a process gave; nothing is run", "records:completed_process"),
    "contextlib.nullcontext": _made("hands out one object", "records:nullcontext"),
    "email.headerregistry.Address": _made("three strings", "records:address"),
    "xmlrpc.client.DateTime": _made("one string", "records:date_time"),
    "xmlrpc.client.Binary": _made("bytes", "records:binary"),
    "http.cookies.Morsel": _made(
        "three plain values and a dict of plain values",
        "records:morsel",
        fill="records:morsel_items",
        more=Use.SETITEM,
    ),
    "http.cookies.SimpleCookie": Rule(
        Use.VALUE | Use.NEW | Use.SETITEM,
        "a dict of Morsels",
        new="builtins:object_",
        fill="records:simple_cookie_items",
    ),
    "io.BytesIO": _made("bytes, and a position inside them", "records:bytes_io"),
    "io.StringIO": _made("a string, and a position inside it", "records:string_io"),
    "xml.etree.ElementTree.Element": _made("strings, and children that are complete: so no cycle", "records:element"),
    "xml.etree.ElementTree.ElementTree": _made("one element", "records:element_tree"),
    "inspect.Signature": _called("parameters that exist", "records:signature", Use.STATE, "records:signature_state"),
    "inspect.Parameter": _called("a name and a kind", "records:parameter", Use.STATE, "records:parameter_state"),
}

_NODES: Final = (
    "Add And AnnAssign Assert Assign AsyncFor AsyncFunctionDef AsyncWith Attribute AugAssign Await BinOp BitAnd "
    "BitOr BitXor BoolOp Break Call ClassDef Compare Constant Continue Del Delete Dict DictComp Div Eq "
    "ExceptHandler Expr Expression FloorDiv For FormattedValue FunctionDef FunctionType GeneratorExp Global Gt GtE "
    "If IfExp Import ImportFrom In Interactive Invert Is IsNot JoinedStr LShift Lambda List ListComp Load Lt LtE "
    "MatMult Match MatchAs MatchClass MatchMapping MatchOr MatchSequence MatchSingleton MatchStar MatchValue Mod "
    "Module Mult Name NamedExpr Nonlocal Not NotEq NotIn Or ParamSpec Pass Pow RShift Raise Return Set SetComp "
    "Slice Starred Store Sub Subscript Try TryStar Tuple TypeAlias TypeIgnore TypeVar TypeVarTuple UAdd USub "
    "UnaryOp While With Yield YieldFrom alias arg arguments comprehension keyword match_case withitem"
)

_TREES: Final[dict[str, Rule]] = {
    f"ast.{name}": Rule(
        Use.VALUE | Use.CALL | Use.STATE,
        "a node of a syntax tree: data, until the reader compiles it, and the compiler checks its types",
        call="records:node",
        state="records:node_state",
    )
    for name in _NODES.split()
}

ROWS: Final[dict[str, Rule]] = {**_COLLECTIONS, **_DATES, **_NUMBERS, **_NAMES, **_RECORDS, **_MAIL, **_TREES}
