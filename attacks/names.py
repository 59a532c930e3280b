"""Attacks by what a global is called: dots, old names, codes, look-alikes, and operands that are no text."""

from __future__ import annotations

import copyreg
from functools import partial
from typing import Any

from attacks.assembler import (
    EXT1,
    EXT2,
    EXT4,
    GLOBAL,
    INST,
    MARK,
    POP,
    PROTO,
    REDUCE,
    STOP,
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
from attacks.canary import PYTHON, SHELL
from attacks.case import (
    DATA,
    ERROR,
    IMPORTED,
    LOADED,
    MALFORMED,
    MEMORY,
    MISSING,
    RAN,
    REFUSED,
    Theme,
)

theme = Theme("names")

VICTIMS = "attacks.victims"
PLAIN = "attacks.victims.Plain"
REGISTRY = "attacks.victims.Registry"


# --- dots ---------------------------------------------------------------------------------------------------------


@theme.case("dotted name through a module")
def dotted_through_module() -> bytes:
    """Walks from `os` to `os.system` through its submodule: `os` / `path.os.system`."""
    return pickled(call(stack_global("os", "path.os.system"), SHELL))


@theme.case("dotted name through a module", verdict=(REFUSED, MALFORMED))
def dotted_from_innocent_module() -> bytes:
    """Reaches `os.system` through the imports of an innocent library module."""
    return pickled(call(stack_global("textwrap", "re.enum.sys.modules.get"), "os"), call("os.system", SHELL))


@theme.case("dotted name through a module", allow=("attacks.victims.*",))
def dotted_from_allowed_module() -> bytes:
    """Reaches `os.system` through an import of the module that the user allowed with a star."""
    return pickled(call(stack_global(VICTIMS, "os.system"), SHELL))


@theme.case("dotted name through a module", needs=("numpy",))
def dotted_from_numpy() -> bytes:
    """Reaches a function that evaluates text through a submodule of numpy."""
    return pickled(call(stack_global("numpy", "f2py.crackfortran.getlincoef"), PYTHON, {"x": 1}))


@theme.case("imported module as an attribute", allow=("attacks.victims.*",), plain=RAN)
def module_as_attribute_of_allowed() -> bytes:
    """Takes the module `os` out of the allowed module as if it were a class, and `system` by `getattr`."""
    return pickled(call(call("builtins.getattr", stack_global(VICTIMS, "os"), "system"), SHELL))


@theme.case("function imported into another module")
def re_exported_function() -> bytes:
    """Calls `os.system` under the name of a module that only imports it: `posixpath` / `os.system`."""
    return pickled(call(stack_global("posixpath", "os.system"), SHELL))


@theme.case("function imported into another module", allow=("attacks.victims.*",))
def re_exported_through_star() -> bytes:
    """Calls a function that the allowed module only imports: `fire` of `attacks.canary`."""
    return pickled(call(stack_global(VICTIMS, "canary.fire"), 1))


@theme.case("function imported into another module", allow=("attacks.victims.*",), plain=MEMORY)
def re_exported_known_type() -> bytes:
    """Calls a known type under the name of the allowed module, where its guard does not stand: `bytearray(10**11)`."""
    return pickled(call(stack_global(VICTIMS, "buffer"), 10**11))


@theme.case("pattern and its boundary", allow=("attacks.**",), plain=ERROR)
def dotted_through_module_of_package() -> bytes:
    """Names a class of an allowed package by a way through its module: `attacks` / `victims.Plain`."""
    return pickled(call(stack_global("attacks", "victims.Plain"), 1))


@theme.case("dotted name into a class", allow=(PLAIN,))
def dotted_to_globals_of_method() -> bytes:
    """Walks from an allowed class over a method to the globals of its module, and takes `os` out of them."""
    space = stack_global("attacks.victims", "Record.__init__.__globals__")
    return pickled(call("builtins.exec", PYTHON, space))


@theme.case("dotted name into a class", allow=(REGISTRY, PLAIN), plain=LOADED)
def dotted_to_subclasses() -> bytes:
    """Lists all classes of the process: `Plain.__base__.__subclasses__`."""
    return pickled(call(stack_global(VICTIMS, "Plain.__base__.__subclasses__")))


@theme.case("dotted name into a class", allow=(PLAIN,), plain=LOADED)
def dotted_to_class_dict() -> bytes:
    """Fetches the `__dict__` of an allowed class."""
    return pickled(stack_global(VICTIMS, "Plain.__dict__"), proto=5)[:-1] + b"0N."


@theme.case("dotted name into a class", plain=LOADED)
def dotted_to_builtin_method() -> bytes:
    """Calls a method of a known type by a dotted name: `builtins` / `str.format`."""
    return pickled(call(stack_global("builtins", "str.format"), "{0.__class__.__mro__}", 1))


@theme.case("dotted name in an opcode of before protocol 4", plain=ERROR, verdict=MISSING)
def dotted_in_protocol_2() -> bytes:
    """Names `path.join` in protocol 2, where pickle does not walk: a reader that walks sees something else."""
    return pickled(GLOBAL("os", "path.os.system") + tuple_of(SHELL) + REDUCE, proto=2)


@theme.case("dotted name in an opcode of before protocol 4", plain=RAN)
def dotted_in_text_global_of_protocol_4() -> bytes:
    """Uses the text opcode GLOBAL in protocol 4, where pickle does walk."""
    return pickled(GLOBAL("os", "path.os.system") + tuple_of(SHELL) + REDUCE)


@theme.case("dotted name in INST", plain=(RAN, ERROR))
def dotted_in_inst() -> bytes:
    """Walks through a module by INST."""
    return pickled(MARK + text(SHELL) + INST("os", "path.os.system"))


@theme.case("dotted name with <locals>", plain=ERROR, verdict=MISSING)
def dotted_with_locals() -> bytes:
    """Names a function inside a function, which no loader can find."""
    return pickled(stack_global(VICTIMS, "helper.<locals>.inner"))


@theme.case("honest nested class", allow=("attacks.victims.Registry.Entry",), plain=LOADED, verdict=DATA)
def nested_class_is_honest() -> bytes:
    """An object of a nested class that the user allowed by its full name: data."""
    return pickled(build(new(stack_global(VICTIMS, "Registry.Entry")), {"x": 1}))


@theme.case("nested class of an allowed class", allow=(REGISTRY,), plain=LOADED, verdict=(REFUSED, DATA))
def nested_class_of_allowed_class() -> bytes:
    """An object of a nested class whose outer class alone was allowed: a matter of policy, not of harm."""
    return pickled(build(new(stack_global(VICTIMS, "Registry.Entry")), {"x": 1}))


# --- names of Python 2 --------------------------------------------------------------------------------------------


def _old(module: str, qualname: str, *args: Any) -> bytes:
    return pickled(GLOBAL(module, qualname) + tuple_of(*args) + REDUCE, proto=2)


_OLD_NAMES: dict[str, tuple[tuple[Any, ...], str | tuple[str, ...]]] = {
    "__builtin__ eval": ((PYTHON,), RAN),
    "__builtin__ reduce": ((name("operator.add"), [1, 2]), LOADED),
    "__builtin__ apply": ((name("os.system"), [SHELL]), ERROR),
    "__builtin__ execfile": (("/dev/null",), ERROR),
    "__builtin__ input": ((), ERROR),
    "__builtin__ file": (("canary", "w"), ERROR),
    "commands getoutput": ((SHELL,), RAN),
    "popen2 popen2": ((SHELL,), ERROR),
    "os popen2": ((SHELL,), ERROR),
    "thread start_new_thread": ((name("builtins.exec"), (PYTHON,)), (RAN, LOADED)),
    "cPickle loads": ((b"cos\nsystem\n(S'" + SHELL.encode() + b"'\ntR.",), RAN),
    "pickle loads": ((b"cos\nsystem\n(S'" + SHELL.encode() + b"'\ntR.",), RAN),
    "copy_reg _reconstructor": ((name("attacks.victims.Runner"), name("attacks.victims.Runner"), 1), RAN),
    "exceptions SystemExit": ((), LOADED),
    "urllib urlopen": (("file:///dev/null",), (ERROR, LOADED, IMPORTED)),
    "UserDict IterableUserDict": ((), (LOADED, ERROR)),
    "_socket fromfd": ((0, 2, 1), (LOADED, ERROR)),
    "anydbm open": (("canary", "c"), (RAN, ERROR)),
    "itertools imap": ((name("os.system"), [SHELL]), LOADED),
    "new code": ((), ERROR),
    "rexec RExec": ((), ERROR),
}


def _add_old_names() -> None:
    for spelled, (args, plain) in _OLD_NAMES.items():
        module, qualname = spelled.split()
        honest = spelled in ("exceptions SystemExit", "UserDict IterableUserDict")
        theme.add(
            f"python2_{module}_{qualname}",
            "name of Python 2 that pickle maps to a new one",
            partial(_old, module, qualname, *args),
            f"Protocol 2 calls {module}.{qualname}, which pickle maps to what it is called now.",
            verdict=(*MISSING, DATA) if honest else MISSING,
            plain=plain,
        )


_add_old_names()


@theme.case("name of Python 2 in a new protocol", plain=ERROR, verdict=MISSING)
def python2_name_in_protocol_4() -> bytes:
    """Names `__builtin__.eval` in protocol 4, where pickle maps nothing: a reader that maps sees something else."""
    return pickled(GLOBAL("__builtin__", "eval") + tuple_of("1") + REDUCE)


@theme.case("protocol changes between name and call", verdict=(REFUSED, MALFORMED))
def protocol_drops_to_map_names() -> bytes:
    """Says protocol 4, then 2: from there on `__builtin__` is `builtins`."""
    return pickled(PROTO(2) + GLOBAL("__builtin__", "eval") + tuple_of(PYTHON) + REDUCE)


@theme.case("protocol changes between name and call", verdict=(REFUSED, MALFORMED))
def protocol_rises_to_walk_dots() -> bytes:
    """Says protocol 2, then 4: from there on dots in names are walked."""
    return pickled(PROTO(4) + GLOBAL("os", "path.os.system") + tuple_of(SHELL) + REDUCE, proto=2)


# --- extension codes ----------------------------------------------------------------------------------------------


def _register(code: int) -> None:
    copyreg.add_extension("os", "system", code)


@theme.case("EXT code of the program's registry", setup=partial(_register, 0xF0), verdict=(REFUSED, MALFORMED))
def ext1_registered() -> bytes:
    """Pushes what the program registered under code 240: no name is in the bytes at all."""
    return pickled(EXT1(0xF0) + tuple_of(SHELL) + REDUCE)


@theme.case("EXT code of the program's registry", setup=partial(_register, 0xF00F), verdict=(REFUSED, MALFORMED))
def ext2_registered() -> bytes:
    """The same by a 16-bit code."""
    return pickled(EXT2(0xF00F) + tuple_of(SHELL) + REDUCE)


@theme.case("EXT code of the program's registry", setup=partial(_register, 0x7F00_0000), verdict=(REFUSED, MALFORMED))
def ext4_registered() -> bytes:
    """The same by a 32-bit code."""
    return pickled(EXT4(0x7F00_0000) + tuple_of(SHELL) + REDUCE)


def _cache_extension() -> None:
    copyreg.add_extension("attacks.victims", "Plain", 0x77)
    copyreg._extension_cache[0x77] = __import__("os").system  # type: ignore[attr-defined]


@theme.case(
    "EXT code that pickle has in its cache",
    setup=_cache_extension,
    allow=(PLAIN,),
    verdict=(REFUSED, MALFORMED, "BuildError"),
)
def ext_cached() -> bytes:
    """The registry says an allowed class, the cache that pickle asks first has another object."""
    return pickled(EXT1(0x77) + tuple_of(SHELL) + REDUCE)


@theme.case("EXT code that nobody registered", plain=ERROR, verdict=(REFUSED, MALFORMED))
def ext_unknown() -> bytes:
    """Pushes an unregistered code."""
    return pickled(EXT2(12345))


@theme.case("EXT code that nobody registered", plain=ERROR, verdict=(REFUSED, MALFORMED))
def ext_zero_and_negative() -> bytes:
    """Pushes code -1, which cannot be registered."""
    return pickled(EXT4(-1))


@theme.case("EXT code that nobody registered", plain=ERROR, verdict=(REFUSED, MALFORMED))
def ext1_zero() -> bytes:
    """Pushes code 0, which cannot be registered."""
    return pickled(EXT1(0))


# --- double underscores -------------------------------------------------------------------------------------------


@theme.case("dunder name")
def dunder_import() -> bytes:
    """Imports a module by `builtins.__import__`: importing is running."""
    return pickled(call("builtins.__import__", "attacks.trap"))


@theme.case("dunder name", plain=LOADED)
def dunder_build_class() -> bytes:
    """Makes a class by `builtins.__build_class__`."""
    return pickled(call("builtins.__build_class__", name("attacks.victims.helper"), "Made"))


@theme.case("dunder name", allow=("attacks.victims.*",))
def dunder_builtins_of_module() -> bytes:
    """Takes `__builtins__` out of the allowed module, and `exec` out of that."""
    return pickled(call(call("operator.getitem", stack_global(VICTIMS, "__builtins__"), "exec"), PYTHON))


@theme.case("dunder name", allow=("attacks.victims.*",), plain=LOADED)
def dunder_loader_of_module() -> bytes:
    """Takes the module's `__loader__`, which reads any file, out of the allowed module."""
    return pickled(stack_global(VICTIMS, "__loader__"))


@theme.case("dunder name", plain=LOADED)
def dunder_dict_of_builtins() -> bytes:
    """Fetches the namespace of builtins as data."""
    return pickled(stack_global("builtins", "__dict__"))[:-1] + b"0N."


@theme.case("dunder name", plain=LOADED)
def dunder_main_loader() -> bytes:
    """Looks around in the running program: `__main__.__dict__`."""
    return pickled(stack_global("__main__", "__dict__") + POP + value(1))


# --- look-alikes and odd characters -------------------------------------------------------------------------------

_LOOK_ALIKES = {
    "cyrillic_o": ("\u043es", "system"),
    "fullwidth_eval": ("builtins", "\uff45\uff56\uff41\uff4c"),
    "zero_width_space": ("os", "sys\u200btem"),
    "soft_hyphen": ("o\u00ads", "system"),
    "combining_mark": ("builtins", "eval\u0336"),
    "right_to_left": ("os", "\u202emetsys"),
    "mathematical_bold": ("builtins", "\U0001d41e\U0001d42f\U0001d41a\U0001d425"),
    "ligature_in_allowed": (VICTIMS, "\uff30lain"),
    "space_before": (" os", "system"),
    "space_after": ("os ", "system"),
    "space_in_name": ("os", " system"),
    "tab": ("os", "system\t"),
    "carriage_return": ("os\r", "system"),
    "no_break_space": ("os", "system\u00a0"),
    "nul_in_name": ("builtins", "eval\0x"),
    "empty_module": ("", "system"),
    "empty_name": ("os", ""),
    "both_empty": ("", ""),
    "only_dots": ("..", ".."),
    "relative_module": (".os", "system"),
    "trailing_dot": ("os.", "system"),
    "trailing_dot_in_name": ("os", "system."),
    "double_dot_in_name": ("os", "path..join"),
    "slash": ("os/path", "join"),
    "backslash": ("os\\path", "join"),
    "colon": ("os:system", "system"),
    "star": ("*", "*"),
    "star_in_name": ("os", "*"),
    "brackets": ("builtins", "list[int]"),
    "lone_surrogate": ("os\udc80", "system"),
    "lone_surrogate_in_name": ("os", "system\ud800"),
    "upper_case": ("OS", "SYSTEM"),
}


def _look_alike(module: str, qualname: str) -> bytes:
    return pickled(call(stack_global(module, qualname), SHELL))


for _key, (_module_name, _qualname) in _LOOK_ALIKES.items():
    theme.add(
        f"look_alike_{_key}",
        "name with look-alike or odd characters",
        partial(_look_alike, _module_name, _qualname),
        "Names nothing that exists, but something that a loose comparison, strip or normalisation takes for another.",
        verdict=(*MISSING, MALFORMED),
        plain=(ERROR, IMPORTED),
        allow=(PLAIN,),
    )


@theme.case("NUL in a name", plain=(RAN, ERROR), verdict=(*MISSING, MALFORMED))
def nul_ends_the_module_name() -> bytes:
    """Names `os` with a NUL behind it: another text than `os`, but the import system's C code stops at the NUL."""
    return pickled(call(stack_global("os\0", "system"), SHELL))


@theme.case("newline in a name", plain=ERROR, verdict=(*MISSING, MALFORMED), allow=(PLAIN,))
def newline_injects_opcodes() -> bytes:
    """The name ends in a newline and more opcodes: whoever re-writes it as a text GLOBAL writes a call."""
    injected = "Plain\n0cos\nsystem\n(S'" + SHELL + "'\ntR0cattacks.victims\nPlain"
    return pickled(stack_global(VICTIMS, injected))


@theme.case("newline in a name", plain=ERROR, verdict=(*MISSING, MALFORMED), allow=(PLAIN,))
def newline_in_module_injects_opcodes() -> bytes:
    """The same in the module's name."""
    return pickled(stack_global("attacks.victims\nPlain\n0cos", "system"))


@theme.case("very long name", plain=ERROR, verdict=(*MISSING, MALFORMED, "LimitError"))
def name_of_a_megabyte() -> bytes:
    """Names a module with a million letters: it must not fill a log, a table or a message."""
    return pickled(stack_global("o" * 1_000_000, "system"))


@theme.case("very long name", plain=ERROR, verdict=(*MISSING, MALFORMED, "LimitError"))
def name_of_many_dots() -> bytes:
    """Names a path of 200,000 attributes."""
    return pickled(stack_global("os", "path." * 200_000 + "join"))


@theme.case("name that is no UTF-8", plain=ERROR, verdict=(*MISSING, MALFORMED))
def global_of_bad_utf8() -> bytes:
    """Writes a text GLOBAL whose name is not UTF-8."""
    return pickled(GLOBAL(b"os", b"syst\xff\xfeem") + tuple_of(SHELL) + REDUCE)


@theme.case("name that is no UTF-8", plain=ERROR, verdict=(*MISSING, MALFORMED))
def inst_of_bad_utf8() -> bytes:
    """Writes an INST whose name is not ASCII."""
    return bytes(MARK + Code(b"ios\nsyst\xc3\xa9m\n") + STOP)
