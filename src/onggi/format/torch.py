"""The files of `torch.save` from before version 1.6: pickles one after the other, then the raw numbers.

    a pickle of 0x1950A86A20F9469CFC6C · of the version 1001 · of a dict about the machine · of the object, in which
    each storage is a persistent id · of the list of the keys of the storages
    for each key:  <number of elements: u64>  <the elements>

(`torch/serialization.py`, `_legacy_save`.) Newer files are zip archives: `files.archive` reads these.
"""

from __future__ import annotations

from typing import Final

__all__ = ["LEGACY_MAGIC", "LEGACY_PICKLES"]

LEGACY_MAGIC: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The first pickle, as protocol 2 writes it."""

LEGACY_PICKLES: Final = 5
"""How many pickles there are."""
