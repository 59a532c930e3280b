"""All cases, by name."""

from __future__ import annotations

from importlib import import_module

from attacks.case import Case

THEMES = (
    "calls",
    "callables",
    "names",
    "operands",
    "pollution",
    "gadgets",
    "gadgets_values",
    "gadgets_numpy",
    "gadgets_random",
    "gadgets_science",
    "gadgets_tables",
    "gadgets_native",
    "resources",
    "amplification",
    "structure",
    "spelling",
    "containers",
    "signatures",
)


def _collect() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for theme_name in THEMES:
        for case in import_module(f"attacks.{theme_name}").theme.cases:
            if case.name in cases:
                raise ValueError(f"two cases are called {case.name}")
            cases[case.name] = case
    return cases


CASES = _collect()
