"""How the types of the standard library are shown."""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING, Final

from onggi.proof.outline_match import (
    Parts,
    Presenter,
    deref,
    entry,
    global_of,
    int_of,
    is_plain,
    key_text,
    plain_items,
)
from onggi.proof.outline_node import printable, quoted

if TYPE_CHECKING:
    from onggi.proof.outline_node import Node
    from onggi.proof.outline_read import Payloads

__all__ = ["CALLS", "NEWS", "STATES"]

_NOTE_CHARACTERS: Final = 80


def _value(node: Node, note: str) -> Parts:
    node.kind = "value"
    node.note = printable(note, _NOTE_CHARACTERS)
    node.type = node.type.removeprefix("builtins.")
    return []


def _moment(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Read the 4, 6 or 10 bytes that date, time and datetime pickle as."""
    raw = payloads.raw(deref(args[0]), 10) if args else None
    zone = deref(args[1]) if len(args) == 2 else None
    if raw is None or len(args) > 2 or (zone is not None and zone.kind != "value"):
        return None
    text = _moment_text(node.type.rpartition(".")[2], raw)
    return _value(node, f"{text} {zone.note}" if zone else text) if text else None


def _moment_text(name: str, raw: bytes) -> str | None:
    try:
        if name == "date" and len(raw) == 4:
            return datetime.date(raw[0] << 8 | raw[1], raw[2], raw[3]).isoformat()
        clock = raw[-6:]
        time = datetime.time(clock[0] & 0x7F, clock[1], clock[2], int.from_bytes(clock[3:], "big"))
        if name == "time" and len(raw) == 6:
            return time.isoformat()
        day = datetime.date(raw[0] << 8 | raw[1], raw[2] & 0x7F, raw[3])
        return f"{day.isoformat()} {time.isoformat()}" if name == "datetime" and len(raw) == 10 else None
    except (ValueError, IndexError):
        return None


def _span(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    found = [int_of(part) for part in args]
    numbers = [number for number in found if number is not None]
    if len(numbers) != 3 or len(found) != 3:
        return None
    try:
        return _value(node, str(datetime.timedelta(numbers[0], numbers[1], numbers[2])))
    except OverflowError:
        return None


def _zone(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    offset = deref(args[0]) if args else None
    if len(args) != 1 or offset is None or offset.type != "datetime.timedelta" or offset.kind != "value":
        return None
    return _value(node, "UTC" if offset.note == "0:00:00" else f"UTC+{offset.note}")


def _text_value(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Show types that pickle as their text, or as their number: Decimal, IP addresses."""
    if len(args) != 1:
        return None
    number = int_of(args[0])
    text = payloads.whole_text(deref(args[0])) if number is None else str(number)
    return _value(node, text) if text is not None else None


def _address(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    number = int_of(args[0]) if len(args) == 1 else None
    if number is None or not 0 <= number < 2**32 or not node.type.endswith("IPv4Address"):
        return _text_value(payloads, node, args)
    return _value(node, ".".join(str(byte) for byte in number.to_bytes(4, "big")))


def _numbers(form: str, least: int, most: int) -> Presenter:
    """Make the presenter of a type that is made from a few numbers or Nones."""

    def present(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
        found = [deref(part) for part in args]
        plain = all(part.kind in ("int", "float", "none") and part.length < 0 for part in found)
        if not plain or not least <= len(found) <= most:
            return None
        value = tuple(part.value for part in found)
        shown = _value(node, form.join(str(number) for number in value))
        node.value = value
        return shown

    return present


def _path(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    parts = [payloads.whole_text(deref(part)) for part in args]
    texts = [part for part in parts if part is not None]
    if len(texts) != len(parts):
        return None
    node.type = node.type.replace("pathlib._local.", "pathlib.")
    separator = "\\" if "Windows" in node.type else "/"
    whole = ""
    for text in texts:
        is_first = not whole or text.startswith(separator)
        whole = text if is_first else f"{whole.removesuffix(separator)}{separator}{text}"
    return _value(node, quoted(whole))


def _encoded(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Show what Python 3 writes for bytes below protocol 3: the text of a call of `_codecs.encode`."""
    text = deref(args[0]) if len(args) == 2 else None
    if text is None or payloads.whole_text(deref(args[1])) not in ("latin1", "latin-1") or text.kind != "str":
        return None
    whole = payloads.whole_text(text)
    node.kind, node.type, node.length = "bytes", "bytes", text.length
    if whole is not None:
        node.value = whole.encode("latin-1", "replace")
        node.length = len(whole)
    return []


def _bytearray(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    inner = deref(args[0]) if len(args) == 1 else None
    if args and (inner is None or inner.kind not in ("bytes", "buffer")):
        return None
    node.kind, node.type, node.length = "bytes", node.type.rpartition(".")[2], 0
    if inner is not None:
        node.value, node.at, node.length = inner.value, inner.at, inner.length
    return []


def _set(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Show what is made of one list as the set that it is."""
    if len(args) != 1 or args[0].kind != "list" or args[0].node_count == 0:
        return None
    node.kind = node.type = node.type.rpartition(".")[2]
    return plain_items(node, args[0], "<item {}>")


def _empty_dict(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    if args:
        return None
    node.kind, node.length = "dict", 0
    return []


def _counter(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    if len(args) != 1 or args[0].kind != "dict" or args[0].node_count == 0:
        return None
    node.kind, node.length, node.hidden = "dict", args[0].length, args[0].hidden
    return [(part.key, part) for part in args[0].children]


def _ordered_dict(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Show the empty one, which is filled later, and Python 2's list of pairs."""
    if not args:
        return _empty_dict(payloads, node, args)
    if len(args) != 1 or args[0].kind != "list" or args[0].hidden:
        return None
    pairs = args[0].children
    if not all(pair.kind in ("list", "tuple") and len(pair.children) == 2 == pair.length for pair in pairs):
        return None
    if not all(is_plain(pair.children[0]) for pair in pairs):
        return None
    node.kind, node.length = "dict", len(pairs)
    return [(f"[{key_text(payloads, pair.children[0])}]", pair.children[1]) for pair in pairs]


def _default_dict(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    factory = global_of(args[0]) if len(args) == 1 else None
    if factory is None and not (len(args) == 1 and args[0].kind == "none"):
        return None
    node.kind, node.length = "dict", 0
    # The factory stays in sight: it is a global that the pickle names.
    return [(".default_factory", args[0])]


def _deque(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Show what is filled later (Python 3), and what is made of a list (Python 2)."""
    if len(args) > 2 or (args and deref(args[0]).kind not in ("tuple", "list")):
        return None
    if args and deref(args[0]).length != 0 and args[0].kind != "list":
        return None
    most = int_of(args[1]) if len(args) == 2 else None
    node.kind, node.length = "list", 0
    node.note = f"maxlen {most}" if most is not None else ""
    return plain_items(node, args[0]) if args and args[0].kind == "list" else []


def _reconstructor(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Show what protocols 0 and 1 write for an instance as the instance."""
    made, base = (global_of(part) for part in args[:2]) if len(args) == 3 else (None, None)
    if made is None or base is None:
        return None
    node.kind, node.type = "object", made
    if base == "builtins.object" and args[2].kind == "none":
        return []
    return [("<base>", args[1]), ("<value>", args[2])]


def _enum_like(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Show `getattr(owner, "name")` as what it finds."""
    owner = global_of(args[0]) if len(args) == 2 else None
    name = payloads.whole_text(deref(args[1])) if len(args) == 2 else None
    if owner is None or name is None or not name.isidentifier():
        return None
    node.note = f"{owner}.{name}"
    return [("<arg 0>", args[0]), ("<arg 1>", args[1])]


def _array(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    if len(args) != 4 or global_of(args[0]) != "array.array" or deref(args[3]).kind not in ("bytes", "buffer"):
        return None
    code, length = payloads.whole_text(deref(args[1])), deref(args[3]).length
    if code is None or len(code) != 1 or int_of(args[2]) is None:
        return None
    node.kind, node.type = "array", "array.array"
    node.note = f"{printable(code)}, {length:,} bytes"
    return []


def _uuid(payloads: Payloads, node: Node, state: list[Node]) -> Parts | None:
    number = entry(state[0], "int") if state[0].kind == "dict" and state[0].length == 1 else None
    value = int_of(number) if number is not None else None
    if value is None or not 0 <= value < 2**128:
        return None
    return _value(node, str(uuid.UUID(int=value)))


CALLS: Final[dict[str, Presenter]] = {
    "datetime.datetime": _moment,
    "datetime.date": _moment,
    "datetime.time": _moment,
    "datetime.timedelta": _span,
    "datetime.timezone": _zone,
    "decimal.Decimal": _text_value,
    "fractions.Fraction": _numbers("/", 2, 2),
    "ipaddress.IPv4Address": _address,
    "ipaddress.IPv6Address": _address,
    "ipaddress.IPv4Network": _text_value,
    "ipaddress.IPv6Network": _text_value,
    "pathlib.PosixPath": _path,
    "pathlib.WindowsPath": _path,
    "pathlib.PurePosixPath": _path,
    "pathlib.PureWindowsPath": _path,
    "builtins.complex": _numbers(", ", 2, 2),
    "builtins.range": _numbers(", ", 3, 3),
    "builtins.slice": _numbers(":", 3, 3),
    "builtins.set": _set,
    "builtins.frozenset": _set,
    "builtins.bytearray": _bytearray,
    "builtins.bytes": _bytearray,
    "builtins.getattr": _enum_like,
    "_codecs.encode": _encoded,
    "array._array_reconstructor": _array,
    "collections.OrderedDict": _ordered_dict,
    "collections.defaultdict": _default_dict,
    "collections.Counter": _counter,
    "collections.deque": _deque,
    "copyreg._reconstructor": _reconstructor,
}

NEWS: Final[dict[str, Presenter]] = {}

STATES: Final[dict[str, Presenter]] = {"uuid.UUID": _uuid}
