"""Short messages of plain values share their walkers: nothing of one message may reach the next."""

from __future__ import annotations

import contextlib
import pickle
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onggi.errors import DecodeError, MalformedError, TruncatedError
from onggi.proof import Reader
from onggi.proof.reader import read_plain

PLAIN = pickle.dumps({"kimchi": [1, 2.5, None, "kimchi"], "tags": {"a", "b"}})
NAMING = pickle.dumps(ValueError)
TEXT = pickle.dumps("\u0093\u0082\u0083 옹기")
GETS_NOTHING = b"\x80\x04h\x00."
ENDS_EARLY = PLAIN[:-5]


def test_it_says_where_a_plain_pickle_ends():
    assert read_plain(PLAIN + b"behind") == len(PLAIN)
    assert read_plain(TEXT) == len(TEXT)


@pytest.mark.parametrize(
    "data", [NAMING, b"\x80\x02\x82\x01.", b"cos\nsystem\n.", b"(ios\nsystem\n.", b"Pid\n.", b"NQ."]
)
def test_what_is_not_plain_is_left_to_others(data):
    assert read_plain(data) == 0


@pytest.mark.parametrize("before", [PLAIN, NAMING, ENDS_EARLY], ids=["plain", "naming", "truncated"])
def test_the_memo_of_one_message_is_not_that_of_the_next(before):
    with contextlib.suppress(TruncatedError):
        read_plain(before)
    with pytest.raises(MalformedError, match="Memo value not found"):
        read_plain(GETS_NOTHING)
    assert read_plain(PLAIN) == len(PLAIN)


@given(st.lists(st.sampled_from([PLAIN, NAMING, TEXT, GETS_NOTHING, ENDS_EARLY, b"", b"N."]), max_size=8))
def test_any_order_of_messages_is_read_as_each_alone(messages):
    for message in messages:
        try:
            proof = Reader().read(message)
        except DecodeError as error:
            with pytest.raises(type(error)):
                read_plain(message)
        else:
            assert read_plain(message) == (proof.stop if proof.is_plain and not proof.found else 0)


def test_threads_read_at_once():
    wrong: list[bytes] = []

    def read() -> None:
        for _ in range(500):
            for message, stop in ((PLAIN, len(PLAIN)), (NAMING, 0), (TEXT, len(TEXT))):
                if read_plain(message) != stop:
                    wrong.append(message)

    threads = [threading.Thread(target=read) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
