"""What mypy says of the door, strict, from a user's view: a wrong type of `onggi` is an error here. Never run."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import onggi
import onggi as pickle


class Model:
    """A class of the user's own."""


def results(data: bytes, path: Path, file: io.BytesIO) -> None:
    assert_type(onggi.load(path), Any)
    assert_type(onggi.load("model.pkl", expect=Model), Model)
    assert_type(onggi.load(path, expect=(Model, int)), Model | int)
    assert_type(onggi.load(file, expect=(Model, int, str), mode="r", allow=["myapp.*"]), Any)
    assert_type(onggi.loads(data), Any)
    assert_type(onggi.loads(data, expect=Model, limits=onggi.Limits(max_depth=10)), Model)
    assert_type(onggi.loads(memoryview(data), expect=(Model, int)), Model | int)
    assert_type(onggi.iter_load(path), Iterator[Any])
    assert_type(onggi.iter_load(file, expect=Model, allow=Model), Iterator[Model])
    assert_type(onggi.iter_load(path, expect=(Model, Counter)), Iterator[Model | Counter[Any]])
    assert_type(onggi.dumps(Model()), bytes)
    assert_type(onggi.dump(Model(), path), None)


def looking(path: Path, error: onggi.OnggiError) -> None:
    looked = onggi.inspect(path)
    assert_type(looked.report.findings, tuple[onggi.Finding, ...])
    assert_type(looked.report.globals, tuple[onggi.GlobalReport, ...])
    assert_type(onggi.verify(path), list[onggi.Verified])
    assert_type(error.offset, int | None)
    assert_type(error.hint, str | None)
    with onggi.allow(Model, "myapp.shapes.*"):
        onggi.load(path)


class Caching(pickle.Pickler):
    """What programs that subclass pickle's classes write."""

    def persistent_id(self, obj: Any) -> str | None:
        """Keep models out of the pickle."""
        return "model" if isinstance(obj, Model) else None


class Finding(pickle.Unpickler):
    """The other side of it."""

    def persistent_load(self, pid: Any) -> Model:
        """Bring the model back."""
        return Model()

    def find_class(self, module: str, name: str, /) -> Any:
        """Look at the names."""
        return super().find_class(module, name)


def in_the_place_of_pickle(file: io.BytesIO) -> None:
    Caching(file, pickle.HIGHEST_PROTOCOL).dump(Model())
    assert_type(Finding(file, encoding="latin1").load(), Any)
    try:
        pickle.dump(1, file, pickle.DEFAULT_PROTOCOL, fix_imports=True)
        pickle.loads(b"", encoding="bytes", buffers=[pickle.PickleBuffer(b"")])
    except (pickle.PicklingError, pickle.UnpicklingError, pickle.PickleError):
        pass
