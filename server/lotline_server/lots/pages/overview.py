"""A lot's overview: how far it is, when it will be done, and what may be done with it, each with a reason."""

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Refused
from lotline_server.core.web import Needs
from lotline_server.labels.symbols import encode
from lotline_server.lots import changing, material_queries
from lotline_server.lots.material import require_key
from lotline_server.lots.pages import words
from lotline_server.lots.pages.frame import read_frame, show_tab
from lotline_server.lots.pages.planned import whole_number
from lotline_server.web import forms, shown
from lotline_server.web.forms import Filled
from lotline_server.web.links import lot_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router
from lotline_server.yields import service as yield_rules

router = pages_router()

EVENTS_SHOWN = 6


@router.get("/lots/{lot:path}")
def show_lot(lot: str, needs: Needs, page: Shown) -> Response:
    """Show a lot's overview."""
    return show_overview(lot, needs, page)


def show_overview(lot: str, needs: Needs, page: Page, form: Filled | None = None) -> Response:
    """Show a lot's overview, perhaps with an action that was not taken."""
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
        figures = yield_rules.lot_yield(connection, lot)
        events = material_queries.events_of(connection, require_key(connection, lot).id)[:EVENTS_SHOWN]
    return show_tab(
        page, "lot_overview.html", frame, "overview", form=form, figures=figures, events=events,
        offered=_offered(frame.view.following), code=encode("qr", lot),
        components=frame.supply.material.components,
    )  # fmt: skip


def _offered(following: list[str]) -> list[str]:
    """Give the statuses a person may ask for: a lot comes into production by itself."""
    if "released" in following:
        return [each for each in following if each != "in_production"]
    return [each for each in following if each != "in_production" or "on_hold" not in following]


@router.post("/lots/{lot:path}/status")
def change_status(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Give a lot another status, or show the overview again with what is wrong."""
    status = form.text("status")
    if status == "cancelled" and form.text("name") != lot:
        form.errors["name"] = page.say("Type the lot's name, %(lot)s, to cancel it.", lot=lot)
    if not form.errors:
        try:
            with needs.database.write() as connection:
                changing.set_status(
                    connection, lot=lot, status=status, reason=form.text("reason"), at=page.now, who=by.name
                )
        except Refused as error:
            form.errors["reason"] = shown.sentence(error)
    if form.errors:
        return show_overview(lot, needs, page, form)
    word = page.say(words.STATUS_MARKS[status].word).lower()
    return page.done(lot_url(lot), page.say("Lot %(lot)s is %(status)s.", lot=lot, status=word))


@router.post("/lots/{lot:path}/target")
def change_target(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Change how many are to be built."""
    target = whole_number(form, "target", "The target")
    if not form.errors:
        try:
            with needs.database.write() as connection:
                changing.change_lot(
                    connection, lot=lot, target=target, reason=form.text("reason"), at=page.now, who=by.name
                )
        except Refused as error:
            form.errors["target"] = shown.sentence(error)
    if form.errors:
        return show_overview(lot, needs, page, form)
    return page.done(
        lot_url(lot), page.say("The target of lot %(lot)s is %(target)s.", lot=lot, target=target)
    )
