"""Honest models of LightGBM, of each objective and kind of boosting, and the estimators around them."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np

from tests.corpus import Case

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cases"]

_RANDOM = np.random.default_rng(5)
_X = _RANDOM.random((120, 4))
_X[::7, 0] = np.nan
_X[:, 2] = _RANDOM.integers(0, 30, 120)
_Y = (_X[:, 2] % 3).astype(int)
_QUIET = {"verbose": -1, "num_threads": 1, "num_leaves": 7, "min_data_in_leaf": 3}

_OBJECTIVES = (
    *("regression", "regression_l1", "huber", "fair", "poisson"),
    *("quantile", "mape", "tweedie", "cross_entropy"),
)

_TRAINED: dict[str, dict[str, Any]] = {
    **{
        name: {"objective": name}
        for name in [
            "regression",
            "regression_l1",
            "huber",
            "fair",
            "poisson",
            "quantile",
            "mape",
            "tweedie",
            "cross_entropy",
        ]
    },
    "binary": {"objective": "binary"},
    "multiclass": {"objective": "multiclass", "num_class": 3},
    "multiclassova": {"objective": "multiclassova", "num_class": 3},
    "dart": {"boosting": "dart"},
    "forest": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
    "goss": {"data_sample_strategy": "goss"},
    "monotone": {"monotone_constraints": [1, 0, 0, -1]},
    "constant": {"min_data_in_leaf": 10_000},
    "categories": {"categorical_feature": [2], "max_cat_to_onehot": 1, "min_data_per_group": 1},
}


@cache
def _booster(name: str) -> Any:
    options = {**_QUIET, **_TRAINED[name]}
    labels = _Y if "class" in name else (_Y > 0).astype(int)
    return lgb.train(options, lgb.Dataset(_X, labels), 3)


@cache
def _estimator(name: str) -> Any:
    made = getattr(lgb, name)(n_estimators=3, verbose=-1, n_jobs=1)
    return made.fit(_X, _Y, group=[60, 60]) if name == "LGBMRanker" else made.fit(_X, _Y)


@cache
def _stopped() -> Any:
    model = lgb.LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1)
    stop = lgb.early_stopping(2, verbose=False)
    return model.fit(_X, np.array(list("abc"))[_Y], eval_set=[(_X, np.array(list("abc"))[_Y])], callbacks=[stop])


def _same(before: Any, after: Any) -> bool:
    same = type(before) is type(after) and np.array_equal(before.predict(_X), after.predict(_X))
    if isinstance(before, lgb.Booster):
        return same and np.allclose(before.predict(_X, pred_contrib=True), after.predict(_X, pred_contrib=True))
    return same and before.get_params() == after.get_params()


def cases() -> list[Case]:
    made: dict[str, Callable[[], Any]] = {name: partial(_booster, name) for name in _TRAINED}
    made |= {name: partial(_estimator, name) for name in ("LGBMClassifier", "LGBMRegressor", "LGBMRanker")}
    made |= {"stopped": _stopped}
    unfitted = Case("unfitted", lgb.LGBMRegressor, lambda before, after: before.get_params() == after.get_params())
    return [*(Case(name, make, _same) for name, make in made.items()), unfitted]
