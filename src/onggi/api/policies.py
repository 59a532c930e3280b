"""What this program trusts: `onggi.allow` and how it joins the options of a single call."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextvars import ContextVar, Token
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final

from onggi.errors import PolicyError
from onggi.proof import DEFAULT_POLICY, Policy
from onggi.proof.tables import lookup

if TYPE_CHECKING:
    from types import TracebackType

    from onggi.proof.policy import Allowed

__all__ = ["allow", "current_policy", "effective_policy"]

_scoped: ContextVar[Policy] = ContextVar("onggi_policy", default=DEFAULT_POLICY)
_lock = threading.Lock()
_grants: list[Policy] = []
_program: list[Policy] = [DEFAULT_POLICY]
"""The grants of `allow` outside of blocks, joined."""


class allow:
    """Allow classes, functions and patterns for the whole program, or for a `with` block.

    To allow a class means to trust its own code with any arguments that a pickle brings.

    Args:
        *items: Classes, functions, or patterns as in `Policy.allow`.

    Raises:
        PolicyError: An item is none of these.

    Examples:
        >>> import onggi
        >>> with onggi.allow("myapp.models.*"):
        ...     onggi.loads(onggi.dumps([1, 2]))
        [1, 2]
    """

    def __init__(self, *items: Allowed) -> None:
        self._policy = Policy(items)
        self._token: Token[Policy] | None = None
        with _lock:
            _grants.append(self._policy)
            _join_grants()

    def __enter__(self) -> None:
        """Make it hold for the block only."""
        with _lock:
            # By identity: another thread may have granted the same.
            _grants[:] = [grant for grant in _grants if grant is not self._policy]
            _join_grants()
        self._token = _scoped.set(_scoped.get() | self._policy)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take it back."""
        if self._token is not None:
            _scoped.reset(self._token)
            self._token = None


_NOTHING: Final = ()


def effective_policy(policy: Policy | None, allowed: Iterable[Allowed] | Allowed, expect: Any = None) -> Policy:
    """Join what the call, the block and the program trust.

    Args:
        policy: The `policy=` of the call, instead of the program's.
        allowed: The `allow=` of the call: one item or several.
        expect: The `expect=` of the call: to expect a class of one's own is to allow it. A known type has its row.

    Raises:
        PolicyError: `expect` is neither a class nor a tuple of classes.
    """
    joined = policy if policy is not None else current_policy()
    items = _items(allowed)
    if expect is not None:
        items += tuple(cls for cls in _classes(expect) if lookup(cls.__module__, cls.__qualname__)[2] is None)
    return joined | Policy(items) if items else joined


def _join_grants() -> None:
    _program[0] = reduce(or_, _grants, DEFAULT_POLICY) if _grants else DEFAULT_POLICY


def _classes(expect: Any) -> tuple[type, ...]:
    classes = expect if isinstance(expect, tuple) else (expect,)
    for cls in classes:
        # isinstance() takes no `list[int]`, although that is a type of some kind.
        if type(cls) is GenericAlias or not isinstance(cls, type):
            raise PolicyError(f"expect= takes a class or a tuple of classes, not {cls!r}")
    return classes


def current_policy() -> Policy:
    """Return what the program and the block trust."""
    program, scoped = _program[0], _scoped.get()
    if scoped is DEFAULT_POLICY:
        return program
    return scoped if program is DEFAULT_POLICY else program | scoped


def _items(allowed: Iterable[Allowed] | Allowed) -> tuple[Allowed, ...]:
    if isinstance(allowed, str | type) or not isinstance(allowed, Iterable):
        return (allowed,)
    return tuple(allowed)
