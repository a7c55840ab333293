"""The list of parts: narrowed by kind, status and project, and by words while they are typed."""

from decimal import Decimal

from fastapi.responses import Response

from lotline_server.core.web import Needs
from lotline_server.inventory import queries as inventory
from lotline_server.parts import queries, service
from lotline_server.parts.tables import KIND_WORDS, PARTS, STATUS_MARKS, PartLine
from lotline_server.projects import queries as projects
from lotline_server.routes import queries as routes
from lotline_server.routes.service import written
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()


@router.get("/parts")
def show_parts(
    needs: Needs, page: Shown, *, q: str = "", kind: str = "", status: str = "", project: str = ""
) -> Response:
    """List the parts."""
    asked = PARTS.asked(page.request)
    wanted = {
        "kind": kind if kind in service.KINDS else None,
        "status": status if status in service.STATUSES else None,
        "project": project or None,
    }
    with needs.database.read() as connection:
        found = queries.search_parts(
            connection, q, **wanted, order=asked.sort, descending=asked.desc,
            limit=asked.limit, offset=asked.offset,
        )  # fmt: skip
        matching = queries.count_parts(connection, q, **wanted)
        kinds = queries.count_by(connection, "kind", q, **wanted)
        statuses = queries.count_by(connection, "status", q, **wanted)
        known = projects.list_projects(connection)
        stock = inventory.usable(connection, [part.id for part in found])
        current = routes.current_routes(connection, [part.id for part in found])
        anything = bool(found) or bool(queries.search_parts(connection, limit=1))
    today = page.calendar.wall_date(page.now)
    lines = [
        PartLine(
            part=part,
            kind=page.say(KIND_WORDS[part.kind]),
            stock=stock.get(part.id, Decimal(0)),
            route=written(current[part.id].operations) if part.id in current else None,
            following=service.next_serial(part, today),
        )
        for part in found
    ]
    view = asked.view(lines, matching=matching, keep={"q": q, **wanted})
    return page.table(
        "parts.html",
        view,
        place="/parts",
        q=q,
        wanted=wanted,
        kinds=kinds,
        statuses=statuses,
        kind_words=KIND_WORDS,
        status_marks=STATUS_MARKS,
        projects=[each.name for each in known],
        anything=anything,
    )
