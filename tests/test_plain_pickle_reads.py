"""What onggi writes is an ordinary pickle: the plain `pickle.load` of CPython 3.8 and up gives the object back."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import pickletools
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import onggi
from tests.frozen import corpus, expected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READ_BACK = corpus.FROZEN / "read_back.py"
THIS = sys.version_info[:2]
NEWEST_MINOR = 14
# Taken before the tests move the home folder.
PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
FAMILIES = sorted({value.family for value in expected.available()})
# No pickler of Python can make these loadable, or not by every Python: their own classes refuse.
NEVER = {"xml_rpc_fault", "array_of_characters", "url_parts_of_two"}
FORMATS = {".pkl": open, ".pkl.gz": gzip.open, ".pkl.bz2": bz2.open, ".pkl.xz": lzma.open}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Newer Pythons warn of what they will not pickle any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        # What numpy says of its matrix.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


def values_of(family: str | None = None) -> list[Any]:
    found = [value for value in expected.available() if value.family in (family, family or value.family)]
    return [value for value in found if value.name not in NEVER]


def wanted(name: str, protocol: int = 5) -> Any:
    """The portrait of what plain pickle would give back of its own."""
    frozen = corpus.Frozen(THIS, protocol, "", name, b"", ())
    return expected.expected_portrait(frozen)


def wrong(values: list[Any], load: Callable[[Any], Any], protocol: int = 5) -> list[str]:
    """The names of the values that `load` gives back wrongly, with what it gives."""
    found = []
    for value in values:
        try:
            drawn = expected.portrait(load(value))
        except Exception as error:
            found.append(f"{value.name}: {type(error).__name__}: {error}"[:400])
            continue
        if drawn != wanted(value.name, protocol):
            found.append(f"{value.name}: {drawn} instead of {wanted(value.name, protocol)}"[:600])
    return found


def newest_opcode(data: bytes) -> int:
    return max(opcode.proto for opcode, _, _ in pickletools.genops(data))


def is_picklable(value: Any, protocol: int) -> bool:
    try:
        pickle.dumps(value.make(), protocol)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize("family", FAMILIES)
def test_pickle_load_reads_a_dumped_file(family: str, tmp_path: Path) -> None:
    def load(value: Any) -> Any:
        path = tmp_path / f"{value.name}.pkl"
        onggi.dump(value.make(), path, durable=False)
        with path.open("rb") as source:
            loaded = pickle.load(source)
            assert source.read() == b""
        return loaded

    assert wrong(values_of(family), load) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_pickle_loads_reads_dumped_bytes(family: str) -> None:
    assert wrong(values_of(family), lambda value: pickle.loads(onggi.dumps(value.make()))) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_unpickler_written_in_python_reads_it_too(family: str) -> None:
    def load(value: Any) -> Any:
        return pickle._Unpickler(io.BytesIO(onggi.dumps(value.make()))).load()

    assert wrong(values_of(family), load) == []


@pytest.mark.parametrize("protocol", range(5))
def test_older_protocols_are_written_as_asked(protocol: int, tmp_path: Path) -> None:
    def load(value: Any) -> Any:
        path = tmp_path / f"{value.name}.pkl"
        onggi.dump(value.make(), path, protocol=protocol, durable=False)
        data = path.read_bytes()
        # CPython's own pickler goes over it for a reduce tuple of six.
        assert newest_opcode(data) <= max(protocol, newest_opcode(pickle.dumps(value.make(), protocol)))
        return pickle.loads(data)

    values = [value for value in values_of() if not value.name.startswith("buffer_") and is_picklable(value, protocol)]
    assert wrong(values, load, protocol) == []


def test_files_are_streams_of_known_opcodes_with_one_stop(tmp_path: Path) -> None:
    for value in values_of():
        path = tmp_path / "one.pkl"
        onggi.dump(value.make(), path, durable=False)
        opcodes = [opcode.name for opcode, _, _ in pickletools.genops(path.read_bytes())]
        assert opcodes[0] == "PROTO", value.name
        assert opcodes.count("STOP") == 1, value.name


@pytest.mark.parametrize("suffix", FORMATS)
def test_compressed_files_hold_the_same_pickle(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"all{suffix}"
    values = values_of("containers")
    onggi.dump([value.make() for value in values], path)
    with FORMATS[suffix](path, "rb") as source:
        loaded = pickle.load(source)
    assert expected.portrait(loaded) == expected.portrait([value.make() for value in values])


def test_several_in_one_file_load_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "log.pkl"
    with path.open("ab") as target:
        for number in range(5):
            onggi.dump({"number": number, "data": bytearray(100_000)}, target)
    with path.open("rb") as source:
        loaded = [pickle.load(source) for _ in range(5)]
        assert source.read() == b""
    assert loaded == [{"number": number, "data": bytearray(100_000)} for number in range(5)]


# ----------------------------------------------------------------------------------------------------------- libraries


def test_big_arrays_come_back_writable_and_whole(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    arrays = {
        "c": numpy.arange(300_000, dtype="float64").reshape(300, 1000),
        "fortran": numpy.asfortranarray(numpy.arange(60_000, dtype="int32").reshape(200, 300)),
        "bytes": numpy.zeros(70_000, dtype="S3"),
        "records": numpy.zeros(30_000, dtype=[("a", "i4"), ("b", "f8")]),
        "times": numpy.arange(50_000).astype("M8[s]"),
        "empty": numpy.zeros((0, 5)),
        "small": numpy.arange(3),
    }
    path = tmp_path / "arrays.pkl"
    onggi.dump(arrays, path)
    loaded = pickle.loads(path.read_bytes())
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype, name
        assert loaded[name].flags.f_contiguous == array.flags.f_contiguous, name
        assert loaded[name].flags.writeable, name
        numpy.testing.assert_array_equal(loaded[name], array)


def test_a_shared_array_stays_shared(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    one = numpy.arange(100_000)
    path = tmp_path / "shared.pkl"
    onggi.dump([one, one], path)
    first, second = pickle.loads(path.read_bytes())
    assert first is second
    numpy.testing.assert_array_equal(first, one)


def test_read_only_arrays_and_bytes_come_back(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    one = numpy.arange(100_000)
    one.flags.writeable = False
    path = tmp_path / "fixed.pkl"
    onggi.dump({"array": one, "bytes": b"x" * 500_000, "bytearray": bytearray(500_000)}, path)
    loaded = pickle.loads(path.read_bytes())
    numpy.testing.assert_array_equal(loaded["array"], one)
    assert type(loaded["bytes"]) is bytes
    assert loaded["bytes"] == b"x" * 500_000
    assert type(loaded["bytearray"]) is bytearray
    assert loaded["bytearray"] == bytearray(500_000)


@pytest.mark.parametrize("module", ["numpy", "pandas", "scipy", "sklearn"])
def test_objects_of_the_libraries_come_back(module: str, tmp_path: Path) -> None:
    pytest.importorskip(module)
    picture = pytest.importorskip("frozen_libraries.picture").picture
    makers = pytest.importorskip("frozen_libraries").VALUES
    names = [name for name in makers if makers[name].__module__.endswith(f"{module}_values")]
    assert names
    for name in names:
        path = tmp_path / f"{name}.pkl"
        onggi.dump(makers[name](), path, durable=False)
        assert picture(pickle.loads(path.read_bytes())) == picture(makers[name]()), name


# -------------------------------------------------------------------------------------------------- other interpreters


def find_interpreter(minor: int) -> str | None:
    """A CPython 3.`minor`, on the path or kept by pyenv, that really starts as such."""
    on_path = shutil.which(f"python3.{minor}")
    kept = sorted(PYENV.glob(f"versions/3.{minor}.*/bin/python3"))
    for candidate in [on_path, *map(str, kept)]:
        if candidate and starts_as(candidate, (3, minor)):
            return candidate
    return None


def starts_as(candidate: str, version: tuple[int, int]) -> bool:
    command = [candidate, "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.split() == [str(part) for part in version]


@pytest.fixture(scope="module")
def dumped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every value, dumped by onggi under this Python."""
    folder = tmp_path_factory.mktemp("dumped")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for value in values_of():
            if value.name not in OTHERWISE:
                onggi.dump(value.make(), folder / f"{value.name}.pkl", durable=False)
    return folder


# What comes back as something else by design (`expected.SPECIAL` says what), so that it can't be compared there.
OTHERWISE = expected.SPECIAL.keys()


def lost_between(reader: tuple[int, int]) -> set[str]:
    """Values that plain pickle can't carry from this Python to `reader` either."""
    return {name for names, is_lost in LOST for name in names if is_lost(reader)}


LOST: list[tuple[set[str], Callable[[tuple[int, int]], bool]]] = [
    # The state of a NormalDist was a dict until 3.9, and is a tuple from 3.10.
    ({"normal_distribution"}, lambda reader: (reader < (3, 10)) != (THIS < (3, 10))),
    # pathlib._local is new in 3.13, and only a stub from 3.14.
    ({"path_posix", "path_windows", "path_concrete"}, lambda reader: THIS == (3, 13) and reader < (3, 13)),
    ({"iterator_of_deque"}, lambda reader: THIS >= (3, 12) and reader < (3, 12)),
]


@pytest.mark.parametrize("minor", range(8, NEWEST_MINOR + 1))
def test_other_interpreters_read_every_value(minor: int, dumped: Path) -> None:
    interpreter = find_interpreter(minor)
    if interpreter is None:
        pytest.skip(f"there is no Python 3.{minor} here")
    command = [interpreter, "-I", str(READ_BACK), str(dumped)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    report = json.loads(done.stdout)
    wrong = [text for text in report["wrong"] if text.split(":")[0] not in lost_between((3, minor))]
    assert wrong == []
    assert report["same"] > 200
