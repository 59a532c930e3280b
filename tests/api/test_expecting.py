"""What `expect=` allows, and what it accepts."""

from __future__ import annotations

import collections
import enum
import pickle
import subprocess
import typing
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar

import numpy as np
import pytest

import onggi
from onggi.api.expecting import classes_of
from onggi.errors import PolicyError, RefusedError, UnexpectedTypeError

if typing.TYPE_CHECKING:
    from nowhere import Unknown

T = TypeVar("T")


class Colour(enum.Enum):
    RED = 1


class Lid:
    pass


class Knob(Lid):
    pass


@dataclass
class Label:
    text: str
    colour: Colour = Colour.RED


class Size(NamedTuple):
    width: int
    label: Label | None = None


class Sized(TypedDict):
    size: Size


class Extra(Sized, total=False):
    parent: Extra


@dataclass
class Jar:
    lid: Lid | None = None
    labels: dict[str, list[Label]] = field(default_factory=dict)
    inside: list[Jar] = field(default_factory=list)
    extra: Extra | None = None
    weights: np.ndarray[Any, Any] | None = None
    unknown: Unknown | None = None
    process: subprocess.Popen[bytes] | None = None
    file: np.memmap[Any, Any] | None = None
    maker: ClassVar[Any]


class Plain:
    lid: Lid


class Heir(Plain):
    label: Label


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


Lids = NewType("Lids", list[Lid])


@pytest.mark.parametrize(
    ("expect", "allowed"),
    [
        (Jar, {Jar, Lid, Label, Colour, Size}),
        (Heir, {Heir, Lid, Label, Colour}),
        (Extra, {Size, Label, Colour}),
        (list[Label], {Label, Colour}),
        (dict[str, tuple[Lid, ...]], {Lid}),
        (Lid | None, {Lid}),
        (typing.Optional[Lid], {Lid}),  # noqa: UP045
        (typing.Union[Lid, Colour], {Lid, Colour}),  # noqa: UP007
        (typing.Annotated[Lid, "round"], {Lid}),
        (type[Lid], {Lid}),
        (Box[Lid], {Box, Lid}),
        (Lids, {Lid}),
        (Literal[Colour.RED], {Colour}),
        (collections.deque[Lid], {Lid}),
        (typing.Callable[[int], Lid], {Lid}),
        ((Lid, Colour), {Lid, Colour}),
        (int, set()),
        (Any, set()),
        (object, set()),
        (np.ndarray, set()),
        (subprocess.Popen, set()),
        (np.memmap, set()),
    ],
)
def test_which_classes_are_allowed(expect, allowed):
    """Subclasses are not, nor what the tables know or decide about."""
    assert set(classes_of(expect)) == allowed


@pytest.mark.parametrize("expect", ["Jar", 5, [Lid], {Lid}, (Lid, "Jar"), len])
def test_what_is_no_type(expect):
    with pytest.raises(PolicyError, match="expect="):
        onggi.loads(pickle.dumps(1), expect=expect)


JAR = Jar(
    Lid(),
    {"front": [Label("kimchi")]},
    [Jar()],
    {"size": Size(3, Label("x")), "parent": {"size": Size(4)}},
    np.arange(3),
)


def test_an_object_of_many_classes_loads_by_its_annotations():
    back = onggi.loads(pickle.dumps(JAR), expect=Jar)
    assert type(back) is Jar
    assert back.labels == JAR.labels
    assert back.extra == JAR.extra
    assert type(back.inside[0]) is Jar


def test_a_subclass_in_a_field_has_to_be_named():
    data = pickle.dumps(Jar(Knob()))
    with pytest.raises(RefusedError, match="Knob"):
        onggi.loads(data, expect=Jar)
    assert type(onggi.loads(data, expect=Jar, allow=Knob).lid) is Knob


def test_a_field_does_not_allow_to_start_a_process():
    """`process: Popen` in a class of one's own is no word about strangers."""
    hostile = b"\x80\x04csubprocess\nPopen\n(]X\x04\x00\x00\x00trueatR."
    with pytest.raises(RefusedError, match="Popen"):
        onggi.loads(hostile, expect=Jar)
    with pytest.raises(RefusedError, match="Popen"):
        onggi.loads(hostile, expect=subprocess.Popen)


def test_a_class_that_is_defined_later_counts_from_then_on():
    """An annotation that can't be resolved yet is asked again."""
    scope: dict[str, Any] = {"__name__": __name__}
    exec("class Early:\n    late: 'LateComer'", scope)
    assert set(classes_of(scope["Early"])) == {scope["Early"]}
    globals()["LateComer"] = Lid
    try:
        assert set(classes_of(scope["Early"])) == {scope["Early"], Lid}
    finally:
        del globals()["LateComer"]


def test_attrs_classes():
    attr = pytest.importorskip("attr")
    cls = attr.make_class("Shelf", {"lid": attr.ib(type=Lid), "label": attr.ib(type="Label")})
    cls.__module__ = __name__
    assert set(classes_of(cls)) == {cls, Lid, Label, Colour}


def test_pydantic_models():
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.create_model("Shelf", lid=(Label | None, None), __module__=__name__)
    assert set(classes_of(model)) >= {model, Label, Colour}


SHARED: list[Any] = []
for _ in range(60):
    SHARED = [SHARED, SHARED]
CYCLE: dict[str, Any] = {"size": Size(1)}
CYCLE["parent"] = CYCLE


@pytest.mark.parametrize(
    ("obj", "expect"),
    [
        (1, int),
        (True, int),
        (None, None),
        (None, int | None),
        ([1, 2], list[int]),
        ([], list[int]),
        ((1, "a"), tuple[int, str]),
        ((1, 2, 3), tuple[int, ...]),
        ((), tuple[()]),
        ({"a": [1.5]}, dict[str, list[float]]),
        ({1, 2}, set[int]),
        ({1, 2}, frozenset[int] | set[int]),
        ([1], collections.abc.Sequence[int]),
        ({"a": 1}, collections.abc.Mapping[str, int]),
        ("text", collections.abc.Sequence[str]),
        (2, Literal[1, 2]),
        ([1, "a"], list[int | str]),
        ([1, None], list),
        ([1], typing.List),  # noqa: UP006
        ({"size": Size(1)}, Extra),
        (CYCLE, Extra),
        ([Lid()], Lids),
        (Box(1), Box[int]),
        (1, T),
        (1, (str, int)),
        (SHARED, list[Any]),
        (np.arange(2), np.ndarray[Any, np.dtype[np.int64]]),
    ],
)
def test_what_is_expected(obj, expect):
    assert onggi.loads(pickle.dumps(obj), expect=expect, allow=[f"{__name__}.*"]) is not ...


@pytest.mark.parametrize(
    ("obj", "expect", "words"),
    [
        (1, str, "holds an int, and a str was expected"),
        (1, (str, list), "a str or a list was expected"),
        (1, None, None),
        ([1, "a"], list[int], r"a str at root\[1\], and a list\[int\]"),
        ({"a": {"b": 1}}, dict[str, dict[str, str]], r"an int at root\['a'\]\['b'\]"),
        ({1: 2}, dict[str, int], "an int at root, as a key"),
        ((1,), tuple[int, int], "a tuple"),
        ((1, "a"), tuple[int, ...], r"a str at root\[1\]"),
        (3, Literal[1, 2], "expected"),
        (True, Literal[1], "expected"),
        ({}, Extra, "Extra was expected"),
        ({"size": Size(1), "other": 1}, Extra, "Extra was expected"),
        ({"size": Size(1), "parent": {"size": 1}}, Extra, r"an int at root\['parent'\]\['size'\]"),
        ([Lid(), 1], Lids, r"an int at root\[1\]"),
        (Lid(), Box[int], "Lid, and a"),
        ([], (), "nothing was expected"),
    ],
)
def test_what_is_not(obj, expect, words):
    if words is None:
        assert onggi.loads(pickle.dumps(obj), expect=expect) == obj
        return
    with pytest.raises(UnexpectedTypeError, match=words):
        onggi.loads(pickle.dumps(obj), expect=expect, allow=[f"{__name__}.*"])


def test_a_shared_object_is_compared_once():
    """Else two to the power of sixty."""
    nested: Any = list[int]
    for _ in range(60):
        nested = list[nested]
    found = onggi.loads(pickle.dumps(SHARED), expect=nested)
    assert len(found) == 2


def test_a_protocol_that_nothing_can_be_compared_with():
    class Closes(typing.Protocol):
        def close(self) -> None: ...

    with pytest.raises(PolicyError, match="Closes"):
        onggi.loads(pickle.dumps(1), expect=Closes)


class Counted(type):
    def __len__(cls) -> int:
        return 0


class Countless(metaclass=Counted):
    """A class that is false where truth is asked for."""


def test_a_class_that_is_false_is_expected_all_the_same():
    assert type(onggi.loads(pickle.dumps(Countless()), expect=Countless)) is Countless
