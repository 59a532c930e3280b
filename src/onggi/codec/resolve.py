"""Turn the judged globals of a pickle into the real classes and functions.

Only what the judge has allowed gets here; so only modules that the tables or the reader name are imported.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from onggi.errors import BuildError, MalformedError, MissingGlobalError, MissingModuleError, RefusedError
from onggi.proof.guards import find
from onggi.proof.report import Tier
from onggi.proof.rules import Unsafe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onggi.proof.judge import Judged

__all__ = ["check_home", "resolve"]


def resolve(entry: Judged, owner: Any = None) -> Any:
    """Return the class or function.

    Args:
        entry: The decision about the global.
        owner: The class, if the global is a member of one (`Judged.member_of`).

    Raises:
        MissingModuleError: Its module is not installed.
        MissingGlobalError: The module has no such name.
        RefusedError: The name leads to a module, or through something that is no class.
        BuildError: The module fails on import.
    """
    if owner is not None:
        return _member(entry, owner)
    if entry.rule is not None and entry.rule.stand_in:
        return find(entry.rule.stand_in)
    module = _import(entry)
    try:
        found = _walk(module, entry.name, entry)
    except AttributeError:
        found = _at_old_place(entry, module)
    if isinstance(found, ModuleType) and entry.tier is not Tier.TRUSTED:
        raise RefusedError(f"`{entry}` is a module, and no pickle may hold one", offset=entry.offset)
    return found


def check_home(entry: Judged, found: Any, judge_class: Callable[[str, str], Judged]) -> None:
    """Refuse what a pattern reaches only because the module has imported it, such as `from os import system`.

    Known types are refused there, too: under the name that the pattern covers, nothing would guard them.

    Args:
        entry: The decision about the global: whether it is a pattern that allows it.
        found: The class or function.
        judge_class: Judges the place where it is at home.

    Raises:
        RefusedError: It is at home elsewhere.
    """
    if not entry.is_pattern:
        return
    module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", entry.name)
    home = judge_class(module, name) if isinstance(module, str) and isinstance(name, str) else None
    if home is None or home.tier is not Tier.ALLOWED:
        what = f"`{home}`" if home else "not at home in any module"
        hint = f'if you trust its code: allow=["{entry}"]'
        if home and home.tier is not Tier.UNKNOWN:
            hint = "honest pickles name it where it is at home: treat the file as hostile"
        raise RefusedError(
            f"`{entry}` is {what}, which the pattern that allows {entry.module} does not cover",
            offset=entry.offset,
            hint=hint,
        )


def _walk(module: ModuleType, name: str, entry: Judged) -> Any:
    found: Any = module
    for part in name.split("."):
        if found is not module and not isinstance(found, type) and entry.tier is not Tier.TRUSTED:
            raise RefusedError(f"`{entry}` leads through something that is no class", offset=entry.offset)
        found = getattr(found, part)
    return found


def _at_old_place(entry: Judged, module: ModuleType) -> Any:
    """Look where the pickle says: an older version of the library has the same thing there."""
    if entry.original != (entry.module, entry.name):
        with contextlib.suppress(ImportError, AttributeError):
            return _walk(_module(entry.original[0]), entry.original[1], entry)
    raise _missing(entry, module) from None


def _member(entry: Judged, owner: Any) -> Any:
    from onggi.proof.guards.callables import member

    try:
        return member(owner, entry.name.rpartition(".")[2])
    except Unsafe as error:
        raise RefusedError(f"`{entry}`: {error}", offset=entry.offset) from None


def _import(entry: Judged) -> ModuleType:
    if not entry.module:
        raise MalformedError(f"`{entry}` has an empty module name", offset=entry.offset)
    try:
        return _module(entry.module)
    except ModuleNotFoundError as error:
        for old_name in _old_names(entry):
            with contextlib.suppress(ImportError):
                return _module(old_name)
        raise _not_installed(entry, error) from None
    except Exception as error:
        raise BuildError(
            f"`{entry}` is needed, but importing {entry.module} fails: {type(error).__name__}: {error}",
            offset=entry.offset,
        ) from error


def _old_names(entry: Judged) -> Iterator[str]:
    """Yield where the module stands in older versions of its library: the tables name today's place."""
    if entry.original[0] != entry.module:
        yield entry.original[0]
    if entry.module.startswith("numpy._core"):
        yield entry.module.replace("numpy._core", "numpy.core", 1)


def _module(name: str) -> ModuleType:
    return sys.modules.get(name) or importlib.import_module(name)


def _not_installed(entry: Judged, error: ModuleNotFoundError) -> MissingModuleError:
    missing = error.name or entry.module
    if missing == entry.module.partition(".")[0]:
        reason, hint = f"`{entry}` is needed, and {missing} is not installed", _install(missing)
    else:
        reason = f"`{entry}` is needed, and there is no module {missing} in what is installed here"
        hint = f"the pickle was made with another version of {entry.module.partition('.')[0]}; install that one"
    if entry.module == "__main__":
        hint = "the class was defined in the program that wrote the file; move it into a module and save again"
    return MissingModuleError(reason, module=missing, offset=entry.offset, hint=hint)


def _install(top: str) -> str:
    return f"pip install {_package(top)}; or, if it is a module of your own, put its folder on sys.path (PYTHONPATH)"


def _package(top: str) -> str:
    return {"sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python", "yaml": "pyyaml"}.get(top, top)


def _missing(entry: Judged, module: ModuleType) -> MissingGlobalError:
    hint = None
    if entry.module == "__main__":
        hint = "the class was defined in the program that wrote the file; define or import it here before loading"
    return MissingGlobalError(
        f"Can't get attribute {entry.name!r} on {module!r}",
        global_name=str(entry),
        offset=entry.offset,
        hint=hint or f"{entry.module} here has no {entry.name}: the pickle was made with another version of it",
    )
