"""The look-up of rows, and what must hold for every row of the standard library and of numpy."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import pytest

from onggi.proof.guards import find
from onggi.proof.rules import GUARDED_USES, Rule, Use
from onggi.proof.tables import builtins as builtins_table
from onggi.proof.tables import danger, dangerous, enums, exceptions, functions, lookup, stdlib
from onggi.proof.tables import numpy as numpy_table

TABLES = (builtins_table, exceptions, enums, functions, stdlib, numpy_table)
ROWS: dict[str, Rule] = {name: row for table in TABLES for name, row in table.ROWS.items()}


def _resolve(name: str) -> Any:
    """Return the class or function of a row, or None where this version has none."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            found = getattr(found, part, None)
        return found
    return None


def _problems(name: str, row: Rule) -> list[str]:
    found = [] if row.uses and row.why else ["no uses or no reason"]
    for use in GUARDED_USES:
        if not row.guard(use):
            continue
        if not callable(find(row.guard(use))):
            found.append(f"no guard {row.guard(use)}")
        if use not in row.uses and use not in (Use.APPEND, Use.SETITEM, Use.ADD):
            found.append(f"a guard for {use}, which is not granted")
    if row.returns and row.returns != "arg0" and lookup(*_split(row.returns))[2] is None:
        found.append(f"returns {row.returns}, which has no row")
    if name != "zoneinfo.ZoneInfo._unpickle" and lookup(*_split(name)) != (*_split(name), row):
        found.append("is not found by its own name")
    return found


def test_rows_are_complete() -> None:
    problems = {name: _problems(name, row) for name, row in ROWS.items()}
    assert not {name: found for name, found in problems.items() if found}
    assert len(ROWS) > 1_000


def test_guards_of_new_are_found_by_the_real_name() -> None:
    """`copyreg.__newobj__` finds the guard of a class by the class's own name."""
    made = {name: _resolve(name) for name, row in ROWS.items() if row.new}
    classes = {name: cls for name, cls in made.items() if isinstance(cls, type)}
    assert len(classes) > 20
    assert not [name for name, cls in classes.items() if lookup(cls.__module__, cls.__qualname__)[2] is not ROWS[name]]


def test_state_is_guarded_or_screened() -> None:
    unguarded = {name for name, row in ROWS.items() if Use.STATE in row.uses and not row.state}
    assert unguarded == set()


def test_calls_are_guarded_but_for_exceptions() -> None:
    unguarded = {name for name, row in ROWS.items() if Use.CALL in row.uses and not row.call}
    assert all(issubclass(_resolve(name), BaseException) for name in unguarded if _resolve(name) is not None)
    assert unguarded


def test_new_without_guard_is_for_named_tuples() -> None:
    unguarded = [name for name, row in ROWS.items() if Use.NEW in row.uses and not row.new]
    made = [_resolve(name) for name in unguarded]
    assert all(issubclass(cls, tuple) for cls in made if cls is not None)
    assert unguarded


def test_most_rows_exist_here() -> None:
    missing = [name for name in ROWS if _resolve(name) is None and not name.startswith(("ast.", "builtins.None"))]
    assert len(missing) < len(ROWS) / 20, missing


@pytest.mark.parametrize(
    ("module", "name", "expected"),
    [
        ("numpy.core.multiarray", "_reconstruct", "numpy._core.multiarray._reconstruct"),
        ("numpy.core.numeric", "_frombuffer", "numpy._core.numeric._frombuffer"),
        ("numpy.core.fromnumeric", "mean", "numpy.mean"),
        ("numpy", "bool", "numpy.bool_"),
        ("numpy.ma.core", "MaskedArray", "numpy.ma.MaskedArray"),
        ("numpy.random._mt19937", "MT19937", "numpy.random.MT19937"),
        ("pathlib._local", "PosixPath", "pathlib.PosixPath"),
        ("_operator", "or_", "operator.or_"),
        ("copy_reg", "_reconstructor", "copyreg._reconstructor"),
        ("_io", "BytesIO", "io.BytesIO"),
        ("exceptions", "ValueError", "builtins.ValueError"),
        ("__builtin__", "unicode", "builtins.str"),
        ("_ast", "Name", "ast.Name"),
    ],
)
def test_renames(module: str, name: str, expected: str) -> None:
    new_module, new_name, row = lookup(module, name)
    assert f"{new_module}.{new_name}" == expected
    assert row is ROWS[expected]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("numpy", "memmap"),
        ("numpy.coreX.multiarray", "_reconstruct"),
        ("numpy.core", "multiarray._reconstruct"),
        ("numpyX", "ndarray"),
        ("builtins", "eval"),
        ("builtins", "set.__class__"),
        ("functools", "partial.__init__"),
        ("__main__", "Thing"),
        ("", ""),
        ("..", "x"),
        ("collections.abc.os", "system"),
        ("logging", "getLogger"),
    ],
)
def test_unknown(module: str, name: str) -> None:
    assert lookup(module, name)[2] is None


def test_a_prefix_matches_whole_parts_only() -> None:
    assert lookup("numpy.corelib", "x") == ("numpy.corelib", "x", None)
    assert lookup("numpy.core", "x")[0] == "numpy._core"


def test_nothing_is_imported() -> None:
    script = (
        "import sys; from onggi.proof.tables import lookup, danger; lookup('numpy', 'ndarray'); "
        "lookup('decimal', 'Decimal'); danger('os', 'system'); "
        "assert not {'numpy', 'decimal', 'onggi.proof.tables.pandas'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_danger_explains() -> None:
    assert danger("os", "system") == "it runs a command of the operating system"
    assert danger("builtins", "eval") == "it runs Python code that the pickle carries"
    assert danger("importlib.util", "spec_from_file_location") is not None
    assert danger("pathlib", "Path.unlink") is not None
    assert danger("posixpath", "join") is None
    assert danger("osx", "system") is None


def test_danger_knows_much() -> None:
    assert len(dangerous._names()) > 300


def test_what_a_row_grants_is_not_called_dangerous() -> None:
    allowed = {"doctest.TestResults", "py_compile.PycInvalidationMode"}
    named = {name for name in ROWS if danger(*_split(name)) is not None}
    assert named <= allowed


def _split(name: str) -> tuple[str, str]:
    module, _, short = name.rpartition(".")
    return module, short


def test_a_missing_guard_is_a_bug_of_the_table() -> None:
    with pytest.raises(LookupError, match="no guard"):
        find("stdlib:does_not_exist")
    with pytest.raises(LookupError, match="no guard"):
        find("no_such_module:function")
