"""Guards of scipy's results and geometry: states that its code would call, or index by, are refused."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from scipy import interpolate, spatial, stats
from scipy.optimize import LbfgsInvHessProduct

from onggi.proof.guards import scipy_results as guard
from onggi.proof.rules import Unsafe

POINTS = np.random.default_rng(3).random((12, 2))


def _delaunay() -> dict[str, Any]:
    return dict(vars(_closed()))


def _closed() -> Any:
    made = spatial.Delaunay(POINTS)
    made.close()
    return made


def test_an_honest_triangulation_passes() -> None:
    made = spatial.Delaunay.__new__(spatial.Delaunay)
    guard.delaunay_state(made, _delaunay())
    assert made.find_simplex(POINTS.mean(axis=0)) >= 0


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("simplices", lambda array: array + 1000),
        ("simplices", lambda array: -array - 1),
        ("simplices", lambda array: array.astype("i8")),
        ("simplices", lambda array: array.astype(object)),
        ("simplices", lambda array: array[:-1]),
        ("simplices", lambda array: np.asfortranarray(array)),
        ("neighbors", lambda array: array + 1000),
        ("neighbors", lambda array: array - 5),
        ("neighbors", lambda array: array[:, :2]),
        ("equations", lambda array: array[:, :3]),
        ("equations", lambda array: array.astype("f4")),
        ("_points", lambda array: array[:3]),
        ("_points", lambda array: array[:, :1]),
        ("min_bound", lambda array: array[:1]),
        ("max_bound", lambda array: None),
        ("paraboloid_scale", lambda number: "text"),
        ("_qhull", lambda nothing: os.system),
        ("evil", lambda nothing: 1),
    ],
    ids=range(18),
)
def test_a_triangulation_that_leads_outside_is_refused(name: str, change: Any) -> None:
    state = _delaunay()
    state[name] = change(state.get(name))
    with pytest.raises(Unsafe):
        guard.delaunay_state(spatial.Delaunay.__new__(spatial.Delaunay), state)


def test_what_is_derived_from_a_triangulation_is_dropped() -> None:
    state = _delaunay() | {"_transform": np.zeros((1, 1)), "_vertex_to_simplex": np.zeros(1)}
    made = spatial.Delaunay.__new__(spatial.Delaunay)
    guard.delaunay_state(made, state)
    assert vars(made)["_transform"] is None
    with pytest.raises(Unsafe, match="twice"):
        guard.delaunay_state(made, _delaunay())


@pytest.mark.parametrize("state", [{"_qhull": 1}, {"simplices": len}, {"add_points": 1}, {"__class__": 1}])
def test_a_hull_keeps_its_methods(state: Any) -> None:
    with pytest.raises(Unsafe):
        guard.hull_state(spatial.ConvexHull.__new__(spatial.ConvexHull), state)


@pytest.mark.parametrize(
    "state",
    [{"_replace": 1, "x": len}, {"x": os.system}, {"_fields": ()}, {"__class__": 1}, [], "text"],
)
@pytest.mark.parametrize(
    "kind", [LbfgsInvHessProduct, type(stats.linregress([1, 2, 3], [1, 2, 4]))], ids=["lbfgs", "line"]
)
def test_a_result_keeps_its_methods(kind: Any, state: Any) -> None:
    made = kind.__new__(kind) if kind is LbfgsInvHessProduct else stats.linregress([1, 2, 3], [1, 2, 4])
    with pytest.raises(Unsafe):
        guard.attributes(made, state)


_LINE = {"x": np.arange(4.0), "_kind": "linear", "axis": 0, "bounds_error": True, "_fill_value_orig": np.nan}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"y": np.arange(3.0)},
        {"y": np.array([1, 2, 3, "a"], object)},
        {"y": np.arange(4.0), "x": np.array([0, 1, 2, None], object)},
        {"y": np.arange(4.0), "_kind": "evil"},
        {"y": np.arange(4.0), "_kind": "spline"},
        {"y": np.arange(4.0), "_kind": os.system},
        {"y": np.arange(4.0), "axis": 2**40},
        {"y": np.arange(4.0), "_fill_value_orig": os.system},
        {"y": np.arange(4.0), "_fill_value_orig": (1, "text")},
        {"y": np.arange(4.0), "bounds_error": os.system},
    ],
    ids=range(11),
)
def test_an_interpolator_of_other_parts_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        guard.interp1d_state(interpolate.interp1d.__new__(interpolate.interp1d), {**_LINE, **change})


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"_histogram": 1},
        {"_histogram": (np.ones(3), np.arange(3.0))},
        {"_histogram": (np.ones(0), np.arange(1.0))},
        {"_histogram": (np.array(["a"], object), np.arange(2.0))},
        {"_histogram": (np.ones(3), np.arange(4.0)), "_density": os.system},
    ],
    ids=range(7),
)
def test_a_histogram_of_other_parts_is_refused(state: Any) -> None:
    with pytest.raises(Unsafe):
        guard.histogram_state(stats.rv_histogram.__new__(stats.rv_histogram), state)


def test_the_text_in_the_state_of_a_histogram_is_not_run() -> None:
    made = stats.rv_histogram.__new__(stats.rv_histogram)
    text = "raise SystemExit('this text ran')"
    guard.histogram_state(made, {"_histogram": (np.ones(3), np.arange(4.0)), "_parse_arg_template": text})
    assert made._parse_arg_template != text
