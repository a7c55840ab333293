"""Lots: the list, one lot with its units, and the forms that create a lot and its serial numbers."""

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from lotline_contract.identity import check_name
from lotline_server.activity import queries as activity
from lotline_server.core.caller import By
from lotline_server.core.errors import Conflict, Invalid
from lotline_server.core.web import Needs
from lotline_server.lots import queries, service
from lotline_server.lots.queries import UnitOrder
from lotline_server.lots.tables import LOTS
from lotline_server.parts import queries as parts
from lotline_server.parts.service import next_serial
from lotline_server.parts.typed import typed_part
from lotline_server.web import forms, marks, shown
from lotline_server.web.forms import Filled
from lotline_server.web.links import lot_url
from lotline_server.web.page import Shown
from lotline_server.web.route import pages_router
from lotline_server.yields import queries as yields
from lotline_server.yields import service as yield_rules

router = pages_router()

UNITS_A_PAGE = 100
MAX_LOTS = 1000
MAX_NOTES = 4000


@router.get("/lots")
def show_lots(needs: Needs, page: Shown, *, state: Literal["open", "all"] = "open") -> Response:
    """List the lots."""
    asked = LOTS.asked(page.request)
    with needs.database.read() as connection:
        found = queries.list_lots(connection, only_open=state == "open", limit=MAX_LOTS)
        shares = yields.lots_yields(connection, [lot.lot for lot in found])
        how_many = {
            "open": queries.count_lots(connection, only_open=True),
            "all": queries.count_lots(connection),
        }
        has_parts = bool(parts.part_keys(connection))
    lines = asked.order((lot, yield_of(shares[lot.lot])) for lot in found)
    view = asked.view(asked.cut(lines), matching=len(lines), keep={"state": "" if state == "open" else state})
    return page.table("lots.html", view, place="/lots", how_many=how_many, state=state, has_parts=has_parts)


def yield_of(operations: list[yields.OperationYield]) -> float | None:
    """Give one first-pass yield of a lot: the product over its operations; None before the first."""
    known = [each.first_pass_yield for each in operations if each.first_pass_yield is not None]
    product = 1.0
    for share in known:
        product *= share
    return product if known else None


@router.get("/new/lot")
def new_lot(needs: Needs, page: Shown, part: str = "") -> Response:
    """Show the form for a new lot."""
    return _lot_form(needs, page, Filled(values={"part_number": part}))


def _lot_form(needs: Needs, page: Shown, form: Filled) -> Response:
    with needs.database.read() as connection:
        known = parts.search_parts(connection, limit=1)
    show = page.again if form.errors else page.html
    return show("lot_new.html", place="/lots", form=form, parts=known)


@router.post("/new/lot")
def create_lot(needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Create a lot, or show the form again with what is wrong."""
    lot = form.need("lot", "A lot needs a name, such as LOT-2611-042.")
    if lot:
        try:
            check_name(lot, "The name")
        except ValueError as error:
            form.errors["lot"] = f"{error}."
    part_number = form.need("part_number", "Pick the part that is to be built.")
    if part_number:
        with needs.database.read() as connection:
            try:
                part_number = typed_part(connection, part_number, statuses=("active",)).part_number
            except Invalid as error:
                form.errors["part_number"] = shown.sentence(error)
    target = form.whole("target", "The target", low=1, high=service.MAX_TARGET)
    serials = form.whole("serials", "How many serial numbers", low=0, high=service.MAX_BLOCK, empty=0)
    for name, limit in (("project", 200), ("notes", MAX_NOTES)):
        if len(form.text(name)) > limit:
            form.errors[name] = f"At most {limit:,} characters; these are {len(form.text(name)):,}."
    if form.errors:
        return _lot_form(needs, page, form)
    try:
        with needs.database.write() as connection:
            service.create_lot(
                connection,
                lot=lot,
                part_number=part_number,
                target=target,
                project=form.text("project"),
                notes=form.text("notes"),
                serials=serials,
                at=page.now,
                who=by.name,
            )
    except Conflict:
        form.errors["lot"] = f"There is a lot {lot} already. Choose another name."
    except Invalid as error:
        # What only the rules know: a counter out of digits, a part or project that takes no new lot.
        form.errors[""] = f"{error}."
    if form.errors:
        return _lot_form(needs, page, form)
    made = f" with {shown.count(serials)} serial numbers" if serials else ""
    return page.done(lot_url(lot), f"Lot {lot} was created{made}.")


@router.post("/lots/{lot:path}/serials")
def create_serials(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Create a block of serial numbers, or show the lot again with what is wrong."""
    how_many = form.whole("count", "How many", low=1, high=service.MAX_BLOCK)
    made: list[str] = []
    if not form.errors:
        try:
            with needs.database.write() as connection:
                made = service.create_serials(connection, lot=lot, count=how_many, at=page.now, who=by.name)
        except Invalid as error:
            form.errors["count"] = f"{error}."
    if form.errors:
        return _show_lot(lot, needs, page, form=form)
    numbers = (
        f"Serial number {made[0]} was" if len(made) == 1 else f"{shown.count(len(made))} serial numbers were"
    )
    span = "" if len(made) == 1 else f": {made[0]} to {made[-1]}"
    return page.done(lot_url(lot), f"{numbers} created{span}.")


@router.post("/lots/{lot:path}/state")
def change_lot(lot: str, needs: Needs, by: By, page: Shown, form: forms.Sent) -> Response:
    """Open or close a lot."""
    if form.errors:
        return _show_lot(lot, needs, page, form=form)
    is_open = form.text("state") == "open"
    with needs.database.write() as connection:
        service.set_open(connection, lot=lot, is_open=is_open, at=page.now, who=by.name)
    said = "opened: its units may be tested" if is_open else "closed: stations will refuse its units"
    return page.done(lot_url(lot), f"Lot {lot} was {said}.")


@router.get("/lots/{lot:path}")
def show_lot(
    lot: str,
    needs: Needs,
    page: Shown,
    *,
    status: str = "",
    sort: UnitOrder = "serial_number",
    desc: bool = False,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Show one lot: progress, yield, units, activity."""
    return _show_lot(lot, needs, page, status=status, sort=sort, desc=desc, offset=offset)


def _show_lot(
    lot: str,
    needs: Needs,
    page: Shown,
    *,
    status: str = "",
    sort: UnitOrder = "serial_number",
    desc: bool = False,
    offset: int = 0,
    form: Filled | None = None,
) -> Response:
    wanted = status if status in marks.STATUSES else None
    with needs.database.read() as connection:
        found = service.require_lot(connection, lot)
        figures = yield_rules.lot_yield(connection, lot)
        units = queries.lot_units(
            connection, lot, status=wanted, order=sort, descending=desc, offset=offset, limit=UNITS_A_PAGE
        )
        part = parts.find_part(connection, found.part_number)
        latest = activity.latest(connection, limit=8, subject=lot)
    counts = {name: getattr(found, name) for name in marks.STATUSES}
    return page.html(
        "lot.html",
        place="/lots",
        form=form,
        status=422 if form is not None and form.errors else 200,
        lot=found,
        part=part,
        next_serial=part and next_serial(part, page.calendar.wall_date(page.now)),
        mark=marks.lot_mark(is_open=found.open, completed=found.completed, target=found.target),
        figures=figures,
        units=units,
        wanted=wanted,
        matching=counts[wanted] if wanted else found.units,
        counts=counts,
        sort=sort,
        desc=desc,
        offset=offset,
        a_page=UNITS_A_PAGE,
        activity=latest,
        missing=max(found.target - found.units, 0),
    )
