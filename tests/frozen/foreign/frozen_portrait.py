# -*- coding: utf-8 -*-
"""Describe any object as plain data, without pickle, so that two objects can be compared across interpreters.

`portrait(a) == portrait(b)` means: same types, same values (NaN equals NaN, 0.0 does not equal -0.0), same attributes,
and the same shape of sharing: an object that is met again is shown as the number of its first appearance, so cycles
end and two names for one list differ from two equal lists.

"""

from __future__ import absolute_import, print_function, unicode_literals

import array
import ast
import collections
import datetime
import decimal
import functools
import itertools
import math
import operator
import re
import struct
import sys
import types

TEXT = type("")
INTEGERS = (int,) if sys.version_info[0] > 2 else (int, long)
# Modules whose classes say all about themselves in their repr, and keep caches in their attributes.
REPR_MODULES = ("decimal", "fractions", "inspect", "ipaddress", "pathlib", "random", "statistics", "uuid", "zoneinfo")


def portrait(value, ordered=True, sharing=True):
    """Return `value` as nested lists of text, numbers and None, fit for `==` and for JSON.

    Args:
        value: Anything that the corpora hold.
        ordered: Whether the order of a plain dict counts; Python 2 has none.
        sharing: Whether it counts that one object is met twice; a pickle made without memo can't keep that.
    """
    return Artist(ordered, sharing).draw(value)


def class_name(cls):
    """`module.qualname`, with the module that newer Pythons give it."""
    module = cls.__module__
    if module == "pathlib._local":
        module = "pathlib"
    return "%s.%s" % (module, getattr(cls, "__qualname__", cls.__name__))


class Artist(object):
    """Draws one object; remembers what it has drawn."""

    def __init__(self, ordered, sharing):
        self.ordered = ordered
        self.sharing = sharing
        self.seen = {}
        self.alive = []

    def draw(self, value):
        atom = self.draw_atom(value)
        if atom is not None:
            return atom
        if id(value) in self.seen:
            return ["again", self.seen[id(value)]]
        if self.sharing and not is_constant(value):
            self.seen[id(value)] = len(self.seen)
        self.alive.append(value)
        return [class_name(type(value))] + self.draw_parts(value)

    def draw_all(self, values):
        return [self.draw(value) for value in values]

    def draw_atom(self, value):
        """Values without parts and without identity."""
        kind = type(value)
        if value is None or value is Ellipsis or value is NotImplemented or kind is bool:
            return repr(value)
        if kind in INTEGERS:
            return ["int", "%d" % value]
        if kind is float:
            return ["float", draw_float(value)]
        if kind is complex:
            return ["complex", draw_float(value.real), draw_float(value.imag)]
        if kind is TEXT:
            return ["str", draw_text(value)]
        if kind is bytes:
            return ["bytes", value.decode("latin-1")]
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)) or kind.__name__ in (
            "method_descriptor",
            "wrapper_descriptor",
            "_SpecialForm",
        ):
            return self.draw_named(value)
        return None

    def draw_named(self, value):
        owner = getattr(value, "__self__", None)
        if type(value).__name__ in ("GenericAlias", "_GenericAlias"):
            return ["alias", repr(value)]
        if owner is not None and not isinstance(owner, types.ModuleType):
            return ["bound", self.draw(owner), value.__name__]
        if isinstance(value, type):
            return ["class", class_name(value)]
        return ["named", getattr(value, "__qualname__", None) or getattr(value, "__name__", None) or value._name]

    def draw_parts(self, value):
        if hasattr(value, "getstate") and hasattr(value, "shuffle"):
            return [self.draw(value.getstate())]
        if type(value).__module__.split(".")[0] in REPR_MODULES and not hasattr(value, "_value_"):
            return draw_repr(self, value)
        if hasattr(value, "read_dict"):
            return [[name, self.draw(dict(value[name]))] for name in value.sections()]
        for kind, draw in DRAWERS:
            if isinstance(value, kind):
                return draw(self, value) + ([] if kind is ast.AST else self.draw_attributes(value))
        cls = type(value)
        if hasattr(cls, "__members__") and hasattr(value, "_value_"):
            return [TEXT(value.name), self.draw(value.value)]
        if hasattr(value, "__next__") or hasattr(value, "next"):
            return ["next"] + self.draw_all(itertools.islice(value, 12))
        if cls.__module__ == "typing" or cls.__name__ in ("GenericAlias", "UnionType", "Union"):
            return [repr(value)]
        return self.draw_bases(value) + self.draw_attributes(value)

    def draw_bases(self, value):
        """The content of an instance of a subclass of a builtin type."""
        parts = []
        for kind in (int, float, TEXT, bytes):
            if isinstance(value, kind):
                parts.append(self.draw(kind.__str__(value) if kind is TEXT else kind(value)))
        return parts

    def draw_attributes(self, value):
        """Instance attributes and slots; caches that a class fills by itself are left out."""
        attributes = dict(getattr(value, "__dict__", None) or {})
        for cls in type(value).__mro__ if hasattr(type(value), "__mro__") else ():
            slots = cls.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, (str, TEXT)) else slots:
                if slot not in ("__weakref__", "__dict__") and hasattr(value, slot):
                    attributes[slot] = getattr(value, slot)
        pairs = []
        for name in sorted(attributes, key=TEXT):
            pairs.append([self.draw(name), self.draw(attributes[name])])
        return [{"attributes": pairs}] if pairs else []

    def draw_pairs(self, pairs, ordered):
        drawn = [[self.draw(key), self.draw(item)] for key, item in pairs]
        return drawn if ordered else sorted(drawn, key=repr)


def is_constant(value):
    """Whether the compiler may merge two of these, so that sharing says nothing."""
    if type(value) is tuple:
        return all(is_constant(item) for item in value)
    return type(value) in INTEGERS + (float, bool, TEXT, bytes, type(None))


def draw_float(value):
    if math.isnan(value):
        return "nan"
    return repr(struct.unpack(">Q", struct.pack(">d", value))[0])


def draw_text(value):
    """Code points, so that Python 2's narrow strings and lone surrogates compare."""
    if all(" " <= character <= "~" for character in value):
        return value
    points = []
    for character in value:
        point = ord(character)
        if 0xDC00 <= point < 0xE000 and points and 0xD800 <= points[-1] < 0xDC00:
            points[-1] = 0x10000 + ((points[-1] - 0xD800) << 10) + (point - 0xDC00)
        else:
            points.append(point)
    return points


def draw_list(artist, value):
    return artist.draw_all(list.__iter__(value))


def draw_tuple(artist, value):
    if hasattr(value, "__reduce__") and hasattr(value, "n_fields"):
        return artist.draw_all(value.__reduce__()[1])
    return artist.draw_all(tuple.__iter__(value))


def draw_dict(artist, value):
    ordered = isinstance(value, collections.OrderedDict) or artist.ordered
    parts = artist.draw_pairs(list(value.items()), ordered)
    if isinstance(value, collections.defaultdict):
        parts.insert(0, artist.draw(value.default_factory))
    return parts


def draw_set(artist, value):
    return sorted(artist.draw_all(value), key=repr)


def draw_repr(artist, value):
    text = repr(value)
    return [text if isinstance(text, TEXT) else text.decode("ascii")]


def draw_exception(artist, value):
    named = [name for name in sorted(EXCEPTION_FIELDS) if getattr(value, name, None) is not None]
    return [artist.draw(value.args)] + [[name, artist.draw(getattr(value, name))] for name in named]


EXCEPTION_FIELDS = (
    "errno filename filename2 strerror code name path object start end reason encoding lineno offset text msg "
    "print_file_and_line value message exceptions end_lineno end_offset"
).split()


def draw_datetime(artist, value):
    zone = getattr(value, "tzinfo", None)
    parts = value.isoformat() if not isinstance(value, datetime.timedelta) else value.__reduce__()[1]
    return [list(parts) if isinstance(parts, tuple) else TEXT(parts), getattr(value, "fold", 0), artist.draw(zone)]


def draw_array(artist, value):
    return [TEXT(value.typecode), value.itemsize] + artist.draw_all(value.tolist())


def draw_deque(artist, value):
    return [artist.draw(value.maxlen)] + artist.draw_all(value)


def draw_partial(artist, value):
    return [artist.draw(value.func), artist.draw(value.args), artist.draw(value.keywords)]


def draw_range(artist, value):
    return [repr(list(value)) if len(value) < 50 else repr(value)]


def draw_slice(artist, value):
    return artist.draw_all((value.start, value.stop, value.step))


def draw_bytearray(artist, value):
    return [bytes(value).decode("latin-1")]


def draw_pattern(artist, value):
    return [artist.draw(value.pattern), value.flags]


def draw_ast(artist, value):
    return [ast.dump(value, include_attributes=False)]


def draw_method(artist, value):
    return [artist.draw(value.__self__), value.__name__]


def draw_memoryview(artist, value):
    return [value.readonly, value.tobytes().decode("latin-1")]


def draw_getter(artist, value):
    return artist.draw_all(value.__reduce__()[1])


DRAWERS = [
    (list, draw_list),
    (bytearray, draw_bytearray),
    (collections.defaultdict, draw_dict),
    (dict, draw_dict),
    ((set, frozenset), draw_set),
    (BaseException, draw_exception),
    ((datetime.date, datetime.time, datetime.timedelta), draw_datetime),
    (decimal.Decimal, draw_repr),
    (array.array, draw_array),
    (collections.deque, draw_deque),
    (functools.partial, draw_partial),
    (type(range(0)) if sys.version_info[0] > 2 else xrange, draw_range),
    (slice, draw_slice),
    (type(re.compile("")), draw_pattern),
    (ast.AST, draw_ast),
    (types.MethodType, draw_method),
    (memoryview, draw_memoryview),
    ((operator.attrgetter, operator.itemgetter), draw_getter),
    (itertools.count, draw_repr),
    (itertools.repeat, draw_repr),
    (tuple, draw_tuple),
]
