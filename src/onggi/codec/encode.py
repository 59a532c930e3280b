"""Objects to bytes: CPython's pickler, its frames taken out, large buffers by reference and aligned.

The result is a `Layout`: pieces to be written one after the other. Nothing large is copied on the way.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from onggi.codec.collector import paused
from onggi.errors import DecodeError, OnggiError
from onggi.format import codes
from onggi.format.label import pack_label
from onggi.format.layout import Layout, Piece, lay_out
from onggi.format.split import MIN_BUFFER_BYTES
from onggi.proof import DEFAULT_POLICY, UNLIMITED, Proof, Reader
from onggi.proof.reader import read_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from onggi.proof.judge import Judged

__all__ = ["MIN_SEALED_PROTOCOL", "Encoded", "Pieces", "encode", "strangers_reader"]

MIN_SEALED_PROTOCOL: Final = 3
"""Label and seal are BINBYTES, which protocol 3 brought."""

_SHORT: Final = 4_096
_BUFFER_PROTOCOL: Final = 5
_STACK_GLOBAL_PROTOCOL: Final = 4


class Pieces:
    """A file that keeps what the pickler writes, piece by piece, without a copy."""

    __slots__ = ("pieces", "write")

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.write = self.pieces.append


class Encoded:
    """What a pickler made of an object.

    Attributes:
        pieces: What the pickler wrote, call by call.
        buffers: The large buffers that are out of band.
        protocol: The protocol.

    A `reader` that has read what came before is needed where pickles share a memo.
    """

    __slots__ = ("_is_read", "_proof", "_reader", "buffers", "pieces", "protocol")

    def __init__(
        self, pieces: list[Piece], buffers: list[memoryview], protocol: int, reader: Reader | None = None
    ) -> None:
        self.pieces = pieces
        self.buffers = buffers
        self.protocol = protocol
        self._proof: Proof | None = None
        self._reader = reader
        self._is_read = False

    @property
    def may_name_globals(self) -> bool:
        """Say quickly whether the opcodes may name a global; False is certain."""
        # From protocol 4 on, picklers name globals by STACK_GLOBAL only.
        is_old = self.protocol < _STACK_GLOBAL_PROTOCOL
        for piece in self.pieces:
            # One after the other: a generator takes longer than what it would do for a short message.
            if _STACK_GLOBAL in piece or _EXT1 in piece or _EXT2 in piece or _EXT4 in piece:
                return True
            if is_old and _GLOBAL in piece:
                return True
        return False

    @property
    def proof(self) -> Proof | None:
        """What the default policy says of the opcodes; None where they say nothing without the pickler's own memo."""
        if not self._is_read:
            self._is_read = True
            opcodes = bytes(self.pieces[0]) if len(self.pieces) == 1 else b"".join(self.pieces)
            with contextlib.suppress(DecodeError):
                self._proof = (self._reader or strangers_reader()).read(opcodes)
        return self._proof

    @property
    def needs_seal(self) -> bool:
        """Say whether a stranger would need trust to load it: it names more than plain values and known types."""
        if not self.may_name_globals or self._is_plain_message():
            return False
        return self.proof is None or bool(self.proof.found)

    def _is_plain_message(self) -> bool:
        """Say of a short pickle whether it only looks as if it named globals, as text in UTF-8 does."""
        if len(self.pieces) != 1 or len(self.pieces[0]) > _SHORT:
            return False
        with contextlib.suppress(DecodeError):
            return read_plain(bytes(self.pieces[0])) > 0
        return False

    def layout(self, label: dict[str, Any] | None = None) -> Layout:
        """Lay out the pickle; `label` is the content of the label, if it is to have one."""
        return lay_out(self.pieces, self.buffers, pack_label(label) if label is not None else b"")

    def label(self, obj: Any, user: dict[str, Any] | None) -> dict[str, Any]:
        """Describe the object and where it was made."""
        content: dict[str, Any] = {
            "python": ".".join(map(str, sys.version_info[:3])),
            "system": f"{sys.platform}",
            "byteorder": sys.byteorder,
            "packages": _packages(self.proof.judged) if self.may_name_globals and self.proof else {},
            "created": int(time.time()),
            "about": _about(obj),
        }
        if user:
            content["user"] = user
        return content


_GLOBAL, _STACK_GLOBAL, _EXT1, _EXT2, _EXT4 = (
    bytes((code,)) for code in (codes.GLOBAL, codes.STACK_GLOBAL, codes.EXT1, codes.EXT2, codes.EXT4)
)


def encode(
    obj: Any,
    *,
    protocol: int = pickle.HIGHEST_PROTOCOL,
    fix_imports: bool = True,
    buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None,
    in_memory: bool = False,
) -> Encoded:
    """Pickle an object.

    Args:
        obj: The object.
        protocol: From 0 to 5.
        fix_imports: As in `pickle.dump`.
        buffer_callback: As in `pickle.dump`: takes the buffers, which are then not in the result.
        in_memory: Make one piece of bytes: quicker for what is small, but large strings and bytes are copied.

    Raises:
        EncodeError: The object can't be pickled.
    """
    buffers: list[memoryview] = []
    callback = buffer_callback or (_keep_large(buffers) if protocol >= _BUFFER_PROTOCOL else None)
    try:
        with paused:
            if in_memory:
                whole = pickle.dumps(obj, protocol, fix_imports=fix_imports, buffer_callback=callback)
                return Encoded([whole], buffers, protocol)
            pieces = Pieces()
            pickle.Pickler(pieces, protocol, fix_imports=fix_imports, buffer_callback=callback).dump(obj)
    except OnggiError:
        raise
    except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
        # Imported when needed: it looks for what is to blame.
        from onggi.codec.failures import failure

        raise failure(obj, error, protocol) from error
    return Encoded(pieces.pieces, buffers, protocol)


def strangers_reader() -> Reader:
    """Make the reader that says what a stranger would have to trust."""
    return Reader(DEFAULT_POLICY, UNLIMITED, has_persistent_load=True)


def _keep_large(buffers: list[memoryview]) -> Callable[[pickle.PickleBuffer], bool]:
    def callback(buffer: pickle.PickleBuffer) -> bool:
        view = buffer.raw()
        if view.nbytes < MIN_BUFFER_BYTES:
            return True
        buffers.append(view)
        return False

    return callback


def _name(cls: type) -> str:
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _packages(judged: Iterable[Judged]) -> dict[str, str]:
    """Return the versions of the distributions whose globals appear, as their own top-level module says."""
    versions: dict[str, str] = {}
    for entry in judged:
        top = entry.module.partition(".")[0]
        if top not in versions and top not in sys.stdlib_module_names and top != "__main__":
            version = getattr(sys.modules.get(top), "__version__", None)
            if isinstance(version, str):
                versions[top] = version
    return versions


def _about(obj: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"type": _name(type(obj))}
    if isinstance(obj, str | bytes | bytearray | list | tuple | dict | set | frozenset):
        about["len"] = len(obj)
    elif type(obj).__module__.partition(".")[0] in _SHAPED:
        # Only of types whose attributes are known to be cheap and to run nobody's code.
        about |= _shape(obj)
    return about


_SHAPED: Final = frozenset(("numpy", "pandas", "scipy", "polars", "torch"))
_MAX_COLUMNS: Final = 50


def _shape(obj: Any) -> dict[str, Any]:
    about: dict[str, Any] = {}
    shape, dtype, columns = getattr(obj, "shape", None), getattr(obj, "dtype", None), getattr(obj, "columns", None)
    if isinstance(shape, tuple) and all(isinstance(part, int) for part in shape):
        about["shape"] = list(shape)
    if dtype is not None:
        about["dtype"] = str(dtype)
    if columns is not None and hasattr(columns, "__len__"):
        about["columns"] = [str(column) for column in list(columns)[:_MAX_COLUMNS]]
    return about
