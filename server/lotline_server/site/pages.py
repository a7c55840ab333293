"""Settings of the site: its time zone, the begin of its day, its shifts."""

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Refused
from lotline_server.core.web import Needs
from lotline_server.site import api, service
from lotline_server.site.calendar import BEGINNING, MAX_SHIFTS, zones
from lotline_server.units.counting import recount
from lotline_server.web.forms import Filled, Sent
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

PLACE = "/settings/site"
ROWS = 4
"""So many shifts have a row in the form; more are set by API or command line, and keep their rows."""


router = pages_router()


@router.get(PLACE)
def show_site(page: Shown) -> Response:
    """Show by which zone, days and shifts this server counts."""
    return _page(page, Filled())


@router.post(PLACE)
def set_site(needs: Needs, page: Shown, form: Sent, by: By) -> Response:
    """Have another zone, begin of the day or shifts hold from a day on."""
    calendar, now = page.calendar, page.now
    if not form.errors:
        try:
            shifts = [
                (name, form.text(f"start{at}"), form.text(f"end{at}"))
                for at in range(MAX_SHIFTS)
                if (name := form.text(f"shift{at}"))
            ]
            day = api.read_from(form.text("valid_from") or None, calendar, now)
            rule = api.read_rule(form.text("zone"), form.text("day_start"), shifts, day)
            with needs.database.write() as connection:
                service.set_rule(connection, rule, at=now, who=by.name, recount=recount)
        except Refused as error:
            form.errors[""] = str(error)
    if form.errors:
        return _page(page, form, status=422)
    return page.done(PLACE, page.say("The site works by these days and shifts from %(day)s on.", day=day))


@router.post(PLACE + "/drop")
def drop_site(needs: Needs, page: Shown, form: Sent, by: By) -> Response:
    """Take back what holds from a day on."""
    if form.errors:
        return _page(page, form, status=422)
    day = api.read_from(form.text("drop") or None, page.calendar, page.now)
    with needs.database.write() as connection:
        service.drop_rule(connection, day, at=page.now, who=by.name, recount=recount)
    return page.done(PLACE, page.say("The calendar from %(day)s on was taken back.", day=day))


def _page(page: Page, form: Filled, *, status: int = 200) -> Response:
    calendar = page.calendar
    view = api.view(calendar, page.now)
    rules = [
        {
            "rule": rule,
            "words": service.describe(rule),
            "since": None if rule.valid_from == BEGINNING else rule.valid_from.isoformat(),
        }
        for rule in reversed(calendar.rules)
    ]
    rows = max(ROWS, len(view.calendar.shifts))
    return page.html(
        "site.html",
        place="/settings",
        form=form,
        status=status,
        site=view,
        rules=rules,
        rows=min(rows, MAX_SHIFTS),
        zones=sorted(zones()),
    )
