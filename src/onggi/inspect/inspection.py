"""`Inspection`: what looking into a file finds, and how it shows itself."""

from __future__ import annotations

from typing import Any

from onggi.inspect.seen import Look, Seen, State

__all__ = ["Inspection", "Look", "State"]


class Inspection(Seen):
    """What is inside a file of pickles, and what they would do; nothing was imported or run to find out.

    `print` shows it as a tree, a notebook as a page. The attributes are those of `Seen`.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Show the tree: what one wants to see at a prompt."""
        return self.text()

    def __str__(self) -> str:
        """Show the tree, the globals and the verdict as plain text."""
        return self.text()

    def text(self, *, width: int = 100, max_lines: int = 60, ascii_only: bool = False) -> str:
        """Show the tree, the globals and the verdict.

        Args:
            width: Columns that a line may take.
            max_lines: About how many lines the tree of each pickle may take.
            ascii_only: Whether to do without box drawing and other characters outside ASCII.
        """
        from onggi.inspect.lines import inspection_lines
        from onggi.inspect.plain import plain_text

        return plain_text(inspection_lines(self, width=width, max_lines=max_lines), ascii_only=ascii_only)

    def data(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; the schema is in `onggi.inspect.data`."""
        from onggi.inspect.data import inspection_data

        return inspection_data(self)

    def html(self, *, max_nodes: int = 2_000) -> str:
        """Return a page that needs nothing else: no script, no font, no network.

        Args:
            max_nodes: Nodes of the tree that it may hold.
        """
        from onggi.inspect.page import page

        return page(self, max_nodes=max_nodes)

    def _repr_html_(self) -> str:
        from onggi.inspect.page import fragment

        return fragment(self, max_nodes=200)


Inspection.__module__ = "onggi"
