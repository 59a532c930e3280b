"""Honest scipy objects: sparse matrices of every format, trees, rotations, interpolators, distributions, results."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import cluster, integrate, interpolate, optimize, signal, sparse, spatial, stats

from tests.corpus import Case

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cases"]

_FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
_X = np.linspace(0.0, 1.0, 9)
_Y = np.sin(3 * _X)


def _random() -> np.random.Generator:
    return np.random.default_rng(20)


# -------------------------------------------------------------------------------------------------------------- sparse


def _dense(dtype: str = "f8") -> Any:
    dense = np.zeros((6, 4))
    dense[[0, 1, 3, 5, 5], [1, 0, 3, 0, 2]] = [1, 2, 3, 4, 5]
    return dense.astype(dtype)


def _make_sparse(container: str, dtype: str = "f8") -> Any:
    return getattr(sparse, container)(_dense(dtype))


def _same_sparse(before: Any, after: Any) -> bool:
    """Compare shape, dtype and content, and use what the C code indexes by: products, slices, conversions."""
    if type(before) is not type(after) or before.shape != after.shape or before.dtype != after.dtype:
        return False
    if [part.tolist() for part in _entries(before)] != [part.tolist() for part in _entries(after)]:
        return False
    ones = np.ones(min(before.shape[-1], 100))
    return before.ndim > 2 or before.shape[-1] > 100 or np.array_equal(before.tocsr() @ ones, after.tocsr() @ ones)


def _entries(matrix: Any) -> list[Any]:
    whole = matrix.tocoo()
    return [*whole.coords, whole.data]


def _sparse() -> dict[str, Callable[[], Any]]:
    made: dict[str, Callable[[], Any]] = {
        f"{name}_{part}": partial(_make_sparse, f"{name}_{part}") for name in _FORMATS for part in ("matrix", "array")
    }
    made |= {
        f"csr_{dtype}": partial(_make_sparse, "csr_array", dtype) for dtype in ("i1", "u2", "i8", "f4", "c16", "?")
    }
    return made | {
        "bsr_blocks": lambda: sparse.bsr_array(np.kron(np.eye(3), np.ones((2, 2))), blocksize=(2, 2)),
        "coo_line": lambda: sparse.coo_array(_dense()[5]),
        "csr_line": lambda: sparse.csr_array(_dense()[5]),
        "dok_line": lambda: sparse.dok_array(_dense()[5]),
        "coo_cube": lambda: sparse.coo_array(_dense().reshape(3, 2, 4)),
        "coo_twice": lambda: sparse.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(2, 2)),
        "csr_empty": lambda: sparse.csr_matrix((3, 5)),
        "csr_nothing": lambda: sparse.csr_array((0, 0)),
        "csr_unsorted": lambda: sparse.csr_array((np.arange(3.0), np.array([2, 0, 1]), np.array([0, 3]))),
        "csr_wide": lambda: sparse.csr_array(([1.0], ([0], [10**6])), shape=(2, 10**9)),
        "csr_long_indices": lambda: sparse.csr_array(
            (np.ones(2), np.array([0, 1], "i8"), np.array([0, 1, 2], "i8")), shape=(2, 2)
        ),
        "dia_many": lambda: sparse.diags_array([np.ones(4), np.ones(3), np.ones(3)], offsets=[0, 1, -1]),
        "csc_random": lambda: sparse.random_array((40, 30), density=0.1, format="csc", rng=_random()),
        "eye": lambda: sparse.eye_array(5),
    }


# -------------------------------------------------------------------------------------------------- what is called


def _points() -> Any:
    return _random().random((60, 3))


def _same_query(before: Any, after: Any) -> bool:
    where = _random().random((5, 3))
    found = [np.array_equal(one, two) for one, two in zip(before.query(where, 3), after.query(where, 3), strict=True)]
    return type(before) is type(after) and all(found) and np.array_equal(before.data, after.data)


def _trees() -> dict[str, Callable[[], Any]]:
    return {
        "ckdtree": lambda: spatial.cKDTree(_points()),
        "kdtree": lambda: spatial.KDTree(_points(), leafsize=4),
        "kdtree_box": lambda: spatial.KDTree(_points(), boxsize=[1.0, 1.0, 2.0]),
    }


def _same_value_at(*where: Any) -> Callable[[Any, Any], bool]:
    def same(before: Any, after: Any) -> bool:
        return type(before) is type(after) and np.array_equal(before(*where), after(*where), equal_nan=True)

    return same


def _lines() -> dict[str, Callable[[], Any]]:
    return {
        "bspline": lambda: interpolate.make_interp_spline(_X, _Y),
        "bspline_2d": lambda: interpolate.make_interp_spline(_X, np.stack([_Y, -_Y], 1), k=2),
        "bspline_axis": lambda: interpolate.make_interp_spline(_X, np.stack([_Y, -_Y]), axis=1),
        "cubic_spline": lambda: interpolate.CubicSpline(_X, _Y, bc_type="natural"),
        "cubic_periodic": lambda: interpolate.CubicSpline(_X, np.r_[_Y[:-1], _Y[0]], bc_type="periodic"),
        "hermite": lambda: interpolate.CubicHermiteSpline(_X, _Y, np.cos(_X)),
        "pchip": lambda: interpolate.PchipInterpolator(_X, _Y),
        "akima": lambda: interpolate.Akima1DInterpolator(_X, _Y),
        "ppoly": lambda: interpolate.PPoly(np.ones((2, 8)), _X, extrapolate=False),
        "bpoly": lambda: interpolate.BPoly(np.arange(16.0).reshape(2, 8), _X),
        "krogh": lambda: interpolate.KroghInterpolator(_X, _Y),
        "barycentric": lambda: interpolate.BarycentricInterpolator(_X, _Y),
        "kde": lambda: stats.gaussian_kde(_Y),
        "kde_weights": lambda: stats.gaussian_kde(_Y, weights=_X + 1),
    }


def _planes() -> dict[str, Callable[[], Any]]:
    def grid(method: str) -> Any:
        return interpolate.RegularGridInterpolator((_X, _X), np.outer(_Y, _X), method=method)

    points, values = _points()[:, :2], np.arange(60.0)
    return {
        "grid_linear": partial(grid, "linear"),
        "grid_nearest": partial(grid, "nearest"),
        "grid_cubic": partial(grid, "cubic"),
        "rbf": lambda: interpolate.RBFInterpolator(points, values),
        "rbf_neighbours": lambda: interpolate.RBFInterpolator(points, values, neighbors=7),
        "nearest": lambda: interpolate.NearestNDInterpolator(points, values),
    }


# ------------------------------------------------------------------------------------------- distributions and results


def _same_distribution(before: Any, after: Any) -> bool:
    drawn = [frozen.rvs(4, random_state=3) for frozen in (before, after)]
    where = drawn[0]
    return (
        type(before) is type(after) and np.array_equal(*drawn) and np.array_equal(before.cdf(where), after.cdf(where))
    )


def _distributions() -> dict[str, Callable[[], Any]]:
    return {
        "norm": lambda: stats.norm(1, 2),
        "gamma": lambda: stats.gamma(2.0, scale=3),
        "uniform": lambda: stats.uniform(0, 4),
        "loguniform": lambda: stats.loguniform(1e-3, 1e1),
        "beta": lambda: stats.beta(2, 3, loc=-1),
        "expon": lambda: stats.expon(),
        "truncnorm": lambda: stats.truncnorm(-1, 2),
        "randint": lambda: stats.randint(1, 9),
        "poisson": lambda: stats.poisson(3.5),
        "binom": lambda: stats.binom(5, 0.25),
        "levy_stable": lambda: stats.levy_stable(1.5, 0.0),
    }


def _same_fields(before: Any, after: Any) -> bool:
    """Compare attributes, and items of results, by their text."""
    content = [
        [dict(item) if isinstance(item, dict) else None, getattr(item, "__dict__", None)] for item in (before, after)
    ]
    return type(before) is type(after) and repr(content[0]) == repr(content[1])


def _holders() -> dict[str, Callable[[], Any]]:
    return {
        "optimize_result": lambda: optimize.minimize(lambda x: float((x**2).sum()), [1.0, 2.0], method="BFGS"),
        "root_result": lambda: optimize.root_scalar(lambda x: x - 1, bracket=[0, 3]),
        "linprog_result": lambda: optimize.linprog([1.0], bounds=(0, 1)),
        "bounds": lambda: optimize.Bounds([0.0], [1.0]),
        "constraint": lambda: optimize.LinearConstraint(np.eye(2), 0, 1),
        "transfer_function": lambda: signal.TransferFunction([1.0], [1.0, 2.0]),
        "state_space": lambda: signal.StateSpace([[1.0]], [[1.0]], [[1.0]], [[0.0]]),
        "zeros_poles": lambda: signal.ZerosPolesGain([1], [2], 3),
        "discrete": lambda: signal.dlti([1.0], [1.0, 2.0], dt=0.1),
        "rectangle": lambda: spatial.Rectangle([1.0, 1.0], [0.0, 0.0]),
    }


def _same_rotation(before: Any, after: Any) -> bool:
    return type(before) is type(after) and np.array_equal(before.as_matrix(), after.as_matrix())


def _rotations() -> dict[str, Callable[[], Any]]:
    turn = spatial.transform
    return {
        "rotation": lambda: turn.Rotation.from_euler("xyz", [10, 20, 30], degrees=True),
        "rotations": lambda: turn.Rotation.from_rotvec(np.eye(3)),
        "rigid": lambda: turn.RigidTransform.from_translation([1.0, 2.0, 3.0]),
    }


def _solution() -> Any:
    return integrate.solve_ivp(lambda _, y: -y, (0, 1), [1.0], dense_output=True)


def _same_solution(before: Any, after: Any) -> bool:
    return (
        type(before) is type(after)
        and np.array_equal(before.sol(0.5), after.sol(0.5))
        and before.t.tolist() == after.t.tolist()
    )


def _hierarchy() -> Any:
    return cluster.hierarchy.to_tree(cluster.hierarchy.linkage(_points()[:6]))


def cases() -> list[Case]:
    """Return all cases of this library."""
    line, plane = _same_value_at(np.array([0.05, 0.31, 0.9])), _same_value_at(np.array([[0.2, 0.3], [0.5, 0.9]]))
    slerp = spatial.transform.Slerp
    groups: list[tuple[dict[str, Callable[[], Any]], Callable[[Any, Any], bool]]] = [
        (_sparse(), _same_sparse),
        (_trees(), _same_query),
        (_lines(), line),
        (_planes(), plane),
        (_distributions(), _same_distribution),
        (_holders(), _same_fields),
        (_rotations(), _same_rotation),
        ({"ode": _solution}, _same_solution),
        ({"hierarchy": _hierarchy}, lambda before, after: before.pre_order() == after.pre_order()),
        (
            {"slerp": lambda: slerp([0, 1], spatial.transform.Rotation.from_rotvec(np.eye(3)[:2]))},
            lambda before, after: _same_rotation(before(0.4), after(0.4)),
        ),
    ]
    return [Case(f"scipy_{name}", make, same) for group, same in groups for name, make in group.items()]
