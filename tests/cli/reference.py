"""Write docs/reference/cli.md from the help texts: `python -m tests.cli.reference`."""

from __future__ import annotations

from pathlib import Path

import click

from onggi.cli.app import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
_COLUMNS = 100

_INTRODUCTION = """\
# The `onggi` command

The texts below are what `--help` prints; this page is written by `python -m tests.cli.reference`.

- Results go to stdout, remarks and errors to stderr. `-` is the standard input, or output.
- Exit codes: 0 all well, 1 refused or something found, 2 unreadable or wrongly used.
- Colour only on a terminal, and never where `NO_COLOR` is set. With `pip install 'onggi[cli]'`, rich paints it.
- `inspect`, `verify` and `convert` without `--rebuild` import and run nothing of a file. `load` and `convert --rebuild`
  build what the policy allows, and nothing before all of the file has been read and judged.
- Keys and the list of whom you trust lie in your configuration folder, or in the folder that `ONGGI_HOME` names. Only
  the command reads that variable.
- An error says what, where (byte, and path in the object) and what to type next. It is no traceback: that would be a
  mistake of onggi.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [_INTRODUCTION, _section("onggi", app, None)]
    with click.Context(app, info_name="onggi", **app.context_settings) as context:
        for name in app.list_commands(context):
            command = app.get_command(context, name)
            assert command is not None
            parts.append(_section(f"onggi {name}", command, context))
            if isinstance(command, click.Group):
                with click.Context(command, info_name=name, parent=context) as inner:
                    parts += [
                        _section(f"onggi {name} {word}", sub, inner) for word, sub in sorted(command.commands.items())
                    ]
    return "\n".join(parts)


def _section(title: str, command: click.Command, parent: click.Context | None) -> str:
    name = title.rpartition(" ")[2]
    widths = {"terminal_width": _COLUMNS, "max_content_width": _COLUMNS}
    context = click.Context(command, info_name=name, parent=parent, **{**command.context_settings, **widths})
    return f"## {title}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
