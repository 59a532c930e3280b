"""`python -m onggi` is the `onggi` command."""

from onggi.cli import main

if __name__ == "__main__":
    main()
