"""Guards of numpy's dtypes.

`dtype.__setstate__` believes everything: fields outside of the item, flags that hide an object among plain bytes, sizes
that do not fit. A pickle of 159 bytes can make its own bytes a pointer. So what it gets here is never a stranger's
state: numpy's public constructor builds the same dtype from the state's parts, checking them, and that dtype's own
state is what the new dtype is given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.guards.budget import charge
from onggi.proof.guards.shapes import BOOL, NONE, SCALAR, STR, Shape, between, kind_of, name_of, refuse, require

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["dtype", "dtype_state", "from_descr", "own", "string_dtype"]

_MAX_ITEM_BYTES: Final = 2**30
_MAX_PARTS: Final = 20_000
"""Fields of one dtype, nested ones counted each time: numpy walks through all of them again and again."""
_FIELD_COST: Final = 10_000
_MAX_DEPTH: Final = 50
_FIRST_OF_USERS: Final = 24
"""Type numbers from here on belong to dtypes that other packages have registered, or that numpy 2 has added."""

_SPEC: Final = re.compile(
    r"[<>|=]?[?bBhHiIulLqQpPefdgFDGOSUVMmac]([0-9]{0,9})(\[[0-9]{0,9}[A-Za-z]{1,7}(/[0-9]{1,9})?\])?"
)
_UNIT: Final = re.compile(r"[A-Za-zμ]{1,7}")
_ALIGNED: Final = 0x80
_FLAG: Final = BOOL | between(0, 1)


def _spec(given: Any) -> Any:
    """Return what a dtype is made of: a type code with a size, or a class of scalars."""
    import numpy as np

    if isinstance(given, type):
        if given in (bool, int, float, complex, object, str, bytes) or issubclass(given, np.generic):
            return given
        refuse(f"{name_of(given)} is no class of numpy's scalars")
    code = given.decode("latin-1") if type(given) is bytes else given
    match = _SPEC.fullmatch(code) if type(code) is str else None
    if match is None:
        refuse(f"numpy.dtype must be given a type code or a class, not {given!r:.60}" if code else "an empty type code")
    if int(match[1] or 0) > _MAX_ITEM_BYTES:
        refuse(f"a dtype of {int(match[1]):,} bytes an item")
    return code.replace("a", "S") if code[-1:] != "]" else code


def dtype(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a dtype: type code or class, aligned?, copy? Always a copy, so that a state cannot change numpy's own."""
    if not 1 <= len(args) <= 3:
        refuse(f"numpy.dtype is called with {len(args)} arguments")
    for flag in args[1:]:
        require(_FLAG, flag, "a flag of numpy.dtype")
    return function(_spec(args[0]), bool(args[1]) if len(args) > 1 else False, True)


def _count(found: Any, budget: int, depth: int = 0) -> int:
    """Return what is left of a budget after all fields of a dtype."""
    budget -= 1
    charge(_FIELD_COST)
    if budget < 0 or depth > _MAX_DEPTH:
        refuse(f"a dtype has more than {_MAX_PARTS:,} fields, or is nested too deeply")
    if found.subdtype is not None:
        return _count(found.subdtype[0], budget, depth + 1)
    for name in found.names or ():
        budget = _count(found.fields[name][0], budget, depth + 1)
    return budget


def own(given: Any) -> Any:
    """Return a dtype that no later opcode of the pickle can change.

    A dtype that has fields or a shape has had its state (`dtype_state`), and its parts are in nobody else's hands; the
    others are made again.

    Raises:
        Unsafe: It is no dtype.
    """
    import numpy as np

    if not isinstance(given, np.dtype):
        refuse(f"{kind_of(given)} stands where a numpy.dtype is needed")
    if given.names is not None or given.subdtype is not None:
        return given
    if given.num >= _FIRST_OF_USERS:
        return _copy_new_style(given)
    made = np.dtype(given.str)
    if given.type is not made.type:
        made = np.dtype((given.type, made))
    return np.dtype(made, metadata=dict(given.metadata)) if given.metadata else made


def _copy_new_style(given: Any) -> Any:
    """Copy numpy 2's dtype of strings, which owns the memory of its array; others have no state that could change."""
    import numpy as np

    if type(given) is not getattr(np.dtypes, "StringDType", None):
        return given
    filler = {"na_object": given.na_object} if hasattr(given, "na_object") else {}
    return type(given)(coerce=given.coerce, **filler)


def _struct(names: Any, fields: list[Any], itemsize: int, aligned: bool) -> Any:
    """Build a structured dtype; numpy checks that fields lie inside, and that objects overlap nothing."""
    import numpy as np

    parts = {
        "names": list(names),
        "formats": [own(field[0]) for field in fields],
        "offsets": [field[1] for field in fields],
        "itemsize": itemsize,
    }
    if any(len(field) > 2 for field in fields):
        parts["titles"] = [field[2] if len(field) > 2 else None for field in fields]
    try:
        return np.dtype(parts, align=aligned)  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        refuse(f"a dtype whose fields do not fit: {error}")


_SIZE: Final = between(0, _MAX_ITEM_BYTES)


def _require_fields(names: Any, fields: Any, length: int) -> list[tuple[Any, ...]]:
    """Check names and fields of a state; return the fields in the order of the names."""
    import numpy as np

    if type(names) is not tuple or type(fields) is not dict or len(set(names)) != len(names) or len(names) > _MAX_PARTS:
        refuse("the state of a dtype must name each field once")
    found, budget = [], _MAX_PARTS
    for name in names:
        require(STR, name, "the name of a field")
        field = fields.get(name)
        if type(field) is not tuple or len(field) not in (2, 3) or not isinstance(field[0], np.dtype):
            refuse(f"a field of a dtype must be a dtype and an offset, not {kind_of(field)}")
        require(_SIZE, field[1], "the offset of a field")
        require(STR | NONE, field[2] if len(field) > 2 else None, "the title of a field")
        if field[1] + field[0].itemsize > length:
            refuse(f"a field ends at byte {field[1] + field[0].itemsize:,} of an item of {length:,}")
        budget = _count(field[0], budget)
        found.append(field)
    return found


def _from_parts(obj: Any, given: tuple[Any, ...], aligned: bool) -> Any:
    """Build the dtype that a state describes."""
    import numpy as np

    endian, subarray, names, fields, itemsize = given[1:6]
    if names is not None or fields is not None:
        if obj.kind != "V":
            refuse(f"a dtype of {obj.kind} has fields")
        require(_SIZE, itemsize, "the size of a dtype")
        return _struct(names, _require_fields(names, fields, itemsize), itemsize, aligned)
    if subarray is not None:
        return _subarray(subarray)
    return np.dtype(obj.str).newbyteorder(endian)


def _subarray(given: Any) -> Any:
    import numpy as np

    if type(given) is not tuple or len(given) != 2 or not isinstance(given[0], np.dtype):
        refuse("a dtype of arrays must be a dtype and a shape")
    base, shape = given
    shape = shape if type(shape) is tuple else (shape,)
    if not shape or len(shape) > 32 or not all(map(_SIZE.fits, shape)):
        refuse("a dtype of arrays must have a shape of sizes")
    size = base.itemsize
    for side in shape:
        size *= side
    if size > _MAX_ITEM_BYTES:
        refuse(f"a dtype of {size:,} bytes an item")
    _count(base, _MAX_PARTS)
    return np.dtype((own(base), shape))


_ENDIAN: Final = Shape("a byte order", lambda value: type(value) is str and value in ("<", ">", "|", "="))


def dtype_state(obj: Any, given: Any) -> None:
    """Give a new dtype its byte order, fields, shape, unit and metadata."""
    import numpy as np

    if not isinstance(obj, np.dtype) or obj.names is not None or obj.subdtype is not None:
        refuse(f"{kind_of(obj)} is no new dtype that could be given a state")
    if type(given) is not tuple or len(given) not in (7, 8, 9) or not between(2, 4).fits(given[0]):
        refuse("the state of a dtype is not one that numpy writes")
    endian = given[1].decode("latin-1") if type(given[1]) is bytes else given[1]
    require(_ENDIAN, endian, "the byte order of a dtype")
    if obj.num >= _FIRST_OF_USERS:
        return
    given = (given[0], endian, *given[2:])
    flags = given[7] if len(given) > 7 and type(given[7]) is int else 0
    made = _with_metadata(_from_parts(obj, given, bool(flags & _ALIGNED)), given)
    made = np.dtype((obj.type, made)) if obj.type is not made.type and made.names is not None else made
    # A dtype that is made of a class has no size before it has its state.
    size = made.itemsize if obj.type is not np.void and made.names is not None else obj.itemsize
    if (made.num, made.itemsize, made.type) != (obj.num, size, obj.type):
        refuse("the state of a dtype describes another type than the dtype was made for")
    setter: Any = obj
    setter.__setstate__(made.__reduce__()[2])


def _with_metadata(made: Any, given: tuple[Any, ...]) -> Any:
    import numpy as np

    metadata = given[8] if len(given) > 8 else None
    if made.kind in "mM" and metadata is not None:
        if type(metadata) is not tuple or len(metadata) != 2:
            refuse("the unit of a dtype of times is missing")
        metadata, unit = metadata
        made = np.dtype(f"{made.str[:3]}{_unit(unit)}")
    if metadata is None or metadata == {}:
        return made
    if type(metadata) is not dict or not all(type(key) is str for key in metadata):
        refuse(f"the metadata of a dtype must be a dict, not {kind_of(metadata)}")
    return np.dtype(made, metadata=dict(metadata))


def _unit(given: Any) -> str:
    """Return the unit of a dtype of times as text: `"[15m]"`."""
    if type(given) is not tuple or len(given) not in (3, 4, 5):
        refuse("the unit of a dtype of times must be a name and numbers")
    name = given[0].decode("utf-8", "replace") if type(given[0]) is bytes else given[0]
    if type(name) is not str or not _UNIT.fullmatch(name) or not all(map(between(1, 2**31 - 1).fits, given[1:3])):
        refuse("the unit of a dtype of times must be a name and numbers")
    if name == "generic":
        return ""
    return f"[{given[1]}{name}]" if given[2] == 1 else f"[{given[1]}{name}/{given[2]}]"


def string_dtype(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make numpy 2's dtype of strings: whether to convert, and the object that stands for a missing value."""
    import sys

    if not 1 <= len(args) <= 2:
        refuse("numpy's dtype of strings must be given a flag and a filler")
    require(_FLAG, args[0], "a flag of numpy's dtype of strings")
    missing = getattr(sys.modules.get("pandas"), "NA", None)
    if len(args) == 2 and args[1] is not missing:
        require(SCALAR, args[1], "the filler of numpy's dtype of strings")
    return function(bool(args[0]), *args[1:])


def from_descr(descr: Any) -> Any:
    """Make the dtype that the header of a `.npy` file describes (`numpy.lib.format.descr_to_dtype`).

    Raises:
        Unsafe: It is none that numpy writes.
    """
    import numpy as np

    _check_descr(descr, [_MAX_PARTS], 0)
    try:
        return np.lib.format.descr_to_dtype(descr)
    except (TypeError, ValueError) as error:
        refuse(f"a dtype that numpy does not take: {error}")


def _check_descr(descr: Any, left: list[int], depth: int) -> None:
    left[0] -= 1
    if left[0] < 0 or depth > _MAX_DEPTH:
        refuse(f"a dtype has more than {_MAX_PARTS:,} fields, or is nested too deeply")
    if type(descr) is str:
        _spec(descr)
    elif type(descr) is tuple and descr:
        _check_descr(descr[0], left, depth + 1)
    elif type(descr) is list:
        for part in descr:
            if type(part) is not tuple or len(part) not in (2, 3):
                refuse("a field must have a name and a dtype")
            _check_descr(part[1], left, depth + 1)
    else:
        refuse(f"a dtype can't be {kind_of(descr)}")
