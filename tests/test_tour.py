from __future__ import annotations

from pathlib import Path

from demo import tour


def test_the_tour_shows_what_it_promises(monkeypatch, capsys):
    monkeypatch.setattr(tour, "ARRAY_BYTES", 2**20)
    monkeypatch.setattr(tour, "ROUNDS", 1)
    before = Path.cwd()
    tour.main()
    text = capsys.readouterr().out
    assert "The same 178 predictions: True. The same table: True." in text
    assert "Python's own pickle reads it: Pipeline, (178, 14) table." in text
    assert "sklearn.pipeline.Pipeline" in text
    assert "RefusedError: gift.pkl" in text
    assert "Is there a canary? False." in text
    assert "Is there a canary after Python's own pickle? True." in text
    assert "allow=[Reading]" in text
    assert "IntegrityError: table.pkl" in text
    assert "the file stays as it is: True" in text
    assert Path.cwd() == before
    assert not list(Path.cwd().glob("canary"))
