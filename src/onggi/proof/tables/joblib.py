"""joblib: what stands in place of the arrays in its files, which `onggi.format.joblib` has cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.rules import Rule, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    ("joblib.numpy_pickle_compat.NDArrayWrapper", "joblib.numpy_pickle.NDArrayWrapper"),
    ("joblib.numpy_pickle_compat.ZNDArrayWrapper", "joblib.numpy_pickle.ZNDArrayWrapper"),
)


def _wrapper(why: str, stand_in: str) -> Rule:
    return Rule(
        Use.NEW | Use.STATE, why, new="joblib:new_wrapper", state="joblib:wrapper_state", stand_in=f"joblib:{stand_in}"
    )


_WHY_BYTES: Final = "becomes an array of its own bytes: dtype, shape and their number must agree"
_WHY_FILE: Final = "becomes the array of a file beside it, which is read by the same rules"

ROWS: Final[Mapping[str, Rule]] = {
    "joblib.numpy_pickle.NumpyArrayWrapper": _wrapper(_WHY_BYTES, "ArrayWrapper"),
    "joblib.numpy_pickle.NDArrayWrapper": _wrapper(_WHY_FILE, "FileWrapper"),
    "joblib.numpy_pickle.ZNDArrayWrapper": _wrapper(_WHY_FILE, "FileWrapper"),
}
