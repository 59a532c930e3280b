"""The verdict of every attack, and of every honest object."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.util
import io
import logging
import operator
import pickle
import subprocess
import sys
import warnings

import pytest

import onggi
from attacks.assembler import call, pickled, value
from attacks.case import DATA, POLLUTED, RAN
from attacks.catalogue import CASES
from attacks.pool import missing_module
from onggi.inspect.scanning import ScanVerdict

LIBRARIES = ("stdlib", "numpy", "pandas", "scipy", "sklearn")
_LARGE = ("resources", "amplification", "containers")


def scanned(data):
    (report,) = onggi.scan(data)
    return report


def _hostile():
    """All that runs code or changes the program under plain pickle, and must not be loaded as data."""
    return [case for case in CASES.values() if case.plain[0] in (RAN, POLLUTED) and DATA not in case.verdict]


def _sample():
    """Pick one case of each technique, and not those that are large."""
    found = {}
    for case in _hostile():
        if not case.name.startswith(_LARGE):
            found.setdefault(case.technique, case)
    return list(found.values())


def check_attack(case):
    if module := missing_module(case):
        pytest.skip(f"{module} is not installed")
    report = scanned(case.make())
    assert report.verdict in (ScanVerdict.HOSTILE, ScanVerdict.NEEDS_TRUST, ScanVerdict.UNREADABLE), case.effect
    assert report.findings
    assert all(found.message.isprintable() for found in report.findings)


@pytest.mark.parametrize("case", _sample(), ids=lambda case: case.name)
def test_an_attack_is_never_data(case):
    check_attack(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", _hostile(), ids=lambda case: case.name)
def test_no_attack_is_data(case):
    check_attack(case)


def test_there_are_many_attacks():
    assert len(_hostile()) >= 350
    assert len(_sample()) >= 60


def _honest(library, protocols):
    for case in importlib.import_module(f"tests.corpus.{library}").cases():
        for protocol in protocols:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    yield f"{case.name} {protocol}", pickle.dumps(case.make(), protocol)
                except Exception:
                    continue  # plain pickle can't do it in this protocol


def check_honest(library, protocols):
    verdicts = {name: scanned(data).verdict for name, data in _honest(library, protocols)}
    assert verdicts
    assert [name for name, verdict in verdicts.items() if verdict is ScanVerdict.HOSTILE] == []
    others = [name for name, verdict in verdicts.items() if verdict is not ScanVerdict.DATA]
    assert len(others) <= max(len(verdicts) // 100, 0), others


@pytest.mark.parametrize("library", ["stdlib", "numpy", "pandas"])
def test_honest_objects_are_data(library):
    pytest.importorskip(library if library != "stdlib" else "pickle")
    check_honest(library, [pickle.HIGHEST_PROTOCOL])


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_honest_objects_of_all_protocols_are_not_hostile(library):
    pytest.importorskip(library if library != "stdlib" else "pickle")
    # To fit models anew for each protocol takes minutes.
    protocols = range(pickle.HIGHEST_PROTOCOL + 1) if library != "sklearn" else [2]
    found = [scanned(data).verdict for _, data in _honest(library, protocols)]
    assert ScanVerdict.HOSTILE not in found
    assert ScanVerdict.UNREADABLE not in found
    # Texts of scipy's distributions can't be told in protocols in which bytes are made by a call.
    assert found.count(ScanVerdict.DATA) >= (0.8 if library == "scipy" else 0.99) * len(found)


@dataclasses.dataclass
class Plain:
    x: int = 1


class OfDict(dict):
    pass


class Reduced:
    @classmethod
    def make(cls, x):
        return cls()

    def __reduce__(self):
        return Reduced.make, (1,)


class KeywordOnly:
    def __new__(cls, *, a):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return (), {"a": 1}


OWN = {
    "dataclass": Plain(),
    "dict": OfDict(a=1),
    "classmethod": Reduced(),
    "keywords": KeywordOnly(a=1),
    "function": scanned,
    "partial": functools.partial(Plain, 2),
    "bound": Plain().__eq__,
    "getter": [operator.attrgetter("x"), Plain()],
    "logger": logging.getLogger("x"),
    "callbacks": {"key": len, "show": print, "owner": Plain()},
    "mention": [getattr, operator.getitem],
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", OWN)
def test_own_classes_need_trust(name, protocol):
    report = scanned(pickle.dumps(OWN[name], protocol))
    assert report.verdict is ScanVerdict.NEEDS_TRUST


def test_what_cloudpickle_writes_needs_trust():
    cloudpickle = pytest.importorskip("cloudpickle")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        for obj in (lambda x: x + 1, Plain(), OfDict(a=1), Reduced, [Plain(), Plain()]):
            assert scanned(cloudpickle.dumps(obj)).verdict is ScanVerdict.NEEDS_TRUST
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def test_trust_makes_data_of_it():
    data = pickle.dumps([Plain()])
    report = scanned(data)
    assert report.needed == (f"{__name__}.Plain",)
    (trusted,) = onggi.scan(data, allow=[Plain])
    assert trusted.verdict is ScanVerdict.DATA


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (call("os:system", "echo hi"), "runs the shell command `echo hi`"),
        (call("subprocess:Popen", ["sh", "-c", "x"]), "runs the command `sh -c x`"),
        (call("builtins:eval", "1+1"), "runs the Python code `1+1`"),
        (call("builtins:open", "/etc/passwd", "w"), "opens the file `/etc/passwd` with the mode `w`"),
        (call("builtins:__import__", "evil"), "imports the module `evil`"),
        (call("shutil:rmtree", "/home"), 'calls `shutil.rmtree("/home")`: it reads, writes or deletes files'),
    ],
)
def test_a_hostile_pickle_says_what_it_would_do(payload, words):
    report = scanned(pickled(payload))
    assert report.verdict is ScanVerdict.HOSTILE
    assert report.findings[0].message.startswith(words)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31mred", "\u202egnp.exe", "`quote`", "x" * 5_000, "\x00", "\r✓ data"])
def test_arguments_can_not_fake_the_output(text):
    message = scanned(pickled(call("os:system", text))).findings[0].message
    assert message.isprintable()
    assert len(message) < 300
    assert message.count("`") == 2


def test_a_hostile_finding_is_listed_before_many_others(tmp_path):
    names = [f"module_{number}:Thing" for number in range(300)]
    report = scanned(pickled(value([*(call(name) for name in names), call("os:system", "x")])))
    assert report.findings[0].rule == "dangerous"
    assert len(report.findings) <= 101


def test_what_stands_before_a_break_is_found():
    data = pickled(call("os:system", "echo hi"))
    report = scanned(data[:-1] + b"\xff")
    assert report.verdict is ScanVerdict.HOSTILE
    assert {found.rule for found in report.findings} == {"dangerous", "damaged"}


def test_texts_that_scipy_runs_are_read():
    stats = pytest.importorskip("scipy.stats")
    honest = pickle.dumps(stats.norm(0, 1))
    assert scanned(honest).verdict is ScanVerdict.DATA
    evil = honest.replace(b"return self._argcheck_rvs", b"return 1 if exec(1) else 2")
    assert len(evil) != len(honest) or evil != honest
    assert scanned(honest.replace(b"def _parse_args(", b"def _parse_argz(")).findings[0].rule == "argument-runs-code"


def test_nothing_is_imported():
    """In a process that has none of it loaded."""
    data = pickled(value([call("wave:open", "x"), call("sklearn.svm:SVC"), call("numpy:dtype", "f8")]))
    code = (
        "import sys, onggi; list(onggi.scan(bytes.fromhex(sys.argv[1]), jobs=0));"
        "print([name for name in ('wave', 'numpy', 'sklearn', 'onggi.codec.decode') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, data.hex()], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['onggi.codec.decode']"  # by the door itself


def test_streams_are_read():
    (report,) = onggi.scan(io.BytesIO(pickle.dumps([1])))
    assert report.verdict is ScanVerdict.DATA


def test_the_callers_view_stays_usable():
    view = memoryview(pickle.dumps([1]))
    scanned(view)
    assert len(view) > 0
