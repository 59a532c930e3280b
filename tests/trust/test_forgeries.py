"""Forged labels and seals: whatever somebody writes who knows the format and has no key, it never passes for sealed.

A seal that is wrong ends in one of our errors. One that is right in itself, but not by the own key, leaves the file a
stranger's.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import zlib

import pytest

import onggi
from onggi import errors
from onggi.format.label import MAX_LABEL_BYTES
from onggi.format.seal import BufferRow, pack_seal, sealed_length, with_signatures
from onggi.format.signatures import SignatureRecord
from onggi.format.split import MIN_BUFFER_BYTES, split
from onggi.trust import keys
from onggi.trust.digest import digest
from onggi.trust.sealing import SealState

BIG = bytes(range(256)) * (MIN_BUFFER_BYTES // 256)
FOOTER_BYTES = 32


class Jar:
    """A class that only the own seal loads."""

    def __init__(self, content):
        self.content = content

    def __eq__(self, other):
        return type(other) is Jar and other.content == self.content

    __hash__ = None


@pytest.fixture(autouse=True)
def _own_key(tmp_path):
    keys.set_key_path(tmp_path / "key")
    yield
    keys.set_key_path(None)


def dumped(obj, **options) -> bytes:
    file = io.BytesIO()
    onggi.dump(obj, file, **options)
    return file.getvalue()


def resealed(data: bytes, *, body: bytes | None = None, **changes) -> bytes:
    """Put fields of the seal in place of others, with the digest and the checksum that fit them."""
    seal = split(data).seal
    body = data[: seal.start] if body is None else body
    rows = tuple(changes.get("buffers", seal.buffers))
    has_mac = bool(changes.get("tag", seal.tag))
    length = sealed_length(len(body), len(rows), has_mac=has_mac)
    made = seal._replace(start=len(body), pickle_length=length, **{**changes, "buffers": rows})
    unchecked = body + pack_seal(made)
    try:
        fitting = digest(*split(unchecked, looks_for_seal=True).digested)
    except errors.OnggiError:
        return unchecked
    return body + pack_seal(made._replace(opcodes_digest=changes.get("opcodes_digest", fitting)))


def ends(data: bytes) -> type[Exception] | None:
    """Return the error, where all doors agree that it is one, or None for data; never the object of an own class."""
    found = []
    for load in (
        lambda: onggi.loads(data),
        lambda: onggi.load(io.BytesIO(data)),
        lambda: list(onggi.iter_load(io.BytesIO(data))),
        lambda: onggi.Unpickler(io.BytesIO(data)).load(),
    ):
        try:
            made = load()
        except errors.OnggiError as error:
            found.append(type(error))
        else:
            assert not isinstance(made, Jar), "a forged seal gave full pickle power"
            assert not (isinstance(made, list) and made and isinstance(made[0], Jar))
            found.append(None)
    assert len({error is None for error in found}) == 1, found
    try:
        state = onggi.inspect(data).report.seal
    except errors.OnggiError:
        state = ""
    assert state != SealState.OWN_KEY.value
    return found[0]


# ------------------------------------------------------------------------------------------------------- the MAC


def test_a_seal_of_another_file_pasted_is_damage():
    mine, theirs = dumped(Jar("mine")), dumped(Jar("evil"), seal=False)
    for donor, body in ((mine, theirs), (dumped(Jar("good")), dumped(Jar("evil")))):
        pasted = body[: split(body).seal.start] + donor[split(donor).seal.start :]
        assert ends(pasted) is errors.IntegrityError


def test_right_digests_and_a_wrong_mac_are_a_forgery():
    data = dumped(Jar(1))
    for tag in (bytes(32), b"\xff" * 32, split(dumped(Jar(2))).seal.tag):
        with pytest.raises(errors.IntegrityError, match="forged"):
            onggi.loads(resealed(data, tag=tag))


def test_the_mac_of_one_content_with_the_digest_of_another():
    """The MAC, the digests and the table of a good file, in front of another body of the same length."""
    good, evil = dumped(Jar("good")), dumped(Jar("evil"))
    seal = split(good).seal
    assert len(good) == len(evil)
    body = evil[: seal.start]
    assert ends(resealed(evil, body=body, tag=seal.tag, key_id=seal.key_id)) is errors.IntegrityError
    stale = resealed(evil, body=body, tag=seal.tag, key_id=seal.key_id, opcodes_digest=seal.opcodes_digest)
    assert ends(stale) is errors.IntegrityError


def test_a_mac_by_no_key_or_another_is_a_strangers():
    data = dumped(Jar(1))
    for key_id in (bytes(8), b"\xff" * 8):
        assert ends(resealed(data, key_id=key_id)) is errors.RefusedError
    assert ends(resealed(data, key_id=b"", tag=b"")) is errors.RefusedError


def test_a_mac_of_a_pickle_of_another_length_is_a_forgery():
    """No-ops and a longer label leave the digests of the buffers as they are."""
    data = dumped([Jar(1), pickle.PickleBuffer(BIG)])
    seal = split(data).seal
    for more in (b"N0", b"K\x000" * 30):
        assert ends(resealed(data, body=data[: seal.start] + more)) is errors.IntegrityError


def test_the_rows_of_another_file_are_a_forgery():
    one, other = (dumped([Jar(1), pickle.PickleBuffer(buffer)]) for buffer in (BIG, BIG[::-1]))
    rows = split(other).seal.buffers
    assert ends(resealed(one, buffers=rows)) is errors.IntegrityError
    body = other[: split(other).seal.start]
    assert ends(resealed(one, body=body, buffers=rows)) is errors.IntegrityError


def test_two_seals():
    """The last one counts, and what is before it is content: a value that is pushed and popped."""
    data = dumped(Jar(1))
    assert ends(resealed(data, body=data[:-1])) is errors.IntegrityError
    assert ends(resealed(data, body=data[:-1], key_id=b"", tag=b"")) is errors.RefusedError
    plain = dumped([1, 2])
    assert onggi.loads(resealed(plain, body=plain[:-1], key_id=b"", tag=b"")) == [1, 2]
    evil = dumped(Jar("evil"), seal=False)
    inner = data[split(data).seal.start : -1]
    assert ends(resealed(evil, body=evil[: split(evil).seal.start] + inner)) is errors.RefusedError


# ------------------------------------------------------------------------------------------------------ the table


def _rows(data: bytes) -> dict[str, list[BufferRow]]:
    seal = split(data).seal
    row = seal.buffers[0]
    at_label = BufferRow(7, 20, True, digest(data[7:27]))
    return {
        "points at the label": [at_label, row],
        "points at opcodes": [row._replace(offset=row.offset - 9)],
        "starts inside": [row._replace(offset=row.offset + 1, length=row.length - 1)],
        "overlaps": [row, row._replace(offset=row.offset + 64, length=64)],
        "over the seal": [row._replace(length=len(data) - row.offset)],
        "is the seal": [row, BufferRow(seal.start + 5, len(data) - seal.start - 7, True, bytes(32))],
        "behind the end": [row._replace(offset=len(data) + 100)],
        "beyond 2**63": [row._replace(offset=2**63 + row.offset)],
        "ends beyond 2**64": [row._replace(length=2**64 - 1)],
        "is longer than the file": [row._replace(length=2**62)],
        "is empty": [row._replace(length=0)],
        "is not there": [],
    }


@pytest.mark.parametrize("name", sorted(_rows(dumped([pickle.PickleBuffer(BIG)], seal=False))))
@pytest.mark.parametrize("seal", [True, False], ids=["own key", "digests"])
def test_a_row_that_is_no_buffer_is_damage(name, seal):
    data = dumped([Jar(1) if seal else "plain", pickle.PickleBuffer(BIG)], seal=seal)
    ended = ends(resealed(data, buffers=_rows(data)[name]))
    # A buffer that the table leaves out is one of the opcodes, which the digest covers.
    expected = None if name == "is not there" and not seal else errors.IntegrityError
    assert ended is expected


def test_rows_twice_or_in_another_order_are_a_forgery_of_a_mac():
    data = dumped([Jar(1), pickle.PickleBuffer(BIG), pickle.PickleBuffer(BIG[::-1])])
    one, other = split(data).seal.buffers
    for rows in ([one, one, other], [other, one], [one, other, other]):
        assert ends(resealed(data, buffers=rows)) is errors.IntegrityError


def _with_footer(data: bytes, *, count: int | None = None, length: int | None = None) -> bytes:
    """Change fields of the footer, and its checksum."""
    changed = bytearray(data)
    at = len(data) - 2 - FOOTER_BYTES
    if count is not None:
        struct.pack_into("<I", changed, at + 12, count)
    if length is not None:
        struct.pack_into("<Q", changed, at + 16, length)
    start = split(data).seal.start + 5
    struct.pack_into("<I", changed, at + 28, zlib.crc32(changed[start : at + 28]))
    return bytes(changed)


@pytest.mark.parametrize("count", [1, 2, 2**16, 2**31, 2**32 - 1])
def test_a_huge_count_of_rows_takes_nothing(count):
    assert ends(_with_footer(dumped(Jar(1)), count=count)) is errors.IntegrityError


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**63, 2**64 - 1])
def test_another_length_than_the_pickle_has_is_damage(length):
    assert ends(_with_footer(dumped(Jar(1)), length=length)) is errors.IntegrityError


# ------------------------------------------------------------------------------------------------------ the label


def labelled(text: bytes, declared: int | None = None, *, obj: object = (1, 2)) -> bytes:
    """A file whose label holds any bytes, with digests that fit."""
    data = dumped(obj, seal=False)
    end = data.index(b"}0", 7) + 1
    body = data[:3] + struct.pack("<I", len(text) if declared is None else declared) + text
    return resealed(data, body=body + data[end : split(data).seal.start], buffers=())


@pytest.mark.parametrize(
    "text",
    [
        b'{"onggi":1,"about":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"onggi":1,"about":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"onggi":' + b"9" * 100_000 + b"}",
        b'{"onggi":1,"created":' + b"9" * 100_000 + b"}",
        b'{"onggi":1' + b"}" * 50,
        b'{"onggi":1,"about":"' + b"x" * MAX_LABEL_BYTES + b'"}',
        b'{"onggi":"1"}',
        b'{"onggi":[1]}',
        b'{"onggi":1,"onggi":null}',
    ],
    ids=["lists", "dicts", "version of digits", "time of digits", "behind", "too long", "text", "list", "twice"],
)
def test_a_label_that_is_a_bomb_is_an_error(text):
    assert issubclass(ends(labelled(text)) or object, errors.DecodeError)


@pytest.mark.parametrize("declared", [1, 2**30, 2**31, 2**32 - 1])
def test_a_label_that_says_another_length_is_an_error(declared):
    assert issubclass(ends(labelled(b'{"onggi":1}', declared)) or object, errors.DecodeError)


@pytest.mark.parametrize("version", ["2", "999999999999", "1e300"])
def test_a_version_that_is_claimed_is_no_trust(version):
    ended = ends(labelled(b'{"onggi":%s}' % version.encode(), obj=Jar(1)))
    assert ended in (errors.FormatVersionError, errors.MalformedError)


@pytest.mark.parametrize(
    "text",
    [
        b'{"onggi":1,"onggi":1,"python":"3.11","python":"2.7"}',
        b'{"onggi":true}',
        b'{"onggi":0}',
        b'{"onggi":-5}',
        b'{"onggi":1,"created":NaN}',
        b'{"onggi":1,"created":Infinity}',
        b'{"onggi":1,"created":-1e308}',
        b'{"onggi":1,"created":"yesterday"}',
        b'{"onggi":1,"packages":{"numpy":[1]},"about":5,"python":null,"system":{},"byteorder":"middle"}',
        b'{"onggi":1,"packages":"numpy","user":[[[["x"]]]],"about":{"type":["a"],"len":"many"}}',
        b'{"onggi":1,"about":{"type":"\\u001b]0;owned\\u0007","shape":[1,"\\u202e"]}}',
        b'{"onggi":1,"user":{"\\u001b[2J":"\\ud800"}}',
    ],
)
def test_what_a_label_says_changes_nothing_and_can_be_shown(text):
    """It is a stranger's word: of any type, and with anything in its texts."""
    data = labelled(text)
    assert onggi.loads(data) == (1, 2)
    assert ends(labelled(text, obj=Jar(1))) is errors.RefusedError
    inspection = onggi.inspect(data)
    shown = inspection.text() + inspection.html()
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    json.dumps(inspection.data(), allow_nan=False)


# ------------------------------------------------------------------------------------------- nothing is laundered


def test_appending_to_a_strangers_file_seals_only_what_is_appended(tmp_path):
    path = tmp_path / "log.pkl"
    path.write_bytes(pickle.dumps(Jar("evil")))
    onggi.dump(Jar("mine"), path, append=True)
    with pytest.raises(errors.RefusedError):
        onggi.load(path)
    with pytest.raises(errors.RefusedError):
        list(onggi.iter_load(path))
    with path.open("rb") as file:
        unpickler = onggi.Unpickler(file)
        with pytest.raises(errors.RefusedError):
            unpickler.load()
    assert [found.state for found in onggi.verify(path)] == [SealState.NONE, SealState.OWN_KEY]


def test_what_a_stranger_appends_to_my_file_is_a_strangers(tmp_path):
    path = tmp_path / "log.pkl"
    onggi.dump(Jar("mine"), path)
    with path.open("ab") as file:
        file.write(pickle.dumps(Jar("evil")))
    objects = onggi.iter_load(path)
    assert next(objects) == Jar("mine")
    with pytest.raises(errors.RefusedError):
        next(objects)


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".bz2"])
def test_appending_to_a_compressed_file_of_a_stranger(tmp_path, suffix):
    path = tmp_path / f"log.pkl{suffix}"
    onggi.dump([1], path, seal=False)
    onggi.dump(Jar("mine"), path, append=True)
    objects = onggi.iter_load(path)
    assert next(objects) == [1]
    assert next(objects) == Jar("mine")
    assert [found.state for found in onggi.verify(path)] == [SealState.DIGEST_ONLY, SealState.OWN_KEY]


def test_wrapping_a_strangers_bytes_wraps_bytes():
    """To seal the bytes of a pickle is to seal bytes."""
    evil = pickle.dumps(Jar("evil"))
    for wrapped in (evil, bytearray(evil * 2_000), [evil]):
        again = onggi.loads(dumped(wrapped))
        assert again == wrapped
        with pytest.raises(errors.RefusedError):
            onggi.loads(bytes(again[0] if isinstance(again, list) else again))


def test_compressing_by_hand_is_no_way_around(tmp_path):
    gzip = pytest.importorskip("gzip")
    path = tmp_path / "evil.pkl.gz"
    path.write_bytes(gzip.compress(gzip.compress(pickle.dumps(Jar("evil")))))
    with pytest.raises(errors.RefusedError):
        onggi.load(path)
    path.write_bytes(gzip.compress(dumped(Jar("mine"))))
    assert onggi.load(path) == Jar("mine")


# ---------------------------------------------------------------------------- mapped buffers that nobody has read


@pytest.fixture(scope="module")
def grown_tree():
    """A fitted tree whose nodes lie in a buffer of their own."""
    numpy = pytest.importorskip("numpy")
    tree = pytest.importorskip("sklearn.tree")
    rng = numpy.random.default_rng(0)
    found = tree.DecisionTreeRegressor(random_state=0).fit(rng.random((1_000, 3)), rng.random(1_000))
    assert found.tree_.__getstate__()["nodes"].nbytes > MIN_BUFFER_BYTES
    return found


@pytest.mark.slow
def test_guards_stay_on_for_mapped_buffers_that_were_not_verified(tmp_path, grown_tree):
    """The seal covers the opcodes; a node that points out of the tree would be a read out of bounds."""
    numpy = pytest.importorskip("numpy")
    path = tmp_path / "forest.pkl"
    ballast = numpy.zeros(65 * 2**20, "u1")
    onggi.dump([grown_tree, ballast], path, durable=False)
    assert onggi.load(path)[0].predict([[0.5, 0.5, 0.5]]) == grown_tree.predict([[0.5, 0.5, 0.5]])
    nodes = grown_tree.tree_.__getstate__()["nodes"].copy()
    rows = split(path.read_bytes()).seal.buffers
    (start,) = (row.offset for row in rows if row.length == nodes.nbytes)
    nodes["left_child"][3] = 2_000_000
    with path.open("r+b") as file:
        file.seek(start)
        file.write(nodes.tobytes())

    with pytest.raises(errors.RefusedError, match="a child lies past the nodes") as caught:
        onggi.load(path)
    assert "verify=True" in caught.value.hint
    with pytest.raises(errors.IntegrityError):
        onggi.load(path, verify=True)
    with pytest.raises(errors.IntegrityError):
        onggi.verify(path)


def test_guards_come_on_with_the_first_buffer_that_was_not_verified(grown_tree):
    """Pickles of one memo: the first has no buffers, and what the second has comes from elsewhere."""
    numpy = pytest.importorskip("numpy")
    file, buffers = io.BytesIO(), []
    pickler = onggi.Pickler(file, buffer_callback=lambda buffer: buffers.append(bytearray(buffer.raw())))
    for obj in (Jar(1), [Jar(2), grown_tree], Jar(3)):
        pickler.dump(obj)

    def load(given):
        unpickler = onggi.Unpickler(io.BytesIO(file.getvalue()), buffers=iter(given))
        return [unpickler.load() for _ in range(3)]

    assert [load(buffers)[index] for index in (0, 2)] == [Jar(1), Jar(3)]
    nodes = grown_tree.tree_.__getstate__()["nodes"].copy()
    nodes["left_child"][3] = 2_000_000
    changed = [bytearray(nodes.tobytes()) if len(buffer) == nodes.nbytes else buffer for buffer in buffers]
    assert numpy.frombuffer(changed[1], nodes.dtype)["left_child"][3] == 2_000_000
    with pytest.raises(errors.RefusedError, match="a child lies past the nodes"):
        load(changed)


@pytest.mark.parametrize("size", [100, 70_000])
def test_a_forged_signature_of_a_file_without_a_label_is_damage_through_every_door(size):
    pytest.importorskip("cryptography")
    data = dumped(b"x" * size, seal=False)
    seal = split(data).seal
    body = data[: seal.start].replace(b'{"onggi"', b'{"other"')
    forged = SignatureRecord(b"k" * 32, "name", 1, 2, b"s" * 64)
    found = split(resealed(data, body=body), looks_for_seal=True).seal
    assert ends(body + pack_seal(with_signatures(found, (forged,)))) is errors.IntegrityError
