# -*- coding: utf-8 -*-
"""The table of values and the decorator that fills it."""

from __future__ import absolute_import, print_function, unicode_literals

import collections

VALUES = collections.OrderedDict()


def value(make):
    """Register the function below it under its own name."""
    assert make.__name__ not in VALUES, make.__name__
    VALUES[make.__name__] = make
    return make


def register(name, make):
    """Register `make` under `name`."""
    make.__name__ = str(name)
    return value(make)
