from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import onggi
from onggi.errors import DecodeError, IntegrityError, LimitError, NotAPickleError, TruncatedError
from onggi.inspect import inspect
from onggi.inspect.lines import inspection_lines
from onggi.inspect.plain import plain_text
from onggi.proof import Limits, Policy
from onggi.trust.keys import set_key_path


class Model:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Hostile:
    def __reduce__(self):
        return os.system, ("echo PWNED",)


@pytest.fixture(autouse=True)
def _own_key(tmp_path):
    set_key_path(tmp_path / "key-folder" / "key")
    yield
    set_key_path(None)


# --------------------------------------------------------------------------------------------------------- what it says


def test_plain_values_are_data():
    found = inspect(pickle.dumps({"a": [1, 2]}))
    assert found.state == "data"
    assert found.report.protocol == pickle.DEFAULT_PROTOCOL
    assert found.outline.root is not None
    assert found.outline.root.length == 1
    assert found.problem is None


def test_known_types_are_data():
    found = inspect(pickle.dumps({"w": np.arange(3.0), "f": pd.DataFrame({"a": [1]})}))
    assert found.state == "data"
    assert "numpy.dtype" in {str(entry) for entry in found.report.globals}


def test_an_unknown_class_needs_trust_and_the_text_says_what_to_type(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"model": Model(x=1)}))
    found = inspect(path)
    assert found.state == "needs trust"
    assert found.pickles[0].paths[0] == 'root["model"]'
    text = found.text()
    assert f"--allow {__name__}.Model" in text
    assert f'onggi.load({str(path)!r}, allow=["{__name__}.Model"])' in text


def test_what_is_allowed_needs_no_trust():
    data = pickle.dumps(Model(x=1))
    assert inspect(data, allow=[Model]).state == "data"
    assert inspect(data, allow=f"{__name__}.*").state == "data"
    assert inspect(data, policy=Policy([Model])).state == "data"


def test_a_command_is_hostile_and_is_not_run(tmp_path, capfd):
    found = inspect(pickle.dumps([Hostile()]))
    assert found.state == "hostile"
    assert "system" in found.text()
    assert "--allow" not in found.text()
    assert capfd.readouterr() == ("", "")


def test_own_files_are_ours(tmp_path):
    onggi.dump(Model(x=1), tmp_path / "own.pkl", label={"note": "churn v7"})
    found = inspect(tmp_path / "own.pkl")
    assert found.state == "own"
    assert found.report.seal == "own key"
    assert "note churn v7" in found.text()
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in found.text()


def test_files_of_another_key_are_a_strangers(tmp_path):
    onggi.dump(Model(x=1), tmp_path / "own.pkl")
    set_key_path(tmp_path / "another" / "key")
    onggi.dump([1], tmp_path / "makes-the-key.pkl")
    found = inspect(tmp_path / "own.pkl")
    assert found.state == "needs trust"
    assert found.report.seal == "another key"


@pytest.mark.parametrize("part", ["buffer", "opcodes"])
def test_flipped_bits_are_damage(tmp_path, part):
    path = tmp_path / "array.pkl"
    onggi.dump({"w": np.arange(10_000.0), "x": "text to change"}, path)
    data = bytearray(path.read_bytes())
    place = data.index(b"text to change") if part == "opcodes" else len(data) // 2
    data[place] ^= 1
    found = inspect(bytes(data))
    assert found.state == "damaged"
    assert isinstance(found.problem, IntegrityError)
    assert found.outline.root is not None


def test_a_flipped_buffer_is_named_by_its_place_in_the_file_and_in_the_object(tmp_path):
    path = tmp_path / "array.pkl"
    onggi.dump({"a": np.arange(10_000.0), "b": np.arange(20_000.0)}, path)
    data = bytearray(path.read_bytes())
    data[-30_000] ^= 1
    problem = inspect(bytes(data)).problem
    assert problem is not None
    assert problem.path == 'root["b"]'
    assert data[problem.offset :].startswith(np.arange(3.0).tobytes())


def test_a_truncated_file_shows_what_is_there():
    data = pickle.dumps({"a": 1, "b": np.arange(100_000.0)})
    found = inspect(data[: len(data) // 2])
    assert found.state == "damaged"
    assert isinstance(found.problem, TruncatedError)
    assert found.problem.path == 'root["b"]'
    assert '"a"  1' in found.text()


def test_a_broken_pickle_that_runs_code_before_it_breaks_is_hostile():
    data = pickle.dumps([Hostile(), "x" * 50])[:-20]
    found = inspect(data)
    assert found.state == "hostile"
    assert isinstance(found.problem, TruncatedError)


def test_a_bomb_is_refused():
    found = inspect(b"]" * 5_000 + b"a" * 4_999 + b".")
    assert found.state == "refused"
    assert isinstance(found.problem, LimitError)
    assert inspect(b"]" * 5_000 + b"a" * 4_999 + b".", limits=Limits(max_depth=10_000)).state == "data"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "empty"), (b"<!doctype html><title>x</title>", "html"), (b'{"a": 1}', "json"), (b"hello there", "text")],
)
def test_other_files_are_named(tmp_path, content, kind):
    path = tmp_path / "thing.pkl"
    path.write_bytes(content)
    with pytest.raises(NotAPickleError) as caught:
        inspect(path)
    assert caught.value.kind == kind
    assert caught.value.source == str(path)


def test_a_file_of_joblib_shows_its_tree_and_says_what_to_do(tmp_path):
    import joblib

    joblib.dump({"w": np.arange(5.0), "m": Model(x=np.zeros(3))}, tmp_path / "a.joblib")
    found = inspect(tmp_path / "a.joblib")
    text = found.text()
    assert found.state == "needs trust"
    assert found.problem is None
    assert '"w"  numpy.ndarray  f8(5,)' in text
    assert "Model" in text
    joblib.dump({"w": np.arange(5.0), "o": np.array([1, None])}, tmp_path / "c.joblib")
    assert inspect(tmp_path / "c.joblib").state == "data"
    joblib.dump({"o": np.array([os.system, 1], dtype=object)}, tmp_path / "d.joblib")
    assert inspect(tmp_path / "d.joblib").state == "hostile"
    joblib.dump({"w": [1, 2]}, tmp_path / "b.joblib")
    assert inspect(tmp_path / "b.joblib").state == "data"


def test_a_class_of_a_script_can_only_be_loaded_there():
    text = inspect(b"c__main__\nModel\n(tR.").text()
    assert "allow=[Model]" in text
    assert "--allow" not in text


def test_strings_of_python2_need_an_encoding():
    assert "--encoding latin1" in inspect(b"U\x02a\xe9.").text()


# ---------------------------------------------------------------------------------------------------------- where from


def test_reads_paths_files_and_buffers(tmp_path):
    data = pickle.dumps([1, 2, 3])
    path = tmp_path / "a.pkl"
    path.write_bytes(data)
    with path.open("rb") as file:
        buffers = [data, bytearray(data), memoryview(data), np.frombuffer(data, "u1")]
        for source in [path, str(path), file, io.BytesIO(data), *buffers]:
            found = inspect(source)
            assert found.outline.root is not None
            assert found.outline.root.length == 3
    assert inspect(path).source == str(path)


def test_unpacks(tmp_path):
    data = pickle.dumps(list(range(1_000)))
    found = inspect(gzip.compress(gzip.compress(data)))
    assert found.compression == ("gzip", "gzip")
    assert found.unpacked_bytes == len(data)
    assert "of gzip in gzip" in found.text()


def test_shows_several_pickles_and_what_follows(tmp_path):
    path = tmp_path / "log.pkl"
    for number in range(3):
        onggi.dump({"n": number}, path, append=True)
    with path.open("ab") as file:
        file.write(pickle.dumps([Hostile()]) + b"\0" * 100)
    found = inspect(path)
    assert len(found.pickles) == 4
    assert [look.state for look in found.pickles] == ["own", "own", "own", "hostile"]
    assert found.state == "hostile"
    assert (found.trailing_bytes, found.trailing) == (100, "zeros")
    data = path.read_bytes()
    assert [pickle.loads(data[look.start :])["n"] for look in found.pickles[:3]] == [0, 1, 2]


def test_says_where_in_the_file_a_global_stands():
    data = pickle.dumps({"text": "x" * 200_000, "raw": b"y" * 100_000, "model": Model(x=1)})
    found = inspect(data)
    (entry,) = found.report.globals
    assert data[entry.offset - 1 : entry.offset + 1] in (b"\x94\x93", b"\x93\x94")
    (finding, *_) = found.report.findings
    assert data[finding.offset] == 0x81
    assert found.pickles[0].paths[0] == 'root["model"]'


def test_offsets_are_right_in_own_files_with_buffers(tmp_path):
    path = tmp_path / "own.pkl"
    onggi.dump({"a": np.arange(50_000.0), "b": (1, np.arange(70_000)), "model": Model(x=1)}, path, seal=False)
    data = path.read_bytes()
    found = inspect(path)
    finding = next(one for one in found.report.findings if one.global_name.endswith("Model"))
    assert data[finding.offset] == 0x81
    assert found.report.buffer_bytes == 120_000 * 8


def test_hops_over_payloads(tmp_path):
    path = tmp_path / "sparse.pkl"
    head = b"\x80\x05}\x8c\x04data\x8e" + (2**36).to_bytes(8, "little")
    with path.open("wb") as file:
        file.write(head)
        file.seek(2**36, io.SEEK_CUR)
        file.write(b"s.")
    if path.stat().st_blocks * 512 > 2**20:
        pytest.skip("this file system has no sparse files")
    found = inspect(path)
    assert found.outline.root is not None
    assert found.outline.root.size_bytes > 2**36
    assert "68.7 GB" in found.text()


# --------------------------------------------------------------------------------------------------------- how it reads


OBJECT = {"cfg": {"lr": 0.1, "name": "한국"}, "w": np.zeros((100, 50)), "model": Model(a=1, b=[1, 2, 3], c=None)}


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_fit_the_width(width):
    from onggi.inspect.lines import inspection_lines
    from onggi.inspect.spans import cell_width

    found = inspect(pickle.dumps(OBJECT))
    tree = [line for line in inspection_lines(found, width=width, max_lines=60) if line and line[0][1][:1] in "├└│r"]
    assert len(tree) > 5
    assert all(cell_width("".join(text for _, text in line)) <= max(width, 44) for line in tree)


def test_the_tree_has_a_bounded_number_of_lines():
    obj = {f"k{i}": {"rows": [{"id": j, "v": [j]} for j in range(50)]} for i in range(100)}
    lines = inspect(pickle.dumps(obj)).text(max_lines=40).splitlines()
    assert len(lines) < 60
    assert any("more" in line for line in lines)


def test_ascii_text_is_ascii():
    text = inspect(pickle.dumps(OBJECT)).text(ascii_only=True)
    assert text.isascii()
    assert '"w"  numpy.ndarray  f8(100, 50)' in text


def test_prints_as_its_text():
    found = inspect(pickle.dumps(OBJECT))
    assert str(found) == repr(found) == found.text()


def test_names_of_strangers_can_not_write_to_a_terminal():
    data = b"c\x1b[31mevil\nName\x07\n(S'\\x1b]0;title\\x07'\ntR."
    found = inspect(data)
    assert found.text().replace("\n", "").isprintable()
    assert "\x1b" not in found.html()


def test_the_page_escapes_what_the_file_says(tmp_path):
    evil = "<script>alert(1)</script>'\"&"
    path = tmp_path / "a<img src=x>.pkl"
    path.write_bytes(pickle.dumps({evil: evil, "m": Model(**{evil: [evil]})}) + b"\0")
    page = inspect(path).html()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_nothing_else():
    from html.parser import HTMLParser

    class Checker(HTMLParser):
        open_tags: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            names = {name for name, _ in attrs}
            assert tag not in {"script", "img", "link", "iframe", "object", "embed", "form", "base"}
            assert not names & {"src", "href", "onclick", "onload", "onerror"}
            if tag != "meta":
                self.open_tags.append(tag)

        def handle_endtag(self, tag):
            assert self.open_tags.pop() == tag

    page = inspect(pickle.dumps(OBJECT)).html()
    checker = Checker()
    checker.feed(page)
    assert checker.open_tags == []
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_is_bounded_and_a_notebook_gets_a_smaller_one():
    found = inspect(pickle.dumps({f"k{i}": {"a": [i], "b": [i]} for i in range(3_000)}), max_nodes=100_000)
    assert found.html(max_nodes=500).count('class="what"') <= 500
    fragment = found._repr_html_()
    assert len(fragment) < 100_000
    assert not fragment.startswith("<!doctype")


def test_the_page_of_a_very_deep_pickle():
    assert "</html>" in inspect(b"]" * 900 + b"a" * 899 + b".").html()


# ---------------------------------------------------------------------------------------------------------------- JSON


def test_the_schema_of_json_is_stable(tmp_path):
    onggi.dump({"m": Model(x=[1])}, tmp_path / "a.pkl", seal=False)
    data = json.loads(json.dumps(inspect(tmp_path / "a.pkl").data(), allow_nan=False))
    assert data["schema"] == "onggi.inspect/1"
    assert set(data) == {
        "schema", "source", "stored_bytes", "unpacked_bytes", "compression", "state", "trailing", "pickles",
        "container", "members",
    }  # fmt: skip
    (look,) = data["pickles"]
    assert set(look) == {
        "name",
        "start", "size_bytes", "protocol", "opcode_count", "memo_count", "max_depth", "built_bytes", "buffer_count",
        "buffer_bytes", "persistent_id_count", "state", "verdict", "seal", "signatures", "label", "globals",
        "findings", "problem", "outline",
    }  # fmt: skip
    assert set(look["globals"][0]) == {"name", "module", "qualname", "uses", "count", "offset", "tier", "why"}
    assert set(look["findings"][0]) == {"rule", "severity", "reason", "offset", "path", "global"}
    assert set(look["outline"]) == {"problem", "value_count", "node_count", "nodes"}
    assert set(look["outline"]["nodes"][0]) == {
        "id", "parent", "is_dropped", "path", "label", "kind", "type", "summary", "size_bytes", "offset", "length",
        "hidden", "refers_to",
    }  # fmt: skip
    assert look["globals"][0]["uses"] == ["new", "state"]
    assert (look["verdict"], look["seal"]) == ("needs trust", "digests only")


def test_json_has_the_whole_tree():
    data = inspect(pickle.dumps({"a": [1, {"b": 2}]})).data()["pickles"][0]["outline"]["nodes"]
    assert [node["path"] for node in data] == [
        "root", 'root["a"]', 'root["a"][0]', 'root["a"][1]', 'root["a"][1]["b"]',
    ]  # fmt: skip
    assert [node["parent"] for node in data] == [None, 0, 1, 1, 3]


def test_json_of_a_very_deep_pickle():
    data = inspect(b"]" * 50_000 + b"a" * 49_999 + b".").data()
    assert data["state"] == "refused"
    assert len(json.dumps(data)) > 1_000


def test_json_takes_no_label_that_json_can_not_say():
    label = b'{"onggi":1,"created":NaN,"python":[1],"packages":3}'
    data = b"\x80\x05B" + len(label).to_bytes(4, "little") + label + b"0N."
    found = inspect(data)
    json.dumps(found.data(), allow_nan=False)
    found.text()
    found.html()


# ------------------------------------------------------------------------------------------------------------- hostile


@given(data=st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: pickle.dumps(OBJECT)[:700] + tail))
def test_no_bytes_make_it_fail(data):
    try:
        found = inspect(data)
    except DecodeError:
        return
    assert found.text().replace("\n", "").isprintable()
    json.dumps(found.data(), allow_nan=False)
    assert found.html()


# ----------------------------------------------------------------------------------------------------------- DataFrames


FRAME = pd.DataFrame({"jar": [1, 2], "salt": [0.5, 1.5], "day": ["mon", "tue"]})


def tree_of(data):
    return str(inspect(data)).partition("\n\n")[2].partition("\n\n")[0]


def test_the_columns_of_a_frame_have_their_names():
    tree = tree_of(pickle.dumps(FRAME))
    assert "2 rows × 3 columns" in tree
    assert all(f'"{name}"' in tree for name in FRAME.columns)


def test_the_axes_of_a_frame_that_is_cut_off_are_not_guessed():
    data = pickle.dumps(FRAME)
    tree = tree_of(data[: data.index(b"StringArray")])
    assert "pandas.DataFrame" in tree
    assert ".columns" not in tree
    assert ".index" not in tree


@pytest.mark.parametrize("width", [80, 100])
def test_all_but_commands_keep_to_the_width(width):
    found = inspect(pickle.dumps([FRAME, Hostile()]))
    lines = plain_text(inspection_lines(found, width=width, max_lines=50)).splitlines()
    assert [line for line in lines if len(line) > width and "next:" not in line and "dangerous" not in line] == []
    assert any("DataFrame" in line and "✓" in line for line in lines)
