# -*- coding: utf-8 -*-
"""Every object of the frozen pickles, made by a named function, for the interpreter that writes and the one that reads.

The functions know nothing of pickle, so what they return is an independent answer to "what should have been loaded?".
`VALUES` maps the name of a value to its `Value`. A new value is a new decorated function in one of the modules; then
run `make.py` under each interpreter again.

"""

from __future__ import absolute_import, print_function, unicode_literals

from frozen_values.registry import VALUES, Value, available

from frozen_values import containers, machines, named, numeric, shapes, stdlib, text, times  # noqa: F401 (they register)

__all__ = ["VALUES", "Value", "available"]
