"""Guards of LightGBM: its models are text, which its C++ code trusts; every number is checked before it reads them.

What reaches LightGBM is written anew from checked lines: without the offsets of the trees (`tree_sizes`), and without
parameters that name files or machines.
"""

from __future__ import annotations

import re
from typing import Any, Final

from onggi.proof.guards.exact import demand, screen
from onggi.proof.rules import Unsafe

__all__ = ["booster_state", "estimator_state"]

_MAX_DEPTH: Final = 4_000
_MAX_LEAVES: Final = 10_000_000
_MAX_CLASSES: Final = 10_000
_MAX_THREADS: Final = 1_024

_FLOAT: Final = re.compile(r"-?(?:\d{1,40}(?:\.\d{0,40})?(?:e[+-]?\d{1,3})?|inf|nan)", re.ASCII)
_INT: Final = re.compile(r"-?\d{1,10}", re.ASCII)
_OBJECTIVE: Final = re.compile(r"[a-z_0-9]+(?: (?:sqrt|[a-z_]+:[-+.e0-9]+))*", re.ASCII)
_INFO: Final = re.compile(r"none|\[[-+.e0-9inf]+:[-+.e0-9inf]+\]|-?\d+(?::-?\d+)*", re.ASCII)
_PARAMETER: Final = re.compile(r"\[([a-z_0-9]+): ?([^\]\n]*)\]")

_HEADER: Final = frozenset(
    {
        *("version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective"),
        *("average_output", "feature_names", "monotone_constraints", "feature_infos", "tree_sizes"),
    }
)
_FLOATS: Final = {"split_gain": 0, "threshold": 0, "leaf_value": 1, "leaf_weight": 1, "internal_value": 0}
_FLOATS_MORE: Final = {"internal_weight": 0}
_INTS: Final = {"split_feature": 0, "decision_type": 0, "left_child": 0, "right_child": 0}
_COUNTS: Final = {"leaf_count": 1, "internal_count": 0}
_SINGLE: Final = frozenset({"num_leaves", "num_cat", "is_linear", "shrinkage", "cat_boundaries", "cat_threshold"})
_OPTIONAL: Final = frozenset({"leaf_weight", "internal_weight", "leaf_count", "internal_count", "split_gain"})
_NAMES_PLACES: Final = re.compile(
    r"filename|_file$|forced|^fs$|machines$|machine_list|^mlist|^workers$|^nodes$|^input_model|^model_|^output_|_output$"
    r"|snapshot|^convert_model|shape_check|^data$|^train|^valid|^test"
)
"""Parameters, with LightGBM's aliases, that read or write files, open connections, or switch a check off."""
_THREADS: Final = re.compile(r"thread|jobs")


# ----------------------------------------------------------------------------------------------------- a model as text


def _checked(text: str) -> str:
    """Return a model written anew, of the lines that LightGBM needs."""
    head, _, rest = text.partition("\n\nTree=0\n")
    trees_text, end, tail = rest.partition("\nend of trees\n") if rest else ("", "", head)
    demand(end or "\nend of trees" in head, "the text of a model has no end of trees")
    header = _header(head.partition("\nend of trees")[0])
    trees = [part.partition("\n")[2] for part in f"0\n{trees_text}".split("\nTree=")] if rest else []
    features = _whole(header, "max_feature_idx", 0, 2**31 - 2) + 1
    written = [_tree(at, tree, features) for at, tree in enumerate(trees)]
    classes = _whole(header, "num_class", 1, _MAX_CLASSES)
    demand(len(trees) % classes == 0, "the trees of a model are not the same number for each class")
    lines = [f"{name}={value}" if value or name != "average_output" else name for name, value in header.items()]
    return "\n".join(["tree", *lines, "", *written, "end of trees", "", *_parameters(tail), ""])


def _header(text: str) -> dict[str, str]:
    first, *lines = text.rstrip("\n").split("\n")
    demand(first == "tree", "the text of a model begins with `tree`")
    header = _fields(lines, _HEADER, "a model")
    header.pop("tree_sizes", None)
    demand(header.get("version") in ("v2", "v3", "v4"), "a model of LightGBM is of version v2 to v4")
    classes = _whole(header, "num_class", 1, _MAX_CLASSES)
    demand(header.get("num_tree_per_iteration") == header["num_class"], "a model has a tree for each class")
    features = _whole(header, "max_feature_idx", 0, 2**31 - 2) + 1
    _whole(header, "label_index", 0, 2**31 - 1)
    for name in ("feature_names", "feature_infos"):
        demand(len(header.get(name, "").split(" ")) == features, f"{name} of a model are not one for each column")
    infos = header["feature_infos"].split(" ")
    demand(all(map(_INFO.fullmatch, infos)), "feature_infos of a model are malformed")
    if "monotone_constraints" in header:
        demand(len(_numbers(header["monotone_constraints"], _INT)) == features, "constraints are one for each column")
    _check_objective(header.get("objective"), classes)
    return header


def _check_objective(objective: str | None, classes: int) -> None:
    """Refuse an objective of more classes than the model: it would write past its row of results."""
    if objective is None:
        return
    demand(_OBJECTIVE.fullmatch(objective), "the objective of a model is malformed")
    kind, *options = objective.split(" ")
    named = [option for option in options if option.startswith("num_class:")]
    if kind.startswith("multiclass"):
        demand(named == [f"num_class:{classes}"], "the objective has another number of classes than the model")
    else:
        demand(
            not named and (classes == 1 or kind in ("custom", "none")), "the objective has one class, the model more"
        )


def _fields(lines: list[str], known: frozenset[str], owner: str) -> dict[str, str]:
    """Split lines of `name=value`, each name once."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition("=")
        demand(name in known and name not in found, f"{owner} has the line {name!r:.40}, which it never has, or twice")
        demand("\r" not in value and "\0" not in value, f"{owner} has a line that is no text")
        found[name] = value
    return found


def _whole(values: dict[str, str], name: str, low: int, high: int) -> int:
    text = values.get(name, "")
    demand(_INT.fullmatch(text) and low <= int(text) <= high, f"{name} must be a number from {low} to {high}")
    return int(text)


def _numbers(text: str, kind: re.Pattern[str]) -> list[str]:
    words = text.split(" ") if text else []
    demand(all(map(kind.fullmatch, words)), "a model has a number that is none")
    return words


def _is_place(name: str, value: object) -> bool:
    harmless = (None, "", 0, False, []) if name != "num_machines" else (None, 0, 1, "0", "1")
    return bool(_NAMES_PLACES.search(name)) and value not in (*harmless, "0")


def _parameters(tail: str) -> list[str]:
    """Return the parameters of the training, without those that name files or machines."""
    _, found, after = tail.partition("parameters:\n")
    if not found:
        return []
    kept = []
    for line in after.partition("\nend of parameters")[0].split("\n"):
        match = _PARAMETER.fullmatch(line)
        if match is not None and "\0" not in line:
            value = "" if _is_place(match[1], match[2]) else match[2]
            kept.append(f"[{match[1]}: {value}]")
    return ["parameters:", *kept, "", "end of parameters"]


# -------------------------------------------------------------------------------------------------------------- a tree

_TREE: Final = frozenset({*_FLOATS, *_FLOATS_MORE, *_INTS, *_COUNTS, *_SINGLE})


def _tree(at: int, text: str, features: int) -> str:
    """Return a tree written anew, if every child and every column exists."""
    given = _fields(text.rstrip("\n").split("\n"), _TREE, "a tree")
    leaves = _whole(given, "num_leaves", 1, _MAX_LEAVES)
    demand(given.get("is_linear", "0") == "0", "trees with linear models in their leaves need trust")
    demand(_FLOAT.fullmatch(given.get("shrinkage", "1")), "the shrinkage of a tree is a number")
    for names, kind in (({**_FLOATS, **_FLOATS_MORE}, _FLOAT), ({**_INTS, **_COUNTS}, _INT)):
        for name, more in names.items():
            _check_length(given, name, kind, leaves - 1 + more)
    if leaves > 1:
        columns = [int(word) for word in given["split_feature"].split(" ")]
        demand(0 <= min(columns) <= max(columns) < features, "a tree splits by a column that does not exist")
        _check_children(given, leaves)
    _check_categories(given, leaves)
    return "\n".join([f"Tree={at}", *(f"{name}={value}" for name, value in given.items()), "", ""])


def _check_length(given: dict[str, str], name: str, kind: re.Pattern[str], length: int) -> None:
    if name not in given or not given[name]:
        # A tree of one leaf has empty lines, and LightGBM reads none of them.
        demand(length <= 1 or (name in _OPTIONAL and name not in given), f"a tree lacks {name}")
        demand(name != "leaf_value" or given.get(name), "a tree lacks leaf_value")
        return
    demand(len(_numbers(given[name], kind)) == length, f"{name} of a tree is not one number for each place")


def _check_children(given: dict[str, str], leaves: int) -> None:
    """Demand a tree: each node the child of one before it, each leaf of one node, and no path too long."""
    pairs = zip(given["left_child"].split(" "), given["right_child"].split(" "), strict=True)
    depth, seen = [0] * (leaves - 1), set[int]()
    for at, pair in enumerate(pairs):
        for child in map(int, pair):
            demand(-leaves <= child < leaves - 1 and (child < 0 or child > at), "a node of a tree has no such child")
            demand(child not in seen and (at == 0 or depth[at]), "a tree is no tree")
            seen.add(child)
            if child > 0:
                depth[child] = depth[at] + 1
    demand(max(depth) <= _MAX_DEPTH and len(seen) == 2 * leaves - 2, "a tree is too deep, or no tree")


def _check_categories(given: dict[str, str], leaves: int) -> None:
    count = _whole(given, "num_cat", 0, _MAX_LEAVES)
    bounds = [int(word) for word in _numbers(given.get("cat_boundaries", ""), _INT)]
    words = [int(word) for word in _numbers(given.get("cat_threshold", ""), _INT)]
    demand(all(0 <= word < 2**32 for word in words), "a set of categories is malformed")
    if count:
        demand(
            len(bounds) == count + 1 and bounds[0] == 0 and bounds[-1] == len(words), "sets of categories are missing"
        )
        demand(all(map(int.__lt__, bounds, bounds[1:])), "a set of categories is empty")
    else:
        demand(not bounds and not words, "a tree has sets of categories that it does not count")
    if leaves > 1:
        pairs = zip(given["decision_type"].split(" "), given["threshold"].split(" "), strict=True)
        for kind, threshold in pairs:
            demand(0 <= int(kind) < 12, "a node decides in a way that is not known")
            if int(kind) & 1:
                demand(_INT.fullmatch(threshold) and 0 <= int(threshold) < count, "a node has no set of categories")


# ------------------------------------------------------------------------------------------------------------- objects

_ATOMS: Final = (type(None), bool, int, float, str)


def _check_plain(value: Any, depth: int = 0) -> None:
    import numpy as np

    demand(depth < 8, "a model holds values that are nested too deep")
    if isinstance(value, dict):
        demand(type(value).__name__ in ("dict", "OrderedDict", "defaultdict"), "a model holds another kind of dict")
        for key, item in value.items():
            _check_plain(key, depth + 1)
            _check_plain(item, depth + 1)
    elif type(value) in (list, tuple):
        for item in value:
            _check_plain(item, depth + 1)
    elif not isinstance(value, np.generic):
        demand(type(value) in _ATOMS, f"a model holds a {type(value).__name__}")


def check_parameters(parameters: Any) -> None:
    """Refuse parameters that name files and machines, switch checks off, or start threads without number."""
    if type(parameters) is not dict:
        raise Unsafe("the parameters of a model must be a dict")
    for name, value in parameters.items():
        demand(type(name) is str, "the parameters of a model have names")
        demand(not _is_place(name, value), f"the parameter {name!r:.40} names a file or a machine")
        if _THREADS.search(name) and value is not None:
            demand(type(value) is int and abs(value) <= _MAX_THREADS, f"{name!r:.40} must be a small number")


def booster_state(booster: Any, state: object) -> None:
    """Fill a Booster, once, with a model whose text is checked line by line (STATE)."""
    if type(state) is not dict:
        raise Unsafe("a Booster is pickled with a dict")
    demand(getattr(booster, "_handle", None) is None, "a Booster gets its state twice")
    attributes = dict(state)
    screen(attributes, "Booster")
    texts = [attributes.pop(name) for name in ("_handle", "handle") if name in attributes]
    demand(len(texts) == 1 and type(texts[0]) is str, "a Booster is pickled with the text of its model")
    for name, value in attributes.items():
        demand(not callable(getattr(type(booster), name, None)), f"the state of a Booster replaces {name!r:.40}")
        _check_plain(value)
    demand(not attributes.get("_network") and not attributes.get("network"), "a Booster would join a network")
    check_parameters(attributes.get("params", {}))
    # Buffers that C++ writes to, and the counts of what it writes, are made anew when they are needed.
    buffers = attributes.get("_Booster__inner_predict_buffer") or []
    attributes["_Booster__inner_predict_buffer"] = [None] * len(buffers)
    attributes["_Booster__need_reload_eval_info"] = True
    booster.__setstate__({**attributes, "_handle": _checked(texts[0])})


def estimator_state(estimator: Any, state: object) -> None:
    """Fill an estimator of LightGBM, as those of scikit-learn are filled (STATE)."""
    from onggi.proof.guards import sklearn

    if type(state) is dict:
        check_parameters({name: value for name, value in state.items() if type(name) is str and name in _NAMED})
        check_parameters(state.get("_other_params") or {})
    sklearn.estimator_state(estimator, state)


_NAMED: Final = frozenset({"n_jobs"})
