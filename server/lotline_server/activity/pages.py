"""Activity: what happened, as sentences, the newest first; by person, kind, object and time."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response, StreamingResponse

from lotline_server.activity import queries
from lotline_server.activity.queries import Wanted
from lotline_server.activity.sheet import as_csv
from lotline_server.core.web import Needs
from lotline_server.web.language import N_
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

A_PAGE = 50
KINDS: dict[str, str] = {
    "": N_("Everything"),
    "failed": N_("Failed runs"),
    "run": N_("Runs"),
    "unit": N_("Units"),
    "lot": N_("Lots"),
    "part": N_("Parts"),
    "bom": N_("BOMs"),
    "route": N_("Routes"),
    "order": N_("Purchase orders"),
    "supplier": N_("Suppliers"),
    "stock": N_("Stock"),
    "location": N_("Locations"),
    "project": N_("Projects"),
    "station": N_("Stations"),
    "record": N_("Quarantine"),
    "scan": N_("Refused scans"),
    "account": N_("Accounts"),
    "site": N_("Site"),
}
SHOWN_AS_CHIPS = ("", "failed", "unit", "lot", "order", "stock")
Kind = Literal[
    "", "failed", "run", "unit", "lot", "part", "bom", "route", "order", "supplier", "stock", "location",
    "project", "station", "record", "scan", "account", "site",
]  # fmt: skip


@router.get("/activity")
def show_activity(
    needs: Needs,
    page: Shown,
    *,
    kind: Kind = "",
    subject: Annotated[str, Query(max_length=200)] = "",
    who: Annotated[str, Query(max_length=200)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    before: Annotated[int | None, Query(ge=1)] = None,
    format: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """List what happened. since, until: days of the site, both of them included."""
    wrong: dict[str, str] = {}
    wanted = Wanted(
        subject=subject.strip() or None,
        what="run.fail" if kind == "failed" else kind or None,
        who=who.strip() or None,
        since=_bound(page, since, "since", wrong),
        until=_bound(page, until, "until", wrong),
    )
    if format == "csv" and not wrong:
        headers = {"Content-Disposition": 'attachment; filename="activity.csv"', "Cache-Control": "no-store"}
        return StreamingResponse(
            as_csv(needs.database, wanted), media_type="text/csv; charset=utf-8", headers=headers
        )
    with needs.database.read() as connection:
        found = [] if wrong else queries.latest(connection, wanted, limit=A_PAGE + 1, before=before)
        people = queries.people(connection)
    kept = {"kind": kind, "subject": subject, "who": who, "since": since, "until": until}
    return page.html(
        "activity.html",
        place="/activity",
        entries=found[:A_PAGE],
        older=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        kinds=KINDS,
        chips=SHOWN_AS_CHIPS,
        people=people,
        kept=kept,
        before=before,
        wrong=wrong,
        is_filtered=any(kept.values()),
    )


def _bound(page: Page, text: str, name: str, wrong: dict[str, str]) -> datetime | None:
    """Give where a day begins, or for `until` where it ends; None for no day. Notes what is none."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        start, end = page.calendar.bounds(day)
        return start if name == "since" else end
    except ValueError:
        wrong[name] = page.say("“%(day)s” is no day such as 2026-11-23.", day=text)
        return None
