"""Print how much of the honest corpus loads with nothing allowed by hand, and why the rest does not.

    python -m tests.corpus

One line a library: how many objects plain pickle itself gives back, how many of them onggi loads equal, how many it
asks trust for, and how many it calls hostile. Today's objects are pickled by the libraries that are installed; the
frozen ones were pickled by other versions, and count if plain pickle can read them today.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import pickle
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import onggi
from onggi.trust import keys

LIBRARIES = (
    *("stdlib", "numpy", "pandas", "scipy", "scipy_results", "sklearn"),
    *("polars", "networkx", "shapely", "pillow", "xarray", "lightgbm"),
)
COLUMNS = ("objects", "equal", "needs trust", "hostile", "different", "stopped")


def main() -> int:
    warnings.simplefilter("ignore")
    rows: dict[str, Counter[str]] = {}
    misses: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        keys.set_key_path(Path(folder) / "key")
        for name, outcomes in _groups():
            rows[name] = Counter()
            for case, outcome, reason in outcomes:
                rows[name].update(("objects", outcome))
                if outcome != "equal":
                    misses.append(f"{name} {case}: {outcome}: {reason}")
    _print(rows, misses)
    return int(any(row["hostile"] for row in rows.values()))


def _groups() -> Any:
    for library in LIBRARIES:
        try:
            cases = importlib.import_module(f"tests.corpus.{library}").cases()
        except ImportError as error:
            print(f"{library}: not installed ({error.name})", file=sys.stderr)
            continue
        yield library, [found for case in cases if (found := _today(case))]
    yield from _frozen()


def _today(case: Any) -> tuple[str, str, str] | None:
    """Say what becomes of one object; nothing if plain pickle does not give it back either."""
    try:
        data = pickle.dumps(case.make(), pickle.HIGHEST_PROTOCOL)
        if not case.same(case.make(), pickle.loads(data)):
            return None
    except Exception:
        return None
    return case.name, *_outcome(data, {}, lambda obj: case.same(case.make(), obj))


def _frozen() -> Any:
    from tests.frozen import corpus

    with contextlib.suppress(ImportError):
        sys.path.insert(0, str(corpus.LIBRARIES))
        from frozen_libraries.picture import picture

        for member in corpus.library_member_names():
            if member.endswith("buffers"):
                continue
            yield member, [found for row in corpus.library_rows(member) if (found := _one_frozen(row, picture))]


def _one_frozen(row: Any, picture: Any) -> tuple[str, str, str] | None:
    def same(obj: Any) -> bool:
        return bool(json.loads(json.dumps(picture(obj))) == row.picture)

    try:
        if not same(pickle.loads(row.data, encoding=row.encoding)):
            return None
    except Exception:
        return None
    return row.name, *_outcome(row.data, {"encoding": row.encoding}, same)


def _outcome(data: bytes, options: dict[str, Any], same: Any) -> tuple[str, str]:
    state = onggi.inspect(data).state
    if state == "hostile":
        return "hostile", _reason(data, options)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return ("equal", "") if same(onggi.loads(data, **options)) else ("different", "is not the same")
    except onggi.errors.OnggiError as error:
        return ("needs trust" if state == "needs trust" else "stopped"), str(error).partition("\n")[0]


def _reason(data: bytes, options: dict[str, Any]) -> str:
    try:
        onggi.loads(data, **options)
    except onggi.errors.OnggiError as error:
        return str(error).partition("\n")[0]
    return "loads all the same"


def _print(rows: dict[str, Counter[str]], misses: list[str]) -> None:
    total: Counter[str] = sum(rows.values(), Counter())
    print(f"{'':24}" + "".join(f"{column:>12}" for column in COLUMNS))
    for name, row in [*rows.items(), ("all", total)]:
        print(f"{name:24}" + "".join(f"{row[column]:12}" for column in COLUMNS))
    share = total["equal"] / total["objects"]
    print(f"{share:.2%} load equal with nothing allowed, {total['hostile']} are called hostile")
    for miss in misses:
        print(f"  {miss[:200]}")


if __name__ == "__main__":
    sys.exit(main())
