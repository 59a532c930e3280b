# cython: annotation_typing=False
"""A small machine that follows the opcodes of a joblib file, to know where its arrays stand and how long they are.

`joblib.dump` writes an object in place of each array, and right behind the BUILD of that object the raw bytes of the
array. How many those are only the state of the object says, and its parts may stand anywhere before, in the memo. So
the machine keeps what such states are made of: short strings, integers, globals, small tuples, dtypes. Everything else
is `OPAQUE`. It judges nothing and builds nothing: what it finds is only used to cut the bytes, and what was cut is
proof-read afterwards.

One source, two builds: `joblib_machine.pxd` holds the C types. Unlike in the other compiled modules list indexes are
checked and may count from the end (`CHECKED_MODULES` in setup.py); those of `_data` are not.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from onggi.errors import DecodeError, MalformedError, TruncatedError
from onggi.format import codes, memory
from onggi.format.opcodes import ARGUMENTS, BY_CODE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BYTES_WRAPPER", "OPAQUE", "Dtype", "JoblibMachine", "Name", "Wrapper"]

OPAQUE: Final = object()
"""Any value that the state of an array is not made of."""

BYTES_WRAPPER: Final = "NumpyArrayWrapper"
"""The class of what has the bytes of its array right behind it; those of the others stand in files of their own."""

_MAX_TEXT_BYTES: Final = 200
_MAX_ITEMS: Final = 70
_SPEC: Final = re.compile(r"[<>|=]?([?bBhHiIlLqQefdgFDGOSUVMmc])([0-9]{0,9})")
_SIZES: Final = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "e": 2, "f": 4, "d": 8, "q": 8, "Q": 8}
_FAR: Final = 1 << 62
"""Behind the end of any file."""

_HAS_OBJECT: Final = 1
"""numpy's NPY_ITEM_HASOBJECT, in the flags of the state of a dtype."""


class Name(NamedTuple):
    """A global."""

    module: str
    name: str


class Wrapper:
    """What stands in place of an array; `state` is its dict, once it has one."""

    __slots__ = ("kind", "state")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state: dict[Any, Any] = {}


class Dtype:
    """A dtype: its type code, and what its state says of size and flags."""

    __slots__ = ("code", "size", "state")

    def __init__(self, spec: str) -> None:
        found = _SPEC.fullmatch(spec)
        self.code = found[1] if found else ""
        self.size = int(found[2] or 0) if found else 0
        self.state: tuple[Any, ...] = ()

    @property
    def has_object(self) -> bool:
        """Whether an array of it holds objects, which are pickled."""
        flags = self.state[7] if len(self.state) > 7 else 0
        return self.code == "O" or bool(type(flags) is int and flags & _HAS_OBJECT)

    @property
    def item_bytes(self) -> int:
        """The size of one item.

        Raises:
            MalformedError: It can't be told.
        """
        if self.code in "SUV" and self.code:
            # Sizes of texts and records are in the state, in bytes; without a state the code counts characters.
            declared = self.state[5] if len(self.state) > 5 else None
            if type(declared) is int and declared >= 0:
                return declared
            return self.size * (4 if self.code == "U" else 1)
        if self.code and self.size and self.code in "biufcMm":
            return self.size
        if self.code in _SIZES:
            return _SIZES[self.code]
        raise MalformedError("an array of joblib follows whose dtype can't be told")


def _is_wrapper(value: Any) -> bool:
    return (
        type(value) is Name
        and value.name in (BYTES_WRAPPER, "NDArrayWrapper", "ZNDArrayWrapper")
        and value.module.partition(".")[0] in ("joblib", "sklearn")
        and "joblib.numpy_pickle" in value.module
    )


class JoblibMachine:
    """Follows opcodes up to the BUILD of the next wrapper of an array, or to STOP.

    Args:
        view: The bytes.
        start: Where the pickle starts.

    Attributes:
        position: The offset behind the last opcode.
        frames: The offsets of the frame headers since the list was last cleared.
    """

    def __init__(self, view: memoryview, start: int) -> None:
        self._view = view
        self._bytes = view
        self._data = memory.bytes_of(self._bytes)
        self._end = len(view)
        self._start = start
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._frame_end = 0
        self._found: list[Wrapper] = []
        self.position = start
        self.frames: list[int] = []

    def run(self) -> Wrapper | None:
        """Go on to the next wrapper that has got its state; return it, or None at STOP.

        Raises:
            MalformedError, TruncatedError: The opcodes can't be followed.
        """
        self._found.clear()
        while self.position < self._end:
            at = self.position
            op = self._data[at]
            if self._frame_end and at >= self._frame_end:
                self._leave_frame(at)
            if op == codes.STOP:
                self.position = at + 1
                return None
            try:
                self._step(op, at)
            except DecodeError:
                raise
            except (IndexError, KeyError, TypeError, ValueError):
                raise MalformedError(f"{BY_CODE[op].name} finds nothing to work on", offset=at - self._start) from None
            if op == codes.BUILD and self._found:
                return self._next_found(at)
        raise self._truncated(self._end)

    def _next_found(self, at: int) -> Wrapper:
        if self._frame_end > self.position and self._found[0].kind == BYTES_WRAPPER:
            raise MalformedError("raw bytes of an array stand inside a frame", offset=at - self._start)
        if self._frame_end <= self.position:
            self._frame_end = 0
        return self._found[0]

    def _step(self, op: int, at: int) -> None:
        """Follow one opcode; those that most files are made of are short cuts of what the table says."""
        data, after = self._data, at + 1
        if op == codes.BINGET and after < self._end:
            self._stack.append(self._memo[data[after]])
            self.position = at + 2
        elif op == codes.MEMOIZE:
            self._memo[len(self._memo)] = self._stack[-1]
            self.position = after
        elif op == codes.BINPUT and after < self._end:
            self._memo[data[after]] = self._stack[-1]
            self.position = at + 2
        elif op == codes.BININT1 and after < self._end:
            self._stack.append(data[after])
            self.position = at + 2
        else:
            kind = ARGUMENTS[op]
            if kind == codes.ARG_NONE:
                self.position = after
            else:
                self._skip_argument(at, kind)
            _EFFECTS[op](self, op, at)

    def replace_top(self, value: Any) -> None:
        """Put what was read in place of the wrapper."""
        self._stack[-1] = value

    def _truncated(self, at: int) -> TruncatedError:
        return TruncatedError("the joblib file ends in the middle", offset=at - self._start, hint="copy it again")

    def _leave_frame(self, at: int) -> None:
        if at > self._frame_end:
            raise MalformedError("an opcode crosses the end of its frame", offset=at - self._start)
        self._frame_end = 0

    def _skip_argument(self, at: int, kind: int) -> None:
        if kind == codes.ARG_UNKNOWN:
            raise MalformedError(f"0x{self._view[at]:02X} is no pickle opcode", offset=at - self._start)
        if kind in (codes.ARG_LINE, codes.ARG_LINES):
            position = self._line_end(at + 1)
            if kind == codes.ARG_LINES:
                position = self._line_end(position)
        else:
            position = at + 1 + _WIDTHS[kind]
            if kind >= codes.ARG_BYTES1:
                position += int.from_bytes(self._view[at + 1 : position], "little")
            if position > self._end:
                raise self._truncated(at)
        self.position = position

    def _line_end(self, position: int) -> int:
        step = 256
        while position < self._end:
            piece = bytes(self._view[position : position + step])
            found = piece.find(b"\n")
            if found >= 0:
                return position + found + 1
            position += len(piece)
            step = min(step * 4, 1 << 20)
        raise self._truncated(position)

    def _lines(self, at: int) -> list[str]:
        if self.position - at > 2 * _MAX_TEXT_BYTES:
            return ["", ""]
        return bytes(self._view[at + 1 : self.position - 1]).decode("latin-1").split("\n")

    # What the opcodes do.

    def _nothing(self, op: int, at: int) -> None:
        pass

    def _frame(self, op: int, at: int) -> None:
        length = int.from_bytes(self._view[at + 1 : self.position], "little")
        self._frame_end = min(self.position + length, _FAR) if length else 0
        self.frames.append(at)

    def _push_opaque(self, op: int, at: int) -> None:
        self._stack.append(OPAQUE)

    def _push_constant(self, op: int, at: int) -> None:
        self._stack.append(_CONSTANTS[op])

    def _push_number(self, op: int, at: int) -> None:
        raw = self._view[at + 1 : self.position]
        self._stack.append(int.from_bytes(raw, "little", signed=op == codes.BININT))

    def _push_long(self, op: int, at: int) -> None:
        raw = self._view[at + (2 if op == codes.LONG1 else 5) : self.position]
        self._stack.append(int.from_bytes(raw, "little", signed=True) if len(raw) <= 9 else OPAQUE)

    def _push_line_number(self, op: int, at: int) -> None:
        text = self._lines(at)[0].removesuffix("L")
        known = {"00": False, "01": True}.get(text)
        self._stack.append(known if known is not None else int(text) if len(text) < 20 else OPAQUE)

    def _push_text(self, op: int, at: int) -> None:
        begin = at + 1 + _WIDTHS[ARGUMENTS[op]]
        is_short = self.position - begin <= _MAX_TEXT_BYTES
        self._stack.append(bytes(self._view[begin : self.position]).decode("latin-1") if is_short else OPAQUE)

    def _push_line_text(self, op: int, at: int) -> None:
        text = self._lines(at)[0]
        self._stack.append(text[1:-1] if op == codes.STRING else text)

    def _push_global(self, op: int, at: int) -> None:
        module, name = self._lines(at)
        self._stack.append(Name(module, name))

    def _stack_global(self, op: int, at: int) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._stack.append(Name(module, name) if type(module) is str and type(name) is str else OPAQUE)

    def _get(self, op: int, at: int) -> None:
        self._stack.append(self._memo[self._index(op, at)])

    def _put(self, op: int, at: int) -> None:
        self._memo[self._index(op, at)] = self._stack[-1]

    def _memoize(self, op: int, at: int) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _index(self, op: int, at: int) -> int:
        if op in (codes.GET, codes.PUT):
            return int(self._lines(at)[0])
        return int.from_bytes(self._view[at + 1 : self.position], "little")

    def _mark(self, op: int, at: int) -> None:
        self._marks.append(len(self._stack))

    def _pop_items(self) -> list[Any]:
        mark = self._marks.pop()
        items = self._stack[mark:]
        del self._stack[mark:]
        return items

    def _pop(self, op: int, at: int) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self._stack.pop()

    def _pop_mark(self, op: int, at: int) -> None:
        self._pop_items()

    def _dup(self, op: int, at: int) -> None:
        self._stack.append(self._stack[-1])

    def _tuple(self, op: int, at: int) -> None:
        items = self._pop_items()
        self._stack.append(tuple(items) if len(items) <= _MAX_ITEMS else OPAQUE)

    def _short_tuple(self, op: int, at: int) -> None:
        count = op - codes.TUPLE1 + 1
        items = tuple(self._stack[-count:])
        if len(items) < count:
            raise IndexError
        self._stack[-count:] = [items]

    def _empty_dict(self, op: int, at: int) -> None:
        # Only the state of a wrapper is of interest; it stands right behind it.
        is_state = bool(self._stack) and type(self._stack[-1]) is Wrapper
        self._stack.append({} if is_state else OPAQUE)

    def _dict(self, op: int, at: int) -> None:
        items = self._pop_items()
        self._empty_dict(op, at)
        self._fill(self._stack[-1], items)

    def _fill(self, target: Any, items: list[Any]) -> None:
        if type(target) is dict and len(items) <= _MAX_ITEMS:
            for key, item in zip(items[::2], items[1::2], strict=True):
                if type(key) is str:
                    target[key] = item

    def _set_item(self, op: int, at: int) -> None:
        item, key = self._stack.pop(), self._stack.pop()
        self._fill(self._stack[-1], [key, item])

    def _set_items(self, op: int, at: int) -> None:
        items = self._pop_items()
        self._fill(self._stack[-1], items)

    def _take_one(self, op: int, at: int) -> None:
        self._stack.pop()

    def _take_items(self, op: int, at: int) -> None:
        self._pop_items()

    def _items_to_opaque(self, op: int, at: int) -> None:
        self._pop_items()
        self._stack.append(OPAQUE)

    def _one_to_opaque(self, op: int, at: int) -> None:
        self._stack[-1] = OPAQUE

    def _reduce(self, op: int, at: int) -> None:
        args, callee = self._stack.pop(), self._stack.pop()
        self._stack.append(_called(callee, args))

    def _new(self, op: int, at: int) -> None:
        if op == codes.NEWOBJ_EX:
            self._stack.pop()
        self._stack.pop()
        cls = self._stack.pop()
        self._stack.append(Wrapper(cls.name) if _is_wrapper(cls) else OPAQUE)

    def _build(self, op: int, at: int) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        if type(target) is Dtype and type(state) is tuple:
            target.state = state
        elif type(target) is Wrapper and type(state) is dict:
            target.state = state
            self._found.append(target)


def _called(callee: Any, args: Any) -> Any:
    if type(callee) is not Name or type(args) is not tuple or not args:
        return OPAQUE
    if callee.name == "dtype" and callee.module.partition(".")[0] == "numpy":
        return Dtype(args[0]) if type(args[0]) is str else OPAQUE
    # Below protocol 2 objects are made by this function.
    if callee.name == "_reconstructor" and _is_wrapper(args[0]):
        return Wrapper(args[0].name)
    return OPAQUE


_WIDTHS: Final = {
    codes.ARG_U1: 1,
    codes.ARG_U2: 2,
    codes.ARG_U4: 4,
    codes.ARG_I4: 4,
    codes.ARG_U8: 8,
    codes.ARG_F8: 8,
    codes.ARG_BYTES1: 1,
    codes.ARG_BYTES4: 4,
    codes.ARG_BYTES8: 8,
}

_CONSTANTS: Final = {codes.NONE: None, codes.NEWTRUE: True, codes.NEWFALSE: False, codes.EMPTY_TUPLE: ()}


def _effects() -> list[Callable[[JoblibMachine, int, int], None]]:
    machine = JoblibMachine
    found: dict[int, Callable[[JoblibMachine, int, int], None]] = dict.fromkeys(BY_CODE, machine._push_opaque)
    rows: tuple[tuple[Callable[[JoblibMachine, int, int], None], tuple[int, ...]], ...] = (
        (machine._nothing, (codes.PROTO, codes.READONLY_BUFFER)),
        (machine._frame, (codes.FRAME,)),
        (machine._push_constant, tuple(_CONSTANTS)),
        (machine._push_number, (codes.BININT, codes.BININT1, codes.BININT2)),
        (machine._push_long, (codes.LONG1, codes.LONG4)),
        (machine._push_line_number, (codes.INT, codes.LONG)),
        (
            machine._push_text,
            (
                *(codes.SHORT_BINUNICODE, codes.BINUNICODE, codes.BINUNICODE8, codes.SHORT_BINSTRING, codes.BINSTRING),
                *(codes.SHORT_BINBYTES, codes.BINBYTES),
            ),
        ),
        (machine._push_line_text, (codes.STRING, codes.UNICODE)),
        (machine._push_global, (codes.GLOBAL,)),
        (machine._stack_global, (codes.STACK_GLOBAL,)),
        (machine._get, (codes.GET, codes.BINGET, codes.LONG_BINGET)),
        (machine._put, (codes.PUT, codes.BINPUT, codes.LONG_BINPUT)),
        (machine._memoize, (codes.MEMOIZE,)),
        (machine._mark, (codes.MARK,)),
        (machine._pop, (codes.POP,)),
        (machine._pop_mark, (codes.POP_MARK,)),
        (machine._dup, (codes.DUP,)),
        (machine._tuple, (codes.TUPLE,)),
        (machine._short_tuple, (codes.TUPLE1, codes.TUPLE2, codes.TUPLE3)),
        (machine._empty_dict, (codes.EMPTY_DICT,)),
        (machine._dict, (codes.DICT,)),
        (machine._set_item, (codes.SETITEM,)),
        (machine._set_items, (codes.SETITEMS,)),
        (machine._take_one, (codes.APPEND,)),
        (machine._take_items, (codes.APPENDS, codes.ADDITEMS)),
        (machine._items_to_opaque, (codes.LIST, codes.FROZENSET, codes.OBJ, codes.INST)),
        (machine._one_to_opaque, (codes.BINPERSID,)),
        (machine._reduce, (codes.REDUCE,)),
        (machine._new, (codes.NEWOBJ, codes.NEWOBJ_EX)),
        (machine._build, (codes.BUILD,)),
    )
    for effect, opcodes in rows:
        found |= dict.fromkeys(opcodes, effect)
    return [found.get(code, machine._nothing) for code in range(256)]


_EFFECTS: Final = _effects()


def shape_of(state: dict[Any, Any]) -> int:
    """Return the number of items of an array, from the state of its wrapper.

    Raises:
        MalformedError: It has no shape.
    """
    shape = state.get("shape")
    if type(shape) is not tuple or not all(type(side) is int and side >= 0 for side in shape):
        raise MalformedError("an array of joblib follows whose shape can't be told")
    return math.prod(shape)
