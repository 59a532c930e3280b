"""Guards of numpy's random generators, with hostile arguments and states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from onggi.proof.guards import find
from onggi.proof.rules import Unsafe


def twister(**changes: Any) -> dict[str, Any]:
    state = np.random.MT19937(1).state
    state["state"] = {**state["state"], **changes}
    return dict(state)


def bits(cls: Any, **changes: Any) -> dict[str, Any]:
    return {**cls(1).state, **changes}


@pytest.mark.parametrize(
    ("cls", "state"),
    [
        (np.random.MT19937, twister(pos=625)),
        (np.random.MT19937, twister(pos=-1)),
        (np.random.MT19937, twister(pos=2**31)),
        (np.random.MT19937, twister(pos="0")),
        (np.random.MT19937, twister(key=np.zeros(624, "u4"))),
        (np.random.MT19937, twister(key=np.zeros(10, "u4"))),
        (np.random.MT19937, twister(key=[1] * 624)),
        (np.random.MT19937, twister(key=np.ones(624, object))),
        (np.random.MT19937, bits(np.random.PCG64)),
        (np.random.PCG64, bits(np.random.PCG64, state={"state": 1, "inc": 2})),
        (np.random.PCG64, bits(np.random.PCG64, state={"state": 1, "inc": 2**128 + 1})),
        (np.random.PCG64, bits(np.random.PCG64, state={"state": "x", "inc": 1})),
        (np.random.PCG64, bits(np.random.PCG64, has_uint32=7)),
        (np.random.PCG64, bits(np.random.PCG64, uinteger=2**40)),
        (np.random.PCG64, bits(np.random.PCG64, more=1)),
        (np.random.Philox, bits(np.random.Philox, buffer_pos=5)),
        (np.random.Philox, bits(np.random.Philox, buffer_pos=-1)),
        (np.random.Philox, bits(np.random.Philox, buffer=np.zeros(2, "u8"))),
        (np.random.Philox, bits(np.random.Philox, state={"counter": np.zeros(1, "u8"), "key": np.zeros(2, "u8")})),
        (np.random.SFC64, bits(np.random.SFC64, state={"state": np.zeros(3, "u8")})),
        (np.random.PCG64, 5),
    ],
)
def test_bit_generator_states_refuse(cls: Any, state: Any) -> None:
    with pytest.raises(Unsafe):
        find("numpy_random:bit_generator_state")(cls(5), (state, None))
    with pytest.raises(Unsafe):
        find("numpy_random:bit_generator_state")(cls(5), state)
    with pytest.raises(Unsafe):
        find("numpy_random:generator_state")(np.random.Generator(cls(5)), state)


def test_random_states_refuse() -> None:
    made = np.random.RandomState(1)
    key = np.ones(624, "u4")
    for state in (("MT19937", key, 900, 0, 0.0), ("MT19937", key, 1, 7, 0.0), ("PCG64", key, 1), 5, {"state": 1}):
        with pytest.raises(Unsafe):
            find("numpy_random:random_state_state")(made, state)
    with pytest.raises(Unsafe):
        find("numpy_random:random_state_state")(made, {**twister(), "has_gauss": 1, "gauss": "x"})


def test_the_tuple_of_numpy_1_16() -> None:
    source = np.random.RandomState(3)
    source.normal()
    made = np.random.RandomState(1)
    find("numpy_random:random_state_state")(made, source.get_state())
    assert made.normal() == source.normal()


@pytest.mark.parametrize("guard", ["numpy_random:bit_generator", "numpy_random:generator", "numpy_random:random_state"])
@pytest.mark.parametrize("args", [(list,), ("os",), (print,), ("PCG64", print), (5,), ("PCG64", 1, 2)])
def test_constructors_refuse(guard: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(Unsafe):
        find(guard)(None, args)


def test_constructors_take_names_and_generators() -> None:
    assert type(find("numpy_random:bit_generator")(None, ("Philox",))) is np.random.Philox
    assert type(find("numpy_random:bit_generator")(None, (np.random.SFC64,))) is np.random.SFC64
    assert type(find("numpy_random:generator")(None, (np.random.PCG64(1),))) is np.random.Generator
    assert type(find("numpy_random:random_state")(None, ())) is np.random.RandomState
    with pytest.raises(Unsafe):
        find("numpy_random:legacy")(None, (1,))


@pytest.mark.parametrize(
    "state",
    [
        (5, 0, np.zeros(4, "u4"), 4, ()),
        (5, 0, [1, 2, 3, 4], 4, ()),
        (5, 0, np.zeros(4, "u4"), 100_000, ()),
        (None, 0, np.zeros(4, "u4"), 4, ()),
        ("text", 0, np.zeros(4, "u4"), 4, ()),
        (5, -1, np.zeros(4, "u4"), 4, ()),
        (5, 0, np.zeros(4, "u4"), 4, ("x",)),
        (5,),
    ],
)
def test_seed_sequences_refuse(state: Any) -> None:
    with pytest.raises(Unsafe):
        find("numpy_random:seed_sequence_state")(np.random.SeedSequence(0), state)
    for args in ((list, 1, None), (np.random.SeedSequence, 1, (1,)), ()):
        with pytest.raises(Unsafe):
            find("numpy_random:seed_sequence")(None, args)
