"""Files for `onggi.load(path)`: compression bombs, broken streams, and pickles that other readers open."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from attacks.assembler import (
    BYTEARRAY8,
    EMPTY_LIST,
    NONE,
    POP,
    PROTO,
    STOP,
    Code,
    build,
    call,
    name,
    new,
    pickled,
    value,
)
from attacks.canary import SHELL
from attacks.case import ERROR, LIMIT, LOADED, MALFORMED, MEMORY, RAN, REFUSED, TRUNCATED, Theme

theme = Theme("containers")

BROKEN = (MALFORMED, TRUNCATED, "IntegrityError", REFUSED, "MissingExtraError")
BOUNDED = (LIMIT, REFUSED, "MissingExtraError")

BLOCK = 32 << 20
HUGE = 160 << 30
"""Bytes that a bomb claims to hold: more than any machine, and than any limit that is meant for honest files."""


def zlib_of_zeros(head: bytes, size: int) -> bytes:
    """Compress `head` and then `size` zeros (a multiple of 1 MiB) without ever holding them."""
    block = bytes(1 << 20)
    packer = zlib.compressobj(9)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    part = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    count = size // len(block)
    checksum = zlib.adler32(head)
    low, high = checksum & 0xFFFF, checksum >> 16
    high = (high + low * len(block) * count) % 65521
    last_empty_block = bytes([0x03, 0x00])
    return first + part * count + last_empty_block + (high << 16 | low).to_bytes(4, "big")


def _zstd(data: bytes) -> bytes:
    compressed: bytes = importlib.import_module("backports.zstd").compress(data)
    return compressed


def _lz4(data: bytes) -> bytes:
    compressed: bytes = importlib.import_module("lz4.frame").compress(data)
    return compressed


COMPRESSORS: dict[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
    ".gz": (lambda data: gzip.compress(data, mtime=0), ()),
    ".bz2": (bz2.compress, ()),
    ".xz": (lzma.compress, ()),
    ".zst": (_zstd, ("backports.zstd",)),
    ".lz4": (_lz4, ("lz4",)),
}
"""By suffix: the compressor, whose outputs may be joined to one stream, and the module that it needs."""


# --- bombs --------------------------------------------------------------------------------------------------------


def _bomb(suffix: str, head: bytes, block: bytes, times: int) -> bytes:
    """Compress a head and a block, and repeat the block's stream: small to make, huge to read."""
    compress, _ = COMPRESSORS[suffix]
    return compress(head) + compress(block) * times


_HEAD = bytes(PROTO(5) + BYTEARRAY8(b"", HUGE))
_POPS = bytes((NONE + POP) * (BLOCK // 2))

for _suffix, (_compress, _needs) in COMPRESSORS.items():
    theme.add(
        f"bomb_of_zeros_{_suffix[1:]}",
        "compression bomb of one large buffer",
        partial(_bomb, _suffix, _HEAD, bytes(BLOCK), 300),
        "A small file that inflates to one buffer of many gigabytes.",
        verdict=(*BOUNDED, TRUNCATED),
        plain=(MEMORY, ERROR),
        suffix=f".pkl{_suffix}",
        needs=_needs,
    )
    theme.add(
        f"bomb_of_opcodes_{_suffix[1:]}",
        "compression bomb of opcodes",
        partial(_bomb, _suffix, bytes(PROTO(4)), _POPS, 300),
        "A small file that inflates to billions of opcodes that do nothing.",
        verdict=(*BOUNDED, TRUNCATED),
        plain=(MEMORY, ERROR),
        suffix=f".pkl{_suffix}",
        needs=_needs,
    )


@theme.case(
    "compression bomb of one large buffer", verdict=(*BOUNDED, TRUNCATED), plain=(MEMORY, ERROR), suffix=".pkl.zlib"
)
def bomb_of_zeros_zlib() -> bytes:
    """A zlib stream of 10 GiB of zeros."""
    return zlib_of_zeros(_HEAD, 10 << 30)


@theme.case("compression bomb of one large buffer", verdict=(*BOUNDED, *BROKEN), plain=(MEMORY, ERROR), suffix=".pkl")
def bomb_without_suffix() -> bytes:
    """The same under a name that says nothing about compression: it is known by its content."""
    return zlib_of_zeros(_HEAD, 10 << 30)


@theme.case("compression inside compression", verdict=(*BOUNDED, *BROKEN), plain=ERROR, suffix=".pkl.gz")
def bomb_in_bomb() -> bytes:
    """A gzip of a gzip of a gzip: whoever unpacks until it looks like a pickle multiplies the ratios."""
    content = gzip.compress(bytes(BLOCK), mtime=0)
    for _ in range(3):
        content = gzip.compress(content * 50, mtime=0)
    return content


@theme.case("compression inside compression", verdict=(*BOUNDED, *BROKEN), plain=ERROR, suffix=".pkl.gz.gz")
def hostile_twice_compressed() -> bytes:
    """A hostile pickle compressed twice, with a suffix that says so."""
    return gzip.compress(gzip.compress(pickled(call("os.system", SHELL)), mtime=0), mtime=0)


# --- broken streams -----------------------------------------------------------------------------------------------

_HONEST = pickled(value({"rows": list(range(2_000)), "name": "x" * 500}))


def _cut(suffix: str) -> bytes:
    compress, _ = COMPRESSORS[suffix]
    whole = compress(_HONEST)
    return whole[: len(whole) * 2 // 3]


def _flipped(suffix: str) -> bytes:
    """Change one bit in the middle of the compressed data."""
    compress, _ = COMPRESSORS[suffix]
    content = bytearray(compress(_HONEST))
    content[len(content) // 2] ^= 0x10
    return bytes(content)


def _wrong_end(suffix: str) -> bytes:
    """Change the checksum at the end."""
    compress, _ = COMPRESSORS[suffix]
    content = bytearray(compress(_HONEST))
    content[-6] ^= 0xFF
    return bytes(content)


_WAYS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "cut": (_cut, "Ends in the middle of the compressed data."),
    "flipped": (_flipped, "Has a flipped bit in the compressed data."),
    "wrong_end": (_wrong_end, "Has a wrong checksum or length at its end."),
}

for _suffix, (_compress, _needs) in COMPRESSORS.items():
    for _key, (_make, _effect) in _WAYS.items():
        checked = not (_suffix in (".zst", ".lz4") and _key != "cut")  # these write no checksum unless asked
        theme.add(
            f"broken_{_key}_{_suffix[1:]}",
            "broken compressed stream",
            partial(_make, _suffix),
            _effect,
            verdict=BROKEN if checked else (*BROKEN, LIMIT, "data", "BuildError"),
            plain=(ERROR, LOADED),
            suffix=f".pkl{_suffix}",
            needs=_needs,
        )


@theme.case("suffix and content disagree", verdict=(*BROKEN, REFUSED), plain=ERROR, suffix=".pkl.gz")
def plain_pickle_called_gzip() -> bytes:
    """A hostile pickle that is not compressed, under the name of a gzip."""
    return pickled(call("os.system", SHELL))


@theme.case("suffix and content disagree", verdict=(*BROKEN, REFUSED), plain=ERROR, suffix=".pkl.xz")
def gzip_called_xz() -> bytes:
    """A hostile gzip under the name of an xz."""
    return gzip.compress(pickled(call("os.system", SHELL)), mtime=0)


@theme.case("hostile pickle in a compressed file", suffix=".pkl.gz")
def hostile_in_gzip() -> bytes:
    """A hostile pickle in a gzip, which scanners of bare pickles miss."""
    return gzip.compress(pickled(call("os.system", SHELL)), mtime=0)


@theme.case("hostile pickle in a compressed file", suffix=".pkl.bz2")
def hostile_in_bz2() -> bytes:
    """A hostile pickle in a bz2."""
    return bz2.compress(pickled(call("os.system", SHELL)))


@theme.case("hostile pickle in a compressed file", suffix=".pkl.xz")
def hostile_in_xz() -> bytes:
    """A hostile pickle in an xz."""
    return lzma.compress(pickled(call("os.system", SHELL)))


@theme.case("hostile pickle in a compressed file", suffix=".pkl.zst", needs=("backports.zstd",))
def hostile_in_zstd() -> bytes:
    """A hostile pickle in a zstd."""
    return _zstd(pickled(call("os.system", SHELL)))


@theme.case("hostile pickle in a compressed file", suffix=".pkl.lz4", needs=("lz4",))
def hostile_in_lz4() -> bytes:
    """A hostile pickle in an lz4."""
    return _lz4(pickled(call("os.system", SHELL)))


@theme.case("hostile pickle in a compressed file", suffix=".pkl.gz")
def hostile_in_second_member() -> bytes:
    """A gzip of two members: the first ends within the pickle, the second has the call."""
    whole = pickled(EMPTY_LIST + POP + call("os.system", SHELL))
    return gzip.compress(whole[:3], mtime=0) + gzip.compress(whole[3:], mtime=0)


@theme.case("hostile pickle in a compressed file", verdict=(REFUSED, *BROKEN), suffix=".pkl.gz")
def hostile_before_trailing_bytes() -> bytes:
    """A gzip with garbage after its end, which some readers ignore."""
    return gzip.compress(pickled(call("os.system", SHELL)), mtime=0) + bytes(100)


@theme.case("xz that asks for gigabytes of window", verdict=(LIMIT, *BROKEN), plain=(MEMORY, ERROR), suffix=".pkl.xz")
def xz_of_huge_dictionary() -> bytes:
    """An xz whose header asks for a dictionary of 4 GiB to unpack a few bytes."""
    return _with_dictionary(lzma.compress(_HONEST, preset=0))


def _with_dictionary(stream: bytes) -> bytes:
    """Raise the dictionary size in the block header of an xz, and mend the header's checksum."""
    content = bytearray(stream)
    size = (content[12] + 1) * 4
    header = content[12 : 12 + size - 4]
    position = header.index(0x21) + 2  # the id of LZMA2, the length of its properties, the dictionary's size
    header[position] = 40  # 4 GiB less one byte
    content[12 : 12 + size] = header + zlib.crc32(header).to_bytes(4, "little")
    return bytes(content)


# --- joblib -------------------------------------------------------------------------------------------------------


@theme.case(
    "joblib file with a nested pickle",
    plain=(RAN, ERROR),
    suffix=".joblib",
    needs=("joblib", "numpy"),
    verdict=(REFUSED, MALFORMED),
)
def joblib_object_array() -> bytes:
    """A joblib file whose array wrapper says dtype object: joblib then loads a second, raw pickle from the file."""
    kind = call("numpy.dtype", "O8", False, True)
    state = {
        "subclass": name("numpy.ndarray"),
        "shape": (1,),
        "order": "C",
        "dtype": kind,
        "allow_mmap": False,
        "numpy_array_alignment_bytes": 16,
    }
    wrapper = build(new("joblib.numpy_pickle.NumpyArrayWrapper"), state)
    return bytes(PROTO(4)) + wrapper + pickled(call("os.system", SHELL)) + STOP


@theme.case("joblib file with a nested pickle", plain=RAN, suffix=".joblib", needs=("joblib",))
def joblib_compressed_hostile() -> bytes:
    """A hostile pickle in a zlib stream, which joblib opens by its content."""
    return zlib.compress(pickled(call("os.system", SHELL)))


@theme.case(
    "joblib file whose array is too large",
    plain=(MEMORY, ERROR, LOADED),
    suffix=".joblib",
    verdict=(REFUSED, LIMIT, *BROKEN),
    needs=("joblib", "numpy"),
)
def joblib_huge_shape() -> bytes:
    """A joblib file whose wrapper claims 10**11 numbers, with none behind it."""
    kind = call("numpy.dtype", "f8", False, True)
    state = {"subclass": name("numpy.ndarray"), "shape": (10**11,), "order": "C", "dtype": kind, "allow_mmap": False}
    return pickled(build(new("joblib.numpy_pickle.NumpyArrayWrapper"), state))


@theme.case(
    "joblib file that names another file",
    plain=(ERROR, LOADED),
    suffix=".joblib",
    verdict=(REFUSED, *BROKEN),
    needs=("joblib", "numpy"),
)
def joblib_old_file_reference() -> bytes:
    """An old joblib file whose array stands in another file, named by an absolute path."""
    state = {"filename": "/etc/hostname", "subclass": name("numpy.ndarray"), "allow_mmap": True}
    return pickled(build(new("joblib.numpy_pickle_compat.NDArrayWrapper"), state))


def _wrapper(shape: tuple[int, ...], kind: bytes, **more: object) -> bytes:
    """Assemble what joblib writes in place of an array."""
    state = {
        "subclass": name("numpy.ndarray"),
        "shape": shape,
        "order": "C",
        "dtype": kind,
        "allow_mmap": False,
        **more,
    }
    return build(new("joblib.numpy_pickle.NumpyArrayWrapper"), state)


def _joblib(wrapper: bytes, raw: bytes, rest: bytes = b"") -> bytes:
    return bytes(PROTO(4)) + EMPTY_LIST + wrapper + raw + b"a" + rest + STOP


_FLOATS = call("numpy.dtype", "f8", False, True)


@theme.case("joblib file with a call behind its arrays", suffix=".joblib", needs=("joblib", "numpy"))
def joblib_call_behind_array() -> bytes:
    """A joblib file with an honest array, and a call behind it, where readers of plain pickles never come."""
    return _joblib(_wrapper((2,), _FLOATS), bytes(16), call("os.system", SHELL) + b"a")


@theme.case("joblib file with a call behind its arrays", suffix=".joblib", needs=("joblib", "numpy"))
def joblib_array_that_is_a_pickle() -> bytes:
    """A joblib file whose raw array is itself the end of an innocent pickle, so that a plain reader stops there."""
    return _joblib(_wrapper((2,), _FLOATS), b"0]." + bytes(13), call("os.system", SHELL) + b"a")


@theme.case("joblib file with a call behind its arrays", suffix=".joblib", needs=("joblib", "numpy"))
def joblib_padding_hides_a_call() -> bytes:
    """A joblib file whose padding is longer than its alignment needs, with opcodes in it that nobody reads."""
    wrapper = _wrapper((2,), _FLOATS, numpy_array_alignment_bytes=16)
    hidden = call("os.system", "false")[:200]
    return _joblib(wrapper, bytes([len(hidden)]) + hidden + bytes(16), call("os.system", SHELL) + b"a")


@theme.case(
    "joblib file whose array is too large",
    plain=(MEMORY, ERROR, LOADED),
    suffix=".joblib",
    verdict=(REFUSED, LIMIT, *BROKEN),
    needs=("joblib", "numpy"),
)
def joblib_items_of_no_size() -> bytes:
    """A joblib file of 10**15 items that take no bytes, so that no number of bytes contradicts the shape."""
    return _joblib(_wrapper((10**15,), call("numpy.dtype", "V0", False, True)), b"")


@theme.case(
    "joblib file with a dtype that lies",
    plain=(ERROR, LOADED, "CRASH"),
    suffix=".joblib",
    verdict=(REFUSED, *BROKEN),
    needs=("joblib", "numpy"),
)
def joblib_objects_over_raw_bytes() -> bytes:
    """A joblib file whose dtype has a hidden field of objects, so that raw bytes would become pointers."""
    kind = build(
        call("numpy.dtype", "V8", False, True),
        (3, "|", None, ("a",), {"a": (call("numpy.dtype", "O8", False, True), 0)}, 8, 1, 0),
    )
    return _joblib(_wrapper((2,), kind), b"A" * 16)


def _npy(descr: str, shape: str, data: bytes) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


@theme.case("hostile .npy or .npz", plain=ERROR, suffix=".npy", needs=("numpy",))
def npy_hostile() -> bytes:
    """A .npy file of objects, which are a hostile pickle."""
    return _npy("'|O'", "(1,)", pickled(call("os.system", SHELL)))


@theme.case("hostile .npy or .npz", plain=ERROR, suffix=".npz", needs=("numpy",))
def npz_hostile() -> bytes:
    """A .npz archive in which the second array is a hostile pickle."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", _npy("'<f8'", "(2,)", bytes(16)))
        archive.writestr("b.npy", _npy("'|O'", "(1,)", pickled(call("os.system", SHELL))))
    return stream.getvalue()


@theme.case("hostile .npy or .npz", plain=ERROR, suffix=".npz", needs=("numpy",), verdict=(LIMIT, REFUSED, *BROKEN))
def npz_bomb() -> bytes:
    """A .npz archive of 300 MB in a few hundred kilobytes, forty times over."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(40):
            archive.writestr(f"{index}.npy", _npy("'|u1'", "(8388608,)", bytes(8 << 20)))
    return stream.getvalue()


@theme.case("hostile .npy or .npz", plain=ERROR, suffix=".npy", needs=("numpy",), verdict=BROKEN)
def npy_header_is_code() -> bytes:
    """A .npy file whose header is an expression, for readers that call eval."""
    return _npy("__import__('os').system('true') or '<f8'", "(1,)", bytes(8))


@theme.case("hostile .npy or .npz", plain=ERROR, suffix=".npy", needs=("numpy",), verdict=BROKEN)
def npy_header_is_deep() -> bytes:
    """A .npy file whose header is nested thirty thousand times, against recursive parsers."""
    return _npy("[" * 30_000 + "]" * 30_000, "(1,)", bytes(8))


@theme.case("hostile .npy or .npz", plain=ERROR, suffix=".npy", needs=("numpy",), verdict=(REFUSED, *BROKEN))
def npy_huge_shape() -> bytes:
    """A .npy file that claims 2**61 numbers and has none."""
    return _npy("'<f8'", "(2305843009213693952,)", b"")


def _torch(content: bytes, **storages: bytes) -> bytes:
    """Pack what torch.save packs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/version", "3\n")
        for key, raw in storages.items():
            archive.writestr(f"archive/data/{key.lstrip('_')}", raw)
    return stream.getvalue()


def _storage(count: int) -> Code:
    """Assemble the persistent id of a storage of the archive."""
    return Code(value(("storage", name("torch.FloatStorage"), "0", "cpu", count)) + b"Q")


def _tensor(offset: int, size: int, stride: int, hooks: bytes, count: int = 4) -> bytes:
    hooked = call("torch._utils._rebuild_tensor_v2", _storage(count), offset, (size,), (stride,), False, hooks)
    return _torch(pickled(hooked), _0=bytes(16))


_NO_HOOKS = call("collections.OrderedDict")


@theme.case("hostile PyTorch archive", plain=ERROR, suffix=".pt")
def torch_hostile() -> bytes:
    """A PyTorch archive with a hostile data.pkl, as a model from a hub."""
    return _torch(pickled(call("os.system", SHELL)))


@theme.case("hostile PyTorch archive", plain=ERROR, suffix=".pt", verdict=(REFUSED, *BROKEN), needs=("torch",))
def torch_tensor_outside() -> bytes:
    """A PyTorch archive with a tensor that begins behind the end of its storage."""
    return _tensor(10**6, 4, 1, _NO_HOOKS)


@theme.case("hostile PyTorch archive", plain=ERROR, suffix=".pt", verdict=(REFUSED, *BROKEN), needs=("torch",))
def torch_tensor_of_terabytes() -> bytes:
    """A PyTorch archive with a tensor of 4 TB over 16 bytes, by a stride of zero."""
    return _tensor(0, 10**12, 0, _NO_HOOKS)


@theme.case("hostile PyTorch archive", plain=ERROR, suffix=".pt", verdict=(REFUSED, *BROKEN), needs=("torch",))
def torch_storage_too_large() -> bytes:
    """A PyTorch archive whose storage claims 10**12 numbers and has four."""
    return _tensor(0, 4, 1, _NO_HOOKS, count=10**12)


@theme.case("hostile PyTorch archive", plain=ERROR, suffix=".pt", verdict=(REFUSED, *BROKEN))
def torch_two_objects() -> bytes:
    """A PyTorch archive with an innocent data.pkl and a hostile one: readers differ in which they take."""
    stream = io.BytesIO(_torch(pickled(value(1))))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("other/data.pkl", pickled(call("os.system", SHELL)))
    return stream.getvalue()


@theme.case("pickle and archive in one file", suffix=".pt")
def pickle_before_archive() -> bytes:
    """A hostile pickle with an honest PyTorch archive appended: an archive to PyTorch, a pickle to pickle."""
    return pickled(call("os.system", SHELL)) + _torch(pickled(value({"a": 1})))


@theme.case("pickle and archive in one file", verdict=("data", *BROKEN), plain=LOADED, suffix=".pkl")
def archive_behind_pickle() -> bytes:
    """An honest pickle with a hostile PyTorch archive appended: a pickle to pickle, an archive to PyTorch."""
    return pickled(value({"a": 1})) + _torch(pickled(call("os.system", SHELL)))


# --- other archives -----------------------------------------------------------------------------------------------


def _torch_zip(member: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, pickled(call("os.system", SHELL)))
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


for _key, _member in {
    "torch": "archive/data.pkl",
    "absolute_path": "/canary",
    "climbing_path": "../../canary",
}.items():
    theme.add(
        f"zip_{_key}",
        "zip archive",
        partial(_torch_zip, _member),
        "An archive with a hostile pickle, and with names that climb out of the folder.",
        verdict=(*BROKEN, REFUSED),
        plain=ERROR,
        suffix=".pt",
    )


@theme.case("truncated stream", verdict=BROKEN, plain=ERROR, suffix=".pkl")
def empty_file() -> bytes:
    """A file of no bytes."""
    return b""
