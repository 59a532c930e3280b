"""Print the opcode table of the running Python's `pickletools`, as one JSON object; it runs on every Python since 2.7.

    python2.7 tests/format/list_opcodes.py

`opcodes.json` holds what the interpreters named in it print.
"""

# ruff: noqa: UP010, UP031
from __future__ import print_function

import json
import pickletools
import sys


def rows():
    """Give `[code, name, argument, protocol]` of every opcode."""
    for opcode in pickletools.opcodes:
        yield [ord(opcode.code), opcode.name, opcode.arg.name if opcode.arg else None, opcode.proto]


if __name__ == "__main__":
    print(json.dumps({"%d.%d" % sys.version_info[:2]: sorted(rows())}, sort_keys=True))
