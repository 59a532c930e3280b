"""Tell whether a load changed anything that the rest of the program shares: modules, classes, settings."""

from __future__ import annotations

import decimal
import gc
import http
import logging
import os
import random
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from attacks import victims

Snapshot = dict[str, tuple[Any, ...]]

WATCHED_MODULES = (
    *("_collections_abc", "_io", "abc", "argparse", "ast", "builtins", "codecs", "collections", "copy", "copyreg"),
    *("datetime", "decimal", "enum", "fractions", "functools", "http", "io", "ipaddress", "json.decoder"),
    *("logging", "numbers", "operator", "os", "pathlib", "pickle", "posixpath", "queue", "random", "re", "shutil"),
    *("string", "subprocess", "tempfile", "textwrap", "threading", "types", "typing", "uuid", "warnings", "weakref"),
    *("attacks.canary", "attacks.victims", "numpy", "numpy.linalg", "numpy.random", "numpy.ma.core", "pandas"),
    *("pandas.core.frame", "scipy.sparse", "scipy.stats", "sklearn", "sklearn.base", "sklearn.dummy"),
)
"""Their attributes are compared one by one, and inside their functions, classes and containers."""

_PLAIN = (int, float, str, bytes, bool)


def take() -> Snapshot:
    """Take down what there is now; the snapshot keeps the objects alive so that identities stay comparable."""
    found: Snapshot = dict(_settings())
    for module_name, module in list(sys.modules.items()):
        if module_name in WATCHED_MODULES or module_name.partition(".")[0] == "onggi":
            found.update(_module(module_name, module))
    return found


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """List what differs. A module that was imported meanwhile is no change, a new attribute of an old one is."""
    old_modules = {path.partition(":")[0] for path in before}
    changed = [path for path, old in before.items() if not _same(old, after.get(path, ()))]
    added = [path for path in after if path not in before and path.partition(":")[0] in old_modules]
    return sorted({*changed, *(path for path in added if not _is_submodule(path, after[path]))})


def _is_submodule(path: str, seen: tuple[Any, ...]) -> bool:
    return len(seen) == 1 and isinstance(seen[0], ModuleType)


def _same(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    return len(old) == len(new) and all(
        a is b or (type(a) is type(b) and isinstance(a, _PLAIN) and a == b) for a, b in zip(old, new, strict=True)
    )


def _module(module_name: str, module: ModuleType) -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield f"{module_name}:__class__", (type(module),)
    for key, item in list(vars(module).items()):
        path = f"{module_name}:{key}"
        if key in ("_cache", "_cache2", "__warningregistry__", "EVENTS", "_FUNC_CACHE") or module is sys:
            continue
        yield path, (item,)
        if getattr(item, "__module__", None) == module_name or isinstance(item, dict | list | set):
            yield from _inside(path, item)


def _inside(path: str, item: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Look one level into a function, container or object, and two into a class."""
    if isinstance(item, type):
        yield path + ".__bases__", item.__bases__
        for key, attribute in list(vars(item).items()):
            yield f"{path}.{key}", (attribute,)
            if not isinstance(attribute, type) and not key.startswith(("_abc_", "__dict__", "__weakref__")):
                yield from _contents(f"{path}.{key}", attribute)
    else:
        yield from _contents(path, item)


def _contents(path: str, item: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if isinstance(item, FunctionType):
        yield path + "()", (item.__code__, item.__defaults__, item.__kwdefaults__, *_flat(item.__dict__))
    elif isinstance(item, dict):
        yield path + "{}", _flat(item)
    elif isinstance(item, list | set):
        yield path + "[]", tuple(item)
    elif isinstance(getattr(item, "__dict__", None), dict) and not isinstance(item, ModuleType):
        yield path + ".__dict__", _flat(item.__dict__)


def _flat(mapping: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(part for pair in list(mapping.items()) for part in pair)


def _settings() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Settings of the process that are behind functions."""
    mask = os.umask(0)
    os.umask(mask)
    yield "process:umask", (mask,)
    yield "process:cwd", (os.getcwd(),)
    yield "process:environ", tuple(f"{key}={item}" for key, item in os.environ.items())
    yield "process:SIGINT", (signal.getsignal(signal.SIGINT),)
    yield "sys:path", tuple(sys.path)
    yield "sys:hooks", (sys.gettrace(), sys.getprofile(), sys.excepthook, sys.displayhook, sys.stdout, sys.stderr)
    yield "sys:meta_path", (*sys.meta_path, *sys.path_hooks)
    yield "sys:recursionlimit", (sys.getrecursionlimit(),)
    yield "gc:enabled", (gc.isenabled(), *gc.get_threshold())
    yield "random:state", (repr(random.getstate()),)
    yield "warnings:filters", tuple(map(repr, warnings.filters))
    yield "decimal:contexts", (repr(decimal.DefaultContext), repr(decimal.getcontext()))
    yield "http:OK", _flat(http.HTTPStatus(200).__dict__)
    yield "abc:registry", (issubclass(victims.Plain, Mapping),)
    yield from _loggers()
    if numpy := sys.modules.get("numpy"):
        yield "numpy:dtypes", tuple(repr(numpy.dtype(kind).__reduce__()) for kind in ("f8", "i8", "O", "V8"))
        yield "numpy:errors", (repr(numpy.geterr()),)


def _loggers() -> Iterator[tuple[str, tuple[Any, ...]]]:
    logger = logging.getLogger("victim")
    yield "logging:victim", tuple(part for key, part in _pairs(vars(logger)) if key != "_cache")
    yield "logging:disabled", (logging.root.manager.disable, logging.root.level, *logging.root.handlers)


def _pairs(mapping: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, part) for key, item in mapping.items() for part in (item if key == "handlers" else (item,))]
