"""What a fuzz target is, and what all targets share."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Final, TypeVar

from fuzz.mutate import Mutation, mutate

__all__ = ["NAMES", "Target", "as_file", "chosen", "load_target"]

T = TypeVar("T")

NAMES: Final = ("walker", "builds", "differential", "loads", "guards", "split", "containers", "policy", "inspect")


@dataclass(frozen=True)
class Target:
    """Something that must hold for any bytes.

    Args:
        name: The module below `fuzz.targets`.
        check: Tries it; raises anything if it does not hold.
        seeds: Makes the bytes to start from.
        mutate: Changes them.
        setup: Called once in the process that runs the checks.
        is_guided: Whether libFuzzer can run it: it instruments the uncompiled build, in place of the compiled one.
        is_remade: Whether each process needs seeds of its own, such as those that a key of its own has sealed.
    """

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    mutate: Mutation = mutate
    setup: Callable[[], object] | None = None
    is_guided: bool = True
    is_remade: bool = False


def load_target(name: str) -> Target:
    """Return the target of a module."""
    target: Target = import_module(f"fuzz.targets.{name}").TARGET
    return target


@contextmanager
def as_file(data: bytes) -> Iterator[str]:
    """Write a file that is there while it is used."""
    with tempfile.NamedTemporaryFile(prefix="onggi-fuzz-") as file:
        file.write(data)
        file.flush()
        yield file.name


def chosen(data: bytes, options: Sequence[T], salt: int = 0) -> T:
    """Choose by the bytes, so that the same bytes are always tried the same way."""
    return options[zlib.crc32(data, salt) % len(options)]
