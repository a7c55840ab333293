"""A lot's serial numbers over HTTP: importing them, and their labels; and a lot as a person sees it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from lotline_server.core.caller import By
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import Form, StrictRoute
from lotline_server.core.web import Needs
from lotline_server.labels.pdf import MAX_LABELS
from lotline_server.lots import importing, labels, queries, service, view
from lotline_server.lots.importing import SerialPreview
from lotline_server.lots.outlook import Outlook, outlooks
from lotline_server.lots.statuses import ACTIVE
from lotline_server.site import queries as site

router = APIRouter(prefix="/api/v1", tags=["lots"], route_class=StrictRoute)

MAX_LIST = 900_000
MAX_LOTS = 100_000


class SerialList(Form):
    """Serial numbers, one a line, or a CSV file with a column headed `serial_number`."""

    text: str = Field(max_length=MAX_LIST)


class SerialCommit(SerialList):
    """The same list again, with the digest of its preview. leave_out_refused: import the others."""

    digest: str
    leave_out_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLot:
    """What the next lot may be called."""

    lot: str


@router.get("/next-lot")
def suggest_lot(needs: Needs) -> NextLot:
    """Suggest a name for the next lot."""
    with needs.database.read() as connection:
        return NextLot(lot=service.suggest_name(connection, site.today(connection, needs.clock())))


@router.get("/lot-outlooks")
def list_outlooks(needs: Needs, pages: Paged, *, at_risk: bool = False) -> list[Outlook]:
    """Say when each lot that is not finished will be done at the present rate. at_risk: only those that will
    miss their day, or have.
    """
    with needs.database.read() as connection:
        found = queries.list_lots(connection, statuses=sorted(ACTIVE), limit=MAX_LOTS)
        every = outlooks(connection, found, needs.clock())
    shown = [each for each in every.values() if each.at_risk or not at_risk]
    return pages.among(shown, lambda row: (row.lot,))


@router.get("/lots/{lot:path}/overview")
def get_view(lot: str, needs: Needs) -> view.LotView:
    """Give a lot whole: progress by operation, outlook, what stands in its way, its notes as HTML."""
    with needs.database.read() as connection:
        return view.lot_view(connection, lot, needs.clock())


@router.post("/lots/{lot:path}/serials/preview")
def preview_serials(lot: str, form: SerialList, needs: Needs) -> SerialPreview:
    """Say what would become of every row of a list. Nothing is written."""
    with needs.database.read() as connection:
        return importing.preview_serials(connection, lot=lot, text=form.text)


@router.post("/lots/{lot:path}/serials/import", status_code=201)
def import_serials(lot: str, form: SerialCommit, needs: Needs, by: By) -> SerialPreview:
    """Do exactly what a preview said."""
    with needs.database.write() as connection:
        return importing.commit_serials(
            connection,
            lot=lot,
            text=form.text,
            digest=form.digest,
            leave_out_refused=form.leave_out_refused,
            at=needs.clock(),
            who=by.name,
        )


@router.get("/lots/{lot:path}/labels.pdf", response_class=Response)
def get_labels(
    lot: str,
    needs: Needs,
    *,
    code: str = "datamatrix",
    size: str = "50x25",
    line: Annotated[list[str] | None, Query(max_length=20)] = None,
    text: str = "",
    serial_number: Annotated[list[str] | None, Query(max_length=MAX_LABELS)] = None,
    status: str | None = None,
    held: bool = False,
    prefix: str = "",
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LABELS)] = MAX_LABELS,
    dpi: int = 300,
    skip: Annotated[int, Query(ge=0, le=1000)] = 0,
) -> Response:
    """Give the labels of a lot's units as PDF; `after` goes on behind the last serial number before.

    code: code128, datamatrix or qr. line: what is to stand on it, several times; left out, serial number
    and part number. skip: labels of the first sheet that are used up
    """
    with needs.database.read() as connection:
        made = labels.lot_labels(
            connection,
            lot=lot,
            code=code,
            size=size,
            lines=["serial_number", "part_number"] if line is None else line,
            text=text,
            serials=serial_number or (),
            status=status,
            held=held,
            prefix=prefix,
            after=after,
            limit=limit,
            dpi=dpi,
            skip=skip,
            at=needs.clock(),
        )
    return pdf_answer(made)


def pdf_answer(made: bytes) -> Response:
    """Answer with labels as a file to be opened."""
    headers = {"Content-Disposition": 'inline; filename="labels.pdf"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)
