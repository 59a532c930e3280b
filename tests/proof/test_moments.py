"""Dates and times that the walker judges by itself: what needs no guard exists, whatever the bytes."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import onggi
from attacks.assembler import REDUCE, TUPLE1, name, pickled, value
from onggi.errors import BuildError, RefusedError
from onggi.proof.judge import Judge
from onggi.proof.limits import DEFAULT_LIMITS
from onggi.proof.policy import DEFAULT_POLICY
from tests.builds import BUILDS, load_both, load_build

SIZES = {date: 4, datetime: 10, time: 6}


def moment(cls: type, raw: bytes) -> bytes:
    return pickled(name(f"datetime.{cls.__name__}") + value(raw) + TUPLE1 + REDUCE)


def guards(module, data: bytes) -> int:
    walker = module.Walker(Judge(DEFAULT_POLICY), DEFAULT_LIMITS)
    walker.walk(data)
    assert not walker.findings
    return walker.guard_count


@pytest.fixture(params=BUILDS)
def walker_module(request):
    return load_build("onggi.proof.walker", request.param)


@pytest.mark.parametrize(
    "obj",
    [
        date(2026, 11, 22),
        date(256, 1, 1),
        date(2026, 12, 31),
        datetime(2026, 8, 31, 23, 59, 59, 983_039),
        datetime(2026, 4, 30, fold=1),
        time(0, 0),
        time(23, 59, 59, 1, fold=1),
    ],
    ids=repr,
)
def test_honest_moments_need_no_guard(walker_module, obj):
    assert guards(walker_module, pickle.dumps(obj)) == 0


@pytest.mark.parametrize(
    "obj",
    [date(255, 1, 1), date(2024, 2, 29), datetime(2026, 1, 1, microsecond=999_999), datetime.now(UTC)],
    ids=["early", "leap day", "late microsecond", "zone"],
)
def test_rare_moments_have_one(walker_module, obj):
    assert guards(walker_module, pickle.dumps(obj)) > 0
    assert onggi.loads(pickle.dumps(obj)) == obj


def test_the_bytes_may_come_from_the_memo():
    moments = [datetime(2026, 1, 1)] * 3 + [datetime(2026, 1, 1)]
    assert onggi.loads(pickle.dumps(moments)) == moments


@given(cls=st.sampled_from(list(SIZES)), raw=st.binary(min_size=3, max_size=11))
@example(cls=date, raw=b"\x07\xea\x04\x1f")
@example(cls=date, raw=b"\x07\xea\x02\x1d")
@example(cls=datetime, raw=b"\x07\xea\x8c\x1f\x17\x3b\x3b\x0e\xff\xff")
@example(cls=time, raw=b"\x98\x00\x00\x00\x00\x00")
def test_any_bytes_are_a_moment_that_exists_or_an_error(cls, raw):
    data = moment(cls, raw)
    compiled, pure = (guards(build, data) for build in load_both("onggi.proof.walker"))
    assert compiled == pure
    if not compiled:
        assert len(raw) == SIZES[cls]
    try:
        loaded = onggi.loads(data)
    except (RefusedError, BuildError):
        assert compiled
        return
    assert type(loaded) is cls
    # The public constructor takes it, and arithmetic does.
    assert loaded.replace() == loaded
    assert cls is time or loaded + timedelta(0) == loaded


@pytest.mark.parametrize("cls", SIZES, ids=lambda cls: cls.__name__)
def test_every_day_and_hour_is_judged_right(cls):
    """All months and days, and all hours, minutes and seconds at the edges."""
    module = load_both("onggi.proof.walker")[0]
    wrong = []
    for first in (0, 1, 12, 13, 0x80, 0x8C, 0x97, 0x98, 23, 24):
        for second in (0, 1, 28, 29, 30, 31, 32, 59, 60):
            raw = {
                date: bytes((7, 234, first, second)),
                datetime: bytes((7, 234, first, second, second % 25, 0, 0, 14, 0, 0)),
                time: bytes((first, second, 59, 14, 255, 255)),
            }[cls]
            if guards(module, moment(cls, raw)) == 0:
                try:
                    made = onggi.loads(moment(cls, raw))
                    made.replace()
                    made.isoformat()
                    _check(made)
                except Exception as error:
                    wrong.append((raw, error))
    assert not wrong


def _check(made):
    fields = [
        getattr(made, field) for field in ("year", "month", "day", "hour", "minute", "second") if hasattr(made, field)
    ]
    type(made)(*fields)


def test_bytes_of_an_earlier_pickle_are_judged_by_the_guard():
    """A memo that outlives its bytes holds the tuple, and no longer where its bytes were."""
    import io

    raw = b"\x07\xea\x02\x1e"
    first = b"\x80\x04C\x04" + raw + b"\x85\x94."
    second = b"\x80\x04\x8c\x08datetime\x8c\x04date\x93h\x00R."
    unpickler = onggi.Unpickler(io.BytesIO(first + second))
    assert unpickler.load() == (raw,)
    with pytest.raises(RefusedError, match="does not exist"):
        unpickler.load()
