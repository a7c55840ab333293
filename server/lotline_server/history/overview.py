"""A long vector made small enough to draw: the lowest and highest value of each stretch, none left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lotline_contract.frames import FrameHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A vector's outline. Stretch i holds the samples [at[i], at[i + 1]); low and high are values in uom.

    count: the whole vector's number of samples. start, stop: which of them this is about
    x: where each stretch begins, in axis_uom; the sample's number where the vector has no axis
    """

    name: str
    count: int
    start: int
    stop: int
    at: list[int]
    x: list[float]
    low: list[float | None]
    high: list[float | None]
    uom: str | None
    axis_uom: str | None


def make_overview(
    header: FrameHeader, samples: NDArray[np.generic], *, points: int, start: int = 0, stop: int | None = None
) -> Overview:
    """Outline samples [start, stop) in at most `points` stretches. Each stretch's extremes are in it."""
    flat = samples.reshape(-1)
    start = min(max(start, 0), flat.size)
    stop = flat.size if stop is None else min(max(stop, start), flat.size)
    part = flat[start:stop]
    edges = np.linspace(0, part.size, min(points, part.size) + 1).astype(np.int64)[:-1]
    low: NDArray[np.float64] = np.empty(0)
    high: NDArray[np.float64] = np.empty(0)
    if edges.size:
        low = np.minimum.reduceat(part, edges).astype(np.float64) * header.scale + header.offset
        high = np.maximum.reduceat(part, edges).astype(np.float64) * header.scale + header.offset
    if header.scale < 0:
        low, high = high, low
    axis = header.axis
    at = edges + start
    x = at.astype(np.float64) * (axis.dx if axis else 1.0) + (axis.x0 if axis else 0.0)
    return Overview(
        name=header.name,
        count=flat.size,
        start=start,
        stop=stop,
        at=at.tolist(),
        x=x.tolist(),
        low=_finite(low),
        high=_finite(high),
        uom=header.uom,
        axis_uom=axis.uom if axis else None,
    )


def _finite(values: NDArray[np.float64]) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]
