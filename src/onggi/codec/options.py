"""How to decode: the keyword options of every verb that loads, gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY, Limits, Policy
from onggi.types import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from onggi.trust.signatures import Signed

__all__ = ["DEFAULT_OPTIONS", "Options"]


class Options(Value, kw_only=True):
    """How to decode; the keyword options of `onggi.load`.

    Attributes:
        policy: What the reader trusts.
        limits: How much a pickle may ask for.
        expect: The class or type that the object must be of, or a tuple of them.
        verify: True: all digests are checked; False: those of the opcodes only; None: also those of the buffers, unless
            they are mapped and larger than 64 MiB together.
        trust_own: Whether what the own key sealed, or a trusted signer signed, loads with full pickle power.
        signed: What signature the pickle must have; None: it needs none.
        file_name: The path that was asked for: a signature must be for it. None: nobody knows what was asked for.
        fix_imports, encoding, errors: As in `pickle.load`, for pickles of Python 2.
        persistent_load, find_class: As the methods of `pickle.Unpickler`; `find_class` is asked for what is allowed.
        keeps_readonly: Whether buffers of a read-only source stay read-only views of it.
        keeps_guards: Whether known types keep their guards although the policy trusts everything.
        is_mapped: Whether the source is a map of a file, the whole map, which a neighbour may write to.
        source: A name for the source, for messages.
    """

    policy: Policy = DEFAULT_POLICY
    limits: Limits = DEFAULT_LIMITS
    expect: Any = None
    verify: bool | None = None
    trust_own: bool = True
    signed: Signed | None = None
    file_name: str | None = None
    fix_imports: bool = True
    encoding: str = "ASCII"
    errors: str = "strict"
    persistent_load: Callable[[Any], Any] | None = None
    find_class: Callable[[str, str], Any] | None = None
    is_mapped: bool = False
    keeps_readonly: bool = False
    keeps_guards: bool = False
    source: str | None = None


DEFAULT_OPTIONS: Final = Options()
