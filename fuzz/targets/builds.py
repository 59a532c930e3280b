"""The two builds of the proof-reader: compiled and pure say the same of any pickle, errors included."""

from __future__ import annotations

from typing import Final

from fuzz.seeds import pickles
from fuzz.target import Target, chosen
from fuzz.targets.walker import POLICIES, SMALL_LIMITS
from onggi.format import codes
from onggi.proof import DEFAULT_LIMITS
from tests.builds import load_both
from tests.proof.recording import outcomes

__all__ = ["TARGET"]


def check(data: bytes) -> None:
    """Walk it twice with one memo."""
    compiled, pure = load_both("onggi.proof.walker")
    policy = chosen(data, POLICIES)
    options = (
        chosen(data, (DEFAULT_LIMITS, SMALL_LIMITS), 1),
        chosen(data, (False, True), 2),
        chosen(data, (False, True), 3),
        chosen(data, (b"", bytes([codes.BINUNICODE, codes.NEXT_BUFFER])), 4),
    )
    one, other = (outcomes(module, [data, data], policy, options) for module in (compiled, pure))
    assert one == other, (one, other)


TARGET: Final = Target("builds", check, pickles, is_guided=False)
