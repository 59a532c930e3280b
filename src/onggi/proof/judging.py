"""What the walker asks of whoever decides about globals."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Answer", "Judging"]

Answer = tuple[int, int, int, int]
"""What a judge says of a global: its number, the allowed uses, the guarded uses, and what a call returns."""


class Judging(Protocol):
    """Who decides about globals: `onggi.proof.judge.Judge`."""

    def look_up(self, module: str, name: str, offset: int, protocol: int) -> Answer:
        """Judge a global by its names."""

    def attribute(self, number: int, name: str, offset: int) -> Answer | None:
        """Judge an attribute of a class."""

    def extension(self, code: int, offset: int) -> Answer | None:
        """Judge what an extension code stands for."""

    def answer(self, number: int) -> Answer:
        """Judge what a call of another global returns."""
