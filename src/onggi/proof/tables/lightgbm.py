"""LightGBM: models and the estimators around them. Not those with linear models in their leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.tables.rows import named, stated

if TYPE_CHECKING:
    from onggi.proof.rules import Rule

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

ROWS: Final[dict[str, Rule]] = {
    "lightgbm.basic.Booster": stated(
        "text whose every column, child, category and count is verified before LightGBM reads it; paths are dropped",
        "lightgbm:booster_state",
    ),
    **named(
        stated(
            "attributes of Python code and a verified Booster; no method is replaced, no file or machine named",
            "lightgbm:estimator_state",
        ),
        "lightgbm.sklearn",
        "LGBMClassifier LGBMModel LGBMRanker LGBMRegressor",
    ),
}
