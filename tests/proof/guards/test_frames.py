"""Guards of polars, shapely, Pillow, networkx and xarray: what no honest pickle has is refused."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from onggi.proof.guards import networkx as graphs
from onggi.proof.guards import pillow, xarray
from onggi.proof.guards import polars as frames
from onggi.proof.guards import shapely as geometries
from onggi.proof.rules import Unsafe

pa = pytest.importorskip("pyarrow")

# --------------------------------------------------------------------------------------------------------------- polars


def _stream(array: Any, metadata: dict[str, str] | None = None, **options: Any) -> bytes:
    schema = pa.schema([pa.field("a", array.type, metadata=metadata)])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_batch(pa.record_batch([array], schema=schema))
    return bytes(sink.getvalue())


def _changed(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + struct.pack("<i", value) + data[at + 4 :]


_HONEST = _stream(pa.array([1, 2, 3]))


@pytest.mark.parametrize(
    "state",
    [
        None,
        "text",
        b"",
        bytearray(_HONEST),
        _HONEST[:-8] + b"\1\2\3\4\5\6\7\x08",
        _HONEST + b"\0" * 8,
        _changed(_HONEST, 0, 0),
        _changed(_HONEST, 4, 2**31 - 1),
        _changed(_HONEST, 4, -1),
        _changed(_HONEST, 8, 2**31 - 1),
        _stream(pa.array(["a" * 1000]), compression="zstd"),
        _stream(pa.array(["a" * 1000]), compression="lz4"),
        _stream(pa.array([b"12345678"], pa.binary(8)), {"ARROW:extension:name": "POLARS_EXTENSION_TYPE"}),
        _stream(pa.array([b"12345678"], pa.binary(8))),
        _stream(pa.nulls(20_000_000)),
        _stream(pa.array(["a"]).dictionary_encode(), {"_PL_ENUM_VALUES2": "9;a"}),
        _stream(pa.array(["a"]).dictionary_encode(), {"_PL_ENUM_VALUES2": "1;a1;a"}),
        _stream(pa.array(["a"]).dictionary_encode(), {"_PL_CATEGORICAL2": "1;0;u8;x"}),
        _stream(pa.array([1]).dictionary_encode()),
        _stream(pa.array([{}], pa.struct([]))),
    ],
    ids=range(20),
)
def test_a_frame_that_cannot_be_verified_is_refused(state: Any) -> None:
    pl = pytest.importorskip("polars")
    for kind, guard in ((pl.DataFrame, frames.frame_state), (pl.Series, frames.series_state)):
        with pytest.raises((Unsafe, ValueError, pa.ArrowException)):
            guard(kind.__new__(kind), state)


def test_indexes_of_a_dictionary_past_its_words_are_refused() -> None:
    pl = pytest.importorskip("polars")
    words = pa.DictionaryArray.from_arrays(pa.array([0, 7], pa.int8()), pa.array(["a"]), safe=False)
    with pytest.raises((Unsafe, ValueError)):
        frames.frame_state(pl.DataFrame.__new__(pl.DataFrame), _stream(words))


def test_a_frame_is_filled_once() -> None:
    pl = pytest.importorskip("polars")
    with pytest.raises(Unsafe, match="twice"):
        frames.frame_state(pl.DataFrame({"a": [1]}), _HONEST)
    with pytest.raises(Unsafe, match="twice"):
        frames.series_state(pl.Series([1]), _HONEST)


@pytest.mark.parametrize("state", [{"is_numeric": len}, {"inner": len}, {"__class__": 1}, {"inner": {}}, [], None])
def test_a_type_keeps_its_methods(state: Any) -> None:
    pl = pytest.importorskip("polars")
    with pytest.raises(Unsafe):
        frames.dtype_state(pl.List.__new__(pl.List), state)


# -------------------------------------------------------------------------------------------------------------- shapely

_NESTED = b"\1\7\0\0\0\1\0\0\0" * 100_000


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("text",),
        (b"",),
        (b"\1\1\0\0\0",),
        (b"\2\1\0\0\0" + bytes(16),),
        (b"\1\1\0\0\0" + bytes(17),),
        (b"\1\2\0\0\0\xff\xff\xff\xff" + bytes(16),),
        (b"\1\3\0\0\0\1\0\0\0\xff\xff\xff\x7f" + bytes(16),),
        (b"\1\x09\0\0\0" + bytes(16),),
        (_NESTED,),
    ],
    ids=range(10),
)
def test_a_geometry_that_is_cut_off_is_refused(args: Any) -> None:
    with pytest.raises(Unsafe):
        geometries.geometry(bytes, args)


def test_a_tree_holds_nothing_but_geometries() -> None:
    shapely = pytest.importorskip("shapely")
    import numpy as np

    for args in ((np.array([1, "a"], object),), (np.zeros(3),), (np.array([None], object), 2**40), ([None],), ()):
        with pytest.raises(Unsafe):
            geometries.tree(shapely.STRtree, args)


# --------------------------------------------------------------------------------------------------------------- Pillow


@pytest.mark.parametrize(
    "state",
    [
        {},
        [],
        [{}, "RGB", (2**20, 2**20), None, b""],
        [{}, "RGB", (2**31, 1), None, b""],
        [{}, "RGB", (-1, -1), None, b"abc"],
        [{}, "RGB", (1, 1), None, b"abcd"],
        [{}, "L", (3, 1), None, "abc"],
        [{}, "evil", (1, 1), None, b"a"],
        [{}, "P", (1, 1), [256] * 3, b"a"],
        [{}, "P", (1, 1), [0] * 4, b"a"],
        [[], "L", (1, 1), None, b"a"],
    ],
    ids=range(11),
)
def test_an_image_of_other_bytes_than_it_needs_is_refused(state: Any) -> None:
    image = pytest.importorskip("PIL.Image")
    with pytest.raises(Unsafe):
        pillow.image_state(image.Image.__new__(image.Image), state)


def test_an_image_is_filled_once() -> None:
    image = pytest.importorskip("PIL.Image")
    with pytest.raises(Unsafe, match="twice"):
        pillow.image_state(image.new("L", (1, 1)), [{}, "L", (1, 1), None, b"a"])


# ------------------------------------------------------------------------------------------------------------- networkx

_EMPTY: dict[str, Any] = {"graph": {}, "_node": {}, "_adj": {}}


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {**_EMPTY, "_adj": []},
        {**_EMPTY, "_node": None},
        {**_EMPTY, "add_node": len},
        {**_EMPTY, "node_dict_factory": len},
        {**_EMPTY, "hook": len},
        {**_EMPTY, "__networkx_backend__": "evil"},
        {**_EMPTY, "__class__": dict},
        {**_EMPTY, "append": 1},
    ],
    ids=range(10),
)
def test_a_graph_keeps_its_methods(state: Any) -> None:
    nx = pytest.importorskip("networkx")
    with pytest.raises(Unsafe):
        graphs.graph_state(nx.Graph.__new__(nx.Graph), state)


def test_a_graph_is_filled_once_and_its_views_too() -> None:
    nx = pytest.importorskip("networkx")
    with pytest.raises(Unsafe, match="twice"):
        graphs.graph_state(nx.Graph(), dict(_EMPTY))
    view = nx.path_graph(3).nodes
    with pytest.raises(Unsafe, match="twice"):
        graphs.view_state(view, {"_nodes": {}})


@pytest.mark.parametrize("state", [{}, [], {"_nodes": []}, {"_graph": 1}, {"other": 1}, {"_adjdict": len}])
def test_a_view_is_of_a_graph_and_dicts(state: Any) -> None:
    views = pytest.importorskip("networkx.classes.reportviews")
    with pytest.raises(Unsafe):
        graphs.view_state(views.EdgeView.__new__(views.EdgeView), state)


def test_what_a_graph_had_cached_is_made_anew() -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.Graph.__new__(nx.Graph)
    graphs.graph_state(graph, {**_EMPTY, "adj": "evil", "edges": len, "__networkx_cache__": {"backends": 1}})
    assert not {"adj", "edges"} & vars(graph).keys()
    assert vars(graph)["__networkx_cache__"] == {}


# --------------------------------------------------------------------------------------------------------------- xarray


@pytest.mark.parametrize(
    "state",
    [
        None,
        (None, None),
        (None, {"_close": len}),
        (None, {"_data": len}),
        (None, {"_data": open}),
        (None, {"other": 1}),
        (None, {"__class__": 1}),
        ({"_dims": ()}, {"_dims": ()}),
    ],
    ids=range(8),
)
def test_a_labelled_array_has_its_own_fields(state: Any) -> None:
    xr = pytest.importorskip("xarray")
    for kind in (xr.Variable, xr.DataArray, xr.Dataset):
        with pytest.raises(Unsafe):
            xarray.object_state(kind.__new__(kind), state)


def test_a_labelled_array_is_filled_once() -> None:
    xr = pytest.importorskip("xarray")
    with pytest.raises(Unsafe, match="twice"):
        xarray.object_state(xr.Variable("x", [1]), (None, {"_dims": ("x",)}))
