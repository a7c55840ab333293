"""The list of lots, by status, project, part and due day, and those that are at risk."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.engine import Connection

from lotline_server.core.web import Needs
from lotline_server.lots import list_queries, queries
from lotline_server.lots.outlook import outlooks
from lotline_server.lots.pages import words
from lotline_server.lots.pages.lot_table import LOTS, LotLine
from lotline_server.lots.statuses import ACTIVE, STATUSES
from lotline_server.parts import queries as parts
from lotline_server.projects import queries as projects
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.yields import queries as yields

router = pages_router()

MAX_LOTS = 20_000
UNDER_WAY = [status for status in STATUSES if status in ACTIVE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an address asks for. state: `open` (not finished), `risk`, a status, or `all`."""

    state: str
    project: str
    part: str
    due: str

    @property
    def narrow(self) -> bool:
        """Tell whether anything beside the state is asked for."""
        return bool(self.project or self.part or self.due)


async def filters_of(request: Request) -> Filters:
    """Read the filters; what makes no sense is as if it were not there."""
    query = request.query_params
    state = query.get("state", "open")
    due = query.get("due", "").strip()
    try:
        due = date.fromisoformat(due).isoformat() if due else ""
    except ValueError:
        due = ""
    return Filters(
        state=state if state in {"risk", "all", *STATUSES} else "open",
        project=query.get("project", "").strip()[:200],
        part=query.get("part", "").strip()[:64],
        due=due,
    )


Asked = Annotated[Filters, Depends(filters_of)]


@router.get("/lots")
def show_lots(needs: Needs, page: Shown, filters: Asked) -> Response:
    """List the lots."""
    asked = LOTS.asked(page.request)
    with needs.database.read() as connection:
        lines = _lines(connection, page, filters)
        by_status = list_queries.count_by_status(connection)
        has_parts = bool(parts.search_parts(connection, limit=1))
        known = [each.name for each in projects.list_projects(connection)]
    lines = asked.order(lines)
    keep = {
        "state": "" if filters.state == "open" else filters.state,
        "project": filters.project,
        "part": filters.part,
        "due": filters.due,
    }
    view = asked.view(asked.cut(lines), matching=len(lines), keep=keep)
    return page.table(
        "lots.html",
        view,
        place="/lots",
        filters=filters,
        by_status=by_status,
        under_way=sum(by_status.get(status, 0) for status in UNDER_WAY),
        marks=words.STATUS_MARKS,
        has_parts=has_parts,
        projects=known,
    )


def _lines(connection: Connection, page: Page, filters: Filters) -> list[LotLine]:
    states = {"open": UNDER_WAY, "risk": UNDER_WAY, "all": list(STATUSES)}
    found = queries.list_lots(
        connection,
        statuses=states.get(filters.state, [filters.state]),
        project=filters.project or None,
        part_beginning=filters.part,
        due_until=filters.due or None,
        limit=MAX_LOTS,
    )
    outlook = outlooks(connection, found, page.now)
    if filters.state == "risk":
        found = [lot for lot in found if outlook[lot.lot].at_risk]
    shares = yields.lots_yields(connection, [lot.lot for lot in found])
    return [
        LotLine(lot=lot, first_pass_yield=yield_of(shares[lot.lot]), outlook=outlook[lot.lot])
        for lot in found
    ]


def yield_of(operations: list[yields.OperationYield]) -> float | None:
    """Give one first-pass yield of a lot: the product over its operations; None before the first."""
    known = [each.first_pass_yield for each in operations if each.first_pass_yield is not None]
    product = 1.0
    for share in known:
        product *= share
    return product if known else None
