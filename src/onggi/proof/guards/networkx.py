"""Guards of networkx: graphs are dicts in Python objects; what they cache is made anew, and no method is replaced."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.exact import demand, screen
from onggi.proof.rules import Unsafe

__all__ = ["graph_state", "view_state"]

_CACHE: Final = "__networkx_cache__"
_DICTS: Final = ("graph", "_node", "_adj", "_succ", "_pred")
_CACHED: Final = frozenset(
    {"adj", "succ", "pred", "edges", "nodes", "degree", "in_edges", "out_edges", "in_degree", "out_degree"}
)
"""Properties that a graph keeps once they have been asked for."""


def graph_state(graph: Any, state: object) -> None:
    """Fill a graph, once, with its dicts and the attributes that the user gave it (STATE)."""
    owner = type(graph).__name__
    if type(state) is not dict:
        raise Unsafe(f"the state of a {owner} must be a dict")
    demand(not vars(graph).keys() & {"_adj", "_node"}, f"a {owner} gets its state twice")
    attributes = {name: value for name, value in state.items() if name not in _CACHED and name != _CACHE}
    screen(attributes, owner)
    for name in _DICTS[:3]:
        demand(type(attributes.get(name)) is dict, f"{name} of a {owner} must be a dict")
    for name in ("_succ", "_pred"):
        demand(type(attributes.get(name, {})) is dict, f"{name} of a {owner} must be a dict")
    for name, value in attributes.items():
        _check_attribute(type(graph), name, value)
    # The properties put dicts where the views of older versions are; networkx fills its caches again.
    if _CACHE in state:
        attributes[_CACHE] = {}
    vars(graph).update(attributes)


def _check_attribute(cls: Any, name: str, value: Any) -> None:
    from networkx.classes.function import frozen

    is_method = callable(getattr(cls, name, None))
    demand(not is_method or value is frozen, f"the state of {cls.__name__} replaces its method {name!r}")
    demand(not callable(value) or value is frozen, f"the state of {cls.__name__} has a function {name!r}")


_PARTS: Final = frozenset({"_atlas", "_succ", "_pred", "_adjdict", "_nodes", "_graph", "_weight", "_data", "_default"})


def view_state(view: Any, state: object) -> None:
    """Fill a view of a graph with the graph and its dicts (STATE)."""
    import networkx as nx

    owner = type(view).__name__
    if type(state) is not dict or not state:
        raise Unsafe(f"the state of a {owner} must be a dict")
    demand(_PARTS.issuperset(state), f"the state of a {owner} has other fields than its own")
    demand(not any(hasattr(view, name) for name in ("_atlas", "_nodes", "_graph", "_succ")), f"{owner} is filled twice")
    for name, value in state.items():
        if name == "_graph":
            demand(isinstance(value, nx.Graph), f"a {owner} is a view of a graph")
        elif name not in ("_weight", "_data", "_default"):
            demand(type(value) is dict, f"{name} of a {owner} must be a dict")
        else:
            demand(type(value) in (str, int, float, bool, type(None)), f"{name} of a {owner} must be plain")
    if hasattr(type(view), "__setstate__"):
        view.__setstate__(state)
    else:
        vars(view).update(state)
