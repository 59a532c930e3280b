"""Attacks on how values are spelled: text opcodes, text that is no UTF-8, unknown opcodes, other kinds of files."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
import zlib
from functools import partial

from attacks.assembler import (
    BINBYTES,
    BINPERSID,
    BINUNICODE,
    BUILD,
    EMPTY_DICT,
    FLOAT,
    GLOBAL,
    INT,
    LIST,
    LONG,
    LONG1,
    MARK,
    NONE,
    PERSID,
    POP,
    REDUCE,
    SETITEM,
    SHORT_BINUNICODE,
    STOP,
    STRING,
    TUPLE,
    UNICODE,
    Code,
    call,
    name,
    new,
    pickled,
    value,
)
from attacks.canary import SHELL
from attacks.case import DATA, ERROR, LOADED, MALFORMED, RAN, REFUSED, TRUNCATED, Theme

theme = Theme("spelling")

BROKEN = (MALFORMED, TRUNCATED, REFUSED)
SHORT = (TRUNCATED, MALFORMED)
BAD = (MALFORMED, REFUSED)


def _raw(content: bytes) -> bytes:
    return content


def _code(code: bytes, proto: int = 4) -> bytes:
    return pickled(code, proto=proto)


# --- text opcodes -------------------------------------------------------------------------------------------------

_TEXTS: dict[str, tuple[bytes, tuple[str, ...], str | tuple[str, ...]]] = {
    "int_empty": (INT(""), BAD, ERROR),
    "int_no_number": (INT("x"), BAD, ERROR),
    "int_hexadecimal": (INT("0x10"), (*BAD, DATA), (LOADED, ERROR)),
    "int_octal_like": (INT("010"), (*BAD, DATA), (LOADED, ERROR)),
    "int_underscore": (INT("1_0"), (*BAD, DATA), (LOADED, ERROR)),
    "int_spaces": (INT(" 7 "), (*BAD, DATA), (LOADED, ERROR)),
    "int_with_l": (INT("7L"), (*BAD, DATA), (LOADED, ERROR)),
    "int_nul": (INT("1\x002"), BAD, (ERROR, LOADED)),
    "long_without_l": (LONG("7"), (*BAD, DATA), LOADED),
    "long_double_l": (LONG("7LL"), BAD, ERROR),
    "long_empty": (LONG(""), BAD, ERROR),
    "long_only_l": (LONG("L"), BAD, ERROR),
    "float_empty": (FLOAT(""), BAD, ERROR),
    "float_no_number": (FLOAT("x"), BAD, ERROR),
    "float_nan": (FLOAT("nan"), (*BAD, DATA), LOADED),
    "float_underscore": (FLOAT("1_0.5"), BAD, ERROR),
    "string_without_quotes": (STRING("abc"), BAD, ERROR),
    "string_one_quote": (STRING("'"), BAD, ERROR),
    "string_mixed_quotes": (STRING("'abc\""), BAD, ERROR),
    "string_bad_escape": (STRING("'\\x4'"), BAD, ERROR),
    "string_expression": (STRING("'a' + 'b'"), (*BAD, DATA), (LOADED, ERROR)),
    "unicode_bad_escape": (UNICODE("\\u12"), BAD, ERROR),
    "unicode_surrogate": (UNICODE("\\ud800"), (*BAD, DATA), LOADED),
    "global_empty_lines": (GLOBAL("", ""), (*BAD, "MissingModuleError"), ERROR),
    "global_one_line": (b"cos system", SHORT, ERROR),
    "persid_not_ascii": (PERSID("\u00e4"), BAD, ERROR),
    "bytes_of_latin1_python2": (b"U\x03\xff\xfe\xfd", (*BAD, DATA, "BuildError"), ERROR),
}

for _key, (_spelling, _verdict, _plain) in _TEXTS.items():
    theme.add(
        f"text_{_key}",
        "text opcode with odd text",
        partial(_code, _spelling, 0),
        "Gives a text opcode something that it reads oddly or not at all.",
        verdict=(*_verdict, "BuildError"),
        plain=_plain,
    )


@theme.case(
    "INT that is a bool", verdict=DATA, plain=LOADED, check=lambda obj: obj == [False, True] and type(obj[0]) is bool
)
def int_as_bool() -> bytes:
    """INT '00' and '01' are False and True."""
    return pickled(MARK + INT("00") + INT("01") + LIST, proto=0)


@theme.case("INT that is a bool", verdict=(*BAD, DATA), plain=LOADED, check=lambda obj: type(obj[0]) is int)
def int_almost_bool() -> bytes:
    """INT '001' and ' 01' are ints, or nothing, but no bools."""
    return pickled(MARK + INT("001") + LIST, proto=0)


# --- text that is no UTF-8 ----------------------------------------------------------------------------------------


@theme.case("text that is no UTF-8", verdict=(*BAD, "BuildError"), plain=ERROR)
def bad_utf8_short() -> bytes:
    """A str whose bytes are not UTF-8."""
    return pickled(SHORT_BINUNICODE(b"\xff\xfe"))


@theme.case("text that is no UTF-8", verdict=(*BAD, "BuildError"), plain=ERROR)
def bad_utf8_overlong() -> bytes:
    """A str with an overlong spelling of a slash."""
    return pickled(BINUNICODE(b"\xc0\xaf"))


@theme.case("text that is no UTF-8", verdict=(*BAD, "BuildError"), plain=ERROR)
def bad_utf8_cut() -> bytes:
    """A str that ends within a letter."""
    return pickled(BINUNICODE("\u00e4".encode()[:1]))


@theme.case("lone surrogate", verdict=(*BAD, DATA), plain=LOADED, check=lambda obj: obj == "\ud800")
def lone_surrogate() -> bytes:
    """A str with a lone surrogate, which pickle allows: data."""
    return pickled(BINUNICODE("\ud800"))


@theme.case("lone surrogate", verdict=(*BAD, DATA), plain=LOADED, allow=("attacks.victims.Plain",))
def lone_surrogate_as_attribute() -> bytes:
    """An attribute whose name has a lone surrogate, for whatever prints it."""
    return pickled(new("attacks.victims.Plain") + EMPTY_DICT + BINUNICODE("\ud800") + NONE + SETITEM + BUILD)


# --- persistent ids, unknown opcodes ------------------------------------------------------------------------------


@theme.case("persistent id without an application", verdict=BAD, plain=ERROR)
def persid() -> bytes:
    """A text persistent id where nobody can resolve it."""
    return pickled(PERSID("file:///etc/passwd"), proto=0)


@theme.case("persistent id without an application", verdict=BAD, plain=ERROR)
def binpersid() -> bytes:
    """A persistent id from the stack where nobody can resolve it."""
    return pickled(value(("storage", name("collections.OrderedDict"))) + BINPERSID)


@theme.case("persistent id without an application", verdict=BAD, plain=(ERROR, RAN))
def binpersid_of_call() -> bytes:
    """A persistent id that is itself made by a call."""
    return pickled(call("os.system", SHELL) + BINPERSID)


for _number in (0x00, 0x01, 0x0A, 0x20, 0x41, 0x7F, 0x99, 0xA0, 0xC3, 0xFE, 0xFF):
    theme.add(
        f"opcode_unknown_{_number:02x}",
        "unknown opcode",
        partial(_code, bytes([_number]) + NONE),
        "Uses a byte that is no opcode.",
        verdict=BAD,
        plain=ERROR,
    )


# --- after the end, and other files -------------------------------------------------------------------------------


@theme.case("data after STOP", verdict=(*BROKEN, DATA), plain=LOADED, check=lambda obj: obj == [1])
def trailing_garbage() -> bytes:
    """Has bytes after STOP, which pickle ignores."""
    return pickled(value([1])) + b"garbage"


@theme.case("data after STOP", verdict=(*BROKEN, DATA), plain=LOADED, check=lambda obj: obj == [1])
def trailing_hostile_pickle() -> bytes:
    """Has a hostile second pickle after the first: whoever goes on reading runs it."""
    return pickled(value([1])) + pickled(call("os.system", SHELL))


@theme.case("data after STOP", verdict=(*BROKEN, DATA), plain=LOADED, check=lambda obj: obj == [1])
def trailing_zip() -> bytes:
    """Has a zip after STOP: pickle sees the pickle, torch sees the zip."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(call("os.system", SHELL)))
    return pickled(value([1])) + stream.getvalue()


@theme.case("data after STOP", verdict=(*BROKEN, "IntegrityError", "FormatVersionError", DATA), plain=LOADED)
def trailing_footer_like_bytes() -> bytes:
    """Ends in bytes that look like a footer of the format, far outside of the pickle."""
    return pickled(value([1])) + b"onggi\0" * 20


def _zip_of(content: bytes, member: str = "archive/data.pkl") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, content)
    return stream.getvalue()


def _tar_of(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("pickle")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


_HOSTILE = pickled(call("os.system", SHELL))
_OTHER_FILES: dict[str, bytes] = {
    "html": b"<!DOCTYPE html><html><body>404</body></html>",
    "json": json.dumps({"a": 1}).encode(),
    "xml": b"<?xml version='1.0'?><a/>",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "pdf": b"%PDF-1.7\n" + bytes(50),
    "elf": b"\x7fELF" + bytes(50),
    "git_lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
    "npy": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(128) + _HOSTILE,
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(50),
    "python_source": b"import os\nos.system('x')\n",
    "zip_of_hostile": _zip_of(_HOSTILE),
    "tar_of_hostile": _tar_of(_HOSTILE),
    "zeros": bytes(1000),
    "text": b"hello world, this is no pickle\n",
    "utf16": "hello".encode("utf-16"),
    "byte_order_mark": b"\xef\xbb\xbf" + pickled(value(1)),
    "newline_first": b"\n" + _HOSTILE,
    "base64": b"gASVEgAAAAAAAACMAm9zlIwGc3lzdGVtlJOULg==",
    "marshal": b"\xe3" + bytes(40),
    "sqlite": b"SQLite format 3\0" + bytes(50),
    "parquet": b"PAR1" + bytes(50) + b"PAR1",
    "safetensors": (20).to_bytes(8, "little") + b'{"__metadata__":{}}  ',
    "gguf": b"GGUF" + bytes(50),
}

for _key, _content in _OTHER_FILES.items():
    theme.add(
        f"not_a_pickle_{_key}",
        "another kind of file",
        partial(_raw, _content),
        "Is no pickle; must be named for what it is, and nothing in it may be loaded.",
        verdict=BROKEN,
        plain=(ERROR, LOADED),
    )


@theme.case("pickle that looks like another file", verdict=(*BROKEN, REFUSED), plain=RAN)
def polyglot_with_json() -> bytes:
    """Begins like JSON: `}` is EMPTY_DICT, `]` EMPTY_LIST."""
    return bytes(Code(b"]}") + POP + POP + GLOBAL("os", "system") + MARK + STRING(f"'{SHELL}'") + TUPLE + REDUCE + STOP)


@theme.case("pickle that looks like another file", verdict=(*BROKEN, REFUSED), plain=RAN)
def polyglot_with_text() -> bytes:
    """Begins with lines of plain text: `I1` and `0` push and pop."""
    return bytes(b"I1\n0F2.5\n0" + GLOBAL("os", "system") + MARK + STRING(f"'{SHELL}'") + TUPLE + REDUCE + STOP)


@theme.case("pickle inside compressed bytes", verdict=DATA, plain=LOADED, check=lambda obj: isinstance(obj, bytes))
def compressed_pickle_as_value() -> bytes:
    """Holds a compressed hostile pickle as plain bytes: data, and nothing may open it."""
    return pickled(value(gzip.compress(_HOSTILE, mtime=0) + zlib.compress(_HOSTILE)))


@theme.case("pickle inside compressed bytes", verdict=(*BROKEN, REFUSED), plain=ERROR)
def gzip_given_to_loads() -> bytes:
    """Gives `loads` a gzip of a hostile pickle: either it is read and refused, or named as gzip."""
    return gzip.compress(_HOSTILE, mtime=0)


@theme.case("very many opcodes that do nothing before a call")
def call_after_much_padding() -> bytes:
    """Puts a call behind a megabyte of padding that scanners with a budget do not finish."""
    return pickled((NONE + POP) * 500_000 + call("os.system", SHELL))


@theme.case("call hidden in what looks like data")
def call_spelled_in_text() -> bytes:
    """A text opcode of declared length 0 is followed by what a careless reader takes for its content."""
    return pickled(BINUNICODE("", 0) + POP + call("os.system", SHELL) + POP + BINBYTES(b"", 0))


@theme.case("call hidden in what looks like data")
def line_with_carriage_return() -> bytes:
    """Ends lines in CR LF: the CR belongs to the name for some readers, and to the end of line for others."""
    return pickled(LONG1(b"") + POP + call("os.system", SHELL) + POP + INT("7\r"), proto=0)
