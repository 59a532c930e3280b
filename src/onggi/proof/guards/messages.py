"""Guards of e-mail messages: headers, parts and a policy, all of them data.

A policy could name the factory of the parts that it parses, a character set a function that encodes: those take the
reader's word. A message whose parts hold one another a thousand times over would never end when it is written.
"""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.budget import charge
from onggi.proof.guards.shapes import (
    BOOL,
    BYTES,
    LIST,
    NONE,
    SMALL_INT,
    STR,
    Shape,
    between,
    each,
    fields,
    instance_of,
    one_of,
    refuse,
    text,
)

__all__ = ["charset", "header", "message", "policy"]

_CODEC: Final = text(64) | NONE
_ENCODING: Final = between(1, 3) | NONE
charset = fields(
    {
        **dict.fromkeys(("input_charset", "output_charset", "input_codec", "output_codec"), _CODEC),
        **dict.fromkeys(("header_encoding", "body_encoding"), _ENCODING),
    }
)

_CHARSET: Final = instance_of("email.charset", "Charset")
_CHUNK: Final = Shape(
    "a text and its character set",
    lambda value: type(value) is tuple and len(value) == 2 and type(value[0]) is str and _CHARSET.fits(value[1]),
)
header = fields(
    {"_charset": _CHARSET, "_chunks": each(LIST, _CHUNK), "_continuation_ws": text(64), "_maxlinelen": SMALL_INT},
    [("_headerlen", SMALL_INT), ("_headername", STR | NONE), ("_firstlinelen", SMALL_INT)],
)

policy = fields(
    {},
    [
        # Folding to lines in which no encoded word has room takes for ever in some Pythons.
        ("max_line_length", one_of(0) | between(64, 2**31) | NONE),
        ("linesep", one_of("\n", "\r\n", "\r")),
        ("cte_type", one_of("7bit", "8bit")),
        ("raise_on_defect", BOOL),
        ("mangle_from_", BOOL),
        ("verify_generated_headers", BOOL),
        ("message_factory", NONE),
    ],
)

_HEADER: Final = instance_of("email.header", "Header")
_PAIR: Final = Shape(
    "a name and a value",
    lambda value: (
        type(value) is tuple
        and len(value) == 2
        and type(value[0]) is str
        and (type(value[1]) is str or _HEADER.fits(value[1]))
    ),
)
_MODULES: Final = {
    "email.message": "Message",
    "email.mime.application": "MIMEApplication",
    "email.mime.audio": "MIMEAudio",
    "email.mime.base": "MIMEBase",
    "email.mime.image": "MIMEImage",
    "email.mime.message": "MIMEMessage",
    "email.mime.multipart": "MIMEMultipart",
    "email.mime.nonmultipart": "MIMENonMultipart",
    "email.mime.text": "MIMEText",
}
_KINDS: Final = [instance_of(module, name) for module, name in _MODULES.items()]
_PART: Final = Shape("a message", lambda value: any(kind.fits(value) for kind in _KINDS))
_message = fields(
    {"_headers": each(LIST, _PAIR), "_payload": STR | BYTES | NONE | each(LIST, _PART)},
    [
        ("policy", instance_of("email._policybase", "Compat32")),
        ("_charset", _CHARSET | NONE),
        ("defects", LIST),
        *((name, STR | NONE) for name in ("_unixfrom", "preamble", "epilogue", "_default_type")),
    ],
)
_MAX_PARTS: Final = 10_000


def message(obj: Any, given: Any) -> None:
    """Fill a message whose parts are filled already: so none comes to lie inside itself."""
    if vars(obj):
        refuse("an e-mail message is given two states")
    _message(obj, given)
    _require_few_parts(obj)


def _require_few_parts(whole: Any) -> None:
    """Count the parts of parts, shared ones each time, as writing them would."""
    waiting, count = [whole], 0
    while waiting:
        part = vars(waiting.pop())
        if "_payload" not in part:
            refuse("a part of an e-mail message is empty when it is put in")
        payload = part["_payload"]
        parts = payload if type(payload) is list else []
        count += len(parts)
        charge(1_000 * (1 + len(parts)))
        if count > _MAX_PARTS:
            refuse(f"an e-mail message of more than {_MAX_PARTS:,} parts")
        waiting.extend(parts)
