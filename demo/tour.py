"""A short tour of onggi on real data: `make demo`.

Everything happens in a temporary folder, which is removed at the end, with a key of its own.
"""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import statistics
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onggi
from onggi.proof import walker
from onggi.trust.keys import set_key_path

ARRAY_BYTES = 256 * 2**20
ROUNDS = 5
TREE_LINES = 26
COLUMNS = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 100)


class Stage:
    """Where the tour speaks: in colour by rich on a terminal, as plain text elsewhere."""

    def __init__(self) -> None:
        self._console: Any = None
        self._chapter = 0
        wants_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        if wants_colour:
            try:
                from rich.console import Console
            except ImportError:
                return
            self._console = Console(highlight=False, soft_wrap=True)

    def _print(self, text: str, style: str = "") -> None:
        text = text.rstrip()
        if self._console is None:
            encoding = sys.stdout.encoding or "ascii"
            print(text.encode(encoding, "replace").decode(encoding), flush=True)
        else:
            self._console.print(text, style=style, markup=False)

    def chapter(self, title: str) -> None:
        """Begin a new part."""
        self._chapter += 1
        self._print(f"\n{self._chapter}. {title}", "bold")

    def code(self, *lines: str) -> None:
        """Show what is typed."""
        for line in lines:
            self._print(f"   >>> {line}", "cyan")

    def says(self, *lines: str) -> None:
        """Show what comes out."""
        for line in lines:
            self._print_wrapped(line)

    def good(self, line: str) -> None:
        """Show what went well."""
        self._print_wrapped(line, "green")

    def bad(self, line: str) -> None:
        """Show what was refused, or is dangerous."""
        self._print_wrapped(line, "red")

    def _print_wrapped(self, text: str, style: str = "") -> None:
        for line in text.splitlines() or [""]:
            indent = " " * (3 + len(line) - len(line.lstrip()))
            wrapped = textwrap.wrap(line.strip(), COLUMNS - 1, initial_indent=indent, subsequent_indent=indent + "  ")
            for piece in wrapped or [""]:
                self._print(piece, style)

    def inspection(self, found: Any) -> None:
        """Show the tree of an inspection."""
        from onggi.inspect.lines import inspection_lines
        from onggi.inspect.plain import can_encode, plain_text

        lines = inspection_lines(found, width=COLUMNS, max_lines=TREE_LINES)
        if self._console is None:
            print(plain_text(lines, ascii_only=not can_encode(sys.stdout.encoding)), flush=True)
        else:
            from onggi.inspect.paint import painted

            self._console.print(painted(lines))


@dataclass
class Reading:
    """A record of the kind that programs pickle by the thousand."""

    sensor: str
    value: float
    tags: list[str]


class Hostile:
    """What a stranger may send: unpickling it runs a command."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self._command,)


def fit_model() -> tuple[Any, Any]:
    """Fit a pipeline on the wines that come with scikit-learn; return it and the table."""
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    wines = load_wine(as_frame=True)
    model = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=30, random_state=7))
    model.fit(wines.data, wines.target)
    return model, wines.frame


def save_and_load(stage: Stage, model: Any, table: Any) -> None:
    """Save and load a pipeline and a table."""
    stage.chapter("Save and load: the names that pickle has, and a path in place of an open file")
    stage.says("A pipeline fitted on the 178 wines that come with scikit-learn, and their table:")
    stage.code('onggi.dump({"model": model, "wines": table}, "wines.pkl")', 'again = onggi.load("wines.pkl")')
    onggi.dump({"model": model, "wines": table}, "wines.pkl")
    again = onggi.load("wines.pkl")
    features = table.drop(columns="target")
    same = bool((again["model"].predict(features) == model.predict(features)).all())
    stage.good(f"The same 178 predictions: {same}. The same table: {again['wines'].equals(table)}.")


def plain_pickle_reads_it(stage: Stage) -> None:
    """Read the file without onggi."""
    stage.chapter("Leave at any time: the file is one ordinary pickle")
    stage.code('pickle.load(open("wines.pkl", "rb"))')
    with open("wines.pkl", "rb") as file:
        found = pickle.load(file)
    stage.good(f"Python's own pickle reads it: {type(found['model']).__name__}, {found['wines'].shape} table.")


def look_inside(stage: Stage) -> None:
    """Show the tree of the file."""
    stage.chapter("Look inside without running anything")
    stage.code('onggi.inspect("wines.pkl")        # or in a shell: onggi wines.pkl')
    stage.says("")
    stage.inspection(onggi.inspect("wines.pkl"))


def refuse_hostile(stage: Stage) -> None:
    """Refuse a pickle that runs a command, and show that the command works."""
    stage.chapter("A stranger's file can't run code")
    canary = Path("canary")
    with open("gift.pkl", "wb") as file:
        pickle.dump({"model": Hostile(f"echo fired > {canary}")}, file)
    stage.says("Somebody sends gift.pkl. Unpickling it would run: echo fired > canary")
    stage.code('onggi.load("gift.pkl")')
    try:
        onggi.load("gift.pkl")
    except onggi.OnggiError as error:
        stage.bad(f"{type(error).__name__}: {error}")
    stage.good(f"Is there a canary? {canary.exists()}.")
    stage.code('pickle.load(open("gift.pkl", "rb"))')
    with open("gift.pkl", "rb") as file:
        pickle.load(file)
    stage.bad(f"Is there a canary after Python's own pickle? {canary.exists()}.")


def own_classes(stage: Stage) -> None:
    """Load own classes: by the seal, by name, and not otherwise."""
    stage.chapter("Your own classes: what you wrote just loads, what others wrote you name")
    stage.code('onggi.dump(Reading("roof", 21.5, ["dry"]), "mine.pkl"); onggi.load("mine.pkl")')
    onggi.dump(Reading("roof", 21.5, ["dry"]), "mine.pkl")
    stage.good(f"{onggi.load('mine.pkl')!r}: sealed with your key when it was written.")
    with open("theirs.pkl", "wb") as file:
        pickle.dump(Reading("roof", 21.5, ["dry"]), file)
    stage.code('onggi.load("theirs.pkl")              # the same object, pickled by somebody else')
    try:
        onggi.load("theirs.pkl")
    except onggi.OnggiError as error:
        stage.bad(f"{type(error).__name__}: {error}")
    stage.code('onggi.load("theirs.pkl", allow=[Reading])')
    stage.good(repr(onggi.load("theirs.pkl", allow=[Reading])))


def notice_damage(stage: Stage, table: Any) -> None:
    """Flip one bit, and load the file with and without onggi."""
    stage.chapter("One flipped bit")
    onggi.dump(table, "table.pkl")
    damaged = bytearray(Path("table.pkl").read_bytes())
    damaged[len(damaged) // 2] ^= 0b0100_0000
    Path("table.pkl").write_bytes(damaged)
    stage.code('onggi.load("table.pkl")')
    try:
        onggi.load("table.pkl")
    except onggi.OnggiError as error:
        stage.good(f"{type(error).__name__}: {error}")
    stage.code('pickle.load(open("table.pkl", "rb"))')
    try:
        with open("table.pkl", "rb") as file:
            is_right = pickle.load(file).equals(table)
        stage.bad(f"pickle says nothing. The table is right: {is_right}.")
    except Exception as error:
        stage.says(f"pickle fails with {type(error).__name__}: {error}")


def measure(stage: Stage) -> None:
    """Time onggi and pickle, one after the other in each round."""
    import numpy as np

    stage.chapter("Large and many: measured now, on this machine")
    array = np.random.default_rng(7).standard_normal(ARRAY_BYTES // 8)
    onggi.dump({"weights": array}, "onggi.pkl", durable=False)
    with open("pickle.pkl", "wb") as file:
        pickle.dump({"weights": array}, file, protocol=5)

    def load_pickle() -> Any:
        with open("pickle.pkl", "rb") as file:
            return pickle.load(file)

    ours, theirs = interleaved(lambda: onggi.load("onggi.pkl"), load_pickle)
    stage.says(f"An array of {ARRAY_BYTES // 2**20} MiB, from a file that is in memory already:")
    report(stage, "onggi.load, mapped", ours, "pickle.load", theirs)
    found = onggi.load("onggi.pkl")["weights"]
    found[0] = 42.0
    is_private = onggi.load("onggi.pkl")["weights"][0] == array[0]
    stage.good(f"It is mapped, not copied, and still writable; the file stays as it is: {is_private}.")
    del found, array

    records = [Reading(f"s{number % 50}", number / 7, ["dry", "roof"]) for number in range(50_000)]
    data = pickle.dumps(records, protocol=5)
    sealed = onggi.dumps(records)
    stage.says("", f"{len(records):,} dataclass objects, in {len(data) / 1e6:.1f} MB of pickle:")
    ours, theirs = interleaved(lambda: onggi.loads(sealed), lambda: pickle.loads(data))
    report(stage, "onggi.loads, proof-read", ours, "pickle.loads", theirs)
    if not walker.is_compiled():
        stage.says("  (In the compiled build this takes a twentieth of the time.)")


def interleaved(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """Time two calls in turn; return the median seconds of each."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, found in zip((ours, theirs), times, strict=True):
            gc.collect()
            before = time.perf_counter()
            result = call()
            found.append(time.perf_counter() - before)
            del result
    return statistics.median(times[0]), statistics.median(times[1])


def report(stage: Stage, our_name: str, ours: float, their_name: str, theirs: float) -> None:
    """Show two times, the longer one first or not, as they came out."""
    stage.says(f"  {our_name:<26}{ours * 1e3:>10.2f} ms", f"  {their_name:<26}{theirs * 1e3:>10.2f} ms")
    ratio = theirs / ours
    if ratio >= 1:
        stage.good(f"  {ratio:,.1f} times as fast (median of {ROUNDS} rounds, one after the other)")
    else:
        stage.says(f"  {1 / ratio:,.1f} times as long (median of {ROUNDS} rounds, one after the other)")


@contextmanager
def temporary_folder() -> Iterator[None]:
    """Work in a folder that is removed at the end, with a key that belongs to it."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="onggi-tour-", ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        set_key_path(str(Path(folder, "key", "secret.key")))
        try:
            yield
        finally:
            set_key_path(None)
            os.chdir(before)
            # Maps of files keep Windows from removing them.
            gc.collect()


def main() -> None:
    """Take the tour."""
    started = time.perf_counter()
    stage = Stage()
    build = "compiled" if walker.is_compiled() else "pure: there was no compiler, so the proof-reader is plain Python"
    stage.says("", "onggi: save, load and share Python objects; every file is an ordinary pickle")
    stage.says(f"(onggi {onggi.__version__}, {build})")
    with temporary_folder():
        model, table = fit_model()
        save_and_load(stage, model, table)
        plain_pickle_reads_it(stage)
        look_inside(stage)
        refuse_hostile(stage)
        own_classes(stage)
        notice_damage(stage, table)
        measure(stage)
    seconds = time.perf_counter() - started
    stage.says("", f"That was the tour ({seconds:.0f} s). Next: onggi --help, and the README.")


if __name__ == "__main__":
    main()
