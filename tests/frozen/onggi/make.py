"""Freeze files as this version of onggi writes them; every later version has to read them.

Run it once for each released version, with numpy installed and the values of the day before the version is raised:

    python tests/frozen/onggi/make.py

It writes a folder named after the version, such as `onggi-0.1`, and a row in `MANIFEST.json`. A file is named after the
function below that makes its content, and after its kind: `arrays.pkl`, `records.pkl.xz`. Files of released versions
are never written again: the script refuses to.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sys
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "foreign"))

import frozen_onggi  # noqa: E402

import onggi  # noqa: E402
from onggi.trust import keys  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

FORBIDDEN_CHANGE = "the files of a version are written once; remove the folder by hand if it was never released"
KEY = HERE / "test-key"


def folder_of_version() -> Path:
    """`onggi-0.1` for 0.1.0, 0.1.1 and 0.1.0.dev3."""
    major, minor, *_ = onggi.__version__.split(".")
    return HERE / f"onggi-{major}.{minor}"


def write_all(folder: Path) -> None:
    """Write one file for each function of `frozen_onggi` and each kind it is wanted in."""
    for name, make in frozen_onggi.VALUES.items():
        for suffix in frozen_onggi.SUFFIXES.get(name, [".pkl"]):
            write_one(folder / f"{name}{suffix}", make, name)


def write_one(path: Path, make: Callable[[], Any], name: str) -> None:
    if name in frozen_onggi.SERIES:
        for item in make():
            onggi.dump(item, path, append=True)
    elif name in frozen_onggi.BARE:
        path.write_bytes(onggi.dumps(make()))
    else:
        onggi.dump(make(), path)


def write_manifest(folder: Path) -> None:
    """Set the row of this version in MANIFEST.json."""
    path = HERE / "MANIFEST.json"
    manifest = json.loads(path.read_text()) if path.exists() else {}
    manifest[folder.name] = {
        "onggi": onggi.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "byteorder": sys.byteorder,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "sha256": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())},
    }
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


def main() -> None:
    """Write the folder of this version, sealed with the key that lies beside this script."""
    folder = folder_of_version()
    if folder.exists():
        sys.exit(f"{folder.name} exists: {FORBIDDEN_CHANGE}")
    with tempfile.TemporaryDirectory() as private:
        # A key that others can read is refused, and that is how files come out of a repository.
        copy = Path(private) / "key"
        shutil.copyfile(KEY, copy)
        copy.chmod(0o600)
        keys.set_key_path(str(copy))
        folder.mkdir()
        write_all(folder)
    write_manifest(folder)
    print(f"{folder.name}: {sum(file.stat().st_size for file in folder.iterdir()):,} bytes")


if __name__ == "__main__":
    main()
