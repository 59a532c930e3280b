"""polars: frames, series, types and schemas. Not `Expr` and `LazyFrame`, which can hold pickled functions."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, called
from onggi.proof.tables.rows import named, stated

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

_PLAIN_TYPES: Final = (
    "Int8 Int16 Int32 Int64 Int128 UInt8 UInt16 UInt32 UInt64 UInt128 Float16 Float32 Float64 Boolean String Binary "
    "Date Time Null Unknown Object"
)
_TYPES: Final = "Datetime Duration Decimal List Array Struct Enum Categorical Field"
_DTYPE: Final = "names, numbers and other types, in Python code"

ROWS: Final[dict[str, Rule]] = {
    "polars.dataframe.frame.DataFrame": stated(
        "an uncompressed Arrow stream, which pyarrow reads and verifies in full before polars sees it",
        "polars:frame_state",
    ),
    "polars.series.series.Series": stated(
        "one column of an Arrow stream, verified like a frame", "polars:series_state"
    ),
    **named(
        Rule(Use.VALUE | Use.NEW, "a type without parameters", new="exact:no_arguments"),
        "polars.datatypes.classes",
        _PLAIN_TYPES,
    ),
    **named(stated(_DTYPE, "polars:dtype_state", more=Use.VALUE), "polars.datatypes.classes", _TYPES),
    "polars.datatypes.classes.Categories": stated(
        "those without a name, which are always there", "polars:categories_state"
    ),
    "polars.schema.Schema": called(
        "a dict of names and types", "polars:schema", more=Use.SETITEM, fill="polars:schema_items"
    ),
}
