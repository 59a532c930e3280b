"""Look at pickles without building them: what is inside, what they would do, and how that reads for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from onggi.inspect.inspection import Inspection
    from onggi.proof.limits import Limits
    from onggi.proof.policy import Allowed, Policy

__all__ = ["inspect"]


def inspect(
    source: str | os.PathLike[str] | BinaryIO | Any,
    *,
    policy: Policy | None = None,
    allow: Iterable[Allowed] | Allowed = (),
    limits: Limits | None = None,
    max_nodes: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Inspection:
    """Look into a pickle. Nothing that it names is imported, called or built.

    Archives, arrays of numpy and files of PyTorch are opened, too: `Inspection.members` says what is in them, and
    `Inspection.pickles` are all the pickles inside.

    The result prints as a tree, and shows as one in a notebook. It also says what the pickle would do: which classes
    and functions it uses, and whether `onggi.load` would load it.

    Args:
        source: A path, a binary file, or the bytes. May be compressed, and may hold several pickles.
        policy: What you trust; the verdict is by this policy. Default: plain values and known library types.
        allow: Classes, functions and patterns that you trust besides, as in `onggi.load`.
        limits: How much a pickle may ask for. Default: `onggi.Limits()`.
        max_nodes: About how many nodes of the tree are kept in memory. Default: 10,000.
        on_progress: Called with the number of bytes of the source that were read since the last call.

    Returns:
        What was found. A damaged pickle is no error: `Inspection.problem` says what is wrong with it.

    Raises:
        NotAPickleError: It is another kind of file; the message says which.
        DecodeError: It is compressed, and can't be unpacked.
        OSError: The file can't be read.
    """
    # Imported late, so that `import onggi` stays fast.
    from onggi.inspect.opening import look

    return look(source, policy=policy, allow=allow, limits=limits, max_nodes=max_nodes, on_progress=on_progress)
