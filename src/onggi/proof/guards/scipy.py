"""Guards of scipy.sparse and of the nearest-neighbour trees of scipy.spatial.

The C code of sparse matrices multiplies, converts and slices without bounds checks, by the indices of the state. Each
format is verified in full here; the flags that say that indices are sorted are dropped, and scipy looks for itself.
"""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, exact_list, fields, settled, split_state
from onggi.proof.rules import Unsafe

__all__ = ["neighbour_tree", "neighbour_tree_state", "rigid_transform", "rotation_state", "sparse_new", "sparse_state"]

_INT64: Final = 2**63 - 1
_MAX_DIMENSIONS: Final = 64
_VALUES: Final = "biufc"

_COMMON: Final = {"_shape", "maxprint", "format", "_index_dtype"}
_FLAGS: Final = {
    "has_sorted_indices", "has_canonical_format", "_has_sorted_indices", "_has_canonical_format", "_cached_nnz",
}  # fmt: skip
_FIELDS: Final[dict[str, set[str]]] = {
    "csr": {"data", "indices", "indptr"},
    "csc": {"data", "indices", "indptr"},
    "bsr": {"data", "indices", "indptr", "blocksize"},
    "coo": {"data", "coords", "row", "col"},
    "dia": {"data", "offsets"},
    "lil": {"data", "rows", "dtype"},
    "dok": {"_dict", "dtype"},
}


def sparse_new(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make an empty sparse matrix (NEW)."""
    demand(not args and not kwargs, f"{cls.__name__} is pickled without arguments")
    return cls.__new__(cls)


def sparse_state(matrix: Any, state: object) -> None:
    """Fill a sparse matrix or array, once, with indices that lie within its shape (STATE)."""
    owner = type(matrix).__name__
    kind = owner[:3]
    demand(not vars(matrix), f"a {owner} gets its state twice")
    given = fields(state, _COMMON | _FLAGS | _FIELDS[kind], owner, ("_shape",))
    clean = {"_shape": _shape(given["_shape"]), **_CHECKS[kind](given, _shape(given["_shape"]), matrix)}
    depth = given.get("maxprint")
    clean["maxprint"] = depth if type(depth) is int and 0 < depth <= 10_000 else 50
    vars(matrix).update(clean)


def _shape(shape: object) -> tuple[int, ...]:
    sizes = exact_list(shape, "the shape")
    demand(0 < len(sizes) <= _MAX_DIMENSIONS, "a sparse array has one dimension or more")
    return tuple(bounded_integer(_plain(size), 0, _INT64, "a size") for size in sizes)


def _plain(number: Any) -> Any:
    import numpy as np

    return int(number) if isinstance(number, np.integer) else number


def _rows_and_columns(shape: tuple[int, ...]) -> tuple[int, int]:
    demand(len(shape) <= 2, "this format has at most two dimensions")
    return (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])


def _pointers(given: dict[str, Any], lines: int, width: int, entries: int) -> tuple[Any, Any]:
    """Return indices and line pointers if every line lies within the entries and every index within the width."""
    indices = settled(given.get("indices"), "i", "the indices", dimensions=1)
    pointers = settled(given.get("indptr"), "i", "the pointers", dimensions=1)
    demand(
        indices.dtype == pointers.dtype and indices.dtype.itemsize in (4, 8), "the indices are 32 or 64-bit integers"
    )
    demand(pointers.size == lines + 1 and pointers[0] == 0, "there must be a pointer for each line")
    demand((pointers[1:] >= pointers[:-1]).all(), "the pointers must not fall")
    demand(int(pointers[-1]) <= indices.size == entries, "the pointers go past the entries")
    _check_places(indices, width)
    demand(lines < 2 ** (8 * pointers.dtype.itemsize - 1), "the shape is too large")
    return indices, pointers


def _check_places(places: Any, size: int) -> None:
    """Refuse places outside 0 to size, and sizes that the C type of the places cannot hold."""
    demand(places.dtype.itemsize in (4, 8) and size < 2 ** (8 * places.dtype.itemsize - 1), "the shape is too large")
    demand(not places.size or (places.min() >= 0 and places.max() < size), "an index lies outside the shape")


def _compressed(given: dict[str, Any], shape: tuple[int, ...], matrix: Any) -> dict[str, Any]:
    data = settled(given.get("data"), _VALUES, "the values", dimensions=1)
    rows, columns = _rows_and_columns(shape)
    lines, width = (columns, rows) if type(matrix).__name__.startswith("csc") else (rows, columns)
    indices, pointers = _pointers(given, lines, width, data.size)
    return {"data": data, "indices": indices, "indptr": pointers}


def _blocks(given: dict[str, Any], shape: tuple[int, ...], _: Any) -> dict[str, Any]:
    data = settled(given.get("data"), _VALUES, "the values", dimensions=3)
    (rows, columns), (_, height, width) = _rows_and_columns(shape), data.shape
    demand(height > 0 and width > 0, "a block has rows and columns")
    demand(rows % height == 0 and columns % width == 0, "the blocks do not fit the shape")
    indices, pointers = _pointers(given, rows // height, columns // width, len(data))
    return {"data": data, "indices": indices, "indptr": pointers}


def _coordinates(given: dict[str, Any], shape: tuple[int, ...], _: Any) -> dict[str, Any]:
    data = settled(given.get("data"), _VALUES, "the values", dimensions=1)
    places = exact_list(
        given["coords"] if "coords" in given else (given.get("row"), given.get("col")), "the coordinates"
    )
    demand(len(places) == len(shape), "there must be a coordinate for each dimension")
    checked = tuple(settled(place, "i", "a coordinate", dimensions=1) for place in places)
    demand(len({place.dtype for place in checked}) == 1, "the coordinates must have one dtype")
    for place, size in zip(checked, shape, strict=True):
        demand(len(place) == len(data), "there must be a coordinate for each value")
        _check_places(place, size)
    return {"data": data, "coords": checked, "has_canonical_format": False}


def _diagonals(given: dict[str, Any], shape: tuple[int, ...], _: Any) -> dict[str, Any]:
    data = settled(given.get("data"), _VALUES, "the values", dimensions=2)
    offsets = settled(given.get("offsets"), "i", "the offsets", dimensions=1)
    rows, columns = _rows_and_columns(shape)
    demand(offsets.dtype.itemsize in (4, 8) and len(offsets) == len(data), "there must be an offset for each diagonal")
    if offsets.size:
        import numpy as np

        inside = offsets.min() >= -max(rows, columns) and offsets.max() <= max(rows, columns)
        demand(inside and len(np.unique(offsets)) == len(offsets), "an offset lies outside the shape or comes twice")
    demand(max(rows, columns) + data.shape[1] < 2 ** (8 * offsets.dtype.itemsize - 1), "the shape is too large")
    return {"data": data, "offsets": offsets}


def _lists(given: dict[str, Any], shape: tuple[int, ...], _: Any) -> dict[str, Any]:
    import numpy as np

    rows, columns = _rows_and_columns(shape)
    places, values = (settled(given.get(name), "O", "the rows", dimensions=1) for name in ("rows", "data"))
    demand(len(places) == len(values) == rows, "there must be a list for each row")
    clean_places, clean_values = np.empty(rows, object), np.empty(rows, object)
    for at, (place, value) in enumerate(zip(places, values, strict=True)):
        clean_places[at] = [
            bounded_integer(_plain(number), 0, columns - 1, "a column") for number in exact_list(place, "a row")
        ]
        clean_values[at] = exact_list(value, "a row")
        demand(len(clean_places[at]) == len(clean_values[at]), "a row has other columns than values")
        demand(all(map(_is_number, clean_values[at])), "a sparse matrix holds numbers")
    return {"rows": clean_places, "data": clean_values, "dtype": _dtype(given.get("dtype"))}


def _is_number(value: object) -> bool:
    import numpy as np

    return isinstance(value, (bool, int, float, complex, np.number, np.bool))


def _dtype(dtype: object) -> Any:
    import numpy as np

    if not isinstance(dtype, np.dtype) or dtype.kind not in _VALUES:
        raise Unsafe("the dtype of a sparse matrix must be one of numbers")
    return dtype


def _keys(given: dict[str, Any], shape: tuple[int, ...], matrix: Any) -> dict[str, Any]:
    """Check the dict of a DOK matrix; before scipy 1.10 the matrix itself was that dict."""
    content = given.get("_dict")
    content = dict(dict.items(matrix)) if content is None else content
    demand(type(content) is dict, "the items of a DOK matrix must be a dict")
    for key, value in content.items():
        places = key if type(key) is tuple else (key,)
        demand(len(places) == len(shape) and _is_number(value), "an item of a DOK matrix must be a number at a place")
        for place, size in zip(places, shape, strict=True):
            bounded_integer(_plain(place), 0, size - 1, "a place")
    dict.clear(matrix)
    return {"_dict": dict(content), "dtype": _dtype(given.get("dtype"))}


_CHECKS: Final = {
    "csr": _compressed,
    "csc": _compressed,
    "bsr": _blocks,
    "coo": _coordinates,
    "dia": _diagonals,
    "lil": _lists,
    "dok": _keys,
}


# ------------------------------------------------------------------------------------------------------------- spatial


def neighbour_tree(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make a KDTree of one point, until its state comes: without any, C code dereferences a null pointer (NEW)."""
    import numpy as np

    demand(not args and not kwargs, f"{cls.__name__} is pickled without arguments")
    return cls(np.zeros((1, 1)))


def neighbour_tree_state(tree: Any, state: Any) -> None:
    """Build a KDTree anew from its points; the nodes of the state are raw structs (STATE)."""
    given, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    demand(type(given) is tuple and len(given) >= 9 and not slots, "a KDTree is pickled as a tuple")
    points = settled(given[1], "f", "the points", dimensions=2)
    demand(points.dtype.itemsize == 8 and points.shape[1] > 0, "the points are 64-bit numbers")
    leaf = bounded_integer(_plain(given[4]), 1, _INT64, "the size of a leaf")
    box = given[8]
    if box is not None:
        box = settled(box, "f", "the box", dimensions=1)
        demand(box.shape == points.shape[1:], "the box has a size for each dimension")
    tree.__init__(points, leafsize=leaf, boxsize=box)


def rotation_state(target: Any, state: Any) -> None:
    """Fill a Rotation with quaternions (STATE)."""
    parts = state if type(state) is tuple and len(state) == 2 else (state, False)
    quaternions = settled(parts[0], "f", "the quaternions")
    demand(quaternions.dtype.itemsize == 8 and quaternions.ndim >= 1, "quaternions are 64-bit numbers")
    demand(quaternions.shape[-1] == 4 and type(parts[1]) is bool, "a quaternion has four parts")
    demand(parts[1] is False or quaternions.shape in ((1, 4), (4,)), "a single rotation has one quaternion")
    target.__setstate__((quaternions, parts[1]))


def rigid_transform(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a RigidTransform of matrices, which scipy verifies (`RigidTransform.from_matrix`, CALL)."""
    demand(len(args) == 1, "a RigidTransform is pickled as its matrix")
    matrix = settled(args[0], "f", "the matrix")
    demand(matrix.ndim >= 2 and matrix.shape[-2:] == (4, 4), "the matrix is four by four")
    return function(matrix)


def plain_state(target: Any, state: object) -> None:
    """Fill an object of Python code only, attributes and slots (STATE)."""
    from onggi.proof.guards.exact import screen

    attributes, slots = split_state(state, type(target).__name__)
    screen([*attributes, *slots], type(target).__name__)
    known = {name for cls in type(target).__mro__ for name in getattr(cls, "__slots__", ())}
    demand(known.issuperset(slots), f"{type(target).__name__} has no such slot")
    if attributes:
        vars(target).update(attributes)
    for name, value in slots.items():
        object.__setattr__(target, name, value)
