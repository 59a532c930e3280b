"""pandas: frames, series, indexes, extension arrays, dtypes, dates and offsets; states of pandas 0.14.1 to 3."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, called, value
from onggi.proof.tables.rows import moved, named, names, stated

__all__ = ["RENAMES", "ROWS"]

_EMPTY: Final = "exact:no_arguments"
_NEW: Final = Use.NEW | Use.STATE


_INDEX_CLASS: Final = value("named as the class of an index; only _new_Index and its kin call it, with verified data")
_INDEX_CLASSES: Final = names(
    "Index RangeIndex MultiIndex CategoricalIndex PeriodIndex DatetimeIndex TimedeltaIndex IntervalIndex"
)

_BACKED: Final = stated(
    "starts empty and gets, once, a ndarray whose dtype and values are held against the dtype of the array",
    "pandas_arrays:backed_state",
    "pandas_arrays:backed_new",
    Use.VALUE,
)
_BACKED_CLASSES: Final = names(
    "pandas.Categorical pandas.arrays.DatetimeArray pandas.arrays.TimedeltaArray pandas.arrays.PeriodArray "
    "pandas.arrays.StringArray pandas.arrays.NumpyExtensionArray"
)

_MASKED: Final = stated("gets, once, values of its kind and a mask of the same shape", "pandas_arrays:masked_state")
_MASKED_CLASSES: Final = names("IntegerArray FloatingArray BooleanArray")

_NULLABLE: Final = stated("has no state but a cache, which is dropped", "pandas_arrays:cached_dtype_state")
_NULLABLE_CLASSES: Final = names("Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64 Boolean")

_ARROW: Final = stated("gets, once, a column that pyarrow has verified in full", "pandas_arrays:arrow_state")

_OFFSET: Final = Rule(
    Use.CALL | Use.STATE | Use.NEW,
    "a count and a few small numbers, dates or hours, each verified by name",
    call="pandas_times:offset",
    new=_EMPTY,
    state="pandas_times:offset_state",
)
_OFFSET_CLASSES: Final = names(
    "BHalfYearBegin BHalfYearEnd BQuarterBegin BQuarterEnd BYearBegin BYearEnd BusinessDay BusinessHour "
    "BusinessMonthBegin BusinessMonthEnd CustomBusinessDay CustomBusinessHour CustomBusinessMonthBegin "
    "CustomBusinessMonthEnd Day Easter FY5253 FY5253Quarter HalfYearBegin HalfYearEnd Hour LastWeekOfMonth Micro "
    "Milli Minute MonthBegin MonthEnd Nano QuarterBegin QuarterEnd Second SemiMonthBegin SemiMonthEnd Week "
    "WeekOfMonth YearBegin YearEnd"
)

_OBSERVANCE: Final = value("moves a date by some days; called by a holiday with a date")
_OBSERVANCES: Final = names(
    "next_monday next_monday_or_tuesday previous_friday sunday_to_monday weekend_to_monday nearest_workday "
    "next_workday previous_workday before_nearest_workday after_nearest_workday"
)

_FRAME: Final = stated(
    "gets, once, a manager of its own class that is whole, names of bounded cost, and plain attrs", "pandas:frame_state"
)
_MANAGER: Final = Rule(
    Use.CALL | _NEW,
    "its blocks must cover the columns exactly once and have the rows of the index",
    call="pandas:manager",
    new=_EMPTY,
    state="pandas:manager_state",
)

_FRAMES: Final[dict[str, Rule]] = {
    "pandas.DataFrame": _FRAME,
    "pandas.Series": _FRAME,
    "pandas.core.internals.managers.BlockManager": _MANAGER,
    "pandas.core.internals.managers.SingleBlockManager": _MANAGER,
    "pandas._libs.internals._unpickle_block": called(
        "values of known arrays, at as many non-negative places as they have columns", "pandas:block"
    ),
    "pandas.core.indexes.base._new_Index": called(
        "only classes of indexes, only their fields; codes must lie within levels", "pandas:index"
    ),
    "pandas.core.indexes.datetimes._new_DatetimeIndex": called(
        "dates, a zone, an offset, a name", "pandas:datetime_index"
    ),
    "pandas.core.indexes.timedeltas._new_TimedeltaIndex": called(
        "durations, an offset, a name", "pandas:datetime_index"
    ),
    "pandas.core.indexes.interval._new_IntervalIndex": called(
        "two indexes, which pandas verifies", "pandas:interval_index"
    ),
    "pandas.api.typing.FrozenList": called("a copy of a plain list", "pandas_times:frozen_list"),
    "pandas.Grouper": stated("plain attributes: a key, a level, an offset", "exact:update_attributes"),
    "pandas.core.indexing._IndexSlice": Rule(Use.NEW, "has no state", new=_EMPTY),
    "pandas._libs.lib._NoDefault": called("an enum of one member"),
    "pandas._libs.lib.no_default": value("the one member of that enum"),
}

_ARRAYS: Final[dict[str, Rule]] = {
    "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked": called(
        "only classes of arrays; they start empty, so that nothing is missing where C code looks",
        "pandas_arrays:backed",
        more=Use.STATE,
        state="pandas_arrays:backed_state",
    ),
    "pandas._libs.interval.__pyx_unpickle_IntervalMixin": called(
        "only IntervalArray; both ends are verified by pandas",
        "pandas_arrays:interval_array",
        more=Use.STATE,
        state="pandas_arrays:interval_array_state",
    ),
    "pandas.arrays.IntervalArray": value("named as the class of an array; made by __pyx_unpickle_IntervalMixin"),
    "pandas.arrays.SparseArray": stated("as many values as places, once", "pandas_arrays:sparse_state"),
    "pandas._libs.sparse.IntIndex": called("ascending places within the length", "pandas_arrays:int_index"),
    "pandas._libs.sparse.BlockIndex": called("runs without overlap within the length", "pandas_arrays:block_index"),
    "pandas.arrays.ArrowExtensionArray": _ARROW,
    "pandas.arrays.ArrowStringArray": _ARROW,
}

_DTYPES: Final[dict[str, Rule]] = {
    "pandas.StringDtype": called(
        "the name of a storage and a missing value, verified by pandas",
        "pandas_arrays:string_dtype",
        more=_NEW,
        state="pandas_arrays:string_dtype_state",
    ),
    "pandas.CategoricalDtype": stated("an index and a bool, once", "pandas_arrays:categorical_dtype_state"),
    "pandas.DatetimeTZDtype": stated("a unit and a time zone, once", "pandas_arrays:zone_dtype_state"),
    "pandas.PeriodDtype": Rule(
        Use.CALL | Use.NEW,
        "a short name of a frequency",
        call="pandas_arrays:period_dtype",
        new="pandas_arrays:period_dtype_new",
    ),
    "pandas.IntervalDtype": stated("a numpy dtype and a side, once", "pandas_arrays:interval_dtype_state"),
    "pandas.SparseDtype": stated("a numpy dtype and a scalar, once", "pandas_arrays:sparse_dtype_state"),
    "pandas.ArrowDtype": stated("a type of pyarrow, once", "pandas_arrays:arrow_dtype_state"),
    "pandas.core.dtypes.dtypes.NumpyEADtype": stated("a numpy dtype, once", "pandas_arrays:numpy_dtype_state"),
}

_TIMES: Final[dict[str, Rule]] = {
    "pandas.NA": value("the one missing value; it has no state"),
    "pandas.NaT": value("the one missing date; it has no state"),
    "pandas._libs.tslibs.nattype._nat_unpickle": called("returns NaT whatever it is given"),
    "pandas._libs.tslibs.timestamps._unpickle_timestamp": called(
        "a 64-bit count, a unit and a time zone", "pandas_times:unpickled_timestamp"
    ),
    "pandas.Timestamp": called("a 64-bit count of nanoseconds and a time zone", "pandas_times:timestamp"),
    "pandas._libs.tslibs.timedeltas._timedelta_unpickle": called(
        "a 64-bit count and a unit", "pandas_times:unpickled_timedelta"
    ),
    "pandas.Timedelta": called("a 64-bit count of nanoseconds", "pandas_times:timedelta"),
    "pandas.Period": called("a 64-bit ordinal and an offset", "pandas_times:period"),
    "pandas.Interval": called("two numbers or dates, which pandas verifies", "pandas_times:interval"),
    "pandas.DateOffset": Rule(
        Use.CALL | _NEW,
        "numbers and a relativedelta",
        call="pandas_times:date_offset",
        new=_EMPTY,
        state="pandas_times:date_offset_state",
    ),
    "pandas.tseries.holiday.Holiday": stated(
        "plain attributes; its observance is one of the functions listed here", "exact:update_attributes"
    ),
    "pandas.tseries.holiday.USFederalHolidayCalendar": stated(
        "plain attributes: a name and rules", "exact:update_attributes"
    ),
}

_ERRORS: Final = (
    "AttributeConflictWarning CSSWarning CategoricalConversionWarning ChainedAssignmentError ClosedFileError DataError "
    "DatabaseError DtypeWarning DuplicateLabelError EmptyDataError IncompatibilityWarning IndexingError "
    "IntCastingNaNError InvalidColumnName InvalidComparison InvalidIndexError InvalidVersion LossySetitemError "
    "MergeError NoBufferPresent NullFrequencyError NumExprClobberingError NumbaUtilError OptionError ParserError "
    "ParserWarning PerformanceWarning PossibleDataLossError PossiblePrecisionLoss SpecificationError "
    "UnsortedIndexError UnsupportedFunctionCall ValueLabelTypeMismatch"
)

ROWS: Final[dict[str, Rule]] = {
    **named(
        Rule(Use.VALUE | Use.CALL | Use.STATE, "keeps its arguments as they are", state="exceptions:attributes"),
        "pandas.errors",
        _ERRORS,
    ),
    **_FRAMES,
    **_ARRAYS,
    **_DTYPES,
    **_TIMES,
    **{f"pandas.{name}": _INDEX_CLASS for name in _INDEX_CLASSES},
    **dict.fromkeys(_BACKED_CLASSES, _BACKED),
    **{f"pandas.arrays.{name}": _MASKED for name in _MASKED_CLASSES},
    **{f"pandas.{name}Dtype": _NULLABLE for name in _NULLABLE_CLASSES},
    **{f"pandas._libs.tslibs.offsets.{name}": _OFFSET for name in _OFFSET_CLASSES},
    **{f"pandas.tseries.holiday.{name}": _OBSERVANCE for name in _OBSERVANCES},
}


_INDEXES: Final = "pandas.core.indexes."
_TSLIBS: Final = "pandas._libs.tslibs."

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    # Where the public names were defined before pandas 3 gave them their public module.
    *moved("pandas.core.frame", "pandas", "DataFrame"),
    *moved("pandas.core.series", "pandas", "Series"),
    *moved("pandas.core.groupby.grouper", "pandas", "Grouper"),
    *moved("pandas.core.indexes.base", "pandas", "Index"),
    *moved("pandas.core.indexes.range", "pandas", "RangeIndex"),
    *moved("pandas.core.indexes.multi", "pandas", "MultiIndex"),
    *moved("pandas.core.indexes.category", "pandas", "CategoricalIndex"),
    *moved("pandas.core.indexes.datetimes", "pandas", "DatetimeIndex"),
    *moved("pandas.core.indexes.timedeltas", "pandas", "TimedeltaIndex"),
    *moved("pandas.core.indexes.period", "pandas", "PeriodIndex"),
    *moved("pandas.core.indexes.interval", "pandas", "IntervalIndex"),
    *moved("pandas.core.indexes.frozen", "pandas.api.typing", "FrozenList"),
    *moved("pandas.core.arrays.categorical", "pandas", "Categorical"),
    *moved("pandas.core.arrays.datetimes", "pandas.arrays", "DatetimeArray"),
    *moved("pandas.core.arrays.timedeltas", "pandas.arrays", "TimedeltaArray"),
    *moved("pandas.core.arrays.period", "pandas.arrays", "PeriodArray"),
    *moved("pandas.core.arrays.interval", "pandas.arrays", "IntervalArray"),
    *moved("pandas.core.arrays.integer", "pandas.arrays", "IntegerArray"),
    *moved("pandas.core.arrays.floating", "pandas.arrays", "FloatingArray"),
    *moved("pandas.core.arrays.boolean", "pandas.arrays", "BooleanArray"),
    *moved("pandas.core.arrays.numpy_", "pandas.arrays", "NumpyExtensionArray"),
    *moved("pandas.core.arrays.string_", "pandas.arrays", "StringArray"),
    *moved("pandas.core.arrays.string_arrow", "pandas.arrays", "ArrowStringArray"),
    *moved("pandas.core.arrays.arrow.array", "pandas.arrays", "ArrowExtensionArray"),
    *moved("pandas.core.arrays.sparse.array", "pandas.arrays", "SparseArray"),
    *moved(
        "pandas.core.arrays.integer", "pandas", " ".join(f"{name}Dtype" for name in _NULLABLE_CLASSES if "nt" in name)
    ),
    *moved("pandas.core.arrays.floating", "pandas", "Float32Dtype Float64Dtype"),
    *moved("pandas.core.arrays.boolean", "pandas", "BooleanDtype"),
    *moved("pandas.core.arrays.string_", "pandas", "StringDtype"),
    *moved("pandas.core.arrays.sparse.dtype", "pandas", "SparseDtype"),
    *moved("pandas.core.arrays.arrow.dtype", "pandas", "ArrowDtype"),
    *moved(
        "pandas.core.dtypes.dtypes",
        "pandas",
        "CategoricalDtype DatetimeTZDtype PeriodDtype IntervalDtype SparseDtype ArrowDtype",
    ),
    *moved(_TSLIBS + "timestamps", "pandas", "Timestamp"),
    *moved(_TSLIBS + "timedeltas", "pandas", "Timedelta"),
    *moved(_TSLIBS + "period", "pandas", "Period"),
    *moved(_TSLIBS + "offsets", "pandas", "DateOffset"),
    *moved("pandas._libs.interval", "pandas", "Interval"),
    *moved("pandas._libs.missing", "pandas", "NA"),
    # What was renamed or replaced.
    ("pandas.core.arrays.numpy_.PandasArray", "pandas.arrays.NumpyExtensionArray"),
    ("pandas.core.arrays.numpy_.PandasDtype", "pandas.core.dtypes.dtypes.NumpyEADtype"),
    ("pandas.core.dtypes.dtypes.PandasDtype", "pandas.core.dtypes.dtypes.NumpyEADtype"),
    ("pandas.core.arrays.string_arrow.ArrowStringArrayNumpySemantics", "pandas.arrays.ArrowStringArray"),
    ("pandas.core.arrays.string_.StringArrayNumpySemantics", "pandas.arrays.StringArray"),
    ("pandas.core.internals.blocks.new_block", "pandas._libs.internals._unpickle_block"),
    ("pandas._libs.tslibs.nattype.__nat_unpickle", "pandas._libs.tslibs.nattype._nat_unpickle"),
    ("pandas._libs.tslib.__nat_unpickle", "pandas._libs.tslibs.nattype._nat_unpickle"),
    ("pandas.tslib.__nat_unpickle", "pandas._libs.tslibs.nattype._nat_unpickle"),
    ("pandas._libs.tslib.Timestamp", "pandas.Timestamp"),
    ("pandas.tslib.Timestamp", "pandas.Timestamp"),
    ("pandas._libs.tslib.Timedelta", "pandas.Timedelta"),
    ("pandas.tslib.Timedelta", "pandas.Timedelta"),
    ("pandas._period.Period", "pandas.Period"),
    ("pandas._libs.period.Period", "pandas.Period"),
    ("pandas._sparse.IntIndex", "pandas._libs.sparse.IntIndex"),
    ("pandas._sparse.BlockIndex", "pandas._libs.sparse.BlockIndex"),
    *(
        (f"pandas.core.indexes.numeric.{name}Index", "pandas.Index")
        for name in ("Int64", "UInt64", "Float64", "Numeric", "Integer")
    ),
    # The layout before 0.20.
    ("pandas.core.categorical.Categorical", "pandas.Categorical"),
    ("pandas.core.internals.BlockManager", "pandas.core.internals.managers.BlockManager"),
    ("pandas.core.internals.SingleBlockManager", "pandas.core.internals.managers.SingleBlockManager"),
    ("pandas.core.base.FrozenList", "pandas.api.typing.FrozenList"),
    ("pandas.core.index._new_Index", _INDEXES + "base._new_Index"),
    ("pandas.core.index.Index", "pandas.Index"),
    ("pandas.core.index.MultiIndex", "pandas.MultiIndex"),
    ("pandas.core.index.RangeIndex", "pandas.RangeIndex"),
    ("pandas.core.index.CategoricalIndex", "pandas.CategoricalIndex"),
    ("pandas.core.index.Int64Index", "pandas.Index"),
    ("pandas.core.index.Float64Index", "pandas.Index"),
    ("pandas.tseries.index._new_DatetimeIndex", _INDEXES + "datetimes._new_DatetimeIndex"),
    ("pandas.tseries.index.DatetimeIndex", "pandas.DatetimeIndex"),
    ("pandas.tseries.period.PeriodIndex", "pandas.PeriodIndex"),
    ("pandas.tseries.tdi.TimedeltaIndex", "pandas.TimedeltaIndex"),
    ("pandas.indexes.", _INDEXES),
    ("pandas.types.dtypes.", "pandas.core.dtypes.dtypes."),
    ("pandas.tseries.offsets.DateOffset", "pandas.DateOffset"),
    *moved("pandas.tseries.offsets", "pandas._libs.tslibs.offsets", " ".join(_OFFSET_CLASSES)),
    *(
        (f"pandas.tseries.offsets.{old}", f"pandas._libs.tslibs.offsets.{new}")
        for old, new in (
            ("BDay", "BusinessDay"),
            ("BMonthEnd", "BusinessMonthEnd"),
            ("BMonthBegin", "BusinessMonthBegin"),
            ("CDay", "CustomBusinessDay"),
            ("CBMonthEnd", "CustomBusinessMonthEnd"),
            ("CBMonthBegin", "CustomBusinessMonthBegin"),
        )
    ),
)
