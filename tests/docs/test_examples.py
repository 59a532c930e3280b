"""Every example of the documentation does what its page says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, blocks, name_of

_RUNNER = Path(__file__).with_name("run_page.py")
_LANGUAGES = {"python", "pycon", "console"}
# Every word that a fence may have; anything else is a slip that would leave a block untested.
_OTHER_LANGUAGES = {"", "text", "json", "toml", "sh", "{toctree}"}
_MARKS = {"", "no-run", "signature", "hexdump", "file", "raises", "output", "exit"}
RUN_PAGES = [page for page in PAGES if any(block.language in _LANGUAGES for block in blocks(page))]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Make a folder, a home with a key of its own, and the commands that the pages type; return the environment."""
    commands = tmp_path / "bin"
    for folder in ("home", "bin", "work"):
        (tmp_path / folder).mkdir()
    python = f'exec "{sys.executable}"'
    for name, call in {"onggi": f"{python} -P -c 'from onggi.cli import main; main()'", "python": python}.items():
        (commands / name).write_text(f'#!/bin/sh\n{call} "$@"\n')
        (commands / name).chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "COLUMNS"))}
    path = os.pathsep.join((str(commands), os.environ.get("PATH", os.defpath)))
    return kept | {"HOME": str(tmp_path / "home"), "PATH": path, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}


@pytest.mark.skipif(os.name == "nt", reason="the pages type commands of a POSIX shell")
@pytest.mark.parametrize("page", RUN_PAGES, ids=name_of)
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """Run the blocks of a page in its order."""
    job = {"page": name_of(page), "blocks": [block._asdict() for block in blocks(page)]}
    done = subprocess.run(
        [sys.executable, "-P", str(_RUNNER)],
        input=json.dumps(job),
        cwd=tmp_path / "work",
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_is_of_a_known_kind(page: Path) -> None:
    """No block escapes because its language or the comment above it is misspelt."""
    for block in blocks(page):
        assert block.language in _LANGUAGES | _OTHER_LANGUAGES, f"{name_of(page)}:{block.line}: {block.language}"
        assert block.mark in _MARKS, f"{name_of(page)}:{block.line}: {block.mark}"


def test_there_are_pages_with_examples() -> None:
    """The search for pages finds them."""
    assert {"README.md", "README.ko.md", "docs/tutorial.md"} <= {name_of(page) for page in RUN_PAGES}
