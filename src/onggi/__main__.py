"""`python -m onggi` is the `onggi` command."""

from __future__ import annotations

from onggi.cli import main

if __name__ == "__main__":
    main()
