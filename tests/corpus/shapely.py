"""Honest shapely geometries and search trees."""

from __future__ import annotations

from typing import Any

import shapely
from shapely import geometry

from tests.corpus import Case

__all__ = ["cases"]

_RING = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]
_HOLE = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0)]
_POLYGON = geometry.Polygon(_RING, [_HOLE])

_MADE: dict[str, Any] = {
    "point": geometry.Point(1.5, -2),
    "point-z": geometry.Point(1, 2, 3),
    "point-empty": geometry.Point(),
    "point-srid": shapely.set_srid(geometry.Point(1, 2), 4326),
    "line": geometry.LineString(_RING),
    "ring": geometry.LinearRing(_RING),
    "polygon": _POLYGON,
    "polygon-z": geometry.Polygon([(0, 0, 1), (1, 1, 1), (1, 0, 1)]),
    "polygon-empty": geometry.Polygon(),
    "points": geometry.MultiPoint(_RING),
    "lines": geometry.MultiLineString([_RING, _HOLE]),
    "polygons": geometry.MultiPolygon([_POLYGON, geometry.box(9, 9, 10, 10)]),
    "collection": geometry.GeometryCollection([geometry.Point(1, 2), geometry.GeometryCollection([_POLYGON])]),
}


def _same(before: Any, after: Any) -> bool:
    srids = shapely.get_srid([before, after])
    return type(before) is type(after) and shapely.equals_identical(before, after) and srids[0] == srids[1]


def _same_tree(before: Any, after: Any) -> bool:
    there, again = before.query(geometry.Point(1, 1)).tolist(), after.query(geometry.Point(1, 1)).tolist()
    return there == again and list(before.geometries) == list(after.geometries)


def cases() -> list[Case]:
    return [
        *(Case(name, lambda made=made: made, _same) for name, made in _MADE.items()),
        Case("tree", lambda: shapely.STRtree([geometry.Point(at, at) for at in range(20)]), _same_tree),
    ]
