"""The process whose children load hostile pickles.

It imports the heavy libraries once; a forked child has them without paying for them. Requests and outcomes are JSON,
one a line, on stdin and stdout. Many cases share a child as long as all of them end as they should; where one does not,
or anything at all is changed at the end, each of them is run again in a child of its own, and only that counts.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from attacks import sandbox, snapshot, victims
from attacks.case import Case
from attacks.catalogue import CASES
from attacks.outcome import Outcome, faults
from attacks.sandbox import Setting

WARM_MODULES = (
    *("numpy", "numpy.random", "numpy.ma", "scipy.sparse", "scipy.stats", "scipy.interpolate", "scipy.spatial"),
    *("pandas", "sklearn.dummy", "sklearn.tree", "sklearn.ensemble", "sklearn.neighbors", "sklearn.svm"),
    *("sklearn.linear_model", "sklearn.preprocessing", "pyarrow", "joblib", "torch", "sortedcontainers", "fractions"),
    *("uuid", "ipaddress", "http", "textwrap", "argparse", "zoneinfo", "numpy.f2py.crackfortran", "pathlib"),
    *(
        "pickletools",
        "encodings.cp437",
        "encodings.latin_1",
        "encodings.raw_unicode_escape",
        "bz2",
        "gzip",
        "lzma",
        "zlib",
        "lz4.frame",
        "backports.zstd",
    ),
)
_ALONE = {"amplification", "containers"}
"""Themes whose cases are large, and so need a child of their own."""
_TOGETHER_FACTOR = 2.0
"""How much longer a child with many cases may take than one with a single case."""


def _is_sociable(case: Case) -> bool:
    """Tell whether a case may share its child with others."""
    return case.setup is None and not case.suffix and case.name.partition(".")[0] not in _ALONE


class Runner:
    """Runs cases in children of this process."""

    def __init__(self, loader: str, timeout_seconds: float, baseline: snapshot.Snapshot) -> None:
        self._setting = Setting(loader, timeout_seconds, baseline)

    def run(self, cases: Sequence[Case]) -> Iterator[Outcome]:
        """Run cases, together where that does, and give each one's outcome."""
        together = [case for case in cases if self._setting.loader == "onggi" and _is_sociable(case)]
        clean = self._run_together(together) if len(together) > 1 else {}
        for case in cases:
            yield clean[case.name] if case.name in clean else self._run_alone(case)

    def _run_together(self, cases: Sequence[Case]) -> dict[str, Outcome]:
        """Return the outcomes of cases that are beyond doubt."""
        timeout_seconds = self._setting.timeout_seconds * _TOGETHER_FACTOR
        try:
            outcomes = sandbox.run(cases, replace(self._setting, timeout_seconds=timeout_seconds))
        except Exception:  # one of them can't be made; which, shows when it is alone
            return {}
        if len(outcomes) < len(cases) or outcomes[-1].changes or outcomes[-1].imported or outcomes[-1].ran:
            return {}
        return {case.name: done for case, done in zip(cases, outcomes, strict=True) if not faults(case, done)}

    def _run_alone(self, case: Case) -> Outcome:
        try:
            (outcome,) = sandbox.run([case], self._setting)
            if outcome.changes:  # or it was this process that changed, when it made the cases before
                self._setting.baseline = snapshot.take()
                (outcome,) = sandbox.run([case], self._setting)
        except Exception as error:  # a case that can't be made must not take the worker along
            return Outcome(case.name, message=f"not made: {error!r}", exit_status=repr(error)[:200])
        return outcome


def _warm_up() -> None:
    """Import what honest use has imported already, so that a new module means something."""
    for module_name in WARM_MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(module_name)
    with contextlib.suppress(Exception):
        import onggi

        for module in pkgutil.walk_packages(onggi.__path__, "onggi."):
            if "__main__" not in module.name:
                importlib.import_module(module.name)
        honest = [{"a": (1.5, "x", b"y", {1, 2})}, victims.Plain(), _honest_array()]
        onggi.loads(onggi.dumps(honest), allow=["attacks.victims.*"])


def _honest_array() -> Any:
    return importlib.import_module("numpy").arange(10.0) if importlib.util.find_spec("numpy") else None


def _use_empty_home() -> None:
    """Keep the user's own key and settings out of it: a seal or an allowance of theirs must not change a verdict."""
    home = tempfile.mkdtemp(prefix="onggi-attacks-home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update({"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home})


def main() -> None:
    """Answer requests until stdin ends."""
    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    _use_empty_home()
    _warm_up()
    gc.collect()
    gc.freeze()  # what was there before is no case's garbage, and collecting in a child stays quick
    baseline = snapshot.take()
    for line in requests:
        request = json.loads(line)
        runner = Runner(request["loader"], request["timeout_seconds"], baseline)
        for outcome in runner.run([CASES[name] for name in request["names"]]):
            answers.write(json.dumps(asdict(outcome)) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
