"""The types of the door as a user's mypy sees them: what they promise holds, and mistakes are found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import onggi

HERE = Path(__file__).parent
SOURCES = Path(onggi.__file__).parent.parent

pytest.importorskip("mypy")


def check(path: Path, folder: Path) -> str:
    """What `mypy --strict` says of one file, with no settings but its own."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--follow-imports=silent",
        f"--cache-dir={folder}",
        str(path),
    ]
    environment = {**os.environ, "MYPYPATH": str(SOURCES)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, env=environment, timeout=600, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_every_promise_holds(cache: Path) -> None:
    assert check(HERE / "door.py", cache) == "Success: no issues found in 1 source file\n"


def test_every_mistake_is_found(cache: Path) -> None:
    lines = (HERE / "mistakes.py").read_text(encoding="utf-8").splitlines()
    wanted = {(number, line.rpartition("# error: ")[2]) for number, line in enumerate(lines, 1) if "# error: " in line}
    found = re.findall(
        r"^mistakes\.py:(\d+): error: .*\[([a-z-]+)\]$", check(HERE / "mistakes.py", cache), re.MULTILINE
    )
    assert {(int(number), code) for number, code in found} == wanted


def test_every_name_of_the_door_has_a_type(cache: Path, tmp_path: Path) -> None:
    """Nothing public is untyped: `reveal_type` of no name is `Any`."""
    user = tmp_path / "user.py"
    user.write_text("import onggi\n" + "".join(f"reveal_type(onggi.{name})\n" for name in onggi.__all__))
    revealed = re.findall(r'Revealed type is "(.*)"', check(user, cache))
    assert len(revealed) == len(onggi.__all__)
    assert [name for name, kind in zip(onggi.__all__, revealed, strict=True) if kind == "Any"] == []


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(onggi.__file__).parent / "py.typed").is_file()
