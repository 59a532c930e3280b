"""Guards of pyarrow: what its own `_restore_array` takes on trust, and aborts the process over, is verified here."""

from __future__ import annotations

import datetime
import decimal
from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, exact_list

__all__ = ["alias", "array", "buffer", "chunked_array", "data_type", "is_verifiable", "scalar", "schema", "table"]

_INT64: Final = 2**62
_MAX_NULLS: Final = 10_000_000
"""Length of an array that has no buffers, and so costs a pickle nothing."""


def alias(function: Any, args: tuple[Any, ...]) -> Any:
    """Return the type of a name (CALL)."""
    demand(len(args) == 1 and type(args[0]) is str, "a type is named by a string")
    return function(args[0])


def _is_metadata(metadata: object) -> bool:
    if metadata is None:
        return True
    return type(metadata) is dict and all(type(item) in (bytes, str) for pair in metadata.items() for item in pair)


def _is_part(part: object) -> bool:
    import pyarrow as pa

    if type(part) is list:
        return all(isinstance(item, pa.Field) for item in part)
    plain = part is None or type(part) in (str, int, bool) or _is_metadata(part)
    return plain or isinstance(part, (pa.DataType, pa.Field))


def data_type(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a type or a field of types, fields, numbers and strings (CALL)."""
    demand(len(args) <= 4 and all(map(_is_part, args)), f"{function.__name__} takes types, fields, numbers and strings")
    return function(*args)


def schema(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a schema of fields and metadata (CALL)."""
    import pyarrow as pa

    demand(1 <= len(args) <= 2, "a schema is pickled as fields and metadata")
    members = exact_list(args[0], "the fields")
    demand(all(isinstance(item, pa.Field) for item in members), "a schema is made of fields")
    demand(_is_metadata(args[1] if len(args) == 2 else None), "metadata is bytes")
    return function(members, *args[1:])


def buffer(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a buffer over bytes (CALL)."""
    import pickle

    demand(len(args) == 1, "a buffer is made of one object")
    known = (bytes, bytearray, memoryview, pickle.PickleBuffer)
    demand(type(args[0]) in known, f"a buffer is not made of a {type(args[0]).__name__}")
    return function(args[0])


def is_verifiable(kind: Any) -> bool:
    """Say whether pyarrow can verify arrays of this type in full, without an assertion that aborts before it."""
    import pyarrow.types as types

    if types.is_fixed_size_binary(kind) and not types.is_decimal(kind):
        return bool(kind.byte_width > 0)
    if types.is_fixed_size_list(kind):
        return bool(kind.list_size > 0)
    if types.is_struct(kind):
        return bool(kind.num_fields > 0)
    return any(getattr(types, check)(kind) for check in _PREDICATES if hasattr(types, check))


_PREDICATES: Final = (
    "is_null", "is_boolean", "is_integer", "is_floating", "is_decimal", "is_temporal", "is_string", "is_large_string",
    "is_binary", "is_large_binary", "is_string_view", "is_binary_view", "is_list", "is_large_list",
)  # fmt: skip


def array(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an array anew from its type and buffers, and verify it in full (`_restore_array`, CALL)."""
    demand(len(args) == 1, "an array is pickled as one tuple")
    made = _array(args[0])
    made.validate(full=True)
    return made


def _array(data: Any) -> Any:
    import pyarrow as pa

    demand(type(data) is tuple and len(data) == 7, "an array is pickled as type, length, nulls, offset and parts")
    kind, length, _, offset, buffers, children, words = data
    demand(isinstance(kind, pa.DataType), "an array has a type of pyarrow")
    length = bounded_integer(length, 0, _INT64, "the length of an array")
    offset = bounded_integer(offset, 0, _INT64, "the offset of an array")
    buffers = exact_list(buffers, "the buffers")
    demand(all(item is None or isinstance(item, pa.Buffer) for item in buffers), "an array is made of buffers")
    if pa.types.is_dictionary(kind):
        return _dictionary(kind, length, offset, buffers, words)
    demand(is_verifiable(kind) and words is None, f"pyarrow does not verify arrays of {kind}")
    demand(not pa.types.is_null(kind) or length + offset <= _MAX_NULLS, "an array of nothing is too long")
    parts = [_array(child) for child in exact_list(children, "the parts")]
    expected = [kind.field(at).type for at in range(kind.num_fields)]
    demand([part.type for part in parts] == expected, "the parts are not of the types that the array names")
    made = pa.Array.from_buffers(kind, length, buffers, -1, offset, parts)
    made.validate(full=True)
    return made


def _dictionary(kind: Any, length: int, offset: int, buffers: list[Any], words: object) -> Any:
    import pyarrow as pa

    made = _array(words)
    demand(made.type == kind.value_type and len(buffers) == 2, "the dictionary is not of the type that the array names")
    return pa.DictionaryArray.from_buffers(kind, length, buffers, made, -1, offset)


def chunked_array(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a chunked array of verified arrays (CALL)."""
    import pyarrow as pa

    demand(len(args) == 2 and isinstance(args[1], pa.DataType), "a chunked array is pickled as chunks and type")
    chunks = exact_list(args[0], "the chunks")
    demand(all(isinstance(item, pa.Array) and item.type == args[1] for item in chunks), "a chunk is of another type")
    return function(chunks, args[1])


def table(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a table or record batch of verified columns (CALL)."""
    import pyarrow as pa

    demand(len(args) == 2 and isinstance(args[1], pa.Schema), "a table is pickled as columns and schema")
    columns = exact_list(args[0], "the columns")
    known = (pa.Array, pa.ChunkedArray)
    demand(
        [item.type for item in columns if isinstance(item, known)] == args[1].types, "the columns do not fit the schema"
    )
    made = function(columns, args[1])
    made.validate(full=True)
    return made


_PLAIN: Final = (
    type(None), bool, int, float, str, bytes, datetime.datetime, datetime.date, datetime.time, datetime.timedelta,
    decimal.Decimal,
)  # fmt: skip


def scalar(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a scalar of a plain value (CALL)."""
    import pyarrow as pa

    demand(len(args) == 2 and isinstance(args[1], pa.DataType), "a scalar is pickled as value and type")
    demand(type(args[0]) in _PLAIN and is_verifiable(args[1]), f"a scalar is not made of a {type(args[0]).__name__}")
    return function(*args)
