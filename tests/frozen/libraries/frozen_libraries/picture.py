# -*- coding: utf-8 -*-
"""Describe objects of the libraries as JSON, alike under every version of them."""

from __future__ import absolute_import, print_function, unicode_literals

import hashlib
import math

import numpy

TEXT = type("")
TAKERS = []


def taker(kind):
    """Register the function below it as the one that pictures instances of `kind`."""

    def register(take):
        TAKERS.insert(0, (kind, take))
        return take

    return register


def picture(value):
    """Return `value` as plain data, fit for JSON and for `==`."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, type):
        # numpy.bool_ got a new name.
        return "class " + value.__name__.rstrip("_")
    for kind, take in TAKERS:
        if isinstance(value, kind):
            return take(value)
    if type(value).__name__ in ("int", "long"):
        return "%d" % value
    if type(value) is float:
        return number(value)
    if isinstance(value, TEXT):
        return "text " + value
    if isinstance(value, bytes):
        return "bytes " + value.decode("latin-1")
    if isinstance(value, (list, tuple)):
        return [type(value).__name__] + [picture(item) for item in value]
    if isinstance(value, dict):
        return [type(value).__name__] + sorted([picture(key), picture(value[key])] for key in value)
    return [type(value).__name__, "%s" % (value,)]


def number(value):
    if math.isnan(value):
        return "nan"
    return "%.12g" % value


@taker(numpy.ndarray)
def take_array(value):
    # A pickle below protocol 5 gives numbers back in the reader's byte order, and strided data in C order.
    if value.dtype.names is None:
        value = value.astype(value.dtype.newbyteorder(str("=")), copy=False)
    shown = [type(value).__name__, dtype_text(value.dtype), list(value.shape)]
    if value.ndim > 1 and value.size > 1:
        shown.append("fortran" if value.flags.f_contiguous and not value.flags.c_contiguous else "c")
    if value.dtype.hasobject:
        return shown + [[picture(item) for item in numpy.asarray(value).ravel().tolist()]]
    data = numpy.asarray(value).tobytes()
    return shown + [hashlib.sha256(data).hexdigest()[:16] if len(data) > 64 else data.decode("latin-1")]


def dtype_text(dtype):
    if dtype.names is None and dtype.subdtype is None:
        return TEXT(dtype.str)
    if dtype.subdtype is not None:
        return "%s%s" % (dtype_text(dtype.subdtype[0]), list(dtype.subdtype[1]))
    fields = ["%s:%s@%d" % (name, dtype_text(dtype.fields[name][0]), dtype.fields[name][1]) for name in dtype.names]
    return "{%s}%d" % (" ".join(fields), dtype.itemsize)


@taker(numpy.generic)
def take_scalar(value):
    if isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        return [dtype_text(value.dtype), TEXT(value)]
    return [dtype_text(value.dtype), value.tobytes().decode("latin-1")]


@taker(numpy.dtype)
def take_dtype(value):
    metadata = sorted((value.metadata or {}).items())
    return ["dtype", dtype_text(value)] + [[picture(item) for item in pair] for pair in metadata]


@taker(numpy.ufunc)
def take_ufunc(value):
    return ["ufunc", TEXT(value.__name__)]


@taker(numpy.ma.MaskedArray)
def take_masked(value):
    mask = numpy.ma.getmaskarray(value)
    return [type(value).__name__, take_array(value.filled(0)), take_array(mask), picture(value.fill_value)]


@taker(numpy.random.RandomState)
def take_random_state(value):
    return ["RandomState", picture(value.randint(0, 1000, 5).tolist()), picture(float(value.standard_normal()))]


if hasattr(numpy.random, "Generator"):

    @taker(numpy.random.Generator)
    def take_generator(value):
        return ["Generator", type(value.bit_generator).__name__, picture(value.random(3).tolist())]

    @taker(numpy.random.MT19937.__mro__[1])
    def take_bit_generator(value):
        return [type(value).__name__, picture(value.random_raw(3).tolist())]
