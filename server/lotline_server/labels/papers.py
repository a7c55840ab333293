"""What labels are printed on: sheets of many, and rolls of one beside the other. All in millimetres."""

from dataclasses import dataclass

from lotline_server.core.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A page with its labels. left, top: where the first one begins. across, down: from one to the next."""

    key: str
    name: str
    page_width: float
    page_height: float
    width: float
    height: float
    columns: int = 1
    rows: int = 1
    left: float = 0.0
    top: float = 0.0
    across: float = 0.0
    down: float = 0.0

    @property
    def a_page(self) -> int:
        """Give how many labels stand on a page."""
        return self.columns * self.rows

    def place(self, number: int) -> tuple[float, float]:
        """Give where label `number` (from 0, row by row) of a page has its upper left corner."""
        row, column = divmod(number, self.columns)
        return self.left + column * self.across, self.top + row * self.down


def _single(width: float, height: float) -> Paper:
    return Paper(
        key=f"{width:g}x{height:g}",
        name=f"Roll, {width:g} × {height:g} mm",
        page_width=width,
        page_height=height,
        width=width,
        height=height,
    )


def _sheet(  # noqa: PLR0917 - a row of a table
    key: str,
    page: tuple[float, float],
    grid: tuple[int, int],
    size: tuple[float, float],
    first: tuple[float, float],
    step: tuple[float, float],
) -> Paper:
    name = "A4" if page == A4 else "Letter"
    return Paper(
        key=key,
        name=f"{name}, {grid[0] * grid[1]} of {size[0]:g} × {size[1]:g} mm",
        page_width=page[0],
        page_height=page[1],
        columns=grid[0],
        rows=grid[1],
        width=size[0],
        height=size[1],
        left=first[0],
        top=first[1],
        across=step[0],
        down=step[1],
    )


A4 = (210.0, 297.0)
LETTER = (215.9, 279.4)
PAPERS: dict[str, Paper] = {
    paper.key: paper
    for paper in (
        _single(50, 25),
        _single(25, 10),
        _single(30, 15),
        _single(40, 20),
        _single(57, 32),
        _single(100, 50),
        _single(15, 15),
        _single(20, 20),
        _sheet("a4-24", A4, (3, 8), (70, 37), (0, 0.5), (70, 37)),
        _sheet("a4-40", A4, (4, 10), (52.5, 29.7), (0, 0), (52.5, 29.7)),
        _sheet("a4-65", A4, (5, 13), (38.1, 21.2), (4.75, 10.7), (40.6, 21.2)),
        _sheet("a4-189", A4, (7, 27), (25.4, 10), (8.6, 13.5), (27.9, 10)),
        _sheet("letter-30", LETTER, (3, 10), (66.675, 25.4), (4.7625, 12.7), (69.85, 25.4)),
        _sheet("letter-80", LETTER, (4, 20), (44.45, 12.7), (7.62, 12.7), (52.07, 12.7)),
    )
}
"""By key, rolls first."""


def paper_of(key: str) -> Paper:
    """Find a paper. Raises Invalid."""
    if key not in PAPERS:
        raise Invalid(f"size {key[:40]!r} is not one of {', '.join(PAPERS)}")
    return PAPERS[key]
