"""CPython's machine against the report: what the machine looks up or does, the report has named before.

The machine builds with stand-ins that do nothing but note what is done to them. Where a rule of the tables says what a
call returns, the stand-in returns that, as the real function would.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, Final

from fuzz.seeds import pickles
from fuzz.target import Target
from onggi.errors import OnggiError
from onggi.proof import Proof, Use, read
from onggi.proof.judge import python3_name
from onggi.proof.tables import lookup
from tests.proof.recording import AllowAll, Inert, inert_class, recorded

__all__ = ["TARGET"]

_GETATTR: Final = ("builtins", "getattr")


class Standing:
    """The stand-ins of one build, by canonical name."""

    def __init__(self, proof: Proof) -> None:
        self.log: list[tuple[tuple[str, str], Use]] = []
        self.classes: dict[tuple[str, str], type] = {}
        self.members = {(entry.module, entry.name) for entry in proof.judged if entry.is_mentioned}
        self.is_old = proof.report.protocol < 3

    def canonical(self, module: str, name: str) -> tuple[str, str]:
        """Name it as the report does."""
        if self.is_old:
            module, name = python3_name(module, name)
        return lookup(module, name)[:2]

    def stand_in(self, module: str, name: str) -> Any:
        """Return what stands for a global that the pickle names."""
        return self.by_name(self.canonical(module, name))

    def by_name(self, names: tuple[str, str]) -> type:
        """Return the stand-in of a canonical name."""
        if names not in self.classes:
            cls = inert_class(names, self.log)
            made = type("Standing", (Inert,), {"__call__": self._call(names)})
            self.classes[names] = made("Stranger", (), dict(cls.__dict__))
        return self.classes[names]

    def _call(self, names: tuple[str, str]) -> Any:
        rule = lookup(*names)[2]
        returns = rule.returns if rule else ""

        def call(cls: Any, *args: Any, **kwargs: Any) -> Any:
            if names == _GETATTR and self._is_dotted(args):
                owner = args[0].names
                return self.by_name(lookup(owner[0], f"{owner[1]}.{args[1]}")[:2])
            self.log.append((names, Use.CALL))
            made = cls
            if returns == "arg0":
                # What is no class here is a value, which the proof refuses in its own words.
                if not (args and isinstance(args[0], Inert)):
                    return object()
                made = args[0]
                self.log.append((made.names, Use.NEW))
            elif returns:
                module, _, name = returns.rpartition(".")
                made = self.by_name(lookup(module, name)[:2])
            return object.__new__(made)

        return call

    def _is_dotted(self, args: tuple[Any, ...]) -> bool:
        if len(args) < 2 or not isinstance(args[0], Inert) or not isinstance(args[1], str):
            return False
        owner = args[0].names
        return lookup(owner[0], f"{owner[1]}.{args[1]}")[:2] in self.members


def check(data: bytes) -> None:
    """Hold the machine against the report of the default policy, and against a judge who allows everything."""
    try:
        proof = read(data)
    except OnggiError:
        return
    pickle_ = data[: proof.stop]
    report = proof.report
    looked_up, standing = _build(pickle_, proof)
    assert set(looked_up) <= set(proof.names), set(looked_up) - set(proof.names)
    if any(rule != "not-allowed" for rule, *_ in proof.found):
        return
    uses = {(entry.module, entry.name): entry.uses for entry in report.globals}
    for names, use in standing.log:
        assert use in uses.get(names, Use(0)), (names, use, uses)
    if all(entry.rule is None for entry in proof.judged):
        _check_order(pickle_)


def _build(data: bytes, proof: Proof) -> tuple[list[tuple[str, str]], Standing]:
    standing = Standing(proof)
    looked_up: list[tuple[str, str]] = []

    class Recorder(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            looked_up.append((module, name))
            return standing.stand_in(module, name)

        def persistent_load(self, identifier: Any) -> Any:
            return "persistent"

    try:
        made = Recorder(io.BytesIO(data), buffers=iter([b"buffer"] * 1000)).load()
    except Exception:
        return looked_up, standing
    for value in _values(made):
        if isinstance(value, Inert):
            standing.log.append((value.names, Use.VALUE))
    return looked_up, standing


def _values(root: Any) -> list[Any]:
    """List everything in the containers of a result."""
    waiting, found, seen = [root], [], set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        found.append(value)
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += value
    return found


def _check_order(data: bytes) -> None:
    """Where no rule has a say, look-ups come in the very order that was told."""
    from onggi.proof import DEFAULT_LIMITS
    from onggi.proof.walker import Walker

    judge = AllowAll()
    walker = Walker(judge, DEFAULT_LIMITS, False, True)
    walker.walk(data)
    looked_up, _, ended = recorded(pickle.Unpickler, data)
    if not walker.findings:
        assert looked_up == (judge.asked if ended else judge.asked[: len(looked_up)])


TARGET: Final = Target("differential", check, pickles)
