"""Classes made by attrs, pydantic and dataclasses: `allow=` of the class is all that they need."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import attrs
import pydantic
import pytest
from pydantic.dataclasses import dataclass as pydantic_dataclass

import onggi


@attrs.define
class Slotted:
    count: int = 1


@attrs.frozen
class Frozen:
    name: str = "kimchi"
    days: tuple[int, ...] = (3, 7)


@attrs.define(slots=False)
class Plain:
    count: int = 1


class Model(pydantic.BaseModel):
    count: int = 1
    inner: dict[str, list[float]] = {"a": [1.5]}
    _private: int = pydantic.PrivateAttr(3)


class Extra(pydantic.BaseModel, extra="allow"):
    inner: Model = Model()


@pydantic_dataclass
class Checked:
    count: int = 1


@dataclasses.dataclass(slots=True, frozen=True)
class Dataclass:
    count: int = 1


MADE = [Slotted(2), Frozen("radish"), Plain(5), Model(count=9), Extra(more=[1]), Checked(4), Dataclass(8)]
CLASSES: list[Any] = [type(made) for made in MADE]


@pytest.mark.parametrize("made", MADE, ids=lambda made: type(made).__name__)
def test_allowing_the_class_is_enough(made: Any) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps([made, made], protocol)
        assert onggi.inspect(data).state == "needs trust"
        loaded = onggi.loads(data, allow=CLASSES)
        assert loaded == [made, made]
        assert loaded[0] is loaded[1]
        with pytest.raises(onggi.errors.RefusedError, match="no rule allows"):
            onggi.loads(data)
