"""Freeze signed files and a rotation as this version of onggi writes them; every later version has to take them.

    python tests/frozen/signed/make.py

It writes `jar.pkl`, `arrays.pkl.gz` and `rotation.txt`, signed by the keys of `SEEDS`, which are for tests only. What
was released is never written again: the script refuses to.
"""

from __future__ import annotations

import pickle
import sys
import tempfile
from pathlib import Path
from string import capwords

import onggi
from onggi.trust.keys import set_key_path
from onggi.trust.rotation import Rotation
from onggi.trust.signatures import Signed
from onggi.trust.signing_keys import SigningKey, file_of

HERE = Path(__file__).resolve().parent
SEEDS = {"alice": bytes(range(32)), "bob": bytes(range(32, 64))}
SIGNED_AT = 1_795_000_000


class Call:
    """Pickles as a call that no table knows: only whom the signature convinces makes it."""

    def __reduce__(self) -> tuple[object, ...]:
        return capwords, ("kimchi in the jar",)


def main() -> None:
    """Write the files."""
    if (HERE / "jar.pkl").exists():
        sys.exit("the files are written once; remove them if they were never released")
    with tempfile.TemporaryDirectory() as folder:
        set_key_path(Path(folder, "key"))
        keys = [SigningKey(name, seed) for name, seed in SEEDS.items()]
        for key in keys:
            path = Path(file_of(key.name))
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_bytes(key.content())
            path.chmod(0o600)
        onggi.dump([Call()], HERE / "jar.pkl", seal=False, sign=Signed("alice", "jars/jar.pkl", 7))
        onggi.sign(HERE / "jar.pkl", "bob", name="jars/jar.pkl", version=8, allow=[capwords])
        buffer = bytes(range(256)) * 100
        onggi.dump({"a": pickle.PickleBuffer(buffer)}, HERE / "arrays.pkl.gz", sign="alice")
        (HERE / "rotation.txt").write_text(Rotation.make(*keys, SIGNED_AT).line + "\n")
        set_key_path(None)


if __name__ == "__main__":
    main()
