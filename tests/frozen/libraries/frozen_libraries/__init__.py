# -*- coding: utf-8 -*-
"""Objects of numpy, pandas, scipy and scikit-learn, made by named functions, and a picture of each as plain data.

The picture is taken by the writer and frozen beside the pickle: other versions of the libraries make the same object
differently, so the reader can't make it again and compare. Taking it needs no pickle.
"""

from __future__ import absolute_import, print_function, unicode_literals

from frozen_libraries.registry import VALUES, value

MODULES = ("numpy_values", "pandas_values", "scipy_values", "sklearn_values")

for module in MODULES:
    try:
        __import__(str("frozen_libraries." + module))
    except ImportError:
        # Not every writer has every library.
        pass

__all__ = ["VALUES", "value"]
