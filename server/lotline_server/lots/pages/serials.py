"""A lot's serial numbers: the list, creating them, importing them from elsewhere."""

from typing import Any, cast

from fastapi.responses import Response

from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Refused
from lotline_server.core.web import Needs
from lotline_server.lots import importing, queries, service, unit_queries
from lotline_server.lots.importing import SerialPreview
from lotline_server.lots.pages.frame import read_frame, show_tab
from lotline_server.lots.pages.unit_table import BULK, UNITS
from lotline_server.lots.queries import UnitOrder
from lotline_server.lots.unit_actions import PERMISSIONS
from lotline_server.parts.service import next_serial, require_part
from lotline_server.web import forms, marks, shown
from lotline_server.web.forms import Filled
from lotline_server.web.links import lot_url
from lotline_server.web.page import Page, Shown
from lotline_server.web.route import pages_router

router = pages_router()

MAX_PREFIX = 64
ROWS_SHOWN = 200
"""Of a preview: all that are refused first."""


@router.get("/lots/{lot:path}/serials")
def show_serials(lot: str, needs: Needs, page: Shown, status: str = "", prefix: str = "") -> Response:
    """List a lot's units."""
    return show_list(lot, needs, page, status=status, prefix=prefix)


def show_list(
    lot: str, needs: Needs, page: Page, *, status: str = "", prefix: str = "", form: Filled | None = None
) -> Response:
    """List a lot's units, perhaps with a form that was not taken."""
    wanted = status if status in marks.STATUSES or status == "held" else None
    prefix = prefix.strip()[:MAX_PREFIX]
    asked = UNITS.asked(page.request)
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
        counts = unit_queries.count_units(connection, lot, prefix=prefix)
        units = queries.lot_units(
            connection,
            lot,
            status=None if wanted == "held" else wanted,
            held=wanted == "held",
            prefix=prefix,
            order=cast("UnitOrder", asked.sort or "serial_number"),
            descending=asked.desc,
            offset=asked.offset,
            limit=asked.limit,
        )
        part = require_part(connection, frame.lot.part_number)
    held = counts.pop("held", 0)
    everything = sum(counts.values())
    matching = held if wanted == "held" else counts.get(wanted, 0) if wanted else everything
    view = asked.view(units, matching=matching, keep={"status": wanted, "prefix": prefix})
    if asked.csv:
        return page.table("lot_serials.html", view)
    return show_tab(
        page,
        "lot_serials.html",
        frame,
        "serials",
        form=form,
        view=view,
        counts={name: counts.get(name, 0) for name in marks.STATUSES},
        wanted=wanted,
        prefix=prefix,
        everything=everything,
        held=held,
        bulk=BULK,
        permissions=PERMISSIONS,
        next_serial=next_serial(part, page.calendar.wall_date(page.now)),
        missing=max(frame.lot.target + frame.lot.scrapped - frame.lot.units, 0),
    )


@router.post("/lots/{lot:path}/serials")
def create_serials(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Create a block of serial numbers, or show the list again with what is wrong."""
    how_many = form.whole("count", "How many", low=1, high=service.MAX_BLOCK)
    made: list[str] = []
    if not form.errors:
        try:
            with needs.database.write() as connection:
                made = service.create_serials(connection, lot=lot, count=how_many, at=page.now, who=by.name)
        except Refused as error:
            form.errors["count"] = shown.sentence(error)
    if form.errors:
        return show_list(lot, needs, page, form=form)
    return page.done(f"{lot_url(lot)}/serials", _created(page, made))


def _created(page: Page, made: list[str]) -> str:
    if len(made) == 1:
        return page.say("Serial number %(serial)s was created.", serial=made[0])
    return page.say(
        "%(num)s serial numbers were created: %(first)s to %(last)s.",
        num=shown.count(len(made)),
        first=made[0],
        last=made[-1],
    )


@router.get("/lots/{lot:path}/serials/import")
def show_import(lot: str, needs: Needs, page: Shown) -> Response:
    """Show the form that takes a list of serial numbers."""
    return _show_import(lot, needs, page)


def _show_import(
    lot: str,
    needs: Needs,
    page: Page,
    form: Filled | None = None,
    preview: SerialPreview | None = None,
) -> Response:
    with needs.database.read() as connection:
        frame = read_frame(connection, lot, page)
        part = require_part(connection, frame.lot.part_number)
    rows: list[Any] = [] if preview is None else sorted(preview.rows, key=lambda row: row.fate != "error")
    return show_tab(
        page,
        "lot_import.html",
        frame,
        "serials",
        form=form,
        preview=preview,
        rows=sorted(rows[:ROWS_SHOWN], key=lambda row: row.line),
        unseen=max(0, len(rows) - ROWS_SHOWN),
        next_serial=next_serial(part, page.calendar.wall_date(page.now)),
        most=service.MAX_BLOCK,
    )


@router.post("/lots/{lot:path}/serials/import")
def import_serials(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Show what would become of every row; with the digest of that, do it."""
    text, digest = form.values.get("text", ""), form.text("digest")
    if form.errors:
        return _show_import(lot, needs, page, form)
    if not text.strip():
        form.errors["text"] = page.say("Paste the serial numbers, one a line.")
        return _show_import(lot, needs, page, form)
    if digest:
        try:
            with needs.database.write() as connection:
                done = importing.commit_serials(
                    connection, lot=lot, text=text, digest=digest, leave_out_refused=True, at=page.now,
                    who=by.name,
                )  # fmt: skip
        except Conflict as error:
            form.errors["text"] = shown.sentence(error)
        except Refused as error:
            form.errors["text"] = shown.sentence(error)
            return _show_import(lot, needs, page, form)
        else:
            said = page.say_many(
                "%(num)s serial number was imported.", "%(num)s serial numbers were imported.", done.new
            )
            return page.done(f"{lot_url(lot)}/serials", said)
    try:
        with needs.database.read() as connection:
            preview = importing.preview_serials(connection, lot=lot, text=text)
    except Refused as error:
        form.errors["text"] = shown.sentence(error)
        return _show_import(lot, needs, page, form)
    return _show_import(lot, needs, page, form, preview)
