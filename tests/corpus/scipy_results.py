"""Honest results of scipy's tests and solvers, Qhull's geometry, interpolators and histograms; tuples of numpy, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import interpolate, optimize, spatial, stats
from scipy.cluster.hierarchy import DisjointSet

from tests.corpus import Case

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cases"]

_POINTS = np.random.default_rng(3).random((25, 2))
_ONE, _TWO = _POINTS[:, 0], _POINTS[:, 1]

_TUPLES: dict[str, Callable[[], Any]] = {
    "linregress": lambda: stats.linregress(_ONE, _TWO),
    "pearsonr": lambda: stats.pearsonr(_ONE, _TWO),
    "spearmanr": lambda: stats.spearmanr(_ONE, _TWO),
    "kendalltau": lambda: stats.kendalltau(_ONE, _TWO),
    "kstest": lambda: stats.kstest(_ONE, "uniform"),
    "describe": lambda: stats.describe(_ONE),
    "mode": lambda: stats.mode([1, 2, 2]),
    "f_oneway": lambda: stats.f_oneway(_ONE, _TWO),
    "shapiro": lambda: stats.shapiro(_ONE),
    "mannwhitneyu": lambda: stats.mannwhitneyu(_ONE, _TWO),
    "wilcoxon": lambda: stats.wilcoxon(_ONE),
    "chi2_contingency": lambda: stats.chi2_contingency([[10, 20], [20, 10]]),
    "chisquare": lambda: stats.chisquare([5, 6, 7]),
    "kruskal": lambda: stats.kruskal(_ONE, _TWO),
    "levene": lambda: stats.levene(_ONE, _TWO),
    "bartlett": lambda: stats.bartlett(_ONE, _TWO),
    "theilslopes": lambda: stats.theilslopes(_ONE, _TWO),
    "fisher_exact": lambda: stats.fisher_exact([[1, 2], [3, 4]]),
    "binned": lambda: stats.binned_statistic(_ONE, _TWO),
    "cumfreq": lambda: stats.cumfreq(_ONE),
    "normaltest": lambda: stats.normaltest(_ONE),
    "friedman": lambda: stats.friedmanchisquare(_ONE, _TWO, _ONE + _TWO),
    "svd": lambda: np.linalg.svd(_POINTS[:2]),
    "eigh": lambda: np.linalg.eigh(np.eye(2)),
    "slogdet": lambda: np.linalg.slogdet(np.eye(2)),
    "unique": lambda: np.unique_all([1, 2, 1]),
}

_FIELDS: dict[str, Callable[[], Any]] = {
    "binomtest": lambda: stats.binomtest(3, 10),
    "tukey_hsd": lambda: stats.tukey_hsd(_ONE, _TWO),
    "hull": lambda: spatial.ConvexHull(_POINTS),
    "voronoi": lambda: spatial.Voronoi(_POINTS),
    "disjoint": lambda: DisjointSet([1, 2, 3]),
}

_KINDS = ("linear", "nearest", "nearest-up", "previous", "next", "zero", "slinear", "quadratic", "cubic")


def _interpolators() -> dict[str, Callable[[], Any]]:
    line = np.arange(9.0)
    made: dict[str, Callable[[], Any]] = {
        f"interp1d_{kind}": (lambda kind=kind: interpolate.interp1d(line, np.sin(line), kind=kind)) for kind in _KINDS
    }
    return made | {
        "interp1d_beyond": lambda: interpolate.interp1d(line, line**2, fill_value="extrapolate"),
        "interp1d_filled": lambda: interpolate.interp1d(line, line, bounds_error=False, fill_value=(-1.0, 9.5)),
        "interp1d_rows": lambda: interpolate.interp1d(line, np.outer([1, 2], line), axis=1),
        "interp1d_order": lambda: interpolate.interp1d(line, line**3, kind=3),
    }


def _same_tuple(before: Any, after: Any) -> bool:
    return repr(before) == repr(after) and _same_fields(before, after)


def _same_fields(before: Any, after: Any) -> bool:
    return type(before) is type(after) and vars_of(before) == vars_of(after)


def vars_of(obj: Any) -> Any:
    """Return the attributes as text, which compares arrays as well."""
    return repr(sorted(getattr(obj, "__dict__", {}).items()))


def _same_line(before: Any, after: Any) -> bool:
    inside = np.array([0.0, 0.4, 3.5, 8.0])
    beyond = np.array([-2.0, 11.0]) if before.bounds_error is False else inside
    return np.array_equal(before(inside), after(inside)) and np.array_equal(before(beyond), after(beyond))


def _same_triangles(before: Any, after: Any) -> bool:
    somewhere = np.random.default_rng(4).random((30, 2)) * 1.5
    same = before.find_simplex(somewhere).tolist() == after.find_simplex(somewhere).tolist()
    return (
        same
        and before.simplices.tolist() == after.simplices.tolist()
        and np.array_equal(before.transform, after.transform)
    )


def _same_density(before: Any, after: Any) -> bool:
    return np.array_equal(before.pdf(_ONE), after.pdf(_ONE)) and before.mean() == after.mean()


def _inverse() -> Any:
    return optimize.minimize(lambda x: ((x - 1) ** 2).sum(), [0.0, 3.0], method="L-BFGS-B")


def _same_inverse(before: Any, after: Any) -> bool:
    return np.array_equal(before.hess_inv.todense(), after.hess_inv.todense()) and np.array_equal(before.x, after.x)


def _histogram() -> Any:
    return stats.rv_histogram(np.histogram(_ONE, bins=5), density=False)


def cases() -> list[Case]:
    """Return all cases of this library."""
    errors = (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.MergeError)
    groups: list[tuple[dict[str, Callable[[], Any]], Callable[[Any, Any], bool]]] = [
        (_TUPLES, _same_tuple),
        (_FIELDS, _same_fields),
        (_interpolators(), _same_line),
        ({"delaunay": lambda: spatial.Delaunay(_POINTS)}, _same_triangles),
        ({"histogram": _histogram, "histogram_frozen": lambda: _histogram()(loc=2)}, _same_density),
        ({"minimize_lbfgs": _inverse}, _same_inverse),
        (
            {f"error_{error.__name__}": (lambda error=error: error("text")) for error in errors},
            lambda before, after: type(before) is type(after) and before.args == after.args,
        ),
    ]
    return [Case(f"scipy_{name}", make, same) for group, same in groups for name, make in group.items()]
