"""Guards of numpy's arrays and scalars: C code that takes shapes, dtypes and bytes from a pickle as they come.

An array reads its memory as its dtype says. So the bytes must be as many as shape and dtype need, objects only come
from a list, and the dtype is one that cannot change any more (`numpy_dtypes.own`): a pickle that keeps a reference to
the dtype could give it another state later, and reinterpret the memory behind the guard's back. An array gets its state
once, while it is still empty, because views of what it held before would point to freed memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onggi.proof.guards.budget import allocate, charge
from onggi.proof.guards.numpy_dtypes import own
from onggi.proof.guards.shapes import (
    BOOL,
    NONE,
    SCALAR,
    STR,
    between,
    call,
    exactly,
    instance_of,
    kind_of,
    name_of,
    refuse,
    require,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "array_state",
    "axis_error",
    "from_buffer",
    "is_filled",
    "masked",
    "plain_scalar",
    "polynomial",
    "reconstruct",
    "require_shape",
    "require_text",
    "scalar",
    "ufunc",
]

_MAX_DIMENSIONS: Final = 64
_MAX_EMPTY: Final = 2**40
"""Elements of an array that has none, because one side is 0, but whose other sides are multiplied in C all the same."""
_MAX_WEIGHTLESS: Final = 1_000_000
"""Elements of an array whose items take no bytes: nothing in the pickle pays for them."""
_KEPT_BY_NUMPY: Final = 500
_MAX_CODE_POINT: Final = 0x10FFFF
_BUFFERS: Final = exactly("bytes or a buffer", bytes, bytearray, memoryview)


def require_shape(shape: Any, itemsize: int) -> int:
    """Refuse what is no shape; return the number of elements.

    Raises:
        Unsafe: It is no tuple of sizes, or the sizes multiply to more than C's integers hold.
    """
    if type(shape) is not tuple or len(shape) > _MAX_DIMENSIONS:
        refuse(f"the shape of an array must be a tuple of at most {_MAX_DIMENSIONS} sizes, not {kind_of(shape)}")
    elements, without_empty = 1, 1
    for side in shape:
        if type(side) is not int or side < 0:
            refuse(f"a side of an array must be a size, not {kind_of(side)}")
        elements *= side
        without_empty *= side or 1
    if elements == 0 and without_empty > _MAX_EMPTY:
        refuse("an empty array has sides that no honest array has")
    if itemsize == 0 and elements > _MAX_WEIGHTLESS:
        refuse(f"{elements:,} elements that take no bytes")
    return elements


def _raw_bytes(raw: Any, length: int) -> bytes:
    """Return the content of an array; Python 2 wrote it as text."""
    if type(raw) is str:
        try:
            raw = raw.encode("latin-1")
        except UnicodeEncodeError:
            refuse("the content of an array is text that is no Latin-1")
    if not _BUFFERS.fits(raw):
        refuse(f"the content of an array must be {_BUFFERS.words}, not {kind_of(raw)}")
    size = len(raw) if type(raw) is bytes else memoryview(raw).nbytes
    if size != length:
        refuse(f"an array of {length:,} bytes is given {size:,}")
    if size > _KEPT_BY_NUMPY:
        # Of longer ones numpy takes no copy but writes into them: whoever else holds the bytes would see them change.
        allocate(size)
        return bytes(memoryview(raw))
    return raw if type(raw) is bytes else bytes(raw)


def require_text(array: Any) -> None:
    """Refuse code points that no string can hold: CPython makes a string of them that breaks its own rules."""
    import numpy as np

    if array.dtype.names is not None:
        for name in array.dtype.names:
            require_text(array[name])
    elif array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        charge(array.nbytes)
        allocate(0 if array.flags.c_contiguous else array.nbytes)
        _require_points(np.ascontiguousarray(array).reshape(-1).view(_points(array.dtype)))


def _points(dtype: Any) -> Any:
    """Return the dtype of the code points in an array of text."""
    import numpy as np

    return np.dtype("u4").newbyteorder(dtype.byteorder)


def _require_points(points: Any) -> None:
    if int(points.max()) > _MAX_CODE_POINT:
        refuse("a text of numpy's holds what is no character")


def _content(dtype: Any, shape: Any, raw: Any) -> Any:
    """Check dtype, shape and content of an array against each other; return the content."""
    if dtype.subdtype is not None:
        refuse("an array's dtype must not itself be an array")
    elements = require_shape(shape, dtype.itemsize)
    if not dtype.hasobject:
        return _raw_bytes(raw, elements * dtype.itemsize)
    if type(raw) is not list or len(raw) != elements:
        refuse(f"an array of {elements:,} objects must be given a list of as many, not {kind_of(raw)}")
    # Some other part of the pickle may hold the list too; numpy reads it without looking at its length.
    raw = list(raw)
    allocate(16 * elements)
    charge(50 * elements)
    _require_filled(raw)
    _require_rows(dtype, raw)
    return raw


def _require_filled(items: list[Any]) -> None:
    """Refuse arrays inside of themselves: numpy compares and adds what they hold, down to the end of the C stack."""
    import numpy as np

    arrays = tuple(kind for kind in set(map(type, items)) if issubclass(kind, np.ndarray))
    if arrays and not all(is_filled(item) for item in items if isinstance(item, arrays)):
        refuse("an array holds an array that has no content yet, such as itself")


_FIELD_VALUES: Final = SCALAR | instance_of("datetime", "date", "datetime", "timedelta")


def _require_rows(dtype: Any, rows: list[Any]) -> None:
    """Refuse what numpy would turn into bytes or numbers by asking it for its text, which can take for ever."""
    if dtype.kind == "T":
        missing = getattr(dtype, "na_object", "")
        if not all(type(row) is str or row is missing for row in rows):
            refuse("an array of strings is given something else")
    for row in rows if dtype.names is not None else ():
        _require_row(dtype, row)


def _require_row(dtype: Any, row: Any) -> None:
    import numpy as np

    if type(row) is not tuple or len(row) != len(dtype.names):
        refuse("a record must be given a tuple of as many values as it has fields")
    for name, value in zip(dtype.names, row, strict=True):
        field = dtype.fields[name][0]
        if field.names is not None:
            _require_row(field, value)
        elif field.subdtype is not None:
            if type(value) is not np.ndarray or value.dtype != field.base or value.shape != field.shape:
                refuse(f"the field {name!r:.80} of a record must be given an array like itself")
        elif field.kind != "O" and not isinstance(value, np.generic):
            require(_FIELD_VALUES, value, f"the field {name!r:.80} of a record")


def _checked_state(given: Any) -> tuple[Any, ...]:
    """Return the state of an array with its own dtype, as numpy writes it: version, shape, dtype, order, content."""
    if type(given) is tuple and len(given) == 4:
        given = (0, *given)
    if type(given) is not tuple or len(given) != 5 or given[0] not in (0, 1) or type(given[0]) is not int:
        refuse("the state of an array must be version, shape, dtype, order and content")
    version, shape, dtype, is_fortran, raw = given
    require(BOOL | between(0, 1), is_fortran, "the order of an array")
    dtype = own(dtype)
    return version, shape, dtype, bool(is_fortran), _content(dtype, shape, raw)


def _is_known(cls: type) -> bool:
    from onggi.proof.tables import lookup

    return lookup(cls.__module__, cls.__qualname__)[2] is not None


def reconstruct(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make an empty array, to be filled by its state; `numpy._core.multiarray._reconstruct(cls, (0,), b"b")`."""
    import numpy as np

    if len(args) != 3 or not isinstance(args[0], type) or not issubclass(args[0], np.ndarray):
        refuse("numpy's _reconstruct must be given a class of arrays, a shape and a type code")
    cls, shape, code = args
    if type(shape) is not tuple or shape != (0,) or type(code) not in (str, bytes) or code not in ("b", b"b"):
        refuse("numpy's _reconstruct must make an empty array of bytes")
    if issubclass(cls, (np.memmap, np.ma.MaskedArray)) and _is_known(cls):
        refuse(f"{name_of(cls)} is not made in this way")
    return _unfilled(function(cls, (0,), b"b"))


def _unfilled(array: Any) -> Any:
    """Mark an array as one that has no state yet: it is empty and read-only."""
    array.flags.writeable = False
    return array


def is_filled(array: Any) -> bool:
    """Say whether an array has its state; if not, the pickle can still give it any content."""
    return bool(array.size or array.flags.writeable)


def array_state(obj: Any, given: Any) -> None:
    """Fill an array that is still empty."""
    import numpy as np

    if not isinstance(obj, np.ndarray) or is_filled(obj):
        refuse(f"{kind_of(obj)} is no empty array that could be filled")
    try:
        _fill(obj, given)
    except SystemError:
        refuse("an array of records is given values that do not fit its fields")
    require_text(np.asarray(obj))


def _fill(obj: Any, given: Any) -> None:
    import numpy as np

    if isinstance(obj, np.ma.MaskedArray):
        _masked_state(obj, given)
    elif type(obj).__setstate__ is np.ndarray.__setstate__:
        state = _checked_state(given)
        obj.flags.writeable = True
        np.ndarray.__setstate__(obj, state)
    else:
        state = _checked_own_state(given)
        obj.flags.writeable = True
        obj.__setstate__(state)


def _checked_own_state(given: Any) -> Any:
    """Check numpy's part of the state of a class of the reader's, which has more to say than numpy."""
    if type(given) is not tuple or not given:
        refuse("the state of an array must be a tuple")
    if type(given[0]) is tuple:
        return (_checked_state(given[0]), *given[1:])
    return (*_checked_state(given[:5]), *given[5:])


def from_buffer(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make an array over a buffer (protocol 5): buffer, dtype, shape, order and, since numpy 2.3, order of the axes."""
    if not 4 <= len(args) <= 5:
        refuse("numpy's _frombuffer must be given a buffer, a dtype, a shape and an order")
    buffer, dtype, shape, order = args[:4]
    dtype = own(dtype)
    require(_BUFFERS, buffer, "the content of an array")
    if dtype.hasobject or dtype.subdtype is not None:
        refuse("an array over a buffer may not hold objects")
    elements = require_shape(shape, dtype.itemsize)
    if memoryview(buffer).nbytes != elements * dtype.itemsize:
        refuse(f"an array of {elements * dtype.itemsize:,} bytes is given {memoryview(buffer).nbytes:,}")
    if type(order) is not str or order not in ("C", "F", "A", "K") or (order == "K") != (len(args) == 5):
        refuse(f"the order of an array must be C or F, not {kind_of(order)}")
    array = (
        _reordered(function, buffer, dtype, shape, args[4]) if order == "K" else function(buffer, dtype, shape, order)
    )
    require_text(array)
    return array


def _reordered(function: Callable[..., Any], buffer: Any, dtype: Any, shape: Any, axes: Any) -> Any:
    """Make an array whose axes lie in another order in memory; older versions of numpy know no such argument."""
    if axes is None:
        return function(buffer, dtype, shape, "C")
    if (
        type(axes) is not tuple
        or not all(type(axis) is int for axis in axes)
        or sorted(axes) != list(range(len(shape)))
    ):
        refuse("the order of an array's axes must name each axis once")
    return function(buffer, dtype, shape, "C").transpose(axes)


plain_scalar = call(SCALAR, least=0)
_SIMPLE_KINDS: Final = frozenset("?biufcmMSU")


def scalar(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a scalar of its dtype and its bytes; without bytes, the original would allocate what the dtype says."""
    import numpy as np

    if len(args) != 2 or not isinstance(args[0], np.dtype):
        refuse("numpy's scalar must be given a dtype and bytes")
    dtype, raw = args
    if dtype.hasobject or dtype.subdtype is not None:
        return _object_scalar(function, dtype, raw)
    # Scalars of these kinds copy what they need of the dtype; records keep it.
    if dtype.kind not in _SIMPLE_KINDS:
        dtype = own(dtype)
    raw = _raw_bytes(raw, dtype.itemsize)
    if not dtype.itemsize:
        # The original marks the shared dtype as one byte long.
        return dtype.type() if dtype.names is None else function(own(dtype), raw)
    if dtype.kind == "U":
        _require_points(np.frombuffer(raw, _points(dtype)))
    made = function(dtype, raw)
    if dtype.names is not None:
        require_text(np.asarray(made))
    return made


def _object_scalar(function: Callable[..., Any], dtype: Any, raw: Any) -> Any:
    """Make a record with objects in it of the array of no dimensions that holds it."""
    import numpy as np

    if dtype.names is None or type(raw) is not np.ndarray or raw.shape != () or raw.dtype != dtype:
        refuse("a scalar that holds objects must be given an array of that one record")
    return raw[()]


# Masked arrays.


def masked(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make an empty masked array: `numpy.ma.core._mareconstruct(cls, ndarray, (0,), "b")`."""
    import numpy as np

    if len(args) != 4 or args[0] is not np.ma.MaskedArray or args[1] not in (np.ndarray, np.matrix):
        refuse("numpy.ma.core._mareconstruct must be given MaskedArray and ndarray")
    if type(args[2]) is not tuple or args[2] != (0,) or type(args[3]) not in (str, bytes) or args[3] not in ("b", b"b"):
        refuse("numpy.ma.core._mareconstruct must make an empty array of bytes")
    allocate(1_000)
    charge(50_000)
    return _unfilled(function(args[0], args[1], (0,), "b"))


def _masked_state(obj: Any, given: Any) -> None:
    """Fill a masked array: data as for an array, a mask of one byte for each field, and the filler."""
    import numpy as np

    if type(given) is not tuple or len(given) != 7:
        refuse("the state of a masked array must be that of an array, with mask and filler")
    state = _checked_state(given[:5])
    mask_dtype = np.ma.make_mask_descr(state[2])
    mask = _content(mask_dtype, state[1], given[5])
    if type(obj._mask) is not np.ndarray:
        refuse("the masked array has no mask that could be filled")
    obj.flags.writeable = True
    np.ma.MaskedArray.__setstate__(obj, (*state, mask, _filler(given[6], state[2])))


def _filler(value: Any, dtype: Any) -> Any:
    import numpy as np

    if SCALAR.fits(value) or isinstance(value, np.generic):
        return value
    if type(value) is not np.ndarray or value.shape != () or (value.dtype.hasobject and value.dtype != dtype):
        refuse(f"the filler of a masked array must be one value, not {kind_of(value)}")
    return value


# What else there is.

axis_error = call(SCALAR, between(0, 64) | NONE, STR | NONE, least=1)

_UFUNC_MODULES: Final = ("numpy", "numpy.core", "numpy.core.umath", "numpy.core._multiarray_umath", "numpy._core.umath")


def ufunc(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Look up one of numpy's own ufuncs (`_ufunc_reconstruct(module, name)`); the original imports any module."""
    import numpy as np

    if len(args) != 2 or not all(type(name) is str for name in args) or args[0] not in _UFUNC_MODULES:
        refuse("numpy's _ufunc_reconstruct must be given numpy and a name")
    found = getattr(np, args[1], None)
    if type(found) is not np.ufunc:
        refuse(f"numpy has no ufunc {args[1][:80]!r}")
    return found


_POLYNOMIAL_TEXTS: Final = frozenset({"symbol", "_symbol", "_variable", "variable"})


def polynomial(obj: Any, given: Any) -> None:
    """Set coefficients and domains of a polynomial: arrays of numbers, or of plain objects."""
    import numpy as np

    if type(given) is not dict:
        refuse("the state of a polynomial must be a dict")
    for name, value in given.items():
        if name in _POLYNOMIAL_TEXTS:
            require(STR | NONE, value, f"{name} of a polynomial")
        elif name in ("coef", "coeffs", "domain", "window"):
            if type(value) is not np.ndarray or value.ndim != 1:
                refuse(f"{name} of a polynomial must be an array of one dimension, not {kind_of(value)}")
        elif name != "order" or type(value) is not int:
            refuse(f"a polynomial has no attribute {name!r:.80}")
    obj.__dict__.update(given)
