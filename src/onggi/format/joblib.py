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

import re
from dataclasses import dataclass, field
from typing import Any, Final

from onggi.errors import DecodeError, MalformedError, TruncatedError
from onggi.format import codes
from onggi.format.joblib_machine import BYTES_WRAPPER, OPAQUE, Dtype, JoblibMachine, Wrapper, shape_of
from onggi.format.scan import scan
from onggi.format.split import Payload, Split

__all__ = ["JoblibSplit", "may_be_joblib", "split_joblib"]


_ARRAY: Final = bytes((codes.NEXT_BUFFER, codes.BUILD))
_NO_BIG_PAYLOAD: Final = 1 << 62
_FRAME_BYTES: Final = 9
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
        return bool(self.cut.payloads)


def may_be_joblib(view: memoryview) -> bool:
    """Whether the bytes name a wrapper of joblib anywhere; for files that could not be read as an ordinary pickle."""
    return re.search(rb"N(?:umpy|D)ArrayWrapper", view) is not None


def split_joblib(view: memoryview, start: int = 0) -> JoblibSplit:
    """Cut the joblib file that begins at `start`.

    Args:
        view: The bytes, contiguous, of format `B`.
        start: Index of the first opcode.

    Returns:
        The parts; without arrays if there is none as far as the bytes can be followed.

    Raises:
        MalformedError, TruncatedError: It can't be followed to its end, or an array is not all there.
    """
    machine = JoblibMachine(view, start)
    found = JoblibSplit(Split(b""))
    copy = _Copy(view, start, found.cut)
    while (wrapper := _next_wrapper(machine, found)) is not None:
        if len(found.cut.payloads) >= _MAX_ARRAYS:
            raise MalformedError("a joblib file of more arrays than any honest one has")
        copy.opcodes(machine)
        machine.position = _take_array(view, machine.position, wrapper, found)
        copy.array(machine.position)
        machine.replace_top(OPAQUE)
    copy.opcodes(machine)
    found.cut.opcodes = b"".join(copy.pieces)
    found.cut.stop = machine.position
    return found


class _Copy:
    """Copies the opcodes, without the headers of frames, whose lengths do not hold for what comes out."""

    def __init__(self, view: memoryview, start: int, cut: Split) -> None:
        self.pieces: list[bytes] = []
        self._view = view
        self._start = start
        self._places = cut.places
        self._done = start
        self._length = 0

    def opcodes(self, machine: JoblibMachine) -> None:
        """Copy what the machine has read."""
        for at in machine.frames:
            self._add(bytes(self._view[self._done : at]), at + _FRAME_BYTES)
        machine.frames.clear()
        self._length += machine.position - self._done
        self.pieces.append(bytes(self._view[self._done : machine.position]))

    def array(self, stop: int) -> None:
        """Note an array that ends at `stop`."""
        self._done = stop
        self._length += len(_ARRAY)
        self.pieces.append(_ARRAY)
        self._places.append((self._length, stop - self._start))

    def _add(self, piece: bytes, next_at: int) -> None:
        self.pieces.append(piece)
        self._length += len(piece)
        self._done = next_at
        self._places.append((self._length, next_at - self._start))


def _next_wrapper(machine: JoblibMachine, found: JoblibSplit) -> Wrapper | None:
    """Go on to the next array; what breaks before the first one is no file of joblib."""
    try:
        return machine.run()
    except DecodeError:
        if found.has_arrays:
            raise
        return None


def _take_array(view: memoryview, position: int, wrapper: Wrapper, found: JoblibSplit) -> int:
    """Note the array behind a wrapper; return where it ends."""
    index = len(found.cut.payloads)
    if wrapper.kind != BYTES_WRAPPER:
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
