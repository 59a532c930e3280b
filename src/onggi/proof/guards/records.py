"""Guards of objects of the standard library that are a few attributes, or a state of the library's own."""

from __future__ import annotations

import sys
from typing import Any, Final

from onggi.proof.guards.budget import allocate, charge
from onggi.proof.guards.generics import is_type_form
from onggi.proof.guards.shapes import (
    ANYTHING,
    BOOL,
    BYTES,
    DICT,
    INT,
    LIST,
    NONE,
    SCALAR,
    SMALL_INT,
    STR,
    TUPLE,
    Shape,
    between,
    call,
    each,
    exactly,
    fields,
    instance_of,
    kind_of,
    name_of,
    new,
    put_attributes,
    refuse,
    require,
    split_state,
)

__all__ = [
    "address",
    "binary",
    "bytes_io",
    "calendar",
    "completed_process",
    "date_time",
    "element",
    "element_tree",
    "log_record",
    "morsel",
    "morsel_items",
    "node",
    "node_state",
    "nothing",
    "nullcontext",
    "parameter",
    "parameter_state",
    "signature",
    "signature_state",
    "simple_cookie_items",
    "string_io",
    "template",
    "text_wrapper",
    "uid",
    "user_dict",
    "user_list",
    "user_string",
    "user_string_new",
]

template = fields({"template": STR})
calendar = fields({"_firstweekday": between(0, 6)}, [("firstweekday", between(0, 6))])
user_dict = fields({"data": DICT})
user_list = fields({"data": LIST})
user_string = fields({"data": STR})
user_string_new = new(STR, least=0)
nothing = fields()
nullcontext = fields({"enter_result": ANYTHING})
address = fields({"_display_name": STR, "_username": STR, "_domain": STR})
date_time = fields({"value": STR})
binary = fields({"data": BYTES})
uid = call(between(0, 2**64 - 1))
completed_process = fields({"args": ANYTHING, "returncode": INT}, [("stdout", ANYTHING), ("stderr", ANYTHING)])
text_wrapper = fields(
    {"width": INT},
    [
        *((name, STR) for name in ("initial_indent", "subsequent_indent", "placeholder")),
        *((name, BOOL) for name in ("expand_tabs", "replace_whitespace", "fix_sentence_endings", "drop_whitespace")),
        *((name, BOOL) for name in ("break_long_words", "break_on_hyphens")),
        ("tabsize", between(0, 1_000)),
        ("max_lines", SMALL_INT | NONE),
    ],
)

# Log records: the logging module reads these; whatever else a program adds is data.

_LOG_FIELDS: Final = {
    **dict.fromkeys(("name", "levelname", "pathname", "filename", "module", "threadName", "processName"), STR | NONE),
    **dict.fromkeys(("levelno", "lineno", "thread", "process"), SMALL_INT | NONE),
    **dict.fromkeys(("created", "msecs", "relativeCreated"), exactly("a number", int, float)),
    **dict.fromkeys(("exc_text", "stack_info", "funcName", "taskName"), STR | NONE),
    "args": TUPLE | DICT | NONE,
    "exc_info": NONE,
}


def log_record(obj: Any, given: Any) -> None:
    """Set the attributes of a LogRecord; its own ones by type, and none that hides a method."""
    attributes = split_state(given, obj)
    charge(200 * len(attributes))
    for name, value in attributes.items():
        require(_LOG_FIELDS.get(name, ANYTHING), value, f"{name} of a logging.LogRecord")
        if name.startswith("__") or hasattr(type(obj), name):
            refuse(f"a logging.LogRecord has an attribute {name[:80]!r}")
    put_attributes(obj, given)


# Streams in memory: a position far behind the end would allocate all up to there at the next write.


def _require_stream(given: Any, length: int, owner: str) -> None:
    if type(given) is not tuple or len(given) != length or given[-1] not in (None, {}):
        refuse(f"the state of an {owner} must be its content, position and no attributes")
    require(between(0, len(given[0])), given[-2], f"the position of an {owner}")


def bytes_io(obj: Any, given: Any) -> None:
    """Set content and position of a BytesIO."""
    if type(given) is tuple and given:
        require(exactly("bytes", bytes, bytearray), given[0], "the content of an io.BytesIO")
    _require_stream(given, 3, "io.BytesIO")
    allocate(len(given[0]))
    obj.__setstate__((given[0], given[1], None))


def string_io(obj: Any, given: Any) -> None:
    """Set content, newline and position of a StringIO."""
    if type(given) is tuple and len(given) > 1:
        require(STR, given[0], "the content of an io.StringIO")
        if given[1] is not None and (type(given[1]) is not str or given[1] not in ("", "\n", "\r", "\r\n")):
            refuse("the newline of an io.StringIO must be one that there is")
    _require_stream(given, 4, "io.StringIO")
    allocate(4 * len(given[0]))
    obj.__setstate__((*given[:3], None))


# XML trees.

_TEXT: Final = STR | NONE
_ELEMENT: Final = instance_of("xml.etree.ElementTree", "Element")
_ATTRIB: Final = Shape(
    "a dict of strings",
    lambda value: type(value) is dict and all(type(key) is str and type(value[key]) is str for key in value),
)


def _is_tag(value: Any) -> bool:
    """Say whether it is a tag: a name, or the function that marks comments and processing instructions."""
    library = sys.modules.get("xml.etree.ElementTree")
    return type(value) is str or value in (
        getattr(library, "Comment", ""),
        getattr(library, "ProcessingInstruction", ""),
    )


def element(obj: Any, given: Any) -> None:
    """Fill an Element whose children are filled already: so no element comes to lie inside itself."""
    found = split_state(given, obj)
    charge(200 * (len(found.get("_children") or ()) + len(found.get("attrib") or ())))
    if obj.tag is not None:
        refuse("an xml.etree.ElementTree.Element is given two states")
    if set(found) - {"tag", "_children", "attrib", "text", "tail"} or not _is_tag(found.get("tag")):
        refuse("the state of an xml.etree.ElementTree.Element must be tag, children, attributes, text and tail")
    require(each(LIST, _ELEMENT), found.get("_children", []), "the children of an Element")
    require(_ATTRIB, found.get("attrib", {}), "the attributes of an Element")
    for name in ("text", "tail"):
        require(_TEXT, found.get(name), f"the {name} of an Element")
    if any(child.tag is None for child in found.get("_children", ())):
        refuse("a child of an Element is empty when it is put in")
    obj.__setstate__(found)


element_tree = fields({"_root": _ELEMENT | NONE})


def node(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a node; Python 3.13 fills its fields with None at first."""
    if any(arg is not None for arg in args):
        refuse(f"{name_of(function)} is called with arguments, which come by its state")
    return function(*args)


def node_state(obj: Any, given: Any) -> None:
    """Set the fields of a node of `ast`: those of its class, whose types the compiler checks itself."""
    known = {*type(obj)._fields, *type(obj)._attributes}
    attributes = split_state(given, obj)
    unknown = [name for name in attributes if name not in known]
    if unknown:
        refuse(f"a {name_of(type(obj))} has no field {unknown[0][:80]!r}")
    put_attributes(obj, given)


# Signatures.

_PARAMETER: Final = instance_of("inspect", "Parameter")
signature = call(each(exactly("a tuple or list", tuple, list), _PARAMETER), least=0)
_TYPE: Final = Shape("a type or a plain value", lambda value: SCALAR.fits(value) or is_type_form(value))
_DEFAULT: Final = _TYPE | exactly("a list, dict or set", list, dict, set) | each(TUPLE, _TYPE)
"""What hashes at once or not at all: parameters hash all that they hold, shared parts again and again."""
signature_state = fields({"_return_annotation": _TYPE})
parameter = call(STR, instance_of("inspect", "_ParameterKind"))
parameter_state = fields({"_default": _DEFAULT, "_annotation": _TYPE})

# Cookies: dicts whose `__setitem__` is Python's and calls methods of the key.


def _require_items(items: tuple[Any, ...], shape: Shape, owner: str) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        require(STR, key, f"a key of a {owner}")
        require(shape, value, f"a value of a {owner}")


def morsel_items(obj: Any, items: tuple[Any, ...]) -> None:
    """Set attributes of a Morsel."""
    _require_items(items, SCALAR, "http.cookies.Morsel")
    for key, value in zip(items[::2], items[1::2], strict=True):
        obj[key] = value


def simple_cookie_items(obj: Any, items: tuple[Any, ...]) -> None:
    """Put Morsels into a cookie."""
    _require_items(items, instance_of("http.cookies", "Morsel"), "http.cookies.SimpleCookie")
    for key, value in zip(items[::2], items[1::2], strict=True):
        dict.__setitem__(obj, key, value)


def morsel(obj: Any, given: Any) -> None:
    """Set name and values of a Morsel."""
    require(DICT, given, "the state of an http.cookies.Morsel")
    if set(given) != {"key", "value", "coded_value"} or not all(map(SCALAR.fits, given.values())):
        refuse(f"the state of an http.cookies.Morsel must be key, value and coded value, not {kind_of(given)}")
    obj.__setstate__(given)
