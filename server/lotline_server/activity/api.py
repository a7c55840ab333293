"""The activity log over HTTP: filtered and paged."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from lotline_server.activity import queries
from lotline_server.activity.queries import ActivityRow, Wanted
from lotline_server.activity.sheet import as_csv
from lotline_server.core.errors import Invalid
from lotline_server.core.paging import Paged
from lotline_server.core.strict_json import StrictRoute
from lotline_server.core.web import Needs

router = APIRouter(prefix="/api/v1", tags=["activity"], route_class=StrictRoute)


def _moment(text: str | None, what: str) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{what} is a moment such as 2026-11-23T06:00:00Z, not {text[:40]!r}") from error
    if found.tzinfo is None:
        raise Invalid(f"{what} says no zone: write {text[:40]}Z for UTC")
    return found


def _wanted(
    subject: str | None = None,
    what: Annotated[str | None, Query(max_length=100)] = None,
    who: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Wanted:
    return Wanted(
        subject=subject,
        what=what,
        who=who,
        since=_moment(since, "since"),
        until=_moment(until, "until"),
    )


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("/activity")
def list_activity(
    needs: Needs,
    wanted: Asked,
    pages: Paged,
) -> list[ActivityRow]:
    """List what happened, the newest first.

    `what` is a code (`lot.created`) or a kind (`lot`), `since` and `until` are moments with their zone.
    """
    with needs.database.read() as connection:
        (before,) = pages.after(int) or (None,)
        found = queries.latest(connection, wanted, limit=pages.ask, before=before)
    return pages.cut(found, lambda row: (row.id,))


@router.get("/activity.csv", response_class=Response)
def export_activity(needs: Needs, wanted: Asked) -> Response:
    """Give all that happened as a CSV file, the newest first."""
    headers = {"Content-Disposition": 'attachment; filename="activity.csv"'}
    return StreamingResponse(as_csv(needs.database, wanted), media_type="text/csv", headers=headers)
