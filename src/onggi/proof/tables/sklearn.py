"""scikit-learn: every public estimator, what its fitted state holds, and the functions that measure and score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.rules import Rule, Use, called, value
from onggi.proof.tables.rows import moved, named, names, stated
from onggi.proof.tables.sklearn_names import ESTIMATORS, FUNCTIONS, KERNELS, SPLITTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RENAMES", "ROWS"]

_ESTIMATOR: Final = stated(
    "attributes only; no method is replaced, and what compiled code reads by them is verified",
    "sklearn:estimator_state",
)
_PLAIN: Final = stated("attributes of Python code only; no method is replaced", "sklearn:plain_state")
_EMPTY: Final = Rule(Use.NEW, "has no attributes", new="exact:no_arguments")
_MEASURE: Final = value("measures arrays and verifies them itself; reaches nothing else")
_CLASS: Final = value("named as the class that newObj makes, which only makes verified ones")
_LOSS: Final = called("compiled arithmetic with a few numbers, without state", "sklearn:numbers")

_METRIC_NAMES: Final = names(
    "Euclidean SEuclidean Manhattan Chebyshev Minkowski Mahalanobis Hamming Canberra BrayCurtis Jaccard Matching Dice "
    "Kulsinski RogersTanimoto RussellRao SokalMichener SokalSneath Haversine"
)

_NEIGHBOUR_TREE: Final = called(
    "a tree of one point until its state comes; then built anew from its points",
    "sklearn_neighbors:neighbour_tree",
    more=Use.STATE,
    state="sklearn_neighbors:neighbour_tree_state",
)


def _grouped(row: Rule, groups: Mapping[str, str]) -> dict[str, Rule]:
    return {f"{module}.{name}": row for module, text in groups.items() for name in text.split()}


_COMPILED: Final[dict[str, Rule]] = {
    "sklearn.tree._tree.Tree": called(
        "a tree of one leaf until its state comes; then every child must follow its parent and every feature exist",
        "sklearn_trees:tree",
        more=Use.STATE,
        state="sklearn_trees:tree_state",
    ),
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": stated(
        "every child must follow its parent, every bitset exist", "sklearn_trees:predictor_state"
    ),
    "sklearn.neighbors._kd_tree.newObj": _NEIGHBOUR_TREE,
    "sklearn.neighbors._ball_tree.newObj": _NEIGHBOUR_TREE,
    **named(_CLASS, "sklearn.neighbors._kd_tree", "KDTree KDTree64 KDTree32"),
    **named(_CLASS, "sklearn.neighbors._ball_tree", "BallTree BallTree64 BallTree32"),
    "sklearn.metrics._dist_metrics.newObj": called(
        "a metric of numbers: a power, weights, a square matrix",
        "sklearn_neighbors:metric",
        more=Use.STATE,
        state="sklearn_neighbors:metric_state",
    ),
    **{f"sklearn.metrics._dist_metrics.{name}Distance{bits}": _CLASS for name in _METRIC_NAMES for bits in (64, 32)},
    "sklearn._loss._loss.CyHalfMultinomialLoss": Rule(
        Use.VALUE | Use.CALL, "compiled arithmetic without state", call="sklearn:numbers"
    ),
    **named(
        _LOSS,
        "sklearn._loss._loss",
        "CyHalfSquaredError CyAbsoluteError CyPinballLoss CyHuberLoss CyHalfPoissonLoss CyHalfGammaLoss "
        "CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHalfBinomialLoss CyExponentialLoss",
    ),
    **named(
        _LOSS,
        "sklearn.linear_model._sgd_fast",
        "ModifiedHuber Hinge SquaredHinge EpsilonInsensitive SquaredEpsilonInsensitive Log SquaredLoss Huber",
    ),
    "sklearn._loss._loss.__pyx_unpickle_CyHalfMultinomialLoss": called(
        "makes that one class, which has no state", "sklearn:multinomial_loss"
    ),
}

_PARTS: Final[dict[str, Rule]] = {
    **named(_EMPTY, "sklearn._loss.link", "IdentityLink LogLink LogitLink HalfLogitLink"),
    **named(_PLAIN, "sklearn._loss.link", "Interval MultinomialLogit"),
    **named(
        _PLAIN,
        "sklearn._loss.loss",
        "HalfSquaredError AbsoluteError PinballLoss HuberLoss HalfPoissonLoss HalfGammaLoss HalfTweedieLoss "
        "HalfTweedieLossIdentity HalfBinomialLoss HalfMultinomialLoss ExponentialLoss",
    ),
    "sklearn.calibration._CalibratedClassifier": _PLAIN,
    **named(_PLAIN, "sklearn.cluster._birch", "_CFNode _CFSubcluster"),
    "sklearn.cluster._bisect_k_means._BisectingTree": _PLAIN,
    "sklearn.compose._column_transformer.make_column_selector": _PLAIN,
    **named(_PLAIN, "sklearn.metrics._scorer", "_Scorer _PassthroughScorer _CurveScorer _MultimetricScorer"),
    **named(_PLAIN, "sklearn.model_selection._search", "ParameterGrid ParameterSampler"),
    "sklearn.model_selection._search_successive_halving._SubsampleMetaSplitter": _PLAIN,
    **named(_PLAIN, "sklearn.neural_network._stochastic_optimizers", "SGDOptimizer AdamOptimizer"),
    **named(
        _PLAIN,
        "sklearn.utils._metadata_requests",
        "MetadataRequest MethodMetadataRequest MetadataRouter MethodMapping",
    ),
    "sklearn.impute._iterative._ImputerTriplet": Rule(
        Use.NEW, "a named tuple of a place, places and an estimator", new="sklearn:imputer_triplet"
    ),
    "sklearn.utils._bunch.Bunch": Rule(
        Use.NEW | Use.STATE | Use.SETITEM,
        "a dict whose items are attributes; its own state is ignored",
        new="exact:no_arguments",
        fill="sklearn:bunch_items",
    ),
}

ROWS: Final[dict[str, Rule]] = {
    **_grouped(_MEASURE, FUNCTIONS),
    "sklearn.utils.validation.check_array": value("verifies an array; reaches nothing else"),
    "sklearn.cluster._kmeans.k_means": value("clusters arrays, which it verifies; stands for its inner functions"),
    **_grouped(_ESTIMATOR, ESTIMATORS),
    **_grouped(_PLAIN, KERNELS),
    **_grouped(_PLAIN, SPLITTERS),
    **named(
        stated(_PLAIN.why, _PLAIN.state, more=Use.VALUE), "sklearn.model_selection._split", "KFold StratifiedKFold"
    ),
    **_PARTS,
    **_COMPILED,
}

_MOVED_MODULES: Final[dict[str, str]] = {
    "sklearn.cluster": (
        "affinity_propagation_:_affinity_propagation bicluster:_bicluster birch:_birch dbscan_:_dbscan "
        "hierarchical:_agglomerative k_means_:_kmeans mean_shift_:_mean_shift optics_:_optics "
        "spectral:_spectral"
    ),
    "sklearn.covariance": (
        "elliptic_envelope:_elliptic_envelope empirical_covariance_:_empirical_covariance "
        "graph_lasso_:_graph_lasso outlier_detection:_elliptic_envelope robust_covariance:_robust_covariance "
        "shrunk_covariance_:_shrunk_covariance"
    ),
    "sklearn.cross_decomposition": "_cca:_pls cca_:_pls pls_:_pls",
    "sklearn.decomposition": (
        "base:_base dict_learning:_dict_learning factor_analysis:_factor_analysis fastica_:_fastica "
        "incremental_pca:_incremental_pca kernel_pca:_kernel_pca nmf:_nmf online_lda:_lda pca:_pca "
        "sparse_pca:_sparse_pca truncated_svd:_truncated_svd"
    ),
    "sklearn.ensemble": (
        "bagging:_bagging base:_base forest:_forest iforest:_iforest voting:_voting voting_classifier:_voting "
        "weight_boosting:_weight_boosting"
    ),
    "sklearn.feature_extraction": "dict_vectorizer:_dict_vectorizer hashing:_hash",
    "sklearn.feature_selection": (
        "base:_base from_model:_from_model rfe:_rfe univariate_selection:_univariate_selection "
        "variance_threshold:_variance_threshold"
    ),
    "sklearn.gaussian_process": "gpc:_gpc gpr:_gpr",
    "sklearn.linear_model": (
        "base:_base bayes:_bayes coordinate_descent:_coordinate_descent huber:_huber least_angle:_least_angle "
        "logistic:_logistic omp:_omp passive_aggressive:_passive_aggressive perceptron:_perceptron "
        "ransac:_ransac ridge:_ridge sgd_fast:_sgd_fast stochastic_gradient:_stochastic_gradient "
        "theil_sen:_theil_sen"
    ),
    "sklearn.manifold": (
        "isomap:_isomap locally_linear:_locally_linear mds:_mds spectral_embedding_:_spectral_embedding t_sne:_t_sne"
    ),
    "sklearn.metrics": "scorer:_scorer",
    "sklearn.mixture": "base:_base bayesian_mixture:_bayesian_mixture gaussian_mixture:_gaussian_mixture",
    "sklearn.neighbors": (
        "ball_tree:_ball_tree base:_base classification:_classification kd_tree:_kd_tree kde:_kde lof:_lof "
        "nca:_nca nearest_centroid:_nearest_centroid regression:_regression unsupervised:_unsupervised"
    ),
    "sklearn.neural_network": "multilayer_perceptron:_multilayer_perceptron rbm:_rbm",
    "sklearn.preprocessing": "label:_label",
    "sklearn.semi_supervised": "label_propagation:_label_propagation",
    "sklearn.svm": "base:_base classes:_classes",
    "sklearn.tree": "export:_export tree:_classes",
}
"""Package -> modules that scikit-learn 0.22 has renamed, old and new."""

_SPLIT: Final = "sklearn.model_selection._split"

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    *(
        (f"{package}.{old}.", f"{package}.{new}.")
        for package, text in _MOVED_MODULES.items()
        for old, _, new in (pair.partition(":") for pair in text.split())
    ),
    ("sklearn.externals.joblib.", "joblib."),
    ("sklearn.grid_search.", "sklearn.model_selection._search."),
    ("sklearn.metrics.classification.", "sklearn.metrics._classification."),
    ("sklearn.metrics.regression.", "sklearn.metrics._regression."),
    ("sklearn.metrics.ranking.", "sklearn.metrics._ranking."),
    ("sklearn.model_selection.split.", _SPLIT + "."),
    *moved(
        "sklearn.cross_validation",
        _SPLIT,
        "KFold LeaveOneOut LeavePOut PredefinedSplit ShuffleSplit StratifiedKFold StratifiedShuffleSplit",
    ),
    *moved(
        "sklearn.ensemble.gradient_boosting",
        "sklearn.ensemble._gb",
        "GradientBoostingClassifier GradientBoostingRegressor",
    ),
    *moved(
        "sklearn.preprocessing.data",
        "sklearn.preprocessing._data",
        "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer "
        "RobustScaler StandardScaler",
    ),
    *moved("sklearn.preprocessing.data", "sklearn.preprocessing._encoders", "OneHotEncoder"),
    *moved("sklearn.preprocessing.data", "sklearn.preprocessing._polynomial", "PolynomialFeatures"),
    *moved("sklearn.preprocessing._data", "sklearn.preprocessing._polynomial", "PolynomialFeatures"),
    *moved("sklearn.datasets.base", "sklearn.utils._bunch", "Bunch"),
    *moved("sklearn.utils", "sklearn.utils._bunch", "Bunch"),
    *(
        (f"sklearn.{module}.{name}Distance", f"sklearn.metrics._dist_metrics.{name}Distance64")
        for module in ("metrics._dist_metrics", "neighbors._dist_metrics", "neighbors.dist_metrics")
        for name in _METRIC_NAMES
    ),
    ("sklearn.neighbors._dist_metrics.newObj", "sklearn.metrics._dist_metrics.newObj"),
    ("sklearn.neighbors.dist_metrics.newObj", "sklearn.metrics._dist_metrics.newObj"),
    # The inner functions verify nothing; the guard of BisectingKMeans puts them back where they belong.
    ("sklearn.cluster._kmeans._kmeans_single_lloyd", "sklearn.cluster._kmeans.k_means"),
    ("sklearn.cluster._kmeans._kmeans_single_elkan", "sklearn.cluster._kmeans.k_means"),
)
