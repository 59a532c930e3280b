"""The compressed files of joblib before 0.10: `ZF`, the length of the content as text, and a zlib stream."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["zfile_start"]

_ZFILE: Final = re.compile(rb"ZF0x[0-9a-f]{1,16} *L? *")
_HEAD_BYTES: Final = len("ZF") + len(hex(2**64))


def zfile_start(head: bytes) -> int | None:
    """Find the zlib stream in a compressed file of joblib before 0.10.

    Args:
        head: The first 32 bytes.

    Returns:
        Where it starts, behind `ZF` and the length as text: joblib 0.8.4 and older took a character more. None if it is
        no such file.
    """
    if not _ZFILE.match(head):
        return None
    is_wider = head[_HEAD_BYTES : _HEAD_BYTES + 1] == b" "
    return _HEAD_BYTES + is_wider
