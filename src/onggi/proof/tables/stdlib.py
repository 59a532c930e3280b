"""."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

ROWS: Final[dict[str, Rule]] = {}
