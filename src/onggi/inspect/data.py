"""An inspection as plain values for JSON.

The schema is `SCHEMA`. Within one number, keys are only added.

    {"schema": "onggi.inspect/1", "source": str, "stored_bytes": int, "unpacked_bytes": int, "compression": [str, …],
     "container": str | null,
     "members": [{"name": str, "size_bytes": int, "dtype": str | null, "shape": [int, …], "words": str,
                  "problem": str}, …],
     "state": STATE, "trailing": {"bytes": int, "words": str} | null,
     "pickles": [{"name": str, "start": int, "size_bytes": int, "protocol": int, "state": STATE, "verdict": VERDICT,
                  "seal": str, "signatures": [str, …],
                  "label": {…} | null, "opcode_count": int, "memo_count": int, "max_depth": int, "built_bytes": int,
                  "buffer_count": int, "buffer_bytes": int, "persistent_id_count": int,
                  "globals": [{"name": "module.name", "module": str, "qualname": str, "uses": [str, …], "count": int,
                               "offset": int, "tier": str, "why": str}, …],
                  "findings": [{"rule": str, "severity": str, "reason": str, "offset": int, "path": str | null,
                                "global": str}, …],
                  "problem": {"error": str, "reason": str, "offset": int | null, "path": str | null,
                              "hint": str | null} | null,
                  "outline": {"problem": str, "value_count": int, "node_count": int,
                              "nodes": [{"id": int, "parent": int | null, "is_dropped": bool, "path": str, "label": str,
                                         "kind": str, "type": str, "summary": str, "size_bytes": int, "offset": int,
                                         "length": int | null, "hidden": int, "refers_to": str | null}, …]}}, …]}

STATE is one of "data", "own", "signed", "needs trust", "hostile", "refused", "damaged"; VERDICT one of "data",
"needs trust", "hostile". Offsets count from the start of the pickle. Nodes stand in a flat list, parents first, so that
no depth of a pickle is too much for a reader of JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from onggi.proof.outline_node import path_text
from onggi.proof.rules import Use

if TYPE_CHECKING:
    from onggi.errors import OnggiError
    from onggi.inspect.seen import Entry, Look, Seen
    from onggi.proof.outline import Node, Outline
    from onggi.proof.report import Finding, GlobalReport

__all__ = ["SCHEMA", "inspection_data"]

SCHEMA: Final = "onggi.inspect/1"

_COUNTS: Final = (
    "size_bytes",
    "protocol",
    "opcode_count",
    "memo_count",
    "max_depth",
    "built_bytes",
    "buffer_count",
    "buffer_bytes",
    "persistent_id_count",
)


def inspection_data(found: Seen) -> dict[str, Any]:
    """Return an inspection as plain values, by the schema of this module."""
    trailing = {"bytes": found.trailing_bytes, "words": found.trailing} if found.trailing_bytes else None
    return {
        "schema": SCHEMA,
        "source": found.source,
        "stored_bytes": found.stored_bytes,
        "unpacked_bytes": found.unpacked_bytes,
        "compression": list(found.compression),
        "container": found.container,
        "members": [_member(entry) for entry in found.members],
        "state": found.state,
        "trailing": trailing,
        "pickles": [_look(look) for look in found.pickles],
    }


def _look(look: Look) -> dict[str, Any]:
    report = look.report
    return {
        "name": look.name,
        "start": look.start,
        **{name: getattr(report, name) for name in _COUNTS},
        "state": look.state,
        "verdict": report.verdict.value,
        "seal": report.seal,
        "signatures": list(report.signatures),
        "label": _plain(report.label),
        "globals": [_global(entry) for entry in report.globals],
        "findings": [_finding(one, path) for one, path in zip(report.findings, look.paths, strict=True)],
        "problem": _problem(look.problem) if look.problem is not None else None,
        "outline": _outline(look.outline),
    }


def _member(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "size_bytes": entry.size_bytes,
        "dtype": entry.dtype,
        "shape": list(entry.shape),
        "words": entry.words,
        "problem": entry.problem,
    }


def _plain(label: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the label if JSON can hold it: a stranger's may have numbers such as NaN."""
    try:
        json.dumps(label, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return {}
    return label


def _global(entry: GlobalReport) -> dict[str, Any]:
    return {
        "name": str(entry),
        "module": entry.module,
        "qualname": entry.name,
        "uses": [str(use.name).lower() for use in Use if entry.uses & use],
        "count": entry.count,
        "offset": entry.offset,
        "tier": entry.tier.value,
        "why": entry.why,
    }


def _finding(finding: Finding, path: str | None) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "reason": finding.reason,
        "offset": finding.offset,
        "path": path,
        "global": finding.global_name,
    }


def _problem(problem: OnggiError) -> dict[str, Any]:
    return {
        "error": type(problem).__name__,
        "reason": problem.reason,
        "offset": problem.offset,
        "path": problem.path,
        "hint": problem.hint,
    }


def _outline(outline: Outline) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = []
    numbers: dict[int, int] = {}
    tops = {id(node) for node in outline.dropped}
    is_dropped = False
    steps: list[str] = []
    for level, node in outline.walk():
        if level == 0:
            is_dropped = id(node) in tops
        numbers[id(node)] = len(nodes)
        # The path is put together on the way: to ask each node would take a walk up for each.
        steps[level:] = [node.label]
        path = path_text(steps)
        parent = numbers.get(id(node.parent)) if level else None
        nodes.append({"id": len(nodes), "parent": parent, "is_dropped": is_dropped, **_node(node, path)})
    return {
        "problem": outline.problem,
        "value_count": outline.value_count,
        "node_count": len(nodes),
        "nodes": nodes,
    }


def _node(node: Node, path: str) -> dict[str, Any]:
    return {
        "path": path,
        "label": node.label,
        "kind": node.kind,
        "type": node.type,
        "summary": node.summary,
        "size_bytes": node.size_bytes,
        "offset": node.start,
        "length": node.length if node.length >= 0 else None,
        "hidden": node.hidden,
        "refers_to": node.target.path if node.target is not None and node.target.is_placed else None,
    }
