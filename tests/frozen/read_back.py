"""Read a folder of pickles with plain `pickle.load` and compare each with the value that its name says.

Run by other interpreters (CPython 3.8 on, without onggi) as `python read_back.py FOLDER`. A file is named after a
function of `frozen_values`. Prints one JSON object: how many were the same, and what was not.
"""

import json
import pickle
import sys
import warnings
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent / "foreign"))

from frozen_portrait import portrait  # noqa: E402
from frozen_values import available  # noqa: E402


def compare(path, value):
    """What is wrong with the file, or None."""
    try:
        with path.open("rb") as source:
            loaded = pickle.load(source)
    except Exception as error:
        return f"{value.name}: {type(error).__name__}: {error}"
    drawn, wanted = portrait(loaded), portrait(value.make())
    return None if drawn == wanted else f"{value.name}: {drawn} instead of {wanted}"


def main():
    warnings.simplefilter("ignore")
    found = []
    for value in available():
        path = Path(sys.argv[1]) / (value.name + ".pkl")
        if path.exists():
            found.append(compare(path, value))
    wrong = [text for text in found if text]
    print(json.dumps({"same": len(found) - len(wrong), "wrong": wrong}))


if __name__ == "__main__":
    main()
