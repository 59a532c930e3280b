"""What each opcode does to the stack of an outline's machine.

Each step gets the machine and the offset of its opcode, reads the argument, changes the stack and returns the offset
of the next opcode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from onggi.format.opcodes import BY_NAME
from onggi.proof import outline_build as build
from onggi.proof import outline_joblib as joblib
from onggi.proof.outline_node import Node, global_node, mention, quoted
from onggi.proof.outline_read import Stopped, unescaped, whole_number
from onggi.proof.outline_skip import skip_items

if TYPE_CHECKING:
    from onggi.proof.outline_machine import Machine

__all__ = ["STEPS"]

Step = Callable[["Machine", int], int]

_INT: Final = BY_NAME["INT"].code
_UNICODE: Final = BY_NAME["UNICODE"].code
_NEWOBJ_EX: Final = BY_NAME["NEWOBJ_EX"].code
_MAX_MARKS: Final = 1_000_000


# Scalars.


def _constant(kind: str, value: object) -> Step:
    def step(machine: Machine, start: int) -> int:
        machine.push(Node(kind, "None" if kind == "none" else kind, start, start + 1, value))
        return start + 1

    return step


def _integer(machine: Machine, start: int) -> int:
    value, end = machine.payloads.number(start)
    machine.push(Node("int", "int", start, end, value))
    return end


def _float(machine: Machine, start: int) -> int:
    value, end = machine.payloads.double(start)
    machine.push(Node("float", "float", start, end, value))
    return end


def _text_integer(machine: Machine, start: int) -> int:
    stop, end = machine.payloads.line(start + 1)
    raw = machine.payloads.cut(start + 1, stop)
    if machine.payloads.data[start] == _INT and raw in (b"00", b"01"):
        machine.push(Node("bool", "bool", start, end, raw == b"01"))
        return end
    node = Node("int", "int", start, end, whole_number(raw))
    if node.value is None:
        node.length = stop - start - 1
    machine.push(node)
    return end


def _text_float(machine: Machine, start: int) -> int:
    stop, end = machine.payloads.line(start + 1)
    try:
        value = float(machine.payloads.cut(start + 1, stop, 64))
    except ValueError:
        raise Stopped("a float is written with characters that are no number") from None
    machine.push(Node("float", "float", start, end, value))
    return end


def _push_payload(machine: Machine, node: Node, begin: int) -> int:
    """Push a node of `length` bytes from `begin` on; where they are cut off, it is the last thing that is shown."""
    end = begin + node.length
    node.end = min(end, machine.payloads.size)
    machine.push(node)
    if end > machine.payloads.size:
        machine.position = node.end
        raise Stopped(f"needs {node.length:,} bytes, has {machine.payloads.size - begin:,}: the end is missing")
    return end


def _long(machine: Machine, start: int) -> int:
    begin, end = machine.payloads.span(start)
    node = Node("int", "int", start, end)
    node.length = end - begin
    if node.length <= 32:
        node.value = int.from_bytes(machine.payloads.cut(begin, end), "little", signed=True)
    return _push_payload(machine, node, begin)


def _payload(kind: str, type_name: str) -> Step:
    def step(machine: Machine, start: int) -> int:
        begin, end = machine.payloads.span(start)
        node = Node(kind, type_name, start, end)
        node.at = begin
        node.length = end - begin
        return _push_payload(machine, node, begin)

    return step


def _old_string(machine: Machine, start: int) -> int:
    begin, end = machine.payloads.span(start)
    node = Node("str", "str", start, end)
    node.length = end - begin
    node.value = machine.payloads.cut(begin, end).decode("latin-1")
    machine.has_8bit_strings |= not node.value.isascii()
    return _push_payload(machine, node, begin)


def _text_string(machine: Machine, start: int) -> int:
    stop, end = machine.payloads.line(start + 1)
    raw = machine.payloads.cut(start + 1, stop)
    node = Node("str", "str", start, end)
    node.length = stop - start - 1
    if machine.payloads.data[start] == _UNICODE:
        text = raw.decode("raw-unicode-escape", "replace")
        node.value = text
        node.length = len(text.encode("utf-8", "surrogatepass")) if node.length <= len(raw) else node.length
    elif node.length > len(raw):
        node.value = raw[1:].decode("latin-1")
    else:
        node.value = unescaped(raw)
        node.length = max(node.length - 2, 0)
    if not isinstance(node.value, str):
        raise Stopped("a string is not written in quotes")
    machine.has_8bit_strings |= machine.payloads.data[start] != _UNICODE and not node.value.isascii()
    machine.push(node)
    return end


def _out_of_band(machine: Machine, start: int) -> int:
    node = Node("buffer", "buffer", start, start + 1)
    buffers, index = machine.payloads.buffers, machine.next_buffer
    machine.next_buffer += 1
    if buffers is not None:
        if index >= len(buffers):
            raise Stopped("more out-of-band buffers are used than there are")
        node.length = node.extra_bytes = max(buffers[index], 0)
    machine.push(node)
    return start + 1


def _read_only(machine: Machine, start: int) -> int:
    machine.top().grow(start + 1)
    return start + 1


# Containers.


def _empty(kind: str) -> Step:
    def step(machine: Machine, start: int) -> int:
        node = Node(kind, kind, start, start + 1)
        node.length = 0
        machine.push(node)
        return start + 1

    return step


def _mark(machine: Machine, start: int) -> int:
    if len(machine.marks) >= _MAX_MARKS:
        raise Stopped(f"more than {_MAX_MARKS:,} marks wait on the stack")
    machine.marks.append((len(machine.stack), start))
    if start == machine.last_fill_end and len(machine.stack[-1].children) >= machine.keep:
        return skip_items(machine, start)
    return start + 1


def _from_mark(kind: str) -> Step:
    def step(machine: Machine, start: int) -> int:
        parts, begin = machine.pop_to_mark()
        machine.push(build.collected(machine, kind, parts, begin, start + 1))
        return start + 1

    return step


def _short_tuple(count: int) -> Step:
    def step(machine: Machine, start: int) -> int:
        parts = machine.pop_many(count)
        machine.push(build.collected(machine, "tuple", parts, build.begin_of(parts, start), start + 1))
        return start + 1

    return step


def _fill(adder: build.Adder, count: int) -> Step:
    """Make the step that moves `count` values, or all above the mark if 0, into what lies below them."""

    def step(machine: Machine, start: int) -> int:
        parts = machine.pop_many(count) if count else machine.pop_to_mark()[0]
        build.fill(machine, adder, parts, start + 1)
        machine.last_fill_end = start + 1
        return start + 1

    return step


# Globals and what is made with them.


def _global(machine: Machine, start: int) -> int:
    module, name, end = machine.payloads.name_lines(start)
    machine.push(global_node(machine.protocol, module, name, start, end))
    return end


def _stack_global(machine: Machine, start: int) -> int:
    parts = machine.pop_many(2)
    module, name = (machine.payloads.text(part.target or part) for part in parts)
    begin = build.begin_of(parts, start)
    machine.push(global_node(machine.protocol, module or "?", name or "?", begin, start + 1))
    return start + 1


def _inst(machine: Machine, start: int) -> int:
    module, name, end = machine.payloads.name_lines(start)
    function = global_node(machine.protocol, module, name, start, end)
    parts, begin = machine.pop_to_mark()
    args = build.collected(machine, "tuple", parts, begin, end)
    machine.push(build.made_by_call(machine, function, args, begin, end))
    return end


def _obj(machine: Machine, start: int) -> int:
    parts, begin = machine.pop_to_mark()
    if not parts:
        raise Stopped("an OBJ opcode has no class")
    args = build.collected(machine, "tuple", parts[1:], begin, start + 1)
    machine.push(build.made_by_call(machine, parts[0], args, begin, start + 1))
    return start + 1


def _reduce(machine: Machine, start: int) -> int:
    parts = machine.pop_many(2)
    machine.push(build.made_by_call(machine, parts[0], parts[1], build.begin_of(parts, start), start + 1))
    return start + 1


def _new(machine: Machine, start: int) -> int:
    parts = machine.pop_many(3 if machine.payloads.data[start] == _NEWOBJ_EX else 2)
    machine.push(build.made_by_new(machine, parts, build.begin_of(parts, start), start + 1))
    return start + 1


def _build(machine: Machine, start: int) -> int:
    build.fill(machine, build.add_state, machine.pop_many(1), start + 1)
    top = machine.top()
    if machine.reads_joblib and top.type == joblib.WRAPPER and top.kind == "object":
        end = joblib.show_array(machine.payloads, top, start + 1)
        top.grow(end)
        return end
    return start + 1


def _extension(machine: Machine, start: int) -> int:
    code, end = machine.payloads.number(start)
    node = Node("extension", "extension", start, end, code)
    node.note = f"code {code} of copyreg's extension registry"
    machine.push(node)
    return end


def _text_persistent(machine: Machine, start: int) -> int:
    stop, end = machine.payloads.line(start + 1)
    node = Node("persistent", "persistent id", start, end)
    node.note = quoted(machine.payloads.cut(start + 1, stop).decode("utf-8", "replace"))
    machine.push(node)
    return end


def _persistent(machine: Machine, start: int) -> int:
    inner = machine.pop()
    node = Node("persistent", "persistent id", build.begin_of([inner], start), start + 1)
    if inner.kind == "tuple":
        build.take_over(machine, node, inner, "<id {}>")
    else:
        machine.attach(node, inner, "<id>")
    machine.push(node)
    return start + 1


# Memo and the rest.


def _text_put(machine: Machine, start: int) -> int:
    stop, end = machine.payloads.line(start + 1)
    machine.put(_memo_index(machine, start + 1, stop), end)
    return end


def _text_get(machine: Machine, start: int) -> int:
    stop, end = machine.payloads.line(start + 1)
    machine.get(_memo_index(machine, start + 1, stop), start, end)
    return end


def _memo_index(machine: Machine, begin: int, stop: int) -> int:
    index = whole_number(machine.payloads.cut(begin, stop))
    if index is None or index < 0:
        raise Stopped("a memo index is no number that a memo can have")
    return index


def _put(machine: Machine, start: int) -> int:
    index, end = machine.payloads.number(start)
    machine.put(index, end)
    return end


def _get(machine: Machine, start: int) -> int:
    index, end = machine.payloads.number(start)
    machine.get(index, start, end)
    return end


def _memoize(machine: Machine, start: int) -> int:
    machine.put(machine.memo_count, start + 1)
    return start + 1


def _protocol(machine: Machine, start: int) -> int:
    machine.protocol, end = machine.payloads.number(start)
    return end


def _frame(machine: Machine, start: int) -> int:
    return machine.payloads.number(start)[1]


def _stop(machine: Machine, start: int) -> int:
    machine.root = machine.pop()
    return start + 1


def _pop(machine: Machine, start: int) -> int:
    if machine.marks and machine.marks[-1][0] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.drop(machine.pop())
    return start + 1


def _pop_mark(machine: Machine, start: int) -> int:
    for node in machine.pop_to_mark()[0]:
        machine.drop(node)
    return start + 1


def _duplicate(machine: Machine, start: int) -> int:
    machine.push(mention(machine.top(), start, start + 1))
    return start + 1


_BY_NAME: Final[dict[str, Step]] = {
    "NONE": _constant("none", None),
    "NEWTRUE": _constant("bool", True),
    "NEWFALSE": _constant("bool", False),
    "BININT": _integer,
    "BININT1": _integer,
    "BININT2": _integer,
    "INT": _text_integer,
    "LONG": _text_integer,
    "LONG1": _long,
    "LONG4": _long,
    "FLOAT": _text_float,
    "BINFLOAT": _float,
    "STRING": _text_string,
    "UNICODE": _text_string,
    "BINSTRING": _old_string,
    "SHORT_BINSTRING": _old_string,
    "BINUNICODE": _payload("str", "str"),
    "SHORT_BINUNICODE": _payload("str", "str"),
    "BINUNICODE8": _payload("str", "str"),
    "BINBYTES": _payload("bytes", "bytes"),
    "SHORT_BINBYTES": _payload("bytes", "bytes"),
    "BINBYTES8": _payload("bytes", "bytes"),
    "BYTEARRAY8": _payload("bytes", "bytearray"),
    "NEXT_BUFFER": _out_of_band,
    "READONLY_BUFFER": _read_only,
    "EMPTY_TUPLE": _empty("tuple"),
    "EMPTY_LIST": _empty("list"),
    "EMPTY_DICT": _empty("dict"),
    "EMPTY_SET": _empty("set"),
    "MARK": _mark,
    "TUPLE": _from_mark("tuple"),
    "LIST": _from_mark("list"),
    "DICT": _from_mark("dict"),
    "FROZENSET": _from_mark("frozenset"),
    "TUPLE1": _short_tuple(1),
    "TUPLE2": _short_tuple(2),
    "TUPLE3": _short_tuple(3),
    "APPEND": _fill(build.append_items, 1),
    "APPENDS": _fill(build.append_items, 0),
    "SETITEM": _fill(build.set_items, 2),
    "SETITEMS": _fill(build.set_items, 0),
    "ADDITEMS": _fill(build.add_items, 0),
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "INST": _inst,
    "OBJ": _obj,
    "REDUCE": _reduce,
    "NEWOBJ": _new,
    "NEWOBJ_EX": _new,
    "BUILD": _build,
    "EXT1": _extension,
    "EXT2": _extension,
    "EXT4": _extension,
    "PERSID": _text_persistent,
    "BINPERSID": _persistent,
    "PUT": _text_put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "GET": _text_get,
    "BINGET": _get,
    "LONG_BINGET": _get,
    "MEMOIZE": _memoize,
    "PROTO": _protocol,
    "FRAME": _frame,
    "STOP": _stop,
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": _duplicate,
}

STEPS: Final[tuple[Step | None, ...]] = tuple(
    next((step for name, step in _BY_NAME.items() if BY_NAME[name].code == code), None) for code in range(256)
)
