"""Measure the memory of one load or dump; started by `bench.memory` in a process of its own."""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.contenders import Contender, contenders_for
from bench.harness import in_a_line
from bench.memory import DUMP_COLUMNS, LOAD_COLUMNS, Task, give_back_free, peak_bytes, resident_bytes, start_peak
from bench.place import remove
from bench.results import Values
from bench.workloads import WORKLOADS, Workload
from onggi.trust.keys import set_key_path


def measure(task: Task) -> Values:
    """Measure what the task says."""
    set_key_path(task.key_path)
    workload = next(one for one in WORKLOADS if one.name == task.workload)
    contenders = contenders_for(workload)
    run = {"load": _measure_load, "dump": _measure_dump}[task.verb]
    return run(task, workload, contenders[task.contender], contenders)


def _measure_load(task: Task, workload: Workload, one: Contender, contenders: dict[str, Contender]) -> Values:
    writer = contenders[one.file_of] if one.file_of else one
    assert writer.dump is not None
    assert one.load is not None
    writer.dump(workload.make("smoke"), task.warm_file)
    _read(workload, one.load(task.warm_file), everything=True)
    give_back_free()

    before = resident_bytes()
    start_peak()
    obj = one.load(task.file)
    found = [resident_bytes(), peak_bytes()]
    for everything in (False, True):
        _read(workload, obj, everything=everything)
        found.append(resident_bytes())
    return {column: max(value - before, 0) for column, value in zip(LOAD_COLUMNS, found, strict=True)}


def _read(workload: Workload, obj: Any, *, everything: bool) -> None:
    workload.first(obj)
    if everything and workload.read_all:
        workload.read_all(obj)


def _measure_dump(task: Task, workload: Workload, one: Contender, contenders: dict[str, Contender]) -> Values:
    assert one.dump is not None
    one.dump(workload.make("smoke"), task.warm_file)
    give_back_free()

    empty = resident_bytes()
    obj = workload.make(task.size)
    give_back_free()
    before = resident_bytes()
    start_peak()
    remove(task.file)
    one.dump(obj, task.file)
    peak = peak_bytes()
    return dict(zip(DUMP_COLUMNS, (max(peak - before, 0), before - empty), strict=True))


if __name__ == "__main__":
    try:
        print(json.dumps(measure(Task(**json.loads(sys.argv[1])))))
    except Exception as error:  # the parent shows it in its table
        sys.exit(in_a_line(error))
