"""Saves that are killed, interrupted, read along, or made by several at once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from onggi.files.atomic import AtomicFile, save
from tests.saves import ENVIRONMENT, NEW, OLD, names

KILLED_SCRIPT = """
import sys
from onggi.files.atomic import save
turn = 0
print("ready", flush=True)
while True:
    turn += 1
    save(sys.argv[1], [bytes([turn % 251]) * 50_000] * 40, durable=bool(turn % 4 == 0))
"""


def kill_at_random(folder, rounds, seed):
    path = folder / "x"
    moments = random.Random(seed)
    path.write_bytes(b"\x01" * 2_000_000)
    for _ in range(rounds):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED_SCRIPT, str(path)], stdout=subprocess.PIPE, env=ENVIRONMENT
        ) as process:
            process.stdout.readline()
            time.sleep(moments.random() * 0.03)
            process.kill()
        content = path.read_bytes()
        assert len(content) == 2_000_000
        assert content == content[:1] * 2_000_000


def check_that_the_next_save_cleans_up(folder):
    for name in names(folder):
        if name != "x":
            assert name.startswith(".x.")
            assert name.endswith(".onggi-tmp")
            os.utime(folder / name, (1, 1))
    save(folder / "x", [b"abc"])
    assert names(folder) == ["x"]


def test_kill_9_of_the_writer(tmp_path):
    kill_at_random(tmp_path, 20, seed=1)
    check_that_the_next_save_cleans_up(tmp_path)


# Two hundred interpreters are started, one after the other: on a busy machine that takes minutes.
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kill_9_of_the_writer_for_long(tmp_path):
    kill_at_random(tmp_path, 200, seed=2)
    check_that_the_next_save_cleans_up(tmp_path)


def test_control_c_in_the_middle(tmp_path):
    # A shell starts what runs in the background with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        check_control_c_in_the_middle(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)


def check_control_c_in_the_middle(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(OLD)

    def chunks():
        yield NEW
        signal.raise_signal(signal.SIGINT)
        yield NEW

    with pytest.raises(KeyboardInterrupt):
        save(path, chunks())
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["x"]


def test_readers_never_see_a_part(tmp_path):
    path = tmp_path / "x"
    save(path, [b"\x00" * 300_000])
    stop = threading.Event()
    seen = []

    def read():
        while not stop.is_set():
            seen.append(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(
            target=lambda i=i: [save(path, [bytes([i]) * 100_000] * 3, durable=False) for _ in range(20)], name=str(i)
        )
        for i in (1, 2)
    ]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert all(len(content) == 300_000 and content == content[:1] * 300_000 for content in seen)
    assert names(tmp_path) == ["x"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_that_leaves_the_block_does_not_end_the_parents_save(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(OLD)
    with AtomicFile(path) as file:
        file.write(NEW)
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                file.__exit__(None, None, None)
            os._exit(0)
        os.waitpid(child, 0)
        assert path.read_bytes() == OLD
        assert len(names(tmp_path)) == 2
    assert path.read_bytes() == NEW
