"""How DataFrames, Series and indexes of pandas are shown: by their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.outline_match import (
    Array,
    Parts,
    Presenter,
    array_of,
    deref,
    entry,
    global_of,
    int_of,
    is_plain,
    parts_of,
    shape_text,
    small_ints,
)
from onggi.proof.outline_node import Node, printable, quoted

if TYPE_CHECKING:
    from onggi.proof.outline_read import Payloads

__all__ = ["CALLS", "STATES"]

_COLUMNS_SHOWN: Final = 4
_MAX_COLUMNS: Final = 512
_BLOCK: Final = "pandas.core.internals.blocks.Block"


def _block(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Read `(values, placement, dimensions)`: some columns of one type."""
    if len(args) != 3 or int_of(args[2]) is None:
        return None
    places = _places(payloads, deref(args[1]))
    if places is None:
        return None
    node.kind, node.type, node.value = "object", _BLOCK, places
    return [("", args[0])]


def _places(payloads: Payloads, node: Node) -> tuple[int, ...] | None:
    """Return the positions of a block's columns, from a slice or a short array."""
    array = array_of(node)
    if array is not None:
        return small_ints(payloads, array) or ()
    bounds = node.value if node.type == "slice" and node.kind == "value" else None
    if not isinstance(bounds, tuple) or not all(isinstance(bound, int) for bound in bounds):
        return None
    start, stop, step = bounds
    places = range(start, stop, step) if step else range(0)
    return tuple(places) if len(places) <= _MAX_COLUMNS else ()


def _block_manager(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    blocks = parts_of(args[0], "tuple") if len(args) == 2 and args[0].kind == "tuple" else None
    axes = parts_of(args[1], "list") if len(args) == 2 and args[1].kind == "list" else None
    if blocks is None or axes is None or len(axes) != 2 or any(block.type != _BLOCK for block in blocks):
        return None
    node.kind = "object"
    shown: Parts = [(f".axes[{place}]", axis) for place, axis in enumerate(axes)]
    return shown + [(f".blocks[{place}]", block) for place, block in enumerate(blocks)]


def _frame_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Show a DataFrame as its columns and its index."""
    manager = entry(parts[0], "_mgr") if parts[0].kind == "dict" and not parts[0].hidden else None
    if manager is None or not manager.type.endswith(".BlockManager") or manager.hidden or not _has_axes(manager):
        return None
    rest = [part for part in parts[0].children if part is not manager]
    if not all(is_plain(part) for part in rest):
        return None
    columns, index, *blocks = manager.children
    names = _names(payloads, columns)
    width, height = _length(columns), _length(index)
    node.note = f"{_count(height)} rows × {_count(width)} columns"
    shown: Parts = [(_block_key(block, names), block.children[0]) for block in blocks if block.children]
    return [*shown, (".columns", columns), (".index", index)]


def _has_axes(manager: Node) -> bool:
    """Whether a manager is whole: where a file is cut, its blocks stand without their axes."""
    return [part.key for part in manager.children[:2]] == [".axes[0]", ".axes[1]"]


def _names(payloads: Payloads, columns: Node) -> list[str]:
    """Return the names of the columns where they can be read without much ado."""
    data = entry(columns, "data")
    if data is None:
        return []
    array = array_of(data)
    if array is not None and array.names:
        return [quoted(name, 40) for name in array.names]
    strings = entry(data, "_ndarray")
    parts = deref(strings if strings is not None else data).children[:_MAX_COLUMNS]
    texts = [payloads.text(deref(part)) if deref(part).kind == "str" else None for part in parts]
    return ["…" if text is None else quoted(text, 40) for text in texts]


def _block_key(block: Node, names: list[str]) -> str:
    """Write the columns of a block as a step of a path: `["a"]`, or `["a", "b", …]`."""
    places = block.value if isinstance(block.value, tuple) else ()
    known = [names[place] if 0 <= place < len(names) else str(place) for place in places[:_COLUMNS_SHOWN]]
    return f"[{', '.join(known)}{', …' if len(places) > len(known) else ''}]" if known else "[…]"


def _length(index: Node) -> int | None:
    found = deref(index)
    return found.length if found.length >= 0 else None


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _index(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Read `(class, {"data": …, "name": …})`, and a RangeIndex's start, stop and step."""
    made = global_of(args[0]) if len(args) == 2 else None
    values = args[1] if len(args) == 2 and args[1].kind == "dict" and not args[1].hidden else None
    if made is None or values is None:
        return None
    node.kind, node.type = "object", made
    bounds = [int_of(part) for part in (entry(values, name) for name in ("start", "stop", "step")) if part is not None]
    if len(bounds) == 3 and None not in bounds:
        start, stop, step = (bound or 0 for bound in bounds)
        node.length = len(range(start, stop, step)) if step and abs(stop - start) < 2**62 else -1
        node.note = f"{start} … {stop}" + (f" by {step}" if step != 1 else "")
    else:
        node.note = _index_note(node, entry(values, "data"))
    shown = [(f".{part.label[2:-2]}", part) for part in values.children]
    return [(key, part) for key, part in shown if not (part.kind == "none" or (node.note and part.kind == "int"))]


def _index_note(node: Node, data: Node | None) -> str:
    array = array_of(data) if data is not None else None
    inner = entry(data, "_ndarray") if data is not None and array is None else None
    array = array_of(inner) if inner is not None else array
    if array is None or not array.shape:
        return ""
    node.length = array.shape[0]
    return shape_text(array.dtype, array.shape)


def _array_backed(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Read `(class, checksum, None)` of the arrays that wrap one of numpy."""
    made = global_of(args[0]) if len(args) == 3 else None
    if made is None or int_of(args[1]) is None or args[2].kind != "none":
        return None
    node.kind, node.type = "object", made
    return []


def _array_backed_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Read `(dtype, ndarray[, attributes])`, in either order of the two."""
    state = parts_of(parts[0], "tuple") if parts[0].kind == "tuple" else None
    if state is None or not 2 <= len(state) <= 3 or not all(is_plain(part) for part in state[2:]):
        return None
    found = next((part for part in state[:2] if array_of(part) is not None), None)
    other = next((part for part in state[:2] if part is not found), None)
    array = array_of(found) if found is not None else None
    if array is None or found is None or other is None:
        return None
    node.note = shape_text(array.dtype, array.shape)
    node.value = Array(array.dtype, array.shape)
    shown: Parts = [("._ndarray", found)]
    return shown if deref(other).type == "numpy.dtype" else [*shown, ("._dtype", other)]


def _arrow_backed_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Note the length of an array that wraps one of pyarrow."""
    inner = entry(parts[0], "_pa_array")
    array = array_of(inner) if inner is not None else None
    if array is None:
        return None
    node.note = shape_text(array.dtype, array.shape)
    node.value = array
    return [] if is_plain(parts[0]) else None


def _string_dtype(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    storage = payloads.whole_text(deref(args[0])) if args else None
    if storage is None or len(args) > 2 or not all(is_plain(part) or global_of(part) == "pandas.NA" for part in args):
        return None
    node.kind, node.note = "value", quoted(storage)
    return []


def _series_manager_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Read `([index], [values], [items], {"0.14.1": …})`; the last two repeat what the first two hold."""
    state = parts_of(parts[0], "tuple") if parts[0].kind == "tuple" else None
    if state is None or len(state) != 4:
        return None
    axes, values, items = (parts_of(part, "list") for part in state[:3])
    if axes is None or values is None or items is None or len(axes) != 1 or len(values) != 1:
        return None
    if not all(_repeats(part) for part in (*items, state[3])):
        return None
    return [(".index", axes[0]), (".values", values[0])]


def _repeats(top: Node) -> bool:
    """Whether all that `top` holds is plain, shared with what is shown, or an index like it."""
    pending = [top]
    while pending:
        node = pending.pop()
        if node.hidden or node.kind in ("call", "persistent", "extension"):
            return False
        if node.kind == "object" and not node.type.startswith("pandas."):
            return False
        pending += node.children
    return True


def _series_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Show a Series as its values, index and name."""
    manager = entry(parts[0], "_mgr") if parts[0].kind == "dict" and not parts[0].hidden else None
    if manager is None or not manager.type.endswith(".SingleBlockManager") or len(manager.children) != 2:
        return None
    if not all(is_plain(part) for part in parts[0].children if part is not manager):
        return None
    index, values = manager.children
    name = entry(parts[0], "_name")
    array = array_of(values)
    node.note = f"{_count(array.shape[0] if array and array.shape else _length(index))} rows"
    shown: Parts = [(".values", values), (".index", index)]
    return [*shown, (".name", name)] if name is not None and name.kind != "none" else shown


def _timestamp(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    if not 1 <= len(args) <= 4 or int_of(args[0]) is None or not all(is_plain(part) for part in args[1:]):
        return None
    node.kind, node.type = "value", "pandas.Timestamp"
    node.note = printable(" ".join(deref(part).summary for part in args if deref(part).kind != "none"), 60)
    return []


CALLS: Final[dict[str, Presenter]] = {
    "pandas.StringDtype": _string_dtype,
    "pandas.core.arrays.string_.StringDtype": _string_dtype,
    "pandas.internals._unpickle_block": _block,
    "pandas.internals.BlockManager": _block_manager,
    "pandas.core.indexes.base._new_Index": _index,
    "pandas.core.indexes.datetimes._new_DatetimeIndex": _index,
    "pandas.core.indexes.period._new_PeriodIndex": _index,
    "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked": _array_backed,
    "pandas._libs.tslibs.timestamps._unpickle_timestamp": _timestamp,
}

_WRAPPERS: Final = tuple(
    f"{module}{name}"
    for name in ("DatetimeArray", "TimedeltaArray", "PeriodArray", "Categorical", "NumpyExtensionArray", "StringArray")
    for module in ("pandas.arrays.", "pandas.", "pandas.core.arrays.", "pandas.core.arrays.datetimes.")
)

STATES: Final[dict[str, Presenter]] = {
    "pandas.DataFrame": _frame_state,
    "pandas.Series": _series_state,
    "pandas.internals.SingleBlockManager": _series_manager_state,
    "pandas.arrays.ArrowStringArray": _arrow_backed_state,
    "pandas.core.arrays.string_arrow.ArrowStringArray": _arrow_backed_state,
    **dict.fromkeys(_WRAPPERS, _array_backed_state),
}
