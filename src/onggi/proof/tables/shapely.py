"""shapely: geometries, which are pickled in their well-known binary form, and search trees of them."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, called

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (("shapely.lib.from_wkb", "shapely.io.from_wkb"),)

_WHY: Final = "numbers whose count, kind and nesting are verified before GEOS reads them; reaches nothing else"

ROWS: Final[dict[str, Rule]] = {
    "shapely.io.from_wkb": called(_WHY, "shapely:geometry"),
    "shapely.geometry.polygon._unpickle_linearring": called(_WHY, "shapely:geometry"),
    "shapely.strtree.STRtree": called("built anew from its geometries", "shapely:tree"),
}
