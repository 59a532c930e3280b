from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import io
import ipaddress
import pathlib
import pickle
import sys
import types
import uuid

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from onggi.format.opcodes import BY_NAME
from onggi.proof.outline import Node, Outline, outline, path_at
from tests.frozen.corpus import member_names, rows

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Model:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right


Point = collections.namedtuple("Point", "x y")


def nodes(found: Outline) -> dict[str, Node]:
    return {node.path: node for _, node in found.walk()}


def tree(obj, protocol=pickle.HIGHEST_PROTOCOL) -> dict[str, Node]:
    found = outline(pickle.dumps(obj, protocol))
    assert found.problem == ""
    return nodes(found)


# ------------------------------------------------------------------------------------------------------ what is shown


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "type_name", "summary"),
    [
        (None, "None", ""),
        (True, "bool", "True"),
        (-3, "int", "-3"),
        (2.5, "float", "2.5"),
        ("text", "str", '"text"'),
        ('a "quote" \\ and\nline', "str", '"a \\"quote\\" \\\\ and\\nline"'),
        ("한국", "str", '"한국"'),
        (b"ab\0", "bytes", "b'ab\\x00'"),
        (bytearray(b"ab"), "bytearray", "b'ab'"),
        (b"", "bytes", "0 bytes"),
        (datetime.datetime(2026, 11, 22, 9, 51, 3, 7), "datetime.datetime", "2026-11-22 09:51:03.000007"),
        (datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "datetime.datetime", "2026-01-02 00:00:00 UTC"),
        (datetime.date(2026, 11, 22), "datetime.date", "2026-11-22"),
        (datetime.time(1, 2, 3), "datetime.time", "01:02:03"),
        (datetime.timedelta(1, 2, 3), "datetime.timedelta", "1 day, 0:00:02.000003"),
        (decimal.Decimal("1.50"), "decimal.Decimal", "1.50"),
        (1 + 2j, "complex", "1.0, 2.0"),
        (range(1, 9, 2), "range", "1, 9, 2"),
        (uuid.UUID(int=5), "uuid.UUID", "00000000-0000-0000-0000-000000000005"),
        (pathlib.PurePosixPath("/a/b"), "pathlib.PurePosixPath", '"/a/b"'),
        (ipaddress.ip_address("10.0.0.1"), "ipaddress.IPv4Address", "10.0.0.1"),
        (np.float64(1.5), "numpy.float64", "1.5"),
        (np.arange(6.0).reshape(2, 3), "numpy.ndarray", "f8(2, 3)"),
        (np.arange(3, dtype=">i4"), "numpy.ndarray", ">i4(3,)"),
        (np.array(["2020-01-01"], "M8[D]"), "numpy.ndarray", "M8[D](1,)"),
        (np.zeros(2, [("a", "f8"), ("b", "i4")]), "numpy.ndarray", "{a, b}(2,)"),
        (np.ma.array([1, 2], mask=[0, 1]), "numpy.ma.MaskedArray", "i8(2,)"),
    ],
)
def test_shows_values_of_every_protocol(value, type_name, summary, protocol):
    root = tree(value, protocol)["root"]
    assert (root.type, root.summary) == (type_name, summary)
    assert not root.children


def test_shows_types_whose_pickles_differ_between_pythons():
    found = tree([fractions.Fraction(1, 3), array.array("d", [1.0])])
    assert found["root[0]"].type == "fractions.Fraction"
    assert (found["root[1]"].type, found["root[1]"].summary) == ("array.array", "d, 8 bytes")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_shows_containers_with_paths(protocol):
    obj = {"cfg": {"lr": 0.1, ("k", 1): [1, {2}]}, 7: (), b"raw": frozenset([3]), None: collections.deque([4], 9)}
    found = tree(obj, protocol)
    assert found["root"].length == 4
    assert found['root["cfg"]["lr"]'].summary == "0.1"
    assert found['root["cfg"][("k", 1)][1]<item 0>'].summary == "2"
    assert found["root[7]"].type == "tuple"
    assert found["root[b'raw']<item 0>"].summary == "3"
    assert (found["root[None]"].type, found["root[None]"].length) == ("collections.deque", 1)
    assert found["root[None]"].summary == "maxlen 9"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_shows_attributes_of_instances(protocol):
    found = tree(Model(steps=[Model(depth=3)], **{"not a name": 1}), protocol)
    assert (found["root"].kind, found["root"].type) == ("object", f"{__name__}.Model")
    assert found["root.steps[0].depth"].summary == "3"
    assert found['root.["not a name"]'].summary == "1"


@pytest.mark.parametrize("protocol", range(2, 6))
def test_shows_slots_and_constructor_arguments(protocol):
    found = tree([Slotted(1, [2]), Point(3, 4)], protocol)
    assert found["root[0].left"].summary == "1"
    assert found["root[0].right[0]"].summary == "2"
    assert found["root[1]<arg 1>"].summary == "4"


def test_shows_dict_subclasses_as_dicts():
    found = tree([collections.OrderedDict(a=1), collections.defaultdict(list, b=[2]), collections.Counter("cc")])
    assert found['root[0]["a"]'].summary == "1"
    assert found['root[1]["b"][0]'].summary == "2"
    assert found["root[1].default_factory"].type == "builtins.list"
    assert found['root[2]["c"]'].summary == "2"


def test_shows_a_data_frame_by_its_columns():
    frame = pd.DataFrame(
        {"city": ["Seoul", "Busan"], "t": [1.5, 2.5], "n": [1, 2], "day": pd.to_datetime(["2020"] * 2)}
    )
    found = tree({"frame": frame, "series": frame["t"]})
    assert found['root["frame"]'].summary == "2 rows × 4 columns"
    assert {'root["frame"]["t"]', 'root["frame"]["city"]', 'root["frame"].index'} <= set(found)
    assert found['root["frame"]["t"]'].summary == "f8(1, 2)"
    assert found['root["frame"].index'].summary == "0 … 2"
    assert found['root["series"]'].summary == "2 rows"
    assert found['root["series"].name'].summary == '"t"'


def test_shows_the_shape_of_a_sparse_matrix():
    root = tree(scipy.sparse.csr_matrix(np.eye(3)))["root"]
    assert root.summary == "f8(3, 3), 3 stored"


def test_shows_items_of_object_arrays():
    found = tree(np.array(["a", Model(x=1)], dtype=object))
    assert found["root"].summary == "object(2,)"
    assert found["root[0]"].summary == '"a"'
    assert found["root[1].x"].summary == "1"


def test_shows_what_is_called_and_with_what():
    found = nodes(outline(b"cos\nsystem\n(S'echo PWNED'\ntR."))
    assert (found["root"].kind, found["root"].type) == ("call", "os.system")
    assert found["root<arg 0>"].summary == '"echo PWNED"'


def test_shows_globals_that_are_only_mentioned():
    found = tree({"factory": Model})
    assert (found['root["factory"]'].kind, found['root["factory"]'].type) == ("global", f"{__name__}.Model")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(b"cos\nsystem\n(S'x'\ntR(lI0\n\x85tR", id="call in place of the class"),
        pytest.param(b"cnumpy\nndarray\ncos\nsystem\n(S'x'\ntRS'b'\n\x87R", id="call in place of the shape"),
    ],
)
def test_never_hides_a_call_behind_a_well_known_one(arguments):
    found = outline(b"cnumpy._core.multiarray\n_reconstruct\n" + arguments + b".")
    assert "os.system" in {node.type for _, node in found.walk()}


def test_never_hides_a_call_in_the_state_of_an_array():
    head = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
    state = b"(I1\n(I1\ntcos\nsystem\n(S'x'\ntRI00\nS'data'\ntb."
    assert "os.system" in {node.type for _, node in outline(head + state).walk()}


def test_never_hides_a_call_in_a_key():
    found = outline(b"}cos\nsystem\n(S'x'\ntRI1\ns.")
    assert "os.system" in {node.type for _, node in found.walk()}


def test_shows_what_is_built_and_thrown_away():
    found = outline(b"cos\nsystem\n(S'x'\ntR0I1\n.")
    assert found.root is not None
    assert found.root.summary == "1"
    assert [node.type for node in found.dropped] == ["os.system"]
    assert path_at(found, 18) == "<dropped 0>"


def test_drops_plain_padding_silently():
    assert outline(b"N0K\x000}.").dropped == []


# -------------------------------------------------------------------------------------------------- the older opcodes


def test_reads_inst_and_obj():
    found = nodes(outline(b"(((imod\nThing\nI1\noI2\nl."))
    assert found["root[0]"].type == "mod.Thing()"
    found = nodes(outline(b"(I5\nimod\nThing\n."))
    assert (found["root"].type, found["root<arg 0>"].summary) == ("mod.Thing", "5")


def test_reads_python2_names_as_todays():
    assert nodes(outline(b"c__builtin__\nset\n((lI1\natR."))["root<item 0>"].summary == "1"
    assert nodes(outline(b"ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR."))["root"].type == "m.C"


def test_reads_python2_strings():
    assert nodes(outline(b"S'caf\\xe9'\n."))["root"].summary == '"café"'
    assert nodes(outline(b"U\x03a\xe9b."))["root"].summary == '"aéb"'


def test_shows_persistent_ids_and_extension_codes():
    found = nodes(outline(b"(Prow 7\n\x82\x05K\x01Ql."))
    assert (found["root[0]"].kind, found["root[0]"].summary) == ("persistent", '"row 7"')
    assert (found["root[1]"].kind, found["root[1]"].summary) == ("extension", "code 5 of copyreg's extension registry")
    assert found["root[2]<id>"].summary == "1"


# ------------------------------------------------------------------------------------------------------- joblib


JOBLIB_OBJECT = {"a": np.arange(5.0), "b": [np.zeros((3, 2), "i4"), "text"], "c": np.array(["x", "yy"]), "d": 1}


def test_finds_arrays_that_joblib_writes_between_the_opcodes():
    import joblib

    file = io.BytesIO()
    joblib.dump(JOBLIB_OBJECT, file)
    found = outline(file.getvalue(), reads_joblib=True)
    assert found.problem == ""
    assert found.end == len(file.getvalue())
    known = nodes(found)
    assert [known[path].summary for path in ('root["a"]', 'root["b"][0]', 'root["c"]')] == [
        "f8(5,)",
        "i4(3, 2)",
        "U2(2,)",
    ]
    assert known['root["d"]'].summary == "1"
    assert known['root["a"]'].size_bytes > 40
    assert outline(file.getvalue()).problem


def test_says_where_an_array_of_joblib_ends_too_early():
    import joblib

    file = io.BytesIO()
    joblib.dump([np.arange(1000.0)], file)
    assert "array of joblib needs 8,000 bytes" in outline(file.getvalue()[:4_000], reads_joblib=True).problem
    file = io.BytesIO()
    joblib.dump([np.array([None], dtype=object)], file)
    assert "can't be told" in outline(file.getvalue(), reads_joblib=True).problem


def test_notes_strings_that_are_no_ascii():
    assert outline(b"S'caf\\xe9'\n.").has_8bit_strings
    assert outline(b"U\x02a\xe9.").has_8bit_strings
    assert not outline(b"S'cafe'\n.").has_8bit_strings
    assert not outline(pickle.dumps("caf\xe9", 0)).has_8bit_strings


# -------------------------------------------------------------------------------------------------- shared references


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_shows_shared_objects_as_references(protocol):
    shared = [1]
    found = tree({"a": shared, "b": (shared,)}, protocol)
    assert (found['root["b"][0]'].kind, found['root["b"][0]'].summary) == ("reference", '→ root["a"]')


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_shows_objects_that_contain_themselves(protocol):
    model = Model()
    model.items = [model, {"up": model}]
    found = tree(model, protocol)
    assert found["root.items[0]"].summary == "→ root"
    assert found['root.items[1]["up"]'].summary == "→ root"


def test_shows_recursive_tuples():
    loop: list = []
    loop.append((loop,))
    assert tree(loop)["root[0][0]"].summary == "→ root"
    outer = (inner := [],)
    inner.append(outer)
    assert outline(pickle.dumps(outer)).problem == ""


def test_shows_small_values_again_instead_of_references():
    found = tree(["word" * 3] * 2)
    assert found["root[1]"].summary == '"wordwordword"'


# ---------------------------------------------------------------------------------------------------- sizes and paths


def test_counts_the_bytes_of_each_part():
    found = tree({"small": 1, "large": np.zeros(10_000), "text": "x" * 500})
    assert found['root["large"]'].size_bytes > 80_000
    assert 500 < found['root["text"]'].size_bytes < 520
    parts = sum(part.size_bytes for part in found["root"].children)
    assert parts < found["root"].size_bytes < parts + 60


def test_counts_out_of_band_buffers():
    buffers: list = []
    data = pickle.dumps({"w": np.zeros(10_000)}, 5, buffer_callback=buffers.append)
    found = outline(data, buffers=[buffer.raw().nbytes for buffer in buffers])
    assert nodes(found)['root["w"]'].size_bytes > 80_000
    assert found.root is not None
    assert found.root.size_bytes > 80_000
    assert outline(data).problem == ""
    assert "more out-of-band buffers" in outline(data, buffers=[]).problem


def test_finds_the_path_of_an_offset():
    data = pickle.dumps({"cfg": Model(callbacks=[None, Model(x=[1, 2])])})
    found = outline(data)
    for path, node in nodes(found).items():
        last = max((child.end for child in node.children), default=node.start)
        assert path_at(found, node.start if not node.children else last) in {path, *(c.path for c in node.children)}
        assert path_at(found, node.end - 1) == path
    assert path_at(found, len(data) - 1) is None
    assert path_at(found, 10**9) is None


def test_finds_the_path_in_what_is_left_out_elsewhere():
    data = pickle.dumps({"rows": [{"id": i} for i in range(5_000)]})
    marker = data.index(b"M\xa0\x0f")  # BININT2 4,000
    assert path_at(outline(data), marker) == 'root["rows"]'
    assert path_at(outline(data, focus=[marker]), marker) == 'root["rows"][4000]["id"]'


def test_starts_where_it_is_told_and_says_where_the_pickle_ends():
    first, second = pickle.dumps([1]), pickle.dumps({"b": 2})
    found = outline(first + second, start=len(first))
    assert nodes(found)['root["b"]'].summary == "2"
    assert found.end == len(first + second)
    assert outline(first + second).end == len(first)


# --------------------------------------------------------------------------------------------------- bounded in size


def kept(found: Outline) -> int:
    return sum(1 for _ in found.walk())


@pytest.mark.parametrize("max_nodes", [1, 50, 2_000])
@pytest.mark.parametrize(
    "obj",
    [
        pytest.param([float(i) for i in range(30_000)], id="floats"),
        pytest.param([{"id": i, "name": f"n{i}"} for i in range(5_000)], id="rows"),
        pytest.param({i: [[i] * 3] * 3 for i in range(3_000)}, id="dict"),
        pytest.param(tuple(range(30_000)), id="tuple"),
        pytest.param([[[list(range(20)) for _ in range(20)] for _ in range(20)] for _ in range(5)], id="nested"),
    ],
)
def test_keeps_a_bounded_number_of_nodes(obj, max_nodes):
    found = outline(pickle.dumps(obj), max_nodes=max_nodes)
    assert found.problem == ""
    assert kept(found) <= max(max_nodes, 1) + 1
    assert found.root is not None
    assert found.root.length == len(obj)
    assert found.root.hidden + len(found.root.children) == len(obj)


def test_a_long_list_does_not_crowd_out_what_follows():
    obj = {"rows": [{"id": i, "v": i * 0.5} for i in range(20_000)], "model": Model(depth=3, name="n19999")}
    found = tree(obj)
    assert found['root["rows"]'].length == 20_000
    assert found['root["model"].depth'].summary == "3"
    assert found['root["model"].name'].summary == '"n19999"'


def test_knows_names_that_first_stand_in_what_is_left_out():
    rows_with_late_key = [{"id": i} for i in range(3_000)] + [{"late": Model}]
    found = tree({"rows": rows_with_late_key, "again": {"late": 1}, "class": Model()})
    assert found['root["again"]["late"]'].summary == "1"
    assert found['root["class"]'].type == f"{__name__}.Model"


def test_skipping_gives_what_reading_gives():
    obj = [{"k": [i, (i, str(i)), {i}, frozenset([i]), Model(i=i), b"x", {}]} for i in range(4_000)]
    data = pickle.dumps([obj, "k", Model])
    fast = outline(data)
    # In focus nothing is skipped.
    slow = outline(data, focus=range(0, len(data), 2_000))
    assert fast.root is not None
    assert slow.root is not None
    assert fast.root.children[0].length == slow.root.children[0].length == 4_000
    assert (fast.value_count, fast.opcode_count, fast.end) == (slow.value_count, slow.opcode_count, slow.end)
    assert [node.summary for node in fast.root.children[1:]] == [node.summary for node in slow.root.children[1:]]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"]" * 110_000 + b"a" * 109_999 + b".", id="lists"),
        pytest.param(b"N" + b"\x85" * 60_000 + b".", id="tuples"),
        pytest.param(b"(" * 50_000 + b"t" * 50_000 + b".", id="marks"),
        pytest.param(b"N" + b"N" * 120_000 + b".", id="values that wait"),
        pytest.param(b"(" + b"cm\nC\n" * 20_000 + b"l.", id="globals"),
        pytest.param(b"}" + b"".join(b"}" for _ in range(30_000)) + b"(" * 30_000, id="unfinished"),
    ],
)
def test_deep_and_wide_bombs_end_soon(data):
    found = outline(data, max_nodes=1_000)
    assert kept(found) <= 1_100
    for _, node in found.walk():
        assert len(node.path) < 2_000


def test_memo_bombs_end_soon():
    assert "was never stored" in outline(b"h\x05.").problem
    assert (
        "jump about"
        in outline(b"N" + b"".join(b"r" + (i * 1000).to_bytes(4, "little") for i in range(110_000))).problem
    )
    assert outline(b"Nr\xff\xff\xff\x7f.").problem == ""


def test_reports_how_far_it_is():
    data = pickle.dumps([{"id": i, "text": f"{i:050}"} for i in range(20_000)])
    reports: list[int] = []
    outline(data, on_progress=reports.append)
    assert len(reports) > 3
    assert min(reports) > 0
    assert sum(reports) <= len(data)


def test_stops_after_so_many_opcodes():
    found = outline(pickle.dumps([[i] for i in range(500)]), max_opcodes=100)
    assert found.problem == "only the first 100 opcodes are shown"
    assert found.root is not None
    assert found.root.type == "list"


# ------------------------------------------------------------------------------------------------------ broken pickles


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "ends before its STOP"),
        (b"\xff", "byte 0xff is no opcode"),
        (b"K", "in the middle of a number"),
        (b"X\x05\0\0\0abc", "needs 5 bytes, has 3"),
        (b"S'abc'", "in the middle of a line"),
        (b"Sabc\n.", "not written in quotes"),
        (b"Ix\n.", "no digits"),
        (b"Fx\n.", "no number"),
        (b"a.", "a value that is not there"),
        (b"(0a.", "a value that is not there"),
        (b"t.", "a mark that is not there"),
        (b"(o.", "has no class"),
    ],
)
def test_says_why_it_stops(data, problem):
    assert problem in outline(data).problem


def test_shows_what_was_read_of_a_truncated_pickle():
    data = pickle.dumps({"cfg": {"lr": 0.1}, "model": Model(steps=[1, 2, Model(weights=np.zeros(1_000))])})
    found = outline(data[: data.index(b"\0" * 100) + 500])
    assert "needs 8,000 bytes, has" in found.problem
    known = nodes(found)
    assert known['root["cfg"]["lr"]'].summary == "0.1"
    assert path_at(found, found.end - 1) == 'root["model"].steps[2].weights'


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_truncation_shows_a_part_and_says_why(protocol):
    data = pickle.dumps({"a": [1, (2, 3, 4, 5), {"x": b"y"}], "m": Model(z=np.arange(3)), "s": {1.5, None}}, protocol)
    for length in range(len(data)):
        found = outline(data[:length])
        assert found.problem
        assert length < 12 or found.root is not None
        for _, node in found.walk():
            assert 0 <= node.start <= node.end <= length


SEEDS = [
    pickle.dumps(obj, protocol)
    for protocol in PROTOCOLS
    for obj in (
        {"a": [1, 2.5, None, "x", b"y", (1, 2, 3, 4), {1, 2}], "m": Model(x=1), "n": np.arange(3)},
        [{"k": i} for i in range(1_200)],
        pd.DataFrame({"a": [1], "b": ["x"]}),
    )
]
EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3), st.integers(0, 3)), max_size=8)
OPCODES = st.lists(st.sampled_from(sorted(row.code for row in BY_NAME.values()))).map(bytes)


@st.composite
def mutated(draw):
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for place, inserted, removed in draw(EDITS):
        place %= len(data) + 1
        data[place : place + removed] = inserted
    return bytes(data)


@given(data=mutated() | OPCODES | st.binary(), max_nodes=st.sampled_from([1, 30, 10_000]), focus=st.integers(0, 3_000))
def test_no_bytes_make_it_fail(data, max_nodes, focus):
    found = outline(data, max_nodes=max_nodes, focus=[focus], buffers=None)
    assert found.end <= len(data)
    assert found.problem or found.root is not None
    seen = set()
    for _, node in found.walk():
        assert id(node) not in seen
        seen.add(id(node))
        assert node.path.isprintable()
        assert node.summary.isprintable()
        assert node.type.isprintable()
        assert node.size_bytes >= 0
    assert len(seen) <= max_nodes + 300
    path_at(found, focus)


# -------------------------------------------------------------------------------------------------- nothing is imported


def test_imports_nothing_that_a_pickle_names(tmp_path, monkeypatch):
    (tmp_path / "onggi_canary.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    found = outline(b"conggi_canary\nThing\n(tR}S'a'\nI1\nsb.")
    assert nodes(found)["root.a"].summary == "1"
    assert "onggi_canary" not in sys.modules


def test_names_of_strangers_can_not_write_to_a_terminal():
    found = outline(pickle.dumps({"\x1b[31m\u202e": types.SimpleNamespace(**{"\x07": "\x9b"})}))
    text = "".join(node.path + node.summary + node.type for _, node in found.walk())
    assert text.isprintable()


# ----------------------------------------------------------------------------------------------- pickles of all Pythons


@pytest.mark.parametrize("member", member_names())
def test_reads_every_frozen_pickle(member):
    for row in rows(member):
        found = outline(row.data, buffers=[len(buffer) for buffer in row.buffers])
        assert found.problem == "", row.name
        assert found.root is not None
        assert found.end == len(row.data)
