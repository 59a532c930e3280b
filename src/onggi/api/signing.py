"""sign: vouch for a file that is there.

A signature gives a file full pickle power for those who trust the signer, so none is made blindly: what the user has
not written must load under the user's own policy first. What is no pickle with room for a seal is refused, and never
signed in a file beside it: one file is what is sent, moved and loaded, and what plain `pickle.load` reads.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from onggi.api.loading import options_of, read_file
from onggi.codec.decode import decode
from onggi.codec.encode import MIN_SEALED_PROTOCOL
from onggi.errors import OnggiError, SignatureError
from onggi.files.atomic import AtomicFile
from onggi.files.compression import compressing_writer, detect
from onggi.files.identify import HEAD_BYTES
from onggi.files.mapped import open_source
from onggi.format import codes
from onggi.format.label import pack_label
from onggi.format.layout import lay_out
from onggi.format.seal import pack_seal, with_signatures
from onggi.format.split import split
from onggi.proof import DEFAULT_LIMITS, Limits, Policy, read
from onggi.trust.sealing import SealState, check_buffers, check_seal, sealed, usable_key
from onggi.trust.signatures import Signed, Trust, add_signature, check_signatures, purpose_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from onggi.codec.options import Options
    from onggi.files.compression import Format
    from onggi.format.layout import Piece
    from onggi.format.split import Split
    from onggi.proof.policy import Allowed
    from onggi.trust.signatures import Purpose

__all__ = ["sign"]

_DUMP: Final = "load it, and save it with onggi.dump(obj, FILE, sign=True)"


def sign(
    file: str | os.PathLike[str],
    key: str | None = None,
    *,
    name: str | None = None,
    version: int | None = None,
    policy: Policy | None = None,
    allow: Iterable[Allowed] | Allowed = (),
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Sign a pickle that is there; the file is replaced whole or not at all, and plain pickle still reads it.

    Who trusts your key loads the file with full pickle power. So a file that neither your own key has sealed nor a
    signer whom you trust has signed is loaded first, by your policy: what you would not load, you can't sign.

    Args:
        file: A path to one pickle of protocol 3 or higher, compressed or not.
        key: The name of your key. Default: the only one.
        name: What it is signed as. Default: the last part of the path.
        version: A number that grows. Default: the seconds since 1970.
        policy: As for `onggi.load`.
        allow: As for `onggi.load`.
        limits: As for `onggi.load`.

    Raises:
        SecretKeyError: The key is not there, or unusable.
        SignatureError: The file has no room for a signature: it holds several pickles, or one of an old protocol.
        DecodeError: The file is damaged, no pickle, or what you would not load yourself.
        OSError: It can't be read or written; the old file is as it was.
    """
    path = os.fspath(file)
    purpose = purpose_of(Signed(key, name, version), path)
    options = replace(
        options_of(policy=policy, allow=allow, expect=None, verify=True, limits=limits), source=path, file_name=path
    )
    compression = _compression(path)
    try:
        pieces = _signed(path, options, purpose)
        with AtomicFile(path) as target:
            _write(target, pieces, compression)
    except OnggiError as error:
        error.source = error.source or path
        raise


def _signed(path: str, options: Options, purpose: Purpose) -> Iterable[Piece]:
    """Check a file, and return the pieces of the signed one."""
    view, _ = read_file(path, options.limits, "c", progress=None)
    cut = split(view, looks_for_seal=True)
    if not _is_vouched_for(cut, path, purpose.name):
        # What is judged must be what is signed, so a copy that nobody can change.
        view, _ = read_file(path, options.limits, "copy", progress=None)
        cut = split(view, looks_for_seal=True)
        decode(view, options)
    stop = cut.stop if cut.stop is not None else read(cut.opcodes).stop
    if stop != len(view):
        raise SignatureError("a signature is for a file with one pickle, and this one goes on behind it", hint=_DUMP)
    check_buffers(cut.payloads)
    if cut.seal is not None:
        seal = with_signatures(cut.seal, add_signature(cut.seal, purpose))
        return [view[: seal.start], pack_seal(seal)]
    if view[0] != codes.PROTO or view[1] < MIN_SEALED_PROTOCOL:
        raise SignatureError(f"a pickle of a protocol below {MIN_SEALED_PROTOCOL} has no room for a seal", hint=_DUMP)
    label = pack_label({"created": purpose.created})
    return sealed(lay_out([bytes(view)], [], label), None, purpose)


def _is_vouched_for(cut: Split, path: str, name: str) -> bool:
    """Say whether the user wrote the file, or somebody whom the user trusts has signed it as this file or this name."""
    if cut.seal is None:
        return False
    if check_seal(cut, usable_key()) is SealState.OWN_KEY:
        return True
    found = check_signatures(cut.seal, path) + check_signatures(cut.seal, None, Signed(name=name))
    return any(one.trust is Trust.TRUSTED for one in found)


def _compression(path: str) -> Format | None:
    with open_source(path, mode="r") as source:
        return detect(source.view[:HEAD_BYTES])


def _write(target: Any, pieces: Iterable[Piece], compression: Format | None) -> None:
    if compression is None:
        for piece in pieces:
            target.write(piece)
        return
    with compressing_writer(target, compression, None) as writer:
        for piece in pieces:
            writer.write(piece)


sign.__module__ = "onggi"
