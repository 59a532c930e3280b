"""Proof that code ran: a file that appears. A payload has one of these run, never anything that does harm."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

VARIABLE = "ONGGI_CANARY"
"""The environment variable with the path of the file that appears."""

PYTHON = f"open(__import__('os').environ['{VARIABLE}'],'w').close()"
"""For `exec` and `eval`."""

SHELL = f': > "${VARIABLE}"'
"""For `os.system` and the like."""

EVENTS: list[tuple[Any, ...]] = []
"""The arguments of each call of `fire`."""


def fire(*args: Any, **keywords: Any) -> None:
    """Say that code ran. Takes anything, so that it fits wherever a callable is called."""
    EVENTS.append((args, keywords))
    path = os.environ.get(VARIABLE)
    if path:
        Path(path).touch()


def fired() -> bool:
    """Tell whether code ran in this process or one that it started."""
    return bool(EVENTS) or Path(os.environ[VARIABLE]).exists()
