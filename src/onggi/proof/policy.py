"""What the reader trusts: which globals beyond the known tables a pickle may use."""

from __future__ import annotations

import re
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from onggi.errors import PolicyError
from onggi.types import Value, derived

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DEFAULT_POLICY", "TRUST_ALL", "Allowed", "Policy", "pattern_of"]

Allowed = str | type | FunctionType | Any
"""An item of `allow=`: a class or function, or a pattern `"module.Name"`, `"module.*"`, `"package.**"`."""

_PATTERN: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(\.\*\*?)?")


def pattern_of(item: Allowed) -> str:
    """Return the pattern that stands for an item of `allow=`.

    Args:
        item: A class or function (its own `module.qualname`), or a pattern: `"module.Name"` is that global,
            `"module.*"` every global of exactly that module, `"package.**"` also those of its submodules.

    Raises:
        PolicyError: It is neither, or it would allow everything.
    """
    if isinstance(item, str):
        if not _PATTERN.fullmatch(item):
            hint = 'name a class ("myapp.models.Model"), a module ("myapp.models.*") or a package ("myapp.**")'
            raise PolicyError(f"{item!r} is no pattern of a global", hint=hint)
        return item
    module, name = getattr(item, "__module__", None), getattr(item, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        raise PolicyError(f"allow= takes classes, functions and patterns, not {type(item).__name__}")
    return f"{module}.{name}"


class Policy(Value):
    """What a reader trusts. Policies are values: combine them with `|`.

    Attributes:
        allow: Classes, functions and patterns of globals that a pickle may use in every way. To allow a class means to
            trust its `__new__`, `__init__`, `__setstate__` and `__reduce__` code with any arguments.
        trust: Everything is allowed, as in plain `pickle.load`. For bytes that nobody else could have written.
    """

    allow: tuple[Allowed, ...] = ()
    trust: bool = False
    _exact: frozenset[str] = derived()
    _modules: frozenset[str] = derived()
    _packages: tuple[str, ...] = derived()

    def __post_init__(self) -> None:
        """Sort the patterns by kind, so that a look-up is a set look-up."""
        given: Any = self.allow
        items: Iterable[Allowed] = (given,) if isinstance(given, str | type) else given
        patterns = [pattern_of(item) for item in items]
        object.__setattr__(self, "allow", tuple(items))
        object.__setattr__(self, "_packages", tuple(p[:-3] for p in patterns if p.endswith(".**")))
        object.__setattr__(self, "_modules", frozenset(p[:-2] for p in patterns if p.endswith(".*")))
        object.__setattr__(self, "_exact", frozenset(p for p in patterns if not p.endswith("*")))

    def __or__(self, other: Policy) -> Policy:
        """Trust what either policy trusts."""
        return Policy((*self.allow, *other.allow), self.trust or other.trust)

    def names(self, module: str, name: str) -> bool:
        """Say whether the global itself is named, by class or full name."""
        return f"{module}.{name}" in self._exact

    def covers(self, module: str, name: str) -> bool:
        """Say whether the global is named or falls under a pattern."""
        if self.names(module, name) or module in self._modules:
            return True
        return any(module == package or module.startswith(f"{package}.") for package in self._packages)


DEFAULT_POLICY: Final = Policy()
"""Plain values and known library types."""

TRUST_ALL: Final = Policy(trust=True)
"""Full pickle power."""
