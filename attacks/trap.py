"""A module that nobody may import: importing it is already running code."""

from attacks import canary

canary.fire("imported")


def harmless(*args: object) -> None:
    """Do nothing; the import has done it."""
