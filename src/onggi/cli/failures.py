"""How the command says what went wrong: one block, on stderr, never a traceback for bad data."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from onggi.cli.output import wants_colour

if TYPE_CHECKING:
    from onggi.errors import OnggiError

__all__ = ["BROKEN_PIPE", "as_failure", "close_stdout", "exit_code_of", "show_failure"]

_USAGE: Final = 2
_INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
"""What a shell says of a command that SIGPIPE ended."""

_MAX_NAMES: Final = 10
_INDENT: Final = "  "


def exit_code_of(error: BaseException) -> int:
    """Show an error and return the exit code; raise it again if it is a mistake of ours.

    Args:
        error: What ended the command.
    """
    from onggi.errors import OnggiError

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        _show(error.format_message(), usage=error.ctx.get_usage() if getattr(error, "ctx", None) else "")  # type: ignore[attr-defined]
        return _USAGE
    if isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("onggi: stopped", err=True)
        return _INTERRUPTED
    if isinstance(error, OnggiError):
        show_failure(error)
        return error.exit_code
    if isinstance(error, OSError):
        _show(_os_words(error))
        return _USAGE
    if isinstance(error, MemoryError):
        _show("there is not enough memory for this")
        return _USAGE
    raise error


def show_failure(error: OnggiError) -> None:
    """Write an error of onggi: what, where, and what to type next."""
    what = f"{error.source}: {error.reason}" if error.source else error.reason
    where = error.where.strip("()")
    steps = _next_steps(error)
    _show(what, where=where, steps=steps)


def as_failure(error: Exception, file: str) -> OnggiError:
    """Return an error about a file as one of onggi, and name what the file is where it is no pickle.

    Args:
        error: What went wrong.
        file: The file that it is about.
    """
    from onggi.errors import MalformedError, NotAPickleError, OnggiError, TruncatedError
    from onggi.files.identify import HEAD_BYTES, identify, not_a_pickle

    if isinstance(error, OSError):
        return OnggiError(_os_words(error))
    if not isinstance(error, OnggiError):
        raise error
    error.source = error.source or file
    if isinstance(error, MalformedError | TruncatedError) and not isinstance(error, NotAPickleError):
        try:
            with Path(file).open("rb") as stream:
                kind = identify(stream.read(HEAD_BYTES), Path(file).stat().st_size, file)
        except OSError:
            return error
        if kind is not None:
            return not_a_pickle(kind, file)
    return error


def _next_steps(error: OnggiError) -> list[str]:
    """Return the next step as it is typed in a shell."""
    from onggi.errors import MissingModuleError, NotAPickleError, RefusedError, UndecodableError

    file = shlex.quote(error.source or "FILE")
    if isinstance(error, MissingModuleError) and _is_here(error.module):
        # A command does not look into the current folder, which may be a stranger's.
        return [f"PYTHONPATH=. {shlex.join(['onggi', *sys.argv[1:]])}   if you trust the code in this folder"]
    if isinstance(error, NotAPickleError) and error.hint and error.hint.startswith("onggi.load"):
        return [f"onggi load {file}"]
    if isinstance(error, UndecodableError):
        return [f"onggi load {file} --encoding latin1   if Python 2 wrote it; or --encoding bytes"]
    if isinstance(error, RefusedError) and error.findings:
        names = list(dict.fromkeys(found.global_name for found in error.findings if found.rule == "not-allowed"))
        if any(name.startswith("__main__.") for name in names):
            return [f"onggi inspect {file}", "load it in the script that defines the class, with allow=[...]"]
        if names and all(found.rule == "not-allowed" for found in error.findings):
            allow = " ".join(f"--allow {shlex.quote(name)}" for name in names[:_MAX_NAMES])
            these = "these" if len(names) > 1 else "this"
            return [f"onggi inspect {file}", f"{_again(file)} {allow}   if you trust the code of {these}"]
    return [error.hint.replace("FILE", file)] if error.hint else []


def _again(file: str) -> str:
    """Write the command that was given, if it is one that takes --allow and would get on with it."""
    given = sys.argv[1:]
    return shlex.join(["onggi", *given]) if given[:1] in (["sign"], ["convert"]) else f"onggi load {file}"


def _is_here(module: str) -> bool:
    top = module.partition(".")[0]
    return bool(top) and (Path(top, "__init__.py").is_file() or Path(f"{top}.py").is_file())


def _show(what: str, *, where: str = "", steps: list[str] | None = None, usage: str = "") -> None:
    colour = wants_colour(sys.stderr)
    head = click.style("error:", fg="red", bold=True)
    lines = [f"{head} {_safe(what)}"]
    if where:
        lines.append(f"{_INDENT}{click.style('where:', dim=True)} {_safe(where)}")
    lines += [f"{_INDENT}{click.style('next:', dim=True)}  {_safe(step)}" for step in steps or []]
    if usage:
        lines.append(f"{_INDENT}{usage}")
    click.echo("\n".join(lines), err=True, color=colour)


def _safe(text: str) -> str:
    """Return text without what would move the cursor or colour the terminal: it may come from the file."""
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)


def _os_words(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    reason = reason[:1].lower() + reason[1:]
    return f"{os.fsdecode(error.filename)}: {reason}" if isinstance(error.filename, str | bytes) else reason


def close_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain of the broken pipe."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return
