"""Pillow: images, also those that were read from files; their pixels are in the pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.tables.rows import stated

if TYPE_CHECKING:
    from onggi.proof.rules import Rule

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

_IMAGE: Final = stated(
    "as many raw bytes as mode and size need; no file is opened and none is named", "pillow:image_state"
)

ROWS: Final[dict[str, Rule]] = {
    "PIL.Image.Image": _IMAGE,
    **{f"PIL.{name}ImagePlugin.{name}ImageFile": _IMAGE for name in ["Bmp", "Gif", "Ico", "Jpeg", "Png", "Ppm", "Tga"]},
    "PIL.WebPImagePlugin.WebPImageFile": _IMAGE,
}
