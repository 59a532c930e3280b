"""Digests (anybody can make them) and MACs (only who holds the key can), both by BLAKE3.

The digest of several buffers is that of their bytes one after the other, so it says nothing of where one ends: who
needs that puts the lengths into what is digested, as the seal's table does.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Buffer

__all__ = ["DIGEST_BYTES", "KEY_BYTES", "digest", "keyed_mac", "same"]

DIGEST_BYTES: Final = 32
"""The length of digests and of MACs."""

KEY_BYTES: Final = 32
"""The length of keys."""

# Below this, handing the work out to threads costs more than it saves.
_THREADS_FROM_BYTES: Final = 8 * 2**20
# The context has its length before it, so that no context and data can pass for another context with other data.
_LENGTH_BYTES: Final = 8

_max_threads = blake3.AUTO


def _stay_on_one_thread() -> None:
    # A forked child has a copy of BLAKE3's thread pool and none of its threads: it would wait for them for ever.
    global _max_threads
    _max_threads = 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stay_on_one_thread)


def digest(*buffers: Buffer) -> bytes:
    """Digest the bytes of C-contiguous buffers, one after the other.

    Returns:
        32 bytes.
    """
    views = [_flat(buffer) for buffer in buffers]
    hasher = blake3(max_threads=_threads_for(views))
    for view in views:
        hasher.update(view)
    return hasher.digest()


def keyed_mac(key: bytes, context: bytes, data: Buffer) -> bytes:
    """Authenticate data for one purpose.

    Args:
        key: 32 secret bytes.
        context: The purpose; a MAC made for one never holds for another.
        data: What is authenticated: a C-contiguous buffer.

    Returns:
        32 bytes.
    """
    prefix = len(context).to_bytes(_LENGTH_BYTES, "little") + context
    view = _flat(data)
    return blake3(prefix, key=key, max_threads=_threads_for([view])).update(view).digest()


def same(a: bytes, b: bytes) -> bool:
    """Compare two digests or MACs in a time that tells nothing of where they differ."""
    # Imported when needed: it brings OpenSSL along, and what has no seal needs none.
    from hmac import compare_digest

    return compare_digest(a, b)


def _flat(buffer: Buffer) -> memoryview | bytes:
    if isinstance(buffer, bytes):
        return buffer
    view = memoryview(buffer)
    # A view with a zero in its shape can't be cast.
    return view.cast("B") if view.nbytes else b""


def _threads_for(views: Iterable[memoryview | bytes]) -> int:
    return _max_threads if max(map(len, views), default=0) >= _THREADS_FROM_BYTES else 1
