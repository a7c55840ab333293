"""What was done with a lot: its own events with before, after and reason, and the log about it."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from lotline_server.activity import queries as log
from lotline_server.core.web import Needs
from lotline_server.lots import material_queries
from lotline_server.lots.material import require_key
from lotline_server.lots.pages.frame import read_frame, show_tab
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

A_PAGE = 50


@router.get("/lots/{lot:path}/activity")
def show_activity(
    lot: str, needs: Needs, page: Shown, before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """Show what was done with a lot."""
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
        events = material_queries.events_of(connection, require_key(connection, lot).id)
        entries = log.latest(connection, limit=A_PAGE + 1, before=before, subject=lot)
    older = entries[A_PAGE - 1].id if len(entries) > A_PAGE else None
    return show_tab(
        page, "lot_activity.html", frame, "activity", events=events, entries=entries[:A_PAGE], older=older,
        before=before,
    )  # fmt: skip
