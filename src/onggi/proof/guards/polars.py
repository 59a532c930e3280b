"""Guards of polars: its frames travel as Arrow streams, which pyarrow reads and verifies before polars sees them.

polars' own reader aborts the process or hangs on damaged streams. Object columns, extension types and plans (`Expr`,
`LazyFrame`) hold pointers or pickled functions and do not pass.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.guards.exact import demand, screen
from onggi.proof.guards.pyarrow import is_verifiable
from onggi.proof.rules import Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["categories_state", "dtype_state", "frame_state", "schema", "schema_items", "series_state"]

_MAX_DEPTH: Final = 32
_MAX_NULLS: Final = 10_000_000
_CONTINUES: Final = b"\xff\xff\xff\xff"
_DICTIONARY_BATCH: Final = 2
_RECORD_BATCH: Final = 3
_ENUM: Final = b"_PL_ENUM_VALUES2"
_CATEGORICAL: Final = b"_PL_CATEGORICAL2"
_DEFAULT_CATEGORIES: Final = b"0;0;u32;"


def frame_state(frame: Any, state: object) -> None:
    """Fill a DataFrame, once, with verified columns (STATE)."""
    import polars as pl

    demand(getattr(frame, "_df", None) is None, "a DataFrame gets its state twice")
    frame._df = _frame(pl, state)._df


def series_state(series: Any, state: object) -> None:
    """Fill a Series, once, with a verified column (STATE)."""
    import polars as pl

    demand(getattr(series, "_s", None) is None, "a Series gets its state twice")
    columns = _frame(pl, state).get_columns()
    demand(len(columns) == 1, "a Series is pickled as one column")
    series._s = columns[0]._s


def _frame(pl: Any, state: object) -> Any:
    table = _table(state)
    try:
        return pl.from_arrow(table)
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise Unsafe(f"polars does not take this table: {type(error).__name__}") from None
        raise


def _table(state: object) -> Any:
    demand(type(state) is bytes, "a frame of polars is pickled as bytes")
    data: Any = state
    _check_messages(data)
    try:
        import pyarrow as pa
    except ImportError:
        raise Unsafe("a frame of polars is verified by pyarrow, which is not installed") from None
    with pa.ipc.open_stream(data) as reader:
        names = [_checked(field, 0) for field in reader.schema]
        table = reader.read_all()
    table.validate(full=True)
    for column in table.columns:
        demand(all(_nulls(chunk) <= _MAX_NULLS for chunk in column.chunks), "a column of nothing is too long")
    # Without the metadata of the stream, which polars would believe: sorted flags, extension types.
    return pa.Table.from_arrays(
        [column.cast(field.type) for column, field in zip(table.columns, names, strict=True)], schema=pa.schema(names)
    )


def _nulls(array: Any) -> int:
    """Return the length of the longest array without buffers below an array."""
    import pyarrow.types as types

    kind = array.type
    if types.is_null(kind):
        return len(array)
    if types.is_struct(kind):
        return max(_nulls(array.field(at)) for at in range(kind.num_fields))
    return _nulls(array.values) if kind.num_fields == 1 and hasattr(array, "values") else 0


# --------------------------------------------------------------------------------------------------------- the columns


def _checked(field: Any, depth: int) -> Any:
    """Return a field with no other metadata than polars' categories."""
    import pyarrow as pa

    demand(depth < _MAX_DEPTH, "the types are nested too deep")
    kind = field.type
    metadata = dict(field.metadata or {})
    if pa.types.is_dictionary(kind):
        return pa.field(field.name, kind, metadata=_categories(kind, metadata))
    demand(
        is_verifiable(kind) and not pa.types.is_fixed_size_binary(kind), f"pyarrow does not verify columns of {kind}"
    )
    parts = [_checked(kind.field(at), depth + 1) for at in range(kind.num_fields)]
    return pa.field(field.name, _rebuilt(kind, parts))


def _rebuilt(kind: Any, parts: list[Any]) -> Any:
    """Return a nested type over checked fields."""
    import pyarrow as pa

    if not parts:
        return kind
    if pa.types.is_struct(kind):
        return pa.struct(parts)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(parts[0], kind.list_size)
    return pa.large_list(parts[0]) if pa.types.is_large_list(kind) else pa.list_(parts[0])


def _categories(kind: Any, metadata: dict[bytes, bytes]) -> dict[bytes, bytes]:
    import pyarrow.types as types

    texts = (types.is_string, types.is_large_string, types.is_string_view)
    demand(any(check(kind.value_type) for check in texts), "categories are strings")
    if _ENUM in metadata:
        _check_enum(metadata[_ENUM])
        return {_ENUM: metadata[_ENUM]}
    demand(metadata.get(_CATEGORICAL, _DEFAULT_CATEGORIES) == _DEFAULT_CATEGORIES, "named categories need trust")
    return {_CATEGORICAL: _DEFAULT_CATEGORIES}


_LENGTH: Final = re.compile(rb"(\d{1,9});")


def _check_enum(values: bytes) -> None:
    """Demand length and text of each category, each once: polars panics otherwise."""
    at, seen = 0, set()
    while at < len(values):
        found = _LENGTH.match(values, at)
        if found is None:
            raise Unsafe("the categories of an Enum are malformed")
        at = found.end() + int(found[1])
        word = values[found.end() : at]
        demand(at <= len(values) and word not in seen, "the categories of an Enum are malformed")
        seen.add(word)
        try:
            word.decode()
        except UnicodeDecodeError:
            raise Unsafe("the categories of an Enum are no text") from None


# -------------------------------------------------------------------------------------------------------- the stream


def _check_messages(data: bytes) -> None:
    """Refuse compressed messages, which unpack to any size, and extension types, whose code pyarrow would call."""
    try:
        for at, (header_type, header) in enumerate(_messages(data)):
            if at == 0:
                end = 8 + struct.unpack_from("<i", data, 4)[0]
                demand(data.find(b"ARROW:extension", 0, end) < 0, "a column has an extension type")
            if header_type in (_DICTIONARY_BATCH, _RECORD_BATCH):
                batch = _follow(data, header, 1) if header_type == _DICTIONARY_BATCH else header
                demand(not _place(data, batch, 3), "the stream is compressed")
    except struct.error:
        raise Unsafe("the stream of Arrow messages is cut off") from None


def _messages(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield type and place of the header of each message (Arrow's `Message.fbs`, encapsulated message format)."""
    at = 0
    while at < len(data):
        demand(data[at : at + 4] == _CONTINUES, "this is no stream of Arrow messages, as polars 1 writes it")
        size = struct.unpack_from("<i", data, at + 4)[0]
        if size == 0:
            demand(at + 8 == len(data), "something follows the stream of Arrow messages")
            return
        demand(0 < size <= len(data) - at - 8, "a message is cut off")
        root = at + 8 + struct.unpack_from("<I", data, at + 8)[0]
        body = _field(data, root, 3, "<q")
        demand(0 <= body <= len(data), "a message is cut off")
        yield _field(data, root, 1, "<B"), _follow(data, root, 2)
        at += 8 + size + body


def _place(data: bytes, table: int, field: int) -> int:
    """Return where a field stands in a flatbuffer's table, or 0."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    demand(vtable >= 0, "a message is malformed")
    end = struct.unpack_from("<H", data, vtable)[0]
    slot = 4 + 2 * field
    return int(struct.unpack_from("<H", data, vtable + slot)[0]) if slot + 2 <= end else 0


def _follow(data: bytes, table: int, field: int) -> int:
    """Return where the table stands that a field points to."""
    place = _place(data, table, field)
    demand(place, "a message is malformed")
    return int(table + place + struct.unpack_from("<I", data, table + place)[0])


def _field(data: bytes, table: int, field: int, kind: str) -> int:
    place = _place(data, table, field)
    return int(struct.unpack_from(kind, data, table + place)[0]) if place else 0


# ----------------------------------------------------------------------------------------------------------- the types

_PLAIN: Final = (type(None), bool, int, str, list, tuple)


def dtype_state(dtype: Any, state: object) -> None:
    """Fill a type, once, with its parameters: names, numbers, other types (STATE)."""
    attributes = state[1] if type(state) is tuple and len(state) == 2 and state[0] is None else state
    if type(attributes) is not dict:
        raise Unsafe("a type of polars is pickled with a dict of parameters")
    owner = type(dtype)
    screen(attributes, owner.__name__)
    for name, value in attributes.items():
        demand(not callable(getattr(owner, name, None)), f"the state of {owner.__name__} replaces its method {name!r}")
        demand(not hasattr(dtype, name) or not vars(dtype).get(name), f"{owner.__name__} gets {name!r} twice")
        _check_parameter(value)
    for name, value in attributes.items():
        object.__setattr__(dtype, name, value)


def categories_state(categories: Any, state: object) -> None:
    """Fill Categories with those that have no name; the named ones are shared by the whole process (STATE)."""
    import polars as pl

    known = type(state) is tuple and state[:2] == ("", "") and len(state) == 3 and state[2] is pl.UInt32
    demand(known, "named categories need trust")
    categories.__setstate__(state)


def _check_parameter(value: Any) -> None:
    import polars as pl

    kind = type(value)
    known = kind in _PLAIN or isinstance(value, (pl.DataType, pl.Field, pl.Categories)) or kind is pl.Series
    known = known or (isinstance(value, type) and issubclass(value, pl.DataType))
    demand(known, f"a type of polars has no parameter that is a {kind.__name__}")
    if kind in (list, tuple):
        for item in value:
            demand(type(item) in (int, str) or isinstance(item, pl.Field), "a type of polars has other parameters")


def schema(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an empty Schema; its items follow (CALL)."""
    demand(not args, "a Schema is pickled without arguments")
    return function()


def schema_items(target: Any, items: tuple[Any, ...]) -> None:
    """Fill a Schema with names and types (SETITEM)."""
    import polars as pl

    for name, dtype in zip(items[::2], items[1::2], strict=True):
        known = isinstance(dtype, pl.DataType) or (isinstance(dtype, type) and issubclass(dtype, pl.DataType))
        demand(type(name) is str and known, "a Schema holds names and types")
        target[name] = dtype
