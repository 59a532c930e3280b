"""Arrays of joblib: raw bytes between the opcodes, behind the wrapper that describes them.

`joblib.dump` writes a NumpyArrayWrapper in place of each array, and right behind the BUILD of the wrapper the bytes of
the array (`joblib/numpy_pickle.py`, `NumpyArrayWrapper.write_array`): one byte that says how much padding follows, if
the wrapper has an alignment, then the padding, then the data.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from onggi.proof.outline_match import Array, entry, global_of, int_of, ints_of, shape_text
from onggi.proof.outline_numpy import dtype_of
from onggi.proof.outline_read import Stopped

if TYPE_CHECKING:
    from onggi.proof.outline_node import Node
    from onggi.proof.outline_read import Payloads

__all__ = ["WRAPPER", "show_array"]

WRAPPER: Final = "joblib.numpy_pickle.NumpyArrayWrapper"

_CODE: Final = re.compile(r">?([bifcSUVMm])([0-9]{1,9})(?:\[.*\])?")


def show_array(payloads: Payloads, node: Node, position: int) -> int:
    """Show a wrapper as the array that it stands for; return the offset behind the array.

    Args:
        payloads: The bytes.
        node: The wrapper, with its attributes.
        position: The offset behind its BUILD.

    Raises:
        Stopped: It can't be told how long the array is, or its end is missing.
    """
    parts = {name: entry(node, name) for name in ("subclass", "shape", "dtype", "numpy_array_alignment_bytes")}
    made, shape, dtype, alignment = parts.values()
    lengths = ints_of(shape) if shape is not None else None
    code = dtype_of(dtype) if dtype is not None else None
    item_bytes = _item_bytes(code) if code is not None else None
    if lengths is None or code is None or item_bytes is None or min(lengths, default=0) < 0:
        raise Stopped("an array of joblib follows whose length can't be told")
    if alignment is not None and int_of(alignment):
        position += 1 + payloads.cut(position, position + 1)[0] if position < payloads.size else 1
    size_bytes = math.prod(lengths) * item_bytes
    if position + size_bytes > payloads.size:
        missing = f"needs {size_bytes:,} bytes, has {max(payloads.size - position, 0):,}"
        raise Stopped(f"an array of joblib {missing}: the end is missing")
    node.kind, node.type = "array", (made and global_of(made)) or "numpy.ndarray"
    node.note, node.value = shape_text(code, lengths), Array(code, lengths, position, size_bytes)
    node.hidden = 0
    node.children.clear()
    return position + size_bytes


def _item_bytes(code: str) -> int | None:
    if code == "bool":
        return 1
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    return int(found[2]) * (4 if found[1] == "U" else 1)
