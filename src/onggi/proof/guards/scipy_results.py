"""Guards of scipy's results, of Qhull's geometry, and of what scipy makes anew from a few arrays."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.exact import demand, fields, screen, settled, split_state
from onggi.proof.rules import Unsafe

__all__ = ["attributes", "delaunay_state", "histogram_state", "hull_state", "interp1d_state"]


def attributes(target: Any, state: object) -> None:
    """Fill an object, once more at most what NEW has set, with attributes that are no functions (STATE)."""
    owner = type(target)
    given, slots = split_state(state, owner.__name__)
    demand(not slots, f"{owner.__name__} has no slots")
    screen(given, owner.__name__)
    for name, item in given.items():
        replaced = callable(getattr(owner, name, None)) or name in ("_fields", "_extra_fields")
        demand(not replaced, f"the state of {owner.__name__} replaces its method {name!r:.60}")
        is_function = callable(item) and not isinstance(item, type)
        demand(not is_function or _is_array(item), f"the state of {owner.__name__} has a function {name!r:.60}")
    vars(target).update(given)


def _is_array(item: object) -> bool:
    return type(item).__module__.partition(".")[0] in ("numpy", "scipy")


# --------------------------------------------------------------------------------------------------------------- Qhull


def hull_state(target: Any, state: object) -> None:
    """Fill a hull or a diagram, whose arrays only Python code reads (STATE)."""
    owner = type(target).__name__
    given, slots = split_state(state, owner)
    demand(not slots and not vars(target), f"a {owner} gets its state twice, or slots")
    demand(given.get("_qhull") is None, f"a {owner} is pickled without Qhull")
    attributes(target, given)


_DELAUNAY: Final = frozenset(
    {
        *("_qhull", "paraboloid_scale", "paraboloid_shift", "simplices", "neighbors", "equations", "coplanar", "good"),
        *("nsimplex", "_transform", "_vertex_to_simplex", "_vertex_neighbor_vertices", "_points", "ndim", "npoints"),
        *("min_bound", "max_bound", "furthest_site", "vertices"),
    }
)
_DERIVED: Final = ("_transform", "_vertex_to_simplex", "_vertex_neighbor_vertices", "_qhull")
_DOUBLES: Final = ("_points", "equations", "min_bound", "max_bound")


def delaunay_state(target: Any, state: object) -> None:
    """Fill a triangulation if its compiled search cannot leave it (STATE)."""
    demand(not vars(target), "a Delaunay gets its state twice")
    needed = ("simplices", "neighbors", "equations", "_points", "min_bound", "max_bound")
    given = fields(state, _DELAUNAY, "Delaunay", needed)
    demand(given.get("_qhull") is None, "a Delaunay is pickled without Qhull")
    for name in _DOUBLES:
        given[name] = _contiguous(settled(given[name], "f", name), 8, name)
    corners, neighbours = (
        _contiguous(settled(given[name], "i", name, dimensions=2), 4, name) for name in ("simplices", "neighbors")
    )
    points = given["_points"]
    demand(points.ndim == 2 and points.shape[1] >= 2, "a triangulation has points of two dimensions or more")
    (count, size), simplices = points.shape, len(corners)
    demand(corners.shape == neighbours.shape == (simplices, size + 1), "a simplex has a corner for each neighbour")
    demand(given["equations"].shape == (simplices, size + 2), "a simplex has an equation")
    demand(given["min_bound"].shape == given["max_bound"].shape == (size,), "the bounds are points")
    _check_range(corners, 0, count)
    _check_range(neighbours, -1, simplices)
    for name in ("paraboloid_scale", "paraboloid_shift"):
        demand(isinstance(given.get(name), float), f"{name} of a Delaunay is a number")
    coplanar = settled(given.get("coplanar"), "i", "coplanar", dimensions=2)
    given |= {"simplices": corners, "neighbors": neighbours, "coplanar": coplanar, **dict.fromkeys(_DERIVED)}
    given |= {"nsimplex": simplices, "ndim": size, "npoints": count}
    vars(target).update(given)


def _contiguous(array: Any, size_bytes: int, name: str) -> Any:
    demand(array.dtype.itemsize == size_bytes and array.flags.c_contiguous, f"{name} has another layout")
    return array


def _check_range(places: Any, low: int, high: int) -> None:
    demand(not places.size or low <= places.min() <= places.max() < high, "a simplex has a place that does not exist")


# ----------------------------------------------------------------------------------------------------------- made anew

_KINDS: Final = frozenset(
    {"linear", "nearest", "nearest-up", "previous", "next", "zero", "slinear", "quadratic", "cubic", "spline"}
)


def interp1d_state(target: Any, state: object) -> None:
    """Make an interpolator anew from its points (STATE)."""
    attributes, slots = split_state(state, "interp1d")
    given = {**attributes, **slots}
    demand(not hasattr(target, "_y"), "an interp1d gets its state twice")
    x = settled(given.get("x"), "iuf", "x", dimensions=1)
    y = settled(given.get("y"), "iufc", "y")
    kind, axis = given.get("_kind"), given.get("axis", given.get("_y_axis", -1))
    demand(type(kind) is str and kind in _KINDS and type(axis) is int and -64 < axis < 64, "interp1d has no such kind")
    fill = given.get("_fill_value_orig")
    fill = "extrapolate" if given.get("_extrapolate") is True else fill
    _check_fill(fill)
    order = getattr(given.get("_spline"), "k", None)
    kind = order if kind == "spline" and type(order) is int and 0 <= order <= 20 else kind
    demand(kind != "spline", "interp1d has a spline of no order")
    bounds_error = given.get("bounds_error")
    known = bounds_error is None or type(bounds_error) is bool
    demand(known, "bounds_error is a bool")
    try:
        type(target).__init__(
            target, x, y, kind=kind, axis=axis, bounds_error=bounds_error, fill_value=fill, assume_sorted=True
        )
    except (ValueError, TypeError, NotImplementedError) as error:
        raise Unsafe(f"scipy makes no interp1d of this: {error}") from None


def _check_fill(fill: object) -> None:
    for item in fill if type(fill) is tuple and len(fill) == 2 else (fill,):
        import numpy as np

        is_number = isinstance(item, (int, float, complex, np.number))
        is_numbers = type(item) is np.ndarray and item.dtype.kind in "iufc"
        demand(is_number or is_numbers or (type(item) is str and item == "extrapolate"), "a fill value is a number")


def histogram_state(target: Any, state: object) -> None:
    """Make the distribution of a histogram anew (STATE)."""
    import numpy as np

    demand(not vars(target), "an rv_histogram gets its state twice")
    if type(state) is not dict:
        raise Unsafe("an rv_histogram is pickled with a dict")
    histogram: Any = state.get("_histogram")
    density, generator = state.get("_density"), state.get("_random_state")
    demand(type(histogram) in (tuple, list) and len(histogram) == 2, "a histogram is counts and edges")
    counts, edges = (settled(part, "iuf", "a histogram", dimensions=1) for part in histogram)
    demand(len(counts) + 1 == len(edges) and len(counts) > 0, "a histogram has an edge more than counts")
    demand(density is None or type(density) is bool, "density is a bool")
    type(target).__init__(target, (counts, edges), density=density)
    if isinstance(generator, (np.random.RandomState, np.random.Generator)):
        target._random_state = generator
