"""Which attributes a pickle may set one by one: those that are stored, never those that are computed."""

from __future__ import annotations

import collections
import datetime
import functools

import pytest

from onggi.proof.guards.attributes import is_stored, require_stored
from onggi.proof.rules import Unsafe


class Slots:
    __slots__ = ("a", "b")


class SlotsAndDict(Slots):
    pass


class ReadOnly(Slots):
    @property
    def area(self):
        return 1


class Property(Slots):
    @property
    def area(self):
        return 1

    @area.setter
    def area(self, value):
        raise AssertionError("ran")


class BelowProperty(Property):
    __slots__ = ()


class HiddenProperty(Property):
    """Its own slot hides the property above."""

    __slots__ = ("area",)


class Descriptor:
    def __get__(self, obj, owner=None):
        return 1

    def __set__(self, obj, value):
        raise AssertionError("ran")


class Described:
    x = Descriptor()


class Cached:
    @functools.cached_property
    def x(self):
        return 1


class Setter:
    __slots__ = ("a",)

    def __setattr__(self, name, value):
        raise AssertionError("ran")


class Maker:
    def __new__(cls):
        raise AssertionError("ran")


class Record(collections.namedtuple("Record", "a")):
    __slots__ = ()


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (Slots, True),
        (SlotsAndDict, True),
        (ReadOnly, True),
        (Cached, True),
        (Property, False),
        (BelowProperty, False),
        (Described, False),
        (Setter, False),
        (Maker, False),
        (Record, False),
    ],
    ids=lambda item: getattr(item, "__name__", item),
)
def test_classes_on_which_any_attribute_is_stored(cls, expected):
    assert is_stored(cls) is expected


@pytest.mark.parametrize(
    ("obj", "names"),
    [
        (Slots(), ["a", "b"]),
        (SlotsAndDict(), ["a", "anything"]),
        (ReadOnly(), ["a", "area"]),
        (Cached(), ["x"]),
        (Setter(), ["a"]),
        (HiddenProperty(), ["area"]),
        (Slots(), []),
    ],
    ids=lambda item: type(item).__name__ if not isinstance(item, list) else ",".join(item),
)
def test_stored_attributes(obj, names):
    require_stored(obj, names)


@pytest.mark.parametrize(
    ("obj", "names", "reason"),
    [
        (Property(), ["a", "area"], "'area' of a Property, which is no slot: it would run code"),
        (BelowProperty(), ["area"], "which is no slot"),
        (Described(), ["x"], "which is no slot"),
        (Setter(), ["b"], "which has no such slot"),
        (Slots(), ["a", 5], "an attribute that is no name: 5"),
        (Slots(), [("a",)], "an attribute that is no name"),
        (ValueError(), ["args"], "'args' of a ValueError, which is no slot"),
    ],
    ids=["property", "inherited", "descriptor", "setattr", "number", "tuple", "getset"],
)
def test_computed_attributes(obj, names, reason):
    with pytest.raises(Unsafe, match=reason):
        require_stored(obj, names)


def test_names_must_be_strings_themselves():
    class Name(str):
        __slots__ = ()

    with pytest.raises(Unsafe, match="no name"):
        require_stored(Slots(), [Name("a")])


def test_a_c_type_without_setters_is_stored():
    assert is_stored(datetime.timedelta)
