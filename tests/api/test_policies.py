"""What is allowed where: by call, by block, by program; and never by accident."""

from __future__ import annotations

import contextvars
import functools
import io
import os
import pickle
import subprocess
import sys
import threading
from collections import OrderedDict

import pytest

import onggi
from attacks.assembler import call, pickled
from onggi import Policy, errors
from onggi.api import policies


class Jar:
    """A class that nobody but this program trusts."""


class Lid:
    """Another one."""


JAR, LID = pickle.dumps(Jar()), pickle.dumps(Lid())


@pytest.fixture(autouse=True)
def _program(monkeypatch):
    monkeypatch.setattr(policies, "_program", [onggi.Policy()])
    monkeypatch.setattr(policies, "_grants", [])


def is_allowed(data=JAR, **options) -> bool:
    try:
        onggi.loads(data, **options)
    except errors.RefusedError:
        return False
    return True


@pytest.mark.parametrize("allow", [Jar, [Jar], (Jar, Lid), f"{__name__}.Jar", [f"{__name__}.*"], f"{__name__}.**"])
def test_by_call(allow):
    items = tuple(allow) if isinstance(allow, list | tuple) else (allow,)
    assert not is_allowed()
    assert is_allowed(allow=allow)
    assert is_allowed(policy=Policy(items))
    assert not is_allowed()


def test_the_policy_of_a_call_stands_instead_of_the_programs():
    onggi.allow(Jar)
    assert is_allowed()
    assert not is_allowed(policy=Policy())


def test_to_expect_a_class_is_to_allow_it():
    assert is_allowed(expect=Jar)
    assert not is_allowed(LID, expect=Jar)
    with pytest.raises(errors.UnexpectedTypeError):
        onggi.loads(JAR, expect=Lid, allow=Jar)
    with pytest.raises(errors.PolicyError):
        onggi.loads(JAR, expect="Jar")


def test_by_block():
    with onggi.allow(Jar):
        assert is_allowed()
        with onggi.allow(Lid):
            assert is_allowed()
            assert is_allowed(LID)
        assert not is_allowed(LID)
    assert not is_allowed()
    with pytest.raises(KeyError), onggi.allow(Jar):
        raise KeyError
    assert not is_allowed()


def test_by_program():
    onggi.allow(Jar)
    onggi.allow(Lid)
    assert is_allowed()
    assert is_allowed(LID)


def test_a_block_holds_for_its_own_thread_only():
    seen = []
    with onggi.allow(Jar):
        thread = threading.Thread(target=lambda: seen.append(is_allowed()))
        thread.start()
        thread.join()
        context = contextvars.copy_context()
        assert is_allowed()
    assert seen == [False]
    assert context.run(is_allowed)


def test_blocks_of_two_threads_do_not_widen_the_program():
    """Both are made before either is entered, as threads may do it."""
    one, two = onggi.allow(Jar), onggi.allow(Lid)
    with one:
        pass
    with two:
        pass
    assert not is_allowed()
    assert not is_allowed(LID)


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("", "empty"),
        ("*", "everything"),
        ("**", "everything"),
        ("a b", "not written"),
        (" a.B", "not written"),
        ("a.B\n", "characters"),
        (".x", "not written"),
        ("x.", "not written"),
        ("x.***", "whole name"),
        ("myapp*", "whole name"),
        ("myapp.M*", "whole name"),
        ("*.x", "only at the end"),
        ("*.Model", "only at the end"),
        ("a.*.Model", "only at the end"),
        ("a.**.Model", "only at the end"),
        ("a.?odel", "not written"),
        ("a.[A-Z]*", "whole name"),
        ("a-b.C", "not written"),
        (5, "not int"),
        (None, "not NoneType"),
    ],
)
def test_what_is_no_pattern(item, fault):
    with pytest.raises(errors.PolicyError, match=fault):
        Policy((item,))


@pytest.mark.parametrize(
    "item", ["os.*", "builtins.*", "builtins.**", "os.**", "__builtin__.*", "xml.dom.*", "copy_reg.*"]
)
def test_no_pattern_covers_the_standard_library(item):
    """Half of it runs code. A single name is another matter: then the reader knows what it is."""
    with pytest.raises(errors.PolicyError, match="standard library"):
        Policy((item,))
    assert Policy(("xml.dom.minidom.Document",))


@pytest.mark.parametrize(
    ("pattern", "covered", "others"),
    [
        ("a.B", ["a.B"], ["a.C", "a.b.B", "aa.B", "A.B", "a.BB", "a.B.C"]),
        ("a.*", ["a.B", "a.C"], ["a.b.C", "aa.B", "a2.B", "A.B", "a_.B"]),
        ("a.**", ["a.B", "a.b.C", "a.b.c.D"], ["aa.B", "aa.b.C", "a2.b.C", "b.a.C"]),
    ],
)
def test_patterns(pattern, covered, others):
    policy = Policy((pattern,))
    assert all(policy.covers(*full.rsplit(".", 1)) for full in covered)
    assert not any(policy.covers(*full.rsplit(".", 1)) for full in others)


IMPORTED = ["os", "os.mkdir", "subprocess.run", "reduce", "partial", "known_class", "make_folder", "Jar.__class__"]
reduce, partial, known_class, make_folder = functools.reduce, functools.partial, OrderedDict, os.mkdir
dumps = onggi.dumps
"""What many modules import: functions that are known, but safe only behind guards that stand at their own names."""


@pytest.mark.parametrize("dotted", IMPORTED)
def test_a_pattern_does_not_allow_what_a_module_has_imported(dotted):
    """`os.mkdir` is not of this module, whatever name it has here."""
    hostile = pickled(call(f"{__name__}:{dotted}", "x"))
    with pytest.raises(errors.RefusedError, match=r"does not cover|no class|a module"):
        onggi.loads(hostile, allow=[f"{__name__}.*"])
    with pytest.raises(errors.RefusedError, match=r"does not cover|no class|a module"):
        onggi.Unpickler(io.BytesIO(hostile), allow=[f"{__name__}.*"]).load()
    assert subprocess


class Renaming(onggi.Unpickler):
    """Leaves every name as it is."""

    def find_class(self, module, name):
        return super().find_class(module, name)


@pytest.mark.parametrize("dotted", IMPORTED)
def test_find_class_does_not_reach_it_either(dotted):
    hostile = pickled(call(f"{__name__}:{dotted}", "x"))
    with pytest.raises(errors.RefusedError, match=r"does not cover|no class|a module"):
        Renaming(io.BytesIO(hostile), allow=[f"{__name__}.*"]).load()
    assert type(Renaming(io.BytesIO(JAR), allow=[f"{__name__}.*"]).load()) is Jar


@pytest.mark.parametrize("written", ["tests.api:test_policies.Jar", "tests:api.test_policies.Jar"])
def test_a_dotted_name_never_goes_through_a_module(written):
    """Although, joined, it is the very name that is allowed."""
    with pytest.raises(errors.RefusedError, match="no class"):
        onggi.loads(pickled(call(written)), allow=["tests.**", Jar])


def test_a_name_that_is_known_to_be_dangerous_is_not_reached_by_a_pattern():
    hostile = pickled(call("numpy.distutils.exec_command:exec_command", "x"))
    with pytest.raises(errors.RefusedError, match="runs a command"):
        onggi.loads(hostile, allow=["numpy.**"])


def test_the_next_step_is_not_to_allow_what_is_known_elsewhere():
    for dotted, words in (("make_folder", "hostile"), ("known_class", "hostile"), ("dumps", "allow=")):
        with pytest.raises(errors.RefusedError) as caught:
            onggi.loads(pickled(call(f"{__name__}:{dotted}", "x")), allow=[f"{__name__}.*"])
        assert words in (caught.value.hint or "")


def test_a_whole_policy_is_an_item():
    jars = Policy((Jar,))
    assert is_allowed(allow=jars)
    assert is_allowed(LID, allow=[jars, Lid])
    assert onggi.inspect(JAR, allow=jars).pickles[0].state == "data"
    with onggi.allow(jars):
        assert is_allowed()
    onggi.allow(jars, Lid)
    assert is_allowed()
    assert is_allowed(LID)


def test_limits_of_a_policy_hold_where_the_call_says_nothing():
    nested = pickle.dumps([[[["jar"]]]])
    shallow = Policy(limits=onggi.Limits(max_depth=3))
    for options in ({"policy": shallow}, {"allow": shallow}):
        with pytest.raises(errors.LimitError):
            onggi.loads(nested, **options)
        assert onggi.loads(nested, limits=onggi.Limits(), **options) == [[[["jar"]]]]
    assert (shallow | Policy((Jar,))).limits == shallow.limits
    assert (shallow | Policy(limits=onggi.Limits())).limits == onggi.Limits()
    onggi.allow(shallow)
    with pytest.raises(errors.LimitError):
        onggi.loads(nested)


def test_policies_join():
    both = Policy((Jar,)) | Policy((Lid,))
    assert is_allowed(policy=both)
    assert is_allowed(LID, policy=both)
    assert not (Policy() | Policy()).trust
    assert (Policy() | Policy(trust=True)).trust


def test_import_onggi_stays_light():
    heavy = ("numpy", "pandas", "rich", "click", "platformdirs")
    code = f"import sys, onggi; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_onggi_stands_in_for_pickle():
    code = """
import io
import onggi as pickle
obj = {"a": [1, 2, (3, None)]}
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    assert pickle.loads(pickle.dumps(obj, protocol)) == obj
file = io.BytesIO()
pickle.Pickler(file, pickle.DEFAULT_PROTOCOL).dump(obj)
pickle.dump(obj, file)
file.seek(0)
assert pickle.Unpickler(file).load() == obj
assert pickle.load(file) == obj
try:
    pickle.loads(b"garbage")
except pickle.UnpicklingError as error:
    assert isinstance(error, pickle.PickleError)
try:
    pickle.dumps(lambda: 0)
except (pickle.PicklingError, AttributeError):
    print("ok")
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (found.stdout, found.stderr) == ("ok\n", "")


class Slow(io.RawIOBase):
    """A stream that can't seek and gives few bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        self._data, self._most = data, most

    def readable(self) -> bool:
        return True

    def readinto(self, into) -> int:
        part = self._data[: min(len(into), self._most)]
        self._data = self._data[len(part) :]
        into[: len(part)] = part
        return len(part)


@pytest.mark.parametrize("most", [1, 2, 7, 1000])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_stream_of_few_bytes_at_a_time(most, protocol):
    obj = {"a": list(range(50)), "b": "x" * 300}
    file = io.BytesIO()
    onggi.dump(obj, file, protocol)
    assert onggi.load(Slow(file.getvalue(), most)) == obj
    assert onggi.load(io.BufferedReader(Slow(file.getvalue(), most))) == obj


def test_what_follows_a_pickle_is_left_unread(tmp_path):
    path = tmp_path / "several.pkl"
    with open(path, "wb") as file:
        file.write(b"before")
        onggi.dump([1], file)
        onggi.dump({"two": "x" * 100_000}, file)
        file.write(b"after")
    with open(path, "rb") as file:
        file.seek(6)
        assert onggi.load(file) == [1]
        assert onggi.load(file) == {"two": "x" * 100_000}
        assert file.read() == b"after"
