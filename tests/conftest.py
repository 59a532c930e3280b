"""What all tests share: hypothesis profiles, and fixtures for the modules that have two builds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.builds import BUILDS, NotCompiledError, compiled_modules, find_compiled, load_build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# No deadline and no complaint about slowness: a loaded machine is not a defect of what is tested.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
settings.register_profile("deep", settings.get_profile("dev"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def _state_of(module_name: str) -> str:
    try:
        find_compiled(module_name)
    except NotCompiledError as error:
        return str(error)
    return f"{module_name} is compiled"


def pytest_report_header() -> list[str]:
    """Say which build the tests run against."""
    return [f"onggi: {_state_of(name)}" for name in compiled_modules()]


@pytest.fixture(scope="session", autouse=True)
def _empty_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the tests and what they start an empty home folder: no key or setting of the user is read or changed."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
            patch.setenv(variable, str(home))
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.delenv(variable, raising=False)
        yield


@pytest.fixture(params=BUILDS)
def walker_module(request: pytest.FixtureRequest) -> ModuleType:
    """The module onggi.proof.walker in each of its builds."""
    return load_build("onggi.proof.walker", request.param)
