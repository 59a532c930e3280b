"""Honest images, made and read from files."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

from PIL import Image

from tests.corpus import Case

__all__ = ["cases"]

_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16")
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TGA", "PPM", "WEBP", "ICO")


def _image(mode: str) -> Any:
    image = Image.new("RGB", (11, 5), (200, 30, 60))
    image.putpixel((3, 2), (1, 2, 3))
    if mode == "I;16":
        return Image.new(mode, (11, 5), 500)
    return image.convert("L").convert(mode) if mode in ("LA", "I", "F") else image.convert(mode)


def _read(kind: str) -> Any:
    file = io.BytesIO()
    _image("RGB").save(file, kind)
    return Image.open(io.BytesIO(file.getvalue()))


def _same(before: Any, after: Any) -> bool:
    same = (before.mode, before.size, before.getpalette()) == (after.mode, after.size, after.getpalette())
    return type(before) is type(after) and same and before.tobytes() == after.tobytes()


def cases() -> list[Case]:
    return [
        *(Case(f"mode-{mode}", partial(_image, mode), _same) for mode in _MODES),
        *(Case(f"file-{kind}", partial(_read, kind), _same) for kind in _FORMATS),
    ]
