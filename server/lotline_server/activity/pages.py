"""Activity: what happened, as sentences, the newest first."""

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from lotline_server.activity import queries
from lotline_server.activity.queries import Wanted
from lotline_server.core.web import Needs
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router

router = pages_router()

A_PAGE = 50
KINDS: dict[str, str] = {
    "": "Everything",
    "failed": "Failed runs",
    "run": "Runs",
    "unit": "Units",
    "lot": "Lots",
    "part": "Parts",
    "station": "Stations",
}


@router.get("/activity")
def show_activity(
    needs: Needs,
    page: Shown,
    kind: Literal["", "failed", "run", "unit", "lot", "part", "station"] = "",
    subject: str = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """List what happened."""
    what = "run.fail" if kind == "failed" else kind
    with needs.database.read() as connection:
        found = queries.latest(
            connection, Wanted(subject=subject or None, what=what or None), limit=A_PAGE + 1, before=before
        )
    return page.html(
        "activity.html",
        place="/activity",
        entries=found[:A_PAGE],
        older=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        kinds=KINDS,
        kind=kind,
        subject=subject,
        before=before,
    )
