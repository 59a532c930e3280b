"""The opcode table is that of `pickletools`, of this Python and of every other one."""

from __future__ import annotations

import json
import pickletools
import re
from pathlib import Path

import pytest

from onggi.format import codes, opcodes
from onggi.format.opcodes import ARGUMENTS, BY_CODE, BY_NAME, Argument
from tests.builds import PROJECT

FORMAT = PROJECT / "src" / "onggi" / "format"
OTHER_PYTHONS = json.loads(Path(__file__).with_name("opcodes.json").read_text())

# How `pickletools` names the arguments -> what follows the opcode byte.
ARGUMENT_OF = {
    None: Argument.NONE,
    "uint1": Argument.U1,
    "uint2": Argument.U2,
    "uint4": Argument.U4,
    "int4": Argument.I4,
    "uint8": Argument.U8,
    "float8": Argument.F8,
    **dict.fromkeys(("string1", "bytes1", "unicodestring1", "long1"), Argument.BYTES1),
    **dict.fromkeys(("string4", "bytes4", "unicodestring4", "long4"), Argument.BYTES4),
    **dict.fromkeys(("bytes8", "unicodestring8", "bytearray8"), Argument.BYTES8),
    **dict.fromkeys(("decimalnl_short", "decimalnl_long", "floatnl", "stringnl"), Argument.LINE),
    **dict.fromkeys(("stringnl_noescape", "unicodestringnl"), Argument.LINE),
    "stringnl_noescape_pair": Argument.LINES,
}


# Python 2.7 reads the memo indexes of these as signed; no pickle has 2**31 memo entries.
SIGNED_IN_PYTHON_2 = {"LONG_BINGET", "LONG_BINPUT"}


def ours() -> set[tuple[int, str, Argument, int]]:
    return {tuple(row) for row in BY_CODE.values()}


def test_the_table_is_that_of_this_python():
    theirs = {(ord(op.code), op.name, ARGUMENT_OF[op.arg and op.arg.name], op.proto) for op in pickletools.opcodes}

    assert ours() == theirs


@pytest.mark.parametrize("group", OTHER_PYTHONS, ids=lambda group: "-".join(group["pythons"]))
def test_other_pythons_have_the_same_opcodes_as_far_as_they_have_them(group):
    theirs = {(code, name, ARGUMENT_OF[argument], protocol) for code, name, argument, protocol in group["rows"]}
    newest = max(protocol for *_, protocol in theirs)
    differ = theirs ^ {row for row in ours() if row[3] <= newest}

    assert {name for _, name, _, _ in differ} == (SIGNED_IN_PYTHON_2 if newest == 2 else set())


def test_each_byte_value_has_its_argument():
    assert len(ARGUMENTS) == 256
    for code in range(256):
        assert ARGUMENTS[code] == (BY_CODE[code].argument if code in BY_CODE else Argument.UNKNOWN)


def test_names_and_codes_are_one_table():
    assert set(BY_NAME.values()) == set(BY_CODE.values())
    assert all(BY_NAME[row.name] is BY_CODE[row.code] is row for row in opcodes._ROWS)
    assert len(BY_NAME) == len(BY_CODE) == len(opcodes._ROWS)


def constants(module: object) -> dict[str, int]:
    return {name: value for name, value in vars(module).items() if name.isupper() and isinstance(value, int)}


def test_the_numbers_of_the_compiled_modules_are_those_of_the_table():
    found = constants(codes)

    assert {name: value for name, value in found.items() if not name.startswith("ARG_")} == {
        row.name: row.code for row in BY_CODE.values()
    }
    assert {name: value for name, value in found.items() if name.startswith("ARG_")} == {
        f"ARG_{argument.name}": argument for argument in Argument
    }


def test_the_numbers_in_c_are_those_in_python():
    text = (FORMAT / "codes.pxd").read_text()

    assert {name: int(value, 0) for name, value in re.findall(r"^ +(\w+) = (\w+)$", text, re.MULTILINE)} == constants(
        codes
    )
