"""Say what keeps an object from being pickled: what it is, where it is, why, and what to do."""

from __future__ import annotations

import io
import os
import pickle
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from onggi.codec.culprit import find_culprit
from onggi.errors import EncodeError, TooDeepError, UnpicklableError, UnreachableError

if TYPE_CHECKING:
    from onggi.codec.culprit import Culprit

__all__ = ["failure"]

_LEAVE_OUT: Final = "leave it out of what you save, and make it again after loading"
_NAME_IT: Final = "define it at the top level of a module"
_USE_LIST: Final = "save a list of its items: list(...)"

_KINDS: Final[dict[str, tuple[str, str]]] = {
    "_thread.lock": ("a lock", ""),
    "_thread.RLock": ("a lock", ""),
    "_thread._local": ("a threading.local", ""),
    "socket.socket": ("a socket", ""),
    "ssl.SSLContext": ("an ssl.SSLContext", ""),
    "sqlite3.Connection": ("a database connection", ""),
    "builtins.generator": ("a generator", _USE_LIST),
    "builtins.async_generator": ("a generator", ""),
    "builtins.coroutine": ("a coroutine", "await it, and save what it returns"),
    "builtins.dict_keys": ("a view of a dict", _USE_LIST),
    "builtins.dict_values": ("a view of a dict", _USE_LIST),
    "builtins.dict_items": ("a view of a dict", _USE_LIST),
    "builtins.mappingproxy": ("a mappingproxy", "save a dict of it: dict(...)"),
    "builtins.memoryview": ("a memoryview", "save the bytes: bytes(...)"),
    "builtins.module": ("a module", "import it where it is used, in place of keeping it"),
    "builtins.traceback": ("a traceback", "save its text: traceback.format_exception(...)"),
    "builtins.frame": ("a frame", ""),
    "builtins.code": ("code", "save its source"),
    "weakref.ReferenceType": ("a weak reference", ""),
}
"""What users call a type, and what to do with it where leaving it out is not the best."""


def failure(obj: Any, error: Exception, protocol: int, hooks: pickle.Pickler | None = None) -> Exception:
    """Turn what the pickler raised into an EncodeError, where it is about pickling and not the object's own code.

    Args:
        obj: The object that was to be pickled.
        error: What the pickler raised.
        protocol: The protocol.
        hooks: The pickler, if it is one of the user's.
    """
    if isinstance(error, RecursionError):
        return _too_deep(obj, find_culprit(obj, protocol, hooks))
    if not _is_of_pickling(error):
        return error
    if "persistent ID" in str(error):
        # That is no part of the object: it is what the program's own hook returned.
        return EncodeError(str(error))
    culprit = find_culprit(obj, protocol, hooks)
    ours = _explain(error, culprit)
    if ours.path is None:
        # Python 3.14 says in notes where it was.
        for note in getattr(error, "__notes__", ()):
            ours.add_note(note)
    return ours


def _is_of_pickling(error: Exception) -> bool:
    """Whether the pickler raised it, and not the object's own code."""
    if isinstance(error, pickle.PicklingError) or "pickle" in str(error):
        return True
    # So Python 3.13 says it of what is defined in a function.
    return isinstance(error, AttributeError) and str(error).startswith("Can't get local ")


def _too_deep(obj: Any, culprit: Culprit | None) -> TooDeepError:
    levels = f": Python gives up {culprit.depth:,} levels down" if culprit is not None and culprit.depth else ""
    hint = "keep it flat: a list of its parts in place of a chain"
    if sys.version_info < (3, 12):
        # Later versions bound the depth of C code by themselves.
        hint += f"; or raise the limit with sys.setrecursionlimit (it is {sys.getrecursionlimit():,})"
    return TooDeepError(
        f"{_name(type(obj))} is nested too deeply to be pickled{levels}",
        path=culprit.path if culprit is not None else None,
        hint=hint,
    )


def _explain(error: Exception, culprit: Culprit | None) -> EncodeError:
    if culprit is None:
        return _kind(error)(str(error), hint=_LEAVE_OUT)
    value = culprit.value
    if isinstance(value, type | FunctionType):
        reason, hint = _unreachable(value, str(error))
        # Whoever catches TypeError, as pickle has raised it, shall go on to.
        kind = UnreachableError if not isinstance(error, TypeError) else UnpicklableError
        return kind(reason, path=culprit.path, hint=hint)
    reason, hint = _unpicklable(value, str(error))
    return _kind(error)(reason, path=culprit.path, hint=hint or _leave_out(culprit))


def _kind(error: Exception) -> type[EncodeError]:
    if isinstance(error, AttributeError):
        return UnreachableError
    return UnpicklableError if isinstance(error, TypeError) else EncodeError


def _unreachable(value: type | FunctionType, text: str) -> tuple[str, str]:
    """Say why a class or function can't be found by its name."""
    what = "class" if isinstance(value, type) else "function"
    if isinstance(value, FunctionType) and value.__name__ == "<lambda>":
        code = value.__code__
        place = f" of line {code.co_firstlineno} in {code.co_filename.rpartition(os.sep)[2]}"
        reason = f"the lambda{place} can't be pickled: a pickle holds names of functions, and this one has none"
        return reason, f"{_NAME_IT} with def; or use cloudpickle, which saves the code itself"
    name = _name(value)
    if "<locals>" in value.__qualname__:
        reason = f"the {what} `{name}` can't be pickled: it is defined in a function, where nobody can find it by name"
        return reason, _NAME_IT
    found = _look_up(value)
    if found is None:
        return f"the {what} `{name}` can't be pickled: there is nothing of that name ({text})", _NAME_IT
    if found is not value:
        reason = f"the {what} `{name}` can't be pickled: something else has that name now"
        return reason, "make the object again if its module was loaded anew; if a decorator took the name, rename one"
    return f"the {what} `{name}` can't be pickled: {text}", _LEAVE_OUT


def _look_up(value: type | FunctionType) -> Any:
    found: Any = sys.modules.get(value.__module__)
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found


def _unpicklable(value: Any, text: str) -> tuple[str, str]:
    """Say what an object is that can't be pickled, and what to do if leaving it out is not the best."""
    if isinstance(value, io.IOBase):
        file = getattr(value, "name", None)
        shown = f" ({file!r})" if isinstance(file, str) else ""
        return f"an open file{shown} can't be pickled", "save its path, and open it again after loading"
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    words, hint = _KINDS.get(name, ("", ""))
    if words:
        shown = f" (`{value.__name__}`)" if name == "builtins.module" else ""
        return f"{words}{shown} can't be pickled", hint
    plain = f"cannot pickle '{name.removeprefix('builtins.')}' object"
    because = "" if text == plain else f": {text}"
    hint = f"mend {type(value).__qualname__}.__reduce__" if "__reduce" in text else ""
    return f"an object of type `{name.removeprefix('builtins.')}` can't be pickled{because}", hint


def _leave_out(culprit: Culprit) -> str:
    if culprit.owner is None:
        return _LEAVE_OUT
    cls = type(culprit.owner).__qualname__
    return f"leave `{culprit.attribute}` out in {cls}.__getstate__, and make it again in {cls}.__setstate__"


def _name(cls: Any) -> str:
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
