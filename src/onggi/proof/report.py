"""What a pickle is and would do, as plain data: the result of proof-reading."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from onggi.types import Value

if TYPE_CHECKING:
    from onggi.proof.rules import Use

__all__ = ["Finding", "GlobalReport", "Report", "Severity", "Tier", "Verdict"]


class Tier(StrEnum):
    """Who vouches for a global."""

    KNOWN = "known"
    """A row of onggi's own tables."""
    ALLOWED = "allowed"
    """The reader: `allow=`, `onggi.allow`, a policy."""
    TRUSTED = "trusted"
    """The reader's own seal, or a policy that trusts everything."""
    UNKNOWN = "unknown"
    """Nobody."""
    DANGEROUS = "dangerous"
    """Nobody, and it is known to run code, reach files or the network."""


class Severity(StrEnum):
    """How bad a finding is."""

    NEEDS_TRUST = "needs trust"
    """An unknown global, or a use of one that the tables do not grant: data of a class that the reader has to name."""
    HOSTILE = "hostile"
    """What no honest pickle does."""


class Verdict(StrEnum):
    """What a reader has to know in one word."""

    DATA = "data"
    NEEDS_TRUST = "needs trust"
    HOSTILE = "hostile"


class Finding(Value):
    """One thing that was refused.

    Attributes:
        rule: The stable identifier of the rule, such as `"build-on-global"`.
        severity: Whether an honest pickle could do this.
        reason: One sentence in plain words: what the pickle would do.
        offset: The byte of the opcode.
        global_name: The global that it is about, or an empty string.
    """

    rule: str
    severity: Severity
    reason: str
    offset: int
    global_name: str = ""


class GlobalReport(Value):
    """One global and all that the pickle does with it.

    Attributes:
        module: The module, as the pickle names it (after the mapping of Python 2 names).
        name: The qualified name within the module.
        uses: All uses that the pickle makes of it.
        count: How many opcodes use it.
        offset: The byte of its first mention.
        tier: Who vouches for it.
        why: Why the tables call it safe, or what makes it dangerous; empty for an unknown one.
    """

    module: str
    name: str
    uses: Use
    count: int
    offset: int
    tier: Tier
    why: str = ""

    def __str__(self) -> str:
        """Write the global as `module.name`."""
        return f"{self.module}.{self.name}"


class Report(Value):
    """All that is known about a pickle without building it.

    Attributes:
        size_bytes: Length of the pickle, from its first opcode to STOP.
        protocol: The protocol that it declares; 0 where it declares none.
        opcode_count: Opcodes, frames not counted.
        memo_count: Memo entries.
        max_depth: Levels of objects inside objects.
        built_bytes: Estimated size of the objects without payloads.
        buffer_count: Buffers, in band and out of band.
        buffer_bytes: Their size.
        persistent_id_count: Objects that the pickle leaves to the reader's `persistent_load`.
        globals: Every global, in the order of first mention.
        findings: All that the policy or the rules refuse.
        label: What the pickle says of itself, if onggi wrote it. A stranger's word.
        seal: State of the seal in words for people (`"own key"`, `"none"`, …).
        signatures: What each signature is worth, as a sentence.
        source: Where the bytes came from.
        compression: The format that they were compressed with, or an empty string.
    """

    size_bytes: int = 0
    protocol: int = 0
    opcode_count: int = 0
    memo_count: int = 0
    max_depth: int = 0
    built_bytes: int = 0
    buffer_count: int = 0
    buffer_bytes: int = 0
    persistent_id_count: int = 0
    globals: tuple[GlobalReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    label: dict[str, Any] | None = None
    seal: str = "none"
    signatures: tuple[str, ...] = ()
    source: str = ""
    compression: str = ""

    @property
    def verdict(self) -> Verdict:
        """Say in one word whether this is data, needs trust, or is hostile."""
        if any(finding.severity is Severity.HOSTILE for finding in self.findings):
            return Verdict.HOSTILE
        return Verdict.NEEDS_TRUST if self.findings else Verdict.DATA
