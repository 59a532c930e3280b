"""Value types of the standard library with hostile arguments: codecs, patterns, numbers, sizes, states."""

from __future__ import annotations

import bz2
from functools import partial
from typing import Any

from attacks.assembler import (
    EMPTY_TUPLE,
    NEWOBJ_EX,
    POP,
    Code,
    build,
    call,
    name,
    new,
    pickled,
    value,
)
from attacks.canary import PYTHON
from attacks.case import (
    CRASH,
    DATA,
    ERROR,
    HANG,
    IMPORTED,
    LIMIT,
    LOADED,
    MEMORY,
    RAN,
    REFUSED,
    Theme,
)
from attacks.containers import zlib_of_zeros

theme = Theme("values")

RUNNER = "attacks.victims.Runner"
TOO_MUCH = (REFUSED, LIMIT)


# --- codecs -------------------------------------------------------------------------------------------------------

_CODECS: dict[str, tuple[str, Any, str, str | tuple[str, ...]]] = {
    "encode_punycode": ("_codecs.encode", "".join(map(chr, range(0x4E00, 0x9F00))) * 4, "punycode", HANG),
    "encode_idna": ("_codecs.encode", "x" * 3_000_000, "idna", (ERROR, HANG)),
    "encode_rot13": ("_codecs.encode", "x", "rot13", (LOADED, IMPORTED)),
    "encode_unknown": ("_codecs.encode", "x", "attacks_no_codec", ERROR),
    "encode_path_like": ("_codecs.encode", "x", "../attacks/trap", ERROR),
    "encode_trap": ("_codecs.encode", "x", "attacks.trap", ERROR),
    "encode_unicode_escape": ("_codecs.encode", "x\n", "unicode_escape", LOADED),
    "encode_utf8": ("_codecs.encode", "x", "utf-8", LOADED),
    "encode_utf_32": ("_codecs.encode", "x", "utf-32", LOADED),
    "encode_object": ("_codecs.encode", b"x", "hex", (LOADED, IMPORTED)),
    "decode_uu": ("_codecs.decode", b"begin 666 x\n", "uu", (ERROR, IMPORTED)),
    "decode_raw_unicode": ("_codecs.decode", b"\\u0041", "raw_unicode_escape", LOADED),
}


def _codec(function: str, content: Any, codec: str) -> bytes:
    return pickled(call(function, content, codec))


for _key, (_function, _content, _codec_name, _plain) in _CODECS.items():
    theme.add(
        f"codecs_{_key}",
        "codec that pickles do not need",
        partial(_codec, _function, _content, _codec_name),
        f"Runs the codec {_codec_name!r} where honest pickles use latin1 only.",
        verdict=(*TOO_MUCH, DATA) if _codec_name == "utf-8" else TOO_MUCH,
        plain=_plain,
    )


@theme.case("codec as a decompression bomb", plain=MEMORY, verdict=TOO_MUCH)
def codec_zlib_bomb() -> bytes:
    """`_codecs.decode(…, "zlib")` inflates 3 MB to 3 GB."""
    return pickled(call("_codecs.decode", zlib_of_zeros(b"", 3 << 30), "zlib"))


@theme.case("codec as a decompression bomb", plain=MEMORY, verdict=TOO_MUCH)
def codec_bz2_bomb() -> bytes:
    """`_codecs.decode(…, "bz2")` inflates 3 KB to 3 GB."""
    return pickled(call("_codecs.decode", bz2.compress(bytes(32 << 20)) * 96, "bz2"))


@theme.case("codec as a decompression bomb", plain=MEMORY, verdict=TOO_MUCH)
def zlib_decompress_by_name() -> bytes:
    """Calls `zlib.decompress` itself."""
    return pickled(call("zlib.decompress", zlib_of_zeros(b"", 3 << 30)))


@theme.case("error handler of a codec", plain=ERROR, verdict=REFUSED)
def codec_error_handler() -> bytes:
    """Names an error handler, which the program may have registered."""
    return pickled(call("_codecs.encode", "\udc80", "ascii", "attacks_no_handler"))


@theme.case("codec that pickles do not need", plain=(LOADED, IMPORTED), verdict=REFUSED)
def str_with_odd_codec() -> bytes:
    """Hands `str` a codec other than the plain ones."""
    return pickled(call("builtins.str", b"x", "utf-7"))


@theme.case("codec that pickles do not need", plain=HANG, verdict=TOO_MUCH)
def bytes_with_punycode() -> bytes:
    """Hands `bytes` a codec that takes quadratic time."""
    return pickled(call("builtins.bytes", "".join(map(chr, range(0x4E00, 0x9F00))) * 4, "punycode"))


# --- regular expressions ------------------------------------------------------------------------------------------


@theme.case(
    "regular expression that takes for ever to compile", plain=(HANG, MEMORY, ERROR), verdict=(*TOO_MUCH, "BuildError")
)
def regex_nested_repeats() -> bytes:
    """Compiles nested counted repeats, which copy their body each time."""
    pattern = "x"
    for _ in range(6):
        pattern = f"(?:{pattern * 12}){{9}}"
    return pickled(call("re._compile", pattern, 0))


@theme.case(
    "regular expression that takes for ever to compile", plain=(ERROR, CRASH), verdict=(*TOO_MUCH, "BuildError")
)
def regex_deep() -> bytes:
    """Compiles 100,000 nested groups."""
    return pickled(call("re._compile", "(" * 100_000 + ")" * 100_000, 0))


@theme.case("regular expression that takes for ever to match", plain=LOADED, verdict=(REFUSED, DATA))
def regex_catastrophic() -> bytes:
    """A pattern with catastrophic backtracking: inert until matched, and indistinguishable from an honest one."""
    return pickled(call("re._compile", "(a+)+$", 0))


@theme.case("regular expression of odd arguments", plain=(ERROR, LOADED), verdict=REFUSED)
def regex_debug_flag() -> bytes:
    """Compiles with the flag DEBUG, which prints, and the flag TEMPLATE."""
    return pickled(call("re._compile", "x", 128))


@theme.case("regular expression of odd arguments", plain=(ERROR, CRASH), verdict=REFUSED)
def regex_code_given_directly() -> bytes:
    """Calls `_sre.compile` with byte code of the matcher, which no honest pickle holds."""
    return pickled(call("_sre.compile", "x", 0, [6, 0, 2**31], 0, {}, ()))


# --- numbers ------------------------------------------------------------------------------------------------------

_NUMBERS: dict[str, tuple[Code, str | tuple[str, ...]]] = {
    "fraction_of_text": (call("fractions.Fraction", "1e300000000"), (HANG, MEMORY)),
    "fraction_of_decimal": (call("fractions.Fraction", call("decimal.Decimal", "1e300000000")), (HANG, MEMORY)),
    "int_of_decimal": (call("builtins.int", call("decimal.Decimal", "1e300000000")), (HANG, MEMORY)),
    "int_of_text": (call("builtins.int", "9" * 1_000_000), (ERROR, HANG)),
    "int_of_text_base_32": (call("builtins.int", "f" * 1_000_000, 32), LOADED),
    "float_of_decimal": (call("builtins.float", call("decimal.Decimal", "1e300000000")), (LOADED, ERROR)),
    "round_of_int": (call("builtins.round", 10**100, -(10**8)), (HANG, MEMORY, LOADED)),
    "pow_by_name": (call("builtins.pow", 10, 10**9), (HANG, MEMORY)),
    "factorial": (call("math.factorial", 10**8), (HANG, MEMORY)),
    "comb": (call("math.comb", 10**8, 5 * 10**7), (HANG, MEMORY)),
    "timedelta_of_huge": (call("datetime.timedelta", 10**300), ERROR),
    "range_length": (call("builtins.len", call("builtins.range", 10**400)), ERROR),
    "uuid_of_huge": (call("uuid.UUID", "1" * 10**6), ERROR),
    "ip_network_hosts": (call("builtins.list", call("ipaddress.IPv6Network", "::/64")), (HANG, MEMORY, ERROR)),
    "ip_of_huge_int": (call("ipaddress.IPv6Address", 10**1000), ERROR),
    "decimal_of_long_text": (call("decimal.Decimal", "9" * 2_000_000), LOADED),
    "date_with_day_255": (call("datetime.date", b"\xff\xff\x0c\xff"), (LOADED, ERROR)),
    "datetime_with_hour_255": (call("datetime.datetime", b"\xff\xff\x0c\xff\xff\xff\xff\xff\xff\xff"), (LOADED, ERROR)),
    "time_with_hour_255": (call("datetime.time", b"\x17\xff\xff\xff\xff\xff"), (LOADED, ERROR)),
    "date_of_text": (call("datetime.date", "\xff\xff\x0c\xff"), (LOADED, ERROR)),
    "datetime_with_odd_zone": (
        call("datetime.datetime", bytes([7, 208, 1, 1, 0, 0, 0, 0, 0, 0]), name("os.system")),
        ERROR,
    ),
    "timezone_of_days": (call("datetime.timezone", call("datetime.timedelta", 400)), ERROR),
}
_INERT = {"decimal_of_long_text", "int_of_text_base_32", "float_of_decimal"}


def _number(code: Code) -> bytes:
    return pickled(code)


for _key, (_code, _plain) in _NUMBERS.items():
    theme.add(
        f"number_{_key}",
        "value type with a number that explodes",
        partial(_number, _code),
        "Makes a value whose text is short and whose number is huge or impossible.",
        verdict=(*TOO_MUCH, DATA, "BuildError") if _key in _INERT else (*TOO_MUCH, "BuildError"),
        plain=_plain,
    )


# --- sizes --------------------------------------------------------------------------------------------------------

_SIZES: dict[str, tuple[Code, str | tuple[str, ...]]] = {
    "bytearray_of_int": (call("builtins.bytearray", 10**11), MEMORY),
    "bytearray_of_gigabyte": (call("builtins.bytearray", 10**9), MEMORY),
    "bytes_of_int": (call("builtins.bytes", 10**11), MEMORY),
    "bytes_by_newobj": (new("builtins.bytes", 10**11), MEMORY),
    "list_of_range": (call("builtins.list", call("builtins.range", 10**9)), MEMORY),
    "tuple_of_range": (call("builtins.tuple", call("builtins.range", 10**9)), MEMORY),
    "set_of_range": (call("builtins.set", call("builtins.range", 10**9)), MEMORY),
    "frozenset_of_range": (call("builtins.frozenset", call("builtins.range", 10**9)), MEMORY),
    "deque_of_range": (call("collections.deque", call("builtins.range", 10**9)), MEMORY),
    "counter_of_range": (call("collections.Counter", call("builtins.range", 10**9)), MEMORY),
    "ordered_dict_of_pairs": (
        call("collections.OrderedDict", call("builtins.enumerate", call("builtins.range", 10**9))),
        (MEMORY, HANG),
    ),
    "array_of_range": (call("array.array", "b", call("itertools.repeat", 0)), (MEMORY, HANG)),
    "list_of_endless": (call("builtins.list", call("itertools.count", 0)), (MEMORY, HANG)),
    "deque_of_endless_cycle": (call("collections.deque", call("itertools.cycle", [1]), 1), HANG),
    "product": (call("builtins.list", call("itertools.product", *([0, 1, 2, 3],) * 16)), (MEMORY, HANG)),
    "permutations": (call("builtins.list", call("itertools.permutations", value(list(range(12))))), (MEMORY, HANG)),
    "sum_of_range": (call("builtins.sum", call("builtins.range", 10**12)), HANG),
    "string_io": (call("io.StringIO", "x"), LOADED),
    "bytes_io_by_state": (
        build(new("io.BytesIO"), (b"x", 1 << 33, None)),
        (LOADED, MEMORY),
    ),
    "range_as_set_element": (call("builtins.range", 10**18), LOADED),
}
_RANGE_IS_DATA = {"range_as_set_element", "bytes_io_by_state", "string_io"}


for _key, (_code, _plain) in _SIZES.items():
    theme.add(
        f"size_{_key}",
        "innocent type given a size or an endless iterable",
        partial(_number, _code),
        "Allocates or loops without bound from a few bytes.",
        verdict=(*TOO_MUCH, DATA) if _key in _RANGE_IS_DATA else TOO_MUCH,
        plain=_plain,
    )


# --- state of standard types --------------------------------------------------------------------------------------


@theme.case("state of a standard type", plain=(LOADED, ERROR), verdict=(REFUSED, LIMIT, "BuildError"))
def random_state_of_wrong_length() -> bytes:
    """Gives `random.Random` a state with an index past its end."""
    state = (3, tuple([1] * 624 + [10**6]), None)
    return pickled(build(new("random.Random"), state))


@theme.case("state of a standard type", plain=(LOADED, ERROR), verdict=(REFUSED, LIMIT, "BuildError", DATA))
def ordered_dict_gets_attributes() -> bytes:
    """Gives an OrderedDict attributes that shadow its methods: `items` is a list."""
    return pickled(build(call("collections.OrderedDict"), {"items": [1], "keys": 7}))


@theme.case("state of a standard type", plain=MEMORY, verdict=TOO_MUCH)
def deque_with_bad_items() -> bytes:
    """Makes an array by `array._array_reconstructor` from bytes whose length is not a multiple of its item."""
    inner = call("builtins.bytearray", 10**11)
    return pickled(call("array._array_reconstructor", name("array.array"), "d", 14, inner))


@theme.case("state of a standard type", plain=ERROR, verdict=(REFUSED, "BuildError"))
def array_of_odd_bytes() -> bytes:
    """Gives an array bytes that are not a multiple of its item."""
    return pickled(call("array._array_reconstructor", name("array.array"), "d", 16, b"123"))


@theme.case("state of a standard type", plain=(LOADED, IMPORTED, ERROR), verdict=(REFUSED, "BuildError"))
def zoneinfo_path_walk() -> bytes:
    """Asks `ZoneInfo._unpickle` for a zone whose key is a path outside of the zone folder."""
    unpickle = call("builtins.getattr", name("zoneinfo.ZoneInfo"), "_unpickle")
    return pickled(call(unpickle, "../../../etc/passwd", True))


@theme.case("state of a standard type", plain=(LOADED, IMPORTED, ERROR), verdict=(REFUSED, "BuildError"))
def zoneinfo_from_file() -> bytes:
    """Reads any file as a time zone through `ZoneInfo.from_file`."""
    from_file = call("builtins.getattr", name("zoneinfo.ZoneInfo"), "from_file")
    return pickled(call(from_file, call("io.BytesIO", b"TZif")))


@theme.case("state of a standard type", plain=LOADED, verdict=DATA, check=lambda obj: str(obj) == "../../etc/passwd")
def path_with_dots() -> bytes:
    """A path with dots: data; nothing may open it."""
    return pickled(call("pathlib.PurePosixPath", "..", "..", "etc", "passwd"))


@theme.case("enum by value", plain=LOADED, verdict=REFUSED)
def enum_functional_api() -> bytes:
    """Makes a new enum class through the functional call of `enum.Enum`."""
    return pickled(call("enum.Enum", "Made", "A B C"))


@theme.case("class made by a factory", plain=(LOADED, IMPORTED), verdict=REFUSED)
def named_tuple_factory() -> bytes:
    """Makes a class by `collections.namedtuple`, which evaluates a text built from the field names."""
    return pickled(call("collections.namedtuple", "Made", "a b"))


@theme.case("class made by a factory", plain=(LOADED, IMPORTED), verdict=REFUSED)
def dataclass_factory() -> bytes:
    """Makes a class by `dataclasses.make_dataclass`, which executes source built from the field names."""
    return pickled(call("dataclasses.make_dataclass", "Made", ["a", "b"]))


@theme.case(
    "class made by a factory",
    plain=(RAN, ERROR),
    verdict=REFUSED,
    use=lambda obj: __import__("typing").get_type_hints(obj),
)
def annotations_evaluated() -> bytes:
    """Plants annotations that `typing.get_type_hints` evaluates."""
    return pickled(build(call("types.SimpleNamespace"), {"__annotations__": {"x": f"exec({PYTHON!r})"}}))


@theme.case("class made by a factory", plain=(RAN, LOADED), verdict=REFUSED)
def forward_reference_evaluated() -> bytes:
    """Evaluates a `typing.ForwardRef`."""
    reference = call("typing.ForwardRef", f"exec({PYTHON!r})")
    evaluate = call("builtins.getattr", reference, "_evaluate")
    return pickled(call(evaluate, {}, {}, call("builtins.frozenset")))


@theme.case("keywords by NEWOBJ_EX", plain=(ERROR, LOADED), allow=(RUNNER,), verdict=(REFUSED, "BuildError", DATA))
def newobj_ex_with_unknown_keywords() -> bytes:
    """Gives NEWOBJ_EX keywords that the class does not know."""
    return pickled(name(RUNNER) + EMPTY_TUPLE + value({"shell": True}) + NEWOBJ_EX)


@theme.case("metaclass that acts", plain=RAN, allow=("attacks.victims.WithMeta",), verdict=(REFUSED,))
def metaclass_call() -> bytes:
    """Calls an allowed class whose metaclass does something when called; pickle itself would use NEWOBJ."""
    return pickled(call("attacks.victims.Meta", "Made", (), {}) + POP + call("attacks.victims.WithMeta", "x"))


@theme.case("object as its own argument", plain=ERROR, verdict=(REFUSED, "MalformedError"))
def memo_of_the_unfinished() -> bytes:
    """Fetches from the memo an object that is made only later."""
    return pickled(call("collections.OrderedDict", Code(b"h\x09")) + Code(b"q\x09"))
