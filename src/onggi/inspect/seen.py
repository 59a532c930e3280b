"""What looking into a file finds, as data: `Seen` for the file, and one `Look` for each pickle in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from onggi.errors import LimitError, OnggiError
from onggi.proof.report import Report, Verdict

if TYPE_CHECKING:
    from onggi.proof.outline import Node, Outline

__all__ = ["Container", "Entry", "Look", "Seen", "State"]

Container = Literal["zip", "npz", "torch", "torch before 1.6", "npy", "tar"]
"""What carries pickles or arrays."""

State = Literal["data", "own", "signed", "needs trust", "hostile", "refused", "damaged"]
"""What a reader has to know of a pickle:

`data` loads under the policy; `own` loads because the reader's own key sealed it, and `signed` because a signer whom
the reader trusts has signed it; `needs trust` names what nobody has
vouched for; `hostile` would do what no honest pickle does; `refused` goes over a limit; `damaged` can't be read.
"""

_VOUCHED: dict[str, State] = {"own key": "own", "trusted signer": "signed"}
_WORST_FIRST: tuple[State, ...] = ("hostile", "damaged", "refused", "needs trust", "signed", "own", "data")


@dataclass(slots=True)
class Entry:
    """What is in a container, whether it is a pickle or not.

    Attributes:
        name: Its name in the archive; empty for the file itself.
        size_bytes: Its size, unpacked.
        dtype: The type code of an array of numpy, `"record"` for one with fields; None for what is no array.
        shape: The shape of an array.
        words: What it is, if that is known and it is neither an array nor a pickle.
        problem: What is wrong with it, or an empty string.
    """

    name: str
    size_bytes: int
    dtype: str | None = None
    shape: tuple[int, ...] = ()
    words: str = ""
    problem: str = ""


@dataclass(slots=True)
class Look:
    """One pickle of a file.

    Attributes:
        start: Where it starts in the unpacked bytes.
        report: What it would do, by the policy. Of a damaged pickle: as far as it could be read.
        outline: Its content as a tree. The offsets count from the start of the pickle.
        paths: The path in the object of each finding, in the order of `report.findings`.
        problem: Why it can't be loaded, other than findings; or None.
        name: In a container, the member that holds it, and `@` and an offset for bytes of a pickle: `a.zip!b.pkl@20`.
        view: In a container, the bytes that `start` counts in.
    """

    start: int
    report: Report
    outline: Outline
    paths: tuple[str | None, ...] = ()
    problem: OnggiError | None = None
    name: str = ""
    view: memoryview | None = field(default=None, repr=False)

    @property
    def state(self) -> State:
        """What a reader has to know in one word."""
        vouched = _VOUCHED.get(self.report.seal)
        if self.report.verdict is Verdict.HOSTILE and vouched is None:
            return "hostile"
        if self.problem is not None:
            return "refused" if isinstance(self.problem, LimitError) else "damaged"
        if vouched is not None:
            return vouched
        return "data" if self.report.verdict is Verdict.DATA else "needs trust"

    @property
    def root(self) -> Node | None:
        """The object that the pickle holds, as the root of a tree."""
        return self.outline.root


@dataclass(slots=True, repr=False)
class Seen:
    """What is inside a file of pickles, and what they would do.

    Attributes:
        source: Where the bytes came from, or an empty string.
        stored_bytes: The size of the file.
        unpacked_bytes: The size of its content.
        compression: The formats it was compressed with, from the outside in.
        pickles: What each pickle is.
        trailing_bytes: Bytes behind the last pickle that belong to none.
        trailing: What those bytes are, in words.
        policy_words: The policy that the verdicts are by, in words.
        view: The unpacked bytes.
        container: What carries the pickles; None for a file of nothing but pickles.
        members: What is in the container.
    """

    source: str
    stored_bytes: int
    unpacked_bytes: int
    compression: tuple[str, ...] = ()
    pickles: list[Look] = field(default_factory=list)
    trailing_bytes: int = 0
    trailing: str = ""
    policy_words: str = "the default policy"
    view: memoryview = field(default_factory=lambda: memoryview(b""))
    container: Container | None = None
    members: list[Entry] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The worst state of all pickles."""
        found: set[State] = {look.state for look in self.pickles}
        if any(entry.problem for entry in self.members):
            found.add("damaged")
        return next((state for state in _WORST_FIRST if state in found), "data")

    @property
    def report(self) -> Report:
        """What the first pickle would do; nothing where a container has none."""
        return self.pickles[0].report if self.pickles else Report(source=self.source)

    @property
    def outline(self) -> Outline:
        """The content of the first pickle as a tree; an empty one where a container has none."""
        if self.pickles:
            return self.pickles[0].outline
        from onggi.proof.outline import Outline

        return Outline()

    @property
    def verdict(self) -> Verdict:
        """The verdict about the first pickle, or in a container the worst of all: data, needs trust or hostile."""
        verdicts = {look.report.verdict for look in self.pickles} if self.container else {self.report.verdict}
        worst_first = (Verdict.HOSTILE, Verdict.NEEDS_TRUST)
        return next((verdict for verdict in worst_first if verdict in verdicts), Verdict.DATA)

    @property
    def problem(self) -> OnggiError | None:
        """What is wrong with the first damaged pickle, or None."""
        return next((look.problem for look in self.pickles if look.problem is not None), None)


Look.__module__ = "onggi"
