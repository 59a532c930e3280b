"""Decide, global by global, what a pickle may do; nothing is imported for it."""

from __future__ import annotations

import copyreg
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from onggi.proof import kinds
from onggi.proof.report import Tier
from onggi.proof.rules import GUARDED_USES, Rule, Use
from onggi.proof.tables import danger, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.proof.judging import Answer
    from onggi.proof.policy import Policy

__all__ = ["ALL_USES", "Judge", "Judged"]

ALL_USES: Final = Use(127)
_GETATTR: Final = "builtins.getattr"
_ITERATING: Final = frozenset(
    f"builtins.{name}" for name in ("enumerate", "filter", "iter", "map", "range", "reversed", "zip")
)


class Judged:
    """One global of one pickle and the decision about it.

    Attributes:
        number: Its number in the walker's table.
        module, name: The canonical name: today's place of a global that has moved.
        original: Module and name as the pickle writes them, where they differ.
        allowed: The uses that are granted.
        rule: Its row, if it is known.
        tier: Who vouches for it.
        why: The row's reason, or what makes it dangerous.
        offset: Byte of its first mention.
        member_of: The number of the class of which this is an enum member or similar, or -1.
        is_mentioned: Whether the pickle itself names it, so that building needs it.
        is_pattern: Whether the reader allows it by a pattern only, which must not reach what a module has imported.
    """

    __slots__ = (
        "allowed",
        "is_mentioned",
        "is_pattern",
        "member_of",
        "module",
        "name",
        "number",
        "offset",
        "original",
        "rule",
        "tier",
        "why",
    )

    def __init__(
        self,
        number: int,
        module: str,
        name: str,
        original: tuple[str, str],
        allowed: Use,
        rule: Rule | None,
        tier: Tier,
        why: str,
        offset: int,
        *,
        is_pattern: bool = False,
    ) -> None:
        self.number = number
        self.module = module
        self.name = name
        self.original = original
        self.allowed = allowed
        self.rule = rule
        self.tier = tier
        self.why = why
        self.offset = offset
        self.member_of = -1
        self.is_mentioned = False
        self.is_pattern = is_pattern

    def __str__(self) -> str:
        """Write the global as `module.name`."""
        return f"{self.module}.{self.name}"


class Judge:
    """The decisions about one pickle, numbered in the order of first mention.

    `names` maps each module and name, as the pickle writes them, to the number.

    Args:
        policy: What the reader trusts.
        fix_imports: Whether names of Python 2 are mapped in protocols below 3, as pickle does.
        keep_guards: Whether known types keep their guards although the policy trusts everything: for sealed opcodes
            with buffers that nobody has verified.
    """

    def __init__(self, policy: Policy, *, fix_imports: bool = True, keep_guards: bool = False) -> None:
        self.policy = policy
        self.fix_imports = fix_imports
        self.keep_guards = keep_guards
        self.judged: list[Judged] = []
        self.names: dict[tuple[str, str], int] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def look_up(self, module: str, name: str, offset: int, protocol: int) -> Answer:
        """Answer the walker: number, allowed uses, guarded uses, and what a call returns."""
        written = module, name
        if protocol < 3 and self.fix_imports:
            module, name = python3_name(module, name)
        number = self._number(module, name, offset)
        self.names[written] = number
        self.judged[number].is_mentioned = True
        return self._answer(number)

    def attribute(self, number: int, name: str, offset: int) -> Answer | None:
        """Answer for `getattr(Class, "name")`: a class in a class, or a member of an allowed enum.

        Returns:
            None if nothing is known of it, and the guard of `getattr` shall decide with the real objects.
        """
        owner = self.judged[number]
        found = self._number(owner.module, f"{owner.name}.{name}", offset)
        entry = self.judged[found]
        if not entry.allowed and owner.tier is Tier.KNOWN:
            return None
        if name == "__new__" and not entry.allowed and owner.allowed & Use.NEW:
            # Below protocol 4, keyword arguments of `__new__` are written as a partial of it.
            entry.allowed, entry.tier = Use.VALUE, owner.tier
        if not entry.allowed and owner.allowed and not name.startswith("_"):
            entry.allowed, entry.tier, entry.member_of = Use.VALUE, owner.tier, number
            entry.why = f"a member of {owner}"
        entry.is_mentioned = True
        return self._answer(found)

    def extension(self, code: int, offset: int) -> Answer | None:
        """Answer for an extension code, which only the reader's own `copyreg` registry can resolve."""
        match copyreg._inverted_registry.get(code):  # type: ignore[attr-defined]
            case str(module), str(name):
                return self.look_up(module, name, offset, 5)
        return None

    def judge_again(self, policy: Policy, *, keep_guards: bool = False) -> Iterator[Answer]:
        """Judge everything again under another policy, and yield the answers."""
        self.policy = policy
        self.keep_guards = keep_guards
        for number, entry in enumerate(tuple(self.judged)):
            again = self._judge(number, *entry.original, entry.offset)
            again.is_mentioned = entry.is_mentioned
            self.judged[number] = again
            yield self._answer(number)

    def judge_class(self, module: str, name: str) -> Judged:
        """Judge a class that only building shows."""
        return self._judge(-1, module, name, -1)

    def answer(self, number: int) -> Answer:
        """Answer for a global that a rule names as what a call returns."""
        return self._answer(number)

    def _number(self, module: str, name: str, offset: int) -> int:
        """Number a global by its canonical name, so that all its old names are one."""
        known = self._known(module, name)
        number = self._numbers.get(known[:2])
        if number is None:
            number = len(self.judged)
            self._numbers[known[:2]] = number
            self.judged.append(self._judge(number, module, name, offset))
        return number

    def _known(self, module: str, name: str) -> tuple[str, str, Rule | None]:
        # The tables know where modules of Python 2 have gone, and `fix_imports=False` asks not to go there.
        if not self.fix_imports and is_only_python2(module):
            return module, name, None
        return _known(module, name)

    def _judge(self, number: int, module: str, name: str, offset: int) -> Judged:
        original = module, name
        module, name, rule = self._known(module, name)
        policy = self.policy
        if policy.trust:
            kept = rule if self.keep_guards else None
            return Judged(number, module, name, original, ALL_USES, kept, Tier.TRUSTED, "", offset)
        is_named = policy.names(module, name) or policy.names(*original)
        if rule is not None:
            # What the reader allows of a known type besides, it allows behind the guards of that type.
            uses = ALL_USES if is_named else rule.uses
            return Judged(number, module, name, original, uses, rule, Tier.KNOWN, rule.why, offset)
        if is_named:
            return Judged(number, module, name, original, ALL_USES, None, Tier.ALLOWED, "", offset)
        why = danger(module, name) or danger(*original)
        if why is not None:
            return Judged(number, module, name, original, Use(0), None, Tier.DANGEROUS, why, offset)
        if policy.covers(module, name) or policy.covers(*original):
            return Judged(number, module, name, original, ALL_USES, None, Tier.ALLOWED, "", offset, is_pattern=True)
        return Judged(number, module, name, original, Use(0), None, Tier.UNKNOWN, "", offset)

    def _answer(self, number: int) -> Answer:
        entry = self.judged[number]
        rule = entry.rule
        if rule is None:
            return number, entry.allowed, _makes(entry.name), kinds.RETURNS_SELF
        return number, entry.allowed, _guarded(entry.module, entry.name), self._returns(rule, entry)

    def _returns(self, rule: Rule, entry: Judged) -> int:
        if str(entry) == _GETATTR:
            return kinds.RETURNS_ATTRIBUTE
        if rule.returns == "arg0":
            return kinds.RETURNS_ARG0
        if rule.returns:
            module, _, name = rule.returns.rpartition(".")
            return self._number(module, name, entry.offset)
        return kinds.RETURNS_SELF


@lru_cache(maxsize=4096)
def _known(module: str, name: str) -> tuple[str, str, Rule | None]:
    return lookup(module, name)


_MORE: Final = {
    "functools.partial": kinds.PARTIAL,
    "datetime.date": kinds.DATE,
    "datetime.datetime": kinds.DATETIME,
    "datetime.time": kinds.TIME,
}
"""What the walker knows of single globals, in the guarded uses."""


@lru_cache(maxsize=4096)
def _guarded(module: str, name: str) -> int:
    rule = _known(module, name)[2]
    guarded = sum(int(use) for use in GUARDED_USES if rule.guard(use)) if rule else 0
    if module == "itertools" or f"{module}.{name}" in _ITERATING:
        guarded |= kinds.ITERATES
    return guarded | _MORE.get(f"{module}.{name}", 0)


def _makes(name: str) -> int:
    return kinds.MAKES if name.endswith(".__new__") else 0


def python3_name(module: str, name: str) -> tuple[str, str]:
    """Map a name of Python 2 as `_pickle.c` does for protocols below 3 (CPython's `_compat_pickle`)."""
    import _compat_pickle

    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def is_only_python2(module: str) -> bool:
    """Say whether a module's name is one that only Python 2 has."""
    import _compat_pickle

    return module in _compat_pickle.IMPORT_MAPPING and module.partition(".")[0] not in sys.stdlib_module_names
