"""Timing in pairs: product and reference in turns, so that a slow moment of the machine meets both."""

import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

from lotline_contract.ids import new_epoch


class Result(NamedTuple):
    """One benchmark's figures. ratio: product's median by the reference's (or the reverse for a rate)."""

    name: str
    unit: str
    median: float
    p99: float
    reference: float
    ratio: float
    target: str
    met: bool
    note: str = ""

    def line(self) -> str:
        """Give the JSON line."""
        figures = {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in self._asdict().items()
        }
        return json.dumps(figures)


def in_turns(
    product: Callable[[int], None], reference: Callable[[int], None], rounds: int, warm_up: int = 5
) -> tuple[list[float], list[float]]:
    """Time both in turns; gives the seconds of each round of each. The argument is the round's number."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + warm_up):
        for kept, work in zip(times, (product, reference), strict=True):
            gc.collect(0)
            began = time.perf_counter()
            work(number)
            took = time.perf_counter() - began
            if number >= warm_up:
                kept.append(took)
    return times


def p99(times: list[float]) -> float:
    """Give the 99th percentile (the largest, of fewer than a hundred)."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def median_of_ratios(times: tuple[list[float], list[float]]) -> float:
    """Give the median of the pairwise ratios."""
    return statistics.median(mine / theirs for mine, theirs in zip(*times, strict=True))


def unique(prefix: str) -> str:
    """Give a name that no earlier run of a benchmark used."""
    return f"{prefix}-{new_epoch()[:8]}"
