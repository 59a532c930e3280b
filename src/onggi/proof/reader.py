"""Proof-read one pickle: bytes in, proof out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from onggi.format import codes
from onggi.format.opcodes import ARGUMENTS
from onggi.proof import kinds
from onggi.proof.judge import Judge, Judged
from onggi.proof.limits import DEFAULT_LIMITS, UNLIMITED, Limits
from onggi.proof.patches import rewrite
from onggi.proof.policy import DEFAULT_POLICY, Policy
from onggi.proof.report import Finding, GlobalReport, Report, Tier
from onggi.proof.rules import Use
from onggi.proof.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onggi.errors import RefusedError

__all__ = ["Proof", "Reader", "read", "read_plain"]


class Proof:
    """What one pickle would do, and the opcodes that may be built.

    Attributes:
        opcodes: The bytes that were read.
        stop: Index behind the STOP opcode.
        judged: The globals and the decisions about them.
        found: What was refused, in the walker's words.
        names: The number of each module and name that the opcodes may look up.
        judge_class: Judges a class that only building shows.
    """

    __slots__ = ("_machine", "_uses", "found", "judge_class", "judged", "names", "opcodes", "stop")

    def __init__(self, machine: Any, judge: Judge, opcodes: bytes) -> None:
        self._machine = machine
        self.opcodes = opcodes
        self.judged: Sequence[Judged] = judge.judged
        self.names = judge.names
        self.judge_class = judge.judge_class
        self.stop: int = machine.pos
        self.found: list[tuple[str, int, int, int]] = machine.findings
        self._uses: list[tuple[int, int]] | None = None

    @property
    def is_plain(self) -> bool:
        """Say whether nothing of the pickle needs us while it is built: no globals, no patches."""
        return not self.judged and not self._machine.guard_count

    def vet_calls(self) -> list[int]:
        """Take the calls out of the rewriting whose guard can stand in place of the global; return those globals.

        For a pickle whose memo does not outlive it, before `canonical`.
        """
        vetted: list[int] = self._machine.vet_calls()
        return vetted

    @property
    def has_slot_states(self) -> bool:
        """Say whether the pickle sets attributes one by one."""
        return bool(self._machine.slot_states)

    def vet_states(self, numbers: list[int]) -> None:
        """Take slot states out of the rewriting for classes on which setting any attribute runs no code."""
        self._machine.vet_states(numbers)

    def canonical(self) -> bytes | bytearray:
        """Return the opcodes to build, with guards in their places; to be asked before the reader reads on.

        Raises:
            MalformedError: A persistent id of protocol 0 is not ASCII.
        """
        opcodes = self.opcodes if self.stop == len(self.opcodes) else self.opcodes[: self.stop]
        # Frame headers alone need no rewriting.
        return rewrite(opcodes, self._machine.each_patch()) if self._machine.guard_count else opcodes

    def cuts(self) -> list[tuple[int, int, int]]:
        """Return what each NEXT_BUFFER of `canonical` stands for where it is more than the opcodes that were read have.

        Returns:
            `(opcode, start, stop)`: what stood there, and which bytes of `opcodes` are its payload.
        """
        if not self._machine.guard_count:
            return []
        patches = self._machine.each_patch()
        return [(op, at + _head(op), stop) for at, stop, shape, op in patches if shape == kinds.CUT]

    def uses(self, number: int) -> Use:
        """Return what the pickle does with a global."""
        return Use(self._all_uses()[number][0])

    def _all_uses(self) -> list[tuple[int, int]]:
        if self._uses is None:
            counted: list[tuple[int, int]] = self._machine.uses()
            self._uses = counted + [(0, 0)] * (len(self.judged) - len(counted))
        return self._uses

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was refused, in plain words."""
        # Imported when needed: most pickles are not refused.
        from onggi.proof.explain import explain_all

        made = ((entry, self.uses(entry.number)) for entry in self.judged if entry.tier is Tier.UNKNOWN)
        unknown = next((entry for entry, uses in made if uses & (Use.CALL | Use.NEW)), None)
        has_persistent = bool(self._machine.persistent_count)
        return explain_all(self.found, self.judged, unknown=unknown, has_persistent=has_persistent)

    def refusal(self, *, source: str | None = None, path: str | None = None) -> RefusedError:
        """Make the error that says what was refused."""
        from onggi.proof.explain import refusal

        return refusal(self.findings, source=source, path=path)

    @property
    def report(self) -> Report:
        """The proof as plain data."""
        machine = self._machine
        return Report(
            size_bytes=self.stop,
            protocol=machine.protocol,
            opcode_count=machine.opcode_count,
            memo_count=machine.memo_count,
            max_depth=machine.max_depth,
            built_bytes=machine.built_bytes,
            buffer_count=machine.buffer_count,
            persistent_id_count=machine.persistent_count,
            globals=tuple(self._globals()),
            findings=self.findings,
        )

    def _globals(self) -> list[GlobalReport]:
        found = []
        for entry, (uses, count) in zip(self.judged, self._all_uses(), strict=True):
            if count or entry.offset >= 0:
                found.append(
                    GlobalReport(entry.module, entry.name, Use(uses), count, entry.offset, entry.tier, entry.why)
                )
        return found


class Reader:
    """Proof-read several pickles that share one memo, as `pickle.Unpickler` does.

    Args:
        policy: What the reader trusts.
        limits: How much a pickle may ask for.
        fix_imports: Whether Python 2 names are mapped in protocols below 3.
        keep_guards: Whether guards stay on under a trusting policy (`Judge`).
        has_persistent_load: Whether the reader resolves persistent ids.
    """

    def __init__(
        self,
        policy: Policy = DEFAULT_POLICY,
        limits: Limits = DEFAULT_LIMITS,
        *,
        fix_imports: bool = True,
        keep_guards: bool = False,
        has_persistent_load: bool = False,
    ) -> None:
        self._judge = Judge(policy, fix_imports=fix_imports, keep_guards=keep_guards)
        self._has_begun = False
        self._machine = Walker(self._judge, UNLIMITED if policy.trust else limits, policy.trust, has_persistent_load)

    @property
    def protocol(self) -> int:
        """The protocol of the latest pickle; 0 before the first."""
        return int(self._machine.protocol)

    def read(self, opcodes: bytes, buffer_kinds: bytes = b"") -> Proof:
        """Read one pickle up to its STOP.

        Args:
            opcodes: The pickle; bytes behind STOP are left alone (`Proof.stop`).
            buffer_kinds: For each NEXT_BUFFER the opcode of the payload that was cut out there (`onggi.format.split`).

        Raises:
            MalformedError, TruncatedError, LimitError: There is no honest way to read the bytes. What the policy
                refuses raises nothing here: see `Proof.found`.
        """
        self._has_begun = True
        self._machine.walk(opcodes, buffer_kinds)
        self._find_unused()
        return Proof(self._machine, self._judge, opcodes)

    def proof_so_far(self, opcodes: bytes) -> Proof | None:
        """Return what was found before `read` gave up, or None if it had not begun."""
        return Proof(self._machine, self._judge, opcodes) if self._has_begun else None

    def _find_unused(self) -> None:
        """Refuse what is named and never used, too: to resolve it, its module would be imported, and that runs it."""
        found = self._machine.findings
        refused = {number for _, _, number, _ in found}
        for entry in self._judge.judged:
            if entry.is_mentioned and not entry.allowed and entry.number not in refused:
                found.append(("not-allowed", entry.offset, entry.number, Use.VALUE))

    def distrust(self, policy: Policy, limits: Limits) -> None:
        """Read the next pickles under a policy that trusts less; what is in the memo is judged again."""
        self._machine.trust(limits, policy.trust)
        for answer in self._judge.judge_again(policy):
            self._machine.judge_again(answer)

    def guard(self) -> None:
        """Keep the guards of known types on from the next pickle on, although its policy trusts everything."""
        for answer in self._judge.judge_again(self._judge.policy, keep_guards=True):
            self._machine.judge_again(answer)

    def prime(self, indexes: Sequence[int]) -> None:
        """Take note of memo entries that the reader has put there by hand."""
        for index in indexes:
            self._machine.prime(index)

    def finish(self) -> None:
        """Get ready for another pickle that shares the memo."""
        self._machine.finish()


class _NotPlainError(Exception):
    """A pickle names a global."""


class _NoGlobals:
    """The judge of what should have nothing to judge."""

    def look_up(self, module: str, name: str, offset: int, protocol: int) -> NoReturn:
        raise _NotPlainError

    def attribute(self, number: int, name: str, offset: int) -> NoReturn:
        raise _NotPlainError

    def extension(self, code: int, offset: int) -> NoReturn:
        raise _NotPlainError

    def answer(self, number: int) -> NoReturn:
        raise _NotPlainError

    def is_partial(self, number: int) -> bool:
        return False


_MAX_SPARE_WALKERS: Final = 8
_spare_walkers: list[Walker] = []
"""Each is taken out while it is used, so that threads don't meet in one."""


def _head(op: int) -> int:
    """Return how many bytes of an opcode come before its payload."""
    if op == codes.NEXT_BUFFER:
        return 1
    return 9 if ARGUMENTS[op] == codes.ARG_BYTES8 else 5


def read_plain(opcodes: bytes) -> int:
    """Read a pickle of plain values only; return the index behind its STOP, or 0 if it is anything else.

    Raises:
        MalformedError, TruncatedError, LimitError: There is no honest way to read the bytes.
    """
    # A message of 100 bytes is walked in less time than a walker is made.
    walker = _spare_walkers.pop() if _spare_walkers else Walker(_NoGlobals(), DEFAULT_LIMITS)
    try:
        walker.walk(opcodes)
        return 0 if walker.guard_count or walker.findings else walker.pos
    except _NotPlainError:
        return 0
    finally:
        walker.forget()
        if len(_spare_walkers) < _MAX_SPARE_WALKERS:
            _spare_walkers.append(walker)


def read(opcodes: bytes, policy: Policy = DEFAULT_POLICY, limits: Limits = DEFAULT_LIMITS, **options: Any) -> Proof:
    """Proof-read one pickle; see `Reader` for the options and errors."""
    return Reader(policy, limits, **options).read(opcodes)
