# -*- coding: utf-8 -*-
"""scipy.sparse in every format."""

from __future__ import absolute_import, print_function, unicode_literals

import numpy as np
import scipy.sparse

from frozen_libraries.picture import picture, taker
from frozen_libraries.registry import register, value

DENSE = np.array([[0.0, 1.5, 0.0], [2.5, 0.0, 0.0], [0.0, 0.0, 3.5], [0.0, 4.5, 0.0]])
KINDS = {type(getattr(scipy.sparse, name + "_matrix")(DENSE)) for name in "csr csc coo bsr dia dok lil".split()}
if hasattr(scipy.sparse, "csr_array"):
    KINDS |= {getattr(scipy.sparse, name + "_array") for name in "csr csc coo bsr dia dok lil".split()}


@taker(tuple(KINDS))
def take_sparse(value):
    dense = np.asarray(value.todense())
    return [type(value).__name__, list(value.shape), picture(value.dtype), picture(dense.tolist()), int(value.nnz)]


def register_formats():
    for name in "csr csc coo bsr dia dok lil".split():
        register("sparse_%s_matrix" % name, lambda name=name: getattr(scipy.sparse, name + "_matrix")(DENSE))
        register("sparse_%s_array" % name, lambda name=name: getattr(scipy.sparse, name + "_array")(DENSE))


register_formats()


@value
def sparse_of_ints():
    return scipy.sparse.csr_matrix(np.array([[0, 1], [2, 0]], dtype=str("i4")))


@value
def sparse_empty():
    return scipy.sparse.csr_matrix((3, 4))


@value
def sparse_in_dict():
    return {"train": scipy.sparse.csr_matrix(DENSE), "labels": np.array([1, 0, 1, 0])}
