"""Honest networkx graphs: of every class, with attributes, with cached views, frozen."""

from __future__ import annotations

from typing import Any

import networkx as nx

from tests.corpus import Case

__all__ = ["cases"]

_KINDS = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)


def _graph(kind: Any) -> Any:
    graph = kind([(1, 2), (2, 3), (3, 1)], name="triangle")
    graph.add_edge("a", ("b", 1), weight=0.5)
    graph.nodes[1]["color"] = "green"
    return graph


def _looked_at(kind: Any) -> Any:
    graph = _graph(kind)
    for name in ("adj", "nodes", "edges", "degree", "succ", "pred", "in_edges", "out_edges", "in_degree", "out_degree"):
        getattr(graph, name, None)
    return graph


def _same(before: Any, after: Any) -> bool:
    return type(before) is type(after) and nx.utils.graphs_equal(before, after) and _shown(before) == _shown(after)


def _shown(graph: Any) -> Any:
    return list(graph.edges(data=True)), dict(graph.degree), nx.is_frozen(graph), graph.name


def _marked() -> Any:
    graph = nx.karate_club_graph()
    graph.author = "Zachary"
    return graph


def cases() -> list[Case]:
    made = {
        **{kind.__name__: (lambda kind=kind: _graph(kind)) for kind in _KINDS},
        **{f"{kind.__name__}-looked-at": (lambda kind=kind: _looked_at(kind)) for kind in _KINDS},
        **{f"{kind.__name__}-empty": kind for kind in _KINDS},
        "karate": _marked,
        "frozen": lambda: nx.freeze(nx.path_graph(4)),
        "grid": lambda: nx.grid_2d_graph(3, 3),
        "tree": lambda: nx.balanced_tree(2, 4),
    }
    views = {"nodes": lambda: nx.path_graph(3).nodes, "edges": lambda: nx.path_graph(3).edges}
    return [
        *(Case(name, make, _same) for name, make in made.items()),
        *(
            Case(f"view-{name}", make, lambda before, after: list(before) == list(after))
            for name, make in views.items()
        ),
    ]
