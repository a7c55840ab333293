"""A vector as people have it: a column of values, or two of axis and value, as text. Pure."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lotline_contract.frames import Axis
from lotline_server.core.errors import Invalid

MAX_POINTS = 1_000_000
MAX_CHARACTERS = 16 * 1024 * 1024
_EVEN = 0.05
"""How far a point may lie from its even place, in steps: an oscilloscope's file rounds its times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Values, and where they lie; axis is None where there was one column only."""

    samples: NDArray[np.float64]
    axis: Axis | None


def read_points(text: str, *, axis_uom: str = "s") -> Points:
    """Read lines of "value", or of "axis value" with comma, semicolon, tab or spaces between.

    A first line that holds no number is a head and skipped. With semicolons or tabs a comma may stand for
    the decimal point. Raises Invalid, naming the line, for anything else, and for an axis that is not even.
    """
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"a table of points has at most {MAX_CHARACTERS} characters, not {len(text)}")
    lines = [(at, line.strip()) for at, line in enumerate(text.lstrip("\ufeff").splitlines(), 1)]
    lines = [(at, line) for at, line in lines if line]
    if not lines:
        raise Invalid("there are no points")
    separator = _separator(lines[-1][1])
    if _numbers(lines[0][1], separator) is None:
        lines = lines[1:]
    if len(lines) > MAX_POINTS:
        raise Invalid(f"a vector has at most {MAX_POINTS} points, not {len(lines)}")
    rows: list[list[float]] = []
    for at, line in lines:
        numbers = _numbers(line, separator)
        if numbers is None or len(numbers) not in {1, 2} or (rows and len(numbers) != len(rows[0])):
            raise Invalid(f"line {at}: {line[:40]!r} is not one value, or an axis and a value, as the others")
        rows.append(numbers)
    if not rows:
        raise Invalid("there are no points")
    table = np.array(rows, dtype=np.float64)
    if table.shape[1] == 1:
        return Points(samples=table[:, 0].copy(), axis=None)
    return Points(samples=table[:, 1].copy(), axis=_axis(table[:, 0], lines, axis_uom))


def _separator(line: str) -> str | None:
    for separator in (";", "\t", ","):
        if separator in line:
            return separator
    return None


def _numbers(line: str, separator: str | None) -> list[float] | None:
    cells = [cell.strip() for cell in line.split(separator)]
    if separator in {";", "\t"}:
        cells = [cell.replace(",", ".") if "." not in cell else cell for cell in cells]
    if len(cells) > 1 and cells[-1] == "":
        cells.pop()
    try:
        numbers = [float(cell) for cell in cells if "_" not in cell]
    except ValueError:
        return None
    return numbers if len(numbers) == len(cells) and all(map(math.isfinite, numbers)) else None


def _axis(x: NDArray[np.float64], lines: list[tuple[int, str]], uom: str) -> Axis:
    if x.size < 2:
        raise Invalid("an axis needs two points at least")
    step = float(x[-1] - x[0]) / (x.size - 1)
    if not math.isfinite(step) or step <= 0:
        raise Invalid("the axis must rise from the first line to the last")
    off = np.abs(x - (x[0] + np.arange(x.size) * step))
    worst = int(off.argmax())
    if off[worst] > _EVEN * step:
        raise Invalid(
            f"line {lines[worst][0]}: the axis is not even; a point every {step:.6g} was expected. "
            "Leave the axis out, or bring the values onto even places"
        )
    return Axis(x0=float(x[0]), dx=step, uom=uom)
