"""Read a policy from the text of `onggi.toml`, or of `[tool.onggi]` in `pyproject.toml`.

allow = ["myapp.models.*", "shapes.Circle"]     # what a pickle may use besides, as in `Policy.allow`
limits.max_depth = 100                          # how much it may ask for, as in `Limits`
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, fields
from typing import Any, Final

from onggi.errors import PolicyError
from onggi.proof.limits import Limits
from onggi.proof.policy import Policy, pattern_of

__all__ = ["PolicyText", "has_policy", "parse"]

_KEYS: Final = ("allow", "limits")
_LIMITS: Final = tuple(field.name for field in fields(Limits))
_PYPROJECT_TABLE: Final = re.compile(r"^[ \t]*\[tool\.onggi[.\]]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy, and where each part of it stands.

    Attributes:
        policy: What the text says.
        lines: The line of each pattern, as far as that can be told.
    """

    policy: Policy
    lines: dict[str, int]


def parse(text: str, source: str, *, is_pyproject: bool) -> PolicyText:
    """Read a policy.

    Args:
        text: The whole file.
        source: Its name, for messages.
        is_pyproject: Whether the policy is the table `[tool.onggi]`.

    Raises:
        PolicyError: It is no TOML, or has a key, a pattern or a limit that makes no sense; the message says in which
            line.
    """
    return _Parser(text, source, is_pyproject).parse()


def has_policy(text: str) -> bool:
    """Say whether the text of a `pyproject.toml` has a table `[tool.onggi]`; broken TOML may have one."""
    try:
        tool = tomllib.loads(text).get("tool")
    except (tomllib.TOMLDecodeError, RecursionError):
        return "onggi" in text
    return isinstance(tool, dict) and "onggi" in tool


class _Parser:
    def __init__(self, text: str, source: str, is_pyproject: bool) -> None:
        self._text = text
        self._source = source
        self._is_pyproject = is_pyproject
        table = _PYPROJECT_TABLE.search(text) if is_pyproject else None
        self._start = table.start() if table else 0

    def parse(self) -> PolicyText:
        table = self._table()
        for key in table:
            if key not in _KEYS:
                raise self._unknown(key, _KEYS)
        allow = table.get("allow", [])
        if not isinstance(allow, list):
            raise self._error("allow", f"must be a list of patterns, not {_words(allow)}")
        lines = {pattern: line for pattern in allow if (line := self._pattern(pattern))}
        return PolicyText(Policy(tuple(allow), limits=self._limits(table)), lines)

    def _table(self) -> dict[str, Any]:
        try:
            document = tomllib.loads(self._text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise PolicyError(f"this is no TOML: {error}", source=self._source) from None
        if not self._is_pyproject:
            if isinstance(document.get("tool"), dict) and "onggi" in document["tool"]:
                raise self._error("tool", "an onggi.toml has its keys at the top, without [tool.onggi]")
            return document
        tool = document.get("tool")
        found = tool.get("onggi") if isinstance(tool, dict) else None
        if not isinstance(found, dict):
            hint = 'add it:  [tool.onggi]  and below it  allow = ["myapp.models.*"]'
            raise PolicyError("there is no table [tool.onggi] in it", source=self._source, hint=hint)
        return found

    def _pattern(self, pattern: Any) -> int | None:
        """Check a pattern and find its line."""
        if not isinstance(pattern, str):
            raise self._error("allow", f"must be a list of patterns, and {_words(pattern)} is in it")
        line = self._line(f"\"{re.escape(pattern)}\"|'{re.escape(pattern)}'")
        try:
            pattern_of(pattern)
        except PolicyError as error:
            raise self._error("allow", error.reason, line=line, hint=error.hint) from None
        return line

    def _limits(self, table: dict[str, Any]) -> Limits | None:
        given = table.get("limits")
        if given is None:
            return None
        if not isinstance(given, dict):
            raise self._error("limits", f"must be a table such as {{ max_depth = 100 }}, not {_words(given)}")
        for key, number in given.items():
            if key not in _LIMITS:
                raise self._unknown(key, _LIMITS)
            if type(number) is not int:
                raise self._error(key, f"must be an integer, not {_words(number)}")
            try:
                Limits(**{key: number})
            except PolicyError as error:
                raise self._error(key, error.reason.removeprefix(f"{key} ")) from None
        return Limits(**given)

    def _unknown(self, key: str, known: tuple[str, ...]) -> PolicyError:
        if key == "trust":
            return self._error(key, "no file can say to trust everything; a program says policy=Policy(trust=True)")
        near = difflib.get_close_matches(key, (*_KEYS, *_LIMITS), n=1)
        hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(known)}"
        if near and near[0] in _LIMITS and known is _KEYS:
            hint = f"did you mean limits.{near[0]}?"
        return self._error(key, "there is no such key", hint=hint)

    def _error(self, key: str, reason: str, *, line: int | None = None, hint: str | None = None) -> PolicyError:
        line = line or self._line(rf"^(?:[^#\n]*[.{{,\[\s])?[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
        where = f"line {line}, " if line else ""
        return PolicyError(f"{where}{key}: {reason}", source=self._source, hint=hint)

    def _line(self, pattern: str) -> int | None:
        """Return the line of what is wrong; TOML's reader keeps no lines, so it is looked for."""
        found = re.compile(pattern, re.MULTILINE).search(self._text, self._start)
        return self._text.count("\n", 0, found.end()) + 1 if found else None


def _words(value: Any) -> str:
    names = {str: "text", bool: "a truth value", dict: "a table", list: "a list", int: "a number", float: "a number"}
    return f"{names.get(type(value), type(value).__name__)} ({value!r:.60})"
