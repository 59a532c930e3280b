"""Write `src/onggi/proof/tables/sklearn_names.py` from the scikit-learn that is installed.

    python tests/list_sklearn.py > src/onggi/proof/tables/sklearn_names.py

Only names are found by machine: concrete estimators, kernels, splitters, scorers' functions. What a pickle may do with
them, and why that is safe, is written by hand in `sklearn.py` beside it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import textwrap
import warnings
from collections import defaultdict

import sklearn
from sklearn import feature_selection, metrics
from sklearn.base import BaseEstimator
from sklearn.gaussian_process.kernels import Kernel

SKIPPED = (
    ".tests",
    ".externals",
    ".conftest",
    "._build_utils",
    ".datasets",
    "._mocking",
    "._testing",
    ".estimator_checks",
)
SPLITTERS = ("BaseCrossValidator", "BaseShuffleSplit", "_RepeatedSplits", "_UnsupportedGroupCVMixin")
WITHOUT_VALUES = (
    "get_scorer", "get_scorer_names", "make_scorer", "check_scoring", "distance_metrics", "kernel_metrics",
    "pairwise_distances_chunked", "pairwise_distances", "pairwise_kernels", "pairwise_distances_argmin",
    "pairwise_distances_argmin_min", "metric_at_thresholds",
)  # fmt: skip
"""Functions of `sklearn.metrics` that measure nothing, or call what they are given."""


def modules():
    """Import every module that defines something of scikit-learn itself."""
    for found in pkgutil.walk_packages(sklearn.__path__, "sklearn."):
        if not any(part in found.name for part in SKIPPED):
            yield importlib.import_module(found.name)


def classes():
    """Give every concrete class, once, from the module that defines it."""
    for module in modules():
        for item in list(vars(module).values()):
            if inspect.isclass(item) and item.__module__ == module.__name__ and not inspect.isabstract(item):
                yield item


def is_splitter(cls):
    """Say whether the class splits samples for cross-validation."""
    return cls.__module__ == "sklearn.model_selection._split" and any(
        base.__name__ in SPLITTERS for base in cls.__mro__
    )


def group(items):
    """Sort the names of classes or functions by module."""
    names = defaultdict(set)
    for item in items:
        names[item.__module__].add(item.__qualname__)
    return {module: sorted(names[module]) for module in sorted(names)}


def functions():
    """Give the public functions that measure or score: what scorers, selectors and kernels hold."""
    for module in (metrics, metrics.pairwise, feature_selection):
        for name in getattr(module, "__all__", None) or dir(module):
            item = getattr(module, name)
            own = inspect.isfunction(item) and item.__module__.startswith(
                ("sklearn.metrics.", "sklearn.feature_selection.")
            )
            if own and not name.startswith(("_", "check_")) and name not in WITHOUT_VALUES:
                yield item


def write(name, doc, table):
    """Print one table of names as a dict of lines."""
    print(f"{name}: Final[dict[str, str]] = {{")
    for module, names in table.items():
        lines = textwrap.wrap(" ".join(names), 100)
        if len(lines) == 1 and len(module) + len(lines[0]) < 105:
            print(f'    "{module}": "{lines[0]}",')
            continue
        print(f'    "{module}": (')
        for at, line in enumerate(lines):
            print(f'        "{line}{" " if at < len(lines) - 1 else ""}"')
        print("    ),")
    print(f'}}\n"""{doc}"""')


def main():
    """Print the module."""
    warnings.simplefilter("ignore")
    found = list(classes())
    estimators = [cls for cls in found if issubclass(cls, BaseEstimator) and "Base" not in cls.__name__]
    print('"""Names of scikit-learn, by module; written by `tests/list_sklearn.py`."""\n')
    print("from __future__ import annotations\n\nfrom typing import Final\n")
    print('__all__ = ["ESTIMATORS", "FUNCTIONS", "KERNELS", "SPLITTERS"]\n')
    write("ESTIMATORS", "Concrete subclasses of `BaseEstimator`.", group(estimators))
    print()
    write("KERNELS", "Kernels of Gaussian processes.", group(cls for cls in found if issubclass(cls, Kernel)))
    print()
    write("SPLITTERS", "What splits samples for cross-validation.", group(filter(is_splitter, found)))
    print()
    write("FUNCTIONS", "Public functions that measure or score.", group(functions()))


if __name__ == "__main__":
    main()
