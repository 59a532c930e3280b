"""Every compiled module is there in both builds, from one source."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

import pytest

import onggi
from tests.builds import compiled_modules, load_both


@pytest.mark.parametrize("module_name", compiled_modules())
def test_both_builds_come_from_one_source(module_name):
    compiled, pure = load_both(module_name)

    assert compiled is not pure
    assert Path(compiled.__file__).suffix != ".py"
    assert Path(pure.__file__).suffix == ".py"
    assert Path(pure.__file__).parent == Path(compiled.__file__).parent


@pytest.mark.parametrize("module_name", compiled_modules())
def test_both_builds_offer_the_same_names(module_name):
    compiled, pure = load_both(module_name)

    assert compiled.__all__ == pure.__all__
    assert set(pure.__all__) <= set(vars(compiled))


def test_the_version_is_that_of_the_installed_package():
    assert onggi.__version__ == importlib.metadata.version("onggi")


def test_the_package_says_that_it_is_typed():
    package = Path(importlib.util.find_spec("onggi").origin).parent

    assert (package / "py.typed").is_file()
