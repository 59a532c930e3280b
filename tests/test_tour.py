from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_tour_shows_what_it_promises():
    code = "from demo import tour; tour.ARRAY_BYTES, tour.ROUNDS = 2**20, 1; tour.main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=110, check=False)
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "The same 178 predictions: True. The same table: True." in text
    assert "Python's own pickle reads it: Pipeline, (178, 14) table." in text
    assert "sklearn.pipeline.Pipeline" in text
    assert "RefusedError: gift.pkl" in text
    assert "Is there a canary? False." in text
    assert "Is there a canary after Python's own pickle? True." in text
    assert "allow=[Reading]" in text
    assert "IntegrityError: table.pkl" in text
    assert "the file stays as it is: True" in text
    assert not (ROOT / "canary").exists()
