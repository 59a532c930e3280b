"""onggi scan beside picklescan, modelscan and fickling: what each misses, what each calls dangerous wrongly, and time.

    python -m venv build/scanners && build/scanners/bin/pip install picklescan modelscan fickling
    python -m bench.scanners --python build/scanners/bin/python [--write-docs]

The hostile set are the cases of `attacks/` that run code or change the program under plain pickle; the honest set are
the objects of `tests/corpus`, as plain pickle writes them. Each tool reads all files in one process of its own (by its
API, so that what it takes to start does not count), each file with a bound on time; what goes over it is an error.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pickle
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import machine
from bench.page import PAGE
from bench.report import Table, duration, markdown, print_table

__all__ = ["TOOLS", "Outcome", "main", "table", "write_corpus"]

TOOLS: Final = ("onggi", "picklescan", "modelscan", "fickling")
LIBRARIES: Final = ("stdlib", "numpy", "pandas", "scipy", "sklearn")
_SECONDS_FOR_FILE: Final = 20
_BEGIN: Final = "<!-- scanners: begin; written by `python -m bench.scanners --write-docs` -->"
_END: Final = "<!-- scanners: end -->"
_LARGE: Final = ("resources", "amplification")

# What runs in the process of a tool: reads names of files, writes a verdict and seconds for each.
_DRIVER: Final = """
import contextlib, io, json, logging, os, signal, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
tool, folder, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])

def by_onggi():
    import onggi
    return lambda path: str(next(onggi.scan(path, jobs=0)).verdict)

def by_picklescan():
    from picklescan.scanner import scan_file_path
    def judge(path):
        found = scan_file_path(path)
        if found.infected_files or found.issues_count:
            return "hostile"
        if getattr(found, "scan_err", False):
            return "unreadable"
        return "data" if found.scanned_files else "not scanned"
    return judge

def by_modelscan():
    from modelscan.modelscan import ModelScan
    def judge(path):
        found = ModelScan().scan(path)
        summary = found["summary"]
        if summary["total_issues"]:
            return "hostile"
        if found["errors"]:
            return "unreadable"
        return "data" if summary["scanned"]["total_scanned"] else "not scanned"
    return judge

def by_fickling():
    from fickling.fickle import StackedPickle
    from fickling.analysis import Severity, check_safety
    def judge(path):
        with open(path, "rb") as file:
            stacked = StackedPickle.load(file)
        worst = max((check_safety(one).severity for one in stacked), default=Severity.LIKELY_SAFE)
        return "data" if worst == Severity.LIKELY_SAFE else "hostile"
    return judge

judge = globals()["by_" + tool]()
version = __import__("importlib.metadata").metadata.version(tool)
class Late(BaseException): pass
def late(*_): raise Late
signal.signal(signal.SIGALRM, late)
out, results = sys.stdout, {}
for name in sorted(os.listdir(folder)):
    begin = time.perf_counter(); cpu = time.process_time()
    signal.alarm(limit)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            verdict = judge(os.path.join(folder, name))
    except Late:
        verdict = "too slow"
    except BaseException as error:
        verdict = "error " + type(error).__name__
    finally:
        signal.alarm(0)
    results[name] = [verdict, time.process_time() - cpu]
print(json.dumps({"version": version, "results": results}), file=out)
"""


@dataclass
class Outcome:
    """What one tool said.

    Attributes:
        tool: Its name and version.
        hostile, honest: How often it gave each verdict.
        seconds: Processor time for the honest files.
        failure: Why it could not run.
    """

    tool: str
    hostile: Counter[str] = field(default_factory=Counter)
    honest: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    failure: str = ""

    @property
    def misses(self) -> int:
        """How many attacks it lets pass as clean, or does not look at."""
        return self.hostile["data"] + self.hostile["no pickle"] + self.hostile["not scanned"]

    @property
    def false_alarms(self) -> int:
        """How many honest files it calls dangerous."""
        return self.honest["hostile"]

    def count(self, kind: str) -> int:
        """Count a verdict over both sets; `"errors"` is all that is no answer."""
        both = self.hostile + self.honest
        if kind != "errors":
            return both[kind]
        return sum(count for word, count in both.items() if word.startswith(("error", "too slow")))


def write_corpus(folder: Path, libraries: tuple[str, ...] = LIBRARIES) -> tuple[int, int]:
    """Write the files: `hostile/` and `honest/`. Returns how many of each."""
    (folder / "hostile").mkdir()
    (folder / "honest").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _write_hostile(folder / "hostile"), _write_honest(folder / "honest", libraries)


def _write_hostile(folder: Path) -> int:
    from attacks.case import DATA, POLLUTED, RAN
    from attacks.catalogue import CASES
    from attacks.pool import missing_module

    count = 0
    for case in CASES.values():
        is_hostile = case.plain[0] in (RAN, POLLUTED) and DATA not in case.verdict and not case.allow
        if is_hostile and not case.name.startswith(_LARGE) and missing_module(case) is None:
            (folder / f"{case.name}{case.suffix or '.pkl'}").write_bytes(case.make())
            count += 1
    return count


def _write_honest(folder: Path, libraries: tuple[str, ...]) -> int:
    count = 0
    for library in libraries:
        try:
            cases = importlib.import_module(f"tests.corpus.{library}").cases()
        except ImportError:
            continue
        for number, case in enumerate(cases):
            try:
                data = pickle.dumps(case.make(), 4)
            except Exception:
                continue  # plain pickle can't do it in this protocol
            (folder / f"{library}-{number}.pkl").write_bytes(data)
            count += 1
    return count


def ask(tool: str, python: str, folder: Path) -> Outcome:
    """Have a tool scan all files."""
    outcome = Outcome(tool)
    for kind in ("hostile", "honest"):
        command = [python, "-c", _DRIVER, tool, str(folder / kind), str(_SECONDS_FOR_FILE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            outcome.failure = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            return outcome
        found = json.loads(done.stdout.splitlines()[-1])
        outcome.tool = f"{tool} {found['version']}"
        verdicts = Counter(verdict for verdict, _ in found["results"].values())
        if kind == "hostile":
            outcome.hostile = verdicts
        else:
            outcome.honest = verdicts
            outcome.seconds = sum(seconds for _, seconds in found["results"].values())
    return outcome


def table(outcomes: list[Outcome], hostile: int, honest: int) -> Table:
    """Lay out what the tools said."""
    headers = [
        "",
        "attacks missed",
        "attacks unreadable",
        "honest called dangerous",
        "honest not clean",
        "errors",
        "time",
    ]
    rows = []
    notes = []
    for one in outcomes:
        if one.failure:
            rows.append([one.tool, "failed"])
            notes.append(f"{one.tool}: {one.failure}")
            continue
        unclean = sum(one.honest.values()) - one.honest["data"]
        cells = [
            f"{one.misses} of {hostile}",
            one.hostile["unreadable"],
            f"{one.false_alarms} of {honest}",
            unclean,
            one.count("errors"),
        ]
        rows.append([one.tool, *map(str, cells), duration(one.seconds)])
    return Table("scanners: the same files through each", headers, rows, notes)


def replace_part(text: str, part: str) -> str:
    """Return the page with another part between the markers."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the page has no {_BEGIN} and {_END}")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def main(arguments: list[str] | None = None) -> int:
    """Make the files, ask all tools, and show what they said."""
    parser = argparse.ArgumentParser(prog="python -m bench.scanners", description="Compare scanners of pickles.")
    parser.add_argument("--python", required=True, help="the Python that has picklescan, modelscan and fickling")
    parser.add_argument("--only", choices=TOOLS, action="append", help="a tool; may be repeated")
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("-v", dest="verbose", action="store_true", help="show every verdict's count")
    options = parser.parse_args(arguments)
    python = str(Path(options.python).absolute())
    with tempfile.TemporaryDirectory(prefix="onggi-scanners-") as name:
        folder = Path(name)
        hostile, honest = write_corpus(folder)
        tools = options.only or TOOLS
        outcomes = [ask(tool, sys.executable if tool == "onggi" else python, folder) for tool in tools]
        facts = machine.describe(str(folder))
    shown = table(outcomes, hostile, honest)
    print_table(shown, sys.stdout)
    if options.verbose:
        for one in outcomes:
            print(one.tool, "hostile:", dict(one.hostile), "honest:", dict(one.honest))
    if options.write_docs:
        made = f"{facts['Python'].partition(',')[0]}, {facts['CPU']}, {facts['libraries']}"
        part = f"{markdown(shown)}\n\nMade with {made}."
        PAGE.write_text(replace_part(PAGE.read_text("utf-8"), part), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
