"""Attacks by where a name comes from and which module it belongs to: operands of STACK_GLOBAL, patterns, imports."""

from __future__ import annotations

from attacks.assembler import (
    BINGET,
    BINPERSID,
    BINPUT,
    BINUNICODE,
    BUILD,
    DUP,
    EMPTY_TUPLE,
    GLOBAL,
    INST,
    MARK,
    NEWOBJ,
    POP,
    REDUCE,
    SHORT_BINSTRING,
    STACK_GLOBAL,
    STOP,
    STRING,
    TUPLE,
    UNICODE,
    Code,
    build,
    call,
    name,
    new,
    pickled,
    stack_global,
    text,
    tuple_of,
    value,
)
from attacks.canary import SHELL
from attacks.case import (
    ERROR,
    IMPORTED,
    LOADED,
    MALFORMED,
    MISSING,
    POLLUTED,
    RAN,
    REFUSED,
    UNTRIED,
    Theme,
)

theme = Theme("operands")

VICTIMS = "attacks.victims"
PLAIN = "attacks.victims.Plain"


# --- operands of STACK_GLOBAL -------------------------------------------------------------------------------------


@theme.case("STACK_GLOBAL operand made at run time", verdict=(REFUSED, MALFORMED))
def operand_from_codec() -> bytes:
    """Decodes the module's name from bytes: no reader of the opcodes sees the text `os`."""
    module = call("_codecs.decode", b"os", "ascii")
    return pickled(call(module + text("system") + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand made at run time", verdict=(REFUSED, MALFORMED))
def operand_from_str_constructor() -> bytes:
    """Makes the name by `str(bytes, "ascii")`, an honest shape of arguments."""
    qualname = call("builtins.str", b"system", "ascii")
    return pickled(call(text("os") + qualname + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand made at run time", verdict=(REFUSED, MALFORMED))
def operand_from_newobj() -> bytes:
    """Makes the name by NEWOBJ of `str`, which gives an exact str."""
    return pickled(call(text("os") + new("builtins.str", "system") + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand made at run time", verdict=(REFUSED, MALFORMED))
def operand_from_attribute() -> bytes:
    """Stores the names as attributes of a function by BUILD and fetches them as globals, past text matching."""
    planted = build(name("textwrap.dedent"), (None, {"a": "os", "b": "system"})) + POP
    module, qualname = stack_global("textwrap", "dedent.a"), stack_global("textwrap", "dedent.b")
    return pickled(planted + call(module + qualname + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand from the memo")
def operand_from_memo() -> bytes:
    """Fetches both names from the memo, where decoys were stored at the same indexes before."""
    decoys = text("collections") + BINPUT(0) + POP + text("OrderedDict") + BINPUT(1) + POP
    names = text("os") + BINPUT(0) + POP + text("system") + BINPUT(1) + POP
    return pickled(decoys + names + call(BINGET(0) + BINGET(1) + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand from the memo")
def operands_reversed_by_pops() -> bytes:
    """Leaves decoy text between the operands and drops it: the last two texts written are not the operands."""
    decoy = text("collections") + text("OrderedDict") + POP + POP
    return pickled(call(text("os") + text("system") + decoy + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand from the memo")
def operand_by_dup() -> bytes:
    """Copies an operand with DUP and drops the copy, so that the texts and the operands do not line up."""
    planted = text("posix") + DUP + POP + text("system") + STACK_GLOBAL
    return pickled(planted + tuple_of(SHELL) + REDUCE)


@theme.case("STACK_GLOBAL operand that is no text", plain=ERROR, verdict=(REFUSED, MALFORMED))
def operand_is_bytes() -> bytes:
    """Gives bytes as the module's name."""
    return pickled(stack_global(b"os", "system"))


@theme.case("STACK_GLOBAL operand that is no text", plain=ERROR, verdict=(REFUSED, MALFORMED))
def operand_is_int() -> bytes:
    """Gives an int as the name."""
    return pickled(stack_global("os", 7))


@theme.case("STACK_GLOBAL operand that is no text", plain=ERROR, verdict=(REFUSED, MALFORMED))
def operand_is_none() -> bytes:
    """Gives None as both operands."""
    return pickled(stack_global(None, None))


@theme.case("STACK_GLOBAL operand that is no text", plain=ERROR, verdict=(REFUSED, MALFORMED))
def operand_is_a_global() -> bytes:
    """Gives a class as the module's name."""
    return pickled(stack_global(name("collections.OrderedDict"), "system"))


@theme.case("STACK_GLOBAL operand that is no text", plain=ERROR, verdict=(REFUSED, MALFORMED))
def operand_is_persistent() -> bytes:
    """Gives the result of a persistent id as the module's name."""
    return pickled(text("module") + BINPERSID + text("system") + STACK_GLOBAL)


@theme.case("STACK_GLOBAL operand that is text of Python 2", plain=RAN, verdict=(REFUSED, MALFORMED))
def operand_is_python2_str() -> bytes:
    """Gives texts of Python 2, which the reader's `encoding` turns into str."""
    return pickled(call(SHORT_BINSTRING(b"os") + SHORT_BINSTRING(b"system") + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand in an escaped spelling", plain=RAN, verdict=(REFUSED, MALFORMED))
def operand_is_escaped() -> bytes:
    """Spells the names with escapes, so that no search for their bytes finds them."""
    module, qualname = UNICODE("\\u006f\\u0073"), STRING("'\\x73\\x79\\x73\\x74\\x65\\x6d'")
    return pickled(call(module + qualname + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand in an escaped spelling", plain=RAN)
def operand_of_declared_widths() -> bytes:
    """Spells the names with opcodes of unusual width."""
    return pickled(call(BINUNICODE("os") + Code(b"\x8d\x06\0\0\0\0\0\0\0system") + STACK_GLOBAL, SHELL))


@theme.case("STACK_GLOBAL operand across a mark", plain=ERROR, verdict=(REFUSED, MALFORMED))
def operand_below_mark() -> bytes:
    """Puts a mark between the operands."""
    return pickled(text("os") + MARK + text("system") + STACK_GLOBAL)


# --- whose module is it -------------------------------------------------------------------------------------------


@theme.case("import of an unknown module", plain=RAN)
def import_of_trap() -> bytes:
    """Names a class of a module that acts when imported; the name is never called."""
    return pickled(value([name("attacks.trap.harmless")]))


@theme.case("import of an unknown module", plain=RAN, verdict=MISSING)
def import_of_trap_for_missing_name() -> bytes:
    """Names something that the module does not even have: the import alone does it."""
    return pickled(value([name("attacks.trap.no_such_name")]))


@theme.case("import of an unknown module", plain=RAN)
def import_of_trap_then_pop() -> bytes:
    """Names it and drops it at once."""
    return pickled(name("attacks.trap.harmless") + POP + value(1))


@theme.case("import of an unknown module", plain=IMPORTED)
def import_of_module_with_side_effects() -> bytes:
    """Imports a module of the standard library that prints when imported."""
    return pickled(value([name("this.s")]))


@theme.case("pattern and its boundary", allow=("attacks.tra",), plain=RAN)
def prefix_is_no_pattern() -> bytes:
    """The user allowed `attacks.tra`; the pickle names `attacks.trap`."""
    return pickled(value([name("attacks.trap.harmless")]))


@theme.case("pattern and its boundary", allow=("attacks.victims.*",), plain=RAN)
def star_does_not_cover_sibling() -> bytes:
    """The user allowed `attacks.victims.*`; the pickle names a sibling module."""
    return pickled(value([name("attacks.trap.harmless")]))


@theme.case("pattern and its boundary", allow=("attacks.victims.*",), plain=ERROR, verdict=MISSING)
def star_and_longer_module_name() -> bytes:
    """The user allowed `attacks.victims.*`; the pickle names `attacks.victims_evil`."""
    return pickled(value([stack_global("attacks.victims_evil", "Plain")]))


@theme.case("pattern and its boundary", allow=(PLAIN,), plain=ERROR, verdict=MISSING)
def class_as_a_module() -> bytes:
    """Names the allowed class as if it were a module."""
    return pickled(value([stack_global("attacks.victims.Plain", "x")]))


@theme.case("pattern and its boundary", allow=(PLAIN,), plain=LOADED)
def other_class_of_allowed_module() -> bytes:
    """The user allowed one class; the pickle makes an object of another in the same module."""
    return pickled(new("attacks.victims.Other"))


@theme.case("pattern and its boundary", allow=("attacks.victims.helper",), plain=POLLUTED)
def allowed_function_as_carrier() -> bytes:
    """The user allowed a function to be called; the pickle gives it attributes."""
    return pickled(build(name("attacks.victims.helper"), {"cached": 1}))


@theme.case("rule by a library instead of a name", needs=("sklearn",), plain=(RAN, LOADED))
def sklearn_function_that_is_no_estimator() -> bytes:
    """Calls a function of scikit-learn's namespace that fetches data from the network or disk."""
    return pickled(call("sklearn.datasets.get_data_home", "canary"))


@theme.case("rule by a library instead of a name", needs=("sklearn",), plain=(ERROR, IMPORTED, LOADED), verdict=MISSING)
def sklearn_test_module() -> bytes:
    """Imports a test module of scikit-learn, under a name that looks like an estimator."""
    return pickled(new("sklearn.tests.metadata_routing_common.ConsumingClassifier"))


@theme.case("rule by a library instead of a name", needs=("sklearn",), plain=ERROR, verdict=MISSING)
def sklearn_class_that_is_not_there() -> bytes:
    """Names an estimator that scikit-learn does not have."""
    return pickled(new("sklearn.linear_model._evil.LogisticRegression"))


@theme.case("rule by a library instead of a name", plain=UNTRIED, verdict=MISSING)
def package_that_looks_like_a_library() -> bytes:
    """Names a class of a package called almost like a known one: `numpy_.core`."""
    return pickled(call("numpy_.core.multiarray._reconstruct", 1))


@theme.case("module name that is a path to a file", plain=ERROR, verdict=MISSING)
def module_is_a_file() -> bytes:
    """Names a module by a path, as `__import__` of old Pythons accepted."""
    return pickled(stack_global("./keep/evil", "main"))


@theme.case("NEWOBJ of a name from an old class", plain=ERROR, verdict=(*MISSING, MALFORMED))
def old_instance_without_class() -> bytes:
    """Makes an instance of Python 2's `types.InstanceType`, which no longer is."""
    return pickled(GLOBAL("types", "InstanceType") + EMPTY_TUPLE + NEWOBJ, proto=2)


@theme.case("text opcodes for everything")
def all_text_protocol_0() -> bytes:
    """Builds the whole attack from opcodes of 1995: GLOBAL, MARK, STRING, TUPLE, REDUCE, BUILD."""
    call_system = GLOBAL("posix", "system") + MARK + STRING(f"'{SHELL}'") + TUPLE + REDUCE
    return bytes(MARK + INST(VICTIMS, "Plain") + MARK + STRING("'x'") + call_system + Code(b"d") + BUILD + STOP)
