"""The words of a scan: what a file is, and the rules that say so."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

__all__ = ["RULES", "ScanRule", "ScanVerdict", "worst"]


class ScanVerdict(StrEnum):
    """What a reader has to know of a file in one word."""

    DATA = "data"
    """It holds pickles, and `onggi.load` loads them under the policy."""
    NEEDS_TRUST = "needs trust"
    """It uses classes or functions that nobody has vouched for."""
    HOSTILE = "hostile"
    """It would do what no honest pickle does."""
    UNREADABLE = "unreadable"
    """It could not be read, or not to its end, so that nobody knows what it would do. Never clean."""
    NO_PICKLE = "no pickle"
    """There is no pickle in it."""


_WORST_FIRST: Final = (
    ScanVerdict.HOSTILE,
    ScanVerdict.UNREADABLE,
    ScanVerdict.NEEDS_TRUST,
    ScanVerdict.DATA,
    ScanVerdict.NO_PICKLE,
)


def worst(*verdicts: ScanVerdict) -> ScanVerdict:
    """Return the worst of some verdicts; of none, that there is no pickle."""
    return next((one for one in _WORST_FIRST if one in verdicts), ScanVerdict.NO_PICKLE)


class ScanRule(NamedTuple):
    """A rule, as documentation and SARIF name it.

    Attributes:
        id: Its stable name, which is also its heading in docs/reference/scan-rules.md.
        verdict: The verdict of a file that breaks it. In the company of unknown code, some rules only need trust.
        title: What it finds, in one sentence.
    """

    id: str
    verdict: ScanVerdict
    title: str


_HOSTILE, _TRUST, _UNREADABLE = ScanVerdict.HOSTILE, ScanVerdict.NEEDS_TRUST, ScanVerdict.UNREADABLE

_ALL: Final = (
    ScanRule("dangerous", _HOSTILE, "The pickle uses what runs code or commands, or reaches files or the network."),
    ScanRule("known-misused", _HOSTILE, "The pickle does with a known class what honest pickles never do."),
    ScanRule("build-on-global", _HOSTILE, "The pickle changes a class, a function or a module itself."),
    ScanRule("called-state-key", _HOSTILE, "The pickle plants an attribute that Python or a library calls by itself."),
    ScanRule("argument-runs-code", _HOSTILE, "The pickle gives a known class text that its library runs as code."),
    ScanRule("build-on-value", _HOSTILE, "The pickle sets the state of an object that has none."),
    ScanRule("call-of-value", _HOSTILE, "The pickle calls an object that is no named class or function."),
    ScanRule("class-is-a-value", _HOSTILE, "The pickle makes an instance of what is no named class."),
    ScanRule("fill-of-value", _HOSTILE, "The pickle adds items to what is no list, dict or set of its own."),
    ScanRule("state-changed-later", _HOSTILE, "The pickle changes an object after it was checked."),
    ScanRule("not-allowed", _TRUST, "The pickle uses a class or function that nobody has vouched for."),
    ScanRule("unknown-argument", _TRUST, "The pickle gives a known function an argument that can't be judged."),
    ScanRule("call-of-partial", _TRUST, "The pickle calls what functools.partial has made."),
    ScanRule("persistent-id", _TRUST, "The pickle leaves objects to the persistent_load of its reader."),
    ScanRule("extension-code", _TRUST, "The pickle names a class by a number of copyreg's registry."),
    ScanRule("odd-container", _TRUST, "Something is wrong with the archive around the pickle."),
    ScanRule("damaged", _UNREADABLE, "The pickle, or what it is packed in, is damaged or cut off."),
    ScanRule("over-limit", _UNREADABLE, "The file asks for more than the limits allow."),
    ScanRule("unopened", _UNREADABLE, "The file is packed or encrypted in a way that is not opened."),
    ScanRule("not-what-it-says", _UNREADABLE, "The name says that it is a pickle, and the content is something else."),
    ScanRule("no-access", _UNREADABLE, "The file can't be opened or read."),
    ScanRule("too-slow", _UNREADABLE, "Reading the file took longer than the time limit."),
    ScanRule("too-large", _UNREADABLE, "Reading the file took more memory than the limit."),
    ScanRule("reader-failed", _UNREADABLE, "The process that read the file ended, or failed by a mistake of onggi."),
)

RULES: Final = {rule.id: rule for rule in _ALL}
