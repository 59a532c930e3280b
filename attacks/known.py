"""The cases that are not answered as they should be, and why; docs/security.md says the same in words for users."""

from __future__ import annotations

from typing import Final

KNOWN: Final[dict[str, str]] = {}
"""Name of the case -> what stands. None does today."""
