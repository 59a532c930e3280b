# -*- coding: utf-8 -*-
"""Iterators, syntax trees and typing constructs: rare in pickles, and what a careful policy may refuse."""

from __future__ import absolute_import, print_function, unicode_literals

import itertools

from frozen_values.registry import value


def started(iterator, steps=1):
    for _ in range(steps):
        next(iterator)
    return iterator


@value((3, 3))
def iterator_of_list():
    return started(iter([1, 2, 3]))


@value((3, 3))
def iterator_of_tuple():
    return started(iter((1, 2, 3)))


@value((3, 3))
def iterator_of_range():
    return started(iter(range(5)), 2)


@value((3, 3))
def iterator_of_str():
    return started(iter("abc"))


@value((3, 3))
def iterator_of_dict():
    return iter({"a": 1, "b": 2})


@value((3, 3))
def iterator_exhausted():
    return started(iter([1]))


@value((3, 3))
def iterator_reversed():
    return started(reversed([1, 2, 3]))


@value((3, 3))
def enumerate_object():
    return enumerate(["a", "b"], 5)


@value((3, 3))
def zip_object():
    return zip([1, 2], "ab")


@value((3, 3))
def map_object():
    return map(abs, [-1, 2])


@value((3, 3))
def filter_object():
    return filter(None, [0, 1, "", "a"])


@value((3, 3))
def iterator_of_deque():
    import collections

    return started(iter(collections.deque([1, 2, 3])))


@value((2, 7))
def itertools_count():
    return itertools.count(5)


@value((3, 3))
def itertools_count_step():
    return started(itertools.count(5, 3))


@value((3, 3))
def itertools_cycle():
    return started(itertools.cycle("abc"))


@value((3, 3))
def itertools_repeat():
    return [itertools.repeat("x"), itertools.repeat("y", 3)]


@value((3, 3))
def itertools_chain():
    return itertools.chain([1, 2], [3])


@value((3, 3))
def itertools_product():
    return started(itertools.product("ab", [1, 2]))


@value((3, 3))
def itertools_combinations():
    return [started(itertools.combinations("abcd", 2)), itertools.permutations([1, 2, 3], 2)]


@value((3, 3))
def itertools_slices():
    return itertools.islice([1, 2, 3, 4], 1, 3)


@value((3, 3))
def itertools_accumulate():
    return itertools.accumulate([1, 2, 3])


@value((3, 9))
def syntax_tree():
    import ast

    return ast.parse("a + b.c", mode="eval")


@value()
def syntax_tree_with_constants():
    import ast

    return ast.parse("f(1, 'two', None)", mode="eval")


@value((3, 7))
def typing_generics():
    import typing

    return [typing.List[int], typing.Dict[str, typing.Optional[int]], typing.Tuple[int, ...]]


@value((3, 7))
def typing_special():
    import typing

    return [typing.Any, typing.Union[int, str], typing.Callable[[int], str]]


@value((3, 9))
def generic_alias():
    return [list[int], dict[str, list[int]], tuple[int, ...]]


@value((3, 10))
def union_type():
    return int | None


@value((3, 0))
def classes_of_abc():
    import collections.abc
    import numbers

    return [collections.abc.Mapping, numbers.Number]
