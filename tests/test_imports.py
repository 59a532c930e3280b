"""`import onggi` stays light: what is heavy is imported by what needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    *("inspect", "ast", "dataclasses", "json", "secrets", "random", "hashlib", "hmac", "base64", "shlex", "pathlib"),
    *("tempfile", "logging", "subprocess", "socket", "ssl", "asyncio", "multiprocessing", "concurrent.futures"),
    *("importlib.metadata", "platformdirs", "click", "rich", "numpy", "pandas", "scipy", "sklearn", "lzma", "bz2"),
}
LAZY = {
    *("onggi.cli", "onggi.inspect.opening", "onggi.proof.outline", "onggi.proof.explain", "onggi.files.identify"),
    *("onggi.proof.guards.numpy", "onggi.proof.tables.numpy", "onggi.proof.guards.stdlib"),
    *("onggi.api.keys", "onggi.api.signing", "onggi.trust.signatures", "onggi.trust.signers", "cryptography"),
}
ONLY_IMPORT = "import onggi"
PLAIN_MESSAGE = "import onggi; assert onggi.loads(onggi.dumps({'a': 1})) == {'a': 1}"
A_NUMBER = "import onggi, decimal; onggi.loads(onggi.dumps(decimal.Decimal(1)))"


def brought_along(code: str) -> set[str]:
    """The modules that some code imports in a fresh interpreter."""
    script = f"import sys; before = set(sys.modules)\n{code}\nimport json; print(json.dumps(sorted(after - before)))"
    script = script.replace("\nimport json;", "\nafter = set(sys.modules)\nimport json;")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("code", [ONLY_IMPORT, PLAIN_MESSAGE], ids=["import", "plain-message"])
def test_nothing_heavy_is_imported(code: str):
    found = brought_along(code)
    assert "onggi.api.loading" in found
    assert not found & (HEAVY | LAZY)


def test_the_check_sees_what_it_looks_for():
    assert brought_along(A_NUMBER) & LAZY == {"onggi.proof.guards.stdlib"}
    assert "json" in brought_along("import json")
