"""scipy, second part: what its tests and solvers return, geometry of Qhull, and classes that are made anew."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, value
from onggi.proof.tables.rows import moved, named, stated

__all__ = ["RENAMES", "ROWS"]

_TUPLE: Final = Rule(
    Use.NEW | Use.STATE | Use.VALUE,
    "a named tuple: it only keeps what it is given",
    state="scipy_results:attributes",
)
_PLAIN: Final = stated("numbers and arrays of Python code; no method is replaced", "scipy_results:attributes")

_TUPLES: Final = {
    "_binned_statistic": "BinnedStatisticResult BinnedStatistic2dResult BinnedStatisticddResult",
    "_common": "ConfidenceInterval",
    "_crosstab": "CrosstabResult",
    "_mannwhitneyu": "MannwhitneyuResult",
    "_morestats": "Mean Variance Std_dev ShapiroResult AndersonResult Anderson_ksampResult AnsariResult BartlettResult "
    "LeveneResult FlignerResult WilcoxonResult MedianTestResult",
    "_mstats_basic": "ModeResult PointbiserialrResult SenSeasonalSlopesResult Ttest_1sampResult Ttest_indResult "
    "Ttest_relResult MannwhitneyuResult KruskalResult DescribeResult SkewtestResult KurtosistestResult "
    "NormaltestResult F_onewayResult FriedmanchisquareResult BrunnerMunzelResult",
    "_stats_mstats_common": "TheilslopesResult SiegelslopesResult",
    "_stats_py": "SignificanceResult ModeResult DescribeResult SkewtestResult KurtosistestResult NormaltestResult "
    "HistogramResult CumfreqResult RelfreqResult SigmaclipResult F_onewayResult ConfidenceInterval PearsonRResult "
    "TtestResult Ttest_indResult Power_divergenceResult KstestResult RanksumsResult KruskalResult "
    "FriedmanchisquareResult BrunnerMunzelResult LinregressResult",
    "contingency": "Chi2ContingencyResult",
}

ROWS: Final[dict[str, Rule]] = {
    **{f"scipy.stats.{module}.{name}": _TUPLE for module, text in _TUPLES.items() for name in text.split()},
    "scipy.stats._binomtest.BinomTestResult": _PLAIN,
    "scipy.stats._hypotests.TukeyHSDResult": _PLAIN,
    "scipy.stats._resampling.BootstrapResult": _PLAIN,
    "scipy.optimize._lbfgsb_py.LbfgsInvHessProduct": _PLAIN,
    "scipy.cluster.hierarchy.DisjointSet": _PLAIN,
    "scipy._lib._disjoint_set.DisjointSet": _PLAIN,
    **named(
        stated("arrays that nothing indexes by; Qhull itself is not in a pickle", "scipy_results:hull_state"),
        "scipy.spatial._qhull",
        "ConvexHull Voronoi HalfspaceIntersection",
    ),
    "scipy.spatial._qhull.Delaunay": stated(
        "every corner and neighbour must exist; what is derived from them is dropped", "scipy_results:delaunay_state"
    ),
    "scipy.interpolate._interpolate.interp1d": stated(
        "made anew by scipy from its points", "scipy_results:interp1d_state", more=Use.VALUE
    ),
    **named(
        value("computes on the interpolator and the numbers that it is given"),
        "scipy.interpolate._interpolate.interp1d",
        "_call_linear _call_linear_np _call_nearest _call_previousnext _call_spline _call_nan_spline",
    ),
    "scipy.stats._continuous_distns.rv_histogram": stated(
        "made anew by scipy from its histogram; the text that scipy would run is dropped",
        "scipy_results:histogram_state",
    ),
}

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    *moved("scipy.interpolate.interpolate", "scipy.interpolate._interpolate", "interp1d"),
    *moved("scipy.spatial.qhull", "scipy.spatial._qhull", "ConvexHull Voronoi Delaunay HalfspaceIntersection"),
    *moved("scipy.optimize.lbfgsb", "scipy.optimize._lbfgsb_py", "LbfgsInvHessProduct"),
    *moved("scipy.stats.stats", "scipy.stats._stats_py", _TUPLES["_stats_py"]),
    *moved("scipy.stats.morestats", "scipy.stats._morestats", _TUPLES["_morestats"]),
    *moved("scipy.stats._stats_mstats_common", "scipy.stats._stats_py", "LinregressResult"),
)
