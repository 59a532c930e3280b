"""Save, load and share Python objects: as easy as pickle, safe with strangers' data."""

from __future__ import annotations

from onggi._version import __version__

__all__ = ["__version__"]
