"""The label: what a pickle says of itself, as its first, popped value.

    PROTO 5  BINBYTES <length: u32> <JSON> POP  …

A plain unpickler pushes the bytes and pops them again. The JSON object starts with `{"onggi":<version>` and holds:

| key     | value                                                                              |
|---------|------------------------------------------------------------------------------------|
| onggi   | version of the format of label and seal                                            |
| python  | version of the Python that wrote the pickle, `"3.11.7"`                            |
| system  | `sys.platform` of the writer, `"linux"`                                            |
| byteorder | `"little"` or `"big"`                                                            |
| packages | version of each distribution whose globals appear: `{"numpy": "2.4.6"}`           |
| created | seconds since 1970, UTC                                                            |
| about   | a short summary of the object, such as `{"type": "dict", "len": 3}`                |
| user    | the metadata that the writer passed, if any                                        |

All of it is the writer's word: it explains, it never permits.

To raise the version: keep reading every older one here and in `seal.py`, freeze a file of the old version in the tests,
and only then change FORMAT_VERSION.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Final

from onggi.errors import FormatVersionError, MalformedError

__all__ = ["FORMAT_VERSION", "MAX_LABEL_BYTES", "has_label", "pack_label", "read_label"]

FORMAT_VERSION: Final = 1
MAX_LABEL_BYTES: Final = 1 << 20

_HEADER: Final = Struct("<cI")
_START: Final = b'{"onggi":'
_PROTO_BYTES: Final = 2


def pack_label(content: dict[str, Any]) -> bytes:
    """Return the opcodes of a label; they belong behind PROTO.

    Args:
        content: The JSON object without the `onggi` key.
    """
    # Imported when needed: a message of plain values has no label.
    import json

    text = json.dumps({"onggi": FORMAT_VERSION, **content}, ensure_ascii=True, separators=(",", ":"))
    payload = text.encode("ascii")
    if len(payload) > MAX_LABEL_BYTES:
        raise ValueError(f"the label takes {len(payload):,} bytes; the most is {MAX_LABEL_BYTES:,}")
    return _HEADER.pack(b"B", len(payload)) + payload + b"0"


def has_label(view: bytes | memoryview, start: int = 0) -> bool:
    """Say whether the pickle at `start` carries a label."""
    at = start + _PROTO_BYTES + _HEADER.size
    return (
        bytes(view[start : start + 1]) == b"\x80"
        and bytes(view[at - _HEADER.size : at - 4]) == b"B"
        and bytes(view[at : at + len(_START)]) == _START
    )


def read_label(view: bytes | memoryview, start: int = 0) -> dict[str, Any] | None:
    """Return the label of the pickle at `start`, or None if it has none.

    Raises:
        MalformedError: It is no JSON object, or too large.
        FormatVersionError: A newer onggi wrote it.
    """
    if not has_label(view, start):
        return None
    at = start + _PROTO_BYTES + _HEADER.size
    _, length = _HEADER.unpack(view[at - _HEADER.size : at])
    if length > min(MAX_LABEL_BYTES, len(view) - at):
        raise MalformedError("the label is longer than a label can be", offset=at - start)
    import json

    try:
        content = json.loads(bytes(view[at : at + length]))
    except (ValueError, RecursionError):
        raise MalformedError("the label is damaged: it is no JSON", offset=at - start) from None
    if not isinstance(content, dict) or not isinstance(content.get("onggi"), int):
        raise MalformedError("the label is damaged", offset=at - start)
    if content["onggi"] > FORMAT_VERSION:
        reason = f"written by a newer onggi (format {content['onggi']}; this one knows {FORMAT_VERSION})"
        raise FormatVersionError(reason, offset=at - start, hint="pip install -U onggi")
    return content
