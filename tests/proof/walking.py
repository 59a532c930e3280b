"""Walk a pickle with one build of the walker, for the tests of its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attacks.assembler import (
    DUP,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_SET,
    EMPTY_TUPLE,
    FROZENSET,
    MARK,
    NONE,
    TUPLE2,
    Code,
    name,
    new,
    pickled,
    tuple_of,
    value,
)
from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, Limits, Policy, Use, kinds
from onggi.proof.judge import Judge

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["BY_VALUE", "JAR", "JARS", "VALUES", "Walk", "counted", "doubled", "rules"]

_UNGUARDED = (kinds.DROP, kinds.CUT)
JARS = Policy(("jars.**",))
JAR = new("jars.Jar")
VALUES = {
    "none": NONE,
    "number": value(5),
    "text": value("text"),
    "bytes": value(b"bytes"),
    "list": EMPTY_LIST,
    "dict": EMPTY_DICT,
    "set": EMPTY_SET,
    "empty tuple": EMPTY_TUPLE,
    "tuple": tuple_of(name("builtins.list"), 1),
    "frozenset": Code(MARK + value(1) + FROZENSET),
}
BY_VALUE = pytest.mark.parametrize("code", VALUES.values(), ids=VALUES)


class Walk:
    """One walk and what it told.

    Args:
        module: The walker's module, compiled or pure.
        data: The pickle.
    """

    def __init__(
        self,
        module: ModuleType,
        data: bytes,
        *,
        policy: Policy = DEFAULT_POLICY,
        limits: Limits = DEFAULT_LIMITS,
        has_persistent_load: bool = False,
        buffer_kinds: bytes = b"",
    ) -> None:
        self.judge = Judge(policy)
        self.walker: Any = module.Walker(self.judge, limits, policy.trust, has_persistent_load)
        self.walker.walk(data, buffer_kinds)

    @property
    def rules(self) -> list[str]:
        """The rules of the findings, in the order of the bytes."""
        return [rule for rule, *_ in self.walker.findings]

    @property
    def offsets(self) -> list[int]:
        """Where the findings stand."""
        return [offset for _, offset, *_ in self.walker.findings]

    def uses(self, name: str) -> Use:
        """What the pickle does with a global."""
        return Use(self.walker.uses()[self.number(name)][0])

    def number(self, name: str) -> int:
        """The number of a global."""
        return [str(entry) for entry in self.judge.judged].index(name)

    @property
    def shapes(self) -> list[int]:
        """The shapes of the patches."""
        return [shape for *_, shape, _ in self.walker.patches()]


def rules(module: Any, *code: bytes, policy: Policy = JARS, **options: Any) -> list[str]:
    """The rules that a pickle of these opcodes breaks."""
    return Walk(module, pickled(*code), policy=policy, **options).rules


def doubled(levels: int) -> Code:
    """A tuple of a few bytes that takes 2**levels steps to hash."""
    return Code(EMPTY_TUPLE + (DUP + TUPLE2) * levels)


def counted(walk: Walk) -> list[int]:
    return [action & kinds.ACTION_MASK for _, _, shape, action in walk.walker.patches() if shape not in _UNGUARDED]
