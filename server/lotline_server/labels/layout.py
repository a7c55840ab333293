"""Where code and text stand on one label. Every module is a whole number of the printer's dots."""

import math
from dataclasses import dataclass

from lotline_server.core.errors import Invalid
from lotline_server.labels.papers import Paper
from lotline_server.labels.symbols import Symbol

EDGE = 0.8
"""Kept free along each edge, in mm: labels are never cut exactly."""
MIN_LINEAR = 0.165
MIN_MATRIX = 0.25
"""The smallest module in mm that a common scanner reads: a bar of 6.5 mil, a dot of 10 mil."""
MAX_MODULE = 0.85
MIN_BAR_HEIGHT = 5.0
LINE = 1.25
"""The height of a line of text, in parts of its size."""
POINT = 25.4 / 72
MAX_TEXT = 3.2
MIN_TEXT = 1.4
"""Sizes of text in mm: 9 and 4 points."""
DPIS = (203, 300, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """In mm from the label's corner. module: the width of one. code_height: of the bars, or of all rows.
    text_x, text_y, text_width: of the block of lines; text_size: of its letters
    """

    module: float
    code_x: float
    code_y: float
    code_height: float
    text_x: float
    text_y: float
    text_width: float
    text_size: float
    centred: bool


def arrange(paper: Paper, symbol: Symbol, lines: int, dpi: int) -> Layout:
    """Place a symbol and so many lines. Raises Invalid where the code would be too small to be read."""
    if dpi not in DPIS:
        raise Invalid(f"dpi {dpi} is not one of {', '.join(map(str, DPIS))}")
    return _linear(paper, symbol, lines, dpi) if symbol.linear else _matrix(paper, symbol, lines, dpi)


def _module(room: float, modules: int, dpi: int, least: float, paper: Paper) -> float:
    """Give the largest module of whole dots of which so many fit a room."""
    dot = 25.4 / dpi
    dots = math.floor(min(room / modules, MAX_MODULE) / dot + 1e-6)
    if dots < 1 or dots * dot < least:
        raise Invalid(
            f"the code needs {modules} modules and would be too small to be read on {paper.width:g} × "
            f"{paper.height:g} mm: choose a larger label, or Data Matrix, which needs the least room"
        )
    return dots * dot


def _linear(paper: Paper, symbol: Symbol, lines: int, dpi: int) -> Layout:
    # The quiet zone may reach to the label's edge: it is white there, too.
    module = _module(paper.width, symbol.width + 2 * symbol.quiet, dpi, MIN_LINEAR, paper)
    size = min(MAX_TEXT, (paper.height - 2 * EDGE - MIN_BAR_HEIGHT) / (lines * LINE)) if lines else 0.0
    if lines and size < MIN_TEXT:
        raise Invalid(
            f"{lines} lines of text do not fit below the bars on {paper.width:g} × {paper.height:g} mm: "
            "choose fewer lines or a larger label"
        )
    text_height = lines * size * LINE
    bars = paper.height - 2 * EDGE - text_height
    if bars < MIN_BAR_HEIGHT:
        raise Invalid(f"a label {paper.height:g} mm high has no room for bars")
    return Layout(
        module=module,
        code_x=(paper.width - symbol.width * module) / 2,
        code_y=EDGE,
        code_height=bars,
        text_x=EDGE,
        text_y=EDGE + bars,
        text_width=paper.width - 2 * EDGE,
        text_size=size,
        centred=True,
    )


def _matrix(paper: Paper, symbol: Symbol, lines: int, dpi: int) -> Layout:
    beside = paper.width >= 1.5 * paper.height
    whole = symbol.width + 2 * symbol.quiet
    high = paper.height - (0 if beside or not lines else 2 * EDGE + lines * MIN_TEXT * LINE)
    module = _module(min(high, paper.width * (0.5 if beside and lines else 1)), whole, dpi, MIN_MATRIX, paper)
    side, zone = symbol.width * module, max(symbol.quiet * module, EDGE)
    if beside or not lines:
        x = zone if lines else (paper.width - side) / 2
        left = x + side + zone
        room = paper.width - left - EDGE
        size = min(MAX_TEXT, (paper.height - 2 * EDGE) / (lines * LINE)) if lines else 0.0
        text_y = (paper.height - lines * size * LINE) / 2
        y = (paper.height - side) / 2
    else:
        x, left, room = (paper.width - side) / 2, EDGE, paper.width - 2 * EDGE
        y = zone
        rest = paper.height - y - side - symbol.quiet * module - EDGE
        size = min(MAX_TEXT, max(rest, 0) / (lines * LINE))
        text_y = paper.height - EDGE - lines * size * LINE
    if lines and size < MIN_TEXT - 1e-6:
        raise Invalid(
            f"{lines} lines of text do not fit beside the code on {paper.width:g} × {paper.height:g} mm: "
            "choose fewer lines or a larger label"
        )
    return Layout(
        module=module,
        code_x=x,
        code_y=y,
        code_height=side,
        text_x=left,
        text_y=text_y,
        text_width=room,
        text_size=size,
        centred=not beside,
    )
