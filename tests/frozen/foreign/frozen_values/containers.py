# -*- coding: utf-8 -*-
"""Lists, dicts, sets and the containers of `collections` and `array`."""

from __future__ import absolute_import, print_function, unicode_literals

import array
import collections
import sys

from frozen_values.registry import value

range_ = range if sys.version_info[0] > 2 else xrange


@value()
def tuple_0():
    return ()


@value()
def tuple_1():
    return (1,)


@value()
def tuple_2():
    return (1, "two")


@value()
def tuple_3():
    return (1, "two", 3.0)


@value()
def tuple_4():
    return (1, "two", 3.0, None)


@value()
def tuple_5():
    return (1, "two", 3.0, None, (5,))


@value()
def tuple_nested():
    return ((), ((),), (((),),), ((1, 2), (3, (4, 5, 6, 7))))


@value()
def tuple_shared():
    one = (1, [2])
    return [one, one, (one, one)]


@value()
def list_empty():
    return []


@value()
def list_one():
    return [1]


@value()
def list_mixed():
    return [1, "two", 3.0, None, True, [4, [5]], {"six": 6}]


@value()
def list_1000():
    return [number % 7 for number in range(1000)]


@value()
def list_1001():
    return [number % 7 for number in range(1001)]


@value()
def list_shared():
    one = [1]
    return [one, one, [1]]


@value()
def list_recursive():
    one = [1]
    one.append(one)
    return one


@value()
def list_nested_deep():
    one = []
    for level in range(100):
        one = [level, one]
    return one


@value()
def memo_over_255():
    shared = [[] for _ in range(300)]
    return [shared, shared[::-1]]


@value()
def dict_empty():
    return {}


@value()
def dict_one():
    return {"a": 1}


@value()
def dict_mixed_keys():
    return {1: "int", "one": "str", None: "none", (1, 2): "tuple", 2.5: "float", frozenset([1]): "frozenset"}


@value()
def dict_order():
    return {"zebra": 1, "apple": 2, "mango": 3, "banana": 4, "cherry": 5}


@value()
def dict_1001():
    return dict((number, None) for number in range(1001))


@value()
def dict_recursive():
    one = {}
    one["self"] = one
    return one


@value()
def dict_nested():
    return {"a": {"b": {"c": [{"d": ()}]}}}


@value()
def tuple_recursive_through_list():
    one = ([],)
    one[0].append(one)
    return one


@value()
def list_of_recursive_tuples():
    inner = []
    one = (inner, 1, 2, 3)
    inner.append(one)
    return [one, one]


@value()
def set_empty():
    return set()


@value()
def set_plain():
    return {1, 2, 3, "four", (5, 6)}


@value()
def set_1001():
    return set(range(0, 2002, 2))


@value()
def set_shared():
    one = {1}
    return [one, one, {1}]


@value()
def frozenset_empty():
    return frozenset()


@value()
def frozenset_plain():
    return frozenset([1, "two", frozenset([3])])


@value()
def range_plain():
    return range_(0, 10)


@value()
def range_step():
    return range_(10, -20, -3)


@value((3, 0))
def range_big():
    return range(10**30, 10**30 + 5)


@value()
def slice_plain():
    return slice(1, 10, 2)


@value()
def slice_none():
    return [slice(None), slice(None, 5), slice("a", None, 2.5)]


@value()
def ordered_dict():
    return collections.OrderedDict([("z", 1), ("a", 2), ("m", [3])])


@value()
def ordered_dict_empty():
    return collections.OrderedDict()


@value((3, 0))
def ordered_dict_recursive():
    one = collections.OrderedDict()
    one["self"] = one
    return one


@value((3, 0))
def ordered_dict_with_attribute():
    one = collections.OrderedDict(a=1)
    one.note = "kept"
    return one


@value()
def default_dict_list():
    one = collections.defaultdict(list)
    one["a"].append(1)
    return one


@value()
def default_dict_int():
    return collections.defaultdict(int, {"a": 1, "b": 2})


@value()
def default_dict_none():
    return collections.defaultdict(None, {"a": 1})


@value()
def default_dict_of_sets():
    return collections.defaultdict(set, {"a": {1, 2}})


@value()
def counter():
    return collections.Counter("mississippi")


@value()
def counter_empty():
    return collections.Counter()


@value()
def deque_plain():
    return collections.deque([1, "two", [3]])


@value()
def deque_maxlen():
    return collections.deque([1, 2, 3], maxlen=5)


@value()
def deque_empty():
    return [collections.deque(), collections.deque(maxlen=0), collections.deque(maxlen=3)]


@value((3, 0))
def deque_recursive():
    one = collections.deque()
    one.append(one)
    return one


@value((3, 3))
def chain_map():
    return collections.ChainMap({"a": 1}, {"a": 2, "b": 3})


@value((3, 0))
def user_dict():
    return collections.UserDict({"a": 1})


@value((3, 0))
def user_list():
    return collections.UserList([1, 2])


@value((3, 0))
def user_string():
    return collections.UserString("text")


@value(only_two=True)
def user_dict_of_two():
    try:
        from UserDict import UserDict
    except ImportError:
        from collections import UserDict
    return UserDict(a=1)


@value(only_two=True)
def user_list_of_two():
    try:
        from UserList import UserList
    except ImportError:
        from collections import UserList
    return UserList([1, 2])


@value(only_two=True)
def set_of_module_sets():
    try:
        from sets import Set
    except ImportError:
        Set = set
    return Set([1, 2])


@value((3, 0))
def mapping_views_as_lists():
    return [list({"a": 1}.keys()), list({"a": 1}.items())]


@value((3, 3))
def simple_namespace():
    from types import SimpleNamespace

    return SimpleNamespace(a=1, b=[2], nested=SimpleNamespace(c="three"))


@value()
def container_of_everything():
    return {
        "list": [1, (2, {3}), frozenset([4])],
        "counter": collections.Counter("aab"),
        "deque": collections.deque([{"x": range_(3)}], 4),
        "ordered": collections.OrderedDict([((1, 2), collections.defaultdict(list, {"k": [None]}))]),
    }


@value()
def array_empty():
    return array.array(str("i"))


def register_arrays():
    """One value for each typecode."""
    numbers = {
        "b": [-128, 0, 127],
        "B": [0, 255],
        "h": [-32768, 32767],
        "H": [0, 65535],
        "i": [-(2**31), 2**31 - 1],
        "I": [0, 2**32 - 1],
        "l": [-(2**31), 2**31 - 1],
        "L": [0, 2**32 - 1],
        "q": [-(2**63), 2**63 - 1],
        "Q": [0, 2**64 - 1],
        "f": [0.5, -1.25, 1e30],
        "d": [0.1, -1e300, 5e-324],
        "u": "té옹",
    }
    for code in sorted(numbers):
        register_array(code, numbers[code])


def register_array(code, numbers):
    def make():
        return array.array(str(code), numbers)

    side = "small" if code.islower() else "capital"
    make.__name__ = str("array_%s_%s" % (side, code.lower()))
    value((3, 3) if code in "qQ" else (2, 7))(make)


register_arrays()


@value(only_two=True)
def array_of_characters():
    return array.array(str("c"), str("chars"))
