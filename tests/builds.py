"""Load the two builds of a compiled module side by side: the extension module, and the .py file it was made from."""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

PROJECT = Path(__file__).resolve().parent.parent
BUILDS = ("compiled", "pure")


class NotCompiledError(Exception):
    """There is no compiled build of the module, or it is not that of the present source."""


def compiled_modules() -> list[str]:
    """Return the modules that setup.py compiles, as far as they exist."""
    tree = ast.parse((PROJECT / "setup.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMPILED_MODULES":
            return [name for name in ast.literal_eval(node.value) if importlib.util.find_spec(name)]
    raise LookupError("setup.py has no list COMPILED_MODULES")


def compiled_is_required() -> bool:
    """Say whether a missing compiled build is a failure: where a test is skipped unseen, nothing was tested."""
    if os.environ.get("ONGGI_EXTENSION") == "no":
        return False
    return bool(os.environ.get("CI") or os.environ.get("ONGGI_REQUIRE_COMPILED"))


@cache
def find_compiled(module_name: str) -> ModuleType:
    """Return the extension module.

    Raises:
        NotCompiledError: It was not built, or the source or the C types have changed since.
    """
    module = importlib.import_module(module_name)
    built = Path(module.__file__ or "")
    if not built.name.endswith(tuple(importlib.machinery.EXTENSION_SUFFIXES)):
        raise NotCompiledError(f"{module_name} is not compiled")
    # Only beside the sources do the times say anything: an installer writes its files in any order.
    if built.is_relative_to(PROJECT / "src"):
        source = built.with_name(module_name.rpartition(".")[2] + ".py")
        for file in (source, *(PROJECT / "src").rglob("*.pxd")):
            if file.stat().st_mtime > built.stat().st_mtime:
                raise NotCompiledError(f"{file.name} has changed since {module_name} was compiled")
    return module


def load_compiled(module_name: str) -> ModuleType:
    """Return the extension module; without one fail where it is required, else skip the test."""
    try:
        return find_compiled(module_name)
    except NotCompiledError as error:
        message = f"{error}; `make test` compiles it"
        if compiled_is_required():
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


@cache
def load_pure(module_name: str) -> ModuleType:
    """Return the module as its .py file makes it, under a name of its own beside the compiled one.

    What it imports of other compiled modules is pure as well: a class and its base must be of one build.
    """
    return _load_source(module_name)


def _needs(module_name: str, other: str) -> bool:
    """Say whether a module comes before another in the list of setup.py, where each stands behind what it imports."""
    names = compiled_modules()
    return names.index(other) < names.index(module_name)


_sources: dict[str, ModuleType] = {}


def _load_source(module_name: str) -> ModuleType:
    if module_name in _sources:
        return _sources[module_name]
    package_name, _, name = module_name.rpartition(".")
    package = importlib.import_module(package_name)
    pure_name = f"{module_name}__pure"
    loader = importlib.machinery.SourceFileLoader(pure_name, str(Path(package.__path__[0]) / f"{name}.py"))
    spec = importlib.util.spec_from_loader(pure_name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[pure_name] = module
    bases = {
        other: _load_source(other)
        for other in compiled_modules()
        if other != module_name and _needs(module_name, other)
    }
    kept = {other: sys.modules.get(other) for other in bases}
    sys.modules.update(bases)
    try:
        loader.exec_module(module)
    finally:
        for other, before in kept.items():
            sys.modules.pop(other, None)
            if before is not None:
                sys.modules[other] = before
    _sources[module_name] = module
    return module


def load_build(module_name: str, build: str) -> ModuleType:
    """Return one build (`"compiled"` or `"pure"`) of a module, for a fixture that is parametrised with `BUILDS`."""
    return {"compiled": load_compiled, "pure": load_pure}[build](module_name)


def load_both(module_name: str) -> tuple[ModuleType, ModuleType]:
    """Return the compiled and the pure build of a module, to hold them against each other."""
    return load_compiled(module_name), load_pure(module_name)
