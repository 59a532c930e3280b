"""Plain values: what frozen dataclasses are."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle

import pytest

import onggi
from onggi.types import Value, derived, replace


class Point(Value):
    """Where something lies."""

    x: int
    y: int = 0
    distance: int = derived()

    def __post_init__(self) -> None:
        object.__setattr__(self, "distance", self.x + self.y)


class Named(Value, kw_only=True):
    """What has a name."""

    name: str = "nobody"
    size: int


class Point3(Point):
    """One dimension more."""

    z: int = 5


@dataclasses.dataclass(frozen=True)
class Real:
    """What Python says of a dataclass."""

    x: int
    y: int = 0


def test_fields_by_place_and_by_name():
    assert (Point(1).x, Point(1).y, Point(1, y=2).y, Point(y=4, x=3).x) == (1, 0, 2, 3)
    assert (Named(size=3).name, Named(size=3, name="a").name) == ("nobody", "a")
    assert (Point3(1, 2).z, Point3(1, 2, 3).z) == (5, 3)


def test_values_are_compared_hashed_and_shown_by_their_fields():
    assert Point(1, 2) == Point(1, 2) != Point(2, 1)
    assert Point(1, 2) != (1, 2)
    assert Point(1, 2) != Point3(1, 2)
    assert hash(Point(1, 2)) == hash(Point(1, 2))
    assert repr(Point(1, 2)) == "Point(x=1, y=2)"
    assert repr(Named(size=3)) == "Named(name='nobody', size=3)"


def test_values_do_not_change():
    with pytest.raises(AttributeError, match="a Point can't be changed"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="a Point can't be changed"):
        del Point(1).x


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((), {"z": 1, "y": 2}), ((), {"z": 1})],
)
def test_wrong_arguments_are_named_as_python_names_them(args, kwargs):
    with pytest.raises(TypeError) as wanted:
        Real(*args, **kwargs)
    with pytest.raises(TypeError) as raised:
        Point(*args, **kwargs)
    assert str(raised.value) == str(wanted.value).replace("Real", "Point")


def test_what_is_by_name_only_is_not_taken_by_place():
    with pytest.raises(TypeError, match="positional argument"):
        Named("a", 3)  # type: ignore[misc]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_values_come_back_from_a_pickle(protocol):
    back = pickle.loads(pickle.dumps(Point(1, 2), protocol))
    assert (back, back.distance) == (Point(1, 2), 3)


def test_copies_and_changed_copies():
    assert copy.deepcopy(Point(1, 2)) == Point(1, 2)
    assert replace(Point(1, 2), y=5) == Point(1, 5)
    assert replace(Point(1, 2), y=5).distance == 6
    assert dataclasses.replace(Point(1, 2), x=0) == Point(0, 2)


def test_values_pass_for_dataclasses():
    assert dataclasses.is_dataclass(Point)
    assert [field.name for field in dataclasses.fields(Point3)] == ["x", "y", "z"]
    assert dataclasses.asdict(Point(1, 2)) == {"x": 1, "y": 2}
    assert str(inspect.signature(Named)) == "(*, name: 'str' = 'nobody', size: 'int') -> None"


def test_a_class_with_a_constructor_of_its_own_has_its_signature():
    class Own(Point):
        def __init__(self, both: int) -> None:
            super().__init__(both, both)

    assert str(inspect.signature(Own)) == "(both: 'int') -> 'None'"
    assert Own(2).distance == 4


def test_values_can_be_matched():
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_the_public_values_are_such():
    limits = onggi.Limits(max_depth=5)
    assert dataclasses.replace(limits, max_opcodes=6) == onggi.Limits(max_opcodes=6, max_depth=5)
    assert pickle.loads(pickle.dumps(limits)) == limits
    assert onggi.Policy(allow=["a.B"]) == onggi.Policy(allow=("a.B",))
    assert repr(onggi.Policy(["a.B"])) == "Policy(allow=('a.B',), trust=False, limits=None)"
    assert onggi.loads(onggi.dumps(onggi.Policy(["a.B"]))) == onggi.Policy(["a.B"])
    report = onggi.inspect(pickle.dumps([1])).report
    assert pickle.loads(pickle.dumps(report)) == report
