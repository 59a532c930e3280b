"""The cases that are not answered as they should be, and why; docs/security.md says the same in words for users.

Three are about classes that the reader has allowed, and so about code that the reader trusts. Six are files of about
10 MB that unpack to 200 times their size, `onggi.Limits.max_ratio`, before they end in a LimitError.
"""

from __future__ import annotations

KNOWN = {
    "pollution.property_setter_by_slots": "an allowed class: slot state runs the setter of its own property",
    "resources.hash_dag_of_dataclass": "an allowed class: its own __hash__ follows shared tuples in its state",
    "amplification.copies_by_constructor_of_allowed": "an allowed class: its own constructor copies what it is given",
    **dict.fromkeys(
        (
            "containers.bomb_of_zeros_gz",
            "containers.bomb_of_opcodes_gz",
            "containers.bomb_of_zeros_lz4",
            "containers.bomb_of_opcodes_lz4",
            "containers.bomb_of_zeros_zlib",
            "containers.bomb_without_suffix",
        ),
        "ends in the right error, but only after nearly 2 GiB have come out",
    ),
}
