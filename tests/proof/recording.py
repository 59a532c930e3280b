"""What a walker tells, and what CPython's machines do with the same pickle: to be held against each other."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from onggi.proof import Policy, Use, kinds
from onggi.proof.judge import Judge

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["AllowAll", "Inert", "inert_class", "outcomes", "recorded", "told"]

COUNTS = ("pos", "protocol", "opcode_count", "max_depth", "persistent_count", "buffer_count", "guard_count")
COUNTS += ("built_bytes", "hash_cost", "memo_count", "row_count", "trusting")


def told(walker: Any, judge: Judge) -> list[Any]:
    """All that a walker has to tell."""
    names = [(entry.module, entry.name, entry.offset, entry.member_of, entry.is_mentioned) for entry in judge.judged]
    counts = [getattr(walker, name) for name in COUNTS]
    return [walker.findings, walker.patches(), walker.uses(), walker.kept, counts, names, judge.names]


def outcomes(module: ModuleType, streams: list[bytes], policy: Policy, options: tuple[Any, ...]) -> list[Any]:
    """What one build says of pickles that share a memo, errors and what is left behind by them included."""
    limits, keep_guards, has_persistent_load, buffer_kinds = options
    judge = Judge(policy, keep_guards=keep_guards)
    walker = module.Walker(judge, limits, policy.trust, has_persistent_load)
    found: list[Any] = []
    for stream in streams:
        try:
            walker.walk(stream, buffer_kinds)
            found.append(told(walker, judge))
            walker.finish()
        except Exception as error:
            found.append((type(error), str(error), vars(error)))
    return found


class AllowAll:
    """A judge who allows every use of every name without a guard, and notes what was looked up."""

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str]] = []

    def look_up(self, module: str, name: str, offset: int, protocol: int) -> tuple[int, int, int, int]:
        self.asked.append((module, name))
        if (module, name) not in self.names:
            self.names.append((module, name))
        return self.names.index((module, name)), 127, 0, kinds.RETURNS_SELF

    def attribute(self, number: int, name: str, offset: int) -> None:
        raise AssertionError("no rule here says that a call gives an attribute")

    def extension(self, code: int, offset: int) -> None:
        return None

    def answer(self, number: int) -> tuple[int, int, int, int]:
        raise AssertionError("no rule here names what a call returns")

    def is_partial(self, number: int) -> bool:
        return False


class Inert(type):
    """Makes classes that do nothing and note what a machine does with them."""

    log: list[tuple[tuple[str, str], Use]]
    names: tuple[str, str]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        cls.log.append((cls.names, Use.CALL))
        return object.__new__(cls)


def noting(use: Use) -> Any:
    def method(self: Any, *args: Any) -> None:
        self.log.append((self.names, use))

    return method


def inert_class(names: tuple[str, str], log: list[Any]) -> type:
    def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        log.append((names, Use.NEW))
        return object.__new__(cls)

    methods = {
        "__new__": new,
        "__setstate__": noting(Use.STATE),
        "append": noting(Use.APPEND),
        "extend": noting(Use.APPEND),
        "add": noting(Use.ADD),
        "__setitem__": noting(Use.SETITEM),
    }
    return Inert("Stranger", (), {**methods, "names": names, "log": log})


def recorded(machine: type, data: bytes) -> tuple[list[tuple[str, str]], list[tuple[tuple[str, str], Use]], bool]:
    """Let a machine of CPython build, with inert classes for all names; return look-ups, uses, and whether it ended."""
    looked_up: list[tuple[str, str]] = []
    log: list[Any] = []
    classes: dict[tuple[str, str], type] = {}

    class Recorder(machine):
        def find_class(self, module: str, name: str) -> Any:
            looked_up.append((module, name))
            return classes.setdefault((module, name), inert_class((module, name), log))

        def persistent_load(self, identifier: Any) -> Any:
            return "persistent"

    try:
        Recorder(io.BytesIO(data), buffers=iter([b"buffer"] * 1000)).load()
    except Exception:
        return looked_up, log, False
    return looked_up, log, True
