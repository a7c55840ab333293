"""A waveform as a picture that needs no script: the outline of its overview, with its limits."""

import math
from dataclasses import dataclass

from lotline_server.history.overview import Overview
from lotline_server.web import shown

WIDTH = 1000
HEIGHT = 220
STRETCHES = 500

_PREFIXES = (
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "µ"),
    (1e-9, "n"),
    (1e-12, "p"),
)
_PLAIN_UNITS = frozenset({"s", "V", "A", "W", "Hz", "Ω", "Ohm", "F", "H"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A label and its place: per cent across, or pixels down."""

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """path: in a box of WIDTH by HEIGHT. limits: (y, text) of the lines that lie inside the picture."""

    path: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    limits: list[tuple[float, str]]
    x_label: str
    y_label: str
    lowest: float
    highest: float


def draw(overview: Overview, low: float | None, high: float | None) -> Outline | None:
    """Draw an overview; None where no sample of it is finite."""
    pairs = [
        (at, bottom, top)
        for at, bottom, top in zip(overview.at, overview.low, overview.high, strict=True)
        if bottom is not None and top is not None
    ]
    if not pairs:
        return None
    lowest = min(bottom for _, bottom, _ in pairs)
    highest = max(top for _, _, top in pairs)
    bounds = [bound for bound in (low, high) if bound is not None]
    ends = min(lowest, *bounds) if bounds else lowest, max(highest, *bounds) if bounds else highest
    margin = (ends[1] - ends[0]) * 0.08 or abs(ends[0]) * 0.05 or 1.0
    start, span = ends[0] - margin, ends[1] - ends[0] + 2 * margin

    def down(value: float) -> float:
        return round(HEIGHT - (value - start) / span * HEIGHT, 1)

    samples = max(overview.stop - overview.start, 1)
    points = []
    for at, bottom, top in pairs:
        across = round((at - overview.start) / samples * WIDTH, 1)
        points.append(f"{across} {down(bottom)}")
        if top != bottom:
            points.append(f"{across} {down(top)}")
    first, last = _ends_of_axis(overview)
    factor, prefix = prefix_of(max(abs(first), abs(last)), overview.axis_uom)
    return Outline(
        path="M" + "L".join(points),
        x_ticks=_x_ticks(first / factor, last / factor),
        y_ticks=[
            Tick(at=down(value), label=shown.number(value)) for value in nice_ticks(start, start + span, 5)
        ],
        limits=[(down(bound), shown.with_uom(shown.number(bound), overview.uom)) for bound in bounds],
        x_label=f"{prefix}{overview.axis_uom}" if overview.axis_uom else "sample",
        y_label=shown.uom_of(overview.uom),
        lowest=lowest,
        highest=highest,
    )


def _ends_of_axis(overview: Overview) -> tuple[float, float]:
    """Give where the axis begins and ends; the last stretch is as long as the one before it."""
    x = overview.x
    if len(x) < 2:
        return x[0], x[0] + 1.0
    return x[0], x[-1] + (x[-1] - x[-2])


def prefix_of(largest: float, uom: str | None) -> tuple[float, str]:
    """Give the factor and the SI prefix with which an axis of this uom reads best; (1, "") for other uoms."""
    if uom not in _PLAIN_UNITS or largest == 0:
        return 1.0, ""
    return next(((factor, prefix) for factor, prefix in _PREFIXES if largest >= factor), (1.0, ""))


def nice_ticks(start: float, stop: float, about: int) -> list[float]:
    """Give round numbers between two ends."""
    span = stop - start
    rough = span / about
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    first = math.ceil(start / step - 1e-9)
    last = math.floor(stop / step + 1e-9)
    # 3 × 0.2 is 0.6000000000000001 to a computer, and 0.6 to everybody else.
    return [float(f"{each * step:.12g}") for each in range(first, last + 1)]


def _x_ticks(first: float, last: float) -> list[Tick]:
    ticks = []
    for value in nice_ticks(first, last, 6):
        at = (value - first) / (last - first) * 100
        anchor = "start" if at < 2 else "end" if at > 98 else "middle"
        ticks.append(Tick(at=round(at, 2), label=shown.number(value), anchor=anchor))
    return ticks
