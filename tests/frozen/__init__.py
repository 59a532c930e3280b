"""Pickles that other Pythons, other libraries and released versions of onggi wrote, and the scripts that made them."""

import sys
from pathlib import Path

# The pickles name `frozen_shapes`, so it has to be importable under that very name, like its neighbours.
for folder in ("foreign", "libraries"):
    path = str(Path(__file__).parent / folder)
    if path not in sys.path:
        sys.path.insert(0, path)
