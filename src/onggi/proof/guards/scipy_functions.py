"""Guards of scipy.interpolate and scipy.stats: each object is made anew from its numbers by scipy's own constructor."""

from __future__ import annotations

import math
from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, exact_list, fields, settled, split_state

__all__ = [
    "bspline_state",
    "distribution_state",
    "frozen_state",
    "grid_state",
    "kde_state",
    "nd_bspline_state",
    "ppoly_state",
    "rbf_state",
    "vectorize_state",
]

_MAX_DEGREE: Final = 1_000
_NUMBERS: Final = "biufc"


def _merged(state: object, owner: str, allowed: set[str]) -> dict[str, Any]:
    """Return attributes and slots in one dict, without leading underscores, which came and went."""
    attributes, slots = split_state(state, owner)
    merged = {str(name).removeprefix("_"): value for name, value in {**attributes, **slots}.items()}
    return fields(merged, allowed, owner)


def _adopt(target: Any, made: Any) -> None:
    """Give the target all that the newly made object holds."""
    names = [name for cls in type(made).__mro__ for name in getattr(cls, "__slots__", ())]
    for name in names:
        if name not in ("__dict__", "__weakref__") and hasattr(made, name):
            object.__setattr__(target, name, getattr(made, name))
    if hasattr(made, "__dict__"):
        vars(target).update(vars(made))


def _is_extrapolate(value: object) -> bool:
    return value is None or type(value) is bool or value == "periodic"


def bspline_state(spline: Any, state: object) -> None:
    """Fill a BSpline whose knots and coefficients scipy has verified (STATE)."""
    given = _merged(state, "BSpline", {"k", "t", "c", "axis", "extrapolate", "asarray"})
    knots = settled(given.get("t"), "f", "the knots", dimensions=1)
    coefficients = settled(given.get("c"), _NUMBERS, "the coefficients")
    degree = bounded_integer(_as_int(given.get("k")), 0, _MAX_DEGREE, "the degree")
    axis = bounded_integer(_as_int(given.get("axis")), 0, coefficients.ndim, "the axis")
    demand(coefficients.ndim and _is_extrapolate(given.get("extrapolate")), "extrapolate is a bool or periodic")
    _adopt(spline, type(spline)(knots, coefficients, degree, given.get("extrapolate")))
    spline.axis = axis


def _as_int(number: Any) -> Any:
    import numpy as np

    return int(number) if isinstance(number, np.integer) else number


def ppoly_state(polynomial: Any, state: object) -> None:
    """Fill a piecewise polynomial whose breakpoints and coefficients scipy has verified (STATE)."""
    from scipy.interpolate import BPoly, PPoly

    owner = type(polynomial).__name__
    given = _merged(state, owner, {"c", "x", "extrapolate", "axis", "asarray"})
    points = settled(given.get("x"), "f", "the breakpoints", dimensions=1)
    coefficients = settled(given.get("c"), _NUMBERS, "the coefficients")
    demand(_is_extrapolate(given.get("extrapolate")), "extrapolate is a bool or periodic")
    axis = bounded_integer(_as_int(given.get("axis", 0)), 0, coefficients.ndim, "the axis")
    made = (BPoly if owner == "BPoly" else PPoly)(coefficients, points, given.get("extrapolate"))
    _adopt(polynomial, made)
    polynomial.axis = axis


def nd_bspline_state(spline: Any, state: object) -> None:
    """Fill a NdBSpline whose knots and coefficients scipy has verified (STATE)."""
    given = _merged(state, "NdBSpline", {"k", "t", "len_t", "c", "indices_k1d", "extrapolate", "asarray"})
    knots = settled(given.get("t"), "f", "the knots", dimensions=2)
    lengths = settled(given.get("len_t"), "i", "the lengths", dimensions=1).tolist()
    degrees = settled(given.get("k"), "i", "the degrees", dimensions=1).tolist()
    coefficients = settled(given.get("c"), _NUMBERS, "the coefficients")
    demand(len(lengths) == len(knots) == len(degrees), "there are knots and a degree for each dimension")
    axes = tuple(
        row[: bounded_integer(size, 0, len(row), "a length")] for row, size in zip(knots, lengths, strict=True)
    )
    degrees = [bounded_integer(degree, 0, 10, "the degree") for degree in degrees]
    demand(math.prod(degree + 1 for degree in degrees) <= _MAX_DEGREE, "the degrees are too high")
    demand(_is_extrapolate(given.get("extrapolate")), "extrapolate is a bool")
    _adopt(spline, type(spline)(axes, coefficients, tuple(degrees), extrapolate=given.get("extrapolate")))


_METHODS: Final = frozenset({"linear", "nearest", "slinear", "cubic", "quintic", "pchip"})
_GRID: Final = {"asarray", "method", "spline", "bounds_error", "grid", "descending_dimensions", "values", "fill_value"}


def grid_state(target: Any, state: object) -> None:
    """Fill a RegularGridInterpolator whose grid and values scipy has verified (STATE)."""
    given = _merged(state, "RegularGridInterpolator", _GRID)
    axes = tuple(settled(axis, "iuf", "an axis", dimensions=1) for axis in exact_list(given.get("grid"), "the grid"))
    values = settled(given.get("values"), _NUMBERS, "the values")
    fill = given.get("fill_value")
    demand(
        given.get("method") in _METHODS and type(given.get("bounds_error")) is bool, "the method must be a known one"
    )
    demand(fill is None or getattr(fill, "ndim", 0) == 0, "the fill value must be a number")
    made = type(target)(axes, values, given["method"], given["bounds_error"], fill)
    _adopt(target, made)


_RBF_KERNELS: Final = frozenset(
    {
        "linear",
        "thin_plate_spline",
        "cubic",
        "quintic",
        "multiquadric",
        "inverse_multiquadric",
        "inverse_quadratic",
        "gaussian",
    }
)


def rbf_state(target: Any, state: Any) -> None:
    """Fill a RBFInterpolator whose arrays fit each other (STATE)."""
    demand(type(state) is tuple and len(state) == 2, "a RBFInterpolator is pickled as two tuples")
    main, rest = state
    demand(type(main) is tuple and len(main) == 9 and type(rest) is tuple, "a RBFInterpolator has nine parts")
    points, values = (settled(array, "f", "the points", dimensions=2) for array in main[:2])
    demand(main[6] in _RBF_KERNELS and type(main[7]) is float, "the kernel must be a known one")
    powers = settled(main[8], "iu", "the powers", dimensions=2)
    demand(len(points) == len(values) and powers.shape[1] == points.shape[1], "the points have other dimensions")
    demand(settled(main[5], "f", "the smoothing", dimensions=1).shape == points.shape[:1], "a smoothing for each point")
    demand(main[3] in (float, complex) or main[3].__name__ in ("float64", "complex128"), "the dtype must be of numbers")
    demand(not powers.size or 0 <= powers.min() <= powers.max() <= _MAX_DEGREE, "the powers are small numbers")
    if main[4] is None:
        _check_coefficients(rest, points, values, powers)
    else:
        bounded_integer(_as_int(main[4]), 1, len(points), "the neighbours")
        demand(
            len(rest) == 1 and type(rest[0]).__name__ == "KDTree" and rest[0].m == points.shape[1], "it has a KDTree"
        )
        demand(rest[0].n == len(points), "the KDTree has other points")
    target.__setstate__((main, rest))


def _check_coefficients(rest: tuple[Any, ...], points: Any, values: Any, powers: Any) -> None:
    demand(len(rest) == 3, "a RBFInterpolator has shift, scale and coefficients")
    shift, scale = (settled(array, "f", "the shift", dimensions=1) for array in rest[:2])
    coefficients = settled(rest[2], "f", "the coefficients", dimensions=2)
    demand(shift.shape == scale.shape == points.shape[1:], "a shift for each dimension")
    demand(coefficients.shape == (len(points) + len(powers), values.shape[1]), "a coefficient for each point")


def kde_state(target: Any, state: object) -> None:
    """Make a gaussian_kde anew from its data and weights (STATE)."""
    owner = "gaussian_kde"
    derived = {
        "d",
        "n",
        "neff",
        "data_covariance",
        "data_cho_cov",
        "covariance",
        "cho_cov",
        "log_det",
        "data_inv_cov",
        "inv_cov",
    }
    given = _merged(state, owner, {"dataset", "weights", "factor", *derived})
    data = settled(given.get("dataset"), _NUMBERS, "the data", dimensions=2)
    weights = given.get("weights")
    weights = None if weights is None else settled(weights, "f", "the weights", dimensions=1)
    made = type(target)(data, None, weights)
    demand(isinstance(given.get("factor"), float), "the factor must be a number")
    demand(abs(made.factor - given["factor"]) <= 1e-9 * made.factor, "a gaussian_kde of strangers has the usual factor")
    for name, value in vars(made).items():
        own = given.get(name.removeprefix("_"))
        vars(target)[name] = own if _is_like(own, value) else value


def _is_like(own: object, made: object) -> bool:
    """Say whether the pickle's own number or array has the type, dtype and shape of the one that scipy has made."""
    import numpy as np

    if isinstance(made, np.ndarray) and isinstance(own, np.ndarray):
        return type(own) is type(made) and own.shape == made.shape and own.dtype == made.dtype
    return isinstance(made, float) and type(own) is type(made)


def distribution_state(target: Any, state: Any) -> None:
    """Make a distribution what scipy's own of that name is; scipy would run the text in the state (STATE).

    Only the random generator is taken from the state. The text, `_parse_arg_template`, is not even compared.
    """
    import numpy as np
    import scipy.stats

    demand(type(state) is dict and type(state.get("name")) is str, "a distribution is pickled with its name")
    own: Any = getattr(scipy.stats, state["name"], None)
    demand(type(own) is type(target), f"scipy.stats has no {state['name']!r:.40} of this class")
    content = {name: value for name, value in own.__getstate__().items() if name != "_random_state"}
    vars(target).update({name: dict(value) if type(value) is dict else value for name, value in content.items()})
    generator: Any = state.get("_random_state")
    known = isinstance(generator, (np.random.RandomState, np.random.Generator))
    target._random_state = generator if known else np.random.RandomState()
    target._attach_methods()


def _is_argument(value: object) -> bool:
    import numpy as np

    if isinstance(value, np.ndarray):
        return type(value) is np.ndarray and value.dtype.kind in "biuf"
    return isinstance(value, (bool, int, float, np.number, np.bool))


def frozen_state(target: Any, state: object) -> None:
    """Freeze a distribution anew with its arguments (STATE)."""
    given = fields(state, {"args", "kwds", "dist", "a", "b"}, "a frozen distribution", ("args", "kwds", "dist"))
    dist, args, kwds = given["dist"], given["args"], given["kwds"]
    demand(_is_distribution(dist) and "_parse_args" in vars(dist), "a frozen distribution has a distribution")
    demand(type(args) is tuple and type(kwds) is dict, "its arguments are a tuple and a dict")
    demand(all(map(_is_argument, (*args, *kwds.values()))), "the arguments of a distribution are numbers")
    made = dist(*args, **kwds)
    demand(type(made) is type(target), "the distribution is not of this kind")
    made.dist._random_state = dist._random_state
    vars(target).update(vars(made))


def _is_distribution(dist: object) -> bool:
    from scipy.stats import rv_continuous, rv_discrete

    return isinstance(dist, (rv_continuous, rv_discrete)) and type(dist).__module__.startswith("scipy.stats.")


_VECTORIZE: Final = frozenset(
    [
        "pyfunc",
        "cache",
        "signature",
        "__name__",
        "_ufunc",
        "_doc",
        "__doc__",
        "otypes",
        "excluded",
        "_in_and_out_core_dims",
    ]
)


def vectorize_state(target: Any, state: object) -> None:
    """Fill a numpy.vectorize if what it calls is the entropy of a distribution of scipy.stats; nothing else is (STATE).

    Discrete distributions hold one; they make it anew when they get their own state.
    """
    given = fields(state, _VECTORIZE, "vectorize")
    method = given.get("pyfunc")
    demand(getattr(method, "__name__", "") == "_entropy", "a numpy.vectorize of strangers calls no function")
    demand(_is_distribution(getattr(method, "__self__", None)), "a numpy.vectorize of strangers calls no function")
    vars(target).update(vars(type(target)(method)))
