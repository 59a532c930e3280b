"""The benchmarks: onggi against pickle, joblib, numpy and plain writes, in interleaved rounds.

make bench                         all of it
python -m bench --quick            small data, few rounds
python -m bench --only objects     one workload, one measure (`loads`), or one of both (`objects/loads`)
python -m bench --json out.json    keep every sample; `--render out.json` shows them again

workloads   what is saved and loaded            contenders  how each library does it
measures    which calls are timed, against whom  harness     rounds, order, clock
memory      resident and peak memory, each in a fresh process (child); imports: import times
results     samples, medians, ratios, JSON      goals       what onggi promises, checked on the results
report      tables                              page        docs/benchmarks.md
cli         options and flow                    place       the folder that is written to
"""
