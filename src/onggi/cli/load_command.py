"""`onggi load`: print the value, if the policy allows to build it."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from onggi.cli.output import columns, wants_colour, write_text
from onggi.cli.policies import policy_option, read_option
from onggi.cli.sources import opened

__all__ = ["command"]

_SHOWN_ITEMS: Final = 100

_EPILOG: Final = """\b
Examples:
  onggi load settings.pkl
  onggi load settings.pkl --json | jq .
  onggi load model.pkl --allow myapp.models.Model
  onggi load log.pkl --all
"""


@click.command("load", epilog=_EPILOG)
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@click.option(
    "--allow",
    metavar="PATTERN",
    multiple=True,
    help='Trust the code of a class or function: "module.Name", "module.*", "package.**". May be given again.',
)
@policy_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON: for plain values, arrays and tables.")
@click.option("--all", "all_pickles", is_flag=True, help="All pickles of the file, one after the other.")
@click.option("--encoding", default="ASCII", show_default=True, help="For strings of Python 2: latin1, utf-8 or bytes.")
def command(
    file: str, allow: tuple[str, ...], policy_file: str | None, as_json: bool, all_pickles: bool, encoding: str
) -> None:
    """Load a pickle and print its value.

    The file is read to its end and judged before anything is built. What your own key sealed loads with full pickle
    power; anything else only if it is data: plain values, known library types, and what you allow.

    Exit codes: 0 loaded, 1 refused, 2 damaged or no pickle.
    """
    import onggi

    policy = read_option(policy_file)
    write = _write_json if as_json else _write_value
    if all_pickles:
        for value in onggi.iter_load(opened(file), policy=policy, allow=allow, encoding=encoding):
            write(value)
    else:
        write(onggi.load(opened(file), policy=policy, allow=allow, encoding=encoding, progress=None))


def _write_json(value: Any) -> None:
    from onggi.cli.plain_json import json_text

    write_text(json_text(value))


def _write_value(value: Any) -> None:
    if wants_colour(sys.stdout) and _print_pretty(value):
        return
    import pprint

    text = pprint.pformat(value, width=columns(), sort_dicts=False)
    write_text(_safe(text) if sys.stdout.isatty() else text)


def _print_pretty(value: Any) -> bool:
    """Print with rich; on a terminal, long containers are cut."""
    try:
        from rich.console import Console
        from rich.pretty import pretty_repr
        from rich.text import Text
    except ImportError:
        return False
    console = Console(highlight=False)
    text = pretty_repr(value, max_width=console.width, max_length=_SHOWN_ITEMS)
    shown = Text(_safe(text))
    if len(text) < 100_000:
        from rich.highlighter import ReprHighlighter

        shown = ReprHighlighter()(shown)
    console.print(shown, soft_wrap=True)
    return True


def _safe(text: str) -> str:
    """Return text without what would move the cursor or colour the terminal: a value's repr may hold anything."""
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)
