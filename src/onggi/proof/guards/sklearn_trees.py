"""Guards of scikit-learn's trees: compiled code walks their nodes without any check."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards import unfinished
from onggi.proof.guards.exact import bounded_integer, demand, exact_list, fields, settled
from onggi.proof.guards.nodes import DISORDERED, PAST_THE_END, SHARED, depth_of

__all__ = ["CHECKS", "predictor_state", "tree", "tree_state"]

_MAX_FEATURES: Final = 2**31 - 1
_MAX_OUTPUTS: Final = 2**31 - 1

_LEAF: Final = -1


# ---------------------------------------------------------------------------------------------------------------- Tree


def tree(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Tree without nodes; one that never gets any is a null pointer, and may not leave the load (CALL)."""
    import numpy as np

    demand(len(args) == 3, "a Tree is pickled as features, classes and outputs")
    features = bounded_integer(_plain(args[0]), 0, _MAX_FEATURES, "the number of features")
    classes = settled(args[1], "i", "the numbers of classes", dimensions=1)
    outputs = bounded_integer(_plain(args[2]), 1, _MAX_OUTPUTS, "the number of outputs")
    demand(classes.size == outputs and classes.min() >= 1, "a Tree has a number of classes for each output")
    demand(int(classes.max()) * outputs <= _MAX_OUTPUTS, "a Tree has too many classes")
    made = function(features, classes.astype(np.intp), outputs)
    unfinished.made(made, "a tree")
    return made


def _plain(number: Any) -> Any:
    import numpy as np

    return int(number) if isinstance(number, np.integer) else number


def tree_state(target: Any, state: object) -> None:
    """Fill a Tree, once, whose children come after their parents and whose features exist (STATE).

    scikit-learn itself takes a second state, and writes it over the end of the memory for the first.
    """
    import numpy as np

    demand(target.capacity == 0, "a Tree gets its state twice")
    names = ("max_depth", "node_count", "nodes", "values")
    given = fields(state, set(names), "a Tree", names)
    nodes = settled(given["nodes"], "V", "the nodes", dimensions=1)
    demand(nodes.dtype.names is not None and nodes.size, "a Tree has nodes with named fields")
    count = bounded_integer(_plain(given["node_count"]), 1, nodes.size, "the number of nodes")
    demand(count == nodes.size, "a Tree has other nodes than it says")
    actual = _checked_depth(nodes["left_child"], nodes["right_child"])
    features = nodes["feature"][nodes["left_child"] != _LEAF]
    demand(not features.size or 0 <= features.min() <= features.max() < target.n_features, "a node has no such feature")
    depth = bounded_integer(_plain(given["max_depth"]), 0, count, "the depth of a Tree")
    demand(actual <= depth, "a Tree is deeper than it says")
    values = settled(given["values"], "f", "the values", dimensions=3)
    target.__setstate__({**given, "nodes": nodes, "values": np.ascontiguousarray(values)})
    unfinished.filled(target)


_FAULTS: Final = {
    DISORDERED: "a child comes before its parent",
    PAST_THE_END: "a child lies past the nodes",
    SHARED: "two nodes share a child",
}


def _checked_depth(left: Any, right: Any) -> int:
    """Return the depth of a tree whose children come after their parent, each once: so every walk ends, at a leaf."""
    import numpy as np

    depth = depth_of(left.astype("i8"), right.astype("i8"), np.zeros(left.size, "i8"))
    demand(depth >= 0, _FAULTS.get(depth, ""))
    return depth


def _decision_tree(estimator: Any, attributes: dict[str, Any]) -> None:
    """Demand that the tree asks for no other columns than the estimator checks for."""
    from sklearn.tree._tree import Tree

    held: Any = attributes.get("tree_")
    if "tree_" not in attributes:
        return
    demand(type(held) is Tree and held.capacity > 0, "tree_ must be a Tree with nodes")
    columns = attributes.setdefault("n_features_in_", held.n_features)
    demand(columns == held.n_features, f"a {type(estimator).__name__} checks for other features than its tree has")


# --------------------------------------------------------------------------------------------------- gradient boosting


def _gradient_boosting(estimator: Any, attributes: dict[str, Any]) -> None:
    """Demand trees of the same features, and as many columns of predictions as there are trees in a round."""
    from sklearn.tree import DecisionTreeRegressor

    held = attributes.get("estimators_")
    if held is None:
        return
    trees = settled(held, "O", "estimators_", dimensions=2)
    known = all(type(item) is DecisionTreeRegressor and "tree_" in vars(item) for item in trees.ravel())
    demand(trees.size and known, "gradient boosting is made of regression trees")
    columns = attributes.get("n_features_in_", trees[0, 0].n_features_in_)
    demand(all(item.n_features_in_ == columns for item in trees.ravel()), "the trees have other features")
    attributes["n_features_in_"] = columns
    width = attributes.setdefault("n_trees_per_iteration_", trees.shape[1])
    demand(width == trees.shape[1], "a round has other trees than it says")
    _check_start(attributes, width)


def _check_start(attributes: dict[str, Any], width: int) -> None:
    """Demand that what predicts first, and the loss, give one row a sample and one column a tree."""
    from sklearn._loss import loss as losses
    from sklearn.dummy import DummyClassifier, DummyRegressor

    loss: Any = attributes.get("_loss")
    start: Any = attributes.get("init_")
    demand(
        isinstance(loss, losses.BaseLoss) and type(loss).__module__ == "sklearn._loss.loss", "the loss must be known"
    )
    demand(type(getattr(loss, "link", None)).__module__ == "sklearn._loss.link", "the link must be known")
    if type(start) is str and start == "zero":
        return
    demand(width == 1 or loss.is_multiclass is True, "several trees a round need a loss of several classes")
    if type(start) is DummyRegressor:
        demand(width == 1 and vars(start).get("n_outputs_") == 1, "the first prediction has other columns")
        return
    demand(type(start) is DummyClassifier, "gradient boosting of strangers starts with a constant")
    prior = settled(vars(start).get("class_prior_"), "f", "the prior", dimensions=1)
    demand(vars(start).get("strategy") == "prior" and vars(start).get("n_outputs_") == 1, "the first prediction varies")
    demand(prior.size == width if width > 1 else prior.size >= 2, "the first prediction has other columns")


# ------------------------------------------------------------------------------------------ histogram gradient boosting


def predictor_state(target: Any, state: object) -> None:
    """Fill a TreePredictor, once, whose children come after their parents and whose bitsets exist (STATE)."""
    names = ("nodes", "binned_left_cat_bitsets", "raw_left_cat_bitsets")
    given = fields(state, set(names), "a TreePredictor", names)
    demand(not vars(target), "a TreePredictor gets its state twice")
    nodes = _predictor_nodes(given["nodes"])
    leaf = nodes["is_leaf"] != 0
    left, right = nodes["left"].astype("i8"), nodes["right"].astype("i8")
    left[leaf] = right[leaf] = _LEAF
    _checked_depth(left, right)
    sets = [_bitsets(given[name], name) for name in names[1:]]
    sorted_in = nodes["bitset_idx"][(nodes["is_categorical"] != 0) & ~leaf]
    demand(not sorted_in.size or sorted_in.max() < min(map(len, sets)), "a node has no such bitset")
    vars(target).update(dict(zip(names, (nodes, *sets), strict=True)))


def _predictor_nodes(nodes: object) -> Any:
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    checked = settled(nodes, "V", "the nodes", dimensions=1)
    demand(checked.dtype.names == PREDICTOR_RECORD_DTYPE.names and checked.size, "a TreePredictor has nodes")
    if checked.dtype != PREDICTOR_RECORD_DTYPE:
        checked = checked.astype(PREDICTOR_RECORD_DTYPE, casting="same_kind")
    inner = checked["is_leaf"] == 0
    demand(not inner.any() or checked["feature_idx"][inner].min() >= 0, "a node has no such feature")
    return checked


def _bitsets(array: object, name: str) -> Any:
    checked = settled(array, "u", name, dimensions=2)
    demand(
        checked.dtype.itemsize == 4 and checked.shape[1] == 8 and checked.flags.c_contiguous,
        f"{name} are 256 bits each",
    )
    return checked


def _bin_mapper(_: Any, attributes: dict[str, Any]) -> None:
    """Demand thresholds and kinds for every feature that the mapper checks for."""
    if "bin_thresholds_" not in attributes:
        return
    counts = settled(attributes.get("n_bins_non_missing_"), "iu", "the numbers of bins", dimensions=1)
    kinds = settled(attributes.get("is_categorical_"), "u", "the kinds of features", dimensions=1)
    thresholds = [
        settled(each, "f", "thresholds", dimensions=1)
        for each in exact_list(attributes["bin_thresholds_"], "thresholds")
    ]
    demand(len(counts) == len(kinds) == len(thresholds), "a feature lacks its bins")
    attributes.update(bin_thresholds_=thresholds, is_categorical_=kinds, n_bins_non_missing_=counts)
    attributes["n_threads"] = None


def _histogram_boosting(estimator: Any, attributes: dict[str, Any]) -> None:
    """Demand predictors that ask for no other features, or kinds of features, than the estimator checks for."""
    import numpy as np

    demand("_in_fit" not in attributes, "an estimator is not pickled while it is fitted")
    if "_predictors" not in attributes:
        return
    rounds = [exact_list(each, "a round") for each in exact_list(attributes["_predictors"], "the predictors")]
    columns = _plain(attributes.get("n_features_in_", attributes.get("_n_features")))
    bounded_integer(columns, 1, _MAX_FEATURES, "the number of features")
    kinds = _kinds(attributes.get("_bin_mapper"), columns)
    for predictor in (item for each in rounds for item in each):
        demand(
            type(predictor).__name__ == "TreePredictor" and "nodes" in vars(predictor), "a round is made of predictors"
        )
        nodes = predictor.nodes[predictor.nodes["is_leaf"] == 0]
        demand(not nodes.size or nodes["feature_idx"].max() < columns, "a node has no such feature")
        demand(
            (kinds[nodes["feature_idx"]] | (nodes["is_categorical"] == 0)).all(), "a node has another kind of feature"
        )
    baseline = attributes.get("_baseline_prediction")
    demand(isinstance(baseline, (np.ndarray, np.floating, float)), "the baseline must be numbers")
    attributes.update(_predictors=rounds, n_features_in_=columns, _n_features=columns)
    _check_preprocessor(attributes.get("_preprocessor"), columns)


def _kinds(mapper: Any, columns: int) -> Any:
    demand(type(mapper).__name__ == "_BinMapper" and "is_categorical_" in vars(mapper), "histogram boosting has bins")
    demand(len(mapper.is_categorical_) == columns, "the bins are of other features")
    return mapper.is_categorical_ != 0


def _check_preprocessor(prepare: Any, columns: int) -> None:
    """Demand that the preparation of categories gives the same number of columns, and renew its plain part."""
    from functools import partial

    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder
    from sklearn.utils import check_array

    if prepare is None:
        return
    demand(type(prepare) is ColumnTransformer, "categories are prepared by a ColumnTransformer")
    steps = [step for step in exact_list(vars(prepare).get("transformers_"), "the steps") if step[1] != "drop"]
    demand(
        [type(step[1]) for step in steps] == [OrdinalEncoder, FunctionTransformer], "categories are prepared otherwise"
    )
    masks = [settled(step[2], "b", "a selection of columns", dimensions=1) for step in steps]
    demand(masks[0].size == masks[1].size == columns and (masks[0] ^ masks[1]).all(), "the columns do not add up")
    demand(len(vars(steps[0][1]).get("categories_", ())) == masks[0].sum(), "the encoder has other columns")
    demand(prepare.n_features_in_ == columns, "the preparation has other columns")
    check = partial(check_array, dtype=[_float64()], ensure_all_finite=False)
    vars(steps[1][1]).update(func=check, inverse_func=None, kw_args=None, inv_kw_args=None, validate=False)


def _float64() -> Any:
    import numpy as np

    return np.float64


CHECKS: Final = {
    "BaseDecisionTree": _decision_tree,
    "BaseGradientBoosting": _gradient_boosting,
    "_BinMapper": _bin_mapper,
    "BaseHistGradientBoosting": _histogram_boosting,
}
