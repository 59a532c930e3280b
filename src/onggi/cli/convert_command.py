"""`onggi convert`: the same pickle in another wrapping, or loaded and saved anew.

A seal says "built from live objects by me", so neither way makes one for what came from somebody else:

- Without options nothing is built. The very bytes are unpacked and wrapped again; whatever seal they carry stays as it
  is, valid or not.
- With `--rebuild` the pickle is loaded under the policy and saved anew. Only what the own key had sealed is sealed
  again; anything else gets digests, but no seal.
"""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from onggi.cli.failures import as_failure
from onggi.cli.output import say
from onggi.cli.policies import policy_option, read_option
from onggi.cli.sources import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.files.compression import Format
    from onggi.proof import Policy

__all__ = ["command"]

_PIECE_BYTES: Final = 2**22

_EPILOG: Final = """\b
Examples:
  onggi convert model.pkl model.pkl.zst
  onggi convert model.pkl.gz model.pkl
  onggi convert --rebuild python2.pkl new.pkl --encoding latin1
  onggi convert --rebuild model.joblib model.pkl
  onggi convert --rebuild theirs.pkl model.pkl --allow myapp.models.Model
"""


@click.command("convert", epilog=_EPILOG)
@click.argument("source", metavar="IN", type=click.Path(allow_dash=True))
@click.argument("target", metavar="OUT", type=click.Path(allow_dash=True))
@click.option(
    "--rebuild", is_flag=True, help="Load under the policy and save anew: protocol 5, mapped buffers, digests."
)
@click.option("--allow", metavar="PATTERN", multiple=True, help="With --rebuild: trust this code; may be given again.")
@policy_option
@click.option("--encoding", default="ASCII", show_default=True, help="With --rebuild: for strings of Python 2.")
@click.option("--level", metavar="N", type=int, default=None, help="How hard to compress, on the format's own scale.")
def command(
    source: str,
    target: str,
    rebuild: bool,
    allow: tuple[str, ...],
    policy_file: str | None,
    encoding: str,
    level: int | None,
) -> None:
    """Write a pickle in another wrapping, or load it and save it anew.

    The suffix of OUT says how to compress: .gz, .bz2, .xz, .zst, .lz4, or none. OUT is replaced whole or not at all.

    Without --rebuild nothing is built: OUT holds the very bytes of the pickle, and the seal they may carry. With
    --rebuild, OUT is what onggi.dump writes: readable by plain pickle, with digests, and with buffers that can be
    mapped. IN may also be a file of joblib, NumPy or PyTorch. OUT gets your seal only if IN had it: what came from
    somebody else stays somebody else's.
    """
    if (allow or policy_file or encoding != "ASCII") and not rebuild:
        raise click.UsageError("--allow, --policy and --encoding only make sense with --rebuild")
    with path_of(source) as path:
        if rebuild:
            _rebuild(path, target, (read_option(policy_file), allow), encoding, level)
        else:
            _rewrap(path, target, level)


def _rewrap(path: str, target: str, level: int | None) -> None:
    from onggi.files.progress import progress_sink
    from onggi.inspect.content import open_content
    from onggi.inspect.words import byte_count
    from onggi.proof import DEFAULT_LIMITS

    _check(path)
    with progress_sink(Path(path).stat().st_size, f"reading {path}") as sink:
        content = open_content(path, DEFAULT_LIMITS, sink)
    view = content.view
    with progress_sink(len(view), f"writing {target}") as sink, _writer(target, level) as stream:
        for start in range(0, len(view), _PIECE_BYTES):
            piece = view[start : start + _PIECE_BYTES]
            stream.write(piece)
            sink(len(piece))
    say(f"{target}: the same pickle, {byte_count(len(view))} unpacked; nothing was built")


def _check(path: str) -> None:
    """Refuse to spread a damaged file, or one that is no pickle."""
    from onggi import verify
    from onggi.errors import OnggiError

    try:
        verify(path)
    except OnggiError as error:
        raise as_failure(error, path) from None


def _rebuild(
    path: str, target: str, trusted: tuple[Policy | None, tuple[str, ...]], encoding: str, level: int | None
) -> None:
    import onggi
    from onggi.api.loading import read_file
    from onggi.errors import OnggiError
    from onggi.proof import DEFAULT_LIMITS

    policy, allow = trusted
    # A private copy: what is loaded and sealed below is what was checked here, whatever becomes of the file.
    view, _ = read_file(path, DEFAULT_LIMITS, "copy", None)
    try:
        pickles = _checked(view)
        is_own = all(is_sealed for _, _, is_sealed in pickles)
        with _writer(target, level) as stream:
            for start, stop, _ in pickles:
                piece = io.BytesIO(view[start:stop])
                obj = onggi.load(piece, policy=policy, allow=allow, encoding=encoding)
                onggi.dump(obj, stream, seal=is_own)
    except OnggiError as error:
        raise as_failure(error, path) from None
    seal = "sealed by your key, as before" if is_own else "without a seal: you did not write it"
    say(f"{target}: loaded and saved anew, {seal}")


def _checked(view: memoryview) -> list[tuple[int, int, bool]]:
    """Check the digests of all pickles; return where each starts and stops, and whether the own key sealed it."""
    from onggi.errors import MalformedError
    from onggi.format.split import split
    from onggi.proof import read
    from onggi.trust.sealing import SealState, check_buffers, check_seal, usable_key

    found: list[tuple[int, int, bool]] = []
    start = 0
    while start < len(view) or not found:
        try:
            cut = split(view, start)
            stop = cut.stop if cut.stop is not None else start + read(cut.opcodes).stop
        except MalformedError:
            if found:
                raise
            # A file of joblib, NumPy or PyTorch is one object, never sealed; of anything else, `load` says what it is.
            return [(0, len(view), False)]
        state = check_seal(cut, usable_key())
        check_buffers(cut.payloads)
        found.append((start, stop, state is SealState.OWN_KEY))
        start = stop
    return found


@contextmanager
def _writer(target: str, level: int | None) -> Iterator[Any]:
    """Open the target: whole or not at all for a path; compressed by its suffix."""
    from onggi.files.atomic import AtomicFile
    from onggi.files.compression import suffix_format

    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with AtomicFile(target) as stream, _compressed(stream, suffix_format(target), level) as writer:
        yield writer


@contextmanager
def _compressed(stream: Any, compression: Format | None, level: int | None) -> Iterator[BinaryIO | Any]:
    if compression is None:
        yield stream
        return
    from onggi.files.compression import compressing_writer

    with compressing_writer(stream, compression, level) as writer:
        yield writer
