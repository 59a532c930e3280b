"""numpy.random, masked arrays and objects that numpy asks for their memory, with hostile arguments and states."""

from __future__ import annotations

from typing import Any

from attacks.assembler import (
    BINGET,
    EMPTY_TUPLE,
    Code,
    build,
    call,
    memoized,
    name,
    new,
    pickled,
)
from attacks.canary import PYTHON
from attacks.case import CRASH, ERROR, LIMIT, LOADED, MEMORY, RAN, REFUSED, UNTRIED, Theme
from attacks.gadgets_numpy import ADDRESS, F8, HIDDEN, U4, array

theme = Theme("random")

NEEDS: dict[str, Any] = {"needs": ("numpy",)}
ANSWER = (REFUSED, LIMIT, "BuildError")


def _first_field(obj: Any) -> object:
    return repr(obj["o"][0] if getattr(obj, "shape", ()) else obj["o"])


# --- random -------------------------------------------------------------------------------------------------------

_PICKLE = "numpy.random._pickle"


@theme.case("constructor of numpy.random that calls its argument", plain=RAN, **NEEDS)
def generator_ctor_calls() -> bytes:
    """`__generator_ctor(text, f)` calls `f(text)`."""
    return pickled(call(f"{_PICKLE}.__generator_ctor", PYTHON, name("builtins.exec")))


@theme.case("constructor of numpy.random that calls its argument", plain=RAN, **NEEDS)
def randomstate_ctor_calls() -> bytes:
    """`__randomstate_ctor(text, f)` calls `f(text)`."""
    return pickled(call(f"{_PICKLE}.__randomstate_ctor", PYTHON, name("builtins.exec")))


@theme.case("constructor of numpy.random that calls its argument", plain=RAN, **NEEDS)
def bit_generator_ctor_calls() -> bytes:
    """`__bit_generator_ctor(cls)` calls `cls()`."""
    return pickled(call(f"{_PICKLE}.__bit_generator_ctor", name("attacks.victims.Runner")))


@theme.case(
    "constructor of numpy.random that calls its argument",
    plain=(ERROR, RAN),
    allow=("attacks.victims.Runner",),
    **NEEDS,
)
def generator_over_victim() -> bytes:
    """Makes a Generator over an object that is no bit generator but has a `capsule` attribute."""
    fake = build(new("attacks.victims.Runner"), {"capsule": 1, "lock": 2})
    return pickled(call(f"{_PICKLE}.__generator_ctor", fake))


def _mt19937(key: Code, position: int) -> Code:
    state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
    maker = call(f"{_PICKLE}.__bit_generator_ctor", name("numpy.random._mt19937.MT19937"))
    return call(f"{_PICKLE}.__generator_ctor", build(maker, (state, seed_sequence())))


def seed_sequence() -> Code:
    """Spell a SeedSequence as numpy does."""
    cls = name("numpy.random.bit_generator.SeedSequence")
    made = call("numpy.random.bit_generator.__pyx_unpickle_SeedSequence", cls, 65708578, None)
    return build(made, (0, 0, array((4,), U4, bytes(16)), 4, ()))


@theme.case(
    "random state with an index past its end",
    plain=(CRASH, ERROR, LOADED),
    verdict=ANSWER,
    use=lambda obj: obj.random(10),
    **NEEDS,
)
def mt19937_position() -> bytes:
    """An MT19937 whose position is 10**9: the next number is read from other memory."""
    return pickled(_mt19937(array((624,), U4, bytes(2496)), 10**9))


@theme.case(
    "random state with an index past its end",
    plain=(CRASH, ERROR, LOADED),
    verdict=ANSWER,
    use=lambda obj: obj.random(10),
    **NEEDS,
)
def mt19937_position_negative() -> bytes:
    """The same before its start."""
    return pickled(_mt19937(array((624,), U4, bytes(2496)), -(10**8)))


@theme.case(
    "random state with an index past its end",
    plain=(ERROR, CRASH, LOADED),
    verdict=ANSWER,
    use=lambda obj: obj.random(10),
    **NEEDS,
)
def mt19937_short_key() -> bytes:
    """A key of one word in place of 624."""
    return pickled(_mt19937(array((1,), U4, bytes(4)), 624))


@theme.case("random state with an index past its end", plain=(ERROR, LOADED), verdict=ANSWER, **NEEDS)
def mt19937_key_is_no_array() -> bytes:
    """A key that numpy has to convert, through the attacker's iterable."""
    return pickled(_mt19937(call("builtins.range", 10**9), 624))


@theme.case(
    "seed sequence of odd state",
    plain=(ERROR, LOADED, CRASH),
    verdict=ANSWER,
    use=lambda obj: obj.generate_state(4),
    **NEEDS,
)
def seed_sequence_pool() -> bytes:
    """A SeedSequence whose pool is larger than its array."""
    cls = name("numpy.random.bit_generator.SeedSequence")
    made = call("numpy.random.bit_generator.__pyx_unpickle_SeedSequence", cls, 65708578, None)
    return pickled(build(made, (0, 0, array((0,), U4, b""), 10**8, ())))


@theme.case("checksum constructor of Cython with another class", plain=(ERROR, RAN, LOADED), verdict=ANSWER, **NEEDS)
def pyx_unpickle_other_class() -> bytes:
    """Gives a Cython unpickle function a class that is not its own."""
    runner = name("attacks.victims.Runner")
    return pickled(call("numpy.random.bit_generator.__pyx_unpickle_SeedSequence", runner, 65708578, None))


# --- masked, record and the rest ----------------------------------------------------------------------------------


@theme.case("masked array constructor", plain=(MEMORY, LOADED), verdict=ANSWER, **NEEDS)
def masked_huge() -> bytes:
    """`_mareconstruct` with a shape of 10**10."""
    args = (name("numpy.ma.MaskedArray"), name("numpy.ndarray"), (10**10,), "b")
    return pickled(call("numpy.ma.core._mareconstruct", *args))


@theme.case("masked array constructor", plain=ERROR, verdict=ANSWER, **NEEDS)
def masked_of_other_class() -> bytes:
    """`_mareconstruct` with classes that are no arrays."""
    args = (name("attacks.victims.Runner"), name("attacks.victims.Runner"), (0,), "b")
    return pickled(call("numpy.ma.core._mareconstruct", *args))


@theme.case("masked array constructor", plain=(LOADED, ERROR, CRASH), verdict=ANSWER, use=_first_field, **NEEDS)
def masked_with_hidden_object() -> bytes:
    """A masked array's state with a dtype that hides an object field."""
    args = (name("numpy.ma.MaskedArray"), name("numpy.ndarray"), (0,), "b")
    made = call("numpy.ma.core._mareconstruct", *args)
    return pickled(build(made, (1, (1,), HIDDEN, False, ADDRESS, b"\0", None)))


@theme.case("masked array constructor", plain=(LOADED, ERROR, CRASH), verdict=ANSWER, use=repr, **NEEDS)
def masked_mask_of_other_length() -> bytes:
    """A masked array whose mask is shorter than its data."""
    args = (name("numpy.ma.MaskedArray"), name("numpy.ndarray"), (0,), "b")
    made = call("numpy.ma.core._mareconstruct", *args)
    return pickled(build(made, (1, (100,), F8, False, bytes(800), b"\0", None)))


@theme.case(
    "object that numpy asks for its memory",
    plain=CRASH,
    allow=("attacks.victims.Plain",),
    use=lambda obj: __import__("numpy").asarray(obj).sum(),
    **NEEDS,
)
def array_interface_planted() -> bytes:
    """Plants `__array_interface__` on an object of an allowed class: numpy reads any address on request."""
    interface = {"data": (0x4141_4141_0000, True), "shape": (1000,), "typestr": "<f8", "version": 3}
    return pickled(build(new("attacks.victims.Plain"), {"__array_interface__": interface}))


@theme.case(
    "object that numpy asks for its memory",
    plain=(ERROR, LOADED),
    allow=("attacks.victims.Plain",),
    use=lambda obj: __import__("numpy").dtype(obj),
    **NEEDS,
)
def dtype_attribute_planted() -> bytes:
    """Plants `dtype` on an object, which numpy follows, to itself."""
    made = memoized(new("attacks.victims.Plain"), 0)
    return pickled(build(made, {"__array__": BINGET(0), "dtype": BINGET(0)}))


@theme.case("vectorize left for the caller", plain=(RAN, LOADED), use=lambda obj: obj([PYTHON]), **NEEDS)
def vectorize_left_for_the_caller() -> bytes:
    """Leaves a `numpy.vectorize` of `exec` in the data."""
    state = {"pyfunc": name("builtins.exec"), "signature": None, "otypes": None, "excluded": (), "cache": False}
    return pickled(build(new("numpy.vectorize"), {**state, "_init_stage_2": name("builtins.print")}))


@theme.case(
    "old numpy names", plain=(ERROR, UNTRIED), verdict=(*ANSWER, "MissingModuleError", "MissingGlobalError"), **NEEDS
)
def old_internal_names() -> bytes:
    """Names private functions under module paths of numpy that are gone."""
    return pickled(call("numpy.core.numerictypes.sctype2char", EMPTY_TUPLE))
