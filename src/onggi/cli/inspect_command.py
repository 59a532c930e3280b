"""`onggi inspect`: what is inside, and what it would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from onggi.cli.output import columns, write_lines, write_text
from onggi.cli.policies import policy_option, read_option
from onggi.cli.sources import opened, size_of

if TYPE_CHECKING:
    from onggi.inspect.inspection import Inspection, State

__all__ = ["command"]

_EXIT_CODES: Final[dict[State, int]] = {
    "data": 0,
    "own": 0,
    "signed": 0,
    "needs trust": 1,
    "hostile": 1,
    "refused": 1,
    "damaged": 2,
}

_EPILOG: Final = """\b
Examples:
  onggi inspect model.pkl
  onggi inspect model.pkl --html > model.html
  onggi inspect model.pkl --json | jq '.pickles[0].globals[].name'
  onggi inspect --opcodes stranger.pkl | less
"""


@click.command("inspect", epilog=_EPILOG)
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@click.option("--json", "form", flag_value="json", help="Write JSON; its schema is onggi.inspect/1.")
@click.option("--html", "form", flag_value="html", help="Write a web page that needs nothing else.")
@click.option("--opcodes", "form", flag_value="opcodes", help="List the opcodes, with what is refused below each.")
@click.option("--allow", metavar="PATTERN", multiple=True, help="Judge as if you trusted this; may be given again.")
@policy_option
@click.option("--lines", metavar="N", type=click.IntRange(1), default=50, show_default=True, help="Lines of the tree.")
@click.option("--max-nodes", metavar="N", type=click.IntRange(1), default=None, help="Nodes that are kept in memory.")
def command(
    file: str, form: str | None, allow: tuple[str, ...], policy_file: str | None, lines: int, max_nodes: int | None
) -> int:
    """Show what is inside a pickle, and what it would do.

    Nothing of the file is imported or run. Compressed files are unpacked. The verdict says whether `onggi load` would
    load the file, and if not, why and what to do.

    Exit codes: 0 it loads, 1 it needs trust or is hostile, 2 it is damaged or no pickle.
    """
    from onggi.files.progress import progress_sink
    from onggi.inspect import inspect

    policy = read_option(policy_file)
    with progress_sink(size_of(file), f"reading {file}") as sink:
        found = inspect(opened(file), policy=policy, allow=allow, max_nodes=max_nodes, on_progress=sink)
    if form == "json":
        _write_json(found)
    elif form == "html":
        write_text(found.html())
    elif form == "opcodes":
        _write_opcodes(found)
    else:
        from onggi.inspect.lines import inspection_lines

        write_lines(inspection_lines(found, width=columns(), max_lines=lines))
    return _EXIT_CODES[found.state]


def _write_json(found: Inspection) -> None:
    import json

    write_text(json.dumps(found.data(), indent=1))


def _write_opcodes(found: Inspection) -> None:
    from onggi.inspect.listing import opcode_lines
    from onggi.inspect.members import pickle_place

    for number, look in enumerate(found.pickles, 1):
        if len(found.pickles) > 1 or found.container:
            write_lines([[("head", pickle_place(found, look, number))]])
        batch = []
        for line in opcode_lines(
            found.view if look.view is None else look.view, look.start, findings=look.report.findings
        ):
            batch.append(line)
            if len(batch) >= 1_000:
                write_lines(batch)
                batch = []
        write_lines(batch)
