"""The byte map of docs/format.md is that of the code, and its example is what onggi writes."""

from __future__ import annotations

import pickle
import re
from itertools import pairwise

import pytest

import onggi
from onggi.codec.encode import encode
from onggi.format import label, layout, seal, split
from onggi.trust.sealing import sealed
from tests.docs.pages import DOCS, blocks, prose

PAGE = DOCS / "format.md"
ROWS = re.findall(r"^\| ([0-9a-f]{4}) \| `([0-9a-f ]+)` \|", prose(PAGE), re.MULTILINE)


def _example() -> bytes:
    """Return the bytes of the hexdump."""
    (dump,) = [block.text for block in blocks(PAGE) if block.mark == "hexdump"]
    lines = [line for line in dump.splitlines() if line]
    data = b"".join(bytes.fromhex(line[6:53]) for line in lines)
    for number, line in enumerate(lines):
        chunk = data[16 * number : 16 * number + 16]
        assert line[:4] == f"{16 * number:04x}"
        assert line[55:] == "".join(chr(byte) if 32 <= byte < 127 else "." for byte in chunk)
    return data


def test_the_example_is_a_pickle_for_both() -> None:
    """Plain pickle reads it, and onggi, which also finds the digests right."""
    data = _example()
    assert pickle.loads(data) == {"jars": 12}
    assert onggi.loads(data, verify=True) == {"jars": 12}
    assert onggi.inspect(data).report.seal == "digests only"


def test_onggi_writes_the_example() -> None:
    """The same object with the same label gives the same bytes."""
    data = _example()
    content = label.read_label(data)
    assert content is not None
    del content["onggi"]
    assert b"".join(sealed(encode({"jars": 12}).layout(content), None)) == data


@pytest.mark.parametrize(("at", "shown"), ROWS, ids=[at for at, _ in ROWS])
def test_a_row_shows_the_bytes_that_stand_there(at: str, shown: str) -> None:
    """Every row of the table below the hexdump."""
    start, expected = int(at, 16), bytes.fromhex(shown)
    assert _example()[start : start + len(expected)] == expected


def test_the_rows_cover_the_example() -> None:
    """Each begins where the one before it ends, but for the two whose bytes are shown in part."""
    places = [(int(at, 16), len(bytes.fromhex(shown))) for at, shown in ROWS]
    gaps = [start for (start, length), (after, _) in pairwise(places) if start + length != after]
    assert gaps == [0x07, 0x9F]
    assert sum(places[-1]) == len(_example())


def test_the_structs_are_those_of_the_code() -> None:
    """And the numbers that the page names."""
    text = prose(PAGE)
    for struct in (seal._ROW, seal._MAC, seal._FOOTER):
        assert f"`{struct.format}`" in text
    assert seal.MAGIC.hex(" ") in text
    assert (label.FORMAT_VERSION, layout.ALIGNMENT_BYTES, split.MIN_BUFFER_BYTES) == (1, 64, 16 * 1024)
    assert label.MAX_LABEL_BYTES == 2**20


def test_the_keys_of_the_label_are_those_of_the_table() -> None:
    """A label with metadata has them all."""
    table = prose(PAGE).partition("## The label")[2].partition("## ")[0]
    data = onggi.dumps([1], label={"run": 7})
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(label.read_label(data) or ())
