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
    from onggi.trust.signatures import Signature

__all__ = ["command"]

_WORDS: Final = {
    "none": "whole, but it has no digests to check: onggi did not write it",
    "digests only": "intact",
    "another key": "intact, sealed by another key",
    "trusted signer": "intact, signed by somebody whom you trust",
    "own key": "intact, sealed by your key",
}

_EPILOG: Final = """\b
Examples:
  onggi verify model.pkl
  onggi verify backups/*.pkl.zst
  onggi verify --json model.pkl
  onggi verify --signed-by alice models/churn.pkl
"""


@click.command("verify", epilog=_EPILOG, short_help="Check digests, seal and signatures of files.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--signed", is_flag=True, help="Ask for a signature by somebody whom you trust.")
@click.option("--signed-by", metavar="WHO", help="Ask for a signature by this signer: a name or a key id.")
def command(files: tuple[str, ...], as_json: bool, signed: bool, signed_by: str | None) -> int:
    """Check every digest and signature of each file, without building anything.

    Files that onggi wrote have digests of all their parts, and a seal of your own key if you wrote them here. Of other
    pickles this can only say that they are whole. A signature counts if you trust its key, today, for the name that is
    signed, and if FILE has that name.

    Exit codes: 0 all intact, 1 a signature that was asked for is missing, 2 one is damaged or unreadable.
    """
    worst = 0
    results = []
    for file in files:
        found, result, code = _verified(file)
        if found and (signed or signed_by) and not _is_signed(found, signed_by):
            code = 1
            result["missing"] = f"a signature by {signed_by or 'somebody whom you trust'}"
        results.append(result)
        worst = max(worst, code)
        if not as_json and found:
            write_lines(_lines(result, found))
    if as_json:
        import json

        write_text(json.dumps(results, indent=1))
    return worst


def _verified(file: str) -> tuple[list[Verified], dict[str, Any], int]:
    from onggi.errors import OnggiError

    try:
        with path_of(file) as path:
            from onggi import verify

            found = verify(path)
    except (OnggiError, OSError) as error:
        shown = as_failure(error, file)
        show_failure(shown)
        return [], {"file": file, "state": "damaged", "error": type(shown).__name__, "reason": shown.reason}, 2
    return found, _result(file, found), 0


def _result(file: str, found: list[Verified]) -> dict[str, Any]:
    return {
        "file": file,
        "state": _state(found),
        "pickles": [
            {
                "start": one.start,
                "stop": one.stop,
                "seal": one.state.value,
                "buffers": one.buffer_count,
                "checksums": one.checksum_count,
                "signatures": [_signature(signature) for signature in one.signatures],
            }
            for one in found
        ],
    }


def _signature(signature: Signature) -> dict[str, Any]:
    return {
        "trust": signature.trust.value,
        "reason": signature.reason,
        "signer": signature.signer,
        "key_id": signature.key_id,
        "key": signature.key,
        "name": signature.name,
        "version": signature.version,
        "created": signature.created,
    }


def _is_signed(found: list[Verified], signed_by: str | None) -> bool:
    return all(
        any(
            one.trust.value == "trusted" and signed_by in (None, one.signer, one.key_id, one.key)
            for one in verified.signatures
        )
        for verified in found
    )


def _state(found: list[Verified]) -> str:
    """Return the weakest of the seals."""
    order = list(_WORDS)
    return min((one.state.value for one in found), key=order.index)


def _lines(result: dict[str, Any], found: list[Verified]) -> list[Line]:
    from onggi.inspect.words import byte_count, plural
    from onggi.proof.outline_node import printable

    state, missing = result["state"], result.get("missing")
    mark = ("bad", "✗ ") if missing else ("dim", "- ") if state == "none" else ("good", "✓ ")
    several = f"{plural(len(found), 'pickle')}, " if len(found) > 1 else ""
    size = byte_count(found[-1].stop)
    without = f"; without {missing}" if missing else ""
    checksums = sum(one.checksum_count for one in found)
    said = f"{plural(checksums, 'checksum')} of its members match; that tells damage, not who wrote it"
    words = f"  {size}  {several}{said if checksums else _WORDS[state]}{without}"
    lines: list[Line] = [[mark, ("head", printable(result["file"], 200)), ("", words)]]  # type: ignore[list-item]
    for signature in (one for verified in found for one in verified.signatures):
        lines.append([("", f"    {printable(signature.reason, 600)}")])
        if signature.hint:
            lines.append([("dim", "    next: "), ("code", signature.hint)])
    return lines
