"""Guards of shapely: the binary form of a geometry (WKB) is walked before GEOS reads it, at any depth."""

from __future__ import annotations

import struct
from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, settled
from onggi.proof.rules import Unsafe

__all__ = ["geometry", "tree"]

_MAX_DEPTH: Final = 64
_POINT, _LINE, _POLYGON = 1, 2, 3
_COLLECTIONS: Final = (4, 5, 6, 7)
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000


def geometry(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a geometry of its well-known binary form, as extended by PostGIS (CALL)."""
    demand(len(args) == 1 and type(args[0]) is bytes, "a geometry is pickled as bytes")
    try:
        end = _end(args[0], 0, 0)
    except (struct.error, IndexError):
        raise Unsafe("the binary form of a geometry is cut off") from None
    demand(end == len(args[0]), "something follows the binary form of a geometry")
    return function(args[0])


def _end(data: bytes, at: int, depth: int) -> int:
    """Return where a geometry ends."""
    demand(depth < _MAX_DEPTH, "geometries are nested too deep")
    demand(data[at] in (0, 1), "a geometry has no such byte order")
    order = "<" if data[at] else ">"
    word = struct.unpack_from(order + "I", data, at + 1)[0]
    flags, kind = word & 0xFF000000, word & 0xFFFFFF
    size = 8 * (2 + _axes(flags, kind))
    at += 9 if flags & _SRID else 5
    kind %= 1000
    if kind == _POINT:
        return at + size
    count, at = struct.unpack_from(order + "I", data, at)[0], at + 4
    demand(count <= len(data) - at, "a geometry has more parts than bytes")
    if kind == _LINE:
        return int(at + count * size)
    demand(kind == _POLYGON or kind in _COLLECTIONS, "this kind of geometry is not known")
    for _ in range(count):
        if kind == _POLYGON:
            at += 4 + size * struct.unpack_from(order + "I", data, at)[0]
            demand(at <= len(data), "a ring is cut off")
        else:
            at = _end(data, at, depth + 1)
    return at


def _axes(flags: int, kind: int) -> int:
    """Return how many numbers a point has beyond two: by PostGIS's flags, or by ISO's thousands."""
    demand(kind < 4000, "this kind of geometry is not known")
    by_flags = bool(flags & _Z) + bool(flags & _M)
    return by_flags or (0, 1, 1, 2)[kind // 1000]


def tree(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a search tree of geometries, which shapely verifies to be that (CALL)."""
    demand(1 <= len(args) <= 2, "an STRtree is pickled as its geometries")
    import shapely

    geometries = settled(args[0], "O", "the geometries", dimensions=1)
    demand(all(item is None or isinstance(item, shapely.Geometry) for item in geometries), "a tree holds geometries")
    return function(geometries, *(bounded_integer(size, 2, 10_000, "the capacity of a node") for size in args[1:]))
