"""Run the blocks of one page, in a process of its own, as a reader does who types them one after the other.

It reads the blocks as JSON from stdin and stops at the first that does not do what the page says. The current folder is
where the page's files lie.
"""

from __future__ import annotations

import contextlib
import difflib
import doctest
import io
import json
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

# What differs from one machine, day or Python to the next.
_VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "<DATE>"),
    (re.compile(r"Python \d+\.\d+\.\d+\S*"), "<PYTHON>"),
    (re.compile(r"\b(numpy|pandas|scipy|sklearn|pyarrow) \d+\.[\d.]+\S*"), r"\1 <VERSION>"),
    (re.compile(r"· (linux|darwin|win32) ·"), "· <SYSTEM> ·"),
    (re.compile(r"\b[\d,]+(\.\d+)? (B|KB|MB|GB)\b"), "<SIZE>"),
    (re.compile(r"\bbyte [\d,]+"), "byte <N>"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "<KEY ID>"),
    (re.compile(r"onggi-ed25519:\S+"), "<KEY>"),
    (re.compile(r"(<SIZE>) +[█▉▊▋▌▍▎▏]+"), r"\1 <BAR>"),
    (re.compile(r" +"), " "),
)
_SKIPPED = ("no-run", "signature", "hexdump")
_RUN = ("onggi", "python", "cat", "ls", "cp", "rm", "mkdir", "mv", "zstd", "gzip")


class PageError(Exception):
    """The page does not say what happens."""


def main() -> None:
    """Run the blocks."""
    job = json.load(sys.stdin)
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.path.insert(0, str(Path.cwd()))
    printed = ""
    for block in job["blocks"]:
        place = f"{job['page']}:{block['line']}"
        try:
            printed = _run(block, module.__dict__, printed, place)
        except PageError as error:
            sys.exit(f"{place}: {error}")


def _run(block: dict[str, str], names: dict[str, object], printed: str, place: str) -> str:
    """Run one block and return what it printed."""
    if block["mark"] in _SKIPPED:
        return printed
    if block["mark"] == "output":
        _compare(block["text"], printed)
    elif block["mark"] == "file":
        Path(block["value"]).parent.mkdir(parents=True, exist_ok=True)
        Path(block["value"]).write_text(block["text"], encoding="utf-8")
    elif block["language"] == "python":
        return _python(block, names, place)
    elif block["language"] == "pycon":
        _session(block, names, place)
    elif block["language"] == "console":
        _console(block)
    return printed


def _python(block: dict[str, str], names: dict[str, object], place: str) -> str:
    source = "\n" * (int(block["line"]) - 1) + block["text"]
    expected = block["value"] if block["mark"] == "raises" else ""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(compile(source, place.rpartition(":")[0], "exec"), names)
        except Exception as error:
            if expected and expected in {cls.__name__ for cls in type(error).__mro__}:
                return f"{out.getvalue()}{type(error).__name__}: {error}\n"
            raise
    if expected:
        raise PageError(f"{expected} was to be raised, and nothing was")
    return out.getvalue()


def _session(block: dict[str, str], names: dict[str, object], place: str) -> None:
    """Run a block of `>>>` lines."""
    test = doctest.DocTestParser().get_doctest(block["text"], names, place, place, 0)
    test.globs = names
    out = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False)
    runner.run(test, out=out.write, clear_globs=False)
    if runner.failures:
        raise PageError(out.getvalue())


def _console(block: dict[str, str]) -> None:
    """Run the lines that begin with a dollar, and compare what follows each."""
    code = int(block["value"]) if block["mark"] == "exit" else 0
    for command, expected in _commands(block["text"]):
        if _program(command) not in _RUN:
            continue
        done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        printed = done.stdout.decode()
        if done.returncode != code:
            raise PageError(f"`{command}` ended with {done.returncode}, not {code}:\n{printed}")
        if expected:
            _compare(expected, printed)


def _program(command: str) -> str:
    """Return the first word that sets no variable of the environment."""
    return next((word for word in command.split() if "=" not in word), "")


def _commands(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("$ "):
            shown = takewhile(lambda other: not other.startswith("$ "), lines[number + 1 :])
            yield line[2:], "\n".join(shown).strip("\n")


def _compare(expected: str, printed: str) -> None:
    """Compare the lines, up to what differs from machine to machine; a line of dots stands for any lines."""
    wanted, got = _steady(expected), _steady(printed)
    checker = doctest.OutputChecker()
    if not checker.check_output("\n".join(wanted) + "\n", "\n".join(got) + "\n", doctest.ELLIPSIS):
        raise PageError("\n".join(("it prints something else:", *difflib.unified_diff(wanted, got, "page", "run"))))


def _steady(text: str) -> list[str]:
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.strip("\n").splitlines()]


if __name__ == "__main__":
    main()
