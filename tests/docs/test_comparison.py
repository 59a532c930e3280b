"""What the README says of pickle, joblib and cloudpickle is so."""

from __future__ import annotations

import contextlib
import itertools
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

import onggi
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

cloudpickle = pytest.importorskip("cloudpickle")
joblib = pytest.importorskip("joblib")
numpy = pytest.importorskip("numpy")


def _table() -> dict[str, dict[str, str]]:
    """Return the table: row, column, cell."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Beside the others")[2]
    lines = itertools.takewhile(lambda line: line.startswith("|"), text.strip().splitlines())
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    columns = rows[0][1:]
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows[2:]}


def _dump_pickle(obj: object, path: Path) -> None:
    with path.open("wb") as file:
        pickle.dump(obj, file)


def _dump_cloudpickle(obj: object, path: Path) -> None:
    with path.open("wb") as file:
        cloudpickle.dump(obj, file)


def _load_pickle(path: Path) -> object:
    with path.open("rb") as file:
        return pickle.load(file)


_DUMPS: dict[str, Callable[[object, Path], object]] = {
    "pickle": _dump_pickle,
    "joblib": joblib.dump,
    "cloudpickle": _dump_cloudpickle,
    "onggi": onggi.dump,
}
_LOADS: dict[str, Callable[[Path], object]] = {
    "pickle": _load_pickle,
    "joblib": joblib.load,
    "cloudpickle": _load_pickle,
    "onggi": onggi.load,
}
TOOLS = list(_DUMPS)
each_tool = pytest.mark.parametrize("tool", TOOLS)


class Own:
    """A class of the user's."""

    def __init__(self) -> None:
        self.content = "kimchi"


class Caller:
    """What a stranger may send: loading it calls `ran.append`."""

    ran: ClassVar[list[str]] = []

    def __reduce__(self) -> tuple[object, ...]:
        return _run, ("it ran",)


def _run(word: str) -> str:
    Caller.ran.append(word)
    return word


def _says(row: str, tool: str) -> bool:
    return _table()[row][tool].split()[0] == "yes"


@each_tool
def test_own_classes(tool: str, tmp_path: Path) -> None:
    """They come back as they are."""
    path = tmp_path / "own.pkl"
    _DUMPS[tool](Own(), path)
    loaded = _LOADS[tool](path)
    assert (isinstance(loaded, Own) and loaded.content == "kimchi") is _says("your own classes, as they are", tool)


@each_tool
def test_lambdas(tool: str, tmp_path: Path) -> None:
    """Only cloudpickle saves code by value."""
    saved = False
    with contextlib.suppress(pickle.PicklingError, AttributeError):
        _DUMPS[tool](lambda: 1, tmp_path / "lambda.pkl")
        saved = True
    assert saved is _says("lambdas, classes of a notebook by value", tool)


@each_tool
def test_plain_pickle_reads_the_file(tool: str, tmp_path: Path) -> None:
    """With an array and without; joblib's files only without."""
    cell = _table()["file is read by plain `pickle.load`"][tool]
    for obj, expected in (([1, 2], True), (numpy.arange(1000.0), cell == "yes")):
        _DUMPS[tool](obj, tmp_path / "file.pkl")
        read = False
        with contextlib.suppress(Exception):
            read = bool(numpy.array_equal(_load_pickle(tmp_path / "file.pkl"), obj))
        assert read is expected


@each_tool
def test_a_strangers_code(tool: str, tmp_path: Path) -> None:
    """It runs, or is refused."""
    path = tmp_path / "stranger.pkl"
    _dump_pickle(Caller(), path)
    Caller.ran.clear()
    with contextlib.suppress(onggi.errors.RefusedError):
        _LOADS[tool](path)
    assert (not Caller.ran) is _says("a stranger's code is refused by default", tool)


@each_tool
def test_a_dump_that_fails(tool: str, tmp_path: Path) -> None:
    """The old file is as it was, or gone."""
    path = tmp_path / "kept.pkl"
    _DUMPS[tool]("old", path)
    before = path.read_bytes()
    with contextlib.suppress(TypeError, pickle.PicklingError):
        _DUMPS[tool]([0] * 100_000 + [(number for number in ())], path)
    assert (path.read_bytes() == before) is _says("a dump that fails leaves the old file", tool)


@each_tool
def test_a_flipped_bit(tool: str, tmp_path: Path) -> None:
    """It is an error, or a wrong number."""
    path = tmp_path / "balance.pkl"
    _DUMPS[tool]({"balance": 1000}, path)
    data = bytearray(path.read_bytes())
    data[data.index((1000).to_bytes(2, "little"))] ^= 1
    path.write_bytes(data)
    found = False
    try:
        assert _LOADS[tool](path) == {"balance": 1001}
    except onggi.errors.IntegrityError:
        found = True
    assert found is _says("a flipped bit is found on load", tool)


@each_tool
def test_arrays_are_mapped(tool: str, tmp_path: Path) -> None:
    """An array that owns its memory was read."""
    path = tmp_path / "array.pkl"
    _DUMPS[tool]({"a": numpy.zeros(100_000)}, path)
    loaded = joblib.load(path, mmap_mode="c") if tool == "joblib" else _LOADS[tool](path)
    mapped = isinstance(loaded["a"], numpy.memmap) or (tool == "onggi" and not loaded["a"].flags.owndata)
    assert mapped is _says("arrays are mapped from one file", tool)


def test_every_row_has_every_column() -> None:
    """And says something in each."""
    assert all(
        set(row) == {"pickle", "joblib", "cloudpickle", "skops", "torch `weights_only`", "onggi"}
        for row in _table().values()
    )
    assert all(cell for row in _table().values() for cell in row.values())


def test_the_readme_has_a_place_for_figures() -> None:
    """Between two marks, in their order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert 0 < text.index("<!-- bench:start -->") < text.index("<!-- bench:end -->")
