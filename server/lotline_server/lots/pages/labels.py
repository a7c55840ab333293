"""Labels of a lot's units: what stands on them, a look at the first one, and the PDF."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.engine import Connection

from lotline_contract.look import N_
from lotline_server.core.errors import Refused
from lotline_server.core.web import Needs
from lotline_server.labels.layout import DPIS, arrange
from lotline_server.labels.papers import PAPERS, paper_of
from lotline_server.labels.pdf import MAX_LABELS
from lotline_server.labels.symbols import NAMES, encode
from lotline_server.lots import labels, unit_queries
from lotline_server.lots.labels import LINES
from lotline_server.lots.pages.frame import read_frame, show_tab
from lotline_server.lots.serials_api import pdf_answer
from lotline_server.web import marks, shown
from lotline_server.web.forms import Filled
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

WORDS: dict[str, str] = {
    "serial_number": N_("Serial number"),
    "part_number": N_("Part number"),
    "part_name": N_("Part name"),
    "lot": N_("Lot"),
    "project": N_("Project"),
    "customer_order": N_("Customer order"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an address asks of the labels. batch: which thousand of them, from 1."""

    code: str
    size: str
    lines: tuple[str, ...]
    text: str
    serials: tuple[str, ...]
    status: str | None
    held: bool
    prefix: str
    dpi: int
    skip: int
    batch: int


def _number(text: str | None, usual: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 7 else usual


async def wanted_of(request: Request) -> Wanted:
    """Read what an address asks; what is left out is as usual."""
    query = request.query_params
    status = query.get("status", "")
    return Wanted(
        code=query.get("code", "datamatrix"),
        size=query.get("size", "50x25"),
        lines=tuple(query.getlist("line")) if "chosen" in query else ("serial_number", "part_number"),
        text=query.get("text", ""),
        serials=tuple(each for each in query.get("serials", "").splitlines() if each),
        status=status if status in marks.STATUSES else None,
        held=status == "held",
        prefix=query.get("prefix", "").strip(),
        dpi=_number(query.get("dpi"), 300),
        skip=_number(query.get("skip"), 0),
        batch=max(1, _number(query.get("batch"), 1)),
    )


Asked = Annotated[Wanted, Depends(wanted_of)]


def _made(connection: Connection, lot: str, page: Page, wanted: Wanted) -> bytes:
    return labels.lot_labels(
        connection,
        lot=lot,
        code=wanted.code,
        size=wanted.size,
        lines=wanted.lines,
        text=wanted.text,
        serials=wanted.serials,
        status=wanted.status,
        held=wanted.held,
        prefix=wanted.prefix,
        offset=(wanted.batch - 1) * MAX_LABELS,
        dpi=wanted.dpi,
        skip=wanted.skip,
        at=page.now,
    )


@router.get("/lots/{lot:path}/labels.pdf")
def print_labels(lot: str, needs: Needs, page: Shown, wanted: Asked) -> Response:
    """Give the labels as PDF, or the form again with why there are none."""
    try:
        with needs.database.read() as connection:
            made = _made(connection, lot, page, wanted)
    except Refused as error:
        return _show(lot, needs, page, wanted, shown.sentence(error))
    return pdf_answer(made)


@router.get("/lots/{lot:path}/labels")
def show_labels(lot: str, needs: Needs, page: Shown, wanted: Asked) -> Response:
    """Show the form of the labels with a look at the first one."""
    return _show(lot, needs, page, wanted)


def _show(lot: str, needs: Needs, page: Page, wanted: Wanted, wrong: str = "") -> Response:
    form = Filled()
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
        counts = unit_queries.count_units(connection, lot, prefix=wanted.prefix)
        first, picture = None, None
        try:
            first, picture = _picture(connection, lot, page, wanted)
        except Refused as error:
            wrong = wrong or shown.sentence(error)
    if wrong:
        form.errors[""] = wrong
    held = counts.pop("held", 0)
    many = len(wanted.serials) or (
        held if wanted.held else counts.get(wanted.status, 0) if wanted.status else sum(counts.values())
    )
    return show_tab(
        page,
        "lot_labels.html",
        frame,
        "serials",
        form=form,
        wanted=wanted,
        many=many,
        batches=[
            (str(at // MAX_LABELS + 1), f"{at + 1} – {min(at + MAX_LABELS, many)}")
            for at in range(0, many, MAX_LABELS)
        ],
        a_batch=MAX_LABELS,
        codes=NAMES,
        sizes=[(paper.key, paper.name) for paper in PAPERS.values()],
        lines=WORDS,
        dpis=[(str(dpi), f"{dpi} dpi") for dpi in DPIS],
        first=first,
        picture=picture,
    )


def _picture(connection: Connection, lot: str, page: Page, wanted: Wanted) -> tuple[Any, Any]:
    """Give the first label with its layout, as the PDF would have it. Raises Refused where it would."""
    label = labels.first_label(
        connection, lot=lot, lines=wanted.lines, text=wanted.text, serials=wanted.serials,
        status=wanted.status, held=wanted.held, prefix=wanted.prefix,
    )  # fmt: skip
    paper = paper_of(wanted.size)
    symbol = encode(labels.check_code(wanted.code), label.code)
    return label, {
        "paper": paper,
        "symbol": symbol,
        "layout": arrange(paper, symbol, len(label.lines), wanted.dpi),
    }


assert set(WORDS) == set(LINES)  # noqa: S101 - a line without words would be nameless
