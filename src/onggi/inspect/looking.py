"""Look into a file: open, unpack, and proof-read and outline every pickle in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.errors import LimitError, MalformedError, OnggiError, SignatureError, TruncatedError
from onggi.files.identify import HEAD_BYTES, identify, not_a_pickle
from onggi.format.joblib import JoblibSplit, may_be_joblib, split_joblib
from onggi.format.scan import scan
from onggi.format.split import Split, split
from onggi.inspect.partial import cut_readable_part
from onggi.inspect.seen import Look
from onggi.proof import Limits, Policy, Proof, Reader, Report
from onggi.proof.outline import DEFAULT_MAX_OPCODES, Outline, outline, path_at
from onggi.trust.sealing import SealState, check_buffers, check_seal, usable_key
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from onggi.inspect.content import Content
    from onggi.inspect.inspection import Inspection

__all__ = ["look_at", "seal_of"]

_MAX_PICKLES: Final = 1_000
_MAX_FOCUS: Final = 100
_LEAST_NODES: Final = 100
"""What each pickle may keep, even if those before it have used up what was asked for."""

_BOMB_OPCODES: Final = 300_000
"""What is read for the tree of a pickle that goes over a limit."""

_SEAL_DAMAGED: Final = "damaged"
SealWords = tuple[str, tuple[str, ...]]
"""Who vouches for a pickle, and a sentence about each of its signatures."""

_AUTO_VERIFY_BYTES: Final = 64 * 2**20
"""Buffers up to this size together are verified as `onggi.load` does; `onggi verify` checks larger ones, too."""


def look_at(
    content: Content,
    found: Inspection,
    policy: Policy,
    limits: Limits,
    max_nodes: int,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Look at the pickles that stand one after the other, and add them to an inspection.

    Args:
        content: The bytes.
        found: What they are added to.
        policy: What the verdicts are by.
        limits: How much a pickle may ask for.
        max_nodes: About how many nodes of the tree are kept.
        on_progress: Called with the number of bytes of the source that were read since the last call.

    Raises:
        NotAPickleError: It is another kind of file; the message says which.
    """
    reading = _Reading(content, policy, limits, max_nodes, on_progress)
    start = 0
    while start < len(content.view) or not found.pickles:
        if found.pickles and (len(found.pickles) >= _MAX_PICKLES or not _is_pickle(content.view, start)):
            found.trailing_bytes = len(content.view) - start
            found.trailing = _trailing_words(content.view[start:], len(found.pickles))
            break
        seen, stop = reading.look_at(start)
        found.pickles.append(seen)
        if stop is None:
            break
        start = stop


def _is_pickle(view: memoryview, start: int) -> bool:
    """Whether there is a whole pickle at `start`, and not only padding or something appended."""
    try:
        stop, opcode_count = scan(view, start, len(view))[:2]
    except (MalformedError, TruncatedError):
        return bytes(view[start : start + 1]) == b"\x80"
    return opcode_count > 1 and stop > start


def _trailing_words(rest: memoryview, pickle_count: int) -> str:
    if pickle_count >= _MAX_PICKLES:
        return f"not read: the first {_MAX_PICKLES:,} pickles are shown"
    head = bytes(rest[:HEAD_BYTES])
    if not head.strip(b"\x00"):
        return "zeros"
    kind = identify(head, len(rest))
    return kind.sentence if kind else "no pickle"


def seal_of(cut: Split, path: str | None = None) -> SealWords:
    """Check the seal and the signatures of a pickle, and say in words what they are.

    Args:
        cut: The pickle.
        path: Where a file lies that holds this one pickle; None for anything else.

    Raises:
        IntegrityError: The pickle is not what was sealed or signed.
        SignatureError: The list of whom the user trusts is damaged.
    """
    if cut.seal is None:
        return SealState.NONE.value, ()
    state = check_seal(cut, usable_key() if cut.seal.tag else None)
    if sum(payload.row.length for payload in cut.payloads if payload.row) <= _AUTO_VERIFY_BYTES:
        check_buffers(cut.payloads)
    if not cut.seal.signatures:
        return state.value, ()
    # Imported when used: most files are not signed.
    from onggi.trust.signatures import Trust, check_signatures

    found = check_signatures(cut.seal, path)
    if any(one.trust is Trust.TRUSTED for one in found) and state is not SealState.OWN_KEY:
        state = SealState.SIGNER
    return state.value, tuple(one.reason for one in found)


def _joblib_parts(view: memoryview, start: int) -> JoblibSplit | None:
    """Cut a file of joblib; None if it is none, or damaged."""
    if not may_be_joblib(view[start:]):
        return None
    try:
        parts = split_joblib(view, start)
    except OnggiError:
        return None
    return parts if parts.has_arrays else None


def _moved(report: Report, cut: Split, by: int) -> Report:
    """Say of a report where its offsets stand in the source."""
    return replace(
        report,
        findings=tuple(replace(each, offset=by + cut.source_offset(each.offset)) for each in report.findings),
        globals=tuple(replace(each, offset=by + cut.source_offset(each.offset)) for each in report.globals),
    )


class _Reading:
    """What stays the same for all pickles of a file."""

    def __init__(
        self,
        content: Content,
        policy: Policy,
        limits: Limits,
        max_nodes: int,
        on_progress: Callable[[int], None] | None,
    ) -> None:
        self.content = content
        self.view = content.view
        self.policy = policy
        self.limits = limits
        self.least_nodes = min(max_nodes, _LEAST_NODES)
        self.nodes_left = max_nodes
        # Of a compressed file all bytes have been reported while they were unpacked.
        self.on_progress = on_progress if not content.compression else None

    def look_at(self, start: int) -> tuple[Look, int | None]:
        """Look at the pickle that starts at `start`; return it and where it ends, or None if that can't be told."""
        cut, seal, problem = self._cut(start)
        proof, error = self._proof(cut)
        stop = None
        if error is not None:
            if error.offset is not None:
                # The proof-reader counts in its copy of the opcodes; split and seal count in the source.
                error.offset = cut.source_offset(error.offset)
            problem = problem or error
            if cut.stop is None:
                cut = cut_readable_part(self.view, start)
                proof = self._proof(cut)[0]
        elif proof is not None:
            stop = cut.stop if cut.stop is not None else start + proof.stop
        if problem is not None and (parts := _joblib_parts(self.view, start)) is not None:
            return self._look_at_joblib(start, parts)
        self._raise_if_other_kind(problem, start)
        report = proof.report if proof is not None else Report()
        return self._joined(start, stop, cut, report, seal, problem), stop

    def _look_at_joblib(self, start: int, parts: JoblibSplit) -> tuple[Look, int | None]:
        """Look at a file of joblib; the pickles of its arrays of objects count as parts of it."""
        proof, problem = self._proof(parts.cut)
        reports = [_moved(proof.report if proof is not None else Report(), parts.cut, 0)]
        for at, stop in parts.nested.values():
            cut = split(self.view[at:stop])
            inner, error = self._proof(cut)
            problem = problem or error
            reports.append(_moved(inner.report if inner is not None else Report(), cut, at - start))
        report = replace(
            reports[0],
            findings=tuple(finding for each in reports for finding in each.findings),
            globals=tuple(entry for each in reports for entry in each.globals),
        )
        # The offsets are those of the source already.
        cut = Split(b"", stop=parts.cut.stop)
        cut.payloads = parts.cut.payloads
        return self._joined(start, cut.stop, cut, report, ("none", ()), problem, is_joblib=True), cut.stop

    def _cut(self, start: int) -> tuple[Split, SealWords, OnggiError | None]:
        """Cut a pickle and check its seal; of one that is damaged, cut what can be read."""
        cut = Split(b"")
        try:
            cut = split(self.view, start)
            is_whole_file = not start and cut.stop == len(self.view)
            return cut, seal_of(cut, self.content.name or None if is_whole_file else None), None
        except SignatureError:  # it is the user's own list that is damaged, and not the pickle
            raise
        except OnggiError as error:
            seal = _SEAL_DAMAGED if cut.seal else "none"
            return cut if cut.opcodes else cut_readable_part(self.view, start), (seal, ()), error

    def _proof(self, cut: Split) -> tuple[Proof | None, OnggiError | None]:
        """Proof-read; of what can't be read to its end, return what was found up to there."""
        reader = Reader(self.policy, self.limits)
        try:
            return reader.read(cut.opcodes, cut.buffer_kinds), None
        except OnggiError as error:
            return reader.proof_so_far(cut.opcodes), error

    def _raise_if_other_kind(self, problem: OnggiError | None, start: int) -> None:
        """Name what the bytes are, where they are no pickle."""
        if start or not isinstance(problem, MalformedError | TruncatedError):
            return
        kind = identify(self.view[:HEAD_BYTES], len(self.view), self.content.name or "FILE")
        if kind is not None:
            raise not_a_pickle(kind, self.content.name or None) from None

    def _joined(
        self,
        start: int,
        stop: int | None,
        cut: Split,
        report: Report,
        seal: SealWords,
        problem: OnggiError | None,
        *,
        is_joblib: bool = False,
    ) -> Look:
        findings = tuple(replace(finding, offset=cut.source_offset(finding.offset)) for finding in report.findings)
        used = tuple(replace(entry, offset=cut.source_offset(entry.offset)) for entry in report.globals)
        end = stop if stop is not None else len(self.view)
        focus = [finding.offset for finding in findings[:_MAX_FOCUS]]
        tree = self._outline(start, end, focus, is_bomb=isinstance(problem, LimitError), reads_joblib=is_joblib)
        report = replace(
            report,
            size_bytes=end - start,
            protocol=report.protocol or tree.protocol,
            opcode_count=report.opcode_count or tree.opcode_count,
            buffer_bytes=sum(len(payload.view) for payload in cut.payloads if payload.view is not None),
            globals=used,
            findings=findings,
            label=cut.label,
            seal=seal[0],
            signatures=seal[1],
            source=self.content.name,
            compression=" in ".join(reversed(self.content.compression)),
        )
        if problem is not None and problem.path is None:
            is_cut_off = isinstance(problem, TruncatedError) and tree.problem != ""
            offset = tree.end if is_cut_off or problem.offset is None else problem.offset
            problem.offset = offset if problem.offset is not None else None
            problem.path = path_at(tree, offset - is_cut_off) or (tree.root.path if tree.root else None)
        paths = tuple(path_at(tree, finding.offset) for finding in findings)
        return Look(start, report, tree, paths, problem)

    def _outline(self, start: int, end: int, focus: list[int], *, is_bomb: bool, reads_joblib: bool) -> Outline:
        tree = outline(
            self.view[start:end],
            max_nodes=max(self.nodes_left, self.least_nodes),
            max_opcodes=_BOMB_OPCODES if is_bomb else DEFAULT_MAX_OPCODES,
            focus=focus,
            reads_joblib=reads_joblib,
            on_progress=self.on_progress,
        )
        self.nodes_left -= sum(node.node_count for node in tree.tops)
        return tree
