"""Pickler and Unpickler: pickle's classes, safe and sealed."""

from __future__ import annotations

import pickle
from pickle import PicklingError, UnpicklingError
from typing import TYPE_CHECKING, Any, Final

from onggi.api.loading import options_of
from onggi.api.saving import DEFAULT_PROTOCOL, pieces_of
from onggi.api.streams import PickleStream
from onggi.codec.collector import paused
from onggi.codec.decode import Decoder
from onggi.codec.encode import MIN_SEALED_PROTOCOL, Encoded, Pieces, strangers_reader
from onggi.codec.resolve import check_home, resolve
from onggi.errors import MissingGlobalError, OnggiError, RefusedError
from onggi.proof import DEFAULT_LIMITS, Limits, Policy
from onggi.proof.judge import Judge
from onggi.types import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from onggi.codec.options import Options
    from onggi.proof.policy import Allowed

__all__ = ["Pickler", "Unpickler"]

_MIN_DOTTED_PROTOCOL: Final = 4


class Pickler(pickle.Pickler):
    """Write pickles to a file object, as `pickle.Pickler` does: with a memo that lasts, and every hook of it.

    Args:
        file: Has `write`.
        protocol: The pickle protocol. Default: 5; a negative number means the same.
        fix_imports, buffer_callback: As in `pickle.Pickler`.
        seal: Whether pickles that name more than plain values and known types are sealed with your own key.
    """

    def __init__(
        self,
        file: Any,
        protocol: int | None = None,
        fix_imports: bool = True,
        buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None,
        *,
        seal: bool = True,
    ) -> None:
        if not hasattr(file, "write"):
            raise TypeError("file must have a 'write' attribute")
        self._pieces = Pieces()
        number = DEFAULT_PROTOCOL if protocol is None or protocol < 0 else protocol
        super().__init__(self._pieces, number, fix_imports=fix_imports, buffer_callback=buffer_callback)
        self._protocol = number
        self._write = file.write
        self._seals = seal
        self._has_sealed = False
        self._reader = strangers_reader()

    def dump(self, obj: Any, /) -> None:
        """Write the pickle of an object.

        Raises:
            EncodeError: The object can't be pickled; nothing was written.
        """
        if not hasattr(self, "_pieces"):
            raise PicklingError(f"Pickler.__init__() was not called by {type(self).__qualname__}.__init__()")
        self._pieces.pieces.clear()
        try:
            with paused:
                super().dump(obj)
        except OnggiError:
            raise
        except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
            # Imported when needed: it looks for what is to blame.
            from onggi.codec.failures import failure

            raise failure(obj, error, self._protocol, self) from error
        encoded = Encoded(self._pieces.pieces.copy(), [], self._protocol, self._reader)
        sealing = self._seals and self._protocol >= MIN_SEALED_PROTOCOL and self._needs_seal(encoded)
        for piece in pieces_of(encoded, obj, use_seal=sealing, use_key=True, label=None):
            self._write(piece)

    def clear_memo(self) -> None:
        """Forget what was pickled before."""
        super().clear_memo()
        self._reader = strangers_reader()

    def _needs_seal(self, encoded: Encoded) -> bool:
        # A later pickle of a sealed one's memo is of no use without it, so it is sealed too.
        proof = encoded.proof
        self._has_sealed = self._has_sealed or proof is None or bool(proof.found)
        self._reader.finish()
        return self._has_sealed


class Unpickler:
    """Read pickles from a file object, as `pickle.Unpickler` does: with a memo that lasts, and its hooks.

    A subclass may override `persistent_load` and `find_class`. What `find_class` of a subclass returns is its own
    decision; it is asked only for globals that the policy allows.

    Args:
        file: Has `read` and `readline`.
        fix_imports, encoding, errors, buffers: As in `pickle.Unpickler`.
        policy, allow, expect, limits: As in `onggi.load`.
    """

    def __init__(
        self,
        file: Any,
        *,
        fix_imports: bool = True,
        encoding: str = "ASCII",
        errors: str = "strict",
        buffers: Iterable[Any] | None = None,
        policy: Policy | None = None,
        allow: Iterable[Allowed] | Allowed = (),
        expect: Any = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        # Each is asked for, so that a property that fails is seen whichever it is.
        missing = [name for name in ("read", "readline") if not hasattr(file, name)]
        if missing:
            raise TypeError("file must have 'read' and 'readline' attributes")
        self._options = options_of(
            policy=policy,
            allow=allow,
            expect=expect,
            fix_imports=fix_imports,
            encoding=encoding,
            errors=errors,
            limits=limits,
        )
        self._stream = PickleStream(file, self._options)
        self._buffers = buffers
        self._decoder: Decoder | None = None

    def load(self) -> Any:
        """Return the object of the next pickle; see `onggi.load` for the errors."""
        return self._the_decoder().decode(memoryview(self._stream.read()), buffers=self._buffers)[0]

    @property
    def memo(self) -> Any:
        """The memo, as that of `pickle.Unpickler`: it can be copied, and given to another Unpickler."""
        return self._the_decoder().memo

    @memo.setter
    def memo(self, memo: Any) -> None:
        self._the_decoder().memo = memo

    def _the_decoder(self) -> Decoder:
        if not hasattr(self, "_stream"):
            raise UnpicklingError(f"Unpickler.__init__() was not called by {type(self).__qualname__}.__init__()")
        if self._decoder is None:
            self._decoder = Decoder(self._hooked())
        return self._decoder

    def find_class(self, module: str, name: str, /) -> Any:
        """Return the class or function that a pickle names; override it to map names.

        Args:
            module: The module, as the pickle writes it.
            name: The qualified name.

        Raises:
            RefusedError: The policy does not allow it.
            MissingModuleError, MissingGlobalError: It is not here.
        """
        given: tuple[object, object] = (module, name)
        if not all(isinstance(part, str) for part in given):
            raise TypeError(f"find_class takes two str, not {type(module).__name__} and {type(name).__name__}")
        judge = Judge(self._options.policy, fix_imports=self._options.fix_imports)
        entry = judge.judge_class(module, name)
        if "." in name and self._the_decoder().protocol < _MIN_DOTTED_PROTOCOL:
            raise MissingGlobalError(f"`{entry}`: a name with dots needs protocol 4", global_name=str(entry))
        if not entry.allowed:
            raise RefusedError(f"`{entry}` is not allowed", hint=f'if you trust its code: allow=["{entry}"]')
        found = resolve(entry)
        check_home(entry, found, judge.judge_class)
        return found

    def _hooked(self) -> Options:
        overridden = type(self).find_class is not Unpickler.find_class or "find_class" in vars(self)
        return replace(
            self._options,
            persistent_load=getattr(self, "persistent_load", None),
            find_class=self.find_class if overridden else None,
        )
