"""What this program trusts: `onggi.allow` and how it joins the options of a single call."""

from __future__ import annotations

import threading
from contextvars import ContextVar, Token
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from onggi.proof import DEFAULT_POLICY, Policy
from onggi.proof.policy import join

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from types import TracebackType

    from onggi.proof.policy import Allowed

    Items = Iterable[Allowed | Policy] | Allowed | Policy

__all__ = ["allow", "current_policy", "effective_policy", "read_policy"]

_scoped: ContextVar[Policy] = ContextVar("onggi_policy", default=DEFAULT_POLICY)
_lock = threading.Lock()
_grants: list[Policy] = []
_program: list[Policy] = [DEFAULT_POLICY]
"""The grants of `allow` outside of blocks, joined."""


class allow:
    """Allow classes, functions and patterns for the whole program, or for a `with` block.

    To allow a class means to trust its own code with any arguments that a pickle brings.

    It is a word for all of the program, so it belongs where the program starts. A library passes `allow=` in its own
    calls, or ships a table (the entry point group `onggi.policies`).

    Args:
        *items: Classes, functions, or patterns as in `Policy.allow`; or whole policies, as from `onggi.read_policy`.

    Raises:
        PolicyError: An item is none of these.

    Examples:
        >>> import onggi
        >>> with onggi.allow("myapp.models.*"):
        ...     onggi.loads(onggi.dumps([1, 2]))
        [1, 2]
    """

    def __init__(self, *items: Allowed | Policy) -> None:
        self._policy = join(items)
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


def effective_policy(policy: Policy | None, allowed: Items, expect: Any = None) -> Policy:
    """Join what the call, the block and the program trust.

    Args:
        policy: The `policy=` of the call, instead of the program's.
        allowed: The `allow=` of the call: one item or several.
        expect: The `expect=` of the call: to expect a class of one's own is to allow it, and the classes of its fields.

    Raises:
        PolicyError: An item of `allow=`, or `expect`, makes no sense.
    """
    joined = policy if policy is not None else current_policy()
    if allowed:
        joined |= join(allowed)
    if expect is not None:
        # Late: few calls expect something.
        from onggi.api.expecting import classes_of

        joined |= Policy(classes_of(expect))
    return joined


def _join_grants() -> None:
    _program[0] = reduce(or_, _grants, DEFAULT_POLICY) if _grants else DEFAULT_POLICY


def current_policy() -> Policy:
    """Return what the program and the block trust."""
    program, scoped = _program[0], _scoped.get()
    if scoped is DEFAULT_POLICY:
        return program
    return scoped if program is DEFAULT_POLICY else program | scoped


def read_policy(path: str | os.PathLike[str] | None = None) -> Policy:
    """Read the policy of a project. Nothing reads one by itself: a program says so.

    Args:
        path: An `onggi.toml`, or a `pyproject.toml` with a table `[tool.onggi]`. An absolute path: a relative one would
            be another file in another folder, which may be a stranger's. Default: the file of the project that the main
            script of this program stands in; never that of the current folder.

    Returns:
        The policy, for `policy=` of a call, or for `onggi.allow` for the program.

    Raises:
        PolicyError: There is none, it makes no sense (the message says in which line), or others may write to it.
        OSError: The file can't be read.

    Examples:
        >>> import onggi
        >>> from pathlib import Path
        >>> onggi.read_policy("onggi.toml")
        Traceback (most recent call last):
        ...
        onggi.errors.PolicyError: onggi.toml: the path is relative, so it means another file in another folder...
    """
    # Late: few programs have one.
    from onggi.api.projects import policy_of

    return policy_of(path)
