"""networkx: graphs, which are dicts of dicts, and the views that they cache."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, value
from onggi.proof.tables.rows import named, stated

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

_GRAPH: Final = stated(
    "dicts and plain attributes of Python code; no method or class to delegate to is replaced, caches are dropped",
    "networkx:graph_state",
    more=Use.VALUE,
)
_VIEW: Final = stated("a graph and its own dicts, which Python code looks up", "networkx:view_state")

ROWS: Final[dict[str, Rule]] = {
    "networkx.classes.graph.Graph": _GRAPH,
    "networkx.classes.digraph.DiGraph": _GRAPH,
    "networkx.classes.multigraph.MultiGraph": _GRAPH,
    "networkx.classes.multidigraph.MultiDiGraph": _GRAPH,
    "networkx.classes.function.frozen": value("raises an error, whatever it is called with"),
    **named(_VIEW, "networkx.classes.coreviews", "AtlasView AdjacencyView MultiAdjacencyView"),
    **named(
        _VIEW,
        "networkx.classes.reportviews",
        "NodeView NodeDataView DegreeView DiDegreeView InDegreeView OutDegreeView MultiDegreeView DiMultiDegreeView "
        "InMultiDegreeView OutMultiDegreeView EdgeView OutEdgeView InEdgeView MultiEdgeView OutMultiEdgeView "
        "InMultiEdgeView",
    ),
}
