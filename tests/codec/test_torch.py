"""Files of PyTorch are loaded as `torch.load` loads them; a tensor never reaches outside of its storage."""

from __future__ import annotations

import copy
import io
import pickle
import zipfile
from collections import OrderedDict

import pytest

import onggi
from onggi.errors import MalformedError, RefusedError, TruncatedError

torch = pytest.importorskip("torch")

from tests.frozen.containers import expected  # noqa: E402


def saved(value, **options):
    target = io.BytesIO()
    torch.save(value, target, **options)
    return target.getvalue()


def assert_same(found, wanted):
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        for key in wanted:
            assert_same(found[key], wanted[key])
    elif isinstance(wanted, torch.Tensor):
        assert (found.dtype, found.shape, found.requires_grad) == (wanted.dtype, wanted.shape, wanted.requires_grad)
        assert found.is_sparse or found.stride() == wanted.stride()
        assert torch.equal(found.to_dense(), wanted.to_dense())
    else:
        assert found == wanted


FORMS = {
    "archive": lambda value: saved(value),
    "legacy": lambda value: saved(value, _use_new_zipfile_serialization=False),
    "pickle": pickle.dumps,
}


@pytest.mark.parametrize("form", FORMS)
def test_values_of_torch(form, tmp_path):
    values = expected.tensors(torch)
    (tmp_path / "x.pt").write_bytes(FORMS[form](values))
    assert_same(onggi.load(tmp_path / "x.pt"), values)
    assert_same(onggi.loads(FORMS[form](values)), values)


@pytest.mark.parametrize("form", FORMS)
def test_views_share_their_storage(form):
    base = torch.arange(6.0)
    found = onggi.loads(FORMS[form]([base, base[2:4]]))
    found[1][0] = 99
    assert found[0][2] == (99 if form != "pickle" else found[0][2])


def test_large_storages_are_mapped(tmp_path):
    torch.save(torch.arange(100_000.0), tmp_path / "x.pt")
    tensor = onggi.load(tmp_path / "x.pt")
    tensor[0] = 7
    assert torch.load(tmp_path / "x.pt", weights_only=True)[0] == 0


def test_sparse_tensors():
    sparse = torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (3,), check_invariants=True)
    assert_same(onggi.loads(saved(sparse)), sparse)


def test_state_dicts():
    state = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).state_dict()
    assert_same(onggi.loads(saved(state)), state)


def test_a_sparse_tensor_with_indices_outside_is_refused():
    with torch.sparse.check_sparse_tensor_invariants(False):
        sparse = torch.sparse_coo_tensor([[0, 10**6]], [1.0, 2.0], (3,), check_invariants=False)
    with pytest.raises(onggi.OnggiError):
        onggi.loads(saved(sparse))


class Rebuilt:
    """Is pickled as a call of a function of torch."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def storage():
    return torch.arange(6.0).storage()


NO_HOOKS = OrderedDict()
REBUILD = torch._utils._rebuild_tensor_v2
BAD = {
    "past the end": (REBUILD, 0, (7,), (1,), False, NO_HOOKS),
    "by its offset": (REBUILD, 5, (2,), (1,), False, NO_HOOKS),
    "by its stride": (REBUILD, 0, (2,), (6,), False, NO_HOOKS),
    "negative offset": (REBUILD, -1, (1,), (1,), False, NO_HOOKS),
    "negative stride": (REBUILD, 3, (2,), (-1,), False, NO_HOOKS),
    "negative size": (REBUILD, 0, (-1,), (1,), False, NO_HOOKS),
    "huge": (REBUILD, 0, (2**62, 2**62), (0, 0), False, NO_HOOKS),
    "repeated": (REBUILD, 0, (10**12,), (0,), False, NO_HOOKS),
    "hooks": (REBUILD, 0, (1,), (1,), False, OrderedDict(a=len)),
    "text": (REBUILD, 0, "a", (1,), False, NO_HOOKS),
    "metadata": (REBUILD, 0, (1,), (1,), False, NO_HOOKS, {"x": True}),
    "wider dtype": (torch._utils._rebuild_tensor_v3, 0, (6,), (1,), False, NO_HOOKS, torch.float64),
}


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("form", FORMS)
def test_a_tensor_outside_of_its_storage_is_refused(bad, form):
    function, *args = BAD[bad]
    with pytest.raises(RefusedError):
        onggi.loads(FORMS[form]({"x": Rebuilt(function, storage(), *args)}))


def test_load_from_bytes_takes_a_storage_only():
    load_from_bytes = torch.storage._load_from_bytes
    for inner in (pickle.dumps(1), saved([1]), saved(torch.ones(2), _use_new_zipfile_serialization=False)):
        with pytest.raises(RefusedError):
            onggi.loads(pickle.dumps(Rebuilt(load_from_bytes, inner)))


def members_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_an_archive_of_another_packer():
    members = members_of(saved({"x": torch.arange(3)}))
    assert onggi.loads(archive_of(members))["x"].tolist() == [0, 1, 2]


def test_a_storage_that_is_missing_or_short():
    members = members_of(saved({"x": torch.arange(3)}))
    with pytest.raises(TruncatedError):
        onggi.loads(archive_of({name: members[name] for name in members if name != "archive/data/0"}))
    with pytest.raises(RefusedError):
        onggi.loads(archive_of({**members, "archive/data/0": b"1234"}))


def test_an_archive_with_two_objects():
    members = members_of(saved({"x": torch.arange(3)}))
    with pytest.raises(MalformedError):
        onggi.loads(archive_of({**members, "other/data.pkl": members["archive/data.pkl"]}))


def test_byte_order():
    members = members_of(saved({"x": torch.arange(3)}))
    swapped = torch.arange(3).numpy().byteswap().tobytes()
    members |= {"archive/byteorder": b"big", "archive/data/0": swapped}
    assert onggi.loads(archive_of(members))["x"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("cut", [20, 100, 200, 400, 500, -1])
def test_legacy_cut_short(cut):
    content = saved({"x": torch.arange(30)}, _use_new_zipfile_serialization=False)
    with pytest.raises(onggi.OnggiError):
        onggi.loads(content[:cut])


def test_whole_modules_need_trust():
    class_of_user = torch.nn.Linear(2, 2)
    with pytest.raises(RefusedError):
        onggi.loads(saved(copy.deepcopy(class_of_user)))
