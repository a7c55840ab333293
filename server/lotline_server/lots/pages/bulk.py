"""One thing done with many units of a lot: those that are ticked, or all that the filters let through."""

from collections.abc import Mapping

from fastapi.responses import RedirectResponse, Response
from sqlalchemy.engine import Connection

from lotline_server.core.caller import By
from lotline_server.core.errors import Invalid, Refused
from lotline_server.core.web import Needs
from lotline_server.lots import queries, unit_actions, unit_queries
from lotline_server.lots.pages.frame import read_frame, show_tab
from lotline_server.lots.pages.serials import show_list
from lotline_server.lots.pages.unit_table import BULK
from lotline_server.lots.service import require_lot
from lotline_server.lots.unit_actions import MAX_UNITS, NotAll
from lotline_server.web import forms, marks, shown
from lotline_server.web.forms import Filled
from lotline_server.web.links import lot_url, query
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

PROBLEMS_SHOWN = 100


@router.post("/lots/{lot:path}/serials/act")
def act(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Do one thing with many units, all or none; where some stand in the way, offer the others."""
    if form.text("do") == "labels" and not form.errors:
        return _to_labels(lot, form)
    words, action, mark = BULK.get(form.text("do"), ("", "", None))
    if action:
        by.require(unit_actions.PERMISSIONS[action])
    else:
        form.errors["do"] = page.say("Pick what is to be done.")
    form.need("reason", page.say("Say why: it stays with each unit."))
    serials: list[str] = []
    part_number = ""
    with needs.database.read() as connection:
        part_number = require_lot(connection, lot).part_number
        if not form.errors:
            serials = _meant(connection, lot, page, form)
    if not form.errors:
        try:
            with needs.database.write() as connection:
                done = unit_actions.act(
                    connection, action=action, serial_numbers=serials, reason=form.text("reason"),
                    part_number=part_number, mark=mark, at=page.now, who=by.name,
                )  # fmt: skip
        except NotAll as error:
            return _others(lot, needs, page, form, serials, error.problems)
        except Refused as error:
            form.errors[""] = shown.sentence(error)
        else:
            said = page.say_many(
                "%(what)s: %(num)s unit.", "%(what)s: %(num)s units.", len(done), what=page.say(words)
            )
            return page.done(_back(lot, form), said)
    return show_list(lot, needs, page, status=form.text("status"), prefix=form.text("prefix"), form=form)


def _back(lot: str, form: Filled) -> str:
    return query(f"{lot_url(lot)}/serials", status=form.text("status"), prefix=form.text("prefix"))


def _to_labels(lot: str, form: Filled) -> Response:
    asked = {"status": form.text("status"), "prefix": form.text("prefix")}
    if form.text("which") != "all":
        asked = {"serials": "\n".join(form.ticks)}
    return RedirectResponse(query(f"{lot_url(lot)}/labels", **asked), 303)


def _meant(connection: Connection, lot: str, page: Page, form: Filled) -> list[str]:
    """Give the serial numbers that are meant, all of this lot; notes an error where there are none."""
    named = form.ticks or form.values.get("serials", "").splitlines()
    if form.text("which") == "all":
        status = form.text("status")
        found = queries.lot_units(
            connection, lot, status=status if status in marks.STATUSES else None, held=status == "held",
            prefix=form.text("prefix"), limit=MAX_UNITS + 1,
        )  # fmt: skip
        serials = [unit.serial_number for unit in found]
        if len(serials) > MAX_UNITS:
            form.errors["which"] = page.say(
                "At most %(most)s units at once: filter them further.", most=shown.count(MAX_UNITS)
            )
        return serials
    known = unit_queries.units_of_serials(connection, named)
    strange = [each for each in named if all(unit.lot != lot for unit in known.get(each, ()))]
    if strange:
        raise Invalid(f"{strange[0][:64]!r} is no unit of lot {lot}")
    if not named:
        form.errors["which"] = page.say("Tick the units first, or choose all that are shown.")
    return named


def _others(  # noqa: PLR0917
    lot: str, needs: Needs, page: Page, form: Filled, serials: list[str], problems: Mapping[str, str]
) -> Response:
    """Say which units stand in the way, and offer to do it with the others."""
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
    form.errors[""] = page.say_many(
        "%(num)s of %(all)s units stands in the way. Nothing was changed.",
        "%(num)s of %(all)s units stand in the way. Nothing was changed.",
        len(problems),
        all=len(serials),
    )
    return show_tab(
        page,
        "lot_bulk.html",
        frame,
        "serials",
        form=form,
        action=BULK[form.text("do")][0],
        problems=list(problems.items())[:PROBLEMS_SHOWN],
        unseen=max(0, len(problems) - PROBLEMS_SHOWN),
        others=[each for each in serials if each not in problems],
    )
