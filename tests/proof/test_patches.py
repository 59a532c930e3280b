"""Patches: what stands in the rewritten opcodes, and what CPython's own unpickler then hands over."""

from __future__ import annotations

import io
import pickle

import pytest

from onggi.errors import MalformedError
from onggi.proof import kinds
from onggi.proof.patches import rewrite

ACTION = 0x1234567


class Handed(pickle.Unpickler):
    """Gives back what was handed to the dispatcher, marked."""

    def persistent_load(self, pid):
        return "handed", pid


def built(opcodes, **options):
    return Handed(io.BytesIO(bytes(opcodes)), **options).load()


@pytest.mark.parametrize(
    ("before", "opcode", "after", "shape", "expected"),
    [
        (b"K\x01K\x02", b"R", b".", kinds.PAIR, (1, 2, ACTION)),
        (b"K\x01(K\x02K\x03", b"e", b".", kinds.ITEMS, (1, (2, 3), ACTION)),
        (b"K\x01(", b"e", b".", kinds.ITEMS, (1, (), ACTION)),
        (b"K\x01K\x02K\x03", b"\x92", b".", kinds.TWO, (1, (2, 3), ACTION)),
        (b"K\x01K\x02", b"a", b".", kinds.ONE, (1, (2,), ACTION)),
        (b"(K\x01K\x02", b"o", b".", kinds.MARKED, ((1, 2), ACTION)),
        (b"", b"cjars\nJar\n", b".", kinds.PUSH, ACTION),
        (b"K\x01K\x02", b"\x93", b".", kinds.INSTEAD, ACTION),
        (b"K\x01", b"Q", b".", kinds.PERSISTENT_ID, (1,)),
        (b"", b"Ptext\n", b".", kinds.PERSISTENT_TEXT, ("text",)),
        (b"", b"P\n", b".", kinds.PERSISTENT_TEXT, ("",)),
    ],
)
def test_what_the_dispatcher_gets(before, opcode, after, shape, expected):
    data = b"\x80\x04" + before + opcode + after
    start = 2 + len(before)
    rewritten = rewrite(data, [(start, start + len(opcode), shape, ACTION)])

    assert built(rewritten) == ("handed", expected)


def test_negative_actions_stay_what_they_are():
    assert built(rewrite(b"N.", [(0, 1, kinds.PUSH, -5)])) == ("handed", -5)


def test_frames_are_dropped():
    data = pickle.dumps(["text"] * 3, 4)
    rewritten = rewrite(data, [(2, 11, kinds.DROP, 0)])

    assert bytes(rewritten) == data[:2] + data[11:]
    assert built(rewritten) == ["text"] * 3


def test_a_payload_is_cut_out():
    rewritten = rewrite(b"\x80\x05C\x03abc.", [(2, 7, kinds.CUT, ord("C"))])

    assert built(rewritten, buffers=[b"other"]) == b"other"


def test_several_patches_keep_what_lies_between():
    data = b"](K\x01NK\x02Ne."
    patches = [(4, 5, kinds.PUSH, 7), (7, 8, kinds.PUSH, 8)]

    assert built(rewrite(data, iter(patches))) == [1, ("handed", 7), 2, ("handed", 8)]


def test_without_patches_it_is_the_very_same_object():
    data = b"N."
    assert rewrite(data, []) is data


def test_a_persistent_text_must_be_ascii():
    with pytest.raises(MalformedError, match="must be ASCII strings") as caught:
        rewrite(b"NP\xff\n.", [(1, 4, kinds.PERSISTENT_TEXT, 0)])
    assert caught.value.offset == 1
