"""What a file is signed as, and which files and scopes such a name fits.

A name is a path from anywhere: `churn.pkl` or `models/churn.pkl`, with `/` between the parts and without the suffix of
a compression, so that a file keeps its name when it is compressed or unpacked. The name fits a file whose path ends in
the same parts: `models/churn.pkl` fits `/data/models/churn.pkl` and not `/data/other/churn.pkl`. So a file that was
signed as one thing can't be put in the place of another.

A scope is a pattern for names: `*` and `?` stand for characters within a part, `[…]` for one of them, and `**` for any
number of parts.
"""

from __future__ import annotations

import os
import unicodedata
from fnmatch import fnmatchcase
from typing import Final

from onggi.errors import SignatureError
from onggi.format.signatures import MAX_NAME_BYTES

__all__ = ["check_scope", "fits_path", "in_scope", "is_name", "logical_name"]

# zlib and lzma have no suffix of their own that `onggi.dump` knows; those that it knows are in `files.compression`.
_SUFFIXES: Final = (".gz", ".bz2", ".xz", ".zst", ".lz4")
_ANY_PARTS: Final = "**"
_MAX_SCOPE_CHARACTERS: Final = 255


def logical_name(text: str) -> str:
    """Return the name that a text says, without the suffix of a compression.

    Raises:
        SignatureError: It can't be a name.
    """
    name = _normal(text)
    if not is_name(name):
        reason = f"{text[:100]!r} can't be what a file is signed as: a name has printable parts between single slashes"
        raise SignatureError(reason, hint='such as "churn.pkl" or "models/churn.pkl"')
    return name


def is_name(name: str) -> bool:
    """Say whether this is a name in its normal form: nothing else is believed, whoever signed it."""
    parts = name.split("/")
    return (
        0 < len(name.encode("utf-8", "replace")) <= MAX_NAME_BYTES
        and name.isprintable()
        and "\\" not in name
        and name == _normal(name)
        and not any(part in ("", ".", "..") or part != part.strip() for part in parts)
    )


def _normal(text: str) -> str:
    name = unicodedata.normalize("NFC", text)
    for suffix in _SUFFIXES:
        stem = name.removesuffix(suffix)
        if stem != name and stem.rpartition("/")[2]:
            return _normal(stem)
    return name


def fits_path(name: str, path: str) -> bool:
    """Say whether a file at a path is what the name says.

    Args:
        name: What the file is signed as.
        path: Where it lies; relative paths are completed.
    """
    place = _normal(os.path.abspath(path).replace(os.sep, "/"))
    return place == name or place.endswith("/" + name)


def check_scope(scope: str) -> str:
    """Return a scope, if it is one.

    Raises:
        SignatureError: It can't match any name.
    """
    parts = scope.split("/")
    is_good = scope.isprintable() and 0 < len(scope) <= _MAX_SCOPE_CHARACTERS and "\\" not in scope
    if not is_good or any(part in ("", ".", "..") for part in parts):
        raise SignatureError(f"{scope[:100]!r} is no pattern for names", hint='such as "models/*", "*.pkl" or "**"')
    return unicodedata.normalize("NFC", scope)


def in_scope(name: str, scope: str) -> bool:
    """Say whether a name matches a scope."""
    parts = name.split("/")
    # For each number of leading parts: whether the pattern so far matches exactly those.
    reached = [True] + [False] * len(parts)
    for pattern in scope.split("/"):
        if pattern == _ANY_PARTS:
            first = reached.index(True) if True in reached else len(reached)
            reached = [number >= first for number in range(len(reached))]
        else:
            matched = [reached[number] and fnmatchcase(part, pattern) for number, part in enumerate(parts)]
            reached = [False, *matched]
    return reached[-1]
