"""What a case is, and the decorator that makes one of a function that assembles a pickle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

DATA = "data"
REFUSED = "RefusedError"
LIMIT = "LimitError"
MALFORMED = "MalformedError"
TRUNCATED = "TruncatedError"
MISSING = ("RefusedError", "MissingModuleError", "MissingGlobalError")

RAN, CRASH, HANG, MEMORY = "RAN", "CRASH", "HANG", "MEMORY"
POLLUTED, IMPORTED, LOADED, ERROR = "POLLUTED", "IMPORTED", "LOADED", "ERROR"
LOST = "LOST"
"""The case could not be made or its outcome never came: a fault of the suite."""
UNTRIED = "UNTRIED"
"""Not run under plain pickle: needs a library that may be absent, or would disturb more than its own process."""


@dataclass(frozen=True)
class Case:
    """One hostile pickle.

    Args:
        name: `theme.what_it_is`, unique.
        technique: What is abused; several cases may share one.
        make: Assembles the pickle (or, with `suffix`, the content of the file).
        effect: What plain `pickle` would do, in words.
        verdict: The errors of `onggi.errors` that are a right answer (a subclass counts), and "data" if loading is.
        plain: What the runner sees with plain `pickle`; one of several, because Pythons differ.
        allow: What the victim allowed by hand.
        suffix: The case is a file with this suffix, for `onggi.load`.
        use: What the victim does with the loaded object, if the harm is done only then.
        check: Whether the loaded object is the harmless data that it should be.
        needs: Modules without which the attack can't be tried.
        setup: What the victim's program did before.
    """

    name: str
    technique: str
    make: Callable[[], bytes]
    effect: str
    verdict: tuple[str, ...]
    plain: tuple[str, ...]
    allow: tuple[str, ...] = ()
    suffix: str = ""
    use: Callable[[Any], object] | None = None
    check: Callable[[Any], bool] | None = None
    needs: tuple[str, ...] = ()
    setup: Callable[[], object] | None = None


class Theme:
    """The cases of one file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[Case] = []

    def add(self, name: str, technique: str, make: Callable[[], bytes], effect: str, **options: Any) -> None:
        """Add a case; `verdict` and `plain` may be one word or several."""
        for key in ("verdict", "plain"):
            options[key] = _words(options[key])
        self.cases.append(Case(f"{self.name}.{name}", technique, make, effect, **options))

    def case(
        self,
        technique: str,
        *,
        verdict: str | Sequence[str] = REFUSED,
        plain: str | Sequence[str] = RAN,
        **options: Any,
    ) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
        """Make a case of a function: its name is the case's, its docstring the effect."""

        def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
            effect = " ".join((make.__doc__ or "").split())
            self.add(make.__name__, technique, make, effect, verdict=verdict, plain=plain, **options)
            return make

        return register


def _words(words: str | Sequence[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)
