# -*- coding: utf-8 -*-
"""None, booleans and numbers."""

from __future__ import absolute_import, print_function, unicode_literals

import decimal
import fractions
import sys
from decimal import Decimal
from fractions import Fraction

from frozen_values.registry import value

long_ = int if sys.version_info[0] > 2 else long


@value()
def none():
    return None


@value()
def true():
    return True


@value()
def false():
    return False


@value((3, 3))
def ellipsis():
    return Ellipsis


@value((3, 3))
def not_implemented():
    return NotImplemented


@value()
def bools_and_none_in_list():
    return [True, False, None, True]


@value()
def int_zero():
    return 0


@value()
def int_minus_one():
    return -1


@value()
def int_byte_border():
    return [254, 255, 256, 257, -255, -256]


@value()
def int_short_border():
    return [65534, 65535, 65536, 65537, -65536]


@value()
def int_word_border():
    return [2**31 - 1, 2**31, 2**31 + 1, -(2**31), -(2**31) - 1, 2**32 - 1, 2**32]


@value()
def int_double_word_border():
    return [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64]


@value()
def int_two_to_63():
    return 2**63


@value()
def int_minus_two_to_100():
    return -(2**100)


@value()
def int_255_bytes():
    return [2**2031 - 1, -(2**2031), 2**2039 - 1]


@value()
def int_more_than_255_bytes():
    return [2**2040, -(2**2048), 2**2100 + 12345]


@value()
def int_powers():
    return [sign * 2**power for power in range(0, 130, 7) for sign in (1, -1)]


@value()
def long_small():
    return long_(1)


@value()
def long_in_list():
    return [long_(0), long_(-1), long_(255), long_(2**40)]


@value()
def float_plain():
    return [0.0, 1.0, -1.5, 0.1, 1e100, 1e-100, 123456789.123456789]


@value()
def float_minus_zero():
    return -0.0


@value()
def float_inf():
    return float("inf")


@value()
def float_minus_inf():
    return float("-inf")


@value()
def float_nan():
    return float("nan")


@value()
def float_extremes():
    return [sys.float_info.max, sys.float_info.min, sys.float_info.epsilon, 5e-324, -5e-324]


@value()
def complex_plain():
    return 3 + 4j


@value()
def complex_special():
    return [complex(-0.0, 0.0), complex(float("inf"), float("nan")), complex(0, -1)]


@value()
def decimal_plain():
    return Decimal("3.14")


@value()
def decimal_many_digits():
    return Decimal("-1234567890123456789012345678901234567890.0987654321")


@value()
def decimal_exponents():
    return [Decimal("1E+1000"), Decimal("1E-1000"), Decimal("1.000"), Decimal("0E+3"), Decimal("123E+5")]


@value()
def decimal_minus_zero():
    return [Decimal("-0"), Decimal("-0.00")]


@value()
def decimal_infinite():
    return [Decimal("Infinity"), Decimal("-Infinity")]


@value()
def decimal_nan():
    return [Decimal("NaN"), Decimal("-NaN"), Decimal("sNaN"), Decimal("NaN123"), Decimal("-sNaN45")]


@value((3, 3))
def decimal_context():
    return decimal.Context(prec=5, rounding=decimal.ROUND_DOWN, Emin=-99, Emax=99)


@value()
def decimal_tuple():
    return Decimal("-1.5").as_tuple()


@value()
def fraction():
    return [Fraction(1, 3), Fraction(-7, 2), Fraction(5), Fraction(2**80, 3**60)]


@value((3, 8))
def normal_distribution():
    from statistics import NormalDist

    return NormalDist(2.5, 0.5)


@value()
def number_classes():
    return [int, float, complex, bool, Decimal, fractions.Fraction]
