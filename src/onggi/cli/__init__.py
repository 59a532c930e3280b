"""The `onggi` command: the only layer that reads the environment and prints."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command with the arguments of the process."""
    from onggi.cli.app import app

    app.main()
