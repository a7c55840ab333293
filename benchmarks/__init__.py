"""Each benchmark runs its own reference beside the product, in turns, and prints one JSON line.

`python -m benchmarks` runs them all and writes docs/benchmarks.md; `--small` only shows that they run.
"""
