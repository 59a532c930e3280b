"""Every error of onggi, in one tree.

    OnggiError
    ├── EncodeError (PicklingError)            the object can't be pickled
    │   ├── TooDeepError (RecursionError)      it is nested too deeply
    │   ├── UnpicklableError (TypeError)       its type can't be pickled
    │   └── UnreachableError (AttributeError)  its class or function can't be found by its name
    ├── DecodeError (UnpicklingError)          the bytes can't be turned into an object
    │   ├── MalformedError (ValueError)        not a well-formed pickle
    │   │   ├── NotAPickleError                another kind of file; says which
    │   │   └── UndecodableError (UnicodeDecodeError)  a string is not in its encoding
    │   ├── TruncatedError (EOFError)          the end is missing
    │   ├── IntegrityError                     the bytes are not those that were written
    │   ├── FormatVersionError                 written by a newer onggi
    │   ├── RefusedError                       the policy does not allow what the bytes would do
    │   │   └── UnregisteredCodeError (ValueError)  an extension code that this program does not know
    │   ├── LimitError                         over one of `onggi.Limits`
    │   ├── MissingModuleError (ModuleNotFoundError)
    │   ├── MissingGlobalError (AttributeError)
    │   ├── UnexpectedTypeError (TypeError)    not of the type that `expect=` names
    │   └── BuildError                         a class of the pickle failed on its own data
    ├── PolicyError (ValueError)               a pattern of `allow=` or a limit makes no sense
    ├── MissingExtraError (ImportError)        an optional package is needed
    ├── SecretKeyError                         a key of one's own can't be read or is not private
    └── SignatureError (ValueError)            a file can't be signed, or a key or scope makes no sense

Each is also the standard class that existing `except` clauses name. The data is in attributes, the text is made from
them, and each error survives a pickle round trip.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "BuildError",
    "DecodeError",
    "EncodeError",
    "FormatVersionError",
    "IntegrityError",
    "LimitError",
    "MalformedError",
    "MissingExtraError",
    "MissingGlobalError",
    "MissingModuleError",
    "NotAPickleError",
    "OnggiError",
    "PolicyError",
    "RefusedError",
    "SecretKeyError",
    "SignatureError",
    "TooDeepError",
    "TruncatedError",
    "UndecodableError",
    "UnexpectedTypeError",
    "UnpicklableError",
    "UnreachableError",
    "UnregisteredCodeError",
]


def _rebuild(cls: type[OnggiError], state: dict[str, Any]) -> OnggiError:
    error = cls.__new__(cls)
    _set_all(error, state)
    error._init_standard(state["reason"])
    _set_all(error, state)
    return error


def _set_all(error: OnggiError, state: dict[str, Any]) -> None:
    for name, value in state.items():
        setattr(error, name, value)


class OnggiError(Exception):
    """The root of all errors of onggi.

    Args:
        reason: What went wrong and why, one or more sentences.
        source: The file or peer that the bytes came from.
        offset: The byte at which it shows, counted from the start of the (decompressed) pickle.
        path: The place in the object, such as `root["cfg"].callbacks[1]`.
        hint: What to type or do next.
    """

    exit_code = 2
    """What the `onggi` command exits with: 1 refused or found something, 2 unreadable or wrongly used."""

    def __init__(
        self,
        reason: str,
        *,
        source: str | None = None,
        offset: int | None = None,
        path: str | None = None,
        hint: str | None = None,
    ) -> None:
        # First, because it sets a `path` or `reason` of its own where the standard class has one.
        self._init_standard(reason)
        self.reason = reason
        self.source = source
        self.offset = offset
        self.path = path
        self.hint = hint

    def _init_standard(self, reason: str) -> None:
        """Give the standard class that this error also is what its constructor takes."""
        super().__init__(reason)

    @property
    def where(self) -> str:
        """Byte and path, as `(byte 412, at root["model"])`, or an empty string."""
        parts = []
        if self.offset is not None:
            parts.append(f"byte {self.offset:,}")
        if self.path is not None:
            parts.append(f"at {self.path}")
        return f"({', '.join(parts)})" if parts else ""

    def __str__(self) -> str:
        """Compose `source: reason (where)` and, on a line of its own, the next step."""
        text = f"{self.source}: {self.reason}" if self.source else self.reason
        if self.where:
            text = f"{text} {self.where}"
        if self.hint:
            text = f"{text}\n  next: {self.hint}"
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the attributes, so that an error crosses processes whatever its constructor asks for."""
        # ImportError has a `path` and UnicodeDecodeError a `reason` of its own, which are not in __dict__.
        return _rebuild, (type(self), {**self.__dict__, "reason": self.reason, "path": self.path})


class EncodeError(OnggiError, pickle.PicklingError):
    """The object can't be pickled."""


class TooDeepError(EncodeError, RecursionError):
    """The object is nested more deeply than Python can follow."""


class UnpicklableError(EncodeError, TypeError):
    """The object, or one inside it, is of a type that can't be pickled, such as a lock, a socket or a generator."""


class UnreachableError(EncodeError, AttributeError):
    """A class or function can't be found by its module and name: it is a lambda, or a local class."""


class DecodeError(OnggiError, pickle.UnpicklingError):
    """The bytes can't be turned into an object."""


class MalformedError(DecodeError, ValueError):
    """The bytes are not a well-formed pickle."""


class NotAPickleError(MalformedError):
    """The bytes are something else: `kind` says what (`"html"`, `"zip"`, `"git-lfs"`, `"empty"`, …)."""

    def __init__(self, reason: str, *, kind: str = "unknown", **where: Any) -> None:
        self.kind = kind
        super().__init__(reason, **where)


class UndecodableError(MalformedError, UnicodeDecodeError):
    """A string of the pickle is not in its encoding, which for strings of Python 2 is what `encoding=` says.

    Attributes:
        encoding, object, start, end: As of the `UnicodeDecodeError` that this one stands for.
    """

    def __init__(self, reason: str, *, error: UnicodeDecodeError, **where: Any) -> None:
        self._cause = (error.encoding, error.object, error.start, error.end)
        super().__init__(reason, **where)

    def _init_standard(self, reason: str) -> None:
        UnicodeDecodeError.__init__(self, *self._cause, reason)


class TruncatedError(DecodeError, EOFError):
    """The end of the bytes is missing."""


class IntegrityError(DecodeError):
    """The bytes are not those that were written: a digest, a MAC or a signature does not match."""


class FormatVersionError(DecodeError):
    """The label or seal is of a newer format than this onggi knows."""


class RefusedError(DecodeError):
    """The policy does not allow what the bytes would do. Nothing was built or run.

    Attributes:
        findings: All that was refused, in the order of the bytes (`onggi.Report.findings`).
    """

    exit_code = 1

    def __init__(self, reason: str, *, findings: Sequence[Any] = (), **where: Any) -> None:
        self.findings = tuple(findings)
        super().__init__(reason, **where)


class UnregisteredCodeError(RefusedError, ValueError):
    """The pickle names a class by an extension code that is not registered in this program."""


class LimitError(DecodeError):
    """The bytes go over one of `onggi.Limits`: `limit` names it, `maximum` is its value, `actual` what was found.

    `limit` is empty for a bound that is no field of `onggi.Limits`, so that nothing can raise it.
    """

    exit_code = 1

    def __init__(self, reason: str, *, limit: str = "", maximum: int = 0, actual: int = 0, **where: Any) -> None:
        self.limit = limit
        self.maximum = maximum
        self.actual = actual
        super().__init__(reason, **where)


class MissingModuleError(DecodeError, ModuleNotFoundError):
    """A module that the pickle names is not installed."""

    def __init__(self, reason: str, *, module: str = "", **where: Any) -> None:
        self.module = module
        super().__init__(reason, **where)


class MissingGlobalError(DecodeError, AttributeError):
    """A module that the pickle names has no such class or function any more."""

    def __init__(self, reason: str, *, global_name: str = "", **where: Any) -> None:
        self.global_name = global_name
        super().__init__(reason, **where)


class UnexpectedTypeError(DecodeError, TypeError):
    """The object is not of the type that `expect=` names."""


class BuildError(DecodeError):
    """A class of the pickle failed on its own data; its own exception is the `__cause__`."""


class PolicyError(OnggiError, ValueError):
    """A pattern of `allow=`, a table row or a limit makes no sense."""


class MissingExtraError(OnggiError, ImportError):
    """An optional package is needed for this; `hint` says which to install."""


class SecretKeyError(OnggiError):
    """A secret key of one's own is not there, can't be read, is not a key, or is readable by others."""


class SignatureError(OnggiError, ValueError):
    """A file can't be signed, or a public key, a scope or the list of whom the user trusts makes no sense."""
