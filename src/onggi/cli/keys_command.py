"""`onggi keys`: the keys that sign, and whom to trust."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import click

from onggi.cli.output import say, write_lines, write_text

if TYPE_CHECKING:
    from onggi.inspect.spans import Line
    from onggi.trust.signers import Signer

__all__ = ["command"]

_MAX_FILE_BYTES: Final = 2**16

_EPILOG: Final = """\b
Examples:
  onggi keys new work
  onggi keys export work
  onggi keys trust "onggi-ed25519:…" --name alice --for "models/*" --expires 2027-01-01
  onggi keys list
"""


@click.group("keys", epilog=_EPILOG, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Make keys that sign, and say whom you trust.

    What somebody whom you trust has signed loads with full pickle power, like your own files. Secret keys and the list
    of whom you trust lie in your configuration folder, or in the folder that the environment variable ONGGI_HOME names.

    Exit codes: 0 done, 2 not possible.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("new")
@click.argument("name")
def new(name: str) -> None:
    """Make a key, and print its public line."""
    from onggi import keys

    keys.new(name)
    write_text(keys.export(name))
    say("give this line to those who are to trust you, by a way on which nobody can change it")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_keys(as_json: bool) -> None:
    """List your keys, and whom you trust for what."""
    from onggi import keys

    found = keys.signers()
    if as_json:
        import json

        write_text(json.dumps([_data(signer) for signer in found], indent=1))
        return
    if found:
        write_lines([_line(signer) for signer in found])
    for name in sorted(set(keys.own()) - {signer.name for signer in found if signer.is_own}):
        say(f'{name}: you have this key, and do not trust it: onggi keys trust "$(onggi keys export {name})"')
    if not found:
        say("you trust nobody yet: onggi keys trust KEY --name WHO")


@command.command("export")
@click.argument("name", required=False)
@click.option("--rotations", is_flag=True, help="The lines by which those who trust an older key can follow.")
def export(name: str | None, rotations: bool) -> None:
    """Print your public key.

    It is the line that others need to trust you; it holds no secret.
    """
    from onggi import keys

    write_text("\n".join(keys.rotations(name)) if rotations else keys.export(name))


@command.command("trust")
@click.argument("key")
@click.option("--name", metavar="WHO", help="What you call its owner.  [default: the name in the line]")
@click.option(
    "--for", "scope", metavar="PATTERN", multiple=True, help='Which names it may vouch for, such as "models/*".'
)
@click.option("--expires", metavar="DAY", help="The first day on which you trust it no more: YYYY-MM-DD, in UTC.")
def trust(key: str, name: str | None, scope: tuple[str, ...], expires: str | None) -> None:
    """Trust a key: what it signs may run any code here.

    KEY is the line that its owner gave you, or a file that holds it. Make sure that it is theirs: read the id to each
    other. To trust a key again changes how far. A line that begins with "onggi-rotation:" lets you follow from a key
    that you trust to the next one of its owner.
    """
    from onggi import keys
    from onggi.trust.rotation import ROTATION_PREFIX
    from onggi.trust.signers import EVERYTHING

    text = _text(key)
    if ROTATION_PREFIX in text and (name or scope or expires):
        raise click.UsageError("who follows a rotation trusts the new key as the old: leave out the options")
    added = keys.trust(text, name, scope=scope or EVERYTHING, expires=expires)
    write_lines([_line(signer) for signer in added])
    if not added:
        say("you trust this key already")


@command.command("revoke")
@click.argument("key")
def revoke(key: str) -> None:
    """Trust a key no more, whatever it has signed. This can't be undone.

    KEY is the name of its owner, its id, or the key itself, which you need not have trusted before.
    """
    from onggi import keys

    revoked = keys.revoke(key)
    write_lines([_line(revoked)])
    for heir in keys.signers():
        if heir.follows == revoked.key.key_id and heir.revoked is None:
            say(f"you still trust {heir.name}, which follows from it")
            say(f"if the key was stolen: onggi keys revoke {heir.name}")


@command.command("rotate")
@click.argument("name", required=False)
def rotate(name: str | None) -> None:
    """Put a new key in the place of yours.

    It prints the line by which those who trust the old key can follow. The old secret is removed. What it signed still
    holds. If it may have been stolen, do not rotate: revoke it, make a
    new key, and give that to people anew.
    """
    from onggi import keys

    write_text(keys.rotate(name))
    say('give this line to those who trust you: they type onggi keys trust "…"')


def _text(key: str) -> str:
    """Return the line that is given, or that a file holds."""
    from pathlib import Path

    path = Path(key)
    if key.startswith("onggi-") or not path.is_file():
        return key
    with path.open("rb") as stream:
        return stream.read(_MAX_FILE_BYTES).decode("ascii", "replace")


def _line(signer: Signer) -> Line:
    from onggi.proof.outline_node import printable

    scope = "all names" if signer.scope == ("**",) else ", ".join(signer.scope)
    facts = [signer.key.key_id, "yours" if signer.is_own else "trusted", f"for {scope}"]
    if signer.expires:
        facts.append(f"until {signer.expires}")
    mark: Any = ("good", "✓ ")
    if signer.revoked is not None or signer.is_expired(time.time()):
        facts[1] = "revoked" if signer.revoked is not None else "expired"
        mark = ("bad", "✗ ")
    return [mark, ("head", signer.name), ("", "  " + printable("  ".join(facts), 400))]


def _data(signer: Signer) -> dict[str, Any]:
    return {
        "name": signer.name,
        "key": signer.key.text,
        "id": signer.key.key_id,
        "for": list(signer.scope),
        "added": signer.added,
        "is_own": signer.is_own,
        "expires": signer.expires,
        "revoked": signer.revoked,
        "follows": signer.follows,
    }
