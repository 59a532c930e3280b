from __future__ import annotations

import pickle
import pickletools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.inspect.listing import opcode_lines
from onggi.proof.report import Finding, Severity


def listed(data: bytes, **options) -> list[str]:
    return ["".join(text for _, text in line) for line in opcode_lines(data, **options)]


@pytest.mark.parametrize("protocol", range(6))
def test_lists_the_opcodes_that_pickletools_lists(protocol):
    obj = {"a": [1, 2.5, None, "x" * 300, b"y" * 300, (1, 2, 3, 4), {1, 2}], "n": np.arange(3), "big": 2**300}
    data = pickle.dumps(obj, protocol)
    rows = [line.split() for line in listed(data)]
    expected = [(str(position), opcode.name) for opcode, _, position in pickletools.genops(data)]
    assert [(row[0].replace(",", ""), row[1]) for row in rows] == expected


def test_shows_arguments_short_and_escaped():
    lines = listed(pickle.dumps(["a\n\x1b", b"\0" * 1_000, -5, 0.5]))
    text = "\n".join(lines)
    assert '"a\\n\\x1b"' in text
    assert "1,000 bytes" in text
    assert "-5" in text
    assert "0.5" in text
    assert text.replace("\n", "").isprintable()


def test_shows_what_is_refused_below_its_opcode():
    data = b"cos\nsystem\n(S'x'\ntR."
    finding = Finding("dangerous", Severity.HOSTILE, "would call `os.system`", data.index(b"R"))
    lines = listed(data, findings=(finding,))
    assert lines[[line.split()[1] for line in lines].index("REDUCE") + 1].endswith("would call `os.system`")


def test_cuts_a_long_listing():
    assert len(listed(pickle.dumps(list(range(100))), max_lines=10)) == 11


@pytest.mark.parametrize(
    ("data", "end"),
    [(b"\x80\x04\xff", "0xff is no opcode"), (b"X\x09\0\0\0abc", "has 3"), (b"K", "number"), (b"]", "before its STOP")],
)
def test_says_where_it_ends(data, end):
    assert end in listed(data)[-1]


@given(st.binary(max_size=200))
def test_never_fails(data):
    for line in listed(data):
        assert line.isprintable()
