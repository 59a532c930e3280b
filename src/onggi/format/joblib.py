"""Cut a joblib file into an ordinary pickle and its arrays.

`joblib.dump` (0.10 and newer) writes a `NumpyArrayWrapper` in place of each array, and right behind the BUILD of the
wrapper (`joblib/numpy_pickle.py`, `NumpyArrayWrapper.write_array`):

    <padding: u8>  <as many bytes 0xFF>  <the raw array>      where the wrapper has `numpy_array_alignment_bytes` (1.2)
    <the raw array>                                           where it has none
    <a pickle of the array>                                   where the array holds objects

In the pickle that comes out, NEXT_BUFFER and a second BUILD stand for these bytes: the wrapper gets the array, or the
bytes of it, as another state. Before 0.10 the arrays stand in files of their own, named by an `NDArrayWrapper`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from onggi.errors import MalformedError, TruncatedError
from onggi.format import codes
from onggi.format.joblib_machine import OPAQUE, Dtype, JoblibMachine, Wrapper, shape_of
from onggi.format.scan import scan
from onggi.format.split import Payload, Split

__all__ = ["WRAPPER_NAMES", "ZFILE_MAGIC", "JoblibSplit", "may_be_joblib", "split_joblib"]

WRAPPER_NAMES: Final = (b"NumpyArrayWrapper", b"NDArrayWrapper")
ZFILE_MAGIC: Final = b"ZF"
"""How the compressed files of joblib before 0.10 begin."""

_ARRAY: Final = bytes((codes.NEXT_BUFFER, codes.BUILD))
_NO_BIG_PAYLOAD: Final = 1 << 62
_MAX_ARRAYS: Final = 10_000_000


@dataclass(slots=True)
class JoblibSplit:
    """A joblib file, cut.

    Attributes:
        cut: An ordinary pickle, with one payload for each array.
        nested: Index of a payload -> where the pickle of that array starts and ends in the source.
        files: Index of a payload -> the name of the file that holds the array (joblib before 0.10).
    """

    cut: Split
    nested: dict[int, tuple[int, int]] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)

    @property
    def has_arrays(self) -> bool:
        """Whether there is any array: otherwise it is an ordinary pickle."""
        return bool(self.cut.places)


def may_be_joblib(view: memoryview) -> bool:
    """Whether the bytes name a wrapper of joblib anywhere; for files that could not be read as an ordinary pickle."""
    from re import search

    return search(b"N(umpy|D)ArrayWrapper", view) is not None


def split_joblib(view: memoryview, start: int = 0) -> JoblibSplit:
    """Cut the joblib file that begins at `start`.

    Args:
        view: The bytes, contiguous, of format `B`.
        start: Index of the first opcode.

    Raises:
        MalformedError, TruncatedError: It can't be followed to its end, or an array is not all there.
    """
    machine = JoblibMachine(view, start)
    found = JoblibSplit(Split(b""))
    pieces: list[bytes] = []
    done = start
    length = 0
    while (wrapper := machine.run()) is not None:
        if len(found.cut.places) >= _MAX_ARRAYS:
            raise MalformedError("a joblib file of more arrays than any honest one has")
        pieces += [bytes(view[done : machine.position]), _ARRAY]
        length += machine.position - done + len(_ARRAY)
        done = machine.position = _take_array(view, machine.position, wrapper, found)
        machine.replace_top(OPAQUE)
        found.cut.places.append((length, done - start))
    pieces.append(bytes(view[done : machine.position]))
    found.cut.opcodes = b"".join(pieces)
    found.cut.stop = machine.position
    return found


def _take_array(view: memoryview, position: int, wrapper: Wrapper, found: JoblibSplit) -> int:
    """Note the array behind a wrapper; return where it ends."""
    index = len(found.cut.payloads)
    if wrapper.kind != "NumpyArrayWrapper":
        found.files[index] = _file_name(wrapper.state)
        found.cut.payloads.append(Payload(codes.NEXT_BUFFER))
        return position
    dtype = wrapper.state.get("dtype")
    if type(dtype) is not Dtype:
        raise MalformedError("an array of joblib follows whose dtype can't be told", offset=position)
    if dtype.has_object:
        stop = scan(view, position, _NO_BIG_PAYLOAD)[0]
        found.nested[index] = position, stop
        found.cut.payloads.append(Payload(codes.NEXT_BUFFER))
        return stop
    size = shape_of(wrapper.state) * dtype.item_bytes
    if wrapper.state.get("numpy_array_alignment_bytes") is not None:
        position += 1 + (view[position] if position < len(view) else 0)
    if size > len(view) - position:
        raise TruncatedError(
            f"an array of the joblib file needs {size:,} bytes, and {max(len(view) - position, 0):,} are left",
            offset=position,
            hint="copy or download it again",
        )
    found.cut.payloads.append(Payload(codes.NEXT_BUFFER, view[position : position + size], is_writable=True))
    return position + size


def _file_name(state: dict[Any, Any]) -> str:
    name = state.get("filename")
    if type(name) is not str:
        raise MalformedError("an array of joblib stands in a file of its own, which is not named")
    return name
