"""Say for a message where in a pickle something went wrong: the byte, and the path in the object.

All of it happens only once a load has failed.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from onggi.errors import FormatVersionError, IntegrityError, OnggiError, RefusedError
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from onggi.format.split import Split
    from onggi.proof.outline_node import Node

__all__ = ["Place", "locate", "place_of_failure"]

_MAX_OPCODES: Final = 60_000
_MAX_NODES: Final = 1_000
_MAX_HOPPED: Final = 300_000
_PUTS: Final = frozenset(("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"))
_CALLS: Final = frozenset(("REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST", "BUILD"))
_FILLS: Final = frozenset(("APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "FROZENSET", "DICT"))


class Place(NamedTuple):
    """Where a build has failed.

    Attributes:
        offset: The byte of the opcode, in the copy of the opcodes.
        name: What was called, or the class of what was filled: `module.name`, or empty.
        path: The place in the object.
    """

    offset: int
    name: str
    path: str | None


def locate(error: OnggiError, cut: Split) -> None:
    """Give an error that counts in the copy of the opcodes its path, and its offsets in the source."""
    # Seals are checked in the source itself.
    if error.offset is None or isinstance(error, IntegrityError | FormatVersionError):
        return
    if error.path is None:
        node = _nodes(cut.opcodes, (error.offset,))[0]
        error.path = node.path if node is not None else None
    error.offset = cut.source_offset(error.offset)
    if isinstance(error, RefusedError):
        error.findings = tuple(replace(finding, offset=cut.source_offset(finding.offset)) for finding in error.findings)


def place_of_failure(opcodes: bytes, memo_count: int) -> Place | None:
    """Find the opcode at which CPython's machine stopped.

    The machine does not say, but its memo does: it holds what was made before. So the opcode is the first that calls
    something behind the last entry and before the next one.

    Args:
        opcodes: What the machine has read.
        memo_count: How many entries its memo has.
    """
    names = dict(islice(_behind(opcodes, memo_count), _MAX_OPCODES))
    offsets = [at for at, name in names.items() if name in _CALLS] or [
        at for at, name in names.items() if name in _FILLS
    ]
    if not offsets:
        return None
    node = _nodes(opcodes, offsets[:1])[0]
    if node is None:
        return Place(offsets[0], "", None)
    return Place(offsets[0], node.type if "." in node.type else "", node.path)


def _behind(opcodes: bytes, memo_count: int) -> Iterator[tuple[int, str]]:
    """Yield the opcodes behind the last entry of the memo, up to the one that makes the next."""
    seen: set[Any] = set()
    for name, argument, at in _opcodes(opcodes):
        if name in _PUTS:
            seen.add(len(seen) if name == "MEMOIZE" else argument)
            if len(seen) > memo_count:
                return
        elif len(seen) == memo_count:
            yield at, name


def _opcodes(opcodes: bytes) -> Iterable[tuple[str, Any, int]]:
    # Imported when needed: it is large, and most loads don't fail.
    from pickletools import genops

    try:
        for opcode, argument, at in islice(genops(opcodes), _MAX_HOPPED):
            if at is not None:
                yield opcode.name, argument, at
    except ValueError:
        # It knows less than the machine: such as escapes of Python 2.
        return


def _nodes(opcodes: bytes, offsets: Sequence[int]) -> list[Node | None]:
    from onggi.proof.outline import node_at, outline

    found = outline(opcodes, focus=offsets, max_nodes=_MAX_NODES, max_opcodes=_MAX_OPCODES)
    return [node_at(found, offset) for offset in offsets]
