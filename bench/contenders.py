"""How each library does the four verbs. A new contender is one more entry here.

What is measured is what a user would write: the library's defaults, its fastest protocol, files opened as its
documentation says. Files of onggi carry label, digests and a seal by the own key, as they do by default.
"""

from __future__ import annotations

import gc
import io
import mmap
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Final

import onggi
from bench.workloads import Workload

__all__ = ["Contender", "contenders_for", "pieces_of"]

_PROTOCOL: Final = 5
_MAX_CALL_BYTES: Final = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to save and load. A verb that it does not have, or that would be another's, is None.

    Attributes:
        name: Its name.
        dumps, loads: Object to bytes and back.
        dump, dump_durable: Object to the file at a path; without any sync, and with.
        load: The file at a path to the object.
        open_first: For what can't load objects: opens the file and reads a byte of it.
        bytes_of: The contender whose bytes `loads` gets. Default: its own.
        file_of: The contender whose file `load` gets. Default: its own.
        prepare: Makes of the object what the dump verbs get, before the clock starts.
        needs: The package without which it can't be.
    """

    name: str
    dumps: Callable[[Any], Any] | None = None
    loads: Callable[[Any], Any] | None = None
    dump: Callable[[Any, str], Any] | None = None
    dump_durable: Callable[[Any, str], Any] | None = None
    load: Callable[[str], Any] | None = None
    open_first: Callable[[str], Any] | None = None
    bytes_of: str | None = None
    file_of: str | None = None
    prepare: Callable[[Any], Any] | None = None
    needs: str | None = None


def contenders_for(workload: Workload) -> dict[str, Contender]:
    """Return the contenders for a workload, by name, those whose package is not installed left out."""
    found = [*_onggi(workload), *_pickle(), _cloudpickle(), *_joblib(), _write()]
    if workload.name in ("arrays", "blocks"):
        found += [*_numpy(), _map()]
    return {one.name: one for one in found if one.needs is None or find_spec(one.needs)}


# --------------------------------------------------------------------------------------------------------------- onggi


def _onggi(workload: Workload) -> Iterator[Contender]:
    allow = list(workload.allow)
    loads = partial(onggi.loads, allow=allow) if allow else onggi.loads
    load = partial(onggi.load, allow=allow) if allow else onggi.load
    yield Contender(
        name="onggi",
        dumps=onggi.dumps,
        loads=loads,
        bytes_of="pickle",
        dump=partial(onggi.dump, durable=False),
        dump_durable=onggi.dump,
        load=onggi.load,
    )
    if allow:
        yield Contender(name="onggi, own seal", loads=onggi.loads, bytes_of="onggi")
        yield Contender(name="onggi, no seal", dumps=partial(onggi.dumps, seal=False))
    yield Contender(name="onggi, pickle's file", load=load, file_of="pickle")
    if workload.has_buffers:
        yield Contender(name="onggi, copy", load=partial(onggi.load, mode="copy"), file_of="onggi")
        yield Contender(name="onggi, verify", load=partial(onggi.load, verify=True), file_of="onggi")


# --------------------------------------------------------------------------------------------------------------- peers


def _without_collector(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run_paused(argument: Any) -> Any:
        gc.disable()
        try:
            return run(argument)
        finally:
            gc.enable()

    return run_paused


def _pickle() -> Iterator[Contender]:
    yield Contender(
        name="pickle",
        dumps=partial(pickle.dumps, protocol=_PROTOCOL),
        loads=pickle.loads,
        dump=_pickle_dump,
        dump_durable=partial(_pickle_dump, durable=True),
        load=_pickle_load,
    )
    yield Contender(
        name="pickle, gc off",
        dumps=_without_collector(partial(pickle.dumps, protocol=_PROTOCOL)),
        loads=_without_collector(pickle.loads),
        bytes_of="pickle",
        load=_without_collector(_pickle_load),
        file_of="pickle",
    )


def _pickle_dump(obj: Any, path: str, durable: bool = False) -> None:
    with open(path, "wb") as file:
        pickle.dump(obj, file, protocol=_PROTOCOL)
        if durable:
            file.flush()
            _sync(file.fileno(), path)


def _pickle_load(path: str) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


def _cloudpickle() -> Contender:
    def dumps(obj: Any) -> bytes:
        import cloudpickle

        return bytes(cloudpickle.dumps(obj, protocol=_PROTOCOL))

    # What it loads with is pickle.loads itself.
    return Contender(name="cloudpickle", dumps=dumps, needs="cloudpickle")


def _joblib() -> Iterator[Contender]:
    def dump(obj: Any, target: Any) -> None:
        import joblib

        joblib.dump(obj, target)

    def dumps(obj: Any) -> bytes:
        target = io.BytesIO()
        dump(obj, target)
        return target.getvalue()

    def load(source: Any, mmap_mode: str | None = None) -> Any:
        import joblib

        return joblib.load(source, mmap_mode=mmap_mode)

    def loads(data: bytes) -> Any:
        return load(io.BytesIO(data))

    yield Contender(name="joblib", dumps=dumps, loads=loads, dump=dump, load=load, needs="joblib")
    yield Contender(name="joblib, mapped", load=partial(load, mmap_mode="c"), file_of="joblib", needs="joblib")


def _numpy() -> Iterator[Contender]:
    def dump(arrays: dict[str, Any], path: str) -> None:
        import numpy as np

        os.mkdir(path)
        for name, array in arrays.items():
            np.save(os.path.join(path, f"{name}.npy"), array)

    def load(path: str, mmap_mode: Any = None) -> dict[str, Any]:
        import numpy as np

        names = sorted(os.listdir(path))
        return {name.removesuffix(".npy"): np.load(os.path.join(path, name), mmap_mode) for name in names}

    yield Contender(name="numpy", dump=dump, load=load, needs="numpy")
    yield Contender(name="numpy, mapped", load=partial(load, mmap_mode="c"), file_of="numpy", needs="numpy")


# -------------------------------------------------------------------------------------------------------------- limits


def pieces_of(obj: Any) -> list[Any]:
    """Return what a save writes at least: the pickle without the large buffers, and those as they lie in memory."""
    buffers: list[pickle.PickleBuffer] = []
    opcodes = pickle.dumps(obj, protocol=_PROTOCOL, buffer_callback=buffers.append)
    return [opcodes, *(buffer.raw() for buffer in buffers)]


def _write() -> Contender:
    return Contender(
        name="write", dump=_plain_write, dump_durable=partial(_plain_write, durable=True), prepare=pieces_of
    )


def _plain_write(pieces: list[Any], path: str, durable: bool = False) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view.nbytes:
                view = view[os.write(fd, view[:_MAX_CALL_BYTES]) :]
        if durable:
            _sync(fd, path)
    finally:
        os.close(fd)


def _map() -> Contender:
    def open_first(path: str) -> int:
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)[0]

    return Contender(name="mmap alone", open_first=open_first, file_of="pickle")


def _sync(fd: int, path: str) -> None:
    """Sync a file and its folder, which holds its name."""
    os.fsync(fd)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
