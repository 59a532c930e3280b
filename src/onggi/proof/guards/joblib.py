"""Guards of what joblib writes in place of arrays.

`onggi.format.joblib` has cut the arrays out of the file. So the object in place of an array gets two states: what
describes the array, and then the array itself: its bytes, or, where it holds objects, the array that these were pickled
as. The second takes the place of the object.
"""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards import unfinished
from onggi.proof.guards.budget import allocate
from onggi.proof.guards.numpy import array_state, reconstruct, require_shape, require_text
from onggi.proof.guards.numpy_dtypes import own
from onggi.proof.guards.shapes import kind_of, refuse

__all__ = ["ArrayWrapper", "FileWrapper", "new_wrapper", "raw_array", "wrapper_state"]

_SMALL_BYTES: Final = 16 * 1024
"""Smaller arrays are copied, so that they do not keep a whole file in memory."""

_KEYS: Final = {"subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"}
_BUFFERS: Final = (bytes, bytearray, memoryview)


class ArrayWrapper:
    """Stands in place of an array whose bytes follow: joblib's NumpyArrayWrapper, of 0.10 and newer."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state: dict[str, Any] | None = None


class FileWrapper(ArrayWrapper):
    """Stands in place of an array in a file of its own: NDArrayWrapper and ZNDArrayWrapper, before 0.10."""

    __slots__ = ()


def new_wrapper(cls: type[ArrayWrapper], args: tuple[Any, ...], kwargs: dict[str, Any]) -> ArrayWrapper:
    """Make what stands in place of an array; it must get one before the load ends."""
    if args or kwargs:
        refuse("what stands for an array of joblib is made without arguments")
    made = cls()
    unfinished.made(made, "what stands for an array of joblib")
    return made


def wrapper_state(obj: Any, given: Any) -> Any:
    """Take the description of an array, and then the array; return the array."""
    if not isinstance(obj, ArrayWrapper):
        refuse(f"{kind_of(obj)} is not what stands for an array of joblib")
    if obj.state is None:
        if type(given) is not dict:
            refuse("an array of joblib must be described by a dict")
        obj.state = given
        return None
    unfinished.filled(obj)
    return _file_array(obj.state, given) if type(obj) is FileWrapper else _array(obj.state, given)


def _array(state: dict[str, Any], given: Any) -> Any:
    import numpy as np

    if not {"shape", "order", "dtype"} <= set(state) <= _KEYS:
        refuse("an array of joblib is described by other words than joblib's")
    dtype, shape, order = own(state["dtype"]), state["shape"], state["order"]
    if type(order) is not str or order not in ("C", "F"):
        refuse("the order of an array of joblib must be C or F")
    if dtype.hasobject:
        if type(given) is not np.ndarray or not given.dtype.hasobject:
            refuse("an array of objects was pickled as something else")
        return given
    return _of_class(_native(raw_array(given, dtype, shape, order)), state.get("subclass"))


def raw_array(raw: Any, dtype: Any, shape: Any, order: str) -> Any:
    """Make an array over its bytes; a copy if it is small, or if its items do not lie as C wants them.

    Args:
        raw: The bytes.
        dtype: A dtype in nobody else's hands (`numpy_dtypes.own`).
        shape: The shape.
        order: `"C"` or `"F"`.

    Raises:
        Unsafe: They do not fit each other.
    """
    import numpy as np

    if type(raw) not in _BUFFERS or dtype.subdtype is not None or dtype.hasobject:
        refuse(f"an array of joblib is given {kind_of(raw)}")
    size = require_shape(shape, dtype.itemsize) * dtype.itemsize
    if memoryview(raw).nbytes != size:
        refuse(f"an array of {size:,} bytes is given {memoryview(raw).nbytes:,}")
    if not size:
        return np.empty(shape, dtype, _order(order))
    array: Any = np.ndarray(shape, dtype, buffer=raw, order=_order(order))
    require_text(array)
    if size < _SMALL_BYTES or not array.flags.aligned:
        allocate(size)
        return array.copy(order="K")
    return array


def _order(order: str) -> Any:
    return order


def _native(array: Any) -> Any:
    """Turn numbers of the other byte order, as joblib.load does."""
    fields = array.dtype.fields
    orders = {part[0].byteorder for part in fields.values()} if fields else {array.dtype.byteorder}
    other = ">" if _is_little() else "<"
    if orders == {other}:
        allocate(array.nbytes)
        return array.byteswap().view(array.dtype.newbyteorder("="))
    return array


def _is_little() -> bool:
    import sys

    return sys.byteorder == "little"


def _of_class(array: Any, cls: Any) -> Any:
    """Make a matrix of what was one; as joblib itself, which can't any more with numpy 2."""
    import numpy as np

    if cls is np.matrix and hasattr(np.ndarray, "__array_prepare__") and array.ndim == 2:
        return array.view(np.matrix)
    return array


def _file_array(state: dict[str, Any], given: Any) -> Any:
    """Take an array that stood in a file of its own, or fill one with the bytes that did."""
    import numpy as np

    if type(given) is np.ndarray:
        return _of_class(_native(given), state.get("subclass"))
    init, parts = state.get("init_args"), state.get("state")
    if type(init) is not tuple or type(parts) is not tuple or type(given) not in _BUFFERS:
        refuse(f"an array of joblib in a file of its own is given {kind_of(given)}")
    array = reconstruct(_new_array, init)
    array_state(array, (*parts, bytes(given)))
    return array


def _new_array(cls: Any, shape: tuple[int, ...], code: Any) -> Any:
    import numpy as np

    made: Any = np.ndarray.__new__(cls, shape, "b")
    return made
