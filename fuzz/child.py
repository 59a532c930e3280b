"""The process in which the plain engine tries inputs."""

from __future__ import annotations

import sys

from fuzz.engine import run_child

if __name__ == "__main__":
    _, name, slot, seconds, runs, seed = sys.argv
    run_child(name, slot, float(seconds), int(runs), int(seed))
