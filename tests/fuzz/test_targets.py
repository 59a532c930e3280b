"""The fuzz targets run and hold, on a few hundred inputs each; `make fuzz` tries very many more."""

from __future__ import annotations

import itertools
import pickletools
import random
import warnings

import pytest

from fuzz import engine, seeds
from fuzz.mutate import mutate, mutate_bytes, mutate_pickle
from fuzz.opcodes import SNIPPETS, cut, dictionary
from fuzz.target import NAMES, Target, load_target
from onggi.trust import keys
from tests.proof.grammar import HONEST

EXECUTIONS = 250


@pytest.fixture(autouse=True)
def _quiet():
    """Changed arguments make libraries warn, and a target may choose a key of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    keys.set_key_path(None)


def starts_of(target):
    """Take few seeds where making them all takes longer than trying them."""
    if target.name == "guards":
        return seeds.corpus("stdlib", "numpy")
    return seeds.corpus("stdlib") + HONEST + seeds.generated(50) if target.seeds is seeds.pickles else target.seeds()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "loads"])
def test_a_target_holds(name):
    target = load_target(name)
    if target.setup and name == "split":
        target.setup()
    hold(target, starts_of(target))


def test_loads_holds():
    hold(load_target("loads"), HONEST + seeds.generated(50))


def hold(target, starts):
    """Try a target on seeds and on mutations of them."""
    rng = random.Random(target.name)
    for _ in range(EXECUTIONS):
        data = rng.choice(starts)
        if rng.random() < 0.8:
            data = target.mutate(data, rng, starts)
        target.check(data)


def test_whole_opcodes_are_cut_where_pickletools_cuts():
    for data in HONEST:
        places = [at for *_, at in pickletools.genops(data)]
        lengths = [len(piece) for piece in cut(data)]
        assert [0, *itertools.accumulate(lengths)] == [*places, len(data)]


@pytest.mark.parametrize("change", [mutate, mutate_bytes, mutate_pickle])
def test_the_same_seed_makes_the_same_mutation(change):
    for seed in range(50):
        one, other = (change(HONEST[seed], random.Random(seed), HONEST) for _ in range(2))
        assert one == other


def test_most_mutations_of_opcodes_still_are_opcodes():
    rng = random.Random(5)
    read = 0
    for _ in range(200):
        try:
            list(pickletools.genops(mutate_pickle(rng.choice(HONEST), rng, HONEST)))
        except Exception:
            continue
        read += 1
    assert read > 120


def test_the_dictionary_has_every_opcode():
    codes = {snippet[:1] for snippet in SNIPPETS}
    assert {op.code.encode("latin-1") for op in pickletools.opcodes} - codes == {b"c"}
    assert dictionary().isascii()
    assert all(line[0] == line[-1] == '"' for line in dictionary().splitlines())


def test_seeds_are_small_and_many():
    assert len(seeds.corpus("stdlib")) > 500
    assert max(map(len, seeds.corpus("stdlib"))) <= seeds.MAX_SEED_BYTES


class Broken:
    """A target that does not hold for what has two bytes that differ."""

    @staticmethod
    def check(data):
        assert len(set(data)) < 2, "two bytes differ"


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """Let the engine know a target that fails, and write to a folder of the test."""
    target = Target("broken", Broken.check, lambda: (b"aa",), mutate_bytes)
    monkeypatch.setattr(engine, "FOLDER", tmp_path)
    monkeypatch.setattr(engine, "load_target", lambda name: target)
    monkeypatch.setattr(engine, "_cap_memory", lambda: None)
    return target


def slot(tmp_path):
    path = tmp_path / "slot"
    path.write_bytes(bytes(1 << 20))
    return path


def test_the_engine_keeps_the_first_input_of_a_failure(broken, tmp_path):
    path = slot(tmp_path)
    engine.run_child("broken", str(path), 60.0, 200, 1)
    (found,) = (file for file in (tmp_path / "findings").iterdir() if not file.suffix)
    assert len(set(found.read_bytes())) > 1
    assert "two bytes differ" in found.with_suffix(".txt").read_text()
    assert int.from_bytes(path.read_bytes()[:8], "little") == 200


def test_inputs_start_with_the_seeds_and_the_corpus(broken, tmp_path):
    (tmp_path / "corpus" / "broken").mkdir(parents=True)
    (tmp_path / "corpus" / "broken" / "more").write_bytes(b"found")
    assert [*itertools.islice(engine.inputs(broken, 0), 2)] == [b"aa", b"found"]
    more = [*itertools.islice(engine.inputs(broken, 0), 40)]
    assert more == [*itertools.islice(engine.inputs(broken, 0), 40)]
    assert more != [*itertools.islice(engine.inputs(broken, 1), 40)]


def test_a_process_that_dies_is_a_finding(tmp_path, monkeypatch):
    """What killed it is in the slot."""
    path = slot(tmp_path)
    monkeypatch.setattr(engine, "FOLDER", tmp_path)
    monkeypatch.setattr(engine.sys, "executable", "false")
    result = engine.fuzz("walker", seconds=0.2, seed=3)
    assert path.exists()
    assert result.findings
    assert "ended with status 1" in result.findings[0]


def test_targets_have_names_of_their_own():
    assert [load_target(name).name for name in NAMES] == list(NAMES)
