"""What is measured: for each measure the entrants, their peer, and the columns.

Files: each contender has a file of its own that is not there before a save, so nobody pays for another's old bytes; and
it is removed before the next one starts, so its bytes need not be brought to the disk meanwhile. What is loaded was
written and synced just before, and lies in the page cache for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bench import memory
from bench.contenders import Contender, contenders_for
from bench.harness import Entrant, repeats_for, time_call
from bench.place import Place, remove, settle, size_of
from bench.results import CPU_SECONDS, SECONDS, Values
from bench.workloads import Size, Workload
from onggi.format.split import split
from onggi.proof import DEFAULT_POLICY, Policy, Reader

__all__ = ["MEASURES", "Measure", "Stage"]


class Stage:
    """One workload, made once, with the bytes and files that several measures share.

    Attributes:
        workload, size, place: What, how large, and where.
        contenders: Who there is.
    """

    def __init__(self, workload: Workload, size: Size, place: Place) -> None:
        self.workload = workload
        self.size = size
        self.place = place
        self.contenders = contenders_for(workload)
        self._obj: Any = None
        self._bytes: dict[str, Any] = {}
        self._files: dict[str, str] = {}

    def obj(self) -> Any:
        """Return the object; always the same one."""
        if self._obj is None:
            self._obj = self.workload.make(self.size)
        return self._obj

    def fresh(self) -> Any:
        """Return the object as no dump has seen it, where that makes a difference."""
        return self.workload.make(self.size) if self.workload.is_changed_by_dump else self.obj()

    def bytes_of(self, name: str) -> Any:
        """Return what a contender's dumps makes of the object."""
        if name not in self._bytes:
            dumps = self.contenders[name].dumps
            assert dumps is not None
            self._bytes[name] = dumps(self.obj())
        return self._bytes[name]

    def file_of(self, name: str) -> str:
        """Return the path of what a contender's dump makes of the object."""
        if name not in self._files:
            dump = self.contenders[name].dump
            assert dump is not None
            path = self.place.path(self.workload.name, name, "kept")
            remove(path)
            dump(self.obj(), path)
            settle(path)
            self._files[name] = path
        return self._files[name]

    def expect_same(self, obj: Any) -> None:
        """Make sure that what was loaded is what was saved.

        Raises:
            AssertionError: It is not.
        """
        if not self.workload.same(obj, self.obj()):
            raise AssertionError("what was loaded is not what was saved")


@dataclass(frozen=True, slots=True)
class Measure:
    """A kind of contest.

    Attributes:
        name: Its name, for `--only`.
        title: What is measured.
        peer: The contender that ratios are to; `array_peer` for workloads that are mostly arrays.
        entrants: Finds who takes part.
        columns: The columns to show.
        unit: `"seconds"` or `"bytes"`.
        max_rounds: Where more rounds tell nothing new.
    """

    name: str
    title: str
    peer: str
    entrants: Callable[[Stage], Iterator[Entrant]]
    array_peer: str | None = None
    columns: tuple[str, ...] = (SECONDS,)
    unit: str = "seconds"
    max_rounds: int | None = None

    def peer_for(self, workload: Workload) -> str:
        """Return the peer for a workload."""
        return self.array_peer if self.array_peer and workload.has_buffers else self.peer


# ----------------------------------------------------------------------------------------------------------- in memory

# Nothing waits there for a disk: what the process itself takes is the whole time, and others disturb it less.
_CPU: Final = (CPU_SECONDS,)


def _timed(
    name: str, run: Callable[[Any], Any], argument: Callable[[], Any], check: Callable[[Any], int | None]
) -> Entrant:
    repeats = 1

    def check_and_calibrate() -> int | None:
        nonlocal repeats
        size = check(run(argument()))
        repeats = repeats_for(run, argument())
        return size

    return Entrant(name, lambda: time_call(run, argument(), repeats), check_and_calibrate)


def _dumps(stage: Stage) -> Iterator[Entrant]:
    for one in stage.contenders.values():
        if one.dumps:
            yield _timed(one.name, one.dumps, stage.fresh, len)


def _loads(stage: Stage) -> Iterator[Entrant]:
    for one in stage.contenders.values():
        if one.loads:
            data = partial(stage.bytes_of, one.bytes_of or one.name)
            yield _timed(one.name, one.loads, data, stage.expect_same)


def _walk(stage: Stage) -> Iterator[Entrant]:
    policy = Policy(stage.workload.allow) if stage.workload.allow else DEFAULT_POLICY

    def walk(data: bytes) -> None:
        cut = split(data)
        proof = Reader(policy).read(cut.opcodes, cut.buffer_kinds)
        if proof.found:
            raise proof.refusal()

    data = partial(stage.bytes_of, "pickle")
    yield _timed("walk", walk, data, lambda _: None)
    for name in ("pickle", "pickle, gc off"):
        loads = stage.contenders[name].loads
        assert loads is not None
        yield _timed(name, loads, data, stage.expect_same)


# --------------------------------------------------------------------------------------------------------------- files


def _dump(stage: Stage, *, durable: bool) -> Iterator[Entrant]:
    for one in stage.contenders.values():
        dump = one.dump_durable if durable else one.dump
        if dump:
            yield _dumping(stage, one, dump)


def _dumping(stage: Stage, one: Contender, dump: Callable[[Any, str], Any]) -> Entrant:
    path = stage.place.path(stage.workload.name, one.name)

    def sample() -> Values:
        remove(path)
        obj = stage.fresh()
        try:
            return time_call(lambda given: dump(given, path), one.prepare(obj) if one.prepare else obj)
        finally:
            remove(path)

    def check() -> int:
        remove(path)
        obj = stage.obj()
        try:
            dump(one.prepare(obj) if one.prepare else obj, path)
            if one.load:
                stage.expect_same(one.load(path))
            return size_of(path)
        finally:
            remove(path)

    return Entrant(one.name, sample, check)


def _load(stage: Stage, *, read: Callable[[Any], Any] | None) -> Iterator[Entrant]:
    for one in stage.contenders.values():
        if one.load and read:
            yield _loading(stage, one, one.load, read)
        elif one.open_first and read is stage.workload.first:
            yield _opening(stage, one, one.open_first)


def _loading(stage: Stage, one: Contender, load: Callable[[str], Any], read: Callable[[Any], Any]) -> Entrant:
    kept = partial(stage.file_of, one.file_of or one.name)

    def load_and_read(path: str) -> Any:
        obj = load(path)
        read(obj)
        return obj

    def check() -> None:
        stage.expect_same(load(kept()))

    return Entrant(one.name, lambda: time_call(load_and_read, kept()), check)


def _opening(stage: Stage, one: Contender, open_first: Callable[[str], Any]) -> Entrant:
    kept = partial(stage.file_of, one.file_of or one.name)
    return Entrant(one.name, lambda: time_call(open_first, kept()), lambda: open_first(kept()) and None)


# -------------------------------------------------------------------------------------------------------------- memory


def _load_memory(stage: Stage) -> Iterator[Entrant]:
    for one in stage.contenders.values():
        if one.load:
            file = partial(stage.file_of, one.file_of or one.name)
            yield memory.entrant("load", one.name, stage.workload, stage.size, stage.place, file)


def _dump_memory(stage: Stage) -> Iterator[Entrant]:
    for one in stage.contenders.values():
        if one.dump and one.name != "write":
            file = partial(stage.place.path, stage.workload.name, one.name)
            yield memory.entrant("dump", one.name, stage.workload, stage.size, stage.place, file)


MEASURES: Final[dict[str, Measure]] = {
    measure.name: measure
    for measure in (
        Measure("dumps", "`dumps`, to bytes; CPU time", "pickle", _dumps, columns=_CPU),
        Measure("loads", "`loads` of what pickle made (joblib: of its own); CPU time", "pickle", _loads, columns=_CPU),
        Measure("walk", "proof-reading alone, against `pickle.loads`; CPU time", "pickle", _walk, columns=_CPU),
        Measure("dump", "`dump` to a file, no sync", "pickle", partial(_dump, durable=False), array_peer="write"),
        Measure("dump-durable", "`dump` to a file, file and folder synced", "write", partial(_dump, durable=True)),
        Measure(
            "load",
            "`load` of a file until the first element is read",
            "pickle",
            lambda stage: _load(stage, read=stage.workload.first),
        ),
        Measure(
            "load-all",
            "`load` of a file until all of its numbers are read",
            "pickle",
            lambda stage: _load(stage, read=stage.workload.read_all),
        ),
        Measure(
            "load-memory",
            "resident memory that a `load` takes, in a fresh process",
            "pickle",
            _load_memory,
            columns=memory.LOAD_COLUMNS,
            unit="bytes",
            max_rounds=3,
        ),
        Measure(
            "dump-memory",
            "peak memory of a `dump` over that of the object, in a fresh process",
            "pickle",
            _dump_memory,
            columns=memory.DUMP_COLUMNS,
            unit="bytes",
            max_rounds=3,
        ),
    )
}
