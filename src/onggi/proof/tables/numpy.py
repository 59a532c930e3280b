"""numpy, of all versions: `numpy.core` and `numpy._core`, scalars by their old names, functions by where they stood."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, called, value

__all__ = ["RENAMES", "ROWS"]

_FUNCTION_HOMES: Final = (
    *("core._multiarray_umath", "core.fromnumeric", "core.umath", "core.numerictypes", "core.shape_base"),
    *("core.function_base", "_core._multiarray_umath", "_core.fromnumeric", "_core.umath", "_core.numerictypes"),
    *("_core.shape_base", "_core.function_base", "lib.function_base", "lib._function_base_impl", "lib.nanfunctions"),
    *("lib._nanfunctions_impl", "lib.arraysetops", "lib._arraysetops_impl", "lib.shape_base", "lib._shape_base_impl"),
    *("lib.twodim_base", "lib._twodim_base_impl", "lib.type_check", "lib._type_check_impl", "lib.ufunclike"),
    *("lib._ufunclike_impl", "lib.polynomial", "lib._polynomial_impl", "matrixlib.defmatrix"),
)

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    *((f"numpy.{home}.", "numpy.") for home in _FUNCTION_HOMES),
    ("numpy.core._multiarray_umath._reconstruct", "numpy._core.multiarray._reconstruct"),
    ("numpy.core._multiarray_umath.scalar", "numpy._core.multiarray.scalar"),
    ("numpy._core._multiarray_umath._reconstruct", "numpy._core.multiarray._reconstruct"),
    ("numpy._core._multiarray_umath.scalar", "numpy._core.multiarray.scalar"),
    ("numpy.core.", "numpy._core."),
    ("numpy.core.multiarray.ndarray", "numpy.ndarray"),
    ("numpy.core.multiarray.dtype", "numpy.dtype"),
    ("numpy.core._internal._reconstruct", "numpy._core.multiarray._reconstruct"),
    ("numpy.core.records.recarray", "numpy.recarray"),
    ("numpy.core.records.record", "numpy.record"),
    ("numpy._core.records.recarray", "numpy.recarray"),
    ("numpy._core.records.record", "numpy.record"),
    ("numpy.rec.recarray", "numpy.recarray"),
    ("numpy.rec.record", "numpy.record"),
    ("numpy.core.defchararray.chararray", "numpy.char.chararray"),
    ("numpy._core.defchararray.chararray", "numpy.char.chararray"),
    ("numpy.chararray", "numpy.char.chararray"),
    ("numpy.ma.core.MaskedArray", "numpy.ma.MaskedArray"),
    ("numpy.ma.MaskedConstant", "numpy.ma.core.MaskedConstant"),
    ("numpy.AxisError", "numpy.exceptions.AxisError"),
    ("numpy.core._exceptions.AxisError", "numpy.exceptions.AxisError"),
    ("numpy.linalg.linalg.", "numpy.linalg."),
    ("numpy.linalg._linalg.", "numpy.linalg."),
    ("numpy.core._ufunc_reconstruct", "numpy._core._ufunc_reconstruct"),
    *((f"numpy.{name}", f"numpy.{new}") for name, new in (("bool", "bool_"), ("str", "str_"), ("unicode_", "str_"))),
    *((f"numpy.{name}", f"numpy.{new}") for name, new in (("string_", "bytes_"), ("float_", "float64"))),
    *((f"numpy.{name}", f"numpy.{new}") for name, new in (("complex_", "complex128"), ("int0", "intp"))),
    *((f"numpy.{name}", f"numpy.{new}") for name, new in (("object", "object_"), ("bool8", "bool_"))),
    *((f"numpy.{name}", f"numpy.{new}") for name, new in (("long", "int_"), ("ulong", "uint"))),
    ("numpy.random.mtrand.__RandomState_ctor", "numpy.random.__RandomState_ctor"),
    ("mtrand.RandomState", "numpy.random.RandomState"),
    ("numpy.random.mtrand.RandomState", "numpy.random.RandomState"),
    ("numpy.random._generator.Generator", "numpy.random.Generator"),
    ("numpy.random.generator.Generator", "numpy.random.Generator"),
    ("numpy.random._mt19937.MT19937", "numpy.random.MT19937"),
    ("numpy.random._pcg64.PCG64", "numpy.random.PCG64"),
    ("numpy.random._pcg64.PCG64DXSM", "numpy.random.PCG64DXSM"),
    ("numpy.random._philox.Philox", "numpy.random.Philox"),
    ("numpy.random._sfc64.SFC64", "numpy.random.SFC64"),
    ("numpy.random._bit_generator.", "numpy.random.bit_generator."),
    ("numpy.random.bit_generator.SeedSequence", "numpy.random.SeedSequence"),
)

_SCALARS: Final = (
    "bool_ byte bytes_ cdouble character clongdouble complex128 complex192 complex256 complex64 complexfloating "
    "csingle datetime64 double flexible float128 float16 float32 float64 float96 floating generic half inexact "
    "int16 int32 int64 int8 int_ intc integer intp longdouble longlong number object_ record short signedinteger "
    "single str_ timedelta64 ubyte uint uint16 uint32 uint64 uint8 uintc uintp ulonglong unsignedinteger ushort "
    "void"
)

_MADE_OF_NUMBERS: Final = (
    "bool_ byte complex128 complex64 double float16 float32 float64 half int16 int32 int64 int8 int_ intc "
    "longdouble longlong short single str_ ubyte uint uint16 uint32 uint64 uint8 uintc ulonglong ushort"
)
"""Scalars that are pickled by calls of their class in other packages."""

_UFUNCS: Final = (
    "absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_count bitwise_or "
    "bitwise_xor cbrt ceil conj conjugate copysign cos cosh deg2rad degrees divide divmod equal exp exp2 expm1 fabs "
    "float_power floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside hypot invert isfinite "
    "isinf isnan isnat lcm ldexp left_shift less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and "
    "logical_not logical_or logical_xor matmul maximum matvec minimum mod modf multiply negative nextafter "
    "not_equal positive power rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh spacing "
    "sqrt square subtract tan tanh true_divide trunc vecdot vecmat"
)

_FUNCTIONS: Final = (
    "abs all allclose amax amin angle any append arange argmax argmin argpartition argsort argwhere around array "
    "array_equal array_split asanyarray asarray ascontiguousarray asfortranarray atleast_1d atleast_2d atleast_3d "
    "average bincount broadcast_to clip column_stack compress concatenate convolve copy corrcoef correlate "
    "count_nonzero cov cross cumprod cumsum cumulative_prod cumulative_sum delete diag diagonal diff digitize dot "
    "dstack ediff1d einsum empty empty_like expand_dims extract eye fix flatnonzero flip fliplr flipud full "
    "full_like geomspace gradient histogram hsplit hstack hypot i0 identity imag in1d inner insert interp "
    "intersect1d isclose iscomplex isin isneginf isposinf isreal isscalar kron lexsort linspace logspace max mean "
    "median meshgrid min moveaxis nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian "
    "nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar ndim nonzero ones ones_like outer pad partition "
    "percentile polyfit polyval prod product ptp quantile ravel real repeat reshape resize roll rollaxis roots "
    "rot90 round round_ row_stack searchsorted select setdiff1d setxor1d shape sinc size sort split squeeze stack "
    "std sum swapaxes take take_along_axis tensordot tile trace transpose trapezoid trapz tri tril trim_zeros triu "
    "union1d unique unwrap vander var vdot vsplit vstack where zeros zeros_like"
)
_LINALG: Final = (
    "cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_norm matrix_power matrix_rank multi_dot norm pinv "
    "qr slogdet solve svd vector_norm"
)

_DTYPES: Final = (
    "BoolDType ByteDType BytesDType CLongDoubleDType Complex128DType Complex64DType DateTime64DType Float16DType "
    "Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType IntDType LongDType LongDoubleDType "
    "LongLongDType ObjectDType ShortDType StrDType StringDType TimeDelta64DType UByteDType UInt16DType UInt32DType "
    "UInt64DType UInt8DType UIntDType ULongDType ULongLongDType UShortDType VoidDType"
)

_WHY_TYPE: Final = "as a dtype or an annotation; nothing that keeps a class calls it with a stranger's arguments"
_WHY_FUNCTION: Final = "only computes on arrays, whatever it is called with; the pickle itself cannot call it"
_WHY_ARRAY: Final = (
    "the content must be as long as shape and dtype say, objects come from a list, and an array is filled once"
)
_WHY_BITS: Final = "one of numpy's five generators; the state is checked number by number, positions above all"
_WHY_POLYNOMIAL: Final = "arrays of one dimension, and the name of the variable"

_ARRAY: Final = Rule(Use.VALUE | Use.STATE, _WHY_ARRAY, state="numpy:array_state")

_ARRAYS: Final[dict[str, Rule]] = {
    **dict.fromkeys(
        ("numpy.ndarray", "numpy.matrix", "numpy.recarray", "numpy.char.chararray", "numpy.ma.MaskedArray"), _ARRAY
    ),
    "numpy._core.multiarray._reconstruct": called(
        "makes an empty array of one of numpy's classes, or of one that the reader allows",
        "numpy:reconstruct",
        returns="numpy.ndarray",
    ),
    "numpy._core.numeric._frombuffer": called(
        "an array over a buffer that is as long as shape and dtype say, and holds no objects",
        "numpy:from_buffer",
        returns="numpy.generic",
    ),
    "numpy._core.multiarray.scalar": called(
        "one item of as many bytes as its dtype says", "numpy:scalar", returns="numpy.generic"
    ),
    "numpy.ma.core._mareconstruct": called(
        "makes an empty masked array", "numpy:masked", returns="numpy.ma.MaskedArray"
    ),
    "numpy.ma.core.MaskedConstant": called(
        "the one masked constant", "builtins:nothing", more=Use.VALUE, returns="numpy.generic"
    ),
    "numpy.dtype": Rule(
        Use.VALUE | Use.CALL | Use.STATE,
        "built again by numpy's public constructor, which checks all fields; the state itself is never believed",
        call="numpy_dtypes:dtype",
        state="numpy_dtypes:dtype_state",
    ),
    "numpy._core._internal._convert_to_stringdtype_kwargs": called(
        "numpy 2's dtype of strings; its filler is a plain value", "numpy_dtypes:string_dtype", returns="numpy.generic"
    ),
    "numpy._core._ufunc_reconstruct": called(
        "only looks up numpy's own ufuncs", "numpy:ufunc", returns="numpy.generic"
    ),
    "numpy._globals._NoValueType": Rule(
        Use.VALUE | Use.CALL | Use.NEW, "marks a missing argument", call="builtins:nothing", new="builtins:object_"
    ),
}

_RANDOM: Final[dict[str, Rule]] = {
    "numpy.random._pickle.__bit_generator_ctor": Rule(
        Use.VALUE | Use.CALL | Use.STATE,
        _WHY_BITS,
        call="numpy_random:bit_generator",
        state="numpy_random:bit_generator_state",
    ),
    "numpy.random._pickle.__generator_ctor": Rule(
        Use.CALL | Use.STATE, _WHY_BITS, call="numpy_random:generator", state="numpy_random:generator_state"
    ),
    "numpy.random._pickle.__randomstate_ctor": Rule(
        Use.CALL | Use.STATE, _WHY_BITS, call="numpy_random:random_state", state="numpy_random:random_state_state"
    ),
    "numpy.random.__RandomState_ctor": Rule(
        Use.CALL | Use.STATE, _WHY_BITS, call="numpy_random:legacy", state="numpy_random:random_state_state"
    ),
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence": Rule(
        Use.CALL | Use.STATE,
        "built again by the public constructor; the pool must be what the entropy gives",
        call="numpy_random:seed_sequence",
        state="numpy_random:seed_sequence_state",
    ),
    **dict.fromkeys(
        (
            f"numpy.random.{name}"
            for name in ("Generator", "MT19937", "PCG64", "PCG64DXSM", "Philox", "RandomState", "SFC64", "SeedSequence")
        ),
        value("as the argument of numpy's own constructors, or an annotation"),
    ),
}

_POLYNOMIALS: Final[dict[str, Rule]] = dict.fromkeys(
    (
        "numpy.poly1d",
        "numpy.polynomial.chebyshev.Chebyshev",
        "numpy.polynomial.hermite.Hermite",
        "numpy.polynomial.hermite_e.HermiteE",
        "numpy.polynomial.laguerre.Laguerre",
        "numpy.polynomial.legendre.Legendre",
        "numpy.polynomial.polynomial.Polynomial",
    ),
    Rule(Use.VALUE | Use.NEW | Use.STATE, _WHY_POLYNOMIAL, new="builtins:object_", state="numpy:polynomial"),
)

_PLAIN_ERRORS: Final = (
    "exceptions.ComplexWarning exceptions.DTypePromotionError exceptions.ModuleDeprecationWarning "
    "exceptions.RankWarning exceptions.TooHardError exceptions.VisibleDeprecationWarning linalg.LinAlgError "
    "ma.core.MAError ma.core.MaskError"
)

_ERRORS: Final[dict[str, Rule]] = {
    **dict.fromkeys(
        (f"numpy.{name}" for name in _PLAIN_ERRORS.split()),
        Rule(Use.VALUE | Use.CALL | Use.STATE, "keeps its arguments as they are", state="exceptions:attributes"),
    ),
    "numpy.exceptions.AxisError": Rule(
        Use.VALUE | Use.CALL | Use.STATE,
        "makes a message of numbers and a text",
        call="numpy:axis_error",
        state="exceptions:attributes",
    ),
}

_TUPLES: Final = (
    "linalg.EigResult linalg.EighResult linalg.QRResult linalg.SVDResult linalg.SlogdetResult "
    "UniqueAllResult UniqueCountsResult UniqueInverseResult"
)

ROWS: Final[dict[str, Rule]] = {
    **{
        f"numpy.{name}": Rule(Use.VALUE | Use.NEW, "a named tuple: it only keeps what it is given")
        for name in _TUPLES.split()
    },
    **{f"numpy.{name}": value(_WHY_TYPE) for name in _SCALARS.split()},
    **{
        f"numpy.{name}": called("one plain value", "numpy:plain_scalar", more=Use.VALUE, returns="numpy.generic")
        for name in _MADE_OF_NUMBERS.split()
    },
    **{f"numpy.dtypes.{name}": value(_WHY_TYPE) for name in _DTYPES.split()},
    **{f"numpy.{name}": value(_WHY_FUNCTION) for name in f"{_UFUNCS} {_FUNCTIONS}".split()},
    **{f"numpy.linalg.{name}": value(_WHY_FUNCTION) for name in _LINALG.split()},
    "numpy.ufunc": value(_WHY_TYPE),
    "numpy.vectorize": Rule(
        Use.NEW | Use.STATE,
        "calls the entropy of a discrete distribution of scipy, which holds one; any other function is refused",
        new="exact:no_arguments",
        state="scipy_functions:vectorize_state",
    ),
    **_ARRAYS,
    **_RANDOM,
    **_POLYNOMIALS,
    **_ERRORS,
}
