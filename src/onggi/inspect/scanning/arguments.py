"""Look at the arguments of the few known types whose library runs text that a pickle brings.

`onggi.load` builds these behind guards that look at the real arguments, so it is safe with any. A scan also speaks to
those who load the file with plain `pickle`, and there an argument decides whether code runs:

- The distributions of `scipy.stats` keep the text of three small functions in their state, `_parse_arg_template`, and
  `exec` it in `__setstate__` (`scipy/stats/_distn_infrastructure.py`).
- `_ufunc_reconstruct` of old numpy imports whatever module it is given.
- `typing.get_type_hints` evaluates the texts in the `__annotations__` of any object.

What can't be told for sure from the opcodes needs trust.
"""

from __future__ import annotations

import pickletools
import re
from typing import TYPE_CHECKING, Final

from onggi.errors import OnggiError
from onggi.format.joblib import split_joblib
from onggi.format.split import split
from onggi.proof.report import Report, Tier
from onggi.proof.rules import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.inspect.finding import Found

__all__ = ["argument_faults"]

_KEY: Final = "_parse_arg_template"
_NAMES: Final = r"(?:[A-Za-z_]\w*,? ?)*"
_IN, _OUT = r"(?:loc=0, scale=1|loc=0)", r"(?:loc, scale|loc, 1)"
_HONEST: Final = re.compile(
    rf"\s*def _parse_args\(self, {_NAMES} ?{_IN}\):\s+return \({_NAMES}\), {_OUT}"
    rf"\s+def _parse_args_rvs\(self, {_NAMES} ?{_IN}, size=None\):"
    rf"\s+return self\._argcheck_rvs\({_NAMES} ?{_OUT}, size=size\)"
    rf"\s+def _parse_args_stats\(self, {_NAMES} ?{_IN}, moments='mv'\):\s+return \({_NAMES}\), {_OUT}, moments\s*",
    re.ASCII,
)
_MAX_TEMPLATE: Final = 4_096
_MAX_OPCODES: Final = 3_000_000
_STORES: Final = frozenset({"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"})
_GETS: Final = frozenset({"GET", "BINGET", "LONG_BINGET"})
_TAKES_AWAY: Final = frozenset({"POP", "POP_MARK", "DUP"})
# What makes text out of something else, so that a key can be had without being spelled.
_MAKES_TEXT: Final = frozenset({"builtins.str", "_codecs.encode", "_codecs.decode", "builtins.bytes"})
_DISTRIBUTIONS: Final = ("_gen", "rv_histogram")
_UFUNC: Final = "_ufunc_reconstruct"

Fault = tuple[str, int, str, str]
"""Rule, offset, global and sentence."""


def argument_faults(found: Found, report: Report) -> Iterator[Fault]:
    """Yield what is wrong with the arguments of known types."""
    for entry in report.globals:
        if entry.name == _UFUNC and entry.uses & Use.CALL and entry.tier is Tier.KNOWN:
            words = "gives numpy's _ufunc_reconstruct, which imports any module for plain pickle, a name to look up"
            yield "unknown-argument", entry.offset, str(entry), words
    kept = next((e for e in report.globals if e.uses & Use.STATE and e.tier is Tier.KNOWN), None)
    if kept is not None and _has_text(found, b"__annotations__"):
        words = f"may set the annotations of an object of {kept}, which typing.get_type_hints evaluates"
        yield "unknown-argument", kept.offset, str(kept), words
    makers = [e for e in report.globals if e.module.startswith("scipy.stats") and e.name.endswith(_DISTRIBUTIONS)]
    if makers and (fault := _template_fault(found, report)):
        rule, offset, words = fault
        yield rule, offset if offset >= 0 else makers[0].offset, str(makers[0]), words


def _has_text(found: Found, text: bytes) -> bool:
    content = found.view.obj if isinstance(found.view.obj, bytes | bytearray) else None
    if content is not None:
        return content.find(text, found.start) >= 0
    step = 1 << 20
    return any(
        text in bytes(found.view[at : at + step + len(text)]) for at in range(found.start, len(found.view), step)
    )


def _template_fault(found: Found, report: Report) -> tuple[str, int, str] | None:
    unsure = "keeps the text of a distribution of scipy.stats, which plain pickle runs, where it can't be told"
    if any(str(entry) in _MAKES_TEXT and entry.uses & Use.CALL for entry in report.globals):
        return "unknown-argument", -1, unsure
    if report.opcode_count > _MAX_OPCODES:
        return "unknown-argument", -1, unsure
    try:
        for offset, template in _templates(_opcodes(found)):
            if template is None:
                return "unknown-argument", offset, unsure
            if len(template) > _MAX_TEMPLATE or not _HONEST.fullmatch(template):
                return (
                    "argument-runs-code",
                    offset,
                    f"gives a distribution of scipy.stats text that it runs as code: {template!a:.120}",
                )
    except (OnggiError, ValueError, EOFError):
        return "unknown-argument", -1, unsure
    return None


def _opcodes(found: Found) -> bytes:
    if found.carrier == "joblib":
        return split_joblib(found.view, found.start).cut.opcodes
    return split(found.view, found.start).opcodes


def _templates(opcodes: bytes) -> Iterator[tuple[int, str | None]]:
    """Yield where each value of the key stands, and its text; None if that is not plain to see."""
    memo: dict[int, str] = {}
    pushed: str | None = None
    state = ""  # "key": a value must follow; "value": it must stay
    for opcode, argument, position in pickletools.genops(opcodes):
        name = opcode.name
        if name in _STORES:
            index = len(memo) if name == "MEMOIZE" else _index(argument)
            memo[index] = pushed if pushed is not None else ""
            continue
        if state == "value" and name in _TAKES_AWAY:
            yield position or 0, None
        text = memo.get(_index(argument)) if name in _GETS else _text(argument)
        if state == "key":
            yield position or 0, text or None
            state, pushed = "value", text
            continue
        pushed = text
        state = "key" if text == _KEY else ""


def _index(argument: object) -> int:
    return argument if isinstance(argument, int) else -1


def _text(argument: object) -> str | None:
    if isinstance(argument, bytes | bytearray):
        return bytes(argument[:64]).decode("latin-1")
    return argument if isinstance(argument, str) else None
