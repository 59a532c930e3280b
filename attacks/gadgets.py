"""Innocent callables of the standard library with hostile arguments: the names are on everybody's list."""

from __future__ import annotations

from functools import partial
from typing import Any

from attacks.assembler import (
    MARK,
    OBJ,
    POP,
    Code,
    build,
    call,
    memoized,
    name,
    new,
    pickled,
    stack_global,
    value,
)
from attacks.canary import PYTHON, SHELL
from attacks.case import (
    ERROR,
    HANG,
    LIMIT,
    LOADED,
    MEMORY,
    POLLUTED,
    RAN,
    REFUSED,
    Theme,
)

theme = Theme("gadgets")

RUNNER = "attacks.victims.Runner"
PLAIN = "attacks.victims.Plain"
TOO_MUCH = (REFUSED, LIMIT)


def _getattr(obj: Code, attribute: str) -> Code:
    return call("builtins.getattr", obj, attribute)


# --- getattr ------------------------------------------------------------------------------------------------------

_BUILTINS = _getattr(name("copyreg._reconstructor"), "__builtins__")


@theme.case("getattr into a function's globals")
def getattr_builtins_of_reconstructor() -> bytes:
    """`getattr(copyreg._reconstructor, "__builtins__")["eval"]`: three names that honest pickles need."""
    return pickled(call(call("_operator.getitem", _BUILTINS, "eval"), PYTHON))


@theme.case("getattr into a function's globals")
def getattr_globals_of_reconstructor() -> bytes:
    """The same over `__globals__`, and `sys` from there."""
    space = _getattr(name("copyreg._reconstructor"), "__globals__")
    return pickled(call("builtins.exec", PYTHON, space))


@theme.case("getattr with itemgetter")
def itemgetter_into_builtins() -> bytes:
    """Fetches `eval` with `operator.itemgetter`, which honest pickles hold."""
    return pickled(call(call(call("operator.itemgetter", "eval"), _BUILTINS), PYTHON))


@theme.case("getattr with attrgetter")
def attrgetter_into_builtins() -> bytes:
    """Fetches `__builtins__` with `operator.attrgetter`, then `exec` with its dotted form."""
    builtins = call(call("operator.attrgetter", "__builtins__"), name("copyreg._reconstructor"))
    return pickled(call(call("operator.getitem", builtins, "exec"), PYTHON))


@theme.case("getattr with methodcaller")
def methodcaller_on_dict() -> bytes:
    """Fetches `eval` with `operator.methodcaller("get", "eval")`."""
    return pickled(call(call(call("operator.methodcaller", "get", "eval"), _BUILTINS), PYTHON))


@theme.case("methodcaller that acts", allow=(RUNNER,))
def methodcaller_on_object() -> bytes:
    """Calls a method of an object of an allowed class."""
    return pickled(call(call("operator.methodcaller", "launch"), new(RUNNER)))


@theme.case("attrgetter with dots", allow=(PLAIN,))
def attrgetter_with_dots() -> bytes:
    """Walks from an allowed class to the globals of its methods in one attrgetter."""
    getter = call("operator.attrgetter", "__setstate__.__globals__")
    return pickled(call("builtins.exec", PYTHON, call(getter, name("attacks.victims.KeepsState"))))


_LOOK_UPS: dict[str, tuple[Code, str, tuple[Any, ...], str | tuple[str, ...]]] = {
    "subclasses_of_object": (name("builtins.object"), "__subclasses__", (), LOADED),
    "mro_of_class": (name("collections.OrderedDict"), "mro", (), LOADED),
    "format_of_text": (value("{0.__class__.__mro__}"), "format", (1,), LOADED),
    "format_map_of_text": (value("{x.__class__}"), "format_map", ({"x": 1},), LOADED),
    "percent_of_text": (value("%2000000000d"), "__mod__", (1,), MEMORY),
    "center_of_text": (value("x"), "center", (10**10,), MEMORY),
    "zfill_of_text": (value("x"), "zfill", (10**10,), MEMORY),
    "repeat_of_text": (value("x"), "__mul__", (10**10,), MEMORY),
    "repeat_of_list": (value([0]), "__mul__", (10**10,), MEMORY),
    "power_of_int": (value(10), "__pow__", (10**9,), (HANG, MEMORY)),
    "shift_of_int": (value(1), "__lshift__", (10**11,), MEMORY),
    "to_bytes_of_int": (value(1), "to_bytes", (10**11, "big"), (MEMORY, ERROR)),
    "fromkeys_of_dict": (name("builtins.dict"), "fromkeys", (call("builtins.range", 10**9),), MEMORY),
    "join_of_text": (value("x" * 1000), "join", (value([""] * 100_000),), LOADED),
    "expandtabs_of_text": (value("\t"), "expandtabs", (2**31 - 1,), MEMORY),
    "encode_of_text": (value("x"), "encode", ("attacks_no_codec",), ERROR),
    "translate_of_text": (value("x"), "translate", ({120: "y" * 10},), LOADED),
    "class_of_int": (value(1), "__class__", ("2",), LOADED),
    "reduce_ex_of_object": (value([1]), "__reduce_ex__", (4,), LOADED),
    "getattribute_of_object": (name("builtins.object"), "__getattribute__", (name("os.system"), "__self__"), LOADED),
    "init_of_list": (name("builtins.list"), "__init__", ([], call("builtins.range", 10**9)), MEMORY),
    "code_of_function": (name("textwrap.dedent"), "__code__", (), ERROR),
    "self_of_builtin": (name("builtins.len"), "__self__", (), ERROR),
    "doc_of_class": (name("builtins.list"), "__doc__", (), ERROR),
    "frame_of_exception": (name("builtins.ValueError"), "with_traceback", (), ERROR),
}


def _look_up(obj: Code, attribute: str, args: tuple[Any, ...]) -> bytes:
    return pickled(call(_getattr(obj, attribute), *args))


for _key, (_obj, _attribute, _args, _plain) in _LOOK_UPS.items():
    theme.add(
        f"getattr_{_key}",
        "getattr of a method, then a call of it",
        partial(_look_up, _obj, _attribute, _args),
        f"Gets `{_attribute}` by `getattr` and calls it.",
        verdict=(REFUSED, LIMIT),
        plain=_plain,
    )


@theme.case("getattr with a default or of odd arguments", plain=LOADED)
def getattr_with_default() -> bytes:
    """Gives `getattr` a default, so that one pickle fits several versions."""
    return pickled(call("builtins.getattr", name("builtins.object"), "__no__", name("os.system")))


@theme.case("getattr on a module", plain=RAN)
def getattr_on_module_value() -> bytes:
    """Pushes a module as a value (`xml` / `sax` after an import) and takes a function out of it."""
    module = stack_global("os", "path")
    return pickled(call(_getattr(_getattr(module, "os"), "system"), SHELL))


# --- _reconstructor -----------------------------------------------------------------------------------------------


@theme.case("copyreg._reconstructor with a base that acts")
def reconstructor_popen() -> bytes:
    """`_reconstructor(cls, base, state)` calls `base.__init__(obj, state)`: with Popen as the base, that starts it."""
    popen = name("subprocess.Popen")
    return pickled(call("copyreg._reconstructor", popen, popen, ["sh", "-c", SHELL]))


@theme.case("copyreg._reconstructor with a base that acts", allow=(RUNNER,), verdict=(REFUSED,))
def reconstructor_of_allowed() -> bytes:
    """Runs the `__init__` of an allowed class through `_reconstructor`, which honest pickles never do."""
    return pickled(call("copyreg._reconstructor", name(RUNNER), name(RUNNER), "x"), proto=2)


@theme.case("copyreg._reconstructor that consumes an iterator")
def reconstructor_list_of_map() -> bytes:
    """`_reconstructor(list, list, map(exec, …))` consumes the iterator."""
    mapped = call("builtins.map", name("builtins.exec"), [PYTHON])
    return pickled(call("copyreg._reconstructor", name("builtins.list"), name("builtins.list"), mapped))


@theme.case("copyreg._reconstructor that consumes an iterator", plain=MEMORY, verdict=TOO_MUCH)
def reconstructor_list_of_range() -> bytes:
    """`_reconstructor(list, list, range(10**9))` fills memory."""
    base = name("builtins.list")
    return pickled(call("copyreg._reconstructor", base, base, call("builtins.range", 10**9)), proto=2)


@theme.case("copyreg._reconstructor that consumes an iterator", plain=MEMORY, verdict=TOO_MUCH)
def reconstructor_bytearray_of_int() -> bytes:
    """`_reconstructor(bytearray, bytearray, 10**11)` allocates."""
    base = name("builtins.bytearray")
    return pickled(call("copyreg._reconstructor", base, base, 10**11), proto=2)


@theme.case("copyreg.__newobj__ by REDUCE", plain=RAN)
def newobj_function_by_reduce() -> bytes:
    """Calls `copyreg.__newobj__`, as protocol 2 may, for what NEWOBJ is refused."""
    mapped = call("copyreg.__newobj__", name("builtins.map"), name("builtins.exec"), [PYTHON])
    return pickled(call("copyreg.__newobj__", name("builtins.tuple"), mapped))


@theme.case("copyreg.__newobj__ by REDUCE", plain=LOADED)
def newobj_ex_function_by_reduce() -> bytes:
    """Calls `copyreg.__newobj_ex__` with keywords."""
    return pickled(call("copyreg.__newobj_ex__", name("attacks.victims.Other"), (), {}))


# --- functools, operator, itertools, types ------------------------------------------------------------------------


@theme.case("functools.partial")
def partial_called() -> bytes:
    """Wraps `timeit.timeit` in a partial and calls that: scanners look at the name in REDUCE."""
    timer = call("functools.partial", name("timeit.timeit"), PYTHON, "pass", name("time.perf_counter"), 1)
    return pickled(call(timer))


@theme.case("functools.partial", use=lambda obj: obj())
def partial_left_for_the_caller() -> bytes:
    """Leaves a partial of `exec` in the data for the program to call."""
    return pickled(call("functools.partial", name("builtins.exec"), PYTHON))


@theme.case("functools.partial", plain=MEMORY, verdict=TOO_MUCH)
def partial_of_known_type() -> bytes:
    """Wraps the known type `bytearray` in a partial and calls that: the guard for `bytearray` sits elsewhere."""
    return pickled(call(call("functools.partial", name("builtins.bytearray"), 10**11)))


@theme.case("functools.reduce")
def reduce_over_functions() -> bytes:
    """`functools.reduce(apply, …)`: reduces over `getattr`, to walk from a module to a function."""
    walk = call("functools.reduce", name("builtins.getattr"), ["path", "os", "system"], stack_global("__main__", "os"))
    return pickled(call(walk, SHELL))


@theme.case("functools.reduce")
def reduce_calls_second_argument() -> bytes:
    """`_functools.reduce(exec, [source, {}])` calls `exec(source, {})`; honest pickles of Flags hold this name."""
    return pickled(call("_functools.reduce", name("builtins.exec"), [PYTHON, {}]))


@theme.case("functools.reduce", plain=MEMORY, verdict=TOO_MUCH)
def reduce_of_multiplication() -> bytes:
    """`_functools.reduce(operator.mul, …)` multiplies a text."""
    return pickled(call("_functools.reduce", name("_operator.mul"), ["x", 10**5, 10**5]))


@theme.case("decorator of functools", plain=(RAN, ERROR))
def singledispatch_called() -> bytes:
    """Wraps `exec` in `functools.singledispatch` and calls the wrapper."""
    return pickled(call(call("functools.singledispatch", name("builtins.exec")), PYTHON))


@theme.case("decorator of functools", plain=RAN)
def lru_cache_called() -> bytes:
    """Wraps `os.system` by `functools.lru_cache` and calls the wrapper."""
    return pickled(call(call("functools.lru_cache", name("os.system")), SHELL))


_OPERATORS: dict[str, tuple[tuple[Any, ...], str | tuple[str, ...]]] = {
    "_operator.mul": (("x", 10**10), MEMORY),
    "_operator.imul": (([0], 10**10), MEMORY),
    "_operator.pow": ((10, 10**9), (HANG, MEMORY)),
    "_operator.lshift": ((1, 10**11), MEMORY),
    "_operator.mod": (("%2000000000d", 1), MEMORY),
    "_operator.call": ((name("os.system"), SHELL), RAN),
    "_operator.setitem": ((name("attacks.victims.SETTINGS"), "debug", True), POLLUTED),
    "_operator.delitem": ((name("attacks.victims.SETTINGS"), "debug"), POLLUTED),
    "_operator.iconcat": ((name("attacks.victims.PROTECTED"), ["evil"]), POLLUTED),
    "_operator.concat": (("x", "y"), LOADED),
    "_operator.indexOf": ((call("itertools.repeat", 1), 2), HANG),
    "_operator.countOf": ((call("itertools.repeat", 1), 2), HANG),
    "_operator.contains": ((call("itertools.repeat", 1), 2), HANG),
}


def _operate(function: str, args: tuple[Any, ...]) -> bytes:
    return pickled(call(function, *args))


for _function, (_args, _plain) in _OPERATORS.items():
    theme.add(
        _function.replace("_operator.", "operator_"),
        "function of the operator module",
        partial(_operate, _function, _args),
        f"Calls {_function} with arguments that act or explode.",
        verdict=TOO_MUCH,
        plain=_plain,
    )


@theme.case("types.GenericAlias is callable")
def generic_alias_called() -> bytes:
    """`types.GenericAlias(os.system, ())` is a value of typing that calls what it wraps."""
    return pickled(call(call("types.GenericAlias", name("os.system"), ()), SHELL))


@theme.case("types.GenericAlias is callable")
def generic_alias_by_newobj() -> bytes:
    """Makes the alias by NEWOBJ and calls it by OBJ."""
    return pickled(MARK + new("types.GenericAlias", name("os.system"), ()) + value(SHELL) + OBJ)


@theme.case("types.GenericAlias is callable", plain=MEMORY, verdict=TOO_MUCH)
def generic_alias_of_known_type() -> bytes:
    """Calls `list[int]` made by the alias, past the guard for `list`."""
    alias = call("types.GenericAlias", name("builtins.list"), (name("builtins.int"),))
    return pickled(call(alias, call("builtins.range", 10**9)))


@theme.case("types.MethodType")
def method_type_called() -> bytes:
    """Binds a command to `os.system` as a method and calls it without arguments."""
    return pickled(call(call("types.MethodType", name("os.system"), SHELL)))


@theme.case("weakref.finalize", plain=(RAN, LOADED))
def weakref_callback() -> bytes:
    """Binds `exec` as a finalizer that runs when an object goes away."""
    doomed = memoized(new(PLAIN), 0)
    finalizer = call("weakref.finalize", doomed, name("builtins.exec"), PYTHON)
    return pickled(finalizer + POP + memoized(value(1), 0))


_CONSUMERS = {
    "list": "builtins.list",
    "tuple": "builtins.tuple",
    "set": "builtins.set",
    "frozenset": "builtins.frozenset",
    "dict_pairs": "builtins.dict",
    "sorted": "builtins.sorted",
    "deque": "collections.deque",
    "counter": "collections.Counter",
    "ordered_dict": "collections.OrderedDict",
    "bytes": "builtins.bytes",
    "bytearray": "builtins.bytearray",
    "array": "array.array",
    "sum": "builtins.sum",
    "any": "builtins.any",
    "zip": "builtins.zip",
    "enumerate": "builtins.enumerate",
}


def _consume(function: str) -> bytes:
    mapped = call("builtins.map", name("builtins.exec"), [PYTHON])
    if function == "array.array":
        return pickled(call(function, "B", mapped))
    if function in ("builtins.zip", "builtins.enumerate"):
        return pickled(call("builtins.list", call(function, mapped)))
    return pickled(call(function, mapped))


for _key, _function in _CONSUMERS.items():
    theme.add(
        f"map_consumed_by_{_key}",
        "lazy iterator consumed by an innocent type",
        partial(_consume, _function),
        f"Hands `map(exec, …)` to {_function}, which calls `exec` by consuming it.",
        verdict=REFUSED,
        plain=RAN,
    )


_LAZY: dict[str, Code] = {
    "filter": call("builtins.filter", name("builtins.exec"), [PYTHON]),
    "starmap": call("itertools.starmap", name("builtins.exec"), [(PYTHON,)]),
    "filterfalse": call("itertools.filterfalse", name("builtins.exec"), [PYTHON]),
    "takewhile": call("itertools.takewhile", name("builtins.exec"), [PYTHON]),
    "dropwhile": call("itertools.dropwhile", name("builtins.exec"), [PYTHON]),
    "groupby": call("itertools.groupby", [PYTHON], name("builtins.exec")),
    "accumulate": call("itertools.accumulate", [PYTHON, {}], name("builtins.exec")),
    "iter_with_sentinel": call("builtins.iter", call("functools.partial", name("builtins.exec"), PYTHON), value(None)),
}


def _consume_lazily(iterator: Code) -> bytes:
    return pickled(call("builtins.list", iterator))


for _key, _iterator in _LAZY.items():
    theme.add(
        f"lazy_{_key}",
        "lazy iterator that calls a function",
        partial(_consume_lazily, _iterator),
        f"Hands an iterator of the kind `{_key}` that calls `exec` to `list`.",
        verdict=REFUSED,
        plain=RAN,
    )


@theme.case("lazy iterator left for the caller", use=list)
def map_left_for_the_caller() -> bytes:
    """Leaves a `map` of `exec` in the data; the first loop over it runs it."""
    return pickled(call("builtins.map", name("builtins.exec"), [PYTHON]))


@theme.case("key function called by a container", plain=RAN, needs=("sortedcontainers",))
def sorted_dict_key_function() -> bytes:
    """`SortedDict(f, d)` of sortedcontainers calls `f` on each key."""
    return pickled(call("sortedcontainers.sorteddict.SortedDict", name("builtins.exec"), {PYTHON: 1}))


@theme.case("key function called by a container")
def sorted_with_key() -> bytes:
    """Gives a partial of `min` the keyword `key=exec` by its state, and calls it."""
    minimum = call("functools.partial", name("builtins.min"), [PYTHON, PYTHON])
    keyed = build(minimum, (name("builtins.min"), ([PYTHON, PYTHON],), {"key": name("builtins.exec")}, {}))
    return pickled(call(keyed))


@theme.case("default factory called by a look-up", use=lambda obj: obj["x"])
def default_factory_acts() -> bytes:
    """A defaultdict whose factory is a partial of `exec`: the first missing key runs it."""
    return pickled(call("collections.defaultdict", call("functools.partial", name("builtins.exec"), PYTHON)))


@theme.case("default factory called by a look-up", use=lambda obj: obj["x"], allow=("attacks.victims.Plain",))
def default_factory_not_allowed() -> bytes:
    """A defaultdict whose factory is a class that the user did not allow."""
    return pickled(call("collections.defaultdict", name(RUNNER)))


@theme.case("callback kept by a container", use=lambda obj: obj["x"])
def chain_map_of_default_dicts() -> bytes:
    """Hides the factory one container deeper: a ChainMap over a defaultdict."""
    inner = call("collections.defaultdict", call("functools.partial", name("builtins.exec"), PYTHON))
    return pickled(build(call("collections.ChainMap"), {"maps": [inner]}))


@theme.case("method left for the caller", plain=RAN, use=lambda obj: obj.sub(SHELL))
def namespace_with_a_method() -> bytes:
    """An innocent namespace whose attribute `sub` is a partial of `os.system`: looks like a compiled pattern."""
    planted = call("functools.partial", name("os.system"))
    return pickled(build(call("types.SimpleNamespace"), {"pattern": "x", "sub": planted}))
