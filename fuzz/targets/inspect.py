"""Looking: any bytes end in a picture or in one of our errors; nothing is imported, and no terminal is written to."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Final

import onggi
from fuzz.seeds import pickles
from fuzz.target import Target, chosen
from fuzz.targets.loads import tried
from onggi.errors import OnggiError
from onggi.inspect.inspection import Inspection
from onggi.proof import read
from onggi.proof.outline import outline, path_at

__all__ = ["TARGET"]

_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What moves the cursor, changes colours, or turns the direction of text."""
_OPEN_TAG: Final = re.compile(r"<(script|img|iframe|object|embed|base|form|link)\b", re.IGNORECASE)


def check(data: bytes) -> None:
    """Look at it, and show it in one of the ways."""
    before = len(sys.modules)
    found, inspection = tried(lambda: onggi.inspect(data))
    tree = outline(data, max_nodes=chosen(data, (5, 100, 10_000)))
    path_at(tree, chosen(data, range(len(data) + 1)))
    if found:
        _show(data, inspection)
        _agree(data, inspection)
    if len(sys.modules) != before:
        imported = {name for name in list(sys.modules)[before:] if not name.startswith("onggi.")}
        assert not imported, imported


def _show(data: bytes, inspection: Inspection) -> None:
    way = chosen(data, range(4), 1)
    if way == 0:
        text = inspection.html()
        assert not _OPEN_TAG.search(text), _OPEN_TAG.search(text)
    elif way == 1:
        text = json.dumps(inspection.data(), allow_nan=False)
    else:
        text = inspection.text(width=chosen(data, (10, 40, 100, 1_000)), ascii_only=way == 2)
        assert way != 2 or text.isascii()
    assert not _CONTROL.search(text), _CONTROL.search(text)


def _agree(data: bytes, inspection: Inspection) -> None:
    """The first pickle's verdict is that of the proof."""
    try:
        proof = read(data)
    except OnggiError:
        assert inspection.problem is not None or inspection.unpacked_bytes != len(data)
        return
    if inspection.problem is None and not inspection.compression:
        assert inspection.verdict == proof.report.verdict


def _setup() -> None:
    for data in pickles()[:500]:
        for way in (Inspection.html, Inspection.data, Inspection.text):
            tried(lambda data=data, way=way: way(onggi.inspect(io.BytesIO(data))))


TARGET: Final = Target("inspect", check, pickles, setup=_setup)
