"""`onggi verify`: are the bytes those that were written?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from onggi.cli.failures import as_failure, show_failure
from onggi.cli.output import write_lines, write_text
from onggi.cli.sources import path_of

if TYPE_CHECKING:
    from onggi.api.verifying import Verified
    from onggi.inspect.spans import Line

__all__ = ["command"]

_WORDS: Final = {
    "none": "whole, but it has no digests to check: onggi did not write it",
    "digests only": "intact",
    "another key": "intact, sealed by another key",
    "own key": "intact, sealed by your key",
}

_EPILOG: Final = """\b
Examples:
  onggi verify model.pkl
  onggi verify backups/*.pkl.zst
  onggi verify --json model.pkl
"""


@click.command("verify", epilog=_EPILOG)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(files: tuple[str, ...], as_json: bool) -> int:
    """Check every digest of each file, without building anything.

    Files that onggi wrote have digests of all their parts, and a seal of your own key if you wrote them here. Of other
    pickles this can only say that they are whole.

    Exit codes: 0 all intact, 2 one is damaged or unreadable.
    """
    worst = 0
    results = []
    for file in files:
        result, line, code = _verified(file)
        results.append(result)
        worst = max(worst, code)
        if not as_json and line:
            write_lines([line])
    if as_json:
        import json

        write_text(json.dumps(results, indent=1))
    return worst


def _verified(file: str) -> tuple[dict[str, Any], Line, int]:
    from onggi.errors import OnggiError

    try:
        with path_of(file) as path:
            from onggi import verify

            found = verify(path)
    except (OnggiError, OSError) as error:
        shown = as_failure(error, file)
        show_failure(shown)
        return {"file": file, "state": "damaged", "error": type(shown).__name__, "reason": shown.reason}, [], 2
    return _result(file, found), _line(file, found), 0


def _result(file: str, found: list[Verified]) -> dict[str, Any]:
    return {
        "file": file,
        "state": _state(found),
        "pickles": [
            {"start": one.start, "stop": one.stop, "seal": one.state.value, "buffers": one.buffer_count}
            for one in found
        ],
    }


def _state(found: list[Verified]) -> str:
    """Return the weakest of the seals."""
    order = list(_WORDS)
    return min((one.state.value for one in found), key=order.index)


def _line(file: str, found: list[Verified]) -> Line:
    from onggi.inspect.words import byte_count, plural
    from onggi.proof.outline_node import printable

    state = _state(found)
    mark = ("dim", "- ") if state == "none" else ("good", "✓ ")
    several = f"{plural(len(found), 'pickle')}, " if len(found) > 1 else ""
    size = byte_count(found[-1].stop)
    return [mark, ("head", printable(file, 200)), ("", f"  {size}  {several}{_WORDS[state]}")]  # type: ignore[list-item]
