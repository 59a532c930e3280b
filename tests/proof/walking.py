"""Walk a pickle with one build of the walker, for the tests of its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, Limits, Policy, Use
from onggi.proof.judge import Judge

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Walk"]


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
        number = [str(entry) for entry in self.judge.judged].index(name)
        return Use(self.walker.uses()[number][0])

    @property
    def shapes(self) -> list[int]:
        """The shapes of the patches."""
        return [shape for *_, shape, _ in self.walker.patches()]
