"""Load joblib files: cut the arrays out, and decode what is left as the ordinary pickle that it then is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onggi.codec.arrays import read_npy
from onggi.codec.decode import prepare
from onggi.codec.expected import check_expected
from onggi.errors import MalformedError
from onggi.format.joblib import JoblibSplit, split_joblib
from onggi.format.npy import NPY_MAGIC
from onggi.format.split import split
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onggi.codec.options import Options

__all__ = ["load_joblib"]


def load_joblib(
    view: memoryview, options: Options, *, start: int = 0, open_beside: Callable[[str], memoryview] | None = None
) -> tuple[Any, int] | None:
    """Load the joblib file that begins at `start`.

    Args:
        view: The bytes, unpacked.
        options: How to decode.
        start: Index of the first opcode.
        open_beside: Opens a file beside this one, for arrays of joblib before 0.10.

    Returns:
        The object, and the index behind it; None if it has no arrays of joblib: then it is an ordinary pickle.

    Raises:
        DecodeError: One of its kinds. What is refused is refused before anything is built.
    """
    parts = split_joblib(view, start)
    if not parts.has_arrays:
        return None
    options = replace(options, keeps_guards=True)
    obj = _build(view, parts, options, open_beside)
    if options.expect is not None:
        check_expected(obj, options.expect)
    return obj, parts.cut.stop or len(view)


def _build(
    view: memoryview, parts: JoblibSplit, options: Options, open_beside: Callable[[str], memoryview] | None
) -> Any:
    inner = replace(options, expect=None, trust_own=False, is_mapped=False)
    nested = {index: prepare(split(view[start:stop]), inner) for index, (start, stop) in parts.nested.items()}
    build = prepare(parts.cut, options)

    def arrays() -> Iterator[Any]:
        for index, payload in enumerate(parts.cut.payloads):
            if index in nested:
                yield nested[index](None)
            elif payload.view is None:
                yield _array_beside(parts.files[index], inner, open_beside)

    return build(arrays())


def _array_beside(name: str, options: Options, open_beside: Callable[[str], memoryview] | None) -> Any:
    """Read an array that stands in a file of its own."""
    if open_beside is None or not name or name in (".", "..") or not set(name).isdisjoint("/\\:\0"):
        raise MalformedError(
            f"an array of the joblib file stands in another file, {name!r:.80}, which can't be read from here",
            hint="load it by its path, with all its files in one folder",
        )
    content = open_beside(name)
    return read_npy(content, options) if bytes(content[:6]) == NPY_MAGIC else content
