"""Say in plain words what was refused, why, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.errors import RefusedError, UnregisteredCodeError
from onggi.proof.report import Finding, Severity, Tier
from onggi.proof.rules import Use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onggi.proof.judge import Judged

__all__ = ["explain", "explain_all", "refusal"]

_DOES: Final = {
    Use.VALUE: "mention",
    Use.CALL: "call",
    Use.NEW: "make an instance of",
    Use.STATE: "set the state of an object made by",
    Use.APPEND: "append to an object made by",
    Use.SETITEM: "set items of an object made by",
    Use.ADD: "add items to an object made by",
}

_RULES: Final = {
    "build-on-global": "would set attributes of {name}, the class, function or module itself: no honest pickle does",
    "build-on-value": "would set the state of an object that has none: no honest pickle does",
    "call-of-partial": "would call a functools.partial of what is no named function, which takes your own seal",
    "call-of-value": "would call an object that is no named class or function: no honest pickle does",
    "called-state-key": "would give an instance of {name} an attribute that Python or a library calls by itself",
    "class-is-a-value": "would make an instance of something that is no named class",
    "extension-code": "uses an extension code, which the registry of this program does not know",
    "fill-of-value": "would add items to an object that is no list, dict or set of its own",
    "persistent-id": "A load persistent id instruction was encountered, but no persistent_load function was specified",
    "state-changed-later": "would change the state of an object after it was checked: no honest pickle does",
}

_NEED_TRUST: Final = frozenset(("not-allowed", "persistent-id", "extension-code", "call-of-partial"))

_OF_VALUES: Final = {
    "build-on-value": "would set the state of an object that {maker} has made",
    "call-of-value": "would call an object that {maker} has made",
    "class-is-a-value": "would make an instance of a class that {maker} has made",
    "fill-of-value": "would add items to an object that {maker} has made",
    "state-changed-later": "would change the state of an object that {maker} has made",
}
"""What no honest pickle does with what known types make, and honest ones do with what code of others makes: functions
and classes by cloudpickle, and what a `persistent_load` gives."""


def explain_all(
    found: Sequence[tuple[str, int, int, int]],
    judged: Sequence[Judged],
    *,
    unknown: Judged | None,
    has_persistent: bool,
) -> tuple[Finding, ...]:
    """Turn the findings of the walker into sentences.

    Args:
        found: What the walker has found.
        judged: The globals of the pickle.
        unknown: A class or function that nobody vouches for and that the pickle calls, if there is one: what it makes
            can be anything.
        has_persistent: Whether the reader gives some of the objects.
    """
    explained = (explain(one, judged) for one in found)
    maker = f"`{_name(unknown)}`, or another that no rule allows," if unknown else ""
    maker = maker or ("the reader's persistent_load" if has_persistent else "")
    return tuple(_softened(finding, maker) if maker else finding for finding in explained)


def _softened(finding: Finding, maker: str) -> Finding:
    if finding.rule not in _OF_VALUES:
        return finding
    reason = _OF_VALUES[finding.rule].format(maker=maker)
    return Finding(finding.rule, Severity.NEEDS_TRUST, reason, finding.offset, finding.global_name)


def explain(found: tuple[str, int, int, int], judged: Sequence[Judged]) -> Finding:
    """Turn a finding of the walker into a sentence."""
    rule, offset, number, use = found
    entry = judged[number] if number >= 0 else None
    if rule == "not-allowed" and entry is not None:
        return _not_allowed(entry, Use(use), offset)
    shown = _name(entry) if entry is not None else ""
    severity = Severity.NEEDS_TRUST if rule in _NEED_TRUST else Severity.HOSTILE
    reason = _RULES[rule].format(name=f"`{shown}`" if shown else "a global")
    return Finding(rule, severity, reason, offset, shown)


def _not_allowed(entry: Judged, use: Use, offset: int) -> Finding:
    does = _DOES[use]
    name = _name(entry)
    if entry.tier is Tier.DANGEROUS:
        return Finding("dangerous", Severity.HOSTILE, f"would {does} `{name}`: {entry.why}", offset, name)
    if entry.tier is Tier.KNOWN:
        reason = f"would {does} `{name}`, which honest pickles never do ({entry.why})"
        # Who only mentions a function may keep it as a value, as the callback of an object.
        severity = Severity.NEEDS_TRUST if use is Use.VALUE else Severity.HOSTILE
        return Finding("known-misused", severity, reason, offset, name)
    reason = f"would {does} `{name}`, which no rule allows"
    return Finding("not-allowed", Severity.NEEDS_TRUST, reason, offset, name)


def _name(entry: Judged) -> str:
    """Write a global as text that no terminal obeys."""
    return str(entry) if str(entry).isprintable() else ascii(str(entry))[1:-1]


def refusal(findings: Sequence[Finding], *, source: str | None, path: str | None) -> RefusedError:
    """Make the error of a refused pickle: the worst finding first, and what to do about it."""
    hostile = [finding for finding in findings if finding.severity is Severity.HOSTILE]
    worst = (hostile or list(findings))[0]
    more = len({finding.global_name or finding.rule for finding in findings}) - 1
    reason = f"this pickle {worst.reason}" if worst.rule != "persistent-id" else worst.reason
    if more:
        reason += f"; and {more} more such thing{'s' if more > 1 else ''}"
    error = UnregisteredCodeError if worst.rule == "extension-code" else RefusedError
    return error(
        f"{reason}. Nothing was built or run",
        findings=findings,
        source=source,
        offset=worst.offset,
        path=path,
        hint=_hint(findings, hostile=bool(hostile)),
    )


_OTHER_HINTS: Final = {
    "persistent-id": "subclass onggi.Unpickler and give it the persistent_load that belongs to the file",
    "extension-code": "register the code with copyreg.add_extension, as the program that wrote the file did",
}


_CODE: Final = "__new__, __init__, __setstate__ and setters"


def _hint(findings: Sequence[Finding], *, hostile: bool) -> str:
    if hostile:
        return "treat the file as hostile; `onggi inspect FILE` shows all that it would do, without running it"
    names = list(dict.fromkeys(finding.global_name for finding in findings if finding.rule == "not-allowed"))
    if not names:
        return _OTHER_HINTS.get(findings[0].rule, "load it where it was made, and save it again with onggi.dump")
    shown = ", ".join(f'"{name}"' for name in names[:5])
    these, runs = ("these", "their") if len(names) > 1 else ("this", "its")
    return f"if you trust the code of {these}: allow=[{shown}] ({runs} {_CODE} then run with what the file says)"
