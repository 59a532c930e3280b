"""What the fuzzers start from: small honest pickles, the hostile ones of `attacks`, and generated ones."""

from __future__ import annotations

import contextlib
import importlib
import pickle
import random
import warnings
from collections.abc import Sequence
from functools import cache

from tests.proof.grammar import HONEST, generate

__all__ = ["MAX_SEED_BYTES", "attacks", "corpus", "generated", "pickles"]

MAX_SEED_BYTES = 2_048
"""Larger ones are tried slowly and rarely change in a place that matters."""


@cache
def corpus(*libraries: str) -> tuple[bytes, ...]:
    """Pickle the honest objects of `tests.corpus`, in the protocols whose opcodes differ."""
    found: dict[bytes, None] = {}
    for library in libraries:
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for case in importlib.import_module(f"tests.corpus.{library}").cases():
                for protocol in (0, 2, 4, 5):
                    with contextlib.suppress(Exception):
                        found[pickle.dumps(case.make(), protocol)] = None
    return tuple(data for data in found if len(data) <= MAX_SEED_BYTES)


@cache
def attacks() -> tuple[bytes, ...]:
    """Make the small ones of the hostile pickles."""
    from attacks.catalogue import CASES

    found = []
    for case in CASES.values():
        if not case.suffix and case.name.partition(".")[0] not in ("amplification", "resources", "containers"):
            with contextlib.suppress(Exception):
                found.append(case.make())
    return tuple(data for data in found if len(data) <= MAX_SEED_BYTES)


@cache
def generated(count: int = 300) -> tuple[bytes, ...]:
    """Make pickles of opcodes of chance."""
    rng = random.Random(0)
    return tuple(generate(rng.randbytes(rng.randrange(4, 120))) for _ in range(count))


@cache
def pickles() -> Sequence[bytes]:
    """Return what the targets of the proof-reader start from."""
    return (*HONEST, *corpus("stdlib"), *attacks(), *generated())


def main() -> None:
    """Write the seeds of every target, so that each process of a long run need not make them."""
    from fuzz.engine import FOLDER
    from fuzz.target import NAMES, load_target

    for name in NAMES:
        target = load_target(name)
        if target.is_remade:
            continue
        folder = FOLDER / "seeds" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(target.seeds()):
            (folder / f"{number:06}").write_bytes(data)


if __name__ == "__main__":
    main()
