from __future__ import annotations

import pytest
from click.testing import CliRunner

from onggi.cli.app import _COMMANDS, app
from tests.cli.reference import PAGE, page


def test_the_reference_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.cli.reference"


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_help_text_ends_with_examples(name):
    help_text = CliRunner().invoke(app, [name, "--help"]).output
    examples = help_text.partition("Examples:")[2].strip().splitlines()
    assert len(examples) >= 3
    assert all(line.strip().startswith("onggi ") for line in examples)
