"""What a file is that is no pickle: said in a sentence, with what to do next.

This is asked only after the proof-reader has failed, so that a guess can't stand in the way of a pickle.
"""

from __future__ import annotations

import re
import shlex
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from onggi.errors import NotAPickleError
from onggi.files.compression import detect
from onggi.files.gather import flat

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

__all__ = ["HEAD_BYTES", "Kind", "identify", "not_a_pickle", "other_kind"]

HEAD_BYTES: Final = 4_096
"""How much of the start of a file `identify` looks at."""


class Kind(NamedTuple):
    """What a file is.

    Attributes:
        kind: A short name, for `NotAPickleError.kind`.
        sentence: What it is, as it goes into a message after "this is".
        hint: What to do next, or `None`.
    """

    kind: str
    sentence: str
    hint: str | None


# Magic bytes: where they stand, what they are, and what to say. `{name}` stands for the name of the file.
_MAGIC: Final[tuple[tuple[int, bytes, str, str, str | None], ...]] = (
    (0, b"\x93NUMPY", "npy", "a NumPy array file (.npy)", "onggi.load({name!r}) reads it"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5", "an HDF5 file (Keras models and pandas stores are)", "open it with h5py"),
    (0, b"PAR1", "parquet", "a Parquet table", "pandas.read_parquet({name!r}) reads it"),
    (0, b"ARROW1\x00\x00", "arrow", "an Arrow or Feather table", "pandas.read_feather({name!r}) reads it"),
    (0, b"FEA1", "arrow", "a table of the first Feather format", "pandas.read_feather({name!r}) reads it"),
    (0, b"Obj\x01", "avro", "an Avro file", None),
    (0, b"GGUF", "gguf", "a GGUF model (llama.cpp)", None),
    (0, b"SQLite format 3\x00", "sqlite", "an SQLite database", "open it with the sqlite3 module"),
    (0, b"%PDF-", "pdf", "a PDF document", None),
    (0, b"\x89PNG\r\n\x1a\n", "png", "a PNG image", None),
    (0, b"\xff\xd8\xff", "jpeg", "a JPEG image", None),
    (0, b"GIF87a", "gif", "a GIF image", None),
    (0, b"GIF89a", "gif", "a GIF image", None),
    (0, b"\x7fELF", "elf", "an ELF program or library", None),
    (0, b"\xfe\xed\xfa\xce", "mach-o", "a macOS program or library", None),
    (0, b"\xcf\xfa\xed\xfe", "mach-o", "a macOS program or library", None),
    (0, b"7z\xbc\xaf\x27\x1c", "7z", "a 7-Zip archive", "unpack it first: 7z x {name}"),
    (0, b"Rar!\x1a\x07", "rar", "a RAR archive", "unpack it first: unrar x {name}"),
    (257, b"ustar", "tar", "a tar archive", "unpack it first: tar -xf {name}"),
    (0, b"\xac\xed\x00\x05", "java", "a serialized Java object", None),
    (0, b"MATLAB 5.0 MAT-file", "matlab", "a MATLAB file", "scipy.io.loadmat({name!r}) reads it"),
    (0, b"RDX2\n", "r", "data saved by R", None),
    (0, b"RDX3\n", "r", "data saved by R", None),
    (0, b"ZF0x", "joblib-zfile", "a file of joblib before 0.10", "onggi.load reads it"),
    (0, b"\x02\x21\x4c\x18", "lz4-legacy", "an lz4 file of the legacy format", "unpack it first: lz4 -d {name}"),
)

_COMPRESSED_HINT: Final = (
    "onggi.load reads compressed pickles, so what is inside is no pickle either: unpack it and look"
)

# How text pickles (protocol 0) start, up to the end of the first opcode that has an argument, and how the next follows.
_TEXT_OPCODE: Final = (
    rb"\(*(?:[ld]p\d+|[ci][\w.]+EOL[\w.]+|I-?\d+|L-?\d+L|F-?[\d.]+(?:e[+-]?\d+)?|S['\"].*['\"]|V.*EOLp\d+)EOL"
)
_TEXT_PICKLE: Final = re.compile(_TEXT_OPCODE.replace(b"EOL", rb"\n") + rb"(?:[^ \w]|[a-zA-Z0]|\Z)")
# The same after a copy as text.
_CRLF_PICKLE: Final = re.compile(_TEXT_OPCODE.replace(b"EOL", rb"\r\n") + rb"(?:[^ \w]|[a-zA-Z0]|\Z)")
# PROTO and an opcode. 0 is none, but stands there in a safetensors file whose header has 1,152 bytes.
_BINARY_PICKLE: Final = re.compile(rb"\x80[\x00-\x05](?:[^\x00]|\Z)")
_BASE64_PICKLE: Final = re.compile(rb"gA[I-X][\w+/=\r\n-]+\Z")
_REPR_PICKLE: Final = re.compile(rb"""b['"]\\x80\\x0[2-5]""")
_UTF8_STARTS: Final = (b"\xc2\x80", b"\xef\xbf\xbd\x02", b"\xef\xbf\xbd\x03", b"\xef\xbf\xbd\x04", b"\xef\xbf\xbd\x05")
_PYTHON_LINE: Final = re.compile(
    rb"^(?:#!.*python|(?:from [\w.]+ )?import [\w.*, ]+(?: as \w+)?\s*$|(?:async )?def \w+\(|class \w+[(:])",
    re.MULTILINE,
)
_PKL_LINE: Final = re.compile(rb"^(?:amends|extends|import) \"|^(?:open |abstract )?module [\w.]+\s*$", re.MULTILINE)
_MERGE_CONFLICT: Final = b"<<<<<<< "
_JOBLIB: Final = b"joblib.numpy_pickle"
_JOBLIB_BYTES: Final = 1 << 20


def identify(head: Buffer, size_bytes: int | None = None, name: str = "FILE") -> Kind | None:
    """Tell what a file is that could not be read as a pickle.

    Args:
        head: Its first `HEAD_BYTES` bytes, or all if there are fewer.
        size_bytes: Its size, if known.
        name: Its name, for the hints.

    Returns:
        What it is, or `None` if it is like nothing known: then perhaps it is a damaged pickle.
    """
    start = bytes(flat(head)[:HEAD_BYTES])
    if _BINARY_PICKLE.match(start) or _TEXT_PICKLE.match(start):
        return None
    for look in _LOOKS:
        if found := look(start, size_bytes if size_bytes is not None else len(start)):
            # Braces in what the file itself says must not be taken for fields.
            return found._replace(hint=_fill(found.hint, name))
    return None


def other_kind(view: memoryview | bytes, name: str | None = None) -> NotAPickleError | None:
    """Make the error that names what bytes are that could not be read as a pickle.

    Args:
        view: All of them.
        name: Their file.

    Returns:
        The error, or `None` if they are like nothing known.
    """
    if _JOBLIB in bytes(view[:_JOBLIB_BYTES]):
        return NotAPickleError(
            "this is a joblib file: it has raw arrays between the opcodes, so it is no pickle",
            kind="joblib",
            source=name,
            hint="onggi.load reads it; onggi.dump saves it again as an ordinary pickle",
        )
    kind = identify(view[:HEAD_BYTES], len(view), name or "FILE")
    return None if kind is None else not_a_pickle(kind, name)


def not_a_pickle(kind: Kind, name: str | None) -> NotAPickleError:
    """Make the error that says what kind of file there is in place of a pickle."""
    return NotAPickleError(f"this is {kind.sentence}, no pickle", kind=kind.kind, source=name, hint=kind.hint)


def _fill(hint: str | None, name: str) -> str | None:
    if hint is None:
        return None
    for_shell = shlex.quote(name) if name.isprintable() else ascii(name)
    return hint.replace("{name!r}", repr(name)).replace("{name}", for_shell)


def _empty(start: bytes, size: int) -> Kind | None:
    if not start:
        return Kind("empty", "an empty file", "whoever wrote it did not finish: save it again")
    if start.strip(b"\x00"):
        return None
    return Kind(
        "zeros",
        f"nothing but zero bytes ({size:,} of them)" if size <= len(start) else f"{len(start):,} zero bytes and more",
        "the content was lost, as by a crash or a full disk while it was written: take a backup",
    )


def _pointer(start: bytes, size: int) -> Kind | None:
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        what = f"a Git LFS pointer ({size:,} bytes), not the file itself"
        return Kind("git-lfs", what, "git lfs pull --include {name}")
    if b"/annex/objects/" in start[:512]:
        return Kind("git-annex", "a git-annex pointer, not the file itself", "git annex get {name}")
    if re.match(rb"outs:\s+- (?:md5|etag|hash): ", start):
        return Kind("dvc", "a DVC pointer, not the file itself", "dvc pull {name}")
    return None


def _magic(start: bytes, size: int) -> Kind | None:
    for at, magic, kind, sentence, hint in _MAGIC:
        if start.startswith(magic, at):
            return Kind(kind, sentence, hint)
    return None


def _compressed(start: bytes, size: int) -> Kind | None:
    name = detect(start)
    return Kind(name, f"{name} data", _COMPRESSED_HINT) if name else None


def _zip(start: bytes, size: int) -> Kind | None:
    if start.startswith((b"PK\x05\x06", b"PK\x07\x08")):
        return Kind("zip", "an empty or split zip archive", None)
    if not start.startswith(b"PK\x03\x04") or len(start) < 30:
        return None
    length = int.from_bytes(start[26:28], "little")
    member = start[30 : 30 + length]
    if member.endswith((b"/data.pkl", b"/byteorder", b"/version", b"/.data/serialization_id")):
        return Kind("torch-zip", "a zip archive of torch.save", "onggi.load({name!r}) reads it")
    if member.endswith(b".npy"):
        return Kind("npz", "a NumPy archive (.npz)", "onggi.load({name!r}) reads it")
    if member == b"schema.json":
        return Kind("skops", "a model saved by skops", "skops.io.load({name!r}) reads it")
    if member == b"[Content_Types].xml":
        return Kind("office", "an Office document (docx, xlsx or pptx)", None)
    if member.startswith(b"META-INF/"):
        return Kind("jar", "a Java archive", None)
    if member in {b"metadata.json", b"config.json", b"model.weights.h5"}:
        return Kind("keras", "a Keras model (.keras)", "keras.models.load_model({name!r}) reads it")
    return Kind("zip", f"a zip archive (its first file is {_shown(member)})", "unpack it first: unzip {name}")


def _shown(text: bytes) -> str:
    """Show what a stranger's file says without letting it write to the terminal."""
    return ascii(text[:60].decode("utf-8", "replace"))


def _safetensors(start: bytes, size: int) -> Kind | None:
    if len(start) < 10 or start[8:9] != b"{":
        return None
    (length,) = struct.unpack_from("<Q", start)
    if not 2 <= length <= max(size - 8, 2):
        return None
    return Kind("safetensors", "a safetensors file", "safetensors.safe_open({name!r}, ...) reads it")


def _program(start: bytes, size: int) -> Kind | None:
    if start.startswith(b"MZ") and len(start) >= 64 and start[60:64] != b"\x00\x00\x00\x00":
        return Kind("pe", "a Windows program or library", None)
    # CPython's magic number: two bytes, then CR LF so that copying as text shows.
    if start[2:4] == b"\r\n" and len(start) >= 17 and start[16:17] in {b"\xe3", b"c"}:
        return Kind("pyc", "compiled Python code (.pyc)", None)
    return None


def _mangled(start: bytes, size: int) -> Kind | None:
    if _CRLF_PICKLE.match(start):
        return Kind(
            "crlf-pickle",
            "a pickle of protocol 0 whose line ends were changed when it was copied as text",
            "copy it again as a binary file, or mend it: dos2unix {name}",
        )
    if start.startswith(_UTF8_STARTS):
        return Kind(
            "text-pickle",
            "a pickle that was decoded and encoded as text on its way, which lost bytes",
            "copy it again as a binary file",
        )
    if _BASE64_PICKLE.match(start.rstrip()):
        return Kind("base64-pickle", "a pickle in base64 text", "decode it first: base64 -d {name} > NEW.pkl")
    if _REPR_PICKLE.match(start):
        return Kind("repr-pickle", "the repr() of a pickle, as text", "decode it first with ast.literal_eval")
    return None


def _wide_text(start: bytes, size: int) -> Kind | None:
    hint = "if it holds a pickle, it was saved as text: copy it again as a binary file"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or _is_wide_ascii(start[0::2], start[1::2]):
        return Kind("utf-16", "UTF-16 text", hint)
    return None


def _is_wide_ascii(even: bytes, odd: bytes) -> bool:
    if len(odd) < 4:
        return False
    return (not odd.strip(b"\x00") and _is_text(even)) or (not even.strip(b"\x00") and _is_text(odd))


def _markup(start: bytes, size: int) -> Kind | None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"<"):
        return None
    low = text[:1024].lower()
    if (
        low.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title"))
        or b"<html" in low[:512]
    ):
        title = re.search(rb"<title[^>]*>\s*([^<]*?)\s*<", text, re.IGNORECASE)
        about = f" titled {_shown(title[1])}" if title and title[1] else ""
        hint = "a download gave the page of a site, not the file: use the direct or raw link, and log in if it asks"
        return Kind("html", f"an HTML page{about}", hint)
    if low.startswith(b"<error><code>") or (low.startswith(b"<?xml") and b"<error><code>" in low.replace(b"\n", b"")):
        code = re.search(rb"<code>([^<]*)</code>", text, re.IGNORECASE)
        about = f" ({_shown(code[1])})" if code else ""
        return Kind(
            "xml", f"an error message of an object store, in XML{about}", "check the address and download again"
        )
    if re.match(rb"<(?:\?xml|!--|[a-z_][\w:.-]*[\s/>])", low):
        return Kind("xml", "an XML document", None)
    return None


def _json(start: bytes, size: int) -> Kind | None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_object = re.match(rb"\{\s*(?:\"(?:[^\"\\]|\\.)*\"\s*:|\}\s*\Z)", text)
    is_array = re.match(rb"\[\s*(?:[\"{\[]|-?\d|true\b|false\b|null\b|\]\s*\Z)", text)
    if not (is_object or is_array) or not _is_text(start):
        return None
    if is_object and (b'"nbformat"' in start or b'"cell_type"' in start):
        return Kind("notebook", "a Jupyter notebook", None)
    return Kind("json", "JSON text", "json.load reads it")


def _text(start: bytes, size: int) -> Kind | None:
    if not _is_text(start):
        return None
    if start.startswith(_MERGE_CONFLICT) or b"\n" + _MERGE_CONFLICT in start:
        return Kind("merge-conflict", "text with the marks of a Git merge conflict", "git checkout --theirs {name}")
    if _PKL_LINE.search(start):
        return Kind("pkl", "source text of Apple's Pkl language, which has the same suffix", "pkl eval {name}")
    if _PYTHON_LINE.search(start):
        return Kind("python", "Python source text", None)
    first = start.lstrip(b"\xef\xbb\xbf\r\n\t ").split(b"\n", 1)[0].strip()
    return Kind("text", f"plain text, which starts with {_shown(first)}", None)


def _is_text(start: bytes) -> bool:
    """Whether these are bytes of UTF-8 text, of which the last character may be cut."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", start):
        return False
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(start) - 3 and error.reason == "unexpected end of data"
    return True


_LOOKS: Final[tuple[Callable[[bytes, int], Kind | None], ...]] = (
    _empty,
    _pointer,
    _magic,
    _zip,
    _compressed,
    _safetensors,
    _program,
    _mangled,
    _wide_text,
    _markup,
    _json,
    _text,
)
