"""xarray: labelled arrays and datasets in memory. Not those that are read from files as they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.tables.rows import named, stated

if TYPE_CHECKING:
    from onggi.proof.rules import Rule

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

_LABELLED: Final = stated(
    "arrays and plain values in slots, in Python code; nothing that is called on closing", "xarray:object_state"
)

ROWS: Final[dict[str, Rule]] = {
    "xarray.core.dataarray.DataArray": _LABELLED,
    "xarray.core.dataset.Dataset": _LABELLED,
    **named(_LABELLED, "xarray.core.variable", "Variable IndexVariable"),
    **named(_LABELLED, "xarray.core.indexing", "PandasIndexingAdapter PandasMultiIndexingAdapter"),
    **named(_LABELLED, "xarray.core.indexes", "PandasIndex PandasMultiIndex"),
}
