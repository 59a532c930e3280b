"""How the tables of array libraries write many alike rows in few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onggi.proof.rules import Guard, Rule, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["moved", "named", "names", "stated"]


def names(text: str) -> tuple[str, ...]:
    """Split a list of names."""
    return tuple(text.split())


def named(row: Rule, prefix: str, text: str) -> Mapping[str, Rule]:
    """Give every name below `prefix` (`"pandas.arrays"`) the same row."""
    return {f"{prefix}.{name}": row for name in text.split()}


def moved(old: str, new: str, text: str) -> tuple[tuple[str, str], ...]:
    """Say that every name has moved from one module to another."""
    return tuple((f"{old}.{name}", f"{new}.{name}") for name in text.split())


def stated(why: str, state: Guard, new: Guard = "exact:no_arguments", more: Use = Use(0)) -> Rule:
    """Make the row of what NEWOBJ makes empty and a guarded state fills."""
    return Rule(Use.NEW | Use.STATE | more, why, new=new, state=state)
