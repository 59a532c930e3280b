"""Stub."""


def explain(module: str, name: str) -> str | None:
    """Stub."""
    return None
