"""load, loads and iter_load."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypedDict, TypeVar, Unpack, get_args, overload

from onggi.api.policies import current_policy, effective_policy
from onggi.codec.carriers import is_torch_magic, load_carried, rescued, starts_container
from onggi.codec.decode import decode
from onggi.codec.options import DEFAULT_OPTIONS, Options
from onggi.errors import DecodeError, LimitError, MalformedError, NotAPickleError, TruncatedError
from onggi.files.compression import Format, detect
from onggi.files.decompression import decompress
from onggi.files.mapped import MapMode, open_source
from onggi.files.progress import progress_sink
from onggi.format.zfile import zfile_start
from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, Limits, Policy
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onggi.proof.policy import Allowed
    from onggi.trust.signatures import Signed

__all__ = ["iter_load", "load", "loads", "named", "options_of", "read_file"]

T = TypeVar("T")
U = TypeVar("U")
_MAGIC_BYTES: Final = 64
_MAX_NESTED: Final = 3
"""Compressed inside compressed: more levels than this are no accident."""


class SeriesOptions(TypedDict, total=False):
    """The options of every verb that loads; see `load`."""

    fix_imports: bool
    encoding: str
    errors: str
    policy: Policy | None
    allow: Iterable[Allowed] | Allowed
    verify: bool | None
    signed: bool | str | Signed | None
    limits: Limits


class LoadOptions(SeriesOptions, total=False):
    """The options of `loads`, which are about one pickle."""

    buffers: Iterable[Any] | None


class FileOptions(LoadOptions, total=False):
    """The options of `load`, which are about files."""

    mode: MapMode
    progress: bool | None


@overload
def load(file: str | os.PathLike[str] | BinaryIO, *, expect: type[T], **options: Unpack[FileOptions]) -> T: ...
@overload
def load(file: str | os.PathLike[str] | BinaryIO, *, expect: None = None, **options: Unpack[FileOptions]) -> Any: ...
@overload
def load(
    file: str | os.PathLike[str] | BinaryIO, *, expect: tuple[type[T], type[U]], **options: Unpack[FileOptions]
) -> T | U: ...
@overload
def load(file: str | os.PathLike[str] | BinaryIO, *, expect: object, **options: Unpack[FileOptions]) -> Any: ...
def load(
    file: str | os.PathLike[str] | BinaryIO,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = None,
    policy: Policy | None = None,
    allow: Iterable[Allowed] | Allowed = (),
    expect: Any = None,
    verify: bool | None = None,
    signed: bool | str | Signed | None = None,
    limits: Limits = DEFAULT_LIMITS,
    mode: MapMode = "c",
    progress: bool | None = False,
) -> Any:
    """Load an object from any pickle, of any protocol, compressed or not.

    Files of joblib, numpy (`.npy`, and `.npz` as a dict of arrays) and PyTorch (onto the CPU) are loaded, too; what a
    file is its content says.

    The bytes are proof-read before anything is built. What your own key sealed, or a signer whom you trust has signed,
    loads with full pickle power; anything else loads if it is data: plain values, known library types, and what you
    allow.

    Args:
        file: A path, or a binary file. Of a file object exactly one pickle is read, and what follows is left.
        fix_imports: Whether names of Python 2 are mapped in protocols below 3, as in `pickle.load`.
        encoding: How strings of Python 2 are decoded, as in `pickle.load`; `"bytes"` leaves them bytes.
        errors: What happens to those that can't be decoded, as in `pickle.load`.
        buffers: The out-of-band buffers, as in `pickle.load`.
        policy: What you trust, instead of what `onggi.allow` says for the program.
        allow: Classes, functions and patterns (`"myapp.models.*"`) that this pickle may use besides.
        expect: The class that the object must be an instance of, or a type such as `list[Model]` or `Model | None`. It
            is allowed, too, and so are the classes of its annotated fields.
        verify: True checks every digest; False those of the opcodes only; None (the default) also those of the buffers,
            unless they are mapped and larger than 64 MiB together.
        signed: What signature the file must have: True, by anybody whom you trust; a string, by that signer;
            `onggi.Signed` also says as what, and from which version on. None: it needs none.
        limits: How much a pickle may ask for.
        mode: How a file is mapped. `"c"`: arrays are writable and the file is never changed; `"r"`: they are read-only;
            `"copy"`: everything is read into memory.
        progress: True shows a progress bar on stderr, None if it takes over a second.

    Raises:
        RefusedError: The policy does not allow what the pickle would do; the message says what, and what to type.
        NotAPickleError: It is another kind of file; the message says which.
        TruncatedError, IntegrityError, MalformedError, LimitError: The bytes are damaged, or made to harm.
        MissingModuleError, MissingGlobalError: The pickle needs a class that is not here.
        UnexpectedTypeError: The object is not what `expect` says.
        OSError: The file can't be read.
    """
    options = options_of(
        fix_imports=fix_imports,
        encoding=encoding,
        errors=errors,
        policy=policy,
        allow=allow,
        expect=expect,
        verify=verify,
        signed=signed,
        limits=limits,
    )
    if mode not in get_args(MapMode):
        raise ValueError(f"mode={mode!r} is none of {', '.join(get_args(MapMode))}")
    if not isinstance(file, str | os.PathLike):
        from onggi.api.streams import load_stream

        return load_stream(file, options, buffers=buffers)
    name = os.fspath(file)
    view, is_mapped = read_file(name, options.limits, mode, progress)
    options = replace(_with(options, source=name, is_mapped=is_mapped), keeps_readonly=mode == "r", file_name=name)
    try:
        return load_carried(view, options, buffers=buffers, open_beside=_opener_beside(name, limits))[0]
    except DecodeError as error:
        error.source = error.source or name
        better = named(error, view, name)
        raise better from error.__cause__ if better is error else None


@overload
def loads(data: Any, /, *, expect: type[T], **options: Unpack[LoadOptions]) -> T: ...
@overload
def loads(data: Any, /, *, expect: None = None, **options: Unpack[LoadOptions]) -> Any: ...
@overload
def loads(data: Any, /, *, expect: tuple[type[T], type[U]], **options: Unpack[LoadOptions]) -> T | U: ...
@overload
def loads(data: Any, /, *, expect: object, **options: Unpack[LoadOptions]) -> Any: ...
def loads(
    data: Any,
    /,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[Any] | None = None,
    policy: Policy | None = None,
    allow: Iterable[Allowed] | Allowed = (),
    expect: Any = None,
    verify: bool | None = None,
    signed: bool | str | Signed | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Any:
    """Load an object from the bytes of a pickle.

    Args:
        data: The bytes: any object with a contiguous buffer. Large arrays of the object are views of it. What follows
            the pickle is ignored, as in `pickle.loads`.
        fix_imports: As for `onggi.load`.
        encoding: As for `onggi.load`.
        errors: As for `onggi.load`.
        buffers: As for `onggi.load`.
        policy: As for `onggi.load`.
        allow: As for `onggi.load`.
        expect: As for `onggi.load`.
        verify: As for `onggi.load`.
        signed: As for `onggi.load`; bytes have no name, so a signature counts only if `onggi.Signed` says which.
        limits: As for `onggi.load`.

    Raises:
        DecodeError: One of its kinds, as for `onggi.load`.
    """
    options = options_of(
        fix_imports=fix_imports,
        encoding=encoding,
        errors=errors,
        policy=policy,
        allow=allow,
        expect=expect,
        verify=verify,
        signed=signed,
        limits=limits,
    )
    view = data if isinstance(data, bytes) else _flat(data)
    try:
        obj = decode(view, options, buffers=buffers)[0]
    except DecodeError as error:
        carried = rescued(error, memoryview(view), options)
        if carried is not None:
            return carried[0]
        better = named(error, view, None) if isinstance(error, MalformedError) else error
        raise better from error.__cause__ if better is error else None
    return load_carried(memoryview(view), options)[0] if is_torch_magic(obj) else obj


@overload
def iter_load(
    file: str | os.PathLike[str] | BinaryIO, *, expect: type[T], **options: Unpack[SeriesOptions]
) -> Iterator[T]: ...
@overload
def iter_load(
    file: str | os.PathLike[str] | BinaryIO, *, expect: None = None, **options: Unpack[SeriesOptions]
) -> Iterator[Any]: ...
@overload
def iter_load(
    file: str | os.PathLike[str] | BinaryIO, *, expect: tuple[type[T], type[U]], **options: Unpack[SeriesOptions]
) -> Iterator[T | U]: ...
@overload
def iter_load(
    file: str | os.PathLike[str] | BinaryIO, *, expect: object, **options: Unpack[SeriesOptions]
) -> Iterator[Any]: ...
def iter_load(
    file: str | os.PathLike[str] | BinaryIO,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    policy: Policy | None = None,
    allow: Iterable[Allowed] | Allowed = (),
    expect: Any = None,
    verify: bool | None = None,
    signed: bool | str | Signed | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Any]:
    """Yield the objects of all the pickles in a file, one after the other; see `load` for the options and errors.

    Each pickle is read when its turn comes. The file may be compressed.
    """
    options = options_of(
        fix_imports=fix_imports,
        encoding=encoding,
        errors=errors,
        policy=policy,
        allow=allow,
        expect=expect,
        verify=verify,
        signed=signed,
        limits=limits,
    )
    if not isinstance(file, str | os.PathLike):
        from onggi.api.streams import iter_stream

        yield from iter_stream(file, options)
        return
    name = os.fspath(file)
    view, is_mapped = read_file(name, options.limits, "c", progress=False)
    options = _with(options, source=name, is_mapped=is_mapped)
    start = 0
    while start < len(view):
        obj, start = decode(view, options, start=start)
        yield obj


def options_of(
    *,
    policy: Policy | None,
    allow: Iterable[Allowed] | Allowed,
    expect: Any,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    verify: bool | None = None,
    signed: bool | str | Signed | None = None,
    limits: Limits = DEFAULT_LIMITS,
    persistent_load: Callable[[Any], Any] | None = None,
) -> Options:
    """Gather the keyword options of a verb; the very default object where all are defaults."""
    joined = effective_policy(policy, allow, expect) if policy or allow or expect is not None else current_policy()
    if (
        joined is DEFAULT_POLICY
        and expect is None
        and verify is None
        and limits is DEFAULT_LIMITS
        and (signed is None or signed is False)
        and persistent_load is None
        and (fix_imports, encoding, errors) == (True, "ASCII", "strict")
    ):
        return DEFAULT_OPTIONS
    if limits is DEFAULT_LIMITS and joined.limits is not None:
        limits = joined.limits
    return Options(
        policy=joined,
        limits=limits,
        expect=expect,
        verify=verify,
        signed=_wanted(signed),
        fix_imports=fix_imports,
        encoding=encoding,
        errors=errors,
        persistent_load=persistent_load,
    )


def _wanted(signed: bool | str | Signed | None) -> Signed | None:
    # An empty string is the name of nobody, and not no demand.
    if signed is None or signed is False:
        return None
    # Imported when used: most programs ask for no signature.
    from onggi.trust.signatures import Signed

    return signed if isinstance(signed, Signed) else Signed(by=signed if isinstance(signed, str) else None)


def _with(options: Options, *, source: str, is_mapped: bool) -> Options:
    return replace(options, source=source, is_mapped=is_mapped)


def _flat(data: Any) -> memoryview:
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"loads takes bytes or another buffer, not {type(data).__name__}") from None
    return view.cast("B") if view.nbytes else memoryview(b"")


def read_file(name: str, limits: Limits, mode: MapMode, progress: bool | None) -> tuple[memoryview, bool]:
    """Show the content of a file: mapped, or decompressed into memory."""
    with open_source(name, mode=mode, max_source_bytes=limits.max_source_bytes) as source:
        view, is_mapped = source.view, source.is_mapped
        stored_bytes = len(view)
        for _ in range(_MAX_NESTED):
            compression = detect(view[:_MAGIC_BYTES])
            if compression is None and (start := zfile_start(bytes(view[:_MAGIC_BYTES]))) is not None:
                compression, view = "zlib", view[start:]
            if compression is None:
                break
            with progress_sink(len(view), f"loading {name}", progress) as sink:
                view = _unpacked(view, compression, limits, stored_bytes, sink, name)
            is_mapped = False
        return view, is_mapped


def _unpacked(
    view: memoryview, compression: Format, limits: Limits, stored_bytes: int, sink: Callable[[int], None], name: str
) -> memoryview:
    try:
        return decompress(
            view,
            compression,
            max_bytes=limits.max_decompressed_bytes,
            max_ratio=limits.max_ratio,
            max_opcode_ratio=limits.max_opcode_ratio,
            stored_bytes=stored_bytes,
            on_progress=sink,
            source=name,
        )
    except MemoryError:
        raise LimitError(
            "what the file unpacks to is more than the memory there is",
            limit="max_decompressed_bytes",
            maximum=limits.max_decompressed_bytes,
            source=name,
            hint="load it on a machine with more memory, or unpack it to a file and load that",
        ) from None


def _opener_beside(name: str, limits: Limits) -> Callable[[str], memoryview]:
    """Return what opens a file beside a file, by its name."""

    def open_beside(other: str) -> memoryview:
        from pathlib import Path

        return read_file(os.fspath(Path(name).with_name(other)), limits, "c", progress=False)[0]

    return open_beside


def named(
    error: DecodeError, view: bytes | memoryview, name: str | None, *, opens_containers: bool = True
) -> DecodeError:
    """Return the error that names what the bytes are, where they are no pickle; else the error itself.

    Args:
        error: Why they can't be read.
        view: The bytes.
        name: Their file.
        opens_containers: Whether joblib's, numpy's and PyTorch's files are read, too, so that the error is about these.
    """
    if opens_containers and starts_container(bytes(view[:_MAGIC_BYTES])):
        return error
    # What has a cause failed while it was built: then it is a pickle.
    if not isinstance(error, MalformedError | TruncatedError) or isinstance(error, NotAPickleError) or error.__cause__:
        return error
    from onggi.files.identify import other_kind

    found = other_kind(view, name)
    return error if found is None or (opens_containers and found.kind == "joblib") else found
