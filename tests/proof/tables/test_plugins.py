"""Tables that other distributions ship: installed for real, broken ones, and those that nobody has installed."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import sysconfig
import textwrap
import venv
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import onggi
from onggi import Rule, Use
from onggi.errors import PolicyError
from onggi.proof.tables.plugins import GROUP, Shipped

GOOD = Rule(Use.NEW | Use.STATE, "it holds numbers")
TABLE = {"tests.Jar": GOOD, "tests.old.Jar": "tests.Jar"}


def table():
    return TABLE


def fails():
    raise RuntimeError("no such jar")


NO_TABLE = [GOOD]
FOREIGN = {"os.system": GOOD}
PREFIX = {"testsuite.Jar": GOOD}
NO_RULE = {"tests.Jar": ("NEW", "STATE")}
NO_USES = {"tests.Jar": Rule(Use(0), "nothing")}
NO_WORDS = {"tests.Jar": Rule(Use.NEW, "")}
NO_GUARD = {"tests.Jar": Rule(Use.NEW, "checked", new="tests:guard")}
FOREIGN_RESULT = {"tests.Jar": Rule(Use.CALL, "makes one", returns="subprocess.Popen")}
MOVED_NOWHERE = {"tests.old.Jar": "tests.Jar"}
MOVED_AWAY = {"tests.Jar": GOOD, "tests.old.Jar": "os.system"}
MOVED_IN = {"tests.Jar": GOOD, "os.system": "tests.Jar"}
NO_NAME = {5: GOOD}
NO_MODULE = {"tests": GOOD}


def shipped(name: str) -> Shipped:
    return Shipped("tests", "onggi-tests 1.0", EntryPoint("tests", f"{__name__}:{name}", GROUP))


@pytest.mark.parametrize("name", ["TABLE", "table"])
def test_a_table_is_a_mapping_or_a_function_that_returns_one(name):
    found = shipped(name).load()
    assert found.rows == {"tests.Jar": Rule(GOOD.uses, "it holds numbers (onggi-tests 1.0 says so)")}
    assert found.moved == {"tests.old.Jar": "tests.Jar"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent", "AttributeError"),
        ("fails", "RuntimeError: no such jar"),
        ("NO_TABLE", "no mapping"),
        ("FOREIGN", "'os.system' does not stand in the package tests"),
        ("PREFIX", "'testsuite.Jar' does not stand in"),
        ("NO_RULE", "no onggi.Rule"),
        ("NO_USES", "no onggi.Rule with uses"),
        ("NO_WORDS", "does not say why"),
        ("NO_GUARD", "a guard of 'tests.Jar' is no function"),
        ("FOREIGN_RESULT", "'subprocess.Popen' does not stand in"),
        ("MOVED_NOWHERE", "which has no row"),
        ("MOVED_AWAY", "which has no row"),
        ("MOVED_IN", "'os.system' does not stand in"),
        ("NO_NAME", "5 is no global"),
        ("NO_MODULE", "'tests' is no global"),
    ],
)
def test_a_broken_table_says_who_ships_it_and_what_is_wrong(name, words):
    with pytest.raises(PolicyError, match=words) as caught:
        shipped(name).load()
    assert "onggi-tests 1.0" in caught.value.reason


PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "jars"
version = "1.0"

[project.entry-points."onggi.policies"]
jars = "jars_onggi:table"
broken = "jars_broken:table"
numpy = "jars_onggi:everything"
os = "jars_onggi:everything"

[tool.setuptools]
py-modules = ["jars", "jars_onggi", "jars_broken"]
"""
JARS = """
class Jar:
    def __init__(self, litres):
        self.litres = litres
"""
JARS_ONGGI = """
from onggi import Rule, Unsafe, Use

def jar_state(jar, state):
    if type(state) is not dict or state.keys() != {"litres"} or type(state["litres"]) is not float:
        raise Unsafe("the state of a jar is a dict with its litres")
    jar.litres = state["litres"]

table = {
    "jars.Jar": Rule(Use.NEW | Use.STATE, "one float, checked", state=jar_state),
    "jars.old.Jar": "jars.Jar",
}
everything = {"numpy.save": Rule(Use.CALL, "no"), "os.system": Rule(Use.CALL, "no")}
"""
BROKEN = "raise RuntimeError('half installed')"


def jar(written: str, state: object) -> bytes:
    """Pickle an instance of a class by its name, with a state."""
    module, _, name = written.rpartition(".")
    inner = pickle.dumps(state, 2)[2:-1]
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b")\x81" + inner + b"b."


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """An environment of its own, with a small distribution that was built and installed as any other."""
    folder = tmp_path_factory.mktemp("plugin")
    source = folder / "source"
    source.mkdir()
    files = {"pyproject.toml": PROJECT, "jars.py": JARS, "jars_onggi.py": JARS_ONGGI, "jars_broken.py": BROKEN}
    for name, text in files.items():
        (source / name).write_text(text)
    venv.create(folder / "env", with_pip=False, symlinks=os.name != "nt")
    scheme = sysconfig.get_paths("venv", vars={"base": str(folder / "env"), "platbase": str(folder / "env")})
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    pip += ["--no-build-isolation", "--target", scheme["purelib"], str(source)]
    subprocess.run(pip, check=True, capture_output=True)
    return Path(scheme["scripts"]) / Path(sys.executable).name


def run(python: Path, cwd: Path, code: str) -> str:
    """Run code in that environment, which has onggi and what it needs by PYTHONPATH."""
    path = os.pathsep.join([str(Path(onggi.__file__).parents[1]), sysconfig.get_path("purelib")])
    command = [str(python), "-W", "always", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.timeout(300)
def test_an_installed_table(python, tmp_path):
    good, old, bad = jar("jars.Jar", {"litres": 5.5}), jar("jars.old.Jar", {"litres": 2.0}), jar("jars.Jar", {"x": 1})
    found = run(
        python,
        tmp_path,
        f"""
        import sys, onggi
        onggi.loads(onggi.dumps([1, 2]))
        found = onggi.inspect({jar("strangers.Jar", {})!r})
        print("jars_onggi" in sys.modules, "jars" in sys.modules)
        found = onggi.inspect({good!r}).report
        print(found.verdict, found.globals[0].why, "jars" in sys.modules)
        print(onggi.loads({good!r}).litres, onggi.loads({old!r}).litres)
        try:
            onggi.loads({bad!r})
        except onggi.errors.RefusedError as error:
            print(error.reason)
        """,
    )
    assert found.splitlines() == [
        "False False",
        "data one float, checked (jars 1.0 says so) False",
        "5.5 2.0",
        "`jars.Jar`: the state of a jar is a dict with its litres. The load was stopped",
    ]


@pytest.mark.timeout(300)
def test_a_broken_table_is_a_warning_and_the_package_unknown(python, tmp_path):
    found = run(
        python,
        tmp_path,
        f"""
        import onggi
        for _ in range(2):
            print(onggi.inspect({jar("broken.Jar", {})!r}).report.verdict)
        """,
    )
    assert found.count("needs trust") == 2
    assert found.count("RuntimeWarning: the table for broken that jars 1.0 ships") == 1
    assert "RuntimeError: half installed" in found


@pytest.mark.timeout(300)
def test_no_table_counts_for_the_standard_library_and_what_onggi_knows(python, tmp_path):
    shell = b"cos\nsystem\n(S'true'\ntR."
    found = run(python, tmp_path, f"import onggi; print(onggi.inspect({shell!r}).report.verdict)")
    assert found.strip() == "hostile"
    code = "from onggi.cli.app import app; app.main(['policy', 'show'])"
    shown = run(python, tmp_path, code)
    rows = {line.split()[0]: line for line in shown.splitlines()}
    assert "1 global, from jars 1.0" in rows["jars"]
    assert "not used: onggi has its own table" in rows["os"]
    assert "half installed" in rows["broken"]


@pytest.mark.timeout(300)
def test_what_lies_in_the_current_folder_is_not_installed(python, tmp_path):
    """A stranger's archive: the pickle, its package, and metadata that says to load it."""
    (tmp_path / "evil.py").write_text("print('EVIL RAN')\ntable = {}")
    metadata = tmp_path / "evil-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[onggi.policies]\nevil = evil:table\n")
    found = run(
        python,
        tmp_path,
        f"""
        import importlib.metadata
        import onggi
        print(importlib.metadata.version("evil"), onggi.inspect({jar("evil.Jar", {})!r}).report.verdict)
        """,
    )
    assert found.strip() == "1.0 needs trust"
