"""Every hostile pickle of `attacks/`, each loaded by onggi in a process of its own with capped memory and time."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32":
    pytest.skip("the attacks run in forked children with resource limits", allow_module_level=True)

from attacks.case import DATA, RAN, Case
from attacks.catalogue import CASES
from attacks.pool import Worker, faults, is_as_declared, missing_module, seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attacks.worker import Outcome

WORKERS = 2


class Runs:
    """Runs cases ahead of the tests that ask for them, in a few workers."""

    def __init__(self, ahead: list[Case]) -> None:
        self._workers = [Worker() for _ in range(WORKERS)]
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(WORKERS)
        self._outcomes = {case.name: self._submit(case, "onggi") for case in ahead}

    def _submit(self, case: Case, loader: str) -> Future[Outcome]:
        return self._threads.submit(self._run, case, loader)

    def _run(self, case: Case, loader: str) -> Outcome:
        worker = self._idle.get()
        try:
            return worker.run(case, loader)
        finally:
            self._idle.put(worker)

    def outcome(self, case: Case, loader: str = "onggi") -> Outcome:
        """Return what a case did."""
        if loader == "onggi" and case.name in self._outcomes:
            return self._outcomes[case.name].result()
        return self._submit(case, loader).result()

    def close(self) -> None:
        """End the workers."""
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    # An xdist process is given its cases one by one, so it can't know which to run ahead.
    items = [] if "PYTEST_XDIST_WORKER" in os.environ else request.session.items
    calls = [item.callspec for item in items if item.name.startswith("test_attack_is_answered")]
    runs = Runs([call.params["case"] for call in calls if missing_module(call.params["case"]) is None])
    yield runs
    runs.close()


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
    outcome = runs.outcome(case)
    assert not faults(case, outcome), f"{case.effect}\n{outcome}"


@pytest.mark.parametrize("case", _one_of_each_technique(), ids=lambda case: case.name)
def test_attack_is_real_and_the_judge_sees_it(case: Case, runs: Runs) -> None:
    if module := missing_module(case):
        pytest.skip(f"{module} is not installed")
    outcome = runs.outcome(case, "pickle")
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
    outcome = runs.outcome(CASES[name], "pickle")
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
