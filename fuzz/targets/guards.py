"""Guards with changed arguments: what they let pass can be used without a crash."""

from __future__ import annotations

import contextlib
import copy
import importlib
import pickle
from collections.abc import Sequence
from typing import Any, Final

import onggi
from fuzz.seeds import corpus
from fuzz.target import Target
from fuzz.targets.loads import tried

__all__ = ["TARGET"]

_LIBRARIES: Final = ("stdlib", "numpy", "pandas", "scipy", "sklearn")
_SHORT: Final = 4_000


def check(data: bytes) -> None:
    """Load it, and use what comes."""
    loaded, obj = tried(lambda: onggi.loads(data))
    if loaded:
        _use(obj)


def _use(obj: Any) -> None:
    """Touch all that an object holds; what it raises is its own matter, what it crashes is ours."""
    for touch in _TOUCHES:
        with contextlib.suppress(Exception):
            touch(obj)


def _sum(obj: Any) -> None:
    import numpy

    for value in obj if isinstance(obj, list | tuple) else [obj]:
        if hasattr(value, "dtype") and getattr(value, "nbytes", 0) < 1 << 20:
            numpy.asarray(value).copy().ravel()[:_SHORT].tolist()


def _predict(obj: Any) -> None:
    import numpy

    if hasattr(obj, "predict"):
        obj.predict(numpy.zeros((2, getattr(obj, "n_features_in_", 1))))
    if hasattr(obj, "transform"):
        obj.transform(numpy.zeros((2, getattr(obj, "n_features_in_", 1))))


def _few(obj: Any) -> None:
    if hasattr(obj, "__iter__"):
        for _, item in zip(range(50), obj, strict=False):
            repr(item)[:_SHORT]


_TOUCHES: Final = (
    lambda obj: repr(obj)[:_SHORT],
    lambda obj: pickle.dumps(obj, 5),
    copy.deepcopy,
    lambda obj: obj == obj,
    hash,
    len,
    _sum,
    _few,
    _predict,
)


def _seeds() -> Sequence[bytes]:
    return corpus(*_LIBRARIES)


def _setup() -> None:
    """Import what will be needed, before memory is capped."""
    for data in corpus("stdlib", "numpy")[::20]:
        tried(lambda data=data: onggi.loads(data))
    for name in ("pandas", "scipy.sparse", "scipy.stats", "scipy.interpolate", "scipy.spatial", "sklearn.ensemble"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


TARGET: Final = Target("guards", check, _seeds, setup=_setup)
