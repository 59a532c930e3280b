"""Own files with changed parts: nothing else passes for sealed by the own key, and what loads is what is there.

Half of the mutations change bytes. The others change fields of label and seal and put digests and checksums right
again, as somebody would who has read the format but does not have the key.
"""

from __future__ import annotations

import atexit
import io
import pickle
import random
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import onggi
from fuzz.mutate import mutate_bytes
from fuzz.opcodes import NUMBERS
from fuzz.target import Target, as_file, chosen
from fuzz.targets.loads import picture, tried
from onggi.errors import OnggiError
from onggi.format.seal import BufferRow, Seal, pack_seal, read_seal, sealed_length, with_signatures
from onggi.format.signatures import ED25519, SignatureRecord
from onggi.format.split import MIN_BUFFER_BYTES, Split, split
from onggi.proof import read
from onggi.trust import keys
from onggi.trust.digest import digest
from onggi.trust.sealing import SealState, check_buffers, check_seal

__all__ = ["TARGET"]

_LABELS: Final = (
    *(b'{"onggi":1}', b'{"onggi":1,"onggi":2}', b'{"onggi":0}', b'{"onggi":-1}', b'{"onggi":1e400}', b'{"onggi":NaN}'),
    *(b'{"onggi":true}', b'{"onggi":1,"about":' + b"[" * 900 + b"]" * 900 + b"}", b'{"onggi":1,"created":1e999}'),
    *(b'{"onggi":1,"packages":[1]}', b'{"onggi":1,"about":"\\u001b[31m"}', b'{"onggi":1,"python":{"a":1}}'),
)
_HEAD_BYTES: Final = 7
"""PROTO, its argument, BINBYTES and its length: the JSON of a label starts behind them."""


class Jar:
    """A class that only the own seal loads."""

    def __init__(self, content: Any) -> None:
        self.content = content


def _flat(value: Any) -> Any:
    """Let buffers be bytes, whatever they are views of."""
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, list):
        return [_flat(item) for item in value]
    return value


def check(data: bytes) -> None:
    """Split, check the seal, load; compare with plain pickle where that is harmless."""
    originals = _bodies()
    try:
        cut = split(data, looks_for_seal=True)
    except OnggiError as error:
        assert str(error)
    else:
        kept = len(cut.opcodes) + sum(len(payload.view or b"") for payload in cut.payloads)
        assert kept <= len(data) + 2 * len(cut.payloads)
        if _is_own(cut):
            assert cut.seal is not None
            assert data[: cut.seal.start] in originals, "the own seal on what the own key did not seal"
    tried(lambda: onggi.inspect(data).text())
    loaded, obj = tried(lambda: onggi.loads(data))
    if chosen(data, range(4)):
        again, other = tried(lambda: onggi.load(io.BytesIO(data)))
    else:
        with as_file(data) as path:
            tried(lambda: onggi.verify(path))
            again, other = tried(lambda: onggi.load(path))
    assert loaded == again, (obj, other)
    if not loaded:
        return
    if isinstance(obj, Jar):
        assert any(data.startswith(original) for original in originals)
    elif not read(data).judged:
        assert picture(_flat(obj)) == picture(_flat(pickle.loads(data)))


def _is_own(cut: Split) -> bool:
    try:
        state = check_seal(cut, keys.own_key())
        check_buffers(cut.payloads)
    except OnggiError:
        return False
    return state is SealState.OWN_KEY


def _mutate(data: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    if rng.random() < 0.5:
        return _bytes(data, rng, others)
    try:
        cut = split(data, looks_for_seal=True)
    except OnggiError:
        return _bytes(rng.choice(others), rng, others) if others else data
    if cut.seal is None:
        return _bytes(data, rng, others)
    return rng.choice(_FORGERIES)(data[: cut.stop], cut.seal, rng, others)


def _bytes(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Change a few bytes near the ends, where label, opcodes and seal stand."""
    at = rng.choice((0, max(0, len(data) - rng.randrange(1, 300)), rng.randrange(len(data) + 1)))
    end = min(len(data), at + 300)
    return data[:at] + mutate_bytes(data[at:end], rng, others) + data[end:]


def _sealed(body: bytes, rows: tuple[BufferRow, ...], seal: Seal, *, repairs: bool = True) -> bytes:
    """Put a seal on a body, with the digest that belongs to it."""
    length = sealed_length(len(body), len(rows), has_mac=bool(seal.tag))
    made = seal._replace(start=len(body), pickle_length=length, buffers=rows, signatures=())
    made = with_signatures(made, seal.signatures)
    data = body + pack_seal(made)
    if repairs:
        try:
            made = made._replace(opcodes_digest=digest(*split(data, looks_for_seal=True).digested))
        except OnggiError:
            return data
    return body + pack_seal(made)


def _forge_rows(data: bytes, seal: Seal, rng: random.Random, others: Sequence[bytes]) -> bytes:
    rows = list(seal.buffers) or [BufferRow(0, 0, False, bytes(32))]
    for _ in range(rng.randrange(1, 4)):
        row = rng.choice(rows)
        number = rng.choice((*NUMBERS, row.offset + 1, row.offset - 1, len(data), seal.start, MIN_BUFFER_BYTES)) % 2**64
        changes: tuple[dict[str, Any], ...] = (
            {"offset": number},
            {"length": number},
            {"is_readonly": not row.is_readonly},
        )
        changed = row._replace(**rng.choice(changes))
        rng.choice((rows.append, lambda row: rows.insert(0, row), lambda row: rows.__setitem__(-1, row)))(changed)
    if rng.random() < 0.3:
        rng.shuffle(rows)
    return _sealed(data[: seal.start], tuple(rows), seal)


def _forge_body(data: bytes, seal: Seal, rng: random.Random, others: Sequence[bytes]) -> bytes:
    start = rng.randrange(seal.start + 1)
    end = min(seal.start, start + 50)
    body = data[:start] + mutate_bytes(data[start:end], rng, others) + data[end : seal.start]
    return _sealed(body, seal.buffers, seal)


def _forge_buffer(data: bytes, seal: Seal, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Change a buffer and its digest."""
    if not seal.buffers:
        return _forge_body(data, seal, rng, others)
    row = rng.choice(seal.buffers)
    body = bytearray(data[: seal.start])
    if row.length > 0 and row.offset < len(body):
        body[row.offset + rng.randrange(min(row.length, len(body) - row.offset))] ^= 1
    rows = tuple(one._replace(digest=digest(bytes(body[one.offset : one.offset + one.length]))) for one in seal.buffers)
    return _sealed(bytes(body), rows, seal)


def _forge_mac(data: bytes, seal: Seal, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Take the MAC, or the whole seal, of another file."""
    other = rng.choice(others) if others else data
    try:
        theirs = read_seal(memoryview(other))
    except OnggiError:
        theirs = None
    if theirs is None:
        return data
    if rng.random() < 0.3:
        return data[: seal.start] + other[theirs.start :]
    mac = rng.choice(((theirs.key_id, theirs.tag), (seal.key_id, theirs.tag), (b"", b""), (bytes(8), bytes(32))))
    rows = rng.choice((seal.buffers, theirs.buffers))
    return _sealed(data[: seal.start], rows, seal._replace(key_id=mac[0], tag=mac[1]), repairs=rng.random() < 0.8)


def _sign(data: bytes, seal: Seal, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Add signatures that nobody made: they vouch for nothing, and take nothing away from the own seal."""
    records = [
        SignatureRecord(rng.randbytes(32), rng.choice(("a", "x" * 255, "\u202e")), 1, 2, rng.randbytes(64)),
        SignatureRecord(bytes(32), "n", rng.choice(NUMBERS), rng.choice(NUMBERS), bytes(64)),
        SignatureRecord(b"", "", 0, 0, b"", ED25519 + 1, rng.randbytes(rng.randrange(1, 200))),
    ]
    chosen_records = tuple(rng.choice(records) for _ in range(rng.randrange(1, 4)))
    return data[: seal.start] + pack_seal(with_signatures(seal, chosen_records))


def _forge_label(data: bytes, seal: Seal, rng: random.Random, others: Sequence[bytes]) -> bytes:
    end = data.find(b"}0", _HEAD_BYTES) + 1
    text = rng.choice(_LABELS) if rng.random() < 0.5 else mutate_bytes(data[_HEAD_BYTES:end], rng, others)
    body = data[: _HEAD_BYTES - 4] + len(text).to_bytes(4, "little") + text + data[end : seal.start]
    moved = tuple(row._replace(offset=(row.offset + len(body) - seal.start) % 2**64) for row in seal.buffers)
    return _sealed(body, moved, seal)


def _join(data: bytes, seal: Seal, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Seal it twice, or let another pickle follow."""
    if rng.random() < 0.5:
        return _sealed(data[:-1], seal.buffers, seal)
    return data + (rng.choice(others) if others else data)


_FORGERIES: Final = (_forge_rows, _forge_rows, _forge_body, _forge_buffer, _forge_mac, _forge_label, _join, _sign)


@cache
def _originals() -> tuple[bytes, ...]:
    """What the own key has sealed."""
    folder = tempfile.mkdtemp(prefix="onggi-fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    keys.set_key_path(Path(folder) / "key")
    large = bytearray(range(256)) * (MIN_BUFFER_BYTES // 256)
    objects = [
        *([1, "two", 3.0], {"a": None}, Jar([1]), Jar("other"), [Jar(1), "x" * 70_000]),
        *([pickle.PickleBuffer(large), pickle.PickleBuffer(bytes(large)), "end"], [pickle.PickleBuffer(large)]),
    ]
    return tuple(_dumped(obj, seal=True) for obj in objects)


@cache
def _bodies() -> frozenset[bytes]:
    """Return all of them up to their seals; what stands in these, checksum and MAC cover."""
    found = [read_seal(memoryview(data)) for data in _originals()]
    return frozenset(data[: seal.start] for data, seal in zip(_originals(), found, strict=True) if seal)


def _dumped(obj: Any, *, seal: bool) -> bytes:
    file = io.BytesIO()
    onggi.dump(obj, file, seal=seal, label={"note": "fuzz"})
    return file.getvalue()


def _seeds() -> Sequence[bytes]:
    large = bytearray(range(256)) * (MIN_BUFFER_BYTES // 256)
    objects = (
        [1, "two"],
        [pickle.PickleBuffer(large), "x", pickle.PickleBuffer(bytes(large))],
        Jar([1]),
        {"b": b"x" * 70_000},
    )
    return (*_originals(), *(_dumped(obj, seal=False) for obj in objects))


TARGET: Final = Target("split", check, _seeds, _mutate, setup=_originals, is_remade=True)
