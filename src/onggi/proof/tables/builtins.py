"""The builtins, and what pickle itself calls to make objects: copyreg, getattr, functools, operator, typing."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, called, value

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    ("__builtin__.unicode", "builtins.str"),
    ("__builtin__.long", "builtins.int"),
    ("__builtin__.xrange", "builtins.range"),
    ("__builtin__.unichr", "builtins.chr"),
    ("__builtin__.basestring", "builtins.str"),
    ("__builtin__.reduce", "functools.reduce"),
    ("__builtin__.", "builtins."),
    ("copy_reg.", "copyreg."),
    ("_functools.partial", "functools.partial"),
    ("_functools.reduce", "functools.reduce"),
    ("_operator.", "operator."),
    ("collections._deque_iterator", "_collections._deque_iterator"),
    ("collections._deque_reverse_iterator", "_collections._deque_reverse_iterator"),
    ("codecs.encode", "_codecs.encode"),
    ("_collections_abc.", "collections.abc."),
    ("_abc.", "collections.abc."),
    ("_typing.", "typing."),
)

_FORMS: Final = (
    "AbstractSet Annotated Any AnyStr AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator Awaitable "
    "BinaryIO ByteString Callable ChainMap ClassVar Collection Concatenate Container ContextManager Coroutine "
    "Counter DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable IO ItemsView Iterable "
    "Iterator KeysView List Literal LiteralString Mapping MappingView Match MutableMapping MutableSequence "
    "MutableSet Never NoReturn NotRequired Optional OrderedDict ParamSpec Pattern Protocol "
    "ReadOnly Required Reversible Self Sequence Set Sized SupportsAbs SupportsBytes SupportsComplex SupportsFloat "
    "SupportsIndex SupportsInt SupportsRound T Text TextIO Tuple Type TypeAlias TypeGuard TypeIs TypeVar "
    "TypeVarTuple Union Unpack ValuesView"
)
_ABSTRACT: Final = {
    "abc": "ABC ABCMeta",
    "collections.abc": "AsyncGenerator AsyncIterable AsyncIterator Awaitable Buffer ByteString Callable Collection "
    "Container Coroutine Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping "
    "MutableSequence MutableSet Reversible Sequence Set Sized ValuesView",
    "numbers": "Complex Integral Number Rational Real",
    "types": "EllipsisType NoneType NotImplementedType UnionType",
    "os": "PathLike",
    "contextlib": "AbstractAsyncContextManager AbstractContextManager",
    "io": "BufferedIOBase IOBase RawIOBase TextIOBase",
    "re": "Match Pattern",
}

_CONTAINER: Final = "given a container that exists already, never an iterator or a size; hashing its items is bounded"
_NUMBER: Final = "given plain values only; numbers as text are short"
_AS_TYPE: Final = "as an annotation or a type to check for"


def _container(guard: str, fill: Use) -> Rule:
    return Rule(Use.VALUE | Use.CALL | fill, _CONTAINER, call=guard)


def _number(guard: str) -> Rule:
    return Rule(Use.VALUE | Use.CALL, _NUMBER, call=guard)


_TYPES: Final[dict[str, Rule]] = {
    "types.MappingProxyType": Rule(
        Use.VALUE | Use.CALL, "a view of a dict that exists already", call="builtins:mapping_proxy"
    ),
    "builtins.set": _container("builtins:set_", Use.ADD),
    "builtins.frozenset": _container("builtins:frozenset_", Use(0)),
    "builtins.list": _container("builtins:items", Use.APPEND),
    "builtins.tuple": _container("builtins:items", Use(0)),
    "builtins.dict": _container("builtins:dict_", Use.SETITEM),
    "builtins.bool": _number("builtins:bool_"),
    "builtins.int": _number("builtins:int_"),
    "builtins.float": _number("builtins:float_"),
    "builtins.complex": _number("builtins:complex_"),
    "builtins.str": _number("builtins:str_"),
    "builtins.bytes": Rule(
        Use.VALUE | Use.CALL, "given bytes, a list or Latin-1 text, never a size", call="builtins:bytes_"
    ),
    "builtins.bytearray": Rule(
        Use.VALUE | Use.CALL, "given bytes, a list or Latin-1 text, never a size", call="builtins:bytearray_"
    ),
    "builtins.range": Rule(
        Use.VALUE | Use.CALL, "keeps two or three numbers; nothing is counted", call="builtins:range_"
    ),
    "builtins.slice": Rule(
        Use.VALUE | Use.CALL,
        "keeps three values; none that holds others, so that it stays flat",
        call="builtins:slice_",
    ),
    "builtins.object": Rule(
        Use.VALUE | Use.CALL | Use.NEW, "an empty object", call="builtins:nothing", new="builtins:object_"
    ),
    "builtins.type": Rule(
        Use.VALUE | Use.CALL, "only tells the types of None, ... and NotImplemented", call="builtins:type_"
    ),
    **dict.fromkeys(
        (f"builtins.{name}" for name in ("Ellipsis", "NotImplemented", "None", "True", "False")), value("a constant")
    ),
}

_MAKING: Final[dict[str, Rule]] = {
    "copyreg._reconstructor": called(
        "makes an object of a class whose objects the pickle may make; no `__init__` but that of plain types is called",
        "builtins:reconstruct",
        returns="arg0",
    ),
    "copyreg.__newobj__": called(
        "makes an object as NEWOBJ does, with the same guard", "builtins:new_object", returns="arg0"
    ),
    "copyreg.__newobj_ex__": called(
        "makes an object as NEWOBJ_EX does, with the same guard", "builtins:new_object_with_keywords", returns="arg0"
    ),
    "_codecs.encode": called(
        "Latin-1 only, the way in which bytes are written up to protocol 2", "builtins:encode", returns="builtins.bytes"
    ),
    "builtins.getattr": called(
        "only looks up members of enums and methods of plain types that do nothing but compute",
        "callables:get_attribute",
    ),
    "functools.partial": Rule(
        Use.VALUE | Use.CALL | Use.STATE,
        "keeps an inert function and arguments; nothing is called",
        call="callables:partial_",
        state="callables:partial_state",
    ),
    "functools.reduce": Rule(
        Use.VALUE | Use.CALL,
        "as a value it only computes; called by the pickle it joins types into a union",
        call="callables:reduce_",
        returns="types.UnionType",
    ),
    "operator.or_": Rule(
        Use.VALUE | Use.CALL,
        "as a value it only computes; called by the pickle it joins flags of one enum, or types",
        call="callables:or_",
        returns="types.UnionType",
    ),
    "operator.getitem": Rule(
        Use.VALUE | Use.CALL,
        "as a value it only computes; called by the pickle it subscripts typing's own forms",
        call="generics:subscript",
        returns="types.GenericAlias",
    ),
    "operator.itemgetter": called("keeps plain keys", "callables:itemgetter_", more=Use.VALUE),
    "operator.attrgetter": called("keeps names of public attributes", "callables:attributegetter", more=Use.VALUE),
    "operator.methodcaller": called(
        "keeps the name of a method that is harmless on every type that has it",
        "callables:methodcaller_",
        more=Use.VALUE,
    ),
    "types.GenericAlias": Rule(
        Use.VALUE | Use.CALL,
        "keeps a class and types; bounded, as hashing visits them all",
        call="generics:generic_alias",
    ),
    "collections.abc._CallableGenericAlias": called(
        "keeps types; bounded, as hashing visits them all", "generics:callable_alias", returns="types.GenericAlias"
    ),
}

_ITERATED: Final = "goes through a container that exists already; the position is a number that C clamps to the length"


def _iterator(why: str, call: str, state: str = "", returns: str = "") -> Rule:
    """Make the row of an iterator; `iterators` is its guard module."""
    uses = Use.VALUE | Use.CALL | (Use.STATE if state else Use(0))
    return Rule(uses, why, call=f"iterators:{call}", state=f"iterators:{state}" if state else "", returns=returns)


_CHOSEN: Final = "chooses from a tuple at most as many items as it has, or a few more; indices must lie inside"

_ITERATORS: Final[dict[str, Rule]] = {
    "builtins.iter": Rule(Use.CALL | Use.STATE, _ITERATED, call="iterators:iter_", state="iterators:index_state"),
    "builtins.reversed": _iterator(_ITERATED, "reversed_", "index_state"),
    "builtins.enumerate": _iterator("counts the items of an iterator of the standard library", "enumerate_"),
    "builtins.zip": _iterator("goes through iterators of the standard library at once", "zip_", "zip_state"),
    "_collections._deque_iterator": _iterator(_ITERATED, "deque_iterator"),
    "_collections._deque_reverse_iterator": _iterator(_ITERATED, "deque_iterator"),
    "itertools.accumulate": _iterator("adds up, by an inert function", "accumulate", "value_state"),
    "itertools.chain": _iterator("iterators that cannot hold the chain itself", "zip_", "chain_state"),
    "itertools.combinations": _iterator(_CHOSEN, "choose", "choose_state"),
    "itertools.combinations_with_replacement": _iterator(_CHOSEN, "choose", "choose_state"),
    "itertools.compress": _iterator("goes through two iterators of the standard library", "compress"),
    "itertools.count": _iterator("counts from a number", "count"),
    "itertools.cycle": _iterator("the list of seen items is copied, as C trusts its length", "cycle", "cycle_state"),
    "itertools.islice": _iterator("plain positions in an iterator of the standard library", "islice", "islice_state"),
    "itertools.permutations": _iterator(_CHOSEN, "choose", "permutations_state"),
    "itertools.product": _iterator("tuples that exist; indices must lie inside", "product", "product_state"),
    "itertools.repeat": _iterator("gives one object again and again; nothing is allocated for it", "repeat"),
    "itertools.zip_longest": _iterator(
        "goes through iterators at once and fills up with a value", "zip_", "value_state"
    ),
}

ROWS: Final[dict[str, Rule]] = {
    **_TYPES,
    **_MAKING,
    **_ITERATORS,
    **{f"typing.{name}": value(_AS_TYPE) for name in _FORMS.split()},
    **{f"{module}.{name}": value(_AS_TYPE) for module, names in _ABSTRACT.items() for name in names.split()},
    "inspect._empty": value("marks what is missing in a signature"),
    "dataclasses.MISSING": value("marks what is missing in a field"),
}
