"""User classes that need Python 3: enums, and what newer versions add when they can.

Written for Python 3.6, so the linters' wish for newer syntax is not followed.
"""

import enum
import sys
import typing


class Colour(enum.Enum):
    RED = 1
    GREEN = "green"
    BLUE = (0, 0, 255)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4
    ALL = 7


class Bits(enum.IntFlag):
    A = 1
    B = 2
    C = 8


class TextChoice(str, enum.Enum):
    YES = "yes"
    NO = "no"


class Holder:
    class Mode(enum.Enum):
        ON = 1
        OFF = 0


class Record(typing.NamedTuple):
    name: str
    count: int = 0


T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    def __init__(self, content):
        self.content = content


class KeywordOnlyNew:
    def __new__(cls, *, size):
        self = object.__new__(cls)
        self.size = size
        return self

    def __getnewargs_ex__(self):
        return (), {"size": self.size}


class StateSetter:
    """Rebuilt with a reduce tuple of six: the last is the function that sets the state (Python 3.8)."""

    def __reduce__(self):
        return (StateSetter, (), {"level": self.level}, None, None, set_level)


def set_level(instance, state):
    instance.level = state["level"]


class ReducesToBuffer(bytearray):
    """Out-of-band data of a user class, as PEP 574 shows it."""

    def __reduce_ex__(self, protocol):
        if protocol >= 5:
            import pickle

            return type(self)._rebuild, (pickle.PickleBuffer(self),), None
        return type(self)._rebuild, (bytearray(self),)

    @classmethod
    def _rebuild(cls, source):
        with memoryview(source) as view:
            origin = view.obj
            if type(origin) is cls:
                return origin
        return cls(source)


if sys.version_info >= (3, 7):
    import dataclasses

    @dataclasses.dataclass
    class Card:
        suit: str
        rank: int = 1
        tags: list = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(frozen=True)
    class FrozenCard:
        suit: str
        rank: int = 1

    @dataclasses.dataclass(order=True)
    class Deck:
        owner: str
        cards: typing.List[Card] = dataclasses.field(default_factory=list)


if sys.version_info >= (3, 10):

    @dataclasses.dataclass(slots=True)
    class SlottedCard:
        suit: str
        rank: int = 1

    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class FrozenSlottedCard:
        suit: str
        rank: int = 1


if sys.version_info >= (3, 11):

    class Shout(enum.StrEnum):
        HEY = enum.auto()
        HO = enum.auto()
