"""Guards of scikit-learn's metrics, neighbour trees, neighbours and clusters."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, settled

__all__ = ["CHECKS", "metric", "metric_state", "neighbour_tree", "neighbour_tree_state"]

_MAX_NODES: Final = 10_000_000


def _plain(number: Any) -> Any:
    import numpy as np

    return int(number) if isinstance(number, np.integer) else number


# ---------------------------------------------------------------------------------------------- metrics and their trees


def _is_metric(cls: object) -> bool:
    from sklearn.metrics._dist_metrics import DistanceMetric64

    bases: tuple[Any, ...] = (DistanceMetric64,)
    try:
        from sklearn.metrics._dist_metrics import DistanceMetric32

        bases = (DistanceMetric64, DistanceMetric32)
    except ImportError:
        pass
    return isinstance(cls, type) and issubclass(cls, bases) and cls not in bases and "PyFunc" not in cls.__name__


def metric(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a metric of numbers, without state (`newObj`, CALL)."""
    demand(len(args) == 1 and _is_metric(args[0]), "this is no metric of numbers")
    return function(*args)


def metric_state(target: Any, state: Any) -> None:
    """Fill a metric with a power, weights and a square matrix (STATE)."""
    demand(type(state) is tuple and len(state) == 3 and _is_metric(type(target)), "a metric has three numbers")
    demand(type(state[0]) is float, "the power of a metric is a number")
    weights = settled(state[1], "f", "the weights", dimensions=1)
    matrix = settled(state[2], "f", "the matrix", dimensions=2)
    demand(weights.dtype.itemsize == matrix.dtype.itemsize == 8, "the weights are 64-bit numbers")
    demand(matrix.shape[0] == matrix.shape[1], "the matrix is square")
    target.__setstate__((state[0], weights, matrix))


def _is_tree(cls: object) -> bool:
    names = {"KDTree", "KDTree64", "KDTree32", "BallTree", "BallTree64", "BallTree32"}
    return isinstance(cls, type) and cls.__name__ in names and cls.__module__.startswith("sklearn.neighbors.")


def neighbour_tree(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a tree of one point, until its state comes (`newObj`, CALL)."""
    import numpy as np

    demand(len(args) == 1 and _is_tree(args[0]), "this is no tree of neighbours")
    return args[0](np.zeros((1, 1)))


def neighbour_tree_state(tree: Any, state: Any) -> None:
    """Build a tree of neighbours anew from its points; its nodes are not taken from the pickle (STATE)."""
    demand(type(state) is tuple and len(state) in (12, 13), "a tree of neighbours is pickled as a tuple")
    points = settled(state[0], "f", "the points", dimensions=2)
    leaf = bounded_integer(_plain(state[4]), 1, 2**31 - 1, "the size of a leaf")
    demand(points.shape[0] // leaf <= _MAX_NODES, "a tree of neighbours has too many leaves")
    measure = state[11]
    demand(_is_metric(type(measure)), "a tree of neighbours has a metric of numbers")
    kind: Any = type(measure)
    own = kind.__new__(kind)
    metric_state(own, measure.__getstate__())
    weights = state[12] if len(state) == 13 else None
    weights = None if weights is None else settled(weights, "f", "the weights", dimensions=1)
    demand(weights is None or len(weights) == len(points), "there must be a weight for each point")
    tree.__init__(points, leaf_size=leaf, metric=own, sample_weight=weights)


# ----------------------------------------------------------------------------------------------------------- neighbours


def _neighbours(_: Any, attributes: dict[str, Any]) -> None:
    """Demand points of as many columns as the estimator checks for, and a tree of the same points."""
    if "_fit_X" not in attributes:
        return
    points = _matrix(attributes["_fit_X"], "the points")
    attributes["_fit_X"] = points
    rows, columns = points.shape
    demand(attributes.setdefault("n_features_in_", columns) == columns, "the points have other columns")
    demand(attributes.setdefault("n_samples_fit_", rows) == rows, "there are other points than it says")
    tree = attributes.get("_tree")
    if tree is not None:
        demand(_is_tree(type(tree)) and tree.data.shape == points.shape, "the tree has other points")
    _check_labels(attributes, rows)


def _matrix(points: Any, name: str) -> Any:
    from scipy.sparse import issparse

    if issparse(points) and "indptr" in vars(points):
        demand(points.ndim == 2, f"{name} must have two dimensions")
        return points
    return settled(points, "biufO", name, dimensions=2)


def _check_labels(attributes: dict[str, Any], rows: int) -> None:
    """Demand a class for each point that exists: compiled code counts votes by them."""
    if "classes_" not in attributes or "_y" not in attributes:
        return
    labels = settled(attributes["_y"], "iu", "the classes of points")
    groups = attributes["classes_"] if type(attributes["classes_"]) is list else [attributes["classes_"]]
    demand(labels.ndim in (1, 2) and len(labels) == rows, "there must be a class for each point")
    columns = labels.reshape(rows, -1)
    demand(columns.shape[1] == len(groups), "there must be classes for each column")
    for at, group in enumerate(groups):
        demand(
            columns[:, at].min(initial=0) >= 0 and columns[:, at].max(initial=0) < len(group), "a point has no class"
        )
    attributes["_y"] = labels


# ------------------------------------------------------------------------------------------------------------- clusters


def _centers(_: Any, attributes: dict[str, Any]) -> None:
    """Demand centres of as many columns as the estimator checks for."""
    if "cluster_centers_" not in attributes:
        return
    centers = settled(attributes["cluster_centers_"], "f", "the centres", dimensions=2)
    demand(len(centers), "there must be a centre")
    demand(
        attributes.setdefault("n_features_in_", centers.shape[1]) == centers.shape[1], "the centres have other columns"
    )
    attributes["cluster_centers_"] = centers
    attributes["_n_threads"] = attributes.get("_n_threads", 1)


def _bisecting(_: Any, attributes: dict[str, Any]) -> None:
    """Demand a tree of clusters without cycles, whose centres have as many columns as the estimator checks for."""
    from sklearn.cluster import _kmeans

    algorithm = attributes.get("algorithm", "lloyd")
    if "_kmeans_single" in attributes:
        name = "_kmeans_single_elkan" if algorithm == "elkan" else "_kmeans_single_lloyd"
        attributes["_kmeans_single"] = getattr(_kmeans, name)
    if "_bisecting_tree" not in attributes:
        return
    columns = attributes.get("n_features_in_")
    pending, seen = [attributes["_bisecting_tree"]], set()
    while pending:
        node = pending.pop()
        demand(type(node).__name__ == "_BisectingTree" and id(node) not in seen, "the tree of clusters is no tree")
        seen.add(id(node))
        content = vars(node)
        center = settled(content.get("center"), "f", "a centre", dimensions=1)
        demand(len(center) == columns, "a centre has other columns")
        children = (content.get("left"), content.get("right"))
        demand((children[0] is None) == (children[1] is None), "a cluster has two parts or none")
        pending += [child for child in children if child is not None]


def _single_linkage(_: Any, attributes: dict[str, Any]) -> None:
    """Demand links between points or earlier clusters only: a cut of the tree writes by them."""
    if "_single_linkage_tree_" not in attributes:
        return
    links = settled(attributes["_single_linkage_tree_"], "V", "the links", dimensions=1)
    demand(links.dtype.names == ("left_node", "right_node", "value", "cluster_size"), "the links have other fields")
    demand(links.size, "there must be links")
    for name in ("left_node", "right_node"):
        ends = links[name]
        demand(ends.dtype.kind == "i" and ends.min() >= 0 and ends.max() <= 2 * len(links), "a link leads nowhere")


CHECKS: Final = {
    "NeighborsBase": _neighbours,
    "_BaseKMeans": _centers,
    "BisectingKMeans": _bisecting,
    "HDBSCAN": _single_linkage,
}
