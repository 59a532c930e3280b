"""What a load did, and whether that is right."""

from __future__ import annotations

from dataclasses import dataclass, field

from attacks.case import (
    CRASH,
    DATA,
    ERROR,
    HANG,
    IMPORTED,
    LOADED,
    LOST,
    MEMORY,
    POLLUTED,
    RAN,
    UNTRIED,
    Case,
)

MAX_GROWN_BYTES = 512 << 20
MAX_SECONDS = 5.0


@dataclass
class Outcome:
    """What one load did.

    Attributes:
        status: "loaded", "error", "hang", "crash", or "lost" if nothing is known.
        error: The class of the exception; `error_bases` are its base classes, and itself.
        seconds: Processor time, or wall time if the load did not end.
        grown_bytes: Peak growth of resident memory or of address space, whichever is more.
        ran: The canary says that code ran, or the folder has other files than before.
        checked: The loaded object is what the case says it should be.
        changes: What of the program's modules, classes and settings is no longer what it was.
        imported: The modules that are new.
        exit_status: How the process ended, if not by itself.
    """

    name: str
    status: str = "lost"
    error: str = ""
    error_bases: list[str] = field(default_factory=list)
    message: str = ""
    seconds: float = 0.0
    grown_bytes: int = 0
    ran: bool = False
    checked: bool = True
    changes: list[str] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    exit_status: str = ""


def seen(outcome: Outcome) -> str:
    """Say in one word what the load did, the worst first."""
    if outcome.ran:
        return RAN
    if outcome.status in ("lost", "crash", "hang"):
        return {"lost": LOST, "crash": CRASH, "hang": HANG}[outcome.status]
    if outcome.grown_bytes > MAX_GROWN_BYTES or "MemoryError" in outcome.error_bases:
        return MEMORY
    if outcome.changes:
        return POLLUTED
    if outcome.imported:
        return IMPORTED
    return LOADED if outcome.status == "loaded" else ERROR


def faults(case: Case, outcome: Outcome) -> list[str]:
    """List what is wrong with onggi's answer; an empty list is a pass."""
    found = []
    if outcome.ran:
        found.append("code ran")
    if outcome.status in ("crash", "hang", "lost"):
        return [*found, f"{outcome.status} ({outcome.exit_status}) after {outcome.seconds:.1f} s"]
    if not _is_right_answer(case, outcome):
        got = outcome.error or f"loaded {outcome.message}".strip()
        found.append(f"expected {' or '.join(case.verdict)}, got {got}")
    if outcome.status == "error" and not outcome.message.strip():
        found.append("the error says nothing")
    if outcome.status == "loaded" and not outcome.checked:
        found.append("loaded, but not as the data it should be")
    return found + _side_effects(outcome)


def _is_right_answer(case: Case, outcome: Outcome) -> bool:
    if outcome.status == "loaded":
        return DATA in case.verdict
    return "OnggiError" in outcome.error_bases and any(name in outcome.error_bases for name in case.verdict)


def _side_effects(outcome: Outcome) -> list[str]:
    found = []
    foreign = [name for name in outcome.imported if name.partition(".")[0] != "onggi"]
    if outcome.changes:
        found.append(f"changed {', '.join(outcome.changes[:5])}")
    if foreign:
        found.append(f"imported {', '.join(foreign[:5])}")
    if outcome.grown_bytes > MAX_GROWN_BYTES:
        found.append(f"grew by {outcome.grown_bytes >> 20} MiB")
    if outcome.seconds > MAX_SECONDS:
        found.append(f"took {outcome.seconds:.1f} s")
    return found


_ALIKE = {HANG: MEMORY, MEMORY: HANG, IMPORTED: LOADED}
"""What runs out first, time or memory, is up to the machine; what is imported along the way, to the Python."""


def is_as_declared(case: Case, outcome: Outcome) -> bool:
    """Tell whether plain pickle did what the case says it does."""
    word = seen(outcome)
    if word == IMPORTED and outcome.status == "error" and ERROR in case.plain:
        return True
    return UNTRIED in case.plain or word in case.plain or _ALIKE.get(word) in case.plain
