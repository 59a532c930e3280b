"""Two users of one machine, for the tests of what one signs and the other loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onggi
from onggi.trust import keys

if TYPE_CHECKING:
    from pathlib import Path


class People:
    """Each has a folder of keys; one of them is at work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def be(self, name: str) -> Path:
        """Become somebody, and return where their keys lie."""
        keys.set_key_path(self.folder / name / "key")
        return self.folder / name

    def with_key(self, name: str, key: str = "") -> str:
        """Become somebody with a new signing key; return its public line."""
        self.be(name)
        onggi.keys.new(key or name)
        return onggi.keys.export(key or name)


def stop() -> None:
    """Let the user of the machine be the user again."""
    keys.set_key_path(None)
