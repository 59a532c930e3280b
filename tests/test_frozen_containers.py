"""Files of joblib 0.9 to 1.6 and of PyTorch load today, and are clean to whoever only looks."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import onggi
from onggi.inspect.finding import find_pickles
from tests.frozen.containers import expected

np = pytest.importorskip("numpy")

FOLDER = Path(__file__).parent / "frozen" / "containers"
JOBLIB = sorted(path.name for path in FOLDER.glob("joblib-*.zip"))
TORCH = sorted(path.name for path in FOLDER.glob("torch-*.zip"))


def unpacked(name: str, tmp_path: Path) -> list[Path]:
    with zipfile.ZipFile(FOLDER / name) as archive:
        archive.extractall(tmp_path)
    return sorted(path for path in tmp_path.iterdir() if path.suffix in (".joblib", ".pt"))


def test_there_are_files_of_every_form() -> None:
    assert {name.split("-")[1][:3] for name in JOBLIB} >= {"0.9", "0.1", "1.0", "1.2"}
    assert TORCH


@pytest.mark.parametrize("name", JOBLIB)
def test_files_of_joblib(name: str, tmp_path: Path) -> None:
    paths = unpacked(name, tmp_path)
    assert len(paths) >= 2
    for path in paths:
        found = onggi.load(path)
        for key, wanted in expected.arrays().items():
            if key == "words":
                assert found[key] == wanted
                continue
            assert (found[key].dtype, found[key].shape) == (wanted.dtype, wanted.shape), (path.name, key)
            assert found[key].tolist() == wanted.tolist(), (path.name, key)
            assert found[key].flags.writeable, (path.name, key)


@pytest.mark.parametrize("name", JOBLIB + TORCH)
def test_they_are_clean(name: str, tmp_path: Path) -> None:
    for path in unpacked(name, tmp_path):
        found = list(find_pickles(path))
        assert found, path.name
        assert [each for each in found if not each.is_clean] == [], path.name


@pytest.mark.parametrize("name", TORCH)
def test_files_of_torch(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    for path in unpacked(name, tmp_path):
        found = onggi.load(path)
        for key, wanted in expected.tensors(torch).items():
            if isinstance(wanted, torch.Tensor):
                assert type(found[key]) is type(wanted)
                assert (found[key].dtype, found[key].stride()) == (wanted.dtype, wanted.stride()), (path.name, key)
                assert torch.equal(found[key], wanted), (path.name, key)


def test_the_files_beside_are_needed_and_must_be_beside(tmp_path: Path) -> None:
    path = next(path for path in unpacked("joblib-0.9.4.zip", tmp_path) if path.name == "plain.joblib")
    with pytest.raises(onggi.OnggiError, match="another file"):
        onggi.loads(path.read_bytes())
    content = path.read_bytes()
    for old, new in (
        (b"plain.joblib_01.npy", b"../../../etc/passwd"),
        (b"plain.joblib_01.npy", b"/etc/passwd/aaaaaaa"),
    ):
        assert old in content
        path.write_bytes(content.replace(old, new))
        with pytest.raises(onggi.OnggiError):
            onggi.load(path)
