"""The proof-reader: says all that a pickle would do before a single object exists, and judges it. No I/O."""
