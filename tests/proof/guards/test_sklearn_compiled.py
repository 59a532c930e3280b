"""Guards of what scikit-learn's compiled code reads: trees, neighbours, clusters, machines; with hostile states."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn import cluster, ensemble, linear_model, metrics, neighbors, preprocessing, svm, tree
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.metrics import _dist_metrics
from sklearn.neighbors import _ball_tree, _kd_tree
from sklearn.tree._tree import Tree

from onggi.proof.guards import sklearn as estimators
from onggi.proof.guards import sklearn_neighbors as near
from onggi.proof.guards import sklearn_trees as guard
from onggi.proof.rules import Unsafe

RNG = np.random.default_rng(3)
X = RNG.random((40, 3))
Y = (X[:, 0] > 0.5).astype(int) + (X[:, 1] > 0.5)


def fitted(estimator: Any, samples: Any = X, targets: Any = Y) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(samples, targets)


def refill(estimator: Any, **changed: Any) -> Any:
    """Fill an empty estimator with the attributes of a fitted one, some of them changed."""
    made = type(estimator).__new__(type(estimator))
    estimators.estimator_state(made, {**vars(estimator), "_sklearn_version": sklearn.__version__, **changed})
    return made


def without(state: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key != name}


# Tree


def remade(**changed: Any) -> Any:
    """Make a tree of the state of a fitted one, with changed fields of nodes (`feature`) or of the state (`nodes`)."""
    own = fitted(tree.DecisionTreeClassifier(max_depth=3, random_state=0)).tree_
    state = {**own.__getstate__()}
    state["nodes"] = state["nodes"].copy()
    for name, change in changed.items():
        if name in state:
            state[name] = change(state[name])
        else:
            state["nodes"][name] = change(state["nodes"][name])
    made = guard.tree(Tree, own.__reduce__()[1])
    guard.tree_state(made, state)
    return made


def put(at: int, number: int) -> Any:
    def change(column: Any) -> Any:
        column = column.copy()
        column[at] = number
        return column

    return change


def test_trees_are_filled_once() -> None:
    made = remade()
    assert made.predict(X.astype("f4")).shape == (40, 3)
    with pytest.raises(Unsafe, match="twice"):
        guard.tree_state(made, made.__getstate__())


@pytest.mark.parametrize(
    "changed",
    [
        {"left_child": put(0, 10**6)},
        {"left_child": put(0, -2)},
        {"left_child": put(1, 0)},
        {"left_child": put(1, 1)},
        {"right_child": put(0, 1)},
        {"right_child": put(0, -1)},
        {"right_child": put(0, 2**62)},
        {"feature": put(0, 3)},
        {"feature": put(0, -2)},
        {"nodes": lambda nodes: nodes[:3]},
        {"nodes": lambda nodes: nodes[:0]},
        {"nodes": lambda nodes: nodes.tobytes()},
        {"node_count": lambda count: count + 1},
        {"node_count": lambda count: 10**12},
        {"node_count": lambda count: 1},
        {"max_depth": lambda depth: depth - 1},
        {"max_depth": lambda depth: 10**12},
        {"max_depth": lambda depth: -1},
        {"values": lambda values: values.astype("i8")},
        {"values": lambda values: values.ravel()},
    ],
)
def test_trees_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        remade(**changed)


@pytest.mark.parametrize(
    "changed",
    [{"values": lambda values: values[:, :, :2]}, {"nodes": lambda n: n[["left_child", "right_child", "feature"]]}],
)
def test_trees_that_scikit_learn_itself_refuses_in_time(changed: dict[str, Any]) -> None:
    with pytest.raises((Unsafe, ValueError)):
        remade(**changed)


@pytest.mark.parametrize(
    "args",
    [
        (-1, np.array([2]), 1),
        (3, np.array([2]), 2),
        (3, np.array([0]), 1),
        (3, np.array([2**31]), 1),
        (3, np.array([2.0]), 1),
        (3, [2], 1),
        (3, np.array([2])),
    ],
)
def test_empty_trees_are_refused(args: Any) -> None:
    with pytest.raises(Unsafe):
        guard.tree(Tree, args)


def test_an_estimator_checks_for_the_features_of_its_tree() -> None:
    model = fitted(tree.DecisionTreeClassifier(max_depth=2))
    assert refill(model).predict(X).tolist() == model.predict(X).tolist()
    old = without({**vars(model), "_sklearn_version": sklearn.__version__}, "n_features_in_")
    estimators.estimator_state(made := tree.DecisionTreeClassifier.__new__(tree.DecisionTreeClassifier), old)
    assert made.n_features_in_ == 3
    for changed in (
        {"n_features_in_": 1},
        {"tree_": None},
        {"tree_": model},
        {"tree_": guard.tree(Tree, (3, np.array([2]), 1))},
    ):
        with pytest.raises(Unsafe):
            refill(model, **changed)


# gradient boosting


def boosting() -> Any:
    return fitted(ensemble.GradientBoostingClassifier(n_estimators=2, max_depth=2, random_state=0))


def test_gradient_boosting_is_filled() -> None:
    model = boosting()
    assert np.array_equal(refill(model).predict_proba(X), model.predict_proba(X))


def _other_start(width: int) -> Any:
    return fitted(boosting().init_.__class__(strategy="prior"), X, np.arange(40) % width)


@pytest.mark.parametrize(
    "changed",
    [
        lambda model: {"estimators_": model.estimators_[:, :1]},
        lambda model: {"estimators_": model.estimators_.ravel()},
        lambda model: {"estimators_": model.estimators_.tolist()},
        lambda model: {"estimators_": np.array([[linear_model.Ridge()] * 3], object)},
        lambda model: {"estimators_": np.array([[tree.DecisionTreeRegressor()] * 3], object)},
        lambda model: {"estimators_": _with_narrow_tree(model.estimators_)},
        lambda model: {"n_trees_per_iteration_": 1},
        lambda model: {"n_features_in_": 9},
        lambda model: {"init_": _other_start(2)},
        lambda model: {"init_": linear_model.LogisticRegression()},
        lambda model: {"init_": print},
        lambda model: {"_loss": None},
        lambda model: {"_loss": fitted(ensemble.GradientBoostingClassifier(n_estimators=1), X, Y > 0)._loss},
    ],
)
def test_gradient_boosting_is_refused(changed: Any) -> None:
    model = boosting()
    with pytest.raises(Unsafe):
        refill(model, **changed(model))


def _with_narrow_tree(trees: Any) -> Any:
    mixed = trees.copy()
    mixed[1, 1] = fitted(tree.DecisionTreeRegressor(max_depth=2), X[:, :2])
    return mixed


def test_the_first_prediction_does_not_vary() -> None:
    model = boosting()
    start = copy.copy(model.init_)
    start.strategy = "stratified"
    with pytest.raises(Unsafe):
        refill(model, init_=start)


# histogram gradient boosting


def histogram(**parameters: Any) -> Any:
    samples = np.column_stack([X[:, 0], (X[:, 1] * 4).astype(int), X[:, 2]])
    model = ensemble.HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=3, random_state=0, **parameters)
    return fitted(model, samples, samples[:, 0] + samples[:, 1])


def predictor(**changed: Any) -> Any:
    own = histogram(categorical_features=[1])._predictors[0][0]
    state = {name: value.copy() for name, value in vars(own).items()}
    for name, change in changed.items():
        if name in state:
            state[name] = change(state[name])
        else:
            state["nodes"][name] = change(state["nodes"][name])
    made = TreePredictor.__new__(TreePredictor)
    guard.predictor_state(made, state)
    return made


def test_predictors_are_filled_once() -> None:
    made = predictor()
    with pytest.raises(Unsafe, match="twice"):
        guard.predictor_state(made, vars(made).copy())


@pytest.mark.parametrize(
    "changed",
    [
        {"left": put(0, 10**6)},
        {"left": put(0, 0)},
        {"right": put(0, 2**32 - 1)},
        {"right": put(0, 1)},
        {"feature_idx": put(0, -1)},
        {"is_leaf": put(-1, 0)},
        {"nodes": lambda nodes: nodes[:0]},
        {"nodes": lambda nodes: nodes[:1]},
        {"nodes": lambda nodes: nodes[["left", "right"]]},
        {"raw_left_cat_bitsets": lambda sets: sets[:0]},
        {"raw_left_cat_bitsets": lambda sets: sets[:, :4]},
        {"raw_left_cat_bitsets": lambda sets: sets.astype("u8")},
        {"binned_left_cat_bitsets": lambda sets: sets.tolist()},
        {"bitset_idx": lambda column: column + 100},
    ],
)
def test_predictors_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        predictor(**changed)


def test_histogram_boosting_is_filled() -> None:
    for model in (histogram(), histogram(categorical_features=[1])):
        samples = np.column_stack([X[:, 0], (X[:, 1] * 4).astype(int), X[:, 2]])
        assert np.array_equal(refill(model).predict(samples), model.predict(samples))


def _narrow(model: Any) -> Any:
    mapper = copy.copy(model._bin_mapper)
    mapper.is_categorical_ = mapper.is_categorical_[:2]
    return mapper


def _uncategorical(model: Any) -> Any:
    mapper = copy.copy(model._bin_mapper)
    mapper.is_categorical_ = np.zeros_like(mapper.is_categorical_)
    return mapper


@pytest.mark.parametrize(
    "changed",
    [
        lambda model: {"n_features_in_": 1, "_n_features": 1},
        lambda model: {"_in_fit": True},
        lambda model: {"_predictors": [[model]]},
        lambda model: {"_predictors": [[TreePredictor.__new__(TreePredictor)]]},
        lambda model: {"_predictors": (iter([]),)},
        lambda model: {"_bin_mapper": None},
        lambda model: {"_bin_mapper": _narrow(model)},
        lambda model: {"_bin_mapper": _uncategorical(model)},
        lambda model: {"_baseline_prediction": print},
        lambda model: {"_preprocessor": preprocessing.FunctionTransformer(np.ravel)},
        lambda model: {"_preprocessor": preprocessing.StandardScaler()},
    ],
)
def test_histogram_boosting_is_refused(changed: Any) -> None:
    model = histogram(categorical_features=[1])
    with pytest.raises(Unsafe):
        refill(model, **changed(model))


def test_the_preparation_of_categories_gives_all_columns() -> None:
    model = histogram(categorical_features=[1])
    steps = model._preprocessor.transformers_
    model._preprocessor.transformers_ = [steps[0], (*steps[1][:2], np.array([True, False, False]))]
    with pytest.raises(Unsafe, match="add up"):
        refill(model)


def test_the_plain_part_of_the_preparation_is_renewed() -> None:
    model = histogram(categorical_features=[1])
    plain = model._preprocessor.transformers_[1][1]
    plain.func = np.ravel
    made = refill(model)
    assert made._preprocessor.transformers_[1][1].func.func.__name__ == "check_array"


def test_bins_are_of_all_features() -> None:
    mapper = histogram()._bin_mapper
    assert refill(mapper).n_threads is None
    for changed in (
        {"bin_thresholds_": mapper.bin_thresholds_[:1]},
        {"bin_thresholds_": [[0.5]] * 3},
        {"is_categorical_": mapper.is_categorical_[:1]},
        {"n_bins_non_missing_": None},
    ):
        with pytest.raises(Unsafe):
            refill(mapper, **changed)


# neighbours


def neighbour_state(**changed: Any) -> Any:
    parts = list(neighbors.KDTree(X, leaf_size=5).__getstate__())
    for at, part in changed.items():
        parts[int(at[1:])] = part
    return tuple(parts)


@pytest.mark.parametrize("module", [_kd_tree, _ball_tree])
def test_trees_of_neighbours_are_built_anew(module: Any) -> None:
    cls = neighbors.KDTree if module is _kd_tree else neighbors.BallTree
    made = near.neighbour_tree(module.newObj, (cls,))
    assert made.query([[0.0]])[1] == 0
    near.neighbour_tree_state(made, neighbour_state(_1=np.full(40, 10**9), _6=10**9, _2=None))
    assert np.array_equal(made.query(X)[1].ravel(), np.arange(40))


@pytest.mark.parametrize(
    "changed",
    [
        {"_0": X.ravel()},
        {"_0": X.tolist()},
        {"_4": 0},
        {"_4": -1},
        {"_4": 1.5},
        {"_11": "euclidean"},
        {"_11": print},
        {"_12": np.ones(3)},
    ],
)
def test_trees_of_neighbours_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unsafe):
        near.neighbour_tree_state(near.neighbour_tree(_kd_tree.newObj, (neighbors.KDTree,)), neighbour_state(**changed))


@pytest.mark.parametrize("cls", [list, print, Tree, neighbors.NearestNeighbors, _dist_metrics.EuclideanDistance64])
def test_new_objects_are_trees_of_neighbours(cls: Any) -> None:
    with pytest.raises(Unsafe):
        near.neighbour_tree(_kd_tree.newObj, (cls,))


@pytest.mark.parametrize(
    "cls", [list, _dist_metrics.DistanceMetric64, _dist_metrics.PyFuncDistance64, neighbors.KDTree]
)
def test_new_objects_are_metrics(cls: Any) -> None:
    with pytest.raises(Unsafe):
        near.metric(_dist_metrics.newObj, (cls,))


@pytest.mark.parametrize(
    "state",
    [
        (2.0, np.ones(1), np.ones((2, 3))),
        (2.0, np.ones((1, 1)), np.ones((1, 1))),
        (2.0, np.ones(1, "f4"), np.ones((1, 1))),
        ("2", np.ones(1), np.ones((1, 1))),
        (2.0, np.ones(1), np.ones((1, 1)), print, {}),
        (2.0, [1.0], [[1.0]]),
    ],
)
def test_metrics_are_refused(state: Any) -> None:
    made = near.metric(_dist_metrics.newObj, (_dist_metrics.MahalanobisDistance64,))
    with pytest.raises(Unsafe):
        near.metric_state(made, state)


def test_a_metric_that_does_not_fit_its_points_is_refused_by_scikit_learn() -> None:
    measure = metrics.DistanceMetric.get_metric("seuclidean", V=np.ones(2))
    made = near.neighbour_tree(_ball_tree.newObj, (neighbors.BallTree,))
    with pytest.raises(ValueError, match="does not match"):
        near.neighbour_tree_state(made, neighbour_state(_11=measure))


def test_a_tree_has_its_own_metric() -> None:
    measure = metrics.DistanceMetric.get_metric("minkowski", p=3, w=np.ones(3))
    made = near.neighbour_tree(_kd_tree.newObj, (neighbors.KDTree,))
    near.neighbour_tree_state(made, neighbour_state(_11=measure))
    assert made.__getstate__()[11] is not measure


@pytest.mark.parametrize(
    "changed",
    [
        {"_fit_X": X[:, :2]},
        {"_fit_X": X[:5]},
        {"_fit_X": X.tolist()},
        {"n_features_in_": 2},
        {"n_samples_fit_": 5},
        {"_tree": neighbors.KDTree(X[:, :2])},
        {"_tree": print},
        {"_y": np.full(40, 3)},
        {"_y": np.full(40, -1)},
        {"_y": np.zeros(5, int)},
        {"_y": np.zeros((40, 2), int)},
        {"_y": np.zeros(40)},
        {"classes_": np.array([0])},
    ],
)
def test_neighbours_are_refused(changed: dict[str, Any]) -> None:
    model = fitted(neighbors.KNeighborsClassifier(3))
    assert np.array_equal(refill(model).predict(X), model.predict(X))
    with pytest.raises(Unsafe):
        refill(model, **changed)


# clusters


@pytest.mark.parametrize(
    "changed",
    [{"cluster_centers_": X[:2, :2]}, {"cluster_centers_": X[:0]}, {"cluster_centers_": X[0]}, {"n_features_in_": 2}],
)
def test_centres_are_refused(changed: dict[str, Any]) -> None:
    model = fitted(cluster.KMeans(2, n_init=1, random_state=0))
    assert np.array_equal(refill(model).predict(X), model.predict(X))
    with pytest.raises(Unsafe):
        refill(model, **changed)


def test_trees_of_clusters_are_refused() -> None:
    model = fitted(cluster.BisectingKMeans(3, random_state=0))
    assert np.array_equal(refill(model).predict(X), model.predict(X))
    root = model._bisecting_tree
    for name, value in (("left", root), ("left", None), ("center", np.ones(2)), ("center", [1.0] * 3), ("left", print)):
        changed = copy.copy(root)
        setattr(changed, name, value if value is not root else changed)
        with pytest.raises(Unsafe):
            refill(model, _bisecting_tree=changed)


@pytest.mark.parametrize("change", [("left_node", 10**6), ("right_node", -1)])
def test_links_are_refused(change: tuple[str, int]) -> None:
    model = fitted(cluster.HDBSCAN(min_cluster_size=3, copy=True))
    refill(model).dbscan_clustering(0.3)
    links = model._single_linkage_tree_.copy()
    links[change[0]][0] = change[1]
    for changed in (links, links[:0], X):
        with pytest.raises(Unsafe):
            refill(model, _single_linkage_tree_=changed)


# machines


@pytest.mark.parametrize(
    "changed",
    [
        {"_n_support": np.array([1, 1, 1], "i4")},
        {"_n_support": np.array([-1, 1, 1], "i4")},
        {"_n_support": np.array([40], "i4")},
        {"_n_support": [10, 10, 10]},
        {"support_": np.arange(2, dtype="i4")},
        {"support_vectors_": X},
        {"support_vectors_": X[:5, :2]},
        {"_dual_coef_": np.ones((1, 5))},
        {"_dual_coef_": np.ones((2, 2))},
        {"_intercept_": np.ones(1)},
        {"_probA": np.ones(3)},
        {"_probA": np.ones(1), "_probB": np.ones(1)},
        {"kernel": print},
        {"kernel": np.dot},
        {"kernel": "precomputed"},
        {"degree": 2.5},
        {"_impl": "epsilon_svr"},
        {"_sparse": True},
        {"n_features_in_": 2},
    ],
)
def test_machines_are_refused(changed: dict[str, Any]) -> None:
    model = fitted(svm.SVC())
    assert np.array_equal(refill(model).decision_function(X), model.decision_function(X))
    with pytest.raises(Unsafe):
        refill(model, **changed)


def test_places_in_a_precomputed_kernel_are_refused() -> None:
    model = fitted(svm.SVC(kernel="precomputed"), X @ X.T)
    assert np.array_equal(refill(model).predict(X @ X.T), model.predict(X @ X.T))
    for changed in (
        {"support_": model.support_ + 100},
        {"support_": -model.support_ - 1},
        {"shape_fit_": (10**6, 3)},
        {"shape_fit_": None},
    ):
        with pytest.raises(Unsafe):
            refill(model, **changed)


def test_sparse_machines_are_refused() -> None:
    model = fitted(svm.SVC(), sparse.csr_matrix(X))
    refill(model).predict(sparse.csr_matrix(X))
    for changed in (
        {"support_vectors_": X},
        {"support_vectors_": model.support_vectors_[:2]},
        {"_dual_coef_": sparse.csr_matrix(np.ones((1, 2)))},
        {"support_vectors_": sparse.csr_matrix.__new__(sparse.csr_matrix)},
    ):
        with pytest.raises((Unsafe, AttributeError)):
            refill(model, **changed)


def test_regressions_have_two_counts() -> None:
    model = fitted(svm.SVR())
    assert np.array_equal(refill(model).predict(X), model.predict(X))
    with pytest.raises(Unsafe):
        refill(model, _n_support=np.array([1, 1, 1], "i4"))


@pytest.mark.parametrize("changed", [{"coef_": np.ones((3, 9))}, {"_average_coef": np.ones((1, 1))}, {"coef_": [1.0]}])
def test_coefficients_are_refused(changed: dict[str, Any]) -> None:
    model = fitted(linear_model.SGDClassifier(average=True, max_iter=5, random_state=0))
    assert np.array_equal(refill(model).predict(X), model.predict(X))
    with pytest.raises(Unsafe):
        refill(model, **changed)
