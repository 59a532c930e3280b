"""Imports point down, and one module builds."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys

import pytest

from tests.builds import PROJECT

SOURCES = sorted((PROJECT / "src" / "onggi").rglob("*.py"))


def test_import_linter_finds_every_contract_kept():
    pytest.importorskip("importlinter")
    command = shutil.which("lint-imports", path=str(PROJECT / ".venv" / "bin")) or shutil.which("lint-imports")
    if command is None:
        pytest.skip("lint-imports is not installed")
    found = subprocess.run(
        [sys.executable, command, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


def uses_of_unpicklers(tree: ast.AST) -> list[int]:
    """Lines that call pickle.load or pickle.loads, or name an Unpickler of the standard library."""
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("pickle", "_pickle")
        ):
            found += [node.lineno] * (node.attr in ("load", "loads", "Unpickler", "_Unpickler"))
        if isinstance(node, ast.ImportFrom) and node.module in ("pickle", "_pickle"):
            found += [node.lineno for alias in node.names if alias.name in ("load", "loads", "Unpickler", "_Unpickler")]
    return found


def test_the_check_sees_what_it_looks_for():
    for code in ("pickle.loads(b'')", "class A(pickle.Unpickler): pass", "from _pickle import Unpickler"):
        assert uses_of_unpicklers(ast.parse(code))


def test_decode_is_the_only_place_that_builds():
    found = {
        path.relative_to(PROJECT / "src" / "onggi").as_posix()
        for path in SOURCES
        if uses_of_unpicklers(ast.parse(path.read_text()))
    }
    assert found == {"codec/decode.py"}
