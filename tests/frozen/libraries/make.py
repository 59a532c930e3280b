# -*- coding: utf-8 -*-
"""Freeze objects of numpy, pandas, scipy and scikit-learn as the installed versions pickle them.

Run it in an environment that has them (any versions, CPython 2.7 or 3.6 on):

    python tests/frozen/libraries/make.py

It writes `numpy-X.Y.zip`, named after the version of numpy, and a row in `MANIFEST.json`. Each member of the zip, such
as `protocol-2.jsonl`, holds one JSON object a line:

    {"name": "array_0d", "pickle": "…", "picture": …, "buffers": ["…"]}
    {"name": "generator_pcg64", "error": "AttributeError: …"}

Bytes are text there, each byte the code point of its number; an error is what these versions don't have or can't
pickle. The picture says what the object is without pickle. `protocol-5-buffers.jsonl` has the buffers out of band.
"""

from __future__ import absolute_import, print_function, unicode_literals

import hashlib
import io
import json
import os
import pickle
import platform
import sys
import warnings
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
EPOCH = (1980, 1, 1, 0, 0, 0)
LIBRARIES = ("numpy", "pandas", "scipy", "sklearn")
sys.dont_write_bytecode = True

if sys.version_info < (3, 0):
    import cPickle as compiled
else:
    compiled = pickle


def freeze(name, make, protocol, out_of_band):
    """One line of a member as a dict."""
    from frozen_libraries.picture import picture

    row = {"name": name}
    buffers = []
    try:
        if out_of_band:
            data = pickle.dumps(make(), protocol, buffer_callback=buffers.append)
        else:
            data = compiled.dumps(make(), protocol)
        row["picture"] = picture(make())
    except Exception as error:
        return {"name": name, "error": "%s: %s" % (type(error).__name__, error)}
    row["pickle"] = as_text(data)
    if buffers:
        row["buffers"] = [as_text(bytes(buffer.raw())) for buffer in buffers]
    return row


def as_text(data):
    return data.decode("latin-1")


def members():
    """Yield `(member name, protocol, whether buffers stay out of band)`."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield "protocol-%d" % protocol, protocol, False
    if pickle.HIGHEST_PROTOCOL >= 5:
        yield "protocol-5-buffers", 5, True


def is_wanted(make, protocol, out_of_band):
    """Estimators and frames hold nothing that arrays do not show already, so fewer protocols do for them."""
    if "numpy" in make.__module__:
        return True
    if "sklearn" in make.__module__:
        return protocol == pickle.HIGHEST_PROTOCOL and not out_of_band
    return protocol in (0, 2, pickle.HIGHEST_PROTOCOL)


def write_zip(path):
    """Write all members; return how many pickles and how many failures there are."""
    from frozen_libraries import VALUES

    done = failed = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for member, protocol, out_of_band in members():
            names = [name for name in VALUES if is_wanted(VALUES[name], protocol, out_of_band)]
            rows = [freeze(name, VALUES[name], protocol, out_of_band) for name in names]
            if out_of_band:
                rows = [row for row in rows if "buffers" in row]
            info = zipfile.ZipInfo(str(member + ".jsonl"), EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
            target.writestr(info, text.encode("ascii"))
            done += sum("pickle" in row for row in rows)
            failed += sum("error" in row for row in rows)
    return done, failed


def versions():
    """The version of each library that is installed."""
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = __import__(str(library)).__version__
        except ImportError:
            pass
    return found


def write_manifest(path, done, failed):
    """Set the row of these versions in MANIFEST.json."""
    manifest_path = os.path.join(HERE, "MANIFEST.json")
    manifest = {}
    if os.path.exists(manifest_path):
        with io.open(manifest_path, encoding="utf-8") as source:
            manifest = json.load(source)
    with io.open(path, "rb") as source:
        digest = hashlib.sha256(source.read()).hexdigest()
    manifest[os.path.basename(path)] = {
        "python": platform.python_version(),
        "libraries": versions(),
        "system": platform.system(),
        "machine": platform.machine(),
        "byteorder": sys.byteorder,
        "pickles": done,
        "not_picklable": failed,
        "sha256": digest,
    }
    text = json.dumps(manifest, indent=2, sort_keys=True, separators=(",", ": ")) + "\n"
    with io.open(manifest_path, "wb") as target:
        target.write(text.encode("ascii"))


def main():
    if os.environ.get("PYTHONHASHSEED") != "0":
        environment = dict(os.environ, PYTHONHASHSEED="0")
        os.execve(sys.executable, [sys.executable] + sys.argv, environment)
    warnings.simplefilter("ignore")
    version = ".".join(versions()["numpy"].split(".")[:2])
    path = os.path.join(HERE, "numpy-%s.zip" % version)
    done, failed = write_zip(path)
    write_manifest(path, done, failed)
    print("%s: %d pickles, %d not made" % (os.path.basename(path), done, failed))


if __name__ == "__main__":
    main()
