"""The known tables: what a stranger's pickle may do with the globals of the libraries that onggi knows.

One file a library, as data: `ROWS` maps a global, written `module.name` as the newest version of the library has it, to
its `Rule`; `RENAMES` maps where the same thing stood in other versions. A table imports nothing of its library and is
itself loaded when the first pickle mentions the library.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onggi.proof.rules import Rule

__all__ = ["danger", "is_own", "is_standard", "libraries", "lookup"]

_STDLIB: Final = ("functions", "builtins", "exceptions", "enums", "stdlib")

_LIBRARIES: Final[dict[str, tuple[str, ...]]] = {
    "numpy": ("numpy",),
    "mtrand": ("numpy",),
    "pandas": ("pandas",),
    "scipy": ("scipy", "scipy_results"),
    "sklearn": ("sklearn",),
    "joblib": ("joblib",),
    "torch": ("torch",),
    "pyarrow": ("pyarrow",),
    "dateutil": ("dateutil",),
    "pytz": ("pytz",),
    "polars": ("polars",),
    "networkx": ("networkx",),
    "shapely": ("shapely",),
    "PIL": ("pillow",),
    "xarray": ("xarray",),
    "lightgbm": ("lightgbm",),
}
"""Top-level package -> the modules of this package that hold its table."""

_MAX_RENAMES: Final = 4
"""A name moves at most this often, from table to table too (`sklearn.externals.joblib` -> `joblib`)."""


class _Table(NamedTuple):
    rows: Mapping[str, Rule]
    moved_globals: Mapping[str, str]
    moved_prefixes: tuple[tuple[str, str], ...]


_EMPTY: Final = _Table({}, {}, ())


@cache
def _load(names: tuple[str, ...]) -> _Table:
    modules = [import_module(f"{__name__}.{name}") for name in names]
    rows = {key: row for module in modules for key, row in module.ROWS.items()}
    renames = dict(rename for module in modules for rename in module.RENAMES)
    prefixes = sorted((rename for rename in renames.items() if rename[0].endswith(".")), key=lambda pair: -len(pair[0]))
    return _Table(rows, {old: new for old, new in renames.items() if not old.endswith(".")}, tuple(prefixes))


_GONE: Final = frozenset(
    {
        *(
            "__builtin__",
            "asynchat",
            "asyncore",
            "backports",
            "cgi",
            "copy_reg",
            "distutils",
            "exceptions",
            "imp",
            "sets",
        ),
        *("_pydatetime", "smtpd", "sre", "sre_constants", "urlparse", "UserDict", "UserList", "UserString"),
    }
)
"""Top-level modules of other Pythons' standard libraries."""


def is_standard(module: str) -> bool:
    """Say whether a module, or what is written below it, is of the standard library of this or another Python."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _GONE


def is_own(module: str) -> bool:
    """Say whether onggi itself has a table for the library of a module."""
    return module.partition(".")[0] in _LIBRARIES or is_standard(module)


def _table(module: str) -> _Table:
    top = module.partition(".")[0]
    if top in _LIBRARIES:
        return _load(_LIBRARIES[top])
    if is_standard(module):
        return _load(_STDLIB)
    return _plugged(top)


def _plugged(top: str) -> _Table:
    """Return the table that an installed distribution ships for its package, loaded when the first pickle names it."""
    # Late: to look for them takes some milliseconds, which only pickles of unknown packages need.
    from onggi.proof.tables.plugins import table_for

    table = table_for(top)
    return _Table(table.rows, table.moved, ()) if table.rows else _EMPTY


def _rename(table: _Table, module: str, name: str) -> tuple[str, str]:
    """Return where the global stands today. Prefixes match whole parts of the module's path only."""
    moved = table.moved_globals.get(f"{module}.{name}")
    if moved is not None and "." not in name:
        new_module, _, new_name = moved.rpartition(".")
        return new_module, new_name
    for old, new in table.moved_prefixes:
        if f"{module}.".startswith(old):
            return f"{new}{module[len(old) :]}".rstrip("."), name
    return module, name


def _is_member(table: _Table, module: str, name: str) -> bool:
    """Say whether a dotted name goes through a class of the table, never through a module."""
    owner = name.rpartition(".")[0]
    return not owner or f"{module}.{owner}" in table.rows


def lookup(module: str, name: str) -> tuple[str, str, Rule | None]:
    """Find the row of a global.

    Args:
        module: The module as the pickle names it, after the mapping of Python 2's names.
        name: The qualified name in it.

    Returns:
        The module and the name where the newest version of the library has it, and the row, or `None` if the tables do
        not know the global.
    """
    for _ in range(_MAX_RENAMES):
        table = _table(module)
        row = table.rows.get(f"{module}.{name}")
        if row is not None and _is_member(table, module, name):
            return module, name, row
        renamed = _rename(table, module, name)
        if renamed == (module, name):
            break
        module, name = renamed
    return module, name, None


def libraries() -> dict[str, int]:
    """Count the rows of onggi's own tables, by library."""
    counts = {"standard library": len(_load(_STDLIB).rows)}
    for modules in dict.fromkeys(_LIBRARIES.values()):
        counts[modules[0]] = len(_load(modules).rows)
    return counts


def danger(module: str, name: str) -> str | None:
    """Say in plain words why a global is dangerous, or `None` where nothing is known against it.

    This only explains a refusal. It never decides one: what no row grants is refused, listed here or not.
    """
    from onggi.proof.tables.dangerous import explain

    return explain(module, name)
