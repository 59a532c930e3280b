"""The proof-reader, as it is built: any bytes end in a proof or in one of our errors, and the proof can be told."""

from __future__ import annotations

from typing import Final

from fuzz.seeds import pickles
from fuzz.target import Target, chosen
from onggi.errors import OnggiError
from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, TRUST_ALL, Limits, Policy, Reader, read
from onggi.proof.reader import read_plain

__all__ = ["POLICIES", "SMALL_LIMITS", "TARGET"]

SMALL_LIMITS: Final = Limits(
    max_depth=4, max_opcodes=30, max_memo_gap=2, max_built_bytes=1_500, max_key_cost=4, max_digits=9
)
_NOBODY_CAN: Final = {"persistent-id", "extension-code"}
"""What plain pickle can't build either."""
POLICIES: Final = (DEFAULT_POLICY, Policy(("nowhere.**", "os.system", "builtins.eval", "옹기.*")), TRUST_ALL)


def check(data: bytes) -> None:
    """Read it by the short way of plain values, or under a policy."""
    if chosen(data, (True, False, False), 4):
        _read_plain(data)
    else:
        _read_twice(data)


def _read_plain(data: bytes) -> None:
    """The walker that is used again and again says what a new one says."""
    reason = ""
    try:
        stop = read_plain(data)
    except OnggiError as error:
        stop = -1
        reason = str(error)
    try:
        proof = read(data)
    except OnggiError as error:
        assert stop == 0 or reason == str(error)
        return
    assert stop == (proof.stop if proof.is_plain and not proof.found else 0)


def _read_twice(data: bytes) -> None:
    """Read it under a policy; the second pickle meets the memo of the first."""
    policy = chosen(data, POLICIES)
    limits = chosen(data, (DEFAULT_LIMITS, DEFAULT_LIMITS, SMALL_LIMITS), 1)
    reader = Reader(policy, limits, has_persistent_load=chosen(data, (False, True), 2))
    try:
        proof = reader.read(data)
        assert 0 < proof.stop <= len(data)
        assert data[proof.stop - 1] == ord(".")
        report = proof.report
        assert report.size_bytes == proof.stop
        assert len(report.findings) == len(proof.found)
        assert not policy.trust or {rule for rule, *_ in proof.found} <= _NOBODY_CAN
        if not proof.found:
            proof.canonical()
        elif chosen(data, range(8), 3) == 0:
            str(proof.refusal())
        reader.finish()
        reader.read(data)
    except OnggiError as error:
        assert str(error)


TARGET: Final = Target("walker", check, pickles)
