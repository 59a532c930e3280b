"""Find every pickle in a file, whatever carries it, and proof-read each; nothing is extracted, imported or built.

What a file is its content says, never its name: compressed streams, zip and tar archives (and with them `.npz` and
PyTorch's files), `.npy`, joblib, several pickles one after the other, and pickles or archives in the bytes of a pickle.
A file can be several of these at once: a pickle with a zip archive appended is a pickle to one reader and an archive to
another, so both are looked at.

What can't be read is found, too, with the error that says why: it is never passed over in silence.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from onggi.errors import LimitError, MalformedError, NotAPickleError, OnggiError, SignatureError, TruncatedError
from onggi.files.archive import Budget, Member, is_tar, is_zip, tar_members, zip_members
from onggi.files.compression import Format, detect
from onggi.files.decompression import DecompressedStream, decompress
from onggi.files.gather import flat
from onggi.files.identify import HEAD_BYTES, identify
from onggi.files.mapped import open_source, read_stream
from onggi.format.joblib import JoblibSplit, may_be_joblib, split_joblib
from onggi.format.npy import NPY_MAGIC, read_npy_header
from onggi.format.split import Split, split
from onggi.format.torch import LEGACY_MAGIC, LEGACY_PICKLES
from onggi.format.zfile import zfile_start
from onggi.inspect.looking import seal_of
from onggi.inspect.partial import cut_readable_part
from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, Limits, Policy, Proof, Reader, Report, Use
from onggi.proof.report import Verdict
from onggi.trust.sealing import SealState
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Carrier", "Found", "find_pickles"]

Carrier = Literal["pickle", "joblib", "torch", "npy", "none"]
"""How a reader gets to a pickle: as it stands; by joblib; by PyTorch, which resolves persistent ids; by numpy."""

MAX_LEVELS: Final = 10
"""Containers inside containers: more levels than this are no accident."""

_MAX_IN_A_ROW: Final = 100_000
_MAX_EMBEDDED: Final = 100_000
_PARTIAL_BYTES: Final = 64 * 2**20
_BINARY_PICKLE: Final = re.compile(rb"\x80[\x00-\x05](?:[^\x00]|\Z)", re.DOTALL)
_EMBEDDED: Final = re.compile(
    rb"\x80[\x00-\x05]|PK\x03\x04|\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ|x[\x01\x5e\x9c\xda]|\x93NUMPY"
)
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_VOUCHED: Final = frozenset({SealState.OWN_KEY.value, SealState.SIGNER.value})
# Archives that are named and not opened: a pickle inside of them is a pickle nobody has looked at.
_UNOPENED: Final = frozenset({"7z", "rar", "lz4-legacy"})


@dataclass(slots=True)
class Found:
    """One pickle that was found, or something that could not be read.

    Attributes:
        name: Where it is: the name of the file, then for each container `!` and the name of the member, and for bytes
            inside of a pickle `@` and their offset: `models.zip!a/data.pkl`, `x.pkl@512`.
        start: Where the pickle starts in its member.
        carrier: How a reader gets to it.
        report: What it would do under the policy, with offsets that count from `start`. Of a broken pickle: as far as
            it can be read. None where there is no pickle to report on.
        error: Why it can't be read, or not to its end; a plain unpickler may still run what stands before that.
        problems: What else is wrong with what carries it, in words.
        view: The bytes of the member. The pickle starts at `start`.
    """

    name: str
    start: int = 0
    carrier: Carrier = "pickle"
    report: Report | None = None
    error: OnggiError | None = None
    problems: tuple[str, ...] = ()
    view: memoryview = field(default_factory=lambda: memoryview(b""), repr=False)

    @property
    def is_clean(self) -> bool:
        """Whether it was read to its end and would load as data."""
        if self.error is not None or self.report is None:
            return False
        return self.report.verdict is Verdict.DATA or self.report.seal in _VOUCHED


def find_pickles(
    source: str | os.PathLike[str] | Any,
    *,
    policy: Policy = DEFAULT_POLICY,
    limits: Limits = DEFAULT_LIMITS,
    name: str = "",
) -> Iterator[Found]:
    """Yield every pickle in a file.

    Args:
        source: A path, a binary file, or the bytes.
        policy: What the reports are by.
        limits: How much a pickle may ask for, and how much the file may unpack to.
        name: What to call the source, if it is no path.

    Yields:
        What was found, in the order of the file. Nothing at all for a container or an array file without any pickle
        inside. What is neither a pickle nor a known container is one `Found` whose error is a `NotAPickleError` that
        says what it is: whether that matters depends on what the file was supposed to be.

    Raises:
        SignatureError: The list of whom the user trusts is damaged.
        OSError: The file can't be read.
    """
    view, opened_name = _open(source, limits)
    finder = _Finder(policy, limits, len(view), path=opened_name or None)
    is_any = False
    for found in finder.look(view, name or opened_name, 0):
        is_any = True
        yield found
    if not is_any and not finder.is_known:
        yield Found(name or opened_name, carrier="none", error=_no_pickle(view, name or opened_name))


def _open(source: Any, limits: Limits) -> tuple[memoryview, str]:
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        with open_source(path, mode="r", max_source_bytes=limits.max_source_bytes) as opened:
            return opened.view, path
    if hasattr(source, "read"):
        given = getattr(source, "name", "")
        return memoryview(read_stream(source.read, limits.max_source_bytes)), given if isinstance(given, str) else ""
    return flat(source), ""


def _no_pickle(view: memoryview, name: str) -> NotAPickleError:
    kind = identify(view[:HEAD_BYTES], len(view), name or "FILE")
    if kind is None:
        return NotAPickleError("this is no pickle, and nothing else that is known")
    return NotAPickleError(f"this is {kind.sentence}, no pickle", kind=kind.kind, hint=kind.hint)


class _Finder:
    """Looks for the pickles of one file.

    Args:
        policy: What the reports are by.
        limits: For each pickle, and for all that is unpacked.
        stored_bytes: The size of the file.
        path: Where it lies: a signature of what is the whole file is for its name.

    Attributes:
        is_known: Whether the outermost content is a container or an array, so that finding no pickle is an answer.
    """

    def __init__(self, policy: Policy, limits: Limits, stored_bytes: int, *, path: str | None = None) -> None:
        self._path = path
        self._policy = policy
        self._limits = limits
        self._budget = Budget(limits, stored_bytes)
        self._embedded = 0
        self._is_embedded = False
        self._members_end = 0
        self._last: tuple[Split, int | None] = Split(b""), None
        self._joblib: JoblibSplit | None = None
        self.is_known = False

    def look(self, view: memoryview, name: str, level: int, carrier: Carrier = "pickle") -> Iterator[Found]:
        """Yield the pickles in the bytes of a file, a member or a payload."""
        if level > MAX_LEVELS:
            yield Found(name, carrier="none", error=_too_deep())
            return
        head = bytes(view[:HEAD_BYTES])
        if (compression := detect(head)) is not None:
            yield from self._unpacked(view, compression, name, level)
            return
        if (start := zfile_start(head)) is not None:
            yield from self._unpacked(view[start:], "zlib", name, level)
            return
        if head.startswith(NPY_MAGIC):
            yield from self._npy(view, name, level)
            return
        # From here on a file may be more than one thing.
        is_archive = False
        rest = view
        if not head.startswith(b"PK") and is_tar(view):
            is_archive = True
            yield from self._members(name, level, tar_members(view, self._budget))
            rest = view[self._members_end :]
        if is_zip(rest):
            is_archive = True
            yield from self._members(name, level, zip_members(rest, self._budget))
        self.is_known |= is_archive and level == 0
        if not head.startswith(b"PK"):
            yield from self._stream(view, name, level, carrier, may_be_other=is_archive or level > 0)

    def _unpacked(self, view: memoryview, compression: Format, name: str, level: int) -> Iterator[Found]:
        """Unpack, and look at what came out, also where the stream is damaged: readers run what stands before that."""
        self.is_known |= level == 0
        error: OnggiError | None = None
        try:
            content = decompress(
                view, compression, max_bytes=max(self._budget.left, 1), max_ratio=self._limits.max_ratio
            )
        except OnggiError as caught:
            error = caught
            content = _as_far_as_it_goes(view, compression, min(self._budget.left, _PARTIAL_BYTES))
            if level and not content:
                return
        self._budget.take(min(len(content), self._budget.left))
        is_any = False
        for found in self.look(content, name, level + 1):
            is_any = True
            yield found
        if error is not None:
            yield Found(name, carrier="none", error=error, view=view)
        elif not is_any and level == 0 and not _is_data(content):
            yield Found(name, carrier="none", error=_no_pickle(content, name))

    def _npy(self, view: memoryview, name: str, level: int) -> Iterator[Found]:
        self.is_known |= level == 0
        try:
            header = read_npy_header(view)
        except OnggiError as error:
            yield Found(name, carrier="npy", error=error, view=view)
            return
        if header.has_objects:
            yield self._pickle(view, header.data_start, name, "npy", is_sure=True) or Found(
                name, header.data_start, "npy", error=MalformedError("the array's objects can't be read"), view=view
            )

    def _members(self, name: str, level: int, members: Iterable[Member]) -> Iterator[Found]:
        """Yield the pickles in the members of an archive."""
        end = 0
        path, self._path = self._path, None
        try:
            for member in members:
                end = max(end, member.end)
                yield from self._member(f"{name}!{member.name}" if member.name else name, level, member)
        except LimitError as error:
            yield Found(name, carrier="none", error=error)
        self._members_end = end
        self._path = path

    def _member(self, name: str, level: int, member: Member) -> Iterator[Found]:
        carrier: Carrier = "torch" if member.name.rpartition("/")[2] == "data.pkl" else "pickle"
        is_any = False
        for found in self.look(member.view, name, level + 1, carrier):
            if not is_any:
                member.check()
            is_any = True
            if member.problem:
                found.problems = (*found.problems, member.problem)
            yield found
        if member.error is not None:
            yield Found(name, carrier="none", error=member.error, view=member.view)
        elif not is_any and member.problem == "it is marked as encrypted":
            yield Found(name, carrier="none", error=_encrypted(), view=member.view)
        elif not is_any and (kind := identify(member.view[:HEAD_BYTES], len(member.view))) and kind.kind in _UNOPENED:
            error = NotAPickleError(f"this is {kind.sentence}, which is not opened", kind=kind.kind, hint=kind.hint)
            yield Found(name, carrier="none", error=error, view=member.view)

    def _stream(
        self, view: memoryview, name: str, level: int, carrier: Carrier, *, may_be_other: bool
    ) -> Iterator[Found]:
        """Yield the pickles that stand one after the other."""
        start = count = 0
        most = _MAX_IN_A_ROW
        if bytes(view[: len(LEGACY_MAGIC)]) == LEGACY_MAGIC:
            # What follows the pickles of a legacy file of PyTorch are the raw numbers.
            carrier, most = "torch", LEGACY_PICKLES
        while start < len(view):
            if count >= most:
                if most == _MAX_IN_A_ROW:
                    yield Found(name, start, error=_too_many_in_a_row(), view=view)
                return
            is_sure = not may_be_other and not count and carrier != "pickle"
            found = self._pickle(view, start, name, carrier, is_sure=is_sure)
            if found is None:
                return
            yield found
            cut, stop = self._last
            yield from self._in_joblib(view, name)
            yield from self._in_bytes(cut, name, level)
            if stop is None:
                return
            start, count = stop, count + 1

    def _pickle(self, view: memoryview, start: int, name: str, carrier: Carrier, *, is_sure: bool) -> Found | None:
        """Proof-read what stands at `start`; None if that is no pickle."""
        self._joblib = None
        reader = Reader(self._policy, self._limits, has_persistent_load=carrier == "torch")
        cut, error = Split(b""), None
        proof: Proof | None = None
        seal: str = "none"
        signatures: tuple[str, ...] = ()
        try:
            cut = split(view, start)
            seal, signatures = seal_of(cut, self._path if not start and cut.stop == len(view) else None)
            proof = reader.read(cut.opcodes, cut.buffer_kinds)
        except SignatureError:  # it is the user's own list that is damaged, and not the pickle
            raise
        except OnggiError as caught:
            error = caught
        if error is not None and (found := self._joblib_pickle(view, start, name, reader)) is not None:
            return found
        if error is not None and proof is None:
            cut = cut_readable_part(view, start)
            with_part = Reader(self._policy, self._limits, has_persistent_load=carrier == "torch")
            proof = _read_part(with_part, cut)
        if not is_sure and not _is_one(view, start, proof, error, is_embedded=self._is_embedded):
            return None
        stop = None if error is not None or proof is None else cut.stop if cut.stop is not None else start + proof.stop
        self._last = cut, stop
        report = _located(proof.report if proof is not None else Report(), cut, seal)
        end = stop if stop is not None else len(view)
        report = replace(report, size_bytes=end - start, source=name, signatures=signatures)
        return Found(name, start, carrier, report, error, view=view)

    def _joblib_pickle(self, view: memoryview, start: int, name: str, reader: Reader) -> Found | None:
        """Read a file of joblib; None if it is none."""
        # A file that is large and begins as no pickle of joblib does is not worth the search.
        is_binary = bytes(view[start : start + 1]) == b"\x80"
        if not (is_binary or len(view) - start < _PARTIAL_BYTES) or not may_be_joblib(view[start:]):
            return None
        try:
            parts = split_joblib(view, start)
            if not parts.has_arrays:
                return None
            reader = Reader(self._policy, self._limits)
            proof = reader.read(parts.cut.opcodes, parts.cut.buffer_kinds)
        except OnggiError:
            return None
        self._joblib, self._last = parts, (parts.cut, parts.cut.stop)
        report = _located(proof.report, parts.cut, "none")
        stop = parts.cut.stop or len(view)
        return Found(name, start, "joblib", replace(report, size_bytes=stop - start, source=name), view=view)

    def _in_joblib(self, view: memoryview, name: str) -> Iterator[Found]:
        """Yield the pickles of the arrays of objects in a file of joblib."""
        parts, self._joblib = self._joblib, None
        for start, _ in parts.nested.values() if parts is not None else ():
            found = self._pickle(view, start, name, "joblib", is_sure=True)
            if found is not None:
                yield found

    def _in_bytes(self, cut: Split, name: str, level: int) -> Iterator[Found]:
        """Yield the pickles in the bytes and strings of a pickle."""
        for found in _EMBEDDED.finditer(cut.opcodes):
            at = found.start()
            for length in _lengths(cut.opcodes, at):
                yield from self._embedded_at(memoryview(cut.opcodes)[at : at + length], f"{name}@{at}", level)
        for index, payload in enumerate(cut.payloads):
            if payload.view is not None and _EMBEDDED.match(bytes(payload.view[:8])):
                yield from self._embedded_at(payload.view, f"{name}@payload{index}", level)

    def _embedded_at(self, view: memoryview, name: str, level: int) -> Iterator[Found]:
        self._embedded += 1
        if self._embedded == _MAX_EMBEDDED:
            yield Found(name, error=_too_many_embedded())
        if self._embedded < _MAX_EMBEDDED:
            kept = self._last, self._joblib, self._is_embedded, self._path
            self._is_embedded, self._path = True, None
            yield from self.look(view, name, level + 1)
            self._last, self._joblib, self._is_embedded, self._path = kept


def _lengths(opcodes: bytes, at: int) -> Iterator[int]:
    """Yield the lengths that the bytes at `at` may have, if they are the argument of an opcode."""
    for opcode_names, width in ((b"CU\x8c", 1), (b"BTX", 4), (b"\x8e\x96\x8d", 8)):
        head = at - width - 1
        if head >= 0 and opcodes[head] in opcode_names:
            length = int.from_bytes(opcodes[head + 1 : at], "little")
            if 2 < length <= len(opcodes) - at:
                yield length


def _read_part(reader: Reader, cut: Split) -> Proof | None:
    """Proof-read as much of a broken pickle as can be followed."""
    try:
        return reader.read(cut.opcodes, cut.buffer_kinds)
    except OnggiError:
        return reader.proof_so_far(cut.opcodes)


def _is_one(view: memoryview, start: int, proof: Proof | None, error: OnggiError | None, *, is_embedded: bool) -> bool:
    """Tell a pickle, whole or broken, from what only looks like the beginning of one."""
    if isinstance(error, LimitError):
        return True
    if error is None and proof is not None and proof.stop > 2:
        is_binary = bytes(view[start : start + 1]) == b"\x80"
        return is_binary or bool(proof.names) or start + proof.stop == len(view)
    if proof is None:
        return False
    if start == 0 and not is_embedded and _BINARY_PICKLE.match(bytes(view[:3])):
        return True
    if not all(_PLAIN_NAME.fullmatch(part) for names in proof.names for part in names):
        return False
    return any(entry.uses & ~Use.VALUE for entry in proof.report.globals)


def _located(report: Report, cut: Split, seal: str) -> Report:
    """Say of a report where its offsets stand in the source."""
    of = cut.source_offset
    return replace(
        report,
        buffer_bytes=sum(len(payload.view) for payload in cut.payloads if payload.view is not None),
        globals=tuple(replace(entry, offset=of(entry.offset)) for entry in report.globals),
        findings=tuple(replace(finding, offset=of(finding.offset)) for finding in report.findings),
        label=cut.label,
        seal=seal,
    )


def _as_far_as_it_goes(view: memoryview, compression: Format, max_bytes: int) -> memoryview:
    """Unpack what comes before the damage, or before the limit."""
    rest = iter((view, b""))
    stream = DecompressedStream(lambda: next(rest, b""), compression, max_bytes=max(max_bytes, 1), max_ratio=1e18)
    content = bytearray()
    try:
        while piece := stream.read():
            content += piece
    except OnggiError:
        pass
    return memoryview(content)


def _is_data(view: memoryview) -> bool:
    return bytes(view[:6]) == NPY_MAGIC or is_zip(view) or is_tar(view)


def _too_deep() -> LimitError:
    return _beyond(f"containers inside containers, more than {MAX_LEVELS} levels, which is as deep as onggi looks")


def _too_many_in_a_row() -> LimitError:
    return _beyond(f"only the first {_MAX_IN_A_ROW:,} pickles of the file were read")


def _too_many_embedded() -> LimitError:
    return _beyond(f"only the first {_MAX_EMBEDDED:,} places that look like pickles inside of pickles were read")


def _beyond(reason: str) -> LimitError:
    """Make the error for a bound that no field of `Limits` raises."""
    return LimitError(reason, hint="take it apart, and look at each part")


def _encrypted() -> TruncatedError | MalformedError:
    return MalformedError("the member is encrypted, so nobody can tell what is inside", hint="unpack it first")
