"""The opcodes of a pickle, one to a line, as far as they can be read; a listing never fails.

byte 0     PROTO            4
byte 11    SHORT_BINUNICODE "posix"
byte 19    MEMOIZE          as 0
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from onggi.format.opcodes import BY_CODE, Argument, Opcode
from onggi.proof.outline_node import printable, quoted
from onggi.proof.outline_read import Payloads, Stopped, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.inspect.spans import Line, Style
    from onggi.proof.report import Finding

__all__ = ["opcode_lines"]

_PREVIEW_BYTES: Final = 64
_NAME_COLUMNS: Final = 17
_MAX_INDENT: Final = 20

_NUMBERS: Final = frozenset({Argument.U1, Argument.U2, Argument.U4, Argument.I4, Argument.U8})
_COUNTED: Final = frozenset({Argument.BYTES1, Argument.BYTES4, Argument.BYTES8})
_TO_MARK: Final = frozenset(
    {"TUPLE", "LIST", "DICT", "APPENDS", "SETITEMS", "ADDITEMS", "FROZENSET", "OBJ", "INST", "POP_MARK"}
)
_MAKING: Final = frozenset({"REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST", "BUILD"})
_NAMING: Final = frozenset({"GLOBAL", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4", "INST", "PERSID", "BINPERSID"})


def opcode_lines(
    view: bytes | memoryview, start: int = 0, *, findings: tuple[Finding, ...] = (), max_lines: int | None = None
) -> Iterator[Line]:
    """Yield the opcodes of one pickle as lines.

    Args:
        view: The bytes.
        start: Where the pickle starts; the offsets that are shown count from there.
        findings: What was refused; each is shown below its opcode.
        max_lines: How many opcodes to show. Default: all.
    """
    payloads = Payloads(view, None)
    reasons: dict[int, list[str]] = {}
    for finding in findings:
        reasons.setdefault(finding.offset, []).append(finding.reason)
    position, depth, count, memo_count = start, 0, 0, 0
    while position < payloads.size:
        if max_lines is not None and count >= max_lines:
            yield [("dim", f"… {payloads.size - position:,} more bytes")]
            return
        row = BY_CODE.get(payloads.data[position])
        if row is None:
            yield [("bad", f"{position - start:>9,}  byte 0x{payloads.data[position]:02x} is no opcode")]
            return
        try:
            end, shown = _argument(payloads, row, position)
        except (Stopped, struct.error) as error:
            yield [("dim", f"{position - start:>9,}  "), ("type", row.name), ("bad", f"  {error}")]
            return
        if row.name in _TO_MARK:
            depth = max(depth - 1, 0)
        if row.name == "MEMOIZE":
            shown, memo_count = f"as {memo_count:,}", memo_count + 1
        yield _line(position - start, row.name, shown, depth)
        for reason in reasons.get(position - start, ()):
            yield [("bad", f"{'':>11}↑ {printable(reason, 300)}")]
        depth += row.name == "MARK"
        count += 1
        position = end
        if row.name == "STOP":
            return
    yield [("bad", f"{position - start:>9,}  the pickle ends before its STOP opcode")]


def _line(offset: int, name: str, shown: str, depth: int) -> Line:
    style: Style = "warn" if name in _MAKING else "call" if name in _NAMING else "type"
    indent = "  " * min(depth, _MAX_INDENT)
    return [("dim", f"{offset:>9,}  "), (style, f"{indent}{name:<{_NAME_COLUMNS}}"), ("value", shown)]


def _argument(payloads: Payloads, row: Opcode, position: int) -> tuple[int, str]:
    """Return the offset after an opcode and a preview of its argument."""
    kind = row.argument
    if kind is Argument.NONE:
        return position + 1, ""
    if kind in _NUMBERS:
        number, end = payloads.number(position)
        return end, f"{number:,}" if row.name == "FRAME" else str(number)
    if kind is Argument.F8:
        value, end = payloads.double(position)
        return end, repr(value)
    if kind in _COUNTED:
        return _counted(payloads, row, position)
    if kind is Argument.LINES:
        module, name, end = payloads.name_lines(position)
        return end, f"{printable(module)} {printable(name)}"
    stop, end = payloads.line(position + 1)
    return end, printable(payloads.cut(position + 1, stop, _PREVIEW_BYTES * 2).decode("latin-1"), _PREVIEW_BYTES)


def _counted(payloads: Payloads, row: Opcode, position: int) -> tuple[int, str]:
    begin, end = payloads.span(position)
    if end > payloads.size:
        raise Stopped(f"needs {end - begin:,} bytes, has {payloads.size - begin:,}")
    raw = payloads.cut(begin, end, _PREVIEW_BYTES)
    more = f"  {end - begin:,} bytes" if end - begin > len(raw) else ""
    if "UNICODE" in row.name:
        return end, f"{quoted(decoded(raw))}{more}"
    if row.name.startswith("LONG"):
        whole = end - begin <= len(raw)
        return end, str(int.from_bytes(raw, "little", signed=True)) if whole else more.strip()
    return end, f"{raw!r}{more}"
