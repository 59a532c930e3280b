"""joblib: the wrappers of arrays in its files are read with the files; what ordinary pickles hold of it is little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from onggi.proof.rules import Rule

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    ("joblib.numpy_pickle_compat.NDArrayWrapper", "joblib.numpy_pickle.NDArrayWrapper"),
)

ROWS: Final[dict[str, Rule]] = {}
