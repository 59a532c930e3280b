"""Programs that use pickle, with onggi in its place: modules of the standard library, and what people write.

A module is run anew with `import pickle` meaning onggi; the copy that others use is left alone.
"""

from __future__ import annotations

import collections
import copyreg
import functools
import importlib.util
import io
import pickle
import queue
import sys
import threading
from pathlib import Path

import pytest

import onggi
from onggi.trust.keys import set_key_path


@pytest.fixture(autouse=True)
def _own_key(tmp_path):
    set_key_path(tmp_path / "own" / "key")
    yield
    set_key_path(None)


@pytest.fixture
def over_onggi(monkeypatch):
    """Import a module anew, with onggi for pickle."""

    def run(name):
        spec = importlib.util.find_spec(name)
        module = importlib.util.module_from_spec(spec)
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "pickle", onggi)
            spec.loader.exec_module(module)
        return module

    return run


class Job:
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent

    def __eq__(self, other):
        return type(other) is Job and other.name == self.name

    __hash__ = None


def double(number):
    return number * 2


# ---------------------------------------------------------------------------------------------- of the standard library


@pytest.mark.parametrize("writeback", [False, True])
@pytest.mark.parametrize("protocol", [None, 3, 5])
def test_shelve(over_onggi, protocol, writeback):
    stored = {}
    with over_onggi("shelve").Shelf(stored, protocol, writeback) as shelf:
        shelf["job"] = Job("nightly")
        shelf["days"] = [3, 7]
        shelf["days"] += [21]
        assert shelf["job"] == Job("nightly")
        shelf.sync()
        assert dict(shelf) == {"job": Job("nightly"), "days": [3, 7, 21]}
        stored = dict(shelf.dict)
    assert pickle.loads(stored[b"days"]) == [3, 7, 21]


def test_the_pickler_of_multiprocessing(over_onggi):
    reduction = over_onggi("multiprocessing.reduction")
    sent = reduction.ForkingPickler.dumps([Job("a"), double, Job("b").__eq__])
    assert isinstance(sent, memoryview)
    job, function, method = reduction.ForkingPickler.loads(sent)
    assert (job, function) == (Job("a"), double)
    assert method(Job("b"))


def test_a_reducer_that_multiprocessing_registers(over_onggi):
    reduction = over_onggi("multiprocessing.reduction")
    lock = threading.Lock()
    with pytest.raises(TypeError, match="lock"):
        reduction.ForkingPickler.dumps(lock)
    reduction.ForkingPickler.register(type(lock), lambda lock: (Job, ("a lock",)))
    assert reduction.ForkingPickler.loads(reduction.ForkingPickler.dumps(lock)) == Job("a lock")


def test_connections_of_multiprocessing(over_onggi, monkeypatch):
    connection = over_onggi("multiprocessing.connection")
    monkeypatch.setattr(connection, "_ForkingPickler", over_onggi("multiprocessing.reduction").ForkingPickler)
    here, there = connection.Pipe()
    with here, there:
        for sent in ({"job": Job("a"), "n": 1}, b"x" * 10_000, double):
            here.send(sent)
            assert there.recv() == sent


def test_snapshots_of_tracemalloc(over_onggi, tmp_path):
    import tracemalloc as original

    tracemalloc = over_onggi("tracemalloc")
    tracemalloc.start()
    try:
        snapshot = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    # The classes are found by their names, where those of the copy are not.
    snapshot = original.Snapshot(tuple(snapshot.traces._traces), snapshot.traceback_limit)
    path = tmp_path / "snapshot"
    tracemalloc.Snapshot.dump(snapshot, str(path))
    loaded = tracemalloc.Snapshot.load(str(path))
    assert loaded.traces._traces == snapshot.traces._traces


def test_log_records_over_a_socket(over_onggi):
    handlers = over_onggi("logging.handlers")
    record = handlers.logging.makeLogRecord({"msg": "jar %s", "args": (7,), "levelname": "INFO"})
    sent = handlers.SocketHandler("localhost", 0).makePickle(record)
    assert onggi.loads(sent[4:])["msg"] == "jar 7"
    assert pickle.loads(sent[4:])["msg"] == "jar 7"


# ------------------------------------------------------------------------------------------------------ as people write


class DiskCache:
    """`functools.lru_cache` on a disk, as thousands of programs have it."""

    def __init__(self, folder):
        self.folder = folder
        self.misses = 0

    def __call__(self, function):
        @functools.wraps(function)
        def cached(*args, **options):
            key = onggi.dumps((args, sorted(options.items())), protocol=onggi.HIGHEST_PROTOCOL)
            path = self.folder / f"{function.__name__}-{key.hex()[:80]}.pkl"
            try:
                with path.open("rb") as file:
                    return onggi.load(file)
            except (OSError, onggi.UnpicklingError, EOFError, AttributeError, ImportError, IndexError):
                self.misses += 1
            result = function(*args, **options)
            with path.open("wb") as file:
                onggi.dump(result, file, onggi.HIGHEST_PROTOCOL)
            return result

        return cached


def test_a_cache_on_disk(tmp_path):
    cache = DiskCache(tmp_path)
    make = cache(lambda name, *, parent=None: Job(name, parent))
    make.__name__ = "make"
    assert make("a") == make("a") == Job("a")
    assert make("a", parent=1).parent == 1
    assert cache.misses == 2
    for path in tmp_path.glob("*.pkl"):
        path.write_bytes(path.read_bytes()[:-5])
    assert make("a") == Job("a")
    assert cache.misses == 3


class Database:
    """Rows by reference, of a program that keeps them elsewhere."""

    rows = {7: Job("seven")}  # noqa: RUF012 - as people write it

    class Pickler(onggi.Pickler):
        def persistent_id(self, obj):
            return next((("row", key) for key, row in Database.rows.items() if row is obj), None)

    class Unpickler(onggi.Unpickler):
        def persistent_load(self, pid):
            kind, key = pid
            if kind != "row":
                raise onggi.UnpicklingError(f"unsupported persistent object {kind}")
            return Database.rows[key]


@pytest.mark.parametrize("protocol", range(1, 6))
def test_persistent_ids(protocol):
    file = io.BytesIO()
    Database.Pickler(file, protocol).dump([Database.rows[7], 1])
    file.seek(0)
    assert Database.Unpickler(file).load()[0] is Database.rows[7]


def test_an_unknown_persistent_id_is_an_unpickling_error():
    class Other(onggi.Pickler):
        def persistent_id(self, obj):
            return ("other", 1) if isinstance(obj, Job) else None

    file = io.BytesIO()
    Other(file).dump(Job("x"))
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="unsupported persistent object other"):
        Database.Unpickler(file).load()


def of_class(cls):
    cls.dispatch_table = collections.ChainMap({threading.Thread: of_thread}, copyreg.dispatch_table)
    return cls


def of_thread(thread):
    return Job, (thread.name,)


@of_class
class TableOfClass(onggi.Pickler):
    pass


class TableOfInstance(onggi.Pickler):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.dispatch_table = copyreg.dispatch_table | {threading.Thread: of_thread}


class Override(onggi.Pickler):
    def reducer_override(self, obj):
        return of_thread(obj) if isinstance(obj, threading.Thread) else NotImplemented


@pytest.mark.parametrize("kind", [TableOfClass, TableOfInstance, Override])
@pytest.mark.parametrize("protocol", [2, 5])
def test_reducers_of_a_pickler(kind, protocol):
    file = io.BytesIO()
    kind(file, protocol).dump({"worker": threading.Thread(name="w1"), "q": [1]})
    file.seek(0)
    assert onggi.Unpickler(file, allow=[Job]).load() == {"worker": Job("w1"), "q": [1]}
    file.seek(0)
    assert pickle.load(file)["worker"] == Job("w1")


class Renaming(onggi.Unpickler):
    """As every project has one that has moved a module."""

    def find_class(self, module, name):
        if module == "old_module":
            module = __name__
        return super().find_class(module, name)


def test_renames_by_find_class():
    data = pickle.dumps(Job("a"), 4).replace(
        bytes([len(__name__)]) + __name__.encode(), bytes([len("old_module")]) + b"old_module"
    )
    data = data[:2] + data[11:]  # without the frame, whose length has changed
    loaded = Renaming(io.BytesIO(data), allow=[Job, "old_module.Job"]).load()
    assert loaded == Job("a")


class Restricted(onggi.Unpickler):
    """The one of pickle's documentation."""

    def find_class(self, module, name):
        if module == "builtins" and name in ("range", "complex", "set", "frozenset", "slice"):
            return getattr(sys.modules["builtins"], name)
        raise onggi.UnpicklingError(f"global '{module}.{name}' is forbidden")


def test_the_restricted_unpickler_of_the_documentation():
    assert Restricted(io.BytesIO(pickle.dumps([1, 2, range(15)]))).load() == [1, 2, range(15)]
    for data in (b"cos\nsystem\n(S'echo hello world'\ntR.", b"cbuiltins\neval\n(S'1'\ntR.", pickle.dumps(Job("a"))):
        with pytest.raises(pickle.UnpicklingError):
            Restricted(io.BytesIO(data)).load()
    with pytest.raises(pickle.UnpicklingError, match="forbidden"):
        Restricted(io.BytesIO(pickle.dumps(collections.OrderedDict()))).load()


def test_one_memo_over_several_dumps():
    file = io.BytesIO()
    shared = ["shared"]
    pickler = onggi.Pickler(file)
    pickler.dump([shared, 1])
    pickler.dump([shared, 2])
    pickler.clear_memo()
    start = file.tell()
    pickler.dump([shared, 3])
    file.seek(0)
    unpickler = onggi.Unpickler(file)
    (first, _), (second, _) = unpickler.load(), unpickler.load()
    assert first is second
    file.seek(start)
    assert onggi.Unpickler(file).load() == [["shared"], 3]


def test_without_a_memo():
    file = io.BytesIO()
    pickler = onggi.Pickler(file)
    pickler.fast = True
    assert pickler.fast
    pickler.dump([["a"], ["b"]])
    assert b"\x94" not in file.getvalue()
    assert onggi.loads(file.getvalue()) == [["a"], ["b"]]


def test_out_of_band_buffers():
    big = bytearray(b"x" * 100_000)
    buffers = []
    data = onggi.dumps(
        {"b": onggi.PickleBuffer(big), "r": onggi.PickleBuffer(b"read only")}, buffer_callback=buffers.append
    )
    assert len(data) < 1_000
    assert [bytes(buffer) for buffer in buffers] == [bytes(big), b"read only"]
    loaded = onggi.loads(data, buffers=buffers)
    assert (loaded["b"], bytes(loaded["r"])) == (big, b"read only")
    loaded["b"][0] = ord("y")
    assert big[:2] == b"yx"
    with pytest.raises(pickle.UnpicklingError):
        onggi.loads(data)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: onggi.dumps(lambda: 1), (pickle.PicklingError, AttributeError)),
        (lambda: onggi.dumps(queue.Queue()), TypeError),
        (lambda: onggi.dumps(1, protocol=99), ValueError),
        (lambda: onggi.loads(b""), EOFError),
        (lambda: onggi.loads(b"\x80\x04"), EOFError),
        (lambda: onggi.loads(b"garbage"), pickle.UnpicklingError),
        (lambda: onggi.loads("text"), TypeError),
        (lambda: onggi.load(io.StringIO()), (TypeError, EOFError)),
        (lambda: onggi.loads(pickle.dumps(Job("a"))), pickle.UnpicklingError),
    ],
    ids=["lambda", "lock", "protocol", "empty", "cut", "garbage", "str", "text-file", "unknown-class"],
)
def test_except_clauses_catch_what_they_used_to(make, kind):
    with pytest.raises(kind):
        make()


def test_all_the_names_that_programs_use():
    for name in pickle.__all__:
        is_opcode = name.isupper() and isinstance(getattr(pickle, name), bytes)
        assert hasattr(onggi, name) or is_opcode, name
    assert issubclass(onggi.PicklingError, onggi.PickleError)
    assert Path(onggi.__file__).name == "__init__.py"
