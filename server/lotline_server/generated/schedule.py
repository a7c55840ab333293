"""When which lot is built and which unit tested, and with which result. Pure: a seed gives it all."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lotline_server.core.clock import to_micros
from lotline_server.generated.factory import (
    BUILT_EVERY,
    ERRORS,
    FAILS,
    IN_FULL,
    LINES,
    PRODUCTS,
    RETEST_PASSES,
    SCRAPPED,
    SPAN,
    Product,
)

_TESTING = 0.75
"""Of a lot's time its first runs take; what follows takes the rest, so that lots of a line never overlap."""
_OPERATION = 0.06
_RETEST = 0.04
_ERROR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLot:
    """A lot. start: of its first run; it is over `length` later. number: from 0, by start."""

    number: int
    product: Product
    units: int
    line: int
    start: datetime
    length: timedelta
    built_here: bool


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run of a lot's unit (from 0). started_us: microseconds since 1970."""

    started_us: int
    unit: int
    operation: str
    outcome: str
    in_full: bool


def plan_lots(units: int, lots: int, now: datetime, seed: int) -> list[PlannedLot]:
    """Spread the lots over a year until now, the last of each line under way or still to come."""
    chance = random.Random(f"lots {seed}")  # noqa: S311 - nothing here is a secret
    slots = -(-lots // LINES)
    length = SPAN / max(slots - 0.5, 0.5)
    weights = [chance.uniform(0.7, 1.3) for _ in range(lots)]
    ends = [round(units * share) for share in _running_shares(weights)]
    return [
        PlannedLot(
            number=number,
            product=_product(number, lots, chance),
            units=ends[number] - (ends[number - 1] if number else 0),
            line=number % LINES,
            start=now - SPAN + length * (number // LINES) + length * (number % LINES) / LINES,
            length=length,
            built_here=number % BUILT_EVERY == BUILT_EVERY // 2,
        )
        for number in range(lots)
    ]


def _running_shares(weights: list[float]) -> Iterator[float]:
    total, so_far = sum(weights), 0.0
    for weight in weights:
        so_far += weight
        yield so_far / total


def _product(number: int, lots: int, chance: random.Random) -> Product:
    if number < len(PRODUCTS) <= lots:
        return PRODUCTS[number]
    return chance.choices(PRODUCTS, [each.share for each in PRODUCTS])[0]


def plan_runs(lot: PlannedLot, now: datetime, seed: int) -> tuple[list[PlannedRun], list[int]]:
    """Give a lot's runs until now, in the order of time, and the units that are scrapped after them."""
    chance = random.Random(f"runs {seed} {lot.number}")  # noqa: S311 - nothing here is a secret
    start_us, length_us, now_us = to_micros(lot.start), lot.length / timedelta(microseconds=1), to_micros(now)
    runs: list[PlannedRun] = []
    scrapped = []
    for unit in range(lot.units):
        at = (unit + chance.random()) / max(lot.units, 1) * _TESTING
        in_full = chance.random() < IN_FULL
        is_failed = False
        for place, operation in enumerate(lot.product.operations):
            for moment, outcome in _attempts(chance):
                # A record says milliseconds.
                started_us = (start_us + int(length_us * (at + place * _OPERATION + moment))) // 1000 * 1000
                if started_us < now_us:
                    runs.append(PlannedRun(started_us, unit, operation, outcome, in_full))
                    is_failed = outcome == "FAIL"
            if is_failed:
                break
        if is_failed and start_us + length_us < now_us and chance.random() < SCRAPPED:
            scrapped.append(unit)
    runs.sort(key=lambda run: run.started_us)
    return runs, scrapped


def _attempts(chance: random.Random) -> Iterator[tuple[float, str]]:
    if chance.random() < ERRORS:
        yield 0.0, "ERROR"
    if chance.random() >= FAILS:
        yield _ERROR, "PASS"
        return
    yield _ERROR, "FAIL"
    yield _ERROR + _RETEST, "PASS" if chance.random() < RETEST_PASSES else "FAIL"
