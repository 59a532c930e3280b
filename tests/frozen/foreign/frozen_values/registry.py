# -*- coding: utf-8 -*-
"""The table of values and the decorator that fills it."""

from __future__ import absolute_import, print_function, unicode_literals

import collections
import sys

VALUES = collections.OrderedDict()
THIS = sys.version_info[:2]


class Value(object):
    """One value of the corpus.

    Attributes:
        name: The name of the function that makes it.
        make: Makes a fresh one.
        family: The module of `frozen_values` that it stands in.
        since: The first Python that has it.
        only_two: Whether only Python 2 writes it.
    """

    def __init__(self, make, since, only_two):
        self.name = make.__name__
        self.make = make
        self.family = make.__module__.split(".")[-1]
        self.since = since
        self.only_two = only_two

    def can_be_written_by(self, version):
        return version >= self.since and not (self.only_two and version >= (3, 0))


def value(since=(2, 7), only_two=False):
    """Register the function below it under its own name."""

    def register(make):
        assert make.__name__ not in VALUES, make.__name__
        VALUES[make.__name__] = Value(make, since, only_two)
        return make

    return register


def available(version=THIS):
    """The values that a Python of `version` can write, in the order of the table."""
    return [one for one in VALUES.values() if one.can_be_written_by(tuple(version))]
