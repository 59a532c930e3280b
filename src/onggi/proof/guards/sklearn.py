"""The guard of scikit-learn's estimators and of the plain objects that they hold.

An estimator is its attributes, and loading it runs no code. What can go wrong comes later: compiled code that predicts
trusts shapes and indices of the attributes. So every class whose prediction reaches such code has a check here or in
`sklearn_trees`, `sklearn_neighbors` and `sklearn_models`, and no attribute may take the place of a method.
"""

from __future__ import annotations

import functools
import operator
from functools import cache
from importlib import import_module
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.guards.exact import demand, screen, settled, split_state
from onggi.proof.rules import Unsafe

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bunch_items", "estimator_state", "imputer_triplet", "multinomial_loss", "numbers", "plain_state"]

_MAX_JOBS: Final = 1_024
_MAX_DEPTH: Final = 200
_ATOMS: Final = frozenset({str, bytes, int, float, bool, complex, type(None)})
_FUNCTIONS: Final = (
    type, FunctionType, BuiltinFunctionType, MethodType, functools.partial,
    operator.attrgetter, operator.itemgetter, operator.methodcaller,
)  # fmt: skip
_MAX_HASHED_FEATURES: Final = 2**31 - 1


def estimator_state(estimator: Any, state: object) -> None:
    """Fill an estimator, once, with attributes that its compiled code can rely on (STATE)."""
    attributes = _attributes(estimator, state)
    _check_common(attributes, type(estimator).__name__)
    kind: Any = type(estimator)
    for check in _checks(kind):
        check(estimator, attributes)
    if hasattr(type(estimator), "__setstate__"):
        estimator.__setstate__(attributes)
    else:
        vars(estimator).update(attributes)


def plain_state(target: Any, state: object) -> None:
    """Fill an object of Python code only, once (STATE)."""
    vars(target).update(_attributes(target, state))


def _attributes(target: Any, state: object) -> dict[str, Any]:
    """Return a copy of the attributes, down to the containers in them, which the pickle can no longer reach."""
    cls = type(target)
    attributes, slots = split_state(state, cls.__name__)
    if slots or vars(target):
        raise Unsafe(f"a {cls.__name__} gets its state twice, or slots")
    free = _free_names(cls)  # type: ignore[arg-type]
    for name in attributes:
        if name not in free:
            _check_name(name, cls)
            if len(free) < _MAX_FREE_NAMES:
                free.add(name)
    raw = _raw_types()
    return {
        name: value if type(value) in _ATOMS or name == "tree_" else _copied(value, raw)
        for name, value in attributes.items()
    }


def _check_name(name: object, cls: type) -> None:
    """Refuse an attribute that would be called, or take the place of a method or of the compiled code."""
    screen((name,), cls.__name__)
    text = str(name)
    demand(not callable(getattr(cls, text, None)), f"the state of {cls.__name__} replaces its method {text!r}")
    demand(text not in _FIXED or not hasattr(cls, text), f"the state of {cls.__name__} replaces {text!r}")


_MAX_FREE_NAMES: Final = 200


@cache
def _free_names(cls: type) -> set[object]:
    """Return the attributes that were found harmless for a class: a forest has the same ones in every tree."""
    return set()


_FIXED: Final = frozenset({"_impl", "_sparse_kernels"})
"""Class attributes that choose the compiled code."""


_KEYWORDS: Final = ("_kwargs", "kw_args", "inv_kw_args", "kernel_params", "metric_params")
"""Attributes that hold keywords of a function."""


@cache
def _raw_types() -> frozenset[type]:
    """Return the compiled classes that check nothing when they are used as an estimator."""
    from sklearn.tree._tree import Tree

    return frozenset({Tree})


def _copied(value: Any, raw: frozenset[type], depth: int = 0) -> Any:
    """Copy plain containers; refuse callables that do more than compute, and compiled trees outside of `tree_`."""
    kind = type(value)
    demand(kind not in raw and depth < _MAX_DEPTH, "a compiled tree stands where an estimator should")
    if isinstance(value, _FUNCTIONS):
        demand(_is_kept(value), f"an estimator would call {getattr(value, '__qualname__', kind.__name__)!r:.60}")
    if kind is dict:
        return {key: _copied(item, raw, depth + 1) for key, item in value.items()}
    if kind is list or kind is tuple:
        return (
            value[:]
            if all(type(item) in _ATOMS for item in value)
            else kind([_copied(item, raw, depth + 1) for item in value])
        )
    if kind.__name__ == "ndarray" and value.dtype.kind == "O":
        for item in value.ravel():
            if type(item) not in _ATOMS:
                _copied(item, raw, depth + 1)
    return value


def _is_kept(function: Any) -> bool:
    from onggi.proof.guards.callables import is_inert

    is_splitter = isinstance(function, type) and function.__module__.startswith("sklearn.model_selection.")
    return is_splitter or is_inert(function)


def _check_common(attributes: dict[str, Any], owner: str) -> None:
    jobs, memory = attributes.get("n_jobs"), attributes.get("memory")
    # Releases while a parameter goes away hold a word in its place.
    known = (
        jobs is None
        or (type(jobs) is str and jobs in ("deprecated", "warn"))
        or (type(jobs) is int and abs(jobs) <= _MAX_JOBS)
    )
    demand(known, f"n_jobs of {owner} must be a number of at most {_MAX_JOBS}")
    demand(memory is None, f"memory of {owner} would read and write a folder when it is fitted")
    for name in _KEYWORDS:
        keywords = attributes.get(name)
        demand(
            type(keywords) is not dict or "n_jobs" not in keywords, f"{name} of {owner} would choose a number of jobs"
        )
    threads = attributes.get("_n_threads", 1)
    demand(type(threads) is int and 1 <= threads <= _MAX_JOBS, f"_n_threads of {owner} must be a small number")
    features = attributes.get("n_features_in_", 0)
    demand(_is_count(features), f"n_features_in_ of {owner} must be a number of columns")
    version = attributes.get("_sklearn_version", "")
    demand(type(version) is str and len(version) <= 100, "the version of scikit-learn is a short string")


def _is_count(number: Any) -> bool:
    import numpy as np

    return isinstance(number, (int, np.integer)) and type(number) is not bool and bool(number >= 0)


_MODULES: Final = ("sklearn_trees", "sklearn_neighbors", "sklearn_models")


@cache
def _checks(cls: type) -> tuple[Callable[[Any, dict[str, Any]], None], ...]:
    """Return the checks of a class: its own and those of the classes that it inherits from."""
    known: dict[str, Callable[[Any, dict[str, Any]], None]] = dict(_CHECKS)
    for module in _MODULES:
        known |= import_module(f"onggi.proof.guards.{module}").CHECKS
    own = [base.__name__ for base in cls.__mro__ if base.__module__.partition(".")[0] == "sklearn"]
    return tuple(known[name] for name in own if name in known)


def numbers(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a loss of compiled code of at most a few numbers (CALL)."""
    demand(len(args) <= 3 and all(type(arg) in (int, float) for arg in args), f"{function.__name__} takes numbers")
    return function(*args)


def multinomial_loss(function: Any, args: tuple[Any, ...]) -> Any:
    """Make the loss of several classes (`__pyx_unpickle_CyHalfMultinomialLoss`, CALL)."""
    from sklearn._loss._loss import CyHalfMultinomialLoss

    known = len(args) == 3 and args[0] is CyHalfMultinomialLoss and type(args[1]) is int
    demand(known and args[2] in (None, ()), "this is not the loss of several classes")
    return function(*args)


# ------------------------------------------------------------------------------------------------- words and categories


def _vocabulary(_: Any, attributes: dict[str, Any]) -> None:
    """Refuse columns past the matrix that a vectorizer makes of its vocabulary, without a check of its own."""
    words = attributes.get("vocabulary_")
    if words is None:
        return
    demand(type(words) is dict, "a vocabulary must be a dict")
    demand(all(_is_count(at) and at < len(words) for at in words.values()), "a word has a column past the vocabulary")


def _hasher(estimator: Any, attributes: dict[str, Any]) -> None:
    count = attributes.get("n_features", 1)
    owner = type(estimator).__name__
    demand(_is_count(count) and 1 <= count <= _MAX_HASHED_FEATURES, f"n_features of {owner} divides hashes")


def _one_hot(estimator: Any, attributes: dict[str, Any]) -> None:
    """Refuse categories whose columns lie past the matrix that the encoder makes."""
    _categories(estimator, attributes)
    if "categories_" not in attributes:
        return
    kind: Any = type(estimator)
    trial = kind.__new__(kind)
    vars(trial).update(
        {"_drop_idx_after_grouping": attributes.get("drop_idx_"), "_infrequent_enabled": False, **attributes}
    )
    widths = trial._compute_n_features_outs()
    demand(list(attributes.get("_n_features_outs", widths)) == widths, "the encoder has other columns than categories")
    mappings = attributes.get("_default_to_infrequent_mappings") or []
    demand(type(mappings) is list and len(mappings) <= len(widths), "the encoder has more mappings than columns")
    dropped = attributes.get("_drop_idx_after_grouping")
    for at, mapping in enumerate(mappings):
        if mapping is not None:
            width = widths[at] + (dropped is not None and dropped[at] is not None)
            numbered = settled(mapping, "iu", "a mapping of categories", dimensions=1)
            demand(not numbered.size or 0 <= numbered.min() <= numbered.max() < width, "a category has no column")


def _categories(_: Any, attributes: dict[str, Any]) -> None:
    categories = attributes.get("categories_")
    if categories is not None:
        demand(type(categories) is list, "the categories must be a list")
        for at, each in enumerate(categories):
            categories[at] = settled(each, "biufOSUMm", "the categories", dimensions=1)


def _label_cache(_: Any, attributes: dict[str, Any]) -> None:
    attributes.pop("_cached_dict", None)
    if "classes_" in attributes:
        attributes["_cached_dict"] = None


def _thresholds(_: Any, attributes: dict[str, Any]) -> None:
    for name in ("X_thresholds_", "y_thresholds_"):
        if name in attributes:
            attributes[name] = settled(attributes[name], "f", name, dimensions=1)


_CHECKS: Final[dict[str, Callable[[Any, dict[str, Any]], None]]] = {
    "CountVectorizer": _vocabulary,
    "DictVectorizer": _vocabulary,
    "FeatureHasher": _hasher,
    "HashingVectorizer": _hasher,
    "OneHotEncoder": _one_hot,
    "OrdinalEncoder": _categories,
    "MultiLabelBinarizer": _label_cache,
    "IsotonicRegression": _thresholds,
}


def bunch_items(bunch: Any, items: tuple[Any, ...]) -> None:
    """Fill a Bunch; its keys are its attributes (SETITEM)."""
    names = items[::2]
    for name in names:
        if type(name) is str and name.startswith("__"):
            raise Unsafe(f"a Bunch would get the attribute {name!r:.40}")
    bunch.update(zip(names, items[1::2], strict=True))


def imputer_triplet(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make one step of an IterativeImputer (NEW)."""
    demand(len(args) == 3 and not kwargs, "a step has a place, places and an estimator")
    return cls(*_copied(args, _raw_types()))
