"""Mistakes that mypy has to find; each line names the error code in a comment, and `test_door` compares. Never run."""

from __future__ import annotations

from pathlib import Path

import onggi

text: str = onggi.load("a.pkl", expect=int)  # error: assignment
number: int = onggi.loads(b"", expect=(str, bytes))  # error: assignment
for item in onggi.iter_load("a.pkl", expect=Path):
    item.nothing()  # error: attr-defined
onggi.load("a.pkl", modus="r")  # error: call-overload
onggi.iter_load("a.pkl", buffers=[])  # error: call-overload
onggi.dumps({}, protokol=2)  # error: call-arg
onggi.inspect("a.pkl").nothing()  # error: attr-defined
