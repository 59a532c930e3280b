"""The guards: what stands between a stranger's pickle and a constructor or a state that can be abused.

A guard gets the real objects while the pickle is built. It checks their exact types, sizes and values, does what the
opcode would have done, and raises `onggi.proof.rules.Unsafe` otherwise. `onggi.proof.rules` lists the signatures.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["find"]


@cache
def find(guard_name: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return the guard that a row names.

    Args:
        guard_name: `"module:function"`, below this package, or the guard itself in the tables of other distributions.

    Raises:
        LookupError: The row names a guard that does not exist; a bug of the table, never of a pickle.
    """
    if not isinstance(guard_name, str):
        return guard_name
    module, _, function = guard_name.partition(":")
    try:
        return cast("Callable[..., Any]", getattr(import_module(f"{__name__}.{module}"), function))
    except (ImportError, AttributeError) as error:
        raise LookupError(f"no guard {guard_name!r}") from error
