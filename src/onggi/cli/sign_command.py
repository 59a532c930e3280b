"""`onggi sign`: vouch for a file."""

from __future__ import annotations

from typing import Final

import click

from onggi.cli.failures import as_failure
from onggi.cli.output import say

__all__ = ["command"]

_EPILOG: Final = """\b
Examples:
  onggi sign model.pkl
  onggi sign model.pkl.zst --key work --name models/churn.pkl --version 3
  onggi sign theirs.pkl --allow "sklearn.**"
"""


@click.command("sign", epilog=_EPILOG, short_help="Sign a pickle, for those who trust your key.")
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--key", metavar="NAME", help="Which of your keys signs.  [default: the only one]")
@click.option("--name", metavar="NAME", help="What it is signed as, such as models/churn.pkl.  [default: FILE's name]")
@click.option(
    "--version", metavar="N", type=click.IntRange(min=0), help="A number that grows.  [default: the seconds since 1970]"
)
@click.option("--allow", metavar="PATTERN", multiple=True, help="Trust this code in FILE; may be given again.")
def command(file: str, key: str | None, name: str | None, version: int | None, allow: tuple[str, ...]) -> None:
    """Sign a pickle: who trusts your key loads it with full pickle power.

    The file stays one ordinary pickle, and is replaced whole or not at all. If you did not write it yourself, it is
    loaded first, by your policy: what you would not load, you can't sign. The signature covers every byte, the name,
    and the version. The suffix of a compression does not belong to the name.

    Exit codes: 0 signed, 1 refused, 2 damaged, no pickle, or no key.
    """
    import onggi
    from onggi.errors import DecodeError

    try:
        onggi.sign(file, key, name=name, version=version, allow=allow)
    except DecodeError as error:
        raise as_failure(error, file) from None
    made = onggi.verify(file)[0].signatures[-1]
    say(f'{file}: signed as "{made.name}", version {made.version}, by key {made.key_id}')
