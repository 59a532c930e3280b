"""Guards of iterators that are pickled as such: what they hold already exists, and no iterator holds itself.

An iterator that contains itself recurses in C until the stack overflows, and some keep sizes that their C code
allocates or trusts. Iterators that call a function for each item (`map`, `filter`, `groupby`, …) have no rows.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

from onggi.proof.guards.budget import allocate, charge
from onggi.proof.guards.callables import require_inert
from onggi.proof.guards.shapes import (
    ANYTHING,
    BOOL,
    INT,
    NONE,
    NUMBER,
    TUPLE,
    between,
    call,
    exactly,
    instance_of,
    kind_of,
    refuse,
    require,
    state,
)

__all__ = [
    "accumulate",
    "chain_state",
    "choose",
    "choose_state",
    "compress",
    "count",
    "cycle",
    "cycle_state",
    "deque_iterator",
    "enumerate_",
    "index_state",
    "islice",
    "islice_state",
    "iter_",
    "permutations_state",
    "product",
    "product_state",
    "repeat",
    "reversed_",
    "value_state",
    "zip_",
    "zip_state",
]

_MAX_INDEX: Final = 2**63 - 1
_MAX_CHOSEN: Final = 1_000
"""Items that combinations and permutations may choose beyond the pool's own size; the C code allocates for each."""

_SEQUENCES: Final = exactly(
    "a list, tuple, string, bytes, range, dict or set", list, tuple, str, bytes, bytearray, range, dict, set, frozenset
)
_MAPPINGS: Final = instance_of("collections", "OrderedDict", "deque", "Counter", "defaultdict")
_EMPTY: Final[dict[Any, Any]] = {}
_SAMPLES: Final[tuple[Any, ...]] = (
    *([], (), "", "é", b"", bytearray(), range(0), range(2**64), set(), _EMPTY, _EMPTY.values(), _EMPTY.items()),
)
_SIMPLE: Final = exactly(
    "an iterator of a list, tuple, string, bytes, range, dict or set", *(type(iter(made)) for made in _SAMPLES)
)
"""Iterators that cannot hold an iterator."""
_ITERATOR: Final = _SIMPLE | exactly(
    "another iterator of the standard library",
    *(
        reversed,
        enumerate,
        zip,
        type(reversed([])),
        itertools.chain,
        itertools.islice,
        itertools.repeat,
        itertools.count,
    ),
    *(itertools.cycle, itertools.product, itertools.combinations, itertools.permutations, itertools.accumulate),
    *(itertools.compress, itertools.zip_longest, itertools.combinations_with_replacement),
)
_DECIMALS: Final = instance_of("decimal", "Decimal") | instance_of("fractions", "Fraction")
_INDEX: Final = between(0, _MAX_INDEX)

iter_ = call(_SEQUENCES | _MAPPINGS)
reversed_ = call(_SEQUENCES | _MAPPINGS)
index_state = state(between(-1, _MAX_INDEX))
"""The position in a sequence; the C code clamps it to the length."""
enumerate_ = call(_ITERATOR | _SEQUENCES, INT, least=1)
zip_ = call(rest=_ITERATOR)
zip_state = state(BOOL)
compress = call(_ITERATOR, _ITERATOR)
count = call(NUMBER | _DECIMALS, NUMBER | _DECIMALS, least=1)
cycle = call(_ITERATOR)
islice = call(_ITERATOR, _INDEX | NONE, _INDEX | NONE, _INDEX | NONE, least=2)
islice_state = state(_INDEX)
product = call(rest=TUPLE)
value_state = state(ANYTHING)
"""The running total of `accumulate` and the filler of `zip_longest`: handed out, never called."""


def repeat(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an endless or counted repeat; nothing is allocated for it."""
    if not 1 <= len(args) <= 2 or (len(args) == 2 and not _INDEX.fits(args[1])):
        refuse("itertools.repeat must be given an object and how often")
    return function(*args)


def accumulate(function: Any, args: tuple[Any, ...]) -> Any:
    """Make running totals, by addition or by an inert function."""
    if not 1 <= len(args) <= 2:
        refuse(f"itertools.accumulate is called with {len(args)} arguments")
    require(_ITERATOR, args[0], "argument 1 of itertools.accumulate")
    if len(args) == 2 and args[1] is not None:
        require_inert(args[1], "the function of itertools.accumulate")
    return function(*args)


def chain_state(obj: Any, given: Any) -> None:
    """Set the iterators of a chain: simple ones, so that it cannot come to hold itself."""
    require(TUPLE, given, "the state of an itertools.chain")
    if not 1 <= len(given) <= 2:
        refuse("the state of an itertools.chain must be one or two iterators")
    for part in given:
        require(_SIMPLE, part, "an iterator of an itertools.chain")
    obj.__setstate__(given)


def cycle_state(obj: Any, given: Any) -> None:
    """Set the items seen so far, in a list of its own: the C code trusts that it never shrinks."""
    if type(given) is not tuple or len(given) != 2 or type(given[0]) is not list or type(given[1]) not in (int, bool):
        refuse("the state of an itertools.cycle must be a list and a flag")
    allocate(8 * len(given[0]))
    obj.__setstate__((list(given[0]), int(bool(given[1]))))


def _require_chosen(pool: Any, number: Any) -> None:
    require(TUPLE, pool, "the pool to choose from")
    require(between(0, max(len(pool), _MAX_CHOSEN)), number, "the number of items to choose")
    allocate(16 * (len(pool) + number))


def choose(function: Any, args: tuple[Any, ...]) -> Any:
    """Make combinations or permutations of a tuple; the C code allocates for every item to choose."""
    if len(args) != 2:
        refuse(f"{function.__qualname__} is called with {len(args)} arguments")
    _require_chosen(*args)
    return function(*args)


def _pool(obj: Any) -> tuple[int, int]:
    """Return the sizes of the pool and of the choice of combinations or permutations that were just made."""
    _, (pool, number) = obj.__reduce__()[:2]
    return len(pool), number


def _require_indices(indices: Any, length: int, size: int) -> None:
    require(TUPLE, indices, "the indices of an iterator")
    charge(100 * len(indices))
    if len(indices) != length or not all(type(index) is int and 0 <= index < size for index in indices):
        refuse("an index of an iterator lies outside its pool")


def choose_state(obj: Any, given: Any) -> None:
    """Set the indices of combinations."""
    size, number = _pool(obj)
    _require_indices(given, number, size)
    obj.__setstate__(given)


def permutations_state(obj: Any, given: Any) -> None:
    """Set indices and cycles of permutations."""
    size, number = _pool(obj)
    if type(given) is not tuple or len(given) != 2:
        refuse("the state of itertools.permutations must be two tuples")
    _require_indices(given[0], size, size)
    _require_indices(given[1], number, size + 1)
    obj.__setstate__(given)


def product_state(obj: Any, given: Any) -> None:
    """Set the index in each pool of a product."""
    pools = obj.__reduce__()[1]
    require(TUPLE, given, "the state of itertools.product")
    charge(100 * len(given))
    if len(given) != len(pools) or not all(_fits_pool(index, pool) for index, pool in zip(given, pools, strict=True)):
        refuse("an index of itertools.product lies outside its pool")
    obj.__setstate__(given)


def _fits_pool(index: Any, pool: tuple[Any, ...]) -> bool:
    return type(index) is int and 0 <= index < len(pool)


def deque_iterator(function: Any, args: tuple[Any, ...]) -> Any:
    """Make the iterator of a deque at a position."""
    if len(args) != 2 or not instance_of("collections", "deque").fits(args[0]):
        refuse(
            f"a deque's iterator must be given a deque and a position, not {kind_of(args[0]) if args else 'nothing'}"
        )
    require(between(0, len(args[0])), args[1], "the position in a deque")
    charge(20 * args[1])
    return function(*args)
