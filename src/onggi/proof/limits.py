"""How much a stranger's pickle may ask for; all of it is counted before anything is built."""

from __future__ import annotations

from typing import Final

from onggi.errors import PolicyError
from onggi.types import Value

__all__ = ["DEFAULT_LIMITS", "UNLIMITED", "Limits"]

_HUGE: Final = 2**62


class Limits(Value, kw_only=True):
    """Bounds that are enforced before building; a breach is a `LimitError` that names the field.

    Attributes:
        max_depth: Levels of objects inside objects. CPython's own pickler stops at about 1,000 (3.11).
        max_opcodes: Opcodes in one pickle.
        max_memo_gap: How far past the number of memo entries a memo index may lie; honest picklers count them up.
        max_built_bytes: Estimated size of what would be built (not counting the payload of strings and buffers that the
            pickle itself holds); and `max_growth` bounds the same as a ratio to the pickle's own size, from 512 MiB up.
        max_growth: See `max_built_bytes`.
        max_key_cost: Objects to be hashed in one dict key or set item, counting shared ones each time.
        max_hash_cost: The same, summed over all keys and items, beyond 8 for each byte of the pickle.
        max_digits: Digits of an integer that is written as text; reading them takes quadratic time.
        max_decompressed_bytes: Size of a compressed file's content.
        max_ratio: Decompressed to compressed size, from 256 MiB up, over all layers.
        max_opcode_ratio: The same for what is no large string or buffer: it costs more than its length.
        max_source_bytes: Bytes read from a stream whose size is not known, such as a pipe.
    """

    max_depth: int = 1_000
    max_opcodes: int = 2_000_000_000
    max_memo_gap: int = 4_096
    max_built_bytes: int = 64 * 2**30
    max_growth: int = 64
    max_key_cost: int = 100_000
    max_hash_cost: int = 10_000_000
    max_digits: int = 4_300
    max_decompressed_bytes: int = 64 * 2**30
    max_ratio: int = 200
    max_opcode_ratio: int = 25
    max_source_bytes: int = 64 * 2**30

    def __post_init__(self) -> None:
        """Refuse limits that are no positive integers."""
        for name in self._names:
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= _HUGE:
                raise PolicyError(f"{name} must be an integer from 1 to 2**62, not {number!r}")


DEFAULT_LIMITS: Final = Limits()

UNLIMITED: Final = Limits(**{**dict.fromkeys(Limits._names, _HUGE), "max_memo_gap": 1 << 22})
"""For what is trusted: the own sealed files. The memo is an array, so a damaged index would take all memory."""
