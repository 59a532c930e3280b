"""The cases that are not answered as they should be, and why; docs/security.md says the same in words for users.

They are about classes that the reader has allowed, and so about code that the reader trusts.
"""

from __future__ import annotations

KNOWN = {
    "pollution.property_setter_by_slots": "an allowed class: slot state runs the setter of its own property",
    "resources.hash_dag_of_dataclass": "an allowed class: its own __hash__ follows shared tuples in its state",
    "amplification.copies_by_constructor_of_allowed": "an allowed class: its own constructor copies what it is given",
}
