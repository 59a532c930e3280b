"""Hostile pickles, each with what it would do to plain `pickle` and what onggi must answer.

`python -m attacks.run` loads every one of them with onggi, each in a process of its own with capped memory, processor
time and wall time, and fails if one runs code, crashes, hangs, grows, changes a module or class, or is answered with
the wrong error. `python -m attacks.run --loader pickle` shows that they are real.
"""
