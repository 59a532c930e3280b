"""`make bench`: run the benchmarks, wherever the caller stands."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder: its modules must not hide others of the same name.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

    from bench.cli import main

    sys.exit(main())
