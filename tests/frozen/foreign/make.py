# -*- coding: utf-8 -*-
"""Freeze the values of `frozen_values` as this interpreter pickles them.

Run it under each Python whose pickles the tests read (CPython 2.7 and 3.6 on; only the stdlib is needed):

    python2.7 tests/frozen/foreign/make.py
    python3.13 tests/frozen/foreign/make.py

It writes `cpython-X.Y.zip` beside itself and a row in `MANIFEST.json`. The zip has one member for each pickler and
protocol, such as `protocol-2.jsonl`, with one JSON object a line:

    {"name": "tuple_2", "pickle": "…", "buffers": ["…"]}      bytes as text, each byte the code point of its number
    {"name": "itertools_chain", "error": "TypeError: …"}      what this Python can't pickle

Variants of the plain `protocol-N` members:

    pure       made by the pickler that is written in Python (under Python 2: `pickle`, where plain is `cPickle`)
    fast       `Pickler.fast`: no memo
    optimized  `pickletools.optimize`: unused memo entries dropped
    unmapped   `fix_imports=False`: names of Python 3 in protocols below 3
    buffers    protocol 5 with buffers out of band

A variant holds only what differs from the members before it.

`special.jsonl` holds what is not one plain pickle of one value: see SPECIALS.

The same interpreter writes the same bytes again: hashes are not random, the zip's dates are fixed.
"""

from __future__ import absolute_import, print_function, unicode_literals

import hashlib
import io
import json
import os
import pickle
import pickletools
import platform
import re
import sys
import warnings
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
THIS = sys.version_info[:2]
EPOCH = (1980, 1, 1, 0, 0, 0)
sys.dont_write_bytecode = True

if THIS < (3, 0):
    import cPickle as compiled
else:
    compiled = pickle


def dump_plain(value, protocol):
    return compiled.dumps(value, protocol), None


def dump_pure(value, protocol):
    if THIS < (3, 0):
        return pickle.dumps(value, protocol), None
    return pickle._dumps(value, protocol), None


def dump_fast(value, protocol):
    target = io.BytesIO()
    pickler = compiled.Pickler(target, protocol)
    pickler.fast = True
    pickler.dump(value)
    return target.getvalue(), None


def dump_optimized(value, protocol):
    return pickletools.optimize(compiled.dumps(value, protocol)), None


def dump_unmapped(value, protocol):
    return pickle.dumps(value, protocol, fix_imports=False), None


def dump_buffers(value, protocol):
    buffers = []
    data = pickle.dumps(value, protocol, buffer_callback=buffers.append)
    return data, [bytes(buffer.raw()) for buffer in buffers]


def members():
    """Yield `(member name, dump function, protocol)` of all that this interpreter writes."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield "protocol-%d" % protocol, dump_plain, protocol
        if THIS in ((2, 7), (3, 13)):
            yield "protocol-%d-pure" % protocol, dump_pure, protocol
        if THIS in ((2, 7), (3, 13)) and protocol in (0, 2):
            yield "protocol-%d-optimized" % protocol, dump_optimized, protocol
        if THIS == (3, 13):
            yield "protocol-%d-fast" % protocol, dump_fast, protocol
        if THIS in ((3, 6), (3, 13)) and protocol < 3:
            yield "protocol-%d-unmapped" % protocol, dump_unmapped, protocol
    if pickle.HIGHEST_PROTOCOL >= 5:
        yield "protocol-5-buffers", dump_buffers, 5


def dump_series(target, protocol):
    """Three pickles one after the other, each whole."""
    for value in ({"number": 1}, ["two", 2], None):
        compiled.Pickler(target, protocol).dump(value)


def dump_shared_memo(target, protocol):
    """Two pickles of one pickler: the second refers to the memo of the first."""
    pickler = compiled.Pickler(target, protocol)
    shared = ["shared"]
    pickler.dump(shared)
    pickler.dump([shared, "own"])


def dump_persistent_id(target, protocol):
    """An object that stands outside of the pickle."""
    if THIS < (3, 0):
        pickler = compiled.Pickler(target, protocol)
        pickler.persistent_id = outside
    else:

        class Persistent(pickle.Pickler):
            def persistent_id(self, value):
                return outside(value)

        pickler = Persistent(target, protocol)
    pickler.dump(["inside", Outside(), {"again": Outside()}])


class Outside(object):
    """What the pickle only names."""


def outside(value):
    return str("table-7") if isinstance(value, Outside) else None


def dump_extension_code(target, protocol):
    """A class that a program registered as a number."""
    import frozen_shapes

    registry = __import__(str("copy_reg" if THIS < (3, 0) else "copyreg"))
    registry.add_extension(str("frozen_shapes"), str("Plain"), 0x1234)
    compiled.Pickler(target, protocol).dump(frozen_shapes.Plain(a=1))
    registry.remove_extension(str("frozen_shapes"), str("Plain"), 0x1234)


def dump_main_class(target, protocol):
    """A class of the script that wrote it."""
    one = Outside()
    one.attribute = [1, 2]
    compiled.Pickler(target, protocol).dump(one)


SPECIALS = (dump_series, dump_shared_memo, dump_persistent_id, dump_extension_code, dump_main_class)


def freeze_specials():
    """The rows of `special.jsonl`."""
    rows = []
    for dump in SPECIALS:
        for protocol in sorted({0, 2, pickle.HIGHEST_PROTOCOL}):
            target = io.BytesIO()
            dump(target, protocol)
            name = dump.__name__.replace("dump_", "")
            rows.append({"name": name, "protocol": protocol, "pickle": as_text(target.getvalue())})
    return rows


def as_text(data):
    return data.decode("latin-1")


def freeze(value, dump, protocol):
    """One line of a member as a dict."""
    row = {"name": value.name}
    try:
        data, buffers = dump(value.make(), protocol)
    except Exception as error:
        row["error"] = "%s: %s" % (type(error).__name__, without_addresses(error))
        return row
    row["pickle"] = as_text(data)
    if buffers:
        row["buffers"] = [as_text(buffer) for buffer in buffers]
    return row


def without_addresses(error):
    return re.sub("0x[0-9a-f]+", "0x…", "%s" % error)


def freeze_member(dump, protocol, values):
    """All rows of one member."""
    if THIS not in ((2, 7), (3, 6), (3, 8), (3, 13)):
        values = [value for value in values if value.name not in BULKY]
    if dump is dump_fast:
        values = [value for value in values if "recursive" not in value.name and value.name not in ENDLESS]
    if dump is dump_buffers:
        values = [value for value in values if "buffer" in value.name]
    return [freeze(value, dump, protocol) for value in values]


# Each pickler batches and frames alike from 3.8 on, so the big values are not frozen again by those in between.
BULKY = "dict_1001 set_1001 memo_over_255 plain_many bytes_longer_than_a_frame str_longer_than_a_frame".split()

# Without a memo a cycle never ends.
ENDLESS = ("ring", "node_in_its_own_set", "state_setter")


def only_news(rows, known):
    """Drop what an earlier member of the same protocol already has byte for byte, and its failures."""
    return [row for row in rows if "pickle" in row and ("buffers" in row or row["pickle"] not in known)]


def write_zip(path, values):
    """Write all members; return how many pickles and how many failures there are."""
    done = failed = 0
    known = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, dump, protocol in members():
            rows = freeze_member(dump, protocol, values)
            if dump is not dump_plain:
                rows = only_news(rows, known[protocol])
            known.setdefault(protocol, set()).update(row.get("pickle") for row in rows)
            write_member(target, name, rows)
            failed += sum("error" in row for row in rows)
            done += sum("pickle" in row for row in rows)
        write_member(target, "special", freeze_specials())
    return done, failed


def write_member(target, name, rows):
    info = zipfile.ZipInfo(str(name + ".jsonl"), EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    target.writestr(info, text.encode("ascii"))


def write_manifest(path, done, failed):
    """Set the row of this interpreter in MANIFEST.json."""
    manifest_path = os.path.join(HERE, "MANIFEST.json")
    manifest = {}
    if os.path.exists(manifest_path):
        with io.open(manifest_path, encoding="utf-8") as source:
            manifest = json.load(source)
    with io.open(path, "rb") as source:
        digest = hashlib.sha256(source.read()).hexdigest()
    manifest[os.path.basename(path)] = {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "byteorder": sys.byteorder,
        "highest_protocol": pickle.HIGHEST_PROTOCOL,
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
    import frozen_values

    # Newer Pythons warn of what they will not pickle any more.
    warnings.simplefilter("ignore", DeprecationWarning)
    path = os.path.join(HERE, "cpython-%d.%d.zip" % THIS)
    done, failed = write_zip(path, frozen_values.available())
    write_manifest(path, done, failed)
    print("%s: %d pickles, %d not picklable" % (os.path.basename(path), done, failed))


if __name__ == "__main__":
    main()
