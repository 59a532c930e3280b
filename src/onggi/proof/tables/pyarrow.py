"""pyarrow: arrays, chunked arrays, tables, types and schemas; pandas keeps strings in them."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, called
from onggi.proof.tables.rows import names

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

_TYPE: Final = called("a type of pyarrow's own types, fields and small numbers", "pyarrow:data_type")
_TABLE: Final = called("verified columns and a schema, checked against each other", "pyarrow:table")
_TYPES: Final = names(
    "list_ large_list struct dictionary timestamp time32 time64 duration decimal32 decimal64 decimal128 "
    "decimal256 binary field"
)

ROWS: Final[dict[str, Rule]] = {
    "pyarrow.lib.type_for_alias": called("looks up a name in a fixed table", "pyarrow:alias"),
    "pyarrow.lib.py_buffer": called("a view of bytes that the pickle holds", "pyarrow:buffer"),
    "pyarrow.lib._restore_array": called(
        "made anew from its buffers, whose number, sizes, offsets and texts pyarrow verifies in full", "pyarrow:array"
    ),
    "pyarrow.lib.chunked_array": called("arrays that have been verified", "pyarrow:chunked_array"),
    "pyarrow.lib._reconstruct_table": _TABLE,
    "pyarrow.lib._reconstruct_record_batch": _TABLE,
    "pyarrow.lib.schema": called("fields and metadata of bytes", "pyarrow:schema"),
    "pyarrow.lib.scalar": called("a plain value and a type", "pyarrow:scalar"),
    **{f"pyarrow.lib.{name}": _TYPE for name in _TYPES},
}
