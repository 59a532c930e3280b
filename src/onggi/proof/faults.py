"""The errors that several opcodes share."""

from __future__ import annotations

from onggi.errors import LimitError, TruncatedError

__all__ = ["over", "truncated"]


def truncated(offset: int) -> TruncatedError:
    """Make the error of a pickle that ends too early."""
    return TruncatedError(
        "the pickle ends in the middle: the writer stopped early or is still writing",
        offset=offset,
        hint="copy or download it again, or wait for the writer",
    )


_LIMIT_HINTS = {
    "max_memo_gap": "no pickler numbers its memo like this: `onggi inspect FILE` shows the file without running it",
}


_LARGEST = 2**62
"""What `onggi.Limits` takes at most."""


def over(
    limit: str, reason: str, maximum: int, actual: int, offset: int | None = None, enough: int | None = None
) -> LimitError:
    """Make the error of a pickle that goes over a limit.

    Args:
        limit: The field of `onggi.Limits`.
        reason: What there is too much of.
        maximum: How much there may be.
        actual: How much there is.
        offset: The byte where it is too much.
        enough: The limit that lets it pass, where that is another number than twice `actual`.
    """
    suggested = min(2 * actual if enough is None else enough, _LARGEST)
    return LimitError(
        f"{reason} ({actual:,}; the limit is {maximum:,})",
        limit=limit,
        maximum=maximum,
        actual=actual,
        offset=offset,
        hint=_LIMIT_HINTS.get(limit) or f"if you expect this: limits=onggi.Limits({limit}={suggested})",
    )
