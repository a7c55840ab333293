"""A small picture of where a value sits between its limits; the panel's gauge.js draws the same."""

from dataclasses import dataclass

WIDTH = 120
HEIGHT = 20
_EDGE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """left, right: the allowed zone. limits: where the lines stand. at: where the value stands.

    pointer: -1 or 1 where the value lies beyond the picture, to the left or to the right; else 0
    """

    left: float
    right: float
    limits: tuple[float, ...]
    at: float
    pointer: int


def gauge(value: float, low: float | None, high: float | None) -> Gauge | None:
    """Place a value; None without limits. Two limits take the middle half of the picture."""
    if low is None and high is None:
        return None
    if low is not None and high is not None:
        span = (high - low) or abs(high) * 0.1 or 1.0
        start, width = (low + high) / 2 - span, 2 * span
    else:
        limit = low if low is not None else high or 0.0
        width = (abs(limit) or 1.0) * 1.5
        start = limit - width * 2 / 3 if low is None else limit - width / 3
    place = [None if bound is None else (bound - start) / width * WIDTH for bound in (low, high)]
    at = (value - start) / width * WIDTH
    pointer = -1 if at < _EDGE else 1 if at > WIDTH - _EDGE else 0
    left = 0.0 if place[0] is None else place[0]
    right = float(WIDTH) if place[1] is None else place[1]
    return Gauge(
        left=round(left, 2),
        right=round(max(right, left + 2), 2),
        limits=tuple(round(each, 2) for each in place if each is not None),
        at=round(min(max(at, _EDGE), WIDTH - _EDGE), 2),
        pointer=pointer,
    )
