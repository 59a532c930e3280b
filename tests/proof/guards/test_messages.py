"""E-mail messages with hostile states."""

from __future__ import annotations

import email.charset
import email.header
import email.message
import email.policy

import pytest

from onggi.proof.guards import find
from onggi.proof.rules import Unsafe

HONEST = {"_headers": [("To", "a@b.c")], "_payload": "text", "policy": email.policy.compat32, "_charset": None}
CHARSET = vars(email.charset.Charset("utf-8"))
HEADER = vars(email.header.Header("x"))


def empty(cls):
    return cls.__new__(cls)


def message(**changes):
    """A message that the guard has filled."""
    made = empty(email.message.Message)
    find("messages:message")(made, {**HONEST, "defects": [], "_default_type": "text/plain", **changes})
    return made


def test_an_honest_message():
    assert message().as_string() == "To: a@b.c\n\ntext"
    whole = message(_headers=[("Content-Type", "multipart/mixed; boundary=x")], _payload=[message(), message()])
    assert [part.get_payload() for part in whole.get_payload()] == ["text", "text"]


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "changes",
    [
        {"_headers": [("To", Text("a"))]},
        {"_headers": [("To", "a", "b")]},
        {"_headers": [["To", "a"]]},
        {"_headers": (("To", "a"),)},
        {"_headers": [("To", len)]},
        {"_payload": [object()]},
        {"_payload": ["text"]},
        {"_payload": len},
        {"_payload": [empty(email.message.Message)]},
        {"_charset": "utf-8"},
        {"policy": email.policy.default},
        {"policy": None},
        {"defects": ()},
        {"preamble": b"x"},
        {"get_payload": len},
        {"__class__": email.message.EmailMessage},
    ],
)
def test_hostile_messages(changes):
    with pytest.raises(Unsafe):
        message(**changes)


def test_a_message_never_lies_inside_of_itself():
    made = empty(email.message.Message)
    with pytest.raises(Unsafe, match="empty when it is put in"):
        find("messages:message")(made, {**HONEST, "_payload": [empty(email.message.Message)]})
    filled = message()
    with pytest.raises(Unsafe, match="two states"):
        find("messages:message")(filled, {**HONEST, "_payload": [filled]})


def test_shared_parts_count_each_time():
    part = message()
    for _ in range(12):
        part = message(_payload=[part, part])
    with pytest.raises(Unsafe, match="of more than 10,000 parts"):
        message(_payload=[part, part])


@pytest.mark.parametrize(
    ("guard", "cls", "honest", "changes"),
    [
        ("charset", email.charset.Charset, CHARSET, {"body_encoding": len}),
        ("charset", email.charset.Charset, CHARSET, {"body_encoding": 9}),
        ("charset", email.charset.Charset, CHARSET, {"input_codec": "x" * 65}),
        ("charset", email.charset.Charset, CHARSET, {"header_encode": len}),
        ("header", email.header.Header, HEADER, {"_chunks": [("x", "utf-8")]}),
        ("header", email.header.Header, HEADER, {"_chunks": [("x",)]}),
        ("header", email.header.Header, HEADER, {"_charset": None}),
        ("header", email.header.Header, HEADER, {"encode": len}),
        ("policy", email.policy.Compat32, {}, {"message_factory": len}),
        ("policy", email.policy.Compat32, {}, {"max_line_length": 1}),
        ("policy", email.policy.Compat32, {}, {"linesep": "x"}),
        ("policy", email.policy.Compat32, {}, {"header_factory": len}),
    ],
)
def test_hostile_parts(guard, cls, honest, changes):
    find(f"messages:{guard}")(empty(cls), dict(honest))
    with pytest.raises(Unsafe):
        find(f"messages:{guard}")(empty(cls), {**honest, **changes})
