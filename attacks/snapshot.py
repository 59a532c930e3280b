"""Tell whether a load changed anything that the rest of the program shares: modules, classes, settings."""

from __future__ import annotations

import decimal
import gc
import http
import logging
import operator
import os
import random
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from attacks import victims

Snapshot = dict[str, dict[Any, Any]]
"""What each watched place holds: a namespace, a container, a function's parts. Kept alive, so that `is` can compare."""

WATCHED_MODULES = (
    *("_collections_abc", "_io", "abc", "argparse", "builtins", "codecs", "collections", "copy", "copyreg"),
    *("datetime", "decimal", "enum", "fractions", "functools", "http", "io", "ipaddress", "itertools", "json.decoder"),
    *("logging", "numbers", "operator", "os", "pathlib", "pickle", "posixpath", "queue", "random", "re", "shutil"),
    *("string", "subprocess", "tempfile", "textwrap", "threading", "types", "typing", "uuid", "warnings", "weakref"),
    *("attacks.canary", "attacks.victims", "numpy", "numpy.linalg", "numpy.random", "numpy.ma.core", "pandas"),
    *("pandas.core.frame", "scipy.sparse", "scipy.stats", "sklearn", "sklearn.base", "sklearn.dummy"),
)
"""Their attributes are compared one by one, and inside their functions, classes and containers."""

_BENIGN_WORDS = ("_cache", "_lock", "__warningregistry__", "_max_threads")

_PLAIN = (int, float, str, bytes, bool)


def take(only_settings: bool = False) -> Snapshot:
    """Take down what there is now."""
    found: Snapshot = dict(_settings())
    if only_settings:
        return found
    for module_name, module in list(sys.modules.items()):
        if module_name in WATCHED_MODULES or module_name.partition(".")[0] == "onggi":
            found.update(_module(module_name, module))
    return found


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """List what differs. A module that was imported meanwhile is no change, a new attribute of an old one is."""
    return sorted(path for place, old in before.items() for path in _differences(place, old, after.get(place)))


def _differences(place: str, old: dict[Any, Any], new: dict[Any, Any] | None) -> Iterator[str]:
    if new is None:
        yield place
    elif old.keys() != new.keys() or not all(map(operator.is_, old.values(), map(new.get, old))):
        for key in {**old, **new}:
            if not _is_benign(key, new.get(key)) and not (key in old and key in new and _same(old[key], new[key])):
                yield f"{place}.{key}"


def _is_benign(key: object, item: object) -> bool:
    """Tell what changes by itself: caches, made on demand, imported submodules, and what a fork makes anew."""
    return isinstance(item, ModuleType) or (isinstance(key, str) and any(word in key for word in _BENIGN_WORDS))


def _same(old: object, new: object) -> bool:
    return old is new or (type(old) is type(new) and isinstance(old, _PLAIN) and old == new)


def _module(module_name: str, module: ModuleType) -> Iterator[tuple[str, dict[Any, Any]]]:
    space = dict(vars(module))
    yield f"{module_name}", {**space, "__class__": type(module)}
    for key, item in space.items():
        if key.startswith("__") or key == "EVENTS" or _is_benign(key, item):
            continue
        if getattr(item, "__module__", None) == module_name or isinstance(item, dict | list | set):
            yield from _inside(f"{module_name}.{key}", item)


def _inside(path: str, item: Any) -> Iterator[tuple[str, dict[Any, Any]]]:
    """Look one level into a function, container or object, and two into a class."""
    if not isinstance(item, type):
        yield from _contents(path, item)
        return
    space = dict(vars(item))
    yield path, {**space, "__bases__": item.__bases__}
    for key, attribute in space.items():
        # A flag's combinations are made on demand and kept in `_value2member_map_`.
        if not (
            isinstance(attribute, type)
            or _is_benign(key, attribute)
            or key in ("__dict__", "__weakref__", "_value2member_map_")
        ):
            yield from _contents(f"{path}.{key}", attribute)


def _contents(path: str, item: Any) -> Iterator[tuple[str, dict[Any, Any]]]:
    if isinstance(item, FunctionType):
        parts = {"__code__": item.__code__, "__defaults__": item.__defaults__, "__kwdefaults__": item.__kwdefaults__}
        yield path, {**item.__dict__, **parts}
    elif isinstance(item, dict):
        yield path, dict(item)
    elif isinstance(item, list | set):
        yield path, dict(enumerate(item))
    elif not isinstance(item, ModuleType) and isinstance(getattr(item, "__dict__", None), dict):
        yield path, dict(item.__dict__)


def _settings() -> Iterator[tuple[str, dict[Any, Any]]]:
    """Settings of the process that are behind functions, and objects that others look up by name."""
    mask = os.umask(0)
    os.umask(mask)
    yield "process", {"umask": mask, "cwd": os.getcwd(), "SIGINT": signal.getsignal(signal.SIGINT), **os.environ}
    yield "sys.path", dict(enumerate(sys.path))
    yield "sys.hooks", dict(enumerate((sys.gettrace(), sys.getprofile(), sys.excepthook, sys.displayhook, sys.stdout)))
    yield "sys.import", dict(enumerate((*sys.meta_path, *sys.path_hooks)))
    yield (
        "sys.limits",
        {"recursion": sys.getrecursionlimit(), "gc": gc.isenabled(), "threshold": repr(gc.get_threshold())},
    )
    yield "random.state", {"state": repr(random.getstate())}
    yield "warnings.all_filters", dict(enumerate(map(repr, warnings.filters)))
    yield "decimal.contexts", {"default": repr(decimal.DefaultContext), "current": repr(decimal.getcontext())}
    yield "http.OK", dict(http.HTTPStatus(200).__dict__)
    yield "abc.registry", {"Plain": issubclass(victims.Plain, Mapping)}
    yield "logging.victim", dict(vars(logging.getLogger("victim")))
    yield "logging.victim.handlers", dict(enumerate(logging.getLogger("victim").handlers))
    yield "logging.settings", {"disable": logging.root.manager.disable, **vars(logging.root)}
    if numpy := sys.modules.get("numpy"):
        yield "numpy.dtypes", {kind: repr(numpy.dtype(kind).__reduce__()) for kind in ("f8", "i8", "O", "V8")}
        yield "numpy.errors", {"settings": repr(numpy.geterr())}
