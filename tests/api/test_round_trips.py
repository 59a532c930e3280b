"""Random nested objects come back the same through every door, and plain pickle reads what is not compressed."""

from __future__ import annotations

import gzip
import io
import pickle
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onggi

# Hypothesis prints what it tries.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

LARGE = (b"x" * 20_000, "y" * 70_000, bytearray(70_000), -(2**2_000))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.binary(max_size=20).map(bytearray)
    | st.sampled_from(["옹기\ud800", 2**63, ()])
    # Not sampled: what is sampled from is printed.
    | st.integers(0, len(LARGE) - 1).map(LARGE.__getitem__)
)
KEYS = st.none() | st.integers() | st.text(max_size=9) | st.binary(max_size=9) | st.tuples(st.integers(), st.text())


def _shared(parts: list) -> list:
    """Hold each part twice, and the list itself."""
    both = [*parts, *parts]
    both.append(both)
    return both


OBJECTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.sets(KEYS, max_size=5)
        | st.frozensets(KEYS, max_size=5)
        | st.lists(inner, max_size=3).map(_shared)
    ),
    max_leaves=12,
)


def same(one, other, seen: dict[int, int] | None = None) -> bool:
    """Compare by types, values, order, and by which containers are shared."""
    seen = {} if seen is None else seen
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, dict, bytearray)):
        if id(one) in seen:
            return seen[id(one)] == id(other)
        seen[id(one)] = id(other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same(a, b, seen) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        pairs = zip(one.items(), other.items(), strict=False)
        return len(one) == len(other) and all(same(a, b, seen) for a, b in pairs)
    if isinstance(one, (set, frozenset)):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    # For what `==` overlooks: NaN, the sign of zero.
    return repr(one) == repr(other)


def by_path(obj, suffix: str = "", **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"obj.pkl{suffix}")
        onggi.dump(obj, path, durable=False, **options)
        plain = _plain(path) if suffix in ("", ".gz") else None
        found = onggi.load(path, mode="copy")
        mapped = onggi.load(path, verify=True)
        onggi.verify(path)
    assert same(mapped, found)
    assert plain is None or same(plain[0], found)
    return found


def _plain(path: Path) -> list:
    data = path.read_bytes()
    return [pickle.loads(gzip.decompress(data) if path.suffix == ".gz" else data)]


def by_file(obj, **options):
    file = io.BytesIO(b"before")
    file.seek(6)
    onggi.dump(obj, file, **options)
    file.write(b"behind")
    file.seek(6)
    found = onggi.load(file)
    assert file.read() == b"behind"
    return found


def by_bytes(obj, **options):
    data = onggi.dumps(obj, **options)
    assert same(pickle.loads(data), obj)
    for view in (bytearray(data), memoryview(data)):
        assert same(onggi.loads(view), obj)
    return onggi.loads(data)


def by_iteration(obj):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.pkl")
        for number in range(3):
            onggi.dump([number, obj], path, append=True, durable=False)
        found = list(onggi.iter_load(path))
        again = list(onggi.iter_load(io.BytesIO(path.read_bytes())))
    assert [one for one, _ in found] == [0, 1, 2]
    assert same(found, again)
    return found[1][1]


def by_pickler(obj):
    """Two pickles that share one memo."""
    file = io.BytesIO()
    pickler = onggi.Pickler(file)
    pickler.dump(obj)
    pickler.dump([obj])
    file.seek(0)
    unpickler = onggi.Unpickler(file)
    first = unpickler.load()
    (second,) = unpickler.load()
    assert same(second, first)
    return second


DOORS = {
    "path": by_path,
    "path, digests only": lambda obj: by_path(obj, seal=False),
    "path, with a label": lambda obj: by_path(obj, label={"note": ["옹기", 1, None]}),
    **{f"path{suffix}": lambda obj, suffix=suffix: by_path(obj, suffix) for suffix in (".gz", ".bz2", ".xz", ".z")},
    **{f"file, protocol {number}": lambda obj, number=number: by_file(obj, protocol=number) for number in range(6)},
    "bytes": by_bytes,
    "bytes, protocol 2": lambda obj: by_bytes(obj, protocol=2),
    "iteration": by_iteration,
    "pickler": by_pickler,
}


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=20)
@given(obj=OBJECTS)
def test_what_goes_through_a_door_comes_back(door, obj):
    assert same(DOORS[door](obj), obj)
