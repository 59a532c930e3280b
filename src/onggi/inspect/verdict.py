"""The verdict in plain words, and what to type next."""

from __future__ import annotations

import shlex
import textwrap
from typing import TYPE_CHECKING, Final

from onggi.errors import NotAPickleError
from onggi.proof.outline_node import printable
from onggi.proof.report import Severity

if TYPE_CHECKING:
    from onggi.inspect.seen import Look, Seen, State
    from onggi.inspect.spans import Line, Style
    from onggi.proof.report import Finding

__all__ = ["STATE_STYLES", "finding_text", "next_steps", "verdict_lines", "verdict_text"]

_MAX_FINDINGS: Final = 8
_MAX_NAMES: Final = 10
_VOUCHED: Final = ("own", "signed")
"""The states in which no finding matters."""

STATE_STYLES: Final[dict[State, Style]] = {
    "data": "good",
    "own": "good",
    "signed": "good",
    "needs trust": "warn",
    "refused": "bad",
    "hostile": "bad",
    "damaged": "bad",
}
_MARKS: Final[dict[Style, str]] = {"good": "✓", "warn": "!", "bad": "✗"}


def verdict_text(found: Seen, look: Look) -> str:
    """Say in one sentence what the reader has to know of a pickle."""
    sentences: dict[State, str] = {
        "data": f"data — under {found.policy_words} it loads; known types check their arguments as they are built",
        "own": "yours — your own key sealed it, so it loads with full pickle power",
        "signed": "signed — by somebody whom you trust, so it loads with full pickle power",
        "needs trust": "needs trust — it uses what nobody has vouched for:",
        "hostile": "hostile — loading it with pickle would:",
        "refused": "refused — it asks for too much:",
        "damaged": "damaged — it can't be loaded:",
    }
    if look.state == "damaged" and isinstance(look.problem, NotAPickleError):
        return "no plain pickle — onggi can't load it:"
    return sentences[look.state]


def verdict_lines(found: Seen, look: Look, width: int) -> list[Line]:
    """Lay out the verdict, its reasons and the next step.

    Args:
        found: The inspection.
        look: The pickle that it is about.
        width: Columns of a line. What is typed next is not broken: it is there to be copied.
    """
    style = STATE_STYLES[look.state]
    word, dash, rest = verdict_text(found, look).partition(" — ")
    head = f"{_MARKS[style]} {word}{dash}"
    first, *more = _wrapped(f"{head}{rest}", width, "  ")
    lines: list[Line] = [[(style, first[: len(head) - len(dash)]), ("", first[len(head) - len(dash) :])]]
    lines += [[("", line)] for line in more]
    for reason in _reasons(look):
        first, *more = _wrapped(f"    • {reason}", width, "      ")
        lines.append([("", first[:4]), (style, first[4:6]), ("", first[6:])])
        lines += [[("", line)] for line in more]
    return lines + [[("dim", "    next: "), ("code", step)] for step in next_steps(found, look)]


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )


def _reasons(look: Look) -> list[str]:
    reasons = []
    if look.problem is not None and look.state not in _VOUCHED:
        where = f" {look.problem.where}" if look.problem.where else ""
        reasons.append(f"{printable(look.problem.reason, 400)}{where}")
    pairs = list(zip(look.report.findings, look.paths, strict=False))
    if look.problem is not None or look.state in _VOUCHED:
        # What only needs trust does not matter in a file that can't be loaded, or that is trusted.
        pairs = [pair for pair in pairs if pair[0].severity is Severity.HOSTILE and look.state not in _VOUCHED]
    pairs.sort(key=lambda pair: pair[0].severity is not Severity.HOSTILE)
    firsts: dict[str, tuple[Finding, str | None]] = {}
    for finding, path in pairs:
        firsts.setdefault(finding.global_name or f"{finding.rule} {finding.offset}", (finding, path))
    reasons += [finding_text(finding, path) for finding, path in list(firsts.values())[:_MAX_FINDINGS]]
    if len(firsts) > _MAX_FINDINGS:
        reasons.append(f"and {len(firsts) - _MAX_FINDINGS:,} more")
    return reasons


def _last_names(names: list[str]) -> str:
    return ", ".join(name.removeprefix("__main__.") if name.startswith("__main__.") else repr(name) for name in names)


def finding_text(finding: Finding, path: str | None) -> str:
    """Write a finding as what the pickle would do, and where."""
    what = printable(finding.reason.removeprefix("would ").replace("`", ""), 400)
    place = f", at {path}" if path else ""
    return f"{what}  (byte {finding.offset:,}{place})"


def next_steps(found: Seen, look: Look) -> list[str]:
    """Return what to type next, as lines to paste."""
    file = shlex.quote(found.source) if found.source and found.source.isprintable() else "FILE"
    if found.container in ("zip", "tar") and look.state != "hostile":
        return ["unpack it, and load each pickle by itself"] if look.state == "needs trust" else []
    if look.state == "hostile":
        return [f"onggi inspect --opcodes {file}"]
    if look.state == "data" and look.outline.has_8bit_strings:
        return [f"onggi load {file} --encoding latin1   # it has strings of Python 2 that are not ASCII"]
    if look.state != "needs trust":
        return [look.problem.hint] if look.problem is not None and look.problem.hint else []
    return _trust_steps(found, look, file) + _key_steps(look)


def _key_steps(look: Look) -> list[str]:
    if look.report.seal != "another key":
        return []
    return ["if the file is yours, from another machine: copy its key file here"]


def _trust_steps(found: Seen, look: Look, file: str) -> list[str]:
    """Return what to type for those who trust the code that the pickle names."""
    names = list(dict.fromkeys(f.global_name for f in look.report.findings if f.rule == "not-allowed"))
    if not names:
        return []
    shown = [printable(name) for name in names[:_MAX_NAMES]]
    if any(name.startswith("__main__.") for name in shown):
        # The classes of a script are only known in that script.
        return [f"in the script that defines them: onggi.load({found.source!r}, allow=[{_last_names(shown)}])"]
    if not found.source:
        return [f"onggi.loads(data, allow=[{', '.join(repr(name) for name in shown)}])"]
    allow = " ".join(f"--allow {shlex.quote(name)}" for name in shown)
    listed = ", ".join(f'"{name}"' for name in shown)
    more = f"  # and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    return [f"onggi load {file} {allow}{more}", f"onggi.load({found.source!r}, allow=[{listed}]){more}"]
