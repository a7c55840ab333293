"""A bar chart's geometry: places per cent across and pixels down, so that text keeps its size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 168
TOP = 12
_GAP = 0.24


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is to be drawn. label: for the axis. title: for tooltip and readers. href: None for no link.

    parts: what the value is made of, one for each series of the chart; none for a plain bar
    """

    label: str
    title: str
    value: int
    href: str | None = None
    parts: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a bar. series: which, from 0. x, width: per cent. y, height: pixels."""

    series: int
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A drawn column. x, width, middle: per cent. y, height: pixels. tick: its label; None where it has none.

    tick_rank: 0 for labels that stand at any width, 1 for those that a narrow page leaves out
    anchor: how the label hangs on its place, so that neither end is cut
    """

    column: Column
    x: float
    width: float
    middle: float
    y: float
    height: float
    tick: str | None
    tick_rank: int
    anchor: str
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All that a template needs. ticks: (y in pixels, label) of the vertical axis, from 0 up."""

    bars: list[Bar]
    ticks: list[tuple[float, int]]
    height: int
    total: int


def draw(columns: Sequence[Column], *, labels: int = 8, beside: bool = False) -> Chart:
    """Place the bars. labels: about how many labels the axis gets; the last column always has one.

    beside: the parts of a column stand beside each other and do not add up, else above each other
    """
    top = _nice_top(max((_reach(column, beside=beside) for column in columns), default=0))
    step = max(1, math.ceil(len(columns) / labels))
    slot = 100 / max(len(columns), 1)
    bars = []
    for at, column in enumerate(columns):
        height = (HEIGHT - TOP) * _reach(column, beside=beside) / top
        from_end = len(columns) - 1 - at
        bars.append(
            Bar(
                column=column,
                x=round(slot * (at + _GAP / 2), 3),
                width=round(slot * (1 - _GAP), 3),
                middle=round(slot * (at + 0.5), 3),
                y=round(HEIGHT - max(height, 1.5 if column.value else 0), 2),
                height=round(max(height, 1.5 if column.value else 0), 2),
                tick=column.label if from_end % step == 0 else None,
                tick_rank=from_end // step % 2,
                anchor=_anchor(slot * (at + 0.5)),
                pieces=_pieces(column, slot * (at + _GAP / 2), slot * (1 - _GAP), top, beside=beside),
            )
        )
    parts = next(parts for parts in (4, 5, 3, 2, 1) if top % parts == 0)
    ticks = [
        (round(HEIGHT - (HEIGHT - TOP) * each / parts, 2), top * each // parts) for each in range(parts + 1)
    ]
    return Chart(bars=bars, ticks=ticks, height=HEIGHT, total=sum(column.value for column in columns))


def _reach(column: Column, *, beside: bool) -> int:
    return max(column.parts, default=0) if beside else column.value


def _pieces(column: Column, x: float, width: float, top: int, *, beside: bool) -> list[Piece]:
    pieces, base = [], float(HEIGHT)
    share = width / max(len(column.parts), 1)
    for series, value in enumerate(column.parts):
        if not value:
            continue
        height = max((HEIGHT - TOP) * value / top, 1.0)
        pieces.append(
            Piece(
                series=series,
                x=round(x + share * series if beside else x, 3),
                width=round(share * 0.9 if beside else width, 3),
                y=round((HEIGHT if beside else base) - height, 2),
                height=round(height, 2),
            )
        )
        base -= height
    return pieces


def _anchor(middle: float) -> str:
    if middle < 3:
        return "start"
    return "end" if middle > 97 else "middle"


def _nice_top(largest: int) -> int:
    """Give the end of an axis that begins at 0: a round number not below the largest value."""
    if largest <= 4:
        return 4
    magnitude: int = 10 ** int(math.log10(largest))
    for factor in (1, 2, 4, 5, 8, 10):
        if factor * magnitude >= largest:
            return factor * magnitude
    return 10 * magnitude
