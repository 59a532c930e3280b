"""Libraries that hand the bytes of a pickle to native code, or keep graphs and arrays as Python objects."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from attacks.assembler import Code, build, call, name, new, pickled
from attacks.case import CRASH, ERROR, HANG, LOADED, MEMORY, RAN, REFUSED, UNTRIED, Theme

theme = Theme("native")

ANSWER = (REFUSED, "BuildError")

_CHAIN = 300
_LIGHTGBM = f"""tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=0
objective=regression
feature_names=a
feature_infos=[0:1]

Tree=0
num_leaves={_CHAIN}
num_cat=0
split_feature=0
threshold=0.5
decision_type=2
left_child=100000
right_child=-100000
leaf_value=1
internal_value=1


end of trees
"""
_BOOSTER = "lightgbm.basic.Booster"
_LGBM: dict[str, Any] = {"needs": ("lightgbm",)}
_NESTED = b"\1\7\0\0\0\1\0\0\0" * 200_000
_GRAPH: dict[str, Any] = {"graph": {}, "_node": {1: {}}, "_adj": {1: {}}}
_NETWORKX: dict[str, Any] = {"needs": ("networkx",)}
_EXEC = name("builtins.exec")

_HOSTILE: dict[str, tuple[Code, str, tuple[str, ...], dict[str, Any]]] = {
    "lightgbm_tree_cut_off": (
        build(new(_BOOSTER), {"_handle": "tree\nTree=0\nnum"}), "read past the end of a text", (CRASH, ERROR), _LGBM,
    ),
    "lightgbm_nodes_outside": (
        build(new(_BOOSTER), {"_handle": _LIGHTGBM}), "reads nodes past the end", (CRASH, ERROR, LOADED), _LGBM,
    ),
    "lightgbm_handle_is_an_address": (
        build(new(_BOOSTER), {"_handle": None, "handle": None, "predict": 1}), "has a raw handle",
        (LOADED, ERROR, CRASH), _LGBM,
    ),
    "lightgbm_objective_of_more_classes": (
        build(new(_BOOSTER), {"_handle": _LIGHTGBM.replace("regression", "multiclass num_class:100000")}),
        "writes past a row of results", (CRASH, ERROR, LOADED), _LGBM,
    ),
    "lightgbm_machines": (
        build(new(_BOOSTER), {"_handle": "tree\n", "params": {"machines": "127.0.0.1:9"}, "_network": True}),
        "would join a network", (ERROR, LOADED, CRASH), _LGBM,
    ),
    "lightgbm_estimator_calls": (
        build(new("lightgbm.sklearn.LGBMRegressor"), {"predict": _EXEC}), "replaces a method", (LOADED, ERROR), _LGBM,
    ),
    "polars_frame_of_garbage": (
        build(new("polars.dataframe.frame.DataFrame"), b"\xff\xff\xff\xff\xff\xff\xff\x7f" * 8),
        "allocates what a header says", (ERROR, CRASH, HANG, MEMORY), {"needs": ("polars", "pyarrow")},
    ),
    "polars_type_replaces_a_method": (
        build(new("polars.datatypes.classes.List"), {"is_numeric": _EXEC}), "replaces a method",
        (LOADED, ERROR), {"needs": ("polars",)},
    ),
    "shapely_nested": (
        call("shapely.io.from_wkb", _NESTED), "nests collections without end", (CRASH, ERROR, LOADED),
        {"needs": ("shapely",)},
    ),
    "shapely_count": (
        call("shapely.io.from_wkb", b"\1\2\0\0\0\xff\xff\xff\xff" + bytes(16)), "counts more points than there are",
        (ERROR, MEMORY), {"needs": ("shapely",)},
    ),
    "pillow_huge": (
        build(new("PIL.Image.Image"), [{}, "RGBA", (60_000, 60_000), None, b""]), "allocates what a size says",
        (MEMORY, ERROR), {"needs": ("PIL",)},
    ),
    "networkx_backend": (
        build(new("networkx.classes.graph.Graph"), {**_GRAPH, "__networkx_backend__": "evil"}),
        "sends every call to a backend", (LOADED,), _NETWORKX,
    ),
    "networkx_method": (
        build(new("networkx.classes.graph.Graph"), {**_GRAPH, "neighbors": _EXEC}), "replaces a method", (LOADED,),
        _NETWORKX,
    ),
    "xarray_close": (
        build(new("xarray.core.variable.Variable"), ({}, {"_data": _EXEC, "_dims": ()})), "holds a function as data",
        (LOADED, ERROR), {"needs": ("xarray",)},
    ),
    "delaunay_outside": (
        build(new("scipy.spatial._qhull.Delaunay"), {"simplices": [[10**6]], "_qhull": _EXEC}),
        "indexes past its points", (LOADED, ERROR), {"needs": ("scipy",)},
    ),
    "histogram_text": (
        build(new("scipy.stats._continuous_distns.rv_histogram"), {"_parse_arg_template": "import attacks.trap"}),
        "runs a text of its state", (RAN, ERROR, "IMPORTED"), {"needs": ("scipy",)},
    ),
    "interp1d_calls": (
        build(new("scipy.interpolate._interpolate.interp1d"), {"_call": _EXEC, "x": 1, "_y": 1}),
        "calls a function of its state", (LOADED, ERROR), {"needs": ("scipy",)},
    ),
}  # fmt: skip


_MODULES = {"PIL": "PIL.Image"}


def _import(names: tuple[str, ...]) -> None:
    """Import what the victim's program uses, so that what the pickle imports shows."""
    for each in names:
        importlib.import_module(each)


def _given(code: Code) -> bytes:
    return pickled(code)


for _key, (_code, _what, _plain, _options) in _HOSTILE.items():
    theme.add(
        _key,
        "state that native or Python code of a library trusts",
        partial(_given, _code),
        f"The library {_what}.",
        verdict=ANSWER,
        plain=UNTRIED if _key.startswith(("lightgbm", "polars", "shapely", "pillow")) else _plain,
        setup=partial(_import, tuple(_MODULES.get(each, each) for each in _options["needs"])),
        **_options,
    )
