"""How numpy's arrays, dtypes and scalars are shown, and those of scipy.sparse and pyarrow."""

from __future__ import annotations

import struct
from itertools import pairwise
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
    ints_of,
    is_plain,
    parts_of,
    plain_items,
    shape_text,
)
from onggi.proof.outline_node import printable

if TYPE_CHECKING:
    from onggi.proof.outline_node import Node
    from onggi.proof.outline_read import Payloads

__all__ = ["CALLS", "STATES"]

_MAX_TABLE_BYTES: Final = 4_096
_FIELDS_SHOWN: Final = 4

_SCALARS: Final = {
    "f8": ("float64", "<d"),
    "f4": ("float32", "<f"),
    "f2": ("float16", "<e"),
    "i8": ("int64", "<q"),
    "i4": ("int32", "<i"),
    "i2": ("int16", "<h"),
    "i1": ("int8", "<b"),
    "u8": ("uint64", "<Q"),
    "u4": ("uint32", "<I"),
    "u2": ("uint16", "<H"),
    "u1": ("uint8", "<B"),
    "bool": ("bool", "<?"),
}


def _dtype(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    code = payloads.whole_text(deref(args[0])) if args else None
    if code is None or len(code) > 16 or len(args) != 3 or not all(is_plain(part) for part in args):
        return None
    node.kind = "value"
    node.value = {"b1": "bool", "O8": "object", "O4": "object", "O": "object"}.get(code, printable(code))
    node.note = str(node.value)
    return []


def _dtype_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Read `(version, byte order, subdtype, names, fields, size, alignment, flags[, metadata])`."""
    state = parts_of(parts[0], "tuple")
    if node.kind != "value" or state is None or not 8 <= len(state) <= 9:
        return None
    order = payloads.whole_text(deref(state[1]))
    if order is None or int_of(state[0]) is None or not all(is_plain(part) for part in (*state[2:3], *state[5:])):
        return None
    names = deref(state[3])
    if names.kind == "tuple":
        node.value = _record_text(payloads, names)
        # The types of the fields stay in sight only where they are more than dtypes.
        if not is_plain(deref(state[4])):
            return None
    elif names.kind != "none" or deref(state[4]).kind != "none":
        return None
    elif order == ">":
        node.value = f">{node.value}"
    unit = _unit(payloads, state[8]) if len(state) == 9 else ""
    node.value = f"{node.value}[{unit}]" if unit else node.value
    node.note = printable(str(node.value), 60)
    return []


def _record_text(payloads: Payloads, names: Node) -> str:
    texts = [payloads.text(deref(part)) or "?" for part in names.children[:_FIELDS_SHOWN]]
    more = ", …" if names.length > len(texts) else ""
    return f"{{{', '.join(printable(text, 20) for text in texts)}{more}}}"


def _unit(payloads: Payloads, metadata: Node) -> str:
    """Return the unit of a datetime dtype, from `(None, (b"us", 1, 1, 1))`."""
    pair = parts_of(metadata, "tuple")
    inner = parts_of(pair[1], "tuple") if pair is not None and len(pair) == 2 else None
    raw = payloads.raw(deref(inner[0]), 8) if inner else None
    return printable(raw.decode("latin-1")) if raw else ""


def dtype_of(node: Node) -> str | None:
    """Return the short name of a dtype."""
    found = deref(node)
    return found.value if found.type == "numpy.dtype" and isinstance(found.value, str) else None


def _show_array(node: Node, dtype: str, shape: tuple[int, ...], data: Node | None) -> Parts:
    node.kind = "array"
    node.note = shape_text(dtype, shape)
    payload = deref(data) if data is not None else None
    at, size_bytes = (payload.at, payload.length) if payload is not None and payload.kind == "bytes" else (-1, 0)
    node.value = Array(dtype, shape, at, size_bytes)
    return []


def _from_buffer(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Read `(buffer, dtype, shape, order)`, what protocol 5 writes."""
    if not 3 <= len(args) <= 5:
        return None
    dtype, shape, buffer = dtype_of(args[1]), ints_of(args[2]), deref(args[0])
    if dtype is None or shape is None or buffer.kind not in ("bytes", "buffer"):
        return None
    if not all(is_plain(part) for part in args[3:]):
        return None
    node.type = "numpy.ndarray"
    return _show_array(node, dtype, shape, buffer)


def _reconstruct(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Read `(class, (0,), b"b")`; shape and data follow as state."""
    made = global_of(args[0]) if len(args) == 3 else None
    if made is None or ints_of(args[1]) is None or not is_plain(deref(args[2])):
        return None
    node.kind, node.type = "array", made
    return []


def _masked_reconstruct(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    made, base = (global_of(part) for part in args[:2]) if len(args) == 4 else (None, None)
    if made is None or base != "numpy.ndarray" or ints_of(args[2]) is None or not is_plain(deref(args[3])):
        return None
    node.kind, node.type = "array", made
    return []


def _array_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Read `(version, shape, dtype, is Fortran, data, …)`."""
    state = parts_of(parts[0], "tuple")
    if node.kind != "array" or state is None or not 5 <= len(state) <= 7:
        return None
    dtype, shape, data = dtype_of(state[2]), ints_of(state[1]), deref(state[4])
    if dtype is None or shape is None or not all(is_plain(part) for part in (state[0], state[3], *state[5:])):
        return None
    if data.kind == "list" and data is state[4]:
        _show_array(node, dtype, shape, None)
        return plain_items(node, data)
    if data.kind not in ("bytes", "buffer", "str"):
        return None
    return _show_array(node, dtype, shape, data)


def _scalar(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    dtype = dtype_of(args[0]) if len(args) == 2 else None
    raw = payloads.raw(deref(args[1]), 64) if dtype is not None else None
    if dtype is None or raw is None:
        return None
    name, form = _SCALARS.get(dtype, ("", ""))
    node.kind, node.note = "value", f"{dtype} of {len(raw)} bytes"
    node.type = f"numpy.{name}" if name else "numpy.generic"
    if form and struct.calcsize(form) == len(raw):
        value = struct.unpack(form, raw)[0]
        # numpy tells float32 numbers apart by nine digits.
        node.note = f"{value:.9g}" if name == "float32" else str(value)
    elif dtype.startswith("U"):
        node.note = repr(printable(raw.decode("utf-32-le", "replace").rstrip("\0"), 40))
    return []


def _sparse_state(payloads: Payloads, node: Node, parts: list[Node]) -> Parts | None:
    """Note the shape of a sparse matrix; its attributes are shown as they are."""
    shape = entry(parts[0], "_shape")
    data = entry(parts[0], "data")
    lengths = ints_of(shape) if shape is not None else None
    array = array_of(data) if data is not None else None
    if lengths is not None:
        stored = f", {array.shape[0]:,} stored" if array is not None and array.shape else ""
        node.note = shape_text(array.dtype if array else "", lengths) + stored
    return None


def _arrow_type(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    name = payloads.whole_text(deref(args[0])) if len(args) == 1 else None
    if name is None:
        return None
    node.kind, node.type, node.note, node.value = "value", "pyarrow.DataType", printable(name, 40), name
    return []


def _arrow_buffer(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    inner = deref(args[0]) if len(args) == 1 else None
    if inner is None or inner.kind not in ("bytes", "buffer"):
        return None
    node.kind, node.type = inner.kind, "pyarrow.Buffer"
    node.value, node.at, node.length = inner.value, inner.at, inner.length
    return []


def _arrow_array(payloads: Payloads, node: Node, args: list[Node]) -> Parts | None:
    """Read `((type, length, nulls, offset, buffers, children, dictionary),)`."""
    parts = parts_of(args[0], "tuple") if len(args) == 1 else None
    if parts is None or len(parts) < 6 or not all(is_plain(part) for part in parts[1:]):
        return None
    kind, length, buffers = deref(parts[0]), int_of(parts[1]), parts_of(parts[4], "list")
    if kind.type != "pyarrow.DataType" or not isinstance(kind.value, str) or length is None or buffers is None:
        return None
    node.kind, node.type, node.note = "array", "pyarrow.Array", shape_text(printable(kind.value, 40), (length,))
    names = _arrow_strings(payloads, kind.value, length, buffers)
    node.value = Array(printable(kind.value, 40), (length,), names=names)
    return []


def _arrow_strings(payloads: Payloads, kind: str, length: int, buffers: list[Node]) -> tuple[str, ...]:
    """Read a short array of strings, such as the names of columns."""
    width = {"string": 4, "large_string": 8}.get(kind)
    if width is None or len(buffers) != 3:
        return ()
    offsets, text = (payloads.raw(deref(buffer), _MAX_TABLE_BYTES) for buffer in buffers[1:])
    if offsets is None or text is None or not 0 < length < len(offsets) // width:
        return ()
    bounds = [int.from_bytes(offsets[place * width : (place + 1) * width], "little") for place in range(length + 1)]
    return tuple(text[begin:end].decode("utf-8", "replace") for begin, end in pairwise(bounds))


_ARRAY_CLASSES: Final = (
    "numpy.ndarray",
    "numpy.matrix",
    "numpy.recarray",
    "numpy.rec.recarray",
    "numpy.memmap",
    "numpy.ma.MaskedArray",
    "numpy.ma.core.MaskedArray",
)

_SPARSE_CLASSES: Final = tuple(
    f"scipy.sparse.{module}{form}_{end}"
    for form in ("csr", "csc", "coo", "bsr", "dia")
    for end in ("matrix", "array")
    for module in (f"_{form}.", f"{form}.")
)

CALLS: Final[dict[str, Presenter]] = {
    "numpy.dtype": _dtype,
    "numpy._core.numeric._frombuffer": _from_buffer,
    "numpy._core.multiarray._reconstruct": _reconstruct,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy.ma.core._mareconstruct": _masked_reconstruct,
    "pyarrow.lib.type_for_alias": _arrow_type,
    "pyarrow.lib.py_buffer": _arrow_buffer,
    "pyarrow.lib._restore_array": _arrow_array,
}

STATES: Final[dict[str, Presenter]] = {
    "numpy.dtype": _dtype_state,
    **dict.fromkeys(_ARRAY_CLASSES, _array_state),
    **dict.fromkeys(_SPARSE_CLASSES, _sparse_state),
}
