"""pandas, pyarrow, joblib and other libraries with hostile arguments and states."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from attacks.assembler import Code, build, call, name, new, pickled, value
from attacks.canary import PYTHON, SHELL
from attacks.case import CRASH, DATA, ERROR, HANG, LIMIT, LOADED, MEMORY, RAN, REFUSED, UNTRIED, Theme
from attacks.gadgets_numpy import F8, array
from attacks.gadgets_science import honest, tampered

theme = Theme("tables")

ANSWER = (REFUSED, LIMIT, "BuildError")
PANDAS: dict[str, Any] = {"needs": ("pandas",)}
PYARROW: dict[str, Any] = {"needs": ("pyarrow",)}


# --- pandas -------------------------------------------------------------------------------------------------------

_INDEX = "pandas.core.indexes.base._new_Index"
_MAPPED = call("builtins.map", name("builtins.exec"), [PYTHON])

_PANDAS: dict[str, tuple[Code, str | tuple[str, ...]]] = {
    "new_index_of_map": (call(_INDEX, name("pandas.Index"), {"data": _MAPPED, "dtype": "object"}), RAN),
    "new_index_of_other_class": (call(_INDEX, name("attacks.victims.Runner"), {}), LOADED),
    "new_index_of_bytes": (call(_INDEX, name("builtins.bytearray"), {"source": 10**11}), (MEMORY, ERROR, LOADED)),
    "new_index_of_type": (call(_INDEX, name("builtins.type"), {}), ERROR),
    "new_datetime_index_of_map": (
        call("pandas.core.indexes.datetimes._new_DatetimeIndex", name("pandas.DatetimeIndex"), {"data": _MAPPED}),
        (RAN, ERROR),
    ),
    "range_index_huge": (
        call(_INDEX, name("pandas.RangeIndex"), {"start": 0, "stop": 10**17, "step": 1, "name": None}),
        LOADED,
    ),
    "range_index_step_zero": (
        call(_INDEX, name("pandas.RangeIndex"), {"start": 0, "stop": 9, "step": 0, "name": None}),
        ERROR,
    ),
    "data_frame_called": (call("pandas.DataFrame", _MAPPED), RAN),
    "series_called": (call("pandas.Series", _MAPPED), RAN),
    "read_csv": (call("pandas.read_csv", "/etc/hostname"), (LOADED, ERROR, MEMORY)),
    "read_pickle_path": (call("pandas.read_pickle", "/nonexistent"), ERROR),
    "eval_by_name": (call("pandas.eval", f"@__builtins__.exec({PYTHON!r})"), (RAN, ERROR)),
    "frame_query": (
        call(call("builtins.getattr", call("pandas.DataFrame", {"a": [1]}), "query"), "@__import__('os').getcwd()"),
        (LOADED, ERROR, MEMORY),
    ),
    "block_placement_beyond": (
        call(
            "pandas._libs.internals._unpickle_block",
            array((1, 2), F8, bytes(16)),
            call("builtins.slice", 0, 10**9, 1),
            2,
        ),
        (LOADED, ERROR, CRASH, MEMORY),
    ),
    "block_of_other_values": (
        call("pandas._libs.internals._unpickle_block", name("os.system"), call("builtins.slice", 0, 1, 1), 2),
        (LOADED, ERROR),
    ),
    "ndarray_backed_of_other_class": (
        call("pandas._libs.arrays.__pyx_unpickle_NDArrayBacked", name("attacks.victims.Runner"), 82904607, None),
        (ERROR, LOADED, RAN),
    ),
    "offset_huge": (call("pandas._libs.tslibs.offsets.Day", 10**30, False), ERROR),
    "timestamp_unit_unknown": (
        call("pandas._libs.tslibs.timestamps._unpickle_timestamp", 1, None, None, 99),
        (ERROR, CRASH, LOADED),
    ),
    "timestamp_zone_is_class": (
        call("pandas._libs.tslibs.timestamps._unpickle_timestamp", 1, None, name("attacks.victims.Runner"), 10),
        (ERROR, LOADED, RAN),
    ),
    "timedelta_unit_unknown": (
        call("pandas._libs.tslibs.timedeltas._timedelta_unpickle", 1, 99),
        (ERROR, CRASH, LOADED),
    ),
    "business_day_calendar": (
        call("pandas._libs.tslibs.offsets.CustomBusinessDay", 1, False, "Mon", call("builtins.range", 10**8)),
        (ERROR, LOADED, HANG, MEMORY),
    ),
}
_PANDAS_DATA = {"range_index_huge"}


def _given(code: Code) -> bytes:
    return pickled(code)


for _key, (_code, _words) in _PANDAS.items():
    theme.add(
        f"pandas_{_key}",
        "constructor or reader of pandas",
        partial(_given, _code),
        "Calls a function of pandas that honest pickles hold, or that looks like it, with other arguments.",
        verdict=(*ANSWER, DATA) if _key in _PANDAS_DATA else ANSWER,
        plain=_words,
        use=repr,
        **PANDAS,
    )


def _categorical() -> bytes:
    pd, np = importlib.import_module("pandas"), importlib.import_module("numpy")
    return pickled(tampered(pd.Categorical(["a", "b"]), lambda state: (state[0], np.array([10**8, -(10**8)], "i4"))))


theme.add(
    "pandas_category_codes_beyond",
    "pandas array whose codes point outside",
    _categorical,
    "Printing the categorical looks up categories that are not there.",
    verdict=ANSWER,
    plain=(CRASH, LOADED, ERROR),
    use=lambda obj: (repr(obj), obj.value_counts()),
    **PANDAS,
)


def _frame(placements: tuple[tuple[int, int], tuple[int, int]]) -> bytes:
    """Make a frame whose two blocks claim columns of the attacker's choice."""
    pd = importlib.import_module("pandas")
    blocks = tuple(
        call(
            "pandas._libs.internals._unpickle_block",
            array((1, 2), F8, bytes(16)),
            call("builtins.slice", start, stop, 1),
            2,
        )
        for start, stop in placements
    )
    axes = [honest(pd.Index(["a", "b"])), honest(pd.RangeIndex(2))]
    manager = call("pandas.core.internals.managers.BlockManager", blocks, value(axes))
    return pickled(build(new("pandas.DataFrame"), {"_mgr": manager, "_typ": "dataframe", "_metadata": [], "attrs": {}}))


for _key, _placements in {
    "blocks_overlap": ((0, 1), (0, 1)),
    "block_beyond_axis": ((0, 1), (1000, 1001)),
    "block_far_beyond": ((0, 1), (1 << 40, (1 << 40) + 1)),
    "block_negative": ((0, 1), (-5, -4)),
}.items():
    theme.add(
        f"pandas_{_key}",
        "data frame whose blocks claim columns that are not theirs",
        partial(_frame, _placements),
        "Printing the frame fills tables of columns from the blocks' claims without checking them.",
        verdict=ANSWER,
        plain=(CRASH, LOADED, ERROR, MEMORY),
        use=lambda obj: (repr(obj), obj["b"].sum(), obj.to_numpy()),
        **PANDAS,
    )


# --- pyarrow ------------------------------------------------------------------------------------------------------


def _arrow(length: int, buffers: list[Any], kind: str = "int64") -> Code:
    arrow_type = call("pyarrow.lib.type_for_alias", kind)
    return call("pyarrow.lib._restore_array", (arrow_type, length, 0, 0, buffers, [], None))


def _buffer(content: bytes) -> Code:
    return call("pyarrow.lib.py_buffer", content)


_ARROW: dict[str, Code] = {
    "array_too_long": _arrow(1 << 30, [None, _buffer(bytes(8))]),
    "array_length_negative": _arrow(-5, [None, _buffer(bytes(8))]),
    "string_offsets_beyond": _arrow(1, [None, _buffer(b"\0\0\0\0\xff\xff\xff\x7f"), _buffer(b"x")], "string"),
    "string_offsets_backwards": _arrow(1, [None, _buffer(b"\xff\xff\xff\x7f\0\0\0\0"), _buffer(b"x")], "string"),
    "validity_short": _arrow(1 << 20, [_buffer(b"\0"), _buffer(bytes(8 << 20))]),
    "no_buffers": _arrow(1, [None, None]),
    "buffers_missing": _arrow(1, []),
    "buffer_is_bytes": _arrow(1, [None, b"12345678"]),
}

for _key, _code in _ARROW.items():
    theme.add(
        f"arrow_{_key}",
        "pyarrow array whose buffers are too small",
        partial(_given, _code),
        "Reading the array reads outside of its buffers.",
        verdict=(REFUSED, LIMIT, "BuildError", "MissingModuleError"),
        plain=(CRASH, LOADED, ERROR, MEMORY),
        use=lambda obj: (obj[len(obj) - 1].as_py(), obj.null_count, len(obj) < 0),
        **PYARROW,
    )

_ARROW_FILES = {
    "memory_map": call("pyarrow.lib.memory_map", "/etc/hostname"),
    "create_memory_map": call("pyarrow.lib.create_memory_map", "canary", 16),
    "os_file": call("pyarrow.lib.OSFile", "canary", "w"),
    "foreign_buffer": call("pyarrow.lib.foreign_buffer", 0x4141_4141, 100),
}

for _key, _code in _ARROW_FILES.items():
    theme.add(
        f"arrow_{_key}",
        "pyarrow function that reaches files or addresses",
        partial(_given, _code),
        "Opens or creates a file, or makes a buffer of any address.",
        verdict=(REFUSED, "MissingModuleError"),
        plain=(RAN, LOADED, CRASH),
        use=lambda obj: obj.to_pybytes() if hasattr(obj, "to_pybytes") else None,
        **PYARROW,
    )


# --- joblib, torch, polars and others -----------------------------------------------------------------------------


@theme.case(
    "joblib wrapper name in a plain pickle", plain=LOADED, verdict=(REFUSED, "TruncatedError"), needs=("joblib",)
)
def joblib_wrapper_in_plain_pickle() -> bytes:
    """Holds joblib's array wrapper, whose reading allows a nested pickle, where no joblib reads it."""
    state = {"subclass": name("numpy.ndarray"), "shape": (1,), "order": "C", "dtype": F8, "allow_mmap": True}
    return pickled(build(new("joblib.numpy_pickle.NumpyArrayWrapper"), state))


@theme.case(
    "joblib wrapper name in a plain pickle",
    plain=(LOADED, ERROR),
    verdict=(REFUSED, "MalformedError"),
    needs=("joblib",),
)
def joblib_old_wrapper_names_a_file() -> bytes:
    """Holds the wrapper of old joblib, which reads another file by its name."""
    state = {"filename": "/etc/hostname", "subclass": name("numpy.ndarray"), "allow_mmap": True}
    return pickled(build(new("joblib.numpy_pickle_compat.NDArrayWrapper"), state))


@theme.case("batch of calls", needs=("joblib",), plain=(RAN, ERROR))
def joblib_batched_calls() -> bytes:
    """Makes joblib's batch of calls and calls it."""
    state = {"items": [(name("builtins.exec"), (PYTHON,), {})], "_size": 1, "_backend": None, "_n_jobs": None}
    return pickled(call(build(new("joblib.parallel.BatchedCalls"), state)))


@theme.case("batch of calls", needs=("joblib",), plain=(RAN, ERROR, LOADED))
def joblib_memorized_function() -> bytes:
    """Makes joblib's cached function around `os.system` and calls it."""
    return pickled(call(call("joblib.memory.NotMemorizedFunc", name("os.system")), SHELL))


_ABSENT: dict[str, tuple[Code, str]] = {
    "torch_rebuild_tensor": (
        call(
            "torch._utils._rebuild_tensor_v2",
            call("torch.storage._load_from_bytes", b"x"),
            0,
            (10**9,),
            (1,),
            False,
            {},
        ),
        "grows a storage past its bytes",
    ),
    "torch_load": (call("torch.serialization.load", "x"), "loads another pickle without restriction"),
    "torch_module_hook": (
        build(new("torch.nn.modules.linear.Linear"), {"_forward_hooks": {1: name("os.system")}}),
        "hooks",
    ),
    "torch_script": (call("torch.jit._serialization.load", "x"), "loads code"),
    "polars_lazy_frame": (build(new("polars.lazyframe.frame.LazyFrame"), b"x"), "holds a nested pickle of functions"),
    "polars_expression": (build(new("polars.expr.expr.Expr"), b"x"), "holds a nested pickle of functions"),
    "tensorflow_lambda": (call("keras.src.layers.core.lambda_layer.Lambda", b"x"), "holds marshalled code"),
    "keras_func_load": (call("keras.src.utils.python_utils.func_load", b"x"), "makes a function of marshalled code"),
    "xgboost_handle": (build(new("xgboost.core.Booster"), {"handle": bytearray(b"x")}), "parses in native code"),
    "dill_create_type": (call("dill._dill._create_type", name("builtins.type"), "Made", (), {}), "makes a class"),
    "dill_import": (call("dill._dill._import_module", "attacks.trap"), "imports a module"),
    "cloudpickle_function": (
        call("cloudpickle.cloudpickle._make_function", None, {}, "f", None, None),
        "makes a function",
    ),
    "cloudpickle_subimport": (call("cloudpickle.cloudpickle.subimport", "attacks.trap"), "imports a module"),
    "cloudpickle_skeleton_class": (
        call("cloudpickle.cloudpickle._make_skeleton_class", name("builtins.type"), "Made", (), {}, "id", None),
        "makes a class",
    ),
    "jsonpickle_decode": (call("jsonpickle.unpickler.decode", '{"py/reduce": []}'), "loads another format with code"),
    "yaml_unsafe_load": (
        call("yaml.unsafe_load", "!!python/object/apply:os.system [x]"),
        "loads another format with code",
    ),
    "django_session": (call("django.contrib.sessions.serializers.PickleSerializer", b"x"), "loads another pickle"),
    "sympy_sympify": (call("sympy.core.sympify.sympify", "1"), "evaluates text"),
    "numexpr_evaluate": (call("numexpr.necompiler.evaluate", "1"), "evaluates text"),
    "ray_cloudpickle": (call("ray.cloudpickle.loads", b"x"), "loads another pickle"),
    "pip_main": (call("pip._internal.cli.main.main", ["--version"]), "installs packages"),
    "setuptools_sandbox": (call("setuptools.sandbox.run_setup", "x", []), "runs a file"),
}

for _key, (_code, _what) in _ABSENT.items():
    theme.add(
        f"library_{_key}",
        "loader, factory or native parser of another library",
        partial(_given, _code),
        f"The library {_what}; the name has to be refused, whether it is installed or not.",
        verdict=(REFUSED, "MissingModuleError", "MissingGlobalError"),
        plain=UNTRIED,
    )
