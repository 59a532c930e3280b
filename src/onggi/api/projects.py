"""The policy of a project, from its `onggi.toml` or `pyproject.toml`.

A policy is trust, so it never comes from where strangers' files are: not from the folder of the pickle, and not from
the current folder, in which people unpack what they were sent. A program names the file, or has it looked for from the
place of its own main script upwards, which is code that it runs anyway.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from onggi.errors import PolicyError
from onggi.proof.policy_text import PolicyText, has_policy, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.proof import Policy

__all__ = ["PYPROJECT", "find_policy", "policy_of", "read_policy_text"]

POLICY_FILE: Final = "onggi.toml"
PYPROJECT: Final = "pyproject.toml"
_MAX_BYTES: Final = 2**20
_BY_PATH: Final = 'name it by the place of your code: onggi.read_policy(Path(__file__).parent / "onggi.toml")'


def policy_of(path: str | os.PathLike[str] | None) -> Policy:
    """Read the policy in a file, or of the project; see `onggi.read_policy`."""
    if path is None:
        return read_policy_text(find_policy()).policy
    found = Path(path)
    if not found.is_absolute():
        reason = "the path is relative, so it means another file in another folder, which may be a stranger's"
        raise PolicyError(reason, source=str(path), hint=_BY_PATH)
    return read_policy_text(found).policy


def read_policy_text(path: Path) -> PolicyText:
    """Read a policy and where its parts stand."""
    with path.open("rb") as stream:
        _check_private(path, os.fstat(stream.fileno()))
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise PolicyError(f"a policy has less than {_MAX_BYTES:,} bytes", source=str(path))
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise PolicyError(f"this is no TOML: it is not UTF-8 at byte {error.start:,}", source=str(path)) from None
    return parse(text, str(path), is_pyproject=path.name == PYPROJECT)


def find_policy() -> Path:
    """Find the policy of the project that the main script stands in.

    The folder of the script is looked at, and those above it up to the first with a `pyproject.toml`, an `onggi.toml`
    or a repository; what others own, the home folder and the root are no projects.

    Raises:
        PolicyError: There is none.
    """
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if not main:
        reason = "this program has no main script, so that it stands in no project"
        raise PolicyError(reason, hint=_BY_PATH)
    script = Path(main).resolve()
    for folder in _folders(script):
        found = _policy_in(folder)
        if found is not None:
            _check_owner(found)
            return found
        if any((folder / name).exists() for name in (PYPROJECT, ".git", ".hg")):
            break
    reason = f"the project of {script} has neither an {POLICY_FILE} nor a {PYPROJECT} with a table [tool.onggi]"
    raise PolicyError(reason, hint="write one: onggi policy learn FILES… --write onggi.toml")


def _folders(script: Path) -> Iterator[Path]:
    """Yield the folders of the project: that of the script, and those above it that can be one."""
    yield script.parent
    home = Path.home()
    for folder in script.parent.parents:
        if folder in (home, folder.parent) or not _is_ours(folder.stat()):
            return
        yield folder


def _policy_in(folder: Path) -> Path | None:
    pyproject, own = folder / PYPROJECT, folder / POLICY_FILE
    # A broken one is found, too, so that reading it says what is wrong.
    is_in_pyproject = pyproject.is_file() and has_policy(pyproject.read_text("utf-8", "replace"))
    if not own.is_file():
        return pyproject if is_in_pyproject else None
    if is_in_pyproject:
        raise PolicyError(f"{folder} has an {POLICY_FILE} and a [tool.onggi] in {PYPROJECT}: keep one", source=str(own))
    return own


def _is_ours(found: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or found.st_uid in (0, os.getuid())


def _check_owner(path: Path) -> None:
    if not _is_ours(path.stat()):
        raise PolicyError("it belongs to another user, who would decide what you trust", source=str(path))


def _check_private(path: Path, found: os.stat_result) -> None:
    if hasattr(os, "getuid") and found.st_mode & stat.S_IWOTH:
        reason = "everybody may write to it, so that everybody could decide what you trust"
        raise PolicyError(reason, source=str(path), hint=f"chmod o-w {path}")
