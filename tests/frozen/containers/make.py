"""Freeze small files of joblib, numpy and PyTorch as the installed versions write them.

Run it in an environment that has joblib and numpy, or torch (any versions, CPython 3.6 on):

    python tests/frozen/containers/make.py

It writes `joblib-X.Y.Z.zip` or `torch-X.Y.Z.zip`, whose members are the files. `expected.py` says what they hold.
"""

import os
import shutil
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
EPOCH = (1980, 1, 1, 0, 0, 0)
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True


def collect(folder, name):
    """Put all files of a folder into one archive; the same content gives the same bytes."""
    with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(os.listdir(folder)):
            with open(os.path.join(folder, member), "rb") as file:
                archive.writestr(zipfile.ZipInfo(member, EPOCH), file.read(), zipfile.ZIP_DEFLATED)


def make_joblib(folder):
    import joblib
    from expected import arrays

    values = arrays()
    joblib.dump(values, os.path.join(folder, "plain.joblib"))
    joblib.dump(values, os.path.join(folder, "compressed.joblib"), compress=3)
    if tuple(map(int, joblib.__version__.split(".")[:2])) >= (0, 10):
        for method in ("gzip", "bz2", "xz", "lzma"):
            joblib.dump(values, os.path.join(folder, method + ".joblib"), compress=(method, 3))
    return "joblib-" + joblib.__version__ + ".zip"


def make_torch(folder):
    import torch
    from expected import tensors

    values = tensors(torch)
    torch.save(values, os.path.join(folder, "archive.pt"))
    torch.save(values, os.path.join(folder, "legacy.pt"), _use_new_zipfile_serialization=False)
    return "torch-" + torch.__version__.partition("+")[0] + ".zip"


def main():
    for make in (make_joblib, make_torch):
        folder = tempfile.mkdtemp()
        try:
            collect(folder, make(folder))
        except ImportError as error:
            print("skipped:", error)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
