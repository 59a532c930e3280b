"""scipy: sparse matrices, nearest-neighbour trees, rotations, interpolators, distributions and results."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, called, constructed, value
from onggi.proof.tables.rows import moved, named, names, stated

__all__ = ["RENAMES", "ROWS"]

_FORMATS: Final = names("bsr coo csc csr dia lil")

_SPARSE: Final = stated(
    "every index must lie within the shape, every pointer within the entries; lists are copied", "scipy:sparse_state"
)
_KEYED: Final = stated("every key must lie within the shape; the dict is copied", "scipy:sparse_state", more=Use.VALUE)

_TREE: Final = stated("built anew from its points", "scipy:neighbour_tree_state", "scipy:neighbour_tree")

_PLAIN: Final = constructed("Python code over numpy arrays, which checks bounds; no method is called while it loads")

_POLYNOMIAL: Final = stated("made anew by scipy from breakpoints and coefficients", "scipy_functions:ppoly_state")

_DISTRIBUTION: Final = stated(
    "a copy of scipy's own distribution of that name; the text that scipy would run is dropped",
    "scipy_functions:distribution_state",
)
_FROZEN: Final = stated("frozen anew with numbers", "scipy_functions:frozen_state")
_RESULT: Final = Rule(Use.NEW | Use.SETITEM | Use.STATE, "a dict with attributes", new="exact:no_arguments")

_CONTINUOUS: Final = (
    "alpha_gen anglit_gen arcsine_gen argus_gen beta_gen betaprime_gen bradford_gen burr12_gen burr_gen cauchy_gen "
    "chi2_gen chi_gen cosine_gen crystalball_gen dgamma_gen dpareto_lognorm_gen dweibull_gen erlang_gen expon_gen "
    "exponnorm_gen exponpow_gen exponweib_gen f_gen fatiguelife_gen fisk_gen foldcauchy_gen foldnorm_gen gamma_gen "
    "gausshyper_gen genexpon_gen genextreme_gen gengamma_gen genhalflogistic_gen genhyperbolic_gen geninvgauss_gen "
    "genlogistic_gen gennorm_gen genpareto_gen gibrat_gen gompertz_gen gumbel_l_gen gumbel_r_gen halfcauchy_gen "
    "halfgennorm_gen halflogistic_gen halfnorm_gen hypsecant_gen invgamma_gen invgauss_gen invweibull_gen "
    "irwinhall_gen jf_skew_t_gen johnsonsb_gen johnsonsu_gen kappa3_gen kappa4_gen ksone_gen kstwo_gen kstwobign_gen "
    "landau_gen laplace_asymmetric_gen laplace_gen levy_gen levy_l_gen loggamma_gen logistic_gen loglaplace_gen "
    "lognorm_gen lomax_gen maxwell_gen mielke_gen moyal_gen nakagami_gen ncf_gen nct_gen ncx2_gen norm_gen "
    "norminvgauss_gen pareto_gen pearson3_gen powerlaw_gen powerlognorm_gen powernorm_gen rayleigh_gen rdist_gen "
    "recipinvgauss_gen reciprocal_gen rel_breitwigner_gen rice_gen semicircular_gen skewcauchy_gen skewnorm_gen "
    "studentized_range_gen t_gen trapezoid_gen triang_gen truncexpon_gen truncnorm_gen truncpareto_gen "
    "truncweibull_min_gen tukeylambda_gen uniform_gen vonmises_gen wald_gen weibull_max_gen weibull_min_gen "
    "wrapcauchy_gen"
)
_DISCRETE: Final = (
    "bernoulli_gen betabinom_gen betanbinom_gen binom_gen boltzmann_gen dlaplace_gen geom_gen hypergeom_gen "
    "logser_gen nbinom_gen nchypergeom_fisher_gen nchypergeom_wallenius_gen nhypergeom_gen planck_gen "
    "poisson_binom_gen poisson_gen randint_gen skellam_gen yulesimon_gen zipf_gen zipfian_gen"
)

ROWS: Final[dict[str, Rule]] = {
    **{f"scipy.sparse._{kind}.{kind}_{part}": _SPARSE for kind in _FORMATS for part in ("matrix", "array")},
    **named(_KEYED, "scipy.sparse._dok", "dok_matrix dok_array"),
    "scipy.spatial._ckdtree.cKDTree": _TREE,
    "scipy.spatial._kdtree.KDTree": _TREE,
    "scipy.spatial._kdtree.Rectangle": _PLAIN,
    "scipy.spatial._spherical_voronoi.SphericalVoronoi": _PLAIN,
    "scipy.spatial.transform._rotation.Rotation": stated("quaternions of four numbers", "scipy:rotation_state"),
    "scipy.spatial.transform._rotation.Slerp": _PLAIN,
    "scipy.spatial.transform._rigid_transform.RigidTransform": value("named only to look up its constructor"),
    "scipy.spatial.transform._rigid_transform.RigidTransform.from_matrix": called(
        "matrices of four by four, which scipy verifies", "scipy:rigid_transform"
    ),
    "scipy.cluster.hierarchy.ClusterNode": _PLAIN,
    "scipy._lib.array_api_compat.numpy._aliases.asarray": value(
        "makes an array of its argument, as numpy.asarray does"
    ),
    "scipy.interpolate._bsplines.BSpline": stated(
        "made anew by scipy from knots and coefficients", "scipy_functions:bspline_state"
    ),
    "scipy.interpolate._ndbspline.NdBSpline": stated(
        "made anew by scipy from knots and coefficients", "scipy_functions:nd_bspline_state"
    ),
    **named(_POLYNOMIAL, "scipy.interpolate._interpolate", "PPoly BPoly"),
    **named(
        _POLYNOMIAL,
        "scipy.interpolate._cubic",
        "CubicSpline CubicHermiteSpline PchipInterpolator Akima1DInterpolator",
    ),
    "scipy.interpolate._rgi.RegularGridInterpolator": stated(
        "made anew by scipy from a grid and values", "scipy_functions:grid_state"
    ),
    "scipy.interpolate._rbfinterp.RBFInterpolator": stated("arrays that fit each other", "scipy_functions:rbf_state"),
    "scipy.interpolate._ndgriddata.NearestNDInterpolator": _PLAIN,
    "scipy.interpolate._bary_rational.AAA": _PLAIN,
    "scipy.interpolate._bary_rational.FloaterHormannInterpolator": _PLAIN,
    **named(
        stated("Python code over numpy arrays, which checks bounds", "scipy:plain_state"),
        "scipy.interpolate._polyint",
        "BarycentricInterpolator KroghInterpolator",
    ),
    "scipy.stats._kde.gaussian_kde": stated("made anew from its data and weights", "scipy_functions:kde_state"),
    **named(_DISTRIBUTION, "scipy.stats._continuous_distns", _CONTINUOUS),
    **named(_DISTRIBUTION, "scipy.stats._discrete_distns", _DISCRETE),
    "scipy.stats._levy_stable.levy_stable_gen": _DISTRIBUTION,
    **named(_FROZEN, "scipy.stats._distn_infrastructure", "rv_continuous_frozen rv_discrete_frozen rv_frozen"),
    "scipy.stats._levy_stable.levy_stable_frozen": _FROZEN,
    **named(_RESULT, "scipy.optimize._optimize", "OptimizeResult"),
    **named(_RESULT, "scipy.optimize._zeros_py", "RootResults"),
    **named(_PLAIN, "scipy.optimize._constraints", "Bounds LinearConstraint"),
    **named(_PLAIN, "scipy.optimize._hessian_update_strategy", "BFGS SR1"),
    **named(_RESULT, "scipy.integrate._ivp.ivp", "OdeResult"),
    **named(_PLAIN, "scipy.integrate._ivp.common", "OdeSolution ConstantDenseOutput"),
    **named(_PLAIN, "scipy.integrate._ivp.rk", "RkDenseOutput Dop853DenseOutput"),
    **named(_PLAIN, "scipy.integrate._ivp.bdf", "BdfDenseOutput"),
    **named(_PLAIN, "scipy.integrate._ivp.radau", "RadauDenseOutput"),
    **named(
        stated("Python code over numpy arrays", "exact:update_attributes"),
        "scipy.signal._ltisys",
        "TransferFunctionContinuous TransferFunctionDiscrete StateSpaceContinuous StateSpaceDiscrete "
        "ZerosPolesGainContinuous ZerosPolesGainDiscrete",
    ),
}

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    # scipy 1.8 put an underscore before the modules that hold the classes.
    *(
        (f"scipy.sparse.{kind}.{kind}_{part}", f"scipy.sparse._{kind}.{kind}_{part}")
        for kind in (*_FORMATS, "dok")
        for part in ("matrix", "array")
    ),
    *((f"scipy.sparse._arrays.{kind}_array", f"scipy.sparse._{kind}.{kind}_array") for kind in (*_FORMATS, "dok")),
    *moved("scipy.spatial.ckdtree", "scipy.spatial._ckdtree", "cKDTree"),
    *moved("scipy.spatial.kdtree", "scipy.spatial._kdtree", "KDTree Rectangle"),
    *moved("scipy.spatial.transform.rotation", "scipy.spatial.transform._rotation", "Rotation Slerp"),
    *moved("scipy.interpolate.interpolate", "scipy.interpolate._interpolate", "PPoly BPoly"),
    *moved("scipy.interpolate.interpolate", "scipy.interpolate._rgi", "RegularGridInterpolator"),
    *moved("scipy.interpolate._interpolate", "scipy.interpolate._rgi", "RegularGridInterpolator"),
    *moved("scipy.interpolate.polyint", "scipy.interpolate._polyint", "BarycentricInterpolator KroghInterpolator"),
    *moved("scipy.interpolate.ndgriddata", "scipy.interpolate._ndgriddata", "NearestNDInterpolator"),
    *moved("scipy.stats.kde", "scipy.stats._kde", "gaussian_kde"),
    *moved("scipy.optimize.optimize", "scipy.optimize._optimize", "OptimizeResult"),
    *moved("scipy.optimize.zeros", "scipy.optimize._zeros_py", "RootResults"),
    *moved(
        "scipy.signal.ltisys",
        "scipy.signal._ltisys",
        "TransferFunctionContinuous TransferFunctionDiscrete "
        "StateSpaceContinuous StateSpaceDiscrete ZerosPolesGainContinuous ZerosPolesGainDiscrete",
    ),
)
