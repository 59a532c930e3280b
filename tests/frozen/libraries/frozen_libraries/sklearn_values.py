# -*- coding: utf-8 -*-
"""scikit-learn: small fitted estimators; their picture is what they answer."""

from __future__ import absolute_import, print_function, unicode_literals

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from frozen_libraries.picture import taker
from frozen_libraries.registry import value

X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, 3.0], [3.0, 2.5], [4.0, 5.0], [5.0, 4.0], [6.0, 7.0], [7.0, 6.5]])
Y = np.array([0, 0, 0, 0, 1, 1, 1, 1])
T = 2.0 * X[:, 0] - X[:, 1] + 0.5
TEXTS = ["red jar", "blue jar", "red lid"]


@taker(BaseEstimator)
def take_estimator(value):
    """What it answers, rounded: other versions add in another order."""
    shown = [type(value).__name__]
    if hasattr(value, "predict_proba"):
        shown.append(np.round(value.predict_proba(X), 5).tolist())
    if hasattr(value, "predict"):
        shown.append(np.round(value.predict(X), 5).tolist())
    if type(value).__name__ in QUESTIONS:
        answer = value.transform(QUESTIONS[type(value).__name__])
        answer = answer.toarray() if hasattr(answer, "toarray") else np.asarray(answer)
        shown.append(np.round(answer.astype(float), 5).tolist())
    return shown


QUESTIONS = {
    "StandardScaler": X,
    "MinMaxScaler": X,
    "PCA": X,
    "SimpleImputer": np.array([[np.nan, 1.0]]),
    "OneHotEncoder": [["a"], ["b"]],
    "LabelEncoder": ["a", "b"],
    "CountVectorizer": TEXTS,
    "TfidfVectorizer": TEXTS,
    "ColumnTransformer": X,
}


@value
def linear_regression():
    return LinearRegression().fit(X, T)


@value
def ridge():
    return Ridge(alpha=0.5).fit(X, T)


@value
def logistic_regression():
    return LogisticRegression(solver="lbfgs").fit(X, Y)


@value
def standard_scaler():
    return StandardScaler().fit(X)


@value
def min_max_scaler():
    return MinMaxScaler().fit(X)


@value
def one_hot_encoder():
    return OneHotEncoder(handle_unknown="ignore").fit([["a"], ["b"]])


@value
def label_encoder():
    return LabelEncoder().fit(["a", "b", "c"])


@value
def simple_imputer():
    return SimpleImputer().fit(X)


@value
def principal_components():
    return PCA(n_components=1, svd_solver="full").fit(X)


@value
def pipeline():
    return Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(solver="lbfgs"))]).fit(X, Y)


@value
def column_transformer():
    return ColumnTransformer([("scaled", StandardScaler(), [0]), ("kept", "passthrough", [1])]).fit(X)


@value
def naive_bayes():
    return GaussianNB().fit(X, Y)


@value
def decision_tree():
    return DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, T)


@value
def decision_tree_classifier():
    return DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, Y)


@value
def forest():
    return RandomForestClassifier(n_estimators=3, max_depth=2, random_state=0).fit(X, Y)


@value
def gradient_boosting():
    return GradientBoostingRegressor(n_estimators=2, max_depth=1, random_state=0).fit(X, T)


@value
def nearest_neighbours():
    return KNeighborsClassifier(n_neighbors=3).fit(X, Y)


@value
def nearest_neighbours_tree():
    return KNeighborsClassifier(n_neighbors=3, algorithm="kd_tree").fit(X, Y)


@value
def support_vectors():
    return SVC(gamma="scale").fit(X, Y)


@value
def clusters():
    return KMeans(n_clusters=2, n_init=2, random_state=0).fit(X)


@value
def word_counts():
    return CountVectorizer().fit(TEXTS)


@value
def word_weights():
    return TfidfVectorizer().fit(TEXTS)
