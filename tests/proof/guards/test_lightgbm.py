"""Guards of LightGBM: a model of any other text than LightGBM writes is refused before its C++ code reads it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from onggi.proof.guards import lightgbm as guard
from onggi.proof.rules import Unsafe

TREE = """Tree=0
num_leaves=3
num_cat=1
split_feature=0 1
split_gain=1 2
threshold=0.5 0
decision_type=2 1
left_child=1 -1
right_child=-2 -3
leaf_value=1 2e-05 -3
leaf_weight=1 2 3
leaf_count=1 2 3
internal_value=0 1
internal_weight=3 2
internal_count=3 2
cat_boundaries=0 1
cat_threshold=7
is_linear=0
shrinkage=0.1


"""

MODEL = f"""tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=a b
feature_infos=[0:1] 1:2:3
tree_sizes=100

{TREE}end of trees

feature_importances:
a=1

parameters:
[boosting: gbdt]
[num_machines: 1]
[forcedsplits_filename: /etc/passwd]
[machines: 10.0.0.1]

end of parameters

pandas_categorical:null
"""


def test_an_honest_model_is_written_anew() -> None:
    written = guard._checked(MODEL)
    assert TREE in written
    assert "tree_sizes" not in written
    assert "[num_machines: 1]" in written
    assert "passwd" not in written
    assert "10.0.0.1" not in written
    assert guard._checked(written) == written


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("num_class=1", "num_class=2"),
        ("num_class=1", "num_class=0"),
        ("num_class=1", "num_class=\u0661"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=3"),
        ("max_feature_idx=1", "max_feature_idx=99"),
        ("max_feature_idx=1", "max_feature_idx=-1"),
        ("feature_names=a b", "feature_names=a"),
        ("sigmoid:1", "num_class:3"),
        ("objective=binary sigmoid:1", "objective=multiclass num_class:9"),
        ("objective=binary", "objective=../x"),
        ("feature_infos=[0:1]", "feature_infos=[0:evil]"),
        ("tree\n", "tree\nmonotone_constraints=1\n"),
        ("version=v4", "version=v9"),
        ("version=v4", "version=v4\nversion=v3"),
        ("num_leaves=3", "num_leaves=4"),
        ("num_leaves=3", "num_leaves=-3"),
        ("num_leaves=3", "num_leaves=1"),
        ("num_leaves=3", "num_leaves=2147483647"),
        ("split_feature=0 1", "split_feature=0 2"),
        ("split_feature=0 1", "split_feature=0 -1"),
        ("split_feature=0 1", "split_feature=0 x"),
        ("split_feature=0 1\n", ""),
        ("left_child=1 -1", "left_child=0 -1"),
        ("left_child=1 -1", "left_child=2 -1"),
        ("left_child=1 -1", "left_child=1 -4"),
        ("left_child=1 -1", "left_child=1 -3"),
        ("left_child=1 -1", "left_child=-1 -1"),
        ("right_child=-2 -3", "right_child=1 -3"),
        ("threshold=0.5 0", "threshold=0.5 1"),
        ("threshold=0.5 0", "threshold=0.5 -1"),
        ("threshold=0.5 0", "threshold=0.5 nan"),
        ("threshold=0.5 0", "threshold=0.5"),
        ("decision_type=2 1", "decision_type=2 127"),
        ("decision_type=2 1", "decision_type=-1 1"),
        ("leaf_value=1 2e-05 -3", "leaf_value=1 2e-05"),
        ("leaf_value=1 2e-05 -3", "leaf_value="),
        ("cat_boundaries=0 1", "cat_boundaries=0 9"),
        ("cat_boundaries=0 1", "cat_boundaries=1 1"),
        ("cat_boundaries=0 1", "cat_boundaries=0 1 1"),
        ("cat_threshold=7", "cat_threshold=-7"),
        ("num_cat=1", "num_cat=9"),
        ("num_cat=1", "num_cat=0"),
        ("is_linear=0", "is_linear=1"),
        ("shrinkage=0.1", "shrinkage=0x1"),
        ("shrinkage=0.1", "shrinkage=0.1\nother=1"),
        ("num_cat=1\n", "num_cat=1\n\n"),
        ("leaf_count=1", "leaf_count=1\0"),
        ("end of trees", "end"),
        ("Tree=0", "Tree=0\nTree=1"),
    ],
)
def test_a_changed_model_is_refused(old: str, new: str) -> None:
    assert old in MODEL
    with pytest.raises(Unsafe):
        guard._checked(MODEL.replace(old, new, 1))


def test_a_chain_that_is_too_deep_is_refused() -> None:
    nodes = 5_000
    chain = {
        "num_leaves": nodes + 1,
        "num_cat": 0,
        "split_feature": " ".join(["0"] * nodes),
        "threshold": " ".join(["0"] * nodes),
        "decision_type": " ".join(["2"] * nodes),
        "left_child": " ".join([*map(str, range(1, nodes)), str(-nodes - 1)]),
        "right_child": " ".join(str(-at - 1) for at in range(nodes)),
        "leaf_value": " ".join(["1"] * (nodes + 1)),
        "internal_value": " ".join(["1"] * nodes),
    }
    with pytest.raises(Unsafe, match="deep"):
        guard._tree(0, "\n".join(f"{name}={value}" for name, value in chain.items()), 1)


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"_handle": None},
        {"_handle": 1},
        {"_handle": MODEL, "handle": MODEL},
        {"_handle": MODEL, "predict": 1},
        {"_handle": MODEL, "_network": True},
        {"_handle": MODEL, "train_set": len},
        {"_handle": MODEL, "__class__": 1},
        {"_handle": MODEL, "params": {"machines": "10.0.0.1"}},
        {"_handle": MODEL, "params": {"forcedsplits_filename": "/etc/passwd"}},
        {"_handle": MODEL, "params": {"predict_disable_shape_check": True}},
        {"_handle": MODEL, "params": {"num_threads": 10**6}},
        {"_handle": MODEL, "params": []},
    ],
    ids=range(14),
)
def test_a_booster_of_another_state_is_refused(state: Any) -> None:
    lgb = pytest.importorskip("lightgbm")
    with pytest.raises(Unsafe):
        guard.booster_state(lgb.Booster.__new__(lgb.Booster), state)


def test_a_booster_is_filled_once_and_its_buffers_are_made_anew() -> None:
    lgb = pytest.importorskip("lightgbm")
    booster = lgb.Booster.__new__(lgb.Booster)
    guard.booster_state(booster, {"_handle": MODEL, "_Booster__inner_predict_buffer": ["a"], "params": {}})
    assert vars(booster)["_Booster__inner_predict_buffer"] == [None]
    assert booster.num_trees() == 1
    with pytest.raises(Unsafe, match="twice"):
        guard.booster_state(booster, {"_handle": MODEL})


def test_a_mutated_model_is_refused_or_predicts() -> None:
    """What passes reaches C++ code: a crash of it would end this test."""
    lgb = pytest.importorskip("lightgbm")
    import numpy as np

    attributes = {"_Booster__num_class": 1, "pandas_categorical": None, "best_iteration": -1}
    random_source = random.Random(3)
    head = MODEL.index("parameters:")
    for _ in range(400):
        text = list(MODEL)
        for _ in range(random_source.choice((1, 1, 2))):
            text[random_source.randrange(head)] = random_source.choice("0123456789- .\ne")
        booster = lgb.Booster.__new__(lgb.Booster)
        try:
            guard.booster_state(booster, {"_handle": "".join(text), **attributes})
        except (Unsafe, lgb.basic.LightGBMError):
            continue
        booster.predict(np.array([[0.1, 1.0], [0.9, np.nan]]), pred_contrib=True)
