"""Guards of scikit-learn's support vector machines and of linear models that can be fitted further."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.exact import demand, settled

__all__ = ["CHECKS"]

_KERNELS: Final = frozenset({"linear", "poly", "rbf", "sigmoid", "precomputed"})
_MAX_DEGREE: Final = 10_000


def _machine(estimator: Any, attributes: dict[str, Any]) -> None:
    """Demand arrays of the sizes that libsvm reads, which it is not told (CVE-2020-28975 is one of these)."""
    kernel, degree = attributes.get("kernel", "rbf"), attributes.get("degree", 3)
    demand(type(kernel) is str and kernel in _KERNELS, "a support vector machine of strangers has a named kernel")
    demand(type(degree) is int and 0 <= degree <= _MAX_DEGREE, "the degree must be a small number")
    if "support_vectors_" not in attributes and "support_" not in attributes:
        return
    _rename_old(attributes)
    counts = _column(attributes, "_n_support", "i", 4)
    support = _column(attributes, "support_", "i", 4)
    pairs = len(counts) * (len(counts) - 1) // 2
    demand(len(counts) >= 2 and counts.min() >= 0, "a support vector machine has two classes or more")
    demand(
        len(_column(attributes, "_intercept_", "f", 8)) == pairs, "there must be an intercept for each pair of classes"
    )
    rows = _check_vectors(attributes, len(counts), len(support), kernel)
    classifies = type(estimator)._impl in ("c_svc", "nu_svc")
    demand(not classifies or counts.sum() == rows, "the classes have other support vectors than there are")
    demand(classifies or len(counts) == 2, "a regression has no classes")
    sizes = {len(_column(attributes, name, "f", 8)) for name in ("_probA", "_probB")}
    demand(sizes in ({0}, {pairs}), "there must be two probabilities for each pair of classes, or none")
    _check_support(attributes, support, kernel)


def _rename_old(attributes: dict[str, Any]) -> None:
    """Take over the names of scikit-learn before 0.24."""
    for old, new in (("n_support_", "_n_support"), ("probA_", "_probA"), ("probB_", "_probB")):
        if old in attributes and new not in attributes:
            attributes[new] = attributes.pop(old)


def _column(attributes: dict[str, Any], name: str, kinds: str, width: int) -> Any:
    array = settled(attributes.get(name), kinds, name, dimensions=1)
    demand(array.dtype.itemsize == width and array.flags.c_contiguous, f"{name} must not have the dtype {array.dtype}")
    attributes[name] = array
    return array


def _check_vectors(attributes: dict[str, Any], classes: int, rows: int, kernel: str) -> int:
    """Return the number of support vectors, if there are as many coefficients for each class but one."""
    if attributes.get("_sparse"):
        return _check_sparse(attributes, classes)
    vectors = settled(attributes.get("support_vectors_"), "f", "the support vectors", dimensions=2)
    weights = settled(attributes.get("_dual_coef_"), "f", "the coefficients", dimensions=2)
    demand(vectors.dtype.itemsize == weights.dtype.itemsize == 8, "a support vector machine holds 64-bit numbers")
    demand(weights.shape == (classes - 1, rows), "there must be a coefficient for each support vector")
    if kernel != "precomputed":
        columns = attributes.setdefault("n_features_in_", vectors.shape[1])
        demand(vectors.shape == (rows, columns), "the support vectors have other columns")
    attributes.update(support_vectors_=vectors, _dual_coef_=weights)
    return rows


def _check_sparse(attributes: dict[str, Any], classes: int) -> int:
    from scipy.sparse import issparse

    vectors: Any = attributes.get("support_vectors_")
    weights: Any = attributes.get("_dual_coef_")
    for matrix in (vectors, weights):
        demand(issparse(matrix) and matrix.format == "csr" and "indptr" in vars(matrix), "the vectors must be sparse")
        demand(matrix.data.dtype == "f8", "the vectors are 64-bit numbers")
    demand(vectors.indices.dtype.itemsize == 4, "the places of the vectors are 32-bit integers")
    rows = int(vectors.shape[0])
    demand(weights.data.size == (classes - 1) * rows, "there must be a coefficient for each support vector")
    return rows


def _check_support(attributes: dict[str, Any], support: Any, kernel: str) -> None:
    """Demand places of support vectors within the training set: a precomputed kernel is read by them."""
    shape: Any = attributes.get("shape_fit_")
    if kernel == "precomputed":
        demand(
            type(shape) is tuple and len(shape) == 2 and type(shape[0]) is int, "it needs the shape of its training set"
        )
        demand(not attributes.get("_sparse"), "a precomputed kernel is dense")
        demand(attributes.get("n_features_in_", shape[0]) == shape[0], "the training set has other rows")
        attributes["n_features_in_"] = shape[0]
        demand(not support.size or 0 <= support.min() <= support.max() < shape[0], "a support vector has no place")


def _descent(estimator: Any, attributes: dict[str, Any]) -> None:
    """Demand coefficients of one shape: `partial_fit` goes on with all of them."""
    shapes = {_shape(attributes[name]) for name in _COEFFICIENTS if attributes.get(name) is not None}
    demand(len(shapes) <= 1, f"the coefficients of {type(estimator).__name__} have several shapes")
    for shape in shapes:
        columns = attributes.get("n_features_in_", shape[-1])
        demand(shape[-1] == columns, f"the coefficients of {type(estimator).__name__} have other columns")


_COEFFICIENTS: Final = ("coef_", "_standard_coef", "_average_coef", "standard_coef_", "average_coef_")


def _shape(coefficients: Any) -> tuple[int, ...]:
    from scipy.sparse import issparse

    if issparse(coefficients):
        return tuple(coefficients.shape)
    checked = settled(coefficients, "f", "the coefficients")
    demand(checked.ndim >= 1, "the coefficients are an array")
    return tuple(checked.shape)


CHECKS: Final = {"BaseLibSVM": _machine, "BaseSGD": _descent}
