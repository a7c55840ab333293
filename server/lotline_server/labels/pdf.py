"""Labels as PDF: the code in vectors, so that it is as sharp as the printer, and text in a standard font."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF

from lotline_server.core.errors import Invalid
from lotline_server.labels.layout import LINE, MIN_TEXT, POINT, Layout, arrange
from lotline_server.labels.papers import Paper
from lotline_server.labels.symbols import Code, Symbol, encode

MAX_LABELS = 1000
"""Of one PDF; more are printed in several."""
_FONT = "Helvetica"
_ENCODING = "windows-1252"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What stands on a label. code: what scanners read. lines: what people read, the first one in bold."""

    code: str
    lines: tuple[str, ...]


def labels_pdf(
    labels: Sequence[Label],
    paper: Paper,
    code: Code,
    *,
    dpi: int = 300,
    skip: int = 0,
    title: str = "Labels",
    at: datetime,
) -> bytes:
    """Draw labels. skip: how many of the first sheet are used up. Raises Invalid where it cannot be."""
    if not 1 <= len(labels) <= MAX_LABELS:
        raise Invalid(f"a PDF has 1 to {MAX_LABELS} labels, not {len(labels)}")
    if not 0 <= skip < paper.a_page:
        raise Invalid(f"{skip} labels cannot be skipped: a page has {paper.a_page}")
    pdf = FPDF(unit="mm", format=(paper.page_width, paper.page_height))
    pdf.set_title(title)
    pdf.set_creation_date(at)
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    pdf.core_fonts_encoding = _ENCODING
    for number, label in enumerate(labels, skip):
        place = number % paper.a_page
        if place == 0 or number == skip:
            pdf.add_page()
        symbol = encode(code, label.code)
        _draw(pdf, paper, label, symbol, arrange(paper, symbol, len(label.lines), dpi), paper.place(place))
    return bytes(pdf.output())


def _draw(  # noqa: PLR0917
    pdf: FPDF, paper: Paper, label: Label, symbol: Symbol, layout: Layout, corner: tuple[float, float]
) -> None:
    left, top = corner
    row_height = layout.code_height / symbol.height
    pdf.set_fill_color(0)
    for row, runs in enumerate(symbol.rows):
        y = top + layout.code_y + row * row_height
        for first, modules in runs:
            x = left + layout.code_x + first * layout.module
            pdf.rect(x, y, modules * layout.module, row_height, style="F")
    for at, line in enumerate(label.lines):
        y = top + layout.text_y + at * layout.text_size * LINE
        text, points = _fitted(pdf, line, layout, bold=at == 0, whole=line == label.code)
        pdf.set_font(_FONT, "B" if at == 0 else "", points)
        pdf.set_xy(left + layout.text_x, y)
        pdf.cell(layout.text_width, layout.text_size * LINE, text, align="C" if layout.centred else "L")


def _fitted(pdf: FPDF, line: str, layout: Layout, *, bold: bool, whole: bool) -> tuple[str, float]:
    """Give a line as it fits, and its size in points: smaller where it is long, and only then cut. What must
    be there whole is refused instead of cut.
    """
    try:
        line.encode(_ENCODING)
    except UnicodeEncodeError as error:
        raise Invalid(
            f"the label's font has no letter for {line[error.start]!r} in {line[:64]!r}: leave that line out"
        ) from error
    points = layout.text_size / POINT
    least = MIN_TEXT / POINT
    pdf.set_font(_FONT, "B" if bold else "", points)
    wide = pdf.get_string_width(line)
    if wide <= layout.text_width:
        return line, points
    points = max(least, points * layout.text_width / wide * 0.99)
    pdf.set_font(_FONT, "B" if bold else "", points)
    if pdf.get_string_width(line) <= layout.text_width:
        return line, points
    if whole:
        raise Invalid(f"{line[:64]!r} does not fit in letters on this label: choose a larger one")
    while line and pdf.get_string_width(line + "…") > layout.text_width:
        line = line[:-1]
    return line.rstrip() + "…", points
