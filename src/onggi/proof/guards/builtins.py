"""Guards of the builtins, of copyreg and of the codecs: containers, numbers, and making an object of a class."""

from __future__ import annotations

from typing import Any, Final

from onggi.proof.guards.budget import allocate, charge
from onggi.proof.guards.copies import charge_copies
from onggi.proof.guards.hashing import charge_hashes
from onggi.proof.guards.shapes import (
    BYTES,
    DICT,
    FLOAT,
    INT,
    LIST,
    NONE,
    SCALAR,
    STR,
    TUPLE,
    Shape,
    call,
    exactly,
    kind_of,
    name_of,
    new,
    one_of,
    put_attributes,
    refuse,
    require,
    text,
)

__all__ = [
    "bool_",
    "bytearray_",
    "bytes_",
    "complex_",
    "counter",
    "dict_",
    "encode",
    "float_",
    "frozenset_",
    "int_",
    "items",
    "mapping_proxy",
    "namespace",
    "new_object",
    "new_object_with_keywords",
    "nothing",
    "object_",
    "ordered_dict",
    "range_",
    "reconstruct",
    "require_cheap_keys",
    "set_",
    "slice_",
    "str_",
    "type_",
]

_MAX_KEY_ITEMS: Final = 100_000
"""Items of tuples that the keys of one container may make the hash function visit, counting shared ones each time;
besides eight for each key."""
_MAX_SAME_HASH: Final = 64
"""Keys of one container that may share their hash; each costs a comparison with all others."""
_SLOT_BYTES: Final = 64
"""Size of a set's slot and its share of free ones."""
_EMPTY_DICT_BYTES: Final = 300
_KEY_COST: Final = 150
_FEW: Final = 32
"""What holds fewer items than this is not worth counting: the opcodes that ask for it cost as much."""
_UNIQUE_HASHES: Final = frozenset({str, bytes, bool, type(None)})
"""Types whose hashes a stranger cannot choose: they are salted, or there are only a few."""

_LONG: Final = 1_000
"""What is shorter than this is not worth counting: the opcodes that ask for it cost as much."""
_CONTAINER: Final = exactly("a list, tuple, set or frozenset", list, tuple, set, frozenset)
_ENCODING: Final = one_of("latin1", "latin-1", "iso-8859-1")


def _count_key(key: Any, budget: int) -> int:
    """Return what is left of a budget after visiting all that hashing `key` visits."""
    waiting = [key]
    while waiting:
        item = waiting.pop()
        budget -= 1 + (len(item) if type(item) is tuple else 0)
        if budget < 0:
            refuse("dict keys or set items are made of too many items that would be hashed again and again")
        if type(item) is tuple:
            waiting.extend(item)
    return budget


def require_cheap_keys(keys: Any) -> None:
    """Refuse keys that would take out of proportion long to hash or to compare.

    Args:
        keys: An exact list, tuple, set, frozenset or dict.
    """
    kinds = set(map(type, keys))
    if kinds <= _UNIQUE_HASHES:
        return
    if tuple in kinds:
        budget = _MAX_KEY_ITEMS + 8 * len(keys)
        for key in keys:
            budget = _count_key(key, budget)
    charge_hashes(keys)
    # Honest containers share hardly any hash: counting those that there are is quicker than counting each.
    if len(keys) > _MAX_SAME_HASH and len(keys) - len(set(map(hash, keys))) > _MAX_SAME_HASH:
        _require_spread(keys)


def _require_spread(keys: Any) -> None:
    hashes = sorted(map(hash, keys))
    for low, high in zip(hashes, hashes[_MAX_SAME_HASH:], strict=False):
        if low == high:
            refuse(f"more than {_MAX_SAME_HASH} keys of one container share their hash")


def items(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a list or tuple of a container that exists already, never of an iterator."""
    return _checked_container(function, args, hashed=False)


def _checked_container(function: Any, args: tuple[Any, ...], *, hashed: bool) -> Any:
    if not args:
        return function()
    if len(args) > 1 or not _CONTAINER.fits(args[0]):
        refuse(f"{name_of(function)} must be given {_CONTAINER.words}, not {kind_of(args[0])}")
    if len(args[0]) > _FEW:
        allocate(len(args[0]) * (_SLOT_BYTES if hashed else 8))
        charge(len(args[0]) * (_KEY_COST if hashed else 8))
    if hashed:
        require_cheap_keys(args[0])
    return function(args[0])


def set_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a set of one list (protocol 3 and below)."""
    return _checked_container(function, args, hashed=True)


frozenset_ = set_


def _pairs(function: Any, args: tuple[Any, ...], shape: Shape) -> Any:
    if not args:
        allocate(_EMPTY_DICT_BYTES)
        return function()
    if len(args) > 1 or not shape.fits(args[0]):
        refuse(f"{name_of(function)} must be given {shape.words}, not {kind_of(args[0])}")
    if len(args[0]) > _FEW:
        allocate(len(args[0]) * 2 * _SLOT_BYTES)
        charge(len(args[0]) * _KEY_COST)
    if type(args[0]) is not dict:
        if not all(type(pair) in (list, tuple) and len(pair) == 2 for pair in args[0]):
            refuse(f"{name_of(function)} is given a list of something else than pairs")
        require_cheap_keys([pair[0] for pair in args[0]])
    return function(args[0])


def dict_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a dict of a dict or of a list of pairs."""
    return _pairs(function, args, DICT | LIST)


ordered_dict = dict_
"""OrderedDict: empty, or the list of pairs that Python 2 wrote."""


def counter(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a Counter of its own dict of counts; a list would be counted, an iterator consumed."""
    return _pairs(function, args, DICT)


def bytearray_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make bytes or a bytearray of bytes or of Latin-1 text; a number would allocate that many."""
    if len(args) == 2:
        require(STR, args[0], f"argument 1 of {name_of(function)}")
        require(_ENCODING, args[1], f"argument 2 of {name_of(function)}")
    elif len(args) > 2:
        refuse(f"{name_of(function)} is called with {len(args)} arguments")
    elif args and type(args[0]) is not list:
        require(exactly("bytes or a bytearray", bytes, bytearray), args[0], f"the argument of {name_of(function)}")
    if args:
        allocate(len(args[0]))
        charge(len(args[0]) * (20 if type(args[0]) is list else 1))
    return function(*args)


bytes_ = bytearray_

nothing = call()
"""A class or function that is called without arguments."""
object_ = new()
"""`object()`, and classes whose `__new__` takes nothing."""

mapping_proxy = call(DICT)
bool_ = call(SCALAR, least=0)
int_ = call(exactly("a number", int, float, bool) | text(4_300), one_of(2, 8, 10, 16, 36), least=0)
float_ = call(exactly("a number", int, float, bool) | text(4_300), least=0)
str_ = call(SCALAR, least=0)
complex_ = call(INT | FLOAT, INT | FLOAT, least=0)
range_ = call(INT, INT, INT, least=1)


def slice_(function: Any, args: tuple[Any, ...]) -> Any:
    """Make a slice; slices of slices overflow the C stack when they are dropped or hashed."""
    if not 1 <= len(args) <= 3:
        refuse(f"builtins.slice is called with {len(args)} arguments")
    for value in args:
        if type(value) in (slice, tuple, list, dict, set, frozenset):
            refuse(f"a slice holds {kind_of(value)}")
    return function(*args)


def type_(function: Any, args: tuple[Any, ...]) -> Any:
    """Return the type of one of the three singletons; three arguments would make a class."""
    if len(args) != 1 or not (args[0] is None or args[0] is Ellipsis or args[0] is NotImplemented):
        refuse("builtins.type may only be asked for the types of None, Ellipsis and NotImplemented")
    return type(args[0])


def encode(function: Any, args: tuple[Any, ...]) -> Any:
    """Call `_codecs.encode`, in which protocols 0 to 2 wrap bytes; other codecs import modules or take too long."""
    if len(args) != 2 or type(args[0]) is not str or not _ENCODING.fits(args[1]):
        refuse("_codecs.encode must be given a string, and Latin-1")
    if len(args[0]) > _LONG:
        allocate(len(args[0]))
    return function(*args)


_BASES: Final = {
    int: INT,
    float: FLOAT,
    complex: exactly("a complex number", complex),
    str: STR,
    bytes: BYTES,
    bytearray: exactly("a bytearray", bytearray),
    tuple: TUPLE,
    list: LIST,
    dict: DICT,
    set: exactly("a set", set),
    frozenset: exactly("a frozenset", frozenset),
}


def _guard_of_new(cls: type) -> Any:
    """Return the guard of the class's own row, so that `copyreg` is no way around it."""
    from onggi.proof.guards import find
    from onggi.proof.tables import lookup

    rule = lookup(cls.__module__, cls.__qualname__)[2]
    if rule is None or not rule.new:
        return None
    return find(rule.new)


def reconstruct(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an object as protocols 0 and 1 do: `copyreg._reconstructor(cls, base, state)`.

    The original calls `base.__init__(obj, state)` of any class that it is given. The walker has checked that the pickle
    may make instances of `cls`.
    """
    if len(args) != 3 or not isinstance(args[0], type) or not isinstance(args[1], type):
        refuse("copyreg._reconstructor must be given a class, its base and a value")
    cls, base, value = args
    if base is not object:
        return _of_base(cls, base, value)
    require(NONE, value, f"the value of a {name_of(cls)}")
    # Past a `__new__` of Python's, as the original; a class whose `__new__` is C's is refused by object.__new__ itself.
    return object.__new__(cls)


def _of_base(cls: type, base: type, value: Any) -> Any:
    if base not in _BASES:
        refuse(f"{name_of(base)} is no base that an honest pickle gives a value of")
    require(_BASES[base], value, f"the value of a {name_of(cls)}")
    if not issubclass(cls, base):
        refuse(f"{name_of(cls)} is no subclass of {name_of(base)}")
    if base not in (int, float, complex):
        allocate(len(value) * (1 if base in (str, bytes, bytearray) else _SLOT_BYTES))
        charge(len(value) * (1 if base in (str, bytes, bytearray) else _SLOT_BYTES))
    builtin: Any = base
    made = builtin.__new__(cls, value)
    if base in (list, dict, set, bytearray):
        builtin.__init__(made, value)
    return made


def new_object(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an object by `copyreg.__newobj__(cls, *args)` where it is called as a function."""
    if not args or not isinstance(args[0], type):
        refuse("copyreg.__newobj__ must be given a class")
    return _new(args[0], args[1:], {})


def new_object_with_keywords(function: Any, args: tuple[Any, ...]) -> Any:
    """Make an object by `copyreg.__newobj_ex__(cls, args, kwargs)` where it is called as a function."""
    if len(args) != 3 or not isinstance(args[0], type) or type(args[1]) is not tuple or type(args[2]) is not dict:
        refuse("copyreg.__newobj_ex__ must be given a class, a tuple and a dict")
    return _new(*args)


def _new(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    guard = _guard_of_new(cls)
    if guard is not None:
        return guard(cls, args, kwargs)
    charge_copies(cls, (*args, *kwargs.values()))
    return cls.__new__(cls, *args, **kwargs)


_CALLED: Final = frozenset({"append", "extend", "add"})
"""Attributes that the unpickling machine looks up on an object and calls."""


def namespace(obj: Any, given: Any) -> None:
    """Set attributes that may have any name but those that the machine or a library would call."""
    if type(given) is not dict:
        refuse(f"the state of a {name_of(type(obj))} must be a dict, not {kind_of(given)}")
    if len(given) > _FEW:
        allocate(len(given) * 2 * _SLOT_BYTES)
        charge(len(given) * 2 * _SLOT_BYTES)
    for name in given:
        if type(name) is not str or name in _CALLED or (name.startswith("__") and name.endswith("__")):
            refuse(f"a {name_of(type(obj))} has an attribute {name!r:.80}")
    put_attributes(obj, given)
