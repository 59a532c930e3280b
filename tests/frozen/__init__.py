"""Pickles that other Pythons, other libraries and released versions of onggi wrote, and the scripts that made them."""

import sys
from pathlib import Path

# The pickles name `frozen_shapes`, so it has to be importable under that very name, like its neighbours.
FOREIGN = Path(__file__).parent / "foreign"
if str(FOREIGN) not in sys.path:
    sys.path.insert(0, str(FOREIGN))
