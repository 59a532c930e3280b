"""Policies: patterns cover what their words say, and a pickle gets nothing that is not covered."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Final

from fuzz.mutate import mutate_bytes
from fuzz.opcodes import WORDS
from fuzz.target import Target
from onggi.errors import PolicyError
from onggi.proof import Policy, Use, read
from onggi.proof.policy_text import has_policy, parse
from onggi.proof.tables import danger, lookup

__all__ = ["TARGET"]

_MOST_WORD_BYTES: Final = 255
_TOML: Final = (
    b'allow = ["myapp.models.*", "shapes.Circle"]\nlimits.max_depth = 100\n',
    b'[tool.onggi]\nallow = ["a.**"]\n[tool.onggi.limits]\nmax_opcodes = 5\n',
    b"tool = 5\n",
    b'[tool]\nonggi = "x"\n',
    b"trust = true\n",
    b"limits = 3\nallow = 'a.b'\n",
    b"limits.max_depth = -1\nallow = [1, [2]]\n",
)


def check(data: bytes) -> None:
    """Take lines of patterns and, behind an empty line, lines of `module name`."""
    _parse(data.decode("utf-8", "replace"))
    head, _, tail = data.decode("utf-8", "surrogateescape").partition("\n\n")
    patterns = []
    for line in head.split("\n"):
        try:
            Policy((line,))
        except PolicyError as error:
            assert str(error)
            continue
        assert line.replace("*", "").strip("."), "a pattern that names nothing covers everything"
        patterns.append(line)
    policy = Policy(tuple(patterns))
    joined = Policy(tuple(patterns[:1])) | Policy(tuple(patterns[1:]))
    for line in tail.split("\n"):
        module, _, name = line.partition(" ")
        expected = _covers(patterns, module, name)
        assert policy.covers(module, name) == joined.covers(module, name) == expected
        _judge(policy, patterns, module, name)


def _parse(text: str) -> None:
    """Read it as the policy of a project."""
    for is_pyproject in (False, True):
        has_policy(text)
        try:
            found = parse(text, "onggi.toml", is_pyproject=is_pyproject)
        except PolicyError as error:
            assert str(error)
            continue
        assert not found.policy.trust
        assert set(found.lines) <= set(found.policy.allow)


def _covers(patterns: list[str], module: str, name: str) -> bool:
    """Say the same as `Policy.covers`, in other words."""
    parts = module.split(".")
    for pattern in patterns:
        words = pattern.split(".")
        if words[-1] == "**":
            if parts[: len(words) - 1] == words[:-1]:
                return True
        elif words[-1] == "*":
            if parts == words[:-1]:
                return True
        elif pattern == f"{module}.{name}":
            return True
    return False


def _judge(policy: Policy, patterns: list[str], module: str, name: str) -> None:
    texts = [part.encode("utf-8", "surrogatepass") for part in (module, name)]
    if max(map(len, texts)) > _MOST_WORD_BYTES:
        return
    pickle = b"\x80\x04" + b"".join(b"\x8c" + bytes([len(text)]) + text for text in texts) + b"\x93)R."
    proof = read(pickle, policy)
    canonical, renamed, rule = lookup(module, name)
    both = ((module, name), (canonical, renamed))
    is_named = any(f"{one}.{other}" in patterns for one, other in both)
    is_granted = rule is not None and bool(rule.uses & Use.CALL)
    is_covered = any(_covers(patterns, *names) for names in both)
    if all(rule != "not-allowed" for rule, *_ in proof.found):
        assert is_named or is_granted or (is_covered and rule is None and danger(canonical, renamed) is None)
    else:
        assert not is_named


@cache
def _seeds() -> Sequence[bytes]:
    rng = random.Random(0)
    names = [f"{module} {name}" for module, name in WORDS]
    patterns = [line.replace(" ", ".") for line in names]
    patterns += [f"{module}.{stars}" for module, _ in WORDS for stars in ("*", "**")] + ["*", "**", "a.*.b", "os.**.x"]
    found = []
    for _ in range(300):
        head, tail = rng.sample(patterns, rng.randrange(4)), rng.sample(names, 3)
        found.append("\n".join((*head, "", *tail)).encode("utf-8"))
    return (*found, *_TOML)


TARGET: Final = Target("policy", check, _seeds, mutate_bytes)
