"""Every contender, in every contest, on a little of every kind of data."""

from __future__ import annotations

import os
import pickle

import pytest

from bench import cli
from bench.measures import MEASURES, Stage
from bench.memory import DUMP_COLUMNS, LOAD_COLUMNS
from bench.place import open_place
from bench.results import SECONDS, Run
from bench.workloads import WORKLOADS

QUICKLY_TESTED = ("records", "blocks", "tiny")
CONTESTS = [
    pytest.param(one, name, id=f"{one.name}/{name}", marks=() if one.name in QUICKLY_TESTED else pytest.mark.slow)
    for one in WORKLOADS
    for name in one.measures
    if not name.endswith("-memory")
]


@pytest.fixture
def place(tmp_path):
    with open_place(tmp_path) as place:
        yield place


def needed(workload):
    for package in workload.needs:
        pytest.importorskip(package)


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_data_is_always_the_same(workload):
    needed(workload)
    obj = workload.make("smoke")

    again = pickle.loads(pickle.dumps(workload.make("smoke")))

    assert workload.same(again, obj)
    workload.first(again)
    if workload.read_all:
        workload.read_all(again)


@pytest.mark.parametrize(
    "workload", [one for one in WORKLOADS if one.name != "tiny"], ids=lambda workload: workload.name
)
def test_other_data_is_not_the_same(workload):
    needed(workload)

    assert not workload.same(workload.build(workload.counts["smoke"] + 1), workload.make("smoke"))


@pytest.mark.parametrize(("workload", "name"), CONTESTS)
def test_everybody_passes_the_check_and_can_be_timed(workload, name, place):
    needed(workload)
    stage = Stage(workload, "smoke", place)
    measure = MEASURES[name]
    entrants = list(measure.entrants(stage))

    assert measure.peer_for(workload) in {entrant.name for entrant in entrants}
    for entrant in entrants:
        entrant.check()
        assert entrant.sample()[SECONDS] > 0, entrant.name


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="only Linux tells the memory of a process")
@pytest.mark.parametrize(("name", "columns"), [("load-memory", LOAD_COLUMNS), ("dump-memory", DUMP_COLUMNS)])
def test_memory_is_measured_in_a_process_of_its_own(name, columns, place):
    pytest.importorskip("numpy")
    workload = next(one for one in WORKLOADS if one.name == "blocks")
    (onggi,) = (one for one in MEASURES[name].entrants(Stage(workload, "smoke", place)) if one.name == "onggi")

    onggi.check()
    values = onggi.sample()

    assert tuple(values) == columns
    assert max(values.values()) > 100_000  # three arrays of 100 KB


def test_the_command_measures_what_is_asked_for_and_leaves_nothing_behind(tmp_path, capsys):
    (folder := tmp_path / "folder").mkdir()
    arguments = [
        "--size",
        "smoke",
        "--only",
        "tiny/loads",
        "--only",
        "import/time",
        "--json",
        str(tmp_path / "run.json"),
    ]

    assert cli.main([*arguments, "--folder", str(folder)]) == 0

    run = Run.read(tmp_path / "run.json")
    assert [result.name for result in run.results] == ["tiny/loads", "import/time"]
    assert not [row.failure for result in run.results for row in result.rows if row.failure]
    assert "tiny/loads" in capsys.readouterr().out
    assert not os.listdir(folder)


def test_the_command_shows_a_kept_run_again(tmp_path, capsys):
    Run({"CPU": "of another day"}, "full", 7).write(tmp_path / "run.json")

    assert cli.main(["--render", str(tmp_path / "run.json")]) == 0
    assert "of another day" in capsys.readouterr().out


def test_the_command_knows_no_other_names():
    with pytest.raises(SystemExit, match="unheard"):
        cli.main(["--only", "unheard"])


def test_too_small_a_disk_is_said_and_not_filled(place, monkeypatch):
    monkeypatch.setattr(place, "free_bytes", lambda: 10**6)

    run = cli.measure_all("smoke", 1, ["tiny"], place)

    assert not run.results
    assert "on the disk" in run.notes[0]
