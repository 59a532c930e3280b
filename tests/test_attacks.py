"""Every hostile pickle of `attacks/`, each loaded by onggi in a process of its own with capped memory and time."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32":
    pytest.skip("the attacks run in forked children with resource limits", allow_module_level=True)

from attacks.case import DATA, RAN, Case
from attacks.catalogue import CASES
from attacks.known import KNOWN
from attacks.outcome import faults, is_as_declared, seen
from attacks.pool import Pool, grouped, missing_module

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from attacks.outcome import Outcome


class Runs:
    """Runs cases ahead of the tests that ask for them, in two worker processes."""

    def __init__(self, ahead: list[Case]) -> None:
        self.pool = Pool()
        self._ahead: dict[str, tuple[Future[list[Outcome]], int]] = {}
        for group in grouped(ahead):
            future = self.pool.submit(group)
            self._ahead.update({case.name: (future, index) for index, case in enumerate(group)})

    def by_onggi(self, case: Case) -> Outcome:
        """Return what a case did to onggi."""
        if case.name not in self._ahead:
            return self.pool.submit([case]).result()[0]
        future, index = self._ahead[case.name]
        return future.result()[index]

    def by_pickle(self, case: Case) -> Outcome:
        """Return what a case did to plain pickle."""
        return self.pool.submit([case], "pickle").result()[0]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    # An xdist process is given its cases one by one, so it can't know which to run ahead.
    items = [] if "PYTEST_XDIST_WORKER" in os.environ else request.session.items
    cases = [item.callspec.params["case"] for item in items if item.name.startswith("test_attack_is_answered")]
    runs = Runs([case for case in cases if missing_module(case) is None])
    yield runs
    runs.pool.close()


def _one_of_each_technique() -> list[Case]:
    """Pick the first case of each technique that runs code under plain pickle."""
    found: dict[str, Case] = {}
    for case in CASES.values():
        if case.plain == (RAN,):
            found.setdefault(case.technique, case)
    return list(found.values())


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_attack_is_answered(case: Case, runs: Runs) -> None:
    if module := missing_module(case):
        pytest.skip(f"{module} is not installed")
    outcome = runs.by_onggi(case)
    if case.name in KNOWN and faults(case, outcome):
        pytest.xfail(KNOWN[case.name])
    assert not faults(case, outcome), f"{case.effect}\n{outcome}"


@pytest.mark.parametrize("case", _one_of_each_technique(), ids=lambda case: case.name)
def test_attack_is_real_and_the_judge_sees_it(case: Case, runs: Runs) -> None:
    if module := missing_module(case):
        pytest.skip(f"{module} is not installed")
    outcome = runs.by_pickle(case)
    assert is_as_declared(case, outcome), outcome
    assert "code ran" in faults(case, outcome)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("callables.callable_os__exit", "CRASH"),
        ("callables.callable_faulthandler__sigsegv", "CRASH"),
        ("pollution.dict_on_module_level_object", "POLLUTED"),
        ("pollution.setstate_is_bytearray", "MEMORY"),
        ("pollution.modules_get_a_fake", "IMPORTED"),
    ],
)
def test_judge_sees_each_kind_of_harm(name: str, word: str, runs: Runs) -> None:
    outcome = runs.by_pickle(CASES[name])
    assert seen(outcome) == word, outcome
    assert faults(CASES[name], outcome)


def test_catalogue_is_broad() -> None:
    assert len({case.technique for case in CASES.values()}) >= 80
    hostile = [case for case in CASES.values() if DATA not in case.verdict]
    assert len(hostile) >= 250


def test_every_case_says_what_it_does() -> None:
    for case in CASES.values():
        assert case.effect.endswith("."), case.name
        assert case.verdict, case.name
        assert case.plain, case.name
