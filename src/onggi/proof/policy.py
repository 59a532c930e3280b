"""What the reader trusts: which globals beyond the known tables a pickle may use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from onggi.errors import PolicyError
from onggi.proof.tables import is_standard
from onggi.types import Value, derived

if TYPE_CHECKING:
    from onggi.proof.limits import Limits

__all__ = ["DEFAULT_POLICY", "TRUST_ALL", "Allowed", "Policy", "join", "pattern_of"]

Allowed = str | type | FunctionType | Any
"""An item of `allow=`: a class or function, or a pattern `"module.Name"`, `"module.*"`, `"package.**"`."""

_PATTERN: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(\.\*\*?)?")


def pattern_of(item: Allowed) -> str:
    """Return the pattern that stands for an item of `allow=`.

    Args:
        item: A class or function (its own `module.qualname`), or a pattern: `"module.Name"` is that global,
            `"module.*"` every global of exactly that module, `"package.**"` also those of its submodules.

    Raises:
        PolicyError: It is neither, or it would allow everything, or all of a standard module.
    """
    if isinstance(item, str):
        return _checked(item)
    module, name = getattr(item, "__module__", None), getattr(item, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        raise PolicyError(f"allow= takes classes, functions and patterns, not {type(item).__name__}")
    return f"{module}.{name}"


def _checked(pattern: str) -> str:
    if not _PATTERN.fullmatch(pattern):
        hint = 'name a class ("myapp.models.Model"), a module ("myapp.models.*") or a package ("myapp.**")'
        raise PolicyError(f"{pattern!r} is no pattern of a global: {_fault(pattern)}", hint=hint)
    if pattern.endswith("*") and is_standard(pattern):
        raise PolicyError(
            f"{pattern!r} would allow all of a module of the standard library, and with it what runs commands and code",
            hint="the values of the standard library are known already; name the one class that you need besides",
        )
    return pattern


def _fault(pattern: str) -> str:
    """Say what is wrong with a pattern."""
    if not pattern:
        return "it is empty"
    if pattern in ("*", "**"):
        return "it would allow everything, which only Policy(trust=True) says"
    if "*" in pattern.rstrip("*"):
        return "a * stands only at the end, for all names of a module"
    if pattern.endswith("*"):
        return "before the * stands the whole name of a module and a dot"
    return "it is not written module.Name" if pattern.isprintable() else "it has characters that no name has"


def _is_several(items: Any) -> TypeGuard[Iterable[Any]]:
    """Say whether `allow=` was given several items: a class of enums can be iterated too."""
    return isinstance(items, Iterable) and not isinstance(items, str | type)


class Policy(Value):
    """What a reader trusts. Policies are values: combine them with `|`.

    Attributes:
        allow: Classes, functions and patterns of globals that a pickle may use in every way. To allow a class means to
            trust its `__new__`, `__init__`, `__setstate__` and `__reduce__` code with any arguments.
        trust: Everything is allowed, as in plain `pickle.load`. For bytes that nobody else could have written.
        limits: How much a pickle may ask for, where a call says nothing else. Default: `Limits()`.
    """

    allow: Sequence[Allowed] = ()
    trust: bool = False
    limits: Limits | None = None
    _exact: frozenset[str] = derived()
    _modules: frozenset[str] = derived()
    _packages: tuple[str, ...] = derived()

    def __post_init__(self) -> None:
        """Sort the patterns by kind, so that a look-up is a set look-up."""
        given: Any = self.allow
        # Once, as an iterator gives its items only once.
        items: tuple[Allowed, ...] = tuple(given) if _is_several(given) else (given,)
        patterns = [pattern_of(item) for item in items]
        object.__setattr__(self, "allow", items)
        object.__setattr__(self, "_packages", tuple(p[:-3] for p in patterns if p.endswith(".**")))
        object.__setattr__(self, "_modules", frozenset(p[:-2] for p in patterns if p.endswith(".*")))
        object.__setattr__(self, "_exact", frozenset(p for p in patterns if not p.endswith("*")))

    def __or__(self, other: Policy) -> Policy:
        """Trust what either policy trusts; the limits are those of the right one, if it has any."""
        return Policy((*self.allow, *other.allow), self.trust or other.trust, other.limits or self.limits)

    def names(self, module: str, name: str) -> bool:
        """Say whether the global itself is named, by class or full name."""
        return f"{module}.{name}" in self._exact

    def covers(self, module: str, name: str) -> bool:
        """Say whether the global is named or falls under a pattern."""
        if self.names(module, name) or module in self._modules:
            return True
        return any(module == package or module.startswith(f"{package}.") for package in self._packages)


def join(items: Iterable[Allowed | Policy] | Allowed | Policy) -> Policy:
    """Make a policy of what `allow=` was given: one item or several, and whole policies among them."""
    given: tuple[Any, ...] = tuple(items) if _is_several(items) else (items,)
    policies = (item for item in given if isinstance(item, Policy))
    return reduce(or_, policies, Policy(tuple(item for item in given if not isinstance(item, Policy))))


DEFAULT_POLICY: Final = Policy()
"""Plain values and known library types."""

TRUST_ALL: Final = Policy(trust=True)
"""Full pickle power."""
