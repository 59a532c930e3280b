"""Look into what carries pickles: archives, arrays of numpy and files of PyTorch; nothing is extracted or built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onggi.errors import LimitError, MalformedError, OnggiError
from onggi.files.archive import Budget, is_tar, is_zip, tar_members, zip_members
from onggi.files.identify import HEAD_BYTES, identify
from onggi.format.npy import NPY_MAGIC, read_npy_header
from onggi.format.torch import LEGACY_MAGIC
from onggi.inspect.content import Content, open_content
from onggi.inspect.finding import Found, find_pickles
from onggi.inspect.inspection import Inspection, Look
from onggi.inspect.looking import look_at
from onggi.inspect.seen import Container, Entry
from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, Limits, Policy, Report
from onggi.proof.outline import DEFAULT_MAX_NODES, DEFAULT_MAX_OPCODES, Outline, outline, path_at
from onggi.proof.policy import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from onggi.files.archive import Member
    from onggi.proof.policy import Allowed

__all__ = ["look"]

_MAX_PICKLES: Final = 1_000
_MAX_ENTRIES: Final = 10_000
_MAX_FOCUS: Final = 100
_LEAST_NODES: Final = 100
_BROKEN_OPCODES: Final = 300_000
"""What is read for the tree of a pickle that has something wrong with it."""


def look(
    source: Any,
    *,
    policy: Policy | None = None,
    allow: Iterable[Allowed] | Allowed = (),
    limits: Limits | None = None,
    max_nodes: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Inspection:
    """Look into a file; see `onggi.inspect.inspect`."""
    named = join(allow)
    trusted = (policy or DEFAULT_POLICY) | named
    limits = limits or trusted.limits or DEFAULT_LIMITS
    content = open_content(source, limits, on_progress)
    found = Inspection(content.name, content.stored_bytes, len(content.view), content.compression)
    found.view = content.view
    if policy is not None or named != DEFAULT_POLICY:
        found.policy_words = "the policy that you gave"
    container = _container(content.view)
    if container is None:
        look_at(content, found, trusted, limits, max_nodes or DEFAULT_MAX_NODES, on_progress)
        return found
    found.container = container
    found.members = _entries(content.view, container, limits)
    if any(entry.name == "data.pkl" or entry.name.endswith("/data.pkl") for entry in found.members):
        found.container = "torch"
    elif found.members and all(entry.dtype is not None for entry in found.members) and container == "zip":
        found.container = "npz"
    _add_pickles(found, content, trusted, limits, max_nodes or DEFAULT_MAX_NODES)
    return found


def _container(view: memoryview) -> Container | None:
    """Tell what carries pickles, by the first bytes; what starts with a pickle is one, whatever stands behind it."""
    head = bytes(view[: len(LEGACY_MAGIC)])
    if head.startswith(NPY_MAGIC):
        return "npy"
    if head == LEGACY_MAGIC:
        return "torch before 1.6"
    if head.startswith(b"PK\x03\x04") and is_zip(view):
        return "zip"
    return "tar" if not head.startswith(b"PK") and is_tar(view) else None


def _entries(view: memoryview, container: Container, limits: Limits) -> list[Entry]:
    """List what is in an archive, as its readers would get it."""
    if container == "npy":
        return [_entry("", view)]
    if container not in ("zip", "tar"):
        return []
    read = zip_members if container == "zip" else tar_members
    entries: list[Entry] = []
    try:
        for member in read(view, Budget(limits, len(view))):
            if len(entries) < _MAX_ENTRIES:
                entries.append(_member_entry(member))
    except LimitError as error:
        entries.append(Entry("", 0, problem=error.reason))
    return entries


def _member_entry(member: Member) -> Entry:
    member.check()
    entry = _entry(member.name, member.view)
    entry.problem = member.error.reason if member.error is not None else member.problem or entry.problem
    return entry


def _entry(name: str, view: memoryview) -> Entry:
    entry = Entry(name, len(view))
    if bytes(view[: len(NPY_MAGIC)]) != NPY_MAGIC:
        kind = identify(view[:HEAD_BYTES], len(view)) if len(view) else None
        entry.words = kind.sentence if kind is not None else ""
        return entry
    try:
        header = read_npy_header(view)
    except OnggiError as error:
        entry.problem = error.reason
        return entry
    entry.dtype = header.descr if isinstance(header.descr, str) else "record"
    entry.shape = header.shape
    if not header.has_objects and header.data_start + header.data_bytes > len(view):
        entry.problem = "the array is not all there"
    return entry


def _add_pickles(found: Inspection, content: Content, policy: Policy, limits: Limits, max_nodes: int) -> None:
    """Add all pickles that the container holds, at any depth."""
    nodes_left = max_nodes
    for count, one in enumerate(find_pickles(content.view, policy=policy, limits=limits, name="\0")):
        if count >= _MAX_PICKLES:
            error = LimitError(f"only the first {_MAX_PICKLES:,} pickles are shown", hint="unpack it, and look at each")
            found.pickles.append(Look(0, Report(), Outline(), (), error))
            return
        seen = _look_of(one, max(nodes_left, _LEAST_NODES))
        nodes_left -= sum(node.node_count for node in seen.outline.tops)
        found.pickles.append(seen)


def _look_of(one: Found, max_nodes: int) -> Look:
    report = one.report or Report()
    problem = one.error
    if problem is None and one.problems:
        problem = MalformedError("; ".join(one.problems), hint="pack it again from what you trust")
    # Names are those inside of the file: what stands before is the same for all.
    name = one.name.removeprefix("\0").removeprefix("!")
    if one.report is None:
        return Look(one.start, report, Outline(), (), problem, name, one.view)
    tree = outline(
        one.view[one.start : one.start + report.size_bytes],
        max_nodes=max_nodes,
        focus=[finding.offset for finding in report.findings[:_MAX_FOCUS]],
        reads_joblib=one.carrier == "joblib",
        max_opcodes=_BROKEN_OPCODES if one.error is not None else DEFAULT_MAX_OPCODES,
    )
    paths = tuple(path_at(tree, finding.offset) for finding in report.findings)
    return Look(one.start, report, tree, paths, problem, name, one.view)
