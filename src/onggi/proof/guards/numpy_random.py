"""Guards of numpy's random generators: C code that indexes by a position which it takes from the state unchecked.

The constructors that numpy pickles call any class or function that they are given; here they only make one of numpy's
five bit generators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onggi.proof.guards.budget import allocate, charge
from onggi.proof.guards.shapes import (
    DICT,
    NONE,
    NUMBER,
    Shape,
    between,
    each,
    exactly,
    instance_of,
    kind_of,
    refuse,
    require,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "bit_generator",
    "bit_generator_state",
    "generator",
    "generator_state",
    "legacy",
    "random_state",
    "random_state_state",
    "seed_sequence",
    "seed_sequence_state",
]

_NAMES: Final = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
_TWISTER_WORDS: Final = 624
_MAKING_COST: Final = 50_000
"""Each generator asks the operating system for entropy, and has a state of up to 2.5 kB."""
_BIT: Final = exactly("0 or 1", bool) | between(0, 1)
_WORD: Final = between(0, 2**32 - 1)
_BIG: Final = Shape("a number of 128 bits", lambda value: type(value) is int and 0 <= value < 2**128)


def _class_of(given: Any) -> Any:
    """Return the class of bit generators that a name or class stands for."""
    import numpy as np

    allocate(3_000)
    charge(_MAKING_COST)
    for name in _NAMES:
        cls = getattr(np.random, name, None)
        if cls is not None and (given is cls or (type(given) is str and given == name)):
            return cls
    refuse(f"{kind_of(given)} is none of numpy's bit generators")


def bit_generator(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a bit generator, by class or by name."""
    if len(args) > 1:
        refuse(f"numpy's bit generators are made with one argument, not {len(args)}")
    return _class_of(args[0] if args else "MT19937")()


def _bits_of(args: tuple[Any, ...]) -> Any:
    """Return the bit generator that a generator is to use; the second argument would be called with the first."""
    import numpy.random._pickle as library

    if len(args) > 2 or (len(args) == 2 and args[1] is not getattr(library, "__bit_generator_ctor", None)):
        refuse("numpy's generators are made of a bit generator alone")
    given = args[0] if args else "MT19937"
    if type(given) is str:
        return _class_of(given)()
    _class_of(type(given))
    return given


def generator(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a Generator of a bit generator, or of its name."""
    import numpy as np

    return np.random.Generator(_bits_of(args))


def random_state(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a RandomState of a bit generator, or of its name."""
    import numpy as np

    return np.random.RandomState(_bits_of(args))


def legacy(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make the RandomState of numpy 1.16 and older, which has no arguments."""
    return random_state(function, ()) if not args else refuse("this RandomState is made without arguments")


def _words(value: Any, count: int, what: str) -> list[int]:
    """Return an array of unsigned numbers as a list."""
    import numpy as np

    if type(value) is not np.ndarray or value.dtype.kind not in "ui" or value.shape != (count,):
        refuse(f"{what} must be an array of {count} numbers, not {kind_of(value)}")
    return [int(word) for word in value.tolist()]


def _require_twister(state: dict[str, Any]) -> None:
    """Check the words and the position; of zeros alone it gives zeros for ever, and some distributions never return."""
    words = _words(state.get("key"), _TWISTER_WORDS, "the key of MT19937")
    if not all(0 <= word < 2**32 for word in words) or not (any(words[1:]) or words[0] >> 31):
        refuse("the key of MT19937 is no state that it can be in")
    require(between(0, _TWISTER_WORDS), state.get("pos"), "the position of MT19937")


def _require_pcg(state: dict[str, Any]) -> None:
    """Check state and increment; an even increment cuts the period short, down to a single number."""
    require(_BIG, state.get("state"), "the state of PCG64")
    require(_BIG, state.get("inc"), "the increment of PCG64")
    if not state["inc"] & 1:
        refuse("the increment of PCG64 is even")


def _require_philox(state: dict[str, Any]) -> None:
    _words(state.get("counter"), 4, "the counter of Philox")
    _words(state.get("key"), 2, "the key of Philox")


def _require_sfc(state: dict[str, Any]) -> None:
    _words(state.get("state"), 4, "the state of SFC64")


_CHECKS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "MT19937": _require_twister,
    "PCG64": _require_pcg,
    "PCG64DXSM": _require_pcg,
    "Philox": _require_philox,
    "SFC64": _require_sfc,
}
_KEYS: Final = frozenset(
    {"bit_generator", "state", "has_uint32", "uinteger", "buffer", "buffer_pos", "has_gauss", "gauss"}
)


def _checked(given: Any, name: str) -> dict[str, Any]:
    """Check the state of a bit generator of that name; return it without what belongs to a RandomState."""
    require(DICT, given, "the state of a bit generator")
    if given.get("bit_generator") != name or type(given.get("state")) is not dict or set(given) - _KEYS:
        refuse(f"the state is not one of a {name}")
    _CHECKS[name](given["state"])
    require(_BIT, given.get("has_uint32", 0), "has_uint32 of a bit generator")
    require(_WORD, given.get("uinteger", 0), "uinteger of a bit generator")
    if name == "Philox":
        _words(given.get("buffer"), 4, "the buffer of Philox")
        require(between(0, 4), given.get("buffer_pos"), "the position of Philox")
    checked: dict[str, Any] = given
    return checked


def bit_generator_state(obj: Any, given: Any) -> None:
    """Set the state of a bit generator, and since numpy 2 the seeds that it came from."""
    seeds: tuple[Any, ...] = ()
    if type(given) is tuple and len(given) == 2:
        given, seeds = given[0], given[1:]
    _class_of(type(obj))
    _checked(given, type(obj).__name__)
    require(
        NONE | instance_of("numpy.random", "SeedSequence"), seeds[0] if seeds else None, "the seeds of a bit generator"
    )
    if seeds and _takes_seeds():
        obj.__setstate__((given, *seeds))
    else:
        obj.state = given


def _takes_seeds() -> bool:
    """Say whether this numpy keeps the seeds with a bit generator."""
    import numpy as np

    return int(np.__version__.partition(".")[0]) >= 2


def generator_state(obj: Any, given: Any) -> None:
    """Set the state of a Generator's bit generator, as numpy 1 wrote it."""
    bits = obj.bit_generator
    bits.state = _checked(given, type(bits).__name__)


def random_state_state(obj: Any, given: Any) -> None:
    """Set the state of a RandomState: a dict, or the tuple of numpy 1.16 and older."""
    if type(given) is tuple and 3 <= len(given) <= 5:
        given = _from_tuple(given)
    bits = obj._bit_generator
    _checked(given, type(bits).__name__)
    require(_BIT, given.get("has_gauss", 0), "has_gauss of a RandomState")
    require(NUMBER, given.get("gauss", 0.0), "gauss of a RandomState")
    obj.set_state(given)


def _from_tuple(given: tuple[Any, ...]) -> dict[str, Any]:
    name, key, position, *gauss = given
    has_gauss, value = [*gauss, 0, 0.0][:2] if len(gauss) == 2 else (0, 0.0)
    return {
        "bit_generator": name,
        "state": {"key": key, "pos": position},
        "has_gauss": has_gauss,
        "gauss": value,
    }


# Seed sequences.

_ENTROPY: Final = NONE | Shape("a number", lambda value: type(value) is int and 0 <= value.bit_length() <= 2**20)
_SEEDS: Final = each(exactly("a list or tuple", list, tuple), between(0, 2**128))


def seed_sequence(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a SeedSequence, to be filled by its state: `__pyx_unpickle_SeedSequence(cls, checksum, None)`."""
    import numpy as np

    if len(args) != 3 or args[0] is not np.random.SeedSequence or type(args[1]) is not int or args[2] is not None:
        refuse("numpy's SeedSequence must be unpickled by class, checksum and no state")
    # A complete one: what Cython makes has no pool at all, and its methods do not expect that.
    return np.random.SeedSequence(0)


def seed_sequence_state(obj: Any, given: Any) -> None:
    """Fill a SeedSequence: entropy, number of children, pool, size of the pool, spawn key.

    The public constructor derives the pool from the rest; the pool that the state gives must be the same.
    """
    import numpy as np

    charge(_MAKING_COST)
    if type(given) is not tuple or len(given) != 5:
        refuse("the state of a SeedSequence must be entropy, children, pool, pool size and spawn key")
    entropy, children, pool, pool_size, spawn_key = given
    if type(entropy) is np.ndarray and entropy.dtype.kind in "ui" and entropy.ndim == 1:
        entropy = entropy.tolist()
    elif isinstance(entropy, np.integer):
        entropy = int(entropy)
    require(_ENTROPY | _SEEDS, entropy, "the entropy of a SeedSequence")
    require(_WORD, children, "the number of children of a SeedSequence")
    require(between(4, 64), pool_size, "the pool size of a SeedSequence")
    require(_SEEDS, spawn_key, "the spawn key of a SeedSequence")
    words = _words(pool, pool_size, "the pool of a SeedSequence")
    charge(1_000 * (len(spawn_key) + (len(entropy) if isinstance(entropy, (list, tuple)) else 1)))
    made = np.random.SeedSequence(entropy, spawn_key=spawn_key, pool_size=pool_size, n_children_spawned=children)
    if entropy is None or made.pool.tolist() != words:
        refuse("the pool of a SeedSequence is not what its entropy gives")
    reduced: Any = made.__reduce__()
    obj.__setstate__(reduced[2] if len(reduced) > 2 else reduced[1][2])
