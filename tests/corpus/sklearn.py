"""Honest scikit-learn objects: every estimator fitted on little data, alone and inside others, and what they hold."""

from __future__ import annotations

import importlib
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse, stats
from sklearn import (
    calibration,
    compose,
    ensemble,
    feature_extraction,
    feature_selection,
    frozen,
    gaussian_process,
    impute,
    linear_model,
    metrics,
    model_selection,
    multiclass,
    multioutput,
    neighbors,
    pipeline,
    preprocessing,
    semi_supervised,
    svm,
    tree,
    utils,
)
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.gaussian_process import kernels

from tests.corpus import Case
from tests.corpus.sklearn_estimators import FITTED, data

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cases"]

_METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples", "kneighbors", "apply")
_DERIVED = ("_cached_dict", "_stop_words_id", "n_threads", "f_")
"""Attributes that are computed again."""


def _fit(estimator: Any, kind: str, **how: Any) -> Any:
    samples, targets = data(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(samples, **how) if targets is None else estimator.fit(samples, targets, **how)


def _fit_named(path: str, parameters: dict[str, Any], kind: str) -> Any:
    module, _, name = path.rpartition(".")
    return _fit(getattr(importlib.import_module(f"sklearn.{module}"), name)(**parameters), kind)


# ------------------------------------------------------------------------------------------------------------ the same


def _same(before: Any, after: Any) -> bool:
    """Compare everything that two objects hold, however deep; what is being compared already counts as the same."""
    pair = (id(before), id(after))
    if type(before) is not type(after) or pair in _COMPARING:
        return type(before) is type(after)
    _COMPARING.add(pair)
    try:
        return _same_content(before, after)
    finally:
        _COMPARING.remove(pair)


_COMPARING: set[tuple[int, int]] = set()


def _same_content(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return _same_array(before, after)
    if sparse.issparse(before):
        return before.shape == after.shape and bool(np.array_equal(before.toarray(), after.toarray()))
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return list(before) == list(after) and all(_same(before[key], after[key]) for key in before)
    if isinstance(before, (float, np.floating)):
        return bool(before == after) or bool(before != before and after != after)
    return _same_object(before, after)


def _same_array(before: Any, after: Any) -> bool:
    if before.dtype != after.dtype or before.shape != after.shape:
        return False
    if before.dtype.kind == "O":
        return all(map(_same, before.ravel(), after.ravel()))
    return bool(np.array_equal(before, after, equal_nan=before.dtype.kind in "fc"))


def _same_object(before: Any, after: Any) -> bool:
    if isinstance(before, np.random.RandomState):
        return _same(before.get_state(), after.get_state())
    if isinstance(before, np.random.Generator):
        return bool(before.bit_generator.state == after.bit_generator.state)
    if type(before).__name__ in ("Tree", "KDTree", "BallTree") or "Distance" in type(before).__name__:
        return _same(*(_compiled_state(item) for item in (before, after)))
    if hasattr(before, "__dict__") and not callable(getattr(before, "__code__", None)) and not isinstance(before, type):
        fields = [
            {name: item for name, item in sorted(vars(owner).items()) if name not in _DERIVED}
            for owner in (before, after)
        ]
        return _same(*fields) if fields[0] else True
    if before is after or bool(before == after):
        return True
    return not isinstance(before, (str, type)) and _same(before.__reduce_ex__(2), after.__reduce_ex__(2))


def _compiled_state(item: Any) -> Any:
    state = item.__getstate__()
    if type(item).__name__ in ("KDTree", "BallTree"):
        return np.asarray(state[0]), np.asarray(state[1]), state[4], _compiled_state(state[11])
    return state


def _results(estimator: Any, samples: Any) -> dict[str, Any]:
    """Return what an estimator says of samples, or how it fails to."""
    results: dict[str, Any] = {}
    for name in _METHODS:
        method = getattr(estimator, name, None)
        if method is not None:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    results[name] = method(samples)
            except (ValueError, AttributeError, TypeError) as error:
                results[name] = str(error)
    return results


def _same_fitted(kind: str) -> Callable[[Any, Any], bool]:
    def same(before: Any, after: Any) -> bool:
        samples = data(kind)[0]
        return _same(before, after) and _same(_results(before, samples), _results(after, samples))

    return same


# ------------------------------------------------------------------------------------------------ estimators in others


def _forest(**parameters: Any) -> Any:
    return ensemble.RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0, **parameters)


def _logistic() -> Any:
    return linear_model.LogisticRegression(max_iter=50)


def _ridge() -> Any:
    return linear_model.Ridge()


def _stump(seed: int) -> Any:
    return tree.DecisionTreeClassifier(max_depth=2, random_state=seed)


def _columns() -> Any:
    return compose.ColumnTransformer(
        [("scaled", preprocessing.StandardScaler(), [0, 1]), ("binned", preprocessing.KBinsDiscretizer(3), slice(2, 4))]
    )


def _pipeline(*steps: Any) -> Any:
    return pipeline.make_pipeline(*steps)


def _nested() -> dict[str, tuple[str, Callable[[], Any]]]:
    """Return the estimators that hold others: kind of data, and how each is made."""
    return {
        "calibrated": ("classes", lambda: calibration.CalibratedClassifierCV(_logistic(), cv=3)),
        "calibrated_isotonic": (
            "binary",
            lambda: calibration.CalibratedClassifierCV(_stump(0), method="isotonic", cv=2),
        ),
        "chain": ("labels", lambda: multioutput.ClassifierChain(_logistic())),
        "regressor_chain": ("targets", lambda: multioutput.RegressorChain(_ridge())),
        "columns": ("values", _columns),
        "union": (
            "values",
            lambda: pipeline.make_union(preprocessing.MinMaxScaler(), preprocessing.PolynomialFeatures()),
        ),
        "threshold": ("binary", lambda: model_selection.FixedThresholdClassifier(_logistic(), threshold=0.4)),
        "tuned": ("binary", lambda: model_selection.TunedThresholdClassifierCV(_logistic(), cv=3)),
        "frozen": ("classes", lambda: frozen.FrozenEstimator(_fit(_logistic(), "classes"))),
        "many_outputs": ("labels", lambda: multioutput.MultiOutputClassifier(_logistic())),
        "many_values": ("targets", lambda: multioutput.MultiOutputRegressor(_ridge())),
        "one_one": ("classes", lambda: multiclass.OneVsOneClassifier(_logistic())),
        "one_rest": ("classes", lambda: multiclass.OneVsRestClassifier(svm.LinearSVC())),
        "output_code": ("classes", lambda: multiclass.OutputCodeClassifier(_logistic(), random_state=0)),
        "ransac": ("values", lambda: linear_model.RANSACRegressor(random_state=0)),
        "rfe": ("classes", lambda: feature_selection.RFE(_logistic(), n_features_to_select=2)),
        "rfecv": ("classes", lambda: feature_selection.RFECV(_logistic(), cv=3)),
        "from_model": ("classes", lambda: feature_selection.SelectFromModel(_forest())),
        "self_training": ("classes", lambda: semi_supervised.SelfTrainingClassifier(_logistic())),
        "sequential": ("classes", lambda: feature_selection.SequentialFeatureSelector(_logistic(), cv=2)),
        "stacking": ("classes", lambda: ensemble.StackingClassifier([("a", _stump(0)), ("b", _stump(1))], cv=3)),
        "stacking_values": ("values", lambda: ensemble.StackingRegressor([("a", _ridge()), ("b", svm.SVR())], cv=3)),
        "voting": ("classes", lambda: ensemble.VotingClassifier([("a", _stump(0)), ("b", _logistic())], voting="soft")),
        "voting_values": ("values", lambda: ensemble.VotingRegressor([("a", _ridge()), ("b", svm.SVR())])),
        "transformed_target": (
            "values",
            lambda: compose.TransformedTargetRegressor(_ridge(), func=np.log1p, inverse_func=np.expm1),
        ),
        "sparse_coder": ("values", lambda: importlib.import_module("sklearn.decomposition").SparseCoder(np.eye(4))),
    }


def _pipelines() -> dict[str, tuple[str, Callable[[], Any]]]:
    scaler = preprocessing.StandardScaler
    return {
        "pipeline": ("classes", lambda: _pipeline(scaler(), _logistic())),
        "pipeline_columns": ("classes", lambda: _pipeline(_columns(), _forest())),
        "pipeline_text": ("text", lambda: _pipeline(feature_extraction.text.TfidfVectorizer())),
        "pipeline_function": ("values", lambda: _pipeline(preprocessing.FunctionTransformer(np.log1p), _ridge())),
        "pipeline_named": ("classes", lambda: pipeline.Pipeline([("nothing", "passthrough"), ("tree", _stump(0))])),
        "pipeline_pca": (
            "classes",
            lambda: _pipeline(
                importlib.import_module("sklearn.decomposition").PCA(2), neighbors.KNeighborsClassifier(3)
            ),
        ),
        "pipeline_select": (
            "classes",
            lambda: _pipeline(feature_selection.SelectKBest(feature_selection.mutual_info_classif, k=2), svm.SVC()),
        ),
        "imputer_iterative": ("holes", lambda: impute.IterativeImputer(max_iter=2, random_state=0)),
        "imputer_pipeline": ("holes", lambda: _pipeline(impute.SimpleImputer(), _forest())),
    }


def _searches() -> dict[str, tuple[str, Callable[[], Any]]]:
    search = model_selection
    return {
        "grid_search": ("classes", lambda: search.GridSearchCV(_logistic(), {"C": [0.1, 1.0]}, cv=2)),
        "grid_pipeline": (
            "classes",
            lambda: search.GridSearchCV(_pipeline(preprocessing.StandardScaler(), svm.SVC()), {"svc__C": [1, 2]}, cv=2),
        ),
        "grid_scorers": (
            "classes",
            lambda: search.GridSearchCV(
                _stump(0), {"max_depth": [1, 2]}, cv=2, scoring=["accuracy", "f1_macro"], refit="accuracy"
            ),
        ),
        "random_search": (
            "values",
            lambda: search.RandomizedSearchCV(
                _ridge(), {"alpha": stats.loguniform(1e-3, 10)}, n_iter=3, cv=2, random_state=0
            ),
        ),
        "halving": ("values", lambda: search.HalvingGridSearchCV(_ridge(), {"alpha": [0.1, 1]}, cv=2, random_state=0)),
        "halving_random": (
            "values",
            lambda: search.HalvingRandomSearchCV(_ridge(), {"alpha": [0.1, 1]}, cv=2, random_state=0),
        ),
    }


def _variants() -> dict[str, tuple[str, Callable[[], Any]]]:
    """Return estimators whose options change what their fitted state holds."""
    near = neighbors.KNeighborsClassifier
    return {
        "knn_ball": ("classes", lambda: near(3, algorithm="ball_tree")),
        "knn_brute": ("classes", lambda: near(3, algorithm="brute")),
        "knn_minkowski": ("classes", lambda: near(3, p=3, metric_params={"w": np.ones(4)})),
        "knn_labels": ("labels", lambda: near(3)),
        "knn_manhattan": ("values", lambda: neighbors.KNeighborsRegressor(3, metric="manhattan", weights="distance")),
        "density_ball": ("values", lambda: neighbors.KernelDensity(algorithm="ball_tree", kernel="epanechnikov")),
        "outlier_novelty": ("values", lambda: neighbors.LocalOutlierFactor(novelty=True)),
        "svc_linear": ("classes", lambda: svm.SVC(kernel="linear")),
        "svc_precomputed": ("square", lambda: svm.OneClassSVM(kernel="precomputed")),
        "forest_labels": ("labels", _forest),
        "forest_out_of_bag": ("classes", lambda: _forest(oob_score=True, warm_start=True)),
        "forest_missing": ("holes", _forest),
        "tree_values": ("targets", lambda: tree.DecisionTreeRegressor(max_depth=3)),
        "boosting_binary": (
            "binary",
            lambda: ensemble.GradientBoostingClassifier(n_estimators=3, subsample=0.8, random_state=0),
        ),
        "boosting_zero": (
            "values",
            lambda: ensemble.GradientBoostingRegressor(n_estimators=3, init="zero", loss="huber"),
        ),
        "boosting_quantile": ("values", lambda: ensemble.GradientBoostingRegressor(n_estimators=2, loss="quantile")),
        "histogram_binary": ("binary", lambda: ensemble.HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=3)),
        "histogram_missing": ("holes", lambda: ensemble.HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=3)),
        "histogram_categories": (
            "counts",
            lambda: ensemble.HistGradientBoostingClassifier(
                max_iter=2, min_samples_leaf=2, categorical_features=[0, 2]
            ),
        ),
        "histogram_quantile": (
            "values",
            lambda: ensemble.HistGradientBoostingRegressor(
                max_iter=2, min_samples_leaf=3, loss="quantile", quantile=0.3
            ),
        ),
        "one_hot_infrequent": (
            "words",
            lambda: preprocessing.OneHotEncoder(min_frequency=8, handle_unknown="infrequent_if_exist"),
        ),
        "one_hot_dense": ("words", lambda: preprocessing.OneHotEncoder(sparse_output=False, drop="first")),
        "text_ngrams": ("text", lambda: feature_extraction.text.CountVectorizer(ngram_range=(1, 2), stop_words=["a"])),
        "process_values": (
            "values",
            lambda: gaussian_process.GaussianProcessRegressor(kernels.RBF() + kernels.WhiteKernel(), random_state=0),
        ),
        "sgd_average": ("classes", lambda: linear_model.SGDClassifier(average=True, max_iter=5, random_state=0)),
        "sgd_log": ("binary", lambda: linear_model.SGDClassifier(loss="log_loss", max_iter=5, random_state=0)),
        "spline": ("values", lambda: preprocessing.SplineTransformer(extrapolation="periodic")),
        "linear_sparse": ("binary", lambda: linear_model.LogisticRegression(C=0.1, l1_ratio=1.0, solver="liblinear")),
    }


# ------------------------------------------------------------------------------------------------------------ the rest


def _frame() -> Any:
    frame = pd.DataFrame({"n": [1.0, 2.0, None, 4.0] * 5, "c": ["u", "v", "u", "w"] * 5})
    steps = compose.make_column_transformer(
        (impute.SimpleImputer(), compose.make_column_selector(dtype_include=float)),
        (preprocessing.OneHotEncoder(handle_unknown="ignore"), ["c"]),
        verbose_feature_names_out=False,
    )
    return _pipeline(steps, _forest()).fit(frame, [0, 1, 1, 0] * 5)


def _same_on_frame(before: Any, after: Any) -> bool:
    frame = pd.DataFrame({"n": [1.5, None], "c": ["w", "z"]})
    return _same(before.predict_proba(frame), after.predict_proba(frame))


def _frame_categories() -> Any:
    frame = pd.DataFrame({"n": np.arange(40.0), "c": pd.Categorical(["u", "v", "w", "u"] * 10)})
    boosting = ensemble.HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=3, categorical_features="from_dtype")
    return boosting.fit(frame, frame["n"] % 4 + frame["c"].cat.codes)


def _same_on_categories(before: Any, after: Any) -> bool:
    frame = pd.DataFrame({"n": [1.5, 30.0], "c": pd.Categorical(["w", "u"], categories=["u", "v", "w"])})
    return _same(before.predict(frame), after.predict(frame))


def _sparse_machine() -> Any:
    samples, classes = data("classes")
    return svm.SVC().fit(sparse.csr_matrix(samples), classes)


def _same_on_sparse(before: Any, after: Any) -> bool:
    samples = sparse.csr_matrix(data("classes")[0])
    return _same(before.decision_function(samples), after.decision_function(samples))


def _holders() -> dict[str, Callable[[], Any]]:
    split = model_selection
    kernel = kernels.ConstantKernel(2.0) * kernels.Matern(nu=1.5) + kernels.ExpSineSquared() ** 2
    return {
        "bunch": lambda: utils.Bunch(data=np.eye(2), names=["a", "b"], target=1),
        "kernel": lambda: kernel + kernels.RationalQuadratic() * kernels.DotProduct() + kernels.PairwiseKernel(),
        "kernel_compound": lambda: kernels.CompoundKernel([kernels.RBF(), kernels.WhiteKernel()]),
        "scorer": lambda: metrics.make_scorer(metrics.fbeta_score, beta=2),
        "scorer_named": lambda: metrics.get_scorer("roc_auc"),
        "scorer_negative": lambda: metrics.make_scorer(metrics.mean_pinball_loss, greater_is_better=False, alpha=0.9),
        "grid": lambda: split.ParameterGrid({"a": [1, 2], "b": ["x"]}),
        "sampler": lambda: split.ParameterSampler({"a": stats.uniform(0, 1)}, n_iter=3, random_state=0),
        "split_k": lambda: split.KFold(4, shuffle=True, random_state=1),
        "split_stratified": lambda: split.StratifiedShuffleSplit(3, test_size=0.3, random_state=0),
        "split_time": lambda: split.TimeSeriesSplit(4),
        "split_repeated": lambda: split.RepeatedStratifiedKFold(n_splits=3, random_state=0),
        "split_predefined": lambda: split.PredefinedSplit([0, 1, -1, 0]),
        "split_group": lambda: split.GroupKFold(3),
        "unfitted_forest": lambda: ensemble.RandomForestRegressor(n_jobs=2, random_state=np.random.RandomState(3)),
        "unfitted_pipeline": lambda: _pipeline(preprocessing.StandardScaler(), neighbors.KNeighborsClassifier()),
        "kd_tree": lambda: neighbors.KDTree(data("values")[0], leaf_size=3),
        "ball_tree": lambda: neighbors.BallTree(data("values")[0], metric="minkowski", p=3),
        "metric": lambda: metrics.DistanceMetric.get_metric("mahalanobis", V=np.diag([1.0, 2.0, 3.0])),
        "models": lambda: {"model": _fit(_logistic(), "classes"), "score": 0.5, "names": ["a"]},
    }


def _fitted(kind: str, make: Callable[[], BaseEstimator]) -> Any:
    return _fit(make(), kind)


def cases() -> list[Case]:
    """Return all cases of this library."""
    alone = [
        Case(f"sklearn_{path.rpartition('.')[2]}", partial(_fit_named, path, parameters, kind), _same_fitted(kind))
        for kind, group in FITTED.items()
        for path, parameters in group.items()
    ]
    combined = _nested() | _pipelines() | _searches() | _variants()
    together = [
        Case(f"sklearn_{name}", partial(_fitted, kind, make), _same_fitted(kind))
        for name, (kind, make) in combined.items()
    ]
    return [
        *alone,
        *together,
        *(Case(f"sklearn_{name}", make, _same) for name, make in _holders().items()),
        Case("sklearn_frame_pipeline", _frame, _same_on_frame),
        Case("sklearn_frame_categories", _frame_categories, _same_on_categories),
        Case("sklearn_sparse_machine", _sparse_machine, _same_on_sparse),
    ]
