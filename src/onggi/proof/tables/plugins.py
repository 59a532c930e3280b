"""Tables that other distributions ship: the entry point group `onggi.policies`.

The name of an entry point is the top-level package that its table is about; its object is a mapping, or a function
that returns one: a global, written `module.name`, to its `Rule`, or to the name under which it stands today.

Only distributions in the site-packages of this Python count. What lies elsewhere on `sys.path`, above all in the
current folder, may have come with the very archive that the pickle came in, and to load its table is to run its code.
"""

from __future__ import annotations

import re
import site
import sys
import warnings
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distributions
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from onggi.errors import PolicyError
from onggi.proof.rules import Rule
from onggi.types import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "Shipped", "Table", "shipped", "table_for"]

GROUP: Final = "onggi.policies"
_GLOBAL: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_lock: Final = RLock()
_loading: Final[set[str]] = set()


class Table(NamedTuple):
    """What a distribution says of its globals: the rows, and where those stand today that have moved."""

    rows: dict[str, Rule]
    moved: dict[str, str]


_NOTHING: Final = Table({}, {})


class Shipped(Value):
    """The table of one distribution.

    Attributes:
        package: The top-level package that it is about.
        distribution: Who ships it, as `name version`.
        entry_point: Where the table stands.
    """

    package: str
    distribution: str
    entry_point: EntryPoint

    def load(self) -> Table:
        """Import the table and check it whole.

        Raises:
            PolicyError: It can't be imported, or is no table of that package.
        """
        try:
            found = self.entry_point.load()
            given = found() if callable(found) else found
        except Exception as error:
            raise self._broken(f"it fails: {type(error).__name__}: {error}") from error
        if not isinstance(given, Mapping):
            raise self._broken(f"it is no mapping of names to rules, but of type {type(given).__name__}")
        rows = {name: self._row(name, row) for name, row in given.items() if not isinstance(row, str)}
        moved = {self._own(name): self._moved(name, new, rows) for name, new in given.items() if isinstance(new, str)}
        return Table(rows, moved)

    def _row(self, name: Any, row: Any) -> Rule:
        self._own(name)
        if not isinstance(row, Rule) or not row.uses:
            raise self._broken(f"the row of {name!r} is no onggi.Rule with uses")
        if not row.why:
            raise self._broken(f"the row of {name!r} does not say why it is safe")
        guards = (row.call, row.new, row.state, row.fill)
        if any(guard != "" and not callable(guard) for guard in guards):
            raise self._broken(f"a guard of {name!r} is no function")
        if row.returns not in ("", "arg0"):
            self._own(row.returns)
        return replace(row, why=f"{row.why} ({self.distribution} says so)")

    def _moved(self, name: str, new: str, rows: dict[str, Rule]) -> str:
        if new not in rows:
            raise self._broken(f"{name!r} has moved to {new!r}, which has no row")
        return new

    def _own(self, name: Any) -> str:
        """Refuse a name that the package has no say in."""
        if not isinstance(name, str) or not _GLOBAL.fullmatch(name):
            raise self._broken(f"{name!r} is no global, which is written module.name")
        if name.partition(".")[0] != self.package:
            raise self._broken(f"{name!r} does not stand in the package {self.package}, which the table is for")
        return name

    def _broken(self, why: str) -> PolicyError:
        value = self.entry_point.value
        reason = f"the table for {self.package} that {self.distribution} ships ({GROUP}: {value}) is not used: {why}"
        return PolicyError(reason, hint=f"tell the makers of {self.distribution}; allow= does without the table")


def _sites() -> list[str]:
    """Return the folders that installers write to, as far as this Python looks there."""
    found = list(site.getsitepackages()) if hasattr(site, "getsitepackages") else []
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    return [folder for folder in found if folder in sys.path]


@cache
def shipped() -> dict[str, tuple[Shipped, ...]]:
    """Find the tables that are installed, by package, without loading one. The package's own distribution is first."""
    found = sorted(_each(), key=lambda one: (one.package, not _is_namesake(one), one.distribution))
    return {
        name: tuple(one for one in found if one.package == name) for name in dict.fromkeys(s.package for s in found)
    }


def _each() -> Iterator[Shipped]:
    # A folder twice on the path, or a distribution in two folders: the first is the one that is imported.
    seen: set[str] = set()
    for distribution in distributions(path=_sites()):
        name = distribution.metadata["Name"]
        if name in seen:
            continue
        seen.add(name)
        for entry_point in distribution.entry_points:
            if entry_point.group == GROUP:
                yield Shipped(entry_point.name, f"{name} {distribution.version}", entry_point)


def _is_namesake(one: Shipped) -> bool:
    return re.sub(r"[-_.]+", "_", one.distribution.partition(" ")[0]).lower() == one.package.lower()


def table_for(package: str) -> Table:
    """Return what installed distributions say of a package; loaded once, when the first pickle names it.

    A broken table is no reason to run anything: there is a warning, and the package counts as unknown.
    """
    if package not in shipped():
        return _NOTHING
    with _lock:
        if package in _loading:
            # The table's own module loads a pickle of its own package while it is imported.
            return _NOTHING
        _loading.add(package)
        try:
            return _joined(package)
        finally:
            _loading.discard(package)


@cache
def _joined(package: str) -> Table:
    joined = Table({}, {})
    for one in shipped()[package]:
        try:
            table = one.load()
        except PolicyError as error:
            warnings.warn(str(error), RuntimeWarning, stacklevel=2)
            continue
        joined.rows.update({name: row for name, row in table.rows.items() if name not in joined.rows})
        joined.moved.update({name: new for name, new in table.moved.items() if name not in joined.moved})
    return joined
