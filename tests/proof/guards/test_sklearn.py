"""The guard of scikit-learn's estimators, with hostile states; and every honest case."""

from __future__ import annotations

import functools
import operator
import pathlib
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn import cluster, feature_extraction, linear_model, pipeline, preprocessing, tree, utils
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils.discovery import all_estimators

import onggi
from onggi.proof.guards import sklearn as guard
from onggi.proof.rules import Unsafe, Use
from onggi.proof.tables import lookup
from tests.corpus.sklearn import cases
from tests.corpus.sklearn_estimators import FITTED


@pytest.mark.parametrize("protocol", [pytest.param(2, marks=pytest.mark.slow), 5])
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_honest_objects_load_equal(case: Any, protocol: int) -> None:
    made = _made(case)
    assert case.same(made, onggi.loads(pickle.dumps(made, protocol)))


@functools.cache
def _made(case: Any) -> Any:
    return case.make()


@pytest.mark.parametrize("cls", [cls for _, cls in all_estimators()], ids=lambda cls: cls.__name__)
def test_every_public_estimator_has_a_row(cls: Any) -> None:
    rule = lookup(cls.__module__, cls.__qualname__)[2]
    assert rule is not None
    assert rule.uses == Use.NEW | Use.STATE
    assert rule.state == "sklearn:estimator_state"


def test_every_public_estimator_is_a_case() -> None:
    alone = {path.rpartition(".")[2] for group in FITTED.values() for path in group}
    rest = {type(_made(case)).__name__ for case in cases() if case.name.removeprefix("sklearn_") not in alone}
    assert {cls.__name__ for _, cls in all_estimators()} <= alone | rest


def fill(cls: Any, **attributes: Any) -> Any:
    made = cls.__new__(cls)
    guard.estimator_state(made, {"_sklearn_version": sklearn.__version__, **attributes})
    return made


def test_estimators_are_filled_once() -> None:
    made = fill(linear_model.Ridge, alpha=2.0)
    assert made.alpha == 2.0
    with pytest.raises(Unsafe, match="twice"):
        guard.estimator_state(made, {"alpha": 3.0})


def test_another_version_is_told_as_scikit_learn_tells_it() -> None:
    with pytest.warns(InconsistentVersionWarning):
        fill(linear_model.Ridge, _sklearn_version="0.1")


@pytest.mark.parametrize(
    "attributes",
    [
        {"predict": print},
        {"predict": 1},
        {"get_params": len},
        {"__sklearn_clone__": print},
        {"__class__": int},
        {"append": print},
        {"n_jobs": 10**9},
        {"n_jobs": "many"},
        {"memory": "/tmp/cache"},
        {"_n_threads": 0},
        {"n_features_in_": -1},
        {"n_features_in_": "2"},
        {"_sklearn_version": ["1"]},
        {"_sklearn_version": "1" * 1000},
        {"kw_args": {"n_jobs": 10**9}},
        {1: 2},
    ],
)
def test_attributes_are_refused(attributes: Any) -> None:
    with pytest.raises(Unsafe):
        guard.estimator_state(linear_model.Ridge.__new__(linear_model.Ridge), attributes)


@pytest.mark.parametrize("state", [[], (None, {"alpha": 1}), ({"alpha": 1}, {"beta": 2}), utils.Bunch(alpha=1)])
def test_states_of_other_shapes_are_refused(state: Any) -> None:
    with pytest.raises(Unsafe):
        guard.estimator_state(linear_model.Ridge.__new__(linear_model.Ridge), state)


@pytest.mark.parametrize(
    "function", [np.log1p, np.float64, float, functools.partial(np.clip, a_min=0), operator.itemgetter(1)]
)
def test_callables_that_compute_are_kept(function: Any) -> None:
    assert fill(preprocessing.FunctionTransformer, func=function).func is function


@pytest.mark.parametrize("function", [type, functools.partial, pipeline.Pipeline, np.ndarray, pathlib.Path.unlink])
def test_callables_that_do_more_are_refused(function: Any) -> None:
    objects = np.empty(1, object)
    objects[0] = function
    for kept in (function, [function], {"a": (1, [function])}, objects):
        with pytest.raises(Unsafe):
            fill(preprocessing.FunctionTransformer, func=kept)


def test_what_the_pickle_still_reaches_is_copied() -> None:
    steps = [("a", linear_model.Ridge()), ("b", linear_model.Ridge())]
    nested = {"params": [steps]}
    made = fill(pipeline.Pipeline, steps=steps, nested=nested)
    steps.append(("c", print))
    assert len(made.steps) == 2
    assert len(made.nested["params"][0]) == 2


def compiled_tree() -> Any:
    return tree.DecisionTreeClassifier(max_depth=2).fit([[0.0], [1.0]], [0, 1]).tree_


def test_a_compiled_tree_is_no_estimator() -> None:
    objects = np.empty(1, object)
    objects[0] = compiled_tree()
    for kept in (compiled_tree(), [compiled_tree()], [("a", compiled_tree())], {"a": compiled_tree()}, objects):
        with pytest.raises(Unsafe, match="compiled tree"):
            fill(pipeline.Pipeline, steps=kept)


def test_plain_objects_keep_their_methods() -> None:
    cls = type(preprocessing.StandardScaler().get_metadata_routing())
    guard.plain_state(cls.__new__(cls), {"owner": "me"})
    with pytest.raises(Unsafe):
        guard.plain_state(cls.__new__(cls), {"consumes": print})


@pytest.mark.parametrize("args", [("1",), (1, 2, 3, 4), (print,), (np.ones(3),)])
def test_losses_take_numbers(args: Any) -> None:
    assert guard.numbers(float, (1.5,)) == 1.5
    with pytest.raises(Unsafe):
        guard.numbers(float, args)


def test_a_bunch_has_no_special_attributes() -> None:
    bunch = utils.Bunch()
    guard.bunch_items(bunch, ("a", 1, "b", 2))
    assert bunch.b == 2
    with pytest.raises(Unsafe):
        guard.bunch_items(bunch, ("__class__", int))


# words and categories


@pytest.mark.parametrize("words", [{"a": 5}, {"a": -1}, {"a": 0.5}, {"a": True}, ["a"], {"a": "0"}])
def test_vocabularies_are_refused(words: Any) -> None:
    assert fill(feature_extraction.text.CountVectorizer, vocabulary_={"a": 1, "b": 0}).vocabulary_["a"] == 1
    for cls in (feature_extraction.text.TfidfVectorizer, feature_extraction.DictVectorizer):
        with pytest.raises(Unsafe):
            fill(cls, vocabulary_=words)


@pytest.mark.parametrize("count", [0, -3, 2**31, 1.5, None])
def test_a_hash_is_not_divided_by_zero(count: Any) -> None:
    for cls in (feature_extraction.FeatureHasher, feature_extraction.text.HashingVectorizer):
        with pytest.raises(Unsafe):
            fill(cls, n_features=count)


WORDS = np.array([["a"], ["b"], ["c"], ["c"], ["c"]], dtype=object)


@pytest.mark.parametrize(
    "changed",
    [
        {"_n_features_outs": [1]},
        {"_n_features_outs": [9]},
        {"_default_to_infrequent_mappings": [np.array([0, 7, 1])]},
        {"_default_to_infrequent_mappings": [np.array([0, -1, 1])]},
        {"_default_to_infrequent_mappings": [[0, 1, 1]]},
        {"categories_": [np.array(["a"], object)]},
        {"categories_": [["a", "b", "c"]]},
        {"categories_": np.array(["a"])},
    ],
)
def test_one_hot_columns_are_refused(changed: dict[str, Any]) -> None:
    state = vars(preprocessing.OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist").fit(WORDS))
    assert fill(preprocessing.OneHotEncoder, **state).transform(WORDS).shape == (5, 2)
    with pytest.raises(Unsafe):
        fill(preprocessing.OneHotEncoder, **{**state, **changed})


def test_the_columns_of_labels_are_counted_again() -> None:
    made = fill(
        preprocessing.MultiLabelBinarizer,
        classes=None,
        sparse_output=True,
        classes_=np.array(["a"], object),
        _cached_dict={"a": 10**6},
    )
    assert made.transform([["a"]]).toarray().tolist() == [[1]]


def test_inner_functions_of_clusters_are_put_back_by_name() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = vars(cluster.BisectingKMeans(2, random_state=0).fit(np.eye(4)))
    made = fill(cluster.BisectingKMeans, **{**state, "_kmeans_single": cluster.k_means})
    assert made._kmeans_single.__name__ == "_kmeans_single_lloyd"
    assert lookup("sklearn.cluster._kmeans", "_kmeans_single_lloyd")[:2] == ("sklearn.cluster._kmeans", "k_means")


def test_isotonic_thresholds_are_arrays() -> None:
    from sklearn.isotonic import IsotonicRegression

    with pytest.raises(Unsafe):
        fill(IsotonicRegression, X_thresholds_=[1.0], y_thresholds_=np.ones(1))


def test_a_tree_without_state_does_not_leave_a_load() -> None:
    whole = pickle.dumps(compiled_tree(), 2)
    assert onggi.loads(whole).node_count == 3
    with pytest.raises(onggi.OnggiError, match="never fills it"):
        onggi.loads(_only_the_call(whole))


def _only_the_call(data: bytes) -> bytes:
    """Return the pickle of an object without the state that it gets last."""
    import pickletools

    reduces = [position for opcode, _, position in pickletools.genops(data) if opcode.name == "REDUCE"]
    first = next(at for at in reduces if _is_complete(data[: at + 1] + b"."))
    return data[: first + 1] + b"."


def _is_complete(data: bytes) -> bool:
    try:
        return type(pickle.loads(data)).__name__ == "Tree"
    except Exception:
        return False
