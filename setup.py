"""Build the compiled modules. Everything else about the project stands in pyproject.toml.

A compiled source is an ordinary .py file in Cython's pure-Python mode, with its C types in a .pxd beside it. The .py is
installed too: it is what runs where there is no compiled build, and the tests run both against each other.

The environment variable ONGGI_EXTENSION decides:

    auto     (default) compile; where that fails, say so in one line and go on with plain Python
    no       do not compile
    require  compile, or fail
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

COMPILED_MODULES = [
    "onggi.format.scan",
    "onggi.format.joblib_machine",
    "onggi.proof.machine",
    "onggi.proof.containers",
    "onggi.proof.calls",
    "onggi.proof.walker",
    "onggi.proof.guards.nodes",
]

# They work on Python's lists, where an index that is checked, or counts from the end, costs nothing to speak of.
CHECKED_MODULES = ["onggi.format.joblib_machine"]

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
}

MODES = ("auto", "no", "require")


def extension_mode() -> str:
    """Return what ONGGI_EXTENSION asks for."""
    mode = os.environ.get("ONGGI_EXTENSION") or "auto"
    if mode not in MODES:
        raise SystemExit(f"ONGGI_EXTENSION={mode!r} is not one of {', '.join(MODES)}")
    return mode


def source_of(module: str) -> Path:
    """Return the source file of a module, relative to this file as setuptools wants it."""
    return Path("src", *module.split(".")).with_suffix(".py")


def extension(module: str, *, optional: bool) -> Extension:
    """Describe the compiled build of one module."""
    built = Extension(
        module,
        sources=[source_of(module).as_posix()],
        depends=[types.as_posix() for types in Path("src").rglob("*.pxd")],
        optional=optional,
    )
    is_checked = module in CHECKED_MODULES
    built.cython_directives = DIRECTIVES | {"boundscheck": is_checked, "wraparound": is_checked}
    built.cython_c_in_temp = True
    return built


def extensions(mode: str) -> list[Extension]:
    """Return what there is to compile: nothing at all in mode `no`, so that the wheel is a pure one."""
    if mode == "no":
        return []
    return [extension(name, optional=mode == "auto") for name in COMPILED_MODULES if source_of(name).exists()]


class BuildSources(build_py):
    """Lay out the .py files; in an editable install also remove the compiled modules of an earlier one.

    One that is left over would hide its .py file, whatever ONGGI_EXTENSION says now.
    """

    def run(self) -> None:
        """Remove what is left over, then build."""
        if self.editable_mode:
            for name in COMPILED_MODULES:
                source_of(name).with_suffix(sysconfig.get_config_var("EXT_SUFFIX")).unlink(missing_ok=True)
        super().run()


class BuildExtensions(build_ext):
    """Compile each module, or leave it to its .py file where the mode allows that."""

    def build_extension(self, ext: Extension) -> None:
        """Build one module; a failure counts only where the build is required."""
        try:
            self._check_cython()
            ext.extra_compile_args = ["/O2"] if self.compiler.compiler_type == "msvc" else ["-O3", "-g0"]
            super().build_extension(ext)
        except Exception as error:  # Cython, compiler and linker each raise classes of their own
            if not ext.optional:
                raise
            kind, (reason, *_) = type(error).__name__, str(error).strip().splitlines() or [""]
            print(f"onggi: {ext.name} is not compiled and runs as plain Python: {kind}: {reason}", file=sys.stderr)

    @staticmethod
    def _check_cython() -> None:
        if importlib.util.find_spec("Cython") is None:
            raise RuntimeError("Cython is not installed")


setup(
    ext_modules=extensions(extension_mode()),
    cmdclass={"build_py": BuildSources, "build_ext": BuildExtensions},
)
