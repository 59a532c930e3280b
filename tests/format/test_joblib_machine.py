"""Both builds of the machine that follows joblib's files find the same arrays, in whole files and in damaged ones."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pytest

from onggi.errors import DecodeError, MalformedError, TruncatedError
from onggi.format.scan import scan
from tests.builds import BUILDS, load_both, load_build

FROZEN = Path(__file__).parent.parent / "frozen" / "containers"


def frozen_files():
    for archive_path in sorted(FROZEN.glob("joblib-*.zip")):
        with zipfile.ZipFile(archive_path) as archive:
            for name in archive.namelist():
                content = archive.read(name)
                if content[:1] in b"\x80(" and b"ArrayWrapper" in content:
                    yield f"{archive_path.stem} {name}", content


FILES = dict(frozen_files())


def followed(module, data):
    """Follow a file; return what was found, as far as one gets, and the error that ended it."""
    view = memoryview(data)
    machine = module.JoblibMachine(view, 0)
    found = []
    try:
        while (wrapper := machine.run()) is not None:
            found.append((machine.position, wrapper.kind, shown(wrapper.state), tuple(machine.frames)))
            machine.position = behind(module, view, machine.position, wrapper)
            machine.replace_top(module.OPAQUE)
    except DecodeError as error:
        return found, (type(error), error.reason, error.offset)
    return found, machine.position


def shown(state):
    return {key: repr(value) for key, value in state.items() if isinstance(value, int | str | tuple) or value is None}


def behind(module, view, position, wrapper):
    """Return where the array behind a wrapper ends."""
    dtype = wrapper.state.get("dtype")
    if wrapper.kind != module.BYTES_WRAPPER or type(dtype) is not module.Dtype:
        return position
    if dtype.has_object:
        return scan(view, position, 1 << 62)[0]
    if wrapper.state.get("numpy_array_alignment_bytes") is not None:
        position += 1 + view[position] if position < len(view) else 0
    return min(position + module.shape_of(wrapper.state) * dtype.item_bytes, len(view))


def test_there_are_frozen_files():
    assert len(FILES) >= 9


@pytest.mark.parametrize("name", FILES)
def test_both_builds_find_the_same_arrays(name):
    compiled, pure = load_both("onggi.format.joblib_machine")
    found, end = followed(compiled, FILES[name])
    assert (found, end) == followed(pure, FILES[name])
    assert found
    assert end == len(FILES[name])


def test_both_builds_end_alike_in_damaged_files():
    compiled, pure = load_both("onggi.format.joblib_machine")
    chance = random.Random(7)
    names = sorted(FILES, key=lambda name: len(FILES[name]))[:12]
    for name in names:
        for _ in range(60):
            data = bytearray(FILES[name])
            for _ in range(chance.randint(1, 3)):
                data[chance.randrange(min(len(data), 600))] = chance.randrange(256)
            del data[chance.choice((chance.randrange(len(data)), len(data))) :]
            assert followed(compiled, bytes(data)) == followed(pure, bytes(data)), (name, bytes(data))


@pytest.fixture(params=BUILDS)
def machines(request):
    """The module in one build."""
    return load_build("onggi.format.joblib_machine", request.param)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", TruncatedError),
        (b"h", TruncatedError),
        (b"h\x00.", MalformedError),
        (b"\x94.", MalformedError),
        (b"q", TruncatedError),
        (b"K", TruncatedError),
        (b"\xff", MalformedError),
        (b"b.", MalformedError),
        (b"\x85.", MalformedError),
        (b"\x8e" + b"\xff" * 8, TruncatedError),
        (b"\x95" + b"\xff" * 8, TruncatedError),
        (b"cnumpy", TruncatedError),
    ],
    ids=lambda value: value.hex() if isinstance(value, bytes) else value.__name__,
)
def test_what_cannot_be_followed_is_an_error(machines, data, error):
    with pytest.raises(error):
        machines.JoblibMachine(memoryview(data), 0).run()


def test_an_array_is_found_where_it_stands(machines):
    target = io.BytesIO()
    joblib.dump({"a": np.arange(5.0)}, target)
    data = target.getvalue()
    (place, *_), *others = followed(machines, data)[0]
    raw = np.arange(5.0).tobytes()
    assert not others
    assert 0 < data.index(raw) - place <= 17
