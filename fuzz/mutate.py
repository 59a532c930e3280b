"""Mutations that know what an opcode is: most of what comes out still is a pickle, and goes deep.

The same seed always gives the same mutation. `mutate` is what libFuzzer and the plain engine call.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from typing import Final

from fuzz.opcodes import NUMBERS, SNIPPETS, WORDS, cut, named, text

__all__ = ["Mutation", "mutate", "mutate_bytes", "mutate_pickle"]

Mutation = Callable[[bytes, random.Random, Sequence[bytes]], bytes]
"""Changes bytes; the third argument is others to take pieces from."""

MAX_BYTES: Final = 1 << 14
_BINGET: Final = (b"h", b"j", b"g")
_PUT: Final = (b"q", b"r", b"p")


def mutate_pickle(data: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Change whole opcodes in a few places."""
    pieces = cut(data)
    for _ in range(_few(rng)):
        rng.choice(_CHANGES)(pieces, rng, others)
    if rng.random() < 0.5 and pieces[-1:] != [b"."]:
        pieces.append(b".")
    return b"".join(pieces)[:MAX_BYTES]


def mutate_bytes(data: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Change bytes in a few places, whatever they mean."""
    out = bytearray(data)
    for _ in range(_few(rng)):
        at = rng.randrange(len(out) + 1)
        kind = rng.randrange(6)
        if kind == 0 and at < len(out):
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(out):
            out[at] = rng.randrange(256)
        elif kind == 2:
            number = struct.pack("<Q", rng.choice(NUMBERS))[: rng.choice((1, 2, 4, 8))]
            out[at : at + len(number)] = number
        elif kind == 3:
            del out[at : at + rng.randrange(1, 20)]
        elif kind == 4:
            out[at:at] = out[at : at + rng.randrange(1, 20)] * rng.randrange(1, 4)
        elif others:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            out[at:at] = other[start : start + rng.randrange(1, 40)]
    return bytes(out[:MAX_BYTES])


def mutate(data: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Change opcodes, now and then bytes."""
    if rng.random() < 0.3:
        return mutate_bytes(data, rng, others)
    return mutate_pickle(data, rng, others)


def _few(rng: random.Random) -> int:
    return 1 if rng.random() < 0.5 else rng.randrange(1, 8)


def _place(pieces: list[bytes], rng: random.Random) -> int:
    """Choose an opcode, seldom the first, which is PROTO in most pickles, or the last, which is STOP."""
    if len(pieces) > 2 and rng.random() < 0.9:
        return rng.randrange(1, len(pieces) - 1)
    return rng.randrange(len(pieces)) if pieces else 0


def _delete(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    at = _place(pieces, rng)
    del pieces[at : at + (1 if rng.random() < 0.7 else rng.randrange(1, 6))]


def _insert(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    pieces.insert(_place(pieces, rng), rng.choice(SNIPPETS))


def _insert_global(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    pieces.insert(_place(pieces, rng), named(*rng.choice(WORDS), by_stack=rng.random() < 0.5))


def _replace(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    if pieces:
        pieces[_place(pieces, rng)] = rng.choice(SNIPPETS)


def _swap(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    if len(pieces) > 2:
        one, two = _place(pieces, rng), _place(pieces, rng)
        pieces[one], pieces[two] = pieces[two], pieces[one]


def _repeat(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    at = _place(pieces, rng)
    pieces[at:at] = pieces[at : at + rng.randrange(1, 8)] * rng.randrange(1, 3)


def _move(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    at = _place(pieces, rng)
    part = pieces[at : at + rng.randrange(1, 6)]
    del pieces[at : at + len(part)]
    to = _place(pieces, rng)
    pieces[to:to] = part


def _splice(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    if others:
        other = cut(rng.choice(others)[:MAX_BYTES])
        start = rng.randrange(len(other)) if other else 0
        at = _place(pieces, rng)
        pieces[at:at] = other[start : start + rng.randrange(1, 12)]


def _rename(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    """Let a global be another one: GLOBAL and INST by their lines, STACK_GLOBAL by the strings before it."""
    module, name = rng.choice(WORDS)
    places = [at for at, piece in enumerate(pieces) if piece[:1] in (b"c", b"i", b"\x93")]
    if not places:
        return
    at = rng.choice(places)
    if pieces[at] != b"\x93":
        pieces[at] = pieces[at][:1] + named(module, name, by_stack=False)[1:]
        return
    strings = [index for index in range(max(at - 6, 0), at) if pieces[index][:1] in (b"\x8c", b"h", b"X")]
    for index, word in zip(strings[-2:], (module, name), strict=False):
        pieces[index] = text(word)


def _renumber(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    """Point a memo opcode elsewhere: near by, or far."""
    places = [at for at, piece in enumerate(pieces) if piece[:1] in (*_BINGET, *_PUT)]
    if not places:
        return
    at = rng.choice(places)
    number = rng.randrange(len(places) + 2) if rng.random() < 0.9 else rng.choice(NUMBERS)
    short, long, line = _BINGET if pieces[at][:1] in _BINGET else _PUT
    spellings = (
        short + struct.pack("<B", number % 256),
        long + struct.pack("<I", number % 2**32),
        line + b"%d\n" % number,
    )
    pieces[at] = rng.choice(spellings)


def _resize(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    """Change the number or the payload of an opcode."""
    places = [at for at, piece in enumerate(pieces) if len(piece) > 1]
    if not places:
        return
    at = rng.choice(places)
    piece = bytearray(pieces[at])
    where = rng.randrange(1, len(piece))
    number = struct.pack("<Q", rng.choice(NUMBERS))[: rng.choice((1, 1, 2, 4, 8))]
    piece[where : where + len(number)] = number
    pieces[at] = bytes(piece[: max(len(pieces[at]), where + 1)])


def _wrap(pieces: list[bytes], rng: random.Random, others: Sequence[bytes]) -> None:
    """Put a value into containers."""
    at = _place(pieces, rng)
    if rng.random() < 0.1:
        pieces.insert(at, b"\x85" * rng.choice((10, 100, 1_200)))
        return
    pieces.insert(at, rng.choice((b"\x85", b"\x94", b"\x85\x94", b"2\x86", b"\x85R", b"0N")))


_CHANGES: Final = (
    *(_delete, _delete, _insert, _insert, _insert, _insert_global, _replace, _swap, _repeat, _move),
    *(_splice, _splice, _rename, _rename, _renumber, _renumber, _resize, _resize, _wrap),
)
