"""Honest labelled arrays and datasets of xarray."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tests.corpus import Case

__all__ = ["cases"]


def _same(before: Any, after: Any) -> bool:
    return type(before) is type(after) and before.identical(after)


def _array(**coordinates: Any) -> Any:
    size = len(next(iter(coordinates.values()), range(4)))
    name = next(iter(coordinates), "x")
    return xr.DataArray(np.arange(float(size)), dims=name, coords=coordinates, attrs={"units": "m"}, name="height")


def cases() -> list[Case]:
    steps = pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["one", "two"])
    made = {
        "array": _array,
        "array-text": lambda: _array(x=list("abc")),
        "array-numbers": lambda: _array(x=[1.5, 2.5]),
        "array-times": lambda: _array(t=pd.date_range("2024-01-01", periods=3)),
        "array-objects": lambda: _array(x=[0, 1]).astype(object),
        "array-2d": lambda: xr.DataArray(np.eye(3), dims=("x", "y"), coords={"x": [1, 2, 3], "scale": 2.0}),
        "array-steps": lambda: xr.DataArray(
            np.arange(4.0), dims="x", coords=xr.Coordinates.from_pandas_multiindex(steps, "x")
        ),
        "dataset": lambda: xr.Dataset({"a": ("x", [1, 2]), "b": (("x", "y"), np.ones((2, 3)))}, attrs={"source": "me"}),
        "dataset-empty": xr.Dataset,
        "dataset-coords": lambda: xr.Dataset({"a": _array(x=list("abc"))}),
        "variable": lambda: xr.Variable("x", [1, 2], {"units": "m"}),
    }
    return [Case(name, make, _same) for name, make in made.items()]
