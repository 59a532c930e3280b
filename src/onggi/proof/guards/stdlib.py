"""Guards of the standard library's value types: dates, numbers, paths, patterns, containers, enums."""

from __future__ import annotations

import enum
import re
from typing import Any, Final

from onggi.proof.guards.budget import allocate, charge, collide
from onggi.proof.guards.shapes import (
    BYTES,
    CLASS,
    DICT,
    FLOAT,
    LIST,
    NONE,
    NUMBER,
    SCALAR,
    SMALL_INT,
    STR,
    TUPLE,
    Shape,
    between,
    call,
    each,
    exactly,
    fields,
    instance_of,
    kind_of,
    name_of,
    new,
    one_of,
    refuse,
    require,
    text,
)

__all__ = [
    "array",
    "array_reconstructor",
    "chain_map_state",
    "context",
    "date",
    "datetime_",
    "decimal",
    "decimal_tuple",
    "deque",
    "fraction",
    "ip",
    "member_of_enum",
    "normal_dist_state",
    "path",
    "pattern",
    "random_",
    "random_state",
    "record",
    "time",
    "timedelta",
    "timezone",
    "uuid_",
    "uuid_state",
    "zone",
]

_LIKE_BYTES: Final = exactly("bytes", bytes)

# Dates. The C constructors take a byte string as they find it: year 65535, day 255, hour 63. Nearly all honest ones
# match the patterns of what is right on any day of any month; the others are held against the public constructor.

_FAST_DATE: Final = re.compile(rb"[\x01-\x26].[\x01-\x0c][\x01-\x1c]", re.DOTALL).fullmatch
_FAST_TIME: Final = re.compile(rb"[\x00-\x17\x80-\x97][\x00-\x3b][\x00-\x3b][\x00-\x0e]..", re.DOTALL).fullmatch
_FAST_DATETIME: Final = re.compile(
    rb"[\x01-\x26].[\x01-\x0c\x81-\x8c][\x01-\x1c][\x00-\x17][\x00-\x3b][\x00-\x3b][\x00-\x0e]..", re.DOTALL
).fullmatch


def _raw(function: Any, value: Any, length: int) -> bytes:
    """Return the byte string of a date; Python 2 wrote it as text."""
    if type(value) is str:
        try:
            value = value.encode("latin-1")
        except UnicodeEncodeError:
            refuse(f"the state of a {name_of(function)} is text that is no Latin-1")
    require(_LIKE_BYTES, value, f"the state of a {name_of(function)}")
    if len(value) != length:
        refuse(f"the state of a {name_of(function)} must be {length} bytes, not {len(value)}")
    return bytes(value)


def _checked(function: Any, parts: tuple[int, ...]) -> None:
    try:
        function(*parts)
    except ValueError as error:
        refuse(f"a {name_of(function)} that does not exist: {error}")


def _zone_of(function: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the time zone behind the byte string, if there is one; the C code checks that it is a tzinfo."""
    if not 1 <= len(args) <= 2:
        refuse(f"{name_of(function)} is called with {len(args)} arguments; an honest pickle gives it bytes and a zone")
    return args[1:]


def date(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a date of its four bytes."""
    if len(args) == 1 and type(args[0]) is bytes and _FAST_DATE(args[0]):
        return function(args[0])
    if len(args) != 1:
        return _from_numbers(function, args, 3, 3)
    raw = _raw(function, args[0], 4)
    _checked(function, (raw[0] << 8 | raw[1], raw[2], raw[3]))
    return function(raw)


def datetime_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a datetime of its ten bytes and a zone; the highest bit of the month is the fold."""
    if args and type(args[0]) is bytes and len(args) < 3 and _FAST_DATETIME(args[0]):
        return function(*args)
    if len(args) > 2:
        return _from_numbers(function, args, 3, 7)
    zone_args = _zone_of(function, args)
    raw = _raw(function, args[0], 10)
    _checked(function, (raw[0] << 8 | raw[1], raw[2] & 0x7F, *raw[3:7], int.from_bytes(raw[7:], "big")))
    return function(raw, *zone_args)


def time(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a time of its six bytes and a zone; the highest bit of the hour is the fold."""
    if args and type(args[0]) is bytes and len(args) < 3 and _FAST_TIME(args[0]):
        return function(*args)
    if args and type(args[0]) is int:
        return _from_numbers(function, args, 0, 4)
    zone_args = _zone_of(function, args)
    raw = _raw(function, args[0], 6)
    _checked(function, (raw[0] & 0x7F, raw[1], raw[2], int.from_bytes(raw[3:], "big")))
    return function(raw, *zone_args)


def _from_numbers(function: Any, args: tuple[Any, ...], least: int, most: int) -> Any:
    """Call the public constructor, which checks every number itself."""
    if not least <= len(args) <= most or not all(map(SMALL_INT.fits, args)):
        refuse(f"{name_of(function)} must be given its bytes or {least} to {most} numbers")
    return function(*args)


timedelta = call(SMALL_INT, SMALL_INT, SMALL_INT, least=0)
timezone = call(instance_of("datetime", "timedelta"), STR, least=1)

_ZONE_KEY: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+\-]*(/[A-Za-z0-9_][A-Za-z0-9_+\-]*){0,3}")


def zone(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a ZoneInfo: the key names a file below the time zone folders, so no dots, no leading slash, no drive."""
    if not 1 <= len(args) <= 2 or type(args[0]) is not str or not all(type(arg) in (int, bool) for arg in args[1:]):
        refuse("zoneinfo.ZoneInfo must be given a key")
    key = args[0]
    if len(key) > 80 or not _ZONE_KEY.fullmatch(key):
        refuse(f"{key[:80]!r} is no name of a time zone")
    # Out of the cache, it reads and parses the file each time.
    if args[1:] == (0,):
        allocate(20_000)
        charge(1_000_000)
    return function(key, *map(bool, args[1:]))


# Numbers.

_MAX_FRACTION_BITS: Final = 65_536
"""Beyond that, the greatest common divisor that a Fraction takes costs out of proportion."""
_FRACTION_TEXT: Final = re.compile(r"-?[0-9]{1,4300}(/[0-9]{1,4300})?")
_FRACTION_PART: Final = Shape(
    f"an integer of at most {_MAX_FRACTION_BITS:,} bits",
    lambda value: type(value) is int and value.bit_length() <= _MAX_FRACTION_BITS,
)


def fraction(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Fraction of two integers or of `"1/3"`; an exponent in the text (`"1e300000000"`) would fill memory."""
    if len(args) == 1 and type(args[0]) is str:
        if not _FRACTION_TEXT.fullmatch(args[0]):
            refuse("fractions.Fraction must be given two integers or digits")
        charge(len(args[0]) ** 2 // 100)
        return _with_a_hash_of_its_own(function(args[0]))
    for part in args:
        if not _FRACTION_PART.fits(part):
            refuse(f"a part of a fractions.Fraction must be {_FRACTION_PART.words}, not {kind_of(part)}")
        if part.bit_length() > 1_000:
            charge(part.bit_length() ** 2 // 1_000)
    return _with_a_hash_of_its_own(function(*args))


def _with_a_hash_of_its_own(made: Any) -> Any:
    # From Python 3.12 on, the hash of a Fraction is looked up in a cache by these two. Where thousands of pairs share
    # one hash, each look-up compares them all, before anybody sees the hash of the Fraction itself.
    pair = made.numerator, made.denominator
    collide(hash(pair), pair)
    return made


def decimal(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Decimal. One of any exponent is inert; only turning it into an integer costs."""
    if len(args) == 1 and type(args[0]) is str and len(args[0]) < 100:
        return function(args[0])
    if len(args) > 1:
        refuse(f"decimal.Decimal is called with {len(args)} arguments")
    for value in args:
        require(STR | _FRACTION_PART, value, "the argument of decimal.Decimal")
        allocate(len(value) if type(value) is str else 0)
        charge(20 * len(value) if type(value) is str else value.bit_length() ** 2 // 1_000)
    return function(*args)


decimal_tuple = new(between(0, 1), each(TUPLE, between(0, 9)), SMALL_INT | one_of("F", "n", "N"))


_SIGNALS: Final = Shape(
    "a list of the signals of decimal",
    lambda value: type(value) is list and len(value) < 20 and all(map(CLASS.fits, value)),
)
context = call(SMALL_INT, STR, *(SMALL_INT,) * 4, _SIGNALS, _SIGNALS, least=0)


def normal_dist_state(obj: Any, given: Any) -> None:
    """Set mean and deviation: a pair, or the slots as Python 3.8 wrote them."""
    if type(given) is tuple and len(given) == 2 and type(given[1]) is dict:
        given = (given[1].get("_mu"), given[1].get("_sigma"))
    if type(given) is not tuple or len(given) != 2 or not all(map(NUMBER.fits, given)):
        refuse("the state of a statistics.NormalDist must be two numbers")
    for name, value in zip(("_mu", "_sigma"), given, strict=True):
        setattr(obj, name, value)


_RANDOM_STATE: Final = 625


def random_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a generator, which asks the operating system for 2.5 kB of entropy."""
    allocate(2_500)
    charge(50_000)
    return call()(function, args)


def random_state(obj: Any, given: Any) -> None:
    """Set the state of a Mersenne twister.

    Of all zeros it gives zeros for ever, and `gauss` and others then never return.
    """
    if type(given) is not tuple or len(given) != 3 or type(given[0]) is not int or type(given[1]) is not tuple:
        refuse("the state of a random.Random must be its version, 625 numbers and the next gauss")
    numbers, gauss_next = given[1:]
    charge(100_000)
    require(FLOAT | NONE, gauss_next, "gauss_next of a random.Random")
    if len(numbers) != _RANDOM_STATE or not all(type(number) is int and 0 <= number < 2**32 for number in numbers):
        refuse("the state of a random.Random must be 625 numbers of 32 bits")
    if not any(numbers[1:-1]) and not numbers[0] >> 31:
        refuse("the state of a random.Random is all zeros")
    obj.setstate(given)


_TYPECODES: Final = one_of(*"bBuwhHiIlLqQfd")
_ARRAY_ITEMS: Final = each(LIST, exactly("a number or character", int, float, str)) | STR | BYTES


def array(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an array of a list that exists; it converts each item."""
    if len(args) == 2 and type(args[1]) in (list, str, bytes):
        allocate(8 * len(args[1]))
        charge(100 * len(args[1]))
    return call(_TYPECODES, _ARRAY_ITEMS, least=1)(function, args)


def array_reconstructor(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an array of machine values: class, type code, format code, bytes. The C code checks the bytes' length."""
    if len(args) != 4 or not isinstance(args[0], type) or name_of(args[0]) != "array.array":
        refuse("array._array_reconstructor must be given array.array")
    require(_TYPECODES, args[1], "the type code of an array")
    require(between(0, 21), args[2], "the format code of an array")
    require(BYTES, args[3], "the items of an array")
    allocate(len(args[3]))
    return function(*args)


# Identifiers, paths, patterns.

_UUID_INT: Final = Shape("a number of 128 bits", lambda value: type(value) is int and 0 <= value < 2**128)
_SAFE: Final = one_of(0, -1) | NONE | instance_of("uuid", "SafeUUID")
uuid_state = fields({"int": _UUID_INT}, [("is_safe", _SAFE)])
uuid_ = call(text(100) | NONE, BYTES | NONE, BYTES | NONE, NONE, _UUID_INT | NONE, least=1)
_IP: Final = call(_UUID_INT | text(100))


def ip(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an address, network or interface of a number or a short text."""
    charge(10_000)
    return _IP(function, args)


def path(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a path of its parts."""
    charge(200 * len(args))
    return call(rest=STR)(function, args)


_MAX_PATTERN: Final = 65_536
_WIDE_SET_COST: Final = 5_000_000
"""A character set beyond Latin-1 takes milliseconds to compile, at five characters."""
_FLAGS: Final = 0b1_0111_1110
"""All flags of re but TEMPLATE and DEBUG, which prints."""
_WIDE: Final = re.compile(r"[^\x00-\xff]|\\[uUN]")


def pattern(function: Any, args: tuple[Any, ...]) -> Any:
    """Compile a regular expression.

    Compiling is linear in the pattern but for character sets. Matching can take for ever with any engine that
    backtracks: a stranger's pattern is as slow as the stranger likes, when it is used.
    """
    if len(args) != 2 or type(args[0]) not in (str, bytes):
        refuse("re._compile must be given a pattern and flags")
    source, flags = args
    if len(source) > _MAX_PATTERN:
        refuse(f"a regular expression of {len(source):,} characters")
    number = int(flags) if type(flags) in (int, re.RegexFlag) else -1
    if number < 0 or number & ~_FLAGS:
        refuse(f"{kind_of(flags)} is no set of flags of a regular expression")
    wide_sets = source.count("[") if type(source) is str and _WIDE.search(source) else 0
    charge(1_500 * len(source) + _WIDE_SET_COST * wide_sets)
    return function(source, number)


# Containers and records.

_MAPPING: Final = DICT | instance_of("collections", "OrderedDict", "defaultdict", "Counter", "UserDict", "ChainMap")
chain_map_state = fields({"maps": each(LIST, _MAPPING)})
_EMPTY_DEQUE_BYTES: Final = 760
_DEQUE: Final = call(exactly("a list or tuple", list, tuple), between(0, 2**63 - 1) | NONE, least=0)


def deque(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a deque of a list that exists, and a bound, which allocates nothing."""
    allocate(_EMPTY_DEQUE_BYTES)
    if args and type(args[0]) in (list, tuple):
        allocate(8 * len(args[0]))
        charge(8 * len(args[0]))
    return _DEQUE(function, args)


_RECORD_ITEM: Final = SCALAR | each(TUPLE, SCALAR)


def record(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a record of C's, such as a stat_result: a tuple of plain values, and a dict of further ones."""
    charge(10_000)
    if len(args) not in (1, 2) or type(args[0]) is not tuple or len(args[0]) > 64:
        refuse(f"{name_of(function)} must be given a tuple and a dict")
    if not all(map(_RECORD_ITEM.fits, args[0])):
        refuse(f"{name_of(function)} holds something else than plain values")
    if len(args) == 2:
        more = args[1]
        if type(more) is not dict or not all(type(key) is str and SCALAR.fits(more[key]) for key in more):
            refuse(f"{name_of(function)} holds something else than plain values")
    return function(*args)


def member_of_enum(function: Any, args: tuple[Any, ...]) -> Any:
    """Look up an enum's member by its value; with more arguments the enum's class would make another enum."""
    if len(args) != 1 or not isinstance(function, enum.EnumMeta):
        refuse(f"{name_of(function)} must be given the value of a member")
    value = args[0]
    if type(value) is str:
        return function(value)
    # A Flag walks through all bits of a value, and remembers each that it is asked for.
    if type(value) is int and value.bit_length() > 64:
        refuse(f"{name_of(function)} has no member of {value.bit_length():,} bits")
    if not _RECORD_ITEM.fits(value):
        refuse(f"the value of a member of {name_of(function)} must be a plain value, not {kind_of(value)}")
    return function(value)
