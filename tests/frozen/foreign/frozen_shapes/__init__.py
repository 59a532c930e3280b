# -*- coding: utf-8 -*-
"""User classes of every kind that pickle knows, for Python 2.7 and 3.6 on.

The writers (`make.py`, under old interpreters) and the reader (the tests) import this one package, so the names in the
frozen pickles stay resolvable. `frozen_shapes.modern` holds what only newer Pythons can define.

"""

from __future__ import absolute_import, print_function, unicode_literals

import collections
import datetime
import decimal


class OldStyle:
    """A classic class under Python 2: its instances are built by INST or OBJ."""

    def __init__(self):
        self.name = "old"
        self.items = [1, 2, 3]


class OldStyleInitArgs:
    """A classic class that asks Python 2 to call `__init__` on loading."""

    def __init__(self, left=0, right=0):
        self.left = left
        self.right = right

    def __getinitargs__(self):
        return (self.left, self.right)


class OldStyleState:
    """A classic class with its own state."""

    def __init__(self):
        self.level = 3

    def __getstate__(self):
        return {"wrapped": self.level}

    def __setstate__(self, state):
        self.level = state["wrapped"]


class Plain(object):
    """Attributes in `__dict__`, nothing else."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Empty(object):
    """No attribute at all, so no BUILD."""


class Slotted(object):
    """State is the pair `(None, slots)`."""

    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


class SlottedAndDict(Slotted):
    """State is the pair `(dict, slots)`."""

    def __init__(self, x, y, note):
        Slotted.__init__(self, x, y)
        self.note = note


class WithState(object):
    """State is whatever `__getstate__` returns: here a tuple."""

    def __init__(self, celsius):
        self.celsius = celsius

    def __getstate__(self):
        return ("v1", self.celsius)

    def __setstate__(self, state):
        version, self.celsius = state
        assert version == "v1"


class WithFalseState(object):
    """Its state `()` is dropped by protocols 0 and 1 and given to `__setstate__` from protocol 2."""

    called_with = None

    def __getstate__(self):
        return ()

    def __setstate__(self, state):
        self.called_with = state


class Reduced(object):
    """Rebuilt by a call of the class."""

    def __init__(self, text):
        self.text = text

    def __reduce__(self):
        return (Reduced, (self.text,))


class ReducedAll(list):
    """Uses every part of a reduce tuple: call, state, list items, (dict items are `ReducedMap`)."""

    def __reduce__(self):
        return (ReducedAll, (), {"note": self.note}, iter(list(self)))


class ReducedMap(dict):
    """Rebuilt by a function, then filled by SETITEMS."""

    def __reduce__(self):
        return (make_reduced_map, ("made",), None, None, iter(sorted(self.items())))


def make_reduced_map(note):
    """The function that `ReducedMap` names as its constructor."""
    made = ReducedMap()
    made.note = note
    return made


class ReducedByProtocol(object):
    """Says in its pickle which protocol asked."""

    def __init__(self, protocol):
        self.protocol = protocol

    def __reduce_ex__(self, protocol):
        return (ReducedByProtocol, (protocol,))


class Singleton(object):
    """Its reduce is a string: the name of a global."""

    def __reduce__(self):
        return str("THE_SINGLETON")


THE_SINGLETON = Singleton()
# A string from __reduce__ is looked up in the module of this attribute.
THE_SINGLETON.__module__ = str("frozen_shapes")


class NewArgs(object):
    """`__getnewargs__`: NEWOBJ with arguments, from protocol 2."""

    def __new__(cls, size=0):
        self = object.__new__(cls)
        self.size = size
        return self

    def __getnewargs__(self):
        return (self.size,)


class NewArgsEx(object):
    """`__getnewargs_ex__`: NEWOBJ_EX from protocol 4, a partial of `__new__` below it (Python 3.6 on)."""

    def __new__(cls, size=0, unit=None):
        self = object.__new__(cls)
        self.size = size
        self.unit = unit
        return self

    def __getnewargs_ex__(self):
        return ((self.size,), {"unit": self.unit})


class ListOf(list):
    """A list with attributes."""


class DictOf(dict):
    """A dict with attributes."""


class SetOf(set):
    """A set with attributes."""


class FrozenSetOf(frozenset):
    """A frozenset with attributes."""


class TupleOf(tuple):
    """A tuple with attributes."""


class IntOf(int):
    """An int with attributes."""


class FloatOf(float):
    """A float with attributes."""


class StrOf(str):
    """A str (bytes under Python 2) with attributes."""


class BytesOf(bytes):
    """A bytes with attributes."""


class ByteArrayOf(bytearray):
    """A bytearray with attributes."""


class OrderedOf(collections.OrderedDict):
    """An OrderedDict with attributes."""


class DequeOf(collections.deque):
    """A deque with attributes."""


class DefaultOf(collections.defaultdict):
    """A defaultdict whose factory is a class of its own."""


class StampOf(datetime.datetime):
    """A datetime of a class of its own."""


class AmountOf(decimal.Decimal):
    """A Decimal of a class of its own."""


Point = collections.namedtuple(str("Point"), [str("x"), str("y")])
Point.__module__ = str("frozen_shapes")


class PointWithMethods(Point):
    """The usual way to give a namedtuple methods."""

    __slots__ = ()

    def total(self):
        return self.x + self.y


class Outer(object):
    """Holds nested classes: `Outer.Inner` is a dotted name from protocol 4, a getattr below it."""

    def __init__(self):
        self.depth = 1

    class Inner(object):
        def __init__(self):
            self.depth = 2

        class Innermost(object):
            def __init__(self):
                self.depth = 3

    def method(self):
        return self.depth

    @classmethod
    def made(cls):
        return cls()

    @staticmethod
    def nothing():
        return None


class Meta(type):
    """A metaclass; classes made by it are still pickled by name."""


Metaclassed = Meta(str("Metaclassed"), (object,), {str("__module__"): str("frozen_shapes")})


class PlainError(Exception):
    """An exception whose args are those of its constructor."""


class DetailedError(ValueError):
    """An exception with attributes beside its args."""

    def __init__(self, message, code=0):
        ValueError.__init__(self, message)
        self.code = code


class ReducedError(Exception):
    """An exception that needs two arguments and says so."""

    def __init__(self, key, value):
        Exception.__init__(self, "%s=%s" % (key, value))
        self.key = key
        self.value = value

    def __reduce__(self):
        return (ReducedError, (self.key, self.value))


class Node(object):
    """A link of a chain or ring; hashable, so that it can stand in its own set."""

    def __init__(self, label):
        self.label = label
        self.peers = []

    def __hash__(self):
        return 7


def function(argument):
    """A function of the module: pickled by name."""
    return argument


class Caller(object):
    """Callable instance."""

    def __call__(self):
        return 42


class Offset(object):
    """Stands for its attribute; equality is what `==` on plain data is for users."""

    def __init__(self, minutes):
        self.minutes = minutes

    def __eq__(self, other):
        return type(self) is type(other) and self.minutes == other.minutes

    def __hash__(self):
        return hash(self.minutes)
