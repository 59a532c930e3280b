"""Guards of what makes callables out of callables, and of attribute look-ups.

A callable inside an object runs when the reader, or a library on the reader's behalf, uses the object. So only
callables that do nothing but compute may come out of here, whatever they are given: the tables grant VALUE to such
functions, and to classes for other purposes too (as a dtype, as an annotation), so that classes are judged once more.
"""

from __future__ import annotations

import enum
import functools
import operator
import re
import sys
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType, ModuleType
from typing import Any, Final

from onggi.proof.guards.budget import allocate, charge
from onggi.proof.guards.shapes import (
    DICT,
    NONE,
    SCALAR,
    STR,
    TUPLE,
    Shape,
    call,
    kind_of,
    name_of,
    refuse,
    require,
    split_state,
)
from onggi.proof.guards.unfinished import filled, made

__all__ = [
    "attributegetter",
    "defaultdict_",
    "get_attribute",
    "is_inert",
    "itemgetter_",
    "member",
    "methodcaller_",
    "or_",
    "partial_",
    "partial_state",
    "reduce_",
    "require_inert",
    "with_keywords",
]

_MAX_MEMBERS: Final = 100

_BUILDING_CLASSES: Final = frozenset(
    {
        *(
            "bool",
            "bytearray",
            "bytes",
            "complex",
            "dict",
            "float",
            "frozenset",
            "int",
            "list",
            "object",
            "range",
            "set",
        ),
        *("slice", "str", "tuple", "enumerate", "zip", "reversed"),
    }
)
_INERT_CLASSES: Final = frozenset(
    {
        *(f"builtins.{name}" for name in _BUILDING_CLASSES),
        *(
            f"collections.{name}"
            for name in ("ChainMap", "Counter", "OrderedDict", "UserDict", "UserList", "UserString")
        ),
        *("collections.defaultdict", "collections.deque", "decimal.Decimal", "fractions.Fraction", "uuid.UUID"),
        *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")),
        *("types.SimpleNamespace", "argparse.Namespace", "array.array", "random.Random"),
        *("pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath"),
        *("pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"),
    }
)
"""Classes of the tables that may be called with any arguments: all that happens is an object of that class."""

_TEXT_METHODS: Final = frozenset(
    {
        *("capitalize", "casefold", "center", "count", "endswith", "expandtabs", "find", "index", "isalnum", "isalpha"),
        *(
            "isascii",
            "isdecimal",
            "isdigit",
            "isidentifier",
            "islower",
            "isnumeric",
            "isprintable",
            "isspace",
            "istitle",
        ),
        *(
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "rfind",
            "rindex",
        ),
        *("rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title"),
        *("translate", "upper", "zfill", "hex", "fromhex", "maketrans", "decode", "encode"),
    }
)
_CONTAINER_METHODS: Final = frozenset(
    {
        *("append", "clear", "count", "extend", "get", "index", "insert", "items", "keys", "pop", "popitem", "remove"),
        *(
            "reverse",
            "setdefault",
            "sort",
            "update",
            "values",
            "fromkeys",
            "add",
            "difference",
            "discard",
            "intersection",
        ),
        *("isdisjoint", "issubset", "issuperset", "symmetric_difference", "union", "appendleft", "popleft", "rotate"),
        *("elements", "most_common", "subtract", "move_to_end"),
    }
)
_NUMBER_METHODS: Final = frozenset(
    {
        *("as_integer_ratio", "bit_count", "bit_length", "conjugate", "from_bytes", "is_integer", "to_bytes", "hex"),
        *("fromhex", "real", "imag", "numerator", "denominator"),
    }
)
_DATE_METHODS: Final = frozenset(
    {
        *("astimezone", "combine", "ctime", "date", "dst", "fromisocalendar", "fromisoformat", "fromordinal"),
        *(
            "fromtimestamp",
            "isocalendar",
            "isoformat",
            "isoweekday",
            "now",
            "strftime",
            "strptime",
            "time",
            "timestamp",
        ),
        *("timetuple", "timetz", "today", "toordinal", "total_seconds", "tzname", "utcfromtimestamp", "utcnow"),
        *("utcoffset", "utctimetuple", "weekday"),
    }
)
_UFUNC_METHODS: Final = frozenset({"accumulate", "at", "outer", "reduce", "reduceat"})

_METHODS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("builtins.str", "builtins.bytes", "builtins.bytearray"), _TEXT_METHODS | {"replace"}),
    **dict.fromkeys(("builtins.list", "builtins.tuple", "builtins.dict"), _CONTAINER_METHODS | {"copy"}),
    **dict.fromkeys(("builtins.set", "builtins.frozenset"), _CONTAINER_METHODS | {"copy"}),
    **dict.fromkeys(("collections.OrderedDict", "collections.defaultdict"), _CONTAINER_METHODS | {"copy"}),
    **dict.fromkeys(("collections.Counter", "collections.deque"), _CONTAINER_METHODS | {"copy"}),
    **dict.fromkeys(("builtins.int", "builtins.float", "builtins.complex", "builtins.bool"), _NUMBER_METHODS),
    **dict.fromkeys(
        (f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")), _DATE_METHODS
    ),
    "numpy.ufunc": _UFUNC_METHODS,
}
"""Class -> the methods that a pickle may bind to its instances, or take from the class itself."""

_CALLABLE_NAMES: Final = _TEXT_METHODS | _CONTAINER_METHODS | _NUMBER_METHODS | _DATE_METHODS
"""Methods that `methodcaller` may name. It calls them on any object, so names with another meaning elsewhere stay out:
`copy`, `replace` and `rename` of a Path, `eval` and `to_pickle` of a DataFrame, `tofile` of an array, `format` of a
string, which reads any attribute."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_FRAME_NAMES: Final = re.compile(r"(f|tb|gi|cr|ag|co|func|im)_[a-z]+")
"""Attributes that lead from functions, generators and tracebacks to globals and code."""


def _is(obj: Any, name: str) -> bool:
    """Say whether a class or function is what stands under its own name, in a module that is loaded."""
    module, _, attribute = name.rpartition(".")
    return getattr(sys.modules.get(module), attribute, None) is obj


def _row(obj: Any) -> Any:
    from onggi.proof.tables import lookup

    return lookup(str(getattr(obj, "__module__", "")), str(getattr(obj, "__qualname__", "")))


def is_inert(function: Any) -> bool:
    """Say whether a callable may be kept inside an object: calling it with anything does nothing but compute.

    What the tables do not know can only be here because the reader allowed it by name.
    """
    if isinstance(function, type):
        module, name, rule = _row(function)
        return rule is None or f"{module}.{name}" in _INERT_CLASSES or _is_scalar_type(function)
    if type(function) in (functools.partial, operator.itemgetter, operator.attrgetter, operator.methodcaller):
        return True
    if isinstance(function, (FunctionType, BuiltinFunctionType, MethodDescriptorType, MethodType)):
        return _is_inert_function(function)
    return _is_ufunc(function) or not _is_known(type(function))


def _is_inert_function(function: Any) -> bool:
    from onggi.proof.rules import Use

    owner = getattr(function, "__self__", None)
    owner = getattr(function, "__objclass__", None) if owner is None else owner
    if owner is not None and not isinstance(owner, ModuleType):
        return _may_bind(owner, function.__name__) or not _is_known(_class_of(owner))
    module, name, rule = _row(function)
    if rule is None:
        # A method of a known class is no function that anybody allowed.
        return not _is_known_name(module, name.rpartition(".")[0])
    return bool(rule.uses & Use.VALUE)


def _class_of(owner: Any) -> type:
    return owner if isinstance(owner, type) else type(owner)


def _is_known_name(module: str, name: str) -> bool:
    from onggi.proof.tables import lookup

    return bool(name) and lookup(module, name)[2] is not None


def _is_known(cls: type) -> bool:
    return _row(cls)[2] is not None or cls.__module__.partition(".")[0] in sys.stdlib_module_names


def _is_ufunc(function: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(function) is numpy.ufunc


def _is_scalar_type(cls: type) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and issubclass(cls, numpy.generic)


def require_inert(function: Any, what: str) -> None:
    """Refuse a callable that can do more than compute; `what` says where it would be kept."""
    if not callable(function) or not is_inert(function):
        refuse(f"{what} may only be a function that computes, not {_shown(function)}")


def _shown(function: Any) -> str:
    return name_of(function) if isinstance(function, (type, FunctionType, BuiltinFunctionType)) else kind_of(function)


_FACTORY: Final = Shape(
    "a class or an inert function", lambda value: value is None or is_inert(value) or _is_class(value)
)


def _is_class(value: Any) -> bool:
    """Say whether it is a class; without arguments, as a defaultdict calls it, each of the tables is harmless."""
    return isinstance(value, type) and value is not type


_EMPTY_DICT_BYTES: Final = 250
_DEFAULTDICT: Final = call(_FACTORY, DICT, least=0)


def defaultdict_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a defaultdict of a factory, which only the reader calls."""
    allocate(_EMPTY_DICT_BYTES + (200 * len(args[1]) if len(args) > 1 and type(args[1]) is dict else 0))
    return _DEFAULTDICT(function, args)


def partial_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a partial of an inert function; what it is to be called with comes by its state."""
    if len(args) != 1:
        refuse(f"functools.partial is called with {len(args)} arguments; an honest pickle gives it the function alone")
    if args[0] is operator.methodcaller:
        # Until its state names the method, it would be a partial that makes callers of any.
        partial = function(args[0])
        made(partial, "a partial of operator.methodcaller")
        return partial
    require_inert(args[0], "the function of a partial")
    return function(args[0])


def partial_state(obj: Any, given: Any) -> None:
    """Set function, arguments and keywords of a partial."""
    if type(given) is not tuple or len(given) != 4:
        refuse("the state of a functools.partial must be a tuple of four")
    function, args, keywords, attributes = given
    require(TUPLE, args, "the arguments of a partial")
    if function is operator.methodcaller:
        _check_method(args, keywords or {})
    else:
        require_inert(function, "the function of a partial")
    require(DICT | NONE, keywords, "the keywords of a partial")
    charge(100 * len(keywords or ()))
    if not all(type(key) is str for key in keywords or ()):
        refuse("the keywords of a partial must be strings")
    if function is obj:
        refuse("a partial calls itself")
    _check_attributes(split_state(attributes, obj))
    obj.__setstate__(given)
    filled(obj)


def with_keywords(function: Any, keywords: dict[str, Any]) -> Any:
    """Bind the keyword arguments of a guarded call; a guard sees only the others.

    Raises:
        Unsafe: The function is not the one for which honest pickles write keyword arguments.
    """
    if not keywords:
        return function
    if function is not operator.methodcaller:
        refuse(f"{_shown(function)} is called with keyword arguments")
    _check_keywords(keywords)
    return functools.partial(function, **keywords)


def _check_attributes(attributes: dict[str, Any]) -> None:
    for name in attributes:
        if name.startswith("__") and name not in ("__doc__", "__name__", "__qualname__", "__module__", "__wrapped__"):
            refuse(f"a functools.partial has an attribute {name[:80]!r}")


itemgetter_ = call(SCALAR | Shape("a tuple or slice", lambda value: type(value) in (tuple, slice)), rest=SCALAR)


def _check_path(path: Any) -> None:
    require(STR, path, "an attribute of operator.attrgetter")
    for name in path.split("."):
        if not _PLAIN_NAME.fullmatch(name) or _FRAME_NAMES.fullmatch(name):
            refuse(f"operator.attrgetter would read the attribute {name[:80]!r}")


def attributegetter(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an attrgetter of public attributes."""
    if not args:
        refuse("operator.attrgetter is called without arguments")
    for path in args:
        _check_path(path)
    return function(*args)


def methodcaller_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a methodcaller of a method that means the same harmless thing on all objects."""
    _check_method(args, {})
    return function(*args)


def _check_method(args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    if not args or type(args[0]) is not str:
        refuse("operator.methodcaller must be given the name of a method")
    name = args[0]
    if name not in _CALLABLE_NAMES and not (name == "replace" and len(args) >= 3):
        refuse(f"operator.methodcaller would call {name[:80]!r}, which is not one of the methods of plain values")
    _check_keywords(keywords)


def _check_keywords(keywords: dict[str, Any]) -> None:
    for value in keywords.values():
        if callable(value):
            require_inert(value, "a keyword argument of operator.methodcaller")


def _may_bind(owner: Any, name: str) -> bool:
    cls = _class_of(owner)
    full = name_of(cls)
    return (name in _METHODS.get(full, ()) and _is(cls, full)) or (name == "_entropy" and _is_discrete(cls))


def _is_discrete(cls: type) -> bool:
    """Say whether this is a discrete distribution of scipy: these pickle their entropy inside a `numpy.vectorize`."""
    if cls.__module__ != "scipy.stats._discrete_distns":
        return False
    from scipy.stats import rv_discrete

    return issubclass(cls, rv_discrete)


def member(owner: Any, name: str) -> Any:
    """Return an attribute of a global that a pickle may look up: an enum's member, or a method of a plain type.

    Args:
        owner: The class, or one of numpy's ufuncs.
        name: The attribute.

    Raises:
        Unsafe: It is anything else, such as a method of a path, which would delete a file when it is called.
    """
    if isinstance(owner, enum.EnumMeta) and type(name) is str and name in owner.__members__:
        return owner.__members__[name]
    if type(name) is str and _may_bind(owner, name):
        return getattr(owner, name)
    return _own_method(owner, owner, name)


def _own_method(owner: Any, obj: Any, name: str) -> Any:
    """Return a method that a class of the reader's defines itself."""
    defined = isinstance(owner, type) and type(name) is str and owner.__dict__.get(name)
    kinds = (FunctionType, classmethod, staticmethod)
    if isinstance(defined, kinds) and _PLAIN_NAME.fullmatch(name) and not _is_known(owner):
        return getattr(obj, name)
    refuse(f"builtins.getattr would look up {name!r:.80} of {_shown(obj)}")


def get_attribute(function: Any, args: tuple[Any, ...]) -> Any:
    """Look up a bound method or an enum member; the original reaches everything from anything."""
    if len(args) != 2 or type(args[1]) is not str:
        refuse("builtins.getattr must be given an object and a name")
    obj, name = args
    if isinstance(obj, type):
        return member(obj, name)
    return getattr(obj, name) if _may_bind(obj, name) else _own_method(type(obj), obj, name)


def or_(function: Any, args: tuple[Any, ...]) -> Any:
    """Join flags of one enum, or two types into a union; nothing else is or-ed by a pickle."""
    if len(args) != 2:
        refuse("operator.or_ must be given two arguments")
    return _joined(args)


def _joined(values: tuple[Any, ...]) -> Any:
    from onggi.proof.guards.generics import require_parts

    flag = next((type(value) for value in values if isinstance(value, enum.Flag)), None)
    if flag is not None:
        if not all(type(value) is flag or (type(value) is int and value.bit_length() <= 64) for value in values):
            refuse("operator.or_ may only join flags of one enum")
    else:
        require_parts(values)
    return functools.reduce(operator.or_, values)


def reduce_(function: Any, args: tuple[Any, ...]) -> Any:
    """Join types into a union: `functools.reduce(operator.or_, (int, str))` is how unions are pickled."""
    if len(args) != 2 or args[0] is not operator.or_ or type(args[1]) is not tuple:
        refuse("functools.reduce may only join a tuple of types by operator.or_")
    if not 1 < len(args[1]) <= _MAX_MEMBERS:
        refuse(f"a union of {len(args[1]):,} types")
    return _joined(args[1])
