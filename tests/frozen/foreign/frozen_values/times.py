# -*- coding: utf-8 -*-
"""Dates, times and zones."""

from __future__ import absolute_import, print_function, unicode_literals

import datetime
import time
from datetime import date, timedelta

from frozen_values.registry import value

try:
    from datetime import timezone
except ImportError:
    timezone = None


@value()
def date_plain():
    return date(2026, 11, 22)


@value()
def date_extremes():
    return [date.min, date.max]


@value()
def date_of_ascii_bytes():
    return date(0x2020, 0x0A, 0x1D)


@value()
def time_plain():
    return datetime.time(23, 59, 58, 999999)


@value()
def time_zero():
    return datetime.time()


@value()
def datetime_plain():
    return datetime.datetime(2026, 11, 22, 20, 24, 13, 123456)


@value()
def datetime_extremes():
    return [datetime.datetime.min, datetime.datetime.max]


@value()
def datetimes_in_one_week():
    return [datetime.datetime(1999, 12, 28) + timedelta(days=days, seconds=days) for days in range(7)]


@value((3, 6))
def datetime_fold():
    return datetime.datetime(2026, 11, 1, 1, 30, fold=1)


@value((3, 6))
def time_fold():
    return datetime.time(1, 30, fold=1)


@value((3, 2))
def datetime_utc():
    return datetime.datetime(2026, 11, 22, tzinfo=timezone.utc)


@value((3, 2))
def datetime_offset():
    return datetime.datetime(2026, 11, 22, tzinfo=timezone(timedelta(hours=9), "KST"))


@value((3, 6))
def datetime_fold_and_zone():
    return datetime.datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=timezone(timedelta(hours=-4)))


@value((3, 2))
def time_aware():
    return datetime.time(12, 0, tzinfo=timezone.utc)


@value((3, 2))
def timezone_utc():
    return timezone.utc


@value((3, 2))
def timezone_offset():
    return [timezone(timedelta(hours=-3, minutes=-30)), timezone(timedelta(minutes=1), "odd")]


@value((3, 7))
def timezone_seconds():
    return timezone(timedelta(seconds=1, microseconds=5))


@value()
def timedelta_plain():
    return timedelta(days=3, seconds=7, microseconds=11)


@value()
def timedelta_negative():
    return [timedelta(microseconds=-1), timedelta.min, timedelta.max, timedelta(0)]


@value((3, 9))
def zone_of_a_city():
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Seoul")


@value((3, 9))
def datetime_in_a_city():
    from zoneinfo import ZoneInfo

    return datetime.datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Seoul"))


@value((3, 9))
def zone_without_cache():
    from zoneinfo import ZoneInfo

    return ZoneInfo.no_cache("Europe/Paris")


@value()
def struct_time():
    return time.struct_time((2026, 11, 22, 20, 24, 13, 6, 326, 0))


@value((3, 3))
def struct_time_with_zone():
    return time.gmtime(86400 * 365)


@value()
def date_classes():
    return [datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.tzinfo]
