"""How well-known types are shown: the tables of `outline_stdlib`, `outline_numpy` and `outline_pandas`, joined.

A row is a function that gets the bytes, the node and the arguments (CALLS, NEWS) or the state (STATES). It gives the
node its type and note and returns the parts that are to be seen. It returns None for any shape that it does not know
exactly: then all parts are shown. So nothing but plain data of the expected shape is ever left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof import outline_numpy, outline_pandas, outline_stdlib

if TYPE_CHECKING:
    from onggi.proof.outline_match import Presenter

__all__ = ["CALLS", "NEWS", "STATES", "canonical"]

_RENAMES: Final = (
    ("numpy.core.", "numpy._core."),
    ("pandas.indexes.", "pandas.core.indexes."),
    ("pandas.core.index.", "pandas.core.indexes.base."),
    ("pandas.core.internals.managers.", "pandas.internals."),
    ("pandas._libs.internals.", "pandas.internals."),
    ("pandas.core.internals.", "pandas.internals."),
    ("pandas.core.frame.", "pandas."),
    ("pandas.core.series.", "pandas."),
    ("pathlib._local.", "pathlib."),
    ("fractions._operator.", "fractions."),
)

CALLS: Final[dict[str, Presenter]] = {**outline_stdlib.CALLS, **outline_numpy.CALLS, **outline_pandas.CALLS}
NEWS: Final[dict[str, Presenter]] = {**outline_stdlib.NEWS}
STATES: Final[dict[str, Presenter]] = {**outline_stdlib.STATES, **outline_numpy.STATES, **outline_pandas.STATES}


def canonical(name: str) -> str:
    """Return the name under which the tables know a global."""
    for old, new in _RENAMES:
        if name.startswith(old):
            return new + name[len(old) :]
    return name
