"""Read the frozen pickles and say what each should give.

`make.py` of `foreign` writes them under other Pythons, `make.py` of `onggi` with this library. What should come out is
made anew by the functions of `frozen_values`, which know nothing of pickle.
"""

from __future__ import annotations

import functools
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FROZEN = Path(__file__).parent
FOREIGN = FROZEN / "foreign"
LIBRARIES = FROZEN / "libraries"


@dataclass(frozen=True)
class Frozen:
    """One pickle that another Python wrote.

    Attributes:
        writer: Its version, such as `(2, 7)`.
        protocol: What was asked of its pickler.
        variant: How it was made (`foreign/make.py` lists them); empty for the plain way.
        name: The function of `frozen_values` that made the object.
        data: The pickle.
        buffers: The out-of-band buffers, in order.
    """

    writer: tuple[int, int]
    protocol: int
    variant: str
    name: str
    data: bytes
    buffers: tuple[bytes, ...]


def member_names() -> list[str]:
    """Every `cpython-X.Y/protocol-N-variant` in the corpus, oldest writer first."""
    names = []
    for path in sorted(FOREIGN.glob("cpython-*.zip"), key=lambda path: writer_of(path.stem)):
        with zipfile.ZipFile(path) as source:
            members = [name.removesuffix(".jsonl") for name in source.namelist()]
        names += [f"{path.stem}/{member}" for member in members if member.startswith("protocol-")]
    return names


def writer_of(stem: str) -> tuple[int, int]:
    """`cpython-3.8` → `(3, 8)`."""
    major, minor = stem.removeprefix("cpython-").split(".")
    return int(major), int(minor)


def specials() -> list[Frozen]:
    """What is not one plain pickle of one value: series, persistent ids, extension codes, classes of `__main__`."""
    found = []
    for path in sorted(FOREIGN.glob("cpython-*.zip"), key=lambda path: writer_of(path.stem)):
        with zipfile.ZipFile(path) as source:
            rows = map(json.loads, source.read("special.jsonl").decode().splitlines())
        for row in rows:
            data = row["pickle"].encode("latin-1")
            found.append(Frozen(writer_of(path.stem), row["protocol"], "special", row["name"], data, ()))
    return found


@functools.cache
def rows(member_name: str) -> tuple[Frozen, ...]:
    """The pickles of one member."""
    stem, member = member_name.split("/")
    with zipfile.ZipFile(FOREIGN / f"{stem}.zip") as source:
        lines = source.read(f"{member}.jsonl").decode().splitlines()
    _, protocol, *variant = member.split("-")
    found = []
    for row in map(json.loads, lines):
        if "pickle" in row:
            data, *buffers = (text.encode("latin-1") for text in [row["pickle"], *row.get("buffers", [])])
            found.append(Frozen(writer_of(stem), int(protocol), "-".join(variant), row["name"], data, tuple(buffers)))
    return tuple(found)


# --------------------------------------------------------------------------------------------------- other libraries


@dataclass(frozen=True)
class FrozenWithPicture:
    """One pickle of a library's object, with what its writer saw in it.

    Attributes:
        numpy: The version of numpy that stands for all versions of the writer, such as `(1, 16)`.
        name: The function of `frozen_libraries` that made the object.
        data: The pickle.
        buffers: The out-of-band buffers, in order.
        picture: The object as plain data.
    """

    numpy: tuple[int, int]
    name: str
    data: bytes
    buffers: tuple[bytes, ...]
    picture: Any

    @property
    def encoding(self) -> str:
        """Only the oldest was written by Python 2, whose array data is no ASCII."""
        return "latin1" if self.numpy == (1, 16) else "ASCII"


def library_member_names() -> list[str]:
    """Every `numpy-X.Y/protocol-N` in the corpus, oldest first."""
    names = []
    for path in sorted(LIBRARIES.glob("numpy-*.zip"), key=lambda path: numpy_of(path.stem)):
        with zipfile.ZipFile(path) as source:
            names += [f"{path.stem}/{name.removesuffix('.jsonl')}" for name in source.namelist()]
    return names


def numpy_of(stem: str) -> tuple[int, int]:
    """`numpy-1.16` → `(1, 16)`."""
    major, minor = stem.removeprefix("numpy-").split(".")
    return int(major), int(minor)


def library_rows(member_name: str) -> list[FrozenWithPicture]:
    """The pickles of one member."""
    stem, member = member_name.split("/")
    with zipfile.ZipFile(LIBRARIES / f"{stem}.zip") as source:
        lines = source.read(f"{member}.jsonl").decode().splitlines()
    found = []
    for row in map(json.loads, lines):
        if "pickle" in row:
            data, *buffers = (text.encode("latin-1") for text in [row["pickle"], *row.get("buffers", [])])
            found.append(FrozenWithPicture(numpy_of(stem), row["name"], data, tuple(buffers), row["picture"]))
    return found
