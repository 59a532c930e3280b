"""Write a policy from files that the reader trusts: which globals they need beyond what onggi knows.

Nothing is built or imported for it. What is dangerous is never learned, whatever file names it: who needs it writes it
by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from onggi.errors import PolicyError
from onggi.inspect import inspect
from onggi.proof.policy import pattern_of
from onggi.proof.policy_text import parse
from onggi.proof.report import Severity, Tier
from onggi.proof.tables import is_standard

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from onggi.proof import Policy
    from onggi.proof.report import Report

__all__ = ["Learned", "learn", "policy_text", "with_learned"]

_MAX_FILES_NAMED: Final = 3


@dataclass(slots=True)
class Learned:
    """What files need.

    Attributes:
        needed: The globals that nobody vouches for yet, and the files that name each.
        refused: What is not learned, and why, by file.
    """

    needed: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)


def learn(files: Iterable[str | os.PathLike[str] | Any], policy: Policy | None = None) -> Learned:
    """Read files, without building anything, and collect the globals that they need.

    Args:
        files: Paths, as for `onggi.inspect`.
        policy: What is trusted already.

    Raises:
        DecodeError: A file is damaged, or no pickle.
        OSError: A file can't be read.
    """
    learned = Learned()
    for file in files:
        found = inspect(file, policy=policy)
        for look in found.pickles:
            if look.problem is not None:
                look.problem.source = look.problem.source or str(file)
                raise look.problem
            _learn(look.report, str(file), learned)
    return learned


def _learn(report: Report, file: str, learned: Learned) -> None:
    faults = [finding.reason for finding in report.findings if finding.severity is Severity.HOSTILE]
    faults += [finding.reason for finding in report.findings if _is_beyond_names(finding.rule, finding.severity)]
    needed = [str(one) for one in report.globals if one.tier is Tier.UNKNOWN]
    for name in needed:
        fault = _fault(name)
        if fault:
            faults.append(f"names `{name}`: {fault}")
    if faults:
        # A file that does one such thing is not trusted in the others.
        learned.refused.setdefault(file, []).extend(faults)
        return
    for name in needed:
        files = learned.needed.setdefault(name, [])
        if file not in files:
            files.append(file)


def _is_beyond_names(rule: str, severity: Severity) -> bool:
    """Say whether no policy can allow it."""
    return severity is Severity.NEEDS_TRUST and rule not in ("not-allowed", "persistent-id", "extension-code")


def _fault(name: str) -> str | None:
    if is_standard(name):
        return "it is of the standard library, and not known as a value; who needs it adds it by hand"
    try:
        pattern_of(name)
    except PolicyError as error:
        return error.reason
    return None


def policy_text(learned: Learned) -> str:
    """Write what was learned as an `onggi.toml`."""
    head = "# What pickles may use besides plain values and known types. To name a class is to trust its code.\n"
    return f"{head}allow = [\n{_rows(learned.needed)}]\n"


def with_learned(text: str, learned: Learned, source: str, *, is_pyproject: bool) -> str:
    """Add what was learned to the text of a policy, and leave the rest as it is.

    Args:
        text: The file as it is; may be empty.
        learned: What was learned.
        source: Its name, for messages.
        is_pyproject: Whether the policy is the table `[tool.onggi]`.

    Raises:
        PolicyError: The text makes no sense, or the list can't be found in it.
    """
    if not text.strip():
        return ("[tool.onggi]\n" if is_pyproject else "") + policy_text(learned)
    before = parse(text, source, is_pyproject=is_pyproject)
    known = set(before.policy.allow)
    rows = _rows({name: files for name, files in learned.needed.items() if name not in known})
    if not rows:
        return text
    new = _inserted(text, rows, is_pyproject=is_pyproject)
    try:
        after = set(parse(new, source, is_pyproject=is_pyproject).policy.allow)
    except PolicyError:
        after = set()
    if after != known | set(learned.needed):
        hint = f"add these lines to its list `allow` by hand:\n{rows}"
        raise PolicyError("the list `allow` can't be found in the text", source=source, hint=hint)
    return new


def _inserted(text: str, rows: str, *, is_pyproject: bool) -> str:
    """Put rows at the beginning of the list; the caller checks what came out."""
    start = text.find("[tool.onggi]") + len("[tool.onggi]") if is_pyproject else 0
    place = text.find("allow", start)
    opening = text.find("[", place)
    if place < 0 or opening < 0:
        listed = f"allow = [\n{rows}]\n"
        return f"{text[:start]}\n{listed}{text[start:]}" if is_pyproject else f"{listed}\n{text}"
    rest = text[opening + 1 :]
    return f"{text[: opening + 1]}\n{rows}{rest.removeprefix(chr(10))}"


def _rows(needed: dict[str, list[str]]) -> str:
    """Write the lines of the list: one global each, with the files that need it; packages apart."""
    lines: list[str] = []
    last = ""
    for name in sorted(needed, key=lambda name: (name.partition(".")[0], name)):
        top = name.partition(".")[0]
        if lines and top != last:
            lines.append("")
        last = top
        lines.append(f"    {json.dumps(name, ensure_ascii=False)},  # {_listed(needed[name])}")
    return "".join(f"{line}\n" for line in lines)


def _listed(files: list[str]) -> str:
    more = f" and {len(files) - _MAX_FILES_NAMED:,} more" if len(files) > _MAX_FILES_NAMED else ""
    # A file's name could end the comment and go on as a line of the policy.
    shown = ", ".join(
        "".join(char if char.isprintable() else "?" for char in file) for file in files[:_MAX_FILES_NAMED]
    )
    return f"{shown}{more}"
