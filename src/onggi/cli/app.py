"""The command and its sub-commands, each imported when it is used."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from typing import Any, Final, NoReturn

import click

from onggi.cli.failures import BROKEN_PIPE, close_stdout, exit_code_of

__all__ = ["app"]

_COMMANDS: Final = {
    "inspect": "onggi.cli.inspect_command",
    "scan": "onggi.cli.scan_command",
    "load": "onggi.cli.load_command",
    "convert": "onggi.cli.convert_command",
    "verify": "onggi.cli.verify_command",
    "sign": "onggi.cli.sign_command",
    "keys": "onggi.cli.keys_command",
    "policy": "onggi.cli.policy_command",
}
_DEFAULT: Final = "inspect"
_LEAST_ALIKE: Final = 0.75


class App(click.Group):
    """A group that imports a command when it is used, and takes `onggi FILE` for `onggi inspect FILE`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        module = _COMMANDS.get(cmd_name)
        return importlib.import_module(module).command if module else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `inspect` before arguments that begin with none of the commands or own options."""
        if not args:
            click.echo(self.get_help(ctx))
            ctx.exit()
        own = {name for option in self.get_params(ctx) for name in option.opts}
        if args[0] not in _COMMANDS and args[0] not in own:
            _catch_typo(args)
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end quietly if nobody reads its output any more."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Caught here: click would exit with 1, which means "refused" for this command.
            close_stdout()
            ctx.exit(BROKEN_PIPE)
        except EOFError as error:
            # Caught here: click would take the error of a cut file for the end of its own input.
            ctx.exit(exit_code_of(error))

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run, and exit with 0 (all well), 1 (refused, or something found) or 2 (unreadable, or wrongly used)."""
        options["standalone_mode"] = False
        options["prog_name"] = options.get("prog_name") or "onggi"
        try:
            code = super().main(*args, **options)
        except BaseException as error:
            code = exit_code_of(error)
        sys.exit(code if isinstance(code, int) else 0)


def _catch_typo(args: list[str]) -> None:
    """Tell a mistyped command from a file: a command stands before something else."""
    near = difflib.get_close_matches(args[0], _COMMANDS, n=1, cutoff=_LEAST_ALIKE)
    if near and len(args) > 1:
        raise click.UsageError(f"there is no command {args[0]!r}; did you mean `onggi {near[0]}`?")


def _show_version(ctx: click.Context, _option: click.Parameter, is_wanted: bool) -> None:
    if not is_wanted:
        return
    import platform

    from onggi import __version__
    from onggi.format import scan
    from onggi.proof import walker

    build = "compiled" if scan.is_compiled() and walker.is_compiled() else "pure"
    click.echo(f"onggi {__version__} ({build}), Python {platform.python_version()}")
    ctx.exit()


_EPILOG: Final = """\b
Examples:
  onggi model.pkl
  onggi scan downloads/
  onggi load settings.pkl --json
  onggi convert model.pkl model.pkl.zst
  onggi verify backups/*.pkl
"""


@click.command("onggi", cls=App, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def app() -> None:
    """Look into pickles, load and convert them, without running what strangers put in.

    `onggi FILE` is short for `onggi inspect FILE`. A dash for FILE is the standard input, or output.

    Exit codes: 0 all well, 1 refused or something found, 2 unreadable or wrongly used.
    """
    folder = os.environ.get("ONGGI_HOME")
    if folder:
        from onggi.trust.keys import set_key_path

        set_key_path(os.path.join(folder, "key"))  # noqa: PTH118 - not worth an import
