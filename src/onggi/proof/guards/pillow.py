"""Guard of Pillow's images: mode, size and exactly the bytes that they need."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.exact import bounded_integer, demand, exact_list
from onggi.proof.rules import Unsafe

__all__ = ["image_state"]

_MAX_SIDE: Final = 2**20
_BITS: Final = {
    "1": 1, "L": 8, "P": 8, "LA": 16, "PA": 16, "La": 16, "RGB": 24, "YCbCr": 24, "HSV": 24, "LAB": 24, "RGBA": 32,
    "RGBX": 32, "RGBa": 32, "CMYK": 32, "I": 32, "F": 32, "I;16": 16, "I;16L": 16, "I;16B": 16, "I;16N": 16,
}  # fmt: skip
_WITH_PALETTE: Final = ("L", "LA", "P", "PA")
_MAX_PALETTE: Final = 1024


def image_state(image: Any, state: object) -> None:
    """Fill an image, once, with its pixels; the name of its file and its reader's own fields are dropped (STATE)."""
    from PIL import Image

    demand("im" not in vars(image) and "_im" not in vars(image), "an image gets its state twice")
    demand(type(state) is list, "an image is pickled as a list")
    parts = exact_list(state, "an image")
    demand(5 <= len(parts) <= 8, "an image is pickled as info, mode, size, palette and pixels")
    info, mode, size, palette, pixels = parts[:5]
    demand(type(info) is dict, "the information on an image must be a dict")
    if type(mode) is not str or mode not in _BITS:
        raise Unsafe(f"an image has no mode {mode!r:.20}")
    _check_pixels(mode, exact_list(size, "the size"), pixels)
    if palette is not None:
        numbers = exact_list(palette, "the palette")
        demand(len(numbers) <= _MAX_PALETTE and len(numbers) % 3 == 0, "a palette has up to 1024 numbers")
        demand(all(type(number) is int and 0 <= number < 256 for number in numbers), "a palette has bytes")
    image.tile = []
    Image.Image.__setstate__(image, [info, mode, tuple(size), palette, pixels])


def _check_pixels(mode: str, size: list[Any], pixels: object) -> None:
    demand(len(size) == 2, "an image has two sides")
    width, height = (bounded_integer(side, 0, _MAX_SIDE, "a side of an image") for side in size)
    expected = height * ((width * _BITS[mode] + 7) // 8)
    demand(type(pixels) is bytes and len(pixels) == expected, f"an image of {width} x {height} has {expected} bytes")
