"""Guards of scipy's matrices, trees, interpolators and distributions, with hostile states; and every honest case."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from scipy import interpolate, sparse, spatial, stats

import onggi
from onggi.proof.guards import scipy as guard
from onggi.proof.guards import scipy_functions as functions
from onggi.proof.rules import Unsafe
from tests.corpus.scipy import cases


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_honest_objects_load_equal(case: Any, protocol: int) -> None:
    made = case.make()
    assert case.same(made, onggi.loads(pickle.dumps(made, protocol)))


DENSE = np.array([[0.0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 4, 0]])


def i4(*numbers: int) -> Any:
    return np.array(numbers, "i4")


def state_of(kind: str, **changed: Any) -> Any:
    return {**copy.copy(vars(getattr(sparse, f"{kind}_array")(DENSE))), **changed}


def fill(kind: str, state: Any) -> Any:
    made = guard.sparse_new(getattr(sparse, f"{kind}_array"), (), {})
    guard.sparse_state(made, state)
    return made


@pytest.mark.parametrize("kind", ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"])
def test_matrices_are_filled_once(kind: str) -> None:
    made = fill(kind, state_of(kind))
    assert np.array_equal(made.toarray(), DENSE)
    with pytest.raises(Unsafe, match="twice"):
        guard.sparse_state(made, state_of(kind))


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("csr", {"indices": i4(1, 3, 0, 4)}),
        ("csr", {"indices": i4(1, 3, 0, -1)}),
        ("csr", {"indices": i4(1, 3, 0)}),
        ("csr", {"indices": i4(1, 3, 0, 2).astype("i8")}),
        ("csr", {"indices": [1, 3, 0, 2]}),
        ("csr", {"indptr": i4(0, 2, 3, 9)}),
        ("csr", {"indptr": i4(0, 3, 2, 4)}),
        ("csr", {"indptr": i4(1, 2, 3, 4)}),
        ("csr", {"indptr": i4(0, 2, 4)}),
        ("csr", {"indptr": i4(-1, 2, 3, 4)}),
        ("csr", {"data": np.ones(3)}),
        ("csr", {"data": np.ones(4, object)}),
        ("csr", {"data": np.ones((4, 1))}),
        ("csr", {"_shape": (3, 3)}),
        ("csr", {"_shape": (2**40, 4)}),
        ("csr", {"_shape": (3, 2**40)}),
        ("csr", {"_shape": (3, 4.0)}),
        ("csr", {"_shape": (3, -4)}),
        ("csr", {"_shape": (3, 4, 1)}),
        ("csr", {"_shape": ()}),
        ("csr", {"toarray": print}),
        ("csr", {"__array_interface__": {}}),
        ("csc", {"_shape": (2, 4)}),
        ("coo", {"coords": (i4(0, 0, 1, 3), i4(1, 3, 0, 2))}),
        ("coo", {"coords": (i4(0, 0, 1, 2), i4(1, -3, 0, 2))}),
        ("coo", {"coords": (i4(0, 0, 1, 2),)}),
        ("coo", {"coords": (i4(0, 0, 1), i4(1, 3, 0))}),
        ("coo", {"coords": (i4(0, 0, 1, 2), np.array([1, 3, 0, 2], "i8"))}),
        ("coo", {"coords": (i4(0, 0, 1, 2), np.array([1, 3, 0, 2], "u4"))}),
        ("dia", {"offsets": i4(0)}),
        ("dia", {"offsets": i4(-1, 0, 1, 2**31 - 1)}),
        ("dia", {"offsets": i4(0, 0, 1, 3)}),
        ("bsr", {"data": np.ones((4, 5, 1))}),
        ("bsr", {"data": np.ones((4, 0, 1))}),
        ("bsr", {"indices": i4(1, 3, 0, 9)}),
        ("dok", {"_dict": {(0, 4): 1.0}}),
        ("dok", {"_dict": {(-1, 0): 1.0}}),
        ("dok", {"_dict": {(0,): 1.0}}),
        ("dok", {"_dict": {(0, 0): "one"}}),
        ("dok", {"_dict": {"key": 1.0}}),
        ("dok", {"dtype": "f8"}),
        ("dok", {"dtype": np.dtype("O")}),
    ],
)
def test_matrices_are_refused(kind: str, changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        fill(kind, state_of(kind, **changed))


def rows(*lists: Any) -> Any:
    made = np.empty(len(lists), object)
    for at, each in enumerate(lists):
        made[at] = each
    return made


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": rows([1, 3], [0], [4])},
        {"rows": rows([1, 3], [0], [-1])},
        {"rows": rows([1, 3], [0], ["2"])},
        {"rows": rows([1, 3], [0])},
        {"rows": rows([1, 3], [0], range(1))},
        {"data": rows([1.0, 2.0], [3.0], [4.0, 5.0])},
        {"data": rows([1.0, 2.0], [3.0], [print])},
        {"dtype": np.dtype("O")},
    ],
)
def test_lists_of_lists_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        fill("lil", state_of("lil", **changed))


def test_the_lists_of_the_pickle_are_copied() -> None:
    state = state_of("lil")
    made = fill("lil", state)
    state["data"][0].append(99.0)
    assert made.data[0] == [1.0, 2.0]


def test_the_dict_of_the_pickle_is_copied() -> None:
    state = state_of("dok")
    made = fill("dok", state)
    state["_dict"][7, 7] = 1.0
    assert (7, 7) not in made._dict


def test_sortedness_is_not_believed() -> None:
    state = state_of("csr", indices=i4(3, 1, 0, 2), _has_sorted_indices=True, _has_canonical_format=True)
    assert not fill("csr", state).has_sorted_indices


# trees and rotations

POINTS = np.random.default_rng(1).random((20, 2))


def tree_state(**changed: Any) -> Any:
    parts = list(spatial.cKDTree(POINTS).__getstate__())
    for at, part in changed.items():
        parts[int(at[1:])] = part
    return tuple(parts)


def test_a_tree_without_state_is_no_null_pointer() -> None:
    assert guard.neighbour_tree(spatial.cKDTree, (), {}).query([0.0])[1] == 0


def test_the_nodes_of_a_tree_are_not_taken_from_the_pickle() -> None:
    made = guard.neighbour_tree(spatial.KDTree, (), {})
    guard.neighbour_tree_state(made, tree_state(_0=np.zeros(720, "S1"), _7=np.full(20, 10**9), _2=10**6))
    assert np.array_equal(made.query(POINTS)[1], np.arange(20))


@pytest.mark.parametrize(
    "changed",
    [
        {"_1": POINTS.ravel()},
        {"_1": POINTS.astype("f4")},
        {"_1": [[1.0]]},
        {"_4": 0},
        {"_4": 2.5},
        {"_8": np.ones(3)},
        {"_8": 1},
    ],
)
def test_trees_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        guard.neighbour_tree_state(guard.neighbour_tree(spatial.cKDTree, (), {}), tree_state(**changed))


@pytest.mark.parametrize(
    "state",
    [
        (np.ones((1, 3)), True),
        (np.ones((2, 4)), True),
        (np.ones((1, 4), "f4"), True),
        (np.ones((1, 4)), 1),
        ([1], False),
    ],
)
def test_rotations_are_refused(state: Any) -> None:
    rotation = spatial.transform.Rotation
    with pytest.raises(Unsafe):
        guard.rotation_state(rotation.__new__(rotation), state)


def test_rigid_transforms_are_refused() -> None:
    make = spatial.transform.RigidTransform.from_matrix
    with pytest.raises(Unsafe):
        guard.rigid_transform(make, (np.eye(3),))
    with pytest.raises(Unsafe):
        guard.rigid_transform(make, (np.eye(4), True))


# interpolators

SPLINE = vars(interpolate.make_interp_spline(np.arange(8.0), np.arange(8.0)))
REFUSED = (Unsafe, ValueError)


@pytest.mark.parametrize(
    "changed",
    [{"k": 99}, {"k": -1}, {"k": 2.0}, {"_c": np.ones(2)}, {"_t": np.arange(4.0)}, {"axis": 9}, {"extrapolate": []}],
)
def test_splines_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(REFUSED):
        functions.bspline_state(interpolate.BSpline.__new__(interpolate.BSpline), {**SPLINE, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"_c": np.ones((2, 5))},
        {"_c": np.ones(3)},
        {"_x": np.zeros(1)},
        {"axis": -1},
        {"extrapolate": print},
        {"_c": [[1]]},
        {"k": 1},
    ],
)
def test_polynomials_are_refused(changed: dict[str, Any]) -> None:
    slots = {"_c": np.ones((2, 3)), "_x": np.arange(4.0), "extrapolate": True, "axis": 0, "_asarray": np.asarray}
    functions.ppoly_state(interpolate.PPoly.__new__(interpolate.PPoly), (None, slots))
    with pytest.raises(REFUSED):
        functions.ppoly_state(interpolate.PPoly.__new__(interpolate.PPoly), (None, {**slots, **changed}))


GRID = vars(interpolate.RegularGridInterpolator((np.arange(3.0), np.arange(4.0)), np.ones((3, 4))))


@pytest.mark.parametrize(
    "changed",
    [
        {"_values": np.ones((9, 9))},
        {"_grid": (np.arange(5.0),)},
        {"_grid": [[1.0]]},
        {"method": "x"},
        {"fill_value": np.ones(2)},
    ],
)
def test_grids_are_refused(changed: dict[str, Any]) -> None:
    cls = interpolate.RegularGridInterpolator
    functions.grid_state(made := cls.__new__(cls), GRID)
    assert made([1.0, 2.0]) == 1.0
    with pytest.raises(REFUSED):
        functions.grid_state(cls.__new__(cls), {**GRID, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {0: np.ones((9, 5))},
        {1: np.ones((4, 1))},
        {3: list},
        {5: np.ones(2)},
        {6: "evil"},
        {7: "1"},
        {8: np.full((3, 2), 10**6)},
        {8: np.ones((3, 7), int)},
        {4: 10**6},
    ],
)
def test_radial_functions_are_refused(changed: dict[int, Any]) -> None:
    cls = interpolate.RBFInterpolator
    main, rest = cls(POINTS, POINTS[:, 0]).__getstate__()
    functions.rbf_state(cls.__new__(cls), (main, rest))
    with pytest.raises(Unsafe):
        functions.rbf_state(cls.__new__(cls), (tuple(changed.get(at, part) for at, part in enumerate(main)), rest))
    with pytest.raises(Unsafe):
        functions.rbf_state(cls.__new__(cls), (main, (*rest[:2], rest[2][:3])))


def test_densities_are_made_anew() -> None:
    state = vars(stats.gaussian_kde(np.arange(9.0) ** 2))
    functions.kde_state(
        made := stats.gaussian_kde.__new__(stats.gaussian_kde), {**state, "covariance": np.ones((9, 9))}
    )
    assert made.covariance.shape == (1, 1)
    for changed in ({"factor": 1e9}, {"dataset": np.arange(9.0)}, {"_weights": np.ones((1, 9))}, {"evaluate": print}):
        with pytest.raises(Unsafe):
            functions.kde_state(stats.gaussian_kde.__new__(stats.gaussian_kde), {**state, **changed})


# distributions


def distribution(**state: Any) -> Any:
    cls = type(stats.norm)
    made = cls.__new__(cls)
    functions.distribution_state(made, {"name": "norm", **state})
    return made


def test_the_text_of_a_distribution_is_never_run(capsys: pytest.CaptureFixture[str]) -> None:
    made = distribution(_parse_arg_template="print('run')", cdf=print, a=5, _ctor_param={"shapes": "evil"})
    assert made.cdf(0.0) == 0.5
    assert made._parse_arg_template == stats.norm._parse_arg_template
    assert capsys.readouterr().out == ""


def test_scipys_own_distribution_is_not_shared() -> None:
    made = distribution()
    assert made._ctor_param is not stats.norm._ctor_param
    assert made._parse_args.__self__ is made


@pytest.mark.parametrize("state", [{"name": "gamma"}, {"name": "test"}, {"name": 1}, {}, [], {"name": "__builtins__"}])
def test_distributions_are_refused(state: Any) -> None:
    with pytest.raises(Unsafe):
        functions.distribution_state(type(stats.norm).__new__(type(stats.norm)), state)


@pytest.mark.parametrize(
    "changed",
    [
        {"dist": type(stats.norm).__new__(type(stats.norm))},
        {"dist": object()},
        {"args": [0, 1]},
        {"args": (print,)},
        {"kwds": {"loc": "x"}},
        {"rvs": print},
    ],
)
def test_frozen_distributions_are_refused(changed: dict[str, Any]) -> None:
    cls = type(stats.norm(0, 1))
    state = {"args": (0, 1), "kwds": {}, "dist": distribution(), "a": 99, "b": -99}
    functions.frozen_state(made := cls.__new__(cls), state)
    assert (made.a, made.b) == (-np.inf, np.inf)
    with pytest.raises(Unsafe):
        functions.frozen_state(cls.__new__(cls), {**state, **changed})


def test_vectorize_calls_the_entropy_of_a_distribution_and_nothing_else() -> None:
    state = vars(stats.poisson.vecentropy)
    functions.vectorize_state(made := np.vectorize.__new__(np.vectorize), {"pyfunc": stats.poisson._entropy})
    assert made.pyfunc == state["pyfunc"]
    for function in (print, None, stats.poisson._pmf, distribution):
        with pytest.raises(Unsafe):
            functions.vectorize_state(np.vectorize.__new__(np.vectorize), {"pyfunc": function})


def test_plain_states_set_known_slots_only() -> None:
    cls = interpolate.KroghInterpolator
    guard.plain_state(made := cls.__new__(cls), ({"n": 1}, {"dtype": float}))
    assert (made.n, made.dtype) == (1, float)
    for state in (({}, {"evaluate": print}), ({"__class__": int}, {}), ({}, {"__call__": print})):
        with pytest.raises(Unsafe):
            guard.plain_state(cls.__new__(cls), state)
